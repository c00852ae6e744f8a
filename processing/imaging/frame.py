"""Owns the Frame, the picture as every step sees it, and the one place where a file becomes one.

Whatever the file was (CMYK, Adobe RGB, 16 bit, palette, turned by EXIF), a Frame is upright 8-bit sRGB.
"""

import io
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from processing.imaging import colour, scaling
from processing.imaging.faults import UnreadablePicture

# Colour, H x W x 3, sRGB, 0 to 255; and opacity, H x W, 0 (background) to 255 (product).
Pixels = npt.NDArray[np.uint8]
Alpha = npt.NDArray[np.uint8]

MAX_PIXELS = 120_000_000


@dataclass(frozen=True, slots=True)
class Shadow:
    """What is painted beneath a product when it is placed on a canvas that may have a shadow.

    ``kind`` is "contact", "drop" or "cast". ``density`` is the share of light taken at the darkest place, 0 to 1;
    ``softness`` and ``length`` are shares, 0 to 1, of what each kind allows; ``direction`` is where the shadow falls,
    in degrees clockwise from the right: 90 is down, towards the viewer.
    """

    kind: str
    density: float
    softness: float
    direction: float
    length: float


@dataclass(frozen=True, slots=True, eq=False)
class Glass:
    """What lets the backdrop through: opacity within the product (H x W, 255 is solid), and colours without it."""

    opacity: Alpha
    rgb: Pixels


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """What lies under a garment, seen through its neck: colours (H x W x 3), their opacity (H x W), and where.

    ``x`` and ``y`` are the photo's pixel on which its first one lies; it lies within the photo.
    """

    rgb: Pixels
    alpha: Alpha
    x: int
    y: int

    @property
    def box(self) -> tuple[slice, slice]:
        """Rows and columns of the photo that it covers."""
        return slice(self.y, self.y + self.alpha.shape[0]), slice(self.x, self.x + self.alpha.shape[1])

    def under(self, rgb: Pixels, alpha: Alpha) -> tuple[Pixels, Alpha]:
        """A picture's colour and opacity (of the photo's shape) with this beneath; what is solid stays as it is."""
        above, below = alpha[self.box].astype(np.uint32), self.alpha.astype(np.uint32)
        shown = below * (255 - above)
        cover = above * 255 + shown
        mixed = rgb[self.box] * (above * 255)[..., None] + self.rgb * shown[..., None]
        found, opacity = rgb.copy(), alpha.copy()
        some = shown > 0
        found[self.box][some] = ((mixed[some] + cover[some][:, None] // 2) // cover[some][:, None]).astype(np.uint8)
        opacity[self.box] = (cover + 127) // 255
        return found, opacity


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A picture on its way through the steps. Never changed: a step returns another Frame.

    ``alpha`` covers the whole product, glass too; ``joint`` is drawn beneath and is no part of it; ``drawn`` is what a
    canvas gets. ``own`` is the transparency that the file came with, if it did; ``rgb`` lies on white there. ``given``
    says that ``alpha`` was made of it: it is no model's guess, and no step sharpens or cleans it.
    """

    rgb: Pixels
    alpha: Alpha | None = None
    notes: tuple[str, ...] = ()
    shadow: Shadow | None = None
    glass: Glass | None = None
    joint: Joint | None = None
    own: Alpha | None = None
    given: bool = False

    @property
    def drawn(self) -> tuple[Pixels, Alpha | None]:
        """Colour and opacity as they are put on a canvas: of clear glass without what was seen through it, and with
        what lies under the product."""
        if self.alpha is None:
            return self.rgb, None
        rgb, alpha = self.rgb, self.alpha
        if self.glass:
            rgb, alpha = self.glass.rgb, _product(alpha, self.glass.opacity)
        return self.joint.under(rgb, alpha) if self.joint else (rgb, alpha)

    @property
    def covered(self) -> Alpha | None:
        """The opacity of all that is drawn, glass as if it were solid: what the product's box is taken from."""
        if self.joint is None or self.alpha is None:
            return self.alpha
        return self.joint.under(self.rgb, self.alpha)[1]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.rgb.shape[1], self.rgb.shape[0]

    def with_alpha(self, alpha: Alpha | None) -> "Frame":
        return replace(self, alpha=alpha)

    def with_given(self, alpha: Alpha) -> "Frame":
        return replace(self, alpha=alpha, given=True)

    def with_rgb(self, rgb: Pixels) -> "Frame":
        return replace(self, rgb=rgb)

    def with_shadow(self, shadow: Shadow | None) -> "Frame":
        return replace(self, shadow=shadow)

    def with_joint(self, joint: Joint | None) -> "Frame":
        return replace(self, joint=joint)

    def with_glass(self, glass: Glass | None) -> "Frame":
        return replace(self, glass=glass)

    def noting(self, *notes: str) -> "Frame":
        return replace(self, notes=self.notes + notes)


def decode(source: Path | BinaryIO | bytes, *, max_pixels: int = MAX_PIXELS) -> Frame:
    """Read a picture as upright 8-bit sRGB, completely or not at all. Raises UnreadablePicture."""
    handle = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        with warnings.catch_warnings(), Image.open(handle) as picture:
            # Our own limit is stricter than the one Pillow warns about, and comes before any decoding.
            warnings.simplefilter("ignore")
            _refuse_giant(picture, max_pixels)
            frames = getattr(picture, "n_frames", 1)
            notes = (f"first of {frames} frames taken",) if frames > 1 else ()
            picture.load()
            return _upright_srgb(picture, notes)
    except UnreadablePicture:
        raise
    except Image.DecompressionBombError as error:
        raise _giant("more pixels than any decoder here accepts", max_pixels) from error
    # Decoders fail in their own ways on damaged bytes; to the sender all of them mean the same.
    except (
        OSError,
        ValueError,
        SyntaxError,
        TypeError,
        IndexError,
        KeyError,
        MemoryError,
        EOFError,
    ) as error:
        raise _unreadable(error) from error


def _product(one: Alpha, other: Alpha) -> Alpha:
    """Two opacities on one another, rounded: (v + 128 + (v + 128) / 256) / 256 is exact for products of two bytes."""
    found = one.astype(np.uint16) * other + 128
    return ((found + (found >> 8)) >> 8).astype(np.uint8)


def _refuse_giant(picture: Image.Image, max_pixels: int) -> None:
    if picture.width * picture.height > max_pixels:
        raise _giant(f"{picture.width} x {picture.height} px", max_pixels)


def _upright_srgb(picture: Image.Image, notes: tuple[str, ...]) -> Frame:
    profile = picture.info.get("icc_profile")
    notes += _turn(picture)
    own = colour.own_alpha(picture)
    converted, more = colour.to_srgb(picture, profile)
    return Frame(np.asarray(converted), None, notes + more, own=own)


def _turn(picture: Image.Image) -> tuple[str, ...]:
    """Turn a picture upright in place; one whose EXIF can't be read lies as it is, with a note."""
    try:
        # Asked for another picture it copies even one that lies right already.
        ImageOps.exif_transpose(picture, in_place=True)
    except Exception as error:  # EXIF is a guest's own grammar, and Pillow fails on it in every way there is
        why = (str(error) or type(error).__name__).splitlines()[0][:80]
        return (f"its EXIF can't be read ({why}): taken as upright",)
    return ()


def reduced(picture: Image.Image, edge: int) -> Frame:
    """A decoded picture's copy to look at, at most ``edge`` px long and without ``own``; the picture itself is spent.

    Raises what Pillow raises on colours that it cannot convert.
    """
    profile = picture.info.get("icc_profile")
    turned = _turn(picture)
    size = scaling.fitted(picture.size, edge)
    # Before colours are converted, since fewer are left then; one that stands for transparency would be lost.
    if picture.mode in ("L", "RGB", "RGBA") and "transparency" not in picture.info:
        picture = Image.fromarray(scaling.smooth(np.asarray(picture), size))
    converted, notes = colour.to_srgb(picture, profile)
    return Frame(scaling.smooth(np.asarray(converted), size), None, turned + notes)


def _giant(measured: str, max_pixels: int) -> UnreadablePicture:
    return UnreadablePicture(
        "too_many_pixels",
        measured=f"The picture has {measured}.",
        wanted=f"at most {max_pixels / 1e6:.0f} megapixels.",
        action="Export the photo at a smaller size.",
    )


def _unreadable(error: Exception) -> UnreadablePicture:
    why = (str(error) or type(error).__name__).splitlines()[0]
    if isinstance(error, UnidentifiedImageError):
        # Pillow names the stream that it was given, by its place in memory.
        why = "it does not begin like any picture"
    return UnreadablePicture(
        "unreadable",
        measured=f"The file could not be decoded completely ({why}).",
        wanted="a complete JPEG or PNG.",
        action="Export the photo again from the original and upload it once more.",
    )
