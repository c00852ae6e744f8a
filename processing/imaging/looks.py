"""Owns how a model is shown a photo again when its first mask leaves it unsure.

A network that hesitates is often sure once the light is even, or the picture stands on its head. Of all masks the
surest stays; how far they differ tells how little the best can be trusted (test-time augmentation, as in Wang et al.
2019, "Aleatoric uncertainty estimation with test-time augmentation for medical image segmentation").
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from processing.imaging import tones
from processing.imaging.contract import Mask, Matter
from processing.imaging.faults import StepFailed
from processing.imaging.frame import Pixels
from processing.imaging.fusion import disagreement

# A mask that covers a smaller or a larger share of the photo says nothing about a product.
EMPTY, FULL = 0.002, 0.985
# Least and most certainty of a pixel that still tells, and the entropy (bits) that a wholly certain mask has of it.
_FAINTEST = 1e-3
_LEAST_ENTROPY = 0.0114


@dataclass(frozen=True, slots=True)
class Look:
    """One more way to show a picture, and how its mask comes back into the picture's own position."""

    name: str
    show: Callable[[Pixels, Pixels], Pixels]
    back: Callable[[Mask], Mask]


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
# Measured on photos with truth, in this order: even light mends most, the picture on its head half of the rest.
# Mirrored, brightened and edges-only pictures mended as many as they broke.
AGAIN = (
    Look("in even light", lambda view, first: tones.equalised(view), _as_it_is),
    Look("upside down", lambda view, first: np.ascontiguousarray(first[::-1]), _upside_down),
)


def surest(matter: Matter, view: Pixels, first: Pixels, enough: float) -> Seen:
    """Ask about ``first`` (the view in the light that suits it), and again while the certainty is below ``enough``.

    ``view`` and ``first`` are H x W x 3; the mask has their shape. A look with no product in its mask (empty, or all of
    the photo) competes only with others like it. Raises StepFailed where no look sees anything.
    """
    masks: dict[str, Mask] = {}
    sure: dict[str, float] = {}
    flat: dict[str, StepFailed] = {}
    for look in (_FIRST, *AGAIN):
        try:
            masks[look.name] = look.back(matter.mask(look.show(view, first)))
        except StepFailed as fault:  # a flat prediction; another look may see more
            flat[look.name] = fault
            continue
        # Nothing is as certain as a mask without a product, so such a one ranks below all others.
        sure[look.name] = certainty(masks[look.name]) - (not _tells(masks[look.name]))
        if sure[look.name] >= enough:
            break
    if not masks:
        raise next(iter(flat.values()))
    stays = max(sure, key=lambda name: sure[name])
    others = [disagreement(masks[stays], mask) for name, mask in masks.items() if name != stays] + [1.0] * len(flat)
    taken = tuple(name for name in (*masks, *flat) if name)
    return Seen(masks[stays], certainty(masks[stays]), taken, stays, tuple(flat), max(others, default=None))


def _tells(mask: Mask) -> bool:
    return EMPTY <= float((mask > 0.5).mean()) <= FULL


def certainty(mask: Mask) -> float:
    """1 minus the mean binary entropy (bits) of a mask over its product's area; 1 is wholly certain.

    Of every second pixel, for speed. The check of that name gives it of the mask that stays.
    """
    values = np.clip(mask[::2, ::2], _FAINTEST, 1 - _FAINTEST).astype(np.float64)
    entropy = -(values * np.log2(values) + (1 - values) * np.log2(1 - values)) - _LEAST_ENTROPY
    return float(np.clip(1 - entropy.mean() / max(float((values > 0.5).mean()), 1e-3), 0, 1))
