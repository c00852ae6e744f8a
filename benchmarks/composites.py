"""Further photos with truth: the products of a manifest, placed anew before other backdrops.

    python -m benchmarks.composites MANIFEST.csv FOLDER [--each 2] [--seed 1] [--edge 1600]

A hundred photos hold some ten defects: too few to learn what a defect looks like. Each product is cut out by its true
alpha, its edge pixels take the colour of the solid product beside them, and it is placed before white, pale, grey,
coloured, dark, wooden or marbled backdrops with a soft shadow and grain. FOLDER gets the photos, their alphas, the
product sheet and a manifest like the first one, for ``run_batch``, the scoring tool and ``benchmarks/fit_risk.py``.
Photos of one product keep its name, so that folds by product hold across both sets. Clear glass is left out: what
shines through it belongs to the old backdrop.
"""

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from processing.imaging.contract import Context, no_models
from processing.imaging.frame import decode
from processing.imaging.steps import decontaminate

Floats = npt.NDArray[np.float32]
Random = np.random.Generator

COLUMNS = ("image", "mask", "alpha", "category", "kind", "background", "product", "source", "licence")
LEFT_OUT = "rendered glass"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--each", type=int, default=2, help="new photos of each photo of the manifest")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--edge", type=int, default=1600, help="longest edge of the new photos, px")
    args = parser.parse_args(arguments)
    with args.manifest.open(newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["kind"] != LEFT_OUT]
    made = write(args.manifest.parent, rows, args.folder, each=args.each, seed=args.seed, edge=args.edge)
    print(f"{made} photos of {len({row['product'] for row in rows})} products in {args.folder}")


def write(root: Path, rows: Sequence[dict[str, str]], folder: Path, *, each: int, seed: int, edge: int) -> int:
    """Write the photos, alphas, manifest.csv and products.csv into ``folder``; returns how many photos."""
    for name in ("photos", "alpha"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    manifest = []
    for row in rows:
        product, alpha = cut(root / row["image"], root / row["mask"], edge)
        for name in random.choice(sorted(BACKDROPS), size=each, replace=False):
            manifest.append(_one(folder, row, product, alpha, str(name), len(manifest), random))
    _csv(folder / "manifest.csv", COLUMNS, manifest)
    sheet = [{"sku": row["sku"], "title": row["sku"], "category": row["category"]} for row in manifest]
    _csv(folder / "products.csv", ("sku", "title", "category"), sheet)
    return len(manifest)


def cut(photo: Path, mask: Path, edge: int) -> tuple[Floats, Floats]:
    """A product's colours (H x W x 3, 0 to 255; edges without the old backdrop) and alpha (H x W, 0 to 1)."""
    frame = decode(photo.read_bytes())
    with Image.open(mask) as opened:
        alpha = np.asarray(opened.convert("L").resize(frame.size, Image.Resampling.BOX))
    clean = decontaminate.apply(frame.with_alpha(alpha), decontaminate.Params(), Context(no_models)).rgb
    scale = min(1.0, edge / max(frame.size))
    size = round(frame.size[0] * scale), round(frame.size[1] * scale)
    small = Image.fromarray(clean).resize(size, Image.Resampling.LANCZOS)
    opacity = Image.fromarray(alpha).resize(size, Image.Resampling.BOX)
    return np.asarray(small, np.float32), np.asarray(opacity, np.float32) / np.float32(255)


def _one(
    folder: Path, row: dict[str, str], product: Floats, alpha: Floats, name: str, number: int, random: Random
) -> dict[str, str]:
    """Place one product before one backdrop, write both files, and return the manifest's row."""
    product, alpha = _moved(product, alpha, random)
    backdrop = BACKDROPS[name](alpha.shape, random)
    picture = place(
        product, alpha, _shadowed(backdrop, alpha, random), grain=float(random.uniform(0.5, 2.0)), seed=number
    )
    sku = f"CMP-{number:04d}"
    Image.fromarray(picture).save(folder / f"photos/{sku}_front.jpg", quality=92)
    Image.fromarray((alpha * 255 + 0.5).astype(np.uint8)).save(folder / f"alpha/{sku}.png")
    kept = {key: row.get(key, "") for key in ("category", "product", "source", "licence")}
    files = {"image": f"photos/{sku}_front.jpg", "mask": f"alpha/{sku}.png", "alpha": f"alpha/{sku}.png"}
    return {**kept, **files, "kind": "composite", "background": name, "sku": sku}


def place(product: Floats, alpha: Floats, backdrop: Floats, *, grain: float, seed: int) -> npt.NDArray[np.uint8]:
    """A product over a backdrop of its own shape, with normal grain of ``grain`` levels."""
    mixed = product * alpha[..., None] + backdrop * (1 - alpha[..., None])
    noise = np.random.default_rng(seed).normal(0, grain, alpha.shape).astype(np.float32)
    return np.asarray(np.clip(mixed + noise[..., None] + 0.5, 0, 255), dtype=np.uint8)


def _moved(product: Floats, alpha: Floats, random: Random) -> tuple[Floats, Floats]:
    """Mirrored half of the time, and shifted by up to four per cent where the product's clearance allows."""
    if random.random() < 0.5:
        product, alpha = product[:, ::-1], alpha[:, ::-1]
    rows, columns = np.nonzero(alpha.any(axis=1))[0], np.nonzero(alpha.any(axis=0))[0]
    room = rows[0], alpha.shape[0] - 1 - rows[-1], columns[0], alpha.shape[1] - 1 - columns[-1]
    most = 0.04 * max(alpha.shape)
    down = int(random.uniform(-min(room[0], most), min(room[1], most)))
    right = int(random.uniform(-min(room[2], most), min(room[3], most)))
    return np.roll(product, (down, right), (0, 1)), np.roll(alpha, (down, right), (0, 1))


def _shadowed(backdrop: Floats, alpha: Floats, random: Random) -> Floats:
    """The backdrop darkened under and beside the product."""
    soft, depth = random.uniform(0.008, 0.03) * max(alpha.shape), random.uniform(0.1, 0.45)
    cast = np.roll(alpha, (int(1.5 * soft), int(random.uniform(-1, 1) * soft)), (0, 1))
    return np.asarray(backdrop * (1 - depth * ndimage.gaussian_filter(cast, soft))[..., None], np.float32)


def _plain(levels: tuple[int, int, int], spread: int, fall: float, shape: tuple[int, ...], random: Random) -> Floats:
    """One colour, a little different each time, that falls off from a lit spot towards the corners."""
    height, width = shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / max(shape)
    spot = random.uniform(0.3, 0.7, 2) * (height / max(shape), width / max(shape))
    light = 1 - fall * ((y - spot[0]) ** 2 + (x - spot[1]) ** 2)
    colour = np.clip(np.array(levels) + random.integers(-spread, spread + 1, 3), 0, 255)
    return np.asarray(np.clip(light, 0, 1)[..., None] * colour, np.float32)


def _white(shape: tuple[int, ...], random: Random) -> Floats:
    return _plain((255, 255, 255), 0, 0.02, shape, random)


def _pale(shape: tuple[int, ...], random: Random) -> Floats:
    return _plain((242, 241, 239), 5, 0.12, shape, random)


def _grey(shape: tuple[int, ...], random: Random) -> Floats:
    return _plain((178, 178, 180), 25, 0.5, shape, random)


def _paper(shape: tuple[int, ...], random: Random) -> Floats:
    return _plain((205, 185, 180), 40, 0.2, shape, random)


def _dark(shape: tuple[int, ...], random: Random) -> Floats:
    return _plain((34, 34, 38), 14, 0.5, shape, random)


def _wood(shape: tuple[int, ...], random: Random) -> Floats:
    """Pale boards: noise stretched along one axis."""
    field = random.normal(size=shape).astype(np.float32)
    grainy = ndimage.gaussian_filter(field, (max(shape) / 12, 1.2))
    return np.asarray(_pale(shape, random) + 26 * (grainy / grainy.std())[..., None] - 18, np.float32).clip(0, 255)


def _marble(shape: tuple[int, ...], random: Random) -> Floats:
    """A dark stone with light veins where a smooth field crosses zero."""
    field = sum(
        ndimage.gaussian_filter(random.normal(size=shape), max(shape) / d) * max(shape) / d for d in (14, 40, 90)
    )
    veins = np.exp(-np.abs(field / np.std(field)) * 12)
    return np.asarray(_dark(shape, random) + 110 * veins[..., None], np.float32).clip(0, 255)


BACKDROPS = {
    "white": _white,
    "pale": _pale,
    "grey": _grey,
    "paper": _paper,
    "dark": _dark,
    "wood": _wood,
    "marble": _marble,
}


def _csv(path: Path, columns: Sequence[str], rows: Sequence[dict[str, str]]) -> None:
    with path.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
