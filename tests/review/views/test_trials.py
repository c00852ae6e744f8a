"""The pages of trials: what there is to learn from, beginning one, and what it proposes."""

from collections.abc import Callable
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from processing import recipes
from processing.models import Output, Recipe, Truth
from review import trials, tuning
from review.models import Kind, Replay, Trial
from tests import factories
from tests.conftest import Jobs
from tests.review import boards
from tests.review.made_trials import a_trial

SignIn = Callable[[User], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def recipe() -> Recipe:
    return recipes.active_of("general").recipe


def a_truth(recipe: Recipe, lead: User) -> Truth:
    """A photo of the recipe whose mask a lead drew."""
    version = recipe.versions.get(state="active")
    output = factories.make_output(recipe_version=version)
    Output.objects.filter(pk=output.pk).update(author=lead)
    return Truth.objects.create(
        photo=output.photo, output=output, recipe_version=version, route="general", author=lead, how="upload"
    )


def approved(recipe: Recipe, by: User) -> None:
    """A photo of the recipe that somebody approved as the machine made it."""
    output = factories.make_output(recipe_version=recipe.versions.get(state="active"))
    boards.decide(boards.make_task(output.photo, output, Kind.RANDOM), by, bad=False, at=timezone.now())


def text(client: Client, address: str) -> str:
    return unescape(client.get(address).content.decode())


def test_a_recipe_says_what_a_trial_needs(recipe: Recipe, lead: User, as_user: SignIn) -> None:
    page = text(as_user(lead), reverse("review:recipe-trials", args=[recipe.pk]))
    assert (
        "none were mended by hand, and none approved as it makes them now; a trial needs 5 of each" in page
        and "Begin a trial" not in page
    )
    assert reverse("review:recipe-trials", args=[recipe.pk]) in text(
        as_user(lead), reverse("processing:recipe", args=[recipe.pk])
    )


def test_only_a_lead_begins_one(recipe: Recipe, lead: User, manager: User, as_user: SignIn, jobs: Jobs) -> None:
    for _ in range(5):
        a_truth(recipe, lead)
        approved(recipe, manager)
    address = reverse("review:recipe-trials", args=[recipe.pk])
    assert "Begin a trial" not in text(as_user(manager), address)
    assert "5 were mended by hand, and 5 approved as the recipe makes them now" in text(as_user(lead), address)
    response = as_user(lead).post(reverse("review:trial-begin", args=[recipe.pk]))
    trial = Trial.objects.get()
    assert response.status_code == 302 and response["Location"] == reverse("review:trial", args=[trial.pk])
    assert len(jobs) == 10
    page = text(as_user(lead), address)
    assert f"Trial {trial.pk} is running" in page and "Begin a trial" not in page


def test_where_there_is_too_little_beginning_says_so(recipe: Recipe, lead: User, as_user: SignIn) -> None:
    response = as_user(lead).post(reverse("review:trial-begin", args=[recipe.pk]), follow=True)
    assert "a trial needs 5 of each" in response.content.decode()


def test_a_running_trial_shows_how_far_it_is_and_then_the_page_anew(
    recipe: Recipe, lead: User, as_user: SignIn
) -> None:
    trial, client = a_trial(recipe, lead), as_user(lead)
    Trial.objects.filter(pk=trial.pk).update(state="running", finished_at=None)
    trial.replays.filter(kind="approved").update(scores=None)
    address = reverse("review:trial-progress", args=[trial.pk])
    response = client.get(address)
    assert 'value="6"' in response.content.decode() and 'max="8"' in response.content.decode()
    assert "every 2s" in response.content.decode() and "HX-Refresh" not in response
    assert "is proposed" not in text(client, reverse("review:trial", args=[trial.pk]))
    Trial.objects.filter(pk=trial.pk).update(state="done", finished_at=timezone.now())
    assert client.get(address)["HX-Refresh"] == "true"


def test_a_proposal_says_why_and_stands_in_the_recipes_form(recipe: Recipe, lead: User, as_user: SignIn) -> None:
    trial, client = a_trial(recipe, lead), as_user(lead)
    response = client.get(reverse("review:trial", args=[trial.pk]))
    page = unescape(response.content.decode())
    assert "Smallest hole 0.02 → 0.5 % of the product is proposed" in page
    assert "6 better and 0 worse; luck alone makes one of 2 changes look as good in 1.6 % of trials" in page
    first, last = response.context["found"].effects
    assert (first.before, first.after, first.level) == (6, 0, "good")
    assert (last.spoilt, last.level) == (2, "bad")
    form = client.get(response.context["publish"]).context["form"]
    assert form["step.clean.hole"].value() == "0.5"
    assert form["step.refine.sharpness"].value() == 2.0
    assert form["note"].value().startswith(f"Trial {trial.pk}: ")
    assert "Of 6 mended photos 6 would be sent back before and 0 after" in form["note"].value()


def test_what_stands_in_the_form_is_published_as_any_version(recipe: Recipe, lead: User, as_user: SignIn) -> None:
    client = as_user(lead)
    address = client.get(reverse("review:trial", args=[a_trial(recipe, lead).pk])).context["publish"]
    form = client.get(address).context["form"]
    values = {name: form[name].value() for name in form.fields}
    entries = {name: str(value) for name, value in values.items() if value is not None and value is not False}
    assert client.post(reverse("processing:recipe", args=[recipe.pk]), entries).status_code == 302
    active = recipe.versions.get(state="active")
    assert active.parameters["clean"]["hole"] == 0.5 and active.by == lead


def test_a_manager_reads_but_does_not_publish(recipe: Recipe, lead: User, manager: User, as_user: SignIn) -> None:
    page = text(as_user(manager), reverse("review:trial", args=[a_trial(recipe, lead).pk]))
    assert "A lead may publish what it proposes." in page and "The proposed version" not in page


@pytest.mark.parametrize(
    ("values", "says"),
    [({"helps": False}, "No single change makes the mended photos better"), ({"mended": 3}, "but not surely")],
)
def test_without_surety_nothing_is_proposed(
    recipe: Recipe, lead: User, as_user: SignIn, values: dict, says: str
) -> None:
    response = as_user(lead).get(reverse("review:trial", args=[a_trial(recipe, lead, **values).pk]))
    assert says in response.content.decode() and response.context["publish"] == ""
    assert "Nothing is proposed." in response.content.decode()


def test_what_was_proposed_for_an_older_version_is_past(recipe: Recipe, lead: User, as_user: SignIn) -> None:
    trial, client = a_trial(recipe, lead), as_user(lead)
    active = recipe.versions.get(state="active")
    recipes.publish(recipe, {**active.parameters, "edge": {"shift": 1.0}}, active.limits, by=lead, note="Wider.")
    response = client.get(reverse("review:trial", args=[trial.pk]))
    assert response.context["publish"] == ""
    page = unescape(response.content.decode())
    assert "Version 1 is no longer in use" in page and "Nothing is proposed" not in page
    assert "Look at the proposed version" not in page


def test_where_no_photo_could_be_tried_it_says_so(recipe: Recipe, lead: User) -> None:
    trial = a_trial(recipe, lead)
    trial.replays.update(scores=None, failure="The source is gone.")
    assert tuning.findings(trial).why == "None of the photos could be tried, so nothing is known."


def test_a_replay_shows_its_strip(recipe: Recipe, lead: User, as_user: SignIn) -> None:
    trial, client = a_trial(recipe, lead), as_user(lead)
    one, other = trial.replays.all()[:2]
    one.picture.save("strip.jpg", ContentFile(factories.picture_bytes((1304, 320))))
    response = client.get(reverse("review:trial-picture", args=[one.pk]))
    assert response.status_code == 200 and b"".join(response).startswith(b"\xff\xd8")  # type: ignore[arg-type]
    assert client.get(reverse("review:trial-picture", args=[other.pk])).status_code == 404
    page = text(client, reverse("review:trial", args=[trial.pk]))
    assert f"{one.photo.name}: mended by hand; right without it" in page
    assert "5 more pictures are being drawn; open the page again for them" in page
    trial.replays.update(attempts=trials.MOST_DRAWN)
    assert "being drawn" not in text(client, reverse("review:trial", args=[trial.pk])), "they do not come any more"


def test_photos_that_could_not_be_tried_are_named(recipe: Recipe, lead: User, as_user: SignIn) -> None:
    trial = a_trial(recipe, lead)
    lost = trial.replays.first()
    assert lost
    Replay.objects.filter(pk=lost.pk).update(scores=None, failure="The source is gone.")
    page = text(as_user(lead), reverse("review:trial", args=[trial.pk]))
    assert lost.photo.name in page and "The source is gone." in page


def test_the_recipe_lists_its_trials_with_what_they_found(recipe: Recipe, lead: User, as_user: SignIn) -> None:
    trial = a_trial(recipe, lead)
    page = text(as_user(lead), reverse("review:recipe-trials", args=[recipe.pk]))
    assert f"Trial {trial.pk}" in page and "is proposed: chosen on the other products" in page


def test_values_in_the_address_that_no_field_has_mean_nothing(recipe: Recipe, lead: User, as_user: SignIn) -> None:
    address = reverse("processing:recipe", args=[recipe.pk])
    page = as_user(lead).get(address, {"step.clean.nonsense": "1", "utm": "x"}).content.decode()
    assert "The proposed values stand in the form" not in page
