"""The manager's page of people: new people come in by a link, roles change, and who is let go stays out."""

from collections.abc import Callable

from django.contrib.auth.models import User
from django.test import Client

from catalog.people import Role, roles_of
from tests import factories

SignIn = Callable[[User], Client]


def test_a_new_person_comes_in_by_the_link_shown_once(manager: User, as_user: SignIn) -> None:
    response = as_user(manager).post(
        "/people/", {"first_name": "Nora", "last_name": "", "username": "nora", "roles": ["reviewer", "lead"]}
    )
    link = response.context["link"]
    assert link in response.content.decode().replace("&amp;", "&")
    assert response["Cache-Control"] == "no-store"
    nora = User.objects.get(username="nora")
    assert not nora.has_usable_password()
    assert roles_of(nora) == {Role.REVIEWER, Role.LEAD}
    stranger = Client()
    assert stranger.get(link).status_code == 302
    assert stranger.session["_auth_user_id"] == str(nora.pk)
    assert Client().get(link).status_code == 403  # once only
    assert "link" not in as_user(manager).get("/people/").context


def test_a_person_needs_a_free_name_and_a_role(manager: User, as_user: SignIn) -> None:
    response = as_user(manager).post("/people/", {"username": manager.username})
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"username", "roles"}
    assert User.objects.count() == 1


def test_who_is_let_go_can_not_come_in_again(manager: User, reviewer: User, as_user: SignIn) -> None:
    client, theirs = as_user(manager), as_user(reviewer)
    link = client.post(f"/people/{reviewer.pk}/link/").context["link"]
    client.post(f"/people/{reviewer.pk}/active/")
    reviewer.refresh_from_db()
    assert not reviewer.is_active
    assert theirs.get("/").status_code == 302  # a session that was open is closed
    assert Client().get(link).status_code == 403
    assert client.post(f"/people/{reviewer.pk}/link/").status_code == 404
    client.post(f"/people/{reviewer.pk}/active/")
    reviewer.refresh_from_db()
    assert reviewer.is_active


def test_managers_can_not_lock_themselves_out(manager: User, as_user: SignIn) -> None:
    client = as_user(manager)
    page = client.post(f"/people/{manager.pk}/active/", follow=True).content.decode()
    manager.refresh_from_db()
    assert manager.is_active and "deactivate yourself" in page
    refused = client.post(f"/people/{manager.pk}/roles/", {"roles": ["operator"]})
    assert refused.status_code == 422
    assert roles_of(User.objects.get(pk=manager.pk)) == {Role.MANAGER}


def test_roles_change(manager: User, operator: User, as_user: SignIn) -> None:
    client = as_user(manager)
    assert client.get(f"/people/{operator.pk}/roles/").context["form"].initial == {"roles": ["operator"]}
    client.post(f"/people/{operator.pk}/roles/", {"roles": ["lead", "manager"]})
    assert roles_of(User.objects.get(pk=operator.pk)) == {Role.LEAD, Role.MANAGER}
    assert client.post(f"/people/{operator.pk}/roles/", {}).status_code == 422


def test_the_list_takes_as_many_queries_for_many(
    manager: User, as_user: SignIn, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    for _ in range(12):
        factories.make_user("", Role.OPERATOR, Role.LEAD)
    client = as_user(manager)
    with django_assert_max_num_queries(7):  # type: ignore[attr-defined]
        client.get("/people/")
