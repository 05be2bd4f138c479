"""The outbox's rules, in any order of events: nothing lost, nothing doubled, nothing guessed."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.app.modules import call
from tests.app.phone import Clinic

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NEW = {"baseRev": None, "order": 1, "clockKnown": True}
ENTRY = {
    "id": "1", "kind": "mood", "valence": 1, "occurred_at": "2026-05-04T10:00:00-05:00",
    "recorded_at": "2026-05-04T10:00:00-05:00",
}  # fmt: skip


@pytest.fixture
def page(clinic: Clinic) -> Page:
    return clinic.phone().open().page


def rule(page: Page, expression: str, **values: Any) -> Any:
    return call(page, "outbox", expression, **values)


def item(**changes: Any) -> dict[str, Any]:
    made = {
        "id": "1", "n": 1, "order": 1, "state": "waiting", "op": ENTRY, "baseRev": None,
        "attempts": [], "clockKnown": True,
    }  # fmt: skip
    return made | changes


def test_an_edit_before_sending_takes_the_place_of_what_waited(page: Page) -> None:
    later = {**ENTRY, "valence": 3}

    made = rule(page, "m.replaced(waiting, later, facts)", waiting=item(), later=later, facts=NEW)

    assert (made["op"]["valence"], made["n"], made["baseRev"]) == (3, 2, None)


def test_a_practice_waits_for_the_plan_that_it_names_and_for_no_other(page: Page) -> None:
    plans = item(
        id="situation-plans", order=3, state="conflict",
        op={"plans": [{"id": "old"}, {"id": "new"}], "base": [{"id": "old"}]},
    )  # fmt: skip
    queue = [
        item(id=name, op={**ENTRY, "id": name, "origin": origin})
        for name, origin in (("1", "plan:new"), ("2", "plan:old"), ("3", "self"))
    ]

    held = rule(page, "m.nextBatch(items)", items=[*queue, plans])
    free = rule(page, "m.nextBatch(items)", items=queue)

    assert [one["id"] for one in held] == ["2", "3"]
    assert [one["id"] for one in free] == ["1", "2", "3"]


def test_what_was_never_sent_is_deleted_here_alone(page: Page) -> None:
    gone = {"id": "1", "kind": "mood", "deleted": True}

    made = rule(page, "m.replaced(waiting, gone, facts)", waiting=item(), gone=gone, facts=NEW)

    assert made is None


def test_what_may_have_arrived_is_deleted_there_as_well(page: Page) -> None:
    gone = {"id": "1", "kind": "mood", "deleted": True}
    tried = item(attempts=[ENTRY])

    made = rule(page, "m.replaced(tried, gone, facts)", tried=tried, gone=gone, facts=NEW)

    assert made["op"] == gone


@pytest.mark.parametrize("status", ["created", "updated", "unchanged"])
def test_what_the_server_has_leaves_the_outbox(page: Page, status: str) -> None:
    result = {"id": "1", "status": status, "rev": 1}

    assert rule(page, "m.settled(sent, 1, result)", sent=item(), result=result) is None


def test_what_was_edited_while_it_was_sent_goes_out_as_an_edit(page: Page) -> None:
    edited = item(n=2, op={**ENTRY, "valence": 2}, attempts=[ENTRY])
    result = {"id": "1", "status": "created", "rev": 1}

    left = rule(page, "m.settled(edited, 1, result)", edited=edited, result=result)

    assert (left["state"], left["baseRev"], left["attempts"]) == ("waiting", 1, [])


def test_an_earlier_content_whose_answer_got_lost_is_no_conflict(page: Page) -> None:
    edited = {**ENTRY, "valence": 2}
    tried = item(op=edited, attempts=[ENTRY, edited])
    server = {
        **ENTRY, "rev": 1, "occurred_at": "2026-05-04T15:00:00Z", "labels": None,
        "recorded_at": "2026-05-04T15:00:00+00:00", "support": None,
    }  # fmt: skip
    result = {"id": "1", "status": "conflict", "rev": 1, "server": server}

    left = rule(page, "m.settled(tried, 1, result)", tried=tried, result=result)

    assert (left["state"], left["baseRev"]) == ("waiting", 1)


def test_another_phones_words_are_a_conflict_that_keeps_both(page: Page) -> None:
    mine = item(baseRev=1, op={**ENTRY, "valence": 2})
    server = {**ENTRY, "valence": -3, "rev": 2}
    result = {"id": "1", "status": "conflict", "rev": 2, "server": server}

    left = rule(page, "m.settled(mine, 1, result)", mine=mine, result=result)

    assert (left["state"], left["op"]["valence"], left["server"]["valence"]) == ("conflict", 2, -3)
    kept = rule(page, "m.decided(left, true)", left=left)
    assert (kept["state"], kept["baseRev"], kept["op"]["valence"]) == ("waiting", 2, 2)
    assert rule(page, "m.decided(left, false)", left=left) is None


def test_words_for_a_day_that_has_a_card_go_into_that_card(page: Page) -> None:
    server = {
        "id": "2", "kind": "daily", "date": "2026-05-04", "rev": 3,
        "recorded_at": "2026-05-04T12:00:00Z",
    }  # fmt: skip
    left = item(state="conflict", server=server)

    kept = rule(page, "m.decided(left, true)", left=left)

    assert (kept["id"], kept["op"]["id"], kept["baseRev"]) == ("2", "2", 3)
    assert kept["op"]["recorded_at"] == server["recorded_at"]


def test_a_refused_entry_waits_on_the_shelf_with_its_reasons(page: Page) -> None:
    faults = [{"field": "valence", "code": "off_scale", "detail": "Must be from -3 to 3."}]
    result = {"id": "1", "status": "invalid", "errors": faults}

    left = rule(page, "m.settled(sent, 1, result)", sent=item(), result=result)
    mended = rule(page, "m.replaced(left, entry, facts)", left=left, entry=ENTRY, facts=NEW)

    assert (left["state"], left["errors"]) == ("refused", faults)
    assert (mended["state"], mended.get("errors")) == ("waiting", None)


def test_a_batch_is_the_oldest_and_never_too_large(page: Page) -> None:
    items = [item(id=str(n), order=200 - n) for n in range(150)]
    heavy = [item(id=str(n), order=n, op={**ENTRY, "note": "é" * 30_000}) for n in range(9)]
    held = [item(state="conflict"), item(state="refused")]

    assert [one["id"] for one in rule(page, "m.nextBatch(items)", items=items)][:2] == [
        "149",
        "148",
    ]
    assert len(rule(page, "m.nextBatch(items)", items=items)) == 100
    assert len(rule(page, "m.nextBatch(items)", items=heavy)) == 3
    assert rule(page, "m.nextBatch(items)", items=held) == []


@pytest.mark.parametrize(
    ("behind", "at"),
    [
        (None, "2026-05-04T10:00:00-05:00"),
        (0, "2026-05-04T10:00:00-05:00"),
        (3_600_000, "2026-05-04T11:00:00-05:00"),
        (-86_400_000, "2026-05-03T10:00:00-05:00"),
    ],
)
def test_times_that_a_wrong_clock_gave_are_moved_once(
    page: Page, behind: int | None, at: str
) -> None:
    written = item(clockKnown=False)

    moved = rule(page, "m.corrected(written, behind)", written=written, behind=behind)
    again = rule(page, "m.corrected(moved, 7_200_000)", moved=moved)

    assert moved["op"]["occurred_at"] == moved["op"]["recorded_at"] == at
    assert again == moved or behind is None


def test_what_may_have_arrived_keeps_its_times(page: Page) -> None:
    tried = item(clockKnown=False, attempts=[ENTRY])

    assert rule(page, "m.corrected(tried, 3_600_000)", tried=tried) == tried
