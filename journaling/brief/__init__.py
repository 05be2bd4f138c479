"""The brief: what a therapist reads before a session, in sentences with numbers."""

from journaling.brief.document import Brief, Line, Section, Spark
from journaling.brief.facts import AskPrompts, Prompts
from journaling.brief.group import GroupBrief, Member, group
from journaling.brief.individual import individual
from journaling.brief.room import Room, room

__all__ = [
    "AskPrompts",
    "Brief",
    "GroupBrief",
    "Line",
    "Member",
    "Prompts",
    "Room",
    "Section",
    "Spark",
    "group",
    "individual",
    "room",
]
