"""Two phones, lost replies, edits and deletions: the server does what a page of Python says."""

import os
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from journaling.entries.edit import purge_deleted
from journaling.models import Entry, EntryRevision, Journal
from tests.api.journal.sync_client import DOOR
from tests.cast import ZONE, Cast, signed_in
from tests.proofs.chaos.sync.model import Server
from tests.proofs.chaos.sync.phone import Phone

#: In full size: ``BETWEEN_EXAMPLES=1000 python -m pytest`` on this file.
EXAMPLES = int(os.environ.get("BETWEEN_EXAMPLES", "8"))
#: Without shrinking: that takes minutes here, and the seed gives the same failure again.
PHASES = (Phase.explicit, Phase.generate)
AT = "2026-05-04T14:50:00-05:00"
CRAVING = {"kind": "craving", "intensity": 5, "target": "wine"}
COMMON = {"occurred_at": AT, "recorded_at": AT, "time_zone": ZONE}
DAYS = ("2026-05-01", "2026-05-02")

phones = st.sampled_from([0, 1])
picks = st.integers(min_value=0, max_value=3)


class TwoPhones(RuleBasedStateMachine):
    """One patient with two phones; each exchange is compared with the model's."""

    cast: Cast

    def __init__(self) -> None:
        super().__init__()
        Entry.objects.all().delete()
        Journal.objects.all().delete()
        self.client = signed_in(self.cast.maya)
        self.server = Server()
        self.keeps_mine = False
        self.phones = [Phone(name, lambda: self.keeps_mine) for name in ("one", "two")]
        #: How far each has read, in the model's own numbers.
        self.read: list[tuple[int, int] | None] = [None, None]
        self.made = 0

    @initialize()
    def begin_with_entries_that_both_know(self) -> None:
        for day in (None, DAYS[0]):
            self.write(which=0, day=day)
        self.come_home()

    @rule(which=phones, day=st.sampled_from([None, *DAYS]), is_deleted_at_once=st.booleans())
    def write(self, which: int, day: str | None, is_deleted_at_once: bool = False) -> None:
        self.made += 1
        body = CRAVING if day is None else {"kind": "daily", "date": day}
        self.phones[which].write(str(UUID(int=self.made)), COMMON | body)
        if is_deleted_at_once:
            self.phones[which].delete(str(UUID(int=self.made)))

    @rule(which=phones, pick=picks)
    def edit(self, which: int, pick: int) -> None:
        if living := self.phones[which].living():
            self.phones[which].edit(living[pick % len(living)])

    @rule(keeps_mine=st.booleans(), pick=picks)
    def change_on_both_at_once(self, keeps_mine: bool, pick: int) -> None:
        for which in (0, 1):
            self.edit(which=which, pick=pick)
        for which in (0, 1):
            self.exchange(which=which, fate="answered", keeps_mine=keeps_mine, most=100)

    @rule(which=phones, pick=picks)
    def lose_the_reply_to_a_change(self, which: int, pick: int) -> None:
        self.edit(which=which, pick=pick)
        for fate in ("reply lost", "answered"):
            self.exchange(which=which, fate=fate, keeps_mine=False, most=100)

    @rule(which=phones, pick=picks)
    def delete(self, which: int, pick: int) -> None:
        if living := self.phones[which].living():
            self.phones[which].delete(living[pick % len(living)])

    @rule(
        which=phones,
        fate=st.sampled_from(["answered", "answered", "reply lost", "request lost"]),
        keeps_mine=st.booleans(),
        most=st.sampled_from([1, 3, 100]),
    )
    def exchange(self, which: int, fate: str, keeps_mine: bool, most: int) -> None:
        phone, self.keeps_mine = self.phones[which], keeps_mine
        sent = phone.request(most=most)
        if fate == "request lost":
            return
        expected = self.server.exchange(sent["ops"], self.read[which])
        told = self.client.post(DOOR, sent)
        if expected is None:
            assert told.status_code == 410
            phone.start_again()
            self.read[which] = None
            return
        assert told.status_code == 200, told.content
        assert self.server.compared(told.json()) == expected.told
        if fate == "answered":
            phone.take(told.json())
            self.read[which] = expected.read
        self.stands_as_the_model_says()

    @rule(pick=picks)
    def change_at_another_door(self, pick: int) -> None:
        if living := self.server.living():
            entry = living[pick % len(living)]
            path, mark = f"/api/v1/entries/{entry.id}", f"door:{self.server.seq}"
            headers = {"If-Match": f'"{entry.rev}"'}
            assert self.client.patch(path, {"note": mark}, headers=headers).status_code == 200
            self.server.change(entry, mark)

    @rule()
    def forget_what_is_deleted(self) -> None:
        later = datetime(2100, 1, 1, tzinfo=UTC)
        purge_deleted(patient_id=self.cast.maya.pk, deleted_before=later)
        self.server.forget()

    def stands_as_the_model_says(self) -> None:
        rows = Entry.objects.order_by("seq").values_list("id", "rev", "seq", "deleted_at")
        assert [(str(name), rev, seq, gone is not None) for name, rev, seq, gone in rows] == [
            (e.id, e.rev, e.seq, e.mark is None) for e in self.server.in_order()
        ]
        changes = sum(entry.rev - 1 for entry in self.server.entries.values())
        assert EntryRevision.objects.count() == changes
        head = Journal.objects.filter(pk=self.cast.maya.pk).values_list("last_seq", flat=True)
        assert sum(head) == self.server.seq

    def come_home(self) -> None:
        """Exchange until nobody has anything to tell or to read."""
        for _ in range(6):
            before = [(phone.is_waiting, phone.cursor) for phone in self.phones]
            for which in (0, 1):
                self.exchange(which=which, fate="answered", keeps_mine=False, most=100)
            after = [(phone.is_waiting, phone.cursor) for phone in self.phones]
            if before == after == [(False, cursor) for _, cursor in after]:
                return

    def teardown(self) -> None:
        """Let both phones come home: then all three say the same, and nothing waits."""
        self.come_home()
        for phone in self.phones:
            assert not phone.is_waiting
            assert phone.invalid == 0
            assert {name: phone.pages[name].mark for name in phone.living()} == {
                entry.id: entry.mark for entry in self.server.living()
            }


@pytest.mark.django_db
def test_two_phones_and_the_server_agree_whatever_gets_lost(cast: Cast) -> None:
    TwoPhones.cast = cast
    assert timezone.now() > datetime.fromisoformat(AT)
    bounds = settings(
        max_examples=EXAMPLES,
        phases=PHASES,
        stateful_step_count=15,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )

    run_state_machine_as_test(TwoPhones, settings=bounds)


def test_the_model_can_tell_a_difference() -> None:
    server, other = Server(), Server()
    op: dict[str, Any] = {"id": "a", "kind": "craving", "base_rev": None, "note": "x"}

    server.exchange([op], None)
    other.exchange([op | {"note": "y"}], None)

    assert server.in_order() != other.in_order()
