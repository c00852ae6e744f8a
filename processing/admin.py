"""The admin site's view of this app, for superusers: recipes, runs, outputs, scenes and exports are read there."""

from django.contrib import admin

from catalog.admin import Facts
from processing.models import Export, ExportFile, Mockup, Output, Recipe, RecipeVersion, Run, Scene, Truth


@admin.register(Recipe)
class RecipeAdmin(Facts):
    """Recipes; a new version is published on their own page."""

    list_display = ("name", "route", "category", "colour_family", "complexity")
    list_filter = ("route",)


@admin.register(RecipeVersion)
class RecipeVersionAdmin(Facts):
    """Published parameters and limits."""

    list_display = ("recipe", "number", "state", "by", "created_at", "note")
    list_filter = ("state",)
    list_select_related = ("recipe", "by")


@admin.register(Run)
class RunAdmin(Facts):
    """Tries of a machine at a photo."""

    list_display = ("pk", "photo", "recipe_version", "status", "worker", "started_at", "finished_at")
    list_filter = ("status", "model")
    list_select_related = ("photo", "recipe_version__recipe")


@admin.register(Output)
class OutputAdmin(Facts):
    """Results of runs and repairs."""

    list_display = ("pk", "photo", "verdict", "risk", "author", "created_at")
    list_filter = ("verdict",)
    list_select_related = ("photo", "author")


@admin.register(Truth)
class TruthAdmin(Facts):
    """Masks that people made."""

    list_display = ("photo", "recipe_version", "category", "changed", "how", "author", "at")
    list_filter = ("route", "how")
    list_select_related = ("photo", "recipe_version__recipe", "author")


@admin.register(Export)
class ExportAdmin(Facts):
    """Deliveries."""

    list_display = ("__str__", "catalog", "state", "total", "by", "created_at", "finished_at")
    list_filter = ("state",)
    list_select_related = ("catalog", "by")


@admin.register(ExportFile)
class ExportFileAdmin(Facts):
    """The pictures of deliveries as they were written."""

    list_display = ("name", "marketplace", "photo", "bytes", "sha256")
    list_filter = ("marketplace",)
    list_select_related = ("photo",)


@admin.register(Scene)
class SceneAdmin(Facts):
    """Pictures of places; they are marked on their own page."""

    list_display = ("name", "catalog", "width", "height", "marked", "retired", "by")
    list_filter = ("retired",)
    list_select_related = ("catalog", "by")


@admin.register(Mockup)
class MockupAdmin(Facts):
    """Products in scenes, and what was said of them."""

    list_display = ("pk", "scene", "output", "state", "reason", "by", "at")
    list_filter = ("state",)
    list_select_related = ("scene", "output__photo", "by")
