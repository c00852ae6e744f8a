"""Owns colour: profiles to sRGB, sRGB to CIE Lab, and the CIEDE2000 difference."""

import io
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

Floats = npt.NDArray[np.float32]

LAID_ON_WHITE = "own transparency laid on white"
# Modes of more than 8 bits a pixel.
_DEEP = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")

_SRGB = ImageCms.createProfile("sRGB")
_INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
_FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION
# The profile's own word for its data: the Pillow mode that carries it, and the modes that may be taken for it.
_MODES = {"RGB ": ("RGB", ("RGB", "L")), "CMYK": ("CMYK", ("CMYK",)), "GRAY": ("L", ("L",))}

# Seventeen levels of each channel, every colour of them.
_LATTICE = np.stack(np.meshgrid(*3 * [np.linspace(0, 255, 17).round().astype(np.uint8)], indexing="ij"), axis=-1)

# sRGB (D65) to XYZ by IEC 61966-2-1, scaled by the D65 white of the 2 degree observer.
_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]],
    dtype=np.float32,
)
_WHITE = np.array([0.95047, 1.0, 1.08883], dtype=np.float32)
_LEVELS = np.arange(256, dtype=np.float32) / 255
_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4).astype(np.float32)


def to_srgb(picture: Image.Image, profile: bytes | None) -> tuple[Image.Image, tuple[str, ...]]:
    """The picture as RGB in sRGB, and notes on what was done to it (none for an ordinary sRGB photo)."""
    eight, notes = _eight_bit(picture)
    opaque, more = _flattened(eight)
    if opaque.mode == "LAB":
        lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        return _converted(opaque, lab), (*notes, *more, "converted from Lab")
    if profile:
        managed, how = _by_profile(opaque, profile)
        return managed, (*notes, *more, *how)
    if opaque.mode == "CMYK":
        return _as(opaque, "RGB"), (
            *notes,
            *more,
            "CMYK without a profile: colours are a guess",
        )
    return _as(opaque, "RGB"), (*notes, *more)


def lab(rgb: npt.NDArray[np.uint8]) -> Floats:
    """CIE L*a*b* (D65) of 8-bit sRGB pixels in any shape that ends in 3. Source: CIE 15:2004."""
    xyz = (_LINEAR[rgb] @ _XYZ.T) / _WHITE
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack(
        [116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1
    ).astype(np.float32)


def linear(rgb: npt.NDArray[np.uint8]) -> Floats:
    """Light, 0 to 1, of 8-bit sRGB values of any shape. Source: IEC 61966-2-1."""
    return np.asarray(_LINEAR[rgb], np.float32)


def encoded(light: Floats) -> Floats:
    """sRGB values, 0 to 255 and not rounded, of light; light beyond 0 to 1 is cut off."""
    kept = np.clip(light, 0, 1)
    return np.asarray(255 * np.where(kept <= 0.0031308, 12.92 * kept, 1.055 * kept ** (1 / 2.4) - 0.055), np.float32)


def luminance(light: Floats) -> Floats:
    """The luminance Y, 0 to 1, of linear sRGB (ending in 3)."""
    return np.asarray(light @ _XYZ[1], np.float32)


def srgb(values: Floats) -> npt.NDArray[np.uint8]:
    """8-bit sRGB of CIE L*a*b* (D65) in any shape that ends in 3, cut to what sRGB holds: the way back of ``lab``."""
    y = (values[..., 0] + 16) / 116
    f = np.stack([y + values[..., 1] / 500, y, y - values[..., 2] / 200], axis=-1)
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * _WHITE
    return np.asarray(encoded(np.asarray(xyz @ np.linalg.inv(_XYZ).T, np.float32)) + 0.5, np.uint8)


def ciede2000(one: npt.NDArray[np.floating], other: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Colour difference of two Lab arrays of the same shape (ending in 3). Symmetric; 1 is just visible.

    Source: Sharma, Wu, Dalal, "The CIEDE2000 color-difference formula", 2005; its variable names are kept.
    """
    l1, a1, b1 = np.moveaxis(np.asarray(one, np.float64), -1, 0)
    l2, a2, b2 = np.moveaxis(np.asarray(other, np.float64), -1, 0)
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7)))
    c1, h1 = _chroma_hue((1 + g) * a1, b1)
    c2, h2 = _chroma_hue((1 + g) * a2, b2)
    return _weighted(l1, c1, h1, l2, c2, h2)


Doubles = npt.NDArray[np.float64]


def _chroma_hue(a: Doubles, b: Doubles) -> tuple[Doubles, Doubles]:
    return np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360


def _weighted(l1: Doubles, c1: Doubles, h1: Doubles, l2: Doubles, c2: Doubles, h2: Doubles) -> Doubles:
    grey = c1 * c2 == 0
    turn = np.where(grey, 0.0, (h2 - h1 + 180) % 360 - 180)
    # A difference of exactly 180 degrees keeps its sign in the paper.
    turn = np.where(~grey & (h2 - h1 == 180), 180.0, turn)
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    mean_h = np.where(grey, h1 + h2, _mean_hue(h1, h2))
    t = (
        1
        - 0.17 * np.cos(np.radians(mean_h - 30))
        + 0.24 * np.cos(np.radians(2 * mean_h))
        + 0.32 * np.cos(np.radians(3 * mean_h + 6))
        - 0.20 * np.cos(np.radians(4 * mean_h - 63))
    )
    lightness = (l2 - l1) / (1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2))
    chroma = (c2 - c1) / (1 + 0.045 * mean_c)
    hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2) / (1 + 0.015 * mean_c * t)
    spread = 30 * np.exp(-(((mean_h - 275) / 25) ** 2))
    rotation = -np.sin(np.radians(2 * spread)) * 2 * np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7))
    return np.asarray(np.sqrt(lightness**2 + chroma**2 + hue**2 + rotation * chroma * hue))


def _mean_hue(h1: Doubles, h2: Doubles) -> Doubles:
    total = h1 + h2
    wrapped = np.where(total < 360, total + 360, total - 360)
    return np.where(np.abs(h1 - h2) <= 180, total, wrapped) / 2


def _eight_bit(picture: Image.Image) -> tuple[Image.Image, tuple[str, ...]]:
    """Sixteen-bit, integer and float pictures as eight-bit grey, others as they are."""
    if picture.mode in _DEEP:
        values = np.asarray(picture, dtype=np.float64)
        top = 65535.0 if picture.mode != "F" else (1.0 if values.max(initial=0) <= 1 else 255.0)
        grey = np.clip(values / top * 255 + 0.5, 0, 255).astype(np.uint8)
        return Image.fromarray(grey), (f"reduced to 8 bits from mode {picture.mode}",)
    if picture.mode == "P":
        return picture.convert("RGBA" if "transparency" in picture.info else "RGB"), ()
    if picture.mode == "1":
        return picture.convert("L"), ()
    return picture, ()


def own_alpha(picture: Image.Image) -> npt.NDArray[np.uint8] | None:
    """A picture's own transparency (H x W, 255 is opaque); None where it has none, is opaque all over, or is one level
    of a picture of more than 8 bits, which goes as the bits go."""
    if not picture.has_transparency_data or picture.mode in _DEEP:
        return None
    alpha = np.asarray((picture if picture.mode in ("RGBA", "LA") else picture.convert("RGBA")).getchannel("A"))
    return None if alpha.min(initial=255) == 255 else alpha


def _flattened(picture: Image.Image) -> tuple[Image.Image, tuple[str, ...]]:
    """A picture with its own transparency laid on white; others as they are."""
    if picture.mode in ("L", "RGB") and "transparency" in picture.info:
        picture = picture.convert("RGBA")
    if not picture.has_transparency_data:
        return picture, ()
    if picture.mode == "LA":  # grey it stays, since its profile may be one of grey
        grey, alpha = picture.convert("L"), picture.getchannel("A")
        if alpha.getextrema() == (255, 255):
            return grey, ()
        return Image.composite(grey, Image.new("L", grey.size, 255), alpha), (LAID_ON_WHITE,)
    rgba = _as(picture, "RGBA")
    if rgba.getchannel("A").getextrema() == (255, 255):
        return rgba.convert("RGB"), ()
    white = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, rgba).convert("RGB"), (LAID_ON_WHITE,)


def _as(picture: Image.Image, mode: str) -> Image.Image:
    """The picture in a mode: itself if that is its own, of which Pillow would make a copy."""
    return picture if picture.mode == mode else picture.convert(mode)


def _by_profile(picture: Image.Image, profile: bytes) -> tuple[Image.Image, tuple[str, ...]]:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        name = (source.profile.profile_description or "unnamed").strip()
        mode, fitting = _MODES.get(source.profile.xcolor_space, ("", ()))
        if picture.mode not in fitting:
            return _as(picture, "RGB"), (f"the embedded profile ({name}) does not fit the picture and was not used",)
        if mode == "RGB" and _is_srgb(profile):
            return _as(picture, "RGB"), ()
        return _converted(_as(picture, mode), source), (f"converted from {name}",)
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        return _as(picture, "RGB"), (f"the embedded profile is damaged ({error}): taken for sRGB",)


@lru_cache(maxsize=64)
def _is_srgb(profile: bytes) -> bool:
    """Whether an RGB profile moves no colour by more than one level of 255: sRGB goes by many names, or by a false one.

    Asked of 17 levels a channel. Raises what LittleCMS raises on a damaged profile.
    """
    colours = _LATTICE.reshape(17, -1, 3)
    moved = np.asarray(_converted(Image.fromarray(colours), ImageCms.ImageCmsProfile(io.BytesIO(profile))))
    return int(np.abs(moved.astype(np.int16) - colours).max()) <= 1


def _converted(picture: Image.Image, source: ImageCms.ImageCmsProfile) -> Image.Image:
    transform = ImageCms.buildTransform(source, _SRGB, picture.mode, "RGB", _INTENT, _FLAGS)
    result = ImageCms.applyTransform(picture, transform)
    if result is None:
        raise ValueError("the profile gave no picture")
    return result
