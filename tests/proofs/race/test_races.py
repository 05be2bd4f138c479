"""Of many requests that reach for one thing at once, the right ones win, in every round."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest

from care.access import open as access_open
from care.access.rules import team_access
from care.accounts import (
    device_sessions,
    password_reset,
    second_factor,
    sign_in,
    staff_invitations,
)
from care.accounts.throttle import TooManyAttempts
from care.models import AttemptCounter, User
from care.people import enrol as people_enrol
from care.support import invite as support_invite
from journaling.entries import record as entries_record
from journaling.models import Journal
from journaling.safety import events as safety_events
from tests.cast import Cast, enter
from tests.proofs.race.consent_race import consent_race
from tests.proofs.race.contest_result import Tally
from tests.proofs.race.contests import CONTESTS
from tests.proofs.race.enrolment_race import invitation_race
from tests.proofs.race.entry_race import order_race, repeat_race
from tests.proofs.race.one_time_code_race import recovery_race, reset_race, totp_race
from tests.proofs.race.password_guess_race import guess_race
from tests.proofs.race.safety_event_race import clear_race, episode_race
from tests.proofs.race.staff_invitation_race import staff_race
from tests.proofs.race.support_code_race import support_race
from tests.proofs.race.token_refresh_race import refresh_race

#: Enough to lose often without a guard; the full size is ``python -m tests.proofs.race``.
ROUNDS = 5
Contest = Callable[[int], Tally]


@pytest.fixture
def _cast(transactional_db: None) -> Cast:
    return enter()


@pytest.mark.usefixtures("_cast")
@pytest.mark.parametrize("contest", CONTESTS, ids=[contest.__name__ for contest in CONTESTS])
def test_no_round_is_lost(contest: Contest) -> None:
    tally = contest(ROUNDS)

    assert (tally.rounds, dict(tally.faults)) == (ROUNDS, {})


# --- The same contests with a guard taken away: they must be able to lose ---------------------


def _look_then_act(rows: Any, **changes: object) -> int:
    """Claim as one should not: see whether a row matches, then change it."""
    found = rows.first()
    if found is None:
        return 0
    time.sleep(0.002)
    return type(found).objects.filter(pk=found.pk).update(**changes)  # type: ignore[no-any-return] # whatever the model


def _never_refused(rows: Any, **changes: object) -> int:
    """Claim as one should not: change what matches, and think it won whatever the count."""
    rows.update(**changes)
    return 1


def _read_then_count(*, what: str, whose: str, limit: int, now: datetime) -> None:
    """Count tries as one should not: read the number, then write it."""
    key = f"{what}|{whose}"
    row, _ = AttemptCounter.objects.get_or_create(
        key=key, defaults={"count": 0, "window_started_at": now}
    )
    time.sleep(0.002)
    if row.count >= limit:
        raise TooManyAttempts(1)
    AttemptCounter.objects.filter(key=key).update(count=row.count + 1)


def _read_then_number(*, patient_id: UUID) -> int:
    """Number entries as one should not: outside the lock of the journal's row."""
    journal, _ = Journal.objects.get_or_create(patient_id=patient_id)
    return journal.last_seq + 1


@pytest.mark.usefixtures("_cast")
@pytest.mark.parametrize(
    ("contest", "module", "name", "careless"),
    [
        (refresh_race, device_sessions, "claim", _look_then_act),
        (guess_race, sign_in, "count_attempt", _read_then_count),
        (totp_race, second_factor, "claim", _look_then_act),
        (recovery_race, second_factor, "claim", _look_then_act),
        (reset_race, password_reset, "claim", _never_refused),
        (invitation_race, people_enrol, "claim", _never_refused),
        (support_race, support_invite, "claim", _never_refused),
        (staff_race, staff_invitations, "claim", _never_refused),
        (repeat_race, entries_record, "entry_with_digest", lambda **_: None),
        (order_race, entries_record, "take_next_seq", _read_then_number),
        (clear_race, safety_events, "claim", _never_refused),
    ],
    ids=[
        "refresh",
        "sign-in",
        "code",
        "recovery code",
        "reset",
        "invitation",
        "support code",
        "staff code",
        "repeat",
        "order",
        "clear",
    ],
)
def test_without_its_guard_a_contest_is_lost(
    contest: Contest, module: Any, name: str, careless: Callable[..., Any]
) -> None:
    with patch.object(module, name, careless):
        # On a busy machine no two may meet in a few rounds.
        is_lost = any(contest(5).lost for _ in range(6))

    assert is_lost


@pytest.mark.usefixtures("_cast")
def test_without_an_episode_its_contest_is_lost() -> None:
    with patch.object(safety_events, "EPISODE_GAP", timedelta(0)):
        tally = episode_race(3)

    assert tally.lost > 0


@pytest.mark.usefixtures("_cast")
def test_with_a_right_that_is_remembered_its_contest_is_lost() -> None:
    known: dict[UUID, tuple[str, frozenset[str], str, Any]] = {}

    def remembered(
        *, viewer: User, patient_id: UUID, now: datetime
    ) -> tuple[str, frozenset[str], str, Any]:
        if patient_id not in known:
            known[patient_id] = team_access(viewer=viewer, patient_id=patient_id, now=now)
        return known[patient_id]

    with patch.object(access_open, "team_access", remembered):
        tally = consent_race(2)

    assert tally.lost == 2
    assert any(fault.startswith("shown_after") for fault in tally.faults)
