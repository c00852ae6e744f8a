"""What the queue calls in this app: each job loads nothing and decides nothing, it calls the verb."""

from processing import intake, runs


def inspect_photo(pk: int) -> None:
    """A photo was received: check it against the intake standard, and route or refuse it."""
    intake.inspect_photo(pk)


def process_photo(pk: int) -> None:
    """A photo is ready: run its recipe."""
    runs.process(pk)
