"""Placement: who must see a processed photo, and the draw of a batch's sample."""


def place(pk: int) -> None:
    """Place the photo ``pk``."""


def draw_due() -> None:
    """Draw the sample of every batch whose photos are all through the machine."""
