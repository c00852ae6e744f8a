"""Owns the joint of a garment's neck: the inside's photo laid into the opening that a mannequin left.

Both photos show the same shoulders, so the collar's ends and the shoulder lines beside them say how one lies on the
other: turned, shifted and scaled, never bent. Lengths are in pixels of the photo unless they are shares.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from processing.imaging import colour, planes
from processing.imaging.frame import Alpha, Frame, Joint, Pixels

Bools = npt.NDArray[np.bool_]
Doubles = npt.NDArray[np.float64]

# A collar that dips less than this share of its width below its ends shows nothing of the inside.
SHALLOW = 0.06
# So much of the shoulders, in widths of the collar beside it, is laid on one another.
BESIDE = (0.06, 0.45)
# Further apart than these the two photos are not of one sitting.
TURN, ZOOM = 15.0, 1.6
# Cloth this much apart (CIEDE2000) is another cloth and not another light; it keeps its colour.
OTHER_CLOTH = 15.0
# How far the inside goes on under the collar's edge, as a share of its width, and how it darkens towards it.
UNDER, DARKER, SOFT = 0.06, 0.45, 0.07


@dataclass(frozen=True, slots=True)
class Collar:
    """Where a neck's collar ends, left and right (x, y), and the garment's upper edge: a y for each column, or -1."""

    left: tuple[float, float]
    right: tuple[float, float]
    edge: npt.NDArray[np.int64]

    @property
    def width(self) -> float:
        return float(np.hypot(self.right[0] - self.left[0], self.right[1] - self.left[1]))

    @property
    def depth(self) -> float:
        """How far the edge dips below the line between the ends, as a share of the width."""
        columns = np.arange(round(self.left[0]), round(self.right[0]) + 1)
        line = np.interp(columns, (self.left[0], self.right[0]), (self.left[1], self.right[1]))
        edge = self.edge[columns]
        return float(np.max(np.where(edge >= 0, edge - line, 0), initial=0) / max(self.width, 1))


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """The joint, its misfit (% of the collar's width) and CIEDE2000 of inside and cloth; or ``why`` there is none."""

    joint: Joint | None = None
    misfit: float | None = None
    apart: float | None = None
    why: str = ""
    notes: tuple[str, ...] = ()


def collar(alpha: Alpha, neck: tuple[float, float] | None = None) -> Collar | None:
    """The collar of a garment's alpha: the highest places left and right of its neck; None where there is none.

    ``neck`` holds the first and last column of what stood in it, where that is known.
    """
    solid = alpha > 127
    box = planes.bounds(solid)
    if box is None:
        return None
    edge = np.where(solid.any(axis=0), solid.argmax(axis=0), -1)
    first, last = neck or (box[0] + 0.15 * (box[2] - box[0]), box[2] - 0.15 * (box[2] - box[0]))
    middle, more = (first + last) / 2, 0.4 * (last - first) if neck else 0.0
    left = _highest(edge, first - more, middle, inner=1)
    right = _highest(edge, middle, last + more, inner=-1)
    if left is None or right is None or right[0] - left[0] < 8:
        return None
    return Collar(left, right, edge)


def _highest(edge: npt.NDArray[np.int64], start: float, stop: float, *, inner: int) -> tuple[float, float] | None:
    """The uppermost place of the edge between two columns; of those within a pixel of it the one nearest the neck."""
    columns = np.arange(max(0, int(start)), min(len(edge), int(stop) + 1))
    columns = columns[edge[columns] >= 0]
    if not len(columns):
        return None
    high = columns[edge[columns] <= edge[columns].min() + 1]
    x = high.max() if inner > 0 else high.min()
    return float(x), float(edge[x])


def join(garment: Frame, before: Alpha, neck: tuple[float, float], inside: Frame, most: float) -> Joined:
    """The part of ``inside`` that the neck of ``garment`` shows, laid there; ``most`` is the misfit that is let pass.

    Both frames are cut out, the garment without what stood in its neck (first and last column). ``before`` is its alpha
    with that: the inside is seen nowhere else.
    """
    if garment.alpha is None or inside.alpha is None:
        return Joined(why="there is no cut-out to join")
    ours, theirs = collar(garment.alpha, neck), collar(inside.alpha)
    if ours is None:
        return Joined(why="the collar's ends can't be told")
    if ours.depth < SHALLOW:
        return Joined(why="")
    if theirs is None or theirs.depth < 0.01:
        return Joined(why="the inside's photo shows no collar: its upper edge has to dip between two shoulders")
    onto, misfit = _laid(ours, theirs)
    turn, zoom = float(np.degrees(np.arctan2(onto[1], onto[0]))), float(np.hypot(onto[0], onto[1]))
    if abs(turn) > TURN or not 1 / ZOOM < zoom < ZOOM:
        why = f"the inside lies otherwise: turned by {turn:.0f} degrees and {zoom:.2f} times as large"
        return Joined(misfit=misfit, why=why)
    if misfit > most:
        why = f"its shoulders do not fit: {misfit:.1f} % of the collar's width apart, at most {most:g} % is wanted"
        return Joined(misfit=misfit, why=why)
    return _patched(garment, before, inside, ours, onto, misfit)


def _laid(ours: Collar, theirs: Collar) -> tuple[Doubles, float]:
    """The similarity (a, b, x, y) that lays the one collar on the other, and the misfit in % of the collar's width.

    x' = a x - b y + x0 and y' = b x + a y + y0; least squares over the collar's ends and, across their slope, over the
    shoulders beside them, which are found anew after each round.
    """
    ends = np.array([theirs.left, theirs.right]), np.array([ours.left, ours.right])
    onto, misfit = _similarity(*ends), 0.0
    for _ in range(8):
        shoulders = _shoulders(theirs)
        there = _moved(shoulders, onto)
        inside = (there[:, 0] > 2) & (there[:, 0] < len(ours.edge) - 3)
        shoulders, there = shoulders[inside], there[inside]
        level, slope = _level(ours, there[:, 0])
        off = (level - there[:, 1]) / np.sqrt(1 + slope**2)
        near = np.isfinite(off) & (np.abs(off) < 0.12 * ours.width)
        onto = _step(onto, ends, shoulders[near], slope[near], off[near])
        apart = np.hypot(*(_moved(ends[0], onto) - ends[1]).T)
        lost = 1 - near.mean() if len(near) else 1.0
        misfit = float(max(np.sqrt(np.mean(off[near] ** 2)) if near.any() else 0.0, apart.mean() / 2))
        # Shoulders that lie nowhere near fit no better for being left out.
        misfit += float(lost) * 0.12 * ours.width
    return onto, 100 * misfit / ours.width


def _similarity(one: Doubles, other: Doubles) -> Doubles:
    """What lays two points on two others."""
    way, to = complex(*(one[1] - one[0])), complex(*(other[1] - other[0]))
    turn = to / way
    start = complex(*other[0]) - turn * complex(*one[0])
    return np.array([turn.real, turn.imag, start.real, start.imag])


def _moved(points: Doubles, onto: Doubles) -> Doubles:
    a, b, x, y = onto
    return np.stack([a * points[:, 0] - b * points[:, 1] + x, b * points[:, 0] + a * points[:, 1] + y], axis=-1)


def _shoulders(of: Collar) -> Doubles:
    """Places on the upper edge beside the collar's ends, both sides, as many as 120."""
    near, far = (share * of.width for share in BESIDE)
    sides = np.linspace(of.left[0] - far, of.left[0] - near, 60), np.linspace(of.right[0] + near, of.right[0] + far, 60)
    columns = np.concatenate(sides)
    columns = columns[(columns > 1) & (columns < len(of.edge) - 2)]
    level, _ = _level(of, columns)
    return np.stack([columns, level], axis=-1)[np.isfinite(level)]


def _level(of: Collar, columns: Doubles) -> tuple[Doubles, Doubles]:
    """The upper edge's y at columns and its slope there; not a number where the garment has ended."""
    smooth = np.where(of.edge < 0, np.nan, of.edge.astype(float))
    whole = np.arange(len(smooth))
    reach = max(1, round(0.02 * of.width))
    level = np.interp(columns, whole, smooth)
    after, before = (np.interp(columns + step, whole, smooth) for step in (reach, -reach))
    return level, np.nan_to_num((after - before) / (2 * reach))


def _step(onto: Doubles, ends: tuple[Doubles, Doubles], shoulders: Doubles, slope: Doubles, off: Doubles) -> Doubles:
    """One round of least squares; the four numbers of the ends weigh as much as all of the shoulders."""
    scale = max(1.0, float(np.abs(ends[0]).max()))
    heavy = np.sqrt(max(1, len(shoulders)) / 4)
    x, y = ends[0][:, 0], ends[0][:, 1]
    one, none = np.ones(2), np.zeros(2)
    missing = ends[1] - _moved(ends[0], onto)
    rows = [heavy * np.stack([x, -y, one, none], axis=-1), heavy * np.stack([y, x, none, one], axis=-1)]
    wanted = [heavy * missing[:, 0], heavy * missing[:, 1]]
    if len(shoulders):
        long = np.sqrt(1 + slope**2)
        across, down = -slope / long, 1 / long
        x, y = shoulders[:, 0], shoulders[:, 1]
        rows.append(np.stack([across * x + down * y, down * x - across * y, across, down], axis=-1))
        wanted.append(off)
    unit = np.array([1 / scale, 1 / scale, 1.0, 1.0])
    found = np.linalg.lstsq(np.concatenate(rows) * unit, np.concatenate(wanted), rcond=None)[0]
    return np.asarray(onto + found * unit)


def _patched(garment: Frame, before: Alpha, inside: Frame, ours: Collar, onto: Doubles, misfit: float) -> Joined:
    """The inside drawn where the opening shows it, in the cloth's light, darker towards the collar's edge."""
    alpha = garment.alpha if garment.alpha is not None else np.zeros(garment.rgb.shape[:2], np.uint8)
    under = max(3, round(UNDER * ours.width))
    left, right = round(ours.left[0]), round(ours.right[0]) + 1
    edge = ours.edge[left:right]
    low = int(min(ours.left[1], ours.right[1]))
    # What stood in the neck may have hidden a little of the collar's ends.
    left, right = max(0, left - 2 * under), min(alpha.shape[1], right + 2 * under)
    box = (left, max(0, low - under), right, min(alpha.shape[0], int(edge.max()) + under))
    rgb, seen = _drawn(inside, onto, box)
    opening = _opening(alpha[box[1] : box[3], left:right], under)
    if np.count_nonzero((seen > 127) & (alpha[box[1] : box[3], left:right] < 128)) < 16:
        return Joined(misfit=misfit, why="the inside's photo shows nothing where the opening is")
    ours_lab, theirs_lab = _cloth(garment.rgb, alpha, ours, under), _median(rgb, (seen > 250) & opening)
    apart = float(colour.ciede2000(ours_lab, theirs_lab))
    notes: tuple[str, ...] = ()
    if apart > OTHER_CLOTH:
        notes = (f"the inside is of another colour than the cloth (ΔE00 {apart:.0f}) and keeps it",)
    else:
        rgb = colour.srgb(colour.lab(rgb) + (ours_lab - theirs_lab))
    rgb = _shaded(rgb, alpha, box, SOFT * ours.width)
    here = before[box[1] : box[3], left:right].astype(np.uint16) * seen
    covered = ((here + 127) // 255 * opening).astype(np.uint8)
    joint = Joint(rgb, covered, box[0], box[1])
    shown = (seen > 250) & opening & (alpha[joint.box] < 8)
    across = float(colour.ciede2000(ours_lab, _median(rgb, shown))) if shown.any() else apart
    return Joined(joint, misfit, across, notes=notes)


def _opening(alpha: Alpha, under: int) -> Bools:
    """From the top of each column down to its last open pixel, and ``under`` px further, beneath the collar's edge.

    What stands open lower than the collar's edge in the middle does not: there the part of the photo has its end.
    """
    empty = alpha[: len(alpha) - under] < 128
    last = np.where(empty.any(axis=0), len(empty) - 1 - empty[::-1].argmax(axis=0), -1)
    return np.asarray(np.arange(len(alpha))[:, None] <= last + under) & (last >= 0)


def _drawn(inside: Frame, onto: Doubles, box: planes.Box) -> tuple[Pixels, Alpha]:
    """The part ``box`` of the garment's photo with the inside laid there: colours and opacity."""
    a, b, x, y = onto
    size = box[2] - box[0], box[3] - box[1]
    square = a * a + b * b
    # Pillow asks where each pixel comes from, counted from pixels' corners; the places here are pixels' middles.
    back = np.array([[a, b], [-b, a]]) / square
    start = back @ np.array([box[0] - x - 0.5, box[1] - y - 0.5]) + 0.5
    how = (back[0, 0], back[0, 1], start[0], back[1, 0], back[1, 1], start[1])
    shown, cover = inside.drawn
    turned = [
        np.asarray(Image.fromarray(plane).transform(size, Image.Transform.AFFINE, how, Image.Resampling.BICUBIC))
        for plane in (np.ascontiguousarray(shown), np.ascontiguousarray(cover if cover is not None else shown[..., 0]))
    ]
    return turned[0], turned[1]


def _cloth(rgb: Pixels, alpha: Alpha, ours: Collar, reach: int) -> npt.NDArray[np.float32]:
    """The garment's median colour (Lab) just below its collar."""
    left, right = round(ours.left[0]), round(ours.right[0]) + 1
    edge = ours.edge[left:right]
    rows = np.arange(rgb.shape[0])[:, None]
    near = (rows > edge + 2) & (rows < edge + 3 * reach) & (edge >= 0) & (alpha[:, left:right] > 250)
    return _median(rgb[:, left:right], near)


def _median(rgb: Pixels, where: Bools) -> npt.NDArray[np.float32]:
    if not where.any():
        return np.zeros(3, np.float32)
    return np.asarray(np.median(colour.lab(rgb[where]), axis=0), np.float32)


def _shaded(rgb: Pixels, alpha: Alpha, box: planes.Box, soft: float) -> Pixels:
    """The collar's own shadow on what lies behind it: the garment's alpha, blurred, takes light away."""
    margin = int(3 * soft) + 1
    top, left = max(0, box[1] - margin), max(0, box[0] - margin)
    wide = alpha[top : box[3] + margin, left : box[2] + margin]
    blurred = np.asarray(Image.fromarray(np.ascontiguousarray(wide)).filter(ImageFilter.GaussianBlur(soft)))
    part = blurred[box[1] - top :, box[0] - left :][: box[3] - box[1], : box[2] - box[0]]
    light = 1 - DARKER * np.minimum(part / np.float32(255), 0.6)
    return (rgb * light[..., None] + 0.5).astype(np.uint8)
