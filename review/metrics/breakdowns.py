"""The two lists behind the numbers: why intake refused photos, and what reviewers found wrong."""

from dataclasses import dataclass

from django.db.models import Count

from catalog.findings import TITLES
from catalog.models import Rejection
from review.defects import BY_CODE
from review.metrics.facts import effective
from review.metrics.scope import Scope
from review.models import Decision


@dataclass(frozen=True)
class Share:
    """One reason, how many photos it touched, and their share of the photos of all reasons (0 to 1)."""

    code: str
    label: str
    count: int
    share: float


def refusals(scope: Scope) -> list[Share]:
    """Why intake refused photos, the commonest first; a photo that breaks two rules is under both."""
    rows = Rejection.objects.filter(scope.rows("at", "photo__catalog")).order_by()
    return _shares(dict(rows.values_list("code").annotate(Count("photo", distinct=True))), dict(TITLES))


def defects(scope: Scope) -> list[Share]:
    """What reviewers rejected photos for, the commonest first."""
    rejected = effective().filter(scope.rows("at", "photo__catalog"), verdict=Decision.Verdict.REJECT).order_by()
    labels = {code: defect.label for code, defect in BY_CODE.items()}
    return _shares(dict(rejected.values_list("defect").annotate(Count("photo", distinct=True))), labels)


def _shares(counts: dict[str, int], labels: dict[str, str]) -> list[Share]:
    total = sum(counts.values())
    commonest = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [Share(code, labels.get(code, code or "Not said"), count, count / total) for code, count in commonest]
