"""The gate of a recipe: what its limit of the risk costs in reviews and lets through, by what people decided."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

from django.utils import timezone

from catalog.flow import BatchState
from processing import recipes
from processing.imaging.risk import RISK
from processing.imaging.verdict import past_a_limit
from processing.models import Output, Recipe, RecipeVersion
from review import targets
from review.metrics import facts
from review.models import Decision, Draw, Sample
from review.statistics import gate
from review.statistics.gate import Placed, Point

# Samples of so many days count, and the newest of them: the photos and the eyes of now.
DAYS, MOST_BATCHES = 90, 400
LIMITS = (0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3, 0.5)
# What the promise is held against, and where nobody set a target for it.
METRIC, PROMISE = "escaped", 0.02


@dataclass(frozen=True, slots=True)
class Word:
    """What people said of an output that was drawn (bad: None without a decision), with its batch then and stratum."""

    batch: int
    stratum: str
    bad: bool | None


@dataclass(frozen=True, slots=True)
class Standing:
    """The curve of a recipe's gate, the limit in use (None: the version has none), the target, and what is sure.

    ``sure`` is the highest limit that surely keeps the target; ``needed`` are the clean audits that would prove it.
    """

    points: tuple[Point, ...]
    used: float | None
    target: float
    sure: Point | None
    needed: int
    outputs: int

    @property
    def audits(self) -> int:
        """The most audits behind any limit."""
        return max((point.audits for point in self.points), default=0)

    @property
    def target_text(self) -> str:
        """The target as a page writes it."""
        return f"{100 * self.target:g} %"

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The points as the page's table has them: shares in per cent, to a tenth; None is not known."""
        return [
            {
                "limit": f"{point.limit:g}",
                "used": point.limit == self.used,
                "flagged": _per_cent(point.flagged),
                "rate": _per_cent(point.left.rate),
                "lower": _per_cent(point.left.lower),
                "upper": _per_cent(point.left.upper),
                "target": f"{100 * self.target:g}",
                "audits": point.audits,
            }
            for point in self.points
        ]


def _per_cent(share: float | None) -> str | None:
    return None if share is None else f"{100 * share:.1f}"


def standing(recipe: Recipe) -> Standing:
    """The gate of ``recipe`` by the samples of the last ``DAYS`` days."""
    used, failing = _used(recipe)
    placed = _placed(recipe, alike(recipe))
    # What fails is reviewed whatever is flagged: beyond that limit this one does nothing.
    limits = (limit for limit in LIMITS if failing is None or limit <= failing)
    points = gate.curve(placed, {*limits, *([used] if used is not None else [])})
    limit = targets.current()[METRIC].target
    target = PROMISE if limit is None else limit
    sure = _or_used(points, gate.highest_sure(points, target), used)
    return Standing(tuple(points), used, target, sure, gate.needed(target), len(placed))


def _or_used(points: Sequence[Point], sure: Point | None, used: float | None) -> Point | None:
    """The limit in use where it does the same as the one that is sure."""
    same = (point for point in points if sure and point.limit == used and point.flagged == sure.flagged)
    return next(same, sure)


def _used(recipe: Recipe) -> tuple[float | None, float | None]:
    """From which risk on the version in use flags an output, and from which it fails."""
    limits = recipe.versions.get(state=RecipeVersion.State.ACTIVE).limits.get(RISK.name, {})
    return limits.get("flag"), limits.get("fail")


def alike(recipe: Recipe) -> list[RecipeVersion]:
    """The version in use, the first, and those that do the same to a photo, whatever their limits: what was decided on
    other versions' outputs says nothing of this one's."""
    versions = sorted(recipe.versions.all(), key=lambda version: version.state != RecipeVersion.State.ACTIVE)
    return [version for version in versions if version.parameters == versions[0].parameters]


def _placed(recipe: Recipe, versions: Sequence[RecipeVersion]) -> list[Placed]:
    """Every output of the versions that lay in a batch when the batch's sample was drawn, a photo once; judged by the
    limits of the first of them."""
    limits = recipes.as_limits(versions[0].limits)
    since = timezone.now() - timedelta(days=DAYS)
    drawn = Sample.objects.filter(drawn_at__gte=since, batch__route=recipe.route).select_related("batch")
    samples = {sample.batch_id: sample for sample in drawn.order_by("-pk")[:MOST_BATCHES]}
    words = _words(list(samples.values()))
    for unread in {word.batch for word in words.values() if word.bad is None and _waits(samples[word.batch])}:
        del samples[unread]
    found: dict[int, Placed] = {}
    for photo, batch, output, risk, readings, made in _outputs(versions, list(samples)):
        word = words.get(output)
        # Where it was drawn: who sent it on to another route most often found it bad.
        sample = samples.get(word.batch if word else batch)
        # The newest that the draw can have seen, unless it says which one it took.
        if sample and (word or (photo not in found and made <= sample.drawn_at)):
            found[photo] = _as_placed(sample, risk, past_a_limit(readings, limits), word)
    return list(found.values())


def _waits(sample: Sample) -> bool:
    """Whether decisions on it are still to come: half read it would count its unread half as defects."""
    late = sample.drawn_at < timezone.now() - facts.PATIENCE
    return not late and sample.batch.state != BatchState.ACCEPTED


def _as_placed(sample: Sample, risk: float, otherwise: bool, word: Word | None) -> Placed:
    flagged = word is not None and word.stratum == Draw.Stratum.FLAGGED
    fraction = Fraction(1) if flagged else Fraction(sample.drawn, max(1, sample.rest))
    return Placed(risk, otherwise, fraction, word is not None, None if word is None else word.bad)


def _outputs(versions: Sequence[RecipeVersion], batches: Sequence[int]) -> Iterable[tuple[Any, ...]]:
    """Photo, batch, output, risk, readings and time of what machines made of the photos that lie in the batches or were
    drawn there, the newest first."""
    made = Output.objects.filter(recipe_version__in=versions, author=None).order_by("-pk")
    gone = Draw.objects.filter(sample__batch__in=batches).exclude(photo__batch__in=batches)
    names = ("photo", "photo__batch", "pk", "risk", "readings", "created_at")
    # Two questions: one that asks for either has no index to go by.
    for found in (made.filter(photo__batch__in=batches), made.filter(pk__in=gone.order_by().values("output"))):
        yield from found.values_list(*names).iterator(chunk_size=2000)


def _words(samples: Sequence[Sample]) -> dict[int, Word]:
    """What was said of each output drawn."""
    rows = facts.verdicts_on(Draw.objects.filter(sample__in=samples), "output", "sample__batch", "stratum")
    return {
        output: Word(batch, stratum, None if verdict is None else verdict == Decision.Verdict.REJECT)
        for output, batch, stratum, verdict in rows
    }
