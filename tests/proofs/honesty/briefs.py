"""The whole brief over simulated patients: what a therapist would read as a claim.

The sections write what they write for anybody; claims are found in the sentences, so that a figure
cannot be honest while the page is not.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.kit.timezones import LocalCalendar
from care.sessions.for_brief import IndividualSession
from journaling.briefs.facts import BriefFacts, ReminderCounts, window_after_session
from journaling.briefs.individual import write_sections
from journaling.briefs.limits import CONTEXT_DAYS
from journaling.briefs.status import CurrentStatus
from journaling.skills import catalogue
from tests.proofs.honesty.bounds import Bound
from tests.proofs.honesty.claims import Shares
from tests.proofs.honesty.patients import ZONE, Simulated, Truth, simulate

NOBODY = UUID(int=1)
#: A claim is a sentence of one section of the brief.
SAID: Mapping[str, tuple[str, re.Pattern[str]]] = {
    "skill": ("skills", re.compile(r"has gone with a larger drop")),
    "day part": ("craving", re.compile(r"More (in the|around)")),
    "weekday": ("craving", re.compile(r"More on \w+days")),
    "leaning": ("mood_sleep", re.compile(r"Mood (leaning |up |down )")),
    "changing": ("mood_sleep", re.compile(r"Mood (up|down) over")),
    "craving leaning": ("craving", re.compile(r"Daily peak (leaning |up |down )")),
}
CLAIMS = (*SAID, "right skill", "silent days")

#: As for the figures (CLINICAL §6): the page may claim no more than they do.
BOUNDS = (
    Bound("steady", "skill", most=0.05),
    Bound("steady", "day part", most=0.05),
    Bound("steady", "weekday", most=0.05),
    Bound("steady", "leaning", most=0.12),
    Bound("steady", "changing", most=0.05),
    Bound("steady, days alike (AR 0.6)", "changing", most=0.05),
    Bound("steady", "craving leaning", most=0.12),
    Bound("a skill kept for strong cravings", "skill", most=0.05),
    Bound("silent weekends", "weekday", most=0.05),
    Bound("silent weekends", "silent days", least=1.0),
    Bound("a skill that helps by 2", "right skill", least=0.80),
    Bound("a skill that helps by 3", "right skill", least=0.95),
    Bound("cravings of the evening (6 of 10)", "day part", least=0.95),
    Bound("cravings of Fridays (4 of 10)", "weekday", least=0.90),
    Bound("falling mood (3 of 6 in two weeks)", "leaning", least=0.55),
)


def read(patient: Simulated) -> dict[str, str]:
    """Write the brief at the end of the patient's days, and give each section's sentences."""
    return {
        part.key: " ".join(line.text for line in part.lines)
        for part in write_sections(facts_of(patient))
    }


def facts_of(patient: Simulated) -> BriefFacts:
    """Put a session at the end of the days; the last one was two weeks after the first of them.

    Who has no more than two weeks has had a session in the middle.
    """
    first = patient.days[0]
    since_day = first + timedelta(days=min(CONTEXT_DAYS, len(patient.days) // 2))
    since, until = _midnight(since_day), _midnight(patient.days[-1] + timedelta(days=1))
    found = window_after_session(since=since, until=until, calendar=LocalCalendar(ZONE))
    return BriefFacts(
        session=IndividualSession(
            id=NOBODY, kind="individual", starts_at=until, ends_at=until + timedelta(hours=1),
            title="", place="", is_cancelled=False, clinician_name="Dr. Okafor", time_zone=ZONE,
            patient_id=NOBODY, patient_name="Somebody", patient_zone=ZONE, enrolled_at=None,
        ),
        stay=None,
        visits=(),
        week_visits=(),
        window=found,
        days=found.days,
        sharing_levels=frozenset({"care_team"}),
        reminders=ReminderCounts(0, 0, 0, 0),
        status=CurrentStatus((), ()),
        entries=tuple(entry for entry in patient.entries if entry.occurred_at >= since),
        context=tuple(entry for entry in patient.entries if entry.occurred_at < since),
        measures=(),
    )  # fmt: skip


def claimed(patient: Simulated) -> dict[str, bool]:
    """Return which claims the brief about a patient makes."""
    said = read(patient)
    found = {name: bool(words.search(said[key])) for name, (key, words) in SAID.items()}
    helps = patient.truth.helps
    found["right skill"] = helps is not None and (
        f"{catalogue.skill_name(helps)} has gone with a larger drop" in said["skills"]
    )
    found["silent days"] = _silence(patient) in said["in_the_way"]
    return found


def shares(truth: Truth, *, people: int) -> Shares:
    """Write the briefs of so many patients of one truth, and count what they claim."""
    made = dict.fromkeys(CLAIMS, 0)
    for seed in range(people):
        for name, is_made in claimed(simulate(truth, seed=seed)).items():
            made[name] += is_made
    return Shares(people, made)


def _silence(patient: Simulated) -> str:
    """Say, by a plain count, on how many days of the window nothing was logged."""
    facts = facts_of(patient)
    logged = {entry.local_date for entry in facts.entries}
    silent = sum(day not in logged for day in facts.days)
    if not silent:
        return f"a shared entry on each of {len(facts.days)} days"
    return f"no shared entry on {silent} of {len(facts.days)} days"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(ZONE))
