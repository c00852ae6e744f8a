"""Ways to damage a good mask so that a golden photo has a known defect. Pure: a mask, a seeded generator, a mask."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from processing.imaging.frame import Alpha
from review.models import Severity

Bools = npt.NDArray[np.bool_]


class Undamageable(ValueError):
    """A mask that has no place for this damage."""


@dataclass(frozen=True, slots=True)
class Damage:
    """One way: the defect (a code of review.defects) that a reviewer should name, and what is done to the mask."""

    defect: str
    severity: Severity
    apply: Callable[[Alpha, np.random.Generator], Alpha]


def damage(alpha: Alpha, defect: str, seed: int) -> Alpha:
    """A copy of ``alpha`` (H x W, 0 to 255) with that defect. Raises Undamageable for an empty or tiny mask."""
    if int((alpha > 127).sum()) < 400:
        raise Undamageable("The mask keeps next to nothing, so there is nothing to damage.")
    return BY_DEFECT[defect].apply(alpha.copy(), np.random.default_rng(seed))


def _reach(alpha: Alpha) -> float:
    """The side, in pixels, of a square with the product's area: what the size of a damage is measured in."""
    return float(np.sqrt((alpha > 127).sum()))


def _contour_point(alpha: Alpha, chance: np.random.Generator) -> tuple[int, int]:
    kept = alpha > 127
    rows, columns = np.nonzero(kept & ~ndimage.binary_erosion(kept, border_value=1))
    if not len(rows):
        raise Undamageable("The mask has no edge inside the picture.")
    at = int(chance.integers(len(rows)))
    return int(rows[at]), int(columns[at])


def _disc(alpha: Alpha, centre: tuple[int, int], radius: float) -> Bools:
    rows, columns = np.ogrid[: alpha.shape[0], : alpha.shape[1]]
    inside: Bools = (rows - centre[0]) ** 2 + (columns - centre[1]) ** 2 <= radius**2
    return inside


def _edge(alpha: Alpha, chance: np.random.Generator) -> Alpha:
    """A stretch of the outline is frayed: each patch of it moves in or out by a few pixels, and goes soft."""
    reach = _reach(alpha)
    near = _disc(alpha, _contour_point(alpha, chance), 0.3 * reach)
    rough = ndimage.gaussian_filter(chance.standard_normal(alpha.shape), max(1.0, reach / 80))
    distance = ndimage.gaussian_filter(alpha.astype(np.float32), max(1.0, reach / 60)) / 255 - 0.5
    frayed = np.clip((distance + 0.35 * rough / max(float(rough.std()), 1e-9) / 2) * 2 + 0.5, 0, 1) * 255
    return np.where(near, frayed, alpha).astype(np.uint8)


def _residue(alpha: Alpha, chance: np.random.Generator) -> Alpha:
    """A piece of the background beside the product is kept."""
    alpha[_disc(alpha, _contour_point(alpha, chance), 0.1 * _reach(alpha))] = 255
    return alpha


def _part(alpha: Alpha, chance: np.random.Generator) -> Alpha:
    """A bite is taken out of the product's outline."""
    alpha[_disc(alpha, _contour_point(alpha, chance), 0.2 * _reach(alpha))] = 0
    return alpha


def _hole(alpha: Alpha, chance: np.random.Generator) -> Alpha:
    """A hole where the product is thickest."""
    depth = ndimage.distance_transform_edt(alpha > 127)
    thick = np.argwhere(depth > 0.6 * depth.max())
    row, column = thick[int(chance.integers(len(thick)))]
    radius = min(0.08 * _reach(alpha), 0.5 * float(depth.max()))
    alpha[_disc(alpha, (int(row), int(column)), max(2.0, radius))] = 0
    return alpha


DAMAGES = (
    Damage("edge", Severity.MAJOR, _edge),
    Damage("residue", Severity.MAJOR, _residue),
    Damage("part", Severity.CRITICAL, _part),
    Damage("hole", Severity.MAJOR, _hole),
)
BY_DEFECT = {damage.defect: damage for damage in DAMAGES}
