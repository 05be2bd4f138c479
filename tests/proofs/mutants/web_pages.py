"""Guards of the pages: who is asked and told, and what happens once however often it is sent."""

from tests.proofs.mutants.mutant import Mutant

_A, _C, _W = "tests/api/", "tests/care/", "tests/web/"
_CLASHES, _KEYS = "care/sessions/clashes.py", "care/accounts/idempotency.py"

PAGES = (
    Mutant(
        "what a brief of a patient as they stand marks", "journaling/briefs/review.py",
        "session_id=session_id, patient_id=chart.patient_id, clinician_id=chart.viewer_id,\n"
        "            digest=digest,\n        )\n        .order_by(\"row\")",
        "session_id=session_id, patient_id=chart.patient_id,\n"
        "            digest=digest,\n        )\n        .order_by(\"row\")",
        (
            _A + "sessions/test_patient_brief_get.py::"
            "test_what_was_shown_to_a_colleague_or_never_is_not_marked",
        ),
    ),
    Mutant(
        "consent to a brief of a patient as they stand", "notifications/briefs.py",
        "    chart = open_chart(\n",
        "    from care.access.open import open_write_only_chart\n"
        "    chart = open_write_only_chart(\n",
        (_A + "sessions/test_patient_brief_get.py::test_nobody_else_learns_that_there_is_one",),
    ),
    Mutant(
        "whose sessions may be said to stand in the way", _CLASHES,
        'Q(clinician_id=viewer.pk)\n            | Q(group__isnull=False)\n'
        '            | Q(patient_id__in=treated.values("patient_id")),\n',
        "~Q(patient_id__in=treated.values(\"patient_id\")) | Q(patient__isnull=False),\n",
        (_C + "sessions/test_clashes.py::test_nobody_learns_of_a_patient_whom_they_do_not_treat",),
    ),
    Mutant(
        "whose namesakes are told", "care/accounts/names.py",
        'Q(pk__in=treated.values("patient_id")) | Q(pk__in=list(also)) | staff',
        'Q(patient__isnull=False) | Q(pk__in=list(also)) | staff',
        (_C + "accounts/test_namesake_labels.py::test_a_patient_of_somebody_else_is_no_namesake",),
    ),
    Mutant(
        "whose secret is shown once", _KEYS,
        'pk=shown_id, user=user, created_at__gt', 'pk=shown_id, created_at__gt',
        (
            _W + "test_second_factor_pages.py::test_what_is_shown_once_is_shown_to_nobody_else",
            _W + "test_form_tokens.py::"
            "test_a_code_is_shown_to_who_made_it_and_loading_it_again_makes_no_other",
        ),
    ),
    Mutant(
        "for how long a secret is shown", _KEYS,
        "created_at__gt=now - SHOWN_FOR, request", "request",
        (_W + "test_second_factor_pages.py::test_what_is_shown_once_is_shown_to_nobody_else",),
    ),
    Mutant(
        "who is answered again about a patient", "api/http/idempotency.py",
        "return _replay(begun) if _may_still_see(user, request) else answer(request)",
        "return _replay(begun)",
        (
            _A + "http/test_idempotency_key.py::"
            "test_who_no_longer_treats_them_is_not_answered_about_them_again",
        ),
    ),
    Mutant(
        "who is asked to certify", "web/level_of_care.py",
        "if episode is None or viewer.pk not in {member.clinician_id for member in "
        "read.physicians}:",
        "if episode is None:",
        (_W + "test_confirmation_pages.py::test_certifying_is_asked_of_a_physician_alone",),
    ),
    Mutant(
        "who is asked about deleting a note", "web/counselling_notes.py",
        "    if not kept.is_own:\n        raise Http404\n", "",
        (_W + "test_counselling_note_pages.py::"
         "test_whom_the_patient_named_reads_and_does_not_change",),
    ),
)  # fmt: skip

ONCE = (
    Mutant(
        "a form that was sent before", "web/form_tokens.py",
        "    if isinstance(begun, StoredAnswer):\n        return redirect(begun.answer.decode())\n",
        "    if isinstance(begun, StoredAnswer):\n        return page(request, **kwargs)\n",
        (_W + "test_form_tokens.py::test_a_form_sent_twice_makes_one_and_leads_to_the_same_page",),
    ),
    Mutant(
        "a request under a known key", _KEYS,
        "    return StoredAnswer(answer)\n\n\ndef _take_over",
        "    return ClaimedKey(row.pk, now)\n\n\ndef _take_over",
        (_A + "http/test_idempotency_key.py::test_sent_again_it_is_answered_as_before_and_made_once",),
    ),
    Mutant(
        "a key that was used for something else", _KEYS,
        "    if row.request_fingerprint != request_fingerprint:\n        raise KeyReused\n",
        "",
        (
            _A + "http/test_idempotency_key.py::"
            "test_the_same_key_with_other_words_is_refused_and_makes_nothing",
        ),
    ),
    Mutant(
        "a request that broke off long ago", _KEYS,
        "if not claim(\n        unchanged, created_at=now",
        "if claim(\n        unchanged, created_at=now",
        (
            _C + "accounts/test_idempotency.py::"
            "test_what_broke_off_is_done_by_the_next_and_the_late_one_keeps_nothing",
        ),
    ),
    Mutant(
        "the session that stands", "care/sessions/plan.py",
        "        if existing is not None:\n            if not _is_same",
        "        if existing is not None and False:\n            if not _is_same",
        (_C + "sessions/test_plan_idempotence.py::test_the_same_session_again_is_the_one_that_stands",),
    ),
    Mutant(
        "attendance of what has not begun", "care/sessions/attendance.py",
        "    if session.starts_at > now:\n        detail", "    if False:\n        detail",
        (_A + "sessions/test_sessions.py::test_attendance_of_a_session_to_come_is_refused",),
    ),
)  # fmt: skip
