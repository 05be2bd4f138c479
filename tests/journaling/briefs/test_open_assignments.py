"""A brief opens with the homework that nobody closed, and counts what was practised for it."""

from datetime import timedelta

from journaling import formatting
from journaling.models import Assignment
from journaling.skills.assign import close_assignment
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import NOW, at, read, texts, wrote
from tests.journaling.briefs.test_brief_matches_entries import given, planned
from tests.journaling.skills.homework import team_chart


def test_what_nobody_closed_opens_the_next_brief_however_old(cast: Cast) -> None:
    session_id = planned(cast)
    first = given(cast, "slow-breathing")
    last_day = NOW.date() - timedelta(days=2)
    Assignment.objects.update(since=last_day - timedelta(days=60), until=last_day)
    given(cast, "name-it")

    before = texts(read(cast.dr_okafor, session_id), "header")
    close_assignment(chart=team_chart(cast), assignment_id=first, outcome="kept", note="", now=NOW)
    after = texts(read(cast.dr_okafor, session_id), "header")

    begun, ended = (formatting.format_day(day) for day in (last_day - timedelta(days=60), last_day))
    assert before[3] == (
        f"Homework still open: Slow breathing ({begun} to {ended});"
        f" Put it into words (since {formatting.format_day(at(5).date())})."
    )
    assert (
        after[3]
        == f"Homework still open: Put it into words (since {formatting.format_day(at(5).date())})."
    )


def test_practice_after_its_last_day_is_not_of_the_homework(cast: Cast) -> None:
    session_id = planned(cast)
    given(cast, "slow-breathing")
    Assignment.objects.update(until=at(4).date())
    for days_ago in (4, 2):
        wrote(cast.maya, "skill_practice", at(days_ago), skill="slow-breathing")

    (line,) = (
        text for text in texts(read(cast.dr_okafor, session_id), "in_the_way") if "Home" in text
    )

    assert line == "Homework: Slow breathing practised on 1 day (3 a week agreed)."
