"""The recipe page publishes what a lead enters, and says what is wrong with it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from processing import recipes, weights
from processing.models import Recipe, RecipeVersion
from tests.factories import make_ready_photo

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def version(db: None) -> RecipeVersion:
    return recipes.active_of("general")


def _entries(client: Client, version: RecipeVersion, start: int | str = "") -> dict[str, str]:
    form = client.get(reverse("processing:recipe", args=[version.recipe_id]), {"from": start}).context["form"]
    values = {name: field.initial for name, field in form.fields.items()}
    return {name: str(value) for name, value in values.items() if value is not None and value is not False} | {
        "note": "why not"
    }


def test_publishing_one_change_keeps_every_other_value(version: RecipeVersion, lead: User, as_user: SignIn) -> None:
    client = as_user(lead)
    address = reverse("processing:recipe", args=[version.recipe_id])
    assert client.post(address, _entries(client, version) | {"step.clean.hole": "0.5"}).status_code == 302
    newest = version.recipe.versions.first()
    assert newest is not None
    assert (newest.number, newest.by, newest.note, newest.limits) == (2, lead, "why not", version.limits)
    (now, lines), (then, _) = client.get(address).context["changes"]
    assert (now.number, then.number) == (2, 1) and len(lines) == 1 and lines[0].startswith("clean hole:")


def test_the_form_as_it_is_is_no_new_version(version: RecipeVersion, lead: User, as_user: SignIn) -> None:
    client, address = as_user(lead), reverse("processing:recipe", args=[version.recipe_id])
    response = client.post(address, _entries(client, version))
    assert response.status_code == 422 and version.recipe.versions.count() == 1
    assert response.context["form"].non_field_errors() == [
        "Nothing differs from v1, which is in use: change a value first."
    ]


def test_the_values_of_an_older_version_are_published_again(
    version: RecipeVersion, lead: User, as_user: SignIn
) -> None:
    client, address = as_user(lead), reverse("processing:recipe", args=[version.recipe_id])
    client.post(address, _entries(client, version) | {"step.clean.hole": "0.5"})
    page = client.get(address).content.decode()
    assert 'href="?from=1"' in page and 'href="?from=2"' not in page and "These are the values" not in page
    page = client.get(address, {"from": "1"}).content.decode()
    assert "These are the values of v1" in page
    assert client.post(f"{address}?from=1", _entries(client, version, start=1)).status_code == 302
    newest = version.recipe.versions.first()
    assert newest is not None
    assert (newest.number, newest.parameters) == (3, version.parameters)


def test_the_list_of_versions_tells_what_each_changed(version: RecipeVersion, lead: User, as_user: SignIn) -> None:
    client, address = as_user(lead), reverse("processing:recipe", args=[version.recipe_id])
    RecipeVersion.objects.filter(pk=version.pk).update(parameters={**version.parameters, "clean": {"island": 2}})
    client.post(address, _entries(client, version) | {"step.clean.hole": "0.5", "step.glass.clarity": "40"})
    (_, lines), _ = client.get(address).context["changes"]
    assert "glass clarity: not set → 40.0" in lines
    assert "clean hole: not set → 0.5" in lines
    assert not any("island" in line for line in lines), "2 and 2.0 are the same"


def test_a_value_out_of_its_range_is_said_at_the_field(version: RecipeVersion, lead: User, as_user: SignIn) -> None:
    client = as_user(lead)
    entries = _entries(client, version) | {"step.clean.island": "-5"}
    response = client.post(reverse("processing:recipe", args=[version.recipe_id]), entries)
    assert response.status_code == 422
    assert "step.clean.island" in response.context["form"].errors
    assert version.recipe.versions.count() == 1


def test_a_manager_looks_but_does_not_publish(version: RecipeVersion, manager: User, as_user: SignIn) -> None:
    client = as_user(manager)
    client.post(reverse("processing:recipe", args=[version.recipe_id]), _entries(client, version))
    assert version.recipe.versions.count() == 1


def test_a_check_that_an_older_version_does_not_judge_is_told_with_its_usual_limit(
    version: RecipeVersion, lead: User, as_user: SignIn
) -> None:
    address = reverse("processing:recipe", args=[version.recipe_id])
    assert "Not judged" not in as_user(lead).get(address).content.decode()
    older = {name: values for name, values in version.limits.items() if name != "variation"}
    RecipeVersion.objects.filter(pk=version.pk).update(limits=older)
    assert as_user(lead).get(address).content.decode().count("Not judged by this version; 10 is usual.") == 1


def test_what_is_usual_is_so_on_the_recipes_route(lead: User, as_user: SignIn) -> None:
    version = recipes.active_of("transparent")
    RecipeVersion.objects.filter(pk=version.pk).update(limits={})
    page = as_user(lead).get(reverse("processing:recipe", args=[version.recipe_id])).content.decode()
    assert "Not judged by this version; 0.05 is usual." in page


def test_the_list_shows_each_recipe_with_its_active_version(
    version: RecipeVersion, manager: User, as_user: SignIn
) -> None:
    page = as_user(manager).get(reverse("processing:recipes")).content.decode()
    assert version.recipe.name in page
    assert "v1" in page


@pytest.mark.parametrize("address", ["processing:reprocess", "review:repairs", "review:repair", "processing:recipes"])
def test_looking_at_a_page_publishes_nothing(address: str, lead: User, as_user: SignIn) -> None:
    photo = make_ready_photo(stage="failed", route="manual")
    RecipeVersion.objects.exclude(recipe__route="general").delete()
    Recipe.objects.exclude(route="general").delete()
    pks = [photo.pk] if address in ("processing:reprocess", "review:repair") else []
    assert as_user(lead).get(reverse(address, args=pks)).status_code == 200
    assert list(RecipeVersion.objects.values_list("recipe__route", flat=True)) == ["general"]


@pytest.fixture
def models(settings: Any, tmp_path: Path) -> Path:
    """A models folder of our own, in which U2-Net alone is prepared."""
    settings.MODELS_DIR = tmp_path / "models"
    settings.MODELS_DIR.mkdir()
    _prepare("u2net", settings.MODELS_DIR)
    (settings.MODELS_DIR / "u2netp.onnx").write_bytes(b"as downloaded, by whomever")
    return cast(Path, settings.MODELS_DIR)


def _prepare(name: str, folder: Path) -> None:
    model = weights.find(name)
    weights.path_of(model, folder).write_bytes(b"weights")
    weights.seal(model, folder)


def _offered(client: Client, version: RecipeVersion, name: str) -> dict[str, str]:
    form = client.get(reverse("processing:recipe", args=[version.recipe_id])).context["form"]
    return dict(form.fields[f"step.cutout.{name}"].choices)


def test_models_are_chosen_from_those_that_are_prepared(
    version: RecipeVersion, lead: User, as_user: SignIn, models: Path
) -> None:
    client = as_user(lead)
    assert _offered(client, version, "first") == {"u2net": "u2net · U2-Net, 320 px, single precision"}
    _prepare("u2netp", models)
    assert list(_offered(client, version, "first")) == ["u2net", "u2netp"]


def test_a_model_that_the_version_names_stays_and_is_marked_when_it_has_gone(
    version: RecipeVersion, lead: User, as_user: SignIn, models: Path
) -> None:
    client, address = as_user(lead), reverse("processing:recipe", args=[version.recipe_id])
    assert _offered(client, version, "model")["isnet"] == "isnet · not prepared on this instance"
    page = client.get(address).content.decode()
    assert '<option value="isnet" selected>isnet · not prepared on this instance</option>' in page
    assert client.post(address, _entries(client, version) | {"step.clean.hole": "0.5"}).status_code == 302
    (models / "isnet.onnx").write_bytes(b"put here by hand")
    assert _offered(client, version, "model")["isnet"] == "isnet · unverified on this instance"


@pytest.mark.parametrize("name", ["u2netp", "isnet", "no-such-model", "", "%s"])
def test_a_model_that_is_not_prepared_is_refused_at_its_field(
    version: RecipeVersion, lead: User, as_user: SignIn, models: Path, name: str
) -> None:
    client = as_user(lead)
    entries = _entries(client, version) | {"step.cutout.first": name}
    response = client.post(reverse("processing:recipe", args=[version.recipe_id]), entries)
    assert response.status_code == 422
    (said,) = response.context["form"].errors["step.cutout.first"]
    refusal = f"“{name}” is not prepared on this instance. Choose u2net, or fetch it: manage.py models fetch NAME"
    assert said == (refusal if name else "This field is required.")
    assert version.recipe.versions.count() == 1


def test_a_version_without_a_mannequin_is_offered_one_and_gets_it_only_when_it_is_set(
    version: RecipeVersion, lead: User, as_user: SignIn
) -> None:
    client, address = as_user(lead), reverse("processing:recipe", args=[version.recipe_id])
    old = {name: values for name, values in version.parameters.items() if name != "mannequin"}
    RecipeVersion.objects.filter(pk=version.pk).update(parameters=old)
    assert "Ghost mannequin" in client.get(address).content.decode()
    client.post(address, _entries(client, version) | {"step.clean.hole": "0.5"})
    assert "mannequin" not in version.recipe.versions.first().parameters
    client.post(address, _entries(client, version) | {"step.mannequin.kind": "white"})
    assert version.recipe.versions.first().parameters["mannequin"]["kind"] == "white"


def test_a_mannequins_colour_that_is_none_is_said(version: RecipeVersion, lead: User, as_user: SignIn) -> None:
    client, address = as_user(lead), reverse("processing:recipe", args=[version.recipe_id])
    wrong = {"step.mannequin.kind": "own", "step.mannequin.colour": "beige"}
    page = client.post(address, _entries(client, version) | wrong)
    assert page.status_code == 422 or page.status_code == 200
    assert "a colour as #rrggbb" in page.content.decode()
    assert version.recipe.versions.count() == 1
