"""The whole path against plain rembg on the same photos: images an hour, CPU seconds, and a worker's memory.

    python -m benchmarks.throughput [--photos DIR] [--models DIR] [--quick] [--json]

Loupe (intake, cut-out, checks, one marketplace file, database and queue) and ``rembg p`` with the same weights take
turns in one run; ratios are medians over the rounds. The floor is decode + inference + encode alone, in one thread.
"""

import argparse
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
from pathlib import Path
from typing import Any

from processing.imaging import sessions, tones
from processing.imaging.frame import decode, picture_of
from processing.imaging.steps.cutout import VIEW, shrunk, stretched

ROOT = Path(__file__).resolve().parent.parent
# rembg's names for the weights that both sides use.
MODELS = {"u2net": "u2net", "isnet": "isnet-general-use"}
SAMPLE_SECONDS = 1.0
# What ``rembg p`` does for a folder; its own command needs packages that nothing else here does.
REMBG_P = """
import sys
from pathlib import Path
from rembg import new_session, remove
model, source, target = sys.argv[1:]
session = new_session(model)
for path in sorted(Path(source).iterdir()):
    (Path(target) / f"{path.stem}.png").write_bytes(remove(path.read_bytes(), session=session))
"""


@dataclass
class Ran:
    """One run of Loupe over a folder."""

    wall: float
    cpu: float
    report: dict[str, Any]
    rss: list[float] = field(default_factory=list)


def copies(photos: Sequence[Path], count: int, folder: Path) -> None:
    """``count`` photos that all differ in their last bytes, since Loupe refuses exact duplicates."""
    folder.mkdir()
    for number in range(count):
        source = photos[number % len(photos)]
        target = folder / f"B{number:04d}_front{source.suffix}"
        target.write_bytes(source.read_bytes() + f"copy {number}".encode())


def loupe(folder: Path, models: Path, scratch: Path, workers: int) -> Ran:
    """``run_batch`` in a home of its own, from an empty database to the exported files."""
    report = scratch / "report.json"
    command = [sys.executable, "manage.py", "run_batch", str(folder), "--catalog", "Benchmark"]
    command += ["--marketplace", "amazon", "--min-edge", "1000", "--out", str(scratch / "out")]
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
    return Ran(time.perf_counter() - begun, _children_cpu() - spent, json.loads(report.read_text()), rss)


def rembg(folder: Path, name: str, models: Path, scratch: Path) -> float:
    """Wall seconds of ``rembg p`` over a folder, start included."""
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
    begun = time.perf_counter()
    subprocess.run(command, env=environment | {"REMBG_HOME": str(home)}, check=True, capture_output=True)
    return time.perf_counter() - begun


def floor(photos: Sequence[Path], models: Path) -> float:
    """CPU seconds a photo for decode, one look of each model, and encoding alpha and a JPEG; the models loaded."""
    first, detailed = sessions.load(models, "u2net"), sessions.load(models, "isnet")
    spent = []
    for path in photos:
        begun = time.process_time()
        frame = decode(path)
        view = shrunk(frame.rgb, VIEW)
        first.mask(view)
        mask = detailed.mask(tones.opened(view, tones.power_for(tones.backdrop_lightness(view))))
        whole = frame.with_alpha(stretched(mask, frame.size))
        with tempfile.TemporaryFile() as file:
            picture_of(whole).getchannel("A").save(file, "PNG", compress_level=1)
            picture_of(frame).save(file, "JPEG", quality=92)
        spent.append(time.process_time() - begun)
    return statistics.median(spent)


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
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [found for child in children for found in (int(child), *_descendants(int(child)))]


def _resident(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * resource.getpagesize() / 1e6


def steps(report: dict[str, Any]) -> dict[str, float]:
    """Median seconds by step over the photos that were processed."""
    done = [photo["seconds"] for photo in report["photos"] if photo.get("seconds")]
    return {name: statistics.median(seconds.get(name, 0.0) for seconds in done) for name in (done[0] if done else {})}


def measure(photos: list[Path], models: Path, *, rounds: int, each: int, soak: int, workers: int) -> dict[str, Any]:
    """All numbers; ``each`` photos a round and side, ``soak`` photos for the worker's memory."""
    against: dict[str, list[float]] = {name: [] for name in MODELS}
    hourly, cpu, last = [], [], None
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as name:
            scratch = Path(name)
            copies(photos[number * each :] + photos[: number * each], each, scratch / "in")
            for model in MODELS:
                (scratch / model).mkdir()
                last = loupe(scratch / "in", models, scratch / model, workers)
                hourly.append(each / last.wall * 3600)
                cpu.append(last.cpu / each)
                against[model].append(rembg(scratch / "in", model, models, scratch) / last.wall)
    with tempfile.TemporaryDirectory() as name:
        copies(photos, soak, Path(name) / "in")
        long = loupe(Path(name) / "in", models, Path(name), workers)
    # The start, while models are loaded, and the end, when workers stop, are left out.
    tenth = max(1, len(long.rss) // 10)
    return {
        **{f"ratio_rembg_{model}": statistics.median(found) for model, found in against.items()},
        "images_per_hour": statistics.median(hourly),
        "images_per_hour_long_run": soak / long.wall * 3600,
        "cpu_seconds_per_photo": statistics.median(cpu),
        "floor_cpu_seconds": floor(photos[: min(each, 12)], models),
        "worker_rss_mb_first": statistics.median(long.rss[2 * tenth : 3 * tenth] or long.rss or [0.0]),
        "worker_rss_mb_last": statistics.median(long.rss[-2 * tenth : -tenth] or long.rss or [0.0]),
        "soak_photos": soak,
        "seconds_by_step": steps(long.report),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, default=ROOT.parent / "shared" / "data" / "truth" / "photos")
    parser.add_argument("--models", type=Path, default=Path(os.environ.get("LOUPE_HOME") or ROOT / "var") / "models")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--quick", action="store_true", help="12 photos, one round, a soak of 24")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    photos = sorted(path for path in args.photos.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    rounds, each, soak = (1, 12, 24) if args.quick else (3, 30, 500)
    result = measure(photos, args.models.resolve(), rounds=rounds, each=each, soak=soak, workers=args.workers)
    print(json.dumps(result) if args.json else "\n".join(f"{name:26} {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
