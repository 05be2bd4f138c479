"""Planning sessions and recording who came."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from backend.kit.errors import InvalidInput
from care.access.chart import NoSuchChart
from care.models import (
    AccessLogEntry,
    Attendance,
    CareTeamMembership,
    GroupMembership,
    TreatmentSession,
    User,
)
from care.sessions import attendance
from care.sessions.attendance import AttendanceMark
from care.sessions.plan import (
    NoSuchSession,
    PlannedSession,
    SessionChanged,
    change_session,
    plan_session,
)
from care.sessions.read import sessions_page
from tests import cast as people
from tests.cast import Cast

TEN = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)


def plan(clinician: User, **changes: Any) -> TreatmentSession:
    wanted: dict[str, Any] = {
        "kind": "individual",
        "starts_at": TEN,
        "ends_at": TEN + timedelta(minutes=50),
        "place": "Room 2",
    }
    plan = PlannedSession(clinician, **(wanted | changes))
    return plan_session(plan=plan, now=timezone.now())[0]


def faults(refusal: pytest.ExceptionInfo[InvalidInput]) -> dict[str, str]:
    return {error.field: error.code for error in refusal.value.errors}


def test_a_session_is_planned_with_a_patient_of_ones_own(cast: Cast) -> None:
    session = plan(cast.dr_okafor, patient_id=cast.maya.pk)

    assert (session.patient_id, session.clinician_id) == (cast.maya.pk, cast.dr_okafor.pk)


def test_a_patient_of_somebody_else_cannot_be_planned_with(cast: Cast) -> None:
    with pytest.raises(NoSuchChart):
        plan(cast.dr_okafor, patient_id=cast.noah.pk)

    assert TreatmentSession.objects.count() == 0
    assert AccessLogEntry.objects.get().action == "denied"


def test_a_group_of_somebody_else_cannot_be_planned_with(cast: Cast) -> None:
    group = people.group(cast.dr_lind, cast.noah)

    with pytest.raises(NoSuchChart):
        plan(cast.dr_okafor, kind="group", group_id=group.pk)

    assert TreatmentSession.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"patient": "patient_or_group"}),
        ({"kind": "individual", "group_id": "a_group"}, {"patient": "required"}),
        ({"kind": "group", "patient_id": "maya"}, {"group": "required"}),
        ({"patient_id": "maya", "group_id": "a_group"}, {"patient": "patient_or_group"}),
        ({"patient_id": "maya", "ends_at": TEN}, {"ends_at": "ends_before_start"}),
        (
            {"patient_id": "maya", "ends_at": TEN + timedelta(hours=25)},
            {"ends_at": "ends_before_start"},
        ),
    ],
)
def test_a_session_that_cannot_be_is_refused(
    cast: Cast, changes: dict[str, Any], expected: dict[str, str]
) -> None:
    named = {"maya": cast.maya.pk, "a_group": people.group(cast.dr_okafor, cast.maya).pk}
    wanted = {key: named.get(value, value) for key, value in changes.items()}

    with pytest.raises(InvalidInput) as refusal:
        plan(cast.dr_okafor, **wanted)

    assert faults(refusal) == expected
    assert TreatmentSession.objects.count() == 0


class TestChange:
    """A session moves only for its clinician, and only from the revision that they read."""

    def change(self, who: User, session: TreatmentSession, **changes: Any) -> TreatmentSession:
        return change_session(
            clinician=who, session_id=session.pk, rev=1, changes=changes, now=timezone.now()
        )

    def test_a_session_is_moved_and_cancelled(self, cast: Cast) -> None:
        session = plan(cast.dr_okafor, patient_id=cast.maya.pk)
        later = TEN + timedelta(hours=1)

        moved = self.change(
            cast.dr_okafor, session, starts_at=later, ends_at=later + timedelta(hours=1),
            cancelled=True,
        )  # fmt: skip

        assert (moved.starts_at, moved.rev) == (later, 2)
        assert moved.cancelled_at is not None

    def test_a_stale_revision_changes_nothing(self, cast: Cast) -> None:
        session = plan(cast.dr_okafor, patient_id=cast.maya.pk)
        self.change(cast.dr_okafor, session, place="Room 3")

        with pytest.raises(SessionChanged):
            self.change(cast.dr_okafor, session, place="Room 4")

        assert TreatmentSession.objects.get().place == "Room 3"

    def test_a_session_of_somebody_else_is_none(self, cast: Cast) -> None:
        session = plan(cast.dr_okafor, patient_id=cast.maya.pk)

        with pytest.raises(NoSuchSession):
            self.change(cast.dr_lind, session, place="Room 4")

    def test_a_patient_no_longer_treated_takes_their_sessions_along(self, cast: Cast) -> None:
        session = plan(cast.dr_okafor, patient_id=cast.maya.pk)
        CareTeamMembership.objects.update(ends_at=timezone.now())
        people.joins(cast.maya.pk, cast.dr_lind)

        with pytest.raises(NoSuchSession):
            self.change(cast.dr_okafor, session, place="Room 4")


class TestAttendance:
    """Who came is recorded once per patient, and only for those whose session it is."""

    def take(
        self, who: User, session: TreatmentSession, *marks: AttendanceMark
    ) -> list[Attendance]:
        return attendance.record_attendance(
            clinician=who, session_id=session.pk, marks=marks, now=timezone.now()
        )

    def test_the_newer_mark_replaces_the_older(self, cast: Cast) -> None:
        session = plan(cast.dr_okafor, patient_id=cast.maya.pk)
        self.take(cast.dr_okafor, session, AttendanceMark(cast.maya.pk, "no_show", None))

        self.take(cast.dr_okafor, session, AttendanceMark(cast.maya.pk, "late", 35))

        row = Attendance.objects.get()
        assert (row.status, row.minutes) == ("late", 35)
        written = AccessLogEntry.objects.filter(action="write", patient_id=cast.maya.pk)
        assert list(written.order_by("id").values_list("data_class", flat=True)) == [
            "sessions", "attendance", "attendance",
        ]  # fmt: skip

    def test_a_group_is_marked_by_who_was_in_it_then(self, cast: Cast) -> None:
        group = people.group(cast.dr_okafor, cast.maya, cast.noah)
        GroupMembership.objects.filter(patient_id=cast.noah.pk).update(ends_at=TEN)
        session = plan(cast.dr_okafor, kind="group", group_id=group.pk)

        with pytest.raises(InvalidInput) as refusal:
            self.take(
                cast.dr_okafor,
                session,
                AttendanceMark(cast.maya.pk, "present", None),
                AttendanceMark(cast.noah.pk, "present", None),
            )

        assert faults(refusal) == {"1.patient": "not_of_this_session"}
        assert Attendance.objects.count() == 0

    def test_a_patient_marked_twice_is_refused(self, cast: Cast) -> None:
        session = plan(cast.dr_okafor, patient_id=cast.maya.pk)

        with pytest.raises(InvalidInput) as refusal:
            self.take(
                cast.dr_okafor,
                session,
                AttendanceMark(cast.maya.pk, "present", None),
                AttendanceMark(cast.maya.pk, "no_show", None),
            )

        assert faults(refusal) == {"1.patient": "doubled"}

    def test_nobody_marks_a_session_of_somebody_else(self, cast: Cast) -> None:
        session = plan(cast.dr_okafor, patient_id=cast.maya.pk)

        with pytest.raises(NoSuchSession):
            self.take(cast.dr_lind, session, AttendanceMark(cast.maya.pk, "present", None))

        assert Attendance.objects.count() == 0


class TestSessionsPage:
    """Everybody lists what is theirs."""

    def seen(self, viewer: User) -> set[Any]:
        found = sessions_page(viewer=viewer, now=timezone.now(), limit=50)
        return {session.pk for session in found}

    def test_people_see_their_own_and_their_groups_sessions(self, cast: Cast) -> None:
        alone = plan(cast.dr_okafor, patient_id=cast.maya.pk)
        group = people.group(cast.dr_lind, cast.noah, cast.maya)
        together = plan(cast.dr_lind, kind="group", group_id=group.pk)

        assert self.seen(cast.maya) == {alone.pk, together.pk}
        assert self.seen(cast.noah) == {together.pk}
        assert self.seen(cast.dr_okafor) == {alone.pk}
        assert self.seen(cast.dr_lind) == {together.pk}
        assert self.seen(cast.ada) == set()

    def test_a_session_of_a_patient_no_longer_treated_is_gone(self, cast: Cast) -> None:
        plan(cast.dr_okafor, patient_id=cast.maya.pk)
        CareTeamMembership.objects.update(ends_at=timezone.now())

        assert self.seen(cast.dr_okafor) == set()

    def test_a_page_walks_through_sessions_of_one_instant(self, cast: Cast) -> None:
        kinds = [kind for kind in TreatmentSession.Kind.values if kind != "group"][:7]
        planned = {plan(cast.dr_okafor, patient_id=cast.maya.pk, kind=kind).pk for kind in kinds}

        seen, position = [], None
        while found := sessions_page(
            viewer=cast.dr_okafor, now=timezone.now(), limit=3, position=position
        ):
            seen += [session.pk for session in found]
            position = (found[-1].starts_at, found[-1].pk)

        assert len(seen) == 7
        assert set(seen) == planned
