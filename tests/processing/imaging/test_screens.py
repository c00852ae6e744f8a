"""Pictures for the screen: small, true in colour at the edges, and masks that come back as they were."""

import io

import numpy as np
import pytest
from PIL import Image

from processing.imaging import screens
from processing.imaging.frame import Joint
from tests.images import RED, WHITE
from tests.processing.imaging.damages import drawn


@pytest.mark.parametrize(("edge", "size"), [(200, (200, 160)), (400, (400, 320)), (5000, (400, 320)), (1, (1, 1))])
def test_a_picture_is_shrunk_to_its_longest_edge_and_never_enlarged(edge: int, size: tuple[int, int]) -> None:
    small = screens.shrink(drawn().rgb, edge)
    assert (small.shape[1], small.shape[0]) == size


def test_a_strip_keeps_a_pixel_of_its_short_side() -> None:
    assert screens.shrink(np.zeros((2, 4000, 3), np.uint8), 100).shape == (1, 100, 3)


def test_shrinking_keeps_the_colours() -> None:
    small = screens.shrink(drawn(background=WHITE).rgb, 100)
    assert np.abs(small[40, 50].astype(int) - RED).max() <= 4
    assert (small[0, 0] == 255).all()


def test_a_jpeg_keeps_the_colour_of_an_edge() -> None:
    """Without subsampling red next to white stays red; with it the fringe would be a reviewer's false alarm."""
    rgb = np.full((64, 64, 3), 255, np.uint8)
    rgb[:, 31:] = RED
    with Image.open(io.BytesIO(screens.jpeg(rgb, 95))) as picture:
        assert picture.format == "JPEG" and picture.size == (64, 64)
        back = np.asarray(picture).astype(int)
    assert np.abs(back[32, 31:33] - RED).max() < 25
    assert np.abs(back[32, 29:31] - 255).max() < 25


def test_quality_buys_bytes() -> None:
    assert len(screens.jpeg(drawn().rgb, 40)) < len(screens.jpeg(drawn().rgb))


def test_a_mask_comes_back_as_it_was() -> None:
    alpha = np.random.default_rng(5).integers(0, 256, (37, 53)).astype(np.uint8)
    assert (screens.read_alpha(screens.alpha_png(alpha)) == alpha).all()


def test_a_mask_drawn_elsewhere_in_colour_is_read_as_grey() -> None:
    handle = io.BytesIO()
    Image.new("RGB", (4, 3), (255, 255, 255)).save(handle, "PNG")
    found = screens.read_alpha(handle.getvalue())
    assert found.shape == (3, 4) and (found == 255).all()


def test_a_small_copy_draws_no_rim_along_an_edge() -> None:
    rgb = np.full((300, 400, 3), 60, np.uint8)
    rgb[:, 200:] = 200
    small = screens.shrink(rgb, 297)
    assert small.shape == (223, 297, 3)
    assert (small.min(), small.max()) == (60, 200)


def test_a_joint_comes_back_as_it_was_with_its_place() -> None:
    random = np.random.default_rng(3)
    joint = Joint(random.integers(0, 256, (9, 14, 3), np.uint8), random.integers(0, 256, (9, 14), np.uint8), 1204, 77)
    back = screens.read_joint(screens.joint_png(joint))
    assert (back.rgb == joint.rgb).all() and (back.alpha == joint.alpha).all()
    assert (back.x, back.y) == (1204, 77)
