"""Mock-ups in an export: which go along, in which place and name, and one of them written as a preset asks."""

from collections.abc import Sequence
from copy import copy
from dataclasses import replace

from django.db.models import Exists, OuterRef, Q

from catalog import files, marketplaces
from catalog.flow import RELEASED_STAGES
from catalog.marketplaces import Preset
from catalog.models import Photo
from catalog.picture_names import slug
from processing import delivery, metadata, mockups
from processing.delivery import Delivered
from processing.imaging import encoding, framing, slots
from processing.imaging.encoding import Metadata
from processing.imaging.frame import decode
from processing.metadata import MADE, PARTLY_MADE, Facts, Inherited
from processing.models import Export, ExportFile, Mockup, Output, Scene

# The view of a picture in a scene; the scene's name follows.
VIEW = "scene"


def wanted(export: Export, preset: Preset, photos: Sequence[Photo]) -> list[Mockup]:
    """The approved mock-ups of the photos' products that go along; a note says why there are none.

    A photo that is in nobody's hands any more, and a mock-up that is stale, is not among them.
    """
    alone = [photo.pk for photo in photos if photo.product_id is None]
    found = mockups.approved({photo.product_id for photo in photos if photo.product_id}, alone)
    going = [one for one in found if one.output.photo.stage in RELEASED_STAGES]
    if preset.scenes == "yes" or not going:
        return going
    why = {"no": "takes no mock-ups", "unknown": "gets no mock-ups, since it is not known to take them"}[preset.scenes]
    export.notes.append(f"{preset.label} {why}: {len(going)} approved are left out.")
    return []


def seen(photo: Photo, mockup: Mockup) -> Photo:
    """The photo with the view under which its mock-up is named; never to be saved."""
    shown = copy(photo)
    shown.view = _view(mockup.scene)
    # What is named like its photo must not take the photo's own name.
    shown.name = f"{photo.name.rpartition('.')[0] or photo.name}-{shown.view}.jpg"
    return shown


def _view(scene: Scene) -> str:
    return f"{VIEW}-{slug(scene.name) or scene.pk}"


def view_of(row: ExportFile) -> str:
    """What a file of an export shows: its photo's view, or that it is a scene, and which."""
    return _view(row.mockup.scene) if row.mockup else row.photo.view


def shown(row: ExportFile) -> tuple[int, int | None]:
    """What a file shows, whichever its output: of two that show the same the newer counts."""
    return row.photo_id, row.mockup.scene_id if row.mockup else None


def outdated() -> Exists:
    """Whether the photo of an export's file has a newer output, as a condition in the database."""
    return Exists(Output.objects.filter(photo=OuterRef("photo"), pk__gt=OuterRef("output")))


def row(export: Export, preset: Preset, mockup: Mockup, name: str, position: int, notes: Sequence[str]) -> ExportFile:
    """The planned file."""
    return ExportFile(
        export=export,
        photo=mockup.output.photo,
        output=mockup.output,
        mockup=mockup,
        marketplace=preset.slug,
        name=name,
        position=position,
        notes=[*notes, f"a mock-up in the scene {mockup.scene}"],
    )


def alt_of(facts: Facts, scene: Scene, preset: Preset) -> str:
    """What a mock-up shows: the product, "in use", and where."""
    told = metadata.alt_text(facts, VIEW, preset.alt_limit)
    return metadata.shortened(f"{told}: {scene.name}", preset.alt_limit)


def open_rows(export: Export, photo_pk: int) -> list[ExportFile]:
    """The photo's mock-ups that are still to be written."""
    rows = export.files.filter(Q(file="", left_out=""), photo=photo_pk, mockup__isnull=False)
    return list(rows.select_related("mockup__scene", "photo__product", "photo__catalog", "export"))


def read(row: ExportFile) -> bytes:
    """The mock-up's picture as it is stored. Raises FileNotFoundError, and what a storage that is away raises."""
    with files.opened(_mockup(row).file) as stream:
        return stream.read()


def deliver(row: ExportFile, data: bytes, facts: Facts, source: Inherited) -> Delivered:
    """Make the picture: the mock-up (``data``) cut to the preset's shape around the product. Raises Fault."""
    mockup, preset = _mockup(row), marketplaces.preset(row.marketplace)
    left, top, right, bottom = mockup.box
    box, most = (left, top, right, bottom), (preset.width, preset.height)
    framed = framing.framed(decode(data).rgb, box, most, preset.min_edge)
    alt = alt_of(facts, mockup.scene, preset)
    source = _made_up(source, mockup.scene)
    painted = mockup.scene.drawn or slots.parse(mockup.slot).painted is not None
    xmp = metadata.xmp_packet(facts, alt, source, painted=painted, joined=True)
    told = Metadata(xmp, metadata.exif_block(facts.description or alt, source))
    encoded = encoding.encode(framed.rgb, None, delivery.encoding_of(preset), told)
    size = framed.rgb.shape[1], framed.rgb.shape[0]
    return Delivered(encoded.data, size, alt, (*framed.notes, *encoded.notes))


def _mockup(row: ExportFile) -> Mockup:
    if row.mockup is None:
        raise ValueError("the file shows no mock-up")
    return row.mockup


def _made_up(source: Inherited, scene: Scene) -> Inherited:
    """A scene that a model made makes the picture one that it made in part, unless it made the photo too."""
    return replace(source, made=PARTLY_MADE) if scene.made and source.made != MADE else source
