"""What may be in the way of treatment, described neutrally."""

from collections.abc import Sequence

from care.access.data_categories import DataCategory
from journaling import formatting
from journaling.briefs import phrases
from journaling.briefs.document import (
    Line,
    SectionContent,
    lines_only,
    make_line,
    name_lines,
    not_asked_line,
)
from journaling.briefs.facts import BriefFacts
from journaling.briefs.limits import MAX_ASIDE_LENGTH, MAX_ASSIGNMENTS, MAX_MISSED_SESSIONS
from journaling.briefs.sections.silence import silence_line
from journaling.entries.entry import EntryValue, entries_of_kind
from journaling.entries.kinds.daily import DiaryCard
from journaling.entries.kinds.short_kinds import PreSession
from journaling.insights import figures
from journaling.insights.figures import LoggingFigures
from journaling.skills import catalogue


def write_barriers(facts: BriefFacts) -> SectionContent:
    """Write missed sessions, days without entries, assignments, and what nobody asked."""
    barrier, quitting = _named_barrier(facts), _quitting(facts)
    missing = [] if barrier else ["what got in the way"]
    missing += [] if quitting else ["an urge to stop treatment"]
    asked = not_asked_line(", ".join(missing) + ".") if missing else None
    days = _days(facts)
    if barrier is not None:
        words = formatting.quote(barrier.values.barrier or "", longest=MAX_ASIDE_LENGTH)
        days = make_line(
            f"{days.text} In the way, {formatting.format_day(barrier.local_date)}: {words}",
            [barrier],
        )
    return lines_only(
        *name_lines(
            sessions=_sessions(facts), days=days, silence=silence_line(facts), quitting=quitting,
            homework=_assignments(facts), not_asked=asked,
        )
    )  # fmt: skip


def _named_barrier(facts: BriefFacts) -> EntryValue[DiaryCard] | None:
    cards = entries_of_kind(facts.news, DiaryCard)
    named = [card for card in cards if (card.values.barrier or "").strip()]
    return named[-1] if named else None


def _assignments(facts: BriefFacts) -> Line:
    """Write on how many days each assigned skill was practised.

    A skill that was used in a craving was practised.
    """
    if not facts.status.assignments:
        return make_line("Homework: none is assigned.")
    if not facts.news:
        return make_line(f"Homework: nothing was logged. Assigned: {_assigned_names(facts)}.")
    parts, about = [], []
    for given in facts.status.assignments:
        own = [
            entry
            for entry in facts.news
            if given.skill in entry.values.skills_used()
            and given.since <= entry.local_date <= (given.until or entry.local_date)
        ]
        parts.append(
            f"{catalogue.skill_name(given.skill)} {_practice_phrase(facts, own)}"
            f" ({given.per_week} a week agreed)"
        )
        about += own
    return make_line(
        f"Homework: {formatting.join_first(parts, most=MAX_ASSIGNMENTS, between='; ')}.", about
    )


def _assigned_names(facts: BriefFacts) -> str:
    """List what is assigned to a patient who logged nothing: of practice nothing is known."""
    given = [
        f"{catalogue.skill_name(one.skill)} ({one.per_week} a week agreed)"
        for one in facts.status.assignments
    ]
    return formatting.join_first(given, most=MAX_ASSIGNMENTS, between="; ")


def _practice_phrase(facts: BriefFacts, own: Sequence[EntryValue]) -> str:
    """Describe on how many days it was done; days logged too late are given, and in no figure."""
    known = {entry.id for entry in facts.counted}
    counted = [entry for entry in own if entry.id in known]
    days = {entry.local_date for entry in counted}
    in_craving = {entry.local_date for entry in counted if entry.kind == "craving"}
    if days:
        text = f"practised on {formatting.pluralize(len(days), 'day')}"
        return f"{text}{phrases.in_craving_note(len(in_craving), len(days))}"
    late = len({entry.local_date for entry in own})
    if late:
        return f"practised on {formatting.pluralize(late, 'day')}, told later and not in figures"
    return "not practised"


def _quitting(facts: BriefFacts) -> Line | None:
    """Write the strongest urge to stop treatment that was asked for; 0 is an answer."""
    rated = [(entry, urge) for entry in facts.news if (urge := _urge_to_quit(entry)) is not None]
    if not rated:
        return None
    # max keeps the first of equals, so the order of entries decides.
    entry, most = max(rated, key=lambda pair: pair[1])
    if most == 0:
        return make_line("Urge to stop treatment: 0 of 5 each time asked.", [e for e, _ in rated])
    text = f"Urge to stop treatment: at most {most} of 5, {formatting.format_day(entry.local_date)}"
    marks = phrases.marks_after(entry, f"asked {formatting.pluralize(len(rated), 'time')}")
    return make_line(f"{text}{marks}.", [entry])


def _urge_to_quit(entry: EntryValue) -> int | None:
    if isinstance(entry.values, DiaryCard):
        return entry.values.urge("quit_treatment").get("peak")
    if isinstance(entry.values, PreSession):
        return (entry.values.coming_in or {}).get("quit_treatment")
    return None


def _sessions(facts: BriefFacts) -> Line:
    visits = facts.visits
    if DataCategory.PROGRAMME in facts.not_agreed:
        return make_line("Sessions: their consent doesn't cover attendance.")
    if not visits:
        return make_line("Sessions: no attendance is on record in this window.")
    missed = [visit for visit in visits if not visit.is_attended]
    if not missed:
        came = "the 1" if len(visits) == 1 else f"all {len(visits)}"
        return make_line(f"Sessions: came to {came} on record in this window.")
    missed_phrases = [
        f"{formatting.humanize(visit.kind)}"
        f" {formatting.format_datetime(visit.starts_at, facts.session.time_zone)}"
        f" ({'excused' if visit.status == 'excused' else 'not excused'})"
        for visit in missed
    ]
    named = formatting.join_first(missed_phrases, most=MAX_MISSED_SESSIONS)
    return make_line(f"Sessions: missed {len(missed)} of {len(visits)}: {named}.")


def _days(facts: BriefFacts) -> Line:
    """Write the days without an entry; today is not over, so it stands apart."""
    if facts.window.until <= facts.window.since:
        return make_line("Logging: the window holds no day yet.")
    counted = [entry for entry in facts.of_days if entry.is_countable]
    so_far = sum(entry.local_date >= facts.today for entry in counted)
    today = f"today: {formatting.pluralize(so_far, 'entry', 'entries')} so far"
    if not facts.days:
        return make_line(f"Logging: {today}.")
    logging = figures.logging_figures(counted, days=facts.days)
    text = _days_without_entry(facts, logging)
    return make_line(f"{text}; {today}." if so_far else f"{text}.")


def _days_without_entry(facts: BriefFacts, logging: LoggingFigures) -> str:
    total = formatting.pluralize(logging.days, "day")
    if not logging.without:
        return f"Logging: a shared entry on each of {total}"
    # A day that was filled in later has entries: they came too late to be of that day.
    late = {entry.local_date for entry in facts.uncounted} & set(logging.without)
    what = "no shared entry in time" if late else "no shared entry"
    text = f"Logging: {what} on {len(logging.without)} of {total}"
    gap = logging.longest_gap
    if len(gap) == 1:
        text += f": {formatting.format_days(logging.without)}"
    elif len(gap) < logging.days:
        text += f"; longest gap {formatting.format_day(gap[0])} to {formatting.format_day(gap[-1])}"
    if late:
        text += f"; {len(late)} of them filled in more than 48 hours later"
    return text
