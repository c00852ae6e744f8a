"""What the queue calls in this app: each job loads nothing and decides nothing, it calls the verb."""

from catalog import unpacking


def unpack(pk: str) -> None:
    """An archive was uploaded: take its files into the upload."""
    unpacking.unpack(pk)
