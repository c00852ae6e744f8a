"""What the queue calls in this app: each job loads nothing and decides nothing, it calls the verb."""

from processing import export_archive, export_writing, intake, mockups, runs


def inspect_photo(pk: int) -> None:
    """A photo was received: check it against the intake standard, and route or refuse it."""
    intake.inspect_photo(pk)


def process_photo(pk: int) -> None:
    """A photo is ready: run its recipe."""
    runs.process(pk)


def export_photo(export_pk: int, photo_pk: int) -> None:
    """An export was ordered: write the pictures of one of its photos."""
    export_writing.write_photo(export_pk, photo_pk)


def finish_export(pk: int) -> None:
    """An export's pictures are written: pack them, and mark its photos as delivered."""
    export_archive.finish(pk)


def make_mockup(pk: int) -> None:
    """A mock-up was ordered: put the cut-out into its scene."""
    mockups.make(pk)
