"""Guards of whose row is meant, beside who may open a chart at all."""

from tests.proofs.mutants.mutant import Mutant

_A, _N = "tests/api/", "tests/notifications/"
_PLANS = "journaling/skills/situation_plans.py"
_PLANS_API = _A + "skills/test_situation_plans.py::"
_MIRROR = "journaling/briefs/mirror.py"
_MIRROR_API = _A + "sessions/test_mirror.py::"
_PLANS_ROOM = "tests/journaling/skills/test_situation_plans.py::"
_LESSONS_ROOM = "tests/journaling/education/test_given_and_read.py::"

OWNERSHIP = (
    Mutant(
        "whose device is ended", "notifications/push/devices.py",
        "pk=device_id, patient_id=chart.patient_id, ended_at__isnull=True",
        "pk=device_id, ended_at__isnull=True",
        (_N + "push/test_device_addresses.py::test_nobody_ends_the_device_of_another",),
    ),
    Mutant(
        "whose reminder is changed", "notifications/reminders/edit.py",
        ".filter(patient_id=chart.patient_id, id=reminder_id, deleted_at__isnull=True)",
        ".filter(id=reminder_id, deleted_at__isnull=True)",
        (_A + "reminders/test_reminders_patch_delete.py::test_another_patients_is_as_if_there_were_none",),
    ),
    Mutant(
        "whose export is fetched", "journaling/exports/jobs.py",
        "ExportJob.objects.filter(patient_id=chart.patient_id, pk=export_id)",
        "ExportJob.objects.filter(pk=export_id)",
        (_A + "privacy/test_exports.py::test_nobody_else_gets_at_an_export",),
    ),
    # --- Situation plans ---------------------------------------------------------------------
    Mutant(
        "the scope that opens situation plans", "care/access/data_categories.py",
        '    DataCategory.SITUATION_PLANS: "shared_entries",\n', "",
        (_A + "privacy/test_consents.py::test_each_door_asks_the_scope",),
    ),
    Mutant(
        "which chart shows situation plans", _PLANS,
        "    if not chart.covers(DataCategory.SITUATION_PLANS):\n        raise SituationPlansHidden\n",
        "",
        (_PLANS_ROOM + "test_who_is_only_on_call_sees_none",),
    ),
    Mutant(
        "whose situation plans are read", _PLANS,
        'SituationPlans.objects.filter(patient_id=chart.patient_id).order_by("-rev")',
        'SituationPlans.objects.order_by("-rev")',
        (_PLANS_API + "test_an_id_never_tells_that_somebody_else_has_it",),
    ),
    Mutant(
        "what staff change of situation plans", _PLANS,
        "    if not chart.is_own:\n"
        "        yield from _beyond_staff(plans, standing, plans_written_by_staff(_versions(chart)))\n", "",
        (
            _PLANS_API + "test_a_clinician_changes_no_plan_that_stands",
            _PLANS_API + "test_what_a_clinician_adds_names_who_agreed_it",
        ),
    ),
    Mutant(
        "whose words a situation plan has", _PLANS,
        "        if first.written_by_role != User.Role.PATIENT:\n", "        if first.written_by_role:\n",
        (
            _PLANS_API + "test_a_clinician_changes_no_plan_that_stands",
            _PLANS_ROOM + "test_what_the_patient_reworded_is_the_patients",
        ),
    ),
    Mutant(
        "since when a situation plan stands", _PLANS,
        "            first = version\n", "",
        (_PLANS_ROOM + "test_a_plan_of_the_patients_stays_theirs_when_staff_add_another",),
    ),
    Mutant(
        "who agreed a situation plan", _PLANS,
        "        if clinician_id not in team:\n", "        if not team:\n",
        (
            _PLANS_API
            + "test_who_agreed_it_is_of_the_care_team_and_stays_named_after_they_left",
        ),
    ),
    Mutant(
        "whose situation plan an entry names", "journaling/entries/record.py",
        "rows = SituationPlans.objects.filter(patient_id=self.chart.patient_id)",
        "rows = SituationPlans.objects.all()",
        (_PLANS_ROOM + "test_a_plan_of_nobody_or_of_somebody_else_is_unknown",),
    ),
    # --- The patient's mirror ----------------------------------------------------------------
    Mutant(
        "struck lines are not shown", _MIRROR,
        "        if line_id(key, line.name) not in struck:\n", "        if line.name:\n",
        (
            _MIRROR_API + "test_a_struck_line_is_gone_from_every_brief_on_the_next_request",
            _MIRROR_API + "test_a_line_stays_struck_when_new_entries_change_its_numbers",
            _MIRROR_API + "test_a_struck_line_stays_out_after_the_session_was_missed",
        ),
    ),
    Mutant(
        "what is drawn of struck lines is not shown", _MIRROR,
        "None if line_id(section.key, DRAWN) in changes.struck else section.spark",
        "section.spark",
        (_MIRROR_API + "test_a_struck_line_is_gone_from_every_brief_on_the_next_request",),
    ),
    Mutant(
        "struck marks are not raised in a group", "journaling/briefs/group.py",
        "                        if entry.id not in struck\n", "",
        (_MIRROR_API + "test_a_mark_that_was_struck_is_not_raised_in_the_group",),
    ),
    Mutant(
        "which lines can't be struck", "journaling/briefs/edit_mirror.py",
        "        elif line is not None and line.fixed is not None:\n", "        elif False:\n",
        (_MIRROR_API + "test_safety_always_stands_and_says_so",),
    ),
    Mutant(
        "whose mirror is read", "care/sessions/own_session.py",
        "Q(patient_id=viewer.pk) | Exists(in_group), pk=session_id",
        "Q(patient__isnull=False) | Exists(in_group), pk=session_id",
        (_MIRROR_API + "test_another_patients_session_is_as_if_there_were_none",),
    ),
    Mutant(
        "what a mirror shows of what its therapist isn't", "care/access/chart.py",
        "        if self.is_own and self.shown_to is None:\n", "        if self.is_own:\n",
        (_MIRROR_API + "test_she_reads_what_is_shared_with_who_holds_the_session",),
    ),
    Mutant(
        "what nobody read is not marked as reviewed", "journaling/briefs/individual.py",
        " if entry.id not in left_out", "",
        (_MIRROR_API + "test_what_was_struck_is_not_marked_as_reviewed",),
    ),
    Mutant(
        "who gives a lesson", "journaling/education/assign.py",
        "    _require_care_team(chart)\n    lesson = _offered(chart, slug)",
        "    lesson = _offered(chart, slug)",
        (_LESSONS_ROOM + "test_patients_give_themselves_nothing_and_nobody_reads_for_them",),
    ),
    Mutant(
        "whose readings of lessons are shown", "journaling/education/read.py",
        "LessonReading.objects.filter(patient_id=chart.patient_id)", "LessonReading.objects.all()",
        (_A + "skills/test_lessons.py::test_readings_of_another_patient_are_not_shown",),
    ),
    Mutant(
        "which answer about a lesson stands", "journaling/education/record.py",
        "own.filter(answer__isnull=True),", "own,",
        (_LESSONS_ROOM + "test_an_answer_may_come_later_and_the_first_one_stands",),
    ),
)  # fmt: skip
