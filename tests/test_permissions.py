"""Every URL against every role: what tests/url_table.py says is what the site does. A URL without a line fails."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from catalog import tokens, webhooks
from catalog.flow import BatchState, Stage
from catalog.models import Incoming, SheetImport
from catalog.people import Role
from config.api import api, operations, roles_for
from processing import recipes
from processing.models import Export, RecipeVersion, Run
from review.models import Alert, Complaint, Escalation, Kind, Task, Trial
from tests import factories, images
from tests.api import Api
from tests.url_table import CALLS, OPEN, SIGNED_IN, TABLE, Call, Rule

LETTERS = {role.value[0]: role for role in Role}


def walk(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address below `resolver` with its full name; the admin site keeps its own door (see below)."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield f"{space}{entry.name}", entry
        elif entry.namespace != "admin":
            yield from walk(entry, f"{space}{entry.namespace}:" if entry.namespace else space)


URLS = dict(walk(get_resolver()))


class World:
    """One of everything that an address may name, and one person a role."""

    def __init__(self) -> None:
        self.people = {letter: factories.make_user(f"the_{role.value}", role) for letter, role in LETTERS.items()}
        self.people["-"] = factories.make_user("the_nobody")
        self.clients = {letter: signed_in(user) for letter, user in self.people.items()} | {"?": Client()}
        upload = factories.make_upload(by=self.people["o"])
        batch = factories.make_batch(upload, state=BatchState.IN_REVIEW)
        version = recipe_version()
        photo = self._photo(upload, batch, Stage.IN_REVIEW, version)
        failed = self._photo(upload, batch, Stage.FAILED, version)
        Run.objects.update(finished_at=timezone.now())
        task = Task.objects.create(
            photo=photo, output=photo.outputs.get(), batch=batch, kind=Kind.RANDOM, uploader=upload.by
        )
        escalation = Escalation.objects.create(
            catalog=upload.catalog, owner=self.people["l"], severity="major", reason="x", due_at=timezone.now()
        )
        assert photo.product
        complaint = Complaint.objects.create(
            catalog=upload.catalog, product=photo.product, defect="edge", by=self.people["m"]
        )
        self.things: dict[str, Any] = {
            "upload": upload.pk,
            "batch": batch.pk,
            "photo": photo.pk,
            "failed": failed.pk,
            "output": photo.outputs.get().pk,
            "token": task.token,
            "escalation": escalation.pk,
            "complaint": complaint.pk,
            "alert": Alert.objects.create(metric="error_rate", value="9.0 %", target="at most 2.0 %").pk,
            "recipe": version.recipe_id,
            "trial": Trial.objects.create(
                recipe=version.recipe, version=version, changes=[], known={}, by=self.people["l"]
            ).pk,
            "scene": (scene := factories.make_scene(upload.catalog)).pk,
            "mockup": factories.make_mockup(photo.outputs.get(), scene).pk,
            "export": finished_export(upload, self.people["o"]).pk,
            "person": self.people["r"].pk,
            "catalog": upload.catalog_id,
            "slug": upload.catalog.slug,
            "sheet": SheetImport.objects.create(
                catalog=upload.catalog, by=upload.by, name="x.csv", file=ContentFile(b"sku\nA\n", "x.csv")
            ).pk,
            "incoming": Incoming.objects.create(upload=upload, name="x.jpg", size=10).pk,
            "product": photo.product_id,
            "webhook": webhooks.add("http://127.0.0.1:9/", ["ping"], self.people["l"])[0].pk,
            "api_token": tokens.make(self.people["o"], "x")[0].pk,
        }

    def _photo(self, upload: Any, batch: Any, stage: Stage, version: Any) -> Any:
        source = images.product_shot(fill=0.5)
        height, width = source.rgb.shape[:2]
        files = {name: ContentFile(factories.picture_bytes(), f"{name}.jpg") for name in ("preview", "thumb")}
        files["source"] = ContentFile(source.encoded(), "source.jpg")
        photo = factories.make_photo(upload, batch=batch, stage=stage, width=width, height=height, **files)
        factories.make_output(photo, recipe_version=version)
        return photo

    def address(self, name: str, rule: Rule | Call) -> str:
        """The address `name` with the things that it takes."""
        given = {key: word[1:] if word[0] == "=" else self.things[word] for key, word in rule.takes.items()}
        return reverse(name, kwargs=given)

    def ask(self, method: str, address: str, letter: str) -> int:
        """The status that somebody gets; whatever the request did is taken back."""
        with transaction.atomic():
            status = self._status(method, address, letter)
            transaction.set_rollback(True)
        return status

    def _status(self, method: str, address: str, letter: str) -> int:
        try:
            return int(getattr(self.clients[letter], method)(address).status_code)
        except Exception as error:
            raise AssertionError(f"{method} {address} by {letter} broke") from error


def finished_export(upload: Any, by: User) -> Export:
    archive = ContentFile(b"PK", "x.zip")
    return Export.objects.create(catalog=upload.catalog, by=by, marketplaces=["cutout"], state="done", archive=archive)


def recipe_version() -> RecipeVersion:
    return recipes.active_of("general")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def world(db: None) -> World:
    return World()


def test_every_url_stands_in_the_table_and_no_other() -> None:
    called = {call.partition(" ")[2] for call in CALLS}
    missing = set(URLS) - set(TABLE) - SIGNED_IN - OPEN - called - {"gallery"}
    assert not missing, f"give these a line in tests/url_table.py: {sorted(missing)}"
    gone = (set(TABLE) | SIGNED_IN | OPEN | called) - set(URLS)
    assert not gone, f"these are no longer addresses: {sorted(gone)}"


@pytest.mark.parametrize("name", sorted(TABLE.keys() & URLS.keys()))
def test_the_view_is_guarded_by_the_roles_of_the_table(name: str) -> None:
    view = URLS[name].callback
    roles = getattr(view, "allowed_roles", frozenset())
    assert "".join(sorted(role.value[0] for role in roles)) == TABLE[name].roles


@pytest.mark.parametrize("space", ["catalog", "processing", "review", "api"])
def test_everybody_gets_what_the_table_says(space: str, world: World) -> None:
    answers, expected = {}, {}
    for name, rule in TABLE.items():
        if name in URLS and name.startswith(space):
            address = world.address(name, rule)
            for method, status in (("get", rule.get), ("post", rule.post)):
                for letter in "lmor-?":
                    answers[name, method, letter] = world.ask(method, address, letter)
                    expected[name, method, letter] = due(rule, letter, status)
                expected |= {(name, "post", letter): other for letter, other in rule.but.items()}
    assert {key: answer for key, answer in answers.items() if answer != expected[key]} == {}


def due(rule: Rule, letter: str, status: int | None) -> int:
    """Strangers (?) are sent to sign in; whoever lacks the role is refused before the method is even looked at."""
    if letter == "?":
        return 302
    if letter not in rule.roles:
        return 403
    return 405 if status is None else status


def test_every_call_of_the_api_is_for_the_roles_of_the_table() -> None:
    found = {
        f"{method} api:{operation.url_name}": "".join(sorted(role.value[0] for role in roles_for(operation))) or "lmor-"
        for operation in operations(api)
        for method in operation.methods
    }
    assert found == {name: call.roles for name, call in CALLS.items()}


def test_the_api_answers_everybody_as_the_table_says(world: World) -> None:
    """By token each gets what the table says; with a session and no token, or with neither, everybody is a stranger."""
    callers = {letter: Api(user) for letter, user in world.people.items()} | {"?": Api()}
    answers, expected = {}, {}
    for name, call in CALLS.items():
        method, _, url_name = name.partition(" ")
        address = world.address(url_name, call)
        for letter, caller in callers.items():
            answers[name, letter] = _called(caller, method.lower(), address)
            expected[name, letter] = 401 if letter == "?" else call.answer if letter in call.roles else 403
        answers[name, "session"], expected[name, "session"] = world.ask(method.lower(), address, "l"), 401
        expected |= {(name, letter): other for letter, other in call.but.items()}
    assert {key: answer for key, answer in answers.items() if answer != expected[key]} == {}


def _called(caller: Api, method: str, address: str) -> int:
    with transaction.atomic():
        answer = caller.ask(method, address, None if method == "get" else {})
        transaction.set_rollback(True)
    assert "html" not in answer["Content-Type"] and "Location" not in answer
    return answer.status_code


def test_home_is_for_everybody_who_is_signed_in(world: World) -> None:
    assert {letter: world.ask("get", reverse("home"), letter) for letter in "lmor-"} == dict.fromkeys("lmor-", 200)
    assert world.ask("get", reverse("home"), "?") == 302


def test_open_addresses_answer_strangers(world: World) -> None:
    assert world.ask("get", reverse("sign-in"), "?") == 200
    assert world.ask("get", reverse("sign-in-link"), "?") == 403  # without a token
    assert world.ask("post", reverse("sign-out"), "?") == 302
    assert world.ask("get", reverse("health"), "?") in (200, 503)  # the queue does not run here


@pytest.mark.parametrize("letter", list("lmor-?"))
def test_the_admin_site_lets_no_role_in(letter: str, world: World) -> None:
    assert world.ask("get", reverse("admin:index"), letter) == 302
    assert world.ask("get", reverse("admin:catalog_photo_changelist"), letter) == 302


def test_a_role_taken_away_is_gone_with_the_next_request(world: World) -> None:
    with transaction.atomic():
        assert world.ask("get", reverse("review:people"), "m") == 200
        world.people["m"].groups.clear()
        assert world.ask("get", reverse("review:people"), "m") == 403
        transaction.set_rollback(True)
