"""What is counted of treatments that ended, what is hidden, and what may be claimed of it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from journaling.reports import claims, outcomes
from journaling.reports.claims import Improvement
from journaling.reports.outcomes import EndedTreatment, MeasureChange, measure_change
from journaling.reports.small_cells import Relation, determined_cells
from journaling.reports.year_report import year_report
from tests.journaling.reports.simulated_clinic import SLUG, YEAR, Truth, simulate

ADMITTED = date(2025, 2, 3)
LATER = date(2026, 3, 1)
CLINICS = 200


def after(days: int) -> date:
    return ADMITTED + timedelta(days=days)


@pytest.mark.parametrize(
    ("scores", "status"),
    [
        pytest.param([], "none", id="never asked"),
        pytest.param([(2, 15)], "no_last", id="asked once"),
        pytest.param([(2, 15), (9, 3)], "no_last", id="twice about the same days"),
        pytest.param([(40, 15), (70, 3)], "no_first", id="first asked late"),
        pytest.param([(2, 15), (30, 9)], "improved", id="six points less"),
        pytest.param([(2, 15), (30, 10)], "no_change", id="five points less"),
        pytest.param([(2, 9), (30, 15)], "worse", id="six points more"),
        pytest.param([(2, 15), (30, 3), (60, 15)], "no_change", id="the last one counts"),
    ],
)
def test_first_and_last_are_compared_by_the_published_change(
    scores: list[tuple[int, int]], status: str
) -> None:
    found = measure_change(
        [(after(day), score) for day, score in scores], admitted_on=ADMITTED, slug="phq-9"
    )

    assert found.status == status


def test_four_points_of_gad_7_are_a_change() -> None:
    scores = [(after(1), 10), (after(30), 6)]

    assert measure_change(scores, admitted_on=ADMITTED, slug="gad-7").status == "improved"


def test_a_code_that_nobody_knows_yet_has_a_column_of_its_own() -> None:
    treatments = [
        EndedTreatment(ADMITTED, after(60), ending)
        for ending in ("completed", "transferred", "moved_away", outcomes.NOT_RECORDED)
    ]

    columns = outcomes.endings_of(treatments)

    assert columns == (
        "completed", "left", "transferred", "other", "moved_away", "not_recorded"
    )  # fmt: skip
    assert outcomes.counts_of(treatments, columns)["moved_away"] == 1


def test_every_row_adds_up() -> None:
    treatments = simulate(Truth(), seed=1)
    columns = outcomes.endings_of(treatments)

    counts = outcomes.counts_of(treatments, columns) | outcomes.completion_counts(treatments, SLUG)

    for whole, parts in (*outcomes.additions(columns), *outcomes.completion_additions(SLUG)):
        assert counts[whole] == sum(counts[part] for part in parts), whole


def test_no_count_of_one_to_ten_is_told_and_none_follows_from_another() -> None:
    for seed in range(30):
        report = year_report(simulate(Truth(people=40 + 10 * seed), seed=seed), year=YEAR,
                             today=LATER)  # fmt: skip
        rows = [*report.months, report.total]

        told = [count for row in rows if row for count in row.counts.values() if count is not None]
        assert all(count == 0 or count >= 11 for count in told)
        for row in rows:
            assert row is not None
            hidden = {("", name) for name, count in row.counts.items() if count is None}
            relations = [
                outcomes_relation(whole, parts)
                for whole, parts in outcomes.additions(report.endings)
            ]
            assert determined_cells(relations, hidden) == []
        for name in report.total.counts if report.total else ():
            concealed = [row for row in report.months if row.counts[name] is None]
            total = report.total.counts[name] if report.total else None
            known = sum(row.counts[name] or 0 for row in report.months)
            assert not concealed or total is None or (len(concealed) > 1 and total - known >= 11)


def outcomes_relation(whole: str, parts: tuple[str, ...]) -> Relation:
    return Relation(("", whole), tuple(("", part) for part in parts))


def test_sums_stand_only_where_their_people_are_shown() -> None:
    report = year_report(simulate(Truth(people=90), seed=2), year=YEAR, today=LATER)

    for row in (*report.months, report.total):
        assert row is not None
        assert (row.sums is None) == (not row.counts["discharged"])


def test_a_year_that_goes_on_has_its_finished_months_and_no_total() -> None:
    treatments = simulate(Truth(people=400), seed=3)

    report = year_report(treatments, year=YEAR, today=date(YEAR, 5, 17))

    assert [row.month for row in report.months] == [1, 2, 3, 4]
    assert report.total is None
    assert report.measures == ()


def test_what_months_showed_while_the_year_went_on_they_show_when_it_is_over() -> None:
    treatments = simulate(Truth(people=200), seed=4)
    then = year_report(treatments, year=YEAR, today=date(YEAR, 11, 2))

    later = year_report(treatments, year=YEAR, today=LATER)

    for before, now in zip(then.months, later.months, strict=False):
        shown = {name: n for name, n in before.counts.items() if n is not None}
        assert {name: now.counts[name] for name in shown} == shown


def test_a_clinic_may_hide_more() -> None:
    treatments = simulate(Truth(people=200), seed=5)

    report = year_report(treatments, year=YEAR, today=LATER, least=30)

    told = [count for row in report.months for count in row.counts.values() if count]
    assert all(count >= 30 for count in told)


@pytest.mark.parametrize(
    "truth",
    [Truth(), Truth(is_biased=True), Truth(people=40), Truth(people=300, is_biased=True)],
    ids=["nothing helps", "who feels worse leaves", "few people", "many, who feels worse leaves"],
)
def test_a_clinic_that_helps_nobody_is_said_to_help_in_one_of_twenty_at_most(truth: Truth) -> None:
    found = [claims.improvement(simulate(truth, seed=seed), SLUG) for seed in range(CLINICS)]

    assert found.count(Improvement.HOLDS) / CLINICS <= 0.05


def test_counting_those_measured_twice_alone_would_claim_it_of_the_biased_clinic() -> None:
    # What the rule guards against is there: else the test above could not fail.
    truth = Truth(is_biased=True)
    found = [claims.improvement(simulate(truth, seed=seed), SLUG) for seed in range(CLINICS)]

    assert found.count(Improvement.MEASURED_ONLY) / CLINICS > 0.3


def test_a_clinic_that_helps_is_found_where_few_are_missing() -> None:
    truth = Truth(people=150, effect=8, measured_again=0.85)

    found = [claims.improvement(simulate(truth, seed=seed), SLUG) for seed in range(CLINICS)]

    assert found.count(Improvement.HOLDS) / CLINICS >= 0.9


def test_planted_selection_is_told_and_hardly_ever_where_there_is_none() -> None:
    biased = [claims.selection(simulate(Truth(is_biased=True), seed=n), SLUG).is_found
              for n in range(CLINICS)]  # fmt: skip
    honest = [claims.selection(simulate(Truth(), seed=n), SLUG).is_found for n in range(CLINICS)]

    assert sum(biased) / CLINICS >= 0.95
    assert sum(honest) / CLINICS <= 0.05


def test_the_report_says_that_those_measured_twice_are_not_like_all() -> None:
    report = year_report(
        simulate(Truth(people=800, is_biased=True), seed=1), year=YEAR, today=LATER
    )
    phq = next(measure for measure in report.measures if measure.slug == SLUG)

    assert phq.differs
    said = " ".join(phq.sentences)
    assert "they are not like all, so what is found of them says little of the others" in said
    assert "no improvement is claimed of all" in said
    assert "have a first and a last score. Of these" in said
    assert "Their first score was" in said


def test_too_few_are_told_as_too_few() -> None:
    report = year_report(simulate(Truth(people=12), seed=1), year=YEAR, today=LATER)

    assert [measure.improvement for measure in report.measures] == [Improvement.TOO_FEW] * 2


def test_nothing_is_said_of_a_therapist() -> None:
    treatment = EndedTreatment(
        ADMITTED, after(60), changes={"phq-9": MeasureChange("improved", 15)}
    )

    assert not any("clinician" in name or "therapist" in name for name in treatment.__slots__)
    assert replace(treatment, ending="left").ending == "left"
