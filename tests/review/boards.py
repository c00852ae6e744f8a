"""Makes what a dashboard counts: batches that were drawn, read and delivered at a time of our choosing."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from catalog.flow import Stage
from catalog.models import Batch, Photo, PhotoEvent, Upload
from processing.models import Output
from review.models import Decision, Draw, Kind, Sample, Task
from tests import factories


def make_sampled_batch(
    upload: Upload,
    reviewer: User,
    at: datetime,
    *,
    flagged: list[bool | None] | None = None,
    drawn: list[bool | None] | None = None,
    rest: int = 10,
    route: str = "general",
    state: str = "",
) -> Batch:
    """A batch whose sample was drawn ``at``; words are True for rejected, False for approved, None for undecided.

    Unless ``state`` says otherwise it is in review while one is undecided, and accepted.
    """
    flagged, drawn = flagged or [], drawn or []
    state = state or ("in_review" if None in flagged + drawn else "accepted")
    batch = factories.make_batch(upload, route=route, state=state)
    sample = Sample.objects.create(
        batch=batch, seed=1, size=len(flagged) + rest, flagged=len(flagged), rest=rest, drawn=len(drawn)
    )
    Sample.objects.filter(pk=sample.pk).update(drawn_at=at)
    for kind, words in ((Kind.FLAGGED, flagged), (Kind.RANDOM, drawn)):
        for word in words:
            photo = factories.make_photo(upload, batch=batch, stage=Stage.IN_REVIEW, route=route)
            output = make_bare_output(photo)
            Draw.objects.create(sample=sample, photo=photo, output=output, stratum=kind.value, probability=1)
            task = make_task(photo, output, kind)
            if word is not None:
                decide(task, reviewer, bad=word, at=at)
    return batch


def make_bare_output(photo: Photo) -> Output:
    """An output without files."""
    return factories.make_output(photo, recipe_version=_version(), alpha="", preview="", thumb="")


def _version() -> Any:
    return Output.recipe_version.field.related_model.objects.first() or factories.make_recipe_version()


def make_task(photo: Photo, output: Output, kind: Kind) -> Task:
    return Task.objects.create(
        photo=photo, output=output, batch=photo.batch, kind=kind, uploader=photo.upload.by, state=Task.State.DONE
    )


def decide(task: Task, reviewer: User, *, bad: bool, at: datetime, **values: Any) -> Decision:
    """A decision made ``at``, of 4 seconds."""
    words = {"verdict": "reject", "defect": "edge", "severity": "major"} if bad else {"verdict": "approve"}
    decision = Decision.objects.create(
        task=task,
        photo=task.photo,
        output=task.output,
        output_sha256=task.output.sha256,
        reviewer=reviewer,
        **{"milliseconds": 4000, **words, **values},
    )
    Decision.objects.filter(pk=decision.pk).update(at=at)
    return decision


def add_event(photo: Photo, was: str, now: str, at: datetime) -> None:
    """An event of a move that happened ``at``."""
    event = PhotoEvent.objects.create(photo=photo, was=was, now=now)
    PhotoEvent.objects.filter(pk=event.pk).update(at=at)
