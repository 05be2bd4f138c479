"""What Lighthouse reports of one page: scores from 0 to 100, and what keeps them down."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

#: The least score of each category, the median of several runs.
GOALS = {"performance": 95, "accessibility": 100, "best-practices": 100}
#: An index below this is of a machine that is busy or slow itself; a phone four times slower than
#: that is none that anybody has.
QUIET_INDEX = 1000


class NoReport(Exception):
    """Lighthouse could not load the page; says what it told."""


@dataclass(frozen=True, slots=True)
class Report:
    """One run: the score of each category, how fast the machine was, and what is to be mended."""

    scores: Mapping[str, int]
    benchmark_index: float
    faults: Sequence[str]


def read_report(path: Path) -> Report:
    """Read the JSON that Lighthouse wrote.

    :raises NoReport: where it holds no scores.
    """
    return parse_report(json.loads(path.read_text(encoding="utf-8")))


def parse_report(told: Mapping[str, Any]) -> Report:
    """Read a report; a category without a score is a run that went wrong.

    :raises NoReport: with Lighthouse's own words.
    """
    scores = {name: category["score"] for name, category in told.get("categories", {}).items()}
    if told.get("runtimeError") or not scores or None in scores.values():
        raise NoReport(str(told.get("runtimeError", {}).get("message", "no scores")))
    audits = told["audits"]
    weighted = [
        audits[reference["id"]]
        for category in told["categories"].values()
        for reference in category["auditRefs"]
        if reference["weight"]
    ]
    return Report(
        {name: round(score * 100) for name, score in scores.items()},
        told["environment"]["benchmarkIndex"],
        [
            f"{audit['id']} {audit.get('displayValue', '')}".strip()
            for audit in weighted
            if audit["score"] is not None and audit["score"] < 0.9
        ],
    )


def median_scores(reports: Sequence[Report]) -> dict[str, int]:
    """Return the median of each category; a busy machine makes single runs worse, never better."""
    names = reports[0].scores
    return {name: round(median(report.scores[name] for report in reports)) for name in names}


def missed_goals(scores: Mapping[str, int]) -> list[str]:
    """Name the categories that are below their goal, with both numbers."""
    return [
        f"{name} {scores.get(name, 0)} < {goal}"
        for name, goal in GOALS.items()
        if scores.get(name, 0) < goal
    ]
