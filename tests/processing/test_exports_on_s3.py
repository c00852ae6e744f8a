"""An export on a real S3-compatible server: written, packed, and downloaded as on local files."""

import io
import zipfile
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.test import Client
from django.urls import reverse

from catalog.flow import Stage
from processing import exports
from processing.imaging import screens
from processing.models import Export
from tests import factories
from tests.config.test_storages import bucket, endpoint  # noqa: F401 (fixtures)
from tests.conftest import Jobs
from tests.images import product_shot

pytestmark = [pytest.mark.server, pytest.mark.django_db]


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> Jobs:
    """Tests of servers keep the real queue; this one needs it run in place."""
    recorded = Jobs()
    monkeypatch.setattr(
        exports.queueing, "enqueue", lambda queue, path, *args, job_id: recorded.append((queue, path, args))
    )
    return recorded


def test_from_the_order_to_the_download(
    bucket: Storage,  # noqa: F811
    jobs: Jobs,
    operator: User,
    as_user: Callable[[User], Client],
) -> None:
    shot = product_shot((300, 300), fill=0.8)
    photo = factories.make_photo(
        stage=Stage.APPROVED, source=ContentFile(shot.encoded(), "s.jpg"), width=300, height=300
    )
    factories.make_output(photo, alpha=ContentFile(screens.alpha_png(shot.alpha), "a.png"))
    export = exports.order(photo.catalog, operator, ["cutout"])
    jobs.run()
    export.refresh_from_db()
    assert export.state == Export.State.DONE
    assert bucket.size(export.archive.name) == export.archive_bytes
    response = as_user(operator).get(reverse("processing:export-archive", args=[export.pk]))
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as archive:  # type: ignore[attr-defined]
        assert archive.testzip() is None
        assert f"cutout/{photo.name[:-4]}.png" in archive.namelist()
