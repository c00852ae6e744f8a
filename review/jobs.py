"""What the queue and the scheduler call in this app."""

import logging
from collections.abc import Callable

from django.contrib.auth.models import User

from catalog import answers, batches, partials, stages, unpacking, webhooks
from processing import exports, mockups, renditions, runs
from processing.models import Output
from review import acceptance, alerts, damages, escalations, goldens, notices, placement, resolutions, retouch, trials
from review.models import Alert, Escalation

log = logging.getLogger(__name__)


def place_photo(pk: int) -> None:
    """A photo was processed: send it to review, or hold it for its batch's sample."""
    placement.place(pk)


def settle_photo(pk: int) -> None:
    """A photo was refused or failed: its batch may be complete without it."""
    placement.settle_photo(pk)


def use_original(decision_pk: int) -> None:
    """A reviewer wants the original: make it an output of its own."""
    retouch.use_original(decision_pk)


def make_golden(output_pk: int, defect: str, seed: int, by_pk: int | None) -> None:
    """A lead or the sweep wants golden photos: make one, unless the mask has no place for the defect."""
    output = Output.objects.select_related("photo__catalog", "recipe_version").get(pk=output_pk)
    try:
        goldens.make(output, defect, seed, by=User.objects.get(pk=by_pk) if by_pk else None)
    except damages.Undamageable as reason:
        log.info("no golden photo of output %s: %s", output_pk, reason)


def replay_photo(replay_pk: int) -> None:
    """A trial was begun: score one of its photos under every change."""
    trials.replay(replay_pk)


def draw_replay(replay_pk: int) -> None:
    """A trial is through: draw what the proposed change does to one of its photos."""
    trials.draw(replay_pk)


def send_notice(escalation_pk: int, person_pk: int, what: str) -> None:
    """Tell a person by e-mail and webhook what happened to an escalation."""
    related = Escalation.objects.select_related("owner")
    notices.send(related.get(pk=escalation_pk), User.objects.get(pk=person_pk), what)


def send_alert(alert_pk: int, what: str) -> None:
    """Tell the managers by e-mail, and the webhook, what happened to an alert."""
    alert = Alert.objects.get(pk=alert_pk)
    notices.send_alert(alert, alerts.title(alert), what)


SWEEPERS: tuple[Callable[[], object], ...] = (
    runs.recover,
    stages.requeue_stalled,
    unpacking.requeue_stalled,
    partials.expire,
    partials.close_abandoned,
    batches.seal_due,
    exports.requeue_stalled,
    renditions.forget,
    mockups.requeue_stalled,
    placement.draw_due,
    acceptance.judge_due,
    escalations.reassign_overdue,
    escalations.tell_overdue,
    resolutions.verify_due,
    retouch.requeue_originals,
    goldens.top_up,
    trials.requeue_stalled,
    trials.redraw_lost,
    alerts.check_due,
    answers.forget,
    webhooks.send_due,
    webhooks.forget,
)


def sweep() -> None:
    """Every minute: pick up what a dead worker or an emptied queue left behind. One failing part stops no other."""
    broken = []
    for part in SWEEPERS:
        try:
            part()
        except Exception as error:
            log.exception("the sweep's part %s broke", part.__name__)
            broken.append(error)
    if broken:
        raise broken[0]
