"""Who reads counselling notes: their originator, and whom the patient named; nobody else (R16)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.utils import timezone

from care.counselling import notebook
from care.models import CareTeamMembership, Clinic, Consent, CounsellingNote, Patient, User
from care.people.enrol import revoke_treatment_consents
from tests import cast as people
from tests.api.privacy.test_break_glass_post import WHY, opens
from tests.api.responses import API, faults, problem
from tests.cast import Cast, signed_in
from tests.counselling_note import (
    CANARY,
    THERAPIST,
    add_note,
    colleague_named_in_consent,
    colleague_on_team,
    give_notes_consent,
    notes_path,
    open_notes_about,
)

CONSENTS = API + "consents"


def originator(cast: Cast) -> User:
    return cast.dr_okafor


def originator_without_consent_to_treatment(cast: Cast) -> User:
    revoke_treatment_consents(patient_id=cast.maya.pk, now=timezone.now())
    return cast.dr_okafor


def originator_who_left(cast: Cast) -> User:
    CareTeamMembership.objects.filter(clinician=cast.dr_okafor).update(ends_at=timezone.now())
    return cast.dr_okafor


def originator_who_left_in_an_emergency(cast: Cast) -> User:
    found = originator_who_left(cast)
    opened = signed_in(found).post(f"{API}patients/{cast.maya.pk}/break-glass", {"reason": WHY})
    assert opened.status_code == 201
    return found


def mate_named_until_a_moment_ago(cast: Cast) -> User:
    found = colleague_named_in_consent(cast)
    Consent.objects.filter(clinician=found).update(revoked_at=timezone.now())
    return found


def mate_named_until_a_day(cast: Cast) -> User:
    give_notes_consent(
        cast.maya, found := colleague_on_team(cast), expires_at=timezone.now() + timedelta(days=1)
    )
    Consent.objects.filter(clinician=found).update(expires_at=timezone.now() - timedelta(seconds=1))
    return found


def mate_named_until_the_end_of_treatment(cast: Cast) -> User:
    found = colleague_named_in_consent(cast)
    Patient.objects.filter(pk=cast.maya.pk).update(discharged_at=timezone.now())
    return found


def named_who_left(cast: Cast) -> User:
    found = colleague_named_in_consent(cast)
    CareTeamMembership.objects.filter(clinician=found).update(ends_at=timezone.now())
    return found


def mate_whom_another_patient_named(cast: Cast) -> User:
    give_notes_consent(cast.noah, cast.dr_lind)
    return colleague_on_team(cast)


def mate_while_another_is_named(cast: Cast) -> User:
    other = people.staff(cast.clinic, "dr_other", "Dr. Other")
    people.joins(cast.maya.pk, other, role=THERAPIST)
    give_notes_consent(cast.maya, other)
    return colleague_on_team(cast)


def stranger(cast: Cast) -> User:
    return cast.dr_lind


def in_an_emergency(cast: Cast) -> User:
    assert opens(cast).status_code == 201
    return cast.dr_lind


def of_another_clinic(cast: Cast) -> User:
    elsewhere = Clinic.objects.create(name="Elsewhere", time_zone="UTC")
    found = people.staff(elsewhere, "dr_far", "Dr. Far")
    people.joins(cast.maya.pk, found)
    Consent.objects.create(
        patient_id=cast.maya.pk, purpose="counselling_notes", version="1",
        agreed_at=people.LONG_AGO, clinician=found,
    )  # fmt: skip
    return found


def administrator(cast: Cast) -> User:
    return cast.ada


def the_patient(cast: Cast) -> User:
    return cast.maya


Who = Callable[[Cast], User]
#: Who asks; what the list answers and whether the note is in it; what asking for the note answers.
MATRIX: list[tuple[Who, int, bool, int]] = [
    (originator, 200, True, 200),
    (originator_without_consent_to_treatment, 200, True, 200),
    (originator_who_left, 404, False, 404),
    (originator_who_left_in_an_emergency, 404, False, 404),
    (colleague_on_team, 200, False, 404),
    (colleague_named_in_consent, 200, True, 200),
    (mate_named_until_a_moment_ago, 200, False, 404),
    (mate_named_until_a_day, 200, False, 404),
    (mate_named_until_the_end_of_treatment, 200, False, 404),
    (named_who_left, 404, False, 404),
    (mate_whom_another_patient_named, 200, False, 404),
    (mate_while_another_is_named, 200, False, 404),
    (stranger, 404, False, 404),
    (in_an_emergency, 404, False, 404),
    (of_another_clinic, 404, False, 404),
    (administrator, 403, False, 403),
    (the_patient, 403, False, 403),
]


@pytest.mark.parametrize(
    ("who", "listed", "is_there", "read"), MATRIX, ids=[row[0].__name__ for row in MATRIX]
)
def test_each_reader_gets_what_is_theirs(
    cast: Cast, who: Who, listed: int, is_there: bool, read: int
) -> None:
    note_id = add_note(cast.dr_okafor, cast.maya)
    client = signed_in(who(cast))

    answers = [
        client.get(notes_path(cast.maya)),
        client.get(notes_path(cast.maya, note_id)),
        client.get(notes_path(cast.maya, f"{note_id}/history")),
    ]

    assert [response.status_code for response in answers[:2]] == [listed, read]
    assert [CANARY in response.content.decode() for response in answers[:2]] == [
        is_there, is_there,
    ]  # fmt: skip
    # What was said before is the originator's alone.
    is_originator = is_there and who.__name__.startswith("originator")
    assert (CANARY in answers[2].content.decode()) == is_originator
    if listed == 200 and not is_there:
        assert answers[0].json() == {"results": [], "next": None, "previous": None}


@pytest.mark.parametrize(
    "who", [row[0] for row in MATRIX[3:]], ids=[row[0].__name__ for row in MATRIX[3:]]
)
def test_nobody_but_the_originator_changes_it(cast: Cast, who: Who) -> None:
    note_id = add_note(cast.dr_okafor, cast.maya)
    client, headers = signed_in(who(cast)), {"If-Match": '"1"'}

    changed = client.patch(notes_path(cast.maya, note_id), {"text": "other"}, headers=headers)
    deleted = client.delete(notes_path(cast.maya, note_id), headers=headers)

    assert {changed.status_code, deleted.status_code} <= {403, 404}
    note = CounsellingNote.objects.get()
    assert (note.rev, note.deleted_at) == (1, None)


@pytest.mark.parametrize(
    "who", [colleague_on_team, mate_named_until_a_moment_ago, stranger, in_an_emergency]
)
def test_a_note_that_is_not_theirs_looks_like_none_in_answer_and_log(cast: Cast, who: Who) -> None:
    note_id = add_note(cast.dr_okafor, cast.maya)
    client = signed_in(who(cast))

    there, nowhere = (client.get(notes_path(cast.maya, pk)) for pk in (note_id, uuid4()))

    assert there.content == nowhere.content
    first, second = log_of(cast)[:2]
    assert {**first, "at": None} == {**second, "at": None}
    assert first["action"] == "was refused"


def log_of(cast: Cast) -> list[dict[str, Any]]:
    found = signed_in(cast.maya).get(API + "access-log").json()["results"]
    return [look for look in found if look["what"] == "counselling notes"]


def test_each_is_in_the_patients_log_in_words(cast: Cast) -> None:
    headers = {"If-Match": '"1"'}
    client = signed_in(cast.dr_okafor)
    note_id = client.post(notes_path(cast.maya), {"text": CANARY}).json()["id"]
    client.get(notes_path(cast.maya, note_id))
    client.patch(notes_path(cast.maya, note_id), {"text": "x"}, headers=headers)
    signed_in(colleague_named_in_consent(cast)).get(notes_path(cast.maya, note_id))
    signed_in(stranger(cast)).get(notes_path(cast.noah, note_id))

    told = [(look["who"], look["action"], look["why"]) for look in reversed(log_of(cast))]

    own = "Such notes are a clinician's own: they see only what they wrote themselves."
    assert told == [
        ("Dr. Okafor (dr_okafor)", "changed", own),
        ("Dr. Okafor (dr_okafor)", "looked at", own),
        ("Dr. Okafor (dr_okafor)", "changed", own),
        ("Dr. Lind (dr_lind)", "looked at", "You agreed that they may read counselling notes."),
    ]


def test_taken_back_between_the_list_and_the_note_it_counts(cast: Cast) -> None:
    add_note(cast.dr_okafor, cast.maya)
    consent = give_notes_consent(cast.maya, colleague_on_team(cast))
    client = signed_in(cast.dr_lind)
    [listed] = client.get(notes_path(cast.maya)).json()["results"]

    taken = signed_in(cast.maya).post(f"{CONSENTS}/{consent.pk}/revoke")

    assert taken.status_code == 200
    problem(client.get(notes_path(cast.maya, listed["id"])), 404, "not_found")
    assert client.get(notes_path(cast.maya)).json()["results"] == []


@pytest.mark.parametrize("what", ["consent", "care team"])
def test_what_ends_after_the_notebook_was_opened_counts(cast: Cast, what: str) -> None:
    add_note(cast.dr_okafor, cast.maya)
    book, now = open_notes_about(colleague_named_in_consent(cast), cast.maya), timezone.now()
    assert book.is_named
    assert notebook.readable_notes(book, now).exists()

    if what == "consent":
        Consent.objects.filter(clinician=cast.dr_lind).update(revoked_at=now)
    else:
        CareTeamMembership.objects.filter(clinician=cast.dr_lind).update(ends_at=now)

    assert not notebook.readable_notes(book, now).exists()


def test_nobody_else_makes_a_notebook(cast: Cast) -> None:
    with pytest.raises(TypeError, match="alone"):
        notebook.Notebook(cast.maya.pk, cast.dr_lind, is_named=True, made_by=object())


def test_who_comes_back_to_the_team_reads_their_own_again(cast: Cast) -> None:
    note_id = add_note(cast.dr_okafor, cast.maya)
    originator_who_left(cast)

    people.joins(cast.maya.pk, cast.dr_okafor, since=timezone.now())

    assert signed_in(cast.dr_okafor).get(notes_path(cast.maya, note_id)).status_code == 200


def test_the_named_one_reads_the_notes_of_all_and_writes_their_own(cast: Cast) -> None:
    add_note(cast.dr_okafor, cast.maya, "first")
    client = signed_in(colleague_named_in_consent(cast))
    client.post(notes_path(cast.maya), {"text": "second"})

    told = client.get(notes_path(cast.maya)).json()["results"]

    assert [(note["text"], note["originator"]["display_name"]) for note in told] == [
        ("second", "Dr. Lind"), ("first", "Dr. Okafor"),
    ]  # fmt: skip
    [own] = signed_in(cast.dr_okafor).get(notes_path(cast.maya)).json()["results"]
    assert own["text"] == "first"


def agreed(clinician_id: UUID | None, **changes: Any) -> dict[str, Any]:
    body = {
        "purpose": "counselling_notes", "version": "2026-01", "agreed": True,
        "signed_name": "Maya R.", "scope": ["counselling_notes"],
        "clinician": None if clinician_id is None else str(clinician_id),
        "expires_event": "end_of_treatment",
    } | changes  # fmt: skip
    return {name: value for name, value in body.items() if value is not None}


def test_the_patient_names_one_and_reads_whom_they_named(cast: Cast) -> None:
    found, client = colleague_on_team(cast), signed_in(cast.maya)

    given = client.post(CONSENTS, agreed(found.pk))

    told = given.json()
    assert given.status_code == 201, told
    assert (told["recipient"], told["clinician"]) == ("Dr. Lind", str(found.pk))
    assert "your treatment, its payment and your benefits never depend on it" in told["terms"]
    assert "no other consent of yours covers them" in told["terms"]
    readers = client.get(API + "counselling-notes/readers").json()
    assert [(row["display_name"], row["reads"], row["consent"]) for row in readers["results"]] == [
        ("Dr. Okafor", "own", None), ("Dr. Lind", "all", told["id"]),
    ]  # fmt: skip
    assert readers["terms"] == told["terms"]
    client.post(f"{CONSENTS}/{told['id']}/revoke")
    left = client.get(API + "counselling-notes/readers").json()["results"]
    assert {row["reads"] for row in left} == {"own"}


def test_the_patient_is_not_told_whether_there_are_notes(cast: Cast) -> None:
    client = signed_in(cast.maya)
    before = client.get(API + "counselling-notes/readers").content
    add_note(cast.dr_okafor, cast.maya)

    assert client.get(API + "counselling-notes/readers").content == before


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"clinician": None}, {"clinician": "required"}),
        ({"clinician": str(uuid4())}, {"clinician": "unknown"}),
        ({"recipient": "my care team"}, {"recipient": "not_asked"}),
        ({"scope": ["counselling_notes", "shared_entries"]}, {"scope": "unknown_choice"}),
        ({"scope": ["sessions"]}, {"scope": "unknown_choice"}),
        ({"expires_event": None}, {"expires_at": "required"}),
        ({"expires_event": None, "expires_at": "2099-01-01T00:00:00Z"}, {"expires_at": "too_far"}),
        ({"agreed": False}, {"agreed": "not_agreed"}),
        ({"signed_name": ""}, {"signed_name": "blank"}),
    ],
)
def test_a_consent_to_these_notes_stands_alone_and_has_an_end(
    cast: Cast, changes: dict[str, Any], fault: dict[str, str]
) -> None:
    body, before = agreed(colleague_on_team(cast).pk) | changes, Consent.objects.count()
    sent = {name: value for name, value in body.items() if value is not None}

    assert faults(signed_in(cast.maya).post(CONSENTS, sent)) == fault
    assert Consent.objects.count() == before


@pytest.mark.parametrize("change", [{"scope": ["shared_entries", "counselling_notes"]}, {}])
def test_a_consent_to_treatment_neither_covers_them_nor_names_anybody(
    cast: Cast, change: dict[str, Any]
) -> None:
    clinician = {} if change else {"clinician": str(colleague_on_team(cast).pk)}
    body = agreed(None, purpose="treatment", scope=["shared_entries"], recipient="my care team")

    sent = faults(signed_in(cast.maya).post(CONSENTS, body | change | clinician))

    assert sent == ({"scope": "unknown_choice"} if change else {"clinician": "not_asked"})


@pytest.mark.parametrize("who", [stranger, administrator, the_patient, originator_who_left])
def test_only_somebody_of_the_care_team_can_be_named(cast: Cast, who: Who) -> None:
    body = agreed(who(cast).pk)

    assert faults(signed_in(cast.maya).post(CONSENTS, body)) == {"clinician": "unknown"}


def test_nobody_consents_for_another(cast: Cast) -> None:
    for who in (cast.dr_okafor, cast.ada):
        problem(signed_in(who).post(CONSENTS, agreed(cast.dr_okafor.pk)), 403, "forbidden")


def test_a_consent_that_begins_later_opens_nothing_before(cast: Cast) -> None:
    add_note(cast.dr_okafor, cast.maya)
    give_notes_consent(cast.maya, colleague_on_team(cast), now=timezone.now() + timedelta(hours=1))

    assert signed_in(cast.dr_lind).get(notes_path(cast.maya)).json()["results"] == []
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        assert open_notes_about(cast.dr_lind, cast.maya).is_named
