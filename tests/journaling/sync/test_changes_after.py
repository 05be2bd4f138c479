"""What a phone pulls is everything, once, in the order of commits."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from care.access.data_categories import DataCategory
from care.access.open import open_chart
from journaling.entries.entry import Tombstone
from journaling.entries.record import record_entries
from journaling.entries.validate import validate_entry
from journaling.sync.exchange import changes_after
from tests.api.journal.sync_client import changed, deletion, op, pull, sync
from tests.cast import Cast, craving, own_chart, signed_in


def test_five_thousand_entries_of_one_instant_come_without_loop_or_gap(cast: Cast) -> None:
    at = timezone.now() - timedelta(hours=1)
    drafts = [validate_entry(craving(at=at), now=at) for _ in range(5_000)]
    record_entries(chart=own_chart(cast.maya), drafts=drafts, now=at)

    found, cursor = pull(signed_in(cast.maya))

    assert [change["seq"] for change in found] == list(range(1, 5_001))
    assert len({change["id"] for change in found}) == 5_000
    assert pull(signed_in(cast.maya), cursor) == ([], cursor)


def test_each_phone_learns_what_the_other_did_and_an_entry_comes_once(cast: Cast) -> None:
    one, two = signed_in(cast.maya), signed_in(cast.maya)
    body = op(intensity=1)
    first = sync(one, body)["cursor"]
    second = sync(two)["cursor"]

    sync(two, changed(body, 1, intensity=2), op(intensity=3), cursor=second)
    sync(two, changed(body, 2, intensity=4))

    told = sync(one, cursor=first)
    assert [(c["intensity"], c["seq"]) for c in told["changes"]] == [(3, 3), (4, 4)]


def test_what_others_wrote_comes_before_what_this_exchange_made(cast: Cast) -> None:
    one, two = signed_in(cast.maya), signed_in(cast.maya)
    cursor = sync(one, op(intensity=1))["cursor"]
    sync(two, op(intensity=2))

    told = sync(one, op(intensity=3), cursor=cursor)

    assert [change["intensity"] for change in told["changes"]] == [2, 3]


def test_more_than_a_page_leaves_ones_own_for_the_next(cast: Cast) -> None:
    one, two = signed_in(cast.maya), signed_in(cast.maya)
    for _ in range(2):
        sync(two, *(op() for _ in range(99)))

    told = sync(one, *(op() for _ in range(5)))
    rest = sync(one, cursor=told["cursor"])

    assert (len(told["changes"]), told["more"]) == (200, True)
    assert [change["seq"] for change in rest["changes"]] == [201, 202, 203]
    assert rest["more"] is False


def test_a_therapists_chart_shows_no_tombstone_and_nothing_private(cast: Cast) -> None:
    client, gone = signed_in(cast.maya), op()
    sync(client, gone, op(share="private"), op(), deletion(gone, 1))
    now = timezone.now()

    found: dict[Any, int] = {}
    for chart in (
        own_chart(cast.maya),
        open_chart(
            viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.ENTRIES, now=now
        ),
    ):
        rows = changes_after(chart=chart, seq=0, before=None, limit=10)
        found[chart.is_own] = len(rows)
        assert any(isinstance(row, Tombstone) for row in rows) is chart.is_own

    assert found == {True: 3, False: 1}
