"""A form does its work once, however often it is sent; loading its answer again sends nothing."""

import re
import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from care.models import (
    AftercarePlan,
    CareNeed,
    CareTask,
    CareTeamMembership,
    Certification,
    CounsellingNote,
    Group,
    IdempotencyKey,
    Invitation,
    MedicationVersion,
    Patient,
    RecoveryCode,
    Screening,
    SessionSeries,
    TreatmentSession,
    VitalBounds,
)
from journaling.models import Assignment, LessonAssignment, SituationPlans
from tests import cast as people
from tests.authenticator_app import code_at, enrolled
from tests.cast import Cast
from tests.web.page_client import browser_of, signs_in, text_of

TOKEN = re.compile(r'name="form_token" value="([0-9a-f-]{36})"')
SOON = (timezone.now() + timedelta(days=5)).date()
INVITE = "/review/invite/"


def token_of(client: Client, address: str) -> str:
    return str(TOKEN.findall(text_of(client.get(address)))[-1])


def forms(cast: Cast) -> dict[str, tuple[str, dict[str, Any], Any]]:
    """Name what makes something: its address, what is sent, and what must be there once."""
    patient = f"/review/patients/{cast.maya.pk}/"
    session = {
        "kind": "individual", "whom": f"patient:{cast.maya.pk}", "day": SOON.isoformat(),
        "clock": "09:30", "minutes": "50", "place": "Room 2", "title": "",
    }  # fmt: skip
    return {
        "session": ("/review/plan/", session, TreatmentSession.objects.all()),
        "series": (
            "/review/plan/", session | {"weekly": "on"}, SessionSeries.objects.all()
        ),
        "group": ("/review/groups/", {"name": "Late group"}, Group.objects.all()),
        "invitation": (
            INVITE, {"display_name": "Iris", "time_zone": "America/Chicago"},
            Patient.objects.filter(user__display_name="Iris"),
        ),
        "homework": (
            f"{patient}homework/", {"skill": "slow-breathing", "per_week": "3", "note": ""},
            Assignment.objects.all(),
        ),
        "situation plan": (
            f"{patient}situations/", {"situation": "payday", "skill": "name-it", "words": ""},
            SituationPlans.objects.all(),
        ),
        "medicine": (
            f"{patient}medicine/",
            {"name": "Sertraline", "kind": "medicine", "dose": "50 mg", "times": "08:00",
             "starts_on": SOON.isoformat()}, MedicationVersion.objects.all(),
        ),
        "screening": (
            f"{patient}screenings/", {"kind": "TB", "asked_on": "2026-01-02"},
            Screening.objects.all(),
        ),
        "need": (
            f"{patient}needs/", {"kind": "housing", "text": "A room"}, CareNeed.objects.all(),
        ),
        "task": (
            f"{patient}tasks/", {"text": "Call", "owner": "patient"}, CareTask.objects.all(),
        ),
        "lesson": (
            f"{patient}lessons/", {"lesson": "sleep-habits"}, LessonAssignment.objects.all(),
        ),
        "aftercare": (
            f"{patient}aftercare/", {"rev": "0", "people": "Lena"}, AftercarePlan.objects.all(),
        ),
        "bounds": (
            f"{patient}bounds/", {"rev": "0", "pulse_low": "50"}, VitalBounds.objects.all(),
        ),
        "counselling note": (
            f"{patient}counselling-notes/", {"text": "She spoke."}, CounsellingNote.objects.all(),
        ),
    }  # fmt: skip


NAMES = (
    "session", "series", "group", "invitation", "homework", "situation plan", "medicine",
    "screening", "need", "task", "lesson", "aftercare", "bounds", "counselling note",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_form_sent_twice_makes_one_and_leads_to_the_same_page(cast: Cast, name: str) -> None:
    address, sent, rows = forms(cast)[name]
    client = browser_of(cast.dr_okafor)
    sent |= {"form_token": token_of(client, address)}

    first, again = client.post(address, sent), client.post(address, sent)

    assert (first.status_code, again.status_code) == (302, 302)
    assert again["Location"] == first["Location"]
    assert rows.count() == 1
    assert client.get(again["Location"]).status_code == 200


@pytest.mark.parametrize("name", NAMES)
def test_every_form_answers_by_leading_on(cast: Cast, name: str) -> None:
    address, sent, rows = forms(cast)[name]
    client = browser_of(cast.dr_okafor)

    response = client.post(address, sent)

    assert response.status_code == 302
    for _ in range(2):
        assert client.get(response["Location"]).status_code == 200
    assert rows.count() == 1


@pytest.mark.parametrize("name", ["session", "series", "group"])
def test_what_has_an_identity_of_its_own_needs_no_token(cast: Cast, name: str) -> None:
    address, sent, rows = forms(cast)[name]
    client = browser_of(cast.dr_okafor)

    first, again = client.post(address, sent), client.post(address, sent)

    assert (first.status_code, again.status_code) == (302, 302)
    assert rows.count() == 1


def test_a_person_of_a_known_name_is_asked_about(cast: Cast) -> None:
    client, sent = browser_of(cast.dr_okafor), {"display_name": "MAYA ", "time_zone": "UTC"}
    sent["time_zone"] = "America/Chicago"

    asked = client.post(INVITE, sent)
    made = client.post(INVITE, sent | {"sure": "yes"})

    assert asked.status_code == 409
    assert "You treat somebody of this name" in text_of(asked)
    assert made.status_code == 302
    assert Patient.objects.count() == 3


def test_a_form_with_a_fault_may_be_sent_again_with_its_token(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)
    token = token_of(client, "/review/groups/")

    faulty = client.post("/review/groups/", {"name": "", "form_token": token})
    right = client.post("/review/groups/", {"name": "Late", "form_token": token})

    assert (faulty.status_code, right.status_code) == (400, 302)
    assert Group.objects.count() == 1


def test_who_goes_back_and_writes_something_else_is_believed(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)
    token = token_of(client, "/review/groups/")

    for name in ("Late", "Later"):
        client.post("/review/groups/", {"name": name, "form_token": token})

    assert Group.objects.count() == 2


def test_a_token_is_its_owners(cast: Cast) -> None:
    token = str(uuid4())

    for user in (cast.dr_okafor, cast.dr_lind):
        browser_of(user).post("/review/groups/", {"name": "Late", "form_token": token})

    assert Group.objects.count() == 2
    assert IdempotencyKey.objects.count() == 2


@pytest.mark.parametrize("token", ["x" * 65, "x" * 5000, "", "ü"])
def test_an_odd_token_is_no_fault(cast: Cast, token: str) -> None:
    response = browser_of(cast.dr_okafor).post(
        "/review/groups/", {"name": "Late", "form_token": token}
    )

    assert response.status_code == 302


def test_a_token_that_no_page_made_of_controls_is_refused_like_every_field(cast: Cast) -> None:
    response = browser_of(cast.dr_okafor).post(
        "/review/groups/", {"name": "Late", "form_token": "\x00"}
    )

    assert response.status_code == 400
    assert not Group.objects.exists()


def test_a_page_that_fails_lets_the_form_be_sent_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser_of(cast.dr_okafor)
    client.raise_request_exception = False
    sent = {"name": "Late", "form_token": token_of(client, "/review/groups/")}

    with monkeypatch.context() as broken:
        broken.setattr("web.groups.get_or_create_group", lambda **_: 1 / 0)
        assert client.post("/review/groups/", sent).status_code == 500
    right = client.post("/review/groups/", sent)

    assert right.status_code == 302
    assert Group.objects.count() == 1


def test_a_code_is_shown_to_who_made_it_and_loading_it_again_makes_no_other(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)
    led = client.post(INVITE, {"display_name": "Iris", "time_zone": "America/Chicago"})

    codes = {re.findall(r'code">(\S+)</output>', text_of(client.get(led["Location"])))[0]
             for _ in range(3)}  # fmt: skip
    patient = Patient.objects.get(user__display_name="Iris")
    people.joins(patient.pk, cast.dr_lind)
    colleague = text_of(browser_of(cast.dr_lind).get(led["Location"]))

    assert len(codes) == 1
    assert codes.pop() not in colleague
    assert "can’t be shown again" in colleague
    assert Invitation.objects.count() == 1


def test_recovery_codes_are_asked_about_and_made_once(cast: Cast) -> None:
    secret, _ = enrolled(cast.dr_okafor, at=timezone.now() - timedelta(hours=1))
    client, door = Client(), "/review/account/recovery-codes/"
    signs_in(client, "dr_okafor")
    client.post("/review/sign-in/code/", {"code": code_at(secret)})
    before = set(RecoveryCode.objects.values_list("pk", flat=True))

    asked = client.get(door)
    sent = {"form_token": TOKEN.findall(text_of(asked))[-1]}
    first, again = client.post(door, sent), client.post(door, sent)

    assert "stop working at once" in text_of(asked)
    assert again["Location"] == first["Location"]
    assert len(client.get(first["Location"]).context["codes"]) == 10
    after = set(RecoveryCode.objects.values_list("pk", flat=True))
    assert len(after) == 10
    assert not before & after


def test_certifying_twice_is_one(cast: Cast) -> None:
    CareTeamMembership.objects.filter(patient_id=cast.maya.pk).update(role="physician")
    people.admitted(cast.maya, on=timezone.now().date())
    client, door = browser_of(cast.dr_okafor), f"/review/patients/{cast.maya.pk}/certify/"

    for _ in range(2):
        assert client.post(door)["Location"].endswith("said=certified")

    assert Certification.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["invitation", "counselling note"])
def test_of_two_clicks_at_once_one_makes_it_and_both_lead_there(name: str) -> None:
    cast = people.enter()
    address, sent, rows = forms(cast)[name]
    clients = [browser_of(cast.dr_okafor) for _ in range(4)]
    sent |= {"form_token": str(uuid4())}
    led: list[str] = []
    ready = threading.Barrier(len(clients))

    def clicks(client: Client) -> None:
        ready.wait()
        try:
            led.append(client.post(address, sent)["Location"])
        finally:
            connection.close()

    threads = [threading.Thread(target=clicks, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(led) == 4
    assert len(set(led)) == 1
    assert rows.count() == 1
