"""Whether mood is changing, and one week against another."""

from datetime import timedelta

import pytest

from journaling.insights import sampling, trends
from journaling.insights.confidence import Confidence, RatingScale
from journaling.insights.sampling import daily_peaks, daily_valence
from journaling.insights.trends import Trend, WeekComparison, compare_weeks, find_trend
from tests.journaling.insights.logged_entries import days, logged, moods

VALENCE, TEN = RatingScale(-3, 3), RatingScale(0, 10)


def mood_trend(*values: float | None) -> Trend:
    daily = daily_valence(moods(values))
    return find_trend(daily, days=days(len(values)), scale=VALENCE)


def test_a_change_is_told_with_its_days_and_entries() -> None:
    found = mood_trend(-3, -3, -2, -2, -2, -1, None, 0, 0, 1, 1, 2, 2, 3)

    assert found.confidence is Confidence.FAIRLY_SURE
    assert found.text == "up over 14 days (13 entries)"
    assert len(found.entries) == 13


def test_a_weaker_change_is_only_leaning() -> None:
    found = mood_trend(2, 1, 2, 0, 1, None, 1, 1, -1, None, 0, 1, -1, 0)

    assert found.text == "leaning down over 14 days (12 entries)"


def test_steady_days_have_no_clear_change() -> None:
    found = mood_trend(*[1, 0, -1, 0] * 3, 1, 0)

    assert found.text == "no clear change over 14 days (14 entries)"


def test_a_sure_but_small_change_is_none() -> None:
    daily = sampling.DailySeries(
        {day: n / 20 for n, day in enumerate(days(14))}, dict.fromkeys(days(14), ())
    )

    assert find_trend(daily, days=days(14), scale=VALENCE).confidence is Confidence.NONE
    wide = RatingScale(0, 4)
    assert find_trend(daily, days=days(14), scale=wide).text.startswith("up over 14 days")


def test_nine_days_are_too_early() -> None:
    found = mood_trend(*range(-3, 3), 3, 3, 3, None, None, None, None, None)

    assert found.text == "Too early to say: 9 days with an entry of the 10 it takes."


def test_where_a_long_period_is_thin_the_last_two_weeks_are_looked_at() -> None:
    two_weeks = [-3, -3, -2, -2, -2, -1, 0, 0, 0, 1, 1, 2, 2, 3]

    thin = mood_trend(*[None] * 14, *two_weeks)
    whole = mood_trend(*[-3] * 14, *two_weeks)

    assert thin.text == "up over 14 days (14 entries)"
    assert whole.text == "leaning up over 28 days (28 entries)"


def test_a_missing_day_is_a_gap_and_never_zero() -> None:
    low = mood_trend(*[-2, None] * 3, *[-2] * 8)

    assert low.text == "no clear change over 14 days (11 entries)"


def test_days_that_resemble_each_other_weigh_less() -> None:
    points = [(day, float(day // 4)) for day in range(14)]

    alone = trends.mann_kendall(points, autocorrelation=0.0)
    alike = trends.mann_kendall(points, autocorrelation=0.5)

    assert alone < alike < 1


def test_the_published_example_of_the_test_is_met() -> None:
    # Ten rising days: S = 45, variance 125, z = 44 / 11.18 = 3.935.
    chance = trends.mann_kendall([(n, float(n)) for n in range(10)], autocorrelation=0.0)

    assert chance == pytest.approx(8.3e-5, rel=0.01)


def test_autocorrelation_is_floored_and_looks_at_neighbours_only() -> None:
    alternating = [(n, (-1.0) ** n) for n in range(10)]
    with_gaps = [(2 * n, float(n % 2)) for n in range(10)]

    assert trends.autocorrelation(alternating, slope=0) == 0.2
    assert trends.autocorrelation(with_gaps, slope=0) == 0.2


def test_a_recalled_mood_is_in_no_trend() -> None:
    entries = [*moods([1, 2]), logged("mood", 2, late=timedelta(hours=30), valence=-3)]

    assert len(daily_valence(entries).values) == 2


def weeks(earlier: list[int | None], later: list[int | None]) -> WeekComparison:
    entries = [
        logged("craving", n, intensity=value, target="alcohol")
        for n, value in enumerate(earlier + later)
        if value is not None
    ]
    return compare_weeks(daily_peaks(entries), days=days(14), scale=TEN)


def test_two_weeks_stand_side_by_side_with_their_days() -> None:
    found = weeks([5, 5, 5, 5, None, None, None], [6, 6, 7, 6, 6, 7, None])

    assert found.text == "5 (4 days) and 6.3 (6 days)"
    assert found.arrow is None


@pytest.mark.parametrize(("later", "arrow"), [(7, "↑"), (3, "↓")])
def test_a_difference_of_the_least_change_has_an_arrow(later: int, arrow: str) -> None:
    found = weeks([5] * 4 + [None] * 3, [later] * 4 + [None] * 3)

    assert found.arrow == arrow
    assert found.text.endswith(arrow)


def test_three_days_are_too_early() -> None:
    found = weeks([5] * 3 + [None] * 4, [9] * 7)

    assert (found.is_shown, found.arrow) == (False, None)
    assert found.text == "Too early to say: 3 and 7 days of the 4 a week it takes."
