"""docs/api.md tells the truth: each of its curl lines is run, in their order, and answered well."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog import tokens
from catalog.flow import BatchState
from catalog.models import Batch
from config.api import api
from review import placement
from tests.api import Api
from tests.conftest import Jobs
from tests.images import product_shot
from tests.review.floor import say_all

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENT = (ROOT / "docs/api.md").read_text()
LINES = [line for block in re.findall(r"```sh\n(.*?)```", DOCUMENT, flags=re.S) for line in block.splitlines()]
README_LINES = re.findall(r"^    (curl .*)$", (ROOT / "README.md").read_text(), flags=re.M)
SHEET = b"sku,title,category\nMUG-1,One,mugs\nMUG-2,Two,mugs\nMUG-3,Three,mugs\n"


class Shell:
    """So much of a shell and of curl as the document needs: variables, -H, -F, -X, -o, --json, and jq for one field."""

    def __init__(self, **variables: str) -> None:
        self.variables = {"LOUPE": "/api/v1", **variables}
        self.statuses: list[int] = []

    def run(self, line: str) -> Any:
        """The answer's values, or its bytes where it is written to a file."""
        kept = re.fullmatch(r"(\w+)=\$\((.*) \| jq -r \.([\w.]+)\)", line)
        values = self._curl(kept[2] if kept else line)
        if kept:
            found = values
            for name in kept[3].split("."):
                found = found[name]
            self.variables[kept[1]] = str(found)
        return values

    def _curl(self, line: str) -> Any:
        words = shlex.split(re.sub(r"\$(\w+)", lambda name: self.variables[name[1]], line))
        assert words.pop(0) == "curl"
        options = self._options(words)
        assert options["-H"][0].startswith("Authorization: Bearer ")
        (address,) = options[""]
        method = "post" if options.keys() & {"-F", "--json", "-X"} else "get"
        files = [word.split("=@") for word in options.get("-F", [])]
        data: Any = {files[0][0]: [_file(name) for _, name in files]} if files else None
        if method == "post" and not files:
            data = json.loads(options.get("--json", ["{}"])[0])
        caller = Api(secret=options["-H"][0].rpartition(" ")[2])
        caller.key = next((one.partition(": ")[2] for one in options["-H"] if one.startswith("Idempotency-Key")), None)
        return self._answer(caller.ask(method, address, data, multipart=bool(files)), "-o" in options)

    def _options(self, words: list[str]) -> dict[str, list[str]]:
        """Values by option; the address by an empty word."""
        found: dict[str, list[str]] = {}
        while words:
            word = words.pop(0)
            name, value = (word, words.pop(0)) if word.startswith("-") else ("", word)
            found.setdefault(name, []).append(value)
        return found

    def _answer(self, answer: Any, to_file: bool) -> Any:
        self.statuses.append(answer.status_code)
        assert answer.status_code < 300, answer.content
        return b"".join(answer.streaming_content) if to_file else answer.json()


def _file(name: str) -> SimpleUploadedFile:
    if name.endswith(".csv"):
        return SimpleUploadedFile(name, SHEET)
    # Pictures that differ, so that none is a duplicate.
    shot = product_shot((1600, 1600), fill=0.5 + int(name[4]) / 20)
    return SimpleUploadedFile(name, shot.encoded())


@pytest.mark.django_db
def test_every_line_of_the_document_does_what_it_says(
    operator: User, lead: User, manager: User, reviewer: User, jobs: Jobs, plain_model: None
) -> None:
    User.objects.filter(pk=lead.pk).update(username="lead")
    people = {"LOUPE_TOKEN": operator, "MANAGER_TOKEN": manager}
    shell = Shell(**{name: tokens.make(person, "document")[1] for name, person in people.items()})
    values: list[Any] = []
    for line in LINES:
        if line.startswith("export "):
            continue
        if line.startswith("EXPORT="):
            _review_all(reviewer, lead, jobs)
        values.append(shell.run(line))
        jobs.run()
        placement.draw_due()  # the sweep, of batches that were closed after their photos were through
    assert shell.statuses == [200, 201, 201, 201, 201, 201, 200, 200, 200, 200, 201, 200, 200, 201, 201, 200]
    assert values[0]["username"] == "olga" and values[2]["taken"] == 3
    assert values[7]["done"] and values[8]["total"] == 0 and values[9]["total"] > 0
    assert values[11]["state"] == "done" and values[11]["written"] == 2
    assert values[12][:4] == b"PK\x03\x04"
    assert values[13] == values[14] and values[15]["catalog"] == "autumn"


def _review_all(reviewer: User, lead: User, jobs: Jobs) -> None:
    for person in (reviewer, lead):
        say_all(person)
        jobs.run()
    assert set(Batch.objects.values_list("state", flat=True)) == {BatchState.ACCEPTED}


def test_the_readme_calls_what_there_is() -> None:
    paths = api.get_openapi_schema()["paths"]
    assert len(README_LINES) == 3
    for line in README_LINES:
        (path,) = re.findall(r"\$LOUPE(/[\w/]+)", line)
        method = "post" if re.search(r" (-F|--json|-X POST)", line) else "get"
        calls = [calls for known, calls in paths.items() if _pattern(known).fullmatch(f"/api/v1{path}")]
        assert any(method in one for one in calls), line


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{\w+\}", r"\\w+", path))
