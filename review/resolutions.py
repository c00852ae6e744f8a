"""How an escalation ends: each resolution says where the photo goes; closing and moving happen together."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction

from catalog import stages
from catalog.flow import Stage
from catalog.models import Photo
from processing import routing
from processing.models import Output, RecipeVersion
from review import escalations, policies, queue
from review.models import BatchVerdict, Escalation, Golden, Kind

BATCHES_WANTED = 5
VERIFIED = f"{BATCHES_WANTED} batches in a row were accepted since, and a golden photo guards against its return."


@dataclass(frozen=True, slots=True)
class Resolution:
    """One way out, with the sentence that a page offers and what it does to the photo."""

    code: str
    label: str
    carry_out: Callable[[Photo, User, str, RecipeVersion | None], None]


def _reprocess(photo: Photo, by: User, note: str, version: RecipeVersion | None) -> None:
    routing.reprocess(photo, version, by=by, note=note)


def _manual(photo: Photo, by: User, note: str, version: RecipeVersion | None) -> None:
    stages.move(photo, Stage.FAILED, by=by, note=note)


def _review(photo: Photo, by: User, note: str, version: RecipeVersion | None) -> None:
    queue.put(photo, Kind.REWORK, note=note, by=by)


def _approve(photo: Photo, by: User, note: str, version: RecipeVersion | None) -> None:
    newest = Output.objects.filter(photo=photo).first()
    if newest is None:
        raise stages.Refused(f"{photo.name} has no output yet that could be approved.")
    if by.pk in (photo.upload.by_id, newest.author_id):
        raise stages.Refused("Your own upload or repair has to be approved by somebody else; send it to review.")
    stages.move(photo, Stage.APPROVED, by=by, note=note)


RESOLUTIONS = (
    Resolution("reprocess", "Reprocess it", _reprocess),
    Resolution("review", "Send it back to review", _review),
    Resolution("manual", "Send it to the manual lane, to be repaired by hand", _manual),
    Resolution("approve", "Approve it as it is", _approve),
)
BY_CODE = {resolution.code: resolution for resolution in RESOLUTIONS}


def close(
    escalation: Escalation, *, by: User, resolution: str, note: str, recipe_version: RecipeVersion | None = None
) -> None:
    """End a photo's escalation; ``recipe_version`` is for a reprocess alone.

    Raises Refusal or Refused with the reason, and then nothing has changed.
    """
    if resolution not in BY_CODE:
        raise escalations.Refusal("Choose how it ends.")
    if not note.strip():
        raise escalations.Refusal("Say in a sentence what was done: it is what the next person learns from.")
    escalations.owned(escalation, by)
    if escalation.photo_id is None:
        raise escalations.Refusal("This one is about a whole route; it closes on its conditions.")
    photo = Photo.objects.select_related("upload").get(pk=escalation.photo_id)
    with transaction.atomic():
        escalations.mark_closed(escalation, by=by, resolution=resolution, note=note)
        BY_CODE[resolution].carry_out(photo, by, note, recipe_version)


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that must be so before a route's escalation closes (8D; 21 CFR 820.100)."""

    label: str
    met: bool
    now: str


def conditions(escalation: Escalation) -> list[Condition]:
    """What closing a route's escalation asks for, and how each stands."""
    since = escalation.contained_at
    accepted = _accepted_since(escalation) if since else 0
    pictures = Golden.objects.filter(
        output__photo__catalog=escalation.catalog_id, created_at__gte=escalation.created_at, by__isnull=False
    ).count()
    return [
        Condition("Contained", bool(escalation.containment), escalation.containment or "not said yet"),
        Condition("Root cause", bool(escalation.root_cause), escalation.root_cause or "not said yet"),
        Condition("Escape point", bool(escalation.escape_point), escalation.escape_point or "not said yet"),
        Condition("Action", bool(escalation.action), escalation.action or "not said yet"),
        Condition("A regression picture among the golden photos", pictures > 0, f"{pictures} added by a person since"),
        Condition(
            f"{BATCHES_WANTED} accepted batches in a row since", accepted >= BATCHES_WANTED, f"{accepted} so far"
        ),
    ]


def _accepted_since(escalation: Escalation) -> int:
    """How many batches of the route were accepted in a row, up to now, since the problem was contained."""
    run = 0
    for verdict in reversed(policies.first_verdicts(escalation.catalog_id, escalation.route)):
        if escalation.contained_at is None or verdict.at < escalation.contained_at:
            break
        if verdict.word != BatchVerdict.Word.ACCEPTED:
            break
        run += 1
    return run


def close_route(escalation: Escalation, *, by: User, note: str) -> None:
    """End a route's escalation once all of its conditions are met. Raises Refusal with what is missing."""
    escalations.owned(escalation, by)
    if not note.strip():
        raise escalations.Refusal("Say in a sentence what was done: it is what the next person learns from.")
    missing = [condition.label.lower() for condition in conditions(escalation) if not condition.met]
    if missing:
        raise escalations.Refusal(f"It can't be closed yet; still wanted: {', '.join(missing)}.")
    if escalation.state != Escalation.State.VERIFIED:
        escalations.verify(escalation, VERIFIED)
    escalations.mark_closed(escalation, by=by, resolution="solved", note=note)


def verify_due() -> int:
    """For the sweep: routes' escalations that were acted on, and whose every condition is met now; returns how many."""
    acted = Escalation.objects.filter(state=Escalation.State.ACTION, photo=None).select_related("owner")
    met = [one for one in acted if all(condition.met for condition in conditions(one))]
    for escalation in met:
        escalations.verify(escalation, VERIFIED)
    return len(met)
