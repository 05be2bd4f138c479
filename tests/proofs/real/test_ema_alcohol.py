"""Real cravings, moods and drinks of 33 people, through the API and into the brief.

Every row is sent alone, one in ten out of order, and again with a hundred others, as a phone does
that never had the answers. What is stored must equal the file, and the brief's figures a count made
here from the file with plain Python.
"""

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from care.models import Patient
from journaling.models import Entry
from tests.api.journal.sync_client import statuses, sync
from tests.api.responses import API
from tests.cast import Cast, signed_in
from tests.proofs.real import ema_data_set
from tests.proofs.real.ema_data_set import Answer, Person

HAS_FILE = ema_data_set.FILE.exists()
pytestmark = pytest.mark.skipif(
    not HAS_FILE, reason="the real data set is not here (BETWEEN_EMA_FILE names it)"
)
#: As many as one exchange takes.
MOST_OPS = 100
EVERYBODY = ema_data_set.people() if HAS_FILE else []


def operation(entry: dict[str, Any]) -> dict[str, Any]:
    return {**entry, "base_rev": None, "deleted": False}


def enrolled(cast: Cast, person: Person) -> tuple[str, APIClient]:
    """Bring the person in as a clinic does: invitation, then enrolment on their phone."""
    invited = signed_in(cast.dr_okafor).post(
        API + "patients", {"display_name": f"Person {person.number}", "time_zone": person.zone}
    )
    told = APIClient().post(
        API + "auth/enroll",
        {
            "invite_code": invited.json()["invite_code"],
            "username": f"person{person.number}",
            "password": "a lantern by the old pier",
            "time_zone": person.zone,
            "consent": {"version": "2026-01", "agreed": True},
        },
    )
    # They had the app before they answered: what a phone recorded before that would be doubted.
    first = min(answer.asked for answer in person.answers).replace(tzinfo=UTC)
    Patient.objects.filter(pk=invited.json()["id"]).update(enrolled_at=first - timedelta(days=2))
    phone = APIClient()
    phone.credentials(HTTP_AUTHORIZATION=f"Bearer {told.json()['access']}")
    return str(invited.json()["id"]), phone


def plan(cast: Cast, patient: str, at: datetime, *, attended: bool = False) -> str:
    """Plan a session of fifty minutes, and record that they came."""
    therapist = signed_in(cast.dr_okafor)
    made = therapist.post(
        API + "sessions",
        {
            "kind": "individual",
            "patient": patient,
            "starts_at": at.isoformat(),
            "ends_at": (at + timedelta(minutes=50)).isoformat(),
        },
    ).json()["id"]
    if attended:
        marks = [{"patient": patient, "status": "present", "minutes": 50}]
        assert therapist.post(f"{API}sessions/{made}/attendance", marks).status_code == 200
    return str(made)


def line_of(brief: dict[str, Any], key: str, pattern: str) -> re.Match[str]:
    """Find the one line of a section that says this."""
    (section,) = [section for section in brief["sections"] if section["key"] == key]
    found = [re.match(pattern, line["text"]) for line in section["lines"]]
    (match,) = [one for one in found if one]
    return match


def days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def counted(answers: list[Answer], first: date, last: date) -> tuple[int, float | None, int, int]:
    """Count by hand: episodes, median of the daily peaks, days without an entry, days in all.

    The day of the session is not over when it begins.
    """
    peaks: dict[date, int] = {}
    logged: set[date] = set()
    for answer in answers:
        day = answer.asked.date()
        has_mood = answer.happy is not None and answer.depressed is not None
        if answer.craving is not None:
            peaks[day] = max(peaks.get(day, 0), ema_data_set.strength(answer))
        if answer.craving is not None or has_mood or answer.drinks:
            logged.add(day)
    days = days_between(first, last - timedelta(days=1))
    episodes = sum(answer.craving is not None for answer in answers)
    middle = median(peaks.values()) if peaks else None
    return episodes, middle, len([day for day in days if day not in logged]), len(days)


@pytest.mark.parametrize("person", EVERYBODY, ids=lambda person: f"person-{person.number}")
def test_a_persons_diary_is_stored_whole_and_briefed_rightly(cast: Cast, person: Person) -> None:
    patient, phone = enrolled(cast, person)
    sent = list(ema_data_set.entries(person))
    alone = Counter(
        phone.post(API + "entries", body).status_code for body in ema_data_set.as_sent(person)
    )
    again = Counter(
        status
        for place in range(0, len(sent), MOST_OPS)
        for status in statuses(sync(phone, *map(operation, sent[place : place + MOST_OPS])))
    )

    # Stored: every answer once, nothing doubled, and what was not answered is nowhere.
    stored = Entry.objects.filter(patient_id=UUID(patient))
    assert alone == {201: len(sent), 200: len(sent[::10])}
    assert again == {"unchanged": len(sent)}
    assert Counter(stored.values_list("kind", flat=True)) == Counter(e["kind"] for e in sent)
    zeros = sum(a.craving is not None and ema_data_set.strength(a) == 0 for a in person.answers)
    assert stored.filter(intensity=0).count() == zeros
    assert stored.filter(kind="mood", intensity__isnull=False).count() == 0
    assert sorted(stored.values_list("seq", flat=True)) == list(range(1, len(sent) + 1))
    wall_days = Counter(
        answer.asked.date() for answer in person.answers if answer.craving is not None
    )
    local_days = stored.filter(kind="craving").values_list("local_date", flat=True)
    assert Counter(local_days) == wall_days

    # Briefed: the whole time when no session came before, else since the attended one.
    final = ema_data_set.session_after(person)
    whole = plan(cast, patient, final)
    _compare(cast, whole, list(person.answers), min(a.asked for a in person.answers).date(), final)
    between = ema_data_set.session_between(person)
    plan(cast, patient, between, attended=True)
    since = [a for a in person.answers if a.asked >= between.replace(tzinfo=None)]
    _compare(cast, whole, since, between.date(), final)


def _compare(cast: Cast, session: str, answers: list[Answer], first: date, until: datetime) -> None:
    brief = signed_in(cast.dr_okafor).get(f"{API}sessions/{session}/brief").json()
    episodes, middle, without, days = counted(answers, first, until.date())

    if episodes:
        told = line_of(
            brief, "craving", r"(\d+) episodes? on .*?; median daily peak ([\d.]+) of 10"
        )
        assert (int(told[1]), float(told[2])) == (episodes, middle)
    else:
        line_of(brief, "craving", "No craving was logged")
    logging = line_of(
        brief,
        "in_the_way",
        r"Logging: (?:no shared entry(?: in time)? on (\d+) of|a shared entry on each of) (\d+)",
    )
    assert (int(logging[1] or 0), int(logging[2])) == (without, days)
    # Nobody was asked whether they did not drink, so no day is told as one without.
    drunk = {a.asked.date() for a in answers if a.drinks} - {until.date()}
    said = f"0 of {days} days without reported use, use reported on {len(drunk)}"
    rest = f", {days - len(drunk)} not asked" if len(drunk) < days else ""
    line_of(brief, "use", re.escape(f"{said}{rest}." if drunk else "Use: not asked"))


def test_the_whole_file_is_what_we_think_it_is() -> None:
    answers = [answer for person in EVERYBODY for answer in person.answers]

    assert len(EVERYBODY) == 33
    assert len(answers) == 3_563
    assert sum(bool(answer.drinks) for answer in answers) == 433
