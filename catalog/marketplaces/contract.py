"""What a preset can ask of a picture, its name, its bytes and its metadata. Pure.

Marketplaces change their rules: every preset says where its numbers come from, and how sure they are.
"""

from dataclasses import dataclass
from typing import Literal

from catalog.image_sheets import ImageSheet
from catalog.picture_names import NAMINGS

Format = Literal["JPEG", "PNG", "WEBP"]
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Preset:
    """What one marketplace asks for. Lengths are pixels, sizes bytes; fill and margin are shares of the canvas.

    The canvas is ``width`` x ``height``, or smaller in the same shape where the product has too few pixels, down to
    a longer edge of ``min_edge``. ``width`` 0 keeps the photo's own size and geometry. ``background`` None is
    transparent. ``upscale`` allows enlarging up to ``min_edge``, always with a note; without it such a photo is left
    out, with the reason. Where white around the product does not count, its own longer side must have
    ``least_product``; then a shorter side below that is noted. A canvas below ``good_edge`` is noted, with what the
    marketplace wants more pixels for. A file below ``least_bytes`` gets a higher quality, with a note, or is left out.

    ``most_pictures`` counts those of one product; further ones are left out, and an export notes products with fewer
    than ``least_pictures``. ``shadow`` "own" takes the shadow that a recipe or a retoucher gave the photo; "none"
    leaves it out, with a note. ``scenes`` says whether it takes pictures of a product put into a scene, behind the
    product's own; where that is not known, it gets none.
    """

    slug: str
    label: str
    description: str
    width: int
    height: int
    min_edge: int
    format: Format
    naming: str
    sources: tuple[str, ...]
    max_edge: int = 10_000  # ours, where a marketplace names none
    fill: float = 0.88
    least_fill: float = 0.0
    margin: float = 0.01
    background: tuple[int, int, int] | None = (255, 255, 255)
    quality: int = 92
    least_quality: int = 80
    max_bytes: int = 10 * MEGABYTE  # ours, likewise
    least_bytes: int = 0
    colour_profile: str = "sRGB"
    good_edge: int = 0
    good_for: str = "a good picture"
    least_product: int = 0
    most_pictures: int = 100
    least_pictures: int = 0
    alt_limit: int = 512
    shadow: Literal["none", "own"] = "none"
    scenes: Literal["yes", "no", "unknown"] = "unknown"
    upscale: bool = False
    sheets: tuple[ImageSheet, ...] = ()

    def __post_init__(self) -> None:
        if self.naming not in NAMINGS:
            raise ValueError(f"{self.slug}: there is no naming called {self.naming!r}")
        if self.width and not self.min_edge <= max(self.width, self.height) <= self.max_edge:
            raise ValueError(f"{self.slug}: the canvas lies outside what the marketplace takes")
        if self.least_product > self.fill * max(self.width, self.height) or self.least_bytes >= self.max_bytes:
            raise ValueError(f"{self.slug}: no product could be large enough for its own limits")
        if self.background is None and self.format == "JPEG":
            raise ValueError(f"{self.slug}: a JPEG has no transparency")
        if self.shadow == "own" and (self.background is None or self.keeps_source_size):
            raise ValueError(f"{self.slug}: a shadow needs a canvas with a background to fall on")

    @property
    def keeps_source_size(self) -> bool:
        """Whether the picture keeps the photo's own size and geometry."""
        return self.width == 0
