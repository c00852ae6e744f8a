"""Scenes: taking in a picture of a place, marking where in it products go, and retiring it."""

import hashlib
import io
from typing import Any

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Count

from catalog import files
from catalog.models import Catalog
from processing import metadata
from processing.imaging import scaling, screens, slots
from processing.imaging.faults import Fault
from processing.imaging.frame import Alpha, Pixels, decode
from processing.imaging.slots import Slot
from processing.models import Mockup, Scene

# Mock-ups are made at the scene's size: enough for every marketplace, few enough pixels for a second's work.
LEAST_EDGE, MOST_EDGE = 1200, 3000
# Saved once and never again with loss before a marketplace's own encoding.
QUALITY = 95
# Of an upload, before anything reads it.
MOST_BYTES = 60_000_000


class SceneRefused(Fault):
    """A picture that can't be a scene."""


def receive(catalog: Catalog, name: str, data: bytes, by: User, *, drawn: bool = False) -> Scene:
    """Take a picture in as a scene, upright and in sRGB, with a slot that is still to be marked.

    Raises UnreadablePicture and SceneRefused.
    """
    frame = decode(data, max_pixels=catalog.intake_standard.max_pixels)
    if max(frame.size) < LEAST_EDGE:
        wanted = f"at least {LEAST_EDGE} px on the longest edge, since mock-ups are made at the scene's size."
        action = "Export the photo at a larger size."
        raise _refused(f"The picture has {frame.size[0]} x {frame.size[1]} px.", wanted, action)
    rgb = scaling.sharp(frame.rgb, scaling.fitted(frame.size, MOST_EDGE))
    notes = list(frame.notes)
    if rgb.shape[:2] != frame.rgb.shape[:2]:
        notes.append(f"reduced from {frame.size[0]} x {frame.size[1]} px")
    return _kept(catalog, name, rgb, notes, by, drawn, metadata.inherited(io.BytesIO(data)).made)


def _kept(catalog: Catalog, name: str, rgb: Pixels, notes: list[str], by: User, drawn: bool, made: str) -> Scene:
    picture = screens.jpeg(rgb, QUALITY)
    folder = f"catalogs/{catalog.pk}/scenes"
    stored = {
        "picture": default_storage.save(f"{folder}/scene.jpg", ContentFile(picture)),
        "thumb": default_storage.save(f"{folder}/thumb.jpg", ContentFile(screens.jpeg(screens.shrink(rgb, 640)))),
    }
    try:
        with transaction.atomic():
            return Scene.objects.create(
                catalog=catalog, name=name, by=by, drawn=drawn, made=made, notes=notes, slot=Slot().as_dict(),
                sha256=hashlib.sha256(picture).hexdigest(), width=rgb.shape[1], height=rgb.shape[0], **stored,
            )  # fmt: skip
    except IntegrityError as taken:
        for file in stored.values():
            default_storage.delete(file)
        measured = f"There is a scene called {name} in this catalog."
        raise _refused(measured, "a name of its own.", "Choose another name.") from taken


def mark(scene: Scene, values: dict[str, Any]) -> Slot:
    """Say where products go; mock-ups that there are stay as they are. Raises BadSlot."""
    slot = slots.parse(values)
    Scene.objects.filter(pk=scene.pk).update(slot=slot.as_dict(), marked=True)
    scene.refresh_from_db()
    return slot


def cover(scene: Scene, data: bytes) -> None:
    """Keep a picture that is white where something stands in front of the slot; no bytes take it away.

    Raises UnreadablePicture, SceneRefused, and FileNotFoundError for a scene whose picture is lost.
    """
    picture = _bytes(scene)
    if not data:
        Scene.objects.filter(pk=scene.pk).update(occlusion="", sha256=hashlib.sha256(picture).hexdigest())
        return
    frame = decode(data, max_pixels=scene.catalog.intake_standard.max_pixels)
    if abs(frame.size[0] / frame.size[1] - scene.width / scene.height) > 0.01:
        measured = f"The picture has {frame.size[0]} x {frame.size[1]} px, the scene {scene.width} x {scene.height} px."
        raise _refused(measured, "the scene's own shape.", "Draw it over the scene's own picture.")
    mask = screens.alpha_png(scaling.even(_levels(frame.rgb, frame.own), (scene.width, scene.height)))
    stored = default_storage.save(f"catalogs/{scene.catalog_id}/scenes/front.png", ContentFile(mask))
    Scene.objects.filter(pk=scene.pk).update(occlusion=stored, sha256=hashlib.sha256(picture + mask).hexdigest())


def _levels(rgb: Pixels, own: Alpha | None) -> Alpha:
    """How much stands in front: a picture's own opacity, or its brightness."""
    if own is not None:
        return own
    return screens.read_alpha(screens.alpha_png(rgb.max(axis=-1)))


def retire(scene: Scene) -> None:
    """Offer the scene no longer, or again; what was made in it stays."""
    Scene.objects.filter(pk=scene.pk).update(retired=not scene.retired)


def pixels(scene: Scene) -> tuple[Pixels, Alpha | None]:
    """The scene's picture, and what stands in front if that is known. Raises FileNotFoundError."""
    front = None
    if scene.occlusion:
        with files.opened(scene.occlusion) as stream:
            front = screens.read_alpha(stream.read())
    return decode(_bytes(scene)).rgb, front


def counts(catalog: Catalog) -> dict[int, dict[str, int]]:
    """Mock-ups by scene and state."""
    rows = Mockup.objects.filter(scene__catalog=catalog).order_by().values_list("scene", "state")
    found: dict[int, dict[str, int]] = {}
    for scene, state, number in rows.annotate(number=Count("pk")):
        found.setdefault(scene, {})[state] = number
    return found


def _bytes(scene: Scene) -> bytes:
    with files.opened(scene.picture) as stream:
        return stream.read()


def _refused(measured: str, wanted: str, action: str) -> SceneRefused:
    return SceneRefused("scene", measured=measured, wanted=wanted, action=action)
