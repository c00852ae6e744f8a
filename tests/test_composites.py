"""Composites carry their truth: the alpha that is written is the one that the product was placed with."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import composites
from tests.images import product_shot


@pytest.fixture
def truth(tmp_path: Path) -> tuple[Path, list[dict[str, str]]]:
    """One drawn product with its mask, and the same as clear glass."""
    shot = product_shot((640, 480), colour=(180, 40, 40), texture=0)
    Image.fromarray(shot.rgb).save(tmp_path / "photo.png")
    Image.fromarray(shot.alpha).save(tmp_path / "mask.png")
    row = dict.fromkeys(composites.COLUMNS, "") | {"image": "photo.png", "mask": "mask.png", "category": "bags"}
    kinds = ("composite", composites.LEFT_OUT)
    rows = [row | {"kind": kind, "product": f"p{number}"} for number, kind in enumerate(kinds)]
    with (tmp_path / "manifest.csv").open("w", newline="") as handle:
        writer = csv.DictWriter(handle, composites.COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return tmp_path, rows


def test_every_backdrop_shows_the_product_where_its_alpha_says(truth: tuple[Path, list[dict[str, str]]]) -> None:
    root, rows = truth
    folder = root / "made"
    composites.write(root, rows[:1], folder, each=len(composites.BACKDROPS), seed=3, edge=640)
    with (folder / "manifest.csv").open(newline="") as handle:
        made = list(csv.DictReader(handle))
    assert {row["background"] for row in made} == set(composites.BACKDROPS)
    for row in made:
        rgb = np.asarray(Image.open(folder / row["image"]).convert("RGB")).astype(int)
        alpha = np.asarray(Image.open(folder / row["mask"]))
        inside, outside = alpha == 255, alpha == 0
        assert np.abs(np.median(rgb[inside], axis=0) - (180, 40, 40)).max() <= 4, row["background"]
        redness = rgb[..., 0] - rgb[..., 1]
        assert np.percentile(redness[outside], 99) < 100 < np.percentile(redness[inside], 1), row["background"]
        assert row["product"] == "p0" and row["category"] == "bags"


def test_clear_glass_is_left_out_and_the_same_seed_gives_the_same_photos(
    truth: tuple[Path, list[dict[str, str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    root, _ = truth
    for name in ("one", "other"):
        composites.main([str(root / "manifest.csv"), str(root / name), "--each", "2"])
    assert "2 photos of 1 products" in capsys.readouterr().out
    first, second = (sorted((root / name / "photos").iterdir()) for name in ("one", "other"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second] and len(first) == 2
    assert (root / "one" / "products.csv").read_text().startswith("sku,title,category\n")
