"""GET patients/{id}/reminder-history: in words, for the patient, the team and the administrator."""

from datetime import timedelta
from io import StringIO
from itertools import product
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.kit.languages import LANGUAGES
from care.models import AccessLogEntry, CareTeamMembership, Clinic, User
from care.people.enrol import revoke_treatment_consents
from notifications.models.device import Device
from notifications.models.occurrence import Occurrence
from notifications.reminders.history import (
    CLINICAL_REASON_TEXT,
    CLINICAL_REASONS,
    SUPPRESSION_TEXTS,
    describe_outcome,
)
from notifications.reminders.receipts import record_answered
from tests import cast as people
from tests.api.responses import problem
from tests.cast import Cast, signed_in
from tests.database_roles import append_only_lifted
from tests.notifications.reminder_scenario import DUE, MORNING, FakePush, drain, phone, planned


def url(user: User) -> str:
    return f"/api/v1/patients/{user.pk}/reminder-history"


@pytest.fixture
def told(cast: Cast) -> Cast:
    """Let maya have one that was sent and answered, one without a phone and one in a session."""
    planned(cast.maya, purpose="dose")
    drain(DUE, FakePush())
    phone(cast.maya, at=DUE)
    people.session(
        cast.dr_okafor, starts_at=DUE + timedelta(hours=23, minutes=50), with_patient=cast.maya
    )
    drain(DUE + timedelta(days=1), FakePush())
    push = FakePush()
    drain(DUE + timedelta(days=2), push)
    record_answered(
        chart=people.own_chart(cast.maya), occurrence_id=push.sent[0].occurrence,
        now=DUE + timedelta(days=2),
    )  # fmt: skip
    return cast


@pytest.mark.parametrize("who", ["maya", "dr_okafor"])
def test_patient_and_team_read_every_reason_in_words(told: Cast, who: str) -> None:
    body = signed_in(getattr(told, who)).get(url(told.maya)).json()

    assert [(line["became"], line["words"]) for line in body["results"]] == [
        ("sent", "Sent."),
        ("silent", "Not sent: the patient was in a session."),
        ("undelivered", "Not delivered: no phone was registered."),
    ]
    assert {line["purpose"] for line in body["results"]} == {"dose"}
    assert body["results"][0]["answered_at"] is not None
    assert body["next"] is None


def test_an_administrator_sees_how_the_service_worked_and_nothing_clinical(told: Cast) -> None:
    answer = signed_in(told.ada).get(url(told.maya))

    lines = answer.json()["results"]
    assert [line["words"] for line in lines] == [
        "Sent.", CLINICAL_REASON_TEXT.en, "Not delivered: no phone was registered.",
    ]  # fmt: skip
    for line in lines:
        assert {line[name] for name in ("id", "purpose", "opened_at", "answered_at")} == {None}
    for clinical in ("dose", "session", "answered:", "Maya", "address of"):
        assert clinical not in answer.content.decode()


def test_the_devices_stand_beside_it_without_name_or_address(told: Cast) -> None:
    Device.objects.update(ended_at=DUE, ended_reason="UNREGISTERED")

    answer = signed_in(told.ada).get(url(told.maya))

    (device,) = answer.json()["phones"]
    assert (device["platform"], device["words"]) == (
        "android",
        "off: the push service does not know its address any more (UNREGISTERED)",
    )
    assert "address of maya" not in answer.content.decode()


@pytest.mark.parametrize(("who", "reason"), [("ada", "administrator"), ("maya", "own")])
def test_looking_is_written_down(told: Cast, who: str, reason: str) -> None:
    with append_only_lifted():
        AccessLogEntry.objects.all().delete()

    signed_in(getattr(told, who)).get(url(told.maya))

    row = AccessLogEntry.objects.get(data_class="reminders")
    assert (row.action, row.reason, row.patient_id) == ("read", reason, told.maya.pk)


@pytest.mark.parametrize("who", ["noah", "dr_lind"])
def test_strangers_learn_nothing(told: Cast, who: str) -> None:
    client = signed_in(getattr(told, who))

    foreign = problem(client.get(url(told.maya)), 404, "not_found")
    nobody = problem(client.get(f"/api/v1/patients/{uuid4()}/reminder-history"), 404, "not_found")

    assert foreign == nobody


def test_the_administrator_of_another_clinic_learns_nothing(told: Cast) -> None:
    other = Clinic.objects.create(name="Hill Clinic", time_zone=people.ZONE)
    admin = people.staff(other, "eve", "Eve", role=User.Role.ADMIN)

    problem(signed_in(admin).get(url(told.maya)), 404, "not_found")

    assert AccessLogEntry.objects.get(action="denied").reason == "not_an_administrator"


def test_an_ended_team_and_a_revoked_consent_end_it(told: Cast) -> None:
    revoke_treatment_consents(patient_id=told.maya.pk, now=MORNING)
    problem(signed_in(told.dr_okafor).get(url(told.maya)), 404, "not_found")

    CareTeamMembership.objects.filter(patient_id=told.maya.pk).update(ends_at=MORNING)
    problem(signed_in(told.dr_okafor).get(url(told.maya)), 404, "not_found")


def test_pages_follow_each_other_without_loop_or_gap(told: Cast) -> None:
    client = signed_in(told.maya)
    first = client.get(url(told.maya) + "?limit=2").json()

    second = client.get(first["next"]).json()

    ids = [line["id"] for line in first["results"] + second["results"]]
    assert len(ids) == len(set(ids)) == Occurrence.objects.count()
    assert second["next"] is None
    assert client.get(second["previous"]).json()["results"] == first["results"]


def test_the_number_of_statements_does_not_grow(told: Cast) -> None:
    client = signed_in(told.ada)
    counts = []
    for days in (3, 12):
        drain(DUE + timedelta(days=days), FakePush())
        with CaptureQueriesContext(connection) as asked:
            client.get(url(told.maya))
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_every_silence_has_words_that_end() -> None:
    for reason in SUPPRESSION_TEXTS:
        for may_see_clinical, language in product((True, False), LANGUAGES):
            words = describe_outcome(
                state="skipped", reason=reason, slot=1, may_see_clinical=may_see_clinical,
                language=language,
            ).words  # fmt: skip
            assert words.endswith(".")
            assert (words == CLINICAL_REASON_TEXT.spoken(language)) == (
                reason in CLINICAL_REASONS and not may_see_clinical
            )


@pytest.mark.parametrize(
    ("state", "reason", "slot", "became", "words"),
    [
        ("sent", "", 2510, "sent", "Sent again, as a nudge."),
        ("pending", "apart", 510, "waiting", "Waiting: another one was less than an hour before."),
        ("leased", "", 510, "waiting", "Being sent."),
        ("failed", "INVALID_ARGUMENT", 510, "undelivered",
         "Not delivered: the push service refused it. (INVALID_ARGUMENT)"),
        ("expired", "expired", 510, "undelivered",
         "Not delivered: its time was over before it could be sent."),
        ("unknown", "timeout", 510, "unknown",
         "Unknown: the push service did not say whether it took it."),
        ("skipped", "a word of tomorrow", 510, "silent", "Not sent."),
    ],
)  # fmt: skip
def test_every_state_has_words(state: str, reason: str, slot: int, became: str, words: str) -> None:
    found = describe_outcome(state=state, reason=reason, slot=slot, may_see_clinical=True)

    assert (found.became, found.words) == (became, words)


def said(*args: str) -> str:
    out = StringIO()
    call_command("reminders", "history", *args, stdout=out)
    return out.getvalue()


def test_an_operator_reads_it_by_command_and_that_is_written_down(told: Cast) -> None:
    with append_only_lifted():
        AccessLogEntry.objects.all().delete()

    shown = said(str(told.maya.pk), "--last", "2")

    assert shown.splitlines()[0] == "2026-03-04 14:30Z  Sent."
    assert len(shown.splitlines()) == 3
    assert "dose" not in shown
    assert AccessLogEntry.objects.get().reason == "operator"


@pytest.mark.parametrize("wanted", ["nobody", "11111111-2222-4333-8444-555555555555"])
def test_the_command_knows_only_patients(told: Cast, wanted: str) -> None:
    with pytest.raises(CommandError):
        said(wanted)


def test_who_had_no_reminder_yet_has_no_history(cast: Cast) -> None:
    assert said(str(cast.noah.pk)) == "No reminder fell due yet.\n"
