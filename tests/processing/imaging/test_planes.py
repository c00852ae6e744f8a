"""Planes of pixels: what OpenCV gives is what SciPy and plain NumPy give, on drawn and on random masks."""

import cv2
import numpy as np
import pytest
from scipy import ndimage

from processing.imaging import planes
from processing.imaging.planes import Bools
from tests.processing.imaging.damages import drawn

RANDOM = np.random.default_rng(7)


def masks() -> list[Bools]:
    """Products, and noise of every density on small planes, where borders and corners count most."""
    products = [drawn(shape).alpha > 127 for shape in ("ring", "strap", "pair")]
    shapes = [(int(h), int(w)) for h, w in RANDOM.integers(1, 50, (60, 2))]
    return products + [RANDOM.random(shape) < RANDOM.choice([0.01, 0.1, 0.5, 0.9, 0.99]) for shape in shapes]


MASKS = masks()
SPLIT = [mask for mask in MASKS if mask.any() and not mask.all()]


def test_opencv_runs_in_one_thread() -> None:
    assert cv2.getNumThreads() == 1


@pytest.mark.parametrize("size", [(160, 90), (41, 33), (40, 30)])
def test_enlarged_an_edge_stays_where_it_was_and_levels_in_their_range(size: tuple[int, int]) -> None:
    plane = np.zeros((30, 40), np.uint8)
    plane[:, 20:] = 255
    found = planes.enlarged(plane, size)
    assert found.shape == size[::-1] and found.dtype == np.uint8
    assert not found[:, : size[0] // 4].any() and (found[:, -size[0] // 4 :] == 255).all()
    assert np.count_nonzero(found[0] > 127) == pytest.approx(size[0] / 2, abs=0.6)
    assert (np.diff(found[0].astype(int)) >= -30).all(), "an overshoot is cut, not wrapped around"


def test_bounds_are_those_of_what_is_not_0() -> None:
    plane = np.zeros((30, 40), np.uint8)
    assert planes.bounds(plane) is None and plane[planes.around(plane, 5)].size == 0
    plane[7, 12], plane[9, 30] = 1, 255
    assert planes.bounds(plane) == planes.bounds(plane > 0) == (12, 7, 31, 10)
    assert planes.around(plane, 0) == (slice(7, 10), slice(12, 31))
    assert plane[planes.around(plane, 10)].shape == (20, 38)


@pytest.mark.parametrize("mask", MASKS[::7])
def test_places_are_rows_and_columns(mask: Bools) -> None:
    assert (np.array(planes.places(mask)) == np.array(np.nonzero(mask))).all()


def test_distances_are_exact() -> None:
    for mask in SPLIT:
        found = planes.distance(mask)
        assert found.dtype == np.float32
        assert np.abs(found - ndimage.distance_transform_edt(mask)).max() < 1e-4
        whole = ndimage.distance_transform_edt(mask) % 1 == 0
        assert (found[whole] % 1 == 0).all()  # limits at whole pixels must not hang on rounding


def test_distance_is_infinite_where_there_is_nothing_to_reach() -> None:
    assert np.isinf(planes.distance(np.ones((5, 6), bool))).all()
    assert not planes.distance(np.zeros((5, 6), bool)).any()


def apart(found: planes.Indices, rows: planes.Indices, columns: planes.Indices, width: int) -> planes.Indices:
    """Squared distances of asked pixels to what was found for them."""
    down, across = np.divmod(found, width)
    return (down - rows) ** 2 + (across - columns) ** 2


@pytest.mark.parametrize("reach", [1.0, 3.0, 12.0, 40.0])
def test_near_is_the_nearest_target_within_reach_or_none(reach: float) -> None:
    for targets in SPLIT:
        rows, columns = planes.places(~targets)
        true = np.rint(ndimage.distance_transform_edt(~targets)[rows, columns] ** 2)
        found = planes.near(targets, rows, columns, reach)
        there = found >= 0
        assert (there == (true <= reach**2)).all()
        assert targets.ravel()[found[there]].all()
        assert (apart(found, rows, columns, targets.shape[1])[there] == true[there]).all()


def test_near_is_exact_where_most_pixels_have_no_target() -> None:
    """Many pixels that ask in vain are told so in one go; none of those in reach may be among them."""
    targets = np.zeros((300, 300), bool)
    targets[150, 150] = True
    rows, columns = planes.places(~targets)
    found = planes.near(targets, rows, columns, 12.5)
    assert ((found >= 0) == (np.hypot(rows - 150, columns - 150) <= 12.5)).all()


def test_near_prefers_the_uppermost_then_the_leftmost() -> None:
    targets = np.zeros((9, 9), bool)
    targets[4, 2] = targets[4, 6] = targets[6, 4] = True
    asked = np.array([4])
    assert planes.near(targets, asked, asked, 3.0) == [4 * 9 + 2]
    targets[2, 4] = True
    assert planes.near(targets, asked, asked, 3.0) == [2 * 9 + 4]


def test_nearest_is_exact_nearby_and_at_most_a_twentieth_further_far_away() -> None:
    sparse = RANDOM.random((400, 500)) < 0.0001
    assert 5 < sparse.sum() < 60
    for targets in [sparse, *SPLIT]:
        rows, columns = planes.places(~targets)
        found = planes.nearest(targets, rows, columns)
        assert targets.ravel()[found].all()
        true = ndimage.distance_transform_edt(~targets)[rows, columns]
        given = np.sqrt(apart(found, rows, columns, targets.shape[1]))
        assert (given <= true * np.where(true <= planes.NEAR, 1, 1.05) + 1e-9).all()


def test_parts_are_those_of_four_neighbours() -> None:
    for mask in MASKS:
        labels, count = planes.parts(mask)
        others, expected = ndimage.label(mask)
        assert count == expected and labels.dtype == np.int32
        assert ((labels > 0) == mask).all()
        assert len(np.unique(labels.astype(int) * (count + 1) + others)) == len(np.unique(others))


def test_gaps_are_what_filling_would_fill() -> None:
    for mask in MASKS:
        labels, areas = planes.gaps(mask)
        filled = ndimage.binary_fill_holes(mask) & ~mask
        assert ((areas > 0)[labels] == filled).all()
        assert areas.sum() == filled.sum() and areas[0] == 0


@pytest.mark.parametrize("times", [1, 3, 10])
def test_shapes_grow_and_shrink_as_in_scipy(times: int) -> None:
    for mask in MASKS:
        for beyond in (True, False):
            expected = ndimage.binary_erosion(mask, iterations=times, border_value=beyond)
            assert (planes.eroded(mask, times, beyond=beyond) == expected).all()
        assert (planes.dilated(mask, times) == ndimage.binary_dilation(mask, iterations=times)).all()
        assert (planes.opened(mask, times) == ndimage.binary_opening(mask, iterations=times)).all()


@pytest.mark.parametrize("reach", [1, 2, 3, 5])
def test_within_is_by_distance(reach: int) -> None:
    for mask in MASKS:
        if mask.any():
            assert (planes.within(mask, reach) == (ndimage.distance_transform_edt(~mask) <= reach)).all()


def test_filters_are_those_of_scipy() -> None:
    values = RANDOM.random((60, 83)).astype(np.float32)
    assert (planes.highest(values, 3) == ndimage.maximum_filter(values, 7)).all()
    assert np.abs(planes.averaged(values, 3) - ndimage.uniform_filter(values, 3, mode="nearest")).max() < 1e-6


def test_a_curve_maps_every_value() -> None:
    values, curve = RANDOM.integers(0, 256, (20, 30, 3), np.uint8), RANDOM.integers(0, 256, 256, np.uint8)
    assert (planes.mapped(values, curve) == curve[values]).all()


def test_planes_lie_apart_by_the_size_of_the_difference() -> None:
    one, other = RANDOM.integers(0, 256, (2, 40, 50), dtype=np.uint8)
    assert (planes.apart(one, other) == np.abs(one.astype(int) - other)).all()


def test_pictures_differ_only_where_they_are_compared() -> None:
    one = RANDOM.integers(0, 256, (20, 30, 3), np.uint8)
    other, where = one.copy(), np.ones((20, 30), bool)
    assert not planes.differ(one, other, where)
    other[3, 4, 2] ^= 1
    assert planes.differ(one, other, where)
    where[3, 4] = False
    assert not planes.differ(one, other, where)


def test_only_the_masked_pixels_are_filled() -> None:
    picture = planes.filled((30, 20), (1, 2, 3))
    assert picture.shape == (20, 30, 3) and (picture == (1, 2, 3)).all()
    where = RANDOM.random((20, 30)) < 0.5
    planes.fill(picture, where, (250, 251, 252))
    assert (picture[where] == (250, 251, 252)).all() and (picture[~where] == (1, 2, 3)).all()


def test_a_plane_without_pixels_or_without_parts_has_none() -> None:
    labels, count = planes.parts(np.zeros((0, 0), bool))
    assert labels.shape == (0, 0) and count == 0
    labels, count = planes.parts(np.zeros((3, 4), bool))
    assert not labels.any() and count == 0


def test_a_division_follows_the_picture_and_is_the_same_each_time() -> None:
    picture = np.full((60, 80, 3), (200, 60, 50), np.uint8)
    picture[:, 33:] = (60, 90, 180)
    picture = np.clip(picture + RANDOM.normal(0, 6, picture.shape), 0, 255).astype(np.uint8)
    sure, never, guess = (np.zeros((60, 80), bool) for _ in range(3))
    sure[:, :20], never[:, 60:], guess[:, :45] = True, True, True
    found = planes.divided(picture, sure, never, guess, 3)
    assert found[:, :32].all() and not found[:, 34:].any()
    cv2.setRNGSeed(99)
    assert (planes.divided(picture, sure, never, guess, 3) == found).all()


def test_floats_are_stretched_without_a_step() -> None:
    wide = planes.stretched(np.array([[0.0, 1.0]], np.float32), (8, 4))
    assert wide.shape == (4, 8) and (np.diff(wide[0]) >= 0).all() and (wide[0, 0], wide[0, -1]) == (0, 1)
