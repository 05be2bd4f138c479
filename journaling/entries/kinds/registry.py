"""Every kind of entry, one small module each. A new kind is added to this list."""

from journaling.entries.kinds import craving as kinds_craving
from journaling.entries.kinds import daily as kinds_daily
from journaling.entries.kinds import dose as kinds_dose
from journaling.entries.kinds import measure as kinds_measure
from journaling.entries.kinds import meeting, pre_session, skill_practice, vital_sign
from journaling.entries.kinds import mood as kinds_mood
from journaling.entries.kinds import note as kinds_note
from journaling.entries.kinds import use as kinds_use
from journaling.entries.kinds.kind import EntryKind
from journaling.entries.kinds.vocabulary import ShippedVocabulary

KINDS: dict[str, EntryKind] = {
    module.KIND.name: module.KIND
    for module in (
        kinds_craving, kinds_mood, skill_practice, kinds_daily, kinds_use, pre_session,
        kinds_measure, kinds_dose, vital_sign, meeting,
        kinds_note,
    )
}  # fmt: skip
#: The words that ship, for use without a clinic's or patient's own.
SHIPPED_VOCABULARY = ShippedVocabulary({"trigger": kinds_craving.TRIGGERS})
