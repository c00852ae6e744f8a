"""Columns of product sheets: which heading means which field, in the words of shops and of shop systems."""

import unicodedata
from collections.abc import Mapping, Sequence

# Field of Product to the headings that usually stand for it, best first, reduced by `plain()`.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "sku": (
        "sku", "variantsku", "productsku", "itemsku", "sellersku", "artikelnummer", "artikelnr", "artnr", "itemnumber",
        "itemno", "itemnr", "item", "articlenumber", "articleno", "article", "productnumber", "productcode",
        "productid", "modelnumber", "stylenumber", "style", "stylecode", "partnumber", "mpn", "reference", "référence",
        "ref", "codigo", "código", "id",
    ),
    "title": (
        "title", "name", "productname", "producttitle", "itemname", "titel", "bezeichnung", "artikelbezeichnung",
        "artikelname", "produktname", "nom", "titre", "nombre", "titolo", "nome",
    ),
    "description": (
        "description", "bodyhtml", "body", "longdescription", "productdescription", "beschreibung", "shortdescription",
        "kurzbeschreibung", "descripción",
    ),
    "category": (
        "category", "productcategory", "categories", "producttype", "type", "kategorie", "warengruppe",
        "produktkategorie", "googleproductcategory", "facets", "catégorie", "categoría", "categoria", "department",
    ),
    "colour": ("colour", "color", "colourname", "colorname", "farbe", "variantcolor", "couleur", "colore"),
    "material": ("material", "materials", "fabric", "composition", "stoff", "matière", "materiale"),
    "brand": ("brand", "vendor", "manufacturer", "brands", "brandname", "marke", "hersteller", "marque", "marca"),
    "gtin": ("gtin", "ean", "ean13", "gtin13", "barcode", "variantbarcode", "upc", "isbn", "gtinupceanorisbn"),
    "asin": ("asin", "amazonasin"),
    "handle": ("handle", "slug", "urlhandle", "urlkey", "permalink"),
    "height": (
        "height", "heightcm", "itemheight", "productheight", "höhe", "höhecm", "hoehe", "hauteur", "alto", "altezza",
    ),
    "width": (
        "width", "widthcm", "itemwidth", "productwidth", "breite", "breitecm", "largeur", "ancho", "larghezza",
    ),
    "images": (
        "images", "image", "imagesrc", "imageurl", "assets", "files", "file", "filename", "photos", "photo", "bild",
        "bilder", "bilddatei", "dateiname", "picture", "pictures", "imagelink",
    ),
}  # fmt: skip
LONGEST: Mapping[str, int] = {
    "sku": 80, "title": 300, "description": 20_000, "category": 80, "colour": 80, "material": 120, "brand": 120,
    "gtin": 14, "asin": 10, "handle": 255, "height": 20, "width": 20, "images": 20_000,
}  # fmt: skip
LABELS: Mapping[str, str] = {
    "sku": "SKU", "gtin": "GTIN", "asin": "ASIN", "handle": "URL handle", "height": "Height", "width": "Width",
    "images": "Files",
}  # fmt: skip


def plain(heading: str) -> str:
    """A heading without case, blanks and punctuation: "Variant SKU" and "variant_sku" are one."""
    return "".join(char for char in unicodedata.normalize("NFC", heading).casefold() if char.isalnum())


def suggest(headings: Sequence[str]) -> dict[str, str]:
    """Field to heading, for those fields that a heading usually stands for; no heading serves two fields."""
    known = {plain(heading): heading for heading in reversed(headings) if plain(heading)}
    taken: dict[str, str] = {}
    for field, usual in HEADINGS.items():
        free = (known[word] for word in usual if word in known and known[word] not in taken.values())
        if heading := next(free, ""):
            taken[field] = heading
    return taken
