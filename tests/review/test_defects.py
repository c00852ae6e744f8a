"""The defects that a reviewer can name: one key each, and what each leads to."""

import pytest

from review import defects
from review.models import Decision, Severity

WANTED = {
    "edge": ("1", Severity.MAJOR, Decision.Remedy.REPAIR),
    "residue": ("2", Severity.MAJOR, Decision.Remedy.REPAIR),
    "part": ("3", Severity.CRITICAL, Decision.Remedy.REPAIR),
    "hole": ("4", Severity.MAJOR, Decision.Remedy.REPAIR),
    "colour": ("5", Severity.MAJOR, Decision.Remedy.REPROCESS),
    "shadow": ("6", Severity.MINOR, Decision.Remedy.REPROCESS),
    "other": ("7", Severity.MAJOR, Decision.Remedy.ESCALATE),
}


@pytest.mark.parametrize("code", WANTED)
def test_a_defect_has_its_key_severity_and_remedy(code: str) -> None:
    defect = defects.get(code)
    assert (defect.key, defect.severity, defect.remedy) == WANTED[code]


def test_keys_are_used_once_and_reprocessing_says_where_to() -> None:
    assert {defect.code for defect in defects.DEFECTS} == set(WANTED)
    assert len({defect.key for defect in defects.DEFECTS}) == len(defects.DEFECTS)
    assert all(defect.route for defect in defects.DEFECTS if defect.remedy == Decision.Remedy.REPROCESS)
