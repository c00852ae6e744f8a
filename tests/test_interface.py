"""The interface keeps its own rules: contrast, no inline code, shapes and words for states, keys with meanings."""

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.contrib.staticfiles import finders
from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.test import RequestFactory

from catalog.flow import BatchState, Stage

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html")) + sorted(
    path for app in ("config", "catalog", "processing", "review") for path in (ROOT / app).rglob("templates/**/*.html")
)
STYLES = sorted((ROOT / "static/css").glob("*.css"))
SPRITE = (ROOT / "static/img/icons.svg").read_text()
DOCUMENT = (ROOT / "docs/interface.md").read_text()

GROUNDS = ("page", "panel", "sunken", "raised")
MEANINGS = ("calm", "busy", "look", "good", "warn", "bad")
TEXT_PAIRS = [
    *itertools.product(("ink", "ink-soft", "ink-faint"), GROUNDS),
    *itertools.product(MEANINGS, ("page", "panel", "raised")),
    *((meaning, f"{meaning}-soft") for meaning in MEANINGS),
    *(("ink", f"{meaning}-soft") for meaning in MEANINGS),
    ("on-solid", "solid"),
    ("on-solid", "solid-hover"),
]
SHAPE_PAIRS = [
    *itertools.product((f"{meaning}-fill" for meaning in MEANINGS), ("page", "panel")),
    *itertools.product(("line-strong", "focus"), ("page", "panel", "raised")),
    *itertools.product((f"series-{number}" for number in range(1, 5)), ("panel",)),
]


def tokens(theme: str) -> dict[str, str]:
    """Name to six-digit colour of one theme, as tokens.css has it."""
    text = (ROOT / "static/css/tokens.css").read_text()
    both = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", text)
    return {name: light if theme == "light" else dark for name, light, dark in both}


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21, WCAG 2.2."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_known_colours() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_reads_on_every_ground(theme: str) -> None:
    colours = tokens(theme)
    poor = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in TEXT_PAIRS}
    assert {pair: round(ratio, 2) for pair, ratio in poor.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_shapes_and_borders_stand_out(theme: str) -> None:
    colours = tokens(theme)
    poor = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in SHAPE_PAIRS}
    assert {pair: round(ratio, 2) for pair, ratio in poor.items() if ratio < 3} == {}


def test_words_around_a_picture_read_on_every_surround() -> None:
    text = (ROOT / "static/css/tokens.css").read_text()
    pairs = re.findall(r"--surround: (#\w{6});\s*--on-surround: (#\w{6});", text)
    assert len(pairs) == 4
    assert all(contrast(ground, word) >= 4.5 for ground, word in pairs)


@pytest.mark.parametrize("name", ["page", "panel", "sunken", "line", "ink", "ink-soft", "solid"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_ground_and_text_have_no_hue(theme: str, name: str) -> None:
    colour = tokens(theme)[name]
    assert colour[1:3] == colour[3:5] == colour[5:7]


def test_every_token_that_a_style_uses_is_defined() -> None:
    text = "".join(path.read_text() for path in STYLES)
    defined = set(re.findall(r"(--[\w-]+):", text))
    assert set(re.findall(r"var\((--[\w-]+)", text)) - defined == set()


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_every_style_is_in_a_layer(path: Path) -> None:
    bare = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
    outside, depth = "", 0
    for character in bare:
        depth -= character == "}"
        outside += character if depth == 0 else ""
        depth += character == "{"
    assert set(re.findall(r"(@?[\w-]+[^{};]*)\{", outside)) <= {"@layer tokens ", "@font-face "} | {
        f"@layer {name} " for name in ("base", "layout", "parts", "page", "last")
    }


INLINE = {
    "style attribute": r"<[^>]*\sstyle\s*=",
    "event attribute": r"<[^>{]*\son[a-z]+\s*=",
    "hx-on": r"hx-on[:-]",
    "evaluated values": r"[\"']js:",
    "javascript address": r"javascript:",
    "style element": r"<style",
    "inline script": r"<script(?![^>]*\bsrc=)(?![^>]*application/json)",
}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_keep_the_content_security_policy(path: Path) -> None:
    text = path.read_text()
    assert [name for name, pattern in INLINE.items() if re.search(pattern, text)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_point_at_icons_and_files_that_exist(path: Path) -> None:
    text = path.read_text()
    names = set(re.findall(r"icons\.svg' %\}#([\w-]+)\"", text)) | set(re.findall(r"icon=\"([\w-]+)\"", text))
    known = set(re.findall(r'symbol id="([\w-]+)"', SPRITE))
    assert names - known == set()
    files = re.findall(r"\{% static ['\"]([^'\"]+)['\"]", text)
    assert [name for name in files if finders.find(name) is None] == []


def keys_in(text: str) -> list[tuple[str, str]]:
    """(key, whole tag and what follows it) of every literal data-key."""
    found = re.finditer(r"<[^<>]*\sdata-key=\"([^\"{]+)\"(?:[^<>]|->)*>[^<]*", text)
    return [(match.group(1), match.group(0)) for match in found]


def reserved(place: str) -> set[str]:
    """The keys that the table in docs/interface.md gives to ``place``."""
    rows = re.findall(r"^\| (`.*?) \| [^|]+ \| ([^|]+) \|$", DOCUMENT, flags=re.M)
    return {key for keys, where in rows if where.startswith(place) for key in re.findall(r"`([^`]+)`", keys)}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_key_says_what_it_does(path: Path) -> None:
    silent = [
        key
        for key, tag in keys_in(path.read_text())
        if not re.search("data-key-label|aria-label|data-label", tag) and not tag.rsplit(">", 1)[1].strip()
    ]
    assert silent == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_pages_leave_the_keys_of_the_frame_and_the_viewer_alone(path: Path) -> None:
    text = path.read_text()
    taken = set() if path.name == "topbar.html" else reserved("everywhere")
    if "<loupe-compare" in text:
        taken |= reserved("viewer") - {"arrows"}
    used = {one for key, tag in keys_in(text) if "data-layer" not in tag for one in key.split("|")}
    assert used & taken == set()


def test_every_key_of_the_viewer_is_documented() -> None:
    script = (ROOT / "static/js/compare_parts.js").read_text()
    keys = {part for key in re.findall(r'key: "([^"]+)"', script) for part in key.split("|")} - {"="}
    assert len(keys) >= 7
    assert keys <= reserved("viewer")


@pytest.mark.parametrize("stage", Stage.values)
def test_a_stage_is_a_word_a_shape_and_a_colour(stage: str) -> None:
    badge = render_to_string("parts/stage.html", {"stage": stage})
    assert f'data-stage="{stage}"' in badge
    assert f"#stage-{stage}" in badge
    assert f'id="stage-{stage}"' in SPRITE
    word = badge.removesuffix("</span>").rsplit(">", 1)[1]
    assert word
    assert word in Stage(stage).label.lower()


def test_every_stage_has_a_shape_of_its_own() -> None:
    shapes = dict(re.findall(r'id="(stage-\w+)"[^>]*>(.*?)</symbol>', SPRITE))
    assert len(set(shapes.values())) == len(shapes) == len(Stage.values)


@pytest.mark.parametrize("stage", Stage.values)
def test_the_path_of_a_photo_shows_where_it_is(stage: str) -> None:
    path = render_to_string("parts/path.html", {"stage": stage})
    assert re.findall(r'data-stage="(\w+)" aria-current="step"', path) == [stage]


@pytest.mark.parametrize("state", [*BatchState.values, "ready"])
def test_a_batch_state_is_a_word_and_a_shape(state: str) -> None:
    badge = render_to_string("parts/batch_state.html", {"state": state})
    assert badge.endswith(f"</svg>{state.replace('_', ' ')}</span>")
    assert re.findall(r"#([\w-]+)\"", badge)[0] in SPRITE


def test_the_bar_of_stages_leaves_out_what_is_empty() -> None:
    stages = [{"stage": "received", "count": 3}, {"stage": "held", "count": 0}, {"stage": "approved", "count": 7}]
    bar = render_to_string("parts/stages.html", {"stages": stages, "total": 10})
    assert re.findall(r'data-share="(\d+)"', bar) == ["3", "7"]
    assert 'aria-label="10 photos by stage"' in bar
    assert "held" not in bar


def test_progress_without_a_total_makes_no_claim() -> None:
    unknown = render_to_string("parts/progress.html", {"label": "Fetching"})
    assert "value=" not in unknown
    known = render_to_string("parts/progress.html", {"label": "Cutting out", "value": 0, "total": 1234})
    assert 'value="0" max="1234"' in known


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(help_text="As the client calls it.")
    edge = forms.IntegerField(min_value=500, required=False)
    agreed = forms.BooleanField(required=False)
    route = forms.ChoiceField(choices=[("a", "apparel")], widget=forms.RadioSelect)


def test_a_form_ties_labels_help_and_errors_to_their_field() -> None:
    page = render_to_string("parts/form.html", {"form": SampleForm({"edge": "5"})})
    assert 'for="id_name"' in page
    for identity in re.findall(r'aria-describedby="([^"]+)"', page):
        assert all(f'id="{one}"' in page for one in identity.split())
    assert re.search(r'id="id_edge_error">\s*<li>[^<]*500', page)
    assert page.count("(optional)") == 1
    assert "<legend" in page


def test_readings_show_a_missing_value_as_none() -> None:
    missing = {"unit": "ΔE", "limit": "≤ 3.0", "verdict": "flag"}
    rows = [{"name": "Halo", "value": None, **missing}, {"name": "Fill", "value": "", **missing}]
    page = render_to_string("parts/readings.html", {"readings": rows})
    assert page.count('<span class="none">none</span>') == 2
    assert "ΔE" not in page
    assert "#verdict-flag" in page


def test_the_pager_keeps_the_query() -> None:
    request = RequestFactory().get("/", {"stage": "held", "page": "2"})
    page = Paginator(range(30), 10).page(2)
    text = render_to_string("parts/pager.html", {"page_obj": page, "what": "photos"}, request)
    assert "stage=held&amp;page=3" in text
    assert "11 to 20 of <b>30</b> photos" in text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["403.html", "403_csrf.html", "404.html", "500.html", "registration/login.html", "gallery.html"]
)
def test_whole_pages_render_without_any_context(name: str) -> None:
    page = render_to_string(name, {}, RequestFactory().get("/"))
    assert page.count("<h1") == 1
    assert page.rstrip().endswith("</html>")


def test_libraries_are_pinned_and_locked_without_addresses() -> None:
    package: dict[str, Any] = json.loads((ROOT / "package.json").read_text())
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in package["dependencies"].values())
    lock = (ROOT / "package-lock.json").read_text()
    assert "resolved" not in lock
    assert "://" not in "".join(line for line in lock.splitlines() if "funding" not in line and '"url"' not in line)
