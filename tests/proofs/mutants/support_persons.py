"""Guards of what a support person is shown, and of who becomes one; alike on each database."""

from tests.proofs.mutants.mutant import Mutant

_GET, _POST = (
    "tests/api/privacy/test_supported_get.py::",
    "tests/api/privacy/test_support_invite_post.py::",
)
_CARE, _SHOWN = "tests/care/support/test_invite.py::", "tests/journaling/test_support_view.py::"
_GUESTS = "tests/care/support/test_guests.py::"
_KEY, _CODES = "care/support/grants.py", "care/support/invite.py"

SUPPORTING = (
    Mutant(
        "a part that a consent does not name", _KEY,
        "        if part not in self.scope:\n", "        if not part:\n",
        (_SHOWN + "test_a_part_that_is_not_named_is_not_even_asked_for",),
    ),
    Mutant(
        "one disclosure a day", _KEY,
        "            Q(accounted_on__isnull=True) | Q(accounted_on__lt=today), consent_id",
        "            consent_id",
        (_GET + "test_the_looks_of_a_day_are_accounted_for_as_one_disclosure",),
    ),
    Mutant(
        "the row of a look that came too late", _KEY,
        "        _log_denied_grant(viewer, consent_id, now)\n", "",
        (_GET + "test_a_look_that_came_too_late_stands_there_as_refused",),
    ),
    Mutant(
        "a support person's code once", _CODES,
        "if not claim(unused, used_at=now) or not support_code.patient.user.is_active:",
        "if not support_code.patient.user.is_active:",
        (_CARE + "test_a_code_ends_after_72_hours", _CARE + "test_a_new_code_ends_the_old_one"),
    ),
    Mutant(
        "the consent behind a code", _CODES,
        "        if consent is None:\n            raise SupportCodeInvalid\n",
        "        assert consent\n",
        (_CARE + "test_a_consent_that_ended_meanwhile_lets_nobody_in",),
    ),
    Mutant(
        "whose account becomes a support person's", _CODES,
        "    if supporter.role != User.Role.SUPPORTER:\n        raise SupportCodeInvalid\n", "",
        (_CARE + "test_no_other_account_is_ever_turned_into_one",),
    ),
    Mutant(
        "one person a consent", _CODES,
        "    if SupportPerson.objects.filter(consent_id=consent_id).exists():\n"
        "        raise ConsentAlreadyAccepted\n",
        "",
        (_POST + "test_who_has_come_in_gets_no_second_account",),
    ),
    Mutant(
        "the end that a consent must have", "care/consents/consents.py",
        "    if expires_at is None and expires_event is None:\n"
        '        raise InvalidInput.of("expires_at", "required", "Say until when, or until which '
        'event.")\n',
        "",
        (_POST + "test_what_it_must_have_is_asked_for",),
    ),
    Mutant(
        "the version that is in force", "care/consents/texts.py",
        "    if version != in_force.version:\n", "    if not version:\n",
        (
            "tests/api/privacy/test_consents.py::"
            "test_a_version_that_is_not_in_force_is_refused[2025-12]",
            "tests/api/account/test_enroll_post.py::"
            "test_a_text_that_is_not_in_force_is_refused_and_leaves_the_code[2025-12]",
        ),
    ),
    Mutant(
        "the day from which a text is in force", "care/consents/texts.py",
        " and text.in_force_since <= today]", "]",
        ("tests/care/consents/test_consent_texts.py::"
         "test_the_newest_whose_day_has_come_is_in_force",),
    ),
    Mutant(
        "the proof before a code", "api/privacy/support_persons.py",
        "[IsPatient, IsRecentlyAuthenticated]", "[IsPatient]",
        (_POST + "test_it_asks_for_a_fresh_proof",),
    ),
    Mutant(
        "whose support persons may be invited", "care/support/guests.py",
        "purpose=SUPPORT_PURPOSE), patient_id=patient_id,\n"
        '        consent__patient_id=F("patient_id"),\n',
        "purpose=SUPPORT_PURPOSE),\n",
        (_GUESTS + "test_each_entry_that_is_nobody_of_this_patient_is_named",),
    ),
    Mutant(
        "whom the patient took off", "care/support/guests.py",
        "        elif _is_taken_off(found.get(person.pk)):\n",
        "        elif False:\n",
        (_GUESTS + "test_whom_the_patient_took_off_stays_off",),
    ),
    Mutant(
        "doors of patients and staff", "api/http/permissions.py",
        '        if getattr(request.user, "role", "supporter") == "supporter":\n',
        "        if request.user is None:\n",
        (_GET + "test_a_support_person_is_on_no_team_and_in_no_list",),
    ),
)  # fmt: skip
