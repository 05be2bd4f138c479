"""Phones that sync while workers are killed lose nothing; what counts losses does see them.

In full size: ``python -m tests.proofs.chaos.sync --kills 500 --crashes 20``.
"""

import os
import re
import subprocess
import sys
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from journaling.entries.entry import seal_revision
from journaling.models import Entry, EntryRevision
from tests.api.journal.sync_client import DOOR
from tests.cast import ZONE, Cast, own_chart, signed_in
from tests.proofs.chaos.sync.__main__ import DATABASES
from tests.proofs.chaos.sync.loss_check import Verdict, judge
from tests.proofs.chaos.sync.phone import Acknowledged, Phone

HERE = os.environ.get("BETWEEN_TEST_DATABASE", "sqlite")


def run(*arguments: str) -> tuple[int, list[str], str]:
    """Run the program; give its status, the last row's columns, and all that it told."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("BETWEEN_")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.proofs.chaos.sync", "--database", HERE, *arguments],
        env=ours, capture_output=True, text=True, check=False,
    )  # fmt: skip
    rows = re.findall(rf"^{HERE} .*$", done.stdout, flags=re.MULTILINE)
    return done.returncode, rows[-1].split() if rows else [], done.stdout + done.stderr


def _why(told: str) -> str:
    """Give the one line that says what is missing."""
    return next(line for line in told.splitlines() if "skipped:" in line)


def test_nothing_is_lost_when_workers_are_killed() -> None:
    status, row, told = run("--kills", "8", "--crashes", "1")

    if "skipped:" in row:
        pytest.skip(_why(told))
    assert status == 0, told
    killed, acknowledged, faults = int(row[2]), int(row[7]), row[8:13]
    assert (killed, faults) == (8, ["0"] * 5), told
    assert acknowledged > 20, told


def test_numbers_given_before_the_lock_make_phones_miss_entries() -> None:
    status, row, told = run("--kills", "10", "--crashes", "0", "--control", "serial")

    if "skipped:" in row:
        pytest.skip(_why(told))
    assert status == 1, told
    assert int(row[11]) > 0, told


def test_every_database_of_ours_has_its_trial() -> None:
    assert set(DATABASES) == {"sqlite", "postgres"}


# --- What the verdict sees --------------------------------------------------------------------


def exchanged(client: Any, phone: Phone) -> None:
    response = client.post(DOOR, phone.request())
    assert response.status_code == 200
    phone.take(response.json())


@pytest.fixture
def phone(cast: Cast) -> Phone:
    """Let a phone write three entries, change one, delete one, and read all that."""
    made, client = Phone("one", lambda: True), signed_in(cast.maya)
    at = timezone.now().isoformat()
    body = {"kind": "craving", "intensity": 5, "target": "wine", "time_zone": ZONE}
    names = [f"00000000-0000-4000-8000-00000000000{place}" for place in range(3)]
    for name in names:
        made.write(name, body | {"occurred_at": at, "recorded_at": at})
    exchanged(client, made)
    made.edit(names[0])
    made.delete(names[1])
    exchanged(client, made)
    return made


def faults_of(cast: Cast, phone: Phone) -> dict[str, int]:
    verdict = Verdict()
    judge(verdict, chart=own_chart(cast.maya), phones=[phone])
    return dict(verdict.faults)


def test_a_journal_in_order_has_no_fault(cast: Cast, phone: Phone) -> None:
    assert faults_of(cast, phone) == {}


def test_a_row_that_is_gone_is_lost(cast: Cast, phone: Phone) -> None:
    Entry.objects.filter(rev=1).delete()

    assert faults_of(cast, phone) == {"lost": 2}  # acknowledged, and shown


def test_words_that_nobody_said_are_wrong(cast: Cast, phone: Phone) -> None:
    first = next(iter(phone.told))
    phone.told[first] = {"others"}

    assert faults_of(cast, phone) == {"wrong": 2}


def test_other_words_than_were_acknowledged_are_wrong(cast: Cast, phone: Phone) -> None:
    known = phone.acknowledged[0]
    phone.acknowledged[0] = Acknowledged(known.id, known.rev, "one:99")

    assert faults_of(cast, phone) == {"wrong": 1}


def test_a_change_made_twice_is_doubled(cast: Cast, phone: Phone) -> None:
    chart, name = own_chart(cast.maya), phone.living()[0]
    now = {"note": phone.pages[name].mark}
    before = seal_revision(now, entry_id=UUID(name), rev=2, cipher=chart.cipher)
    EntryRevision.objects.filter(entry__id=name).update(before=before)

    assert faults_of(cast, phone) == {"doubled": 1, "wrong": 1}  # the first is not what was sent


def test_what_a_phone_never_read_is_skipped(cast: Cast, phone: Phone) -> None:
    del phone.pages[phone.living()[0]]

    assert faults_of(cast, phone) == {"skipped": 1}


def test_a_deletion_that_a_phone_never_heard_of_is_skipped(cast: Cast, phone: Phone) -> None:
    gone = next(page for page in phone.pages.values() if page.says is None)
    gone.says, gone.rev = {"note": "one:2"}, 1

    assert faults_of(cast, phone) == {"skipped": 1}


def test_what_a_phone_cannot_get_rid_of_is_stuck(cast: Cast, phone: Phone) -> None:
    phone.edit(phone.living()[0])

    assert faults_of(cast, phone) == {"stuck": 1}


def test_a_card_that_was_deleted_and_whose_day_is_taken_stays_deleted_on_every_phone(
    cast: Cast,
) -> None:
    """As a run with 500 kills once counted it: a phone that mends what another one replaced."""
    client, day = signed_in(cast.maya), "2026-05-04"
    at = {"occurred_at": f"{day}T14:50:00-05:00", "recorded_at": f"{day}T14:50:00-05:00"}
    body = at | {"kind": "daily", "date": day, "time_zone": ZONE}
    one, two = Phone("one", lambda: True), Phone("two", lambda: True)
    first, second = str(UUID(int=1, version=4)), str(UUID(int=2, version=4))
    one.write(first, body)
    for phone in (one, two):
        exchanged(client, phone)
    two.delete(first)
    exchanged(client, two)
    two.write(second, body)
    exchanged(client, two)
    one.edit(first)
    while one.is_waiting:
        exchanged(client, one)
    verdict = Verdict()

    judge(verdict, chart=own_chart(cast.maya), phones=[one, two])

    assert dict(verdict.faults) == {}, verdict.examples
    assert (one.living(), two.living()) == ([second], [second])
