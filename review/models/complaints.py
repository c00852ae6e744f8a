"""What customers and marketplaces complained about."""

from django.conf import settings
from django.db import models

from catalog.marketplaces import PRESETS
from catalog.models import Catalog, Photo, Product
from processing.models import Output


class Complaint(models.Model):
    """What a customer or marketplace complained about, recorded against a product, and how it ended."""

    class Ending(models.TextChoices):
        CORRECTED = "corrected", "Put right"
        UNFOUNDED = "unfounded", "The picture is right"
        SETTLED = "settled", "Settled another way"

    catalog = models.ForeignKey(Catalog, models.CASCADE, related_name="complaints")
    product = models.ForeignKey(Product, models.CASCADE, related_name="complaints")
    photo = models.ForeignKey(Photo, models.SET_NULL, null=True, blank=True, related_name="complaints")
    output = models.ForeignKey(Output, models.SET_NULL, null=True, blank=True, related_name="complaints")
    marketplace = models.CharField(max_length=30, blank=True)
    defect = models.CharField(max_length=20)
    note = models.CharField(max_length=1000, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    ending = models.CharField(max_length=10, choices=Ending, blank=True)
    ending_note = models.CharField(max_length=500, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty while open."
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"complaint about {self.product_id}"

    @property
    def is_open(self) -> bool:
        """Whether nobody has said yet how it ended."""
        return self.closed_at is None

    @property
    def marketplace_label(self) -> str:
        """The marketplace's name, "" where it is not known; one that is no longer offered goes by its slug."""
        return next((preset.label for preset in PRESETS if preset.slug == self.marketplace), self.marketplace)
