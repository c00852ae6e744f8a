"""Photos to repair, and somebody's hand on the repair page."""

from typing import Any

import numpy as np
from django.core.files.base import ContentFile
from PIL import Image
from playwright.sync_api import Page

from catalog.flow import Stage
from catalog.models import Photo
from processing import outputs, recipes
from processing.imaging.frame import decode
from processing.models import Output, Run
from tests import factories
from tests.browser.patience import until
from tests.images import product_shot


def with_output(alpha: np.ndarray, source: bytes = b"") -> Photo:
    """A photo in the manual lane with a machine's output of that alpha; drawn where no source is given."""
    shot = product_shot(fill=0.5)
    data = source or shot.encoded("PNG")
    height, width = alpha.shape
    suffix = "jpg" if source else "png"
    photo = factories.make_photo(
        stage=Stage.FAILED, source=ContentFile(data, f"source.{suffix}"), width=width, height=height
    )
    version = recipes.active_of("general")
    finished = outputs.finish(decode(data), alpha, version.parameters)
    made = outputs.make(*finished, version, seconds={})
    run = Run.objects.create(photo=photo, recipe_version=version, status="done", lease_until=photo.created_at)
    outputs.write(photo, made, outputs.store(photo, made, occasion="test"), recipe_version=version, run=run)
    return photo


class Hand:
    """Somebody's hand on the page: places are pixels of the photo."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def at(self, x: float, y: float) -> tuple[float, float]:
        spot = self.page.evaluate(f"loupe.repair.toScreen({x}, {y})")
        return spot["x"], spot["y"]

    def kept(self, x: int, y: int) -> int:
        return int(self.page.evaluate(f"loupe.repair.at({x}, {y})"))

    def drag(self, *places: tuple[float, float]) -> None:
        self.page.mouse.move(*self.at(*places[0]))
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*self.at(*place), steps=5)
        self.page.mouse.up()

    def click(self, x: float, y: float, **options: Any) -> None:
        self.page.mouse.click(*self.at(x, y), **options)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def brush(self, size: int, hardness: int = 100) -> None:
        self.page.locator("#brush-size").fill(str(size))
        self.page.locator("#brush-hard").fill(str(hardness))

    def seen(self) -> None:
        """Wait until the preview shows what was set last."""
        self.page.wait_for_timeout(150)
        until(self.page, "loupe.repair.preview.settled")


def saved(hand: Hand, photo: Photo) -> tuple[Output, np.ndarray]:
    with hand.page.expect_navigation():
        hand.press("s")
    output = Output.objects.filter(photo=photo).latest("pk")
    with output.alpha.open() as handle:
        return output, np.asarray(Image.open(handle))
