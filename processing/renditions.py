"""Renditions: pictures for a catalog's marketplaces, made while the cut-out's pixels are still in a worker's memory.

An export that finds one of just what it would make itself takes it, and need not open photo and cut-out again. Nothing
else knows of them: where one is missing, or anything it was made of has changed, the export makes its own.
"""

import hashlib
import json
import logging
from dataclasses import asdict
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Exists, OuterRef
from django.utils import timezone

from catalog import files, marketplaces
from catalog.marketplaces import Preset
from catalog.models import Photo
from processing import delivery, metadata
from processing.delivery import Delivered
from processing.exports import facts_of
from processing.imaging.faults import Fault
from processing.imaging.frame import Frame
from processing.metadata import Inherited
from processing.models import ExportFile, Output, Rendition

log = logging.getLogger(__name__)

# After so long nobody is likely to export them; it costs only the work that they have saved so far.
KEPT = timedelta(days=14)
AT_ONCE = 500
# What of a preset says nothing about a picture's bytes.
BESIDE = frozenset({"sheets", "sources", "description", "naming", "most_pictures", "least_pictures", "scenes"})
CODE = Path(__file__).resolve().parent


def make(output: Output, cutout: Frame) -> int:
    """Make the output's pictures for its catalog's marketplaces; returns how many there are.

    What can't be made is left to the export, which says why.
    """
    if output.verdict == Output.Verdict.FAIL:
        return 0
    slugs = [preset.slug for preset in marketplaces.PRESETS if preset.slug in output.photo.catalog.marketplaces]
    source = inherited_of(output.photo) if slugs else metadata.NOTHING
    return sum(_make(output, cutout, marketplaces.preset(slug), source) for slug in slugs)


def take(row: ExportFile, source: Inherited) -> Delivered | None:
    """The picture that the row is about, if it was made already and would come out the same today; it is gone then."""
    made = Rendition.objects.filter(output=row.output_id, marketplace=row.marketplace).first()
    if made is None:
        return None
    preset = marketplaces.preset(row.marketplace)
    try:
        with files.opened(made.file) as stream:
            data = stream.read()
    except FileNotFoundError:
        data = b""
    fits = hashlib.sha256(data).hexdigest() == made.sha256 and made.key == _key(row.output, row.photo, preset, source)
    _drop(made)
    return Delivered(data, (made.width, made.height), made.alt_text, tuple(made.notes)) if fits else None


def inherited_of(photo: Photo) -> Inherited:
    """What may travel on from the photo's own metadata; only the head of the file is read where the storage allows."""
    with files.opened(photo.source) as stream:
        return metadata.inherited(stream)


def forget() -> int:
    """For the sweep: drop renditions of outputs that no longer count and old ones, some at a time; tells how many."""
    newer = Output.objects.filter(photo=OuterRef("output__photo"), pk__gt=OuterRef("output"))
    outdated = Rendition.objects.filter(Exists(newer)) | Rendition.objects.filter(created_at__lt=timezone.now() - KEPT)
    return sum(_drop(made) for made in outdated[:AT_ONCE])


def _make(output: Output, cutout: Frame, preset: Preset, source: Inherited) -> bool:
    photo = output.photo
    try:
        made = delivery.deliver(cutout, preset, facts_of(photo), photo.view, source)
    except Fault:
        return False
    name = f"{photo.folder}/output{output.pk}/{preset.slug}.{delivery.suffix_of(preset)}"
    Rendition.objects.create(
        output=output,
        marketplace=preset.slug,
        key=_key(output, photo, preset, source),
        file=default_storage.save(name, ContentFile(made.data)),
        sha256=hashlib.sha256(made.data).hexdigest(),
        width=made.size[0],
        height=made.size[1],
        alt_text=made.alt_text,
        notes=list(made.notes),
    )
    return True


def _drop(made: Rendition) -> bool:
    made.delete()
    default_storage.delete(str(made.file.name))
    return True


def _key(output: Output, photo: Photo, preset: Preset, source: Inherited) -> str:
    """The SHA-256 of all that a picture is made of, the code among it."""
    asked = {name: value for name, value in vars(preset).items() if name not in BESIDE}
    made_of: list[Any] = [output.sha256, asked, asdict(facts_of(photo)), photo.view, asdict(source), _code()]
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


@cache
def _code() -> str:
    """The SHA-256 of the code that draws and writes pictures: after an upgrade they are made anew."""
    modules = [CODE / "delivery.py", CODE / "metadata.py", *sorted(CODE.glob("imaging/**/*.py"))]
    found = hashlib.sha256()
    for module in modules:
        found.update(module.read_bytes())
    return found.hexdigest()
