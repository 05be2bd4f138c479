"""Nothing clinical leaves: not in a push, not in a log, not in what the broker carries."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from backend.celery import app
from backend.kit.languages import LANGUAGES
from backend.kit.logs import AllowListFormatter
from journaling.entries.record import record_entry
from notifications import wording
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Purpose
from notifications.push.fcm import FirebaseGateway
from tests import cast as people
from tests.cast import Cast
from tests.counselling_note import add_note
from tests.notifications.reminder_scenario import DUE, FakePush, drain, phone, planned
from tests.proofs.fcm.responses import NAMED
from tests.proofs.fcm.server import FakeFcm

CANARIES = ("Zephyrine", "Quillmoor", "fentanyl-canary", "Harbor Clinic", "Okafor")
ADDRESS = "canary-address-of-a-phone"


@pytest.fixture
def fcm() -> Iterator[FakeFcm]:
    """Run the fake."""
    fake = FakeFcm().start()
    yield fake
    fake.stop()


@pytest.mark.parametrize("purpose", Purpose.values)
def test_every_producer_says_only_what_is_allowed(
    cast: Cast, fcm: FakeFcm, tmp_path: Path, caplog: pytest.LogCaptureFixture, purpose: str
) -> None:
    type(cast.maya).objects.filter(pk=cast.maya.pk).update(
        display_name="Zephyrine", username="quillmoor"
    )
    cast.maya.refresh_from_db()
    people.session(cast.dr_okafor, starts_at=DUE - timedelta(hours=3), with_patient=cast.maya)
    at = DUE - timedelta(hours=5)
    body = people.craving(at=at, target="other", note="fentanyl-canary")
    record_entry(chart=people.own_chart(cast.maya), sent=body, now=at)
    add_note(cast.dr_okafor, cast.maya, "fentanyl-canary in a counselling note", now=at)
    phone(cast.maya, ADDRESS)
    planned(cast.maya, purpose=purpose, nudge=True, expires_minutes=120)
    planned(cast.maya, purpose=purpose)
    fcm.script.extend([NAMED["bad_payload"]])
    file = fcm.write_credentials(tmp_path / "fcm.json")
    caplog.set_level(logging.DEBUG)

    with override_settings(FCM_BASE_URL=fcm.url, FCM_CREDENTIALS=str(file)):
        gateway = FirebaseGateway()
    for minutes in (0, 45):
        drain(DUE + timedelta(minutes=minutes), gateway)

    assert len(fcm.posts) == 2
    for sent in fcm.posts:
        assert sent.pop("token") == ADDRESS
        assert set(sent["data"]) == {"id", "kind"}
        assert sent["data"]["kind"] in {"checkin", "plan", "session"}
        assert Occurrence.objects.filter(pk=sent["data"]["id"]).exists()
        assert sent["notification"]["body"] in wording.PUSH_SENTENCES
    lines = [AllowListFormatter().format(record) for record in caplog.records]
    pushed = json.dumps(fcm.posts)
    for canary in (*CANARIES, "dose", "skill", str(cast.maya.pk)):
        assert canary.lower() not in pushed.lower()
    for canary in (*CANARIES, ADDRESS):
        assert canary.lower() not in " ".join(lines).lower()
    assert any("fcm_refused" in line for line in lines)


@given(st.sampled_from(Purpose.values), st.integers(1, 50), st.sampled_from(LANGUAGES))
def test_no_sentence_stands_outside_the_list(purpose: str, waiting: int, language: str) -> None:
    sentence = wording.push_sentence(purpose=purpose, waiting=waiting, language=language)
    assert sentence in wording.PUSH_SENTENCES
    assert len({wording.type_code(purpose=name) for name in Purpose.values}) <= 4


def test_one_and_several_are_told_apart() -> None:
    assert wording.push_sentence(purpose="checkin", waiting=1) == "You have a check-in waiting."
    assert wording.push_sentence(purpose="checkin", waiting=2) == "You have a few things waiting."
    assert wording.push_sentence(purpose="dose", waiting=1) == "You have a reminder waiting."


def test_a_lock_screen_says_it_in_the_language_of_its_patient(cast: Cast) -> None:
    type(cast.maya).objects.filter(pk=cast.maya.pk).update(language="es-MX")
    for patient in (cast.maya, cast.noah):
        planned(patient, purpose="checkin")
        phone(patient, f"address of {patient.username}")
    push = FakePush()

    drain(DUE, push)

    assert {sent.address: sent.sentence for sent in push.sent} == {
        "address of maya": "Le espera una pregunta breve.",
        "address of noah": "You have a check-in waiting.",
    }


def test_the_broker_carries_a_name_and_nothing_else() -> None:
    ticks = list(app.conf.beat_schedule.values())

    names = {tick["task"] for tick in ticks}
    assert {"notifications.tasks.dispatch_due", "notifications.tasks.sweep_reminders"} <= names
    for tick in ticks:
        assert set(tick) == {"task", "schedule", "options"}
        assert set(tick["options"]) == {"expires"}


def test_a_task_of_a_newer_caller_runs_in_an_older_worker(cast: Cast) -> None:
    from notifications.tasks import dispatch_due

    dispatch_due(shard=3)

    assert not Occurrence.objects.exists()
