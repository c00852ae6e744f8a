"""Owns the registry of marketplaces, in the order of the pages. To add one: write its file, add its line here."""

from catalog.marketplaces import (
    amazon,
    bol,
    cutout,
    ebay,
    etsy,
    google,
    mercadolibre,
    meta,
    otto,
    shopify,
    temu,
    tiktok,
    walmart,
    woocommerce,
    zalando,
)
from catalog.marketplaces.contract import MEGABYTE, Format, Preset

__all__ = ["MEGABYTE", "PRESETS", "Format", "Preset", "UnknownMarketplace", "preset"]

PRESETS: tuple[Preset, ...] = (
    amazon.PRESET,
    shopify.PRESET,
    google.PRESET,
    ebay.PRESET,
    zalando.PRESET,
    etsy.PRESET,
    walmart.PRESET,
    otto.PRESET,
    bol.PRESET,
    tiktok.PRESET,
    temu.PRESET,
    mercadolibre.PRESET,
    meta.PRESET,
    woocommerce.PRESET,
    # No marketplace: last, where nobody who reads down the list takes it for one.
    cutout.PRESET,
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
