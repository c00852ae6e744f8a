"""How long a reviewer waits from a key to the next photo, in a real Chromium, over at least 50 real photos.

A server of its own with photos of ../shared/data/truth in its queue; the keyboard approves or rejects each one as soon
as the least viewing time is over. --json prints an object with the key p95_key_to_next_ms; --quick takes 12 photos.
"""

import argparse
import atexit
import csv
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import django
import numpy as np
from django.core.files.base import ContentFile
from django.core.management import call_command
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


def fill(count: int) -> Any:
    """Put ``count`` real photos with their true masks into the queue; returns the reviewer."""
    users = {user.username: user for user in people.ensure_demo_people()}
    catalog = Catalog.objects.create(name="Speed", slug="speed", owner=users["lead"])
    upload = Upload.objects.create(catalog=catalog, by=users["operator"], name="Speed")
    version = RecipeVersion.objects.create(
        recipe=Recipe.objects.create(route="general", name="Speed"), number=1, parameters={}, limits={}
    )
    with (TRUTH / "manifest.csv").open() as handle:
        for row in islice(csv.DictReader(handle), count):
            product = Product.objects.create(catalog=catalog, sku=Path(row["image"]).stem, title=row["product"])
            _photo(upload, product, version, TRUTH / row["image"], TRUTH / row["mask"])
    return users["reviewer"]


def _photo(upload: Any, product: Any, version: Any, image: Path, mask: Path) -> None:
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
    Output.objects.create(
        photo=photo, run=run, recipe_version=version, sha256=photo.sha256, verdict="flag", risk=0.5,
        width=canvas.rgb.shape[1], height=canvas.rgb.shape[0],
        placement={"scale": canvas.scale, "x": canvas.offset[0], "y": canvas.offset[1]},
        alpha=ContentFile(screens.alpha_png(alpha), "alpha.png"), preview=ContentFile(preview, "preview.jpg"),
        thumb=ContentFile(preview, "thumb.jpg"),
    )  # fmt: skip
    queue.put(photo, Kind.FLAGGED, note="")


@contextmanager
def served(home: str) -> Iterator[str]:
    """Loupe's web server over ``home``, as `manage.py up` runs it; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--workers", "2", "--threads", "4"]
    command += ["--worker-class", "gthread", "--bind", f"127.0.0.1:{port}", "--control-socket", f"{home}/gunicorn.ctl"]
    with (Path(home) / "server.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=dict(os.environ))
    try:
        _wait(port, server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def _wait(port: int, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if server.poll() is not None:
            raise SystemExit("The server ended.")
        time.sleep(0.1)
    raise AssertionError("the server does not answer")


def drive(address: str, link: str, count: int) -> list[float]:
    """Decide ``count`` photos by keyboard; milliseconds from each key to the next photo on the screen."""
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("google-chrome")
        quiet = ["--no-sandbox", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=program, args=quiet)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(link)
        page.goto(f"{address}/review/")
        for number in range(count):
            _until(page, "window.loupe?.queue?.shownAt > 0")
            page.wait_for_timeout(760)
            page.keyboard.press(KEYS[number % len(KEYS)])
        _until(page, "loupe.queue.outbox.length === 0 && !loupe.queue.sending")
        timings: list[float] = page.evaluate("loupe.queue.timings")
        browser.close()
    return timings


def _until(page: Any, expression: str) -> None:
    for _ in range(600):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"never came true: {expression}")


def measure(count: int) -> dict[str, Any]:
    """Fill, serve, drive; the last decision leads to no next photo, so there is one timing fewer than photos."""

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    reviewer = fill(count)
    with served(HOME) as address:
        timings = sorted(drive(address, people.sign_in_link(reviewer, address), count))
    decided = Decision.objects.count()
    if decided != count:
        raise SystemExit(f"{decided} of {count} decisions reached the server.")
    return {
        "p95_key_to_next_ms": round(timings[int(0.95 * len(timings))], 1),
        "median_key_to_next_ms": round(timings[len(timings) // 2], 1),
        "worst_key_to_next_ms": round(timings[-1], 1),
        "photos": count,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} photos instead of {PHOTOS}")
    asked = parser.parse_args()
    found = measure(QUICK if asked.quick else PHOTOS)
    if asked.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:<24}{value:>8}")


if __name__ == "__main__":
    main()
