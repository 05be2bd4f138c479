"""Guards of the programme: homework, what is taken, the plan, feedback and attendance."""

from tests.proofs.mutants.mutant import Mutant

PROGRAMME = [
    Mutant(
        "who closes homework",
        "journaling/skills/assign.py",
        "    _require_care_team(chart)\n    if outcome not in OUTCOMES:",
        "    if outcome not in OUTCOMES:",
        (
            "tests/journaling/skills/test_close_assignment.py::"
            "test_neither_the_patient_nor_somebody_elses_therapist_closes_it",
        ),
    ),
    Mutant(
        "who writes down what is taken",
        "care/medical/medications.py",
        "    if chart.is_own:\n        raise OnlyCareTeamPrescribes",
        "    pass",
        ("tests/care/medical/test_medications.py::test_neither_the_patient_nor_a_stranger_writes",),
    ),
    Mutant(
        "who answers for a plan of care",
        "care/programme/care_plan_responses.py",
        "    if not chart.is_own:\n        raise OnlyThePatientAnswers",
        "    pass",
        (
            "tests/care/programme/test_care_plan_parts.py::test_nobody_else_agrees_and_no_other_version",
        ),
    ),
    Mutant(
        "who reads how a session was",
        "care/sessions/feedback.py",
        "patient_id=patient_id, session__clinician_id=clinician, session__starts_at__lt=until",
        "patient_id=patient_id, session__starts_at__lt=until",
        ("tests/care/sessions/test_feedback.py::test_it_is_read_by_who_held_the_session_alone",),
    ),
    Mutant(
        "whose attendance a clinic is told",
        "care/sessions/attendance_report.py",
        "of_clinic.filter(Exists(agreed)).values_list",
        "of_clinic.values_list",
        (
            "tests/care/sessions/test_hours.py::"
            "test_the_report_names_whom_consent_covers_and_logs_each",
        ),
    ),
    Mutant(
        "who says when a patient is busy",
        "care/sessions/availability.py",
        "    if not chart.is_own:\n        raise OnlyThePatientSays",
        "    pass",
        ("tests/care/sessions/test_availability.py::test_it_is_written_in_versions_and_encrypted",),
    ),
    Mutant(
        "of whom a plan's conflicts are told",
        "care/access/roster.py",
        "        if not is_covered(what, parts):\n            continue\n",
        "",
        (
            "tests/care/sessions/test_availability.py::"
            "test_without_consent_to_sessions_or_after_the_team_ended_nothing_is_told",
        ),
    ),
    Mutant(
        "whose session is asked to be moved",
        "care/sessions/move_requests.py",
        "    if session is None or not chart.is_own:",
        "    if session is None:",
        (
            "tests/care/sessions/test_move_requests.py::"
            "test_nobody_asks_for_another_or_for_a_group_or_too_late",
        ),
    ),
    Mutant(
        "who reads what is asked to be moved",
        "care/sessions/move_requests.py",
        ".filter(session__clinician_id=viewer.pk, starts_at__gt=now, dismissed_at__isnull=True)",
        ".filter(starts_at__gt=now, dismissed_at__isnull=True)",
        (
            "tests/care/sessions/test_move_requests.py::"
            "test_who_holds_the_session_reads_it_and_nobody_else",
        ),
    ),
    Mutant(
        "consent to what a brief tells of a session to be moved",
        "care/sessions/move_requests.py",
        "    if not chart.covers(DataCategory.SESSIONS):",
        "    if False:",
        (
            "tests/journaling/briefs/test_move_requested.py::"
            "test_without_consent_to_sessions_it_is_not_told",
        ),
    ),
    Mutant(
        "who writes what a group is taught",
        "journaling/education/curriculum.py",
        "    if not led.exists():",
        "    if False:",
        (
            "tests/journaling/education/test_curriculum.py::"
            "test_it_is_written_in_versions_by_who_leads_the_group",
        ),
    ),
]
