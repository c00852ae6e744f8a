"""The intake standard of a catalog: what a source photo must meet before anything is done to it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from catalog.naming import DEFAULT_PATTERN, DEFAULT_VIEWS, NameParts, parse_name, split_pattern

Treatment = Literal["convert", "refuse"]
UnknownProducts = Literal["refuse", "create"]
FORMATS = ("JPEG", "PNG")
PRODUCT_FIELDS = ("title", "category", "colour", "material", "brand", "gtin", "description")
LARGEST_EDGE = 65_500
MEGABYTE = 1_000_000


class InvalidStandard(ValueError):
    """A standard nobody can meet or that makes no sense; `field` names the culprit."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field, self.reason = field, message


@dataclass(frozen=True)
class Standard:
    """What a source must meet. Lengths are pixels, sizes bytes; the longest edge counts after orientation.

    `convert` takes a photo and converts it to sRGB with its embedded profile, and a note says so; `refuse` sends
    it back. `mislabelled` and `broken_profile` convert means: go by the content; take the numbers as sRGB.
    """

    min_edge: int = 2000
    max_edge: int = 20_000
    max_pixels: int = 110_000_000
    max_bytes: int = 100 * MEGABYTE
    formats: tuple[str, ...] = FORMATS
    wide_gamut: Treatment = "convert"
    cmyk: Treatment = "convert"
    deep: Treatment = "convert"
    mislabelled: Treatment = "refuse"
    broken_profile: Treatment = "convert"
    name_pattern: str = DEFAULT_PATTERN
    views: tuple[str, ...] = DEFAULT_VIEWS
    required_fields: tuple[str, ...] = ("category",)
    unknown_products: UnknownProducts = "refuse"

    def __post_init__(self) -> None:
        for name in ("formats", "views", "required_fields"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        self._check_numbers()
        self._check_choices()
        self._check_names()

    def _check_numbers(self) -> None:
        for name in ("min_edge", "max_edge", "max_pixels", "max_bytes"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InvalidStandard(name, "must be a whole number above 0")
        if not self.min_edge <= self.max_edge <= LARGEST_EDGE:
            raise InvalidStandard("max_edge", f"must lie between min_edge and {LARGEST_EDGE}")
        if self.max_pixels < self.min_edge:
            raise InvalidStandard("max_pixels", "is less than a single row of the shortest accepted picture")

    def _check_choices(self) -> None:
        for name in ("wide_gamut", "cmyk", "deep", "mislabelled", "broken_profile"):
            if getattr(self, name) not in get_args(Treatment):
                raise InvalidStandard(name, "must be convert or refuse")
        if self.unknown_products not in get_args(UnknownProducts):
            raise InvalidStandard("unknown_products", "must be refuse or create")
        if not self.formats or set(self.formats) - set(FORMATS):
            raise InvalidStandard("formats", f"must be one or more of {', '.join(FORMATS)}")
        unknown = set(self.required_fields) - set(PRODUCT_FIELDS)
        if unknown:
            raise InvalidStandard("required_fields", f"{min(unknown)} is not one of {', '.join(PRODUCT_FIELDS)}")

    def _check_names(self) -> None:
        if any(not view or view != view.lower() for view in self.views):
            raise InvalidStandard("views", "must be lower-case words")
        try:
            split_pattern(self.name_pattern)
        except ValueError as error:
            raise InvalidStandard("name_pattern", str(error)) from error

    def parse(self, filename: str) -> NameParts | None:
        """The product and view that a file name stands for under this standard, or None."""
        return parse_name(filename, self.name_pattern, self.views)

    @property
    def example(self) -> str:
        """A file name that fits the pattern."""
        return self.name_pattern.format(sku="MUG-01", view="front", any="shoot") + ".jpg"

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `from_dict` reads them back."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Standard":
        """Read what `as_dict` wrote; missing fields take their defaults. Raises InvalidStandard, unknown names too."""
        known = {field.name for field in fields(cls)}
        unknown = set(values) - known
        if unknown:
            raise InvalidStandard(min(unknown), "is not part of an intake standard")
        return cls(**values)
