"""Answers of briefs: of one patient, of a group, and for the room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from api.http.answers import Sparse
from journaling.briefs.document import Brief, Line, Section, Sparkline
from journaling.briefs.group import GroupBrief
from journaling.briefs.group_display import GroupDisplay
from journaling.briefs.group_member import GroupMember, SkillCount


@dataclass(frozen=True, slots=True)
class WindowOut:
    """The time that the brief speaks of: from ``since`` up to before ``until``."""

    since: datetime
    until: datetime


@dataclass(frozen=True)
class LineOut:
    """One sentence, and the entries it speaks of."""

    text: str
    entries: Sequence[UUID]
    reviewed: bool

    @classmethod
    def of(cls, line: Line) -> Self:
        """Show a line."""
        return cls(text=line.text, entries=line.entries, reviewed=line.reviewed)


@dataclass(frozen=True)
class BriefLineOut(LineOut, Sparse):
    """One sentence of the brief; one that was reviewed says by whom of the team, and when."""

    reviewed_at: datetime | None = None
    reviewed_by_me: bool | None = None
    reviewed_text: (
        Annotated[str, Field(description="“reviewed by you 8:51 pm”, by the clinic's clock.")]
        | None
    ) = None

    @classmethod
    def of(cls, line: Line) -> Self:
        """Show a line, and who reviewed it."""
        if not line.reviewed:
            return super().of(line)
        return cls(
            text=line.text, entries=line.entries, reviewed=line.reviewed,
            reviewed_at=line.reviewed_at, reviewed_by_me=line.reviewed_by_me,
            reviewed_text=line.reviewed_text,
        )  # fmt: skip


@dataclass(frozen=True)
class FoldingLineOut(BriefLineOut):
    """A sentence, and with it those that collapsed into it because they were reviewed."""

    folded: Sequence[BriefLineOut] | None = None

    @classmethod
    def of(cls, line: Line) -> Self:
        """Show a line with those inside it."""
        shown = super().of(line)
        if not line.collapsed:
            return shown
        return replace(shown, folded=list(map(BriefLineOut.of, line.collapsed)))


@dataclass(frozen=True, slots=True)
class SparkOut:
    """One number per local day; null is a gap. The first ``context_days`` lie before the window."""

    label: str
    low: int
    high: int
    first_day: date
    last_day: date
    context_days: int
    values: Sequence[float | None]

    @classmethod
    def of(cls, spark: Sparkline) -> Self:
        return cls(
            label=spark.label, low=spark.low, high=spark.high, first_day=spark.first_day,
            last_day=spark.last_day, context_days=spark.context_days, values=spark.values,
        )  # fmt: skip


@dataclass(frozen=True)
class SectionOut(Sparse):
    """One part of the brief; the twelve keys and their order never change."""

    key: str
    title: str
    lines: Sequence[FoldingLineOut]
    spark: SparkOut | None = None

    @classmethod
    def of(cls, section: Section) -> Self:
        """Show a part of the brief."""
        return cls(
            key=section.key,
            title=section.title,
            lines=list(map(FoldingLineOut.of, section.lines)),
            spark=None if section.spark is None else SparkOut.of(section.spark),
        )


@dataclass(frozen=True, slots=True)
class BriefOut:
    """The brief; ``digest`` is equal whenever the same is said."""

    session: UUID
    patient: UUID
    window: WindowOut
    generated_at: datetime
    digest: str
    sections: Sequence[SectionOut]

    @classmethod
    def of(cls, brief: Brief) -> Self:
        """Show a brief."""
        return cls(
            session=brief.session.id, patient=brief.session.patient_id,
            window=WindowOut(since=brief.since, until=brief.until),
            generated_at=brief.generated_at, digest=brief.digest,
            sections=list(map(SectionOut.of, brief.sections)),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SkillCountOut:
    """How often a skill was named, and by how many members of those shown."""

    skill: str
    name: str
    times: int
    members: int

    @classmethod
    def of(cls, count: SkillCount) -> Self:
        """Show a count."""
        return cls(skill=count.skill, name=count.name, times=count.times, members=count.members)


@dataclass(frozen=True, slots=True)
class TopOut:
    """What the group's work may begin with; null where nothing was named."""

    most_practised: SkillCountOut | None
    most_wanted: SkillCountOut | None
    homework: Annotated[
        SkillCountOut | None,
        Field(description="The skill assigned to most; times: in how many cases practised."),
    ]


@dataclass(frozen=True, slots=True)
class DaysOut:
    """Days with an entry, of the days in the window."""

    logged: int
    of: int


@dataclass(frozen=True, slots=True)
class MemberSkillOut:
    """Skill practice: days of it, how often it helped, and the skill practised most."""

    practised_on: int
    helped: int
    answered: int
    most: str | None


@dataclass(frozen=True, slots=True)
class HomeworkOut:
    """How many skills are assigned, and how many of them were practised in the window."""

    assigned: int
    practised: int


@dataclass(frozen=True, kw_only=True)
class GroupMemberOut(Sparse):
    """One member. Why a word is needed beforehand stands in their own brief alone."""

    patient: UUID
    name: str
    told_apart_by: (
        Annotated[str, Field(description="What tells them from another of this name in the group.")]
        | None
    ) = None
    needs_one_to_one: bool
    entries: int
    days: DaysOut
    skill: MemberSkillOut
    may_be_raised: Sequence[LineOut]
    homework: HomeworkOut | None
    body: (
        Annotated[str, Field(description="Medicine, doses, meetings; where any was told.")] | None
    ) = None

    @classmethod
    def of(cls, member: GroupMember, mark: str | None) -> Self:
        """Show a member; ``mark`` tells them from a namesake."""
        return cls(
            patient=member.patient_id,
            name=member.name,
            told_apart_by=mark or None,
            needs_one_to_one=member.needs_one_to_one,
            entries=member.entries,
            days=DaysOut(logged=member.days_logged, of=member.days),
            skill=MemberSkillOut(
                practised_on=member.practised_on,
                helped=member.helped,
                answered=member.answered,
                most=member.skill,
            ),
            may_be_raised=list(map(LineOut.of, member.may_be_raised)),
            homework=None
            if member.homework is None
            else HomeworkOut(
                assigned=member.homework.assigned, practised=member.homework.practised
            ),
            body=member.body or None,
        )


@dataclass(frozen=True, slots=True)
class GroupBriefOut:
    """What a leader reads before a group: those members whom they may see, and nobody else."""

    session: UUID
    window: WindowOut
    generated_at: datetime
    top: TopOut
    members: Sequence[GroupMemberOut]
    this_week: Annotated[str, Field(description="What the group is taught, in words, or empty.")]

    @classmethod
    def of(cls, brief: GroupBrief, marks: Mapping[UUID, str] | None = None) -> Self:
        """Show the leader's brief; ``marks`` distinguishes namesakes."""
        top = brief.top
        return cls(
            session=brief.session.id,
            window=WindowOut(since=brief.since, until=brief.until),
            generated_at=brief.generated_at,
            top=TopOut(
                most_practised=None
                if top.most_practised is None
                else SkillCountOut.of(top.most_practised),
                most_wanted=None if top.most_wanted is None else SkillCountOut.of(top.most_wanted),
                homework=None if top.homework is None else SkillCountOut.of(top.homework),
            ),
            members=[
                GroupMemberOut.of(member, (marks or {}).get(member.patient_id))
                for member in brief.members
            ],
            this_week=brief.this_week,
        )


@dataclass(frozen=True, slots=True)
class RoomSkillOut:
    """How often the group practised a skill."""

    name: str
    times: int


@dataclass(frozen=True, slots=True)
class RoomOut:
    """What may be projected; null and empty where fewer than five people make a number up."""

    session: UUID
    window: WindowOut
    practices: int | None
    skills: Sequence[RoomSkillOut]
    logging_percent: (
        Annotated[int, Field(description="Days with an entry, in steps of ten percent.")] | None
    )

    @classmethod
    def of(cls, room: GroupDisplay) -> Self:
        """Show the room field by field, so that nothing gets in by accident."""
        return cls(
            session=room.session.id,
            window=WindowOut(since=room.since, until=room.until),
            practices=room.practices,
            skills=[RoomSkillOut(name=skill.name, times=skill.times) for skill in room.skills],
            logging_percent=room.logging,
        )
