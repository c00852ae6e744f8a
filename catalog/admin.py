"""The admin site's view of this app, for superusers: facts can be read there and never changed."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from catalog.models import ApiToken, Batch, Catalog, Photo, PhotoEvent, Product, Rejection, Upload


class Facts(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that only the code's own verbs may write; the admin site shows them."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds a fact by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nor changes one."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nor takes one away."""
        return False


@admin.register(Catalog)
class CatalogAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A catalog may be renamed and given another owner; deleting one would take its facts along."""

    list_display = ("name", "owner", "batch_size", "created_at")
    search_fields = ("name",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never from here."""
        return False


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Product data are the shop's and may be mended."""

    list_display = ("sku", "title", "category", "catalog")
    list_filter = ("catalog",)
    list_select_related = ("catalog",)
    search_fields = ("sku", "title")


@admin.register(Upload)
class UploadAdmin(Facts):
    """Drops of files."""

    list_display = ("__str__", "catalog", "by", "created_at", "finished_at")
    list_select_related = ("catalog", "by")


@admin.register(Batch)
class BatchAdmin(Facts):
    """Lots and their states, which catalog.batches alone changes."""

    list_display = ("__str__", "catalog", "route", "state", "size", "created_at")
    list_filter = ("state", "route")
    list_select_related = ("catalog",)


@admin.register(Photo)
class PhotoAdmin(Facts):
    """Photos and their stages, which catalog.stages alone changes."""

    list_display = ("name", "catalog", "stage", "route", "stage_since")
    list_filter = ("stage", "route")
    list_select_related = ("catalog",)
    search_fields = ("name", "sha256")


@admin.register(PhotoEvent)
class PhotoEventAdmin(Facts):
    """Every move of every photo."""

    list_display = ("photo", "was", "now", "by", "note", "at")
    list_filter = ("now",)
    list_select_related = ("photo", "by")


@admin.register(Rejection)
class RejectionAdmin(Facts):
    """Why intake refused photos."""

    list_display = ("photo", "code", "measured", "wanted", "at")
    list_filter = ("code",)
    list_select_related = ("photo",)


@admin.register(ApiToken)
class ApiTokenAdmin(Facts):
    """Whose tokens there are and when they were used; people make and revoke their own."""

    list_display = ("name", "prefix", "user", "created_at", "last_used_at", "expires_at", "revoked_at")
    list_select_related = ("user",)
    exclude = ("digest",)
