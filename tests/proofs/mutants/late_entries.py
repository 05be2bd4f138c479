"""What is told late, and what came too late for figures."""

from tests.proofs.mutants.mutant import Mutant

_J = "tests/journaling/"
_UNREAD, _EDITED = "journaling/briefs/read.py", "journaling/entries/edit.py"

TELLING_LATE = (
    Mutant(
        "that it is told until somebody reviewed it",
        _UNREAD,
        " | kept & parted",
        "",
        (_J + "briefs/test_late_arrivals.py::test_it_is_told_again_until_somebody_reviewed_it",),
    ),
    Mutant(
        "what was told in time",
        _UNREAD,
        " | kept & parted",
        " | kept",
        (
            _J + "briefs/test_late_arrivals.py::"
            "test_what_arrived_before_the_last_session_was_told_in_its_brief",
        ),
    ),
    Mutant(
        "an answer that came too late",
        _EDITED,
        "stored.changed_late or (\n"
        "        not is_in_time and _countable_values(stored) != _countable_values(draft)\n"
        "    )",
        "stored.changed_late",
        (
            _J + "entries/test_late_changes.py::"
            "test_nine_empty_cards_that_are_filled_in_on_the_ninth_day_are_recalled",
        ),
    ),
    Mutant(
        "that too late stays too late",
        _EDITED,
        "stored.changed_late or (\n        not is_in_time",
        "(\n        not is_in_time",
        (_J + "entries/test_late_changes.py::test_once_changed_late_it_stays_recalled",),
    ),
    Mutant(
        "that words are no answer",
        _EDITED,
        "not is_in_time and _countable_values(stored) != _countable_values(draft)\n",
        "not is_in_time\n",
        (
            _J + "entries/test_late_changes.py::"
            "test_a_counted_value_changed_late_is_recalled_and_nothing_else_is",
        ),
    ),
    Mutant(
        "a day on which use was asked about",
        "journaling/insights/figures.py",
        "    without = denied - opened\n",
        "    without = {entry.local_date for entry in counted} - with_use - opened\n",
        (
            _J
            + "briefs/test_brief_matches_entries.py::test_who_was_never_asked_about_use_is_told_as_that",
        ),
    ),
    Mutant(
        "what came between review and session",
        _UNREAD,
        "_with_why(at_once, _Why.UNSEEN)",
        "_with_why(at_once.filter(row=0), _Why.UNSEEN)",
        (
            _J + "briefs/test_arrivals_after_review.py::"
            "test_what_comes_between_review_and_session_is_told_in_the_next_brief",
            _J
            + "briefs/test_arrivals_after_review.py::test_a_caseload_counts_it_until_it_was_reviewed",
            _J
            + "briefs/test_arrivals_after_review.py::test_a_groups_line_tells_it_until_it_was_reviewed",
        ),
    ),
    Mutant(
        "what was marked between review and session",
        _UNREAD,
        'between(after="timeline_at", until="news_at")) | unseen',
        'between(after="timeline_at", until="news_at"))',
        (
            _J
            + "briefs/test_arrivals_after_review.py::test_a_caseload_counts_it_until_it_was_reviewed",
        ),
    ),
    Mutant(
        "that a brief that was opened is no review",
        _UNREAD,
        "        reviewed_at__isnull=False,\n",
        "",
        (
            _J
            + "briefs/test_arrivals_after_review.py::test_a_group_brief_that_was_opened_is_no_review",
        ),
    ),
    Mutant(
        "since when the reader of a brief saw nothing more",
        _UNREAD,
        "opened_at__lte=OuterRef(came)",
        "reviewed_at__lte=OuterRef(came)",
        (
            _J + "briefs/test_arrivals_after_review.py::"
            "test_what_comes_while_the_brief_lies_open_was_not_seen_in_it",
        ),
    ),
    Mutant(
        "that a review may have nothing to mark",
        "journaling/briefs/review.py",
        "        return _mark(chart, shown, now)\n",
        "        marked = _mark(chart, shown, now)\n"
        "        transaction.set_rollback(not marked)\n"
        "        return marked\n",
        (
            _J
            + "briefs/test_arrivals_after_review.py::test_a_review_that_had_nothing_to_mark_is_one",
        ),
    ),
)
