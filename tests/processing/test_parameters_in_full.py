"""What was published goes on doing what it did, whatever the code's defaults become."""

import ast
import dataclasses
from importlib import import_module
from inspect import getsource
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from processing import recipes
from processing.imaging import pipeline
from processing.imaging.contract import setting
from processing.imaging.steps import STEPS
from processing.models import Output, Recipe, RecipeVersion
from tests import factories

pytestmark = pytest.mark.django_db

migration = import_module("processing.migrations.0004_parameters_in_full")
later = import_module("processing.migrations.0005_own_transparency")
# Parameters that steps got since, and the migrations that gave them to the versions there were.
LATER: dict[str, set[str]] = {"cutout": {"own"}}


def _published(parameters: dict[str, dict[str, Any]]) -> RecipeVersion:
    return recipes.publish(Recipe.objects.create(route="general", name="Mine"), parameters, {})


def _migrate() -> None:
    """What the migration does to the rows there are; of the schema's editor it needs no more than the connection."""
    migration.fill(apps, SimpleNamespace(connection=connection))


def test_a_version_is_stored_with_every_parameter_of_its_steps() -> None:
    stored = _published({"cutout": {"tone": "off"}, "clean": {"island": 4}}).parameters
    assert stored["cutout"]["tone"] == "off"
    for step in STEPS:
        if step.name in stored:
            assert list(stored[step.name]) == [item.name for item in dataclasses.fields(step.params)]
    assert set(stored) == {"cutout", "clean"}, "a step that was not there must not begin to run"


def test_a_version_keeps_what_it_did_when_a_default_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    version = _published({"cutout": {}, "refine": {}})
    before = pipeline.parse(version.parameters)

    @dataclasses.dataclass(frozen=True)
    class Params:
        sharpness: float = setting(7.0, label="", help="")
        radius: float = setting(2.5, label="", help="")
        epsilon: float = setting(0.05, label="", help="")

    changed = [dataclasses.replace(step, params=Params) if step.name == "refine" else step for step in STEPS]
    monkeypatch.setattr(pipeline, "STEPS", changed)
    version.refresh_from_db()
    after = pipeline.parse(version.parameters)
    assert [dataclasses.asdict(bound.params) for bound in after] == [dataclasses.asdict(b.params) for b in before]


def test_a_version_without_a_step_that_is_known_does_not_run_it() -> None:
    version = _published({"cutout": {}})
    assert [bound.step.name for bound in pipeline.parse(version.parameters)] == ["cutout"]


def test_full_is_full_already_and_whole_numbers_look_like_the_real_ones_they_are() -> None:
    full = pipeline.in_full({"clean": {"island": 4, "floor": 9}})
    assert full == pipeline.in_full(full)
    assert repr(full["clean"]["island"]) == "4.0" and repr(full["clean"]["floor"]) == "9"


def test_older_versions_and_outputs_are_filled_with_the_values_of_then() -> None:
    old = factories.make_recipe_version(parameters={"cutout": {"tone": "strong"}, "clean": {}, "polish": {"hue": 3}})
    output = factories.make_output(parameters={"decontaminate": {"strength": 50.0}}, sha256="a" * 64)
    full = factories.make_recipe_version(parameters=pipeline.in_full({"refine": {"radius": 1.0}}))
    _migrate()
    old.refresh_from_db()
    assert old.parameters == {
        "cutout": {
            "model": "isnet",
            "first": "u2net",
            "effort": "full",
            "trusted": 0.95,
            "tone": "strong",
            "enough": 0.92,
            "solid": 1.0,
        },
        "clean": {"island": 2.0, "hole": 0.02, "floor": 8},
        "polish": {"hue": 3},
    }
    filled = Output.objects.get(pk=output.pk)
    assert filled.parameters == {"decontaminate": {"radius": 12.0, "strength": 50.0}}
    assert filled.sha256 == "a" * 64, "what decisions are pinned to must not move"
    assert RecipeVersion.objects.get(pk=full.pk).parameters == full.parameters


def test_all_rows_are_filled_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration, "ROWS", 5)
    version = factories.make_recipe_version(number=10_001, parameters={"refine": {}})
    for number in range(10_002, 10_013):
        factories.make_recipe_version(recipe=version.recipe, number=number, parameters={"refine": {}})
    _migrate()
    found = version.recipe.versions.values_list("parameters", flat=True)
    assert list(found) == [{"refine": {"sharpness": 2.0, "radius": 0.0, "epsilon": 0.0001}}] * 12


def test_versions_there_are_go_on_ignoring_the_transparency_that_a_photo_comes_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(later, "ROWS", 5)
    olds = [factories.make_recipe_version(parameters={"cutout": {"tone": "off"}, "clean": {}}) for _ in range(12)]
    new = factories.make_recipe_version(parameters={"cutout": {"own": "use"}})
    without = factories.make_output(parameters={"clean": {"island": 2.0}}, sha256="a" * 64)
    later.fill(apps, SimpleNamespace(connection=connection))
    for old in olds:
        old.refresh_from_db()
        assert old.parameters == {"cutout": {"tone": "off", "own": "ignore"}, "clean": {}}
    new.refresh_from_db()
    assert new.parameters == {"cutout": {"own": "use"}}
    assert Output.objects.get(pk=without.pk).parameters == {"clean": {"island": 2.0}}


@pytest.mark.parametrize("migration", [migration, later], ids=["in full", "own transparency"])
def test_the_migration_carries_its_own_values(migration: Any) -> None:
    imports = [node for node in ast.walk(ast.parse(getsource(migration))) if isinstance(node, ast.Import)]
    froms = [node for node in ast.walk(ast.parse(getsource(migration))) if isinstance(node, ast.ImportFrom)]
    assert imports == [] and {node.module for node in froms} == {"django.db"}


@pytest.mark.parametrize("step", [step for step in STEPS if step.name in migration.PARAMETERS], ids=lambda s: s.name)
def test_a_parameter_that_a_step_gets_later_reaches_older_versions_by_a_migration(step: Any) -> None:
    """Left out, it would take today's default in a version that was published without it, and change what that does."""
    known = set(migration.PARAMETERS[step.name]) | LATER.get(step.name, set())
    new = {item.name for item in dataclasses.fields(step.params)} - known
    assert not new, f"write {new} into the versions there are, as 0004_parameters_in_full did, and list them here"
