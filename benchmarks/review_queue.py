"""How fast the review floor is at its full size: claims and every page, in PostgreSQL.

200,000 photos with 20,000 open tasks (--quick: a tenth). Prints a table, or with --json one object with the keys
p95_claim_ms, p95_page_ms, max_queries (of any page) and max_queries_small (the same with a tenth of the data).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import postgresql  # noqa: E402

PHOTOS = 200_000


def measure(photos: int) -> dict[str, Any]:
    """Run benchmarks.floor_pages against a PostgreSQL of its own, in a home of its own."""
    with postgresql.server() as url, tempfile.TemporaryDirectory() as home:
        own = {"DATABASE_URL": url, "LOUPE_HOME": home, "DJANGO_SETTINGS_MODULE": "config.settings", "LOUPE_DEBUG": "0"}
        command = [sys.executable, "-m", "benchmarks.floor_pages", str(photos)]
        made = subprocess.run(command, cwd=ROOT, env={**os.environ, **own}, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(made.stdout.splitlines()[-1])
    return found


def show(found: dict[str, Any]) -> None:
    print(f"{found['photos']:,} photos, {found['open_tasks']:,} open tasks")
    print(f"{'page':<16}{'p95 ms':>9}{'queries':>9}{'in a tenth':>12}")
    for name, page in found["pages"].items():
        print(f"{name:<16}{page['p95_ms']:>9}{page['queries']:>9}{found['pages_small'][name]['queries']:>12}")
    print(f"one claim: {found['p95_claim_ms']} ms at the 95th percentile")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="a tenth of the data")
    asked = parser.parse_args()
    found = measure(PHOTOS // 10 if asked.quick else PHOTOS)
    if asked.json:
        print(json.dumps(found))
    else:
        show(found)


if __name__ == "__main__":
    main()
