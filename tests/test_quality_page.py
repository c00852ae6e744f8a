"""The page is made of the scores, and says nothing where there is nothing."""

import csv
import json
import sys
from pathlib import Path

import pytest
from PIL import Image

from benchmarks import quality_page


def test_the_page_shows_categories_lanes_gate_and_the_worst(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    truth = tmp_path / "truth"
    truth.mkdir()
    rows = [{"image": f"P{n}.png", "mask": f"M{n}.png", "category": "shoes" if n else "glass"} for n in range(4)]
    with (truth / "manifest.csv").open("w", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    cutouts = tmp_path / "cutouts"
    cutouts.mkdir()
    for n in range(4):
        Image.new("RGB", (30, 20)).save(truth / f"P{n}.png")
        Image.new("L", (30, 20), 255).save(truth / f"M{n}.png")
        Image.new("RGBA", (30, 20)).save(cutouts / f"P{n}.png")
    scores = [{"stem": f"P{n}", "sad": 0.1, "bf": 0.5 + n / 10, "blob": 0.0, "defect": n == 0} for n in range(4)]
    photos = [{"file": f"P{n}.png", "risk": 0.9 - n / 10, "route": "general"} for n in range(4)]
    (tmp_path / "scores.json").write_text(json.dumps({"photos": scores}))
    (tmp_path / "report.json").write_text(json.dumps({"photos": photos}))
    effort = {"cpu_seconds": 0.381, "alone": 1.0, "bf": 0.8, "sad": 0.04, "defects": 3, "photos": 4}
    (tmp_path / "effort.json").write_text(json.dumps({"quick": effort}))
    fit = {"photos": 9, "defects": 2, "auc_held_out": 0.9, "auc_held_out_first": 0.8, "escaped_at_15_first": 0.031}
    fit |= {"auc_held_out_ranking": 0.92, "auc_held_out_ranking_first": 0.91}
    fit |= {"flagged_by_risk": 0.28, "flagged_by_risk_first": 0.27}
    fit |= {"escaped_by_risk": 0.006, "escaped_by_risk_first": 0.0}
    (tmp_path / "fit.json").write_text(json.dumps(fit))
    glass = {"stem": "P0", "backdrop": "white", "solid": 0.9, "clear": 0.3, "note": "clear glass is 44% of the product"}
    (tmp_path / "glass.json").write_text(json.dumps([glass, {**glass, "stem": "P1", "clear": 0.4}]))
    page = tmp_path / "docs" / "quality.md"
    arguments = [truth, tmp_path / "report.json", tmp_path / "scores.json", "--isnet", tmp_path / "scores.json"]
    arguments += ["--effort", tmp_path / "effort.json", "--fit", tmp_path / "fit.json"]
    arguments += ["--glass", tmp_path / "glass.json"]
    arguments += ["--page", page, "--cutouts", cutouts, "--pictures", tmp_path / "drawn"]
    monkeypatch.setattr(sys, "argv", ["quality_page", *map(str, arguments)])
    quality_page.main()
    text = page.read_text()
    assert "| glass | 1 | 0.500 | 0.1000 | 1 |" in text
    assert "AUC of the risk: 1.000" in text and "| 30% | 0 of 3 (0.0%) |" in text
    assert text.index("| P0 | glass") < text.index("| P1 | shoes")
    assert len(list((tmp_path / "drawn").iterdir())) == 4
    assert "| quick | 0.38 | 100% | 0.800 | 0.0400 | 3 of 4 |" in text
    assert "| P0 | white | 0.90 | 0.30 | clear glass is 44% of the product |" in text and "| 0.90 | 0.35 |" in text
    assert "0.920 over all of them and 0.910 over" in text and "3.1% of what goes out unseen" in text
    assert "flag 28% of all of them" in text and "leave 0.6% and" in text
    assert "defects among the others.\n\n" in text, "what follows is a paragraph of its own"
    with Image.open(page.parent / "images" / "worst.png") as sheet:
        assert sheet.width == 5 * quality_page.MAP
        blue = sheet.getpixel((15, quality_page.CAPTION + 10))
    assert "images/worst.png" in text
    assert blue[2] > blue[0] + 50, "an empty cut-out of a whole product is lost product everywhere"  # type: ignore[index]
