"""Repairs on the review floor: pinned to the output they began with, and what they are made of is told."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from PIL import Image

from catalog import stages
from catalog.flow import Stage
from catalog.models import Photo
from processing import outputs, repairs, runs
from processing.forms import RecipeForm, RetouchForm
from processing.models import Output, Truth
from processing.repairs import Repair
from review import goldens, queue, retouch
from review.models import Decision, Kind
from tests.factories import make_ready_photo
from tests.images import product_shot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_model")]

SHADOW = {"kind": "drop", "density": 60.0, "softness": 30.0, "direction": 90.0, "length": 50.0}


@pytest.fixture
def photo() -> Photo:
    """In review, cut out by a machine."""
    made = make_ready_photo(product_shot(fill=0.5))
    runs.process(made.pk)
    made.refresh_from_db()
    stages.move(made, Stage.IN_REVIEW)
    return made


def mask() -> np.ndarray:
    alpha = np.zeros((480, 600), np.uint8)
    alpha[150:330, 180:420] = 255
    return alpha


def png(alpha: np.ndarray) -> io.BytesIO:
    handle = io.BytesIO()
    white = np.full((*alpha.shape, 3), 255, np.uint8)
    Image.fromarray(np.dstack([white, alpha])).save(handle, "PNG")
    handle.seek(0)
    handle.name = "mask.png"
    return handle


def settings_of(photo: Photo, **changes: Any) -> dict[str, Any]:
    """What the page's script sends, with some values changed."""
    form = RetouchForm(retouch=repairs.opened(photo).retouch)
    return {**{name: form[name].value() for name in form.fields}, **changes}


def test_the_page_sends_mask_and_settings_and_gets_where_to_go(
    photo: Photo, lead: User, as_user: Callable[[User], Client]
) -> None:
    body = {"file": png(mask()), "base": repairs.opened(photo).base, **settings_of(photo, **{"edge.shift": "1.5"})}
    answer = as_user(lead).post(f"/review/repair/{photo.pk}/save/", body, headers={"accept": "application/json"})
    assert answer.json()["next"]
    output = Output.objects.filter(photo=photo).latest("pk")
    assert (output.author, output.parameters["edge"]["shift"]) == (lead, 1.5)
    assert Truth.objects.get().how == Truth.How.EDITOR


def test_an_upload_from_another_program_is_truth_as_well(
    photo: Photo, lead: User, as_user: Callable[[User], Client]
) -> None:
    as_user(lead).post(f"/review/repair/{photo.pk}/save/", {"file": png(mask()), "note": "By hand."})
    assert Truth.objects.get().how == Truth.How.UPLOAD
    assert Output.objects.filter(photo=photo).latest("pk").parameters["edge"] == {"shift": 0.0, "feather": 0.0}


def test_a_repair_of_what_is_no_longer_the_newest_is_refused(
    photo: Photo, lead: User, reviewer: User, as_user: Callable[[User], Client]
) -> None:
    base = repairs.opened(photo).base
    retouch.repair(photo, Repair(mask(), reviewer))
    photo.refresh_from_db()
    stages.move(photo, Stage.IN_REVIEW)
    body = {"file": png(mask()), "base": base, **settings_of(photo)}
    answer = as_user(lead).post(f"/review/repair/{photo.pk}/save/", body, headers={"accept": "application/json"})
    assert answer.status_code == 409
    assert "rosa repaired this photo anew meanwhile" in answer.json()["message"]
    assert Output.objects.filter(photo=photo).latest("pk").author == reviewer


def test_missing_or_wild_settings_are_refused_by_name(
    photo: Photo, lead: User, as_user: Callable[[User], Client]
) -> None:
    client, ask = as_user(lead), {"accept": "application/json"}
    wild = {"file": png(mask()), **settings_of(photo, **{"shadow.kind": "glow"})}
    answer = client.post(f"/review/repair/{photo.pk}/save/", wild, headers=ask)
    assert answer.status_code == 422 and "Shadow: " in answer.json()["message"]
    part = {"file": png(mask()), "edge.feather": "1"}
    missing = client.post(f"/review/repair/{photo.pk}/save/", part, headers=ask)
    assert missing.status_code == 422 and "Edge shift, px: This field is required." in missing.json()["message"]
    assert Output.objects.filter(photo=photo).count() == 1


def test_the_original_as_it_is_has_no_shadow_and_is_no_truth(photo: Photo, lead: User) -> None:
    retouch.repair(photo, Repair(mask(), lead, retouch={"shadow": SHADOW}, how=Truth.How.EDITOR))
    photo.refresh_from_db()
    stages.move(photo, Stage.IN_REVIEW)
    output = retouch.original(photo, author=lead, note="As it is.")
    assert outputs.reopen(output)[1].frame.shadow is None
    assert Truth.objects.count() == 1


def test_a_golden_photo_of_a_repaired_output_has_its_shadow_too(photo: Photo, lead: User) -> None:
    output = retouch.repair(photo, Repair(mask(), lead, retouch={"shadow": SHADOW}))
    golden = goldens.make(output, "residue", 7)
    below = []
    for shown in (output, golden):
        with shown.preview.open() as handle:
            rgb = np.asarray(Image.open(handle).convert("L"))
        below.append(int(((rgb > 120) & (rgb < 240)).sum()))
    assert min(below) > 1000


def test_the_editor_says_why_the_photo_is_there_and_rings_the_marked_place(
    photo: Photo, lead: User, as_user: Callable[[User], Client]
) -> None:
    output = Output.objects.get(photo=photo)
    # The photo's pixel 150, 120 on the output's canvas.
    at = output.placement
    mark = {
        "x": (150 * at["scale"] + at["x"]) / output.width,
        "y": (120 * at["scale"] + at["y"]) / output.height,
    }
    task = queue.add(photo, Kind.FLAGGED)
    said = {"photo": photo, "output": output, "output_sha256": output.sha256, "reviewer": lead, "verdict": "reject"}
    decision = Decision.objects.create(task=task, mark=mark, **said)
    stages.move(photo, Stage.FAILED, note="Residue: crumb left of the label.")
    page = as_user(lead).get(f"/review/repair/{photo.pk}/").content.decode()
    assert f'data-pin="{150 / 600:.4f},{120 / 480:.4f}"' in page
    assert "Residue: crumb left of the label. The place is ringed." in page
    Decision.objects.create(task=task, supersedes=decision, undone=True, **said)
    assert retouch.marked(photo) == "", "taken back"


def test_a_mark_on_an_older_output_is_not_ringed(photo: Photo, lead: User) -> None:
    output = Output.objects.get(photo=photo)
    said = {"photo": photo, "output": output, "output_sha256": output.sha256, "reviewer": lead, "verdict": "reject"}
    Decision.objects.create(task=queue.add(photo, Kind.FLAGGED), mark={"x": 0.5, "y": 0.5}, **said)
    assert retouch.marked(photo)
    repairs.save(photo, Repair(mask(), lead))
    assert retouch.marked(photo) == ""


def test_pages_tell_what_was_set(photo: Photo, lead: User, as_user: Callable[[User], Client]) -> None:
    values = {"edge": {"shift": -1.5, "feather": 0.5}, "decontaminate": {"strength": 0.0}, "shadow": SHADOW}
    retouch.repair(photo, Repair(mask(), lead, retouch=values))
    for path in (reverse("processing:photo-readings", args=[photo.pk]), reverse("review:audit", args=[photo.pk])):
        text = as_user(lead).get(path).content.decode()
        for said in ("edge -1.5 px", "feather 0.5 px", "edge colour as in the photo", "drop shadow, density 60 %"):
            assert said in text, path
    assert repairs.words({"cutout": {}, "decontaminate": {}}) == []


def test_a_recipe_may_have_a_shadow_and_stays_as_it_was_without_one(photo: Photo) -> None:
    version = Output.objects.get(photo=photo).recipe_version
    plain = RecipeForm(version=version)
    sent = {name: plain[name].value() for name in plain.fields}
    unchanged = RecipeForm({**sent, "note": "Nothing."}, version=version)
    assert unchanged.is_valid(), unchanged.errors
    assert set(unchanged.parameters()) == set(version.parameters)
    shaded = RecipeForm({**sent, "note": "Ours.", "step.shadow.kind": "contact"}, version=version)
    assert shaded.is_valid()
    assert shaded.parameters()["shadow"]["kind"] == "contact"
    assert "edge" not in shaded.parameters()
