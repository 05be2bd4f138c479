"""What a made-up patient's phone sends: bodies as the API takes them, and when they arrived.

Everything is counted back from one local day, so the same day always gives the same journal.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from backend.demo import body_generator, entry_generator
from backend.demo.people import (
    BodyHabits,
    JournalNote,
    PatientProfile,
    UseEvent,
    seeded_random,
)
from backend.demo.programme import GROUP_SKILLS, is_in_groups
from backend.kit.timezones import get_zone, local_to_utc

#: The hours of waking life; cravings come more in the evening.
_HOURS = (8, 9, 11, 12, 13, 15, 16, 17, 18, 19, 20, 21)
_CRAVING_WEIGHTS = (1, 1, 1, 2, 2, 2, 3, 4, 5, 6, 6, 4)
Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PhoneUpload:
    """One body as a phone sent it, and when the server got it."""

    body: Fields
    received_at: datetime


def uploads_of_patient(
    character: PatientProfile, *, today: date, until: datetime
) -> list[PhoneUpload]:
    """Return everything that the patient recorded before ``until``, in the order of arrival."""
    uploads = [
        sent
        for day in range(character.enrolled, 0, -1)
        for sent in _PatientDay(character, today, day).written()
        if sent.received_at < until
    ]
    return sorted(uploads, key=lambda sent: (sent.received_at, sent.body["id"]))


class _PatientDay:
    """One day of one patient."""

    def __init__(self, character: PatientProfile, today: date, day: int) -> None:
        self.character = character
        self.day = day
        self.date = today - timedelta(days=day)
        self.roll = seeded_random(character.username, day)
        journey = character.journey
        is_away = journey is not None and journey.last <= day <= journey.first
        self.zone = journey.zone if journey is not None and is_away else character.zone
        #: From 0 on the day of enrolment to 1 today.
        self.progress = 1 - day / character.enrolled
        self.count = 0

    def written(self) -> Iterator[PhoneUpload]:
        """Return the day's uploads: what was planned for the story, and what comes by habit."""
        for use in self.character.uses:
            if use.day == self.day:
                yield from self._return_to_use(use)
        for said in self.character.said:
            if said.day == self.day:
                yield self._note(said)
        logging = self.character.logging
        # Habits begin the morning after enrolment; its own evening is for what the story tells.
        is_usual = logging.silent_since <= self.day < self.character.enrolled
        is_usual = is_usual and self.date.weekday() != logging.silent_weekday
        if self.roll.random() < logging.days and is_usual:
            yield from self._by_habit()
        if is_usual:
            yield from self._asked()
            yield from self._with_the_group()
            yield from self._by_plans()
            if self.character.body is not None:
                yield from self._of_body(self.character.body)

    def _by_habit(self) -> Iterator[PhoneUpload]:
        for kind, write, weights in (
            ("craving", entry_generator.generate_craving, _CRAVING_WEIGHTS),
            ("mood", entry_generator.generate_mood, None),
            ("skill_practice", entry_generator.generate_practice, None),
        ):
            for _ in range(entry_generator.entries_per_day(kind, self.character, self.roll)):
                hour = self.roll.choices(_HOURS, weights)[0]
                at = self._at(time(hour, self.roll.randint(0, 59)))
                fields = write(self.character, progress=self.progress, roll=self.roll)
                yield self._sent(kind, at, self._told(at), fields | self._sharing())

    def _asked(self) -> Iterator[PhoneUpload]:
        """Return answers to prompts: the diary card at night, questionnaires every so many days."""
        roll = seeded_random(self.character.username, self.day, "asked")
        if roll.random() < self.character.diary:
            at = self._at(time(roll.choice((20, 21, 22)), roll.randint(0, 59)))
            card = entry_generator.generate_diary_card(
                self.character, progress=self.progress, roll=roll
            )
            if self.character.body is not None:
                card |= body_generator.generate_card_answers(
                    self.character.body, roll=self._body_roll("card")
                )
            fields = {"date": self.date.isoformat(), **card, **self._sharing()}
            yield self._sent("daily", at, self._told(at), fields)
        for number, one in enumerate(self.character.asked):
            # Two days ago most recently, so that today's brief has something to tell.
            if self.day % one.every == 2:
                at = self._at(time(18, 5 + 7 * number))
                recorded_at = self._told(at)
                answered = entry_generator.generate_questionnaire(
                    one, self.character, day=self.day, progress=self.progress, roll=roll
                )
                completed = {"completed_at": recorded_at.isoformat()}
                yield self._sent("measure", at, recorded_at, answered | completed)

    def _with_the_group(self) -> Iterator[PhoneUpload]:
        """Yield the practices of the week's theme: one before the groups meet, one after."""
        weeks_ago, day = divmod(self.day - 1, 7)
        if not is_in_groups(self.character, self.day):
            return
        roll = seeded_random(self.character.username, "group", weeks_ago)
        if day not in {roll.choice((0, 1)), roll.choice((3, 4, 5))}:
            return
        at = self._at(time(7, roll.randint(5, 50)))
        fields = entry_generator.generate_planned_practice(
            GROUP_SKILLS[weeks_ago % len(GROUP_SKILLS)], self.character, roll=roll
        )
        is_prompt = self.character.logging.momentary > 0
        recorded_at = at + timedelta(minutes=5) if is_prompt else self._told(at)
        yield self._sent("skill_practice", at, recorded_at, fields)

    def _by_plans(self) -> Iterator[PhoneUpload]:
        """Yield what was done by situation plans that stood that day."""
        for plan in self.character.plans:
            roll = seeded_random(self.character.username, self.day, plan.situation)
            if self.day >= plan.since or roll.random() >= plan.a_week / 7:
                continue
            at = self._at(time(roll.choice((17, 18, 20, 21)), roll.randint(0, 59)))
            practice = entry_generator.generate_planned_practice(
                plan.skill, self.character, roll=roll
            )
            origin = {"origin": f"plan:{self.character.plan_id(plan)}"}
            yield self._sent("skill_practice", at, at + timedelta(minutes=5), practice | origin)

    def _of_body(self, habits: BodyHabits) -> Iterator[PhoneUpload]:
        """Yield the doses and readings of a morning, and the meeting of an evening."""
        roll = self._body_roll("logged")
        morning, evening = (self._at(time(hour, roll.randint(0, 50))) for hour in (8, 19))
        if roll.random() < self.character.logging.days:
            for kind, fields in body_generator.generate_morning(
                habits, day=self.day, progress=self.progress, roll=roll
            ):
                yield self._sent(kind, morning, morning + timedelta(minutes=2), fields)
        meeting = body_generator.generate_meeting(habits, roll=roll)
        if meeting is not None:
            yield self._sent("meeting", evening, evening + timedelta(minutes=70), meeting)

    def _body_roll(self, about: str) -> Random:
        """Return a generator of its own, so that nothing else of the day depends on it."""
        return seeded_random(self.character.username, self.day, "body", about)

    def _return_to_use(self, use: UseEvent) -> Iterator[PhoneUpload]:
        at = self._at(use.clock)
        recorded_at = at + timedelta(hours=use.told_after)
        before, fields = entry_generator.generate_return_to_use(use, self.character)
        yield self._sent("craving", at - timedelta(minutes=35), recorded_at, before)
        yield self._sent("use", at, recorded_at + timedelta(minutes=4), fields)

    def _note(self, said: JournalNote) -> PhoneUpload:
        at = self._at(time(self.roll.choice((18, 19, 20, 21)), self.roll.randint(0, 50)))
        fields: Fields = {"note": said.text}
        if said.discuss:
            fields["discuss"] = True
        if said.share:
            fields["share"] = said.share
        return self._sent("note", at, self._told(at), fields)

    def _sharing(self) -> Fields:
        share = self.roll.choice(self.character.shares)
        return {} if share == "care_team" else {"share": share}

    def _at(self, clock: time) -> datetime:
        return local_to_utc(self.date, clock, self.zone)

    def _told(self, at: datetime) -> datetime:
        """Choose when it was recorded: at once, later the same day, or on a day after."""
        logging, chance = self.character.logging, self.roll.random()
        if chance < logging.momentary:
            return at + timedelta(minutes=self.roll.randint(0, 12))
        if chance < logging.momentary + logging.same_day:
            later = at + timedelta(minutes=self.roll.randint(25, 240))
            return min(later, self._at(time(23, 50)))
        is_next = chance < logging.momentary + logging.same_day + logging.next_day
        clock = time(7 if is_next else 20, self.roll.randint(10, 55))
        return local_to_utc(self.date + timedelta(days=1 if is_next else 3), clock, self.zone)

    def _sent(self, kind: str, at: datetime, recorded_at: datetime, fields: Fields) -> PhoneUpload:
        self.count += 1
        name = f"urn:between:demo:{self.character.username}:{self.date}:{self.count}"
        where = get_zone(self.zone)
        body = {
            "id": str(uuid5(NAMESPACE_URL, name)),
            "kind": kind,
            "occurred_at": at.astimezone(where).isoformat(),
            "recorded_at": recorded_at.astimezone(where).isoformat(),
            "time_zone": self.zone,
            **fields,
        }
        return PhoneUpload(body, recorded_at + self._travel_time())

    def _travel_time(self) -> timedelta:
        """Choose how long the entry was under way: seconds, or hours where no network was."""
        if self.character.has_wrong_clock and self.roll.random() < 0.04:
            return timedelta(minutes=-25)
        return timedelta(seconds=self.roll.choice((1, 2, 2, 3, 5, 9, 4_200)))
