"""Owns what OpenCV does many times quicker than NumPy and SciPy: distances, parts and shapes in a plane of pixels.

The only module that imports cv2. Everything here is exact, unless it says so.
Neighbours of a pixel are the four beside it. OpenCV runs in one thread, since jobs run side by side.
"""

import functools

import cv2
import numpy as np
import numpy.typing as npt

cv2.setNumThreads(1)

Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int32]
Indices = npt.NDArray[np.intp]
# Rows and columns of pixels.
Places = tuple[Indices, Indices]
# Left, top, right, bottom; the ends are exclusive.
Box = tuple[int, int, int, int]

_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
# Targets this near (px) are found place by place, whatever else lies in the plane.
NEAR = 12.0
# So many places around a pixel are looked at before it is asked, if that pays, which pixels have a target at all.
_CLOSE = 80


def bounds(mask: Bools | Bytes) -> Box | None:
    """The box of all that is not 0, or None."""
    left, top, width, height = cv2.boundingRect(_bytes(mask))
    return (left, top, left + width, top + height) if width else None


def around(mask: Bools | Bytes, margin: int) -> tuple[slice, slice]:
    """Rows and columns of all that is not 0 with ``margin`` px around it, within the plane; none if all is 0."""
    left, top, right, bottom = bounds(mask) or (0, 0, -margin, -margin)
    return slice(max(0, top - margin), bottom + margin), slice(max(0, left - margin), right + margin)


def places(mask: Bools) -> Places:
    """Rows and columns of all true pixels; np.nonzero takes twenty times as long."""
    return np.divmod(np.flatnonzero(mask), mask.shape[1])


def distance(inside: Bools) -> Floats:
    """Distance (px) of each true pixel to the nearest false one, infinite where there is none; 0 for false ones."""
    found = np.zeros(inside.shape, np.float32)
    # Beyond one pixel of margin all is false, so nothing there can be the nearest.
    part = around(inside, 1)
    if inside[part].all():
        found[part] = np.inf
    else:
        found[part] = cv2.distanceTransform(_bytes(inside[part]), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return found


def near(targets: Bools, rows: Indices, columns: Indices, reach: float) -> Indices:
    """The nearest target of each asked pixel as an index into the flattened plane; -1 if none is within ``reach``.

    ``reach`` is at most 128 px. Of targets equally near it takes the uppermost, then the leftmost. The places around
    a pixel are looked at from near to far, so the cost hangs on how many pixels ask, and hardly on the plane.
    """
    steps, rim = _steps(reach), int(reach)
    wide = cv2.copyMakeBorder(_bytes(targets), rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=(0,))
    width, flat = wide.shape[1], wide.ravel()
    found = np.full(len(rows), -1, np.intp)
    asking, at = np.arange(len(rows)), (rows + rim) * width + columns + rim
    for number, (down, across) in enumerate(steps):
        if number == _CLOSE and len(asking) * (len(steps) - number) > 2 * wide.size:
            kept = np.flatnonzero(_may_reach(targets, rows[asking], columns[asking], reach))
            asking, at = asking[kept], at[kept]
        hit = flat[at + (down * width + across)] != 0
        if hit.any():
            place = at[hit] + (down * width + across)
            found[asking[hit]] = (place // width - rim) * targets.shape[1] + place % width - rim
            asking, at = asking[~hit], at[~hit]
        if not len(asking):
            break
    return found


def nearest(targets: Bools, rows: Indices, columns: Indices) -> Indices:
    """The nearest target of each asked pixel as an index into the flattened plane; there must be a target.

    Exact within ``NEAR``; beyond, where chamfer distances decide, the target may be 5 % further than the nearest.
    """
    found = near(targets, rows, columns, NEAR)
    far = found < 0
    if far.any():
        # Each target has a number of its own, in the order of rows and columns.
        other, kind = _bytes(targets) ^ 1, cv2.DIST_LABEL_PIXEL
        _distances, numbers = cv2.distanceTransformWithLabels(other, cv2.DIST_L2, 5, labelType=kind)
        found[far] = np.flatnonzero(targets)[numbers[rows[far], columns[far]] - 1]
    return found


def _may_reach(targets: Bools, rows: Indices, columns: Indices, reach: float) -> Bools:
    """Which asked pixels may have a target within reach: those within the root of two times it along the axes."""
    along = cv2.distanceTransform(_bytes(targets) ^ 1, cv2.DIST_L1, 3, dstType=cv2.CV_8U)
    return np.asarray(along[rows, columns] <= reach * np.sqrt(2))


@functools.cache
def _steps(reach: float) -> tuple[tuple[int, int], ...]:
    """Steps (down, across) to all places within reach, the nearest first."""
    span = range(-int(reach), int(reach) + 1)
    steps = [(down, across) for down in span for across in span if down**2 + across**2 <= reach**2]
    return tuple(sorted(steps, key=lambda step: (step[0] ** 2 + step[1] ** 2, step)))


def parts(mask: Bools) -> tuple[Labels, int]:
    """Connected parts: their numbers from 1 at every pixel, 0 where the mask is false; and how many there are."""
    if not mask.size:
        return np.zeros(mask.shape, np.int32), 0
    count, labels = cv2.connectedComponents(_bytes(mask), connectivity=4, ltype=cv2.CV_32S)
    return np.asarray(labels, np.int32), count - 1


def gaps(mask: Bools) -> tuple[Labels, npt.NDArray[np.int64]]:
    """The connected parts of what is false, numbered, and their areas (px) by number; 0 if not enclosed.

    A gap that reaches the plane's edge is not enclosed.
    """
    labels, count = parts(~mask)
    areas = np.bincount(labels.ravel(), minlength=count + 1)
    areas[np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))] = 0
    areas[0] = 0
    return labels, areas


def eroded(mask: Bools, times: int = 1, *, beyond: bool = True) -> Bools:
    """The mask without its outermost pixels, ``times`` over; ``beyond`` is what lies outside the plane."""
    rim = 255 if beyond else 0
    shrunk = cv2.erode(_bytes(mask), _CROSS, iterations=times, borderType=cv2.BORDER_CONSTANT, borderValue=(rim,))
    return _bools(shrunk)


def dilated(mask: Bools, times: int = 1) -> Bools:
    """The mask with the pixels around it, ``times`` over."""
    return _bools(cv2.dilate(_bytes(mask), _CROSS, iterations=times))


def within(mask: Bools, reach: int) -> Bools:
    """Pixels at most ``reach`` px from one of the mask's, in a straight line."""
    span = np.arange(-reach, reach + 1)
    disc = (span[:, None] ** 2 + span**2 <= reach**2).astype(np.uint8)
    return _bools(cv2.dilate(_bytes(mask), disc))


def opened(mask: Bools, times: int = 1) -> Bools:
    """Eroded, with nothing outside the plane, and dilated again: what is thinner than twice ``times`` goes."""
    return dilated(eroded(mask, times, beyond=False), times)


def highest(values: Floats, reach: int) -> Floats:
    """The highest value within ``reach`` px in rows and columns."""
    side = 2 * reach + 1
    return np.asarray(cv2.dilate(values, np.ones((side, side), np.uint8)), np.float32)


def even(values: Bytes, reach: int) -> Bools:
    """Pixels within some square of 2 * ``reach`` + 1 px in which all values are the same."""
    square = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    same = _bytes(cv2.dilate(values, square) == cv2.erode(values, square))
    return _bools(cv2.dilate(same, square))


def averaged(values: Floats, size: int) -> Floats:
    """The mean over a square of ``size`` px; beyond the plane's edge its outermost pixels go on. To rounding."""
    return np.asarray(cv2.blur(values, (size, size), borderType=cv2.BORDER_REPLICATE), np.float32)


def blurred(values: Floats, deviation: float) -> Floats:
    """A plane or a picture with a Gaussian of ``deviation`` px over it; its outermost pixels go on beyond its edge."""
    if deviation <= 0:
        return values
    return np.asarray(cv2.GaussianBlur(values, (0, 0), deviation, borderType=cv2.BORDER_REPLICATE), np.float32)


def sampled(values: Floats, across: Floats, down: Floats) -> Floats:
    """The values (H x W, or with up to four channels) at the places ``across``, ``down``, where 0, 0 is the middle of
    the first pixel; bicubic, and 0 beyond the edges."""
    return np.asarray(cv2.remap(values, across, down, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT), np.float32)


def equalised(values: Bytes, tiles: int, limit: float) -> Bytes:
    """Levels (H x W) evened out in ``tiles`` x ``tiles`` fields, a level's share at most ``limit`` times the even one.

    Contrast limited adaptive histogram equalisation (Zuiderveld 1994).
    """
    return np.asarray(cv2.createCLAHE(limit, (tiles, tiles)).apply(values), np.uint8)


def mapped(values: Bytes, curve: Bytes) -> Bytes:
    """``curve[values]`` for a curve of 256 values."""
    return np.asarray(cv2.LUT(values, curve), np.uint8)


def divided(picture: Bytes, sure: Bools, never: Bools, guess: Bools, rounds: int) -> Bools:
    """Which pixels of a picture (H x W x 3) belong with ``sure`` and which with ``never``, from a first ``guess``.

    GrabCut (Rother, Kolmogorov, Blake 2004): colours as Gaussian mixtures, and a cut along the picture's edges. All of
    ``sure`` and ``never`` stays; each must have a pixel. Begins with the same random numbers each time.
    """
    marks = np.where(guess, np.uint8(cv2.GC_PR_FGD), np.uint8(cv2.GC_PR_BGD)).astype(np.uint8)
    marks[never], marks[sure] = cv2.GC_BGD, cv2.GC_FGD
    cv2.setRNGSeed(1)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(picture, marks, None, *models, rounds, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    return np.asarray((marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD))


def stretched(values: Floats, size: tuple[int, int]) -> Floats:
    """A plane of floats at a larger size (width, height), bilinear."""
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_LINEAR), np.float32)


def enlarged(values: Bytes, size: tuple[int, int]) -> Bytes:
    """A plane at a larger size (width, height), bicubic."""
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def png(values: Bytes) -> bytes:
    """A plane as a grey PNG. Told which filter to use, OpenCV writes one in 6 ms for which Pillow, trying all, needs 14
    (2160 x 2160 px), and which is read the quickest."""
    settings = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP]
    done, data = cv2.imencode(".png", values, settings)
    if not done:
        raise ValueError(f"no PNG of a plane of {values.shape[1]} x {values.shape[0]} px")
    return data.tobytes()


def apart(one: Bytes, other: Bytes) -> Bytes:
    """How far two planes lie apart at every pixel, 0 to 255."""
    return np.asarray(cv2.absdiff(one, other), np.uint8)


def differ(one: Bytes, other: Bytes, where: Bools) -> bool:
    """Whether two pictures (H x W x 3) differ anywhere in a mask."""
    return bool(cv2.norm(one, other, cv2.NORM_INF, _bytes(where)))


def filled(size: tuple[int, int], colour: tuple[int, int, int]) -> Bytes:
    """A picture (width, height) of one colour."""
    picture = np.empty((size[1], size[0], 3), np.uint8)
    picture[:1] = colour
    picture[1:] = picture[:1]
    return picture


def fill(picture: Bytes, where: Bools, colour: tuple[int, int, int]) -> None:
    """Set the pixels of a contiguous picture (H x W x 3) in a mask to a colour, in place."""
    cv2.copyTo(filled((picture.shape[1], picture.shape[0]), colour), _bytes(where), picture)


def _bytes(mask: Bools | Bytes) -> Bytes:
    return mask.view(np.uint8)


def _bools(mask: npt.NDArray[np.generic]) -> Bools:
    return mask.view(np.bool_)
