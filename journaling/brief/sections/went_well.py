"""What went well, in the patient's words."""

from journaling.brief.document import not_asked
from journaling.brief.facts import Facts
from journaling.brief.sections.part import Written, plain


def write(facts: Facts) -> Written:
    """Say what the patient named; no kind of entry asks for it so far."""
    return plain(not_asked("what went well since the last session."))
