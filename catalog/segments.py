"""The words by which photos are grouped and routed: category, colour family, complexity, route. Pure."""

from dataclasses import dataclass

from django.db.models import TextChoices


class ColourFamily(TextChoices):
    """The family of the product's dominant colour."""

    WHITE = "white", "White"
    GREY = "grey", "Grey"
    BLACK = "black", "Black"
    BROWN = "brown", "Brown"
    RED = "red", "Red"
    ORANGE = "orange", "Orange"
    YELLOW = "yellow", "Yellow"
    GREEN = "green", "Green"
    BLUE = "blue", "Blue"
    PURPLE = "purple", "Purple"
    PINK = "pink", "Pink"
    MULTI = "multi", "Multicoloured"


class Complexity(TextChoices):
    """How hard the outline and surface are."""

    SIMPLE = "simple", "Simple"
    MODERATE = "moderate", "Moderate"
    COMPLEX = "complex", "Complex"


class Route(TextChoices):
    """The path for a kind of product."""

    GENERAL = "general", "General cut-out"
    APPAREL = "apparel", "Apparel"
    LIFESTYLE = "lifestyle", "Lifestyle"
    TRANSPARENT = "transparent", "Transparent"
    REFLECTIVE = "reflective", "Reflective"
    FINE_TEXTURE = "fine_texture", "Fine texture"
    LOW_CONTRAST = "low_contrast", "Low contrast"
    MANUAL = "manual", "Manual"


@dataclass(frozen=True, slots=True)
class Segment:
    """Category x colour family x complexity, set before processing."""

    category: str
    colour_family: str
    complexity: str
