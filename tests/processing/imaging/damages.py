"""Owns the damages that cut-outs suffer in practice, as pure functions of an Evidence and a strength.

Each takes a perfect Evidence and gives a spoiled one; strength 0 spoils nothing, and more is worse.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.color import lab2rgb, rgb2lab

from processing.imaging.checks import Check
from processing.imaging.contract import Trace
from processing.imaging.evidence import Evidence
from processing.imaging.frame import Alpha, Frame, Pixels
from processing.imaging.fusion import disagreement
from processing.imaging.looks import certainty
from processing.imaging.rendering import MASTER, Canvas, place
from tests.images import GREY, RED, Shot, product_shot

Damage = Callable[[Evidence, float], Evidence]
Floats = npt.NDArray[np.float64]


@cache
def drawn(
    shape: str = "disc",
    *,
    size: tuple[int, int] = (400, 320),
    colour: tuple[int, int, int] = RED,
    background: tuple[int, int, int] = GREY,
    texture: float = 4.0,
    fill: float = 0.6,
    shift: tuple[int, int] = (0, 0),
    shadow: float = 0.0,
) -> Shot:
    """A small shot, drawn once a process. A disc has soft pixels all round, which a straight box may lack."""
    return product_shot(
        size,
        shape=shape,
        colour=colour,
        background=background,
        texture=texture,
        fill=fill,
        shift=shift,
        shadow=shadow,
    )


def perfect(shot: Shot | None = None) -> Evidence:
    """The evidence of a run that did everything right: exact alpha, sure and agreeing models, a clean canvas."""
    shot = shot or drawn()
    mask = (shot.alpha / 255).astype(np.float32)
    numbers = {"first_certainty": certainty(mask), "disagreement": disagreement(mask, mask), "variation": 0.0}
    # As if it were a garment whose mannequin has gone, and whose inside fits.
    numbers |= {"mannequin_left": 0.0, "joint_misfit": 0.0, "joint_apart": 0.0}
    trace = Trace(masks={"u2net": mask, "isnet": mask}, numbers=numbers)
    return Evidence(shot.frame, shot.cutout, trace, place(shot.cutout, MASTER))


def reading(check: Check, evidence: Evidence) -> float:
    """The check's reading, which must be there."""
    value = check.measure(evidence)
    assert value is not None, f"{check.name} gave no reading"
    return value


def flagged(check: Check, evidence: Evidence) -> bool:
    """Is the reading past the check's own flag limit?"""
    return check.beyond(reading(check, evidence), check.limit.flag)


def assert_worse_step_by_step(check: Check, damage: Damage, strengths: list[float], shot: Shot | None = None) -> None:
    """A perfect cut-out is within the limit, each stronger damage reads worse, and the strongest is past the limit."""
    whole = perfect(shot)
    values = [reading(check, whole)] + [reading(check, damage(whole, strength)) for strength in strengths]
    assert not check.beyond(values[0], check.limit.flag), f"a perfect cut-out is flagged: {values[0]}"
    worse = values if check.worse == "high" else [-value for value in values]
    assert all(later > earlier for earlier, later in pairwise(worse)), values
    assert check.beyond(values[-1], check.limit.flag), values


# The mask ------------------------------------------------------------------------------------------------------------


def eroded(evidence: Evidence, pixels: float) -> Evidence:
    """The outline moved inwards: product is cut away all round."""
    return _with_alpha(evidence, _moved(evidence.full_alpha, -pixels))


def dilated(evidence: Evidence, pixels: float) -> Evidence:
    """The outline moved outwards: a rim of background is kept."""
    return _with_alpha(evidence, _moved(evidence.full_alpha, pixels))


def punched(evidence: Evidence, share: float) -> Evidence:
    """A hole of ``share`` of the product's area through its middle."""
    return _with_alpha(evidence, np.where(_disc(evidence, share, (0.0, 0.0)), 0, evidence.full_alpha))


def weakened(evidence: Evidence, share: float) -> Evidence:
    """A region of ``share`` of the product's area left half decided, at alpha 0.5."""
    return _with_alpha(evidence, np.where(_disc(evidence, share, (0.0, 0.0)), 128, evidence.full_alpha))


def with_island(evidence: Evidence, share: float) -> Evidence:
    """A piece of background of ``share`` of the product's area kept in a corner."""
    return _with_alpha(evidence, np.where(_disc(evidence, share, (0.38, 0.38)), 255, evidence.full_alpha))


def with_residue(evidence: Evidence, share: float) -> Evidence:
    """A faint veil (alpha 0.1) over ``share`` of the product's area, in a corner."""
    return _with_alpha(evidence, np.where(_disc(evidence, share, (0.38, 0.38)), 26, evidence.full_alpha))


def with_specks(evidence: Evidence, count: float) -> Evidence:
    """Crumbs of 2 x 2 pixels along the photo's top."""
    alpha = evidence.full_alpha.copy()
    for number in range(round(count)):
        column = 10 + 12 * number
        alpha[10:12, column : column + 2] = 255
    return _with_alpha(evidence, alpha)


def mushy(evidence: Evidence, sigma: float) -> Evidence:
    """The edge of the alpha blurred over ``sigma`` pixels."""
    return _with_alpha(evidence, ndimage.gaussian_filter(evidence.full_alpha.astype(np.float32), sigma))


def lost(evidence: Evidence, share: float) -> Evidence:
    """Only a part of the product found: ``share`` of it is missing from the right."""
    alpha = evidence.full_alpha.copy()
    columns = np.cumsum((alpha > 127).sum(axis=0))
    alpha[:, int(np.searchsorted(columns, (1 - share) * columns[-1])) :] = 0
    return _with_alpha(evidence, alpha)


def against_the_frame(evidence: Evidence, pixels: float) -> Evidence:
    """Photo and cut-out moved to the left, product and all, so that ``pixels`` of the product leave the picture."""
    columns = np.nonzero((evidence.full_alpha > 127).any(axis=0))[0]
    start = round(columns[0] + pixels) if pixels else 0
    source, cutout = evidence.source, evidence.cutout
    frames = [Frame(_cut(frame.rgb, start), _cut_alpha(frame.alpha, start)) for frame in (source, cutout)]
    return replace(evidence, source=frames[0], cutout=frames[1], canvas=place(frames[1], MASTER))


# The colour ----------------------------------------------------------------------------------------------------------


def fringed(evidence: Evidence, share: float) -> Evidence:
    """``share`` of the old background's colour mixed back into every edge pixel."""
    edge = (evidence.full_alpha > 0) & (evidence.full_alpha < 255)
    rgb = evidence.cutout.rgb.astype(np.float64)
    rgb[edge] = (1 - share) * rgb[edge] + share * evidence.source.rgb[0, 0]
    return _with_rgb(evidence, rgb)


def tinted(evidence: Evidence, steps: float) -> Evidence:
    """The whole cut-out lighter by ``steps`` of CIE L*."""
    lab = rgb2lab(evidence.cutout.rgb)
    lab[..., 0] += steps
    return _with_rgb(evidence, 255 * lab2rgb(lab))


def blurred(evidence: Evidence, sigma: float) -> Evidence:
    """The cut-out's picture blurred; its alpha stays."""
    return _with_rgb(evidence, ndimage.gaussian_filter(evidence.cutout.rgb.astype(np.float32), (sigma, sigma, 0)))


# The canvas ----------------------------------------------------------------------------------------------------------


def greyed(evidence: Evidence, share: float) -> Evidence:
    """``share`` of the canvas's rows of background one level darker than white; nobody sees it, marketplaces do."""
    canvas = canvas_of(evidence)
    rgb, outside = canvas.rgb.copy(), canvas.alpha == 0
    outside[round(share * len(outside)) :] = False
    rgb[outside] = 254
    return replace(evidence, canvas=replace(canvas, rgb=rgb))


def off_centre(evidence: Evidence, share: float) -> Evidence:
    """The product moved to the right on a wider canvas, by ``share`` of its width; nothing is cut."""
    canvas = canvas_of(evidence)
    wide = round(canvas.alpha.shape[1] * share * 2)
    return _padded(evidence, ((0, 0), (wide, 0)))


def small_on_canvas(evidence: Evidence, share: float) -> Evidence:
    """White added all round, ``share`` of the canvas's side at each side."""
    edge = round(canvas_of(evidence).alpha.shape[0] * share)
    return _padded(evidence, ((edge, edge), (edge, edge)))


# The models' masks ---------------------------------------------------------------------------------------------------


def hesitant(evidence: Evidence, strength: float) -> Evidence:
    """Both models unsure: every value of their masks drawn towards one half by ``strength`` (0 to 1)."""
    masks = {name: (0.5 + (mask - 0.5) * (1 - strength)).astype(np.float32) for name, mask in _masks(evidence).items()}
    return replace(evidence, trace=_trace(masks))


def disputed(evidence: Evidence, share: float) -> Evidence:
    """The detailed model's mask lacks ``share`` of the product, on the right."""
    masks = dict(_masks(evidence))
    whole = lost(evidence, share).full_alpha
    masks["isnet"] = (whole / 255).astype(np.float32)
    return replace(evidence, trace=_trace(masks))


def wavering(evidence: Evidence, share: float) -> Evidence:
    """Shown the photo otherwise, the detailed model lost ``share`` of the product, on the right."""
    other = (lost(evidence, share).full_alpha / 255).astype(np.float32)
    return _told(evidence, variation=disagreement(_masks(evidence)["isnet"], other))


def half_dressed(evidence: Evidence, share: float) -> Evidence:
    """So much of the mannequin is left, in % of the garment's box."""
    return _told(evidence, mannequin_left=share)


def misjoined(evidence: Evidence, share: float) -> Evidence:
    """The inside lies so far off, in % of the collar."""
    return _told(evidence, joint_misfit=share)


def wrongly_lit(evidence: Evidence, difference: float) -> Evidence:
    """The inside has another colour than the cloth beside it, by so much (CIEDE2000)."""
    return _told(evidence, joint_apart=difference)


def _told(evidence: Evidence, **numbers: float) -> Evidence:
    return replace(evidence, trace=replace(evidence.trace, numbers={**evidence.trace.numbers, **numbers}))


def canvas_of(evidence: Evidence) -> Canvas:
    """The rendered canvas, which must be there."""
    assert isinstance(evidence.canvas, Canvas)
    return evidence.canvas


def _with_alpha(evidence: Evidence, alpha: npt.NDArray[np.generic]) -> Evidence:
    """The evidence with another alpha, rendered again, and the detailed model's mask to match."""
    eight: Alpha = np.clip(np.asarray(alpha, np.float32) + 0.5, 0, 255).astype(np.uint8)
    cutout = evidence.cutout.with_alpha(eight)
    return replace(evidence, cutout=cutout, canvas=place(cutout, MASTER))


def _with_rgb(evidence: Evidence, rgb: npt.NDArray[np.generic]) -> Evidence:
    eight: Pixels = np.clip(np.asarray(rgb, np.float64) + 0.5, 0, 255).astype(np.uint8)
    cutout = evidence.cutout.with_rgb(eight)
    return replace(evidence, cutout=cutout, canvas=place(cutout, MASTER))


def _moved(alpha: Alpha, pixels: float) -> Alpha:
    """The alpha's outline moved by ``pixels``, outwards where positive, with the soft edge that it had."""
    inside = ndimage.distance_transform_edt(alpha > 127) - ndimage.distance_transform_edt(alpha <= 127)
    moved: Alpha = np.clip(127.5 + 255 * (inside + pixels), 0, 255).astype(np.uint8)
    return moved if pixels else alpha


def _disc(evidence: Evidence, share: float, place: tuple[float, float]) -> npt.NDArray[np.bool_]:
    """A disc of ``share`` of the product's area, ``place`` shares of the photo from its middle (down, across)."""
    height, width = evidence.full_alpha.shape
    area = share * float((evidence.full_alpha > 127).sum())
    y, x = np.mgrid[0:height, 0:width] + 0.5
    down, across = y - height * (0.5 + place[0]), x - width * (0.5 + place[1])
    found: npt.NDArray[np.bool_] = np.hypot(down, across) < np.sqrt(area / np.pi)
    return found


def _padded(evidence: Evidence, edges: tuple[tuple[int, int], tuple[int, int]]) -> Evidence:
    canvas = canvas_of(evidence)
    rgb = np.pad(canvas.rgb, (*edges, (0, 0)), constant_values=255)
    return replace(evidence, canvas=replace(canvas, rgb=rgb, alpha=np.pad(canvas.alpha, edges)))


def _masks(evidence: Evidence) -> dict[str, npt.NDArray[np.float32]]:
    return evidence.trace.masks


def _trace(masks: dict[str, npt.NDArray[np.float32]]) -> Trace:
    numbers = {
        "first_certainty": certainty(masks["u2net"]),
        "disagreement": disagreement(masks["isnet"], masks["u2net"]),
        "variation": 0.0,
    }
    return Trace(masks=masks, numbers=numbers)


def _cut(rgb: Pixels, start: int) -> Pixels:
    return np.ascontiguousarray(rgb[:, start:])


def _cut_alpha(alpha: Alpha | None, start: int) -> Alpha | None:
    return None if alpha is None else np.ascontiguousarray(alpha[:, start:])
