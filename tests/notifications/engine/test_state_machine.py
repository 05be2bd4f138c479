"""Anything that patients, clinics, clocks and workers do, in any order: what is promised holds.

``BETWEEN_TEST_EXAMPLES=2000 python -m pytest tests/notifications/engine/test_state_machine.py``
runs it whole.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from backend.kit.errors import InvalidInput
from backend.kit.ids import new_id
from care.models import Patient, TreatmentSession, User
from care.people.profile import change_profile
from journaling.entries.record import record_entry
from notifications.engine.claim import claim_due, lease_duration
from notifications.engine.forecast import upcoming
from notifications.engine.tick import dispatch
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Reminder
from notifications.push.gateway import PushMessage, PushResult
from notifications.reminders.edit import change_reminder, create_reminder, delete_reminder
from notifications.reminders.follow import follow_time_zone
from notifications.reminders.next_due import NUDGE_SLOT
from notifications.reminders.receipts import pause, record_answered
from tests import cast as people
from tests.notifications.reminder_scenario import MORNING, FakePush, phone
from tests.rollback import rolled_back

SMALL = 5
EXAMPLES = int(os.environ.get("BETWEEN_TEST_EXAMPLES", SMALL))
MINUTE = timedelta(minutes=1)
ZONES = ("America/Chicago", "America/Los_Angeles", "Asia/Tokyo", "Australia/Lord_Howe", "UTC")
CLOCKS = st.lists(
    st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15)),
    min_size=1, max_size=3, unique=True,
)  # fmt: skip


class Watching(FakePush):
    """A push service that knows what must hold of every message at its moment."""

    def __init__(self, day: "Days") -> None:
        super().__init__()
        self.day = day
        self.log: list[tuple[datetime, str]] = []

    def send(self, messages: Sequence[PushMessage], *, now: datetime) -> list[PushResult]:
        for message in messages:
            try:
                self.day.check(message, now)
            except AssertionError as breach:
                # Raised here, the engine would take it for a fault of the gateway.
                self.day.breaches.append(f"{now} {message.minute}: {breach}")
            self.log.append((now, message.tag))
        return super().send(messages, now=now)


class Days(RuleBasedStateMachine):
    """Maya's days: her reminders, journeys, pauses and sessions, and workers that come and die."""

    @initialize(first=CLOCKS, second=CLOCKS)
    def enter(self, first: list[time], second: list[time]) -> None:
        # A transaction of this example alone; the engine is told that it is a test's.
        self.example = rolled_back()
        self.example.__enter__()
        self.now = MORNING
        self.zone, self.quiet = people.ZONE, (time(22), time(7))
        self.paused_until: datetime | None = None
        self.breaches: list[str] = []
        self.cast = people.enter()
        phone(self.cast.maya)
        self.push = Watching(self)
        for times in (first, second, [time(12)], [time(18)]):
            self.plans_at(times, nudge=True, skips=False, window=240)

    @invariant()
    def life_goes_on_as_a_phone_was_told(self) -> None:
        if hasattr(self, "push"):
            self.live_as_foretold(hours=6)
            assert self.breaches == []

    @rule(hours=st.integers(24, 96))
    def nothing_changes(self, hours: int) -> None:
        self.live_as_foretold(hours=hours)

    def live_as_foretold(self, *, hours: int) -> None:
        """What ``reminders/upcoming`` names is what is sent, at that time, if nothing changes."""
        self.drain()
        until, before = self.now + hours * 60 * MINUTE, len(self.push.sent)
        named = upcoming(chart=self.chart(), hours=hours, now=self.now)
        while (at := self.next_at()) is not None and at <= until:
            self.now = max(at, self.now + MINUTE)
            self.drain()
        sent = [
            (message.occurrence, at)
            for message, (at, _) in zip(self.push.sent, self.push.log, strict=True)
        ]
        assert [(one.id, one.due_at) for one in named] == sent[before:]
        self.now = until

    def next_at(self) -> datetime | None:
        rows = (
            Reminder.objects.filter(next_due_at__isnull=False).values_list("next_due_at"),
            Occurrence.objects.filter(next_attempt_at__isnull=False).values_list("next_attempt_at"),
        )
        return min((at for found in rows for (at,) in found if at is not None), default=None)

    def let_pass(self, *, minutes: int, step: int) -> None:
        for _ in range(minutes // step):
            self.now += step * MINUTE
            self.drain()

    def teardown(self) -> None:
        if hasattr(self, "push"):
            reasons = set(Occurrence.objects.filter(state="skipped").values_list("reason"))
            assert ("",) not in reasons
            self.example.__exit__(None, None, None)

    @rule(times=CLOCKS, nudge=st.booleans(), skips=st.booleans(),
          window=st.sampled_from((30, 60, 240)))  # fmt: skip
    def plans(self, times: list[time], nudge: bool, skips: bool, window: int) -> None:
        self.plans_at(times, nudge=nudge, skips=skips, window=window)

    def plans_at(self, times: list[time], *, nudge: bool, skips: bool, window: int) -> None:
        sent = {"purpose": "checkin", "times": times, "nudge": nudge, "skip_if_logged": skips,
                "expires_minutes": window}  # fmt: skip
        with suppress(InvalidInput):
            create_reminder(chart=self.chart(), reminder_id=new_id(), sent=sent, now=self.now)

    @precondition(lambda self: self.newest() is not None)
    @rule(times=CLOCKS, active=st.booleans())
    def edits(self, times: list[time], active: bool) -> None:
        row = self.newest()
        with suppress(InvalidInput):
            change_reminder(
                chart=self.chart(), reminder_id=row.id, rev=row.rev,
                changes={"times": times, "active": active}, now=self.now,
            )  # fmt: skip

    @precondition(lambda self: self.newest() is not None)
    @rule()
    def deletes(self) -> None:
        row = self.newest()
        delete_reminder(chart=self.chart(), reminder_id=row.id, rev=row.rev, now=self.now)

    @rule(zone=st.sampled_from(ZONES))
    def travels(self, zone: str) -> None:
        user = User.objects.get(pk=self.cast.maya.pk)
        change_profile(user=user, rev=user.rev, changes={"time_zone": zone}, now=self.now)
        follow_time_zone(patient_id=user.pk, now=self.now)
        self.zone = zone

    @rule(start=st.integers(0, 23), end=st.integers(0, 23))
    def wants_quiet(self, start: int, end: int) -> None:
        self.quiet = (time(start), time(end))
        Patient.objects.filter(pk=self.cast.maya.pk).update(
            quiet_start=self.quiet[0], quiet_end=self.quiet[1]
        )

    @rule(minutes=st.integers(1, 600))
    def pauses(self, minutes: int) -> None:
        self.paused_until = self.now + minutes * MINUTE
        pause(chart=self.chart(), until=self.paused_until, now=self.now)

    @rule(ahead=st.integers(-30, 600))
    def has_a_session(self, ahead: int) -> None:
        people.session(
            self.cast.dr_okafor, starts_at=self.now + ahead * MINUTE, with_patient=self.cast.maya
        )

    @rule()
    def logs(self) -> None:
        record_entry(chart=self.chart(), sent=people.craving(at=self.now), now=self.now)

    @precondition(lambda self: bool(self.push.sent))
    @rule()
    def answers(self) -> None:
        name = self.push.sent[-1].occurrence
        record_answered(chart=self.chart(), occurrence_id=name, now=self.now)

    @rule(days=st.integers(1, 4), step=st.sampled_from((15, 60)))
    def days_pass(self, days: int, step: int) -> None:
        self.let_pass(minutes=days * 1440, step=step)

    @rule(minutes=st.integers(1, 90))
    def the_clock_steps_back(self, minutes: int) -> None:
        self.now -= minutes * MINUTE
        self.drain()
        self.drain()

    @rule()
    def a_worker_dies(self) -> None:
        due = Reminder.objects.filter(next_due_at__gt=self.now).order_by("next_due_at").first()
        if due is not None and due.next_due_at is not None:
            self.now = due.next_due_at
        claim_due(now=self.now)
        self.now += lease_duration()
        self.drain()

    @rule(days=st.integers(1, 6))
    def the_service_is_down(self, days: int) -> None:
        self.now += timedelta(days=days)
        before = len(self.push.sent)
        for minutes in range(0, 50, 5):
            dispatch(clock=lambda at=minutes: self.now + at * MINUTE, gateway=self.push)  # type: ignore[misc] # bound now
            assert len(self.push.sent) - before <= 2  # what was due before, and what falls due now
        self.now += 50 * MINUTE

    def drain(self) -> None:
        dispatch(clock=lambda: self.now, gateway=self.push)

    def chart(self) -> Any:
        return people.own_chart(self.cast.maya, now=self.now)

    def newest(self) -> Any:
        return Reminder.objects.filter(deleted_at=None).order_by("-row").first()

    def check(self, message: PushMessage, now: datetime) -> None:
        """Hold one message against everything that is promised, without asking our rules."""
        found = Occurrence.objects.get(pk=message.occurrence)
        local = now.astimezone(ZoneInfo(self.zone))
        log = self.push.log
        assert message.occurrence not in {one.occurrence for one in self.push.sent}, "sent twice"
        assert now < message.not_after, "too late"
        assert found.due_at <= now, "too early"
        assert self.paused_until is None or now >= self.paused_until, "paused"
        assert not self.is_quiet(local.time()), "quiet hours"
        sessions = TreatmentSession.objects.filter(starts_at__lte=now, ends_at__gt=now)
        assert not sessions.exists(), "in a session"
        today = [at for at, _ in log if at.astimezone(ZoneInfo(self.zone)).date() == local.date()]
        assert len(today) < 4, "more than four a day"
        if message.tag not in {tag for _, tag in log}:
            near = [tag for at, tag in log if abs(now - at) < 60 * MINUTE]
            assert not near or self.was_carried(found, near), "too close"
        reminder = Reminder.objects.get(pk=found.reminder_id)
        assert reminder.active, "switched off"
        assert reminder.deleted_at is None, "deleted"

    def was_carried(self, nudge: Occurrence, near: list[str]) -> bool:
        """Whether what is nudged was bundled into the one reminder that came in this hour."""
        reminders = Occurrence.objects.filter(reminder_id=nudge.reminder_id, reason="bundled")
        if nudge.slot < NUDGE_SLOT or not reminders.filter(slot=nudge.slot - NUDGE_SLOT).exists():
            return False
        sent = [one for one in self.push.sent if one.tag == near[0]]
        return len(near) == 1 and len(sent) == 1

    def is_quiet(self, clock: time) -> bool:
        start, end = self.quiet
        if start <= end:
            return start <= clock < end
        return not end <= clock < start


@pytest.mark.django_db
def test_whatever_happens_no_message_breaks_a_promise(db: None) -> None:
    size = settings(
        max_examples=EXAMPLES, stateful_step_count=8, deadline=None, derandomize=EXAMPLES <= SMALL,
        suppress_health_check=list(HealthCheck), print_blob=False,
        # Making a failure smaller takes many runs: only where time was asked for.
        phases=[Phase.generate, Phase.shrink] if EXAMPLES > SMALL else [Phase.generate],
    )  # fmt: skip
    run_state_machine_as_test(Days, settings=size)
