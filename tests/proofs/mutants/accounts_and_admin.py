"""Guards of accounts, of those who keep them, and of the door: who comes in, and what is told."""

from tests.proofs.mutants.mutant import Mutant

_A, _C, _W, _F = "tests/api/", "tests/care/", "tests/web/", "tests/serving/"
_GUARDS = _W + "test_admin_site_guards.py::"
_STRANGERS = _A + "account/test_sign_in_throttle.py::"

ADMINISTERING = (
    Mutant(
        "a code of staff once", "care/accounts/staff_invitations.py",
        "            if not claim(unused, used_at=now):\n                raise StaffCodeInvalid\n",
        "            claim(unused, used_at=now)\n",
        (_A + "account/test_enroll_staff_post.py::test_a_code_is_used_once_and_kept_as_a_fingerprint",),
    ),
    Mutant(
        "72 hours of a code of staff", "care/accounts/staff_invitations.py",
        "pk=invitation.pk, used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=now",
        "pk=invitation.pk, used_at__isnull=True, revoked_at__isnull=True",
        (_A + "account/test_enroll_staff_post.py::test_after_72_hours_it_lets_nobody_in",),
    ),
    Mutant(
        "that a code of staff leaves the second factor", "care/accounts/staff_invitations.py",
        "    if has_second_factor(user=user):\n        return user, None\n",
        "",
        (
            _A + "account/test_enroll_staff_post.py::"
            "test_who_was_in_gets_a_new_password_and_keeps_name_and_factor",
        ),
    ),
    Mutant(
        "one half of a way in", "care/access/admin_acts.py",
        "    if recent_acts.exists():\n        raise OtherHalfRenewed", "    recent_acts.exists()",
        (
            _C + "privacy/test_oversight.py::test_one_administrator_never_gives_both_halves_of_a_way_in",
            _GUARDS + "test_the_site_refuses_the_other_half",
        ),
    ),
    Mutant(
        "who looks at an act", "care/privacy/oversight.py",
        "    if colleagues.exists():\n",
        "    if not colleagues:\n",
        (_C + "privacy/test_oversight.py::test_somebody_else_looks_at_what_an_administrator_did",),
    ),
    Mutant(
        "an act of a second factor is told", "care/accounts/staff.py",
        "        record_act(\n"
        "            clinic_id=user.clinic_id, kind=ActKind.FACTOR_REMOVED, actor=admin, "
        "about=user, now=now\n        )\n",
        "",
        (_C + "privacy/test_oversight.py::test_each_grave_act_is_written_down_with_the_names_of_that_day",),
    ),
    Mutant(
        "that a new leader joins no care team", "care/programme/groups.py",
        "            for patient_id in member_ids:\n                _end_leader_membership",
        "            for patient_id in member_ids:\n"
        "                care_team.ensure_on_team(\n"
        "                    patient_id=patient_id, clinician_id=leader_id,\n"
        "                    role=CareTeamMembership.Role.GROUP_LEADER, now=now)\n"
        "                _end_leader_membership",
        (
            _C + "programme/test_groups.py::test_a_group_that_is_handed_over_opens_no_chart",
        ),
    ),
    Mutant(
        "a fresh proof in the administrator's site", "web/admin/site.py",
        "            if _needs_reauthentication(request) and not is_recently_authenticated(\n"
        "                session=session, now=timezone.now()\n"
        "            ):\n",
        "            if False:\n",
        (
            _GUARDS + "test_without_it_nothing_is_changed",
            _GUARDS + "test_it_is_asked_for_before_a_form_and_leads_back_to_it",
        ),
    ),
    Mutant(
        "look-ups of the administrator's lists", "web/admin/site.py",
        'return lookup in asked and "\\x00"', 'return "\\x00"',
        (
            _GUARDS + "test_a_look_up_of_staff_is_refused",
            _GUARDS + "test_a_look_up_of_anything_else_is_refused",
        ),
    ),
    Mutant(
        "what names a row of the administrator's lists", "web/admin/site.py",
        'return to_field == "id"', "return bool(to_field)",
        (_GUARDS + "test_rows_are_named_by_their_id_alone",),
    ),
    Mutant(
        "names that are ours", "care/accounts/names.py",
        '    if key.removeprefix("the") in _RESERVED_NAME_KEYS or any(', "    if any(",
        (_C + "accounts/test_names.py::test_words_of_ours_are_nobodys_name",),
    ),
    Mutant(
        "names that turn what follows", "care/accounts/names.py",
        "    if not is_one_line(name):", "    if False:",
        (_C + "accounts/test_names.py::test_what_turns_or_breaks_a_line_is_in_nobodys_name",),
    ),
    Mutant(
        "who names staff", "care/people/profile.py",
        "    if user.role != User.Role.PATIENT:\n        detail", "    if False:\n        detail",
        (_C + "accounts/test_names.py::test_staff_and_support_persons_do_not_rename_themselves",),
    ),
    Mutant(
        "the name of that day in the log", "care/privacy/access_log.py",
        'return row.actor_name or "Somebody else"',
        'return "Somebody else"',
        (_C + "accounts/test_names.py::test_the_log_says_who_acted_as_they_were_called_then",),
    ),
    Mutant(
        "a patient's name in the log", "care/models/people.py",
        "    if user is None or user.role not in STAFF_ROLES:\n", "    if user is None:\n",
        (_C + "accounts/test_names.py::test_another_patient_who_was_refused_is_named_to_nobody",),
    ),
    # --- Strangers and devices that were in ----------------------------------------------------
    Mutant(
        "whose device was in", "care/accounts/sign_in.py",
        "pk__in=list(known_by)[:MOST_KNOWN_SIGN_INS], user_id=user.pk",
        "pk__in=list(known_by)[:MOST_KNOWN_SIGN_INS]",
        (_STRANGERS + "test_a_phone_is_known_for_its_own_account_alone",),
    ),
    Mutant(
        "a device that was lost", "care/accounts/sign_in.py",
        "rows.exclude(revoked_reason__in=LOST_REASONS).order_by", "rows.order_by",
        (_STRANGERS + "test_a_phone_that_its_owner_ended_or_that_was_copied_is_a_stranger",),
    ),
    Mutant(
        "the five tries of a known device", "care/accounts/sign_in.py",
        'count_attempt(what="password-known", whose=device, limit=ACCOUNT_LIMIT, now=now)',
        "pass",
        (_STRANGERS + "test_a_known_phone_has_five_tries_and_not_one_more",),
    ),
    Mutant(
        "that a known device gives strangers nothing", "care/accounts/sign_in.py",
        "    device = known_device(user, known_by)\n    if device is None:\n        reset",
        "    device = known_device(user, known_by)\n    if True:\n        reset",
        (_STRANGERS + "test_a_known_phone_gives_strangers_no_new_tries",),
    ),
    Mutant(
        "the signature of an earlier token", "api/http/authentication.py",
        'options={"verify_exp": False},',
        'options={"verify_exp": False, "verify_signature": False},',
        (_STRANGERS + "test_what_is_no_refresh_token_of_ours_makes_nobody_known",),
    ),
    Mutant(
        "a count of its own for a proof", "care/accounts/passwords.py",
        'count_attempt(what="step-up", whose=str(session.pk), limit=ACCOUNT_LIMIT, now=now)',
        'count_attempt(what="password", whose=str(user.username), limit=ACCOUNT_LIMIT, now=now)',
        (_A + "account/test_step_up_post.py::test_what_strangers_guess_stops_nobody_who_is_in",),
    ),
    Mutant(
        "wrong tries of an address", "care/accounts/sign_in.py",
        "            count_wrong_attempt(**address_count, now=now)\n            raise\n",
        "            raise\n",
        (_C + "accounts/test_sign_in.py::test_guessing_at_many_names_from_one_address_ends_too",),
    ),
    Mutant(
        "which proxies are believed", "backend/kit/client_ip.py",
        "while hops and _is_in_networks(address, trusted):", "while hops:",
        (
            "tests/kit/test_client_ip.py::"
            "test_the_header_is_read_from_its_right_as_far_as_it_can_be_believed",
            _STRANGERS + "test_without_a_proxy_of_ours_the_header_says_nothing",
        ),
    ),
    # --- The door ------------------------------------------------------------------------------
    Mutant(
        "the largest body", "backend/serving/request_buffer.py",
        "    if int(said) > MAX_BODY_BYTES:\n        raise RequestRefused(413)\n", "",
        (_F + "test_request_buffer.py::test_what_is_too_large_or_could_be_read_in_two_ways_is_refused",),
    ),
    Mutant(
        "the largest body in chunks", "backend/serving/request_buffer.py",
        "        if len(self._body) + size > MAX_BODY_BYTES:\n"
        "            raise RequestRefused(413)\n", "",
        (_F + "test_request_buffer.py::test_chunks_that_are_none_or_too_many_are_refused",),
    ),
    Mutant(
        "a length and chunks at once", "backend/serving/request_buffer.py",
        'if lengths or not first.endswith(b" HTTP/1.1"):', 'if not first.endswith(b" HTTP/1.1"):',
        (_F + "test_request_buffer.py::test_what_is_too_large_or_could_be_read_in_two_ways_is_refused",),
    ),
)  # fmt: skip
