"""Two flawed masks of real photos, shrunk, are mended with the page's tools; benchmarks/repair_flaws.py mends ten."""

import csv
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from PIL import Image
from scipy import ndimage

from benchmarks.mending import Mender
from processing.imaging import screens
from processing.imaging.frame import decode
from processing.imaging.steps.edge import moved
from processing.models import Output
from tests.browser.repair.conftest import Repair
from tests.browser.repair.hands import with_output

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONGEST = 900


def bitten(alpha: np.ndarray) -> np.ndarray:
    """A part is missing at the outline, and a piece of the background is kept."""
    flawed = alpha.copy()
    places = np.argwhere((alpha > 127) & ~ndimage.binary_erosion(alpha > 127, border_value=1))
    row, column = places[int(0.6 * len(places))]
    rows, columns = np.ogrid[: alpha.shape[0], : alpha.shape[1]]
    flawed[(rows - row) ** 2 + (columns - column) ** 2 <= 70**2] = 0
    free = ndimage.distance_transform_edt(alpha == 0)
    row, column = np.unravel_index(int(np.argmax(free)), free.shape)
    flawed[row - 30 : row + 30, column - 30 : column + 30] = 255
    return flawed


def choked(alpha: np.ndarray) -> np.ndarray:
    return moved(alpha, -4.0, 0)


@pytest.mark.parametrize(("image", "damage"), [("DEV-0035_front", bitten), ("DEV-0001_front", choked)])
def test_the_tools_mend_a_real_photo(
    image: str,
    damage: Callable[[np.ndarray], np.ndarray],
    shared: Path,
    lead: User,
    repair: Repair,
    tmp_path: Path,
) -> None:
    with (shared / "data/truth/manifest.csv").open() as handle:
        (row,) = [row for row in csv.DictReader(handle) if Path(row["image"]).stem == image]
    source = screens.shrink(decode((shared / "data/truth" / row["image"]).read_bytes()).rgb, LONGEST)
    mask = (
        Image.open(shared / "data/truth" / row["mask"]).convert("L").resize(source.shape[1::-1], Image.Resampling.BOX)
    )
    mask.save(tmp_path / "truth.png")
    truth = np.asarray(mask)
    flawed = with_output(damage(truth), screens.jpeg(source, 95))
    page = repair(lead, flawed)
    mender = Mender(page, truth)
    mender.mend()
    assert mender.used
    mender.save()
    output = Output.objects.filter(photo=flawed).latest("pk")
    Image.fromarray(damage(truth)).save(tmp_path / "flawed.png")
    tool = scoring(shared)
    assert tool.score(tmp_path / "truth.png", tmp_path / "flawed.png")["defect"]
    after = tool.score(tmp_path / "truth.png", output.alpha.path)
    assert not after["defect"], after
    assert output.author == lead


def scoring(shared: Path) -> Any:
    """The scoring tool, as it is."""
    spec = importlib.util.spec_from_file_location("score_cutouts", shared / "tools/score_cutouts.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made
