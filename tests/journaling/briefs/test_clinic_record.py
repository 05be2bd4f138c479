"""What stands in a brief beside entries: doses of what is due, bounds, the plan, and feedback."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.test.utils import CaptureQueriesContext

from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.medical.medications import MEDICATION_SUBSCRIBERS, add_medication
from care.medical.regimen import Regimen
from care.medical.vital_bounds import Bounds, set_vital_bounds
from care.models import CarePlan, TreatmentSession
from care.programme.care_plan_responses import respond_to_plan
from care.sessions.feedback import give_feedback
from journaling import formatting
from tests import cast as people
from tests.cast import ZONE, Cast, own_chart
from tests.followers import unfollowed
from tests.journaling.briefs.brief_scenario import (
    NOW,
    SESSION_AT,
    at,
    everything,
    read,
    texts,
    wrote,
)

DAY = timedelta(days=1)


def planned(cast: Cast) -> UUID:
    people.session(cast.dr_okafor, starts_at=at(7, 10), with_patient=cast.maya, status="present")
    return people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya).pk


def team_chart(cast: Cast) -> Chart:
    return open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.MEDICAL, now=NOW,
        to_write=True,
    )  # fmt: skip


def takes(cast: Cast, name: str = "Sertraline", *, days_ago: int = 30, **changes: Any) -> None:
    taken: dict[str, Any] = {
        "kind": "medicine", "dose": "50 mg", "minutes": (480,),
        "starts_on": at(days_ago).date(),
    } | changes  # fmt: skip
    with unfollowed(MEDICATION_SUBSCRIBERS):
        add_medication(chart=team_chart(cast), regimen=Regimen(name, **taken), now=at(days_ago))


def medicine(cast: Cast, session_id: UUID) -> str:
    return texts(read(cast.dr_okafor, session_id), "body")[0]


# --- Medicine --------------------------------------------------------------------------------


def test_doses_are_counted_of_what_was_due(cast: Cast) -> None:
    session_id = planned(cast)
    takes(cast)
    for days_ago, is_taken in ((6, True), (5, True), (3, False), (2, True)):
        reason: dict[str, Any] = {} if is_taken else {"reason": "felt sick"}
        wrote(cast.maya, "dose", at(days_ago, 8), name="sertraline ", taken=is_taken, **reason)

    assert medicine(cast, session_id) == (
        "Sertraline taken 3 of 7 due, 1 skipped, 3 not logged. Last skipped: “felt sick”."
    )


def test_a_dose_of_the_morning_before_the_last_session_is_of_its_day(cast: Cast) -> None:
    session_id = planned(cast)
    takes(cast)
    wrote(cast.maya, "dose", at(7, 8), name="Sertraline", taken=True)

    assert medicine(cast, session_id) == "Sertraline taken 1 of 7 due, 6 not logged."


def test_no_day_has_more_than_was_due_and_today_is_not_over(cast: Cast) -> None:
    session_id = planned(cast)
    takes(cast)
    for hour in (8, 9):
        wrote(cast.maya, "dose", at(2, hour), name="Sertraline", taken=True)
    wrote(cast.maya, "dose", at(0, 8), name="Sertraline", taken=True)

    assert medicine(cast, session_id) == "Sertraline taken 1 of 7 due, 6 not logged."


def test_before_it_was_written_down_nothing_was_due(cast: Cast) -> None:
    session_id = planned(cast)
    takes(cast, days_ago=3)

    assert medicine(cast, session_id) == "Sertraline taken 0 of 2 due, 2 not logged."


def test_what_has_no_times_is_counted_as_logged(cast: Cast) -> None:
    session_id = planned(cast)
    takes(cast)
    takes(cast, "Ibuprofen", minutes=())
    wrote(cast.maya, "dose", at(2, 8), name="Ibuprofen", taken=True)
    wrote(cast.maya, "dose", at(2, 9), name="Melatonin", taken=True)

    assert medicine(cast, session_id) == (
        "Sertraline taken 0 of 7 due, 7 not logged."
        " Doses logged: Ibuprofen taken 1 of 1 time, Melatonin taken 1 of 1 time."
    )


def test_a_refill_is_told_from_a_week_before(cast: Cast) -> None:
    session_id = planned(cast)
    takes(cast, minutes=(), refill_by=at(-7).date())
    takes(cast, "Magnesium", minutes=(), refill_by=at(-8).date())

    assert medicine(cast, session_id).startswith("Sertraline refill by ")
    assert "Magnesium" not in everything(read(cast.dr_okafor, session_id))


# --- Readings --------------------------------------------------------------------------------


def test_a_reading_out_of_bounds_is_told(cast: Cast) -> None:
    session_id = planned(cast)
    bounds = {"blood_pressure": Bounds(None, 140.0, "mmHg"), "weight": Bounds(50.0, None, "kg")}
    set_vital_bounds(chart=team_chart(cast), bounds=bounds, rev=0, now=NOW)
    wrote(
        cast.maya, "reading", at(2, 8), type="blood_pressure", value=150, unit="mmHg",
        diastolic=95,
    )  # fmt: skip
    wrote(cast.maya, "reading", at(2, 9), type="weight", value=70, unit="kg")

    said = " ".join(texts(read(cast.dr_okafor, session_id), "body"))

    assert said.count("above 140") == 1
    assert "below" not in said


# --- The plan and the work together ----------------------------------------------------------


def test_a_no_to_the_plan_stands_until_a_yes_and_a_yes_is_told_once(cast: Cast) -> None:
    session_id = planned(cast)
    for rev in (1, 2):
        CarePlan.objects.create(
            patient_id=cast.maya.pk, rev=rev, hours_per_week=9, words=b"", written_at=at(20),
            reviewed_on=at(20).date(), written_by=cast.dr_okafor,
        )  # fmt: skip
    own = own_chart(cast.maya)

    respond_to_plan(chart=own, plan_rev=1, agreed=False, comment="Too early.", now=at(15))
    no = texts(read(cast.dr_okafor, session_id), "header")
    respond_to_plan(chart=own, plan_rev=2, agreed=True, comment="", now=at(9))
    old_yes = texts(read(cast.dr_okafor, session_id), "header")
    respond_to_plan(chart=own, plan_rev=2, agreed=True, comment="Good now.", now=at(2))
    new_yes = texts(read(cast.dr_okafor, session_id), "header")

    assert "Did not agree to version 1 of the plan of care: “Too early.”" in no
    assert not any("version" in line for line in old_yes)
    assert "Agreed to version 2 of the plan of care: “Good now.”" in new_yes


def test_how_the_readers_last_session_was_stands_beside_those_before(cast: Cast) -> None:
    session_id = planned(cast)
    people.session(cast.dr_okafor, starts_at=at(10, 10), with_patient=cast.maya, status="present")
    people.joins(cast.maya.pk, cast.dr_lind)
    for session in TreatmentSession.objects.filter(starts_at__lt=NOW):
        overall = 9 if session.starts_at < at(8) else 6
        ratings = {"heard": 8, "goals": 7, "approach": 5, "overall": overall}
        give_feedback(
            chart=own_chart(cast.maya), session_id=session.pk, ratings=ratings,
            comment="Too fast", now=session.starts_at + DAY,
        )  # fmt: skip

    last = texts(read(cast.dr_okafor, session_id), "agenda")[-1]

    when = formatting.format_datetime(at(7, 10), ZONE)
    assert last == (
        f"Of the session with you {when}: heard 8, time on what matters 7, the way"
        " fits 5, overall 6 of 10 (overall before: 9): “Too fast”."
    )
    assert "time on what matters" not in everything(read(cast.dr_lind, session_id))


# --- What it costs and what consent hides ----------------------------------------------------


def test_without_such_a_record_no_statement_asks_for_it(cast: Cast) -> None:
    session_id = planned(cast)
    with CaptureQueriesContext(
        connection,
    ) as without:
        read(cast.dr_okafor, session_id)
    takes(cast)
    with CaptureQueriesContext(connection) as with_medicine:
        read(cast.dr_okafor, session_id)

    assert len(with_medicine) == len(without) + 1
