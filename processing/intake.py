"""Intake: a received photo is checked against its catalog's standard, then routed or refused."""


def inspect_photo(pk: int) -> None:
    """Inspect the photo ``pk``."""
