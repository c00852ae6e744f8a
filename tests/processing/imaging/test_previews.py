"""The preview shows what saving makes: to the pixel at full size, and nearly so on a smaller screen."""

import numpy as np
import pytest
from PIL import Image

from processing.imaging import pipeline, previews, rendering, screens, shadows
from processing.imaging.contract import Context, no_models
from processing.imaging.faults import InvalidRecipe
from processing.imaging.frame import Frame, Joint
from processing.imaging.previews import View, preview
from tests.images import BLACK, BLUE, RED, WHITE, Shot

RETOUCH = {
    "edge": {"shift": 2.5, "feather": 1.0},
    "decontaminate": {"strength": 80.0},
    "shadow": {"kind": "cast", "density": 60.0, "softness": 40.0, "direction": 60.0, "length": 25.0},
}
SIZE = (1800, 1440)


def photographed(alpha: np.ndarray) -> Shot:
    """A grained red product of that opacity before black; quicker than drawing so large a shot."""
    grain = np.random.default_rng(7).normal(0, 4, (*alpha.shape, 1))
    share = alpha[..., None] / 255
    rgb = share * np.clip(np.array(RED) + grain, 0, 255) + (1 - share) * np.array(BLACK)
    return Shot((rgb + 0.5).clip(0, 255).astype(np.uint8), alpha, RED, BLACK)


@pytest.fixture(scope="module")
def shot() -> Shot:
    """An upright ellipse in the middle."""
    y, x = np.mgrid[: SIZE[1], : SIZE[0]] + 0.5
    far = np.hypot((x - SIZE[0] / 2) / 450, (y - SIZE[1] / 2) / 360)
    return photographed((np.clip((1 - far) * 400 + 0.5, 0, 1) * 255).astype(np.uint8))


def saved(shot: Shot, retouch: dict[str, dict[str, object]]) -> rendering.Canvas:
    """What is rendered from the finished cut-out at full size."""
    result = pipeline.run(shot.frame.with_alpha(shot.alpha), pipeline.parse(retouch), Context(no_models))
    return shadows.under(rendering.place(result.frame, rendering.MASTER), result.frame.shadow)


def window_of(canvas: rendering.Canvas, view: View) -> np.ndarray:
    """The photo's window on the canvas; the drawn product is never scaled there."""
    assert canvas.scale == 1
    x, y = view.x + int(canvas.offset[0]), view.y + int(canvas.offset[1])
    return canvas.rgb[y : y + view.height, x : x + view.width]


def shown(shot: Shot, view: View, scale: float, retouch: dict[str, dict[str, object]]) -> np.ndarray:
    around = np.pad(shot.alpha, 600)
    padded = around[600 + view.y : 600 + view.y + view.height, 600 + view.x : 600 + view.x + view.width]
    size = (round(view.width * scale), round(view.height * scale))
    mask = np.asarray(Image.fromarray(padded).resize(size, Image.Resampling.BOX))
    whole = screens.shrink(np.repeat(shot.alpha[..., None], 3, axis=2), 768)[..., 0]
    return preview(shot.frame, view, mask, whole, retouch).rgb


@pytest.mark.parametrize("name", ["edge", "decontaminate"])
def test_at_full_size_it_is_the_saved_picture_to_the_pixel(shot: Shot, name: str) -> None:
    """Half of the disc's rim, with a margin that the steps may look into."""
    only = {name: RETOUCH[name]}
    view, inner = View(400, 300, 840, 600), np.s_[32:-32, 32:-32]
    made = window_of(saved(shot, only), view)
    assert (shown(shot, view, 1.0, only)[inner] == made[inner]).all()
    assert (made[inner] != window_of(saved(shot, {}), view)[inner]).any()


def test_at_full_size_translucency_that_the_photo_came_with_is_as_it_is_saved() -> None:
    y, x = np.mgrid[:1440, :1800] + 0.5
    far = np.hypot(x - 900, y - 720)
    alpha = np.where(far < 400, 153, np.clip((560 - far) * 90, 0, 255)).astype(np.uint8)
    share = alpha[..., None] / 255
    rgb = (share * np.array(BLUE) + (1 - share) * 255 + 0.5).astype(np.uint8)
    rgb[(far >= 400) & (far < 557)] = RED
    source = Frame(rgb, own=alpha)
    view, inner = View(400, 300, 840, 600), np.s_[32:-32, 32:-32]
    result = pipeline.run(source.with_alpha(alpha), pipeline.parse({"decontaminate": {}}), Context(no_models))
    made = window_of(rendering.place(result.frame, rendering.MASTER), view)
    window = np.s_[view.y : view.y + view.height, view.x : view.x + view.width]
    whole = screens.shrink(np.repeat(alpha[..., None], 3, axis=2), 768)[..., 0]
    found = preview(source, view, alpha[window], whole, {"decontaminate": {}})
    assert (found.rgb[inner] == made[inner]).all()


def test_within_a_painted_lens_where_no_backdrop_is_seen_it_is_the_saved_picture() -> None:
    """What was seen through the lens is taken out by the whole photo's backdrop."""
    y, x = np.mgrid[:1440, :1800] + 0.5
    far = np.hypot(x - 900, y - 720)
    shot = photographed(np.where(far < 400, 153, np.where(far < 560, 255, 0)).astype(np.uint8))
    view, inner = View(700, 420, 520, 520), np.s_[32:-32, 32:-32]
    made = window_of(saved(shot, {"decontaminate": {}}), view)[inner].astype(int)
    seen = shown(shot, view, 1.0, {"decontaminate": {}})[inner].astype(int)
    plain = shown(shot, view, 1.0, {"decontaminate": {"strength": 0.0}})[inner].astype(int)
    assert np.abs(made - plain).mean() > 15, "it loses the black that was behind it"
    assert np.abs(made - seen).max() <= 1


def test_the_shadow_lies_where_saving_puts_it(shot: Shot) -> None:
    """It is computed from a smaller mask, so that a hard line of it may lie half a pixel off; no more than that."""
    view = View(500, 660, 840, 480)
    made, seen = window_of(saved(shot, RETOUCH), view).astype(int), shown(shot, view, 1.0, RETOUCH)
    inner = np.s_[32:-32, 32:-32]
    assert (made < 250).any()
    off = np.abs(made - seen)[inner]
    assert off.mean() < 0.3
    assert np.percentile(off, 99) <= 8
    moved = [np.abs(made - np.roll(seen, by, axis=0))[inner].mean() for by in (-1, 1)]
    assert off.mean() < 0.1 * min(moved)


def test_on_a_small_screen_it_is_nearly_the_saved_picture(shot: Shot) -> None:
    view = View(400, 220, 1000, 1000)
    seen = shown(shot, view, 0.4, RETOUCH).astype(int)
    made = Image.fromarray(window_of(saved(shot, RETOUCH), view)).resize((400, 400), Image.Resampling.LANCZOS)
    off = np.abs(seen - np.asarray(made).astype(int))
    assert off.mean() < 1
    assert np.percentile(off, 98) < 12


def test_beyond_the_photo_there_is_white_and_the_shadow(shot: Shot) -> None:
    far = View(0, -500, 200, 200)
    assert (shown(shot, far, 1.0, RETOUCH) == 255).all()
    long = {**RETOUCH, "shadow": {**RETOUCH["shadow"], "kind": "drop", "direction": 90.0, "length": 100.0}}
    alpha = np.zeros(SIZE[::-1], np.uint8)
    alpha[40:1400, 50:1750] = 255
    below = shown(photographed(alpha), View(600, 1441, 600, 80), 1.0, long)
    assert below.min() < 240


def test_lengths_are_scaled_within_their_range_and_nothing_else_is() -> None:
    half = previews.scaled({"edge": {"shift": -4.0}, "decontaminate": {"radius": 1.5, "strength": 60.0}}, 0.5)
    assert half == {"edge": {"shift": -2.0}, "decontaminate": {"radius": 1.0, "strength": 60.0}}


def test_a_bad_value_is_refused(shot: Shot) -> None:
    with pytest.raises(InvalidRecipe):
        shown(shot, View(0, 0, 50, 50), 1.0, {"shadow": {"kind": "glow"}})


def test_clear_glass_is_shown_as_it_is_saved() -> None:
    alpha = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    alpha[360:1080, 450:1350] = 255
    rgb = np.full((*alpha.shape, 3), (226, 224, 220), np.uint8)
    rgb[alpha == 255] = (180, 182, 184)
    rgb[600:800, 800:1000] = RED
    shot = Shot(rgb, alpha, RED, WHITE)
    retouch = {"glass": {"clarity": 100.0}}
    view = View(600, 500, 500, 400)
    wanted = window_of(saved(shot, retouch), view).astype(int)
    assert np.abs(wanted - window_of(saved(shot, {}), view)).max() > 15
    assert np.abs(shown(shot, view, 1.0, retouch).astype(int) - wanted).max() <= 3


def test_glass_that_stays_solid_is_told_with_its_reason() -> None:
    alpha = np.zeros((400, 400), np.uint8)
    alpha[100:300, 100:300] = 255
    shot = photographed(alpha)
    made = preview(shot.frame, View(0, 0, 400, 400), alpha, alpha, {"glass": {"clarity": 100.0}})
    assert len(made.notes) == 1 and made.notes[0].startswith("glass stays solid: the backdrop is as bright as")
    assert preview(shot.frame, View(0, 0, 400, 400), alpha, alpha, {"glass": {"clarity": 0.0}}).notes == ()


def test_what_lies_under_the_product_is_shown_and_casts_its_shadow_as_it_is_saved(shot: Shot) -> None:
    below = Joint(np.full((260, 200, 3), 60, np.uint8), np.full((260, 200), 255, np.uint8), 800, 180)
    source, only = shot.frame.with_joint(below), {"shadow": {**RETOUCH["shadow"], "kind": "drop"}}
    result = pipeline.run(source.with_alpha(shot.alpha), pipeline.parse(only), Context(no_models))
    made = window_of(
        shadows.under(rendering.place(result.frame, rendering.MASTER), result.frame.shadow), View(600, 120, 700, 500)
    )
    whole = screens.shrink(np.repeat(shot.alpha[..., None], 3, axis=2), 768)[..., 0]
    seen = preview(source, View(600, 120, 700, 500), shot.alpha[120:620, 600:1300], whole, only).rgb
    assert np.abs(seen.astype(int) - made).mean() < 1
    assert (seen[100, 300] == 60).all()
