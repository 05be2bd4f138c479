"""Lighthouse's report is read rightly, and a score below its goal is told."""

from pathlib import Path
from typing import Any

import pytest

from tests.proofs.lighthouse.__main__ import main
from tests.proofs.lighthouse.report import (
    NoReport,
    Report,
    median_scores,
    missed_goals,
    parse_report,
)


def reported(performance: float | None = 0.96, contrast: float = 1) -> dict[str, Any]:
    """Make what Lighthouse writes, in so far as it is read."""
    return {
        "environment": {"benchmarkIndex": 1432.5},
        "categories": {
            "performance": {
                "score": performance,
                "auditRefs": [{"id": "first-contentful-paint", "weight": 10}],
            },
            "accessibility": {
                "score": contrast,
                "auditRefs": [
                    {"id": "color-contrast", "weight": 7},
                    {"id": "logical-tab-order", "weight": 0},
                ],
            },
            "best-practices": {"score": 1, "auditRefs": []},
        },
        "audits": {
            "first-contentful-paint": {
                "id": "first-contentful-paint", "score": 0.72, "displayValue": "2.4 s",
            },
            "color-contrast": {"id": "color-contrast", "score": contrast},
            "logical-tab-order": {"id": "logical-tab-order", "score": None},
        },
    }  # fmt: skip


def test_scores_and_what_keeps_them_down_are_read() -> None:
    report = parse_report(reported(contrast=0))

    assert report.scores == {"performance": 96, "accessibility": 0, "best-practices": 100}
    assert report.benchmark_index == 1432.5
    assert report.faults == ["first-contentful-paint 2.4 s", "color-contrast"]


@pytest.mark.parametrize(
    "told",
    [{}, reported(performance=None), reported() | {"runtimeError": {"message": "NO_FCP"}}],
)
def test_a_run_that_went_wrong_is_no_score(told: dict[str, Any]) -> None:
    with pytest.raises(NoReport):
        parse_report(told)


def test_the_median_counts_against_the_goals() -> None:
    reports = [
        Report({"performance": score, "accessibility": 100, "best-practices": 100}, 1500, [])
        for score in (71, 95, 98)
    ]

    assert median_scores(reports)["performance"] == 95
    assert missed_goals(median_scores(reports)) == []
    assert missed_goals(median_scores(reports[:2])) == ["performance 83 < 95"]
    assert missed_goals({}) == [
        "performance 0 < 95", "accessibility 0 < 100", "best-practices 0 < 100",
    ]  # fmt: skip


def test_a_machine_without_lighthouse_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert main(["--prefix", str(tmp_path)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
