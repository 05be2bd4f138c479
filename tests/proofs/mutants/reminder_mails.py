"""Mail as a last resort: for whom, when, and once or never."""

from tests.proofs.mutants.mutant import Mutant

_WRITTEN = "tests/notifications/engine/test_reminder_mail.py::"
_SENT = "tests/notifications/staff/test_reminder_mails.py::"
_ONCE = "tests/notifications/staff/test_reminder_mails_once.py::"
_CHOSEN = "tests/api/account/test_me_reminder_mail.py::"
_OUTCOME, _PREPARE = "notifications/engine/outcome.py", "notifications/engine/reminder_mail.py"

MAILING = (
    Mutant(
        "who chose mail", _OUTCOME,
        "next_attempt_at__isnull=True,\n        patient__reminder_mail=True,\n",
        "next_attempt_at__isnull=True,\n",
        (_WRITTEN + "test_who_did_not_choose_it_gets_none",),
    ),
    Mutant(
        "a mail of what may have been taken", _OUTCOME,
        "return result.outcome in _NOT_TAKEN or (", "return result.outcome != 'sent' or (",
        (_WRITTEN + "test_none_is_where_its_only_try_may_have_been_taken",),
    ),
    Mutant(
        "a mail of what was begun before", _OUTCOME,
        "return not (item.attempts or item.crash_count or item.sent_at)",
        "return not item.sent_at",
        (
            _WRITTEN + "test_none_is_where_it_may_have_been_taken_before",
            _WRITTEN + "test_none_is_where_a_worker_died_with_it_in_hand",
        ),
    ),
    Mutant(
        "a nudge by mail", _OUTCOME,
        "for item in unreached if not item.is_nudge}", "for item in unreached}",
        (_WRITTEN + "test_a_nudge_is_never_mailed",),
    ),
    Mutant(
        "a mail of another worker's occurrence", _OUTCOME,
        "id__among=list(items), lease_id=lease_id, next_attempt_at__isnull=True,",
        "id__among=list(items),",
        (_WRITTEN + "test_what_another_worker_holds_by_now_calls_for_none",),
    ),
    Mutant(
        "the choice at the moment of mailing", _PREPARE,
        "if not (patient.reminder_mail and address)", "if not address",
        (_SENT + "test_the_facts_are_asked_again_at_the_moment_of_sending",),
    ),
    Mutant(
        "the facts at the moment of mailing", _PREPARE,
        "    if reason is not None:\n        return reason\n", "",
        (_SENT + "test_the_facts_are_asked_again_at_the_moment_of_sending",),
    ),
    Mutant(
        "mails that waited together", _PREPARE,
        "if not Recipient.objects.filter(pk=item.patient, last_message_id=item.id).exists():",
        "if not Recipient.objects.filter(pk=item.patient).exists():",
        (_SENT + "test_of_mails_that_waited_together_the_newest_alone_is_sent",),
    ),
    Mutant(
        "a worker that died with a mail", _PREPARE,
        "    lease.forbid_followers()\n", "",
        (
            _ONCE + "test_a_worker_that_died_while_it_was_sending_is_not_followed",
            _ONCE + "test_of_two_workers_one_sends",
        ),
    ),
    Mutant(
        "a mail that the server may have taken", "notifications/staff/outbox.py",
        "    if kind.is_sent_once and result.outcome is SendOutcome.AMBIGUOUS:\n"
        '        return "unknown"\n', "",
        (_ONCE + "test_only_what_was_certainly_not_taken_is_tried_again",),
    ),
    Mutant(
        "a mail that broke off", "notifications/staff/email.py",
        "            outcome = SendOutcome.AMBIGUOUS\n", "",
        (_ONCE + "test_only_what_was_certainly_not_taken_is_tried_again",),
    ),
    Mutant(
        "an address for mail", "care/people/profile.py",
        '            _require_way_for_mail(user)\n', "            pass\n",
        (
            _CHOSEN + "test_without_an_address_it_is_refused",
            _CHOSEN + "test_without_a_mail_server_it_is_neither_offered_nor_taken",
        ),
    ),
    Mutant(
        "an address that is taken back", "care/accounts/password_reset.py",
        "            Patient.objects.filter(pk=user.pk).update(reminder_mail=False)\n",
        "            pass\n",
        (_CHOSEN + "test_to_take_the_address_back_ends_it",),
    ),
)  # fmt: skip
