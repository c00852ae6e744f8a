"""The whole path against plain rembg on the same photos: images an hour, CPU seconds, and a worker's memory.

    python -m benchmarks.throughput [--photos DIR]... [--models DIR] [--soak N] [--quick] [--json]

Loupe (intake, cut-out, checks, one marketplace file, database and queue) and ``rembg p`` with the same weights take
turns in one run, each in processes of its own whose start counts; ratios are medians over the rounds of wall time,
both sides on every core. CPU seconds are those of every process of a run by what the system charged it, start of the
workers included, over its photos. ``cpu_seconds_by_step`` is what the steps of all three jobs take in one thread, and
``cpu_seconds_beside`` what is left: start of the processes, database, queue and storage. The floor is decode, one look
of each network and encoding alone, in one thread, with the engines that Loupe uses. All three are means over the photos
of the rounds, so they add up.
"""

import argparse
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice, zip_longest
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from PIL import Image

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from catalog import marketplaces  # noqa: E402
from processing import delivery, metadata, outputs  # noqa: E402
from processing.imaging import checks, defaults, inspection, pipeline, rendering, screens, sessions, tones, traits  # noqa: E402
from processing.imaging.evidence import Evidence  # noqa: E402
from processing.imaging.frame import decode  # noqa: E402
from processing.imaging.steps.cutout import VIEW, shrunk, stretched  # noqa: E402
from processing.imaging.verdict import judge  # noqa: E402
from processing.metadata import Facts  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
# rembg's names for the weights that both sides use.
MODELS = {"u2net": "u2net", "isnet": "isnet-general-use"}
SAMPLE_SECONDS = 1.0
MIN_EDGE = 1000
MAX_PIXELS = 120_000_000
SUFFIXES = {"JPEG": (".jpg", ".jpeg"), "PNG": (".png",)}
DATA = ROOT.parent / "shared" / "data"
# The loop of ``rembg p`` (rembg/commands/p_command.py, 2.0.86) with its session and its call, and no more. The command
# itself imports packages for its other modes (server, watching a folder) that nothing else here needs.
REMBG_P = """
import sys
from pathlib import Path
from rembg import new_session, remove
model, source, target = sys.argv[1:]
session = new_session(model)
for path in Path(source).glob("**/*"):
    output = (Path(target) / path.name).with_suffix(".png")
    output.write_bytes(remove(path.read_bytes(), session=session))
"""


@dataclass
class Ran:
    """One run of Loupe over a folder."""

    wall: float
    cpu: float
    report: dict[str, Any]
    rss: list[float] = field(default_factory=list)

    @property
    def done(self) -> int:
        """How many photos came through with an output; none of those that intake refused."""
        return sum(bool(photo["seconds"]) for photo in self.report["photos"])

    @property
    def hourly(self) -> float:
        return 3600 * self.done / self.wall


def copies(photos: Sequence[Path], count: int, folder: Path) -> None:
    """``count`` photos that all differ in their last bytes, since Loupe refuses exact duplicates."""
    folder.mkdir()
    for number, source in enumerate(islice(cycle(photos), count)):
        target = folder / f"B{number:04d}_front{source.suffix}"
        target.write_bytes(source.read_bytes() + f"copy {number}".encode())


def loupe(folder: Path, models: Path, scratch: Path, workers: int) -> Ran:
    """``run_batch`` in a home of its own, from an empty database to the exported files."""
    report = scratch / "report.json"
    command = [sys.executable, "manage.py", "run_batch", str(folder), "--catalog", "Benchmark"]
    command += ["--marketplace", "amazon", "--min-edge", str(MIN_EDGE), "--out", str(scratch / "out")]
    command += ["--report", str(report), "--workers", str(workers), "--release-unreviewed"]
    environment = os.environ | {"LOUPE_HOME": str(scratch / "home"), "LOUPE_MODELS": str(models)}
    environment = {name: value for name, value in environment.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(migrate, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    spent, begun = _children_cpu(), time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    rss: list[float] = []
    watcher = threading.Thread(target=_watch, args=(process, rss))
    watcher.start()
    status = process.wait()
    watcher.join()
    if status:
        raise SystemExit(f"run_batch ended with status {status}")
    ran = Ran(time.perf_counter() - begun, _children_cpu() - spent, json.loads(report.read_text()), rss)
    written = len(list((scratch / "out").rglob("*.jpg")))
    if not ran.done == written == len(list(folder.iterdir())):
        raise SystemExit(f"Loupe processed {ran.done} and delivered {written} of {len(list(folder.iterdir()))} photos")
    return ran


def rembg(folder: Path, name: str, models: Path, scratch: Path) -> tuple[float, float]:
    """Wall and CPU seconds of ``rembg p`` over a folder, start included."""
    home = scratch / "rembg"
    family = MODELS[name]
    weights = home / "models" / family / f"{family}.onnx"
    weights.parent.mkdir(parents=True, exist_ok=True)
    if not weights.exists():
        weights.symlink_to(models / f"{name}.onnx")
    out = scratch / f"out-{name}"
    out.mkdir()
    command = [sys.executable, "-c", REMBG_P, family, str(folder), str(out)]
    environment = {key: value for key, value in os.environ.items() if key != "U2NET_HOME"}
    cpu, begun = _children_cpu(), time.perf_counter()
    subprocess.run(command, env=environment | {"REMBG_HOME": str(home)}, check=True, capture_output=True)
    spent = time.perf_counter() - begun, _children_cpu() - cpu
    if (made := len(list(out.iterdir()))) != (asked := len(list(folder.iterdir()))):
        raise SystemExit(f"rembg made {made} pictures of {asked}")
    return spent


def floor(photos: Sequence[Path], models: Path) -> float:
    """CPU seconds a photo for decode, one look of each model, and encoding alpha and a JPEG; the models loaded."""
    first, detailed = sessions.load(models, "u2net"), sessions.load(models, "isnet")
    photos = [photos[0], *photos]  # the first look pays for what is made once
    spent = []
    for path in photos:
        begun = time.process_time()
        frame = decode(path)
        view = shrunk(frame.rgb, VIEW)
        first.mask(view)
        mask = detailed.mask(tones.opened(view, tones.power_for(tones.backdrop_lightness(view))))
        alpha = stretched(mask, frame.size)
        screens.alpha_png(alpha)
        Image.fromarray(frame.rgb).save(io.BytesIO(), "JPEG", quality=92)
        spent.append(time.process_time() - begun)
    return statistics.fmean(spent[1:])


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _watch(process: "subprocess.Popen[bytes]", rss: list[float]) -> None:
    """Note the largest descendant's resident memory (MB), which is an imaging worker, once a second."""
    while process.poll() is None:
        found = [_resident(pid) for pid in _descendants(process.pid)]
        if found:
            rss.append(max(found))
        time.sleep(SAMPLE_SECONDS)


def _descendants(pid: int) -> list[int]:
    """All processes below one, whichever of its threads started them."""
    children: list[str] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children += task.read_text().split()
        except OSError:  # the thread has ended meanwhile
            continue
    return [found for child in children for found in (int(child), *_descendants(int(child)))]


def _resident(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * resource.getpagesize() / 1e6


def by_step(photos: Sequence[Path], models: Path) -> dict[str, float]:
    """CPU seconds of each step in one thread, means over the photos, by the very functions that jobs call."""
    spent: dict[str, list[float]] = {}
    parameters = defaults.parameters_for("general")
    for path in (photos[0], *photos):  # the first pays for what is made once
        lap = _Laps(spent)
        data = path.read_bytes()
        _facts, small = inspection.examine(io.BytesIO(data), max_pixels=MAX_PIXELS, max_bytes=len(data))
        if small:
            screens.jpeg(small.rgb), screens.jpeg(screens.shrink(small.rgb, screens.THUMB_EDGE)), traits.look(small)
        lap("intake")
        source = frame = decode(data)
        lap("decode")
        context = sessions.context(models)
        for bound in pipeline.parse(parameters):
            after = bound.step.apply(frame, bound.params, context)
            bound.step.verify(frame, after, bound.params)
            frame = after
            lap(bound.step.name)
        canvas = rendering.place(frame, rendering.MASTER)
        lap("render")
        judge(checks.measure_all(Evidence(source, frame, context.trace, canvas)), defaults.limits_for("general"))
        lap("checks")
        preview = screens.shrink(canvas.rgb, screens.PREVIEW_EDGE)
        screens.jpeg(preview), screens.jpeg(screens.shrink(preview, screens.THUMB_EDGE))
        alpha = screens.alpha_png(outputs.alpha_of(frame))
        outputs.digest(source, alpha, parameters)
        lap("encode")
        inherited = metadata.inherited(io.BytesIO(data))
        delivery.deliver(frame, marketplaces.preset("amazon"), Facts("SKU"), "front", inherited)
        lap("deliver")
    return {name: statistics.fmean(found[1:]) for name, found in spent.items()}


class _Laps:
    """CPU seconds between calls, added to lists by name."""

    def __init__(self, spent: dict[str, list[float]]) -> None:
        self.spent, self.last = spent, time.process_time()

    def __call__(self, name: str) -> None:
        now = time.process_time()
        self.spent.setdefault(name, []).append(now - self.last)
        self.last = now


def against_rembg(photos: list[Path], models: Path, rounds: int, each: int, workers: int) -> dict[str, Any]:
    """Ratios and images an hour, medians over the rounds, in which both sides take turns; CPU seconds, the mean.

    Each round takes the next ``each`` of the photos, of which there are enough.
    """
    against: dict[str, list[float]] = {name: [] for name in MODELS}
    less_cpu: dict[str, list[float]] = {name: [] for name in MODELS}
    ran: list[Ran] = []
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as name:
            scratch = Path(name)
            copies(photos[number * each : (number + 1) * each], each, scratch / "in")
            for model in MODELS:
                (scratch / model).mkdir()
                ran.append(loupe(scratch / "in", models, scratch / model, workers))
                wall, cpu = rembg(scratch / "in", model, models, scratch)
                against[model].append(wall / ran[-1].wall)
                less_cpu[model].append(cpu / ran[-1].cpu)
                _say(f"round {number + 1}: {ran[-1].hourly:.0f} an hour, {against[model][-1]:.2f} times rembg {model}")
    return {
        **{f"ratio_rembg_{model}": statistics.median(found) for model, found in against.items()},
        **{f"cpu_ratio_rembg_{model}": statistics.median(found) for model, found in less_cpu.items()},
        "images_per_hour": statistics.median(one.hourly for one in ran),
        "cpu_seconds_per_photo": sum(one.cpu for one in ran) / sum(one.done for one in ran),
        "photos_a_round": each,
        "rounds": rounds,
    }


def soaked(photos: list[Path], models: Path, count: int, workers: int) -> dict[str, Any]:
    """A long run: a worker's memory near its start and its end, and what start-up costs when it is shared by many."""
    with tempfile.TemporaryDirectory() as name:
        copies(photos, count, Path(name) / "in")
        long = loupe(Path(name) / "in", models, Path(name), workers)
    if max(long.rss, default=0.0) < 200:
        raise SystemExit("No imaging worker was seen among the processes of the run: its memory is not known.")
    # The start, while models are loaded, and the end, when workers stop, are left out.
    tenth = max(1, len(long.rss) // 10)
    return {
        "worker_rss_mb_first": statistics.median(long.rss[2 * tenth : 3 * tenth] or long.rss or [0.0]),
        "worker_rss_mb_last": statistics.median(long.rss[-2 * tenth : -tenth] or long.rss or [0.0]),
        "worker_rss_mb_most": max(long.rss, default=0.0),
        "soak_photos": count,
        "soak_images_per_hour": long.hourly,
        "soak_cpu_seconds_per_photo": long.cpu / long.done,
    }


def usable(folders: Sequence[Path]) -> list[Path]:
    """The photos of all folders that Loupe's intake takes at ``MIN_EDGE``, in turn from each."""
    found = []
    for folder in folders:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
        facts = {path: inspection.examine(path, max_pixels=MAX_PIXELS, max_bytes=10**9)[0] for path in paths}
        found.append([path for path in paths if _fits(facts[path], path.suffix.lower())])
    return [path for group in zip_longest(*found) for path in group if path]


def _fits(facts: inspection.SourceFacts, suffix: str) -> bool:
    plain = facts.decoded and facts.depth == 8 and facts.channels == "RGB"
    return plain and suffix in SUFFIXES.get(facts.format, ()) and max(facts.width, facts.height) >= MIN_EDGE


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, action="append", help="folders of photos; may be repeated")
    parser.add_argument("--models", type=Path, default=settings.MODELS_DIR)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--each", type=int, default=30, help="photos a round and side")
    parser.add_argument("--soak", type=int, default=500, help="photos of the run for a worker's memory")
    parser.add_argument("--quick", action="store_true", help="one round of 12 photos, a soak of 24")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if args.quick:
        args.rounds, args.each, args.soak = 1, 12, 24
    photos = usable(args.photos or [DATA / "products" / "photos", DATA / "truth" / "photos"])
    models, same = args.models.resolve(), list(islice(cycle(photos), args.rounds * args.each))
    result = against_rembg(same, models, args.rounds, args.each, args.workers)
    result["floor_cpu_seconds"] = floor(same, models)
    result["cpu_seconds_by_step"] = steps = by_step(same, models)
    result["cpu_seconds_beside"] = result["cpu_seconds_per_photo"] - sum(steps.values())
    result |= soaked(photos, models, args.soak, args.workers)
    print(json.dumps(result) if args.json else "\n".join(f"{name:28} {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
