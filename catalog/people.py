"""Who may do what: the four roles, the decorator that enforces them, and one-time sign-in links."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group, User
from django.core.exceptions import PermissionDenied
from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from sesame.utils import get_query_string


class Role(TextChoices):
    """What a person does here; somebody may have several. The database keeps them as groups."""

    OPERATOR = "operator", "Operator"
    REVIEWER = "reviewer", "Reviewer"
    LEAD = "lead", "Lead"
    MANAGER = "manager", "Manager"


# Who a fresh instance has: one person a role, and two more reviewers, so that a second opinion can be had and settled.
DEMO_PEOPLE: dict[str, tuple[Role, str]] = {
    **{role.value: (role, role.label) for role in Role},
    "reviewer-2": (Role.REVIEWER, "Second reviewer"),
    "reviewer-3": (Role.REVIEWER, "Third reviewer"),
}

View = Callable[..., HttpResponseBase]
EVERYBODY = frozenset(Role)


def roles_of(user: AbstractBaseUser | AnonymousUser) -> frozenset[Role]:
    """The roles of ``user``; a superuser has all of them. Read once a request."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    if user.is_superuser:
        return EVERYBODY
    known: frozenset[Role] | None = getattr(user, "_loupe_roles", None)
    if known is None:
        names = user.groups.values_list("name", flat=True)
        known = frozenset(Role(name) for name in names if name in Role.values)
        user._loupe_roles = known  # type: ignore[attr-defined]
    return known


def require(user: AbstractBaseUser | AnonymousUser, *roles: Role) -> None:
    """Raises PermissionDenied, with the roles that would do, for whoever has none of ``roles``."""
    if not roles_of(user) & frozenset(roles):
        raise PermissionDenied(f"This needs the role {' or '.join(Role(role).label for role in roles)}.")


def allowed(*roles: Role) -> Callable[[View], View]:
    """Let only people with one of ``roles`` in: others get 403, strangers the sign-in page."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            require(request.user, *roles)
            return view(request, *args, **kwargs)

        guarded.allowed_roles = frozenset(roles)  # type: ignore[attr-defined]
        return login_required(guarded)

    return decorate


def name_of(user: AbstractBaseUser | AnonymousUser | None) -> str:
    """How pages and notes call somebody: by their name, or as they sign in; "" for nobody."""
    return (user.get_full_name() or user.username) if isinstance(user, User) else ""


def give_roles(user: User, *roles: Role) -> None:
    """Make ``roles`` the user's roles, and no others."""
    user.groups.set([Group.objects.get_or_create(name=role.value)[0] for role in roles])


def ensure_demo_people() -> list[User]:
    """The people of a fresh instance; none has a password, they come in by sign-in links."""
    people = []
    for name, (role, label) in DEMO_PEOPLE.items():
        user, created = User.objects.get_or_create(username=name, defaults={"first_name": label})
        if created:
            user.set_unusable_password()
            user.save()
            give_roles(user, role)
        people.append(user)
    return people


def sign_in_link(user: User, base: str) -> str:
    """A link that signs ``user`` in once, within a day; ``base`` is the site's address."""
    query: str = get_query_string(user)
    return base.rstrip("/") + reverse("sign-in-link") + query
