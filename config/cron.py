"""Owns what is done by the clock: `manage.py rqcron config.cron` queues these; each is safe to do twice."""

from django.conf import settings
from rq.cron import register

from review.jobs import sweep

# A sweep that was not begun before the next one is due is dropped, so that they cannot pile up.
register(
    sweep, "light", interval=settings.SWEEP_SECONDS, ttl=max(settings.SWEEP_SECONDS, 5), result_ttl=0, failure_ttl=3600
)
