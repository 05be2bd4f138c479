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
]
