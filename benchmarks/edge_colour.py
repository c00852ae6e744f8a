"""How much of the old backdrop is left in edge pixels on white, with and without the edge colour step.

    python -m benchmarks.edge_colour MANIFEST.csv [--every 4] [--json]

Products of a manifest with truth are placed before dark, coloured and grey backdrops (``benchmarks/composites.py``),
cut out by their true alpha, and laid on white; the ideal is the product's own colours on white. CIEDE2000 of the pixels
whose alpha is 2 to 98 %, mean and 95th percentile, by backdrop. The products' colours at their edges are themselves an
estimate (the same step's, from the photo they were cut from), so the second figure flatters; the first does not.
"""

import argparse
import csv
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks import composites
from processing.imaging import colour
from processing.imaging.contract import Context, no_models
from processing.imaging.frame import Frame
from processing.imaging.steps import decontaminate

BACKDROPS = ("dark", "paper", "grey")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--every", type=int, default=4, help="take every n-th photo")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(arguments)
    with args.manifest.open(newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["kind"] != composites.LEFT_OUT][:: args.every]
    found = measure(args.manifest.parent, rows)
    if args.json:
        print(json.dumps(found))
        return
    for name, row in found.items():
        print(f"{name:8} as it was {row['before']:5.1f} (p95 {row['before_p95']:5.1f})", end="  ")
        print(f"edge colour {row['after']:5.1f} (p95 {row['after_p95']:5.1f})  {row['photos']} photos")


def measure(root: Path, rows: Sequence[dict[str, str]]) -> dict[str, dict[str, float]]:
    """By backdrop: CIEDE2000 to the ideal before and after the step, and how many photos."""
    random = np.random.default_rng(1)
    differences: dict[str, list[list[float]]] = {name: [] for name in BACKDROPS}
    for row in rows:
        product, alpha = composites.cut(root / row["image"], root / row["mask"], 1600)
        for name in BACKDROPS:
            backdrop = composites.BACKDROPS[name](alpha.shape, random)
            differences[name].append(_differences(product, alpha, backdrop))
    keys = ("before", "before_p95", "after", "after_p95")
    return {
        name: {**dict(zip(keys, np.mean(each, axis=0).tolist(), strict=True)), "photos": len(each)}
        for name, each in differences.items()
    }


def _differences(product: composites.Floats, alpha: composites.Floats, backdrop: composites.Floats) -> list[float]:
    """Mean and 95th percentile of the edge's difference from the ideal, without and with the step."""
    frame = Frame(composites.place(product, alpha, backdrop, grain=0.5, seed=1))
    frame = frame.with_alpha((alpha * 255 + 0.5).astype(np.uint8))
    clean = decontaminate.apply(frame, decontaminate.Params(), Context(no_models))
    edge = (alpha > 0.02) & (alpha < 0.98)
    ideal = _on_white(product, alpha)[edge]
    pairs = [
        colour.ciede2000(colour.lab(_on_white(each.rgb, alpha)[edge]), colour.lab(ideal)) for each in (frame, clean)
    ]
    return [float(number) for pair in pairs for number in (pair.mean(), np.percentile(pair, 95))]


def _on_white(rgb: composites.Floats, alpha: composites.Floats) -> composites.Floats:
    mixed = rgb.astype(np.float32) * alpha[..., None] + 255 * (1 - alpha[..., None])
    return np.asarray(np.clip(mixed + 0.5, 0, 255), dtype=np.uint8)


if __name__ == "__main__":
    main()
