"""The fit finds a signal, keeps products together, and writes the numbers it found."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import fit_risk


@pytest.fixture
def run(tmp_path: Path) -> list[str]:
    """Sixty photos of twenty products; the soft ones are defects."""
    draws = np.random.default_rng(3)
    photos, scores, rows = [], [], []
    for number in range(60):
        bad = number % 6 == 0
        soft = (2.5 if bad else 0.9) + draws.normal(0, 0.1)
        readings = {"softness": soft, "first_look": 0.95, "certainty": 0.9, "specks": 0.0}
        photos.append({"file": f"P{number}.jpg", "readings": readings})
        scores.append({"stem": f"P{number}", "defect": bad, "sad": 0.2 if bad else 0.0, "blob": 0.0, "bf": 1.0})
        rows.append({"image": f"photos/P{number}.jpg", "product": f"p{number // 3}"})
    with (tmp_path / "manifest.csv").open("w", newline="") as handle:
        writer = csv.DictWriter(handle, ["image", "product"])
        writer.writeheader()
        writer.writerows(rows)
    (tmp_path / "report.json").write_text(json.dumps({"photos": photos}))
    (tmp_path / "scores.json").write_text(json.dumps({"photos": scores}))
    return [str(tmp_path / name) for name in ("manifest.csv", "report.json", "scores.json")]


def test_a_signal_is_found_on_products_left_out(
    run: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit_risk, "STEPS", 200)
    fit_risk.main([*run, "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["photos"] == 60 and found["defects"] == 10
    assert found["auc_held_out_ranking"] > 0.99 and found["escaped_at_20"] == 0


def test_a_further_set_is_fitted_along_and_the_first_reported_apart(
    run: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit_risk, "STEPS", 200)
    fit_risk.main([*run, "--more", *run, "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["photos"] == 120 and found["defects"] == 20
    assert found["auc_held_out_first"] > 0.99


def test_one_products_photos_of_all_sets_are_left_out_together(run: list[str]) -> None:
    first = fit_risk.read(*map(Path, run))
    both = fit_risk.together([first, first])
    assert both.products == first.products * 2 and len(both.values) == 120


def test_the_numbers_are_written_as_a_module(run: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_risk, "STEPS", 50)
    monkeypatch.setattr(fit_risk, "TARGET", tmp_path / "terms.py")
    fit_risk.main([*run, "--write"])
    numbers: dict[str, object] = {}
    exec((tmp_path / "terms.py").read_text(), numbers)  # noqa: S102
    assert numbers["TERMS"]["softness"][0] > 0  # type: ignore[index]


def test_the_limits_of_each_route_say_what_is_looked_at(run: list[str]) -> None:
    report = Path(run[1])
    photos = json.loads(report.read_text())["photos"]
    for number, photo in enumerate(photos):
        photo["route"] = "transparent" if number % 2 else "general"
    report.write_text(json.dumps({"photos": photos}))
    read = fit_risk.read(*map(Path, run))
    assert set(read.limits[::2]) == {0.08} and set(read.limits[1::2]) == {0.05}
    risk = np.where(read.defects, 0.07, 0.02)
    flagged, escaped = fit_risk.at_limits(risk, read)
    see_through = read.defects & (read.limits == 0.05)
    assert flagged == pytest.approx(see_through.mean())
    assert escaped == pytest.approx((read.defects.sum() - see_through.sum()) / (60 - see_through.sum()))
    assert fit_risk.at_limits(np.ones(60), read) == (1.0, 0.0)


def test_without_defects_there_is_no_auc() -> None:
    assert fit_risk.auc(np.array([0.1, 0.2]), np.array([False, False])) is None
