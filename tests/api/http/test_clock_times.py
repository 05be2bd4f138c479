"""Wherever a time of the day is read: hours and minutes as two digits each, and nothing else."""

from typing import Any

import pytest

from backend.kit.errors import InvalidInput
from care.models import TreatmentSession
from care.oncall import safety_settings
from notifications.models.reminder import DefaultReminder, Reminder
from tests.api.responses import faults
from tests.cast import Cast, signed_in
from tests.notifications.reminder_scenario import DUE, planned
from web.form_fields import ClockField

REMINDERS = "/api/v1/reminders"
PLAN = "/api/v1/default-reminders"
#: What some reader takes for half past eight, or for something else.
LOOKS_LIKE_ONE = pytest.mark.parametrize(
    "text",
    [
        "08.30", "8:30", "0830", "08:30:00", "08:30:15.5", "08:30:15,5", "08-30", "08 30",
        "8:30 pm", "08:30 PM", "08:30Z", "08:30+01:00", "T08:30", " 08:30", "08:30 ", "08:30\n",
        "24:00", "08:60", "８:30", "٠٨:٣٠", "08：30", "08:3o", "", "noon",
    ],
    ids=ascii,
)  # fmt: skip


@LOOKS_LIKE_ONE
def test_a_reminder_is_not_planned(cast: Cast, text: str) -> None:
    answer = signed_in(cast.maya).post(REMINDERS, {"purpose": "checkin", "times": [text]})

    assert list(faults(answer)) == ["times.0"]
    assert not Reminder.objects.exists()


@LOOKS_LIKE_ONE
def test_a_reminder_is_not_changed(cast: Cast, text: str) -> None:
    reminder = planned(cast.maya, "10:00")

    answer = signed_in(cast.maya).patch(
        f"{REMINDERS}/{reminder.id}", {"times": ["09:00", text]}, headers={"If-Match": '"1"'}
    )

    assert list(faults(answer)) == ["times.1"]
    assert Reminder.objects.get().minutes == [600]


@LOOKS_LIKE_ONE
def test_a_question_about_the_time_is_not_answered(cast: Cast, text: str) -> None:
    reminder = planned(cast.maya, "10:00")

    answer = signed_in(cast.maya).post(
        f"{REMINDERS}/{reminder.id}/time-question", {"answer": "move", "times": [text]}
    )

    assert list(faults(answer)) == ["times.0"]
    assert Reminder.objects.get().minutes == [600]


@LOOKS_LIKE_ONE
def test_a_clinics_plan_is_not_set(cast: Cast, text: str) -> None:
    answer = signed_in(cast.ada).put(PLAN, {"reminders": [{"purpose": "checkin", "times": [text]}]})

    assert list(faults(answer)) == ["reminders.0.times.0"]
    assert not DefaultReminder.objects.exists()


@LOOKS_LIKE_ONE
@pytest.mark.parametrize("edge", ["start", "end"])
def test_quiet_hours_stay(cast: Cast, text: str, edge: str) -> None:
    hours = {"start": "21:00", "end": "06:00"} | {edge: text}

    answer = signed_in(cast.maya).patch(
        "/api/v1/me", {"quiet_hours": hours}, headers={"If-Match": '"1"'}
    )

    assert list(faults(answer)) == [f"quiet_hours.{edge}"]
    cast.maya.patient.refresh_from_db()
    assert f"{cast.maya.patient.quiet_start:%H:%M}" == "22:00"


@LOOKS_LIKE_ONE
def test_the_pages_read_none(cast: Cast, text: str) -> None:
    field = ClockField()

    with pytest.raises(Exception, match=r"valid time|required"):
        field.clean(text)
    assert not TreatmentSession.objects.exists()


@LOOKS_LIKE_ONE
@pytest.mark.parametrize("edge", ["opens", "closes"])
def test_a_clinics_hours_are_not_set(cast: Cast, text: str, edge: str) -> None:
    text = "24:01" if text == "24:00" else text  # at midnight itself a clinic may close
    hours: dict[str, Any] = {"days": ["mon"], "opens": "07:00", "closes": "09:00"} | {edge: text}

    with pytest.raises(InvalidInput):
        safety_settings.save_safety_settings(
            clinic_id=cast.clinic.pk, sent={"hours": [hours]}, tightened={}, resources=[],
            has_way_out=True, now=DUE,
        )  # fmt: skip


@pytest.mark.parametrize("text", ["00:00", "08:30", "19:05", "23:59"])
def test_a_time_is_read_as_it_is_written(cast: Cast, text: str) -> None:
    client = signed_in(cast.maya)

    client.post(REMINDERS, {"purpose": "checkin", "times": [text]})
    told = client.patch(
        "/api/v1/me", {"quiet_hours": {"start": text, "end": "07:00"}}, headers={"If-Match": '"1"'}
    ).json()

    assert client.get(REMINDERS).json()["results"][0]["times"] == [text]
    assert told["quiet_hours"]["start"] == text
    assert f"{ClockField().clean(text):%H:%M}" == text
