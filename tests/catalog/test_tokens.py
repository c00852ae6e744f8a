"""API tokens: made and shown once, found, revoked, ended; their page, their command, and tus with one."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog import tokens, uploads
from catalog.models import ApiToken, Photo
from catalog.people import Role, give_roles
from catalog.views.tus import BODY_TYPE
from tests import factories
from tests.api import Api

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
DATA = factories.picture_bytes((200, 100))


def test_a_token_is_its_holder(operator: User) -> None:
    assert Api(operator).get("/me") == {"username": "olga", "name": "olga", "roles": ["operator"]}


def test_of_the_secret_only_the_digest_is_kept(operator: User) -> None:
    token, secret = tokens.make(operator, "nightly")
    assert secret.startswith("loupe_") and len(secret) > 40 and secret != tokens.make(operator, "nightly")[1]
    kept = str(ApiToken.objects.filter(pk=token.pk).values().get())
    assert secret not in kept and secret[len(token.prefix) :] not in kept and secret.startswith(token.prefix)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic b2xnYTpvbGdh", "Token loupe_x"])
def test_without_a_token_nobody_comes_in(operator: User, header: str) -> None:
    answer = Client().get("/api/v1/me", headers={"Authorization": header} if header else {})
    assert (answer.status_code, answer.json()["code"]) == (401, "no_token")
    assert answer["WWW-Authenticate"].startswith("Bearer") and "/tokens/" in answer.json()["message"]


@pytest.mark.parametrize("secret", ["loupe_x", "x", "loupe_ü€", "a b", "x" * 5000])
def test_a_wrong_token_is_refused(operator: User, secret: str) -> None:
    assert Api(secret=secret.encode("utf-8").decode("latin-1")).get("/me", 401)["code"] == "unknown_token"


def test_a_revoked_token_says_so(operator: User) -> None:
    token, secret = tokens.make(operator, "nightly")
    tokens.revoke(token)
    first = ApiToken.objects.get().revoked_at
    tokens.revoke(token)
    assert ApiToken.objects.get().revoked_at == first
    told = Api(secret=secret).get("/me", 401)
    assert told["code"] == "token_revoked" and "nightly" in told["message"]


def test_a_token_ends(operator: User) -> None:
    _, secret = tokens.make(operator, "nightly", days=30)
    assert Api(secret=secret).get("/me")["username"] == "olga"
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Api(secret=secret).get("/me", 401)["code"] == "token_expired"


def test_whoever_was_let_go_comes_in_no_more(operator: User) -> None:
    caller = Api(operator)
    User.objects.filter(pk=operator.pk).update(is_active=False)
    assert caller.get("/me", 401)["code"] == "inactive"


def test_a_role_taken_away_is_gone_with_the_next_call(operator: User) -> None:
    caller = Api(operator)
    caller.post("/catalogs", expected=422)
    give_roles(operator, Role.REVIEWER)
    told = caller.post("/catalogs", expected=403)
    assert told == {"code": "forbidden", "message": "This needs the role Operator or Lead or Manager."}


def test_a_session_is_no_token(operator: User, as_user: SignIn) -> None:
    """Not even with a CSRF token: what a page elsewhere makes a browser send has no Authorization."""
    client = as_user(operator)
    assert client.get("/api/v1/me").status_code == 401
    assert client.post("/api/v1/catalogs", {}, content_type="application/json").status_code == 401


def test_when_it_was_used_is_written_once_in_a_while(operator: User) -> None:
    caller = Api(operator)
    caller.get("/me")
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    with CaptureQueriesContext(connection) as seen:
        caller.get("/me")
    assert not [query for query in seen if not query["sql"].startswith("SELECT")]
    ApiToken.objects.update(last_used_at=first - tokens.USED_EVERY - timedelta(seconds=1))
    caller.get("/me")
    assert ApiToken.objects.get().last_used_at >= first


def test_the_page_shows_a_new_token_once(operator: User, as_user: SignIn) -> None:
    client, address = as_user(operator), reverse("catalog:tokens")
    empty = client.get(address)
    assert "No tokens yet" in empty.content.decode() and "/api/v1/me" in empty.content.decode()
    made = client.post(address, {"name": "nightly", "days": "90"})
    secret = made.context["secret"]
    assert secret in made.content.decode() and made["Cache-Control"] == "no-store"
    token = ApiToken.objects.get()
    assert (token.user, token.name) == (operator, "nightly")
    assert token.expires_at is not None and 89 <= (token.expires_at - timezone.now()).days <= 90
    later = client.get(address).content.decode()
    assert secret not in later and token.prefix in later and "1 in use" in later
    assert Api(secret=secret).get("/me")["username"] == "olga"


def test_the_page_revokes_ones_own_tokens_alone(operator: User, lead: User, as_user: SignIn) -> None:
    token, secret = tokens.make(operator, "nightly")
    address = reverse("catalog:token-revoke", args=[token.pk])
    assert as_user(lead).post(address).status_code == 404
    assert "nightly" not in as_user(lead).get(reverse("catalog:tokens")).content.decode()
    Api(secret=secret).get("/me")
    assert as_user(operator).post(address).status_code == 302
    Api(secret=secret).get("/me", 401)
    page = as_user(operator).get(reverse("catalog:tokens")).content.decode()
    assert "revoked" in page and "0 in use" in page


def test_a_token_without_a_name_is_not_made(operator: User, as_user: SignIn) -> None:
    assert as_user(operator).post(reverse("catalog:tokens"), {"name": " "}).status_code == 422
    assert not ApiToken.objects.exists()


def test_the_menu_leads_to_tokens_and_reference(operator: User, as_user: SignIn) -> None:
    page = as_user(operator).get(reverse("home")).content.decode()
    assert f'href="{reverse("catalog:tokens")}"' in page and f'href="{reverse("api-reference")}"' in page


def test_the_command_prints_a_token_and_nothing_else(operator: User, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("api_token", "olga", "--name", "nightly", "--days", "7")
    secret = capsys.readouterr().out.strip()
    assert Api(secret=secret).get("/me")["username"] == "olga"
    assert ApiToken.objects.get().name == "nightly"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nobody"], "There are: olga"),
        (["olga", "--days", "0"], "1 to 36500"),
        (["olga", "--name", " "], "--name NAME"),
    ],
)
def test_the_command_says_what_is_wrong(operator: User, words: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("api_token", *words)
    assert not ApiToken.objects.exists()


class Tus:
    """A tus client: with a token, or with a session and perhaps a CSRF token."""

    def __init__(self, client: Client, **headers: str) -> None:
        self.client, self.headers = client, {"Tus-Resumable": "1.0.0", **headers}

    def ask(self, method: str, path: str, data: bytes = b"", **headers: str) -> Any:
        known = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic(method, path, data, content_type=BODY_TYPE, headers=known)

    def create(self, address: str) -> Any:
        name = f"path {base64.b64encode(b'MUG-1_front.jpg').decode()}"
        return self.ask("POST", address, Upload_Length=str(len(DATA)), Upload_Metadata=name)


def strict() -> Client:
    return Client(enforce_csrf_checks=True)


def test_tus_takes_a_token_and_asks_it_for_no_csrf_token(lead: User, operator: User) -> None:
    upload = uploads.open_upload(factories.make_catalog(), operator)
    caller = Tus(strict(), Authorization=f"Bearer {tokens.make(operator, 'x')[1]}")
    made = caller.create(f"/uploads/{upload.pk}/tus/")
    assert made.status_code == 201, made.content
    assert caller.ask("PATCH", made["Location"], DATA[:300], Upload_Offset="0").status_code == 204
    assert caller.ask("HEAD", made["Location"])["Upload-Offset"] == "300"
    assert caller.ask("PATCH", made["Location"], DATA[300:], Upload_Offset="300").status_code == 204
    assert Photo.objects.get().sha256 == factories.sha256(DATA)


def test_a_browsers_session_still_needs_its_csrf_token_for_tus(lead: User, operator: User) -> None:
    upload = uploads.open_upload(factories.make_catalog(), operator)
    client = strict()
    client.force_login(operator)
    assert Tus(client).create(f"/uploads/{upload.pk}/tus/").status_code == 403
    page = client.get(reverse("catalog:upload-new", args=[upload.catalog.slug]))
    with_token = Tus(client, **{"X-CSRFToken": page.cookies["csrftoken"].value})
    assert with_token.create(f"/uploads/{upload.pk}/tus/").status_code == 201


def test_a_bad_token_is_not_saved_by_a_good_session(lead: User, operator: User) -> None:
    upload = uploads.open_upload(factories.make_catalog(), operator)
    client = strict()
    client.force_login(operator)
    page = client.get(reverse("catalog:upload-new", args=[upload.catalog.slug]))
    both = Tus(client, **{"X-CSRFToken": page.cookies["csrftoken"].value, "Authorization": "Bearer loupe_x"})
    answer = both.create(f"/uploads/{upload.pk}/tus/")
    assert (answer.status_code, answer.json()["code"]) == (401, "unknown_token")


def test_tus_tells_a_token_what_it_may_not_in_the_apis_shape(lead: User, operator: User, reviewer: User) -> None:
    upload = uploads.open_upload(factories.make_catalog(), operator)
    address = f"/uploads/{upload.pk}/tus/"
    wrong_role = Tus(strict(), Authorization=f"Bearer {tokens.make(reviewer, 'x')[1]}").create(address)
    assert (wrong_role.status_code, wrong_role.json()["code"]) == (403, "forbidden")
    not_theirs = Tus(strict(), Authorization=f"Bearer {tokens.make(lead, 'x')[1]}").create(address)
    assert not_theirs.status_code == 403 and "somebody else" in not_theirs.json()["message"]
    nowhere = Tus(strict(), Authorization=f"Bearer {tokens.make(operator, 'x')[1]}").create("/uploads/999/tus/")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")
