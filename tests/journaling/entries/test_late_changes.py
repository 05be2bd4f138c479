"""An answer first given or changed more than 48 hours later counts as recalled, everywhere."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from journaling.briefs.document import Brief
from journaling.entries.edit import LaterRating, change_entry, record_later_rating
from journaling.entries.entry import EntryValue
from journaling.entries.read import entry_of
from journaling.exports.parts import entry_row
from journaling.models import Entry
from journaling.sync.exchange import exchange_changes
from tests import cast as people
from tests.cast import ZONE, Cast, own_chart
from tests.journaling.briefs.brief_scenario import SESSION_AT, at, read, section, texts, wrote
from tests.journaling.briefs.test_caseload import GAP, looks, of

LATE = timedelta(hours=48, seconds=1)


def planned(cast: Cast) -> UUID:
    people.session(cast.dr_okafor, starts_at=at(10, 8), with_patient=cast.maya, status="present")
    return people.session(cast.dr_okafor, starts_at=SESSION_AT, with_patient=cast.maya).pk


def changed(cast: Cast, entry: EntryValue, *, on: datetime, **changes: Any) -> EntryValue:
    return change_entry(
        chart=own_chart(cast.maya), entry_id=entry.id, rev=None, changes=changes, now=on
    )


def synced(cast: Cast, *operations: dict[str, Any], on: datetime) -> None:
    found = exchange_changes(chart=own_chart(cast.maya), cursor=None, operations=operations, now=on)
    assert {one.status for one in found.outcomes} <= {"created", "updated"}


def body(entry: EntryValue, **changes: Any) -> dict[str, Any]:
    given = {name: value for name, value in entry.values.by_name().items() if value is not None}
    return {
        "id": str(entry.id), "kind": entry.kind, "occurred_at": entry.occurred_at.isoformat(),
        "recorded_at": entry.recorded_at.isoformat(), "time_zone": entry.time_zone, **given,
        **changes,
    }  # fmt: skip


def test_nine_empty_cards_that_are_filled_in_on_the_ninth_day_are_recalled(cast: Cast) -> None:
    session_id = planned(cast)
    cards = [wrote(cast.maya, "daily", at(day, 21)) for day in range(9, 0, -1)]
    assert {card.recall for card in cards} == {"momentary"}
    answers = {"urges": {"use": {"peak": 1, "acted": False}}, "sleep_hours": 8}
    for card in cards:
        changed(cast, card, on=at(0, 9), **answers)

    found = read(cast.dr_okafor, session_id)
    rows = Entry.objects.order_by("occurred_at").values_list(
        "recall", "is_countable", "changed_late"
    )

    # Until 48 hours after their day is over they are in time: those of the last two evenings.
    assert list(rows) == [("recalled", False, True)] * 7 + [("momentary", True, False)] * 2
    assert texts(found, "use")[0] == (
        "2 of 10 days without reported use, 1 not asked, 7 left open or told too late."
    )
    assert texts(found, "data")[:2] == [
        "Of 9 entries, written down 22 % (2) in the moment, 78 % (7) on a later day.",
        "More than 48 hours later, so in no figure: 7 diary cards; "
        "7 of them first answered or changed then.",
    ]
    assert "median 8 hours (2 nights)" in " ".join(texts(found, "mood_sleep"))


@pytest.mark.parametrize(
    ("later", "changes", "counts"),
    [
        pytest.param(LATE, {"intensity": 9}, False, id="a rating"),
        pytest.param(LATE, {"outcome": "did_not_use"}, False, id="an answer first given"),
        pytest.param(LATE, {"skills": None}, False, id="an answer taken back"),
        pytest.param(LATE, {"occurred_at": at(4).isoformat()}, False, id="when it was"),
        pytest.param(LATE, {"note": "and more"}, True, id="words"),
        pytest.param(LATE, {"discuss": True}, True, id="a mark"),
        pytest.param(LATE, {"share": "individual_therapist_only"}, True, id="sharing"),
        pytest.param(timedelta(hours=48), {"intensity": 9}, True, id="exactly in time"),
    ],
)
@pytest.mark.parametrize("by", ["change", "sync"])
def test_a_counted_value_changed_late_is_recalled_and_nothing_else_is(
    cast: Cast, later: timedelta, changes: dict[str, Any], counts: bool, by: str
) -> None:
    planned(cast)
    entry = wrote(cast.maya, "craving", at(5), intensity=4, skills=["name-it"])
    if by == "sync":
        sent = {k: v for k, v in body(entry, **changes).items() if v is not None}
        synced(cast, sent | {"base_rev": 1}, on=at(5) + later)
    else:
        changed(cast, entry, on=at(5) + later, **changes)

    row = entry_of(chart=own_chart(cast.maya), entry_id=entry.id)

    assert (row.is_countable, row.changed_late, row.recall == "recalled") == (
        counts,
        not counts,
        not counts,
    )


def test_once_changed_late_it_stays_recalled(cast: Cast) -> None:
    entry = wrote(cast.maya, "craving", at(5), intensity=4)
    changed(cast, entry, on=at(1), intensity=9)

    after = changed(cast, entry, on=at(0, 8), note="only words", intensity=9)

    assert (after.recall, after.is_countable, after.changed_late) == ("recalled", False, True)


def test_what_was_written_and_changed_before_it_was_sent_arrives_as_one(cast: Cast) -> None:
    entry_id = str(uuid4())
    said = {
        "id": entry_id, "kind": "craving", "occurred_at": at(5).isoformat(),
        "recorded_at": at(5).isoformat(), "time_zone": ZONE, "intensity": 4, "target": "wine",
    }  # fmt: skip

    synced(cast, said, said | {"intensity": 6, "base_rev": 1}, on=at(1))

    row = Entry.objects.get()
    assert (row.intensity, row.is_countable, row.recall) == (6, True, "momentary")
    assert (row.news, row.news_at) == ("arrived", at(1))


def test_a_rating_sent_days_after_takes_the_craving_out_of_every_figure(cast: Cast) -> None:
    session_id = planned(cast)
    entry = wrote(cast.maya, "craving", at(5), intensity=8, skills=["name-it"])
    assert 8 in of(looks(cast.dr_okafor), cast.maya).craving_spark
    record_later_rating(
        chart=own_chart(cast.maya), entry_id=entry.id, now=at(1),
        rating=LaterRating(intensity_after=2, minutes_later=20, outcome="did_not_use"),
    )  # fmt: skip

    found = read(cast.dr_okafor, session_id)
    case = of(looks(cast.dr_okafor), cast.maya)

    assert texts(found, "craving") == [
        "1 craving, 8 of 10, changed more than 2 days later (not in figures)."
    ]
    assert "(changed more than 2 days later, in no figure)" in texts(found, "moment")[0]
    assert _spark(found) is None
    assert (case.craving_spark, case.cravings_apart) == (GAP, 1)
    exported = entry_row(entry_of(chart=own_chart(cast.maya), entry_id=entry.id))
    assert (exported["recall"], exported["counts"], exported["changed_late"]) == (
        "recalled", False, True,
    )  # fmt: skip


def test_a_wrong_clock_is_judged_by_arrival(cast: Cast) -> None:
    entry = wrote(cast.maya, "craving", at(4_000), intensity=4)
    Entry.objects.filter(id=entry.id).update(clock_suspect=True, received_at=at(1))

    assert changed(cast, entry, on=at(0, 9), intensity=5).is_countable


def _spark(found: Brief) -> object:
    return section(found, "craving").spark
