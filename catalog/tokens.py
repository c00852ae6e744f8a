"""Personal API tokens: made and shown once, found by their digest, revoked; a token is its holder, with their roles."""

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone

from catalog.models import ApiToken
from catalog.people import name_of

MARK = "loupe_"
# The mark and so much of the secret tells tokens from each other; what is left cannot be guessed.
SHOWN = len(MARK) + 6
SECRET_BYTES = 32
# When a token was last used is written down at most so often: a request must not cost a write.
USED_EVERY = timedelta(minutes=10)


class Refused(Exception):
    """Why a secret lets nobody in: a code, and a sentence for whoever sent it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def make(user: User, name: str, *, days: int | None = None) -> tuple[ApiToken, str]:
    """A new token of ``user`` and its secret, which is kept nowhere; it ends after ``days``, or never."""
    secret = MARK + secrets.token_urlsafe(SECRET_BYTES)
    ends = timezone.now() + timedelta(days=days) if days else None
    token = ApiToken.objects.create(
        user=user, name=name[:80], digest=digest_of(secret), prefix=secret[:SHOWN], expires_at=ends
    )
    return token, secret


def digest_of(secret: str) -> str:
    """What is kept of a secret. A secret of 256 random bits needs neither salt nor a slow hash."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def secret_in(request: HttpRequest) -> str | None:
    """The secret of ``Authorization: Bearer``; None where the request has no such header."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


def token_of(request: HttpRequest) -> ApiToken:
    """The request's token, with whom it stands for. Raises Refused."""
    secret = secret_in(request)
    if not secret:
        raise Refused("no_token", "Send an API token: Authorization: Bearer loupe_... People make theirs at /tokens/.")
    token = ApiToken.objects.select_related("user").filter(digest=digest_of(secret)).first()
    if token is None:
        raise Refused("unknown_token", "There is no such API token. Make a new one at /tokens/.")
    if refused := why_not(token):
        raise refused
    _note_use(token)
    return token


def why_not(token: ApiToken) -> Refused | None:
    """Why the token lets nobody in, None where it holds."""
    again = "Make a new one at /tokens/."
    if token.revoked_at:
        return Refused("token_revoked", f"{token} was revoked on {token.revoked_at:%Y-%m-%d}. {again}")
    if token.expires_at and token.expires_at <= timezone.now():
        return Refused("token_expired", f"{token} ended on {token.expires_at:%Y-%m-%d}. {again}")
    if not token.user.is_active:
        return Refused("inactive", f"{name_of(token.user)} can no longer sign in. Ask a manager to take them back.")
    return None


def revoke(token: ApiToken) -> None:
    """The token lets nobody in from now on; one that was revoked before keeps its time."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())


def _note_use(token: ApiToken) -> None:
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at < now - USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
