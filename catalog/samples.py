"""The sample catalog: a shop's 54 product photos and its sheet, taken in through the same door as everybody's.

The sheet names the picture files of each product, and so the intake knows whose a photo is without its name holding
the SKU: no file is renamed. The photos are 1600 px wide, hence a standard of 1500 px; the one that is smaller is
refused, and of three variants that share a SKU two rows are not taken, as it would be with anybody's photos.
"""

import io
import logging
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone
from redis.exceptions import RedisError

from catalog import catalogs, queueing, sample_package, uploads
from catalog.models import Catalog, Upload
from catalog.people import Role
from catalog.sample_package import Sample, SampleUnavailable
from catalog.standards import Standard
from catalog.uploads import Receipt

log = logging.getLogger(__name__)

NAME = "Sample catalog"
MIN_EDGE = 1500
MARKETPLACES = ("amazon", "shopify", "google", "cutout")
KEY = "loupe-sample-catalog"
KEPT_SECONDS = 60 * 60
# Without a word for so long, whoever made it is gone.
SILENCE = timedelta(seconds=60)

# what is being done, how much of it is done, of how much
Report = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Progress:
    """How far the making of the sample catalog is: waiting, working, done or failed, in words for a page."""

    state: str
    label: str = ""
    done: int = 0
    total: int = 0
    slug: str = ""
    at: str = ""

    @property
    def under_way(self) -> bool:
        """Whether a page should ask again."""
        return self.state in ("waiting", "working")

    @property
    def percent(self) -> int:
        """How much of the present step is done."""
        return min(100, 100 * self.done // self.total) if self.total else 0


def progress() -> Progress | None:
    """How the sample catalog stands; None when nobody has asked for one, or when the cache can't tell."""
    try:
        kept = cache.get(KEY)
    except RedisError as error:
        log.warning("the cache can't be reached: %s", error)
        return None
    if not kept:
        return None
    found = Progress(**kept)
    if found.under_way and timezone.now() - datetime.fromisoformat(found.at) > SILENCE:
        word = "begun it: is the worker for light jobs running" if found.state == "waiting" else "gone on with it"
        return replace(found, state="failed", label=f"Nobody has {word} for a minute. Nothing was kept; try again.")
    return found


def note(state: str, label: str = "", done: int = 0, total: int = 0, slug: str = "") -> None:
    """Tell the page how far it is; a cache that is away takes nothing from the work itself."""
    told = Progress(state, label, done, total, slug, timezone.now().isoformat())
    try:
        cache.set(KEY, asdict(told), KEPT_SECONDS)
    except RedisError as error:
        log.warning("the cache can't be reached: %s", error)


def start(by: User) -> bool:
    """Queue the making of the sample catalog; False when it is under way or there already."""
    if (found := progress()) and found.under_way:
        return False
    if Catalog.objects.filter(name=NAME).exists():
        return False
    note("waiting", "Waiting for a worker")
    queueing.enqueue(
        "light", "catalog.samples.make_in_background", by.pk, job_id=f"sample-{timezone.now():%Y%m%d%H%M%S%f}"
    )
    return True


def make_in_background(by: int) -> None:
    """The job: make the catalog and tell the page, whatever happens."""
    try:
        catalog = make(User.objects.get(pk=by), report=lambda label, done, total: note("working", label, done, total))
    except SampleUnavailable as error:
        log.warning("no sample catalog: %s", error)
        note("failed", str(error))
    except Exception:
        note("failed", "It broke unexpectedly. Nothing was kept; the log of the worker for light jobs says why.")
        raise
    else:
        note("done", f"{catalog.name} is there.", slug=catalog.slug)


def make(by: User, *, name: str = NAME, report: Report = lambda label, done, total: None) -> Catalog:
    """Fetch the package and make the catalog, whole or not at all; one that is there already stays as it is.

    Raises SampleUnavailable with what to do.
    """
    if there := Catalog.objects.filter(name=name).first():
        return there
    owner = _owner(by)
    folder = Path(settings.HOME)
    with tempfile.TemporaryDirectory(prefix="sample-", dir=folder, ignore_cleanup_errors=True) as made:
        report("Fetching the photos", 0, 0)
        archive = sample_package.fetch(Path(made), lambda count: report("Fetching the photos", *_megabytes(count)))
        sample = sample_package.open_archive(archive)
    try:
        return take_in(sample, name, by, owner, report)
    except IntegrityError:  # somebody else was quicker
        return Catalog.objects.get(name=name)


def take_in(sample: Sample, name: str, by: User, owner: User, report: Report) -> Catalog:
    """Catalog, products and photos in one transaction; files of a try that failed are removed again."""
    stored: list[str] = []
    try:
        with transaction.atomic():
            standard = Standard(min_edge=MIN_EDGE)
            catalog = catalogs.create(name, owner, standard=standard, marketplaces=MARKETPLACES)
            upload = uploads.open_upload(catalog, by, name=f"{sample_package.PACKAGE} {sample_package.VERSION}")
            _receive(upload, sample, stored, report)
            uploads.finish(upload)
    except BaseException:
        for name_in_storage in filter(None, stored):
            default_storage.delete(name_in_storage)
        raise
    return catalog


def _receive(upload: Upload, sample: Sample, stored: list[str], report: Report) -> None:
    """The sheet first, so that the photos find their products."""
    stored.append(_stored_as(uploads.receive(upload, "products.csv", io.BytesIO(sample.sheet))))
    for number, (name, data) in enumerate(sample.photos.items(), start=1):
        stored.append(_stored_as(uploads.receive(upload, name, io.BytesIO(data))))
        report("Taking in the photos", number, len(sample.photos))


def _stored_as(receipt: Receipt) -> str:
    file = receipt.photo.source if receipt.photo else receipt.sheet and receipt.sheet.file
    return (file and file.name) or ""


def _owner(by: User) -> User:
    found = catalogs.owners()
    owner = found.filter(pk=by.pk).first() or found.filter(groups__name=Role.LEAD.value).first() or found.first()
    if owner is None:
        raise SampleUnavailable("A catalog belongs to a lead or manager, and there is none. Give somebody that role.")
    return owner


def _megabytes(count: int) -> tuple[int, int]:
    """Bytes as whole percent of the archive: what npm writes beside it is not counted as more than all."""
    return min(100, 100 * count // sample_package.ARCHIVE_BYTES), 100
