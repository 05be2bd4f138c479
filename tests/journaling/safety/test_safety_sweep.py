"""What a crash or a fault kept from becoming an event becomes one by the second look."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from care.models import AccessLogEntry, StaffCall
from journaling.entries.edit import change_entry, delete_entry
from journaling.models import Journal, SafetyEvent, SafetySign
from journaling.safety.events import record_signs
from journaling.safety.sweep import mark_swept, sweep_journals
from tests.cast import Cast, own_chart
from tests.on_call_clinic import MINUTE, OPEN, body, save, say, set_up, the_event, unsafe, urge

LATER = OPEN + MINUTE


def test_an_entry_whose_answer_never_came_becomes_an_event(cast: Cast) -> None:
    set_up(cast)
    save(cast.maya, unsafe(), now=OPEN)
    assert SafetyEvent.objects.count() == 0

    sweep_journals(now=LATER)

    event = the_event()
    assert (event.level, event.opened_at, event.patient_id) == (3, LATER, cast.maya.pk)
    assert StaffCall.objects.count() == 2


@pytest.mark.parametrize(
    "sent",
    [
        urge(3),
        urge(4, of="self_harm"),
        body("pre_session", coming_in={"die": 5}),
        body("use", substance="heroin"),
        body(target="heroin", outcome="used"),
        body("daily", urges={"heroin": {"acted": True}}),
        body(safety_check={"plan": True}),
        body("use", substance="wine", safety_check={"seizure_signs": True}),
        body(
            "measure",
            instrument="phq-9",
            version="1",
            completed_at=OPEN.isoformat(),
            answers={"q9": 2},
        ),
    ],
    ids=lambda sent: str(sent["kind"]),
)
def test_every_kind_that_can_say_it_is_looked_at(cast: Cast, sent: dict[str, Any]) -> None:
    save(cast.maya, sent, now=OPEN)

    sweep_journals(now=LATER)

    assert SafetyEvent.objects.count() == 1


def test_the_second_look_finds_what_the_first_one_found(cast: Cast) -> None:
    set_up(cast)
    say(cast.maya, unsafe(), now=OPEN)
    say(cast.maya, body("use", substance="heroin"), now=OPEN)
    before = (SafetyEvent.objects.count(), SafetySign.objects.count(), StaffCall.objects.count())

    sweep_journals(now=LATER)

    after = (SafetyEvent.objects.count(), SafetySign.objects.count(), StaffCall.objects.count())
    assert after == before
    assert the_event().opened_at == OPEN


def test_a_fault_while_recording_is_made_good_by_the_sweep(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("no event today")

    set_up(cast)
    with monkeypatch.context() as patch:
        patch.setattr("journaling.safety.respond.record_signs", broken)
        found = say(cast.maya, unsafe(), now=OPEN)
    assert found is not None
    assert (found.level, found.staff_notified) == (3, False)
    assert SafetyEvent.objects.count() == 0

    sweep_journals(now=LATER)

    assert the_event().level == 3


def test_what_is_harmless_private_or_deleted_stays_unknown(cast: Cast) -> None:
    save(cast.maya, urge(2), now=OPEN)
    save(cast.maya, unsafe(share="private"), now=OPEN)
    gone = save(cast.maya, unsafe(), now=OPEN)
    delete_entry(chart=own_chart(cast.maya), entry_id=gone.id, rev=None, now=OPEN)

    sweep_journals(now=LATER)

    assert SafetyEvent.objects.count() == 0
    assert AccessLogEntry.objects.filter(actor_role="system").count() == 0


def test_an_edit_is_looked_at_again(cast: Cast) -> None:
    entry = save(cast.maya, urge(0), now=OPEN)
    sweep_journals(now=LATER)
    change_entry(
        chart=own_chart(cast.maya), entry_id=entry.id, rev=None,
        changes={"urges": {"suicide": {"peak": 4}}}, now=LATER,
    )  # fmt: skip

    sweep_journals(now=LATER)

    assert SafetySign.objects.get().entry_rev == 2


def test_the_mark_moves_so_that_nothing_is_looked_at_for_ever(cast: Cast) -> None:
    save(cast.maya, body(), now=OPEN)
    save(cast.noah, urge(3), now=OPEN)

    assert sweep_journals(now=LATER) == 2
    assert sweep_journals(now=LATER) == 0

    assert all(row.safety_seq == row.last_seq for row in Journal.objects.all())


def test_with_nothing_new_it_costs_one_statement(cast: Cast) -> None:
    save(cast.maya, body(), now=OPEN)
    sweep_journals(now=LATER)

    with CaptureQueriesContext(connection) as seen:
        sweep_journals(now=LATER)

    assert len(seen) == 1


def test_one_journal_that_can_not_be_judged_stops_no_other(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    save(cast.maya, unsafe(), now=OPEN)
    save(cast.noah, unsafe(), now=OPEN)
    whole = record_signs

    def for_others_only(**given: Any) -> Any:
        if given["patient_id"] == cast.maya.pk:
            raise RuntimeError("canary-word")
        return whole(**given)

    with monkeypatch.context() as patch:
        patch.setattr("journaling.safety.sweep.record_signs", for_others_only)
        sweep_journals(now=LATER)

    assert the_event().patient_id == cast.noah.pk
    # Nothing was marked as seen: the next look finds it.
    sweep_journals(now=LATER)
    assert SafetyEvent.objects.count() == 2
    assert [record.message for record in caplog.records] == ["safety sweep failed"]


def test_what_the_sweep_wrote_is_on_record_as_the_systems(cast: Cast) -> None:
    save(cast.maya, unsafe(), now=OPEN)

    sweep_journals(now=LATER)

    row = AccessLogEntry.objects.get(data_class="safety_events")
    assert (row.actor_role, row.reason, row.patient_id) == (
        "system", "safety_sweep", cast.maya.pk,
    )  # fmt: skip


def test_the_break_before_opioid_use_counts_for_the_sweep_too(cast: Cast) -> None:
    day = timedelta(days=1)
    save(cast.maya, body("use", substance="heroin", at=OPEN - 3 * day), now=OPEN)
    save(cast.maya, body("use", substance="heroin"), now=OPEN)

    sweep_journals(now=LATER)

    # The older one came after nothing known; the newer one three days after it.
    assert list(SafetySign.objects.values_list("level", flat=True)) == [2]


def test_history_that_was_brought_along_calls_nobody_and_what_follows_does(cast: Cast) -> None:
    set_up(cast)
    save(cast.maya, unsafe(), now=OPEN)
    mark_swept(patient_id=cast.maya.pk)

    sweep_journals(now=LATER)
    assert SafetyEvent.objects.count() == 0
    save(cast.maya, urge(3), now=LATER)
    sweep_journals(now=LATER)

    assert the_event().level == 2
