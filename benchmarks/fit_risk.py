"""Fit the risk's weights from a run with truth, and say how well they rank photos they were not fitted to.

    python -m benchmarks.fit_risk MANIFEST.csv REPORT.json SCORES.json [--more MANIFEST.csv REPORT.json SCORES.json]
                                  [--write] [--json]

REPORT.json is what ``run_batch`` writes, SCORES.json what the scoring tool writes with ``--json``. ``--more`` adds a
further set, such as that of ``benchmarks/composites.py``; the numbers named ``_first`` are of the first set alone.
Folds are made by product over all sets, so that no product is on both sides. A weight may only have the sign of its
check's bad side.
"""

import argparse
import csv
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from processing.imaging.checks import CHECKS, Check
from processing.imaging.defaults import limits_for
from processing.imaging.risk import REACH, RISK, SCALES

Doubles = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# Chosen among all readings of the mask and its edge by their rank on products left out, over 284 photos with 42
# defects: every further reading ranked no better there. A reading that is missing (one look was sure enough) says
# nothing either way.
CANDIDATES = ("softness", "first_look", "variation")
COUNTED = {"disagreement", "variation", "softness", "holes", "islands", "halo", "specks"}
CERTAINTIES = {"first_look", "certainty"}
RIDGE = 0.05
STEPS = 1000
# The scoring tool's limits; a photo at LOW times a limit is no defect at all, one at HIGH times surely is.
SAD, BLOB, MISSED = 0.06, 0.01, 0.15
LOW, HIGH = 0.4, 1.6
TARGET = Path(__file__).resolve().parent.parent / "processing" / "imaging" / "risk_terms.py"


@dataclass(frozen=True)
class Photos:
    """Readings (photos x candidates, NaN where missing), defects, how bad (0 to 1), each photo's product, whether it is
    of the first set, whose share of defects is what a shop sees, and the risk at which its route flags."""

    values: Doubles
    defects: Bools
    severity: Doubles
    products: list[str]
    usual: Bools
    limits: Doubles

    def without(self, out: Bools) -> "Photos":
        kept = [name for name, gone in zip(self.products, out, strict=True) if not gone]
        rest = (self.values, self.defects, self.severity, self.usual, self.limits)
        values, defects, severity, usual, limits = (each[~out] for each in rest)
        return Photos(values, defects, severity, kept, usual, limits)


@dataclass(frozen=True)
class Fit:
    weights: Doubles
    usual: Doubles
    spread: Doubles
    bias: float

    def log_odds(self, values: Doubles) -> Doubles:
        return np.asarray(_scaled(values, self.usual, self.spread) @ self.weights + self.bias)


def read(manifest: Path, report: Path, scores: Path) -> Photos:
    """Join the three files by the photo's stem; photos that were not processed are left out."""
    with manifest.open(newline="") as handle:
        products = {Path(row["image"]).stem: row["product"] for row in csv.DictReader(handle)}
    photos = {Path(p["file"]).stem: p for p in json.loads(report.read_text())["photos"] if p["readings"]}
    readings = {stem: photo["readings"] for stem, photo in photos.items()}
    rows = [row for row in json.loads(scores.read_text())["photos"] if row["stem"] in readings]
    values = [[_value(readings[row["stem"]].get(name), name) for name in CANDIDATES] for row in rows]
    return Photos(
        np.array(values),
        np.array([row["defect"] for row in rows], bool),
        np.array([severity(row) for row in rows]),
        [products[row["stem"]] for row in rows],
        np.ones(len(rows), bool),
        np.array([limits_for(photos[row["stem"]].get("route", ""))[RISK.name].flag for row in rows]),
    )


def together(sets: Sequence[Photos]) -> Photos:
    """Several sets as one; photos of the same product stay in one fold. The first gives the usual share of defects."""
    return Photos(
        np.concatenate([each.values for each in sets]),
        np.concatenate([each.defects for each in sets]),
        np.concatenate([each.severity for each in sets]),
        [product for each in sets for product in each.products],
        np.concatenate([np.full(len(each.defects), place == 0) for place, each in enumerate(sets)]),
        np.concatenate([each.limits for each in sets]),
    )


def severity(row: dict[str, float]) -> float:
    """How far a photo is on its way to a defect, 0 to 1: near misses teach too."""
    worst = max(row["sad"] / SAD, row["blob"] / BLOB, (1 - row["bf"]) / MISSED)
    return min(1.0, max(0.0, (worst - LOW) / (HIGH - LOW)))


def _value(reading: float | None, name: str) -> float:
    if reading is None:
        return math.nan
    return SCALES[scale_of(name)](reading)


def scale_of(name: str) -> str:
    """The scale on which the risk takes a reading."""
    return "log" if name in COUNTED else "doubt" if name in CERTAINTIES else "plain"


def fit(photos: Photos) -> Fit:
    """Logistic regression of severity with ridge and signs; then the bias that gives the usual share of defects."""
    read = ~np.isnan(photos.values).all(axis=0)
    usual, spread = np.zeros(len(read)), np.ones(len(read))  # of a reading that nobody gave, which gets no weight
    usual[read] = np.nanmedian(photos.values[:, read], axis=0)
    spread[read] = np.maximum(np.nanstd(photos.values[:, read], axis=0), 1e-6)
    x = _scaled(photos.values, usual, spread)
    rising = [check.worse == "high" or scale_of(check.name) == "doubt" for check in _checks()]
    signs = np.where(rising, 1.0, -1.0)
    weights, bias = np.zeros(x.shape[1]), -1.0
    for _ in range(STEPS):
        error = _chance(x @ weights + bias) - photos.severity
        weights = weights - 0.2 * (x.T @ error / len(x) + RIDGE * weights)
        weights = np.where(weights * signs < 0, 0.0, weights)
        bias -= 0.2 * float(error.mean())
    seen, found = x[photos.usual], photos.defects[photos.usual]
    for _ in range(STEPS):
        bias -= float((_chance(seen @ weights + bias) - found).mean())
    return Fit(weights, usual, spread, bias)


def _chance(log_odds: Doubles) -> Doubles:
    return np.asarray(1 / (1 + np.exp(-log_odds)))


def _scaled(values: Doubles, usual: Doubles, spread: Doubles) -> Doubles:
    return np.nan_to_num(np.clip((values - usual) / spread, -REACH, REACH), nan=0.0)


def _checks() -> list[Check]:
    named = {check.name: check for check in CHECKS}
    return [named[name] for name in CANDIDATES]


def held_out(photos: Photos) -> tuple[Doubles, Doubles]:
    """Log-odds of every photo by a fit that never saw its product, with and without that fit's bias.

    Leaving out the product with half of all defects lowers the bias just for its own photos, so the first number is
    a pessimist's; the ranking within one model, which is what reviewers get, is the second.
    """
    whole, ranked = np.empty(len(photos.defects)), np.empty(len(photos.defects))
    for product in sorted(set(photos.products)):
        out = np.array([name == product for name in photos.products])
        model = fit(photos.without(out))
        whole[out] = model.log_odds(photos.values[out])
        ranked[out] = whole[out] - model.bias
    return whole, ranked


def auc(risk: Doubles, defects: Bools) -> float | None:
    """Chance that a defect is ranked above a sound photo; None without both."""
    if defects.all() or not defects.any():
        return None
    above = risk[defects][:, None] - risk[~defects][None, :]
    return float((above > 0).mean() + 0.5 * (above == 0).mean())


def escaped(risk: Doubles, defects: Bools, share: float) -> float:
    """Share of defects among what is not reviewed when the riskiest ``share`` is."""
    unseen = np.argsort(-risk)[int(share * len(risk)) :]
    return float(defects[unseen].mean())


def at_limits(risk: Doubles, photos: Photos) -> tuple[float, float]:
    """Share of photos that the risk's usual limits flag, and share of defects among the others."""
    flagged = risk > photos.limits
    return float(flagged.mean()), float(photos.defects[~flagged].mean()) if not flagged.all() else 0.0


def source(model: Fit, count: int, bad: int, quality: Sequence[float | None]) -> str:
    """The module of numbers; ``quality`` is the AUC on products left out, by the weights alone and with each bias."""
    ranked, whole = ("not known" if each is None else f"{each:.3f}" for each in quality)
    lines = [
        '"""The risk\'s numbers: weight, usual value, spread, and the scale on which the reading is taken.',
        "",
        f"Made by benchmarks/fit_risk.py from {count} photos with truth, {bad} of them defects. AUC on products left",
        f"out of the fit: {ranked} by its weights, {whole} with its bias. The bias gives the share of defects of the",
        "first set alone. Do not edit by hand.",
        '"""',
        "",
        f"BIAS = {model.bias:.4f}",
        "TERMS: dict[str, tuple[float, float, float, str]] = {",
    ]
    for name, weight, usual, spread in zip(CANDIDATES, model.weights, model.usual, model.spread, strict=True):
        if weight:
            lines.append(f'    "{name}": ({weight:.4f}, {usual:.5f}, {spread:.5f}, "{scale_of(name)}"),')
    return "\n".join([*lines, "}", ""])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("manifest", "report", "scores"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--more", type=Path, nargs=3, action="append", default=[], help="a further set, as the first")
    parser.add_argument("--write", action="store_true", help="replace processing/imaging/risk_terms.py")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(arguments)
    sets = [read(args.manifest, args.report, args.scores), *(read(*paths) for paths in args.more)]
    photos, first = together(sets), len(sets[0].defects)
    (outside, ranked), whole = held_out(photos), fit(photos)
    quality = auc(outside, photos.defects)
    result = {
        "photos": len(photos.defects),
        "defects": int(photos.defects.sum()),
        "auc_held_out": quality,
        "auc_held_out_first": auc(outside[:first], photos.defects[:first]),
        "auc_held_out_ranking": auc(ranked, photos.defects),
        "auc_held_out_ranking_first": auc(ranked[:first], photos.defects[:first]),
        "auc_fitted": auc(whole.log_odds(photos.values), photos.defects),
        **{f"escaped_at_{round(100 * s)}": escaped(ranked, photos.defects, s) for s in (0.1, 0.15, 0.2, 0.3)},
        "escaped_at_15_first": escaped(ranked[:first], photos.defects[:first], 0.15),
    }
    chance = _chance(ranked + whole.bias)
    result["flagged_by_risk"], result["escaped_by_risk"] = at_limits(chance, photos)
    result["flagged_by_risk_first"], result["escaped_by_risk_first"] = at_limits(chance[:first], sets[0])
    print(json.dumps(result) if args.json else "\n".join(f"{k:16} {v}" for k, v in result.items()))
    if args.write:
        TARGET.write_text(
            source(whole, len(photos.defects), int(photos.defects.sum()), (auc(ranked, photos.defects), quality))
        )


if __name__ == "__main__":
    main()
