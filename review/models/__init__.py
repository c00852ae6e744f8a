"""What people decide, by aggregate: samples, tasks and decisions, golden photos, escalations, complaints, targets;
and what is tried on it."""

from review.models.alerts import Alert
from review.models.complaints import Complaint
from review.models.escalations import Escalation, EscalationEvent, Ownership, Procedure
from review.models.golden import Golden
from review.models.sampling import BatchVerdict, Draw, Policy, Sample
from review.models.targets import Target
from review.models.tasks import Decision, GoldenAnswer, Kind, Severity, Task
from review.models.trials import Replay, Trial

__all__ = [
    "Alert",
    "BatchVerdict",
    "Complaint",
    "Decision",
    "Draw",
    "Escalation",
    "EscalationEvent",
    "Golden",
    "GoldenAnswer",
    "Kind",
    "Ownership",
    "Policy",
    "Procedure",
    "Replay",
    "Sample",
    "Severity",
    "Target",
    "Task",
    "Trial",
]
