"""What reviewers see and miss, from golden photos, and the defect rate corrected for it."""

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from scipy.special import ndtri

from review.statistics.intervals import Interval, Sides, check_counts, clopper_pearson


@dataclass(frozen=True)
class Golden:
    """A reviewer's golden photos: `caught` of `defective` were rejected, `alarms` of `good` too."""

    caught: int
    defective: int
    alarms: int = 0
    good: int = 0

    def __post_init__(self) -> None:
        check_counts(self.caught, self.defective)
        check_counts(self.alarms, self.good)

    @property
    def sensitivity(self) -> float | None:
        """Share of golden defects caught; None before the first."""
        return self.caught / self.defective if self.defective else None

    @property
    def false_alarm(self) -> float | None:
        """Share of good golden photos rejected; None before the first."""
        return self.alarms / self.good if self.good else None

    def sensitivity_at_least(self, confidence: float = 0.95) -> Interval | None:
        """One-sided Clopper-Pearson lower bound."""
        return clopper_pearson(self.caught, self.defective, confidence, Sides.LOWER)

    def false_alarm_at_most(self, confidence: float = 0.95) -> Interval | None:
        """One-sided Clopper-Pearson upper bound."""
        return clopper_pearson(self.alarms, self.good, confidence, Sides.UPPER)


class Standing(StrEnum):
    """A reviewer against the gate."""

    TRUSTED = "trusted"
    SECOND_LOOKS = "second looks"
    TOO_FEW = "too few"


@dataclass(frozen=True)
class ReviewerGate:
    """Trusted when the lower bound of sensitivity reaches `sensitivity`, on at least `defective` goldens."""

    sensitivity: float = 0.75
    defective: int = 30
    confidence: float = 0.95

    def judge(self, golden: Golden) -> Standing:
        """With fewer goldens a warning at most: nothing is decided."""
        bound = golden.sensitivity_at_least(self.confidence)
        if bound is None or golden.defective < self.defective:
            return Standing.TOO_FEW
        return Standing.TRUSTED if bound.lower >= self.sensitivity else Standing.SECOND_LOOKS


@dataclass(frozen=True)
class Skill:
    """Signal detection: d' is how well defects are told from good, the criterion how ready one says good."""

    discrimination: float
    criterion: float


def skill(hit: float, false_alarm: float) -> Skill:
    """d' = z(hit) - z(fa), c = -(z(hit) + z(fa)) / 2; both rates strictly between 0 and 1 or ValueError."""
    if not (0 < hit < 1 and 0 < false_alarm < 1):
        raise ValueError(f"d' wants rates between 0 and 1, not {hit:g} and {false_alarm:g}: use skill_of counts.")
    hits, alarms = float(ndtri(hit)), float(ndtri(false_alarm))
    return Skill(hits - alarms, -(hits + alarms) / 2)


def skill_of(golden: Golden) -> Skill | None:
    """d' and c from counts, with 1/2 added to each count and 1 to each total so that 0 and all stay finite.

    The log-linear correction of Hautus 1995. None without goldens of both kinds.
    """
    if not (golden.defective and golden.good):
        return None
    return skill((golden.caught + 0.5) / (golden.defective + 1), (golden.alarms + 0.5) / (golden.good + 1))


def shown_rate(true: float, sensitivity: float, specificity: float) -> float:
    """The rate that reviewers report when the true one is `true`: p Se + (1 - p)(1 - Sp)."""
    return true * sensitivity + (1 - true) * (1 - specificity)


def corrected_rate(apparent: float, sensitivity: float, specificity: float) -> float:
    """Rogan-Gladen, (apparent + Sp - 1) / (Se + Sp - 1), kept within 0 to 1.

    ValueError where Se + Sp <= 1: such a reviewer is no better than a coin.
    """
    skilled = sensitivity + specificity - 1
    if skilled <= 0:
        raise ValueError(
            f"Sensitivity {sensitivity:g} and specificity {specificity:g} sum to 1 or less: cannot correct."
        )
    return min(1.0, max(0.0, (apparent + specificity - 1) / skilled))


@dataclass(frozen=True)
class Corrected:
    """A rate corrected for what reviewers miss, and its limits with the doubt about them included."""

    rate: float
    lower: float
    upper: float


def corrected_limits(apparent: float, audited: float, golden: Golden, confidence: float = 0.95) -> Corrected | None:
    """The corrected rate with Lang-Reiczigel limits (Prev. Vet. Med. 113, 2014), two-sided.

    `audited` is the (effective) number of audits behind `apparent`. Limits that take Se and Sp as known can
    cover as little as 60 %; these carry the goldens' own doubt. None without goldens of both kinds, without
    audits, or where the goldens show no skill.
    """
    if not (golden.defective and golden.good and audited):
        return None
    sensitivity, specificity = golden.caught / golden.defective, 1 - golden.alarms / golden.good
    if sensitivity + specificity <= 1:
        return None
    lower, upper = _lang_reiczigel(apparent, audited, golden, -float(ndtri((1 - confidence) / 2)))
    return Corrected(corrected_rate(apparent, sensitivity, specificity), lower, upper)


def _lang_reiczigel(apparent: float, audited: float, golden: Golden, z: float) -> tuple[float, float]:
    """Add z^2/2 to the audits and 1 to each golden count, then shift and widen by the doubt of both."""
    caught = (golden.caught + 1) / (golden.defective + 2)
    passed = (golden.good - golden.alarms + 1) / (golden.good + 2)
    shown = (audited * apparent + z * z / 2) / (audited + z * z)
    skilled = caught + passed - 1
    if skilled <= 0:
        return 0.0, 1.0
    rate = (shown + passed - 1) / skilled
    missed = caught * (1 - caught) / (golden.defective + 2)
    alarmed = passed * (1 - passed) / (golden.good + 2)
    shift = 2 * z * z * (rate * missed - (1 - rate) * alarmed)
    doubt = shown * (1 - shown) / (audited + z * z) + rate**2 * missed + (1 - rate) ** 2 * alarmed
    reach = z * sqrt(doubt) / skilled
    return min(1.0, max(0.0, rate + shift - reach)), max(0.0, min(1.0, rate + shift + reach))
