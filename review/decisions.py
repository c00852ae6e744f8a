"""Decisions: decide() is the only writer of a decision. Rows are only ever added; undo adds one that takes back."""

import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from catalog import batches, queueing, stages
from catalog.flow import BatchState, Stage
from catalog.models import Batch, Photo
from processing import routing
from processing.models import Output
from review import acceptance, defects, escalations, goldens, opinions, queue
from review.answers import Answer
from review.models import Decision, GoldenAnswer, Kind, Task

UNDO_MOST = 10


def decide(*, token: uuid.UUID, reviewer: User, sha256: str, answer: Answer) -> Decision | GoldenAnswer:
    """Take a reviewer's word on the output whose claim is ``token`` and move the photo accordingly.

    The same submit sent twice counts once. Raises queue.Late for an expired or foreign claim or another output than
    ``sha256``, ValueError for an answer that makes no sense or came before anybody could have looked.
    """
    answer = answer.complete()
    _seen(answer)
    if (earlier := _repeated(token, reviewer)) is not None:
        return earlier
    try:
        return _take(token, reviewer, sha256, answer)
    except queue.Late:
        # The same submit may have come twice at once: then this one waited for the other.
        if (earlier := _repeated(token, reviewer)) is not None:
            return earlier
        raise


def _take(token: uuid.UUID, reviewer: User, sha256: str, answer: Answer) -> Decision | GoldenAnswer:
    with transaction.atomic():
        task = queue.finish(token, reviewer)
        _another_recipe(task, answer)
        if task.golden is not None:
            return goldens.answer(task, task.golden, reviewer, answer)
        _pinned(task, sha256)
        decision = _write(task, reviewer, answer)
        if not opinions.ask(decision):
            _apply(decision)
    if task.batch_id:
        acceptance.judge(task.batch_id)
    return decision


def _seen(answer: Answer) -> None:
    least = settings.REVIEW_LEAST_VIEW_MS
    if answer.milliseconds is not None and answer.milliseconds < least:
        raise ValueError(f"Decided after {answer.milliseconds} ms; a picture wants at least {least} ms of looking.")


def _repeated(token: uuid.UUID, reviewer: User) -> Decision | GoldenAnswer | None:
    """What this very submit made already, for a browser that never heard the answer."""
    done = Task.objects.filter(token=token, claimed_by=reviewer, state=Task.State.DONE).first()
    if done is None:
        return None
    given = done.answers.filter(withdrawn=False).last()
    return given or done.decisions.filter(superseded_by=None, undone=False).last()


def _another_recipe(task: Task, answer: Answer) -> None:
    """The machine's own output would come out the same from the version that made it."""
    chosen, output = answer.recipe_version, task.output
    if chosen and output.author_id is None and chosen.pk == output.recipe_version_id:
        raise ValueError(f"This output was made with {chosen}, so it would come out the same; choose another version.")


def _pinned(task: Task, sha256: str) -> None:
    if task.photo.stage != Stage.IN_REVIEW:
        raise queue.Late("Somebody sent this photo another way meanwhile; it comes back to review by itself.")
    newest = Output.objects.filter(photo=task.photo_id).latest("pk")
    if newest.pk != task.output_id or newest.sha256 != sha256:
        raise queue.Late("This photo was processed again meanwhile; the new result comes to review by itself.")


def _write(task: Task, reviewer: User, answer: Answer) -> Decision:
    return Decision.objects.create(
        task=task,
        photo=task.photo,
        output=task.output,
        output_sha256=task.output.sha256,
        reviewer=reviewer,
        verdict=answer.verdict,
        defect=answer.defect,
        severity=answer.severity,
        remedy=answer.remedy,
        route=answer.recipe_version.recipe.route if answer.recipe_version else answer.route,
        recipe_version=answer.recipe_version,
        mark=answer.mark,
        note=answer.note[:500],
        milliseconds=answer.milliseconds,
    )


def _apply(decision: Decision) -> None:
    """Move the photo as the decision says; raises queue.Late when it has left review meanwhile."""
    photo = Photo.objects.get(pk=decision.photo_id)
    try:
        EFFECTS[decision.remedy](photo, decision)
    except stages.Refused as reason:
        raise queue.Late(str(reason)) from reason


def _approve(photo: Photo, decision: Decision) -> None:
    _move(photo, Stage.APPROVED, decision, "Approved in review.")


def _reprocess(photo: Photo, decision: Decision) -> None:
    if decision.recipe_version:
        return _again(photo, decision, f"Reprocessed with {decision.recipe_version}.", version=decision.recipe_version)
    route = alternative(photo, decision.route)
    if route == photo.route:
        return _move(photo, Stage.FAILED, decision, "Every recipe for this was tried; it wants a repair by hand.")
    reason = f"A reviewer saw “{defects.get(decision.defect).label.lower()}”."
    return _again(photo, decision, f"Reprocessed on another route: {reason}", route=route, reason=reason)


def _again(photo: Photo, decision: Decision, note: str, **how: Any) -> None:
    routing.send_again(photo, by=decision.reviewer, note=_said(decision, note), data=_data(decision), **how)


def alternative(photo: Photo, wanted: str) -> str:
    """The route to try next: the one wanted unless the photo has been there already; its own when nothing is left."""
    tried = set(photo.runs.values_list("recipe_version__recipe__route", flat=True)) | {photo.route}
    return wanted if wanted and wanted not in tried else photo.route


def _repair(photo: Photo, decision: Decision) -> None:
    _move(photo, Stage.FAILED, decision, "To be repaired by hand.")


def _manual(photo: Photo, decision: Decision) -> None:
    _move(photo, Stage.FAILED, decision, "Sent to the manual lane.")


def _original(photo: Photo, decision: Decision) -> None:
    _move(photo, Stage.FAILED, decision, "The original is to be used as it is.")
    queueing.enqueue("imaging", "review.jobs.use_original", decision.pk, job_id=f"original-{photo.pk}-d{decision.pk}")


def _escalate(photo: Photo, decision: Decision) -> None:
    escalations.raise_for(decision)
    _move(photo, Stage.ESCALATED, decision, "Escalated to the owner.")


EFFECTS: dict[str, Callable[[Photo, Decision], None]] = {
    Decision.Remedy.NONE: _approve,
    Decision.Remedy.REPROCESS: _reprocess,
    Decision.Remedy.REPAIR: _repair,
    Decision.Remedy.ESCALATE: _escalate,
    Decision.Remedy.MANUAL: _manual,
    Decision.Remedy.ORIGINAL: _original,
}


def _move(photo: Photo, to: Stage, decision: Decision, note: str) -> None:
    stages.move(photo, to, by=decision.reviewer, note=_said(decision, note), data=_data(decision))


def _said(decision: Decision, note: str) -> str:
    said = f" {defects.get(decision.defect).label}." if decision.defect else ""
    further = f" “{decision.note}”" if decision.note else ""
    return f"{note}{said}{further}"


def _data(decision: Decision) -> dict[str, Any]:
    return {"decision": decision.pk, "defect": decision.defect, "remedy": decision.remedy}


def undo(reviewer: User) -> Task:
    """Take back the reviewer's newest decision that stands, among their last ten; returns its task, claimed again.

    Raises queue.Late with the reason when there is none or it can't be taken back any more.
    """
    last = _last_given(reviewer)
    if last is None:
        raise queue.Late("There is nothing of yours to undo.")
    with transaction.atomic():
        if isinstance(last, GoldenAnswer):
            goldens.withdraw(last)
        else:
            _take_back(last)
        return queue.take_back(last.task, reviewer)


def _last_given(reviewer: User) -> Decision | GoldenAnswer | None:
    """The newest standing answer among the reviewer's last ten, decisions and golden answers alike."""
    decisions = Decision.objects.filter(reviewer=reviewer, undone=False).select_related("task", "superseded_by")
    answers = GoldenAnswer.objects.filter(reviewer=reviewer).select_related("task")
    newest: list[Decision | GoldenAnswer] = [
        *decisions.order_by("-pk")[:UNDO_MOST],
        *answers.order_by("-pk")[:UNDO_MOST],
    ]
    newest.sort(key=lambda given: given.at, reverse=True)
    return next((given for given in newest[:UNDO_MOST] if _stands(given)), None)


def _stands(given: Decision | GoldenAnswer) -> bool:
    if isinstance(given, GoldenAnswer):
        return not given.withdrawn
    return not hasattr(given, "superseded_by")


def _take_back(decision: Decision) -> None:
    """Add the row that takes ``decision`` back, and bring the photo back to review."""
    task = decision.task
    if task.batch_id:
        _open(Batch.objects.select_for_update().get(pk=task.batch_id), task)
    if not opinions.withdraw(decision):
        _return(Photo.objects.get(pk=decision.photo_id), decision)
    Decision.objects.create(
        task=task,
        photo=decision.photo,
        output=decision.output,
        output_sha256=decision.output_sha256,
        reviewer=decision.reviewer,
        verdict=decision.verdict,
        supersedes=decision,
        undone=True,
    )


def _open(batch: Batch, task: Task) -> None:
    """Raise Late when the batch has had its verdict on what this task was part of."""
    decided = batch.state == BatchState.ACCEPTED or (
        batch.state == BatchState.WIDENED and task.kind in (Kind.RANDOM, Kind.FLAGGED)
    )
    if decided and task.kind in acceptance.LOT_KINDS:
        raise queue.Late(f"{batch} has been decided meanwhile, so its photos can't be taken back. Ask the lead.")


def _return(photo: Photo, decision: Decision) -> None:
    batch = decision.task.batch
    way = batches.transfer(photo, batch) if batch else batches.Transfer()
    note, changes = f"The decision was taken back. {way.words}".strip(), {**_route(decision), **way.changes}
    try:
        stages.move(photo, Stage.IN_REVIEW, by=decision.reviewer, note=note, data=way.data, changes=changes)
    except stages.Refused as reason:
        raise queue.Late(f"Too late to undo: {reason}") from reason
    escalations.withdraw(decision)


def _route(decision: Decision) -> dict[str, Any]:
    """The route that the photo had when it was decided on, to be put back."""
    if decision.remedy != Decision.Remedy.REPROCESS:
        return {}
    return {"route": decision.output.recipe_version.recipe.route, "route_reason": "As before the decision."}


def today(reviewer: User) -> int:
    """How many photos the reviewer has decided since midnight, golden ones among them."""
    since = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    decided = Decision.objects.filter(reviewer=reviewer, at__gte=since, superseded_by=None, undone=False)
    answered = GoldenAnswer.objects.filter(reviewer=reviewer, at__gte=since, withdrawn=False)
    return decided.count() + answered.count()
