"""Owns the mannequin in a photo of a garment: which part of the subject it is, or why none is taken.

A mannequin is known by its colour in any light, by a surface smoother than cloth, and by where it comes out of a
garment: at the neck, at the sleeves' ends, at the hem. What has its colour elsewhere is left to the garment. Lengths
are shares of the subject's height or width, so that they hold at any size.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from processing.imaging import colour, planes, scaling
from processing.imaging.frame import Alpha, Pixels

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

# What studios' mannequins are made in, in the light that photos are taken in (sRGB).
COLOURS: dict[str, str] = {"white": "#e8e6e2", "black": "#1e1e20", "grey": "#8c8c8e", "skin": "#dbb092"}
# The longest edge at which mannequins are looked for (px); the edge to the cloth is found again in the photo itself.
EDGE = 800
# A mannequin in shade and in light has its colour times these, in linear light.
SHADES = np.linspace(0.3, 1.15, 9)
# Where cloth is like a mannequin in shade, such as grey cloth on a white one, only brighter places tell them apart.
BRIGHT = SHADES[SHADES > 0.6]
# Nearer to the cloth than this (CIEDE2000) nobody could tell the two apart.
TOO_CLOSE = 8.0
# Deviation of lightness (L*) from what is around it: a mannequin's is below, most cloth's above.
SMOOTH, SMOOTHER = 2.2, 1.2
# Smaller parts (share of the subject) are buttons, prints and shine; larger ones are no stump any more.
LEAST, MOST = 0.002, 0.5
# How far around a stump its edge to the cloth is looked at (working px), and colours that tell it (levels apart).
REACH, LEAST_WAY = 16, 24.0
# So much of the subject's height is mannequin and nothing else at the top; under a strict search more.
DEEP = {False: 0.012, True: 0.035}
ALL_ALIKE = "most of the subject has its colour"
NOTHING = "nothing of its colour where a mannequin comes out of a garment"


@dataclass(frozen=True, slots=True)
class Stump:
    """A part of the subject that is mannequin: the zone where it comes out, and its pixels at working size."""

    zone: str
    mask: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Stumps at working size with the mannequin's colour there (Lab), its difference to the cloth, or ``why`` none.

    ``shaded``: in shade the mannequin looks like the cloth, so that only its brighter places were taken.
    """

    stumps: tuple[Stump, ...] = ()
    shaded: bool = False
    shade: Floats | None = None
    apart: float | None = None
    why: str = ""

    @property
    def mask(self) -> Bools:
        """All stumps in one plane; there must be one."""
        return np.asarray(np.logical_or.reduce([stump.mask for stump in self.stumps]))

    @property
    def hidden(self) -> bool:
        """Whether one may be there that nobody could tell from the cloth."""
        return not self.stumps and (self.apart is not None or self.why == ALL_ALIKE)

    @property
    def zones(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(stump.zone for stump in self.stumps))


@dataclass(eq=False)
class View:
    """The photo at working size, with what every search asks of it."""

    rgb: Pixels
    subject: Bools
    box: planes.Box = field(init=False)

    def __post_init__(self) -> None:
        self.box = planes.bounds(self.subject) or (0, 0, 1, 1)

    @cached_property
    def lab(self) -> Floats:
        return colour.lab(self.rgb)

    @cached_property
    def rough(self) -> Floats:
        lightness = np.ascontiguousarray(self.lab[..., 0])
        around = planes.averaged(lightness, 7)
        return planes.averaged(np.abs(planes.averaged(lightness, 3) - around), 7)

    @property
    def area(self) -> int:
        return int(np.count_nonzero(self.subject))


def view(rgb: Pixels, alpha: Alpha) -> View:
    """A photo and its alpha at the size at which mannequins are looked for."""
    size = scaling.fitted((rgb.shape[1], rgb.shape[0]), EDGE)
    return View(np.ascontiguousarray(scaling.even(rgb, size)), scaling.even(alpha, size) > 127)


def lab_of(text: str) -> Floats:
    """The Lab colour (3) of "#rrggbb". Raises ValueError."""
    # Python's own reading of numbers would take signs, blanks and other scripts' digits.
    if not re.fullmatch("#?[0-9a-fA-F]{6}", text):
        raise ValueError(f"{text!r} is no colour like #e8e6e2")
    return colour.lab(np.frombuffer(bytes.fromhex(text.removeprefix("#")), np.uint8))


def find(seen: View, wanted: Floats, tolerance: float, zones: Sequence[str], *, strict: bool = False) -> Found:
    """The stumps of a mannequin of the colour ``wanted`` (Lab), within ``tolerance`` (CIEDE2000) in any shade of it.

    ``zones`` are of "neck", "arms" and "hem". ``strict`` is for a colour that nobody named: only with a neck that
    stands free, is smoother still, and far from the cloth's colour.
    """
    parts = _parts(_like(seen.rgb, seen.subject, wanted, tolerance), seen)
    neck, why = _neck(seen, parts, strict=strict)
    shaded = why == ALL_ALIKE
    if shaded:
        parts = _parts(_like(seen.rgb, seen.subject, wanted, tolerance, BRIGHT), seen)
        neck, why = _neck(seen, parts, strict=strict)
    if neck is None and (strict or why.startswith("a person")):
        return Found(why=why)
    # Bright folds of such cloth would pass for further parts.
    rest = [] if shaded else parts
    stumps = _others(seen, rest, neck, zones)
    if neck is not None and "neck" in zones:
        stumps = [Stump("neck", part) for part in (neck, *_further(seen, neck, rest))] + stumps
    return replace(_apart(seen, stumps, strict=strict), shaded=shaded) if stumps else Found(why=why or NOTHING)


def left(seen: View, garment: Bools, found: Found) -> float:
    """What has the mannequin's colour still and lies at the cut or where one comes out, in % of the garment's box."""
    box = planes.bounds(garment)
    if box is None or found.shade is None:
        return 0.0
    parts = _parts(_like(seen.rgb, garment, found.shade, 6.0), seen)
    cut = planes.within(found.mask, 6)
    still = [part for part in parts if _zone(seen, part) or (part & cut).any()]
    return 100 * int(sum(map(np.count_nonzero, still))) / ((box[2] - box[0]) * (box[3] - box[1]))


def matte(rgb: Pixels, seen: View, found: Found, stump: Stump) -> tuple[tuple[slice, slice], Alpha]:
    """How much of each of the photo's pixels is mannequin, 0 to 255, in the part of it around one of its stumps.

    Each by itself, since the part of the photo that holds neck and hem is all of it. The working edge tells which side
    a pixel is on; within three working pixels of it the pixel's colour, between the cloth's and the mannequin's nearby,
    tells how much.
    """
    # A rim of the mannequin that the cut has left is no cloth.
    mask, cloth = found.mask, planes.opened(seen.subject & ~found.mask, 1)
    small = planes.around(stump.mask, REACH)
    signed = (planes.distance(~cloth) - planes.distance(~mask))[small]
    scale = rgb.shape[1] / mask.shape[1], rgb.shape[0] / mask.shape[0]
    # A part of the photo that begins where a working pixel does.
    left, top = round(small[1].start * scale[0]), round(small[0].start * scale[1])
    size = round(signed.shape[1] * scale[0]), round(signed.shape[0] * scale[1])
    part = slice(top, min(top + size[1], rgb.shape[0])), slice(left, min(left + size[0], rgb.shape[1]))
    shown = rgb[part].astype(np.float32)
    height, width = shown.shape[:2]
    signed = planes.stretched(np.clip(signed, -REACH, REACH), size)[:height, :width]
    side = np.clip(signed * scale[0] * 0.5 + 0.5, 0, 1)
    ours, theirs = (_nearby(seen.rgb, plane, small, size)[:height, :width] for plane in (mask, cloth))
    inner = planes.eroded(seen.subject, 2)[small].astype(np.float32)
    core = planes.stretched(inner, size)[:height, :width] > 0.99
    way = ours - theirs
    length = (way * way).sum(axis=-1)
    share = ((shown - theirs) * way).sum(axis=-1) / np.maximum(length, 1)
    told = np.clip((planes.averaged(share.astype(np.float32), 3) - 0.5) * 2 + 0.5, 0, 1)
    band = (np.abs(signed) < 3) & core & (length > LEAST_WAY**2)
    return part, (np.where(band, told, side) * 255 + 0.5).astype(np.uint8)


def _nearby(rgb: Pixels, mask: Bools, part: tuple[slice, slice], size: tuple[int, int]) -> Floats:
    """The mean colour of the mask's pixels around each pixel of a part, stretched to ``size``."""
    inner = planes.eroded(mask, 2)
    inner = inner if inner.any() else mask
    weight = inner.astype(np.float32)
    around = np.maximum(planes.averaged(weight, 2 * REACH + 1), 1e-4)
    means = [planes.averaged(rgb[..., channel] * weight, 2 * REACH + 1) / around for channel in range(3)]
    return np.stack([planes.stretched(np.ascontiguousarray(mean[part]), size) for mean in means], axis=-1)


def stands_out(seen: View) -> bool:
    """Whether the outline has a neck, whatever its colour: a narrow smooth column, as wide all the way down, that ends
    at shoulders."""
    _, top, _, bottom = seen.box
    part = seen.subject[top:bottom]
    width = np.count_nonzero(part, axis=1)
    narrow = width < 0.35 * width.max()
    rows = int(np.argmin(narrow)) if not narrow.all() else 0
    column = width[round(0.2 * rows) : round(0.75 * rows)]
    if rows < 0.05 * (bottom - top) or not column.any() or column.std() > 0.1 * column.mean():
        return False
    # Hoods and collars come to a point or a dome; a mannequin's neck is cut off level.
    if width[min(max(2, round(0.08 * rows)), len(width) - 1)] < 0.7 * np.median(column):
        return False
    places = np.flatnonzero(part[rows // 2])
    whole = places[-1] + 1 - places[0] == len(places)
    shoulders = width[min(len(width) - 1, rows + round(0.1 * (bottom - top)))] > 0.5 * width.max()
    inner = planes.eroded(part, 4)[:rows]
    smooth = inner.any() and float(np.median(seen.rough[top : top + rows][inner])) < SMOOTHER
    return bool(whole and shoulders and smooth)


def likely(seen: View, tolerance: float) -> list[Floats]:
    """Those of COLOURS of which a strict search may find a neck, by the topmost rows alone, at a tenth of its cost:
    where one may begin (as ``_neck`` has it) they are as narrow and as much of it as ``_stands_free`` wants."""
    _, top, _, bottom = seen.box
    across, deep = np.count_nonzero(seen.subject, axis=1), max(4, round(DEEP[True] * (bottom - top)))
    starts = range(top + 2, int(top + 0.03 * (bottom - top)) + 3)
    parts = [slice(at, at + deep) for at in starts if at < len(across)]
    parts = [rows for rows in parts if np.median(across[rows]) < 0.4 * across.max()]
    upper = slice(parts[-1].stop if parts else 0)

    def may(wanted: Floats) -> bool:
        like = _like(seen.rgb[upper], seen.subject[upper], wanted, tolerance)
        share = like.sum(axis=1) / np.maximum(across[upper], 1)
        return any(share[rows].mean() > 0.8 for rows in parts)

    return [wanted for wanted in map(lab_of, COLOURS.values()) if parts and may(wanted)]


def _like(rgb: Pixels, subject: Bools, wanted: Floats, tolerance: float, shades: Doubles = SHADES) -> Bools:
    """Where the subject has the colour, in light or shade; colours count in steps of four levels."""
    coarse = (rgb[subject] >> 2).astype(np.int32)
    codes, back = np.unique((coarse[:, 0] << 12) | (coarse[:, 1] << 6) | coarse[:, 2], return_inverse=True)
    levels = (np.stack([codes >> 12, (codes >> 6) & 63, codes & 63], axis=-1) * 4 + 2).astype(np.uint8)
    seen = colour.lab(levels)
    apart = [colour.ciede2000(seen, np.broadcast_to(shade, seen.shape)) for shade in _shades(wanted, shades)]
    found = np.zeros(subject.shape, bool)
    found[subject] = (np.min(apart, axis=0) <= tolerance)[back]
    return found


def _shades(wanted: Floats, shares: Doubles) -> list[Floats]:
    """The colour in less light and more: Lab's cube roots make of a factor in linear light one of f(Y) and of a, b."""
    found = []
    for share in shares:
        root = float(np.cbrt(share))
        lightness = (wanted[0] + 16) * root - 16
        if 0 <= lightness <= 100:
            found.append(np.array([lightness, wanted[1] * root, wanted[2] * root], np.float32))
    return found


def _parts(near: Bools, seen: View) -> list[Bools]:
    """Connected parts large and smooth enough to be a mannequin's, the largest first."""
    labels, count = planes.parts(planes.opened(near, 2))
    areas = np.bincount(labels.ravel(), minlength=count + 1)
    large = [number for number in range(1, count + 1) if areas[number] > LEAST * seen.area]
    found = [np.asarray(labels == number) for number in sorted(large, key=lambda number: -areas[number])[:12]]
    return [part for part in found if _roughness(seen, part) < SMOOTH]


def _roughness(seen: View, part: Bools) -> float:
    inner = planes.eroded(part, 4)
    inner = inner if inner.any() else part
    return float(np.median(seen.rough[inner]))


def _neck(seen: View, parts: Sequence[Bools], *, strict: bool) -> tuple[Bools | None, str]:
    """The part that stands out at the top; or None, and why."""
    left, top, right, bottom = seen.box
    high, wide, why = bottom - top, right - left, ""
    for part in parts:
        box = planes.bounds(part)
        if box is None or not left + 0.25 * wide < (box[0] + box[2]) / 2 < right - 0.25 * wide:
            continue
        if box[1] > top + 0.03 * high:
            if box[1] < top + 0.3 * high and box[3] < top + 0.5 * high and _below_another(seen, part, box):
                why = "a person, a hood or a hanger: something else lies above the part that has its colour"
            continue
        if box[1] <= 1:
            return None, "a person? The neck runs out of the photo"
        if np.count_nonzero(part) > MOST * seen.area:
            return None, ALL_ALIKE
        if _face(seen, box, int(np.count_nonzero(part))):
            return None, "a person: what looks like a face lies within it"
        if _stands_free(seen, part, box, strict=strict):
            return part, ""
    return None, why or "nothing of its colour stands out at the neck"


def _below_another(seen: View, part: Bools, box: planes.Box) -> bool:
    """Whether more than a cap lies above the part: a head, hair, a hook."""
    above = seen.subject[: box[1], box[0] : box[2]]
    return bool(np.count_nonzero(above) > 0.12 * np.count_nonzero(part))


def _face(seen: View, box: planes.Box, area: int) -> bool:
    """Whether a separate part of skin's colour, about as large as what is taken for the neck, lies within its box."""
    left, top, right, bottom = box
    region = np.zeros_like(seen.subject)
    region[top : seen.box[3], left:right] = seen.subject[top : seen.box[3], left:right]
    labels, count = planes.parts(planes.opened(_like(seen.rgb, region, lab_of(COLOURS["skin"]), 14.0), 2))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    for number in np.flatnonzero((sizes > 0.2 * area) & (sizes < 3 * area)):
        seat = planes.bounds(np.asarray(labels == number)) if number else None
        if seat and seat[1] > top + 2 and (seat[1] + seat[3]) / 2 < bottom:
            return True
    return False


def _stands_free(seen: View, part: Bools, box: planes.Box, *, strict: bool) -> bool:
    """Whether the subject's topmost rows are this part and nothing else, before the shoulders begin."""
    top, bottom, across = seen.box[1], seen.box[3], np.count_nonzero(seen.subject, axis=1)
    rows = slice(box[1] + 2, box[1] + 2 + max(4, round(DEEP[strict] * (bottom - top))))
    share = np.count_nonzero(part[rows], axis=1) / np.maximum(across[rows], 1)
    narrow = float(np.median(across[rows])) < (0.4 if strict else 0.6) * float(across.max())
    # A shoe's heel is no neck, though the rest of the shoe's upper lies in the middle.
    at, sides = np.flatnonzero(part[rows].any(axis=0)), seen.box[0] + seen.box[2]
    aside = len(at) and abs(at[0] + at[-1] - sides) > 0.5 * (seen.box[2] - seen.box[0])
    if strict and (aside or _roughness(seen, part) > SMOOTHER):
        return False
    return bool(share.mean() > 0.8 and narrow)


def _further(seen: View, neck: Bools, parts: Sequence[Bools]) -> list[Bools]:
    """What of the mannequin goes on right below its neck, where a ribbon or a chain lies between."""
    high, box = seen.box[3] - seen.box[1], planes.bounds(neck) or seen.box

    def below(other: planes.Box) -> bool:
        close = box[3] - 2 < other[1] < box[3] + 0.04 * high and other[3] < seen.box[1] + 0.5 * high
        return close and other[0] < box[2] and other[2] > box[0]

    return [part for part in parts if (other := planes.bounds(part)) and below(other)]


def _others(seen: View, parts: Sequence[Bools], neck: Bools | None, zones: Sequence[str]) -> list[Stump]:
    """Arms, where there is a neck as well, and what stands below the hem."""
    free = [part for part in parts if neck is None or not (part & neck).any()]
    found = [Stump(_zone(seen, part), part) for part in free]
    return [one for one in found if one.zone in zones and (one.zone == "hem" or neck is not None)]


def _zone(seen: View, part: Bools) -> str:
    """Whether the part comes out at a sleeve's end or below the hem; "" for what lies on the garment or is cut off."""
    left, top, right, bottom = seen.box
    box = planes.bounds(part) or seen.box
    cut = part[[0, -1]].any() or part[:, [0, -1]].any()
    if cut or np.count_nonzero(part) > MOST * seen.area:
        return ""
    rim = part & ~planes.eroded(part)
    open_share = int(np.count_nonzero(rim & planes.dilated(~seen.subject, 3))) / max(1, int(np.count_nonzero(rim)))
    if box[3] >= bottom - 0.02 * (bottom - top) and open_share > 0.4 and box[1] > top + 0.4 * (bottom - top):
        return "hem"
    middle = (box[0] + box[2]) / 2
    outside = abs(middle - (left + right) / 2) > 0.22 * (right - left)
    return "arms" if outside and open_share > 0.55 and box[1] > top + 0.2 * (bottom - top) else ""


def _apart(seen: View, stumps: list[Stump], *, strict: bool) -> Found:
    """The stumps with their edge to the cloth found anew, unless nobody could see where they end."""
    mask = np.asarray(np.logical_or.reduce([stump.mask for stump in stumps]))
    ring = planes.within(mask, 14) & seen.subject & ~planes.within(mask, 5)
    if not ring.any():
        return Found(why="no cloth lies beside it")
    shade = np.median(seen.lab[mask], axis=0).astype(np.float32)
    apart = float(colour.ciede2000(shade, np.median(seen.lab[ring], axis=0)))
    if apart < TOO_CLOSE * (1.5 if strict else 1):
        return Found(shade=shade, apart=apart, why=f"its colour is too close to the cloth's (ΔE00 {apart:.1f})")
    return Found(tuple(_cut(seen, stump) for stump in stumps), shade=shade, apart=apart)


def _cut(seen: View, stump: Stump) -> Stump:
    """The stump with its edge laid where the picture has one. The backdrop takes the cloth's colour for that while."""
    reach = max(10, round(0.03 * (seen.box[3] - seen.box[1])))
    box = planes.around(stump.mask, 2 * reach)
    part, subject, rgb = stump.mask[box], seen.subject[box], seen.rgb[box].copy()
    cloth = subject & ~planes.within(part, reach)
    sure = planes.eroded(part, 3)
    if not cloth.any() or not sure.any():
        return stump
    rgb[~subject] = np.median(rgb[cloth], axis=0)
    found = planes.divided(np.ascontiguousarray(rgb), sure, cloth | ~subject, part, 3)
    mask = np.zeros_like(stump.mask)
    mask[box] = _largest(planes.opened(found & subject, 1))
    return Stump(stump.zone, mask) if mask.any() else stump


def _largest(mask: Bools) -> Bools:
    """The mask's largest part; what a cut leaves besides is print or shine on the cloth."""
    labels, count = planes.parts(mask)
    areas = np.bincount(labels.ravel(), minlength=count + 1)
    areas[0] = 0
    return np.asarray((labels == areas.argmax()) & mask)
