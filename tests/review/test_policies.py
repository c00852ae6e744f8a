"""A route's batches climb on evidence, fall on a rejection, tighten, stop, and go on once the cause is dealt with."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from catalog.models import Batch, Catalog
from review import escalations, policies, queue, resolutions
from review.models import BatchVerdict, Decision, Escalation, Golden, Policy, Sample
from review.statistics import sampling
from review.statistics.acceptance import Level
from tests import factories
from tests.review.floor import make_lot, place_all, say, say_all

pytestmark = pytest.mark.django_db


def _lots(catalog: Catalog, words: str, audited: int = 30, bad: int = 0) -> None:
    """One decided batch of the general route a letter: a accepted, w widened."""
    upload = factories.make_upload(catalog)
    for letter in words:
        batch = factories.make_batch(upload, state="accepted")
        word = BatchVerdict.Word.ACCEPTED if letter == "a" else BatchVerdict.Word.WIDENED
        data = {"size": 50, "audited": audited, "bad": bad if letter == "a" else 1, "drawn": audited}
        BatchVerdict.objects.create(batch=batch, word=word, why="", data=data)
    if words:
        policies.note_size(batch)


@pytest.fixture
def catalog(lead: User) -> Catalog:
    return factories.make_catalog()


def _size(catalog: Catalog) -> int:
    return Catalog.objects.get(pk=catalog.pk).size_for("general")


def test_a_new_route_begins_at_the_catalogs_base(catalog: Catalog) -> None:
    assert _size(catalog) == 50
    catalog.batch_size = 30
    assert policies.ladder_of(catalog).sizes == (30, 50, 75, 100, 150, 200)


@pytest.mark.parametrize(
    ("words", "size"),
    [("aaaa", 50), ("aaaaa", 75), ("aaaaaa", 100), ("aaaaaw", 50), ("aaaaaaw", 75), ("aaaaaaww", 50)],
)
def test_batches_climb_on_evidence_and_fall_on_a_rejection(catalog: Catalog, words: str, size: int) -> None:
    _lots(catalog, words)
    assert _size(catalog) == size


def test_too_few_audits_are_no_evidence(catalog: Catalog) -> None:
    _lots(catalog, "aaaaaaa", audited=5)
    assert _size(catalog) == 50


def test_the_next_batch_takes_what_the_route_has_earned(catalog: Catalog, reviewer: User) -> None:
    _lots(catalog, "aaaa")
    batch = make_lot(20, upload=factories.make_upload(catalog))
    place_all(batch)
    say_all(reviewer)
    assert _size(catalog) == 75
    assert Catalog.objects.get(pk=catalog.pk).size_for("apparel") == 50


def test_a_policy_may_keep_batches_small(catalog: Catalog) -> None:
    Policy.objects.create(catalog=catalog, climbs=False)
    _lots(catalog, "aaaaaaaaaa")
    assert _size(catalog) == 50


def test_two_rejections_of_five_tighten_the_route_double_the_draw_and_tell_the_owner(
    catalog: Catalog, reviewer: User
) -> None:
    _lots(catalog, "aw")
    batch = place_all(make_lot(40, upload=factories.make_upload(catalog)))
    task = batch.tasks.filter(kind="random").first()
    assert task is not None
    for held in queue.claim(reviewer, most=50):
        say(reviewer, "reject" if held == task else "approve", held, **({"defect": "edge"} if held == task else {}))
    assert policies.switching(catalog.pk, "general").level is Level.TIGHTENED
    told = Escalation.objects.get(photo=None)
    assert (told.route, told.owner, told.severity) == ("general", catalog.owner, "major")
    following = place_all(make_lot(40, upload=factories.make_upload(catalog)))
    assert Sample.objects.get(batch=following).drawn == 10
    assert Sample.objects.get(batch=following).policy["level"] == "tightened"


def test_a_stopped_route_is_reviewed_whole_until_its_cause_is_closed(catalog: Catalog, lead: User) -> None:
    _lots(catalog, "wwwwwww")
    assert policies.switching(catalog.pk, "general").level is Level.STOPPED
    stopped = place_all(make_lot(12, upload=factories.make_upload(catalog)))
    assert Sample.objects.get(batch=stopped).drawn == 12
    Escalation.objects.create(
        catalog=catalog, route="general", owner=lead, severity="critical", reason="", state="closed",
        due_at=timezone.now(), closed_at=timezone.now(),
    )  # fmt: skip
    assert policies.switching(catalog.pk, "general").level is Level.TIGHTENED


def test_new_routes_qualify_first_where_the_policy_says_so(catalog: Catalog, reviewer: User) -> None:
    Policy.objects.create(catalog=catalog, plan="qualify", second_share=0)
    first = place_all(make_lot(54, upload=factories.make_upload(catalog)))
    assert Sample.objects.get(batch=first).drawn == 54
    assert say_all(reviewer) == 54
    version = Decision.objects.first().output.recipe_version  # type: ignore[union-attr]
    batch = _lot_of(catalog, 40, version)
    assert policies.clean_run(batch) == 54
    plan = policies.plan_for(batch).policy
    assert isinstance(plan, sampling.Qualifying)
    assert plan.qualified
    assert policies.clean_run(_lot_of(catalog, 1, factories.make_recipe_version())) == 0


def _lot_of(catalog: Catalog, count: int, version: object) -> Batch:
    batch = factories.make_batch(factories.make_upload(catalog), state="processing")
    for _ in range(count):
        factories.make_output(factories.make_photo(batch=batch, stage="processed"), recipe_version=version)
    return batch


def test_a_fixed_share(catalog: Catalog) -> None:
    Policy.objects.create(catalog=catalog, plan="fixed", share=0.5)
    batch = place_all(make_lot(20, 4, upload=factories.make_upload(catalog)))
    assert Sample.objects.get(batch=batch).drawn == 12


class TestClosing:
    """What a route's escalation asks for before it closes."""

    def test_it_stays_open_until_every_condition_is_met(self, catalog: Catalog, lead: User) -> None:
        made = escalations.raise_for_route(catalog, "general", severity="critical", reason="Stopped.")
        owner = made.owner
        wanted = "contained, root cause, escape point, action, a regression picture"
        with pytest.raises(escalations.Refusal, match=wanted):
            resolutions.close_route(made, by=owner, note="Done.")
        escalations.contain(made, by=owner, text="Exports held.")
        escalations.explain(made, by=owner, root_cause="Light", escape_point="No check")
        escalations.act(made, by=owner, text="A new lamp.")
        assert resolutions.verify_due() == 0
        output = factories.make_output(factories.make_photo(factories.make_upload(catalog), stage="approved"))
        shown = {"defect": "edge", "sha256": "0" * 64, "verdict": "pass", "risk": 0.1}
        Golden.objects.create(output=output, **shown)  # one of those that the sweep makes guards against nothing
        assert not next(one for one in resolutions.conditions(made) if "regression" in one.label).met
        Golden.objects.create(output=output, by=lead, **shown)
        _lots(catalog, "aaaa")
        with pytest.raises(escalations.Refusal, match="5 accepted batches"):
            resolutions.close_route(made, by=owner, note="Done.")
        _lots(catalog, "a")
        assert resolutions.verify_due() == 1
        made.refresh_from_db()
        assert made.state == "verified"
        resolutions.close_route(made, by=owner, note="A new lamp.")
        assert (made.state, made.resolution) == ("closed", "solved")

    def test_a_rejected_batch_begins_the_count_anew(self, catalog: Catalog) -> None:
        made = escalations.raise_for_route(catalog, "general", severity="major", reason="?")
        Escalation.objects.update(contained_at=timezone.now() - timedelta(hours=1), containment="x")
        made.refresh_from_db()
        _lots(catalog, "aaawaa")
        assert resolutions.conditions(made)[-1].now == "2 so far"
