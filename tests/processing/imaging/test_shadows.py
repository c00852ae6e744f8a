"""Shadows fall where they are told to, as dark and as soft as they are told to, and never on the border."""

import numpy as np
import pytest

from processing.imaging import shadows
from processing.imaging.frame import Frame, Shadow
from processing.imaging.rendering import MASTER, Canvas, Spec, place
from processing.imaging.shadows import KINDS, taken, under
from tests.images import product_shot


def canvas_of(shape: str = "box", size: int = 600) -> Canvas:
    return place(product_shot((1200, 960), shape=shape, fill=0.5).cutout, Spec(size, size, fill=0.6))


def shadow(kind: str = "drop", **values: float) -> Shadow:
    return Shadow(kind, **{"density": 0.5, "softness": 0.3, "direction": 90.0, "length": 0.5, **values})


def loss(canvas: Canvas, cast: Shadow) -> np.ndarray:
    """How much darker each background pixel became, 0 to 255."""
    darker = canvas.rgb.astype(int) - under(canvas, cast).rgb
    return np.where(canvas.alpha == 0, darker.max(axis=-1), 0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("direction", [0.0, 90.0, 200.0, 300.0])
def test_the_border_stays_exactly_white_and_the_product_as_it_is(kind: str, direction: float) -> None:
    canvas = place(product_shot(fill=0.9).cutout, Spec(500, 500, fill=0.97))
    after = under(canvas, shadow(kind, density=1.0, softness=1.0, length=1.0, direction=direction))
    rim = max(2, round(0.01 * 500))
    for side in (np.s_[:rim], np.s_[-rim:], np.s_[:, :rim], np.s_[:, -rim:]):
        background = canvas.alpha[side] == 0
        assert (after.rgb[side][background] == 255).all()
    assert (after.rgb[canvas.alpha == 255] == canvas.rgb[canvas.alpha == 255]).all()
    assert (after.alpha == canvas.alpha).all()
    assert (after.rgb <= canvas.rgb).all(), "a shadow only darkens"


@pytest.mark.parametrize(("direction", "way"), [(0, (0, 1)), (90, (1, 0)), (180, (0, -1)), (270, (-1, 0))])
def test_a_drop_shadow_falls_in_its_direction(direction: float, way: tuple[int, int]) -> None:
    canvas = canvas_of()
    dark = loss(canvas, shadow("drop", direction=direction))
    rows, columns = np.nonzero(dark > 4)
    weight = dark[rows, columns]
    off = np.average(rows, weights=weight) - 300, np.average(columns, weights=weight) - 300
    along = off[0] * way[0] + off[1] * way[1]
    assert along > 40
    assert abs(off[0] * way[1]) + abs(off[1] * way[0]) < 10


@pytest.mark.parametrize("kind", KINDS)
def test_density_is_the_light_lost_at_the_darkest_place(kind: str) -> None:
    canvas = canvas_of()
    light, dark = (loss(canvas, shadow(kind, density=d, softness=0.2)).max() for d in (0.2, 0.6))
    assert dark == pytest.approx(3 * light, rel=0.1)
    assert dark <= 0.6 * 255 + 1


@pytest.mark.parametrize("kind", KINDS)
def test_softness_widens_the_edge(kind: str) -> None:
    canvas = canvas_of()
    hard, soft = (loss(canvas, shadow(kind, softness=s)) for s in (0.05, 0.9))
    open_ground = (canvas.alpha[1:] == 0) & (canvas.alpha[:-1] == 0)
    steepest = [np.abs(np.diff(picture.astype(float), axis=0)[open_ground]).max() for picture in (hard, soft)]
    assert steepest[0] > 1.5 * steepest[1]


def test_a_contact_shadow_stays_where_the_product_stands() -> None:
    canvas = canvas_of()
    rows, columns = np.nonzero(loss(canvas, shadow("contact", length=0.0)) > 6)
    assert rows.min() >= canvas.box[3] - 30
    assert rows.max() < canvas.box[3] + 60
    assert abs(columns.mean() - 300) < 5


def test_only_what_stands_on_the_ground_touches_it() -> None:
    """Two parts, one hanging a third higher: only the lower one gets a contact shadow."""
    alpha = np.zeros((400, 400), np.uint8)
    alpha[100:300, 80:160] = 255
    alpha[100:220, 240:320] = 255
    light = taken(alpha, (80, 100, 320, 300), shadow("contact", length=0.0))
    assert light[300:330, 80:160].max() > 0.2
    assert light[220:260, 240:320].max() < 0.02


@pytest.mark.parametrize(("direction", "sign"), [(60.0, 1), (120.0, -1)])
def test_a_cast_shadow_leans_away_from_the_light_and_grows_softer(direction: float, sign: int) -> None:
    canvas = canvas_of()
    short, long = (loss(canvas, shadow("cast", direction=direction, length=length)) for length in (0.1, 0.35))
    assert sign * (np.nonzero(long > 4)[1].mean() - 300) > 10
    assert np.nonzero(long > 8)[0].max() > np.nonzero(short > 8)[0].max() + 10
    assert np.nonzero(long > 8)[0].min() >= canvas.box[3] - 40, "it lies on the ground, in front of the product"


def test_it_looks_the_same_at_any_size() -> None:
    small, large = canvas_of(size=300), canvas_of(size=900)
    cast = shadow("cast", direction=50.0)
    reduced = under(large, cast).rgb.reshape(300, 3, 300, 3, 3).mean(axis=(1, 3))
    assert np.abs(reduced - under(small, cast).rgb)[small.alpha == 0].max() < 12


def test_without_one_the_very_canvas_comes_back() -> None:
    canvas = canvas_of()
    assert under(canvas, None) is canvas


def test_a_transparent_canvas_is_refused() -> None:
    canvas = place(product_shot().cutout, Spec(300, 300, background=None))
    with pytest.raises(ValueError, match="background"):
        under(canvas, shadow())


def test_nothing_visible_casts_nothing() -> None:
    assert not taken(np.zeros((50, 50), np.uint8), (10, 10, 40, 40), shadow()).any()
    assert shadows.working_size((5000, 2500)) == (480, 240)
    assert MASTER.background is not None and Frame(np.zeros((1, 1, 3), np.uint8)).shadow is None
