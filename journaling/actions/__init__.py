"""Writes of this room."""

from journaling.actions.bulk import record_drafts
from journaling.actions.clinic_words import ClinicSkillChanged, set_clinic_skill, set_clinic_terms
from journaling.actions.edits import (
    EntryChanged,
    NotACraving,
    change_entry,
    delete_entry,
    rate_afterwards,
)
from journaling.actions.entries import (
    DayTaken,
    EntryDeleted,
    EntryDiffers,
    NotTheOwner,
    record_entry,
)
from journaling.actions.forgetting import forget_all_deleted, forget_deleted, forgettable
from journaling.actions.reviewing import (
    NotShown,
    acknowledge,
    mark_reviewed,
    open_brief,
    open_group_brief,
)
from journaling.actions.safety import respond, respond_to_refused
from journaling.actions.skills import (
    AlreadyAssigned,
    AssignmentChanged,
    OnlyTheTeam,
    assign_skill,
    change_assignment,
    end_assignment,
    mark_taught,
)
from journaling.actions.sync import CursorGone, Exchange, exchange

__all__ = [
    "AlreadyAssigned",
    "AssignmentChanged",
    "ClinicSkillChanged",
    "CursorGone",
    "DayTaken",
    "EntryChanged",
    "EntryDeleted",
    "EntryDiffers",
    "Exchange",
    "NotACraving",
    "NotShown",
    "NotTheOwner",
    "OnlyTheTeam",
    "acknowledge",
    "assign_skill",
    "change_assignment",
    "change_entry",
    "delete_entry",
    "end_assignment",
    "exchange",
    "forget_all_deleted",
    "forget_deleted",
    "forgettable",
    "mark_reviewed",
    "mark_taught",
    "open_brief",
    "open_group_brief",
    "rate_afterwards",
    "record_drafts",
    "record_entry",
    "respond",
    "respond_to_refused",
    "set_clinic_skill",
    "set_clinic_terms",
]
