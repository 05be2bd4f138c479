"""patients/{id}/counselling-notes: the originator writes, changes and deletes their own (R16)."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from care.models import CounsellingNote, CounsellingVersion
from tests import cast as people
from tests.api.responses import faults, problem
from tests.cast import Cast, signed_in
from tests.counselling_note import CANARY, add_note, notes_path

ANY_REV = {"If-Match": '"1"'}


def write(cast: Cast, **body: Any) -> Any:
    return signed_in(cast.dr_okafor).post(notes_path(cast.maya), {"text": CANARY} | body)


def test_what_is_written_is_read_again(cast: Cast) -> None:
    held = people.session(cast.dr_okafor, starts_at=timezone.now(), with_patient=cast.maya)

    made = write(cast, session=str(held.pk))

    told, client = made.json(), signed_in(cast.dr_okafor)
    assert made.status_code == 201
    assert (told["text"], told["rev"], made["ETag"]) == (CANARY, 1, '"1"')
    assert told["originator"] == {"id": str(cast.dr_okafor.pk), "display_name": "Dr. Okafor"}
    assert told["session"] == str(held.pk)
    assert client.get(notes_path(cast.maya, told["id"])).json() == told
    assert client.get(notes_path(cast.maya)).json() == {
        "results": [told], "next": None, "previous": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"text": ""}, {"text": "blank"}),
        ({"text": "  \n"}, {"text": "blank"}),
        ({"text": "x" * 10_001}, {"text": "max_length"}),
        ({"text": 7}, {"text": "invalid"}),
        ({"session": 7}, {"session": "invalid"}),
        ({"session": str(uuid4())}, {"session": "unknown"}),
        ({"patient": str(uuid4())}, {"patient": "unknown_field"}),
    ],
)
def test_what_is_no_note_is_refused_by_field(
    cast: Cast, body: dict[str, Any], fault: dict[str, str]
) -> None:
    assert faults(write(cast, **body)) == fault
    assert not CounsellingNote.objects.exists()


def test_the_longest_note_is_taken(cast: Cast) -> None:
    assert write(cast, text="ü" * 10_000).status_code == 201


def test_a_session_of_somebody_else_looks_like_none(cast: Cast) -> None:
    now = timezone.now()
    foreign = people.session(cast.dr_lind, starts_at=now, with_patient=cast.noah)
    group = people.group(cast.dr_okafor, cast.noah)
    others = people.session(cast.dr_okafor, starts_at=now, kind="group", with_group=group)

    for held in (foreign, others):
        assert faults(write(cast, session=str(held.pk))) == {"session": "unknown"}


def test_a_session_of_a_group_of_theirs_may_be_named(cast: Cast) -> None:
    group = people.group(cast.dr_okafor, cast.maya)
    held = people.session(cast.dr_okafor, starts_at=timezone.now(), kind="group", with_group=group)

    assert write(cast, session=str(held.pk)).json()["session"] == str(held.pk)


def test_a_change_makes_the_next_version_and_keeps_the_first(cast: Cast) -> None:
    made, client = write(cast).json(), signed_in(cast.dr_okafor)
    place = notes_path(cast.maya, made["id"])

    changed = client.patch(place, {"text": "second words"}, headers=ANY_REV)

    assert changed.status_code == 200
    assert (changed.json()["text"], changed.json()["rev"], changed["ETag"]) == (
        "second words", 2, '"2"',
    )  # fmt: skip
    history = client.get(f"{place}/history").json()["results"]
    assert [(row["rev"], row["action"], row["text"]) for row in history] == [
        (1, "created", CANARY), (2, "changed", "second words"),
    ]  # fmt: skip


def test_changing_nothing_leaves_the_revision(cast: Cast) -> None:
    made = write(cast).json()

    again = signed_in(cast.dr_okafor).patch(
        notes_path(cast.maya, made["id"]), {"text": CANARY}, headers=ANY_REV
    )

    assert again.json() == made
    assert CounsellingVersion.objects.count() == 1


def test_the_session_is_changed_and_taken_away_by_itself(cast: Cast) -> None:
    held = people.session(cast.dr_okafor, starts_at=timezone.now(), with_patient=cast.maya)
    place, client = notes_path(cast.maya, write(cast).json()["id"]), signed_in(cast.dr_okafor)

    given = client.patch(place, {"session": str(held.pk)}, headers=ANY_REV).json()
    taken = client.patch(place, {"session": None}, headers={"If-Match": '"2"'}).json()

    assert (given["session"], given["text"]) == (str(held.pk), CANARY)
    assert (taken["session"], taken["rev"]) == (None, 3)


def test_a_deleted_note_is_gone_but_for_its_history(cast: Cast) -> None:
    place, client = notes_path(cast.maya, write(cast).json()["id"]), signed_in(cast.dr_okafor)

    assert client.delete(place, headers=ANY_REV).status_code == 204

    problem(client.get(place), 404, "not_found")
    problem(client.patch(place, {"text": "x"}, headers={"If-Match": '"2"'}), 404, "not_found")
    problem(client.delete(place, headers={"If-Match": '"2"'}), 404, "not_found")
    assert client.get(notes_path(cast.maya)).json()["results"] == []
    history = client.get(f"{place}/history").json()["results"]
    assert [(row["action"], row["text"]) for row in history] == [
        ("created", CANARY), ("deleted", None),
    ]  # fmt: skip


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_an_older_revision_changes_nothing(cast: Cast, method: str) -> None:
    place, client = notes_path(cast.maya, write(cast).json()["id"]), signed_in(cast.dr_okafor)
    send = getattr(client, method)

    problem(send(place, {"text": "x"}), 428, "precondition_required")
    problem(send(place, {"text": "x"}, headers={"If-Match": '"2"'}), 412, "stale")
    problem(send(place, {"text": "x"}, headers={"If-Match": "surely"}), 412, "stale")
    assert client.get(place).json()["text"] == CANARY
    assert CounsellingVersion.objects.count() == 1


def test_of_two_who_change_one_revision_one_does(cast: Cast) -> None:
    place, client = notes_path(cast.maya, write(cast).json()["id"]), signed_in(cast.dr_okafor)

    first = client.patch(place, {"text": "one"}, headers=ANY_REV)
    second = client.patch(place, {"text": "two"}, headers=ANY_REV)

    assert first.status_code == 200
    problem(second, 412, "stale")
    assert client.get(place).json()["text"] == "one"


def test_they_come_in_pages_back_and_forth(cast: Cast) -> None:
    now = timezone.now()
    for number in range(5):
        add_note(cast.dr_okafor, cast.maya, f"{number}", now=now - timedelta(minutes=number // 2))
    client = signed_in(cast.dr_okafor)

    first = client.get(notes_path(cast.maya) + "?limit=2").json()
    second = client.get(first["next"]).json()
    third = client.get(second["next"]).json()

    found = [note["text"] for told in (first, second, third) for note in told["results"]]
    assert found == ["1", "0", "3", "2", "4"]
    assert third["next"] is None
    assert client.get(second["previous"]).json()["results"] == first["results"]


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "cursor=x", "surprise=1"])
def test_a_page_that_makes_no_sense_is_refused(cast: Cast, query: str) -> None:
    response = signed_in(cast.dr_okafor).get(f"{notes_path(cast.maya)}?{query}")

    assert set(faults(response)) == {query.split("=", maxsplit=1)[0]}


def test_a_list_takes_as_many_statements_for_forty_as_for_one(cast: Cast) -> None:
    client, counts = signed_in(cast.dr_okafor), []
    for number in (1, 39):
        for _ in range(number):
            add_note(cast.dr_okafor, cast.maya)
        with CaptureQueriesContext(connection) as asked:
            client.get(notes_path(cast.maya))
        counts.append(len(asked))

    assert counts[0] == counts[1] <= 6
