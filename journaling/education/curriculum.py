"""What a group is taught week by week, as its leader plans it; no patient stands in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from backend.kit.db.versions import next_version
from backend.kit.errors import ChangedMeanwhile, FieldError, InvalidInput, NotThere
from backend.kit.ids import new_id
from backend.kit.timezones import local_day, monday_of
from care.access.data_categories import DataCategory
from care.access.log import log_denial
from care.models import Group, TreatmentSession, User
from care.programme.groups import GroupView, group_of_clinic
from journaling.education.clinic_lessons import clinic_lesson_titles
from journaling.education.lessons import lesson_title
from journaling.education.read import offered_lessons
from journaling.models import GroupCurriculum
from journaling.skills import catalogue
from journaling.skills.clinic_vocabulary import clinic_skill_names, skills_of_clinic

THEMES = tuple(theme.value for theme in GroupCurriculum.Theme)
OTHER = GroupCurriculum.Theme.OTHER
#: How staff read a theme that the clinic has no own words for.
THEME_NAMES: Mapping[str, str] = {
    GroupCurriculum.Theme.MENTAL_HEALTH: "Mental health",
    GroupCurriculum.Theme.ALCOHOL_AND_DRUGS: "Alcohol and drugs",
    GroupCurriculum.Theme.STRESS: "Stress",
    GroupCurriculum.Theme.RELAPSE_PREVENTION: "Staying on course",
    GroupCurriculum.Theme.OTHER: "Other",
}
#: Ours: a year, and what one meeting can hold.
MOST_WEEKS, MOST_A_WEEK, MAX_TEXT_LENGTH = 52, 4, 200


class NoSuchGroup(NotThere):
    """There is no such group in this clinic, or another clinician leads it."""


class CurriculumChanged(ChangedMeanwhile):
    """Another version was written since it was read; nothing was stored."""


@dataclass(frozen=True, slots=True)
class CurriculumWeek:
    """What one week is about, with the slugs of the skills and lessons that go with it."""

    text: str
    skills: tuple[str, ...] = ()
    lessons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CurriculumPlan:
    """A theme and its weeks. The first is the one of ``starts_on``, a day of the clinic's."""

    theme: str
    own_words: str
    starts_on: date
    repeats: bool
    weeks: Sequence[CurriculumWeek]

    def place_on(self, day: date) -> int | None:
        """Return which week, from 0 on, a day of the clinic is in; None before and after it."""
        place = (monday_of(day) - monday_of(self.starts_on)).days // 7
        if place < 0 or not self.weeks:
            return None
        if self.repeats:
            return place % len(self.weeks)
        return place if place < len(self.weeks) else None


@dataclass(frozen=True, slots=True)
class CurriculumView:
    """A group's curriculum as it stands; without one ``rev`` is 0 and ``plan`` None."""

    group_id: UUID
    group_name: str
    plan: CurriculumPlan | None
    rev: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class TaughtWeek:
    """What a group is taught in one week; ``number`` counts from 1."""

    theme: str
    own_words: str
    number: int
    week: CurriculumWeek


def curriculum_of(*, viewer: User, group_id: UUID) -> CurriculumView:
    """Read the newest version of a group of the viewer's clinic.

    :raises NoSuchGroup: there is none in their clinic.
    """
    group = Group.objects.filter(pk=group_id, clinic_id=viewer.clinic_id).first()
    if group is None:
        raise NoSuchGroup
    row = GroupCurriculum.objects.filter(group=group).order_by("-rev").first()
    if row is None:
        return CurriculumView(group.pk, group.name, None, 0, None)
    return CurriculumView(group.pk, group.name, _plan(row), row.rev, row.at)


def write_curriculum(
    *, leader: User, group_id: UUID, plan: CurriculumPlan, rev: int, now: datetime
) -> CurriculumView:
    """Write the next version as a whole, as who leads the group; ``rev`` is the newest read.

    :raises NoSuchGroup: none that they lead; logged.
    :raises CurriculumChanged: ``rev`` is not the newest.
    :raises backend.kit.errors.InvalidInput: naming the field at fault.
    """
    led = Group.objects.filter(pk=group_id, clinic_id=leader.clinic_id, leader_id=leader.pk)
    if not led.exists():
        log_denial(viewer=leader, what=DataCategory.GROUPS, reason="not_leader", now=now)
        raise NoSuchGroup
    _validate(plan, leader)
    if curriculum_of(viewer=leader, group_id=group_id).rev != rev:
        raise CurriculumChanged
    with next_version(CurriculumChanged):
        GroupCurriculum.objects.create(
            id=new_id(), group_id=group_id, rev=rev + 1, theme=plan.theme,
            own_words=plan.own_words, starts_on=plan.starts_on, repeats=plan.repeats,
            weeks=[asdict(week) for week in plan.weeks], at=now, written_by=leader.pk,
        )  # fmt: skip
    return curriculum_of(viewer=leader, group_id=group_id)


def read_group(*, viewer: User, group_id: UUID, now: datetime) -> tuple[GroupView, str] | None:
    """Find a group of the clinic, and what it is taught this week in words; members are logged."""
    group = group_of_clinic(viewer=viewer, group_id=group_id, now=now)
    if group is None:
        return None
    taught = taught_on(group_id=group_id, day=local_day(now, viewer.clinic.time_zone))
    with catalogue.use_clinic_skill_names(clinic_skill_names(user_id=viewer.pk)):
        return group, describe_taught(taught, viewer_id=viewer.pk)


def describe_taught(taught: TaughtWeek | None, *, viewer_id: UUID) -> str:
    """Return what is taught in words, by the clinic's own names of skills; empty for nothing.

    One statement where a lesson of the clinic's own is taught, and none otherwise.
    """
    if taught is None:
        return ""
    words = [
        f"{taught.own_words or THEME_NAMES[taught.theme]}, week {taught.number}",
        taught.week.text,
    ]
    words += map(catalogue.skill_name, taught.week.skills)
    slugs = taught.week.lessons
    own = clinic_lesson_titles(slugs=slugs, user_id=viewer_id)
    words += [own.get(slug) or lesson_title(slug) for slug in slugs]
    return " · ".join(words)


def taught_on(*, group_id: UUID, day: date) -> TaughtWeek | None:
    """Find what a group is taught in the week of a day of its clinic; one statement."""
    row = GroupCurriculum.objects.filter(group_id=group_id).order_by("-rev").first()
    return _taught(_plan(row), day) if row is not None else None


def taught_at(*, sessions: Iterable[TreatmentSession], zone: str) -> dict[UUID, TaughtWeek]:
    """Find what is taught at sessions of groups, by session; one statement, or none."""
    days = {
        one.pk: (one.group_id, local_day(one.starts_at, zone))
        for one in sessions
        if one.group_id is not None
    }
    if not days:
        return {}
    plans = _newest_plans({group_id for group_id, _ in days.values()})
    return {
        session_id: taught
        for session_id, (group_id, day) in days.items()
        if group_id in plans and (taught := _taught(plans[group_id], day)) is not None
    }


def _newest_plans(group_ids: Iterable[UUID]) -> Mapping[UUID, CurriculumPlan]:
    rows = GroupCurriculum.objects.filter(group_id__in=group_ids).order_by("rev")
    return {row.group_id: _plan(row) for row in rows}


def _taught(plan: CurriculumPlan, day: date) -> TaughtWeek | None:
    place = plan.place_on(day)
    if place is None:
        return None
    return TaughtWeek(plan.theme, plan.own_words, place + 1, plan.weeks[place])


def _plan(row: GroupCurriculum) -> CurriculumPlan:
    weeks = tuple(
        CurriculumWeek(week["text"], tuple(week["skills"]), tuple(week["lessons"]))
        for week in row.weeks
    )
    return CurriculumPlan(row.theme, row.own_words, row.starts_on, row.repeats, weeks)


def _validate(plan: CurriculumPlan, leader: User) -> None:
    clinic_id = leader.clinic_id
    skills, lessons = skills_of_clinic(clinic_id=clinic_id), offered_lessons(clinic_id=clinic_id)
    faults = [
        FieldError(f"weeks.{n}.{name}", f"unknown_{name[:-1]}", f"There is no such {name[:-1]}.")
        for n, week in enumerate(plan.weeks)
        for name, slugs, known in (
            ("skills", week.skills, skills), ("lessons", week.lessons, lessons)
        )
        if not set(slugs) <= set(known)
    ]  # fmt: skip
    if plan.theme == OTHER and not plan.own_words:
        faults.insert(0, FieldError("own_words", "required", "Say what the theme is."))
    if faults:
        raise InvalidInput(faults)
