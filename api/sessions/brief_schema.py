"""Serializers of briefs, and briefs as JSON: of one patient, of a group, and for the room."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from rest_framework import serializers

from journaling.briefs.document import Brief, Line, Section, Sparkline
from journaling.briefs.group import GroupBrief, GroupMember, SkillCount
from journaling.briefs.group_display import GroupDisplay


class WindowOut(serializers.Serializer[Any]):
    """The time that the brief speaks of: from ``since`` up to before ``until``."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()


class LineOut(serializers.Serializer[Any]):
    """One sentence, and the entries it speaks of."""

    text = serializers.CharField()
    entries = serializers.ListField(child=serializers.UUIDField())
    reviewed = serializers.BooleanField()


class BriefLineOut(LineOut):
    """One sentence of the brief; one that was reviewed says by whom of the team, and when."""

    reviewed_at = serializers.DateTimeField(required=False)
    reviewed_by_me = serializers.BooleanField(required=False)
    reviewed_text = serializers.CharField(
        required=False, help_text="“reviewed by you 8:51 pm”, by the clinic's clock."
    )


class FoldingLineOut(BriefLineOut):
    """A sentence, and with it those that collapsed into it because they were reviewed."""

    folded = BriefLineOut(many=True, required=False)


class SparkOut(serializers.Serializer[Any]):
    """One number per local day; null is a gap. The first ``context_days`` lie before the window."""

    label = serializers.CharField()  # type: ignore[assignment] # API.md fixes the name
    low = serializers.IntegerField()
    high = serializers.IntegerField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    context_days = serializers.IntegerField()
    values = serializers.ListField(child=serializers.FloatField(allow_null=True))


class SectionOut(serializers.Serializer[Any]):
    """One part of the brief; the twelve keys and their order never change."""

    key = serializers.CharField()
    title = serializers.CharField()
    lines = FoldingLineOut(many=True)
    spark = SparkOut(required=False)


class BriefOut(serializers.Serializer[Any]):
    """The brief; ``digest`` is equal whenever the same is said."""

    session = serializers.UUIDField()
    patient = serializers.UUIDField()
    window = WindowOut()
    generated_at = serializers.DateTimeField()
    digest = serializers.CharField()
    sections = SectionOut(many=True)


def brief_to_json(brief: Brief) -> dict[str, Any]:
    """Return a brief as JSON."""
    return {
        "session": brief.session.id,
        "patient": brief.session.patient_id,
        "window": {"since": brief.since, "until": brief.until},
        "generated_at": brief.generated_at,
        "digest": brief.digest,
        "sections": list(map(_section_to_json, brief.sections)),
    }


def _section_to_json(section: Section) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "key": section.key,
        "title": section.title,
        "lines": list(map(_line_to_json, section.lines)),
    }
    if section.spark is not None:
        shown["spark"] = _spark_to_json(section.spark)
    return shown


def _line_to_json(line: Line) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "text": line.text,
        "entries": line.entries,
        "reviewed": line.reviewed,
    }
    if line.reviewed:
        shown["reviewed_at"] = line.reviewed_at
        shown["reviewed_by_me"] = line.reviewed_by_me
        shown["reviewed_text"] = line.reviewed_text
    if line.collapsed:
        shown["folded"] = list(map(_line_to_json, line.collapsed))
    return shown


def _spark_to_json(spark: Sparkline) -> dict[str, Any]:
    return {
        "label": spark.label,
        "low": spark.low,
        "high": spark.high,
        "first_day": spark.first_day,
        "last_day": spark.last_day,
        "context_days": spark.context_days,
        "values": spark.values,
    }


class SkillCountOut(serializers.Serializer[Any]):
    """How often a skill was named, and by how many members of those shown."""

    skill = serializers.CharField()
    name = serializers.CharField()
    times = serializers.IntegerField()
    members = serializers.IntegerField()


class TopOut(serializers.Serializer[Any]):
    """What the group's work may begin with; null where nothing was named."""

    most_practised = SkillCountOut(allow_null=True)
    most_wanted = SkillCountOut(allow_null=True)
    homework = SkillCountOut(
        allow_null=True, help_text="The skill assigned to most; times: in how many cases practised."
    )


class DaysOut(serializers.Serializer[Any]):
    """Days with an entry, of the days in the window."""

    logged = serializers.IntegerField()
    of = serializers.IntegerField()


class MemberSkillOut(serializers.Serializer[Any]):
    """Skill practice: days of it, how often it helped, and the skill practised most."""

    practised_on = serializers.IntegerField()
    helped = serializers.IntegerField()
    answered = serializers.IntegerField()
    most = serializers.CharField(allow_null=True)


class HomeworkOut(serializers.Serializer[Any]):
    """How many skills are assigned, and how many of them were practised in the window."""

    assigned = serializers.IntegerField()
    practised = serializers.IntegerField()


class GroupMemberOut(serializers.Serializer[Any]):
    """One member. Why a word is needed beforehand stands in their own brief alone."""

    patient = serializers.UUIDField()
    name = serializers.CharField()
    told_apart_by = serializers.CharField(
        required=False, help_text="What tells them from another of this name in the group."
    )
    needs_one_to_one = serializers.BooleanField()
    entries = serializers.IntegerField()
    days = DaysOut()
    skill = MemberSkillOut()
    may_be_raised = LineOut(many=True)
    homework = HomeworkOut(allow_null=True)


class GroupBriefOut(serializers.Serializer[Any]):
    """What a leader reads before a group: those members whom they may see, and nobody else."""

    session = serializers.UUIDField()
    window = WindowOut()
    generated_at = serializers.DateTimeField()
    top = TopOut()
    members = GroupMemberOut(many=True)


class RoomSkillOut(serializers.Serializer[Any]):
    """How often the group practised a skill."""

    name = serializers.CharField()
    times = serializers.IntegerField()


class RoomOut(serializers.Serializer[Any]):
    """What may be projected; null and empty where fewer than five people make a number up."""

    session = serializers.UUIDField()
    window = WindowOut()
    practices = serializers.IntegerField(allow_null=True)
    skills = RoomSkillOut(many=True)
    logging_percent = serializers.IntegerField(
        allow_null=True, help_text="Days with an entry, in steps of ten percent."
    )


def room_to_json(room: GroupDisplay) -> dict[str, Any]:
    """Return the view of the room as JSON, field by field, so that nothing gets in by accident."""
    return {
        "session": room.session.id,
        "window": {"since": room.since, "until": room.until},
        "practices": room.practices,
        "skills": [{"name": skill.name, "times": skill.times} for skill in room.skills],
        "logging_percent": room.logging,
    }


def group_brief_to_json(
    brief: GroupBrief, marks: Mapping[UUID, str] | None = None
) -> dict[str, Any]:
    """Return the leader's brief as JSON; ``marks`` distinguishes namesakes."""
    return {
        "session": brief.session.id,
        "window": {"since": brief.since, "until": brief.until},
        "generated_at": brief.generated_at,
        "top": {
            "most_practised": _skill_count_to_json(brief.top.most_practised),
            "most_wanted": _skill_count_to_json(brief.top.most_wanted),
            "homework": _skill_count_to_json(brief.top.homework),
        },
        "members": [
            _member_to_json(member, (marks or {}).get(member.patient_id))
            for member in brief.members
        ],
    }


def _skill_count_to_json(count: SkillCount | None) -> dict[str, Any] | None:
    if count is None:
        return None
    return {
        "skill": count.skill,
        "name": count.name,
        "times": count.times,
        "members": count.members,
    }


def _member_to_json(member: GroupMember, mark: str | None) -> dict[str, Any]:
    return {
        "patient": member.patient_id,
        "name": member.name,
        **({"told_apart_by": mark} if mark else {}),
        "needs_one_to_one": member.needs_one_to_one,
        "entries": member.entries,
        "days": {"logged": member.days_logged, "of": member.days},
        "skill": {
            "practised_on": member.practised_on,
            "helped": member.helped,
            "answered": member.answered,
            "most": member.skill,
        },
        "may_be_raised": [
            {"text": line.text, "entries": line.entries, "reviewed": line.reviewed}
            for line in member.may_be_raised
        ],
        "homework": None
        if member.homework is None
        else {
            "assigned": member.homework.assigned,
            "practised": member.homework.practised,
        },
    }
