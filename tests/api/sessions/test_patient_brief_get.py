"""GET patients/{id}/brief: for the care team, also without a session of their own."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from care.models import AccessLogEntry, CareTeamMembership, Clinic, User
from care.people.enrol import revoke_treatment_consents
from journaling.models import BriefOpening, Entry
from tests import cast as people
from tests.api.responses import API, problem
from tests.cast import Cast, craving, signed_in


def door(user: User, what: str = "") -> str:
    return f"{API}patients/{user.pk}/brief{what}"


def logs(user: User, **changes: Any) -> str:
    response = signed_in(user).post(f"{API}entries", craving(**changes))
    assert response.status_code == 201, response.content
    return str(response.json()["id"])


def lines(told: dict[str, Any], key: str) -> list[str]:
    (section,) = [section for section in told["sections"] if section["key"] == key]
    return [line["text"] for line in section["lines"]]


def test_whoever_is_on_the_team_reads_it_without_a_session(cast: Cast) -> None:
    people.joins(cast.maya.pk, cast.dr_lind, role="physician")
    entry = logs(cast.maya, intensity=8)

    response = signed_in(cast.dr_lind).get(door(cast.maya))

    told = response.json()
    assert response.status_code == 200
    assert (told["session"], told["patient"]) == (None, str(cast.maya.pk))
    assert lines(told, "header")[0].startswith("Maya: where things stand on ")
    assert entry in str(told["sections"])


@pytest.mark.parametrize("kind", ["individual", "medication", "family"])
def test_its_window_begins_with_the_last_attended_session_of_any_kind(
    cast: Cast, kind: str
) -> None:
    now = timezone.now()
    for days, of, status in ((9, "physician", "present"), (4, kind, "late"), (1, kind, "no_show")):
        people.session(
            cast.dr_okafor, starts_at=now - timedelta(days=days), with_patient=cast.maya, kind=of,
            status=status,
        )  # fmt: skip

    told = signed_in(cast.dr_okafor).get(door(cast.maya)).json()

    since = (now - timedelta(days=4)).isoformat(timespec="seconds")[:19]
    assert told["window"]["since"].startswith(since)
    assert lines(told, "header")[3].startswith("Since the last attended session, ")


def test_without_any_it_begins_with_admission(cast: Cast) -> None:
    people.admitted(cast.maya, on=(timezone.now() - timedelta(days=5)).date())

    told = signed_in(cast.dr_okafor).get(door(cast.maya)).json()

    (line,) = [text for text in lines(told, "header") if text.startswith("Since admission")]
    assert "(no session was attended before)" in line


def test_opening_it_stands_in_the_access_log_and_is_kept(cast: Cast) -> None:
    entry = logs(cast.maya)
    told = signed_in(cast.dr_okafor).get(door(cast.maya)).json()

    row = AccessLogEntry.objects.filter(data_class="brief").get()
    assert (row.patient_id, row.actor_id, row.action) == (
        cast.maya.pk, cast.dr_okafor.pk, "read"
    )  # fmt: skip
    opening = BriefOpening.objects.get()
    assert (opening.session_id, opening.digest) == (None, told["digest"])
    assert list(opening.shown) == [entry]


def test_what_is_for_the_primary_therapist_is_not_shown_to_others(cast: Cast) -> None:
    people.joins(cast.maya.pk, cast.dr_lind, role="physician")
    entry = logs(cast.maya, share="individual_therapist_only")
    private = logs(cast.maya, share="private")

    own = str(signed_in(cast.dr_okafor).get(door(cast.maya)).json())
    others = str(signed_in(cast.dr_lind).get(door(cast.maya)).json())

    assert entry in own
    assert entry not in others
    assert private not in own + others


@pytest.mark.parametrize("who", ["dr_lind", "former", "unconsented", "other_clinic", "nobody"])
def test_nobody_else_learns_that_there_is_one(cast: Cast, who: str) -> None:
    logs(cast.maya)
    reader, patient = cast.dr_okafor, cast.maya.pk
    if who == "dr_lind":
        reader = cast.dr_lind
    if who == "former":
        CareTeamMembership.objects.filter(patient_id=patient).update(ends_at=timezone.now())
    if who == "unconsented":
        revoke_treatment_consents(patient_id=patient, now=timezone.now())
    if who == "other_clinic":
        User.objects.filter(pk=reader.pk).update(clinic=Clinic.objects.create(name="Else"))
    if who == "nobody":
        patient = uuid4()

    for response in (
        signed_in(reader).get(f"{API}patients/{patient}/brief"),
        signed_in(reader).post(f"{API}patients/{patient}/brief/reviewed", {"digest": "0" * 64}),
    ):
        problem(response, 404, "not_found")
    assert not BriefOpening.objects.exists()
    assert AccessLogEntry.objects.filter(action="denied", data_class="brief").exists()


def test_what_it_showed_is_marked_as_reviewed(cast: Cast) -> None:
    logs(cast.maya)
    client = signed_in(cast.dr_okafor)
    digest = client.get(door(cast.maya)).json()["digest"]
    later = logs(cast.maya, intensity=2)

    response = client.post(door(cast.maya, "/reviewed"), {"digest": digest})
    again = client.post(door(cast.maya, "/reviewed"), {"digest": digest})

    assert response.json() == {"patient": str(cast.maya.pk), "digest": digest, "marked": 1}
    assert again.json()["marked"] == 0
    assert Entry.objects.get(id=later).reviewed_at is None


def test_what_was_shown_to_a_colleague_or_never_is_not_marked(cast: Cast) -> None:
    people.joins(cast.maya.pk, cast.dr_lind)
    logs(cast.maya)
    digest = signed_in(cast.dr_okafor).get(door(cast.maya)).json()["digest"]

    for sent in (digest, "0" * 64):
        response = signed_in(cast.dr_lind).post(door(cast.maya, "/reviewed"), {"digest": sent})
        problem(response, 409, "not_shown")
    assert Entry.objects.get().reviewed_at is None


def test_a_brief_of_a_session_is_not_marked_by_this_address(cast: Cast) -> None:
    logs(cast.maya)
    session = people.session(
        cast.dr_okafor, starts_at=timezone.now() + timedelta(hours=1), with_patient=cast.maya
    )
    client = signed_in(cast.dr_okafor)
    digest = client.get(f"{API}sessions/{session.pk}/brief").json()["digest"]

    response = client.post(door(cast.maya, "/reviewed"), {"digest": digest})

    problem(response, 409, "not_shown")
