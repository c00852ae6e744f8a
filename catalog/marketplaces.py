"""What each marketplace asks of a picture, its name, its bytes and its metadata: the presets, one entry each. Pure.

Marketplaces change their rules: every entry says where its numbers come from, and how sure they are.
"""

from dataclasses import dataclass
from typing import Literal

from catalog.image_sheets import AMAZON, CUTOUT, EBAY, GOOGLE, SHOPIFY, SHOPIFY_OLD, ZALANDO, ImageSheet
from catalog.picture_names import NAMINGS

Format = Literal["JPEG", "PNG", "WEBP"]
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Preset:
    """What one marketplace asks for. Lengths are pixels, sizes bytes; fill and margin are shares of the canvas.

    The canvas is ``width`` x ``height``, or smaller in the same shape where the product has too few pixels, down to
    a longer edge of ``min_edge``. ``width`` 0 keeps the photo's own size and geometry. ``background`` None is
    transparent. ``upscale`` allows enlarging up to ``min_edge``, always with a note; without it such a photo is left
    out, with the reason. ``most_pictures`` counts those of one product; further ones are left out. ``shadow`` "own"
    takes the shadow that a recipe or a retoucher gave the photo; "none" leaves it out, with a note.
    """

    slug: str
    label: str
    description: str
    width: int
    height: int
    min_edge: int
    max_edge: int
    format: Format
    naming: str
    sources: tuple[str, ...]
    fill: float = 0.88
    least_fill: float = 0.0
    margin: float = 0.01
    background: tuple[int, int, int] | None = (255, 255, 255)
    quality: int = 92
    least_quality: int = 80
    max_bytes: int = 10 * MEGABYTE
    colour_profile: str = "sRGB"
    good_edge: int = 0
    most_pictures: int = 100
    alt_limit: int = 512
    shadow: Literal["none", "own"] = "none"
    upscale: bool = False
    sheets: tuple[ImageSheet, ...] = ()

    def __post_init__(self) -> None:
        if self.naming not in NAMINGS:
            raise ValueError(f"{self.slug}: there is no naming called {self.naming!r}")
        if self.width and not self.min_edge <= max(self.width, self.height) <= self.max_edge:
            raise ValueError(f"{self.slug}: the canvas lies outside what the marketplace takes")
        if self.background is None and self.format == "JPEG":
            raise ValueError(f"{self.slug}: a JPEG has no transparency")
        if self.shadow == "own" and (self.background is None or self.keeps_source_size):
            raise ValueError(f"{self.slug}: a shadow needs a canvas with a background to fall on")

    @property
    def keeps_source_size(self) -> bool:
        """Whether the picture keeps the photo's own size and geometry."""
        return self.width == 0


AMAZON_PRESET = Preset(
    slug="amazon",
    label="Amazon",
    description="2000 px square JPEG on pure white, the product on at least 85 % of it, named ASIN.MAIN.jpg.",
    width=2000,
    height=2000,
    min_edge=500,
    good_edge=1000,
    max_edge=10_000,
    fill=0.88,
    least_fill=0.85,
    format="JPEG",
    naming="amazon",
    most_pictures=9,
    alt_limit=100,
    upscale=True,
    sheets=(AMAZON,),
    sources=(
        "Sides, white and 85 %: Amazon's site standards as quoted by help.e-tailize.com (second hand); zoom from "
        "1000 px, best from 1600 px, 2000 px advised (second hand).",
        "Name ASIN.VARIANT.ext with MAIN and PT01 onwards; ASIN, ISBN, EAN, JAN or UPC, never a SKU: Seller Central's "
        "own pages.",
        "10 MB and 9 pictures: second hand. Pages disagree about shadows, so there are none.",
        "Amazon reads its alt texts elsewhere (A+ content, 100 characters: general knowledge); here it is metadata.",
    ),
)

SHOPIFY_PRESET = Preset(
    slug="shopify",
    label="Shopify",
    description="2048 px square JPEG on white, named sku-view.jpg, with import sheets for both sets of columns.",
    width=2048,
    height=2048,
    min_edge=800,
    max_edge=4472,
    fill=0.9,
    format="JPEG",
    naming="slug",
    max_bytes=20 * MEGABYTE,
    most_pictures=250,
    alt_limit=512,
    shadow="own",
    upscale=False,
    sheets=(SHOPIFY, SHOPIFY_OLD),
    sources=(
        "2048 px square: second hand. Largest 4472 px and 20 MB: Shopify's older API guide, the safer of two figures.",
        "Columns: Shopify's help page (new names) and import profiles that still use Handle and Image Src (old names).",
        "Alt text of at most 512 characters, file names that are final and must not end in _thumb, _small or _medium: "
        "second hand. The least edge of 800 px is ours, so that its zoom still has something to show.",
        "Background and shadows are the shop's own choice, so a photo keeps the shadow that it was given.",
    ),
)

GOOGLE_PRESET = Preset(
    slug="google",
    label="Google Merchant Center",
    description="1500 px square JPEG on white, the product on 75 to 90 % of it, with a feed of image links.",
    width=1500,
    height=1500,
    min_edge=500,
    max_edge=8000,
    fill=0.85,
    least_fill=0.75,
    format="JPEG",
    naming="slug",
    max_bytes=16 * MEGABYTE,
    most_pictures=11,
    alt_limit=250,
    upscale=False,
    sheets=(GOOGLE,),
    sources=(
        "500 px at least from 31 January 2027, 1500 px advised, at most 64 megapixels and 16 MB: Google, 6324350.",
        "75 to 90 % of the frame and no enlarged thumbnails: second hand. One image_link and ten additional ones.",
        "The feed has no alt text; its 250 characters are ours.",
    ),
)

CUTOUT_PRESET = Preset(
    slug="cutout",
    label="Cut-out",
    description="PNG at the photo's full resolution with its transparency, named like the photo.",
    width=0,
    height=0,
    min_edge=1,
    max_edge=65_500,
    format="PNG",
    naming="stem",
    background=None,
    max_bytes=2_000 * MEGABYTE,
    sheets=(CUTOUT,),
    sources=("Loupe's own: the picture as it was cut out, for whatever comes next.",),
)

EBAY_PRESET = Preset(
    slug="ebay",
    label="eBay",
    description="1600 px square JPEG on white, named sku-view.jpg.",
    width=1600,
    height=1600,
    min_edge=500,
    good_edge=1000,
    max_edge=6000,
    fill=0.88,
    format="JPEG",
    naming="slug",
    least_quality=90,
    max_bytes=12 * MEGABYTE,
    most_pictures=24,
    upscale=False,
    sheets=(EBAY,),
    sources=(
        "500 px at least, no borders or added text: eBay's picture policy. 1600 px is the most it stores; 1000 px and "
        "JPEG quality 90 are what its interface warns below: eBay's developer pages.",
        "12 MB, width and height together 12000 px: eBay's text on mirrors. No drop shadow: eBay's older guidelines.",
    ),
)

ZALANDO_PRESET = Preset(
    slug="zalando",
    label="Zalando",
    description="1801 x 2600 px JPEG on white, upright, named sku-view.jpg.",
    width=1801,
    height=2600,
    min_edge=1100,
    max_edge=10_000,
    fill=0.9,
    format="JPEG",
    naming="slug",
    max_bytes=20 * MEGABYTE,
    upscale=False,
    sheets=(ZALANDO,),
    sources=(
        "Ratio 1 to 1.44, at least 762 x 1100 px, best 1801 x 2600 px, JPEG of at most 20 MB, white packshot: "
        "Zalando's partner university. Its longest edge is not published; 10000 px is ours.",
    ),
)

PRESETS: tuple[Preset, ...] = (
    AMAZON_PRESET,
    SHOPIFY_PRESET,
    GOOGLE_PRESET,
    CUTOUT_PRESET,
    EBAY_PRESET,
    ZALANDO_PRESET,
)

_BY_SLUG = {preset.slug: preset for preset in PRESETS}


class UnknownMarketplace(KeyError):
    """There is no preset of that name; the message names those that there are."""

    def __str__(self) -> str:
        return f"There is no marketplace called {self.args[0]!r}; there are {', '.join(_BY_SLUG)}."


def preset(slug: str) -> Preset:
    """The preset of that name. Raises UnknownMarketplace."""
    try:
        return _BY_SLUG[slug]
    except KeyError:
        raise UnknownMarketplace(slug) from None
