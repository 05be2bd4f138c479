"""A patient's request to move the session of a brief stands in its agenda."""

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from care.models import Consent, TreatmentSession
from care.sessions.move_requests import (
    ask_to_move,
    dismiss_move_request,
    open_move_request_chart,
    standing_move_request,
)
from care.sessions.plan import change_session
from journaling.briefs import limits
from tests import cast as people
from tests.cast import Cast, own_chart
from tests.journaling.briefs.brief_scenario import (
    NOW,
    SESSION_AT,
    at,
    everything,
    read,
    section,
    texts,
    wrote,
)
from tests.journaling.briefs.heaviest_patient import heaviest

ASKED_AT = at(1)


def planned(cast: Cast) -> UUID:
    people.session(cast.dr_okafor, starts_at=at(7, 10), with_patient=cast.maya, status="present")
    return people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya).pk


def asks(
    cast: Cast, session_id: UUID, *, reason: str = "work", note: str = "", now: datetime = ASKED_AT
) -> None:
    ask_to_move(
        chart=own_chart(cast.maya), session_id=session_id, reason=reason, note=note, now=now
    )


def told(cast: Cast, session_id: UUID) -> list[str]:
    """Return what the line says, where there is one."""
    lines = section(read(cast.dr_okafor, session_id), "agenda").lines
    return [line.text for line in lines if line.name == "move_requested"]


def test_it_is_told_with_its_reason_and_in_their_words(cast: Cast) -> None:
    session_id = planned(cast)
    assert told(cast, session_id) == []

    asks(cast, session_id, note="The shift\nbegins at ten.")
    assert told(cast, session_id) == [
        "Asked to move this session: work. “The shift begins at ten.”"
    ]
    asks(cast, session_id)
    assert told(cast, session_id) == ["Asked to move this session: work."]
    asks(cast, session_id, reason="", note="An hour later")
    assert told(cast, session_id) == ["Asked to move this session. “An hour later”"]


def test_it_stands_after_what_they_want_to_talk_about(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "pre_session", at(1), agenda="My sister")
    wrote(cast.maya, "note", at(2), note="payday", discuss=True)
    asks(cast, session_id)

    own, marked, moved = texts(read(cast.dr_okafor, session_id), "agenda")

    assert "My sister" in own
    assert "payday" in marked
    assert moved == "Asked to move this session: work."


def test_it_is_gone_when_it_is_answered_or_taken_back_and_stands_when_asked_again(
    cast: Cast,
) -> None:
    session_id = planned(cast)
    asks(cast, session_id)
    chart = open_move_request_chart(viewer=cast.dr_okafor, session_id=session_id, now=NOW)

    dismiss_move_request(chart=chart, session_id=session_id, now=NOW)
    assert told(cast, session_id) == []
    asks(cast, session_id, now=NOW)
    assert len(told(cast, session_id)) == 1
    dismiss_move_request(chart=own_chart(cast.maya), session_id=session_id, now=NOW)
    assert told(cast, session_id) == []
    asks(cast, session_id, now=NOW)
    assert len(told(cast, session_id)) == 1


def test_another_time_answers_it_and_another_end_does_not(cast: Cast) -> None:
    session_id = planned(cast)
    asks(cast, session_id)

    def change(**changes: datetime) -> None:
        rev = TreatmentSession.objects.get(pk=session_id).rev
        change_session(
            clinician=cast.dr_okafor, session_id=session_id, rev=rev, changes=changes, now=NOW
        )

    change(ends_at=at(0, 12))
    assert len(told(cast, session_id)) == 1
    change(starts_at=at(0, 11))
    assert told(cast, session_id) == []


def test_it_stays_in_the_brief_of_a_session_that_began_all_the_same(cast: Cast) -> None:
    session_id = planned(cast)
    asks(cast, session_id)

    before = read(cast.dr_okafor, session_id)
    after = read(cast.dr_okafor, session_id, now=at(0, 11))

    assert texts(after, "agenda") == texts(before, "agenda")
    assert len(texts(after, "agenda")) == 2


def test_no_other_session_nor_another_patient_tells_it(cast: Cast) -> None:
    session_id = planned(cast)
    later = people.session(cast.dr_okafor, starts_at=at(-2, 10), with_patient=cast.maya).pk
    people.joins(cast.noah.pk, cast.dr_okafor)
    noahs = people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.noah).pk
    asks(cast, session_id, note="canary")

    for other in (later, noahs):
        assert "canary" not in everything(read(cast.dr_okafor, other))
    chart = own_chart(cast.noah)
    assert standing_move_request(chart=chart, session_id=session_id) is None


def test_whoever_of_the_team_reads_the_brief_reads_it_too(cast: Cast) -> None:
    session_id = planned(cast)
    people.joins(cast.maya.pk, cast.dr_lind)
    asks(cast, session_id)

    assert texts(read(cast.dr_lind, session_id), "agenda")[-1].startswith("Asked to move")


def test_without_consent_to_sessions_it_is_not_told(cast: Cast) -> None:
    session_id = planned(cast)
    asks(cast, session_id, note="canary")
    assert "canary" in everything(read(cast.dr_okafor, session_id))

    Consent.objects.filter(patient_id=cast.maya.pk).update(scope=["shared_entries"])

    assert "canary" not in everything(read(cast.dr_okafor, session_id))


def test_only_where_there_is_one_about_this_session_a_statement_more_asks_for_it(
    cast: Cast,
) -> None:
    session_id = planned(cast)
    later = people.session(cast.dr_okafor, starts_at=at(-2, 10), with_patient=cast.maya).pk
    counts = []
    for asked in (None, later, session_id):
        if asked is not None:
            asks(cast, asked)
        with CaptureQueriesContext(connection) as statements:
            read(cast.dr_okafor, session_id)
        counts.append(len(statements))

    assert counts == [counts[0], counts[0], counts[0] + 1]


def test_it_changes_the_digest(cast: Cast) -> None:
    session_id = planned(cast)
    first = read(cast.dr_okafor, session_id).digest

    asks(cast, session_id)
    assert read(cast.dr_okafor, session_id).digest != first
    dismiss_move_request(chart=own_chart(cast.maya), session_id=session_id, now=timezone.now())
    assert read(cast.dr_okafor, session_id).digest == first


def test_the_heaviest_brief_still_fits_its_page_and_tells_it(cast: Cast) -> None:
    session_id = heaviest(cast)
    asks(cast, session_id, note="canary " * 40)

    brief = read(cast.dr_okafor, session_id)

    assert sum(len(part.lines) for part in brief.sections) <= limits.MAX_LINES
    assert everything(brief).count("Asked to move this session: work. “canary ") == 1
