"""Makes the rows that tests need; every argument has a default that works."""

import hashlib
import io
from itertools import count
from typing import Any

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from PIL import Image

from catalog import people, stages
from catalog.flow import BatchState, Stage
from catalog.models import Batch, Catalog, Photo, Product, Upload
from processing import scenes
from processing.models import Mockup, Output, Recipe, RecipeVersion, Run, Scene
from tests.images import Shot, product_shot

_numbers = count(1)


def make_user(name: str = "", *roles: people.Role) -> User:
    user = User.objects.create_user(username=name or f"user{next(_numbers)}")
    people.give_roles(user, *roles)
    return user


def make_catalog(**values: Any) -> Catalog:
    number = next(_numbers)
    values.setdefault("owner", User.objects.filter(groups__name="lead").first() or make_user("", people.Role.LEAD))
    return Catalog.objects.create(**{"name": f"Catalog {number}", "slug": f"catalog-{number}", **values})


def make_product(catalog: Catalog | None = None, **values: Any) -> Product:
    number = next(_numbers)
    defaults = {
        "sku": f"SKU-{number:04d}",
        "title": f"Product {number}",
        "category": "shoes",
        "colour": "red",
    }
    return Product.objects.create(catalog=catalog or make_catalog(), **{**defaults, **values})


def make_upload(catalog: Catalog | None = None, **values: Any) -> Upload:
    values.setdefault("by", User.objects.filter(groups__name="operator").first() or make_user("", people.Role.OPERATOR))
    return Upload.objects.create(catalog=catalog or make_catalog(), **values)


def make_batch(upload: Upload | None = None, **values: Any) -> Batch:
    upload = upload or make_upload()
    defaults = {"route": "general", "size": 50, "seed": 20260101, "state": BatchState.FILLING}
    return Batch.objects.create(catalog=upload.catalog, upload=upload, **{**defaults, **values})


def make_photo(
    upload: Upload | None = None, *, stage: str = Stage.RECEIVED, begin: bool = False, **values: Any
) -> Photo:
    """A photo already in ``stage``, with its first event; ``begin`` also queues the stage's job."""
    batch = values.get("batch")
    upload = upload or (batch.upload if batch else make_upload())
    product = values.pop("product", None) or make_product(upload.catalog)
    defaults = {"name": f"{product.sku}_front.jpg", "view": "front", "sha256": f"{next(_numbers):064x}"}
    routed = {
        "category": product.category,
        "colour_family": "red",
        "complexity": "simple",
        "route": "general",
    }
    photo = Photo.objects.create(
        catalog=upload.catalog,
        upload=upload,
        product=product,
        stage=stage,
        **{**defaults, **routed, **values},
    )
    if begin:
        stages.begin(photo)
    else:
        photo.events.create(was="", now=stage)
    return photo


def picture_bytes(size: tuple[int, int] = (64, 64), colour: str = "white", format: str = "JPEG") -> bytes:
    handle = io.BytesIO()
    Image.new("RGB", size, colour).save(handle, format)
    return handle.getvalue()


def make_recipe_version(**values: Any) -> RecipeVersion:
    number = next(_numbers)
    recipe = values.pop("recipe", None) or Recipe.objects.create(route="general", name=f"Recipe {number}")
    return RecipeVersion.objects.create(recipe=recipe, **{"number": number, "parameters": {}, "limits": {}, **values})


def make_output(photo: Photo | None = None, **values: Any) -> Output:
    """An output with small files of its own; pass, risk 0.1 unless told otherwise."""
    photo = photo or make_photo(stage=Stage.PROCESSED)
    version = values.pop("recipe_version", None) or make_recipe_version()
    run = Run.objects.create(
        photo=photo, recipe_version=version, status="done", lease_until=photo.created_at, finished_at=photo.created_at
    )
    files = {name: ContentFile(picture_bytes(), f"{name}.jpg") for name in ("alpha", "preview", "thumb")}
    defaults = {"verdict": "pass", "risk": 0.1, "width": 64, "height": 64, "sha256": f"{next(_numbers):064x}"}
    return Output.objects.create(photo=photo, run=run, recipe_version=version, **{**files, **defaults, **values})


def make_scene(catalog: Catalog | None = None, **slot: Any) -> Scene:
    """A marked scene with a picture of its own, 1200 x 900 px of light grey; ``slot`` is where products go."""
    catalog = catalog or make_catalog()
    by = User.objects.filter(groups__name="operator").first() or make_user("", people.Role.OPERATOR)
    data = picture_bytes((1200, 900), "#c8c8c8")
    scene = scenes.receive(catalog, f"Scene {next(_numbers)}", data, by)
    scenes.mark(scene, slot)
    return scene


def make_mockup(output: Output, scene: Scene | None = None, **values: Any) -> Mockup:
    """A mock-up that is still to be made."""
    scene = scene or make_scene(output.photo.catalog)
    defaults = {"slot": scene.slot, "key": f"{next(_numbers):064x}", "ordered_by": scene.by}
    return Mockup.objects.create(output=output, scene=scene, **{**defaults, **values})


def make_released(catalog: Catalog | None = None, **values: Any) -> Output:
    """The output of an approved photo with a true cut-out: a red box of 900 x 720 px on white."""
    shot = product_shot((1500, 1200), fill=0.6)
    alpha = io.BytesIO()
    Image.fromarray(shot.alpha).save(alpha, "PNG")
    upload = make_upload(catalog) if catalog else None
    photo = make_ready_photo(shot, upload=upload, **{"stage": Stage.APPROVED, **values})
    return make_output(photo, alpha=ContentFile(alpha.getvalue(), "alpha.png"), width=1500, height=1200)


def make_ready_photo(shot: Shot | None = None, **values: Any) -> Photo:
    """A photo in READY with a drawn source in the storage."""
    shot = shot or product_shot(fill=0.5)
    height, width = shot.rgb.shape[:2]
    source = ContentFile(shot.encoded(), "source.jpg")
    return make_photo(**{"stage": Stage.READY, "source": source, "width": width, "height": height, **values})


def sha256(data: bytes) -> str:
    """The checksum under which uploads keep a file."""
    return hashlib.sha256(data).hexdigest()
