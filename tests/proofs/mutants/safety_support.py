"""Guards of help that does not wait for a save, and of what staff do about it."""

from tests.proofs.mutants.mutant import Mutant

_S, _A = "tests/journaling/safety/", "tests/api/"
_EVENTS, _SEEN = "journaling/safety/events.py", "journaling/safety/read_events.py"
_REFUSED = _A + "journal/test_entries_post_support_when_refused.py::"

HELPING = (
    Mutant(
        "the block in a refusal", "api/http/error_handler.py",
        '            response.data["support"] = block\n', "            del block\n",
        (
            _REFUSED + "test_another_field_that_is_bad_takes_no_help_away",
            _REFUSED + "test_an_id_that_is_taken_takes_no_help_away",
        ),
    ),
    Mutant(
        "the language of help", "journaling/safety/respond.py",
        "    return _response_to(chart, answered, now, chart.language)\n",
        "    return _response_to(chart, answered, now, ENGLISH)\n",
        (_A + "account/test_language_of_answers.py::"
         "test_help_comes_in_spanish_saved_or_refused[saved]",),
    ),
    Mutant(
        "the event of what was refused", _EVENTS,
        "for_staff = _without_duplicates(sign for sign in signs if sign.is_for_staff)",
        "for_staff = _without_duplicates("
        "sign for sign in signs if sign.is_for_staff and sign.refused is None)",
        (_REFUSED + "test_an_id_that_is_taken_takes_no_help_away",),
    ),
    Mutant(
        "what was refused twice", _EVENTS,
        "            return self.refused == sign.refused\n", "            return False\n",
        (
            _REFUSED
            + "test_a_repeat_without_a_readable_id_is_one_event_also_after_it_was_cleared",
        ),
    ),
    Mutant(
        "a share that can't be read", "journaling/safety/refused_answers.py",
        "return plain if plain in SHARING_LEVELS else UNREADABLE_SHARE",
        "return plain if plain in SHARING_LEVELS else SHARING_LEVELS[0]",
        (_REFUSED + "test_a_share_that_can_not_be_read_tells_the_own_therapist_alone",),
    ),
    Mutant(
        "what a try clears", "journaling/safety/events.py",
        "            _store_failed_contact(chart, event, note.strip(), now)\n",
        "            _store_failed_contact(chart, event, note.strip(), now)\n"
        "            SafetyEvent.objects.filter(pk=event.pk).update(\n"
        '                acknowledged_at=now, acknowledged_by_id=chart.viewer_id, reason="other",\n'
        "                next_call_at=None,\n"
        "            )\n",
        (_S + "test_failed_contacts.py::test_a_try_leaves_the_event_open",),
    ),
    Mutant(
        "what is a try", "journaling/safety/events.py",
        'return code in {FAILED_CONTACT, "not_reached", "tried_but_not_reached"}', "return False",
        (
            "tests/web/test_safety_event_pages.py::"
            "test_tried_and_not_reached_keeps_it_open_and_says_when_the_next_call_is",
        ),
    ),
    Mutant(
        "whether a try puts a call off", "journaling/safety/events.py",
        "                event.next_call_at,\n                next_call_after_failed_contact(",
        "                next_call_after_failed_contact(",
        (_S + "test_failed_contacts.py::test_a_try_never_puts_off_a_call_that_is_due_sooner",),
    ),
    Mutant(
        "who reads what staff wrote", _SEEN,
        "cipher=chart.cipher if is_full else None,", "cipher=chart.cipher,",
        (_S + "test_failed_contacts.py::test_who_is_on_duty_alone_reads_no_words_of_staff",),
    ),
    Mutant(
        "an acknowledgement that nobody confirmed", "web/safety_events.py",
        '    if not is_try and not request.POST.get("confirmed"):\n', "    if False:\n",
        ("tests/web/test_safety_event_pages.py::test_it_is_acknowledged_once_for_everybody",),
    ),
    Mutant(
        "a phone whose clock fell back", "journaling/entries/record.py",
        "if enrolled_at is not None and recorded_at < enrolled_at - CLOCK_TOLERANCE:",
        "if enrolled_at is None:",
        (
            _A + "journal/test_entries_post_wrong_clock.py::"
            "test_a_clock_before_the_enrolment_is_doubted_and_told_by_arrival",
        ),
    ),
)  # fmt: skip
