"""The tables of this room."""

from journaling.models.briefs import BriefMirror, BriefOpening
from journaling.models.education import (
    ClinicLesson,
    GroupCurriculum,
    LessonAssignment,
    LessonReading,
)
from journaling.models.entries import Entry, EntryRevision
from journaling.models.exports import ExportJob, ExportPiece
from journaling.models.journal import Journal
from journaling.models.safety import SafetyEvent, SafetyPlan, SafetySign, SafetyTry
from journaling.models.skills import (
    Assignment,
    ClinicSkill,
    ClinicTerm,
    SituationPlans,
    TaughtSkill,
)

__all__ = [
    "Assignment",
    "BriefMirror",
    "BriefOpening",
    "ClinicLesson",
    "ClinicSkill",
    "ClinicTerm",
    "Entry",
    "EntryRevision",
    "ExportJob",
    "ExportPiece",
    "GroupCurriculum",
    "Journal",
    "LessonAssignment",
    "LessonReading",
    "SafetyEvent",
    "SafetyPlan",
    "SafetySign",
    "SafetyTry",
    "SituationPlans",
    "TaughtSkill",
]
