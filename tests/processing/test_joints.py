"""From two uploaded photos to one picture: found by product and view, kept with the output, seen alike everywhere."""

import hashlib
import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from PIL import Image

from catalog import marketplaces, stages
from catalog.flow import Stage
from catalog.models import Catalog, Photo, Product
from processing import delivery, joints, mockups, outputs, quick_looks, recipes, renditions, repairs, runs
from processing.exports import facts_of
from processing.imaging import previews, rendering, screens, slots
from processing.imaging.placing import Size
from processing.imaging.previews import View
from processing.metadata import Facts
from processing.models import Mockup, Output, Recipe, Rendition
from processing.outputs import NEUTRAL
from processing.repairs import Repair
from review import cards, goldens
from review.models import Task
from tests import factories
from tests.conftest import Jobs
from tests.mannequins import PAPER, Dressed, dressed, inside

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_model")]

FRONT, INSIDE = dressed(neck="v", cloth=(30, 60, 150), mannequin=(40, 40, 42)), inside(cloth=(30, 60, 150))
# A place in the opening, well below the back of the collar.
X, Y = 360, 262


@pytest.fixture(autouse=True)
def studio() -> None:
    """The studio's mannequin is black, since a threshold stands in for the models and sees no white one on paper."""
    version = recipes.active_of("apparel")
    parameters = {**version.parameters, "mannequin": {"kind": "black"}}
    recipes.publish(version.recipe, parameters, recipes.default_limits("apparel"))


def photo_of(shot: Dressed, product: Product, view: str, **values: Any) -> Photo:
    buffer = io.BytesIO()
    Image.fromarray(shot.rgb).save(buffer, "PNG")
    height, width = shot.rgb.shape[:2]
    source = ContentFile(buffer.getvalue(), "source.png")
    given = {"stage": Stage.READY, "route": "apparel", "name": f"{product.sku}_{view}.png", **values}
    upload = factories.make_upload(product.catalog)
    return factories.make_photo(upload, product=product, view=view, source=source, width=width, height=height, **given)


def pair(view: str = "front", **values: Any) -> tuple[Photo, Photo]:
    product = factories.make_product(category="apparel")
    return photo_of(FRONT, product, view), photo_of(INSIDE, product, "inside", **values)


def made_of(photo: Photo) -> Output:
    run = runs.process(photo.pk)
    assert run is not None and run.status == "done", run and run.failure
    return Output.objects.select_related("photo__catalog", "run").get(photo=photo)


def colour_at(picture: bytes, output: Output, x: int = X, y: int = Y) -> np.ndarray:
    """The colour of a place of the photo in a picture of the output's canvas."""
    with Image.open(io.BytesIO(picture)) as opened:
        scale = opened.width / output.width
        at = [round((output.placement[axis] + side) * scale) for axis, side in (("x", x), ("y", y))]
        return np.asarray(opened.convert("RGB"))[at[1], at[0]].astype(int)


def test_a_front_is_joined_with_its_products_inside() -> None:
    front, other = pair()
    output = made_of(front)
    assert output.joint and output.run is not None
    assert f"inside of the neck from {other.name}" in output.run.notes
    assert "mannequin removed at the neck" in output.run.notes
    joint = outputs.joint_of(output)
    assert joint is not None and joint.alpha[Y - joint.y, X - joint.x] == 255
    with output.preview.open("rb") as handle:
        seen = colour_at(handle.read(), output)
    assert seen.sum() < 500 and seen[2] > seen[0] + 30, "the inside's blue is seen in the neck"


def test_it_is_seen_alike_in_every_picture(lead: User) -> None:
    front, _ = pair()
    output = made_of(front)
    joint = outputs.joint_of(output)
    assert joint is not None
    _, result = outputs.reopen(output)
    wanted = colour_at(screens.jpeg(outputs.master(result.frame).rgb, quality=95), output)
    with output.preview.open("rb") as handle:
        assert np.abs(colour_at(handle.read(), output) - wanted).max() < 12
    cutout = delivery.deliver(result.frame, marketplaces.preset("cutout"), Facts("TEE-1"), "front")
    with Image.open(io.BytesIO(cutout.data)) as picture:
        assert np.asarray(picture)[Y, X].tolist() == [*joint.rgb[Y - joint.y, X - joint.x], 255]
    small = replace(marketplaces.preset("shopify"), min_edge=400)
    shop = delivery.deliver(result.frame, small, Facts("TEE-1"), "front")
    assert b"digitalsourcetype/compositeCapture" in shop.data
    task = Task(output=output, photo=front)
    data, _kind = cards.render(task, "full")
    assert np.abs(colour_at(data, output) - wanted).max() < 12


def test_a_mockup_and_its_quick_look_show_the_inside_of_the_neck(operator: User, jobs: Jobs) -> None:
    """Before the scene's light grey, of which nothing is seen there."""
    front, _ = pair()
    output = made_of(front)
    Photo.objects.filter(pk=front.pk).update(stage=Stage.APPROVED)
    scene = factories.make_scene(front.catalog, height=0.9, shadow="none", match=0)
    jobs.clear()
    assert mockups.order(Photo.objects.filter(pk=front.pk), [scene], operator, fitting=False) == (1, 0)
    jobs.run()
    mockup = Mockup.objects.get()
    assert mockup.state == Mockup.State.WAITING, mockup.failure
    left, top, right, _ = mockup.box
    box = rendering.whole(outputs.reopen(output)[1].frame).box
    scale = (right - left) / (box[2] - box[0])
    x, y = round(left + (X - box[0]) * scale), round(top + (Y - box[1]) * scale)
    with mockup.file.open("rb") as handle:
        seen = np.asarray(Image.open(handle).convert("RGB"))[y, x].astype(int)
    assert seen[0] < 130 and seen[2] > seen[0] + 30
    look, _ = quick_looks.look(scene, output, slots.parse(mockup.slot), Size())
    with Image.open(io.BytesIO(look)) as picture:
        small = picture.width / 1200
        assert np.abs(np.asarray(picture)[round(y * small), round(x * small)].astype(int) - seen).max() < 25


def test_the_editors_preview_is_the_saved_picture() -> None:
    front, _ = pair()
    output = made_of(front)
    source, result = outputs.reopen(output)
    alpha = outputs.alpha_of(result.frame)
    view = View(200, 150, 320, 300)
    mask = alpha[150:450, 200:520]
    whole = screens.shrink(alpha, 300)
    canvas = outputs.master(result.frame)
    x, y = view.x + int(canvas.offset[0]), view.y + int(canvas.offset[1])
    saved = canvas.rgb[y : y + view.height, x : x + view.width]
    shown = previews.preview(
        source.with_joint(result.frame.joint), view, mask, whole, {"decontaminate": output.parameters["decontaminate"]}
    )
    inner = np.s_[32:-32, 32:-32]
    assert np.abs(shown.rgb[inner].astype(int) - saved[inner]).max() <= 1
    half = np.asarray(Image.fromarray(mask).resize((160, 150), Image.Resampling.BOX))
    small = previews.preview(source.with_joint(result.frame.joint), view, half, whole, {}).rgb
    assert np.abs(small[(Y - 150) // 2, (X - 200) // 2].astype(int) - saved[Y - 150, X - 200]).max() < 25
    data, _ = repairs.preview(front, view, mask, whole, {**NEUTRAL})
    with Image.open(io.BytesIO(data)) as picture:
        assert np.abs(np.asarray(picture)[Y - 150, X - 200].astype(int) - saved[Y - 150, X - 200]).max() < 16


def test_a_window_that_sees_a_part_of_the_joint_shows_that_part() -> None:
    front, _ = pair()
    output = made_of(front)
    source, result = outputs.reopen(output)
    alpha, canvas = outputs.alpha_of(result.frame), outputs.master(result.frame)
    view = View(X - 20, Y - 20, 200, 200)
    mask = alpha[view.y : view.y + 200, view.x : view.x + 200]
    x, y = view.x + int(canvas.offset[0]), view.y + int(canvas.offset[1])
    saved = canvas.rgb[y : y + 200, x : x + 200]
    shown = previews.preview(source, view, mask, screens.shrink(alpha, 300), {}).rgb
    assert np.abs(shown[20, 20].astype(int) - saved[20, 20]).max() <= 1


def test_a_repair_keeps_the_joint_and_a_golden_photo_shows_it(lead: User) -> None:
    front, _ = pair()
    output = made_of(front)
    front.refresh_from_db()
    stages.move(front, Stage.IN_REVIEW)
    with output.alpha.open("rb") as handle:
        alpha = screens.read_alpha(handle.read()).copy()
    alpha[600:] = 0
    repaired = repairs.save(front, Repair(alpha, lead, retouch={**NEUTRAL}))
    assert repaired.joint and repaired.joint != output.joint
    one, other = (outputs.joint_of(made) for made in (output, repaired))
    assert one is not None and other is not None
    assert (one.rgb == other.rgb).all() and (one.alpha == other.alpha).all() and (one.x, one.y) == (other.x, other.y)
    golden = goldens.make(output, "", 1)
    with golden.preview.open("rb") as handle:
        assert colour_at(handle.read(), output).sum() < 500


def test_repairs_keep_it_one_after_another_and_a_new_run_makes_the_same_again(lead: User) -> None:
    front, _ = pair()
    output = made_of(front)
    with output.alpha.open("rb") as handle:
        alpha = screens.read_alpha(handle.read())
    made = []
    for clarity in (60.0, 0.0):
        front.refresh_from_db()
        stages.move(front, Stage.IN_REVIEW)
        retouch = {**NEUTRAL, "glass": {"clarity": clarity}, "edge": {"shift": 2.0, "feather": 1.0}}
        made.append(repairs.save(front, Repair(alpha, lead, retouch=retouch)))
    assert len({str(one.joint) for one in (output, *made)}) == 3
    found = [outputs.joint_of(one) for one in (output, *made)]
    assert all(found[0] and one and (one.alpha == found[0].alpha).all() for one in found)
    front.refresh_from_db()
    stages.move(front, Stage.IN_REVIEW)
    stages.move(front, Stage.READY)
    runs.process(front.pk)
    assert Output.objects.filter(photo=front)[0].sha256 == output.sha256


def test_a_picture_made_ahead_of_an_export_is_the_exports_own() -> None:
    front, _ = pair()
    Catalog.objects.filter(pk=front.catalog_id).update(marketplaces=["cutout"])
    output = made_of(front)
    ahead, preset = Rendition.objects.get(output=output), marketplaces.preset("cutout")
    frame, source = outputs.reopen(output)[1].frame, renditions.inherited_of(front)
    again = delivery.deliver(frame, preset, facts_of(output.photo), output.photo.view, source)
    assert hashlib.sha256(again.data).hexdigest() == ahead.sha256


def test_the_digest_names_the_joint() -> None:
    front, _ = pair()
    output = made_of(front)
    source, _ = outputs.reopen(output)
    with output.alpha.open("rb") as alpha, output.joint.open("rb") as joint:
        stored = alpha.read(), joint.read()
    assert output.sha256 == outputs.digest(source, stored[0], output.parameters, stored[1])
    assert output.sha256 != outputs.digest(source, stored[0], output.parameters)


def test_what_was_taken_is_flagged_whatever_the_limits_are() -> None:
    version = recipes.active_of("apparel")
    recipes.publish(version.recipe, version.parameters, {})
    output = made_of(pair()[0])
    assert output.verdict == Output.Verdict.FLAG
    assert any("every such picture is seen by a person" in reason["text"] for reason in output.reasons)
    assert output.readings["joint_fit"] is not None and output.readings["mannequin"] is not None


@pytest.mark.parametrize(
    ("view", "values", "says"),
    [
        ("front", {"stage": Stage.REJECTED}, "no photo of its inside yet"),
        ("front", {"stage": Stage.RECEIVED}, "no photo of its inside yet"),
        ("back", {}, "from this view (back) nobody looks into the neck"),
    ],
)
def test_without_a_fit_inside_the_neck_is_left_open_and_seen(view: str, values: dict[str, Any], says: str) -> None:
    output = made_of(pair(view, **values)[0])
    assert output.run is not None and not output.joint
    assert any(note.startswith("the neck's opening is left empty: ") and says in note for note in output.run.notes)
    assert output.verdict == Output.Verdict.FLAG
    with output.preview.open("rb") as handle:
        assert (colour_at(handle.read(), output) > 240).all()


def test_an_inside_that_came_later_is_taken_when_the_front_is_sent_again() -> None:
    product = factories.make_product(category="apparel")
    front = photo_of(FRONT, product, "front")
    assert not made_of(front).joint
    photo_of(INSIDE, product, "inside2")
    front.refresh_from_db()
    stages.move(front, Stage.IN_REVIEW)
    stages.move(front, Stage.READY)
    runs.process(front.pk)
    assert Output.objects.filter(photo=front).count() == 2
    assert Output.objects.filter(photo=front)[0].joint


def test_an_inside_of_another_product_is_none_of_its_own() -> None:
    product, other = factories.make_product(), factories.make_product()
    front = photo_of(FRONT, product, "front")
    photo_of(INSIDE, other, "inside")
    photo_of(INSIDE, product, "insideout")
    assert joints.photo_of(front) is None


def test_a_mended_mask_of_the_inside_is_the_one_that_is_joined(lead: User) -> None:
    front, other = pair()
    made_of(other)
    other.refresh_from_db()
    stages.move(other, Stage.IN_REVIEW)
    newest = Output.objects.get(photo=other)
    with newest.alpha.open("rb") as handle:
        alpha = screens.read_alpha(handle.read()).copy()
    repairs.save(other, Repair(np.where(np.arange(800)[:, None] < 240, 0, alpha).astype(np.uint8), lead))
    output = made_of(front)
    assert output.run is not None and not output.joint
    assert any(f"{other.name} was not joined" in note for note in output.run.notes)


def test_an_inside_that_can_not_be_cut_out_is_named() -> None:
    product = factories.make_product(category="apparel")
    front = photo_of(FRONT, product, "front")
    nothing = np.full_like(FRONT.rgb, PAPER)
    photo_of(Dressed(nothing, FRONT.alpha, FRONT.mannequin, FRONT.opening, FRONT.ends), product, "inside")
    output = made_of(front)
    assert output.run is not None
    assert any("_inside.png can't be cut out" in note for note in output.run.notes)


def test_an_inside_whose_file_is_lost_spoils_no_front() -> None:
    front, other = pair()
    other.source.storage.delete(str(other.source.name))
    output = made_of(front)
    assert output.run is not None and not output.joint
    assert any("_inside.png can't be cut out: a file of it is missing" in note for note in output.run.notes)


def test_other_routes_and_older_versions_do_not_run_it() -> None:
    assert "mannequin" in recipes.active_of("apparel").parameters
    assert "mannequin" not in recipes.active_of("general").parameters
    old = recipes.publish(Recipe.objects.create(route="apparel", name="Old"), {"cutout": {}}, {})
    assert "mannequin" not in old.parameters
