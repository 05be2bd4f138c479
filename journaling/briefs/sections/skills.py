"""Skills: practised, helped, wanted but not used, new. The diary code is never averaged."""

from collections.abc import Iterable, Sequence

from backend.kit.text import fold_name
from journaling import formatting
from journaling.briefs import phrases
from journaling.briefs.document import (
    Line,
    SectionContent,
    join_lines,
    lines_only,
    make_line,
    name_lines,
)
from journaling.briefs.facts import BriefFacts
from journaling.briefs.limits import (
    MAX_LESSONS_NAMED,
    MAX_PLANS_NAMED,
    MAX_SITUATION_QUOTE_LENGTH,
)
from journaling.education.in_window import LessonsInWindow
from journaling.entries.entry import EntryValue
from journaling.entries.kinds.craving import Craving
from journaling.entries.kinds.header import plan_of_origin
from journaling.entries.kinds.skill_practice import SkillPractice
from journaling.insights import figures
from journaling.insights.confidence import Confidence
from journaling.insights.skill_outcomes import cravings_after_skills, find_standout_skill
from journaling.skills import catalogue


def write_skills(facts: BriefFacts) -> SectionContent:
    """Count practice and help, then name the skills. A skill used in a craving was practised."""
    uncounted = phrases.uncounted_line(facts, SkillPractice, _skills)
    return lines_only(
        *name_lines(
            practice=join_lines(_practice(facts, uncounted), _by_plans(facts), uncounted),
            skills=_skills_line(facts), not_used=_not_used(facts),
            cravings_after=_cravings_after(facts), lessons=_lessons(facts),
        )
    )  # fmt: skip


def _practised(facts: BriefFacts) -> list[EntryValue[SkillPractice]]:
    return [entry for entry in facts.of_kind(SkillPractice) if entry.values.is_skill_used]


def _practice(facts: BriefFacts, uncounted: Line | None) -> Line | None:
    done = _practised(facts)
    in_craving = _in_craving(facts)
    if not done and not in_craving:
        return (
            None
            if uncounted
            else phrases.nothing_logged_line(facts, "skill practice was logged as used")
        )
    numbers = figures.skill_figures(done, days=facts.days)
    text = f"Practised {facts.spread([*done, *in_craving])}"
    if in_craving:
        days = {entry.local_date for entry in (*done, *in_craving)}
        with_craving = {entry.local_date for entry in in_craving}
        text += phrases.in_craving_note(len(with_craving), len(days))
    if numbers.answered:
        text += f"; helped {numbers.helped} of {formatting.pluralize(numbers.answered, 'time')}"
    if unknown := numbers.practices - numbers.answered:
        text += f"; whether it helped is not answered for {unknown}"
    own = f"You practised {text.removeprefix('Practised ')}."
    return make_line(f"{text}.", [*done, *in_craving], own_text=own)


def _by_plans(facts: BriefFacts) -> Line | None:
    """Count the practices that came of a situation plan, and claim no effect of it.

    Beside them stands how often the patient said that it helped. A plan that was taken off the
    list is counted without its words.
    """
    by_plan = [(plan_of_origin(entry.origin), entry) for entry in _practised(facts)]
    named = [(facts.situations.get(plan), entry) for plan, entry in by_plan if plan is not None]
    counts = figures.count_names(situation for situation, _ in named if situation is not None)
    sentences = []
    if counts:
        parts = [
            f"for {_quote_situation(name)} {_times(n)}{_helped(name, named)}" for name, n in counts
        ]
        sentences.append(f"Used the plan {formatting.join_first(parts, most=MAX_PLANS_NAMED)}.")
    if gone := sum(situation is None for situation, _ in named):
        sentences.append(f"Used a plan that is no longer on the list {_times(gone)}.")
    return make_line(" ".join(sentences), [entry for _, entry in named]) if sentences else None


def _quote_situation(situation: str) -> str:
    return formatting.quote(situation, longest=MAX_SITUATION_QUOTE_LENGTH)


def _helped(situation: str, named: Iterable[tuple[str | None, EntryValue[SkillPractice]]]) -> str:
    """Return how often the patient said that it helped, of how many answers; or nothing."""
    folded = fold_name(situation)
    answers = [
        entry.values.helped
        for name, entry in named
        if name is not None and fold_name(name) == folded and entry.values.helped is not None
    ]
    return f" (helped {sum(answers)} of {len(answers)})" if answers else ""


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n} times"


def _in_craving(facts: BriefFacts) -> list[EntryValue[Craving]]:
    return [entry for entry in facts.of_kind(Craving) if entry.values.skills_used()]


def _skills(practices: Sequence[EntryValue[SkillPractice]]) -> str:
    return f" ({formatting.top_counts(_names(practices))})"


def _skills_line(facts: BriefFacts) -> Line | None:
    """Write the skills practised, which of them are new, and those used with a craving."""
    done, with_craving = _practised(facts), _in_craving(facts)
    sentences = (
        [f"Practised: {formatting.top_counts(_names(done))}.", _new_skills(facts)] if done else []
    )
    if with_craving:
        names = figures.count_names(
            catalogue.skill_name(slug)
            for entry in with_craving
            for slug in entry.values.skills_used()
        )
        sentences.append(f"Used with a craving: {formatting.top_counts(names)}.")
    return (
        make_line(" ".join(filter(None, sentences)), [*done, *with_craving]) if sentences else None
    )


def _not_used(facts: BriefFacts) -> Line | None:
    idle = [entry for entry in facts.of_kind(SkillPractice) if not entry.values.is_skill_used]
    vain = [entry for entry in idle if figures.is_failed_attempt(entry.values)]
    wanted = [entry for entry in idle if entry.values.wanted_to and entry not in vain]
    parts = (("Wanted to but did not", wanted), ("Tried but could not", vain))
    sentences = [
        f"{words}: {formatting.top_counts(_names(found))}." for words, found in parts if found
    ]
    return make_line(" ".join(sentences), wanted + vain) if sentences else None


def _new_skills(facts: BriefFacts) -> str:
    """Describe what was practised now and not in the days of context, where anything was."""
    known = {
        slug for entry in facts.context if entry.is_countable for slug in entry.values.skills_used()
    }
    fresh = [entry for entry in _practised(facts) if entry.values.skill not in known]
    if not fresh or not known:
        return ""
    return f"Not in the 14 days before: {formatting.top_counts(_names(fresh))}."


def _cravings_after(facts: BriefFacts) -> Line | None:
    """Write how cravings went after the skill used most in them, and whether one stands out.

    Of the days of context and window together; nothing while it is too early to say.
    """
    after = cravings_after_skills(facts.with_context)
    best = find_standout_skill(facts.with_context)
    sentences = []
    about = set(best.entries)
    if after:
        sentences.append(
            f"After {catalogue.skill_name(after[0].skill)}, craving was {after[0].text}"
        )
        about |= set(after[0].entries)
    if best.confidence is not Confidence.TOO_EARLY:
        sentences.append(best.sentence(whose="their"))
    entries = [entry for entry in facts.with_context if entry.id in about]
    return make_line(" ".join(sentences), entries) if sentences else None


def _lessons(facts: BriefFacts) -> Line | None:
    """Write which lessons were read of those given, where any was given or read in the window.

    What was read before the window is not counted again.
    """
    lessons = facts.status.lessons
    if not lessons.has_new:
        return None
    of_given = [_read_lesson(slug, lessons) for slug in lessons.given if slug in lessons.read]
    others = [_read_lesson(slug, lessons) for slug in lessons.read if slug not in lessons.given]
    unread = [lessons.title(slug) for slug in lessons.given if slug not in lessons.read]
    sentences = []
    if lessons.given:
        named = f" ({_join_lessons(of_given)})" if of_given else ""
        sentences.append(f"read {len(of_given)} of {len(lessons.given)} given{named}.")
    if others:
        also = "Also read: " if lessons.given else "read "
        sentences.append(f"{also}{_join_lessons(others)}.")
    if unread:
        sentences.append(f"Not read yet: {_join_lessons(unread)}.")
    return make_line(f"Lessons: {' '.join(sentences)}")


def _read_lesson(slug: str, lessons: LessonsInWindow) -> str:
    said = {True: ", recalled", False: ", not recalled", None: ""}
    return f"{lessons.title(slug)}{said[lessons.read[slug]]}"


def _join_lessons(named: Sequence[str]) -> str:
    return formatting.join_first(named, most=MAX_LESSONS_NAMED, between="; ")


def _names(entries: Iterable[EntryValue[SkillPractice]]) -> list[tuple[str, int]]:
    return figures.count_names(catalogue.skill_name(entry.values.skill) for entry in entries)
