"""One emergency told by twenty requests at once, and cleared by many at once (B30)."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connections
from django.utils import timezone

from api.http import authentication
from care.accounts.device_sessions import start_device_session
from care.models import AccessLogEntry, Clinic, StaffCall, User
from journaling.models import SafetyEvent, SafetySign
from journaling.safety.sweep import sweep_journals
from tests import cast as people
from tests import on_call_clinic
from tests.proofs.race.contest_result import Tally
from tests.proofs.race.racing_threads import arena, send

HANDS = 20
ALWAYS = [{"days": [*on_call_clinic.WEEK, "sat", "sun"], "opens": "00:00", "closes": "24:00"}]


def episode_race(rounds: int) -> Tally:
    """Send twenty entries of one emergency while the sweep looks: one event, each called once."""
    tally = Tally("safety: one event", HANDS)
    _staffed()
    maya, token = _signed_in("maya")
    with arena(HANDS) as ring:
        for _ in range(rounds):
            SafetyEvent.objects.all().delete()
            StaffCall.objects.all().delete()
            calls: list[Callable[[], Any]] = [
                partial(
                    send, "POST", "entries", on_call_clinic.unsafe(at=timezone.now()), token=token
                )
                for _ in range(HANDS - 1)
            ]
            answers = ring.together([*calls, _look])[:-1]
            sweep_journals(now=timezone.now())
            tally.count(
                statuses=({answer.status for answer in answers}, {201}),
                helped=({answer.body["support"]["level"] for answer in answers}, {3}),
                told=({answer.body["support"]["staff_notified"] for answer in answers}, {True}),
                events=(SafetyEvent.objects.filter(patient_id=maya.pk).count(), 1),
                signs=(SafetySign.objects.count(), HANDS - 1),
                calls=(
                    Counter(StaffCall.objects.values_list("part", flat=True)),
                    Counter(duty=1, backup=1),
                ),
            )
    return tally


def clear_race(rounds: int) -> Tally:
    """Let duty and backup clear one event ten times each at once: one did it, all are told who."""
    tally = Tally("safety: cleared once", HANDS)
    _staffed()
    _, maya = _signed_in("maya")
    staff = [_signed_in(name) for name in ("dr_okafor", "dr_reyes")]
    with arena(HANDS) as ring:
        for _ in range(rounds):
            SafetyEvent.objects.all().delete()
            send("POST", "entries", on_call_clinic.unsafe(at=timezone.now()), token=maya)
            event = SafetyEvent.objects.get().pk
            writes = AccessLogEntry.objects.filter(
                data_class="safety_events", action="write", actor_role="clinician"
            )
            before = writes.count()
            path = f"safety-events/{event}/acknowledge"
            answers = ring.together(
                [
                    partial(send, "POST", path, {"reason": "reached_safe"}, token=token)
                    for _, token in staff
                ]
                * (HANDS // 2)
            )
            tally.count(
                statuses=({answer.status for answer in answers}, {200}),
                cleared_by=(len({answer.body["acknowledged_by"] for answer in answers}), 1),
                cleared_at=(len({answer.body["acknowledged_at"] for answer in answers}), 1),
                audited=(writes.count() - before, 1),
            )
    return tally


def _look() -> None:
    """Sweep as a worker does, and give its database connection back."""
    sweep_journals(now=timezone.now())
    connections.close_all()


def _staffed() -> None:
    clinic = Clinic.objects.get()
    rota = [ALWAYS[0] | {"duty": "dr_okafor"}]
    on_call_clinic.set_up_clinic(clinic, hours=ALWAYS, rota=rota)


def _signed_in(name: str) -> tuple[User, str]:
    user = User.objects.get(username=name)
    now = timezone.now()
    session = start_device_session(
        user=user, device_name="", now=now, passed_at=people.second_factor_of(user, now)
    )
    return user, str(authentication.token_pair(session, now=now).access)
