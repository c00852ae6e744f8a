"""How long a reviewer waits from a decision to the next photo, in a real Chromium, over at least 50 real photos.

A server of its own with photos of ../shared/data/truth in its queue. They are decided one by one as soon as the least
viewing time is over: by keyboard alone, then by mouse alone, then by touch alone on a screen 390 px wide (--way for one
of them). --json prints an object with the key p95_key_to_next_ms, of the keyboard where that was asked for, and all
figures by way; --quick takes 12 photos a way; --shots FOLDER keeps a picture of the screen in the middle of each way,
light and dark.
"""

import argparse
import atexit
import csv
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import django
import numpy as np
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.utils import timezone
from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
# A home of its own, before anything reads the settings.
HOME = tempfile.mkdtemp(prefix="loupe-speed-")
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ.update(LOUPE_HOME=HOME, DJANGO_SETTINGS_MODULE="config.settings", DJANGO_ALLOW_ASYNC_UNSAFE="true")
os.environ.pop("DATABASE_URL", None)
django.setup()

from benchmarks.serving import served  # noqa: E402
from catalog import people  # noqa: E402
from catalog.models import Catalog, Photo, Product, Upload  # noqa: E402
from processing.imaging import rendering, screens  # noqa: E402
from processing.imaging.frame import decode  # noqa: E402
from processing.models import Output, Recipe, RecipeVersion, Run  # noqa: E402
from review import queue  # noqa: E402
from review.models import Decision, Kind  # noqa: E402

TRUTH = ROOT.parent / "shared" / "data" / "truth"
PHOTOS, QUICK = 60, 12
KEYS = ("a", "a", "a", "1", "a", "Space", "5")
GOOD = "[data-approve]"
CHOICES = (GOOD, GOOD, '[data-verdicts] [data-defect="edge"]', GOOD, '[data-verdicts] [data-defect="colour"]')


def fill(count: int) -> tuple[Any, list[tuple[Photo, Output]]]:
    """``count`` real photos with their true masks; returns the reviewer and the photos with their outputs."""
    users = {user.username: user for user in people.ensure_demo_people()}
    catalog = Catalog.objects.create(name="Speed", slug="speed", owner=users["lead"])
    upload = Upload.objects.create(catalog=catalog, by=users["operator"], name="Speed")
    version = RecipeVersion.objects.create(
        recipe=Recipe.objects.create(route="general", name="Speed"), number=1, parameters={}, limits={}
    )
    made = []
    with (TRUTH / "manifest.csv").open() as handle:
        for row in islice(csv.DictReader(handle), count):
            product = Product.objects.create(catalog=catalog, sku=Path(row["image"]).stem, title=row["product"])
            made.append(_photo(upload, product, version, TRUTH / row["image"], TRUTH / row["mask"]))
    return users["reviewer"], made


def put_all(photos: list[tuple[Photo, Output]]) -> None:
    """Put the photos into the queue, as new rows on the same files, so that each way meets all of them afresh."""
    for number, (photo, output) in enumerate(photos):
        photo.pk, photo.stage, photo.sha256 = None, "processed", f"{Photo.objects.count():032x}{number:032x}"
        photo.save(force_insert=True)
        run = Run.objects.create(
            photo=photo, recipe_version=output.recipe_version, status="done", lease_until=timezone.now()
        )
        output.pk, output.photo, output.run, output.sha256 = None, photo, run, photo.sha256
        output.save(force_insert=True)
        queue.put(photo, Kind.FLAGGED, note="")


def _photo(upload: Any, product: Any, version: Any, image: Path, mask: Path) -> tuple[Photo, Output]:
    data = image.read_bytes()
    frame = decode(data, max_pixels=100_000_000)
    with Image.open(mask) as picture:
        alpha = np.asarray(picture.convert("L"))
    canvas = rendering.place(frame.with_alpha(alpha), rendering.MASTER)
    height, width = frame.rgb.shape[:2]
    photo = Photo(
        catalog=upload.catalog, upload=upload, product=product, name=image.name, view="front", stage="processed",
        sha256=hashlib.sha256(data).hexdigest(), width=width, height=height, route="general",
    )  # fmt: skip
    photo.source.save(image.name, ContentFile(data), save=False)
    photo.preview.save("preview.jpg", ContentFile(screens.jpeg(screens.shrink(frame.rgb, 1600))), save=False)
    photo.save()
    run = Run.objects.create(photo=photo, recipe_version=version, status="done", lease_until=photo.created_at)
    preview = screens.jpeg(screens.shrink(canvas.rgb, 1600))
    output = Output.objects.create(
        photo=photo, run=run, recipe_version=version, sha256=photo.sha256, verdict="flag", risk=0.5,
        width=canvas.rgb.shape[1], height=canvas.rgb.shape[0],
        placement={"scale": canvas.scale, "x": canvas.offset[0], "y": canvas.offset[1]},
        alpha=ContentFile(screens.alpha_png(alpha), "alpha.png"), preview=ContentFile(preview, "preview.jpg"),
        thumb=ContentFile(preview, "thumb.jpg"),
    )  # fmt: skip
    return photo, output


def by_keyboard(page: Any, number: int) -> None:
    page.keyboard.press(KEYS[number % len(KEYS)])


def by_mouse(page: Any, number: int) -> None:
    """Like a person: the wheel for a closer look now and then, a drag of the slider, a defect with more said of it."""
    if number % 5 == 1:
        page.mouse.move(500, 400)
        page.mouse.wheel(0, -240)
        page.mouse.wheel(0, 240)
    if number % 7 == 3:
        _click(page, "[data-options]")
        _click(page, "[data-more-form] label:has([value=residue])")
        _click(page, "[data-more-form] label:has([value=minor])")
        return _click(page, "[data-more-form] [type=submit]")
    return _click(page, CHOICES[number % len(CHOICES)])


def _click(page: Any, selector: str) -> None:
    """A click where the thing is on the screen; fails when a person could not reach it without scrolling."""
    box = page.locator(selector).first.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def by_touch(page: Any, number: int) -> None:
    if number % 7 == 3:
        page.locator("[data-options]").tap()
        page.locator("[data-more-form] label:has([value=residue])").tap()
        page.locator("[data-more-form] [type=submit]").tap()
    else:
        page.locator(CHOICES[number % len(CHOICES)]).tap()


WIDE: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
WAYS: dict[str, tuple[Callable[[Any, int], None], dict[str, Any]]] = {
    "keyboard": (by_keyboard, WIDE),
    "mouse": (by_mouse, WIDE),
    "touch": (by_touch, PHONE),
}


def drive(address: str, link: str, count: int, way: str, shots: Path | None) -> list[float]:
    """Decide ``count`` photos in one way; milliseconds from each decision to the next photo on the screen."""
    act, screen = WAYS[way]
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("google-chrome")
        quiet = ["--no-sandbox", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=program, args=quiet)
        page = browser.new_page(**screen)
        page.on("pageerror", _broken)
        page.goto(link)
        page.goto(f"{address}/review/")
        for number in range(count):
            _until(page, "window.loupe?.queue?.shownAt > 0")
            page.wait_for_timeout(760)
            if shots and number == count // 2:
                _keep(page, shots, way)
            act(page, number)
        _until(page, "loupe.queue.outbox.length === 0 && !loupe.queue.sending")
        timings: list[float] = page.evaluate("loupe.queue.timings")
        browser.close()
    return timings


def _broken(error: Any) -> None:
    raise SystemExit(f"A script of the page broke: {error}")


def _keep(page: Any, folder: Path, way: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=str(folder / f"{way}-{scheme}.png"))


def _until(page: Any, expression: str) -> None:
    for _ in range(600):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"never came true: {expression}")


def measure(count: int, ways: list[str], shots: Path | None) -> dict[str, Any]:
    """Fill, serve, drive each way; the last decision leads to no next photo: one timing fewer than photos."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    reviewer, photos = fill(count)
    found = {}
    with served(HOME) as address:
        for way in ways:
            put_all(photos)
            before = Decision.objects.count()
            reviewer.refresh_from_db()  # a one-time link knows the last sign-in
            found[way] = figures(drive(address, people.sign_in_link(reviewer, address), count, way, shots))
            if (decided := Decision.objects.count() - before) != count:
                raise SystemExit(f"{decided} of {count} decisions by {way} reached the server.")
    first = found[ways[0]]
    return {"p95_key_to_next_ms": first["p95_ms"], "photos": count, "ways": found}


def figures(timings: list[float]) -> dict[str, float]:
    ordered = sorted(timings)
    at = {"median_ms": len(ordered) // 2, "p95_ms": int(0.95 * len(ordered)), "worst_ms": -1}
    return {name: round(ordered[place], 1) for name, place in at.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} photos instead of {PHOTOS}")
    parser.add_argument("--way", choices=[*WAYS, "all"], default="all")
    parser.add_argument("--shots", type=Path, help="keep screenshots in this folder")
    asked = parser.parse_args()
    ways = list(WAYS) if asked.way == "all" else [asked.way]
    found = measure(QUICK if asked.quick else PHOTOS, ways, asked.shots)
    if asked.json:
        print(json.dumps(found))
        return
    print(f"{found['photos']} photos a way; milliseconds from the decision to the next photo on the screen")
    for way, values in found["ways"].items():
        print(f"{way:<12}" + "".join(f"{name.removesuffix('_ms'):>10} {value:>6}" for name, value in values.items()))


if __name__ == "__main__":
    main()
