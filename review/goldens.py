"""Golden photos in the queue: served like any other, answered apart, so that they count in no error rate."""

from django.contrib.auth.models import User

from review.answers import Answer
from review.models import Golden, GoldenAnswer, Task


def answer(task: Task, golden: Golden, reviewer: User, given: Answer) -> GoldenAnswer:
    """Keep what the reviewer said of a golden photo."""
    return GoldenAnswer.objects.create(
        task=task,
        golden=golden,
        reviewer=reviewer,
        verdict=given.verdict,
        defect=given.defect,
        severity=given.severity,
        milliseconds=given.milliseconds,
    )


def withdraw(given: GoldenAnswer) -> None:
    """Take an answer back; the next one on the same task counts."""
    GoldenAnswer.objects.filter(pk=given.pk).update(withdrawn=True)
