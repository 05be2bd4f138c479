"""What each section of a brief says, and what it must never say."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from care.models import CarePlan
from journaling.briefs import limits
from journaling.models import Entry
from tests import cast as people
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import (
    SESSION_AT,
    at,
    everything,
    read,
    section,
    texts,
    wrote,
)
from tests.journaling.briefs.heaviest_patient import EVERY_FIELD, LONG, heaviest

KEYS = [
    "header", "safety", "agenda", "in_the_way", "use", "moment", "craving", "mood_sleep", "body",
    "skills", "measures", "went_well", "data",
]  # fmt: skip
#: CLINICAL §2, Language; and words that would claim what nobody can know (§6).
FORBIDDEN = re.compile(
    r"\b(clean|dirty|addicts?|addicted|abuser?s?|abuse|relaps\w*|fail\w*|streaks?|sober|lapse\w*"
    r"|noncomplian\w*|non-complian\w*|junkie|alcoholics?|works|causes|proves?|p ?[<=] ?0?\.\d+)\b",
    re.IGNORECASE,
)


def planned(cast: Cast, *, days: int = 7) -> UUID:
    people.session(cast.dr_okafor, starts_at=at(days, 10), with_patient=cast.maya, status="present")
    return people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya).pk


@pytest.mark.parametrize("is_logging", [True, False], ids=["logged", "silent"])
def test_the_thirteen_sections_stand_in_their_order(cast: Cast, is_logging: bool) -> None:
    session_id = planned(cast)
    if is_logging:
        wrote(cast.maya, "craving", at(1))

    found = read(cast.dr_okafor, session_id)

    assert [part.key for part in found.sections] == KEYS
    assert all(part.lines for part in found.sections)
    assert all(line.text.strip() == line.text != "" for p in found.sections for line in p.lines)


def test_a_silent_patient_reads_as_missing_and_never_as_zero(cast: Cast) -> None:
    found = read(cast.dr_okafor, planned(cast))

    for key in set(KEYS) - {"header", "in_the_way"}:
        assert len(section(found, key).lines) == 1, key
    said = everything(found)
    assert "Use: not asked; nothing was logged." in said
    assert "Logging: no shared entry on 7 of 7 days." in said
    assert not re.search(r"\b0 (of|episodes|cravings|times|%)", said)
    assert "none reported" not in said.lower()
    assert all(part.spark is None for part in found.sections)


def test_what_nobody_asked_is_named_as_not_asked(cast: Cast) -> None:
    found = read(cast.dr_okafor, planned(cast))

    unasked = {
        part.key for part in found.sections for line in part.lines if "Not asked:" in line.text
    }
    assert unasked == {
        "safety", "agenda", "in_the_way", "mood_sleep", "body", "measures", "went_well"
    }  # fmt: skip


def test_the_heaviest_patient_fits_on_a_page_in_person_first_words(cast: Cast) -> None:
    found = read(cast.dr_okafor, heaviest(cast))

    lines = [line for part in found.sections for line in part.lines]
    assert len(lines) <= limits.MAX_LINES
    # It is the heaviest: no section could say more than it does here.
    assert len(texts(found, "safety")) == limits.MAX_SAFETY_ENTRIES + 2
    assert len(texts(found, "agenda")) == limits.MAX_AGENDA_ENTRIES + 2
    assert [len(texts(found, key)) for key in ("in_the_way", "went_well")] == [4, 1]
    assert len(texts(found, "use")) == limits.MAX_USE_EVENTS + 3
    # Of these, lines of one subject became one, so that the page holds them.
    counts = [len(texts(found, key)) for key in ("data", "mood_sleep", "craving", "body")]
    assert counts == [2, 3, 3, 3]
    assert len(texts(found, "moment")) == 3
    assert len(texts(found, "measures")) == limits.MAX_MEASURES
    assert max(len(line.text) for line in lines) < 400
    assert FORBIDDEN.findall(everything(found)) == []


def test_silence_is_told_in_person_first_words(cast: Cast) -> None:
    session = people.session(cast.dr_lind, starts_at=SESSION_AT, with_patient=cast.noah)

    assert FORBIDDEN.findall(everything(read(cast.dr_lind, session.pk))) == []
    assert FORBIDDEN.search("clean for 3 days, then a relapse")


def test_every_line_about_entries_carries_exactly_their_ids(cast: Cast) -> None:
    session_id = planned(cast)
    craving = wrote(cast.maya, "craving", at(2), triggers=["lonely"])
    mood = wrote(cast.maya, "mood", at(2))
    used = wrote(cast.maya, "use", at(1))
    practice = wrote(cast.maya, "skill_practice", at(1))
    everyone = {craving.id, mood.id, used.id, practice.id}

    found = read(cast.dr_okafor, session_id)

    def ids(key: str, n: int) -> set[UUID]:
        return set(section(found, key).lines[n].entries)

    assert ids("header", 2) == {used.id}
    assert ids("header", 4) == ids("data", 0) == everyone
    assert ids("use", 1) == {used.id}
    assert ids("moment", 0) == ids("craving", 0) == {craving.id}
    assert ids("mood_sleep", 0) == {mood.id}
    assert ids("skills", 0) == {practice.id}
    assert ids("safety", 0) == set()


def test_a_line_is_reviewed_when_all_its_entries_are(cast: Cast) -> None:
    session_id = planned(cast)
    first, second = wrote(cast.maya, "craving", at(2)), wrote(cast.maya, "craving", at(1))
    before = read(cast.dr_okafor, session_id)

    Entry.objects.filter(id=first.id).update(reviewed_at=SESSION_AT)
    half = section(read(cast.dr_okafor, session_id), "craving").lines[0].reviewed
    Entry.objects.filter(id=second.id).update(reviewed_at=SESSION_AT)
    whole = read(cast.dr_okafor, session_id)

    assert (half, section(whole, "craving").lines[0].reviewed) == (False, True)
    assert not section(whole, "safety").lines[0].reviewed
    assert texts(whole, "craving") == texts(before, "craving")


def test_words_for_the_session_are_quoted_as_they_are(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "note", at(3), note="Can we talk\nabout <my> boss & “rent”? 🌊", discuss=True)
    wrote(cast.maya, "craving", at(2), thought="just one", discuss=True)
    wrote(cast.maya, "mood", at(1), discuss=True, later=timedelta(hours=20))
    wrote(cast.maya, "note", at(1), note="not for the session")

    said = texts(read(cast.dr_okafor, session_id), "agenda")

    assert said[1:] == [
        "Marked to bring: Sat Mar 21, 12:00 pm: note. “Can we talk about <my> boss & “rent”? 🌊”",
        "Marked to bring: Sun Mar 22, 12:00 pm: craving 5 of 10 for alcohol. “just one”",
        "Marked to bring: Mon Mar 23, 12:00 pm: mood slightly pleasant (+1). No words added.",
    ]


def test_a_quote_that_is_cut_off_says_so(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "note", at(1), note=LONG, discuss=True)

    said = texts(read(cast.dr_okafor, session_id), "agenda")[1]

    quote = said[said.index("“") :]
    assert quote.endswith(" …”")
    assert LONG.startswith(quote[1:-3])


def test_a_mark_on_an_entry_recalled_late_still_reaches_the_agenda(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "note", at(6), note="last week", discuss=True, later=timedelta(days=4))

    said = texts(read(cast.dr_okafor, session_id), "agenda")

    assert said[1].endswith("note (written down 4 days later, in no figure). “last week”")


@pytest.mark.parametrize(
    ("others", "chosen"),
    [
        pytest.param(
            [(1, {"intensity": 10, "outcome": "did_not_use"})],
            {"intensity": 2, "outcome": "used"}, id="acted on beats stronger",
        ),
        pytest.param(
            [(1, {"intensity": 6})], {"intensity": 7}, id="stronger beats newer",
        ),
        pytest.param(
            [(5, {"intensity": 7, "note": "long ago"})], {"intensity": 7}, id="newer beats a note",
        ),
        pytest.param(
            [(3, {"intensity": 7, "id": "f" * 8 + "-ffff-4fff-bfff-" + "f" * 12})],
            {"intensity": 7, "note": "here"}, id="a note breaks the tie",
        ),
        pytest.param(
            [(1, {"intensity": 9, "outcome": "prefer_not_to_say"})],
            {"intensity": 3, "outcome": "used_less"}, id="in part is acted on",
        ),
    ],
)  # fmt: skip
def test_the_one_moment_is_chosen_by_rule(
    cast: Cast, others: list[tuple[int, dict[str, Any]]], chosen: dict[str, Any]
) -> None:
    session_id = planned(cast)
    for days_ago, fields in others:
        wrote(cast.maya, "craving", at(days_ago), **fields)
    expected = wrote(cast.maya, "craving", at(3), **chosen)

    lines = section(read(cast.dr_okafor, session_id), "moment").lines

    assert {line.entries for line in lines} == {(expected.id,)}


def test_the_moment_is_told_in_full(cast: Cast) -> None:
    session_id = planned(cast)
    fields = EVERY_FIELD | {"thought": "just one", "note": "I called her"}
    wrote(cast.maya, "craving", at(1, 20, 15), intensity=8, outcome="did_not_use", **fields)

    assert texts(read(cast.dr_okafor, session_id), "moment") == [
        "Mon Mar 23, 8:15 pm: craving 8 of 10 for alcohol (on the bus home, two old friends). "
        "Triggers: conflict, lonely, money or payday.",
        "Skills used: Slow breathing, Scan and soften; 8 → 4 of 10 after 20 minutes; did not use.",
        "In their words: “just one” “I called her”",
    ]


def test_a_bare_moment_names_what_was_not_answered(cast: Cast) -> None:
    session_id = planned(cast)
    wrote(cast.maya, "craving", at(1), intensity=8)

    assert texts(read(cast.dr_okafor, session_id), "moment") == [
        "Mon Mar 23, 12:00 pm: craving 8 of 10 for alcohol. Triggers not answered.",
        "Skills not answered; later rating not answered; outcome not answered.",
    ]


def test_the_header_counts_this_weeks_hours_against_the_plan(cast: Cast) -> None:
    people.admitted(cast.maya, on=at(22).date(), hours=9)
    session_id = planned(cast)
    people.session(cast.dr_okafor, starts_at=at(1, 9), with_patient=cast.maya, status="left_early",
                   kind="education", minutes=90)  # fmt: skip
    people.session(cast.dr_okafor, starts_at=at(1, 14), with_patient=cast.maya, status="no_show",
                   kind="family", minutes=60)  # fmt: skip
    unknown = people.session(cast.dr_okafor, starts_at=at(0, 8), with_patient=cast.maya,
                             status="present", kind="activity")  # fmt: skip
    unknown.attendance.update(minutes=None)

    found = read(cast.dr_okafor, session_id)

    assert texts(found, "header")[1] == (
        "Intensive outpatient, day 23 in the programme. "
        "Attended this week so far: 1.5 h (and 1 session of unknown length) of 9 h planned."
    )
    assert texts(found, "in_the_way")[0] == (
        "Sessions: missed 1 of 3: family Mon Mar 23, 2:00 pm (not excused)."
    )


@pytest.mark.parametrize(
    ("reviewed_days_ago", "planned_hours"),
    [
        pytest.param([20], "12", id="the plan of this stay"),
        pytest.param([20, 3], "13", id="its newest version"),
        pytest.param([30], "9", id="a plan of the stay before"),
        pytest.param([-1], "9", id="one written after that day"),
    ],
)
def test_the_hours_planned_are_those_of_the_plan_of_care_that_day(
    cast: Cast, reviewed_days_ago: list[int], planned_hours: str
) -> None:
    people.admitted(cast.maya, on=at(22).date(), hours=9)
    session_id = planned(cast)
    for rev, days_ago in enumerate(reviewed_days_ago):
        CarePlan.objects.create(
            patient_id=cast.maya.pk, rev=rev + 1, hours_per_week=12 + rev, words=b"sealed",
            reviewed_on=at(days_ago).date(), written_by=cast.dr_okafor, written_at=at(days_ago),
        )  # fmt: skip

    said = texts(read(cast.dr_okafor, session_id), "header")[1]

    assert said.endswith(f"Attended this week so far: 0 h of {planned_hours} h planned.")


def test_how_fresh_memories_are_is_told_in_shares(cast: Cast) -> None:
    session_id = planned(cast)
    for minutes in (0, 15, 16, 60 * 20):
        wrote(cast.maya, "mood", at(2), later=timedelta(minutes=minutes))
    Entry.objects.filter(recall="same_day").update(clock_suspect=True)

    assert texts(read(cast.dr_okafor, session_id), "data") == [
        "Of 4 entries, written down 50 % (2) in the moment, 25 % (1) on a later day, "
        "25 % (1) by a clock that can't be believed.",
        "The phone's clock can't be right for 1 entry; it stands where it arrived.",
        "No reminder asked for an entry in this window.",
    ]
