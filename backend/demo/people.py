"""The made-up patients: what makes up one, and their stories, read from ``stories/``.

Days are counted back from today, which is 0.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from datetime import time
from pathlib import Path
from random import Random
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints
from uuid import NAMESPACE_URL, UUID, uuid5

from care.models import Clinic, User

_FOLDER = Path(__file__).with_name("stories")
#: Everybody in the order in which they are stored: Dr. Okafor's, Dr. Lind's, and those who make the
#: groups as full as groups are.
_USERNAMES = (
    "maya", "leo", "ines", "samir", "ruth", "dana",
    "noah", "keiko", "tom", "amara", "victor", "jun",
    "omar", "grace", "eli", "hana", "marcus", "sofia", "joe",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EpisodeProfile:
    """One episode of care; ``until`` is None while it lasts, ``why`` the next one began."""

    level: str
    since: int
    hours: int
    until: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class LoggingHabits:
    """How somebody logs: on which share of days, and how soon after (shares of entries).

    What is not momentary, nor of the same or the next day, is recalled three days later.
    Nothing is logged on days nearer than ``silent_since``, nor by habit on ``silent_weekday``
    (Monday is 0), though its reminder is opened.
    """

    days: float
    momentary: float = 0.7
    same_day: float = 0.22
    next_day: float = 0.05
    silent_since: int = 0
    silent_weekday: int | None = None


@dataclass(frozen=True, slots=True)
class CravingPattern:
    """What somebody craves: how often a day, and how strongly at first and by now."""

    target: str
    a_day: float
    strength: tuple[float, float]
    triggers: tuple[str, ...]
    thoughts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MoodPattern:
    """How somebody feels: how many moods a day, and their valence at first and by now."""

    a_day: float
    valence: tuple[float, float]
    associations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SkillPractice:
    """Which skills somebody practises, how often a day, and how often they help."""

    a_day: float
    helps: float
    skills: tuple[str, ...]
    situations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BodyHabits:
    """What somebody takes, measures and goes to: a medicine a day, weight, meetings a week."""

    medicine: str = ""
    takes: float = 0.9
    skipped: str = "Forgot it."
    #: Weight in kg at first and by now; without it nothing is measured.
    weight: tuple[float, float] | None = None
    weighs_every: int = 3
    meetings: tuple[str, ...] = ()
    meetings_a_week: float = 0.0
    pain: int = 1


@dataclass(frozen=True, slots=True)
class JournalNote:
    """One note in somebody's own words, on one day."""

    day: int
    text: str
    discuss: bool = False
    share: str = ""


@dataclass(frozen=True, slots=True)
class UseEvent:
    """One return to use; ``told_after`` is how many hours later it was logged."""

    day: int
    clock: time
    substance: str
    amount: float
    unit: str
    alone: bool
    before: str
    after_effect: str
    told_after: int = 1
    discuss: bool = False


@dataclass(frozen=True, slots=True)
class AttendanceRates:
    """How somebody comes to sessions: shares of them; the rest they attend in full."""

    late: float = 0.06
    left_early: float = 0.02
    excused: float = 0.03
    no_show: float = 0.02


@dataclass(frozen=True, slots=True)
class Travel:
    """Days during which the phone was in another zone, both included."""

    first: int
    last: int
    zone: str


@dataclass(frozen=True, slots=True)
class QuestionnairePlan:
    """A questionnaire answered every so many days; its total drifts from the first to now's.

    With ``dark`` the question about being better off dead is answered by 1 of late.
    """

    instrument: str
    every: int
    total: tuple[int, int] = (0, 0)
    dark: bool = False


@dataclass(frozen=True, slots=True)
class AssignedSkill:
    """A skill that the therapist assigned, on one day, so many times a week."""

    skill: str
    per_week: int
    since: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlannedSituation:
    """A situation plan, ``agreed`` with the therapist or made alone, and how often it is used."""

    situation: str
    skill: str
    since: int
    a_week: float
    words: str = ""
    agreed: bool = False


@dataclass(frozen=True, slots=True)
class SingleSession:
    """One session with the therapist that doesn't come back, such as with the family."""

    day: int
    clock: time
    kind: str
    minutes: int = 50


@dataclass(frozen=True, slots=True)
class PatientProfile:
    """One made-up patient.

    ``groups`` are the keys of the groups they are in. ``meets`` are the days of the week, counted
    from today, of their individual sessions, which begin at ``meets_at`` by the clinic's clock.
    ``visits`` count their days from today on, those past below zero. ``shares`` are the sharing
    levels they choose from.
    """

    username: str
    name: str
    therapist: str
    groups: tuple[str, ...]
    enrolled: int
    stays: tuple[EpisodeProfile, ...]
    meets: tuple[int, ...]
    meets_at: time
    logging: LoggingHabits
    craving: CravingPattern
    mood: MoodPattern
    practice: SkillPractice
    zone: str = "America/Chicago"
    attending: AttendanceRates = field(default_factory=AttendanceRates)
    shares: tuple[str, ...] = ("care_team",)
    said: tuple[JournalNote, ...] = ()
    uses: tuple[UseEvent, ...] = ()
    visits: tuple[SingleSession, ...] = ()
    journey: Travel | None = None
    #: The share of days with a diary card, and hours of sleep at first and by now.
    diary: float = 0.6
    sleep: tuple[float, float] = (5.5, 7.0)
    body: BodyHabits | None = None
    asked: tuple[QuestionnairePlan, ...] = ()
    homework: tuple[AssignedSkill, ...] = ()
    plans: tuple[PlannedSituation, ...] = ()
    targets: tuple[str, ...] = ()
    #: What the plan of care aims at, in plain words.
    goals: tuple[str, ...] = ("One skill on most evenings.", "Sleep seven hours.")
    consent_ended: int | None = None
    has_quiet_hours: bool = True
    has_wrong_clock: bool = False

    def plan_id(self, plan: PlannedSituation) -> UUID:
        """Return the id of one of the patient's situation plans, the same in each load."""
        name = f"urn:between:demo:{self.username}:plan:{plan.situation}"
        return uuid5(NAMESPACE_URL, name)


@dataclass(frozen=True, slots=True)
class DemoPeople:
    """The rows of everybody in the clinic, by username."""

    clinic: Clinic
    staff: Mapping[str, User]
    patients: Mapping[str, User]


def _read_patient(username: str) -> PatientProfile:
    told = tomllib.loads((_FOLDER / f"{username}.toml").read_text(encoding="utf-8"))
    patient: PatientProfile = _built(PatientProfile, {"username": username, **told})
    return patient


def _built(kind: Any, told: dict[str, Any]) -> Any:
    """Build one of the classes above; a word that it does not know raises."""
    kinds = get_type_hints(kind)
    return kind(**{name: _value(kinds.get(name), value) for name, value in told.items()})


def _value(kind: Any, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_value(get_args(kind)[0], each) for each in value)
    if isinstance(value, dict):
        kinds = get_args(kind) if get_origin(kind) is UnionType else (kind,)
        return _built(next(filter(is_dataclass, kinds)), value)
    return value


PATIENTS = tuple(map(_read_patient, _USERNAMES))


def seeded_random(*names: object) -> Random:
    """Return a random generator seeded by a name, such as a patient's on one day."""
    return Random("|".join(map(str, names)))  # noqa: S311 (made-up lives; nothing is guarded by it)


def sample_up_to(roll: Random, options: Sequence[str], most: int) -> list[str]:
    """Return between one and ``most`` different options."""
    return roll.sample(options, k=min(len(options), roll.randint(1, most)))


def random_count(roll: Random, a_day: float) -> int:
    """Turn a rate a day into a whole number of times on one day, right on average."""
    spread = a_day * roll.uniform(0.4, 1.6)
    whole = int(spread)
    return whole + (roll.random() < spread - whole)


def clamp_to_scale(low: int, value: float, high: int) -> int:
    """Round a value onto a scale."""
    return max(low, min(high, round(value)))
