"""GET and POST sessions/{id}/mirror: patients read the coming brief, strike lines and add some."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.utils import timezone

from care.models import AccessLogEntry, CareTeamMembership, Consent, TreatmentSession
from journaling.models import BriefMirror
from tests import cast as people
from tests.api.responses import API, problem
from tests.cast import Cast, craving, signed_in

pytestmark = pytest.mark.django_db


def door(session_id: UUID) -> str:
    return f"{API}sessions/{session_id}/mirror"


def logs(cast: Cast, **changes: Any) -> str:
    response = signed_in(cast.maya).post(f"{API}entries", craving(**changes))
    assert response.status_code == 201, response.content
    return str(response.json()["id"])


def reads(cast: Cast, session_id: UUID) -> dict[str, Any]:
    """Let maya read what her therapist is going to."""
    response = signed_in(cast.maya).get(door(session_id))
    assert response.status_code == 200, response.content
    return dict(response.json())


def sends(cast: Cast, session_id: UUID, **edit: Any) -> dict[str, Any]:
    """Let maya change it."""
    response = signed_in(cast.maya).post(door(session_id), edit)
    assert response.status_code == 200, response.content
    return dict(response.json())


def lines_of(mirror: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the lines of a mirror by id; each id stands once."""
    lines = [line for section in mirror["sections"] for line in section["lines"]]
    by_id = {line["id"]: line for line in lines}
    assert len(by_id) == len(lines)
    return by_id


def brief(cast: Cast, session_id: UUID) -> dict[str, list[str]]:
    """Return what dr_okafor reads, by section."""
    response = signed_in(cast.dr_okafor).get(f"{API}sessions/{session_id}/brief")
    assert response.status_code == 200
    return _texts(response.json())


def present(cast: Cast) -> dict[str, list[str]]:
    """Return what dr_okafor reads of maya at present, by section."""
    answer = signed_in(cast.dr_okafor).get(f"{API}patients/{cast.maya.pk}/brief")
    return _texts(answer.json())


def _texts(told: dict[str, Any]) -> dict[str, list[str]]:
    return {part["key"]: [line["text"] for line in part["lines"]] for part in told["sections"]}


def test_she_reads_every_line_of_the_coming_brief_said_to_her(cast: Cast, planned: UUID) -> None:
    logs(cast, intensity=4)
    logs(cast, intensity=7)
    before = brief(cast, planned)

    mirror = reads(cast, planned)

    assert set(mirror) == {
        "session", "window", "generated_at", "read_at", "sections", "added"
    }  # fmt: skip
    lines = lines_of(mirror)
    assert lines["craving.episodes"]["text"].startswith("You logged 2 cravings")
    assert "the strongest was 7 of 10" in lines["craving.episodes"]["text"]
    told = {key: [line for line in lines.values() if line["id"].startswith(f"{key}.")]
            for key in before}  # fmt: skip
    for key, texts in before.items():
        shown = [one["therapist_reads"] for one in told[key] if not one["id"].endswith(".drawn")]
        assert shown == texts, key
    assert lines["craving.drawn"]["text"].startswith("Drawn as a line: strongest craving")
    assert not any(line["struck"] for line in lines.values())
    assert {lines[name]["fixed"] for name in ("header.session", "data.recall")} == {"frame"}
    assert {line["fixed"] for line in told["safety"]} == {"safety"}


def test_a_struck_line_is_gone_from_every_brief_on_the_next_request(
    cast: Cast, planned: UUID
) -> None:
    logs(cast, intensity=9)
    episodes = brief(cast, planned)["craving"][0]

    after = lines_of(sends(cast, planned, strike=["craving.episodes", "craving.drawn"]))

    assert after["craving.episodes"]["struck"] is True
    told, at_present = brief(cast, planned), present(cast)
    assert episodes not in told["craving"]
    assert not any("episode" in text for text in at_present["craving"])
    answer = signed_in(cast.dr_okafor).get(f"{API}sessions/{planned}/brief").json()
    assert "spark" not in answer["sections"][6]
    page = signed_in(cast.dr_okafor)
    assert (
        page.get(f"{API}patients/{cast.maya.pk}/brief").json()["sections"][6].get("spark") is None
    )


def test_a_line_stays_struck_when_new_entries_change_its_numbers(cast: Cast, planned: UUID) -> None:
    logs(cast, intensity=3)
    sends(cast, planned, strike=["craving.episodes"])

    logs(cast, intensity=8)

    mirror = lines_of(reads(cast, planned))
    assert mirror["craving.episodes"]["struck"] is True
    assert "2 cravings" in mirror["craving.episodes"]["text"]
    assert not any("episode" in text for text in brief(cast, planned)["craving"])


def test_a_line_about_one_entry_strikes_no_other_entry(cast: Cast, planned: UUID) -> None:
    first = logs(cast, note="the first thing", discuss=True)
    sends(cast, planned, strike=[f"agenda.marked.{first}"])

    second = logs(cast, note="the second thing", discuss=True)

    agenda = " ".join(brief(cast, planned)["agenda"])
    assert "the first thing" not in agenda
    assert "the second thing" in agenda
    assert lines_of(reads(cast, planned))[f"agenda.marked.{second}"]["struck"] is False


def test_the_therapist_learns_that_it_was_read_and_never_whether_it_was_struck(
    cast: Cast, planned: UUID
) -> None:
    logs(cast)
    unread = brief(cast, planned)["header"][-1]
    reads(cast, planned)
    read = brief(cast, planned)["header"][-1]

    sends(cast, planned, strike=["craving.episodes"])

    assert "Read by them" not in unread
    assert read.startswith(unread)
    assert read.endswith("; they may have left lines out.")
    assert brief(cast, planned)["header"][-1] == read


def test_safety_always_stands_and_says_so(cast: Cast, planned: UUID) -> None:
    card = {"id": str(uuid4()), "kind": "daily", "date": timezone.now().date().isoformat(),
            "urges": {"suicide": {"peak": 2, "acted": False}}}  # fmt: skip
    signed_in(cast.maya).post(f"{API}entries", craving() | card)
    before = brief(cast, planned)["safety"]
    names = [name for name in lines_of(reads(cast, planned)) if name.startswith("safety.")]

    refused = signed_in(cast.maya).post(
        door(planned), {"strike": [*names, "header.entries", "craving.nonsense"]}
    )

    faults = problem(refused, 400, "invalid_input")["errors"]
    assert [fault["code"] for fault in faults] == [
        *["fixed_safety"] * len(names), "fixed_frame", "unknown_line"
    ]  # fmt: skip
    assert "safety always stands" in faults[0]["detail"]
    assert brief(cast, planned)["safety"] == before
    assert not BriefMirror.objects.filter(words__isnull=False).exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_another_patients_session_is_as_if_there_were_none(
    cast: Cast, planned: UUID, method: str
) -> None:
    theirs = getattr(signed_in(cast.noah), method)(door(planned), {})
    nothing = getattr(signed_in(cast.noah), method)(door(uuid4()), {})

    assert problem(theirs, 404, "not_found") == problem(nothing, 404, "not_found")
    assert not BriefMirror.objects.exists()
    assert AccessLogEntry.objects.filter(action="denied", data_class="brief").count() == 2


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_session_that_is_over_cancelled_or_of_a_group_has_none(
    cast: Cast, planned: UUID, method: str
) -> None:
    now = timezone.now()
    begun = people.session(
        cast.dr_okafor, starts_at=now - timedelta(minutes=1), with_patient=cast.maya
    )
    cancelled = people.session(
        cast.dr_okafor, starts_at=now + timedelta(days=1), with_patient=cast.maya
    )
    TreatmentSession.objects.filter(pk=cancelled.pk).update(cancelled_at=now)
    group = people.group(cast.dr_okafor, cast.maya)
    together = people.session(
        cast.dr_okafor, starts_at=now + timedelta(days=1), with_group=group, kind="group"
    )

    answers = [
        getattr(signed_in(cast.maya), method)(door(one.pk), {})
        for one in (begun, cancelled, together)
    ]

    problem(answers[0], 409, "session_not_ahead")
    problem(answers[1], 409, "session_not_ahead")
    problem(answers[2], 409, "no_individual_brief")
    assert not BriefMirror.objects.exists()


@pytest.mark.parametrize("ended", ["consent", "care team"])
def test_nothing_is_read_where_nothing_would_be_shown(
    cast: Cast, planned: UUID, ended: str
) -> None:
    if ended == "consent":
        Consent.objects.filter(patient=cast.maya.pk).update(revoked_at=timezone.now())
    else:
        CareTeamMembership.objects.filter(patient=cast.maya.pk).update(ends_at=timezone.now())

    answer = signed_in(cast.maya).get(door(planned))

    problem(answer, 409, "nothing_shown")
    assert not BriefMirror.objects.exists()


def test_she_reads_what_is_shared_with_who_holds_the_session(cast: Cast, planned: UUID) -> None:
    logs(cast, note="for me alone", discuss=True, share="private")
    logs(cast, note="for dr okafor", discuss=True, share="individual_therapist_only")

    as_therapist = str(reads(cast, planned))
    CareTeamMembership.objects.filter(patient=cast.maya.pk).update(role="other")
    as_other = str(reads(cast, planned))

    assert "for dr okafor" in as_therapist
    assert "for dr okafor" not in as_other
    assert "for me alone" not in as_therapist + as_other


def test_a_struck_line_stays_out_after_the_session_was_missed(cast: Cast, planned: UUID) -> None:
    entry = logs(cast, note="payday", discuss=True)
    sends(cast, planned, strike=["craving.outcome", f"agenda.marked.{entry}"])
    later = people.session(
        cast.dr_okafor, starts_at=timezone.now() + timedelta(days=2), with_patient=cast.maya
    ).pk

    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        told = brief(cast, later)

    assert not any("Outcome" in text for text in told["craving"])
    assert "payday" not in " ".join(told["agenda"])
    assert told["header"][-1].endswith("and may have left lines out.")


def test_what_was_struck_is_not_marked_as_reviewed(cast: Cast, planned: UUID) -> None:
    entry = logs(cast, note="payday", discuss=True)
    other = logs(cast, note="rent", discuss=True)
    names = [name for name, line in lines_of(reads(cast, planned)).items() if line["fixed"] is None]
    kept = {f"agenda.marked.{other}"}
    sends(cast, planned, strike=[name for name in names if name not in kept])
    client = signed_in(cast.dr_okafor)
    digest = client.get(f"{API}sessions/{planned}/brief").json()["digest"]

    client.post(f"{API}sessions/{planned}/reviewed", {"digest": digest})

    at = {
        one["id"]: one["reviewed_at"]
        for one in signed_in(cast.maya).get(f"{API}entries").json()["results"]
    }
    assert at[entry] is None
    assert at[other] is not None


def test_a_mark_that_was_struck_is_not_raised_in_the_group(cast: Cast, planned: UUID) -> None:
    entry = logs(cast, note="payday", discuss=True)
    other = logs(cast, note="rent", discuss=True)
    group = people.group(cast.dr_okafor, cast.maya)
    together = people.session(
        cast.dr_okafor, starts_at=timezone.now() + timedelta(hours=2), with_group=group,
        kind="group",
    )  # fmt: skip

    sends(cast, planned, strike=[f"agenda.marked.{entry}"])

    told = signed_in(cast.dr_okafor).get(f"{API}sessions/{together.pk}/brief").json()
    (member,) = told["members"]
    assert [line["entries"] for line in member["may_be_raised"]] == [[other]]
