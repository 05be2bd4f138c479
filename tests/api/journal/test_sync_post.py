"""POST sync takes what a phone did offline, once and in order, and gives what it missed."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from care.models import AccessLogEntry
from care.people.enrol import revoke_treatment_consents
from journaling.models import Entry, EntryRevision, Journal
from tests.api.journal.sync_client import DOOR, card, changed, deletion, op, pull, statuses, sync
from tests.api.responses import API, faults, problem
from tests.cast import Cast, craving, signed_in

ENTRIES = API + "entries"


def counts() -> tuple[int, int, int]:
    return Entry.objects.count(), EntryRevision.objects.count(), AccessLogEntry.objects.count()


def test_new_entries_are_stored_in_order_and_told_as_they_are_read(cast: Cast) -> None:
    client = signed_in(cast.maya)
    first, second = op(intensity=3, note="by the lake 🌊"), op(intensity=4, thought="just one")

    told = sync(client, first, second)

    assert statuses(told) == ["created", "created"]
    assert [(result["rev"], result["seq"]) for result in told["results"]] == [(1, 1), (1, 2)]
    assert told["changes"] == [
        client.get(f"{ENTRIES}/{sent['id']}").json() for sent in (first, second)
    ]
    assert (told["more"], told["support"]) == (False, None)
    assert pull(client)[0] == told["changes"]


def test_a_replay_of_a_lost_reply_changes_nothing_and_answers_alike(cast: Cast) -> None:
    client = signed_in(cast.maya)
    kept = op()
    sync(client, kept)
    batch = [op(), changed(kept, 1, intensity=2), card("2026-05-01"), op(intensity=99)]
    first = sync(client, *batch)
    stored = counts()[:2]

    second, third = sync(client, *batch), sync(client, *batch)

    assert statuses(first) == ["created", "updated", "created", "invalid"]
    assert statuses(second) == ["unchanged", "unchanged", "unchanged", "invalid"]
    assert second == third
    numbers = [[(r.get("rev"), r.get("seq")) for r in told["results"]] for told in (first, second)]
    assert numbers[0] == numbers[1]
    assert first["changes"] == second["changes"]
    assert counts()[:2] == stored


def test_what_was_posted_alone_is_recognised_in_a_batch_and_the_other_way_round(cast: Cast) -> None:
    client, body = signed_in(cast.maya), craving(note="x")
    client.post(ENTRIES, body)

    told = sync(client, body | {"base_rev": None})
    other = op()
    sync(client, other)
    again = client.post(ENTRIES, {k: other[k] for k in other if k not in {"base_rev", "deleted"}})

    assert statuses(told) == ["unchanged"]
    assert again.status_code == 200


def test_a_change_on_the_newest_revision_is_taken_and_what_stood_before_kept(cast: Cast) -> None:
    client, before = signed_in(cast.maya), op(intensity=5, note="by the lake")
    sync(client, before)

    told = sync(client, changed(before, 1, intensity=7, note=None))

    assert told["results"] == [{"id": before["id"], "status": "updated", "rev": 2, "seq": 2}]
    assert [(c["rev"], c["intensity"], c["note"]) for c in told["changes"]] == [(2, 7, None)]
    history = client.get(f"{ENTRIES}/{before['id']}/history").json()["results"]
    assert [revision["action"] for revision in history] == ["created", "changed"]
    assert {"field": "note", "before": "by the lake", "after": None} in history[1]["changes"]


def test_a_change_by_sync_is_the_same_as_by_patch(cast: Cast) -> None:
    maya, noah = signed_in(cast.maya), signed_in(cast.noah)
    at = (timezone.now() - timedelta(hours=1)).isoformat()
    body = op(occurred_at=at, recorded_at=at, note="x", triggers=["lonely"])
    sync(maya, body)
    sync(noah, body)

    sync(maya, changed(body, 1, outcome="used", triggers=None))
    noah.patch(
        f"{ENTRIES}/{body['id']}",
        {"outcome": "used", "triggers": None},
        headers={"If-Match": '"1"'},
    )

    mine, his = pull(maya)[0][0], pull(noah)[0][0]
    assert {name for name in mine if mine[name] != his[name]} <= {"received_at"}


@pytest.mark.parametrize("base", [None, 2, 7])
def test_another_revision_is_a_conflict_and_carries_the_servers_copy(
    cast: Cast, base: int | None
) -> None:
    client, before = signed_in(cast.maya), op(intensity=5)
    stands = sync(client, before)["changes"][0]

    told = sync(client, changed(before, base, intensity=9))

    assert told["results"] == [
        {"id": before["id"], "status": "conflict", "rev": 1, "seq": 1, "server": stands}
    ]
    assert pull(client)[0] == [stands]


def test_one_id_several_times_in_a_batch_is_handled_in_order(cast: Cast) -> None:
    client, body = signed_in(cast.maya), op(intensity=1)

    told = sync(client, body, changed(body, 1, intensity=2), body, changed(body, 2, intensity=3),
                deletion(body, 2), deletion(body, 3), changed(body, 4, intensity=4))  # fmt: skip

    assert statuses(told) == ["created", "updated", "conflict", "updated", "conflict", "updated",
                              "updated"]  # fmt: skip
    assert [result["rev"] for result in told["results"]] == [1, 2, 2, 3, 3, 4, 5]
    assert [(c["rev"], c["seq"], c["intensity"]) for c in told["changes"]] == [(5, 5, 4)]
    history = client.get(f"{ENTRIES}/{body['id']}/history").json()["results"]
    assert [r["action"] for r in history] == ["created", "changed", "changed", "deleted", "changed"]
    assert pull(client)[0] == told["changes"]
    assert Journal.objects.get(pk=cast.maya.pk).last_seq == 5


def test_an_invalid_item_is_named_and_keeps_no_other_out(cast: Cast) -> None:
    client, good = signed_in(cast.maya), op()

    told = sync(client, op(intensity=11, shoe=1), good, 5, {}, op(id="no-uuid"), None,
                op(base_rev=0), op(base_rev="1"), op() | {"deleted": 1})  # fmt: skip

    assert statuses(told) == ["invalid", "created"] + ["invalid"] * 7
    ids = [result["id"] for result in told["results"]]
    assert (ids[1], ids[2:6]) == (good["id"], [None] * 4)
    named = [{e["field"]: e["code"] for e in r.get("errors", [])} for r in told["results"]]
    assert named[0] == {"intensity": "off_scale", "shoe": "unknown_field"}
    assert named[2] == named[5] == {"": "not_an_object"}
    assert named[3] == {"kind": "required"}
    assert named[6:] == [{"base_rev": "out_of_range"}, {"base_rev": "not_a_whole_number"},
                         {"deleted": "not_yes_or_no"}]  # fmt: skip
    assert Entry.objects.count() == 1


def test_what_never_changes_is_named(cast: Cast) -> None:
    client, body = signed_in(cast.maya), op()
    sync(client, body)
    mood = {name: body[name] for name in ("id", "occurred_at", "time_zone")}

    told = sync(client, mood | {"kind": "mood", "valence": 1, "base_rev": 1,
                                "recorded_at": "2026-05-01T10:00:00Z"})  # fmt: skip

    assert [error["field"] for error in told["results"][0]["errors"]] == ["kind", "recorded_at"]
    assert pull(client)[0][0]["rev"] == 1


def test_a_second_diary_card_of_a_day_is_a_conflict_with_the_first(cast: Cast) -> None:
    client, first = signed_in(cast.maya), card("2026-05-01", meals=3)
    stands = sync(client, first)["changes"][0]

    told = sync(client, card("2026-05-01", meals=4), card("2026-05-02"), card("2026-05-02"))

    assert statuses(told) == ["conflict", "created", "conflict"]
    assert told["results"][0]["server"] == stands
    assert told["results"][0]["errors"][0]["code"] == "day_taken"
    assert told["results"][2]["server"]["id"] == told["results"][1]["id"]
    assert "rev" not in told["results"][0]


def test_cards_may_change_places_within_one_batch(cast: Cast) -> None:
    client = signed_in(cast.maya)
    one, two, three = (card(f"2026-05-0{day}", meals=day) for day in (1, 2, 3))
    sync(client, one, two, three)

    told = sync(client, changed(two, 1, date="2026-05-04"), changed(one, 1, date="2026-05-02"),
                changed(two, 2, date="2026-05-01"), deletion(three, 1), card("2026-05-03", meals=9),
                changed(one, 2, date="2026-05-01"))  # fmt: skip

    assert statuses(told) == ["updated"] * 4 + ["created", "conflict"]
    live = Entry.objects.filter(deleted_at=None).order_by("date")
    assert list(live.values_list("date__day", "meals")) == [(1, 2), (2, 1), (3, 9)]
    assert pull(client)[0] == told["changes"]


def test_ids_of_somebody_else_are_their_own(cast: Cast) -> None:
    body = op(intensity=3)
    sync(signed_in(cast.noah), body)

    told = sync(signed_in(cast.maya), changed(body, 1, intensity=9), deletion(op(), None))

    assert statuses(told) == ["created", "created"]
    assert pull(signed_in(cast.noah))[0][0]["intensity"] == 3


@pytest.mark.parametrize("who", ["dr_okafor", "ada"])
def test_staff_sync_nothing(cast: Cast, who: str) -> None:
    problem(signed_in(getattr(cast, who)).post(DOOR, {"ops": [op()]}), 403, "forbidden")
    assert Entry.objects.count() == 0


def test_a_stranger_syncs_nothing(cast: Cast) -> None:
    problem(signed_in(None).post(DOOR, {"ops": [op()]}), 401, "not_authenticated")
    assert Entry.objects.count() == 0


def test_a_patient_who_ended_consent_still_keeps_their_own_journal(cast: Cast) -> None:
    revoke_treatment_consents(patient_id=cast.maya.pk, now=timezone.now())

    assert statuses(sync(signed_in(cast.maya), op())) == ["created"]


def test_each_exchange_is_one_row_of_the_access_log(cast: Cast) -> None:
    client, body = signed_in(cast.maya), op()

    for ops in ([body, op()], [body], [op(intensity=99)], []):
        sync(client, *ops)

    rows = AccessLogEntry.objects.filter(patient_id=cast.maya.pk).order_by("at", "pk")
    assert [row.action for row in rows] == ["write", "read", "read", "read"]
    assert {row.data_class for row in rows} == {"entries"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ([], {"": "not_an_object"}),
        ({"ops": {}}, {"ops": "not_a_list"}),
        ({"ops": [{}] * 101}, {"ops": "too_many"}),
        ({"cursor": 5}, {"cursor": "not_text"}),
        ({"cursor": "garbage"}, {"cursor": "invalid_cursor"}),
        ({"cursor": "ümlaut"}, {"cursor": "invalid_cursor"}),
        ({"cursor": ""}, {"cursor": "invalid_cursor"}),
        ({"cursor": "x" * 201}, {"cursor": "too_long"}),
        ({"cursor": None, "ops": [], "shoe": 1}, {"shoe": "unknown_field"}),
    ],
    ids=lambda value: next(iter(value.values())) if isinstance(value, dict) else None,
)
def test_an_exchange_of_another_shape_is_refused(cast: Cast, body: Any, expected: Any) -> None:
    refused = signed_in(cast.maya).post(DOOR, body)

    assert faults(refused) == expected
    assert counts()[0] == 0


def test_limits_are_named(cast: Cast) -> None:
    client = signed_in(cast.maya)

    many = client.post(DOOR, {"ops": [op() for _ in range(101)]})
    large = client.post(DOOR, {"ops": [op(note="x" * 9_000) for _ in range(30)]})

    assert "100" in problem(many, 400, "invalid_input")["errors"][0]["detail"]
    assert "256 KiB" in problem(large, 413, "too_large")["detail"]
    assert counts()[0] == 0


def test_a_fault_of_the_database_is_never_a_success(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, body = signed_in(cast.maya), op()
    client.raise_request_exception = False

    def out_of_disk(**_: object) -> None:
        raise DatabaseError

    with monkeypatch.context() as broken:
        broken.setattr("journaling.sync.exchange.log_write", out_of_disk)
        refused = client.post(DOOR, {"ops": [body]})

    assert refused.status_code >= 500
    assert (counts()[0], Journal.objects.count()) == (0, 0)
    assert statuses(sync(client, body)) == ["created"]


def test_one_answer_of_danger_among_many_entries_is_answered_at_once(cast: Cast) -> None:
    client = signed_in(cast.maya)
    urge = card("2026-05-01", urges={"suicide": {"peak": 3}})
    plan = op(safety_check={"plan": True, "safe_now": False})
    alone = [sync(signed_in(cast.noah), each)["support"]["level"] for each in (urge, plan)]

    told = sync(client, op(), urge, plan, op(intensity=99))
    again = sync(client, op(), urge, plan)

    assert alone[0] < alone[1] == told["support"]["level"]
    assert again["support"] == told["support"]
    assert [line["name"] for line in told["support"]["resources"]]
    assert sync(client, cursor=None)["support"] is None


def test_what_was_not_taken_is_answered_with_help_and_what_is_deleted_is_not(cast: Cast) -> None:
    client, plan = signed_in(cast.maya), op(safety_check={"plan": True, "safe_now": False})
    sync(client, plan)

    stale = sync(client, changed(plan, 7, intensity=1, safety_check={"plan": True}))
    gone = sync(client, deletion(plan, 1))

    assert [told["results"][0]["status"] for told in (stale, gone)] == ["conflict", "updated"]
    assert (stale["support"]["level"], gone["support"]) == (3, None)


def batches(size: int) -> list[list[dict[str, Any]]]:
    """New entries, changes of them, deletions of them, and all of it again."""
    new = [op(note="x") for _ in range(size - 1)] + [card("2026-05-01")]
    again = [changed(sent, 1, note="y") for sent in new]
    return [new, again, [deletion(sent, 2) for sent in new], [deletion(sent, 2) for sent in new]]


def test_a_hundred_cost_as_many_statements_as_one(cast: Cast) -> None:
    costs = []
    for user, size in ((cast.maya, 1), (cast.noah, 100)):
        client, told = signed_in(user), []
        for ops in batches(size):
            with CaptureQueriesContext(connection) as seen:
                sync(client, *ops)
            told.append(len(seen))
        costs.append(told)

    assert costs[0] == costs[1] == [9, 10, 11, 8]
