"""Guards of doors, sign-ins, emergencies and the access log: the second half of authorisation."""

from tests.proofs.mutants.mutant import Mutant

_A, _C, _J = "tests/api/", "tests/care/", "tests/journaling/"
_ACCESS, _LOG = "care/access/open.py", "care/access/log.py"

SIGNING_IN = (
    Mutant(
        "the role at a door", "api/http/permissions.py",
        'if getattr(request.user, "role", None) != self.role:', "if request.user is None:",
        (_A + "programme/test_caseload_get.py::test_the_wrong_role_is_refused",),
    ),
    Mutant(
        "a second factor of staff", "api/http/permissions.py",
        'passed = not is_staff or request.auth.mfa_at is not None',
        "passed = True",
        (_A + "account/test_mfa_post.py::test_without_one_staff_see_no_patient",),
    ),
    Mutant(
        "how old a proof may be", "care/accounts/passwords.py",
        "        and now - session.reauthenticated_at <= REAUTHENTICATION_HOLDS\n", "",
        (_A + "privacy/test_exports.py::test_without_a_fresh_proof_nothing_is_made_or_given",),
    ),
    Mutant(
        "a sign-in that has ended", "care/accounts/device_sessions.py",
        "pk=session_id, revoked_at__isnull=True, expires_at__gt=now", "pk=session_id",
        (_A + "account/test_logout_and_sign_ins.py::test_a_signed_out_token_is_dead_on_the_next_request",),
    ),
    Mutant(
        "a user who was disabled", "care/accounts/device_sessions.py",
        "if session is None or not session.user.is_active:", "if session is None:",
        (_A + "account/test_token_post.py::test_tokens_of_a_disabled_user_are_dead_on_the_next_request",),
    ),
    Mutant(
        "an idle hour", "care/accounts/device_sessions.py",
        "    if is_idle_too_long(session, now):\n        return None\n", "",
        (_A + "account/test_logout_and_sign_ins.py::test_staff_who_were_idle_for_an_hour_sign_in_again",),
    ),
    Mutant(
        "whose sign-in is ended", "care/accounts/device_sessions.py",
        "live = DeviceSession.objects.filter(pk=session_id, user_id=user.pk, "
        "revoked_at__isnull=True)",
        "live = DeviceSession.objects.filter(pk=session_id, revoked_at__isnull=True)",
        (
            _C + "accounts/test_sign_in.py::test_nobody_ends_a_sign_in_of_somebody_else",
            _A + "account/test_logout_and_sign_ins.py::test_a_sign_in_of_somebody_else_does_not_exist",
        ),
    ),
    Mutant(
        "sign-ins under the password before", "care/accounts/passwords.py",
        '    if other_sessions.update(revoked_at=now, revoked_reason="password_changed"):\n'
        "        tell_of_ended_sign_ins(user=user, now=now)\n",
        "",
        (_A + "account/test_password_post.py::test_it_changes_and_every_other_sign_in_ends",),
    ),
    # --- Emergencies -------------------------------------------------------------------------
    Mutant(
        "the hour of an emergency", "care/access/rules.py",
        "opened_at__lte=now, ends_at__gt=now,", "opened_at__lte=now,",
        (_A + "privacy/test_break_glass_post.py::test_it_opens_the_chart_for_an_hour_at_most",),
    ),
    Mutant(
        "whose emergency it is", "care/access/rules.py",
        "patient_id=patient_id, clinician_id=viewer.pk, opened_at",
        "patient_id=patient_id, opened_at",
        (_A + "privacy/test_break_glass_post.py::test_it_opens_one_chart_for_one_clinician_to_read",),
    ),
    Mutant(
        "that an emergency only reads", _ACCESS,
        "if reason and not to_write and has_active_break_glass",
        "if reason and has_active_break_glass",
        (_A + "privacy/test_break_glass_post.py::test_it_opens_one_chart_for_one_clinician_to_read",),
    ),
    # --- The access log ----------------------------------------------------------------------
    Mutant(
        "the row of a read", _LOG,
        "    require_autocommit()\n"
        "    insert_chart_row(chart, AccessLogEntry.Action.READ, what, now)",
        "    require_autocommit()",
        (
            _C + "access/test_open_chart.py::"
            "test_the_therapist_of_a_patient_opens_their_chart_and_it_is_logged",
            _A + "journal/test_entries_get.py::test_a_read_is_audited_before_it_is_answered",
        ),
    ),
    Mutant(
        "a read that a rollback would erase", _LOG,
        "    require_autocommit()\n"
        "    insert_chart_row(chart, AccessLogEntry.Action.READ, what, now)",
        "    insert_chart_row(chart, AccessLogEntry.Action.READ, what, now)",
        (_C + "access/test_open_chart.py::test_a_read_is_never_logged_where_a_rollback_could_erase_it",),
    ),
    Mutant(
        "the row of a denial", _ACCESS,
        "    if reason:\n        log_chart_denial(viewer, patient_id=patient_id, what=what, "
        "reason=reason, now=now)\n        raise NoSuchChart\n    chart =",
        "    if reason:\n        raise NoSuchChart\n    chart =",
        (
            _C + "access/test_open_chart.py::test_strangers_get_no_chart_and_the_denial_is_logged",
            _A + "privacy/test_access_log_get.py::test_a_refusal_stands_there_too",
        ),
    ),
    Mutant(
        "the rows of a list", "care/access/roster.py",
        "    log_reads_many(viewer=viewer, patient_ids=people, what=what, reason=reason, "
        "now=now)\n", "",
        (_J + "briefs/test_group_brief.py::test_each_member_shown_stands_in_the_access_log",),
    ),
    Mutant(
        "the row of a write", "journaling/entries/record.py",
        "digest=digest, seq=seq))\n"
        "            log_write(chart=chart, what=DataCategory.ENTRIES, now=now)\n",
        "digest=digest, seq=seq))\n",
        (_A + "journal/test_entries_post.py::test_a_write_is_audited_with_its_sign_in",),
    ),
    Mutant(
        "the row of an exchange", "journaling/sync/exchange.py",
        "            log_write(chart=chart, what=DataCategory.ENTRIES, now=now)\n", "",
        (_A + "journal/test_sync_post.py::test_each_exchange_is_one_row_of_the_access_log",),
    ),
    Mutant(
        "to which row a text belongs", "backend/kit/crypto.py",
        "encrypt(nonce, plain, bound_to.encode())\n\n\n"
        "def _open(key: bytes, sealed: bytes, bound_to: str) -> bytes:\n    try:\n"
        "        return AESGCM(key).decrypt("
        "sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to.encode())",
        "encrypt(nonce, plain, None)\n\n\n"
        "def _open(key: bytes, sealed: bytes, bound_to: str) -> bytes:\n    try:\n"
        "        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)",
        (
            "tests/kit/test_crypto.py::test_text_that_was_moved_does_not_open",
            _J + "entries/test_record_entry.py::test_words_moved_to_another_row_do_not_open",
        ),
    ),
    Mutant(
        "that a probe asks by an address", "backend/middleware.py",
        "if request.path in PROBE_PATHS and _is_address(request.META.get(\"HTTP_HOST\", \"\")):",
        "if request.path in PROBE_PATHS:",
        ("tests/api/ops/test_health_get.py::test_a_probe_by_another_name_is_refused",),
    ),
    Mutant(
        "that only a probe may ask by an address", "backend/middleware.py",
        "if request.path in PROBE_PATHS and _is_address(request.META.get(\"HTTP_HOST\", \"\")):",
        "if _is_address(request.META.get(\"HTTP_HOST\", \"\")):",
        ("tests/api/ops/test_health_get.py::test_nothing_else_answers_to_an_address",),
    ),
)  # fmt: skip
