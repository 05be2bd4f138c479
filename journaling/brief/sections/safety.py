"""Safety: what was reported, and never "none" where nobody asked."""

from journaling.brief.document import not_asked
from journaling.brief.facts import Facts
from journaling.brief.sections.part import Written, plain


def write(facts: Facts) -> Written:
    """Say what was asked and answered; no kind of entry asks about safety so far."""
    return plain(
        not_asked("no entry of this window asks about safety. This says nothing either way.")
    )
