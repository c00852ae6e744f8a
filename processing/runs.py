"""Runs: the machine's whole path from a ready photo to a measured output, and taking back what a dead worker held."""

import logging
import os
import socket
import time
from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog import stages
from catalog.flow import Stage
from catalog.models import Photo
from processing import joints, outputs, recipes, renditions
from processing.imaging import pipeline
from processing.imaging.faults import Fault
from processing.imaging.frame import Frame
from processing.models import Output, Run

log = logging.getLogger(__name__)

# A photo that took this many workers down with it is not given to another one.
MOST_LOST_RUNS = 3


def worker_name(pid: int | None = None) -> str:
    """This process, or another one of this machine, as runs name it."""
    return f"{socket.gethostname()}:{os.getpid() if pid is None else pid}"


def process(pk: int) -> Run | None:
    """Run the recipe that fits photo ``pk``; None when the photo is not ready, waits, or somebody else has it.

    A photo that fails a step, or whose route no machine serves, goes to the manual lane with the reason.
    """
    photo = Photo.objects.select_related("catalog", "upload", "product").filter(pk=pk, stage=Stage.READY).first()
    if photo is None or photo.upload.waits:
        return None
    try:
        run = _start(photo)
    except recipes.UnservedRoute as reason:
        stages.move(photo, Stage.FAILED, note=str(reason), data={"code": "unserved_route"})
        return None
    except (stages.Refused, IntegrityError) as reason:
        log.info("photo %s is taken: %s", pk, reason)
        return None
    return _work(photo, run)


def recover(worker: str | None = None) -> int:
    """Take back the runs whose lease is over, or all that ``worker`` (known to be dead) held; returns how many."""
    running = Run.objects.filter(status=Run.Status.RUNNING).select_related("photo__upload")
    lost = running.filter(worker=worker) if worker else running.filter(lease_until__lt=timezone.now())
    return sum(_take_back(run) for run in lost)


def _start(photo: Photo) -> Run:
    version = recipes.serving(photo)
    lease = timezone.now() + timedelta(seconds=settings.RUN_LEASE_SECONDS)
    with transaction.atomic():
        stages.move(photo, Stage.PROCESSING, note=str(version))
        return Run.objects.create(photo=photo, recipe_version=version, worker=worker_name(), lease_until=lease)


def _work(photo: Photo, run: Run) -> Run:
    try:
        made, cutout = _make(photo, run)
    except Fault as fault:
        return _fail(photo, run, fault)
    except Exception as error:
        log.exception("run %s of photo %s broke", run.pk, photo.pk)
        return _fail(photo, run, _unexpected(error))
    if output := _finish(photo, run, made):
        _render(output, cutout)
    return run


def _make(photo: Photo, run: Run) -> tuple[outputs.Made, Frame]:
    begun = time.perf_counter()
    source = outputs.read_source(photo)
    seconds = {"decode": time.perf_counter() - begun}
    parameters, context = run.recipe_version.parameters, outputs.context()
    context = replace(context, inside=joints.inside_of(photo, parameters, context))
    result = pipeline.run(source, pipeline.parse(parameters), context)
    return outputs.make(source, result, run.recipe_version, seconds={**seconds, **result.seconds}), result.frame


def _finish(photo: Photo, run: Run, made: outputs.Made) -> Output | None:
    stored = outputs.store(photo, made, occasion=_occasion(run))
    try:
        with transaction.atomic():
            _close(run, Run.Status.DONE, made)
            output = outputs.write(photo, made, stored, recipe_version=run.recipe_version, run=run)
            stages.move(photo, Stage.PROCESSED, note=output.get_verdict_display(), data={"output": output.pk})
    except stages.Refused as reason:
        log.info("run %s was taken back meanwhile, its files are dropped: %s", run.pk, reason)
        outputs.drop(stored)
        return None
    return output


def _render(output: Output, cutout: Frame) -> None:
    """Make what an export will want of the output, now that nobody waits for it. Its run is done, whatever happens."""
    try:
        renditions.make(output, cutout)
    except Exception:
        log.exception("no pictures were made ahead of an export of %s", output)


def _occasion(run: Run) -> str:
    """What the run's files lie under."""
    return f"run{run.pk}"


def _fail(photo: Photo, run: Run, fault: Fault) -> Run:
    failure = {"code": fault.code, "measured": fault.measured, "wanted": fault.wanted, "action": fault.action}
    try:
        with transaction.atomic():
            run.failure = failure
            _close(run, Run.Status.FAILED)
            stages.move(photo, Stage.FAILED, note=str(fault), data=failure)
    except stages.Refused as reason:
        log.info("run %s was taken back meanwhile: %s", run.pk, reason)
    return run


def _close(run: Run, status: Run.Status, made: outputs.Made | None = None) -> None:
    values = {"status": status, "finished_at": timezone.now(), "failure": run.failure}
    if made:
        values |= {"model": made.model, "seconds": made.seconds, "notes": made.notes}
    if not Run.objects.filter(pk=run.pk, status=Run.Status.RUNNING).update(**values):
        raise stages.Refused(f"Run {run.pk} is no longer running.")
    for name, value in values.items():
        setattr(run, name, value)


def _take_back(run: Run) -> bool:
    photo = run.photo
    often = photo.runs.filter(status=Run.Status.LOST).count() + 1
    try:
        with transaction.atomic():
            _close(run, Run.Status.LOST)
            if photo.stage == Stage.PROCESSING:
                _return(photo, often)
    except stages.Refused:
        return False
    outputs.clear(photo, occasion=_occasion(run))
    log.warning("worker %s died with photo %s; taken back", run.worker, photo.pk)
    return True


def _return(photo: Photo, often: int) -> None:
    if often < MOST_LOST_RUNS:
        asked = recipes.order(recipes.asked_for(photo))
        stages.move(photo, Stage.READY, note=f"The worker died (time {often}); queued again.", data=asked)
    else:
        note = f"{often} workers died on this photo; it is not tried again by itself."
        stages.move(photo, Stage.FAILED, note=note, data={"code": "worker_died"})


def _unexpected(error: Exception) -> Fault:
    return Fault(
        "unexpected",
        measured=f"The run broke with {type(error).__name__}: {error}"[:300],
        wanted="a run without errors.",
        action="Reprocess the photo; if it breaks again, send the worker's log to the maintainers.",
    )
