"""The last place in a group, and the weeks of a series, reached for by several at once."""

from collections import Counter
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.utils import timezone

from backend.kit.errors import InvalidInput
from care.constants import MOST_IN_A_GROUP, SERIES_CREATED_AHEAD
from care.models import GroupMembership, Patient, TreatmentSession, User
from care.programme.groups import add_to_group
from care.sessions.occurrences import WeeklyRecurrence, create_due_occurrences
from care.sessions.plan import PlannedSession
from care.sessions.series import plan_series
from tests import cast as people
from tests.proofs.race.contest_result import Tally
from tests.proofs.race.racing_threads import arena

HANDS = 4


def place_race(rounds: int) -> Tally:
    """Let four patients join a group with one place left: one gets it, the others are told."""
    tally = Tally("group: the last place", HANDS)
    leader = User.objects.get(username="dr_okafor")
    patients = [_patient(leader, n) for n in range(MOST_IN_A_GROUP - 1 + HANDS)]
    inside, waiting = patients[HANDS:], patients[:HANDS]
    with arena(HANDS) as ring:
        for turn in range(rounds):
            group = people.group(leader, *inside, name=f"Group {turn}")
            answers = ring.together([partial(_join, leader, group.pk, one.pk) for one in waiting])
            tally.count(
                answers=(Counter(answers), Counter({"in": 1, "group_full": HANDS - 1})),
                members=(
                    GroupMembership.objects.filter(group=group).count(), MOST_IN_A_GROUP,
                ),
            )  # fmt: skip
    return tally


def weeks_race(rounds: int) -> Tally:
    """Let four viewers make the coming weeks of one series at once: each week once."""
    tally = Tally("series: each week once", HANDS)
    clinician = User.objects.get(username="dr_okafor")
    maya = Patient.objects.get(user__username="maya")
    now = timezone.now().replace(microsecond=0)
    with arena(HANDS) as ring:
        for _ in range(rounds):
            plan = PlannedSession(
                clinician=clinician, kind="individual", starts_at=now + timedelta(days=1),
                ends_at=now + timedelta(days=1, minutes=50), patient_id=maya.pk,
            )  # fmt: skip
            first, _ = plan_series(plan=plan, weekly=WeeklyRecurrence(), now=now)
            later = now + timedelta(weeks=10)
            made = ring.together([partial(create_due_occurrences, now=later)] * HANDS)
            days = TreatmentSession.objects.filter(series=first.series).values_list(
                "series_day", flat=True
            )
            weeks = {first.series_day + timedelta(weeks=n) for n in range(30) if first.series_day}
            wanted = {day for day in weeks if day < (later + SERIES_CREATED_AHEAD).date()}
            tally.count(
                days=(sorted(filter(None, days)), sorted(wanted)),
                counted=(sum(made), 10),
            )
            TreatmentSession.objects.filter(series=first.series).delete()
            if first.series is not None:
                first.series.delete()
    return tally


def _patient(leader: User, number: int) -> User:
    clinic = leader.clinic
    return people.patient(clinic, f"place-{number}", f"Place {number}", treated_by=leader)


def _join(leader: User, group_id: UUID, patient_id: UUID) -> str:
    try:
        add_to_group(clinician=leader, group_id=group_id, patient_id=patient_id, now=timezone.now())
    except InvalidInput as refusal:
        return refusal.errors[0].code
    return "in"
