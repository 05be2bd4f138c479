"""The programme as FHIR: each thing a valid R4 resource of its patient, of versions the newest."""

import base64
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from care.access.chart import Chart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.medical.medications import (
    MEDICATION_SUBSCRIBERS,
    add_medication,
    change_medication,
    end_medication,
)
from care.medical.regimen import Regimen
from care.medical.screenings import note_screening
from care.models import Consent
from care.programme.aftercare_plan import PARTS, write_aftercare_plan
from care.programme.care_plan import Goal, Objective, PlannedProblem, write_care_plan
from care.programme.care_plan_responses import respond_to_plan
from care.programme.case_management import add_task, note_need
from tests import cast as people
from tests.cast import Cast, own_chart
from tests.followers import unfollowed
from tests.journaling.exports.test_fhir import resources

NOW = datetime(2026, 4, 2, 15, 0, tzinfo=UTC)
TODAY = date(2026, 4, 2)
PROBLEM = PlannedProblem(
    "Sleep",
    (Goal("Sleep seven hours", (Objective("In bed by eleven", ("slow-breathing",), ("phq-9",)),)),),
)


def team_chart(cast: Cast, what: DataCategory) -> Chart:
    return open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=what, now=NOW, to_write=True
    )


def of_type(cast: Cast, kind: str) -> list[dict[str, Any]]:
    """Return the resources of one type, each valid by itself and about maya."""
    found = [one for one in resources(cast) if one["resourceType"] == kind]
    for one in found:
        get_fhir_model_class(kind).model_validate(one)
        subject = one.get("subject") or one.get("for") or one.get("patient")
        assert subject == {"reference": f"urn:uuid:{cast.maya.pk}"}
        assert {label["code"] for label in one["meta"]["security"]} == {"R", "42CFRPart2"}
    return found


def plans(cast: Cast, *goals: str, rev: int = 0) -> None:
    write_care_plan(
        chart=team_chart(cast, DataCategory.PROGRAMME), clinician=cast.dr_okafor, rev=rev,
        hours_per_week=Decimal(9), reviewed_on=TODAY, now=NOW,
        problems=(PROBLEM, PlannedProblem("", tuple(Goal(goal) for goal in goals))),
    )  # fmt: skip


# --- Episodes, attendance, consents ------------------------------------------------------------


def test_an_episode_of_care_ends_with_the_discharge(cast: Cast) -> None:
    episode = people.admitted(cast.maya, on=TODAY - timedelta(days=20))
    (running,) = of_type(cast, "EpisodeOfCare")
    episode.discharged_on = TODAY
    episode.save()
    (ended,) = of_type(cast, "EpisodeOfCare")

    assert (running["status"], ended["status"]) == ("active", "finished")
    assert running["period"] == {"start": "2026-03-13"}
    assert ended["period"] == {"start": "2026-03-13", "end": "2026-04-02"}
    assert running["type"] == [{"text": "intensive outpatient"}]


@pytest.mark.parametrize(
    ("status", "expected"),
    [("present", "finished"), ("late", "finished"), ("left_early", "finished"),
     ("excused", "cancelled"), ("no_show", "cancelled")],
)  # fmt: skip
def test_attendance_is_an_encounter(cast: Cast, status: str, expected: str) -> None:
    people.session(cast.dr_okafor, starts_at=NOW - timedelta(days=1), with_patient=cast.maya,
                   status=status)  # fmt: skip

    (encounter,) = of_type(cast, "Encounter")

    assert encounter["status"] == expected
    assert encounter["extension"][0]["valueCode"] == status
    assert encounter["type"] == [{"text": "individual"}]


def test_a_consent_says_what_was_signed_and_ends_when_it_was_taken_back(cast: Cast) -> None:
    Consent.objects.filter(patient_id=cast.maya.pk).exclude(purpose="treatment").delete()
    (given,) = of_type(cast, "Consent")
    Consent.objects.filter(patient_id=cast.maya.pk).update(revoked_at=NOW - timedelta(hours=1))
    (revoked,) = of_type(cast, "Consent")

    signed = Consent.objects.get(patient_id=cast.maya.pk)
    assert (given["status"], revoked["status"]) == ("active", "inactive")
    assert base64.b64decode(given["sourceAttachment"]["data"]).decode() == signed.text
    assert [one["coding"][0]["code"] for one in given["provision"]["code"]] == signed.scope


# --- Plans -------------------------------------------------------------------------------------


def test_the_newest_plan_of_care_stands_with_its_goals_and_what_the_patient_said(
    cast: Cast,
) -> None:
    people.admitted(cast.maya, on=TODAY - timedelta(days=20))
    plans(cast, "Old goal")
    plans(cast, "See my sister", rev=1)
    respond_to_plan(chart=own_chart(cast.maya), plan_rev=2, agreed=False, comment="Too soon.",
                    now=NOW)  # fmt: skip

    (plan,) = of_type(cast, "CarePlan")
    goals = of_type(cast, "Goal")

    assert [goal["description"]["text"] for goal in goals] == ["Sleep seven hours", "See my sister"]
    assert goals[0]["note"] == [{"text": "Problem: Sleep"}]
    assert plan["goal"] == [{"reference": f"urn:uuid:{goal['id']}"} for goal in goals]
    assert plan["description"] == "9.0 hours a week; version 2"
    assert plan["activity"][0]["detail"]["description"] == (
        "In bed by eleven; skills: slow-breathing; measures: phq-9"
    )
    assert plan["note"][0]["text"] == "The patient does not agree. Too soon."


def test_an_answer_to_an_older_version_is_not_of_the_newest(cast: Cast) -> None:
    people.admitted(cast.maya, on=TODAY - timedelta(days=20))
    plans(cast, "Old goal")
    respond_to_plan(chart=own_chart(cast.maya), plan_rev=1, agreed=True, comment="", now=NOW)
    plans(cast, "See my sister", rev=1)

    (plan,) = of_type(cast, "CarePlan")

    assert "note" not in plan


def test_the_newest_plan_for_aftercare_is_a_care_plan(cast: Cast) -> None:
    for rev, line in enumerate(("Skipping meals", "Not sleeping")):
        write_aftercare_plan(
            chart=team_chart(cast, DataCategory.PROGRAMME), rev=rev, now=NOW,
            parts=dict.fromkeys(PARTS, ()) | {"warning_signs": (line,)},
        )  # fmt: skip

    (plan,) = of_type(cast, "CarePlan")

    assert plan["title"] == "Plan for the time after treatment"
    assert [one["detail"]["description"] for one in plan["activity"]] == [
        "warning signs: Not sleeping"
    ]


# --- Medicines, screenings, tasks --------------------------------------------------------------


def takes(cast: Cast, **changes: Any) -> Any:
    fields: dict[str, Any] = {
        "kind": "medicine", "dose": "50 mg", "minutes": (480, 1230), "weekdays": 0b0010101,
        "starts_on": TODAY, "prescriber": "Dr. Lind", "refill_by": TODAY + timedelta(days=20),
    } | changes  # fmt: skip
    with unfollowed(MEDICATION_SUBSCRIBERS):
        return add_medication(
            chart=team_chart(cast, DataCategory.MEDICAL), regimen=Regimen("Sertraline", **fields),
            now=NOW,
        )  # fmt: skip


def test_a_medicine_is_a_statement_as_it_was_agreed(cast: Cast) -> None:
    takes(cast)

    (statement,) = of_type(cast, "MedicationStatement")

    assert statement["status"] == "active"
    assert statement["medicationCodeableConcept"] == {"text": "Sertraline"}
    assert statement["dosage"] == [{
        "text": "50 mg",
        "timing": {"repeat": {"dayOfWeek": ["mon", "wed", "fri"],
                              "timeOfDay": ["08:00:00", "20:30:00"]}},
    }]  # fmt: skip
    assert statement["effectivePeriod"] == {"start": "2026-04-02"}
    assert statement["note"] == [{"text": "Prescribed by Dr. Lind. Refill by 2026-04-22."}]


def test_a_medicine_is_written_once_in_its_newest_version(cast: Cast) -> None:
    made = takes(cast)
    with unfollowed(MEDICATION_SUBSCRIBERS):
        chart = team_chart(cast, DataCategory.MEDICAL)
        change_medication(chart=chart, medication_id=made.id, rev=1,
                          changes={"dose": "100 mg", "minutes": ()}, now=NOW)  # fmt: skip
        (changed,) = of_type(cast, "MedicationStatement")
        end_medication(chart=chart, medication_id=made.id, rev=2, now=NOW)
        (ended,) = of_type(cast, "MedicationStatement")

    assert changed["dosage"] == [{"text": "100 mg", "asNeededBoolean": True}]
    assert (changed["status"], ended["status"]) == ("active", "stopped")
    assert changed["id"] == ended["id"] == str(made.id)


def test_a_medicine_whose_last_day_is_over_is_completed(cast: Cast) -> None:
    takes(cast, starts_on=TODAY - timedelta(days=9), ends_on=TODAY - timedelta(days=1))

    assert of_type(cast, "MedicationStatement")[0]["status"] == "completed"


def test_screenings_needs_and_tasks_are_tasks(cast: Cast) -> None:
    note_screening(chart=team_chart(cast, DataCategory.MEDICAL), kind="Hepatitis C",
                   asked_on=TODAY - timedelta(days=3), done_on=TODAY, result="negative",
                   today=TODAY, now=NOW)  # fmt: skip
    chart = team_chart(cast, DataCategory.PROGRAMME)
    note_need(chart=chart, kind="housing", text="A room near the clinic", is_met=False, now=NOW)
    add_task(chart=chart, text="Call the housing office", due_on=TODAY + timedelta(days=2),
             owner_id=None, need_id=None, now=NOW)  # fmt: skip

    by_code = {task["code"]["text"]: task for task in of_type(cast, "Task")}

    assert by_code["Screening"]["output"][0]["valueString"] == "negative"
    assert by_code["Screening"]["status"] == "completed"
    assert by_code["Need: housing"]["description"] == "A room near the clinic"
    assert by_code["Task"]["restriction"] == {"period": {"end": "2026-04-04"}}
    assert {by_code[code]["status"] for code in ("Need: housing", "Task")} == {"requested"}


def test_nothing_of_another_patient_stands_in_it(cast: Cast) -> None:
    people.admitted(cast.noah, on=TODAY)
    people.session(cast.dr_okafor, starts_at=NOW, with_patient=cast.noah, status="present")

    kinds = {one["resourceType"] for one in resources(cast)}

    assert not kinds & {"EpisodeOfCare", "Encounter"}
