"""Write docs/quality.md from a run over photos with truth, beside plain rembg on the same photos.

    python -m benchmarks.quality_page TRUTH REPORT.json LOUPE.json [--u2net U2NET.json] [--isnet ISNET.json]
                                      [--effort EFFORT.json] [--fit FIT.json] [--glass GLASS.json]
                                      [--cutouts DIR --pictures DIR]

TRUTH is the folder with manifest.csv; REPORT.json is what ``run_batch`` wrote; the others are what the scoring tool
wrote with ``--json`` for each side's cut-outs, and what ``benchmarks.effort``, ``benchmarks.fit_risk`` and
``benchmarks.clear_glass`` print as JSON. With ``--cutouts`` the page shows the twenty worst as maps of their errors,
made of the masks alone; with ``--pictures`` each is drawn beside its photo into that folder, which is never part of
the repository.
"""

import argparse
import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.fit_risk import auc

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "quality.md"
WORST = 20
SHARES = (0.05, 0.10, 0.15, 0.20, 0.30)
EDGE = 420
# The sheet of error maps: this many a row, each this wide (px), under a caption.
MAPS, MAP, CAPTION = 5, 220, 20

INTRODUCTION = """# Quality of the cut-outs

Made by `python -m benchmarks.quality_page`; do not edit by hand. Photos, truth and measures are those of the scoring
tool: *SAD* is the summed error of alpha over the product's area, *boundary F* the agreement of outlines within 0.15 %
of the longest edge, a *defect* a photo that a reviewer would send back (SAD over 0.06, or one wrong region over 1 % of
the product, or boundary F under 0.85).

How a mask is made: U2-Net looks first and finds the product whole; IS-Net draws the edge, on a copy whose tone curve is
opened around the backdrop (white on white, black on black) where the product's rim blends with it. Where it is unsure
it looks again, at the product alone, in even light (contrast limited adaptive histogram equalisation) and upside down,
and its surest mask stays. Parts that only U2-Net saw are taken back when they differ from the backdrop as no shadow
does (far from it, brighter, inside the product of another hue, or different at all where IS-Net hints at them), and
when they hold pieces of the product together; regions inside the mask that are the backdrop become holes. In the
transparent lane a doubt inside the outline is product.

Tried on top, and worse for outlines or defects: a guided filter, local colour models, a random walker at full
resolution, IS-Net on the product alone at first (2 to 8 % more images an hour, and two categories with outlines worse
than IS-Net's own), or made to fill its square, at 896, 768 and 512 px, mirrored, brightened and without its low
frequencies; the mean, the median and the union of several looks, and taking lost parts back from further looks; an
estimate of how much a dark lens lets through.

What is missing: clear glass before a backdrop of its own colour, tinted lenses (their ten per cent of transparency is
not seen, and nothing in one photo tells it from a dark surface), white soles and heels on white. Glass is kept whole;
how much of the backdrop it lets through is measured where a recipe or a retoucher asks for it, before a light and plain
backdrop alone.
"""


@dataclass(frozen=True)
class Side:
    """One way of cutting out, with its scores by the photo's stem."""

    name: str
    scores: dict[str, dict[str, Any]]


def read_side(name: str, path: Path) -> Side:
    rows = json.loads(path.read_text())["photos"]
    return Side(name, {row["stem"]: row for row in rows if row["sad"] is not None})


def table(title: str, groups: dict[str, list[str]], sides: Sequence[Side]) -> list[str]:
    """One row a group; boundary F, SAD and defects of every side."""
    heads = [f"{side.name} {what}" for side in sides for what in ("F", "SAD", "defects")]
    lines = [
        f"## {title}",
        "",
        f"| {title.split()[-1]} | photos | {' | '.join(heads)} |",
        "|---" * (2 + len(heads)) + "|",
    ]
    for name in sorted(groups):
        cells = [cell for side in sides for cell in _cells(side, groups[name])]
        lines.append(f"| {name} | {len(groups[name])} | {' | '.join(cells)} |")
    return [*lines, ""]


def _cells(side: Side, stems: Sequence[str]) -> list[str]:
    rows = [side.scores[stem] for stem in stems if stem in side.scores]
    if not rows:
        return ["", "", ""]
    bad = sum(row["defect"] for row in rows)
    return [f"{np.mean([row['bf'] for row in rows]):.3f}", f"{np.mean([row['sad'] for row in rows]):.4f}", f"{bad}"]


def effort_table(path: Path) -> list[str]:
    """What less effort costs, from the settings that ``benchmarks.effort`` ran."""
    lines = [
        "## What less effort costs",
        "",
        "Every photo through its lane's steps in one process and one thread; CPU seconds (mean) of the cut-out and",
        "the steps on its mask alone. Made by `python -m benchmarks.effort`.",
        "",
        "| setting | CPU s | photos without the detailed model | boundary F | SAD | defects |",
        "|---|---|---|---|---|---|",
    ]
    for name, row in json.loads(path.read_text()).items():
        numbers = f"{row['bf']:.3f} | {row['sad']:.4f} | {row['defects']} of {row['photos']}"
        lines.append(f"| {name} | {row['cpu_seconds']:.2f} | {row['alone']:.0%} | {numbers} |")
    return [*lines, ""]


def fit_lines(path: Path) -> list[str]:
    """What the fit of the risk found on products that it had not seen."""
    fit = json.loads(path.read_text())
    return [
        f"The weights were fitted on {fit['photos']} photos, {fit['defects']} of them defects: these and the",
        "composites of `benchmarks/composites.py`. On products left out of the fit its weights rank with an AUC of",
        f"{fit['auc_held_out_ranking']:.3f} over all of them and"
        f" {fit['auc_held_out_ranking_first']:.3f} over the photos of this page;",
        f"with each fit's own bias, which leaving out a product of many defects lowers, {fit['auc_held_out']:.3f} and",
        f"{fit['auc_held_out_first']:.3f}. If the riskiest 15 % of this page's photos are reviewed by those weights,",
        f"{fit['escaped_at_15_first']:.1%} of what goes out unseen are defects. The risk's usual limits, which were",
        f"chosen on the same photos, flag {fit['flagged_by_risk']:.0%} of all of them and",
        f"{fit['flagged_by_risk_first']:.0%} of this page's, and leave {fit['escaped_by_risk']:.1%} and",
        f"{fit['escaped_by_risk_first']:.1%} defects among the others.",
        "",
    ]


def glass_table(path: Path) -> list[str]:
    """How near the step of glass comes to what glass lets through."""
    rows = json.loads(path.read_text())
    lines = [
        "## Clear glass",
        "",
        "SAD of the opacity against 1 minus transmittance, for the rendered glass within the truth's outlines: kept",
        "solid, and with the step of glass at full clarity. Made by `python -m benchmarks.clear_glass`.",
        "",
        "| photo | backdrop | solid | clear | what the run says |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append(f"| {row['stem']} | {row['backdrop']} | {row['solid']:.2f} | {row['clear']:.2f} | {row['note']} |")
    solid, clear = (np.mean([row[name] for row in rows]) for name in ("solid", "clear"))
    return [*lines, f"| all | | {solid:.2f} | {clear:.2f} | |", ""]


def gate(photos: dict[str, dict[str, Any]], side: Side) -> list[str]:
    """How the risk ranks defects, and what escapes when the riskiest share is reviewed."""
    stems = [stem for stem in side.scores if photos.get(stem, {}).get("risk") is not None]
    if not stems:
        return ["## The gate", "", "The report names no risks.", ""]
    risk = np.array([photos[stem]["risk"] for stem in stems])
    bad = np.array([side.scores[stem]["defect"] for stem in stems], bool)
    order = np.argsort(-risk)
    found = auc(risk, bad)
    lines = [
        "## The gate",
        "",
        f"{int(bad.sum())} defects in {len(stems)} photos. AUC of the risk: {'' if found is None else f'{found:.3f}'}.",
        "The weights were fitted on these photos, too, so this number is a fit's own.",
        "",
        "| reviewed (riskiest first) | defects among the rest |",
        "|---|---|",
    ]
    for share in SHARES:
        rest = bad[order[int(share * len(order)) :]]
        lines.append(f"| {share:.0%} | {int(rest.sum())} of {len(rest)} ({rest.mean():.1%}) |")
    return [*lines, ""]


def worst(side: Side, photos: dict[str, dict[str, Any]], categories: dict[str, str]) -> tuple[list[str], list[str]]:
    """The worst photos as a table, and their stems."""
    ranked = sorted(side.scores, key=lambda stem: (-side.scores[stem]["defect"], side.scores[stem]["bf"]))[:WORST]
    lines = [
        "## The worst twenty",
        "",
        "| photo | category | F | SAD | blob | defect | risk |",
        "|---|---|---|---|---|---|---|",
    ]
    for stem in ranked:
        row, risk = side.scores[stem], photos.get(stem, {}).get("risk")
        shown = "" if risk is None else f"{risk:.2f}"
        numbers = f"{row['bf']:.3f} | {row['sad']:.3f} | {row['blob']:.3f} | {'yes' if row['defect'] else ''} | {shown}"
        lines.append(f"| {stem} | {categories.get(stem, '')} | {numbers} |")
    return [*lines, ""], ranked


def maps(truth: Path, cutouts: Path, rows: Sequence[dict[str, str]], stems: Sequence[str], target: Path) -> None:
    """The errors of ``stems``, five a row: grey where both agree, red kept background, blue lost product.

    Made of the masks alone: no pixel of a photo is in it.
    """
    by_stem = {Path(row["image"]).stem: row for row in rows}
    drawn = [stem for stem in stems if (cutouts / f"{stem}.png").is_file()]
    sheet = Image.new("RGB", (MAPS * MAP, -(-len(drawn) // MAPS) * (MAP + CAPTION)), "white")
    pen = ImageDraw.Draw(sheet)
    for place, stem in enumerate(drawn):
        left, top = place % MAPS * MAP, place // MAPS * (MAP + CAPTION)
        sheet.paste(_map(truth / by_stem[stem]["mask"], cutouts / f"{stem}.png"), (left, top + CAPTION))
        pen.text((left + 6, top + 4), stem, fill="black")
    target.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(target, optimize=True)


def _map(mask: Path, cutout: Path) -> Image.Image:
    with Image.open(mask) as opened:
        wanted = opened.getchannel("A") if "A" in opened.getbands() else opened.convert("L")
    wanted.thumbnail((MAP - 8, MAP - 8), Image.Resampling.BOX)
    with Image.open(cutout) as opened:
        given = opened.convert("RGBA").getchannel("A").resize(wanted.size, Image.Resampling.BOX)
    right, found = np.asarray(wanted, np.int32), np.asarray(given, np.int32)
    base = 245 - np.minimum(right, found) * 110 // 255
    more, less = np.clip(found - right, 0, 255), np.clip(right - found, 0, 255)
    channels = [base - less * 200 // 255, base - np.maximum(more, less) * 200 // 255, base - more * 200 // 255]
    return Image.fromarray(np.stack(channels, axis=-1).clip(0, 255).astype(np.uint8))


def draw(truth: Path, cutouts: Path, rows: Sequence[dict[str, str]], stems: Sequence[str], folder: Path) -> None:
    """Photo, cut-out on white, and errors (red: kept background, blue: lost product) side by side."""
    folder.mkdir(parents=True, exist_ok=True)
    for row in rows:
        stem = Path(row["image"]).stem
        if stem not in stems or not (cutouts / f"{stem}.png").is_file():
            continue
        with Image.open(truth / row["image"]) as photo, Image.open(truth / row["mask"]) as mask:
            source, wanted = photo.convert("RGB"), mask.getchannel("A") if "A" in mask.getbands() else mask.convert("L")
            source.thumbnail((EDGE, EDGE))
            right = np.asarray(wanted.resize(source.size, Image.Resampling.BOX), np.int16)
        with Image.open(cutouts / f"{stem}.png") as picture:
            cut = picture.convert("RGBA").resize(source.size, Image.Resampling.BOX)
        given = np.asarray(cut.getchannel("A"), np.int16)
        wrong = np.stack([np.clip(given - right, 0, 255), given // 3, np.clip(right - given, 0, 255)], axis=-1)
        sheet = Image.new("RGB", (3 * source.width, source.height), "white")
        sheet.paste(source, (0, 0))
        sheet.paste(cut, (source.width, 0), cut)
        sheet.paste(Image.fromarray(wrong.astype(np.uint8)), (2 * source.width, 0))
        sheet.save(folder / f"{stem}.jpg", quality=85)


def grouped(stems: Sequence[str], key: Callable[[str], str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {"all": list(stems)}
    for stem in stems:
        groups.setdefault(key(stem) or "unknown", []).append(stem)
    return groups


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("truth", "report", "loupe"):
        parser.add_argument(name, type=Path)
    for name in ("--u2net", "--isnet", "--effort", "--fit", "--glass", "--cutouts", "--pictures"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--page", type=Path, default=PAGE)
    args = parser.parse_args()
    with (args.truth / "manifest.csv").open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    categories = {Path(row["image"]).stem: row["category"] for row in rows}
    photos = {Path(photo["file"]).stem: photo for photo in json.loads(args.report.read_text())["photos"]}
    given = [("Loupe", args.loupe), ("U2-Net", args.u2net), ("IS-Net", args.isnet)]
    sides = [read_side(name, path) for name, path in given if path]
    stems = sorted(sides[0].scores)
    lines, ranked = worst(sides[0], photos, categories)
    page = [
        INTRODUCTION,
        *table("By category", grouped(stems, lambda stem: categories.get(stem, "")), sides),
        *table("By lane", grouped(stems, lambda stem: str(photos.get(stem, {}).get("route", ""))), sides),
        *gate(photos, sides[0]),
        *(fit_lines(args.fit) if args.fit else []),
        *(effort_table(args.effort) if args.effort else []),
        *(glass_table(args.glass) if args.glass else []),
        *lines,
    ]
    args.page.parent.mkdir(exist_ok=True)
    if args.cutouts:
        maps(args.truth, args.cutouts, rows, ranked, args.page.parent / "images" / "worst.png")
        page += ["Where they are wrong (grey: as it should be, red: kept background, blue: lost product):", ""]
        page += ["![Error maps of the worst twenty](images/worst.png)", ""]
    args.page.write_text("\n".join(page))
    if args.pictures and args.cutouts:
        draw(args.truth, args.cutouts, rows, ranked, args.pictures)


if __name__ == "__main__":
    main()
