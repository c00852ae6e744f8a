"""The machine's path: a ready photo becomes an output."""


def process(pk: int) -> None:
    """Run the recipe of photo ``pk``."""


def recover() -> int:
    """Take back the runs whose worker died."""
    return 0
