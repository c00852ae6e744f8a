"""A batch under review, made from rows: what the tests of the review floor start from."""

from django.contrib.auth.models import User

from catalog.flow import BatchState, Stage
from catalog.models import Batch, Photo
from review import decisions, placement, queue
from review.answers import Answer
from review.models import Task
from tests import factories

LOOKED_MS = 1500


def make_lot(passed: int = 20, flagged: int = 0, **values: object) -> Batch:
    """A sealed batch whose photos were just processed: ``passed`` of them clean, ``flagged`` not."""
    batch = factories.make_batch(state=BatchState.PROCESSING, **values)
    version = factories.make_recipe_version()
    for number in range(passed + flagged):
        photo = factories.make_photo(batch=batch, stage=Stage.PROCESSED)
        verdict, risk = ("flag", 0.7) if number < flagged else ("pass", 0.1)
        factories.make_output(photo, verdict=verdict, risk=risk, recipe_version=version)
    return batch


def place_all(batch: Batch) -> Batch:
    """Place every processed photo of the batch, which also draws its sample."""
    for pk in batch.photos.filter(stage=Stage.PROCESSED).values_list("pk", flat=True):
        placement.place(pk)
    batch.refresh_from_db()
    return batch


def say(reviewer: User, verdict: str = "approve", task: Task | None = None, **answer: object) -> object:
    """Claim (unless a claimed task is given) and decide."""
    task = task or queue.claim(reviewer, most=1)[0]
    given = Answer(verdict, **{"milliseconds": LOOKED_MS, **answer})  # type: ignore[arg-type]
    return decisions.decide(token=task.token, reviewer=reviewer, sha256=task.output.sha256, answer=given)


def say_all(reviewer: User, verdict: str = "approve", **answer: object) -> int:
    """Decide everything that waits for ``reviewer`` in the same way; returns how many."""
    count = 0
    while tasks := queue.claim(reviewer, most=1):
        say(reviewer, verdict, tasks[0], **answer)
        count += 1
    return count


def stages_of(batch: Batch) -> dict[str, int]:
    """How many photos of the batch are in each stage."""
    found: dict[str, int] = {}
    for stage in Photo.objects.filter(batch=batch).values_list("stage", flat=True):
        found[stage] = found.get(stage, 0) + 1
    return found
