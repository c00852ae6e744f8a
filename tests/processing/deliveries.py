"""Photos to export and what an export hands over, for the tests of exports."""

import csv
import io
import zipfile
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from catalog.flow import Stage
from catalog.models import Catalog, Photo
from processing.imaging import screens
from processing.models import Export
from tests import factories
from tests.conftest import Jobs
from tests.images import product_shot

SHOT, LARGE = product_shot((700, 700), fill=0.9), product_shot((1000, 1000), fill=0.9)
SOURCE, ALPHA, LARGE_ALPHA = SHOT.encoded(), screens.alpha_png(SHOT.alpha), screens.alpha_png(LARGE.alpha)


def photo_in(catalog: Catalog, stage: str = Stage.APPROVED, **values: Any) -> Photo:
    """A photo with a source, and an output whose alpha is exact."""
    upload = catalog.uploads.first() or factories.make_upload(catalog)
    photo = factories.make_photo(
        upload, stage=stage, source=ContentFile(SOURCE, "source.jpg"), width=700, height=700, **values
    )
    factories.make_output(photo, alpha=ContentFile(ALPHA, "alpha.png"), parameters={"decontaminate": {}})
    return photo


def large_photo_in(catalog: Catalog, **values: Any) -> Photo:
    """A photo that is large enough for every marketplace."""
    photo = photo_in(catalog, **values)
    photo.source.save("large.jpg", ContentFile(LARGE.encoded()), save=False)
    Photo.objects.filter(pk=photo.pk).update(source=photo.source.name, width=1000, height=1000)
    factories.make_output(photo, alpha=ContentFile(LARGE_ALPHA, "alpha.png"), parameters={"decontaminate": {}})
    return photo


def opened(export: Export) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(default_storage.open(export.archive.name).read()))


def rows_of(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode()), restkey="beyond the header"))


def done(export: Export, queued: Jobs) -> Export:
    queued.run()
    export.refresh_from_db()
    return export
