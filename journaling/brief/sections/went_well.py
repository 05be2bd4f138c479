"""What went well, in the patient's words."""

from journaling import wording
from journaling.brief import telling
from journaling.brief.document import line, not_asked
from journaling.brief.facts import Facts
from journaling.brief.sections.part import Written, plain
from journaling.limits import MOST_WENT_WELL

_FIELDS = {"pre_session": "went_well", "daily": "pleasant_event"}


def write(facts: Facts) -> Written:
    """Quote what they named, the newest first; asked and left open is not the same as not asked."""
    asked = [entry for entry in facts.heard if entry.kind in _FIELDS]
    named = [entry for entry in asked if (entry.values[_FIELDS[entry.kind]] or "").strip()]
    if not asked:
        return plain(not_asked("what went well since the last session."))
    if not named:
        return plain(line("Nothing was named.", asked))
    newest = named[: -MOST_WENT_WELL - 1 : -1]
    return plain(
        *(
            line(
                f"{telling.opened(entry)}: {wording.quote(entry.values[_FIELDS[entry.kind]])}"
                f"{telling.late(entry)}",
                [entry],
            )
            for entry in newest
        )
    )
