"""What becomes of a patient's mirror: over sessions, in the log, the export, the database."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backend.kit.db import rls_actor
from care.models import AccessLogEntry, Attendance
from care.privacy import erasure
from journaling.briefs import limits
from journaling.models import BriefMirror
from tests import cast as people
from tests.api.responses import API, problem
from tests.api.sessions.test_mirror import brief, door, lines_of, logs, present, reads, sends
from tests.cast import Cast, signed_in
from tests.journaling.briefs.brief_scenario import NOW
from tests.journaling.briefs.heaviest_patient import heaviest
from tests.journaling.exports.export_runner import as_json, made

pytestmark = pytest.mark.django_db


@pytest.fixture
def planned(cast: Cast) -> UUID:
    """Plan maya's session in an hour."""
    at = timezone.now() + timedelta(hours=1)
    return people.session(cast.dr_okafor, starts_at=at, with_patient=cast.maya).pk


def test_once_the_session_was_attended_only_what_is_about_one_entry_stays_struck(
    cast: Cast, planned: UUID
) -> None:
    entry, other = (logs(cast, note=note, discuss=True) for note in ("payday", "rent"))
    sends(cast, planned, strike=["craving.outcome", f"agenda.marked.{entry}"])
    Attendance.objects.create(
        session_id=planned, patient_id=cast.maya.pk, status="present", recorded_at=timezone.now(),
        recorded_by=cast.dr_okafor,
    )  # fmt: skip
    later = timezone.now() + timedelta(days=2)
    following = people.session(cast.dr_okafor, starts_at=later, with_patient=cast.maya).pk

    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        logs(cast, intensity=2, at=timezone.now() - timedelta(hours=1))
        for one in (entry, other):
            changed = signed_in(cast.maya).patch(
                f"{API}entries/{one}", {"place": "the bar"}, headers={"If-Match": '"1"'}
            )
            assert changed.status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=1, hours=1), tick=False):
        told, mirror = brief(cast, following), lines_of(reads(cast, following))

    assert any("Outcome" in text for text in told["craving"])
    assert mirror["craving.outcome"]["struck"] is False
    assert mirror[f"agenda.marked.{entry}"]["struck"] is True
    assert "payday" not in " ".join(told["agenda"])
    assert "rent" in " ".join(told["agenda"])


def test_reading_and_changing_stand_in_her_access_log(cast: Cast, planned: UUID) -> None:
    logs(cast)
    reads(cast, planned)
    sends(cast, planned, strike=["craving.outcome"])
    sends(cast, planned, strike=["craving.outcome"])

    rows = AccessLogEntry.objects.filter(patient_id=cast.maya.pk, data_class="brief").order_by("id")

    assert [(row.actor_id, row.action, row.reason) for row in rows] == [
        (cast.maya.pk, action, "own") for action in ("read", "write", "read")
    ]


def test_her_export_holds_it_and_an_erasure_takes_it(cast: Cast, planned: UUID) -> None:
    logs(cast)
    sends(cast, planned, strike=["craving.outcome"], add=[{"text": "sleep"}])

    (shown,) = as_json(cast.maya, made(cast.maya, "json", now=timezone.now()))["brief_mirrors"]
    gone = erasure.erase_patient(
        patient_id=cast.maya.pk, reason=erasure.ErasureReason.REQUEST, now=timezone.now()
    )

    assert shown["session"] == str(planned)
    assert shown["changes"]["struck"] == ["craving.outcome"]
    assert [line["text"] for line in shown["changes"]["added"]] == ["sleep"]
    assert gone["journaling.BriefMirror"] == 1
    assert not BriefMirror.objects.exists()


def test_the_heaviest_patient_adds_lines_to_a_page_that_stays_one(cast: Cast) -> None:
    with time_machine.travel(NOW, tick=False):
        session_id = heaviest(cast)
        sends(cast, session_id, add=[{"text": f"{n} {'very ' * 27}"[:140]} for n in range(3)])
        told = brief(cast, session_id)

    lines = [text for texts in told.values() for text in texts]
    assert len(lines) == limits.MAX_LINES
    assert max(map(len, lines)) < 500


def test_what_was_struck_is_in_no_line_that_became_one_with_another(cast: Cast) -> None:
    with time_machine.travel(NOW, tick=False):
        session_id = heaviest(cast)
        whole = brief(cast, session_id)
        sends(cast, session_id, strike=["craving.targets"])
        told = brief(cast, session_id)

    [joined] = [text for text in whole["craving"] if "Triggers named" in text]
    assert joined.startswith("Outcome: ")
    assert not any("Triggers named" in text for text in told["craving"])
    assert any(text.startswith("Outcome: ") for text in told["craving"])


def test_the_number_of_statements_does_not_grow_with_entries(cast: Cast, planned: UUID) -> None:
    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            reads(cast, planned)
        return len(queries)

    logs(cast)
    reads(cast, planned)
    before = statements()

    for _ in range(6):
        logs(cast)

    assert statements() == before


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no row policies")
def test_the_database_itself_lets_nobody_else_write_it(cast: Cast, planned: UUID) -> None:
    reads(cast, planned)
    seen = {}
    for user in (cast.maya, cast.dr_okafor, cast.noah, cast.dr_lind, cast.ada, cast.sam):
        with rls_actor.acting_as(rls_actor.user_actor(user.role, user.pk)):
            shown = BriefMirror.objects.count()
            seen[user.username] = (shown, BriefMirror.objects.update(changed_at=timezone.now()))

    assert seen == {
        "maya": (1, 1), "dr_okafor": (1, 0), "noah": (0, 0), "dr_lind": (0, 0), "ada": (0, 0),
        "sam": (0, 0),
    }  # fmt: skip


def test_what_she_puts_back_is_read_again(cast: Cast, planned: UUID) -> None:
    logs(cast)
    whole = brief(cast, planned)["craving"]
    sends(cast, planned, strike=["craving.episodes", "craving.outcome"])

    sends(cast, planned, restore=["craving.episodes", "craving.outcome"])

    assert brief(cast, planned)["craving"] == whole


def test_a_section_of_which_nothing_is_left_says_no_more_than_that(
    cast: Cast, planned: UUID
) -> None:
    logs(cast)
    names = [name for name in lines_of(reads(cast, planned)) if name.startswith("craving.")]

    sends(cast, planned, strike=names)

    assert brief(cast, planned)["craving"] == ["Nothing is shown here."]


def test_the_same_again_changes_nothing(cast: Cast, planned: UUID) -> None:
    logs(cast)
    edit = {"strike": ["craving.outcome"], "add": [{"text": "sleep"}], "restore": ["use.days"]}
    first = sends(cast, planned, **edit)
    stored = BriefMirror.objects.values().get()

    again = sends(cast, planned, **edit)

    assert again["added"] == first["added"]
    assert lines_of(again) == lines_of(first)
    assert BriefMirror.objects.values().get() == stored


def test_she_words_a_line_anew_and_takes_it_off(cast: Cast, planned: UUID) -> None:
    own = str(uuid4())
    sends(cast, planned, add=[{"id": own, "text": "sleep"}])

    reworded = sends(cast, planned, add=[{"id": own, "text": "sleep, and my medicine"}])
    gone = sends(cast, planned, remove=[own])

    assert [(line["id"], line["text"]) for line in reworded["added"]] == [
        (own, "sleep, and my medicine")
    ]
    assert gone["added"] == []
    assert not any("Added" in text for text in brief(cast, planned)["agenda"])


@pytest.mark.parametrize(
    ("edit", "field", "code"),
    [
        ({"strike": ["craving.outcome"], "restore": ["craving.outcome"]}, "strike.0", "doubled"),
        ({"add": [{"text": f"{n}"} for n in range(4)]}, "add", "max_length"),
        ({"add": [{"text": "x" * 141}]}, "add.0.text", "max_length"),
        ({"add": [{"text": "two\nlines"}]}, "add.0.text", "invalid_characters"),
        ({"hide": ["craving.outcome"]}, "hide", "unknown_field"),
    ],
)
def test_what_cant_be_is_named_and_nothing_changes(
    cast: Cast, planned: UUID, edit: dict[str, Any], field: str, code: str
) -> None:
    logs(cast)
    before = lines_of(reads(cast, planned))

    refused = signed_in(cast.maya).post(door(planned), edit)

    (fault,) = problem(refused, 400, "invalid_input")["errors"]
    assert (fault["field"], fault["code"]) == (field, code)
    assert lines_of(reads(cast, planned)) == before


def test_a_fourth_line_of_her_own_is_refused(cast: Cast, planned: UUID) -> None:
    sends(cast, planned, add=[{"text": f"{n}"} for n in range(3)])

    refused = signed_in(cast.maya).post(door(planned), {"add": [{"text": "a fourth"}]})

    (fault,) = problem(refused, 400, "invalid_input")["errors"]
    assert (fault["field"], fault["code"]) == ("add", "too_many")
    assert [line["text"] for line in reads(cast, planned)["added"]] == ["0", "1", "2"]


def test_what_she_adds_stands_on_the_agenda_of_that_session(cast: Cast, planned: UUID) -> None:
    later = people.session(
        cast.dr_okafor, starts_at=timezone.now() + timedelta(days=7), with_patient=cast.maya
    ).pk

    mirror = sends(cast, planned, add=[{"text": "my sister’s visit"}])

    assert [line["text"] for line in mirror["added"]] == ["my sister’s visit"]
    line = "Added for this session: “my sister’s visit”"
    assert brief(cast, planned)["agenda"][0] == line
    assert present(cast)["agenda"][0] == line
    assert line not in brief(cast, later)["agenda"]
    row = BriefMirror.objects.get(session_id=planned)
    assert b"sister" not in bytes(row.words or b"")


def test_what_she_asks_about_the_time_of_the_session_is_struck_like_any_line(
    cast: Cast, planned: UUID
) -> None:
    asked = {"reason": "work", "note": "canary"}
    answer = signed_in(cast.maya).post(f"{API}sessions/{planned}/move-request", asked)
    assert answer.status_code == 201, answer.content

    line = lines_of(reads(cast, planned))["agenda.move_requested"]
    assert line["text"] == "You asked to move this session: work. “canary”"
    assert line["therapist_reads"] == "Asked to move this session: work. “canary”"
    assert line["therapist_reads"] in brief(cast, planned)["agenda"]
    assert line.get("fixed") is None

    sends(cast, planned, strike=["agenda.move_requested"])
    assert "canary" not in str(brief(cast, planned))
    assert lines_of(reads(cast, planned))["agenda.move_requested"]["struck"] is True
