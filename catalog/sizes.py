"""How large a product is: what a sheet's cell says, in centimetres. Pure."""

import re

WANTED_SIZE = "a number, with cm, mm, m or in behind it unless it is in cm, such as 12.5 or 125 mm"
# Nothing that a shop photographs is larger, cm; what is, may be pixels.
LARGEST = 1000.0
_UNITS = {"": 1.0, "CM": 1.0, "MM": 0.1, "M": 100.0, "IN": 2.54, '"': 2.54, "INCH": 2.54, "INCHES": 2.54}
_SIZE = re.compile(r"(\d+(?:[.,]\d+)?)(CM|MM|M|IN|INCH|INCHES|\")?", re.IGNORECASE)
# 1.200 mm: more than a metre, or a little more than a millimetre.
_UNCERTAIN = re.compile(r"\d[.,]\d{3}MM", re.IGNORECASE)


def centimetres(text: str) -> float | None:
    """A length in centimetres; None for what is no length, or none that a product can have."""
    written = "".join(text.split())
    found = _SIZE.fullmatch(written)
    if found is None or _UNCERTAIN.fullmatch(written):
        return None
    length = float(found[1].replace(",", ".")) * _UNITS[(found[2] or "").upper()]
    length = round(length, 3)
    return length if 0 < length <= LARGEST else None


def is_size(text: str) -> bool:
    """Whether it is a length."""
    return centimetres(text) is not None
