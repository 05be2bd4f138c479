"""The engine by hand, and the demo's one reminder."""

from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from pytest_django import Settings

from care.models import Patient
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Recipient, Reminder
from notifications.push.gateway import ConsoleGateway, PushMessage
from tests import cast as people
from tests.cast import Cast
from tests.notifications.reminder_scenario import DUE, MORNING, drain, planned


def said(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue().strip()


def test_dispatch_drains_once_and_tells(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    # Nobody can stop the clock of a database server.
    monkeypatch.setattr(
        "notifications.management.commands.dispatch.database_clock", lambda here: here
    )
    planned(cast.maya)

    with time_machine.travel(MORNING, tick=False):
        before = said("dispatch")
    with time_machine.travel(DUE, tick=False):
        after = said("dispatch")

    assert (before, after) == ("nothing due", "1 sent")


def test_the_demos_reminder_arrives_within_a_minute(cast: Cast) -> None:
    # 03:10 in Chicago: in the middle of the quiet hours.
    night = MORNING.replace(hour=9, minute=10)

    with time_machine.travel(night, tick=False):
        told = said("demo", "--remind")

    assert told == "a check-in for maya is due"
    assert drain(night.replace(second=59)) == {"sent": 1}


def test_started_again_it_arrives_again_and_nothing_is_left_over(cast: Cast) -> None:
    for second in (0, 20, 40):
        at = DUE.replace(second=second)
        with time_machine.travel(at, tick=False):
            said("demo", "--remind")
        assert drain(at.replace(minute=31, second=0)) == {"sent": 1}

    assert Reminder.objects.count() == 1
    assert Occurrence.objects.count() == 1


def test_a_pause_does_not_keep_the_demo_silent(cast: Cast) -> None:
    Recipient.objects.create(
        pk=cast.maya.pk, paused_until=DUE.replace(year=2027), last_message_at=DUE
    )

    with time_machine.travel(DUE, tick=False):
        said("demo", "--remind")

    assert drain(DUE.replace(minute=31)) == {"sent": 1}


def test_where_maya_is_in_a_session_somebody_else_is_reminded(cast: Cast) -> None:
    people.session(cast.dr_okafor, starts_at=MORNING, with_patient=cast.maya, minutes=120)

    with time_machine.travel(DUE, tick=False):
        told = said("demo", "--remind")

    assert told == "a check-in for noah is due"


def test_without_patients_the_demo_says_so(cast: Cast) -> None:
    Patient.objects.update(discharged_at=MORNING)

    with time_machine.travel(DUE, tick=False):
        assert said("demo", "--remind") == "nobody to remind"


def test_a_clinic_gets_no_demo_reminder(cast: Cast, settings: Settings) -> None:
    settings.DEMO = False

    with pytest.raises(CommandError):
        said("demo", "--remind")

    assert not Reminder.objects.exists()


def test_the_console_shows_a_clock_a_sentence_and_an_id(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    planned(cast.maya)

    drain(DUE, ConsoleGateway())

    name = Occurrence.objects.get().pk
    shown = capsys.readouterr().out
    assert shown == f"reminder  08:30  You have a check-in waiting.  {name}\n"
    assert "tag" in PushMessage._fields
