"""Uploading in a real Chromium: files, a folder, a lost connection, a reloaded page, and how it looks."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils.module_loading import import_string
from PIL import Image
from playwright.sync_api import Browser, FileChooser, Page, expect

from catalog import partials
from catalog.models import Catalog, Incoming, Photo, Upload
from tests import factories
from tests.browser.patience import until_true
from tests.conftest import Jobs

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TOO_WIDE = """[...document.querySelectorAll("main *, header *")].filter((each) => !each.closest(".scroller, .nav"))
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1).map((each) => each.outerHTML.slice(0, 80))"""
SHEET = "sku,title,category\n" + "".join(f"MUG-{number},Mug {number},homeware\n" for number in range(10))


@pytest.fixture
def catalog(lead: Any) -> Catalog:
    return factories.make_catalog(name="Spring", slug="spring", standard={"min_edge": 200})


@pytest.fixture
def page(chromium: Browser, live_server: Any, as_user: Any, operator: Any, catalog: Catalog) -> Iterator[Page]:
    """The drop page, signed in as an operator; a complaint on its console fails the test."""
    context = chromium.new_context(base_url=live_server.url)
    cookie = as_user(operator).cookies["sessionid"]
    context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    answer = page.goto("/catalogs/spring/upload/")
    assert answer and answer.ok, answer
    yield page
    context.close()
    assert not complaints


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Photos in two folders, one too small, a sheet and a system file."""
    made = tmp_path / "drop"
    (made / "mugs" / "more").mkdir(parents=True)
    for number in range(4):
        shade = 40 * number
        Image.new("RGB", (300, 240), (shade, 90, 120)).save(made / "mugs" / f"MUG-{number}_front.jpg")
    Image.new("RGB", (90, 60)).save(made / "mugs" / "more" / "MUG-4_front.png")
    (made / "sheet.csv").write_text(SHEET)
    (made / "mugs" / ".DS_Store").write_bytes(b"x")
    return made


def noise(path: Path, edge: int = 1100) -> Path:
    """A picture that does not shrink, so that it takes a while to arrive: about 3.6 MB."""
    pixels = np.random.default_rng(3).integers(0, 255, (edge, edge, 3), np.uint8)
    Image.fromarray(pixels).save(path, compress_level=0)
    return path


def pick(page: Page, files: list[Path] | Path, which: int = 0) -> None:
    page.locator("[data-pick]").nth(which).set_input_files(files)


def arrived(page: Page, count: int) -> None:
    expect(page.locator("[data-overall-label]")).to_have_text("All files have arrived")
    expect(page.locator("[data-overall-note]")).to_contain_text(f"{count} of {count} files")
    assert page.locator("[data-files] tr[data-state=done]").count() == count


def inspect_all(jobs: Jobs) -> None:
    """Run the inspections that were queued, and none of what they queue in turn."""
    for _, path, arguments in [job for job in jobs if job[1].endswith("inspect_photo")]:
        import_string(path)(*arguments)


def finished(upload: Upload) -> bool:
    upload.refresh_from_db()
    return upload.finished_at is not None


def test_a_folder_arrives_and_what_was_refused_shows_without_a_reload(page: Page, folder: Path, jobs: Jobs) -> None:
    pick(page, folder, which=1)
    arrived(page, 7)
    upload = Upload.objects.get()
    page.wait_for_url(f"**/uploads/{upload.pk}/")
    expect(page.get_by_text("10 new products")).to_be_visible()
    inspect_all(jobs)
    expect(page.locator("#refused")).to_contain_text("longest edge 90 px")
    expect(page.get_by_text("1 system file left out")).to_be_visible()
    names = set(upload.photos.values_list("name", flat=True))
    assert names == {f"drop/mugs/MUG-{n}_front.jpg" for n in range(4)} | {"drop/mugs/more/MUG-4_front.png"}
    until_true(page, lambda: finished(upload), "the page says that all is there")
    assert not list(Path(partials.path_of(Incoming(pk="x")).parent).iterdir())


def slow(page: Page, kilobytes: int) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    conditions = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": kilobytes * 1000}
    session.send("Network.emulateNetworkConditions", conditions)


def part_arrived(least: int) -> Incoming:
    """Wait until some of the only file is here, but not all of it."""
    for _ in range(600):
        incoming = Incoming.objects.first()
        if incoming and least <= partials.offset(incoming) < incoming.size:
            return incoming
        time.sleep(0.1)
    raise AssertionError("nothing arrived")


def test_who_wants_to_look_at_the_routes_can_start_without_a_reload(page: Page, folder: Path, jobs: Jobs) -> None:
    page.get_by_label("Let me look at the routes").check()
    page.locator("input[webkitdirectory]").set_input_files(folder)
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    assert Upload.objects.get().waits
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Start")).to_be_hidden()
    assert not Upload.objects.get().waits


def test_a_server_that_broke_off_costs_only_what_was_under_way(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first request dies after 300 kB, like that of a worker that is killed; the sender goes on from there."""
    source = noise(tmp_path / "MUG-1_front.png")
    offsets: list[str] = []
    page.on("request", lambda r: r.method == "PATCH" and offsets.append(r.headers["upload-offset"]))
    append = partials.append

    def dies(partial: Any, body: Any, room: int) -> None:
        append(partial, body, min(room, 300_000))
        monkeypatch.setattr(partials, "append", append)
        raise ConnectionAbortedError

    monkeypatch.setattr(partials, "append", dies)
    pick(page, [source])
    arrived(page, 1)
    assert offsets == ["0", "300000"]
    assert Photo.objects.get().sha256 == factories.sha256(source.read_bytes())


def test_a_reloaded_page_goes_on_with_the_same_file(page: Page, tmp_path: Path) -> None:
    source = noise(tmp_path / "MUG-1_front.png")
    slow(page, 500)
    pick(page, [source])
    before = part_arrived(200_000)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.get_by_text("0 of 1 files have arrived")).to_be_visible()
    pick(page, [source])
    expect(page.locator("[data-overall-label]")).to_have_text("Uploading")
    assert page.locator(".headline .mine").inner_text() == ""
    arrived(page, 1)
    assert Incoming.objects.get().pk == before.pk and Upload.objects.count() == 1
    assert Photo.objects.get().sha256 == factories.sha256(source.read_bytes())


def test_a_dropped_file_is_taken_wherever_it_falls(page: Page, folder: Path) -> None:
    data = list((folder / "mugs" / "MUG-1_front.jpg").read_bytes())
    script = """(bytes) => { const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(bytes)], "MUG-1_front.jpg", {type: "image/jpeg"}));
      document.querySelector("h1").dispatchEvent(new DragEvent("drop", {dataTransfer: transfer, bubbles: true})); }"""
    page.evaluate(script, data)
    arrived(page, 1)
    assert Photo.objects.get().bytes == len(data)


def test_the_pickers_have_keys(page: Page) -> None:
    # One listener, there before the page: between two of them a key may overtake the interception.
    opened: list[FileChooser] = []
    page.on("filechooser", lambda chooser: opened.append(chooser))
    page.reload()
    for presses, key in enumerate(("o", "d"), start=1):
        page.keyboard.press(key)
        until_true(page, lambda wanted=presses: len(opened) >= wanted, f"the key {key} opens a picker")  # type: ignore[misc]
        assert len(opened) == presses, f"the key {key} opens one picker"
    files, folder = (chooser.element for chooser in opened)
    assert all(chooser.is_multiple() for chooser in opened)
    assert files.get_attribute("webkitdirectory") is None and folder.get_attribute("webkitdirectory") is not None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_sound_on_a_telephone(page: Page, folder: Path, jobs: Jobs, scheme: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=scheme)
    pick(page, folder, which=1)
    arrived(page, 7)
    inspect_all(jobs)
    expect(page.locator("#refused")).to_be_visible(timeout=20_000)
    assert page.evaluate(TOO_WIDE) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("window.loupe.keys.clashes()") == []
    # What has arrived makes room for what came of it.
    expect(page.locator(".transfer")).to_be_hidden()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    if shots := os.environ.get("LOUPE_SHOTS"):
        page.screenshot(path=f"{shots}/upload-phone-{scheme}.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 900})
        page.screenshot(path=f"{shots}/upload-{scheme}.png", full_page=True)
        page.goto("/catalogs/spring/upload/")
        page.screenshot(path=f"{shots}/upload-new-{scheme}.png", full_page=True)
