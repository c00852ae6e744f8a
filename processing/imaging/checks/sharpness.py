"""Owns the check of sharpness: detail of the source that the output has lost."""

import numpy as np
from PIL import Image
from scipy import ndimage

from processing.imaging import planes
from processing.imaging.checks.contract import Check, Limit
from processing.imaging.evidence import Evidence, Floats
from processing.imaging.frame import Pixels

WINDOW = 512


def measure(evidence: Evidence) -> float | None:
    """1 minus the ratio of the Laplacian's variance, output to source, at full resolution inside the product.

    Measured in a window of 512 px around the product's middle; 0 is nothing lost, 1 is everything.
    """
    if not (evidence.depth > 8).any():
        return None
    y, x = np.unravel_index(int(np.argmax(evidence.depth)), evidence.depth.shape)
    box = _window(evidence, int(y / evidence.scale), int(x / evidence.scale))
    inside = planes.eroded(evidence.full_alpha[box] > 250, 4, beyond=False)
    if inside.sum() < 500:
        return None
    was, now = (_detail(f.rgb[box], inside) for f in (evidence.source, evidence.cutout))
    return float(np.clip(1 - (now + 0.5) / (was + 0.5), 0, 1))


def _window(evidence: Evidence, y: int, x: int) -> tuple[slice, slice]:
    width, height = evidence.source.size
    top, left = max(0, min(y - WINDOW // 2, height - WINDOW)), max(0, min(x - WINDOW // 2, width - WINDOW))
    return slice(top, top + WINDOW), slice(left, left + WINDOW)


def _detail(rgb: Pixels, inside: np.ndarray) -> float:
    grey: Floats = np.asarray(Image.fromarray(np.ascontiguousarray(rgb)).convert("L"), dtype=np.float32)
    return float(ndimage.laplace(grey)[inside].var())


CHECK = Check(
    name="sharpness",
    label="Sharpness lost",
    unit="of 1",
    worse="high",
    limit=Limit(0.2, 0.8),
    meaning="How much of the source's fine detail is gone from the output.",
    measure=measure,
)
