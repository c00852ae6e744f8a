"""Every address of the site against every role, written by hand: what tests/test_permissions.py holds the site to.

A new URL needs a line here. Roles are letters: o operator, r reviewer, l lead, m manager; EVERY is all four.
"""

from typing import NamedTuple

EVERY = "lmor"


class Rule(NamedTuple):
    """Who may open an address, by which method, what it takes, and what an allowed person's empty request gets.

    `get` and `post` are the status, None where the method is not offered (405). `takes` names things of the test's
    world, or plain values after a "=". `but` says which roles get another answer to a post: the thing is not theirs.
    """

    roles: str
    get: int | None = 200
    post: int | None = None
    takes: dict[str, str] = {}
    but: dict[str, int] = {}


def page(roles: str, **takes: str) -> Rule:
    """An address that is only read."""
    return Rule(roles, takes=takes)


def form(roles: str, post: int, **takes: str) -> Rule:
    """An address that is read and posted to; `post` is the answer to an empty form."""
    return Rule(roles, 200, post, takes)


def act(roles: str, post: int, **takes: str) -> Rule:
    """An address that is only posted to."""
    return Rule(roles, None, post, takes)


TABLE: dict[str, Rule] = {
    "review:queue": page("lr"),
    "review:claim": act("lr", 200),
    "review:decide": act("lr", 422),
    "review:undo": act("lr", 409),
    "review:keep": act("lr", 200),
    "review:release": act("lr", 204),
    "review:picture": Rule("lr", 404, takes={"token": "token", "kind": "=preview"}),  # 404: nobody has claimed it
    "review:repairs": page("lor"),
    "review:repair": page("lor", pk="failed"),
    "review:repair-source": page("lor", pk="failed"),
    "review:repair-mask": page("lor", pk="failed"),
    "review:repair-preview": act("lor", 422, pk="failed"),
    "review:repair-save": act("lor", 302, pk="failed"),
    "review:repair-reprocess": act("lor", 302, pk="failed"),
    "review:repair-original": act("lor", 302, pk="failed"),
    "review:reviewers": page("lm"),
    "review:goldens": page("l"),
    "review:goldens-make": act("l", 302),
    "review:golden-retire": act("l", 302, pk="=1"),
    "review:policy": form("lm", 422, pk="catalog"),
    "review:own": act("lm", 302, pk="catalog"),
    "review:batch-panel": page(EVERY, pk="batch"),
    "review:batch-widen": act("l", 302, pk="batch"),
    "review:photo-history": page(EVERY, pk="photo"),
    "review:audit": page("lm", pk="photo"),
    "review:escalate": act(EVERY, 302, pk="photo"),
    "review:escalations": page(EVERY),
    "review:escalation": page(EVERY, pk="escalation"),
    "review:escalation-acknowledge": act("lm", 302, pk="escalation"),
    "review:escalation-contain": act("lm", 302, pk="escalation"),
    "review:escalation-explain": act("lm", 302, pk="escalation"),
    "review:escalation-act": act("lm", 302, pk="escalation"),
    "review:escalation-guard": act("l", 302, pk="escalation"),
    "review:escalation-reopen": act("lm", 302, pk="escalation"),
    "review:escalation-offer": act("lm", 422, pk="escalation"),
    "review:escalation-answer": act("lm", 302, pk="escalation"),
    "review:escalation-close": act("lm", 302, pk="escalation"),
    "review:procedure": page(EVERY),
    "review:procedure-change": act("l", 422),
    "review:dashboard": page("lm"),
    "review:targets": form("m", 302),
    "review:metric": page("lm", name="=error_rate"),
    "review:alerts": page("lm"),
    "review:alert-seen": act("lm", 302, pk="alert"),
    "review:complaints": page("lmo"),
    "review:complaint-new": form("lmo", 200),
    "review:complaint": page("lmo", pk="complaint"),
    "review:complaint-close": act("lmo", 422, pk="complaint"),
    "review:complaint-reopen": act("lmo", 302, pk="complaint"),
    "review:people": form("m", 422),
    "review:person-link": act("m", 200, pk="person"),
    "review:person-active": act("m", 302, pk="person"),
    "review:person-roles": form("m", 422, pk="person"),
    "processing:picture": page(EVERY, pk="output", kind="=preview"),
    "processing:batch-progress": page(EVERY, pk="batch"),
    "processing:photo-readings": page(EVERY, pk="photo"),
    "processing:photo-viewer": page(EVERY, pk="photo"),
    "processing:latest": Rule(EVERY, 302, takes={"pk": "photo", "kind": "=thumb"}),
    "processing:source-full": page(EVERY, pk="photo"),
    "processing:route": act("lo", 400, pk="photo"),
    "processing:reprocess": form("lo", 302, pk="photo"),
    "processing:exports": form("lmo", 422),
    "processing:export": page("lmo", pk="export"),
    "processing:export-progress": page("lmo", pk="export"),
    "processing:export-archive": page("lmo", pk="export"),
    "processing:scenes": Rule(EVERY, 200, 422, {"slug": "slug"}, but={"m": 403, "r": 403}),
    "processing:scene": Rule(EVERY, 200, 422, {"pk": "scene"}, but={"m": 403, "r": 403}),
    "processing:scene-preview": page("lo", pk="scene"),
    "processing:scene-look": Rule("lo", 404, takes={"pk": "scene", "token": "=gone"}),
    "processing:scene-front": act("lo", 302, pk="scene"),
    "processing:scene-retire": act("lo", 302, pk="scene"),
    "processing:scene-picture": page(EVERY, pk="scene", kind="=thumb"),
    "processing:mockups": page(EVERY, slug="slug"),
    "processing:mockups-new": form("lo", 422, slug="slug"),
    "processing:mockups-progress": page(EVERY, slug="slug"),
    "processing:mockup-decide": act("lr", 200, pk="mockup"),
    "processing:mockup-undo": act("lr", 200, pk="mockup"),
    "processing:mockup-picture": Rule(EVERY, 404, takes={"pk": "mockup", "kind": "=thumb"}),  # 404: not made yet
    "processing:recipes": page("lm"),
    "processing:recipe": form("lm", 200, pk="recipe"),
    "review:recipe-gate": page("lm", pk="recipe"),
    "review:recipe-trials": page("lm", pk="recipe"),
    "review:trial-begin": act("l", 302, pk="recipe"),
    "review:trial": page("lm", pk="trial"),
    "review:trial-progress": page("lm", pk="trial"),
    "review:trial-picture": Rule("lm", 404, takes={"pk": "=1"}),
    "catalog:catalogs": page(EVERY),
    "catalog:new": form("lmo", 422),
    "catalog:sample": act("lmo", 302),
    "catalog:sample-progress": page(EVERY),
    "catalog:catalog": page(EVERY, slug="slug"),
    "catalog:settings": form("lm", 422, slug="slug"),
    "catalog:products": page(EVERY, slug="slug"),
    "catalog:sheet": form("lo", 422, slug="slug"),
    "catalog:product": page(EVERY, pk="product"),
    "catalog:sheet-report": page(EVERY, pk="sheet"),
    "catalog:sheet-columns": form("lo", 422, pk="sheet"),
    "catalog:sheet-discard": act("lo", 302, pk="sheet"),
    "catalog:sheet-refusals": page(EVERY, pk="sheet"),
    "catalog:upload-new": page("lo", slug="slug"),
    "catalog:upload-create": act("lo", 302, slug="slug"),
    "catalog:upload": page(EVERY, pk="upload"),
    "catalog:upload-finish": Rule("lo", None, 302, {"pk": "upload"}, but={"l": 403}),
    "catalog:upload-recheck": act("lo", 302, pk="upload"),
    "catalog:upload-refused": page(EVERY, pk="upload"),
    "catalog:tus": Rule("lo", None, 412, {"pk": "upload"}, but={"l": 403}),  # 412: without the protocol's version
    "catalog:tus-file": Rule("lo", None, None, {"pk": "incoming"}),  # HEAD, PATCH and DELETE: see tests of tus
    "catalog:batch": page(EVERY, pk="batch"),
    "catalog:photo": page(EVERY, pk="photo"),
    "catalog:picture": page(EVERY, pk="photo", kind="=thumb"),
    "catalog:upload-start": act("lo", 302, pk="upload"),
    "catalog:webhooks": form("lm", 422),
    "catalog:webhook-ping": act("lm", 302, pk="webhook"),
    "catalog:webhook-stop": act("lm", 302, pk="webhook"),
    "catalog:tokens": form(EVERY, 422),
    "catalog:token-revoke": Rule(EVERY, None, 302, {"pk": "api_token"}, but={"l": 404, "m": 404, "r": 404}),
    "api-reference": page(EVERY),
}


class Call(NamedTuple):
    """Who may call the API so, what it takes, and what an allowed person's empty call is answered with.

    There is no sign-in page there: without a token it is 401, without the role 403. Of a path that does not take a
    method 405 is the answer, whoever asks. `but` is as above.
    """

    roles: str
    answer: int = 200
    takes: dict[str, str] = {}
    but: dict[str, int] = {}


ANYBODY = "lmor-"  # with a token, even without a role

CALLS: dict[str, Call] = {
    "GET api:me": Call(ANYBODY),
    "GET api:marketplaces": Call(EVERY),
    "GET api:catalogs": Call(EVERY),
    "POST api:catalogs-new": Call("lmo", 422),
    "GET api:catalog": Call(EVERY, takes={"id": "slug"}),
    "PATCH api:catalog-change": Call("lm", 200, {"id": "slug"}),
    "GET api:products": Call(EVERY, takes={"id": "slug"}),
    "POST api:products-new": Call("lo", 422, {"id": "slug"}),
    "GET api:sheet": Call(EVERY, takes={"id": "sheet"}),
    "GET api:uploads": Call(EVERY, takes={"id": "slug"}),
    "POST api:uploads-new": Call("lo", 201, {"id": "slug"}),
    "GET api:upload": Call(EVERY, takes={"id": "upload"}),
    "POST api:upload-files": Call("lo", 415, {"id": "upload"}, but={"l": 403}),
    "POST api:upload-finish": Call("lo", 200, {"id": "upload"}, but={"l": 403}),
    "POST api:upload-start": Call("lo", 200, {"id": "upload"}),
    "GET api:upload-photos": Call(EVERY, takes={"id": "upload"}),
    "GET api:batches": Call(EVERY),
    "GET api:batch": Call(EVERY, takes={"id": "batch"}),
    "GET api:batch-photos": Call(EVERY, takes={"id": "batch"}),
    "GET api:catalog-photos": Call(EVERY, takes={"id": "slug"}),
    "GET api:photo": Call(EVERY, takes={"id": "photo"}),
    "GET api:photo-picture": Call(EVERY, takes={"id": "photo"}),
    "GET api:exports": Call("lmo"),
    "POST api:exports-new": Call("lmo", 422),
    "GET api:export": Call("lmo", takes={"id": "export"}),
    "GET api:export-archive": Call("lmo", takes={"id": "export"}),
    "GET api:metrics": Call("lm"),
}

# Home is for everybody who is signed in, without a role too: it tells them whom to ask.
SIGNED_IN = {"home"}
# Open to strangers: they lead in or out, or tell a load balancer that the site is up.
OPEN = {"sign-in", "sign-in-link", "sign-out", "health"}
# What the API tells everybody of itself, and its root, where there is nothing.
OPEN |= {"api:openapi-json", "api:api-root"}
