"""Placement: who must see a processed photo, and the draw of a batch's sample, once, when the machine is through."""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from catalog import batches, stages
from catalog.flow import MACHINE_STAGES, BatchState, Stage
from catalog.models import Batch, Photo, PhotoEvent, Upload
from processing.models import Output
from review import acceptance, policies, queue
from review.models import Draw, Kind, Sample, Task
from review.statistics import sampling, words

# In a draw a photo's key is its number, so that anybody can repeat the draw from the stored seed.
Photos = dict[str, int]


def place(pk: int) -> None:
    """Send the processed photo ``pk`` to review, or hold it for its batch's sample; then draw if it was the last.

    A photo that has left PROCESSED meanwhile is left alone.
    """
    photo = Photo.objects.select_related("upload").get(pk=pk)
    if photo.stage == Stage.PROCESSED:
        try:
            _place(photo)
        except stages.Refused:
            return
    settle(photo)


def _place(photo: Photo) -> None:
    with transaction.atomic():
        # The draw takes the same lock, so that no photo is held behind its back.
        batch = Batch.objects.select_for_update().get(pk=photo.batch_id) if photo.batch_id else None
        output = Output.objects.filter(photo=photo).latest("pk")
        if came_back(photo, batch, output):
            queue.put(photo, Kind.REWORK, note="Reprocessed or repaired: somebody looks at it again.")
        elif output.verdict != Output.Verdict.PASS:
            queue.put(photo, Kind.FLAGGED, note=f"The machine says “{output.get_verdict_display()}”.")
        else:
            stages.move(photo, Stage.HELD, note="Waits for the sample of its batch.")


def came_back(photo: Photo, batch: Batch | None, output: Output) -> bool:
    """Whether the photo is no first result of its batch: repaired, failed or reviewed before, or after the draw."""
    if batch is None or output.author_id or batch.state not in (BatchState.FILLING, BatchState.PROCESSING):
        return True
    if Task.objects.filter(photo=photo, golden=None).exclude(state=Task.State.WITHDRAWN).exists():
        return True
    return PhotoEvent.objects.filter(photo=photo, now=Stage.FAILED).exists()


def settle_photo(pk: int) -> None:
    """A photo has left the machine without being processed: its batch may be complete now.

    One that failed has left review, if it was there (somebody sent it to the manual lane): nobody looks at what it was.
    """
    with transaction.atomic():
        failed = Photo.objects.select_for_update().filter(pk=pk, stage=Stage.FAILED).first()
        if failed:
            queue.withdraw(failed)
    settle(Photo.objects.select_related("upload").get(pk=pk))


def settle(photo: Photo) -> None:
    """Close the upload's batches if its last file is in, and draw the photo's batch if it is through."""
    batches.seal(photo.upload)
    if photo.batch_id:
        draw(photo.batch_id)


def draw_due() -> int:
    """For the sweep: seal what is complete, draw every batch that is through the machine; returns how many."""
    for upload in Upload.objects.filter(finished_at__isnull=False, batches__state=BatchState.FILLING).distinct():
        batches.seal(upload)
    due = Batch.objects.filter(state=BatchState.PROCESSING).values_list("pk", flat=True)
    return sum(draw(pk) is not None for pk in due)


def draw(batch_pk: int) -> Sample | None:
    """Draw the sample of a sealed batch whose photos have all left the machine; None when there is nothing to do.

    Safe to call at any time by anybody: the batch's row is locked, and a batch is drawn once.
    """
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(pk=batch_pk)
        if batch.state != BatchState.PROCESSING or in_machine(batch):
            return None
        sample = _draw(batch)
    acceptance.judge(batch_pk)
    return sample


def in_machine(batch: Batch) -> bool:
    """Whether the machine still has a photo of the batch that nobody has seen yet."""
    seen = Task.objects.filter(photo=OuterRef("pk"), batch=batch, kind=Kind.FLAGGED)
    return batch.photos.filter(~Exists(seen), stage__in=MACHINE_STAGES).exists()


def _draw(batch: Batch) -> Sample:
    flagged = _flagged(batch)
    held = Photo.objects.filter(batch=batch, stage=Stage.HELD).select_related("upload")
    rest = dict(Output.objects.latest_of(held).values_list("photo_id", "pk"))
    plan = policies.plan_for(batch)
    outputs = {**flagged, **rest}
    drawn = sampling.draw([str(pk) for pk in outputs], {str(pk) for pk in flagged}, batch.seed, plan.policy)
    sample = Sample.objects.create(
        batch=batch,
        seed=batch.seed,
        policy={**plan.facts, "why": words.why_sample(drawn, plan.policy)},
        size=len(outputs),
        flagged=len(flagged),
        rest=len(rest),
        drawn=drawn.rest.drawn,
    )
    Draw.objects.bulk_create(_draws(sample, drawn, outputs))
    batches.advance(batch, BatchState.IN_REVIEW)
    chosen = {int(photo.key) for photo in drawn.photos if photo.sampled is sampling.Sampled.RANDOM}
    for photo in held.filter(pk__in=chosen):
        queue.put(photo, Kind.RANDOM, note=f"Drawn at random: {drawn.rest.drawn} of {drawn.rest.size}.")
    return sample


def _flagged(batch: Batch) -> dict[int, int]:
    """Photo to the output that was flagged, decided on or not; a photo that left counts only if it was decided on."""
    belongs = Q(photo__batch=batch) | Q(state=Task.State.DONE)
    tasks = Task.objects.filter(belongs, batch=batch, kind=Kind.FLAGGED).order_by("pk")
    return dict(tasks.values_list("photo_id", "output_id"))


def _draws(sample: Sample, drawn: sampling.Draw, outputs: dict[int, int]) -> list[Draw]:
    return [
        Draw(
            sample=sample,
            photo_id=int(photo.key),
            output_id=outputs[int(photo.key)],
            stratum=photo.sampled.value,
            probability=photo.probability,
        )
        for photo in drawn.photos
        if photo.sampled is not sampling.Sampled.NONE
    ]
