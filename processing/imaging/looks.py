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


@dataclass(frozen=True, slots=True)
class Look:
    """One more way to show a picture, and how its mask comes back into the picture's own position."""

    name: str
    show: Callable[[Pixels, Pixels], Pixels]
    back: Callable[[Mask], Mask]


@dataclass(frozen=True, slots=True)
class Seen:
    """The surest mask, its certainty, the names of the further looks that were taken and of the one that stays ("" is
    the first), and the share of the product on which another look differs most (None after a single look)."""

    mask: Mask
    certainty: float
    taken: tuple[str, ...] = ()
    stays: str = ""
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

    ``view`` and ``first`` are H x W x 3; the mask has their shape. Raises StepFailed where no look sees anything.
    """
    masks: dict[str, Mask] = {}
    sure: dict[str, float] = {}
    blind: StepFailed | None = None
    for look in (_FIRST, *AGAIN):
        try:
            masks[look.name] = look.back(matter.mask(look.show(view, first)))
        except StepFailed as fault:  # a flat prediction; another look may see more
            blind = blind or fault
            continue
        sure[look.name] = certainty(masks[look.name])
        if sure[look.name] >= enough:
            break
    if not masks:
        raise blind or RuntimeError("no look was taken")
    stays = max(sure, key=lambda name: sure[name])
    others = [disagreement(masks[stays], mask) for name, mask in masks.items() if name != stays]
    further = tuple(name for name in masks if name)
    return Seen(masks[stays], sure[stays], further, stays, max(others, default=None))


def certainty(mask: Mask) -> float:
    """1 minus the mean binary entropy (bits) of a mask over its product's area; 1 is wholly certain."""
    values = np.clip(mask[::2, ::2], 1e-3, 1 - 1e-3).astype(np.float64)
    entropy = -(values * np.log2(values) + (1 - values) * np.log2(1 - values)) - 0.0114
    return float(np.clip(1 - entropy.mean() / max(float((values > 0.5).mean()), 1e-3), 0, 1))
