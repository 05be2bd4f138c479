"""What other systems shipped as bugs: each has a test of ours, named after the behaviour.

B1 to B36 were found in the code and the public threads of Beiwe, mindLAMP, RADAR, MindLogger,
HeartSteps, wger, simple-server, healthlocker, CamCOPS and ESMira.
"""

import ast
from functools import cache

import pytest

from tests.house.tree import ROOT

N, A, C, J = "tests/notifications/", "tests/api/", "tests/care/", "tests/journaling/"

#: What went wrong there, in few words, and the tests that show that it doesn't here.
TESTS: dict[str, tuple[str, list[str]]] = {
    "B1": ("killed after the push service took it", [
        N + "engine/test_celery_worker.py::"
        "test_a_worker_killed_between_accept_and_record_doubles_nothing_visible",
        "tests/proofs/chaos/test_reminders.py::test_no_reminder_is_lost_or_shown_twice",
    ]),
    "B2": ("weekly rows wrong on Saturday evening", [
        N + "reminders/test_recurrence.py::test_saturday_evening_is_saturday_in_every_zone",
    ]),
    "B3": ("an hour off after clocks change", [
        N + "reminders/test_recurrence.py::test_the_wall_clock_holds_over_both_changes",
        N + "reminders/test_recurrence.py::test_a_skipped_time_is_the_first_minute_after_the_gap_once",
        N + "reminders/test_recurrence.py::test_a_repeated_time_is_the_first_of_the_two_once",
        "tests/proofs/oracle/test_oracle.py::test_every_occurrence_comes_when_the_wall_first_shows_its_time",
    ]),
    "B4": ("a journey moves nothing, or doubles", [
        N + "reminders/test_edit_reminder.py::test_a_new_zone_moves_what_comes_and_keeps_what_was_sent",
        N + "reminders/test_edit_reminder.py::test_travelling_west_doubles_nothing_on_that_day",
        C + "people/test_time_zone_history.py::test_a_new_zone_stands_in_the_history",
    ]),
    "B5": ("N follow-ups at one instant", [
        N + "engine/test_spacing.py::test_follow_ups_of_several_reminders_come_at_instants_of_their_own",
    ]),
    "B6": ("a dead address wipes the schedule", [
        N + "engine/test_retries.py::test_a_dead_address_ends_that_device_and_nothing_else",
        N + "engine/test_reminder_sweep.py::test_a_dead_address_ends_alone_and_the_next_registration_resumes",
    ]),
    "B7": ("a phone that changed hands", [
        N + "push/test_device_addresses.py::test_an_address_moves_to_whoever_signed_in_last",
        N + "push/test_device_addresses.py::test_both_access_logs_tell_of_the_move_and_neither_names_the_other",
    ]),
    "B8": ("refusals for a while swallowed", [
        N + "engine/test_retries.py::test_what_certainly_did_not_leave_is_tried_with_growing_pauses",
        N + "engine/test_retries.py::test_a_retry_that_would_come_too_late_expires",
        N + "engine/test_retries.py::test_a_shut_gate_holds_all_back_as_long_as_was_asked",
    ]),
    "B9": ("an outcome that moves no state", [
        N + "engine/test_dispatch.py::test_what_was_begun_too_often_and_never_settled_is_given_up",
        N + "engine/test_retries.py::test_a_refused_message_fails_and_keeps_the_device",
    ]),
    "B10": ("a setting of the wrong type", [
        "tests/house/test_settings.py::test_the_environments_words_become_typed_settings",
    ]),
    "B11": ("always the plural", [
        N + "test_nothing_clinical_leaves.py::test_one_and_several_are_told_apart",
    ]),
    "B12": ("a backlog shown all at once", [
        N + "push/test_fcm.py::test_a_message_reaches_fcm_with_one_tag_and_one_end",
        N + "engine/test_dispatch.py::test_after_an_outage_there_is_one_message_at_most",
        N + "engine/test_spacing.py::test_an_outage_over_several_claims_still_ends_in_one_message",
    ]),
    "B13": ("an edit sends again", [
        N + "reminders/test_edit_reminder.py::test_a_change_never_sends_again_what_was_sent",
        N + "reminders/test_edit_reminder.py::test_a_change_on_a_journey_never_sends_again_what_was_sent",
        N + "engine/test_state_machine.py::test_whatever_happens_no_message_breaks_a_promise",
    ]),
    "B14": ("fired before its start, or after its end", [
        N + "reminders/test_edit_reminder.py::test_a_weekly_one_from_next_week_is_silent_on_the_day_it_was_made",
        N + "reminders/test_edit_reminder.py::test_an_ended_reminder_is_silent_and_its_nudge_withdrawn",
        N + "engine/test_suppression.py::test_facts_are_asked_again_at_the_moment_of_sending",
    ]),
    "B15": ("every two weeks over a month's end", [
        N + "reminders/test_recurrence.py::test_every_fortnight_runs_over_month_and_year_ends",
    ]),
    "B16": ("reminded of what is done", [
        N + "engine/test_suppression.py::test_a_check_in_that_was_answered_already_is_skipped",
    ]),
    "B17": ("done once, silent all day", [
        N + "engine/test_suppression.py::test_only_the_check_in_that_was_answered_is_skipped",
    ]),
    "B18": ("too many, out of order, drifting", [
        N + "engine/test_spacing.py::test_a_day_of_many_series_has_four_messages_an_hour_apart_in_order",
        N + "engine/test_spacing.py::test_what_waited_does_not_make_its_series_drift",
        N + "engine/test_spacing.py::test_a_nudge_counts_and_ends_when_the_next_is_near",
    ]),
    "B19": ("two stores of one truth", [
        N + "engine/test_celery_worker.py::"
        "test_a_broker_that_loses_all_and_then_says_all_three_times_costs_only_time",
        N + "test_nothing_clinical_leaves.py::test_the_broker_carries_a_name_and_nothing_else",
    ]),
    "B20": ("many at once", [
        N + "engine/test_dispatch.py::test_reminders_of_one_minute_are_one_message_with_its_count",
    ]),
    "B21": ("a fault of the database told as success", [
        A + "journal/test_sync_post.py::test_a_fault_of_the_database_is_never_a_success",
        A + "ops/test_health_get.py::"
        "test_a_database_that_does_not_answer_is_503_and_asks_to_come_again",
    ]),
    "B22": ("an expired token told as forbidden", [
        A + "test_authorisation.py::test_a_token_that_does_not_hold_is_401_at_every_door",
    ]),
    "B23": ("a day away locks out", [
        A + "account/test_token_refresh_post.py::test_a_phone_that_was_away_for_weeks_still_refreshes",
        A + "account/test_token_refresh_post.py::test_a_lost_answer_is_given_again_with_the_same_successor",
        A + "journal/test_sync_post_after_absence.py::"
        "test_who_was_away_for_days_brings_everything_home_without_signing_in",
        A + "journal/test_sync_post_after_absence.py::test_a_phone_that_was_revoked_neither_refreshes_nor_syncs",
    ]),
    "B24": ("a batch refused, and called a success", [
        A + "journal/test_sync_post.py::test_an_invalid_item_is_named_and_keeps_no_other_out",
        A + "journal/test_sync_post_after_absence.py::test_what_speaks_of_something_that_is_not_here_yet_is_taken",
        A + "journal/test_sync_post_deletions.py::"
        "test_a_deletion_that_overtakes_its_entry_keeps_it_from_coming_to_life",
    ]),
    "B25": ("one entry stored twice by a race", [
        "tests/proofs/race/test_races.py::test_no_round_is_lost",
    ]),
    "B26": ("rows of one instant skipped, or read for ever", [
        J + "sync/test_changes_after.py::test_five_thousand_entries_of_one_instant_come_without_loop_or_gap",
        A + "journal/test_entries_get.py::test_pages_hold_every_entry_once_forwards_and_backwards",
        "tests/proofs/chaos/sync/test_sync.py::"
        "test_numbers_given_before_the_lock_make_phones_miss_entries",
    ]),
    "B27": ("a day of the server's", [
        "tests/kit/test_timezones.py::test_half_past_eleven_in_the_evening_is_of_the_local_day",
        A + "journal/test_day_get.py::test_late_in_the_evening_belongs_to_the_local_day_in_every_zone",
    ]),
    "B28": ("another patient's thing by its id", [
        A + "test_authorisation.py::test_every_role_gets_what_the_table_says_and_nothing_of_others",
        A + "test_authorisation.py::test_what_is_somebody_elses_looks_like_what_does_not_exist",
    ]),
    "B29": ("a door without a lock", [
        A + "test_authorisation.py::test_every_role_gets_what_the_table_says_and_nothing_of_others",
    ]),
    "B30": ("no help in the answer to a risk", [
        A + "journal/test_entries_post_support.py::test_the_answer_carries_the_level_of_its_rules",
        A + "journal/test_entries_post_support.py::test_the_save_holds_and_helps_where_safety_itself_fails",
    ]),
    "B31": ("an export without some columns or rows", [
        J + "exports/test_export_files.py::test_a_table_has_every_column_always",
        J + "exports/test_export_files.py::test_every_count_is_that_of_its_list",
        J + "exports/test_export_files.py::test_entries_read_as_the_api_answers_them_one_for_one",
    ]),
    "B32": ("a caseload that asks once for each patient", [
        A + "programme/test_caseload_get.py::test_forty_patients_take_at_most_eight_statements",
    ]),
    "B33": ("nobody reminded once the app sleeps", [
        N + "engine/test_reminder_sweep.py::test_after_a_month_without_the_app_the_server_still_reminds",
        N + "reminders/test_receipts.py::test_what_comes_is_named_as_it_will_be_when_due",
        N + "engine/test_reminder_sweep.py::test_what_the_phone_showed_and_had_answered_is_not_pushed",
    ]),
    "B34": ("sync that stalls with a service beside it", [
        A + "journal/test_sync_post_after_absence.py::test_an_exchange_reaches_for_nothing_but_its_database",
    ]),
    "B35": ("guesses counted by the password guessed", [
        C + "accounts/test_sign_in.py::test_many_passwords_for_one_name_lock_it_from_every_address",
        C + "accounts/test_sign_in.py::test_guessing_at_many_names_from_one_address_ends_too",
    ]),
    "B36": ("a token that outlives its sign-in", [
        A + "account/test_logout_and_sign_ins.py::test_a_signed_out_token_is_dead_on_the_next_request",
        A + "account/test_token_post.py::test_tokens_of_a_disabled_user_are_dead_on_the_next_request",
    ]),
}  # fmt: skip


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("bug", TESTS)
def test_a_bug_of_others_has_a_test_here(bug: str) -> None:
    told, tests = TESTS[bug]

    assert told
    assert tests
    for test in tests:
        path, _, name = test.partition("::")
        assert (ROOT / path).is_file(), test
        assert name in names_in(path), test


def test_they_stand_in_order_and_none_is_missing() -> None:
    numbers = [int(bug.removeprefix("B")) for bug in TESTS]

    assert numbers == [*range(1, 37)]
