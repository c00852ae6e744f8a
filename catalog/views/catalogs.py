"""Catalogs: the list, a new one, its home and its settings."""
