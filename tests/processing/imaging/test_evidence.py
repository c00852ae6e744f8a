"""What the checks look at: measured once, at a working size, true to the photo."""

import numpy as np
import pytest

from processing.imaging import evidence
from processing.imaging.evidence import Evidence
from processing.imaging.frame import Frame
from tests.processing.imaging.damages import drawn, perfect


def large() -> Evidence:
    """A product of 1000 x 1200 on a photo of 2048 x 1536 px."""
    rgb, alpha = np.full((1536, 2048, 3), 200, np.uint8), np.zeros((1536, 2048), np.uint8)
    alpha[200:1200, 400:1600] = 255
    rgb[alpha > 0] = 30
    return Evidence(Frame(rgb), Frame(rgb, alpha))


def test_a_cutout_without_alpha_is_refused() -> None:
    with pytest.raises(ValueError, match="without alpha"):
        Evidence(drawn().frame, drawn().frame)


def test_a_small_photo_is_measured_as_it_is() -> None:
    found = perfect()
    assert found.scale == 1
    assert (found.rgb == drawn().rgb).all()
    assert np.abs(found.alpha * 255 - drawn().alpha).max() < 0.01


def test_a_large_photo_is_measured_small_and_keeps_its_shares() -> None:
    found = large()
    assert found.scale == 0.5
    assert found.rgb.shape == (768, evidence.EDGE, 3) and found.alpha.shape == (768, evidence.EDGE)
    assert found.area == 500 * 600
    assert found.full_alpha.shape == (1536, 2048)


def test_depth_is_the_distance_to_the_outline() -> None:
    found = large()
    assert found.depth[350, 500] == 250 and found.depth[0, 0] == 0
    assert found.depth.dtype == np.float32


def test_the_contour_is_one_pixel_wide_and_goes_all_round() -> None:
    assert large().contour.sum() == 2 * (500 + 600) - 4


def test_parts_come_largest_first() -> None:
    pair = perfect(drawn("pair"))
    alpha = pair.full_alpha.copy()
    alpha[5:15, 5:25] = 255
    found = Evidence(pair.source, pair.cutout.with_alpha(alpha)).components
    assert len(found) == 3
    assert found[0] >= found[1] > found[2] == 200


def test_an_empty_cutout_has_no_parts_and_no_area() -> None:
    nothing = Evidence(drawn().frame, drawn().frame.with_alpha(np.zeros((320, 400), np.uint8)))
    assert nothing.area == 0 and nothing.components.size == 0 and not nothing.contour.any()


def test_each_measurement_is_made_once() -> None:
    found = perfect()
    assert found.depth is found.depth and found.rgb is found.rgb
