"""STORAGE_URL=s3://...: a real S3-compatible server keeps what local files keep."""

import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage, storages
from moto.server import ThreadedMotoServer
from PIL import Image

from catalog.flow import Stage
from catalog.models import Photo
from config import environment
from processing import runs
from processing.models import Output
from tests.factories import make_ready_photo

pytestmark = pytest.mark.server

BUCKET = "photos"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    """Django's storage as STORAGE_URL describes it, on an empty bucket."""
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    for name, value in {**keys, "STORAGE_URL": f"s3://{BUCKET}/shop?endpoint={endpoint}"}.items():
        monkeypatch.setenv(name, value)
    boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket=BUCKET)
    settings.STORAGES = {**settings.STORAGES, "default": environment.storage(tmp_path)}
    return storages["default"]


def test_a_file_comes_back_byte_for_byte(bucket: Storage) -> None:
    content = bytes(range(256)) * 100
    name = bucket.save("a folder/Stiefel größe 42.jpg", ContentFile(content))
    with bucket.open(name, "rb") as stored:
        assert stored.read() == content
    assert bucket.size(name) == len(content)
    assert bucket.listdir("a folder") == ([], ["Stiefel größe 42.jpg"])


def test_nothing_is_overwritten(bucket: Storage) -> None:
    first, second = (bucket.save("photo.jpg", ContentFile(content)) for content in (b"one", b"two"))
    assert first != second
    with bucket.open(first) as stored:
        assert stored.read() == b"one"


def test_a_large_file_goes_in_parts(bucket: Storage) -> None:
    content = b"0123456789abcdef" * (20 * 1024 * 1024 // 16)
    name = bucket.save("large.zip", ContentFile(content))
    assert bucket.size(name) == len(content)
    with bucket.open(name) as stored:
        stored.seek(10 * 1024 * 1024)
        assert stored.read(16) == b"0123456789abcdef"


def test_a_signed_address_gives_the_file(bucket: Storage) -> None:
    name = bucket.save("signed.txt", ContentFile(b"signed"))
    address = bucket.url(name)
    assert "X-Amz-Signature" in address
    with urllib.request.urlopen(address, timeout=10) as response:  # noqa: S310 (our own server)
        assert response.read() == b"signed"


def test_what_is_deleted_is_gone(bucket: Storage) -> None:
    name = bucket.save("gone.txt", ContentFile(b"x"))
    bucket.delete(name)
    assert not bucket.exists(name)
    with pytest.raises(FileNotFoundError):
        bucket.open(name).read()


@pytest.mark.django_db
@pytest.mark.usefixtures("plain_model")
def test_a_photo_is_processed_from_and_to_the_bucket(bucket: Storage) -> None:
    photo = make_ready_photo()
    runs.process(photo.pk)
    assert Photo.objects.get(pk=photo.pk).stage == Stage.PROCESSED
    output = Output.objects.get(photo=photo)
    assert default_storage.exists(output.preview.name)
    with output.preview.open("rb") as stored, Image.open(stored) as preview:
        assert preview.size[0] > 100
