"""Golden photos: damaged where they say, hidden at the policy's rate, never one's own, counted per reviewer."""

from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.urls import reverse
from scipy import ndimage

from catalog.flow import Stage
from catalog.people import Role
from processing import recipes
from processing.imaging import screens
from processing.models import Output
from review import cards, damages, defects, escalations, goldens, opinions, queue, resolutions, reviewers
from review.jobs import make_golden
from review.metrics import facts
from review.metrics.scope import Scope
from review.models import Decision, Golden, GoldenAnswer, Kind, Policy, Task
from review.statistics.detection import Standing
from tests import factories
from tests.conftest import Jobs
from tests.review.floor import make_lot, place_all, say

SIDE = 300


def _mask() -> "damages.Alpha":
    rows, columns = np.ogrid[:SIDE, :SIDE]
    inside = (rows - 150) ** 2 / 110**2 + (columns - 150) ** 2 / 70**2 <= 1
    return (inside * 255).astype(np.uint8)


class TestDamages:
    @pytest.mark.parametrize("damage", damages.DAMAGES, ids=lambda damage: damage.defect)
    def test_each_changes_the_mask_as_its_name_says(self, damage: damages.Damage) -> None:
        good = _mask()
        for seed in range(5):
            bad = damages.damage(good, damage.defect, seed)
            lost, won = int(((good > 127) & (bad < 128)).sum()), int(((good < 128) & (bad > 127)).sum())
            area = int((good > 127).sum())
            assert lost + won > 0.002 * area
            if damage.defect == "residue":
                assert (lost, won > 0) == (0, True)
            if damage.defect in ("part", "hole"):
                assert (won, lost > 0) == (0, True)
            if damage.defect == "hole":
                assert ndimage.label(bad < 128)[1] == 2

    def test_the_seed_fixes_it_and_the_good_mask_is_left_alone(self) -> None:
        good = _mask()
        kept = good.copy()
        one, other = damages.damage(good, "part", 1), damages.damage(good, "part", 2)
        assert np.array_equal(one, damages.damage(good, "part", 1))
        assert not np.array_equal(one, other)
        assert np.array_equal(good, kept)

    def test_an_empty_mask_has_no_place_for_a_defect(self) -> None:
        with pytest.raises(damages.Undamageable):
            damages.damage(np.zeros((50, 50), np.uint8), "hole", 1)

    def test_each_is_a_defect_that_a_reviewer_can_name(self) -> None:
        assert {damage.defect for damage in damages.DAMAGES} < set(defects.BY_CODE)


pytestmark = pytest.mark.django_db


@pytest.fixture
def approved(operator: User, reviewer: User) -> Output:
    """A real (drawn) photo whose output somebody else approved."""
    photo = factories.make_ready_photo(batch=factories.make_batch(), stage=Stage.PROCESSED)
    version = recipes.active_of("general")
    alpha = np.zeros((photo.height or 0, photo.width or 0), np.uint8)
    alpha[alpha.shape[0] // 4 : -alpha.shape[0] // 4, alpha.shape[1] // 4 : -alpha.shape[1] // 4] = 255
    kept = ContentFile(screens.alpha_png(alpha), "alpha.png")
    output = factories.make_output(photo, alpha=kept, recipe_version=version, parameters=version.parameters)
    queue.put(photo, Kind.FLAGGED, note="")
    say(factories.make_user("first", Role.REVIEWER))
    return output


def _golden(output: Output, **values: object) -> Golden:
    shown = {"alpha": output.alpha.name, "preview": output.preview.name, "sha256": f"{Golden.objects.count():064x}"}
    return Golden.objects.create(output=output, verdict="pass", risk=0.1, **{"defect": "edge", **shown, **values})


def _shown(tasks: list[Task]) -> list[str]:
    return [cards.shown_of(task).sha256 for task in tasks]


def test_a_lead_makes_them_from_approved_outputs(
    approved: Output, lead: User, as_user: object, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(goldens.secrets, "randbelow", lambda many: 1)  # none of the good ones
    answer = as_user(lead).post(reverse("review:goldens-make"))  # type: ignore[operator]
    assert answer.status_code == 302
    jobs.run()
    made = Golden.objects.get()
    assert made.output == approved
    assert made.defect in damages.BY_DEFECT
    assert made.by == lead
    with made.alpha.open() as handle:
        shown = screens.read_alpha(handle.read())
    with approved.alpha.open() as handle:
        assert not np.array_equal(shown, screens.read_alpha(handle.read()))
    assert not goldens.sources().exists()
    assert Output.objects.count() == 1


def test_they_come_at_the_policys_rate_and_only_among_others(approved: Output, reviewer: User) -> None:
    _golden(approved)
    assert queue.claim(reviewer) == []
    Policy.objects.create(catalog=place_all(make_lot(0, 4)).catalog, golden_share=1.0)
    kinds = [task.kind for task in queue.claim(reviewer)]
    assert kinds == [Kind.GOLDEN, Kind.FLAGGED]
    Policy.objects.update(golden_share=0.0)
    say(reviewer, "reject", queue.held(reviewer)[0], defect="edge")
    _golden(approved)
    assert {task.kind for task in queue.claim(reviewer)} == {Kind.FLAGGED}


@pytest.mark.parametrize("place", [0, 1])
def test_leaving_the_page_and_coming_back_finds_a_golden_photo_where_it_was(
    approved: Output, reviewer: User, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    golden = _golden(approved)
    place_all(make_lot(0, 4))
    due = iter([n == place for n in range(20)])
    monkeypatch.setattr(goldens, "next_for", lambda user, catalog: golden if next(due) else None)
    before = _shown(queue.claim(reviewer))
    assert before.index(golden.sha256) == place
    for _ in range(3):
        assert queue.release(reviewer, [task.token for task in queue.held(reviewer)]) == 2
        assert _shown(queue.claim(reviewer)) == before
    assert queue.claim(factories.make_user("rita", Role.REVIEWER))[0].golden is None


def test_it_comes_from_the_catalog_under_review_where_that_has_one(approved: Output, reviewer: User) -> None:
    own = _golden(approved)
    for _ in range(10):
        _golden(factories.make_output())
    Policy.objects.create(catalog=approved.photo.catalog, golden_share=1.0)
    found = {goldens.next_for(reviewer, approved.photo.catalog_id) for _ in range(10)}
    assert found == {own}


def test_the_sweep_makes_further_ones_while_somebody_has_seen_most(
    approved: Output, reviewer: User, jobs: Jobs
) -> None:
    assert goldens.top_up() == 0  # whoever approved it could not be shown it
    place_all(make_lot(0, 2))
    say(reviewer, "reject", defect="edge")
    assert goldens.top_up() == 1
    assert [job[1] for job in jobs if "golden" in job[1]] == ["review.jobs.make_golden"]
    jobs.run()
    made = Golden.objects.get()
    assert (made.output, made.by) == (approved, None)
    for _ in range(goldens.STOCK):
        _golden(factories.make_output())
    Golden.objects.filter(output=approved).delete()
    assert goldens.top_up() == 0


def test_a_lead_makes_a_regression_picture_from_the_escalation(
    approved: Output, lead: User, as_user: Any, jobs: Jobs
) -> None:
    made = escalations.raise_for_route(approved.photo.catalog, "general", severity="major", reason="Rough edges.")
    address = reverse("review:escalation-guard", args=[made.pk])
    as_user(lead).post(address, {"defect": "dust"})
    assert not [job for job in jobs if "golden" in job[1]]
    as_user(lead).post(address, {"defect": "edge"})
    jobs.run()
    golden = Golden.objects.get()
    assert (golden.output, golden.defect, golden.by) == (approved, "edge", lead)
    assert next(one for one in resolutions.conditions(made) if "regression" in one.label).met


def test_a_catalog_that_wants_no_golden_photos_gives_none(approved: Output) -> None:
    Policy.objects.create(catalog=approved.photo.catalog, golden_share=0)
    place_all(make_lot(0, 2))
    say(factories.make_user("rita", Role.REVIEWER), "reject", defect="edge")
    assert goldens.top_up() == 0


def test_a_mask_without_room_for_the_defect_makes_none_and_breaks_nothing(approved: Output) -> None:
    approved.alpha.save("empty.png", ContentFile(screens.alpha_png(np.zeros((300, 300), np.uint8))))
    make_golden(approved.pk, "part", 1, None)
    assert not Golden.objects.exists()


def test_never_from_ones_own_upload_or_what_one_judged_or_made(approved: Output, operator: User, lead: User) -> None:
    first = User.objects.get(username="first")
    _golden(approved, by=lead)
    for user in (operator, lead, first):
        assert not goldens.unseen_by(user).exists(), user
    assert goldens.unseen_by(factories.make_user()).exists()


def test_nobody_gets_one_twice(approved: Output, reviewer: User) -> None:
    _golden(approved)
    Policy.objects.create(catalog=place_all(make_lot(0, 4)).catalog, golden_share=1.0)
    say(reviewer, "reject", queue.claim(reviewer)[0], defect="edge")
    assert not goldens.unseen_by(reviewer).exists()
    assert not Decision.objects.filter(reviewer=reviewer).exists()


def _answers(reviewer: User, output: Output, caught: int, missed: int, alarms: int = 0, passed: int = 0) -> None:
    cases = [("edge", "reject")] * caught + [("edge", "approve")] * missed + [("", "reject")] * alarms
    for defect, verdict in [*cases, *[("", "approve")] * passed]:
        golden = _golden(output, defect=defect)
        task = Task.objects.create(
            photo=output.photo,
            output=output,
            golden=golden,
            kind=Kind.GOLDEN,
            uploader=output.photo.upload.by,
            claimed_by=reviewer,  # who has had it is never shown it again
            state="done",
        )
        GoldenAnswer.objects.create(task=task, golden=golden, reviewer=reviewer, verdict=verdict, defect=defect)


def test_a_reviewers_record_has_bounds_and_a_standing(approved: Output, reviewer: User) -> None:
    _answers(reviewer, approved, caught=45, missed=5, alarms=1, passed=9)
    record = next(row for row in reviewers.records() if row.reviewer == reviewer)
    assert (record.golden.caught, record.golden.defective, record.named) == (45, 50, 45)
    assert round(record.at_least or 0, 3) == 0.801
    assert record.standing is Standing.TRUSTED
    assert record.skill is not None


def test_the_dashboards_correction_reads_everybodys_golden_answers(approved: Output, reviewer: User) -> None:
    _answers(reviewer, approved, caught=30, missed=5, alarms=1, passed=9)
    _answers(factories.make_user("rita", Role.REVIEWER), approved, caught=5, missed=0, passed=6)
    goldens.withdraw(GoldenAnswer.objects.latest("pk"))
    eyes = facts.read(Scope.of_days(7)).eyes
    assert (eyes.caught, eyes.defective, eyes.alarms, eyes.good) == (35, 40, 1, 15)


def test_below_the_gate_everything_gets_a_second_look(approved: Output, reviewer: User, lead: User) -> None:
    factories.make_user("rita", Role.REVIEWER)
    _answers(reviewer, approved, caught=20, missed=20)
    assert reviewers.wants_second_looks(reviewer.pk)
    place_all(make_lot(0, 2))
    decision = say(reviewer)
    assert isinstance(decision, Decision)
    assert opinions.wants_second(decision)
    assert Task.objects.filter(photo=decision.photo, kind=Kind.SECOND, state="open").exists()


def test_agreement_is_counted_from_blind_second_opinions(lead: User, reviewer: User) -> None:
    rita = factories.make_user("rita", Role.REVIEWER)
    place_all(make_lot(0, 4))
    for _ in range(4):
        say(reviewer, "reject", defect="part")
    for verdict in ("reject", "reject", "reject", "approve"):
        say(rita, verdict, defect="edge" if verdict == "reject" else "")
    record = next(row for row in reviewers.records() if row.reviewer == rita)
    assert (record.agreed.photos, record.agreed.observed) == (4, 0.75)


def test_the_page_shows_it_and_keeps_reviewers_out(
    approved: Output, reviewer: User, lead: User, manager: User, as_user: object
) -> None:
    _answers(reviewer, approved, caught=3, missed=1)
    page = as_user(manager).get(reverse("review:reviewers")).content.decode()  # type: ignore[operator]
    assert "3 of 4" in page
    assert "too few to say" in page
    assert as_user(reviewer).get(reverse("review:reviewers")).status_code == 403  # type: ignore[operator]
    assert "known" in as_user(lead).get(reverse("review:goldens")).content.decode().lower()  # type: ignore[operator]


def test_the_policy_page_changes_how_the_next_batch_is_drawn(lead: User, as_user: object) -> None:
    catalog = factories.make_catalog()
    address = reverse("review:policy", args=[catalog.pk])
    client = as_user(lead)  # type: ignore[operator]
    assert client.get(address).status_code == 200
    values = {"plan": "fixed", "share": "0.5", "climbs": "on", "golden_share": "0.05", "second_share": "0.1"}
    assert client.post(address, {**values, "share": "2"}).status_code == 422
    assert client.post(address, values).status_code == 302
    assert Policy.objects.get(catalog=catalog).share == 0.5
