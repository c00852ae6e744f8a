"""The one door to the queue. The database owns every status; the queue carries primary keys and may lose them."""

import logging
from functools import cache
from typing import Any

import django_rq
from django.conf import settings
from django.db import transaction
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import DuplicateJobError

log = logging.getLogger(__name__)

# Long enough to look at a failed job, short enough that the queue's memory stays small.
FAILURE_SECONDS = 24 * 60 * 60


def enqueue(queue: str, path: str, *args: Any, job_id: str) -> None:
    """Queue the job at the dotted ``path`` once the transaction commits.

    ``job_id`` must be unique to the occasion (letters, digits, _ and -). When the queue can't be reached the job is
    not lost: the sweep finds what the database says is still to do.
    """
    transaction.on_commit(lambda: send(queue, path, *args, job_id=job_id))


def send(queue: str, path: str, *args: Any, job_id: str) -> None:
    """Queue the job now; a queue that is away is noted in the log and left to the sweep."""
    try:
        _queue(queue).enqueue(path, *args, job_id=job_id, unique=True, result_ttl=0, failure_ttl=FAILURE_SECONDS)
    except DuplicateJobError:
        log.info("job %s is queued already", job_id)
    except RedisError as error:
        log.warning("the queue can't be reached (%s); the sweep will queue %s later", error, job_id)


def waiting(queue: str) -> set[str]:
    """The ids of the jobs that wait in ``queue``; raises RedisError when it can't be reached."""
    return set(_queue(queue).get_job_ids())


def _queue(name: str) -> Queue:
    return django_rq.get_queue(name, connection=_client(settings.RQ_QUEUES[name]["URL"]))


@cache
def _client(url: str) -> Redis:
    """The process's one client of a queue server; threads share its pool, and a fork begins with an empty one.

    rq keeps every client that ever queued a unique job, and django_rq makes one for each job: a socket a photo.
    """
    return Redis.from_url(url)


def names() -> tuple[str, ...]:
    """All queues, in the order in which a worker of everything should serve them."""
    return tuple(settings.RQ_QUEUES)
