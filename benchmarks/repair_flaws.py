"""Whether the repair page mends real flaws: ten real photos with a flawed mask each, mended in a real Chromium.

The photos and their true masks are those of ../shared/data/truth. Some flaws are what the installed models get wrong
(defects by ../shared/tools/score_cutouts.py), the others are made: a bite, residue, an open hole, a filled gap, a
choked and a spread edge, a kept shadow. Each photo and its flawed output lie in a home of their own; a script opens
the repair page and uses its tools by mouse and keyboard, saves, and the saved alpha is scored before and after.

--json prints an object with photos, mended, real, worst_sad, worst_blob, worst_bf, median_preview_ms, median_save_s and
the rows; --quick takes three photos with made flaws and no models.
"""

import argparse
import atexit
import csv
import importlib.util
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import django
import numpy as np
from django.core.files.base import ContentFile
from django.core.management import call_command
from PIL import Image
from playwright.sync_api import sync_playwright
from scipy import ndimage

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
# A home of its own, before anything reads the settings; the models are those that are installed.
MODELS = os.environ.get("LOUPE_MODELS") or str(Path(os.environ.get("LOUPE_HOME", ROOT / "var")) / "models")
HOME = tempfile.mkdtemp(prefix="loupe-repair-")
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ.update(
    LOUPE_HOME=HOME, LOUPE_MODELS=MODELS, DJANGO_SETTINGS_MODULE="config.settings", DJANGO_ALLOW_ASYNC_UNSAFE="true"
)
os.environ.pop("DATABASE_URL", None)
django.setup()

from benchmarks.mending import Mender  # noqa: E402
from benchmarks.serving import served  # noqa: E402
from catalog import people  # noqa: E402
from catalog.models import Catalog, Photo, Product, Upload  # noqa: E402
from processing import outputs, recipes  # noqa: E402
from processing.imaging import pipeline, screens  # noqa: E402
from processing.imaging.contract import Context  # noqa: E402
from processing.imaging.faults import Fault  # noqa: E402
from processing.imaging.frame import Alpha, Frame, decode  # noqa: E402
from processing.imaging.steps.edge import moved  # noqa: E402
from processing.models import Output, Run, Truth  # noqa: E402

SHARED = ROOT.parent / "shared"
TRUTH, SCORING = SHARED / "data" / "truth", SHARED / "tools" / "score_cutouts.py"
PHOTOS, QUICK = 10, 3
# Openings up to twice this many pixels wide are filled by the flaw of that name.
REACH = 150
# A loaded machine may be slow; what is measured here is whether the tools work.
PATIENCE_MS = 240_000
# Of the ten, at most so many flaws are the models' own; they are looked for among these photos, in this order.
MOST_REAL = 4
SUSPECTS: tuple[str, ...] = tuple(f"DEV-00{number}_front" for number in (48, 87, 83, 56, 60, 63))


@dataclass
class Row:
    """One photo: its flaw, the scores before and after, what was used, and how long it took."""

    photo: str
    category: str
    flaw: str
    real: bool
    before: dict[str, float]
    after: dict[str, float]
    tools: dict[str, int]
    seconds: float = 0.0
    save_seconds: float = 0.0
    preview_ms: float = 0.0
    truth_kept: bool = False

    @property
    def mended(self) -> bool:
        return bool(self.before["defect"]) and not self.after["defect"]


def _side(alpha: Alpha) -> float:
    """The side of a square with the product's area, px."""
    return float(np.sqrt((alpha > 127).sum()))


def _disc(alpha: Alpha, row: float, column: float, radius: float) -> Any:
    rows, columns = np.ogrid[: alpha.shape[0], : alpha.shape[1]]
    return (rows - row) ** 2 + (columns - column) ** 2 <= radius**2


def _outline(alpha: Alpha, share: float) -> tuple[int, int]:
    """A place on the outline, as far along its rows as ``share`` says."""
    kept = alpha > 127
    places = np.argwhere(kept & ~ndimage.binary_erosion(kept, border_value=1))
    row, column = places[int(share * (len(places) - 1))]
    return int(row), int(column)


def bite(alpha: Alpha) -> Alpha:
    """A part of the product is missing at its outline."""
    flawed = alpha.copy()
    flawed[_disc(alpha, *_outline(alpha, 0.7), 0.15 * _side(alpha))] = 0
    return flawed


def residue(alpha: Alpha) -> Alpha:
    """A piece of the background is kept apart from the product, and another one at its outline."""
    flawed = alpha.copy()
    free = ndimage.distance_transform_edt(np.pad(alpha == 0, 1))[1:-1, 1:-1]
    row, column = np.unravel_index(int(np.argmax(free)), free.shape)
    flawed[_disc(alpha, float(row), float(column), min(0.7 * free.max(), 0.12 * _side(alpha)))] = 255
    flawed[_disc(alpha, *_outline(alpha, 0.35), 0.09 * _side(alpha))] = 255
    return flawed


def hole(alpha: Alpha) -> Alpha:
    """A hole where the product is thickest."""
    depth = ndimage.distance_transform_edt(alpha > 127)
    row, column = np.unravel_index(int(np.argmax(depth)), depth.shape)
    flawed = alpha.copy()
    flawed[_disc(alpha, float(row), float(column), min(0.8 * depth.max(), 0.13 * _side(alpha)))] = 0
    return flawed


def filled(alpha: Alpha) -> Alpha:
    """What is open in the product (the largest gap, or the bay within its box) is kept."""
    near = ndimage.distance_transform_edt(np.pad(alpha <= 127, REACH, constant_values=True)) <= REACH - 1
    closed = ndimage.distance_transform_edt(near)[REACH:-REACH, REACH:-REACH] > REACH - 1
    return np.where(closed, np.uint8(255), alpha)


def choked(alpha: Alpha) -> Alpha:
    """The whole outline lies too far in."""
    return moved(alpha, -6.0, 0)


def spread(alpha: Alpha) -> Alpha:
    """The whole outline lies too far out: a halo of the background all around."""
    return moved(alpha, 6.0, 0)


def shadow(alpha: Alpha) -> Alpha:
    """What lies below the product is kept, soft as a shadow."""
    down, blur = 0.08 * _side(alpha), 0.02 * _side(alpha)
    cast = ndimage.gaussian_filter(ndimage.shift(alpha.astype(np.float32), (down, 0.3 * down), order=0), blur)
    return np.maximum(alpha, np.clip(1.6 * cast, 0, 255).astype(np.uint8))


FLAWS: tuple[Callable[[Alpha], Alpha], ...] = (bite, residue, choked, hole, shadow, spread, filled)


def score(truth: Path, alpha: Path) -> dict[str, float]:
    """As the tool of ../shared scores one cut-out."""
    found: dict[str, float] = SCORER.score(truth, alpha)
    return {name: round(float(value), 4) if name != "defect" else bool(value) for name, value in found.items()}


def _scorer() -> Any:
    spec = importlib.util.spec_from_file_location("score_cutouts", SCORING)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{SCORING} is not there.")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


SCORER = _scorer()


class Studio:
    """The home's catalog, and what is put into it."""

    def __init__(self) -> None:
        self.users = {user.username: user for user in people.ensure_demo_people()}
        self.catalog = Catalog.objects.create(name="Repairs", slug="repairs", owner=self.users["lead"])
        self.upload = Upload.objects.create(catalog=self.catalog, by=self.users["operator"], name="Repairs")
        self.version = recipes.active_of("general")

    def put(self, row: dict[str, str], source: Frame, alpha: Alpha) -> Photo:
        """A photo in the manual lane with ``alpha`` as the machine's output."""
        image = TRUTH / row["image"]
        product = Product.objects.create(catalog=self.catalog, sku=image.stem, title=row["product"])
        photo = Photo(
            catalog=self.catalog, upload=self.upload, product=product, name=image.name, view="front", stage="failed",
            sha256=f"{len(image.name):x}{image.stem}"[:64], width=source.size[0], height=source.size[1],
            route="general", category=row["category"],
        )  # fmt: skip
        photo.source.save(image.name, ContentFile(image.read_bytes()))
        finished = outputs.finish(source, alpha, self.version.parameters)
        made = outputs.make(*finished, self.version, seconds={})
        run = Run.objects.create(photo=photo, recipe_version=self.version, status="done", lease_until=photo.created_at)
        stored = outputs.store(photo, made, occasion="flawed")
        outputs.write(photo, made, stored, recipe_version=self.version, run=run)
        return photo


def rows_of_truth() -> list[dict[str, str]]:
    """The manifest."""
    with (TRUTH / "manifest.csv").open() as handle:
        return list(csv.DictReader(handle))


def true_alpha(row: dict[str, str]) -> Alpha:
    """The mask that the tool scores against, H x W."""
    with Image.open(TRUTH / row["mask"]) as picture:
        return np.array(picture.convert("L"))


Flawed = tuple[dict[str, str], Frame, Alpha, str, bool]


def real_flaws(rows: list[dict[str, str]], most: int) -> list[Flawed]:
    """What the installed models and the general recipe get wrong among the suspects."""
    found: list[Flawed] = []
    steps = pipeline.parse(recipes.active_of("general").parameters)
    models = outputs.context()
    for row in sorted((row for row in rows if Path(row["image"]).stem in SUSPECTS), key=_suspicion):
        source = decode((TRUTH / row["image"]).read_bytes())
        try:
            alpha = pipeline.run(source, steps, Context(models.matter)).frame.alpha
        except Fault:
            continue
        if alpha is not None and scored(row, alpha)["defect"]:
            found.append((row, source, alpha, "the models' own", True))
        if len(found) == most:
            break
    return found


def _suspicion(row: dict[str, str]) -> int:
    return SUSPECTS.index(Path(row["image"]).stem)


def made_flaws(rows: list[dict[str, str]], most: int, taken: set[str]) -> list[Flawed]:
    """Flaws made on photos of different products and categories, each a defect by the tool."""
    found: list[Flawed] = []
    categories: set[str] = set()
    for row in rows:
        if len(found) == most:
            break
        if row["product"] in taken or row["category"] in categories or "glass" in row["kind"]:
            continue
        truth = true_alpha(row)
        flaw = FLAWS[len(found) % len(FLAWS)]
        if scored(row, flaw(truth))["defect"]:
            found.append((row, decode((TRUTH / row["image"]).read_bytes()), flaw(truth), flaw.__name__, False))
            categories.add(row["category"])
            taken.add(row["product"])
    return found


def scored(row: dict[str, str], alpha: Alpha) -> dict[str, float]:
    """The score of an alpha that is in no file yet."""
    path = Path(HOME) / "scored.png"
    path.write_bytes(screens.alpha_png(alpha))
    return score(TRUTH / row["mask"], path)


def mend(page: Any, address: str, studio: Studio, flawed: Flawed) -> Row:
    """Mend one photo through its page and score what was saved."""
    row, source, alpha, flaw, real = flawed
    photo = studio.put(row, source, alpha)
    begun = time.perf_counter()
    page.goto(f"{address}/review/repair/{photo.pk}/")
    mender = Mender(page, true_alpha(row))
    tools = mender.mend()
    page.keyboard.press("4")
    page.wait_for_timeout(200)
    mender.wait("loupe.repair.preview.settled")
    previews = page.evaluate("loupe.repair.preview.milliseconds")
    saving = time.perf_counter()
    mender.save()
    ended = time.perf_counter()
    output = Output.objects.filter(photo=photo).latest("pk")
    if output.author is None:
        raise SystemExit(f"{photo.name}: the page saved nothing.")
    return Row(
        photo=photo.name, category=row["category"], flaw=flaw, real=real, before=scored(row, alpha),
        after=score(TRUTH / row["mask"], Path(output.alpha.path)), tools=tools, seconds=round(ended - begun, 1),
        save_seconds=round(ended - saving, 2), preview_ms=round(median(previews)) if previews else 0.0,
        truth_kept=Truth.objects.filter(output=output).exists(),
    )  # fmt: skip


def measure(quick: bool) -> list[Row]:
    """Prepare the flaws, serve, mend them one after the other."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    studio, rows = Studio(), rows_of_truth()
    real = [] if quick else real_flaws(rows, MOST_REAL)
    made = made_flaws(rows, (QUICK if quick else PHOTOS) - len(real), {row["product"] for row, *_ in real})
    with served(HOME) as address, sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("google-chrome")
        quiet = ["--no-sandbox", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=program, args=quiet)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        page.set_default_navigation_timeout(PATIENCE_MS)
        page.goto(people.sign_in_link(studio.users["lead"], address))
        found = []
        for flawed in [*real, *made]:
            found.append(mend(page, address, studio, flawed))
            print(line(found[-1]), file=sys.stderr, flush=True)
        browser.close()
    return found


def line(row: Row) -> str:
    """One photo as a line of the table."""
    tools = ", ".join(f"{name} {count}" for name, count in row.tools.items())
    values = "  ".join(f"{name} {row.before[name]:.3f} > {row.after[name]:.3f}" for name in ("sad", "blob", "bf"))
    word = "mended" if row.mended else "NOT MENDED"
    return f"{row.photo:22} {row.flaw:16} {values}  {word:10} {row.seconds:5.0f} s  {tools}"


def summary(rows: list[Row]) -> dict[str, Any]:
    """What the issue asks for, and the rows."""
    return {
        "photos": len(rows),
        "mended": sum(row.mended for row in rows),
        "real": sum(row.real for row in rows),
        "worst_sad": max(row.after["sad"] for row in rows),
        "worst_blob": max(row.after["blob"] for row in rows),
        "worst_bf": min(row.after["bf"] for row in rows),
        "median_preview_ms": median(row.preview_ms for row in rows),
        "median_save_s": median(row.save_seconds for row in rows),
        "truths": sum(row.truth_kept for row in rows),
        "rows": [{**asdict(row), "mended": row.mended} for row in rows],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} made flaws instead of {PHOTOS} photos")
    asked = parser.parse_args()
    found = summary(measure(asked.quick))
    if asked.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            if name != "rows":
                print(f"{name:<20}{value:>10}")
    sys.exit(found["mended"] != found["photos"])


if __name__ == "__main__":
    main()
