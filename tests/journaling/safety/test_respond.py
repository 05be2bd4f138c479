"""The answer to what was just stored: the most serious one, and free where nothing was said."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from journaling.entries.entry import EntryValue
from journaling.entries.record import record_entry
from journaling.safety.respond import OpioidUse, days_since_last_opioid, safety_response_for
from tests.cast import Cast, craving, own_chart

NOW = datetime(2026, 5, 4, 15, tzinfo=UTC)


def stored(cast: Cast, *, days_ago: float = 0, **fields: Any) -> EntryValue:
    body = craving(at=NOW - timedelta(days=days_ago))
    if fields.get("kind", "craving") != "craving":
        body = {key: body[key] for key in ("id", "occurred_at", "recorded_at", "time_zone")}
    chart = own_chart(cast.maya, now=NOW)
    return record_entry(chart=chart, sent=body | fields, now=NOW)[0]


def use(substance: str, **fields: Any) -> dict[str, Any]:
    return {"kind": "use", "substance": substance} | fields


def respond(cast: Cast, *entries: EntryValue) -> Any:
    return safety_response_for(chart=own_chart(cast.maya, now=NOW), entries=entries, now=NOW)


def test_what_says_nothing_about_safety_costs_no_statement(cast: Cast) -> None:
    entries = [
        stored(cast),
        stored(cast, kind="mood", valence=-3),
        stored(cast, kind="daily", urges={"suicide": {"peak": 0}, "gambling": {"acted": True}}),
        stored(cast, safety_check={"safe_now": True, "intent": False}),
    ]
    chart = own_chart(cast.maya, now=NOW)

    with CaptureQueriesContext(connection) as seen:
        found = safety_response_for(chart=chart, entries=entries, now=NOW)

    assert found is None
    assert len(seen) == 0


def test_of_several_entries_the_most_serious_one_speaks(cast: Cast) -> None:
    found = respond(
        cast,
        stored(cast),
        stored(cast, **use("wine")),
        stored(cast, safety_check={"intent": True}),
    )

    assert found.level == 3
    assert found.message.startswith("Call 911")


def test_nothing_to_answer_is_nothing(cast: Cast) -> None:
    assert respond(cast) is None


def test_the_order_of_a_batch_does_not_hide_the_first_use_after_a_break(cast: Cast) -> None:
    entries = [stored(cast, days_ago=days, **use("heroin")) for days in (0, 1, 2)]

    assert respond(cast, *entries).level == 2
    assert respond(cast, *entries[:2]).level == 1


@pytest.mark.parametrize(("gap", "expected"), [(1, 1), (6, 6), (7, 7), (30, 7)])
def test_the_break_is_counted_in_local_days_up_to_seven(
    cast: Cast, gap: int, expected: int
) -> None:
    stored(cast, days_ago=gap, **use("heroin"))
    latest = stored(cast, **use("fentanyl"))

    found = days_since_last_opioid(
        patient_id=cast.maya.pk, uses=[OpioidUse(latest.id, latest.occurred_at, latest.local_date)]
    )

    assert found == {latest.id: expected}


def test_a_second_use_of_the_same_day_has_no_break_before_it(cast: Cast) -> None:
    first, second = (stored(cast, days_ago=ago, **use("heroin")) for ago in (0.1, 0))
    uses = [OpioidUse(entry.id, entry.occurred_at, entry.local_date) for entry in (first, second)]

    assert days_since_last_opioid(patient_id=cast.maya.pk, uses=uses) == {first.id: 7, second.id: 0}


def test_without_uses_nobody_is_asked(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as seen:
        assert days_since_last_opioid(patient_id=cast.maya.pk, uses=[]) == {}

    assert len(seen) == 0


def test_the_breaks_of_many_uses_take_one_statement(cast: Cast) -> None:
    uses = [
        OpioidUse(uuid4(), NOW - timedelta(days=n), (NOW - timedelta(days=n)).date())
        for n in (1, 9)
    ]

    with CaptureQueriesContext(connection) as seen:
        days_since_last_opioid(patient_id=cast.maya.pk, uses=uses)

    assert len(seen) == 1
