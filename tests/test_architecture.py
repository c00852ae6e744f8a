"""The shape of the code, measured: sizes, docstrings, imports, signals, names, and a test for each registry entry."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median, quantiles

import pytest

from catalog.marketplaces import PRESETS
from processing.imaging.checks import CHECKS
from processing.imaging.steps import STEPS
from processing.intake_rules import INTAKE_RULES
from review.defects import DEFECTS
from review.metrics import METRICS
from tests.catalog.test_marketplaces import EXPECTED
from tests.processing.test_intake_rules import CASES

ROOT = Path(__file__).resolve().parent.parent
APPS = ("catalog", "config", "processing", "review")
FILES = sorted(
    path
    for app in APPS
    for path in (ROOT / app).rglob("*.py")
    if "migrations" not in path.parts and path.stat().st_size
)
BY_PATH = [str(path.relative_to(ROOT)) for path in FILES]
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def tree(path: str) -> ast.Module:
    """The parsed file."""
    return ast.parse((ROOT / path).read_text())


def functions(path: str) -> Iterator[Function]:
    """Every function of the file, nested ones too."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def lines_of(function: Function) -> int:
    """Lines from `def` to the last, docstring and decorators left out."""
    has_docstring = ast.get_docstring(function, clean=False) is not None
    docstring = function.body[0].end_lineno - function.body[0].lineno + 1 if has_docstring else 0  # type: ignore[operator]
    return (function.end_lineno or function.lineno) - function.lineno + 1 - docstring


SIZES = {f"{path}:{function.name}": lines_of(function) for path in BY_PATH for function in functions(path)}


def test_functions_are_small() -> None:
    assert median(SIZES.values()) < 10
    assert quantiles(SIZES.values(), n=10)[-1] <= 30
    assert {name: size for name, size in SIZES.items() if size > 60} == {}


def test_files_are_small() -> None:
    sizes = {path: len((ROOT / path).read_text().splitlines()) for path in BY_PATH}
    assert {path: size for path, size in sizes.items() if size >= 400} == {}


def test_a_module_says_what_it_owns() -> None:
    said = {path: (ast.get_docstring(tree(path)) or "").partition("\n")[0] for path in BY_PATH}
    assert [path for path, words in said.items() if len(words) <= 10] == []


def test_functions_are_annotated() -> None:
    bare = [f"{path}:{function.name}" for path in BY_PATH for function in functions(path) if function.returns is None]
    assert bare == []


def test_imports_stand_at_the_top() -> None:
    inside = [
        f"{path}:{node.lineno}"
        for path in BY_PATH
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inside == []


def imported(path: str) -> Iterator[str]:
    """The full name of everything that the file imports."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def test_nothing_listens_to_signals() -> None:
    """Neither Django's senders nor its `receiver`; the standard library's signals of processes are another thing."""
    heard = [
        f"{path}: {name}"
        for path in BY_PATH
        for name in imported(path)
        if name.startswith("django.") and ("signals" in name.split(".") or name.endswith(".receiver"))
    ]
    assert heard == []


def test_a_module_is_named_after_what_it_owns() -> None:
    vague = {"utils", "helpers", "services", "common", "misc", "tools"}
    assert [path for path in BY_PATH if set(Path(path).with_suffix("").parts) & vague] == []


REGISTRIES = {
    "steps": [step.name for step in STEPS],
    "checks": [check.name for check in CHECKS],
    "presets": [preset.slug for preset in PRESETS],
    "intake rules": [rule.__name__ for rule in INTAKE_RULES],
    "metrics": [metric.name for metric in METRICS],
    "defects": [defect.code for defect in DEFECTS],
}


@cache
def words_of_tests() -> frozenset[str]:
    """Every word of every test, this one apart."""
    texts = (path.read_text() for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__))
    return frozenset(word for text in texts for word in re.findall(r"\w+", text))


@pytest.mark.parametrize(("registry", "name"), [(kind, name) for kind, names in REGISTRIES.items() for name in names])
def test_what_a_registry_holds_is_tested_by_name(registry: str, name: str) -> None:
    assert name in words_of_tests(), f"no test mentions the {registry[:-1]} {name}"


@pytest.mark.parametrize("package", ["steps", "checks"])
def test_each_step_and_check_has_a_test_of_its_own(package: str) -> None:
    """These words are everyday ones ("fill", "clean"), so that a mention proves little."""
    folder = ROOT / "tests" / "processing" / "imaging" / package
    assert [name for name in REGISTRIES[package] if not (folder / f"test_{name}.py").is_file()] == []


def test_each_preset_has_an_expected_row_of_its_own() -> None:
    """The rows are written by hand, apart from the presets, so that a new or a changed one is noticed."""
    assert set(EXPECTED) == set(REGISTRIES["presets"])


def test_the_readme_names_each_preset() -> None:
    text = (ROOT / "README.md").read_text()
    assert [slug for slug in REGISTRIES["presets"] if f"`{slug}`" not in text] == []


def test_each_intake_rule_has_a_case() -> None:
    assert {rule.__name__ for rule, *_ in CASES} == set(REGISTRIES["intake rules"])


# What every app has, the site's two entries, and the map's own folders.
EVERYWHERE = {
    "__init__",
    "admin",
    "apps",
    "forms",
    "jobs",
    "models",
    "urls",
    "wsgi",
    "views",
    "management",
    "migrations",
}


def the_map() -> str:
    """README's section of rooms and places."""
    return (ROOT / "README.md").read_text().partition("## The map")[2].partition("Where to add something")[0]


@pytest.mark.parametrize("room", [*APPS, "processing/imaging", "benchmarks"])
def test_the_readmes_map_names_every_place(room: str) -> None:
    rows = re.findall(r"^\| .* \|$", the_map(), flags=re.M)
    named = set(re.findall(r"\b[a-z_]+\b", " ".join(" ".join(re.findall(r"`([^`]+)`", row)) for row in rows)))
    places = {path.stem for path in (ROOT / room).iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert places - EVERYWHERE - {"templatetags"} - named == set()


def test_the_readmes_map_names_nothing_that_is_not_there() -> None:
    """In the second column of the second table names follow their room: `room/`: `name`, `name`."""
    gone = []
    for cell in re.findall(r"^\| [^`]* \| (`.*) \|$", the_map(), flags=re.M):
        room = ROOT
        for name, colon in re.findall(r"`([\w/]+(?:\.js)?)`(:?)", cell):
            path = next((base / name for base in (room, ROOT) if _is_there(base / name)), None)
            room = path if colon and path else room
            gone += [] if path else [name]
    assert gone == []


def _is_there(path: Path) -> bool:
    return path.exists() or path.with_suffix(".py").exists()
