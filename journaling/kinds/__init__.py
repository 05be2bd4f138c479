"""Every kind of entry, one small module each. A new kind is added to this list."""

from journaling.kinds import (
    craving,
    daily,
    dose,
    measure,
    meeting,
    mood,
    note,
    pre_session,
    reading,
    skill_practice,
    use,
)
from journaling.kinds.kind import Kind
from journaling.kinds.vocabulary import ShippedAlone

KINDS: dict[str, Kind] = {
    module.KIND.name: module.KIND
    for module in (
        craving, mood, skill_practice, daily, use, pre_session, measure, dose, reading, meeting,
        note,
    )
}  # fmt: skip
#: What ships, when nobody's own words are at hand.
SHIPPED = ShippedAlone({"trigger": craving.TRIGGERS})
