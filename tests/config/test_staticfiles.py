"""Static files: collected once, again when one changes; a library's loose ends stop no start, ours do."""

import json
from pathlib import Path
from typing import Any

import pytest

from config import staticfiles


@pytest.fixture
def own(tmp_path: Path, settings: Any) -> Path:
    """A folder with one script and one style, as the only source; collected into another."""
    folder = tmp_path / "source"
    (folder / "js").mkdir(parents=True)
    (folder / "js" / "page.js").write_text('import { load } from "./parts.js";\n')
    (folder / "js" / "parts.js").write_text("export const load = 1;\n")
    settings.STATICFILES_DIRS = [folder]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = str(tmp_path / "collected")
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "config.staticfiles.Storage"}}
    return folder


def names(settings: Any) -> dict[str, str]:
    found: dict[str, str] = json.loads((Path(settings.STATIC_ROOT) / "staticfiles.json").read_text())["paths"]
    return found


def test_collected_once_and_again_when_a_file_changes(own: Path, settings: Any) -> None:
    assert staticfiles.collect() is True
    assert staticfiles.collect() is False
    before = names(settings)["js/parts.js"]
    (own / "js" / "parts.js").write_text("export const load = 2;\n")
    assert staticfiles.collect() is True
    assert names(settings)["js/parts.js"] != before


def test_a_script_imports_its_parts_by_their_new_names(own: Path, settings: Any) -> None:
    staticfiles.collect()
    page = (Path(settings.STATIC_ROOT) / names(settings)["js/page.js"]).read_text()
    assert Path(names(settings)["js/parts.js"]).name in page


def test_a_missing_part_of_ours_is_told(own: Path) -> None:
    (own / "js" / "page.js").write_text('import { load } from "./gone.js";\n')
    with pytest.raises(ValueError, match="gone.js"):
        staticfiles.collect()


def test_a_missing_part_of_a_library_stops_no_start(own: Path, settings: Any) -> None:
    (own / "vendor").mkdir()
    (own / "vendor" / "library.js").write_text('import { x } from "elsewhere";\n//# sourceMappingURL=gone.map\n')
    assert staticfiles.collect() is True
    assert "vendor/library.js" in names(settings)
