"""What we were given and what is asked of us."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Catalogs, products, photos and their stages."""

    name = "catalog"
