"""Fills a database with a review floor of any size, without pictures: rows only, in bulk."""

from datetime import timedelta
from itertools import islice
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from catalog.flow import BatchState, Stage
from catalog.models import Batch, Catalog, Photo, PhotoEvent, Product, Upload
from catalog.people import Role, give_roles
from processing.models import Output, Recipe, RecipeVersion, Run
from review.models import BatchVerdict, Decision, Draw, Escalation, Sample, Task

BATCH, CHUNK = 50, 5_000
FILES = {"alpha": "none.png", "preview": "none.jpg", "thumb": "none.jpg"}


def people(reviewers: int) -> dict[str, Any]:
    """A lead, an operator, and so many reviewers."""
    made = {"lead": _person("lead", Role.LEAD), "operator": _person("operator", Role.OPERATOR)}
    return {**made, "reviewers": [_person(f"reviewer{number}", Role.REVIEWER) for number in range(reviewers)]}


def _person(name: str, role: Role) -> User:
    user = User.objects.create(username=name)
    give_roles(user, role)
    return user


def waiting() -> int:
    """How many tasks are open."""
    return Task.objects.filter(state=Task.State.OPEN).count()


def fill(photos: int, who: dict[str, Any]) -> None:
    """Add ``photos`` photos in batches of fifty: one in ten waits for review, one in ten was decided."""
    catalog, _ = Catalog.objects.get_or_create(slug="floor", defaults={"name": "Floor", "owner": who["lead"]})
    recipe, _ = Recipe.objects.get_or_create(route="general", name="Floor")
    version, _ = RecipeVersion.objects.get_or_create(recipe=recipe, number=1, defaults={"parameters": {}, "limits": {}})
    upload = Upload.objects.create(catalog=catalog, by=who["operator"], name="Floor")
    product = Product.objects.create(catalog=catalog, sku=f"SKU-{upload.pk}", title="A product")
    made = _photos(_batches(upload, photos // BATCH), product, photos)
    outputs = _outputs(made, version)
    _tasks(made, outputs, who)
    _samples(made, outputs)


def _batches(upload: Upload, count: int) -> list[Batch]:
    rows = [
        Batch(catalog=upload.catalog, upload=upload, route="general", size=BATCH, seed=n, state=BatchState.IN_REVIEW)
        for n in range(count)
    ]
    return Batch.objects.bulk_create(rows, batch_size=CHUNK)


def _stage(number: int) -> Stage:
    return {0: Stage.IN_REVIEW, 1: Stage.APPROVED, 2: Stage.FAILED if number % 100 == 2 else Stage.HELD}.get(
        number % 10, Stage.HELD
    )


def _photos(batches: list[Batch], product: Product, count: int) -> list[Photo]:
    upload = batches[0].upload
    rows = (
        Photo(
            catalog=upload.catalog, upload=upload, batch=batches[n // BATCH], product=product, name=f"{n}.jpg",
            view="front", sha256=f"{upload.pk:032x}{n:032x}", width=2400, height=2400, category="shoes",
            colour_family="red", complexity="simple", route="general", stage=_stage(n),
        )
        for n in range(count)
    )  # fmt: skip
    made = _in_bulk(Photo, rows)
    _in_bulk(PhotoEvent, (PhotoEvent(photo=photo, was="", now=photo.stage) for photo in made))
    return made


def _outputs(photos: list[Photo], version: RecipeVersion) -> list[Output]:
    now = timezone.now()
    runs = _in_bulk(Run, (Run(photo=photo, recipe_version=version, status="done", lease_until=now) for photo in photos))
    rows = (
        Output(
            photo=photo, run=run, recipe_version=version, sha256=photo.sha256, width=2400, height=2400,
            verdict="flag", risk=(photo.pk % 100) / 100, placement={"scale": 1, "x": 0, "y": 0}, **FILES,
        )
        for photo, run in zip(photos, runs, strict=True)
    )  # fmt: skip
    return _in_bulk(Output, rows)


def _tasks(photos: list[Photo], outputs: list[Output], who: dict[str, Any]) -> None:
    waits = {Stage.IN_REVIEW: Task.State.OPEN, Stage.APPROVED: Task.State.DONE}
    pairs = [(photo, output) for photo, output in zip(photos, outputs, strict=True) if photo.stage in waits]
    rows = (
        Task(
            photo=photo, output=output, batch_id=photo.batch_id, kind="random", priority=output.pk % 7000,
            state=waits[Stage(photo.stage)], uploader=who["operator"],
        )
        for photo, output in pairs
    )  # fmt: skip
    tasks = _in_bulk(Task, rows)
    done = (task for task in tasks if task.state == Task.State.DONE)
    _in_bulk(Decision, (_decision(task, who["reviewers"][task.pk % len(who["reviewers"])]) for task in done))
    _escalations(photos[:: max(1, len(photos) // 500)], who["lead"])


def _decision(task: Task, reviewer: User) -> Decision:
    return Decision(
        task=task, photo=task.photo, output=task.output, output_sha256=task.output.sha256, reviewer=reviewer,
        verdict="approve", milliseconds=1500,
    )  # fmt: skip


def _escalations(photos: list[Photo], owner: User) -> None:
    due = timezone.now() + timedelta(hours=1)
    rows = (
        Escalation(
            catalog=p.catalog, photo=p, batch_id=p.batch_id, owner=owner, severity="major", reason="?", due_at=due
        )
        for p in photos
    )
    _in_bulk(Escalation, rows)


def _samples(photos: list[Photo], outputs: list[Output]) -> None:
    newest = {output.photo_id: output for output in outputs}
    batches = list({photo.batch_id: photo.batch for photo in photos}.values())
    samples = _in_bulk(
        Sample,
        (Sample(batch=batch, seed=1, policy={"why": ""}, size=50, flagged=5, rest=45, drawn=5) for batch in batches),
    )
    of_batch = {sample.batch_id: sample for sample in samples}
    drawn = (photo for photo in photos if photo.stage in (Stage.IN_REVIEW, Stage.APPROVED))
    _in_bulk(Draw, (_draw(photo, of_batch[photo.batch_id], newest[photo.pk]) for photo in drawn))
    # A route has hundreds of verdicts by then, not thousands: batches of a year.
    decided = batches[:: max(1, len(batches) // 300)]
    data = {"size": 50, "audited": 5, "bad": 0, "drawn": 5}
    _in_bulk(BatchVerdict, (BatchVerdict(batch=batch, word="accepted", why="", data=data) for batch in decided))


def _draw(photo: Photo, sample: Sample, output: Output) -> Draw:
    stratum = Draw.Stratum.RANDOM if photo.stage == Stage.APPROVED else Draw.Stratum.FLAGGED
    return Draw(sample=sample, photo=photo, output=output, stratum=stratum, probability=0.1)


def _in_bulk(model: Any, rows: Any) -> list[Any]:
    made: list[Any] = []
    rows = iter(rows)
    while chunk := list(islice(rows, CHUNK)):
        made += model.objects.bulk_create(chunk)
    return made
