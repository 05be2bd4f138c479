"""A deletion by sync leaves a tombstone, which every phone is told and nothing comes back over."""

from uuid import uuid4

import pytest

from journaling.models import Entry, EntryRevision
from tests.api.journal.sync_client import changed, deletion, op, pull, statuses, sync
from tests.api.responses import API, problem
from tests.cast import Cast, signed_in

ENTRIES = API + "entries"


def stored() -> tuple[int, int]:
    return Entry.objects.count(), EntryRevision.objects.count()


def test_a_deletion_leaves_a_tombstone_that_every_phone_is_told(cast: Cast) -> None:
    client, gone, kept = signed_in(cast.maya), op(note="by the lake"), op()
    other_phone = sync(client, gone, kept)["cursor"]

    told = sync(client, deletion(gone, 1))

    tombstone = {"id": gone["id"], "kind": "craving", "rev": 2, "seq": 3, "deleted": True}
    assert told["results"] == [{"id": gone["id"], "status": "updated", "rev": 2, "seq": 3}]
    assert pull(client, other_phone)[0] == [tombstone]
    assert [change["id"] for change in pull(client)[0]] == [kept["id"], gone["id"]]
    problem(client.get(f"{ENTRIES}/{gone['id']}"), 404, "not_found")
    row = Entry.objects.get(id=gone["id"])
    assert (row.intensity, row.target, row.encrypted_text) == (None, None, None)
    history = client.get(f"{ENTRIES}/{gone['id']}/history").json()["results"]
    assert {"field": "note", "before": "by the lake", "after": None} in history[-1]["changes"]


def test_a_deletion_by_its_own_door_reaches_other_phones_too(cast: Cast) -> None:
    client, gone = signed_in(cast.maya), op()
    cursor = sync(client, gone)["cursor"]

    client.delete(f"{ENTRIES}/{gone['id']}")

    assert [c.get("deleted") for c in pull(client, cursor)[0]] == [True]


@pytest.mark.parametrize("base", [None, 1, 2, 9])
def test_deleting_what_is_deleted_changes_nothing(cast: Cast, base: int | None) -> None:
    client, gone = signed_in(cast.maya), op()
    sync(client, gone, deletion(gone, 1))
    before = stored()

    told = sync(client, deletion(gone, base))

    assert told["results"] == [{"id": gone["id"], "status": "unchanged", "rev": 2, "seq": 2}]
    assert stored() == before


@pytest.mark.parametrize("base", [None, 1, 3])
def test_a_tombstone_stands_in_the_way_of_other_revisions(cast: Cast, base: int | None) -> None:
    client, gone = signed_in(cast.maya), op()
    sync(client, gone, deletion(gone, 1))

    told = sync(client, changed(gone, base))

    tombstone = {"id": gone["id"], "kind": "craving", "rev": 2, "seq": 2, "deleted": True}
    assert told["results"] == [
        {"id": gone["id"], "status": "conflict", "rev": 2, "seq": 2, "server": tombstone}
    ]


def test_who_has_seen_the_tombstone_may_take_the_deletion_back(cast: Cast) -> None:
    client, gone = signed_in(cast.maya), op(note="by the lake")
    sync(client, gone, deletion(gone, 1))

    told = sync(client, changed(gone, 2))

    assert statuses(told) == ["updated"]
    assert client.get(f"{ENTRIES}/{gone['id']}").json()["note"] == "by the lake"
    history = client.get(f"{ENTRIES}/{gone['id']}/history").json()["results"]
    assert [revision["action"] for revision in history] == ["created", "deleted", "changed"]
    assert {"field": "note", "before": None, "after": "by the lake"} in history[-1]["changes"]


def test_a_deletion_that_overtakes_its_entry_keeps_it_from_coming_to_life(cast: Cast) -> None:
    client, late = signed_in(cast.maya), op()

    early = sync(client, deletion(late, None))
    told = sync(client, late)

    assert statuses(early) == ["created"]
    assert early["changes"][0]["deleted"] is True
    assert statuses(told) == ["conflict"]
    assert client.get(ENTRIES).json()["results"] == []
    assert sync(client, deletion(late, None))["results"][0]["status"] == "unchanged"


def test_a_deletion_needs_no_more_than_the_id_of_what_is_there(cast: Cast) -> None:
    client, gone = signed_in(cast.maya), op()
    sync(client, gone)

    unknown, known = {"id": str(uuid4()), "deleted": True}, {"id": gone["id"], "deleted": True}
    told = sync(client, unknown, known | {"base_rev": 1}, gone | {"deleted": True})

    assert statuses(told) == ["invalid", "updated", "unchanged"]
    assert [error["field"] for error in told["results"][0]["errors"]] == ["kind"]
