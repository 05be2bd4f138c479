"""Guards of handovers: on whose consent, what goes along, and who opens a link."""

from tests.proofs.mutants.mutant import Mutant

_MADE, _FETCHED = "care/handovers/make.py", "care/handovers/fetch.py"
_GATHERED = "journaling/handovers/summary.py"
_TESTS = "tests/api/privacy/test_handovers.py::"
_LINK = "tests/api/privacy/test_handover_link.py::"

HANDING_OVER = (
    Mutant(
        "the consent of a handover that holds", _MADE,
        "Consent.objects.filter(holds, patient_id=chart.patient_id, expires_at",
        'Consent.objects.filter(purpose="handover", patient_id=chart.patient_id, expires_at',
        (_TESTS + "test_one_that_was_taken_back_is_none",),
    ),
    Mutant(
        "whose consent a handover rests on", _MADE,
        "Consent.objects.filter(holds, patient_id=chart.patient_id, expires_at",
        "Consent.objects.filter(holds, expires_at",
        (_TESTS + "test_somebody_elses_consent_is_none",),
    ),
    Mutant(
        "the parts that a patient chose", _GATHERED,
        "[part for part in TITLES if part in consent.parts]", "list(TITLES)",
        (_TESTS + "test_no_more_than_was_chosen",),
    ),
    Mutant(
        "the parts that the maker's chart covers", _GATHERED,
        "[part for part in shown if chart.covers(_CLASS_OF_PART[part])]", "list(shown)",
        (_TESTS + "test_a_chart_that_covers_less_hands_over_less",),
    ),
    Mutant(
        "what a patient keeps from the whole team", _GATHERED,
        "entries_shared_at(chart.patient_id, TEAM_LEVELS)",
        "entries_shared_at(chart.patient_id, None)",
        (_TESTS + "test_what_is_not_for_the_whole_team_stays",),
    ),
    Mutant(
        "an entry that was struck from a brief", _GATHERED,
        "rows.exclude(id__in=struck.entries)", "rows",
        (_TESTS + "test_what_was_struck_from_a_brief_stays",),
    ),
    Mutant(
        "a section of which a line was struck", _GATHERED,
        '    if "skills" in struck.sections:\n        return [NOTHING_SHOWN]\n', "",
        (_TESTS + "test_a_struck_line_about_skills_takes_them_out",),
    ),
    Mutant(
        "answers and notes of questionnaires", "journaling/handovers/bundle.py",
        'if name != "derivedFrom"', "if name",
        (_TESTS + "test_it_has_what_was_chosen_with_the_notice_and_the_consent",),
    ),
    Mutant(
        "the passcode of a link", _FETCHED,
        "    return hmac.compare_digest(given, row.passcode_fingerprint)", "    return bool(given)",
        (_LINK + "test_a_wrong_passcode_says_how_many_are_left",),
    ),
    Mutant(
        "ten wrong passcodes in all", _FETCHED,
        "rows.filter(wrong_attempts__lt=MOST_WRONG_ATTEMPTS),", "rows.all(),",
        (_LINK + "test_ten_wrong_ones_lock_it_for_good",),
    ),
    Mutant(
        "a link that was revoked", _FETCHED,
        "link_fingerprint=link_fingerprint, revoked_at__isnull=True,",
        "link_fingerprint=link_fingerprint,",
        (_LINK + "test_one_that_is_over_is_not_there",),
    ),
    Mutant(
        "a link whose consent was taken back", _FETCHED,
        "consent__revoked_at__isnull=True, ", "",
        (_LINK + "test_one_that_is_over_is_not_there",),
    ),
    Mutant(
        "a link whose time is over", _FETCHED,
        " expires_at__gt=now,\n", "\n",
        (_LINK + "test_one_that_is_over_is_not_there",),
    ),
    Mutant(
        "the short life of a ticket", _FETCHED,
        ", max_age=TICKET_LASTS", "",
        (_LINK + "test_a_program_that_takes_no_large_manifest_fetches_the_file",),
    ),
    Mutant(
        "the account of each fetch", _FETCHED,
        '            _log(row, AccessLogEntry.Action.READ, recipient, "handover_link", now)\n', "",
        (_LINK + "test_each_fetch_is_told_to_the_patient_as_claimed",),
    ),
    Mutant(
        "the key of a link in a stored answer", "api/http/requests.py",
        "and not path.endswith(ends)", "and bool(ends)",
        (_LINK + "test_key_and_passcode_are_kept_nowhere",),
    ),
    Mutant(
        "whose restriction requests are read", "care/consents/restrictions.py",
        "    rows = RestrictionRequest.objects.filter(patient_id=chart.patient_id)\n"
        "    return _views",
        "    rows = RestrictionRequest.objects.all()\n    return _views",
        (
            "tests/api/privacy/test_restrictions.py::"
            "test_neither_the_patient_nor_a_stranger_answers",
        ),
    ),
    Mutant(
        "who answers a restriction request", "api/privacy/restrictions.py",
        '    """The clinic\'s answer to one request."""\n\n    permission_classes = [IsClinician]',
        '    """The clinic\'s answer to one request."""\n\n    permission_classes = [IsOfClinic]',
        (
            "tests/api/privacy/test_restrictions.py::"
            "test_neither_the_patient_nor_a_stranger_answers",
        ),
    ),
)  # fmt: skip
