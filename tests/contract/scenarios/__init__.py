"""What is asked of the API, noun by noun; each begins with the same world."""

from collections.abc import Callable

from tests.contract.scenarios import (
    briefs,
    catalogue,
    clinic,
    counselling_notes,
    entries,
    exports,
    faults,
    homework,
    lessons,
    me,
    medical,
    patients,
    programme,
    reminders,
    requests,
    rights,
    safety,
    schedule,
    sessions,
    signing_in,
    strangers,
    sync,
)
from tests.contract.stage import Stage

NOUNS: dict[str, Callable[[Stage], None]] = {
    module.__name__.rsplit(".", 1)[-1]: module.play
    for module in (
        briefs, catalogue, clinic, counselling_notes, entries, exports, faults, homework, lessons,
        me, medical, patients, programme, reminders, requests, rights, safety, schedule,
        sessions, signing_in, strangers, sync,
    )
}  # fmt: skip
