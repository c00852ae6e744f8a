"""What less effort costs: seconds of CPU against boundary F and defects, for the settings of the cut-out.

    python -m benchmarks.effort TRUTH SCORER [--models DIR] [--quick] [--json FILE]

TRUTH is the folder with manifest.csv, SCORER the scoring tool. Every photo goes through the steps of its own lane's
starting recipe, in this process and one thread; the CPU seconds are those of the cut-out and the steps on its mask,
without decoding, checks and encoding. ``--quick`` takes every fifth photo.
"""

import argparse
import csv
import importlib.util
import json
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import django
from PIL import Image

from processing.imaging import pipeline, sessions, traits
from processing.imaging.contract import BoundStep, Context, Trace
from processing.imaging.defaults import parameters_for
from processing.imaging.frame import Frame, decode

ROOT = Path(__file__).resolve().parent.parent
SETTINGS: dict[str, dict[str, Any]] = {
    "quick": {"effort": "quick"},
    "cascade from 0.95": {"effort": "cascade", "trusted": 0.95},
    "full, one look": {"effort": "full", "enough": 0.0},
    "full": {"effort": "full"},
    "full, three looks": {"effort": "full", "enough": 1.0},
}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("truth", type=Path)
    parser.add_argument("scorer", type=Path)
    parser.add_argument("--models", type=Path, default=ROOT / "var" / "models")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args(arguments)
    with (args.truth / "manifest.csv").open(newline="") as handle:
        rows = list(csv.DictReader(handle))[:: 5 if args.quick else 1]
    found = measure(args.truth, rows, _tool(args.scorer), args.models)
    for name, row in found.items():
        print(f"{name:20} {row['cpu_seconds']:5.2f} s  F {row['bf']:.3f}  defects {row['defects']} of {row['photos']}")
    if args.json:
        args.json.write_text(json.dumps(found, indent=1))


def measure(truth: Path, rows: Sequence[dict[str, str]], scorer: ModuleType, models: Path) -> dict[str, dict[str, Any]]:
    """By setting: mean CPU seconds a photo, mean boundary F and SAD, defects, share without the detailed model."""
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in SETTINGS}
    with tempfile.TemporaryDirectory() as scratch:
        for row in rows:
            frame = decode((truth / row["image"]).read_bytes())
            for name, cutout in SETTINGS.items():
                alpha = Path(scratch) / f"{Path(row['image']).stem}.png"
                ran = _run(frame, _steps(frame, row["category"], cutout), models, alpha)
                runs[name].append({**ran, **scorer.score(truth / row["mask"], alpha)})
    return {name: _summary(each) for name, each in runs.items()}


def _steps(frame: Frame, category: str, cutout: dict[str, Any]) -> tuple[BoundStep, ...]:
    """The steps on the mask of the lane that the photo would take, at another effort."""
    route = _routing().choose(category, "", "front", traits.look(frame)).route
    parameters = parameters_for(route.value)
    kept = {name: parameters[name] for name in ("cutout", "refine", "clean")}
    return pipeline.parse({**kept, "cutout": {**kept["cutout"], **cutout}})


def _run(frame: Frame, steps: Sequence[BoundStep], models: Path, target: Path) -> dict[str, Any]:
    context = Context(sessions.context(models).matter, Trace())
    begun = time.process_time()
    result = pipeline.run(frame, steps, context)
    spent = time.process_time() - begun
    Image.fromarray(result.frame.alpha).save(target)
    return {"cpu": spent, "alone": len(context.trace.masks) == 1}


def _summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "photos": len(rows),
        "cpu_seconds": round(statistics.fmean(row["cpu"] for row in rows), 3),
        "alone": sum(row["alone"] for row in rows) / len(rows),
        "bf": statistics.fmean(row["bf"] for row in rows),
        "sad": statistics.fmean(row["sad"] for row in rows),
        "defects": sum(bool(row["defect"]) for row in rows),
    }


def _routing() -> ModuleType:
    """The module that chooses lanes; it stands on the database's models, so Django must be set up first."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    return importlib.import_module("processing.routing")


def _tool(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("scorer", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path} is no Python program; the scoring tool is wanted.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
