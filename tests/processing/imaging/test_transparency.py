"""A photo's own transparency: the product without its shadow, lenses kept, crops told from cut-outs."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage

from processing.imaging import transparency
from processing.imaging.frame import Alpha, Pixels
from tests.images import product_shot

RED, BLACK, BLUE = (196, 40, 44), (0, 0, 0), (40, 60, 200)


def laid(*layers: tuple[np.ndarray, tuple[int, int, int]]) -> tuple[Alpha, Pixels]:
    """Opacity of layers of one colour each (the lowest first) over one another, and how they look on white."""
    shape = layers[0][0].shape
    own, rgb = np.zeros(shape), np.full((*shape, 3), 255.0)
    for opacity, colour in layers:
        share = opacity / 255
        rgb = rgb * (1 - share[..., None]) + np.array(colour) * share[..., None]
        own = own + (1 - own) * share
    return (own * 255 + 0.5).astype(np.uint8), (rgb + 0.5).astype(np.uint8)


def kept(own: Alpha, rgb: Pixels) -> Alpha:
    given = transparency.product(own, rgb)
    assert given is not None
    return given.alpha


def disc(shift: tuple[int, int] = (0, 0), fill: float = 0.5) -> Alpha:
    return product_shot((320, 300), shape="disc", shift=shift, fill=fill).alpha


def shadow(shift: tuple[int, int], strength: float = 0.4) -> np.ndarray:
    return ndimage.gaussian_filter(disc(shift).astype(float), 8) * strength


@pytest.mark.parametrize("shift", [(0, 12), (0, 160), (-14, 10)], ids=["beneath", "detached", "aside"])
@pytest.mark.parametrize("strength", [0.2, 0.6])
def test_the_shadow_goes_and_the_products_edge_stays(shift: tuple[int, int], strength: float) -> None:
    product = disc()
    own, rgb = laid((shadow(shift, strength), BLACK), (product, RED))
    assert np.count_nonzero((own > 0) & (product == 0)) > 2000
    found = kept(own, rgb)
    assert (np.abs(found.astype(int) - product) <= 24).mean() > 0.9995
    beyond = found[ndimage.distance_transform_edt(product == 0) > 3]
    assert beyond.max() < 8, "what is left is fainter than what cleaning takes away"


def test_without_a_shadow_nothing_changes() -> None:
    own, rgb = laid((disc(), RED))
    given = transparency.product(own, rgb)
    assert given is not None and np.array_equal(given.alpha, own) and given.shadow == 0


@pytest.mark.parametrize("opacity", [110, 232])
@pytest.mark.parametrize("colour", [BLACK, BLUE])
def test_a_lens_stays_as_translucent_as_it_is(opacity: int, colour: tuple[int, int, int]) -> None:
    frame, lens = disc(), disc(fill=0.3)
    ring = np.where(lens > 0, 0, frame)
    own, rgb = laid((shadow((0, 170)), BLACK), (np.where(lens > 0, opacity, 0), colour), (ring, RED))
    assert (kept(own, rgb)[lens == 255] == opacity).all()
    within = transparency.lenses(own)
    assert within[lens == 255].mean() > 0.95 and not within[frame == 0].any()


def test_a_shadow_in_a_handle_goes() -> None:
    ring = np.where(disc(fill=0.4) > 0, 0, disc(fill=0.6))
    own, rgb = laid((shadow((0, 40)), BLACK), (ring, RED))
    inside = ndimage.binary_erosion(disc(fill=0.4) == 255, iterations=3)
    assert own[inside].min() == 0 and own[inside].max() > 60
    assert not kept(own, rgb)[inside].any()


@pytest.mark.parametrize("veil", [disc((0, 30)) * 0.5, shadow((0, 12), 0.6)], ids=["veil", "glow"])
def test_what_has_a_colour_is_no_shadow(veil: np.ndarray) -> None:
    own, rgb = laid((veil, BLUE), (disc(), RED))
    # Of what is fainter than a few levels nobody knows the colour.
    assert np.abs(kept(own, rgb).astype(int) - own).max() < 8


@pytest.mark.parametrize("opacity", [100, 150, 185])
def test_a_dark_veil_ends_where_a_shadow_fades_and_stays(opacity: int) -> None:
    veil = np.zeros((300, 320))
    veil[150:260, 60:260] = opacity
    own, rgb = laid((shadow((0, 175)), BLACK), (veil, (15, 15, 15)), (disc((0, -60), fill=0.4), RED))
    found = kept(own, rgb)
    assert (found[160:250, 70:250] >= opacity - 2).all()
    assert not transparency.lenses(own)[165:225, 70:250].any(), "it is not beyond doubt"


def test_how_much_was_shadow_is_told() -> None:
    own, rgb = laid((shadow((0, 170), 0.6), BLACK), (disc(), RED))
    given = transparency.product(own, rgb)
    assert given is not None
    assert given.shadow == pytest.approx(np.count_nonzero((own > 0) & (disc() == 0)), rel=0.2)


@pytest.mark.parametrize(("opacity", "stays"), [(0.2, False), (0.7, True), (0.9, True)])
def test_a_part_that_is_faint_all_over_goes_and_a_glass_beside_a_bottle_stays(opacity: float, stays: bool) -> None:
    glass = disc((0, 90), fill=0.2) * opacity
    own, rgb = laid((glass, BLUE), (disc((0, -60), fill=0.4), RED))
    given = transparency.product(own, rgb)
    assert given is not None and own[225:].any()
    assert np.array_equal(given.alpha[205:], own[205:]) is stays
    assert (given.shadow > 1000) is not stays, "what goes is told"


@pytest.mark.parametrize("opacity", [0, 120, 255])
def test_hardly_anything_or_everything_opaque_is_no_product(opacity: int) -> None:
    own = np.full((100, 120), opacity, np.uint8)
    own[0, 0] = 0
    assert transparency.product(own, np.full((100, 120, 3), 90, np.uint8)) is None


@pytest.mark.parametrize(
    ("shape", "plain"), [("box", True), ("disc", True), ("ring", False), ("pair", False), ("strap", False)]
)
def test_a_rectangle_and_an_ellipse_may_be_crops(shape: str, plain: bool) -> None:
    assert transparency.crop(product_shot((300, 200), shape=shape).alpha) is plain
    assert transparency.crop(np.zeros((9, 9), np.uint8)) is False


@pytest.mark.parametrize("radius", [0, 40, 90, 200])
def test_a_card_with_round_corners_and_a_pill_may_be_crops(radius: int) -> None:
    picture = Image.new("L", (600, 460))
    ImageDraw.Draw(picture).rounded_rectangle((40, 30, 560, 430), radius, fill=255)
    assert transparency.crop(np.asarray(picture))
    ImageDraw.Draw(picture).rectangle((300, 30, 560, 130), fill=0)
    assert not transparency.crop(np.asarray(picture))
