"""How a session was for the patient who came to it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import SessionFeedback, TreatmentSession, User
from care.sessions.feedback import (
    NoSessionToRate,
    SessionNotOver,
    feedback_before,
    give_feedback,
)
from tests import cast as people
from tests.cast import Cast, own_chart

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 6, 17, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GOOD = {"heard": 8, "goals": 7, "approach": 6, "overall": 9}


def given(user: User, session: TreatmentSession, **changes: Any) -> Any:
    sent: dict[str, Any] = {"ratings": GOOD, "comment": "", "now": NOW} | changes
    return give_feedback(chart=own_chart(user), session_id=session.pk, **sent)


def read(cast: Cast, by: User) -> list[Any]:
    chart = open_chart(
        viewer=by, patient_id=cast.maya.pk, what=DataCategory.BRIEF, now=NOW
    )  # fmt: skip
    return feedback_before(chart=chart, until=NOW)


def test_said_again_it_is_replaced(cast: Cast) -> None:
    session = people.session(cast.dr_okafor, starts_at=NOW - HOUR, with_patient=cast.maya)

    first, is_first = given(cast.maya, session, comment="I was heard 🌊")
    again, is_first_again = given(cast.maya, session, ratings=GOOD | {"overall": 3})

    assert (is_first, is_first_again) == (True, False)
    assert (first.comment, again.comment, again.overall) == ("I was heard 🌊", "", 3)
    assert SessionFeedback.objects.get().overall == 3


def test_it_is_read_by_who_held_the_session_alone(cast: Cast) -> None:
    people.joins(cast.maya.pk, cast.dr_lind)
    for hours in (50, 1):
        session = people.session(
            cast.dr_okafor, starts_at=NOW - hours * HOUR, with_patient=cast.maya
        )
        given(cast.maya, session, ratings=GOOD | {"overall": hours % 10}, comment="words")

    assert [one.overall for one in read(cast, cast.dr_okafor)] == [1, 0]
    assert read(cast, cast.dr_lind) == []
    assert all(b"words" not in bytes(row.words or b"") for row in SessionFeedback.objects.all())


@pytest.mark.parametrize(
    ("starts_at", "changes"),
    [(NOW + HOUR, {}), (NOW - 14 * DAY, {}), (NOW - HOUR, {"cancelled_at": NOW})],
)
def test_what_was_not_or_is_long_ago_is_not_rated(
    cast: Cast, starts_at: datetime, changes: dict[str, Any]
) -> None:
    session = people.session(cast.dr_okafor, starts_at=starts_at, with_patient=cast.maya)
    TreatmentSession.objects.filter(pk=session.pk).update(**changes)

    with pytest.raises(SessionNotOver):
        given(cast.maya, session)

    assert not SessionFeedback.objects.exists()


def test_nobody_rates_what_they_were_not_at(cast: Cast) -> None:
    alone = people.session(cast.dr_okafor, starts_at=NOW - HOUR, with_patient=cast.maya)
    missed = people.session(
        cast.dr_okafor, starts_at=NOW - 2 * HOUR, with_patient=cast.maya, status="no_show"
    )
    group = people.group(cast.dr_okafor, cast.maya)
    met = people.session(cast.dr_okafor, starts_at=NOW - HOUR, kind="group", with_group=group)

    for user, session in ((cast.noah, alone), (cast.noah, met), (cast.maya, missed)):
        with pytest.raises(NoSessionToRate):
            given(user, session)
    assert not SessionFeedback.objects.exists()
