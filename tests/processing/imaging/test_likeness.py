"""Likeness is that of the scoring tool, and its fault crosses 1 where a reviewer would send a mask back."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from processing.imaging import planes
from processing.imaging.likeness import NOTHING, Likeness, likeness
from tests.images import product_shot


def shot_alpha(shape: str = "ring") -> np.ndarray:
    return product_shot((600, 480), shape=shape).alpha


def test_a_mask_is_like_itself() -> None:
    found = likeness(shot_alpha(), shot_alpha())
    assert (found.sad, found.boundary, found.blob, found.fault) == (0, 1, 0, 0)


def test_nothing_is_lost() -> None:
    alpha = shot_alpha()
    found = likeness(np.zeros_like(alpha), alpha)
    assert (found.sad, found.boundary, found.blob) == pytest.approx(
        (NOTHING.sad, NOTHING.boundary, NOTHING.blob), abs=0.01
    )
    assert NOTHING.fault > 10


def test_what_is_missing_counts_as_a_share_of_the_product() -> None:
    right = np.zeros((400, 400), np.uint8)
    right[100:300, 100:300] = 255
    made = right.copy()
    made[100:120, 100:300] = 0
    found = likeness(made, right)
    assert found.sad == pytest.approx(0.1)
    assert found.blob == pytest.approx(0.1)


def test_two_small_gaps_are_no_large_one() -> None:
    right = np.zeros((400, 400), np.uint8)
    right[100:300, 100:300] = 255
    made = right.copy()
    made[110:120, 110:120] = made[210:220, 210:220] = 0
    assert likeness(made, right).blob == pytest.approx(100 / 40_000)


def test_an_edge_that_moved_costs_the_boundary_and_little_else() -> None:
    right = (np.arange(480) > 0)[:, None] & (shot_alpha("disc") > 127)
    moved = planes.dilated(right, 6)
    found = likeness(moved.astype(np.uint8) * 255, right.astype(np.uint8) * 255)
    assert found.boundary < 0.1
    assert found.blob < 0.1


@pytest.mark.parametrize(
    ("near", "beyond"),
    [
        (Likeness(0.059, 1, 0), Likeness(0.061, 1, 0)),
        (Likeness(0, 1, 0.0099), Likeness(0, 1, 0.0101)),
        (Likeness(0, 0.851, 0), Likeness(0, 0.849, 0)),
    ],
)
def test_the_fault_crosses_one_at_each_limit(near: Likeness, beyond: Likeness) -> None:
    assert near.fault < 1 < beyond.fault


def test_shapes_must_fit() -> None:
    with pytest.raises(ValueError, match=r"\(10, 10\)"):
        likeness(np.zeros((10, 10), np.uint8), np.zeros((10, 11), np.uint8))


def scoring_tool(shared: Path) -> ModuleType:
    """../shared/tools/score_cutouts.py, which says what a defect is."""
    spec = importlib.util.spec_from_file_location("score_cutouts", shared / "tools" / "score_cutouts.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("damage", ["none", "spread", "hole", "shifted"])
def test_it_is_what_the_scoring_tool_says(damage: str, shared: Path, tmp_path: Path) -> None:
    """On a real mask of more than 2048 px, whole and damaged."""
    tool = scoring_tool(shared)
    truth = max((shared / "data" / "truth" / "alpha").glob("*.png"), key=lambda path: Image.open(path).size)
    right = np.asarray(Image.open(truth).convert("L"))
    made = {
        "none": right,
        "spread": planes.dilated(right > 127, 4).astype(np.uint8) * 255,
        "hole": np.where(
            np.hypot(*(np.indices(right.shape) - np.array(right.shape)[:, None, None] // 2)) < 90, 0, right
        ),
        "shifted": np.roll(right, 9, axis=1),
    }[damage].astype(np.uint8)
    Image.fromarray(made).save(tmp_path / "made.png")
    said, found = tool.score(truth, tmp_path / "made.png"), likeness(made, right)
    assert (found.sad, found.boundary, found.blob) == pytest.approx((said["sad"], said["bf"], said["blob"]), abs=0.004)
    assert (found.fault > 1) == said["defect"]
