"""Answers that the API keeps for a day, so that a request which is sent twice is carried out once."""

from datetime import timedelta

from django.utils import timezone

from catalog.models import ApiAnswer

KEPT_FOR = timedelta(hours=24)


def forget() -> int:
    """For the sweep: keys are good for a day; returns how many were dropped."""
    return ApiAnswer.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()[0]
