"""Questionnaires."""

from journaling.brief.document import not_asked
from journaling.brief.facts import Facts
from journaling.brief.sections.part import Written, plain


def write(facts: Facts) -> Written:
    """Say what was answered; no kind of entry holds a questionnaire so far."""
    return plain(not_asked("no questionnaire is part of this window."))
