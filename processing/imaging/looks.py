"""Owns how a model is shown a photo again when its first mask leaves it unsure.

A network that hesitates is often sure of the product without the backdrop around, once the light is even, or when the
picture stands on its head. Of all masks the surest stays; how far they differ tells how little the best can be trusted
(test-time augmentation, as in Wang et al. 2019, "Aleatoric uncertainty estimation with test-time augmentation for
medical image segmentation").
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from processing.imaging import tones
from processing.imaging.contract import PARTS, Mask, Matter
from processing.imaging.faults import StepFailed
from processing.imaging.frame import Pixels
from processing.imaging.fusion import disagreement

# A mask that covers a smaller or a larger share of the photo says nothing about a product.
EMPTY, FULL = 0.002, 0.985
# Least and most certainty of a pixel that still tells, and the entropy (bits) that a wholly certain mask has of it.
_FAINTEST = 1e-3
_LEAST_ENTROPY = 0.0114
# The product's part of a photo: where the quick mask sees the least, and so much more on each side (of the photo's).
# Nearer to its edge a network loses what goes on beyond it; found on photos with truth. A part of nearly all the photo
# would tell nothing new.
SEEN, MARGIN, NEARLY = 0.1, 0.1, 0.85

# Rows and columns of a picture.
Part = tuple[slice, slice]


@dataclass(frozen=True, slots=True)
class Look:
    """One way to show a picture, and how its mask comes back into the picture's own position.

    ``closely`` shows the product's part alone.
    """

    name: str
    show: Callable[[Pixels, Pixels], Pixels]
    back: Callable[[Mask], Mask]
    closely: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """The surest mask and its certainty; the names of the further looks that were taken, of the one that stays ("" is
    the first) and of those that saw nothing; and the share of the product on which another look differs most.

    ``variation`` is None after a single look; a look that saw nothing differs on the whole product.
    """

    mask: Mask
    certainty: float
    taken: tuple[str, ...] = ()
    stays: str = ""
    blind: tuple[str, ...] = ()
    variation: float | None = None


def _as_it_is(mask: Mask) -> Mask:
    return mask


def _upside_down(mask: Mask) -> Mask:
    return np.ascontiguousarray(mask[::-1])


_FIRST = Look("", lambda view, first: first, _as_it_is)
# Measured on photos with truth, in this order: the product alone and even light mend most, the picture on its head some
# of the rest. Mirrored, brightened and edges-only pictures mended as many as they broke. The product alone at first
# would make 2 to 8 % more images an hour, and draws some edges worse that the whole photo shows well. To stop where two
# looks agree would spare a third of them, and masks that a third look contradicts would no longer be known as doubtful
# (held-out AUC of the risk 0.89 instead of 0.91).
AGAIN = (
    Look("at the product alone", lambda view, first: first, _as_it_is, closely=True),
    Look("in even light", lambda view, first: tones.equalised(view), _as_it_is),
    Look("upside down", lambda view, first: np.ascontiguousarray(first[::-1]), _upside_down),
)


def surest(matter: Matter, view: Pixels, first: Pixels, quick: Mask, enough: float) -> Seen:
    """Ask about ``first`` (the view in the light that suits it), and again while the certainty is below ``enough``.

    ``view`` and ``first`` are H x W x 3; ``quick``, which says where the product is, and the mask have their shape. A
    look with no product in its mask (empty, or all of the photo), and one at a part that the product leaves, compete
    only with others like them. Raises StepFailed where no look sees anything.
    """
    masks: dict[str, Mask] = {}
    sure: dict[str, float] = {}
    flat: dict[str, StepFailed] = {}
    part = part_of(quick) if matter.takes_parts else None
    for look in (_FIRST, *(look for look in AGAIN if part or not look.closely)):
        shown_part = part if look.closely else None
        try:
            mask = look.back(_asked(matter, look.show(view, first), shown_part))
        except StepFailed as fault:  # a flat prediction; another look may see more
            flat[look.name] = fault
            continue
        # Nothing is as certain as a mask without a product, so such a one ranks below all others; and one that goes on
        # where the part ends has a straight cut there, however certain it is of the rest.
        poor = not tells(mask) or (shown_part is not None and _cut(mask, shown_part))
        masks[look.name], sure[look.name] = mask, certainty(mask) - poor
        if sure[look.name] >= enough:
            break
    if not masks:
        raise next(iter(flat.values()))
    stays = max(sure, key=lambda name: sure[name])
    others = [disagreement(masks[stays], mask) for name, mask in masks.items() if name != stays] + [1.0] * len(flat)
    taken = tuple(name for name in (*masks, *flat) if name)
    return Seen(masks[stays], certainty(masks[stays]), taken, stays, tuple(flat), max(others, default=None))


def part_of(quick: Mask) -> Part | None:
    """The part of a photo in which its quick mask sees a product, with a margin; None for no product, or nearly all.

    Its sides are sixteenths (``PARTS``) of the photo's.
    """
    seen = quick > SEEN
    if not seen.any():
        return None
    rows, columns = (_stretch(np.asarray(seen.any(axis=axis))) for axis in (1, 0))
    return None if quick[rows, columns].size > NEARLY * quick.size else (rows, columns)


def _stretch(seen: npt.NDArray[np.bool_]) -> slice:
    """From the first to the last place that is seen and a margin around, in whole parts of the line."""
    places, length = np.flatnonzero(seen), len(seen)
    low, high = max(0.0, places[0] / length - MARGIN), min(1.0, (places[-1] + 1) / length + MARGIN)
    share = min(1.0, math.ceil((high - low) * PARTS) / PARTS)
    start = min(max((low + high - share) / 2, 0.0), 1 - share)
    return slice(round(start * length), round((start + share) * length))


def _cut(mask: Mask, part: Part) -> bool:
    """Whether a product goes on beyond a side of the part that is no side of the photo."""
    inside, (rows, columns), (height, width) = mask > 0.5, part, mask.shape
    sides = (
        (rows.start > 0, inside[rows.start, columns]),
        (rows.stop < height, inside[rows.stop - 1, columns]),
        (columns.start > 0, inside[rows, columns.start]),
        (columns.stop < width, inside[rows, columns.stop - 1]),
    )
    return any(inner and bool(side.any()) for inner, side in sides)


def _asked(matter: Matter, shown: Pixels, part: Part | None) -> Mask:
    """The mask of a picture, or of a part of it, around which there is no product."""
    if part is None:
        return matter.mask(shown)
    height, width = shown.shape[:2]
    mask = np.zeros((height, width), np.float32)
    mask[part] = matter.mask(np.ascontiguousarray(shown[part]), (width, height))
    return mask


def tells(mask: Mask) -> bool:
    """Whether there is a product in a mask: it is neither empty nor all of the photo."""
    return EMPTY <= float((mask > 0.5).mean()) <= FULL


def certainty(mask: Mask) -> float:
    """1 minus the mean binary entropy (bits) of a mask over its product's area; 1 is wholly certain.

    Of every second pixel, for speed. The check of that name gives it of the mask that stays.
    """
    values = np.clip(mask[::2, ::2], _FAINTEST, 1 - _FAINTEST).astype(np.float64)
    entropy = -(values * np.log2(values) + (1 - values) * np.log2(1 - values)) - _LEAST_ENTROPY
    return float(np.clip(1 - entropy.mean() / max(float((values > 0.5).mean()), 1e-3), 0, 1))
