"""How the views of a group read on the wire: what its leader reads, and what the room may read."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from rest_framework import serializers

from api.brief_shapes import LineOut, WindowOut
from journaling import brief as briefs
from journaling.brief.group import Member, SkillCount


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


def shape_room(room: briefs.Room) -> dict[str, Any]:
    """Shape the view of the room, field by field: nothing gets in here by accident."""
    return {
        "session": room.session.id,
        "window": {"since": room.since, "until": room.until},
        "practices": room.practices,
        "skills": [{"name": skill.name, "times": skill.times} for skill in room.skills],
        "logging_percent": room.logging,
    }


def shape_group(
    brief: briefs.GroupBrief, marks: Mapping[UUID, str] | None = None
) -> dict[str, Any]:
    """Shape the leader's view; ``marks`` tells namesakes apart."""
    return {
        "session": brief.session.id,
        "window": {"since": brief.since, "until": brief.until},
        "generated_at": brief.generated_at,
        "top": {
            "most_practised": _count(brief.top.most_practised),
            "most_wanted": _count(brief.top.most_wanted),
            "homework": _count(brief.top.homework),
        },
        "members": [_member(one, (marks or {}).get(one.patient_id)) for one in brief.members],
    }


def _count(count: SkillCount | None) -> dict[str, Any] | None:
    if count is None:
        return None
    return {
        "skill": count.skill,
        "name": count.name,
        "times": count.times,
        "members": count.members,
    }


def _member(member: Member, mark: str | None) -> dict[str, Any]:
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
