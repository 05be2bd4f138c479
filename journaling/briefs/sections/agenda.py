"""What the patient wants to talk about, and what went well, in their own words."""

from dataclasses import replace

from journaling import formatting
from journaling.briefs import phrases
from journaling.briefs.document import (
    Line,
    SectionContent,
    join_lines,
    lines_only,
    make_line,
    name_entry_line,
    name_lines,
    not_asked_line,
    split_newest,
)
from journaling.briefs.facts import BriefFacts
from journaling.briefs.limits import MAX_AGENDA_ENTRIES, MAX_ASIDE_LENGTH, MAX_WENT_WELL
from journaling.entries.entry import EntryValue, entries_of_kind
from journaling.entries.kinds.daily import DiaryCard
from journaling.entries.kinds.short_kinds import PreSession

#: Names the lines of entries that were marked to bring.
MARKED = "marked"
_AGENDA_QUESTION = "what they want from this session."


def write_agenda(facts: BriefFacts) -> SectionContent:
    """Quote each entry marked for the session, oldest first, and count those that don't fit.

    Marks count on entries recalled late as well: wanting to talk is no statistic. They do not
    collapse when they are reviewed: read before the session is not talked about in it.
    """
    last = name_lines(move_requested=_move_requested(facts), feedback=_feedback(facts))
    own = _own_agenda(facts)
    if own is not None:
        own = replace(join_lines(own, _earlier_agenda(facts)), name=own.name)
    shown, earlier = _marked_entries(facts)
    if not shown:
        own = own or _not_asked(
            f"{_AGENDA_QUESTION} No entry is marked “bring this to my session”."
        )
        return lines_only(own, *last)
    lines = [name_entry_line(MARKED, entry, _marked_line(entry)) for entry in shown]
    if earlier:
        count = formatting.pluralize(len(earlier), "earlier entry", "earlier entries")
        lines += name_lines(
            marked_earlier=make_line(
                f"And {count} marked, from {formatting.format_day(earlier[0].local_date)} on.",
                earlier,
            )
        )
    return lines_only(own or _not_asked(_AGENDA_QUESTION), *lines, *last)


def _move_requested(facts: BriefFacts) -> Line | None:
    """Write that the patient asked to move this session, and why, until that is answered."""
    asked = facts.record.move_request
    if asked is None:
        return None
    text = "sked to move this session"
    if asked.reason:
        text += f": {formatting.humanize(asked.reason)}"
    text += "."
    if asked.note:
        text += f" {formatting.quote(asked.note)}"
    return make_line(f"A{text}", own_text=f"You a{text}")


def _feedback(facts: BriefFacts) -> Line | None:
    """Write how the reader's last session was for the patient, beside those before; no change.

    A few sessions bear no claim, and nobody is scored by them.
    """
    if not facts.record.feedback:
        return None
    last, *before = facts.record.feedback
    zone = facts.session.time_zone
    text = (
        f"Of the session with you {formatting.format_datetime(last.starts_at, zone)}: heard"
        f" {last.heard}, time on what matters {last.goals}, the way fits {last.approach},"
        f" overall {last.overall} of 10"
    )
    if before:
        text += f" (overall before: {', '.join(str(one.overall) for one in before)})"
    if last.comment:
        text += f": {formatting.quote(last.comment, longest=MAX_ASIDE_LENGTH)}"
    return make_line(f"{text}.")


def _not_asked(text: str) -> Line:
    return replace(not_asked_line(text), name="own")


def is_on_agenda(facts: BriefFacts, entry: EntryValue) -> bool:
    """Whether the agenda quotes this entry."""
    return entry in _marked_entries(facts)[0]


def _marked_entries(facts: BriefFacts) -> tuple[list[EntryValue], list[EntryValue]]:
    """List the newest marked entries, and the others; a single one more is quoted too."""
    marked = [entry for entry in facts.entries if _is_for_now(entry)]
    return split_newest(facts, marked, MAX_AGENDA_ENTRIES)


def _is_for_now(entry: EntryValue) -> bool:
    """Whether the patient marked it for a session, or a clinician said "let's talk"."""
    is_marked = entry.discuss or entry.acknowledged_at is not None
    return is_marked and not (isinstance(entry.values, PreSession) and entry.values.agenda)


def _own_agenda(facts: BriefFacts) -> Line | None:
    """Quote the agenda whole: at most 280 characters; the newest replaces an earlier one."""
    asked = entries_of_kind(facts.entries, PreSession)
    named = [entry for entry in asked if (entry.values.agenda or "").strip()]
    if named:
        words = formatting.quote(named[-1].values.agenda or "", longest=280)
        text = f"Their agenda: {words}{phrases.late_mark(named[-1])}"
        return name_entry_line("own", named[-1], make_line(text, [named[-1]], is_told=True))
    if asked:
        text = "Asked what they want from this session: left open."
        return replace(make_line(text, asked), name="own")
    return None


def _earlier_agenda(facts: BriefFacts) -> Line | None:
    """Quote the newest agenda of before that nobody could read then, if a newer took its place."""
    asked = entries_of_kind(facts.entries, PreSession)
    named = [entry for entry in asked if (entry.values.agenda or "").strip()]
    fresh = [e for e in named[:-1] if e.id in facts.unread and e.reviewed_at is None]
    if not fresh:
        return None
    last = fresh[-1]
    return make_line(
        f"Before it: {formatting.quote(last.values.agenda or '')}{phrases.late_mark(last)}", [last]
    )


def _marked_line(entry: EntryValue) -> Line:
    words = phrases.quote_entry(entry)
    own = f" {words}" if words else " No words added."
    who = "Marked to bring" if entry.discuss else "The team said “let’s talk about this”"
    if entry.discuss and entry.acknowledged_at is not None:
        who += ", and the team said “let’s talk about this”"
    what = f"{phrases.entry_sentence(entry)}.{own}"
    own_text = f"You marked this to bring: {what}" if entry.discuss else f"{who}: {what}"
    return make_line(f"{who}: {what}", [entry], is_told=True, own_text=own_text)


def write_went_well(facts: BriefFacts) -> SectionContent:
    """Quote what they named, the newest first; asked and left open is not the same as not asked."""
    asked = [entry for entry in facts.news if isinstance(entry.values, PreSession | DiaryCard)]
    named = [(entry, words) for entry in asked if (words := _what_went_well(entry))]
    if not asked:
        return lines_only(
            *name_lines(named=not_asked_line("what went well since the last session."))
        )
    if not named:
        return lines_only(*name_lines(named=make_line("Nothing was named.", asked)))
    newest = named[: -MAX_WENT_WELL - 1 : -1]
    return lines_only(
        *(
            name_entry_line(
                "named",
                entry,
                make_line(
                    f"{phrases.sentence_opening(entry)}:"
                    f" {formatting.quote(words)}"
                    f"{phrases.late_mark(entry)}",
                    [entry],
                ),
            )
            for entry, words in newest
        )
    )


def _what_went_well(entry: EntryValue) -> str:
    """Return what was named, or "" where it was left open."""
    match entry.values:
        case PreSession(went_well=words) | DiaryCard(pleasant_event=words):
            return words if words and words.strip() else ""
    return ""
