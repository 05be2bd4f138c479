"""What was asked on diary cards: the cards that ask, and those of which no figure is made."""

from collections.abc import Iterable

from journaling.briefs.document import Line, make_line
from journaling.briefs.facts import BriefFacts
from journaling.entries.entry import EntryValue, entries_of_kind
from journaling.entries.kinds.daily import DiaryCard


def cards_asking(
    cards: Iterable[EntryValue[DiaryCard]], *fields: str
) -> list[EntryValue[DiaryCard]]:
    """List the cards on which one of these was answered, or passed over by a word."""
    return [
        card
        for card in cards
        if any(
            getattr(card.values, field) is not None or field in (card.unanswered or ())
            for field in fields
        )
    ]


def uncounted_cards_line(facts: BriefFacts, name: str, *fields: str) -> Line | None:
    """Write that something stands only on diary cards of which no figure is made."""
    late = cards_asking(entries_of_kind(facts.news, DiaryCard), *fields)
    return (
        make_line(f"{name}: only on diary cards that stand in no figure.", late) if late else None
    )
