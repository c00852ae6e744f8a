"""How far the opacity of rendered glass is from 1 minus its transmittance, solid and with the step of glass.

    python -m benchmarks.clear_glass MANIFEST.csv [--cutouts DIR] [--json]

Photos of the manifest whose kind is "rendered glass". The product's outline is the truth's, or with ``--cutouts`` that
of a run's cut-outs (``<stem>.png``, made solid). SAD, sum |opacity - truth| / sum truth, at the photo's own size; a
photo whose backdrop tells nothing stays solid, and its reason is printed.
"""

import argparse
import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from processing.imaging.contract import Context, no_models
from processing.imaging.frame import Alpha, decode
from processing.imaging.steps import glass

KIND = "rendered glass"


@dataclass(frozen=True)
class Measured:
    """One photo: SAD solid and clear, and what the step said."""

    stem: str
    backdrop: str
    solid: float
    clear: float
    note: str


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--cutouts", type=Path, help="take the outlines of these cut-outs instead of the truth's")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(arguments)
    with args.manifest.open(newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["kind"] == KIND]
    if not rows:
        raise SystemExit(f"{args.manifest} has no photo of the kind {KIND!r}.")
    found = [measure(args.manifest.parent, row, args.cutouts) for row in rows]
    if args.json:
        print(json.dumps([asdict(one) for one in found]))
        return
    for one in found:
        print(f"{one.stem:16} {one.backdrop:8} solid {one.solid:.2f}  clear {one.clear:.2f}  {one.note}")
    solid, clear = (np.mean([getattr(one, name) for one in found]) for name in ("solid", "clear"))
    print(f"{'mean':25} solid {solid:.2f}  clear {clear:.2f}  {len(found)} photos")


def measure(root: Path, row: dict[str, str], cutouts: Path | None) -> Measured:
    """SAD of a photo's opacity against its transmittance, without and with the step at full clarity."""
    stem = Path(row["image"]).stem
    outline = _opacity(cutouts / f"{stem}.png" if cutouts else root / row["mask"])
    truth = _opacity(root / row["alpha"]) / np.float32(255)
    frame = decode(root / row["image"]).with_alpha(outline)
    after = glass.apply(frame, glass.Params(clarity=100.0), Context(no_models))
    _, drawn = after.drawn

    def sad(opacity: Alpha | None) -> float:
        return float(
            np.abs((opacity if opacity is not None else outline) / np.float32(255) - truth).sum() / truth.sum()
        )

    return Measured(stem, row["background"], sad(outline), sad(drawn), "; ".join(after.notes[len(frame.notes) :]))


def _opacity(path: Path) -> Alpha:
    """A picture's alpha, or itself where it is grey."""
    with Image.open(path) as picture:
        found = picture.getchannel("A") if picture.mode in ("RGBA", "LA") else picture.convert("L")
        return np.asarray(found)


if __name__ == "__main__":
    main()
