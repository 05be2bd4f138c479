"""Guards of who may see and do what, and of what is written down about it."""

from tests.proofs.mutants.mutant import Mutant

_A, _C, _J, _N = "tests/api/", "tests/care/", "tests/journaling/", "tests/notifications/"
_ACCESS, _ROSTER = "care/access/open.py", "care/access/roster.py"
_RULES, _ON_CALL = "care/access/rules.py", "care/oncall/chart.py"
_ENTRIES = "journaling/entries/read.py"

AUTHORISATION = (
    # --- Who opens a chart -------------------------------------------------------------------
    Mutant(
        "whose care team it is", _RULES,
        "membership_holds(now), patient_id=patient_id, clinician_id=viewer,\n"
        "            patient__user__clinic_id=clinic,\n",
        "membership_holds(now), patient_id=patient_id,\n"
        "            patient__user__clinic_id=clinic,\n",
        (_C + "access/test_open_chart.py::test_strangers_get_no_chart_and_the_denial_is_logged",),
    ),
    Mutant(
        "the clinic of a chart", _RULES,
        "membership_holds(now), patient_id=patient_id, clinician_id=viewer,\n"
        "            patient__user__clinic_id=clinic,\n",
        "membership_holds(now), patient_id=patient_id, clinician_id=viewer,\n",
        (_C + "access/test_open_chart.py::test_a_clinician_who_moved_to_another_clinic_is_a_stranger",),
    ),
    Mutant(
        "the end of a care team", _RULES,
        'Q(**{f"{prefix}ends_at__isnull": True}) | Q(**{f"{prefix}ends_at__gt": now})\n    )\n\n\n'
        "def team_access",
        'Q(**{f"{prefix}ends_at__isnull": True}) | Q(**{f"{prefix}ends_at__isnull": False})\n'
        "    )\n\n\ndef team_access",
        (_C + "access/test_open_chart.py::test_an_ended_care_team_closes_the_chart_at_that_moment",),
    ),
    Mutant(
        "the beginning of a care team", _RULES,
        'return Q(**{f"{prefix}starts_at__lte": now}) & (',
        'return Q(**{f"{prefix}starts_at__isnull": False}) & (',
        (_C + "access/test_open_chart.py::test_a_care_team_that_has_not_begun_opens_nothing",),
    ),
    Mutant(
        "the role of who opens a chart", _RULES,
        "    if viewer.role != User.Role.CLINICIAN:\n        return",
        "    if viewer.role == User.Role.PATIENT:\n        return",
        (_C + "access/test_open_chart.py::test_an_administrator_on_a_care_team_still_gets_no_chart",),
    ),
    Mutant(
        "the newest role on a care team", _RULES,
        '.order_by("-starts_at", "id")\n        .values_list("role"',
        '.order_by("starts_at", "id")\n        .values_list("role"',
        (_C + "access/test_open_chart.py::test_of_two_roles_that_hold_at_once_the_newest_decides",),
    ),
    # --- Consent, judged when something is read ----------------------------------------------
    Mutant(
        "consent when a chart is opened", _ACCESS,
        '    reason = "" if is_covered(what, parts) else why\n',
        '    reason = "" if role else why\n',
        (
            _C + "access/test_open_chart.py::"
            "test_revoked_consent_closes_the_chart_to_staff_and_never_to_the_patient",
            _A + "privacy/test_consents.py::test_taken_back_it_acts_on_the_next_request",
        ),
    ),
    Mutant(
        "a consent that was taken back", _RULES,
        '        f"{prefix}revoked_at__isnull": True,\n', "",
        (
            _A + "privacy/test_consents.py::test_taken_back_it_acts_on_the_next_request",
            _A + "programme/test_caseload_get.py::test_what_has_ended_is_gone_on_the_next_request",
        ),
    ),
    Mutant(
        "the date at which a consent ends", _RULES,
        'Q(**{f"{prefix}expires_at__gt": now})', 'Q(**{f"{prefix}expires_at__isnull": False})',
        (_A + "privacy/test_consents.py::test_it_ends_at_its_date",),
    ),
    Mutant(
        "the event with which a consent ends", _RULES,
        "return Q(**named) & in_time & goes_on", "return Q(**named) & in_time",
        (_A + "privacy/test_consents.py::test_it_ends_with_its_event",),
    ),
    Mutant(
        "consent in a list of patients", _ROSTER,
        "        if not is_covered(what, parts):\n            continue\n", "",
        (
            _A + "programme/test_caseload_get.py::test_what_has_ended_is_gone_on_the_next_request",
            _A + "sessions/test_group_brief_get.py::"
            "test_what_has_ended_leaves_no_line_on_the_next_request",
        ),
    ),
    Mutant(
        "consent of whom duty is called about", _ON_CALL,
        'consent_covers(now, what, viewer=viewer.pk, prefix="consents__"), pk=patient_id,',
        "pk=patient_id,",
        (
            _C + "oncall/test_on_call_chart.py::"
            "test_without_consent_after_discharge_and_in_another_clinic_there_is_none",
        ),
    ),
    Mutant(
        "who is on duty", _ON_CALL,
        "if not is_staff or not is_on_call(viewer=viewer, patient_id=patient_id, now=now):",
        "if not is_staff:",
        (_C + "oncall/test_on_call_chart.py::test_who_is_not_on_duty_gets_none",),
    ),
    Mutant(
        "the scope of a consent", _RULES,
        "return bool(parts & TREATMENT_SCOPES) if part is None else part in parts",
        "return bool(parts)",
        (
            _C + "consents/test_consent_scope.py::test_a_part_opens_what_it_covers_and_nothing_else",
            _A + "privacy/test_consents.py::test_each_door_asks_the_scope",
        ),
    ),
    Mutant(
        "the recipient of a consent", _RULES,
        "if not is_for_others and (clinician is None or UUID(str(clinician)) == viewer)",
        "if clinician is None or UUID(str(clinician)) == viewer",
        (
            _C + "consents/test_consent_scope.py::"
            "test_a_consent_for_somebody_else_gives_the_staff_nothing",
            _A + "privacy/test_consents.py::test_each_door_asks_the_recipient",
        ),
    ),
    Mutant(
        "the one clinician whom a consent names", _RULES,
        "if not is_for_others and (clinician is None or UUID(str(clinician)) == viewer)",
        "if not is_for_others",
        (
            _C + "consents/test_consent_scope.py::"
            "test_a_consent_that_names_a_clinician_opens_nothing_to_a_colleague",
        ),
    ),
    Mutant(
        "scope in lists of many patients", _RULES,
        'return in_force if part is None else in_force & Q(**{f"{prefix}scope__lists": part})',
        "return in_force",
        (_C + "consents/test_consent_scope.py::test_lists_leave_out_whom_consent_does_not_cover",),
    ),
    Mutant(
        "recipient in lists of many patients", _RULES,
        'consent_holds(now, prefix) & Q(**{f"{prefix}is_for_others": False}) & reached',
        "consent_holds(now, prefix) & reached",
        (_C + "consents/test_consent_scope.py::test_lists_leave_out_whom_consent_does_not_cover",),
    ),
    Mutant(
        "scope and recipient of who is reminded", _RULES,
        "return consent_holds(now) & Q(is_for_others=False, scope__lists=part)",
        "return consent_holds(now)",
        (_C + "consents/test_consent_scope.py::test_reminders_ask_as_well",),
    ),
    Mutant(
        "safety events beside entries", "journaling/briefs/status.py",
        " if chart.covers(DataCategory.SAFETY_EVENTS) else _NOBODY\n    rows", "\n    rows",
        (_J + "briefs/test_brief_privacy.py::test_a_brief_tells_of_nothing_that_was_not_agreed_to",),
    ),
    # --- What of a patient is shown ----------------------------------------------------------
    Mutant(
        "what is for the own therapist alone", _RULES,
        "return _PRIMARY_LEVELS if role == CareTeamMembership.Role.PRIMARY_THERAPIST",
        "return _PRIMARY_LEVELS if role",
        (_C + "access/test_open_chart.py::test_only_the_primary_therapist_sees_what_is_for_the_individual_"
         "therapist",),
    ),
    Mutant(
        "what is private", _RULES,
        '_PRIMARY_LEVELS = frozenset({"care_team", "individual_therapist_only"})',
        '_PRIMARY_LEVELS = frozenset({"care_team", "individual_therapist_only", "private"})',
        (_J + "briefs/test_brief_privacy.py::test_private_entries_leave_no_trace",),
    ),
    Mutant(
        "the sharing of an entry", _ENTRIES,
        " if sharing_levels is None else rows.filter(share__in=sorted(sharing_levels))", "",
        (
            _J + "briefs/test_brief_privacy.py::test_private_entries_leave_no_trace",
            _A + "privacy/test_break_glass_post.py::test_it_shows_what_the_care_team_sees_and_no_more",
        ),
    ),
    Mutant(
        "the sharing of a change", "journaling/sync/exchange.py",
        "    if sharing_levels is not None:\n"
        "        rows = rows.filter(share__in=sorted(sharing_levels), "
        "deleted_at__isnull=True)\n", "",
        (
            _J + "sync/test_changes_after.py::"
            "test_a_therapists_chart_shows_no_tombstone_and_nothing_private",
        ),
    ),
    Mutant(
        "the history of what is hidden", _ENTRIES,
        "        if chart.is_own\n        else visible_entries(chart)\n", "",
        (_J + "entries/test_edit_entry.py::test_the_history_of_what_is_hidden_is_hidden",),
    ),
    Mutant(
        "numbers that count what is private", "api/journal/entries.py",
        "entry_to_json(row[0]) if chart.is_own else entry_to_json_for_staff(row[0])",
        "entry_to_json(row[0])",
        (
            _A + "journal/test_entries_get.py::"
            "test_no_number_tells_a_therapist_how_many_entries_are_private",
        ),
    ),
    Mutant(
        "what a support person's account keeps of an erased patient", "care/privacy/erasure.py",
        "        _rename_supporters(supporters)\n", "",
        (
            _C + "privacy/test_erasure.py::"
            "test_the_account_of_their_support_person_keeps_none_of_their_words",
        ),
    ),
    # --- Ids in addresses and bodies ---------------------------------------------------------
    Mutant(
        "whose entry an id names", _ENTRIES,
        "rows = Entry.objects.filter(patient_id=patient_id, deleted_at__isnull=True)",
        "rows = Entry.objects.filter(deleted_at__isnull=True)",
        (_A + "journal/test_entries_get.py::test_an_entry_of_somebody_else_looks_like_none",),
    ),
    Mutant(
        "whose assignment an entry names", "journaling/entries/record.py",
        "rows = Assignment.objects.filter(patient_id=self.chart.patient_id)",
        "rows = Assignment.objects.all()",
        (
            _A + "skills/test_assignments.py::"
            "test_naming_an_assignment_that_is_not_ones_own_is_refused_alike",
        ),
    ),
    Mutant(
        "whose assignment an address names", "journaling/skills/assign.py",
        "        patient_id=chart.patient_id, id=assignment_id, ended_at__isnull=True\n"
        '    ).values_list("since", flat=True)',
        "        id=assignment_id, ended_at__isnull=True\n"
        '    ).values_list("since", flat=True)',
        (_A + "skills/test_assignments.py::test_through_another_patients_address_it_is_not_there",),
    ),
    Mutant(
        "with whom a session is planned", "care/sessions/plan.py",
        "        check_team(\n            viewer=clinician, patient_id=plan.patient_id, "
        "what=DataCategory.SESSIONS, now=now\n        )\n    elif (",
        "        pass\n    elif (",
        (
            _C + "sessions/test_plan_and_attendance.py::test_a_patient_of_somebody_else_cannot_be_planned_with",
            _A + "sessions/test_sessions.py::test_a_patient_of_somebody_else_looks_like_none",
        ),
    ),
    Mutant(
        "whose group a session is planned with", "care/sessions/plan.py",
        "pk=plan.group_id, clinic_id=clinician.clinic_id, leader_id=clinician.pk",
        "pk=plan.group_id, clinic_id=clinician.clinic_id",
        (_C + "sessions/test_plan_and_attendance.py::test_a_group_of_somebody_else_cannot_be_planned_with",),
    ),
    Mutant(
        "who is marked as present", "care/sessions/attendance.py",
        "        if mark.patient_id not in expected\n", "        if not expected\n",
        (_A + "sessions/test_sessions.py::test_bad_marks_are_named_and_none_is_kept",),
    ),
    Mutant(
        "who is put into a group", "care/programme/groups.py",
        "    check_team(viewer=clinician, patient_id=patient_id, what=DataCategory.GROUPS, "
        "now=now)\n    if not care_team",
        "    if not care_team",
        (_C + "programme/test_groups.py::test_nobody_puts_a_stranger_into_the_group_of_who_treats_them",),
    ),
    Mutant(
        "who opens a chart to the leader of a group", "care/programme/groups.py",
        "care_team.require_primary_therapist(clinician, patient_id, now)\n", "pass\n",
        (
            _C + "programme/test_groups.py::"
            "test_who_may_not_add_to_a_care_team_brings_nobody_in_through_a_group",
        ),
    ),
    Mutant(
        "whose the sessions of a group are", "care/sessions/plan.py",
        "        return session.group.leader_id == clinician.pk",
        "        return clinician.pk in (session.group.leader_id, session.clinician_id)",
        (_C + "programme/test_groups.py::test_who_led_a_group_before_changes_nothing_of_it",),
    ),
    Mutant(
        "whose attendance a group's new leader takes", "care/sessions/attendance.py",
        "        membership_holds(now),\n        clinician_id=clinician.pk,\n"
        "        patient_id__in=session_members(session=session),\n",
        "        patient_id__in=session_members(session=session),\n",
        (
            _C + "programme/test_groups.py::"
            "test_whoever_is_handed_a_group_marks_nobody_whom_they_do_not_treat",
        ),
    ),
    Mutant(
        "which members of a group are shown", "care/programme/groups.py",
        "membership_holds(now), Exists(treats), group__clinic_id=viewer.clinic_id",
        "membership_holds(now), group__clinic_id=viewer.clinic_id",
        (_A + "programme/test_groups_and_care_team.py::test_a_colleague_sees_the_group_without_others_patients",),
    ),
    Mutant(
        "whose brief is marked as read", "journaling/briefs/review.py",
        "session_id=session_id, patient_id=chart.patient_id, clinician_id=chart.viewer_id,\n",
        "session_id=session_id, patient_id=chart.patient_id,\n",
        (_J + "briefs/test_review.py::test_nobody_marks_what_they_were_not_shown",),
    ),
    Mutant(
        "whose rows an export has", "journaling/exports/tables.py",
        "selected = model._default_manager.filter(export.only, **{export.whose: chart.patient_id})",
        "selected = model._default_manager.filter(export.only)",
        (_J + "exports/test_export_files.py::"
         "test_no_part_has_a_row_of_anybody_else",),
    ),
    Mutant(
        "whose words a catalogue has", "journaling/skills/clinic_vocabulary.py",
        "    return _with_overrides(ClinicSkill.objects.filter(clinic_id=clinic_id))",
        "    return _with_overrides(ClinicSkill.objects.all())",
        (_J + "skills/test_taught_and_clinic_skills.py::test_a_clinic_adds_a_skill_and_words_another_its_own_way",),
    ),
    Mutant(
        "a field that nobody knows", "api/http/inputs.py",
        "        unknown = [name for name in sent if name not in cls._names][:MAX_ERRORS]\n",
        "        unknown: list[str] = []\n",
        (_A + "privacy/test_consents.py::test_what_the_rule_requires_is_required",),
    ),
    # --- Groups: nothing of one member about another -----------------------------------------
    Mutant(
        "what a group's brief may show", _ROSTER,
        'what=what, reason="group_session", now=now, is_shared=True)',
        'what=what, reason="group_session", now=now)',
        (
            _J + "briefs/test_group_brief.py::"
            "test_what_is_not_for_the_team_is_absent_even_for_their_own_therapist",
        ),
    ),
    Mutant(
        "for which session something was marked", "journaling/briefs/roster_data.py",
        ".filter(Q(session__isnull=True) | Q(session=session_id), discuss=True)",
        ".filter(discuss=True)",
        (
            _J + "briefs/test_group_brief.py::"
            "test_what_may_be_raised_is_in_their_words_and_for_this_session",
        ),
    ),
    Mutant(
        "for which session something late was marked", "journaling/briefs/roster_data.py",
        ' and columns["session"] in {None, session.id}:', ":",
        (_J + "briefs/test_late_arrivals.py::test_a_late_mark_for_another_session_is_not_raised",),
    ),
    Mutant(
        "the sharing of what came late to a group", "journaling/briefs/read.py",
        "            shown_to_viewer(levels, primary), patient_id__in",
        "            patient_id__in",
        (
            _J + "briefs/test_late_arrivals.py::"
            "test_a_group_is_told_of_it_and_only_of_what_the_team_may_read",
        ),
    ),
    Mutant(
        "the sharing of what a caseload counts", "journaling/briefs/caseload.py",
        'shown_to_viewer(levels, primary), patient_id=OuterRef("pk"), deleted_at__isnull=True',
        'patient_id=OuterRef("pk"), deleted_at__isnull=True',
        (
            _J + "briefs/test_late_arrivals.py::"
            "test_late_or_not_nobody_reads_what_is_not_shared_with_them",
        ),
    ),
    Mutant(
        "what of a group the room is told", "journaling/briefs/group_display.py",
        "if not one.in_craving", "if one.done",
        (
            _J + "briefs/test_brief_matches_entries.py::"
            "test_a_group_counts_it_and_the_room_is_told_of_no_craving",
        ),
    ),
    Mutant(
        "how many must add to a sum", "journaling/briefs/group_display.py",
        "return len(given) >= MIN_CONTRIBUTORS and max(given)",
        "return bool(given) and max(given)",
        (_J + "briefs/test_group_display.py::test_four_are_told_as_nothing",),
    ),
    Mutant(
        "how much of a sum may be one's", "journaling/briefs/group_display.py",
        " and max(given) <= MAX_SHARE_OF_ONE * sum(given)", "",
        (_J + "briefs/test_group_display.py::test_one_who_makes_up_more_than_half_hides_it",),
    ),
)  # fmt: skip
