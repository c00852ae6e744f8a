"""The main job, once, with nothing replaced: real photos, model, queue, workers and browser, from folder to ZIP."""

import csv
import io
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.instances import Instance, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.model, pytest.mark.server]

# Enough for a batch with a sample, few enough to finish soon; 0065 is too small, and the last is a duplicate of 0001.
PHOTOS = ("0001", "0005", "0006", "0008", "0010", "0011", "0065", "0077")
REFUSED = {"PRD-0065_front.png": "too_small", "PRD-0077_front.png": "duplicate"}
MINUTE_MS = 60_000


@pytest.fixture
def folder(shared: Path, tmp_path: Path) -> Path:
    """A folder as an operator has it: photos and their product sheet."""
    data, folder = shared / "data" / "products", tmp_path / "folder"
    folder.mkdir()
    for number in PHOTOS:
        shutil.copy(next((data / "photos").glob(f"PRD-{number}_*")), folder)
    shutil.copy(data / "products.csv", folder)
    return folder


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    with Instance(tmp_path / "home").up("--workers", "2") as running:
        yield running


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def sign_in(chromium: Browser, instance: Instance) -> Callable[[str], Page]:
    """A page of somebody who came in by a one-time link; a script's error on any page fails the test."""

    def signed_in(name: str) -> Page:
        page = chromium.new_context(accept_downloads=True).new_page()
        page.on("pageerror", lambda error: pytest.fail(f"{name}: {error}"))
        page.set_default_timeout(MINUTE_MS)
        link = instance.manage("sign_in_link", name).stdout.split()[-1]
        page.goto(f"{_base(instance)}/sign-in/link/?{link.partition('?')[2]}")
        return page

    return signed_in


def _base(instance: Instance) -> str:
    return f"http://localhost:{instance.port}"


def test_a_folder_of_photos_becomes_a_reviewed_export(
    instance: Instance, folder: Path, sign_in: Callable[[str], Page]
) -> None:
    operator = sign_in("operator")
    _create_catalog(operator, _base(instance))
    _upload(operator, folder)
    _see_refusals(operator)
    wait_until(lambda: not _left(instance), "every photo is through the machine", seconds=300)
    _review_all([sign_in("reviewer"), sign_in("reviewer-2")], instance)
    archive = _export(operator, instance)
    _is_what_amazon_takes(archive, photos=len(PHOTOS) - len(REFUSED))
    _is_on_the_dashboard(sign_in("manager"), _base(instance))


def _create_catalog(page: Page, base: str) -> None:
    page.goto(f"{base}/catalogs/new/")
    page.get_by_label("Name").fill("Autumn")
    page.get_by_label("Owner").select_option(index=1)
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Autumn")


def _upload(page: Page, folder: Path) -> None:
    page.goto(f"{page.url}upload/")
    page.locator("[data-drop] input[type=file]").first.set_input_files(sorted(folder.iterdir()))
    page.wait_for_url("**/uploads/*/")


def _see_refusals(page: Page) -> None:
    """The page itself, without a reload, shows what was refused and why; the CSV says the same."""
    table = page.locator("table.refused")
    for name in REFUSED:
        expect(table).to_contain_text(name, timeout=2 * MINUTE_MS)
    expect(table).to_contain_text("1360")
    expect(table).to_contain_text("PRD-0001_front.png", timeout=MINUTE_MS)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    found = {row["file"]: row["code"] for row in rows}
    # Files of a page arrive side by side: of two with the same bytes either may be the later one.
    twins = found.pop("PRD-0001_front.png", None), found.pop("PRD-0077_front.png", None)
    assert sorted(map(str, twins)) == ["None", "duplicate"]
    assert found == {"PRD-0065_front.png": "too_small"}


def _left(instance: Instance) -> int:
    moving = "('received', 'ready', 'processing', 'processed')"
    return int(instance.query(f"SELECT count(*) FROM catalog_photo WHERE stage IN {moving}")[0][0])  # noqa: S608


def _review_all(people: list[Page], instance: Instance) -> None:
    """Each in turn approves with the key until nothing waits; the second one gives the second opinions."""

    def accepted() -> bool:
        states = {state for (state,) in instance.query("SELECT state FROM catalog_batch")}
        return states == {"accepted"}

    for page in people:
        page.goto(f"{_base(instance)}/review/")
        for _ in range(2 * len(PHOTOS)):
            if accepted():
                return
            page.wait_for_timeout(1200)  # a key counts only once the photo has been on the screen for a moment
            page.keyboard.press("r" if page.locator("[data-empty]").is_visible() else "a")
    wait_until(accepted, "every batch is accepted", seconds=90)


def _export(page: Page, instance: Instance) -> zipfile.ZipFile:
    page.goto(f"{_base(instance)}/exports/")
    page.locator("select[name=what] option", has_text="Autumn").first.wait_for(state="attached")
    value = page.locator("select[name=what] option[value^=catalog]").first.get_attribute("value")
    page.locator("select[name=what]").select_option(value)
    page.locator("input[name=marketplaces][value=amazon]").check()
    page.get_by_role("button", name="Export").click()
    link = page.get_by_role("link", name="Download the ZIP")
    link.wait_for(timeout=3 * MINUTE_MS)
    with page.expect_download() as download:
        link.click()
    return zipfile.ZipFile(download.value.path())


def _is_what_amazon_takes(archive: zipfile.ZipFile, photos: int) -> None:
    pictures = [name for name in archive.namelist() if name.endswith(".jpg")]
    assert len(pictures) == photos
    assert any(name.endswith(".csv") for name in archive.namelist())
    for name in pictures:
        with Image.open(archive.open(name)) as picture:
            pixels = np.asarray(picture)
        assert max(pixels.shape) >= 1000, name
        border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
        assert (border == 255).all(), name
        assert (pixels < 250).any(), name


def _is_on_the_dashboard(page: Page, base: str) -> None:
    page.goto(f"{base}/dashboard/")
    expect(page.locator("main")).to_contain_text(f"{len(PHOTOS) - len(REFUSED)} photos processed")
