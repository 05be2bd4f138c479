"""Every kind of entry; a new one is added to this list."""

from journaling.entries.kinds.craving import TRIGGERS, Craving
from journaling.entries.kinds.daily import DiaryCard
from journaling.entries.kinds.measure import Measure
from journaling.entries.kinds.model import EntryValues
from journaling.entries.kinds.short_kinds import Dose, Meeting, Mood, Note, PreSession, Use
from journaling.entries.kinds.skill_practice import SkillPractice
from journaling.entries.kinds.vital_sign import VitalSign
from journaling.entries.kinds.vocabulary import ShippedVocabulary

KINDS: dict[str, type[EntryValues]] = {
    kind.kind: kind
    for kind in (
        Craving, Mood, SkillPractice, DiaryCard, Use, PreSession, Measure, Dose, VitalSign, Meeting,
        Note,
    )
}  # fmt: skip
#: The words that ship, for use without a clinic's or patient's own.
SHIPPED_VOCABULARY = ShippedVocabulary({"trigger": TRIGGERS})
