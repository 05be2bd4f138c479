"""Guards of the reports of outcomes, census and what is due, and of the diary week."""

from tests.proofs.mutants.mutant import Mutant

_OUTCOMES = "tests/api/programme/test_outcomes_report.py"
_DUE = "tests/api/programme/test_due_report.py"
_WEEK = "tests/api/journal/test_diary_week_get.py"

REPORTING = (
    Mutant(
        "who reads outcomes",
        "api/programme/outcomes.py",
        '    """What became of people who were treated."""\n\n    permission_classes = [IsAdmin]',
        '    """What became of people who were treated."""\n\n    permission_classes = []',
        (f"{_OUTCOMES}::test_nobody_but_administrators_reads_it[outcomes-dr_okafor]",),
    ),
    Mutant(
        "who reads the census",
        "api/programme/outcomes.py",
        '    """How many people are in treatment."""\n\n    permission_classes = [IsAdmin]',
        '    """How many people are in treatment."""\n\n    permission_classes = []',
        (f"{_OUTCOMES}::test_nobody_but_administrators_reads_it[census-dr_okafor]",),
    ),
    Mutant(
        "who opens the page of outcomes",
        "web/reports.py",
        "@administrator_page\n@require_GET\ndef outcomes_page",
        "@staff_page\n@require_GET\ndef outcomes_page",
        ("tests/web/test_report_pages.py::test_nobody_else_opens_it[dr_okafor]",),
    ),
    Mutant(
        "the clinic of outcomes",
        "care/programme/treatments.py",
        "        patient__user__clinic_id=viewer.clinic_id, discharged_on__gte=first,",
        "        discharged_on__gte=first,",
        (f"{_OUTCOMES}::test_another_clinic_is_not_counted",),
    ),
    Mutant(
        "whose consent was taken back is in no outcome",
        "care/programme/treatments.py",
        "        purpose=Consent.Purpose.TREATMENT, revoked_at__isnull=True,",
        "        purpose=Consent.Purpose.TREATMENT,",
        (f"{_OUTCOMES}::test_who_took_their_consent_back_is_in_no_count",),
    ),
    Mutant(
        "whose consent names one clinician is in no outcome",
        "care/programme/treatments.py",
        "        Q(recipient_clinician__isnull=True), patient_id__in=ends, is_for_others=False,",
        "        patient_id__in=ends, is_for_others=False,",
        (f"{_OUTCOMES}::test_whose_consent_names_one_clinician_is_in_no_count",),
    ),
    Mutant(
        "what a consent covers of outcomes",
        "care/programme/treatments.py",
        "if agreed.get(one, frozenset()) >= COUNTED_PARTS)",
        "if agreed.get(one))",
        (f"{_OUTCOMES}::test_whose_consent_covers_no_sessions_is_in_no_count",),
    ),
    Mutant(
        "outcomes of one patient from their own rows",
        "journaling/reports/read_outcomes.py",
        '        patient_id=patient_id, kind="measure", share="care_team",',
        '        kind="measure", share="care_team",',
        (f"{_OUTCOMES}::test_the_statement_of_one_patient_never_reads_another",),
    ),
    Mutant(
        "outcomes without what is private",
        "journaling/reports/read_outcomes.py",
        'kind="measure", share="care_team", deleted_at__isnull=True,',
        'kind="measure", deleted_at__isnull=True,',
        (f"{_OUTCOMES}::test_a_private_questionnaire_is_missing",),
    ),
    Mutant(
        "the log of outcomes",
        "journaling/reports/read_outcomes.py",
        "viewer=viewer, patient_ids=patients.counted, what=DataCategory.OUTCOMES,",
        "viewer=viewer, patient_ids=(), what=DataCategory.OUTCOMES,",
        (
            f"{_OUTCOMES}::"
            "test_each_who_is_counted_finds_it_in_their_access_log_and_is_not_named",
        ),
    ),
    Mutant(
        "whole years of outcomes",
        "journaling/reports/read_outcomes.py",
        "    begins, ends = date(first.year, 1, 1), date(last.year, 12, 31)",
        "    begins, ends = first, last",
        (
            f"{_OUTCOMES}::"
            "test_days_within_a_year_are_widened_so_that_no_difference_tells_of_few[month]",
        ),
    ),
    Mutant(
        "small cells of outcomes",
        "journaling/reports/small_cells.py",
        "if 0 < count < least and cell not in known}",
        "if False}",
        (
            f"{_OUTCOMES}::test_eleven_people_of_a_month_are_shown_and_ten_are_not",
            f"{_OUTCOMES}::test_csv_says_where_a_cell_is_hidden",
            "tests/journaling/reports/test_small_cells.py::"
            "test_a_cell_of_one_to_ten_is_hidden_and_zero_is_not",
            "tests/web/test_report_pages.py::test_a_small_count_is_hidden_on_the_page",
        ),
    ),
    Mutant(
        "few people behind several hidden cells",
        "journaling/reports/small_cells.py",
        "    return relation.total not in hidden and sum(counts[cell] for cell in concealed) < least",
        "    return False",
        (
            "tests/journaling/reports/test_small_cells.py::"
            "test_two_small_cells_of_a_total_hide_more",
        ),
    ),
    Mutant(
        "what several relations tell of a hidden cell",
        "journaling/reports/small_cells.py",
        "        if len(hidden) == before and not _hide_determined(counts, relations, hidden, known):",
        "        if len(hidden) == before:",
        (
            "tests/journaling/reports/test_small_cells.py::"
            "test_no_hidden_cell_of_any_table_is_determined",
        ),
    ),
    Mutant(
        "sums of few in outcomes",
        "journaling/reports/year_report.py",
        "outcomes.sums_of(treatments) if counts[\"discharged\"] else None",
        "outcomes.sums_of(treatments) if treatments else None",
        (f"{_OUTCOMES}::test_eleven_people_of_a_month_are_shown_and_ten_are_not",),
    ),
    Mutant(
        "the least that a clinic hides of outcomes",
        "journaling/reports/read_outcomes.py",
        "    least = max(SMALLEST_CELL, settings.SMALLEST_CELL)",
        "    least = settings.SMALLEST_CELL",
        (f"{_OUTCOMES}::test_no_setting_shows_fewer_than_eleven_people[outcomes]",),
    ),
    Mutant(
        "few who are in no outcome",
        "journaling/reports/read_outcomes.py",
        "None if is_few else patients.not_counted, least",
        "patients.not_counted, least",
        (f"{_OUTCOMES}::test_how_many_are_not_covered_is_hidden_where_they_are_few",),
    ),
    Mutant(
        "small cells of the census",
        "journaling/reports/census.py",
        "            LevelCensus(level, None, None)\n            if (_ROW, level) in hidden",
        "            LevelCensus(level, None, None)\n            if not level",
        (f"{_OUTCOMES}::test_a_level_of_few_is_hidden_and_so_is_what_tells_of_it",),
    ),
    Mutant(
        "the total of a small census",
        "journaling/reports/census.py",
        "        None if total in hidden else sum(counts.values()),",
        "        sum(counts.values()),",
        (f"{_OUTCOMES}::test_a_census_counts_by_level_on_the_first_of_the_month",),
    ),
    Mutant(
        "the least that a clinic hides of a census",
        "journaling/reports/census.py",
        "    least = max(SMALLEST_CELL, settings.SMALLEST_CELL)",
        "    least = settings.SMALLEST_CELL",
        (f"{_OUTCOMES}::test_no_setting_shows_fewer_than_eleven_people[census]",),
    ),
    Mutant(
        "the day of a census",
        "journaling/reports/census.py",
        "    first = on.replace(day=1)",
        "    first = on",
        (f"{_OUTCOMES}::test_a_census_counts_by_level_on_the_first_of_the_month",),
    ),
    Mutant(
        "the clinic of a census",
        "care/programme/treatments.py",
        "        patient__user__clinic_id=clinic_id, admitted_on__lte=on,",
        "        admitted_on__lte=on,",
        (f"{_OUTCOMES}::test_another_clinic_is_in_no_census",),
    ),
    Mutant(
        "who reads what is due",
        "api/programme/due.py",
        "    permission_classes = [IsStaff]",
        "    permission_classes = []",
        (f"{_DUE}::test_nobody_but_staff_reads_it[maya]",),
    ),
    Mutant(
        "what consent covers of the programme that is due",
        "care/due.py",
        "    in_programme = roster.ids_with_consent(DataCategory.PROGRAMME)",
        "    in_programme = list(names)",
        (f"{_DUE}::test_only_what_consent_covers_is_told",),
    ),
    Mutant(
        "the clinic of stale resources",
        "care/due.py",
        "        clinic_id=viewer.clinic_id, is_withdrawn=False,",
        "        is_withdrawn=False,",
        (f"{_DUE}::test_resources_of_another_clinic_are_not_told",),
    ),
    Mutant(
        "what a diary week shows the care team",
        "journaling/entries/read.py",
        "        visible_entries(chart)\n        .filter(local_date__gte=first, local_date__lte=last)"
        "\n        .order_by(\"timeline_at\", \"row\")\n        .values_list(*_COLUMNS_WITHOUT_TEXT)",
        "        Entry.objects.filter(patient_id=chart.patient_id)"
        "\n        .filter(local_date__gte=first, local_date__lte=last)"
        "\n        .order_by(\"timeline_at\", \"row\")\n        .values_list(*_COLUMNS_WITHOUT_TEXT)",
        (
            f"{_WEEK}::test_only_what_is_shared_is_shown_to_the_care_team",
            "tests/web/test_diary_week_page.py::test_what_is_not_shared_is_not_shown",
        ),
    ),
    Mutant(
        "what the log says of a diary week",
        "api/journal/diary_week.py",
        "open_patient_chart(request, patient_id, what=DataCategory.ENTRIES)",
        "open_patient_chart(request, patient_id, what=DataCategory.SESSIONS)",
        (f"{_WEEK}::test_it_is_logged_and_costs_the_same_for_many_entries",),
    ),
    Mutant(
        "whose own diary week it is",
        "api/journal/diary_week.py",
        '    """The signed-in patient\'s own diary week."""\n\n    permission_classes = [IsPatient]',
        '    """The signed-in patient\'s own diary week."""\n\n    permission_classes = []',
        (f"{_WEEK}::test_the_doors_are_apart",),
    ),
)  # fmt: skip
