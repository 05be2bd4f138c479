"""Loading the demo clinic: all of it in one transaction, or nothing."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from operator import attrgetter

from django.db import transaction

from backend.demo.character import Character
from backend.demo.clinic import close_clinic, open_clinic
from backend.demo.homework import choose_targets, give_homework
from backend.demo.journal import written_by
from backend.demo.patients import PATIENTS
from backend.demo.programme import ZONE, Programme
from backend.demo.reading import read_past_briefs
from backend.demo.sessions import Schedule
from backend.demo.standing import record_standing, write_care_plans
from backend.kit.zones import day_start, local_day
from care import access
from care.access import DataClass
from care.models import User
from journaling import actions as journal
from journaling.actions.safety_sweep import take_as_seen
from journaling.drafts import read_draft
from journaling.queries import entries_between
from notifications import actions as reminding

#: Older than so many days, somebody has long looked at an answer about safety.
LOOKED_AT = 5
#: Wraps the list of patients so that somebody can watch it go by.
Progress = Callable[[Iterable[Character]], Iterable[Character]]


def load(*, password: str, now: datetime, is_fresh: bool = False, progress: Progress = iter) -> int:
    """Load the demo clinic and return how many entries its journals hold.

    Everything is told from the start of the clinic's local day, so two loads on one day give the
    same clinic; only ids, keys and the time of the next reminder differ. With ``is_fresh`` what is
    there of the demo is deleted first. An interrupted load leaves the database as it was.

    :raises backend.demo.clinic.AlreadyLoaded: it is there, and nothing was changed.
    :raises backend.demo.clinic.NamesTaken: the database has other people of the same names.
    """
    today = local_day(now, ZONE)
    entries = 0
    with transaction.atomic():
        if is_fresh:
            close_clinic()
        people = open_clinic(characters=PATIENTS, password=password, today=today)
        programme = Programme(people, PATIENTS, today)
        programme.store()
        Schedule(people, PATIENTS, programme.groups, today).store()
        record_standing(people, PATIENTS, today=today)
        for character in progress(PATIENTS):
            user = people.patients[character.username]
            give_homework(character, people, today=today)
            write_care_plans(character, people, today=today)
            choose_targets(character, user, now=day_start(today, ZONE))
            entries += _write_journal(character, user, today=today)
            read_past_briefs(user)
            # The plan looks ahead from this very moment: no reminder of the past is owed.
            reminding.give_default_plan(patient_id=user.pk, now=now)
    return entries


def _write_journal(character: Character, user: User, *, today: date) -> int:
    until = day_start(today, ZONE)
    chart = access.open_own_chart(viewer=user, what=DataClass.ENTRIES, now=until, to_write=True)
    sent = written_by(character, today=today, until=until)
    drafts = [read_draft(one.body, now=one.received_at) for one in sent]
    written = journal.record_drafts(chart=chart, drafts=drafts, now=until)
    take_as_seen(patient_id=user.pk)
    if character.uses:
        # What was told lately and called for a person is still open, for somebody to look at.
        lately = until - timedelta(days=LOOKED_AT)
        told = entries_between(chart=chart, since=lately, until=until)
        for entry in sorted(told, key=attrgetter("received_at", "seq")):
            journal.respond(chart=chart, entries=[entry], now=entry.received_at)
    return written
