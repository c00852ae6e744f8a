"""What the queue calls in this app: each job loads nothing and decides nothing, it calls the verb."""

from catalog import unpacking, webhooks


def unpack(pk: str) -> None:
    """An archive was uploaded: take its files into the upload."""
    unpacking.unpack(pk)


def deliver(pk: int) -> None:
    """An event happened that a webhook wants: tell it."""
    webhooks.deliver(pk)
