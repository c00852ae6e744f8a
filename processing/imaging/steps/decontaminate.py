"""Owns the step of edge colour: pixels at the edge lose the old background's colour and take the product's.

Even translucency, such as a lens that somebody painted, is no edge: it loses what was seen through it, and no solid
product lends it colour. Nor does any where a photo came with the very transparency: it lay on white, so its colour is
known.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from processing.imaging import backdrops, clearness, planes
from processing.imaging.backdrops import Backdrop
from processing.imaging.contract import Context, Step, setting, validate
from processing.imaging.faults import StepFailed
from processing.imaging.frame import Alpha, Frame, Pixels

Bools = npt.NDArray[np.bool_]


# Alpha from which a pixel counts as wholly product.
SOLID = 250
# So much background (px) is looked at around all alpha.
MARGIN = 24
# Alpha is even where a square of 2 * EVEN + 1 px has one value of FAINT or more; a mask's soft edge is nowhere so even.
EVEN, FAINT = 4, 20
# What a photo's own transparency was laid on.
WHITE = np.full(3, 255, np.float32)


@dataclass(frozen=True, slots=True)
class Params:
    radius: float = setting(
        12.0, label="Reach", unit="px", low=1.0, high=40.0, help="How near solid product must be to lend its colour."
    )
    strength: float = setting(
        100.0,
        label="Strength",
        unit="%",
        low=0.0,
        high=100.0,
        help="How much of the old background's colour leaves the edge; 0 leaves the photo's own colours.",
    )

    def __post_init__(self) -> None:
        validate(self)


def apply(frame: Frame, params: Params, context: Context) -> Frame:
    """Edge pixels take the colour of the nearest solid product; translucent ones far from any are unmixed."""
    return cleaned(frame, params, lambda: _behind(frame))


def cleaned(frame: Frame, params: Params, look: Callable[[], Backdrop | None]) -> Frame:
    """``apply`` for what may be a part of a photo; ``look`` is asked for the backdrop there where that is needed."""
    if frame.alpha is None or not params.strength or not frame.alpha.any():
        return frame
    box = planes.around(frame.alpha, MARGIN)
    alpha, was = frame.alpha[box], frame.rgb[box]
    known = _known(frame, alpha, box)
    even = _even(alpha) & ~known
    edge = planes.places((alpha > 0) & (alpha < SOLID) & ~even & ~known)
    # One pixel further in than solid: the outermost solid pixels still carry a trace of what lay behind.
    solid = planes.eroded(alpha >= SOLID)
    if not (edge[0].size or even.any() or known.any()) or not solid.any():
        return frame
    rgb = frame.rgb.copy()
    if known.any():
        rgb[box][known] = _mixed(was[known], clearness.without(was[known], WHITE, alpha[known]), params.strength / 100)
    if edge[0].size:
        rgb[box][edge] = _mixed(was[edge], _colours(was, alpha, solid, edge, params.radius), params.strength / 100)
    if even.any():
        corner = box[0].start, box[1].start
        _seen_through(frame, rgb, corner, even, look(), params.strength / 100)
    return frame.with_rgb(rgb)


def _behind(frame: Frame) -> Backdrop | None:
    return None if frame.alpha is None else backdrops.behind(frame.rgb, frame.alpha)


def _known(frame: Frame, alpha: Alpha, box: tuple[slice, slice]) -> Bools:
    """Where a part's ``alpha`` is the translucency that the photo came with."""
    if frame.own is None:
        return np.zeros(alpha.shape, bool)
    return np.asarray((alpha == frame.own[box]) & (alpha >= FAINT) & (alpha < SOLID))


def _even(alpha: Alpha) -> Bools:
    """Where ``alpha`` is translucent and even."""
    clear = (alpha >= FAINT) & (alpha < SOLID)
    return clear & planes.even(alpha, EVEN) if clear.any() else clear


def _seen_through(
    frame: Frame, rgb: Pixels, corner: tuple[int, int], even: Bools, backdrop: Backdrop | None, share: float
) -> None:
    """Take the backdrop out of ``rgb`` where ``even`` (whose pixel 0, 0 is at the row and column ``corner``) is true.

    Where nothing tells what lay behind, or it is not plain, the photo's own colours stay.
    """
    bounds = planes.bounds(even)
    if frame.alpha is None or bounds is None or backdrop is None or backdrop.spread > backdrops.PLAIN:
        return
    down, across = corner
    box = bounds[0] + across, bounds[1] + down, bounds[2] + across, bounds[3] + down
    for part, behind in backdrop.bands(box, frame.size):
        rows, columns = part
        where = even[rows.start - down : rows.stop - down, columns.start - across : columns.stop - across]
        was = frame.rgb[part][where]
        rgb[part][where] = _mixed(was, clearness.without(was, behind[where], frame.alpha[part][where]), share)


def _colours(was: Pixels, alpha: Alpha, solid: Bools, edge: planes.Places, radius: float) -> Pixels:
    """What becomes of edge pixels (N x 3): the nearest solid product's colour within ``radius`` px, else unmixed."""
    found = planes.near(solid, *edge, radius)
    now = was[np.divmod(found, alpha.shape[1])]
    far = found < 0
    if far.any():
        now[far] = _unmixed(was, alpha, (edge[0][far], edge[1][far]))
    return now


def _unmixed(was: Pixels, alpha: Alpha, places: planes.Places) -> Pixels:
    """Solve I = a F + (1 - a) B for F with the nearest background as B; faint pixels keep half of their colour."""
    background = alpha == 0
    if not background.any():
        return was[places]
    near = planes.nearest(background, *places)
    share = np.maximum(alpha[places][:, None].astype(np.float32) / 255, 0.5)
    behind = was[np.divmod(near, alpha.shape[1])].astype(np.float32)
    product = (was[places] - (1 - share) * behind) / share
    return np.clip(product + 0.5, 0, 255).astype(np.uint8)


def _mixed(was: Pixels, now: Pixels, share: float) -> Pixels:
    """Only ``share`` (0 to 1) of a change of colours."""
    if share == 1:
        return now
    old, new = was.astype(np.float32), now.astype(np.float32)
    return np.asarray(old + share * (new - old) + 0.5, np.uint8)


def verify(before: Frame, after: Frame, params: Params) -> None:
    if before.alpha is None:
        raise _wrong("no_mask", "The photo has no mask.", "a mask from the earlier steps.")
    if before.rgb is after.rgb:
        return
    if planes.differ(before.rgb, after.rgb, before.alpha == 255):
        raise _wrong("colour_changed", "Colours inside the product changed.", "only edge pixels to change.")


def _wrong(code: str, measured: str, wanted: str) -> StepFailed:
    return StepFailed(code, measured=measured, wanted=wanted, action="Run the photo again without this step.")


STEP = Step(
    name="decontaminate",
    label="Edge colour",
    help="Edge pixels lose the old background's colour.",
    params=Params,
    apply=apply,
    verify=verify,
)
