"""A repair is a further output by its author, measured again, and placed again."""

import csv
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from PIL import Image

from catalog import stages
from catalog.flow import Stage
from catalog.models import Photo
from processing import outputs, repairs, runs
from processing.imaging.faults import InvalidRecipe, StepFailed
from processing.models import Output, Truth
from processing.repairs import Repair
from tests.factories import make_ready_photo
from tests.images import product_shot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_model")]


@pytest.fixture
def reviewed() -> Photo:
    photo = make_ready_photo(product_shot(fill=0.5))
    runs.process(photo.pk)
    photo.refresh_from_db()
    stages.move(photo, Stage.IN_REVIEW)
    return photo


def test_a_repair_is_a_new_output_and_the_old_one_stays(reviewed: Photo, lead: User) -> None:
    old = Output.objects.get(photo=reviewed)
    alpha = np.zeros((480, 600), np.uint8)
    alpha[200:300, 200:400] = 255
    output = repairs.save(reviewed, Repair(alpha, lead))
    assert (output.author, output.parent, output.run) == (lead, old, None)
    assert Output.objects.filter(photo=reviewed).first() == output
    assert output.sha256 != old.sha256
    assert output.readings["coverage"] == pytest.approx(100 * 100 * 200 / (480 * 600), abs=0.5)
    assert Photo.objects.get(pk=reviewed.pk).stage == Stage.PROCESSED
    assert reviewed.events.latest("pk").by == lead


def test_a_photo_that_no_machine_could_cut_out_can_be_repaired(lead: User) -> None:
    photo = make_ready_photo(route="manual")
    runs.process(photo.pk)
    photo.refresh_from_db()
    alpha = np.full((480, 600), 255, np.uint8)
    assert repairs.save(photo, Repair(alpha, lead)).parent is None


@pytest.mark.parametrize(
    ("shape", "value", "says"), [((480, 601), 255, "601 x 480 px, but"), ((480, 600), 0, "mask is empty")]
)
def test_an_alpha_that_can_not_be_the_photos_is_refused(
    reviewed: Photo, lead: User, shape: tuple[int, int], value: int, says: str
) -> None:
    with pytest.raises(repairs.UnusableAlpha, match=says):
        repairs.save(reviewed, Repair(np.full(shape, value, np.uint8), lead))
    assert Output.objects.filter(photo=reviewed).count() == 1
    assert Photo.objects.get(pk=reviewed.pk).stage == Stage.IN_REVIEW


def test_a_repair_that_comes_too_late_leaves_nothing(reviewed: Photo, lead: User) -> None:
    stages.move(Photo.objects.get(pk=reviewed.pk), Stage.READY)
    with pytest.raises(stages.Refused):
        repairs.save(reviewed, Repair(np.full((480, 600), 255, np.uint8), lead))
    assert Output.objects.filter(photo=reviewed).count() == 1


RETOUCH = {
    "edge": {"shift": 2.0, "feather": 0.0},
    "decontaminate": {"radius": 12.0, "strength": 50.0},
    "glass": {"clarity": 60.0},
    "shadow": {"kind": "drop", "density": 60.0, "softness": 30.0, "direction": 90.0, "length": 50.0},
}


def box_mask() -> np.ndarray:
    alpha = np.zeros((480, 600), np.uint8)
    alpha[200:300, 200:400] = 255
    return alpha


def test_the_retouch_is_kept_and_every_reopening_renders_with_it(reviewed: Photo, lead: User) -> None:
    output = repairs.save(reviewed, Repair(box_mask(), lead, retouch=RETOUCH))
    assert {name: output.parameters[name] for name in RETOUCH} == RETOUCH
    assert output.parameters["cutout"] == output.recipe_version.parameters["cutout"]
    _, result = outputs.reopen(output)
    assert result.frame.alpha is not None and result.frame.shadow is not None
    rows = np.nonzero(result.frame.alpha.max(axis=1) > 127)[0]
    assert (rows[0], rows[-1]) == (198, 301), "spread once, not again when it is opened"
    with output.preview.open() as handle:
        shown = np.asarray(Image.open(handle).convert("L"))
    full = outputs.master(result.frame).rgb
    assert ((shown > 150) & (shown < 240)).sum() > 500, "the preview has the shadow"
    assert ((full.min(axis=-1) > 150) & (full.max(axis=-1) < 240)).sum() > 500, "and so has the full size"


def test_another_retouch_of_the_same_mask_is_another_output(reviewed: Photo, lead: User) -> None:
    first = repairs.save(reviewed, Repair(box_mask(), lead))
    stages.move(Photo.objects.get(pk=reviewed.pk), Stage.IN_REVIEW)
    photo = Photo.objects.get(pk=reviewed.pk)
    second = repairs.save(photo, Repair(box_mask(), lead, retouch={**RETOUCH, "edge": {"shift": 0.0, "feather": 0.0}}))
    assert first.sha256 != second.sha256, "a decision on the one is none on the other"
    assert second.parent == first


def test_a_shadow_does_not_count_as_a_dirty_background(reviewed: Photo, lead: User) -> None:
    assert repairs.save(reviewed, Repair(box_mask(), lead, retouch=RETOUCH)).readings["purity"] == 100


def test_the_editor_opens_what_was_painted_with_the_shift_that_it_had(reviewed: Photo, lead: User) -> None:
    before = repairs.opened(reviewed)
    assert before.retouch["edge"] == {"shift": 0.0, "feather": 0.0}
    assert before.retouch["decontaminate"]["strength"] == 100
    assert before.retouch["shadow"]["kind"] == "none"
    repairs.save(reviewed, Repair(box_mask(), lead, retouch=RETOUCH, how=Truth.How.EDITOR))
    after = repairs.opened(reviewed)
    assert after.retouch == RETOUCH
    with default_storage.open(after.mask) as handle:
        assert (np.asarray(Image.open(handle)) == box_mask()).all()


def test_a_recipe_without_edge_colour_opens_with_it_switched_off(reviewed: Photo) -> None:
    Output.objects.filter(photo=reviewed).update(parameters={"cutout": {}})
    assert repairs.opened(reviewed).retouch["decontaminate"]["strength"] == 0


def test_a_mask_that_a_person_made_is_kept_as_truth(reviewed: Photo, lead: User) -> None:
    machine = Output.objects.get(photo=reviewed)
    output = repairs.save(reviewed, Repair(box_mask(), lead, how=Truth.How.EDITOR))
    truth = Truth.objects.get()
    assert (truth.photo, truth.output, truth.mended, truth.author) == (reviewed, output, machine, lead)
    assert truth.recipe_version == machine.recipe_version
    assert (truth.route, truth.category, truth.colour_family) == ("general", reviewed.category, "red")
    with machine.alpha.open() as handle:
        was = np.asarray(Image.open(handle)).astype(int)
    assert truth.changed == pytest.approx(np.abs(was - box_mask()).sum() / box_mask().sum())


def test_what_is_no_new_mask_is_no_truth(reviewed: Photo, lead: User) -> None:
    """The machine's own mask with another shadow, and a mask that nobody drew (the original as it is)."""
    with Output.objects.get(photo=reviewed).alpha.open() as handle:
        same = np.array(Image.open(handle))
    shadow = {"shadow": RETOUCH["shadow"]}
    repairs.save(reviewed, Repair(same, lead, retouch=shadow, how=Truth.How.EDITOR))
    stages.move(Photo.objects.get(pk=reviewed.pk), Stage.IN_REVIEW)
    repairs.save(Photo.objects.get(pk=reviewed.pk), Repair(np.full((480, 600), 255, np.uint8), lead))
    assert not Truth.objects.exists()


def test_a_bad_value_or_a_choke_that_takes_all_leaves_nothing(reviewed: Photo, lead: User) -> None:
    thin = np.zeros((480, 600), np.uint8)
    thin[200:206, 100:500] = 255
    for retouch, fault in (({"edge": {"shift": 99.0}}, InvalidRecipe), ({"edge": {"shift": -4.0}}, StepFailed)):
        with pytest.raises(fault):
            repairs.save(reviewed, Repair(thin, lead, retouch=retouch, how=Truth.How.EDITOR))
    assert Output.objects.filter(photo=reviewed).count() == 1
    assert not Truth.objects.exists()


def test_truths_are_written_as_the_scoring_tool_reads_them(reviewed: Photo, lead: User, tmp_path: Path) -> None:
    repairs.save(reviewed, Repair(box_mask(), lead, retouch=RETOUCH, how=Truth.How.UPLOAD))
    call_command("truths", tmp_path, catalog=reviewed.catalog.slug, stdout=StringIO())
    (row,) = csv.DictReader((tmp_path / "manifest.csv").open())
    assert row["category"] == reviewed.category and row["how"] == "upload"
    assert Image.open(tmp_path / row["image"]).size == (600, 480)
    mask = np.asarray(Image.open(tmp_path / row["mask"]))
    assert (mask > 127).sum() == pytest.approx(204 * 104, rel=0.01), "the mask that counts: after its shift"
    with pytest.raises(CommandError, match="no catalog"):
        call_command("truths", tmp_path, catalog="nowhere")
