"""Guards of what must happen once, in order, and never too late."""

from tests.proofs.mutants.mutant import Mutant

_A, _C, _J, _N = "tests/api/", "tests/care/", "tests/journaling/", "tests/notifications/"
_SIGN_IN, _CODES = "care/accounts/sign_in.py", "care/accounts/second_factor.py"
_SESSIONS = "care/accounts/device_sessions.py"
_PASSKEYS = "care/accounts/passkeys.py"
_MERGE, _SYNC = "journaling/sync/merge.py", "journaling/sync/exchange.py"
_CLAIM = "notifications/engine/claim.py"
_SELECT, _STEP = "notifications/engine/select.py", "notifications/engine/step.py"
_B = "tests/backend/"

CONSISTENCY = (
    # --- Refreshing and signing in -----------------------------------------------------------
    Mutant(
        "which refresh token is the newest", _SESSIONS,
        "pk=session_id, current_jti=jti, revoked_at__isnull=True, expires_at__gt=now",
        "pk=session_id, revoked_at__isnull=True, expires_at__gt=now",
        (_A + "account/test_token_refresh_post.py::test_an_old_token_ends_the_sign_in",),
    ),
    Mutant(
        "who won a refresh", "backend/kit/db/claims.py",
        "    return rows.update(**changes)\n",
        "    found = list(rows.values_list(\"pk\", flat=True))\n"
        "    return rows.model.objects.filter(pk__in=found).update(**changes)\n",
        ("tests/proofs/race/test_races.py::test_no_round_is_lost[refresh_race]",),
    ),
    Mutant(
        "how long a lost answer is given again", _SESSIONS,
        "if session.previous_jti == jti and now - session.rotated_at <= settings.REFRESH_GRACE:",
        "if session.previous_jti == jti:",
        (_A + "account/test_token_refresh_post.py::test_an_old_token_ends_the_sign_in",),
    ),
    Mutant(
        "the sign-in of a token that came back", _SESSIONS,
        '    end_session(session_id=session.pk, reason="refresh_reuse", now=now)\n', "",
        (_A + "account/test_token_refresh_post.py::test_an_old_token_ends_the_sign_in",),
    ),
    Mutant(
        "how homework ended", "journaling/skills/assign.py",
        "claim(of_patient.filter(outcome__isnull=True), ", "claim(of_patient, ",
        (
            "tests/journaling/skills/test_close_assignment.py::"
            "test_the_same_outcome_again_changes_nothing_and_another_is_refused",
        ),
    ),
    Mutant(
        "a claim across a join", "backend/kit/db/claims.py",
        "        or len([a for a in query.alias_map if query.alias_refcount[a]]) > 1\n"
        '        or "SELECT" in sql\n', "",
        ("tests/kit/test_claims.py::test_a_claim_across_a_join_is_refused",),
    ),
    Mutant(
        "the sixth guess", "care/accounts/throttle.py",
        "if row is None or row[0] > limit:", "if row is None or row[0] > limit + 1:",
        (
            _C + "accounts/test_sign_in.py::test_the_sixth_try_is_not_even_looked_at",
            _C + "accounts/test_second_factor.py::test_the_sixth_guess_is_not_even_checked",
        ),
    ),
    Mutant(
        "the end of a count of guesses", "care/accounts/throttle.py",
        'f"count = CASE WHEN {expired} THEN 1 ELSE',
        'f"count = CASE WHEN {expired} THEN {table}.count + 1 ELSE',
        (_C + "accounts/test_sign_in.py::test_nobody_is_locked_out_for_ever",),
    ),
    Mutant(
        "by what guesses are counted", _SIGN_IN,
        'count_attempt(what="password", whose=name, limit=ACCOUNT_LIMIT, now=now)',
        'count_attempt(what="password", whose=password, limit=ACCOUNT_LIMIT, now=now)',
        (_C + "accounts/test_sign_in.py::test_many_passwords_for_one_name_lock_it_from_every_address",),
    ),
    Mutant(
        "a one-time code once", _CODES,
        "last_step__lt=step)", "last_step__lte=step)",
        (_C + "accounts/test_second_factor.py::test_a_code_opens_once",),
    ),
    Mutant(
        "a recovery code once", _CODES,
        "fingerprint=_recovery_fingerprint(user, code), used_at__isnull=True",
        "fingerprint=_recovery_fingerprint(user, code)",
        (_C + "accounts/test_second_factor.py::test_a_recovery_code_opens_once_however_it_is_typed",),
    ),
    Mutant(
        "a challenge of a passkey once", _PASSKEYS,
        'whose=str(state["challenge"]), limit=1, now=now', 'whose=str(state["challenge"]), limit=9, now=now',
        (_C + "accounts/test_passkeys.py::test_a_challenge_is_answered_once",),
    ),
    Mutant(
        "whose a challenge of a passkey is, and for what", _PASSKEYS,
        '    if (state.get("purpose"), state.get("user")) != (purpose, str(user.pk)):\n',
        '    if not state:\n',
        (_C + "accounts/test_passkeys.py::test_a_challenge_is_its_users_and_for_one_purpose",),
    ),
    Mutant(
        "a copy of a passkey", _PASSKEYS,
        "Q(sign_count__lt=signed.counter) if signed.counter else Q(sign_count=0)", "Q()",
        (_C + "accounts/test_passkeys.py::test_a_count_that_went_back_is_a_copy",),
    ),
    Mutant(
        "a passkey that knew its owner", _PASSKEYS,
        "    if row.verifies_user and not signed.is_user_verified():\n        return False\n", "",
        (_C + "accounts/test_passkeys.py::test_who_knew_its_owner_must_know_them_again",),
    ),
    Mutant(
        "an invitation once", "care/people/enrol.py",
        "    if not claim(unused, used_at=now):\n        raise InvitationInvalid\n",
        "    claim(unused, used_at=now)\n",
        (_C + "people/test_enrol.py::test_a_code_ends_after_72_hours",),
    ),
    Mutant(
        "a mailed code once", "care/accounts/password_reset.py",
        "        if not claim(live, used_at=now):\n            raise ResetInvalid\n",
        "        claim(live, used_at=now)\n",
        ("tests/proofs/race/test_races.py::test_no_round_is_lost[reset_race]",),
    ),
    # --- The journal and its exchange --------------------------------------------------------
    Mutant(
        "the digest before the revision", _MERGE,
        "        if state.is_deleted if draft is None else is_same:\n"
        "            self.accepted[state.id] = state\n"
        "            return OperationOutcome(state.id, UNCHANGED, state.rev, state.seq)\n"
        "        if operation.base_rev != state.rev:\n"
        "            return OperationOutcome("
        "state.id, CONFLICT, state.rev, state.seq, state.shown())\n",
        "        if operation.base_rev != state.rev:\n"
        "            return OperationOutcome("
        "state.id, CONFLICT, state.rev, state.seq, state.shown())\n"
        "        if state.is_deleted if draft is None else is_same:\n"
        "            self.accepted[state.id] = state\n"
        "            return OperationOutcome(state.id, UNCHANGED, state.rev, state.seq)\n",
        (
            _A + "journal/test_sync_post.py::"
            "test_a_replay_of_a_lost_reply_changes_nothing_and_answers_alike",
        ),
    ),
    Mutant(
        "the revision that was read", _MERGE,
        "        if operation.base_rev != state.rev:\n", "        if operation.base_rev is None:\n",
        (
            _A + "journal/test_sync_post.py::"
            "test_another_revision_is_a_conflict_and_carries_the_servers_copy",
        ),
    ),
    Mutant(
        "the journal's last number", _SYNC,
        "            Journal.objects.filter(patient_id=chart.patient_id)"
        ".update(last_seq=merge.last_seq)\n", "",
        (
            _J + "sync/test_changes_after.py::"
            "test_each_phone_learns_what_the_other_did_and_an_entry_comes_once",
        ),
    ),
    Mutant(
        "from where a phone reads on", "journaling/sync/exchange.py",
        "patient_id=patient, seq__gt=after, seq__lt=before",
        "patient_id=patient, seq__gte=after, seq__lt=before",
        (_J + "sync/test_changes_after.py::test_more_than_a_page_leaves_ones_own_for_the_next",),
    ),
    Mutant(
        "how far a phone has read", _SYNC,
        "cursor=SyncCursor(changes[-1].seq if changes else start.seq, start.floor)",
        "cursor=SyncCursor(merge.last_seq or start.seq, start.floor)",
        (_J + "sync/test_changes_after.py::test_more_than_a_page_leaves_ones_own_for_the_next",),
    ),
    Mutant(
        "a tombstone that was purged unseen", "journaling/sync/protocol.py",
        "return missed or self.seq > last_seq", "return self.seq > last_seq",
        (_J + "sync/test_cursor.py::test_a_purged_cursor_is_410_and_a_full_read_works",),
    ),
    Mutant(
        "whose cursor it is", "journaling/sync/protocol.py",
        "_SEAL_LENGTH or not hmac.compare_digest(\n"
        "            seal, _seal(chart, plain)\n        ):",
        "_SEAL_LENGTH:",
        (
            _J + "sync/test_cursor.py::"
            "test_the_cursor_of_another_patient_is_refused_and_nothing_stored",
        ),
    ),
    Mutant(
        "other content under one id", "journaling/entries/record.py",
        "        if stored[1] != digest:\n            raise EntryDiffers from None\n", "",
        (
            _J + "entries/test_record_entry.py::"
            "test_other_content_under_the_same_id_is_refused_and_not_stored",
        ),
    ),
    Mutant(
        "the numbers of a journal", "journaling/models/journal.py",
        "return _advance_seq(patient_id, step=1)[0]", "return _advance_seq(patient_id, step=2)[0]",
        (_J + "entries/test_record_entry.py::test_numbers_of_a_journal_are_dense_and_its_own",),
    ),
    Mutant(
        "the second editor of a revision", "journaling/entries/edit.py",
        "    if rev is not None and rev != stored.rev:\n        raise EntryChanged\n", "",
        (_J + "entries/test_edit_entry.py::test_of_two_editors_of_one_revision_the_second_is_refused",),
    ),
    Mutant(
        "the lease of a job", "backend/kit/jobs.py",
        "filter(pk=self.row.pk, lease_id=self.id)",
        "filter(pk=self.row.pk)",
        (
            "tests/kit/test_jobs.py::test_who_lost_the_lease_changes_nothing",
            _J + "exports/test_export_jobs.py::"
            "test_a_lease_that_another_has_taken_keeps_no_further_piece",
            _N + "staff/test_safety_alert_mails.py::"
            "test_a_result_that_comes_after_the_lease_is_not_believed",
        ),
    ),
    Mutant(
        "who claims a job", "backend/kit/jobs.py",
        "self.condition, pk=row.pk, next_attempt_at=row.next_attempt_at,\n"
        "                lease_id=row.lease_id,\n",
        "pk=row.pk,\n",
        ("tests/kit/test_jobs.py::test_of_two_who_saw_the_same_row_one_gets_it",),
    ),
    Mutant(
        "a mail that takes long", "notifications/staff/outbox.py",
        "        if results:\n            lease.renew(now=clock())\n", "",
        (
            _N + "staff/test_emergency_mails.py::"
            "test_who_comes_back_after_the_lease_sends_no_further_letter",
        ),
    ),
    # --- Reminders ---------------------------------------------------------------------------
    Mutant(
        "who began on an occurrence", _CLAIM,
        "rows = Occurrence.objects.filter(id__among=ids, lease_id=lease_id, state=State.LEASED)",
        "rows = Occurrence.objects.filter(id__among=ids, state=State.LEASED)",
        (_N + "engine/test_dispatch.py::test_a_holder_whose_lease_was_lost_begins_nothing",),
    ),
    Mutant(
        "who writes down what became of it", "notifications/engine/outcome.py",
        "bulk.bulk_update(Occurrence, names, rows, keys=2)",
        "bulk.bulk_update(Occurrence, names, rows, keys=1)",
        (_N + "engine/test_dispatch.py::test_a_holder_that_comes_back_too_late_overwrites_nothing",),
    ),
    Mutant(
        "an occurrence that stands already", _CLAIM,
        "(Occurrence, _NEW_COLUMNS, rows_to_insert) < len(rows_to_insert):",
        "(Occurrence, _NEW_COLUMNS, rows_to_insert) < 0:",
        (_N + "engine/test_dispatch.py::test_an_occurrence_that_stands_already_is_leased_to_nobody",),
    ),
    Mutant(
        "the lease of an occurrence", _CLAIM,
        "state=State.LEASED, lease_id=lease_id, next_attempt_at=now + lease_duration()\n",
        "state=State.LEASED, lease_id=lease_id, next_attempt_at=now\n",
        (_N + "engine/test_dispatch.py::test_a_lease_that_was_taken_over_lasts_as_long",),
    ),
    Mutant(
        "what was begun too often", _CLAIM,
        "if item.not_after > now and item.crash_count < MOST_ATTEMPTS]",
        "if item.not_after > now]",
        (_N + "engine/test_dispatch.py::test_what_was_begun_too_often_and_never_settled_is_given_up",),
    ),
    Mutant(
        "what a dead holder had in hand", _CLAIM,
        "in_hand &= {row.id for row in rows if row.is_held}", "in_hand = set()",
        (_N + "engine/test_lease.py::test_after_a_crash_only_started_occurrences_count_an_attempt",),
    ),
    Mutant(
        "a lease that was renewed", _CLAIM,
        "rows = [row for row in rows if not (row.is_held and row.lease_id in valid)]",
        "valid = set()",
        (_N + "engine/test_dispatch.py::test_to_begin_renews_the_lease",),
    ),
    Mutant(
        "the end of an occurrence's window", _CLAIM,
        "if item.not_after > now and item.crash_count < MOST_ATTEMPTS]",
        "if item.crash_count < MOST_ATTEMPTS]",
        (_N + "engine/test_dispatch.py::test_what_is_past_its_window_is_leased_to_nobody",),
    ),
    Mutant(
        "the end of a reminder's window", _CLAIM,
        "if one.item.not_after > now and not one.is_broken", "if not one.is_broken",
        (_N + "engine/test_dispatch.py::test_what_fell_due_while_nobody_worked_is_leased_to_nobody",),
    ),
    Mutant(
        "the tag of a nudge", _STEP,
        "return replace(item, id=name, slot=slot, due_at=due_at)",
        "return replace(item, id=name, slot=slot, due_at=due_at, tag=tag_of_occurrence(name))",
        (_N + "engine/test_dispatch.py::test_a_nudge_comes_once_under_the_same_tag",),
    ),
    Mutant(
        "the end of a push", "notifications/push/http_gateway.py",
        "return max(int((message.not_after - now).total_seconds()), 1)", "return 28 * 24 * 3600",
        (_N + "push/test_fcm.py::test_a_message_reaches_fcm_with_one_tag_and_one_end",),
    ),
    Mutant(
        "which push services are called", "notifications/push/gateway.py",
        "if is_host and place == (allowed.scheme, allowed.port):", "if is_host:",
        (_N + "push/test_webpush.py::test_only_known_push_services_are_called",),
    ),
    Mutant(
        "a window that closes before sending", "notifications/engine/policy.py",
        '    if not_after <= now:\n        return "expired"\n', "",
        (_N + "engine/test_suppression.py::test_a_window_that_closes_between_claim_and_send_is_kept",),
    ),
    Mutant(
        "consent at the moment of sending", "notifications/engine/policy.py",
        '    if not patient_context.has_consent:\n        return "no_consent"\n', "",
        (_N + "engine/test_suppression.py::test_facts_are_asked_again_at_the_moment_of_sending",),
    ),
    Mutant(
        "quiet hours", "notifications/engine/policy.py",
        '    if is_quiet(now, patient):\n        return "quiet_hours"\n', "",
        (_N + "engine/test_suppression.py::test_facts_are_asked_again_at_the_moment_of_sending",),
    ),
    Mutant(
        "a doubt that is tried once more", "notifications/engine/outcome.py",
        "MOST_AMBIGUOUS = 1", "MOST_AMBIGUOUS = 3",
        (
            _N + "engine/test_retries.py::"
            "test_a_doubtful_answer_is_sent_again_once_and_not_before_ten_seconds",
        ),
    ),
    Mutant(
        "a 503 that is no doubt", "notifications/push/fcm_messages.py",
        'return SendOutcome.FAULTED, f"status_{status}", ""',
        'return SendOutcome.AMBIGUOUS, f"status_{status}", ""',
        (_N + "push/test_fcm.py::test_every_answer_is_one_post_and_one_outcome",),
    ),
    Mutant(
        "faults in a row", "notifications/engine/throttle.py",
        "too_many = throttle.filter(is_shorter, consecutive_faults__gte=FAULTS_TO_BLOCK)",
        "too_many = throttle.filter(is_shorter, consecutive_faults__gt=FAULTS_TO_BLOCK)",
        (_N + "engine/test_throttle_gates.py::test_faults_in_a_row_shut_it_for_everybody_until_a_probe_passes",),
    ),
    Mutant(
        "when what a phone covers is due", _SELECT,
        "== [epoch_second(item.due_at), revs.get(item.reminder)]",
        "is not None",
        (_N + "engine/test_phone_coverage.py::test_what_moved_with_the_zone_is_pushed",),
    ),
    Mutant(
        "a change while a phone is being told", "notifications/engine/refresh.py",
        "refresh_at=Case(When(newer, then=after), default=None),", "refresh_at=None,",
        (_N + "engine/test_refresh.py::test_a_change_while_it_is_being_sent_is_told_by_another",),
    ),
    Mutant(
        "whose turn it is", _SELECT,
        "before = histories.get(patient, NO_MESSAGES)", "before = NO_MESSAGES",
        (_N + "engine/test_dispatch.py::test_a_turn_taken_by_another_worker_is_seen",),
    ),
    Mutant(
        "a number of the environment", "backend/settings.py",
        'REMINDER_LEASE_SECONDS = env.number('
        '"BETWEEN_REMINDER_LEASE_SECONDS", default=120.0, least=1)',
        'REMINDER_LEASE_SECONDS = env.str("BETWEEN_REMINDER_LEASE_SECONDS", default=120.0)',
        ("tests/house/test_settings.py::test_the_environments_words_become_typed_settings",),
    ),
    # --- After a restore ---------------------------------------------------------------------
    Mutant(
        "a token that was made since the backup", _SESSIONS,
        "    return generation > known or restore_generation_of(generation) "
        "!= restore_generation_of(known)",
        "    return False",
        (_B + "test_after_restore.py::test_a_token_made_since_the_backup_is_no_theft",),
    ),
    Mutant(
        "a cursor of before a restore", "backend/backup/restore.py",
        "        Journal.objects.update(last_seq=last, purged_seq=last)\n", "",
        (_B + "test_after_restore.py::test_a_cursor_of_before_is_gone_and_nothing_is_skipped",),
    ),
    Mutant(
        "a revision of before a restore", "backend/backup/restore.py",
        "            model._base_manager.update(rev=raised)\n", "            pass\n",
        (_B + "test_after_restore.py::test_an_edit_of_a_revision_of_before_overwrites_nothing",),
    ),
    # --- The seals of the access log ---------------------------------------------------------
    Mutant(
        "what a seal says of its rows", "care/audit/seal.py",
        "    elif digest != bytes(seal.hash):\n"
        '        yield AuditFault("rows were changed", *span)\n',
        "",
        ("tests/care/audit/test_seal_and_verify.py::test_every_way_of_tampering_is_found",),
    ),
    Mutant(
        "that the end was cut off", "care/audit/seal.py",
        "    faults += _anchor_faults()\n", "",
        ("tests/care/audit/test_seal_and_verify.py::test_a_cut_off_end_is_seen_by_the_anchors_alone",),
    ),
    Mutant(
        "the revision of situation plans", "journaling/skills/situation_plans.py",
        "            if rev not in {None, newest.rev}:\n                raise SituationPlansChanged\n", "",
        (
            "tests/api/skills/test_situation_plans.py::"
            "test_another_list_by_an_older_revision_changes_nothing",
        ),
    ),
)  # fmt: skip
