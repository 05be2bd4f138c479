"""Admission, steps up and down, certification, and the plan of care."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from backend.kit.errors import InvalidInput
from care.access.chart import NoSuchChart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import (
    AccessLogEntry,
    Admission,
    CarePlan,
    CareTeamMembership,
    Certification,
    Episode,
    GroupMembership,
    LevelChange,
    Patient,
    User,
)
from care.people.enrol import revoke_treatment_consents
from care.programme import care_plan, episodes
from care.programme.care_plan import CarePlanChanged
from care.programme.episodes import DISCHARGE, EpisodeOpen, EpisodeOver, NoSuchEpisode
from care.programme.placement import ADMISSION_CRITERIA, Placement
from care.programme.read import ProgrammeStatus, level_changes_of, programme_status
from tests import cast as people
from tests.cast import ZONE, Cast

NOW = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)
TODAY = date(2026, 5, 4)
IOP = "intensive_outpatient"


@pytest.fixture
def physician(cast: Cast) -> User:
    """Bring in a physician of maya's care team."""
    user = people.staff(cast.clinic, "dr_sato", "Dr. Sato")
    people.joins(cast.maya.pk, user, role=CareTeamMembership.Role.PHYSICIAN)
    return user


def asks(physician: User, **changes: Any) -> dict[str, Any]:
    return {
        "physician": physician.pk,
        "symptoms": "severe",
        "complies": "with_support",
        **dict.fromkeys(ADMISSION_CRITERIA, True),
    } | changes


def admit(
    cast: Cast, *, level: str = IOP, on: date = TODAY, hours: str | None = "10", by: Any = None,
    answers: Any = None,
) -> Episode:  # fmt: skip
    placement = Placement(level, on, Decimal(hours) if hours else None, answers)
    return episodes.admit_patient(
        clinician=by or cast.dr_okafor, patient_id=cast.maya.pk, placement=placement, now=NOW
    )


def step(cast: Cast, episode: Episode, to: str, **changes: Any) -> LevelChange:
    placement = Placement(
        to, changes.pop("on", TODAY), changes.pop("hours", None), changes.pop("answers", None)
    )
    wanted: dict[str, Any] = {
        "clinician": cast.dr_okafor, "reason": "Steadier for three weeks.", "now": NOW,
    }  # fmt: skip
    return episodes.change_level(episode_id=episode.pk, placement=placement, **(wanted | changes))


def faults(refusal: pytest.ExceptionInfo[InvalidInput]) -> dict[str, str]:
    return {error.field: error.code for error in refusal.value.errors}


class TestAdmission:
    """What intensive outpatient care asks before it begins."""

    def test_it_keeps_what_was_asked_and_by_whom(self, cast: Cast, physician: User) -> None:
        made = admit(cast, answers=asks(physician))

        kept = Admission.objects.get(episode=made)
        assert (kept.hours_per_week, kept.symptoms) == (Decimal(10), "severe")
        assert (kept.asked_by_id, kept.physician_id) == (cast.dr_okafor.pk, physician.pk)
        log = AccessLogEntry.objects.get(action="write")
        assert (log.patient_id, log.data_class) == (cast.maya.pk, "programme")

    @pytest.mark.parametrize("ask", ADMISSION_CRITERIA)
    def test_every_ask_must_be_met(self, cast: Cast, physician: User, ask: str) -> None:
        with pytest.raises(InvalidInput) as refusal:
            admit(cast, answers=asks(physician, **{ask: False}))

        assert faults(refusal) == {f"admission.{ask}": "not_met"}
        assert Episode.objects.count() == 0

    @pytest.mark.parametrize("hours", [None, "8.9"])
    def test_fewer_than_nine_hours_are_no_intensive_plan(
        self, cast: Cast, physician: User, hours: str | None
    ) -> None:
        with pytest.raises(InvalidInput) as refusal:
            admit(cast, hours=hours, answers=asks(physician))

        assert faults(refusal) == {"planned_hours_per_week": "below_nine_hours"}

    def test_all_that_is_wrong_is_named_at_once(self, cast: Cast) -> None:
        with pytest.raises(InvalidInput) as refusal:
            admit(
                cast, hours="3", on=TODAY + timedelta(days=31),
                answers=asks(cast.dr_lind, tolerates_intensity=False),
            )  # fmt: skip

        assert faults(refusal) == {
            "on": "too_late",
            "planned_hours_per_week": "below_nine_hours",
            "admission.tolerates_intensity": "not_met",
            "admission.physician": "not_the_physician",
        }

    def test_another_level_asks_none_of_it(self, cast: Cast, physician: User) -> None:
        with pytest.raises(InvalidInput) as refusal:
            admit(cast, level="outpatient", hours="2", answers=asks(physician))
        assert faults(refusal) == {"admission": "not_asked"}

        assert admit(cast, level="outpatient", hours="2").level_of_care == "outpatient"

    def test_there_is_one_open_episode_at_a_time(self, cast: Cast) -> None:
        admit(cast, level="outpatient", hours=None)

        with pytest.raises(EpisodeOpen):
            admit(cast, level="aftercare", hours=None)

        assert Episode.objects.count() == 1

    def test_a_stranger_admits_nobody(self, cast: Cast) -> None:
        with pytest.raises(NoSuchChart):
            admit(cast, level="outpatient", by=cast.dr_lind)

        assert Episode.objects.count() == 0


class TestStep:
    """Steps up and down, and the discharge."""

    @pytest.mark.parametrize(
        ("to", "expected"), [("aftercare", "down"), ("partial_hospitalization", "up")]
    )
    def test_the_next_level_begins_where_the_last_one_ends(
        self, cast: Cast, to: str, expected: str
    ) -> None:
        before = people.admitted(cast.maya, on=TODAY - timedelta(days=40))

        made = step(cast, before, to)

        before.refresh_from_db()
        assert made.step == expected
        assert made.entered is not None
        assert before.discharged_on == made.entered.admitted_on == TODAY
        assert b"Steadier" not in bytes(made.words)

    def test_its_reason_is_read_through_the_chart(self, cast: Cast) -> None:
        before = people.admitted(cast.maya, on=TODAY)
        step(cast, before, "outpatient")
        chart = open_chart(
            viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.PROGRAMME, now=NOW
        )

        (found,) = level_changes_of(chart=chart, episode_id=before.pk)

        assert (found.reason, found.decided_by) == ("Steadier for three weeks.", "Dr. Okafor")

    def test_a_step_into_intensive_care_asks_what_admission_asks(
        self, cast: Cast, physician: User
    ) -> None:
        before = admit(cast, level="outpatient", hours="2")

        with pytest.raises(InvalidInput) as refusal:
            step(cast, before, IOP, hours=Decimal(9))
        assert faults(refusal) == {"admission": "required"}
        assert Episode.objects.get().discharged_on is None

        step(cast, before, IOP, hours=Decimal(9), answers=asks(physician))
        assert Episode.objects.get(discharged_on__isnull=True).level_of_care == IOP

    def test_a_discharge_ends_groups_and_reminders_without_waiting_for_consent(
        self, cast: Cast
    ) -> None:
        before = people.admitted(cast.maya, on=TODAY)
        people.group(cast.dr_okafor, cast.maya)
        revoke_treatment_consents(patient_id=cast.maya.pk, now=NOW)

        made = step(cast, before, DISCHARGE)

        assert (made.step, made.entered) == ("discharge", None)
        assert GroupMembership.objects.get().ends_at == NOW
        assert Patient.objects.get(pk=cast.maya.pk).discharged_at == NOW

    def test_who_comes_back_is_reminded_again(self, cast: Cast) -> None:
        step(cast, people.admitted(cast.maya, on=TODAY), DISCHARGE)

        admit(cast, level="outpatient", hours=None)

        assert Patient.objects.get(pk=cast.maya.pk).discharged_at is None

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"to": IOP}, {"to": "same_level"}),
            ({"to": "aftercare", "on": TODAY - timedelta(days=1)}, {"on": "before_admission"}),
        ],
    )
    def test_what_is_no_step_is_named(
        self, cast: Cast, changes: dict[str, Any], expected: dict[str, str]
    ) -> None:
        before = people.admitted(cast.maya, on=TODAY)

        with pytest.raises(InvalidInput) as refusal:
            step(cast, before, **changes)

        assert faults(refusal) == expected
        assert LevelChange.objects.count() == 0

    def test_an_episode_ends_once(self, cast: Cast) -> None:
        before = people.admitted(cast.maya, on=TODAY)
        step(cast, before, "outpatient")

        with pytest.raises(EpisodeOver):
            step(cast, before, "aftercare")

        assert LevelChange.objects.count() == 1

    def test_a_strangers_episode_is_none(self, cast: Cast) -> None:
        before = people.admitted(cast.maya, on=TODAY)

        with pytest.raises(NoSuchEpisode):
            step(cast, before, "aftercare", clinician=cast.dr_lind)

        assert LevelChange.objects.count() == 0


class TestCertification:
    """A physician certifies, and again within sixty days."""

    def certify(self, physician: User, cast: Cast, on: date) -> tuple[Certification, bool]:
        return episodes.certify_episode(
            physician=physician, patient_id=cast.maya.pk, certified_on=on, now=NOW
        )

    def test_it_holds_for_sixty_days_and_the_same_day_is_the_same(
        self, cast: Cast, physician: User
    ) -> None:
        people.admitted(cast.maya, on=TODAY)

        made, is_new = self.certify(physician, cast, TODAY)
        again, is_new_again = self.certify(physician, cast, TODAY)

        assert made.renew_by == date(2026, 7, 3)
        assert (made.pk, is_new, is_new_again) == (again.pk, True, False)

    def test_only_a_physician_certifies(self, cast: Cast) -> None:
        people.admitted(cast.maya, on=TODAY)

        with pytest.raises(episodes.NotPhysician):
            self.certify(cast.dr_okafor, cast, TODAY)
        with pytest.raises(NoSuchChart):
            self.certify(cast.dr_lind, cast, TODAY)

        assert Certification.objects.count() == 0

    @pytest.mark.parametrize("days", [1, -31])
    def test_a_day_that_cannot_be_is_refused(self, cast: Cast, physician: User, days: int) -> None:
        people.admitted(cast.maya, on=TODAY)

        with pytest.raises(InvalidInput):
            self.certify(physician, cast, TODAY + timedelta(days=days))

    def test_without_an_episode_there_is_nothing_to_certify(
        self, cast: Cast, physician: User
    ) -> None:
        with pytest.raises(EpisodeOver):
            self.certify(physician, cast, TODAY)

    @pytest.mark.parametrize(
        ("age", "code"),
        [
            (None, "certification_missing"),
            (0, None),
            (49, None),
            (50, "certification_due"),
            (60, "certification_due"),
            (61, "certification_overdue"),
        ],
    )
    def test_the_programme_says_when_it_is_due(
        self, cast: Cast, physician: User, age: int | None, code: str | None
    ) -> None:
        people.admitted(cast.maya, on=TODAY - timedelta(days=100))
        if age is not None:
            self.certify(physician, cast, TODAY - timedelta(days=age))

        codes = {one.code for one in standing(cast).due}

        assert {name for name in codes if name.startswith("certification")} == (
            {code} if code else set()
        )


def standing(cast: Cast) -> ProgrammeStatus:
    chart = open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.PROGRAMME, now=NOW
    )
    return programme_status(chart=chart, zone_name=ZONE, now=NOW)


class TestPlan:
    """Hours and goals, kept in every version."""

    def write(self, cast: Cast, *, rev: int = 0, **changes: Any) -> CarePlan:
        chart = open_chart(
            viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.PROGRAMME, now=NOW,
            to_write=True,
        )  # fmt: skip
        wanted: dict[str, Any] = {
            "hours_per_week": Decimal(10), "reviewed_on": TODAY,
            "problems": care_plan.without_problem(["Sleep by eleven"]),
        }  # fmt: skip
        return care_plan.write_care_plan(
            chart=chart, clinician=cast.dr_okafor, rev=rev, now=NOW, **(wanted | changes)
        )

    def test_the_newest_version_is_read_and_older_ones_stay(self, cast: Cast) -> None:
        first = self.write(cast)
        self.write(
            cast, rev=1, problems=care_plan.without_problem(["Sleep by ten", "Call my sister"])
        )

        plan = standing(cast).plan

        assert (plan.rev, plan.goals) == (2, ("Sleep by ten", "Call my sister"))
        assert plan.review_due_on == date(2026, 6, 3)
        assert CarePlan.objects.count() == 2
        assert b"Sleep" not in bytes(first.words)

    @pytest.mark.parametrize("rev", [0, 2])
    def test_a_stale_writer_stores_nothing(self, cast: Cast, rev: int) -> None:
        self.write(cast)

        with pytest.raises(CarePlanChanged):
            self.write(cast, rev=rev)

        assert CarePlan.objects.count() == 1

    def test_an_intensive_plan_keeps_its_nine_hours(self, cast: Cast) -> None:
        self.write(cast, hours_per_week=Decimal(2))
        people.admitted(cast.maya, on=TODAY)

        with pytest.raises(InvalidInput) as refusal:
            self.write(cast, rev=1, hours_per_week=Decimal("8.9"))

        assert faults(refusal) == {"hours_per_week": "below_nine_hours"}

    def test_it_is_not_reviewed_in_the_future(self, cast: Cast) -> None:
        with pytest.raises(InvalidInput):
            self.write(cast, reviewed_on=TODAY + timedelta(days=1))

    def test_what_is_due_names_missing_old_and_thin_plans(self, cast: Cast) -> None:
        people.admitted(cast.maya, on=TODAY)
        assert "plan_missing" in {one.code for one in standing(cast).due}
        self.write(cast, reviewed_on=TODAY - timedelta(days=31))
        group = people.group(cast.dr_okafor, cast.maya)
        people.session(
            cast.dr_okafor, starts_at=NOW + timedelta(days=1), with_group=group, minutes=180
        )
        people.session(cast.dr_okafor, starts_at=NOW + timedelta(days=2), with_patient=cast.maya)

        told = {one.code: one.text for one in standing(cast).due}

        assert "plan_review_due" in told
        assert told["hours_below_plan"] == ("3.83 of 10 planned hours are in the next seven days.")
