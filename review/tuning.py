"""Tuning: what a trial found, and which one change it proposes for the recipe. A lead publishes it, or not."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from processing.imaging.likeness import Likeness
from processing.imaging.replay import Change
from processing.imaging.steps import STEPS
from review.models import Replay, Trial
from review.statistics import paired

Array = npt.NDArray[np.float64]

# Beyond three times what a reviewer sends back a mask is lost, however wrong it is.
LOST = 3.0
# An approved mask is right as far as people see: what differs by less than a third of what they send back is the same.
UNSEEN = 1 / 3
# A gain or a loss below this part of what is sent back is none.
NOTICED = 0.05
# Where luck alone makes some change look as good with more than this chance, nothing is proposed.
LUCK = 0.05


@dataclass(frozen=True, slots=True)
class Effect:
    """What one change does: counts of photos mended by hand that come ``better`` or ``worse``, how many would still be
    sent back ``before`` and ``after``, and of approved ones how many look ``different`` and how many are ``spoilt``.

    ``gain`` is the mean over all photos that people judged of the fault that goes, in parts of what is sent back.
    """

    change: Change
    label: str
    was: object
    gain: float
    better: int
    worse: int
    before: int
    after: int
    different: int
    spoilt: int

    @property
    def size(self) -> float:
        """The gain or loss without its sign, as a bar shows it."""
        return abs(self.gain)

    @property
    def level(self) -> str:
        """Whether it is good or bad, as pages colour it."""
        return "good" if self.gain > 0 and not self.spoilt else "bad"


@dataclass(frozen=True, slots=True)
class Findings:
    """What a trial found: effects of changes, the largest gain first; the ``best`` that spoils nothing, if any gains.

    ``held_better`` and ``held_worse`` count products for which the change that the other products chose does better or
    worse, and ``luck`` is the chance that luck alone makes one of all changes look as good as the best. ``telling`` are
    the replays that the best change changes most. ``scored`` counts photos by kind, ``failed`` holds those without
    scores.
    """

    effects: tuple[Effect, ...]
    best: Effect | None
    held_better: int
    held_worse: int
    luck: float
    telling: tuple[int, ...]
    scored: Mapping[str, int]
    failed: tuple[Replay, ...]

    @property
    def proposed(self) -> bool:
        """Whether the best change is surely no luck."""
        return self.best is not None and self.luck <= LUCK and self.held_better > self.held_worse

    @property
    def why(self) -> str:
        """The word on the trial, in a sentence."""
        if not any(self.scored.values()):
            return "None of the photos could be tried, so nothing is known."
        if self.best is None:
            return (
                "No single change makes the mended photos better without spoiling an approved one. Leave it as it is."
            )
        held = f"chosen on the other products, a change makes {self.held_better} better and {self.held_worse} worse"
        luck = f"luck alone makes one of {len(self.effects)} changes look as good in {100 * self.luck:.2g} % of trials"
        if self.proposed:
            return f"{self.best.label} is proposed: {held}; {luck}."
        return (
            f"{self.best.label} looks best, but not surely: {held}, and {luck}. Repair some more rejected photos, then "
            "try again."
        )


def findings(trial: Trial) -> Findings:
    """What the trial's scores say so far. Photos without scores are left out, and named."""
    rows = list(trial.replays.select_related("photo"))
    scored = [row for row in rows if row.scores is not None]
    changes = [Change(**values) for values in trial.changes]
    gains, harms = _gains(scored, changes, trial.known), _harms(scored, changes)
    units = _by_product(scored)
    held = paired.held_out(units @ gains, units @ harms) if scored else np.zeros(0)
    better, worse = int((held > NOTICED).sum()), int((held < -NOTICED).sum())
    parameters = trial.version.parameters
    effects = [
        _effect(change, scored, gains[:, at], _used(parameters, change)) for at, change in enumerate(changes) if scored
    ]
    chosen = paired.best(gains, harms) if scored else None
    return Findings(
        effects=tuple(sorted(effects, key=lambda effect: (effect.spoilt > 0, -effect.gain))),
        best=None if chosen is None else effects[chosen],
        held_better=better,
        held_worse=worse,
        luck=1.0 if chosen is None else paired.luck(units @ gains, chosen),
        telling=() if chosen is None else _telling(scored, changes[chosen]),
        scored={kind.value: sum(row.kind == kind for row in scored) for kind in Replay.Kind},
        failed=tuple(row for row in rows if row.failure),
    )


def _fault(row: Replay, change: Change | None) -> float:
    """How far the mask is from right under the change (None: under none); an approved one's unseen part is left out."""
    found = min(Likeness(**row.scores[change.key if change else ""]).fault, LOST)
    return 0.0 if row.kind == Replay.Kind.APPROVED and found <= UNSEEN else found


def _gain(row: Replay, change: Change) -> float:
    """The fault that goes by the change; negative where one comes, 0 where nobody would notice.

    Whether a photo is sent back is noticed, however little the change that decides it.
    """
    before, after = _fault(row, None), _fault(row, change)
    decides = (before > 1) != (after > 1)
    return before - after if decides or abs(before - after) >= NOTICED else 0.0


def _gains(rows: Sequence[Replay], changes: Sequence[Change], known: Mapping[str, int]) -> Array:
    """Gains, photos x changes; each photo of a kind stands for as many as there were to take it from."""
    counts = {kind: max(1, sum(row.kind == kind for row in rows)) for kind in known}
    weights = np.array([known[row.kind] / counts[row.kind] for row in rows])
    found = np.array([[_gain(row, change) for change in changes] for row in rows], np.float64)
    return np.asarray(found.reshape(len(rows), len(changes)) * weights[:, None])


def _harms(rows: Sequence[Replay], changes: Sequence[Change]) -> Array:
    """1 where a change spoils an approved mask, photos x changes."""
    found = np.array([[_spoils(row, change) for change in changes] for row in rows], np.float64)
    return found.reshape(len(rows), len(changes))


def _spoils(row: Replay, change: Change) -> bool:
    """Whether an approved photo, which the version as it is makes as it was approved, would be sent back."""
    return row.kind == Replay.Kind.APPROVED and _fault(row, change) > 1 >= _fault(row, None)


def _by_product(rows: Sequence[Replay]) -> Array:
    """Which photos (columns) are of one product (rows), as 0 and 1: views of a product are no further evidence."""
    products = [row.photo.product_id or f"photo {row.photo_id}" for row in rows]
    named = list(dict.fromkeys(products))
    return np.array([[float(product == name) for product in products] for name in named]).reshape(len(named), len(rows))


def _effect(change: Change, rows: Sequence[Replay], gains: Array, was: object) -> Effect:
    mended = [row for row in rows if row.kind == Replay.Kind.MENDED]
    approved = [row for row in rows if row.kind == Replay.Kind.APPROVED]
    return Effect(
        change=change,
        label=label(change, was),
        was=was,
        gain=float(gains.mean()),
        better=sum(_gain(row, change) > 0 for row in mended),
        worse=sum(_gain(row, change) < 0 for row in mended),
        before=sum(_fault(row, None) > 1 for row in mended),
        after=sum(_fault(row, change) > 1 for row in mended),
        different=sum(_fault(row, change) > UNSEEN >= _fault(row, None) for row in approved),
        spoilt=sum(_spoils(row, change) for row in approved),
    )


def _telling(rows: Sequence[Replay], change: Change) -> tuple[int, ...]:
    """The replays that the change changes, the most first: what gets worse counts as much as what gets better."""
    moved = [(abs(_gain(row, change)), row.pk) for row in rows if _gain(row, change)]
    return tuple(pk for _, pk in sorted(moved, key=lambda pair: -pair[0]))


def _used(parameters: Mapping[str, Mapping[str, object]], change: Change) -> object:
    """The value that the version has; that of a step which it leaves out is the step's own, at rest."""
    return parameters.get(change.step, {}).get(change.parameter, _settings()[change.step, change.parameter].default)


def label(change: Change, was: object) -> str:
    """The change as pages tell it, such as “Islands and holes: Smallest hole 0.02 → 0.1 % of the product”."""
    about = _settings()[change.step, change.parameter].metadata
    step = next(step.label for step in STEPS if step.name == change.step)
    name = step if step == about["label"] else f"{step}: {about['label']}"
    return f"{name} {_value(was)} → {_value(change.value)} {about['unit']}".strip()


def _settings() -> dict[tuple[str, str], "dataclasses.Field[Any]"]:
    """What steps say of each of their parameters."""
    return {(step.name, item.name): item for step in STEPS for item in dataclasses.fields(step.params)}


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def note(trial: Trial, found: Findings) -> str:
    """Why a version with the proposed change is published, as its note says; "" where nothing is proposed."""
    if found.best is None:
        return ""
    best = found.best
    return (
        f"Trial {trial.pk}: {best.label}. Of {found.scored[Replay.Kind.MENDED]} mended photos {best.before} would be "
        f"sent back before and {best.after} after; of {found.scored[Replay.Kind.APPROVED]} approved ones "
        f"{best.different} look different and none is spoilt."
    )


def told(row: Replay, found: Findings) -> tuple[Replay, str]:
    """A replay with what the best change does to it, in a few words."""
    if found.best is None:
        return row, ""
    before, after = _fault(row, None), _fault(row, found.best.change)
    word = "better" if after < before else "worse"
    if row.kind == Replay.Kind.APPROVED:
        return row, "approved as it was; it would be sent back" if after > 1 else "approved as it was; looks different"
    if before > 1 >= after:
        return row, "mended by hand; right without it"
    return row, f"mended by hand; {word}, {'still to be sent back' if after > 1 else 'not to be sent back'}"
