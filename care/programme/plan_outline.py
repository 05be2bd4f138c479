"""A plan of care as an outline that a clinician types and reads: one line for each part of it.

``# `` begins a problem, ``- `` an objective of the goal above; every other line is a goal. What
hangs on an objective stands behind it in brackets: ``- Each evening [skills: slow-breathing]``.
"""

import re
from collections.abc import Iterator, Sequence

from care.programme.care_plan import Goal, Objective, PlannedProblem

_PARTS = ("skills", "measures", "interventions")
_BRACKET = re.compile(r"\[(skills|measures|interventions):([^\]]*)\]")


class BadOutline(Exception):
    """A line of the outline has no place; ``detail`` says which and why."""

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(detail)


def format_outline(problems: Sequence[PlannedProblem]) -> str:
    """Return a plan as its outline; read again it is the same plan."""
    return "\n".join(_lines(problems))


def parse_outline(text: str) -> tuple[PlannedProblem, ...]:
    """Read an outline; goals before the first problem stand under none.

    :raises BadOutline: an objective without a goal, or a problem without a name.
    """
    problems: list[tuple[str, list[tuple[str, list[Objective]]]]] = []
    for number, line in enumerate(filter(None, map(str.strip, text.splitlines())), start=1):
        if line.startswith("#"):
            name = line.lstrip("#").strip()
            if not name:
                raise BadOutline(f"Line {number}: name the problem after “#”.")
            problems.append((name, []))
            continue
        if not problems:
            problems.append(("", []))
        goals = problems[-1][1]
        if not line.startswith("- "):
            goals.append((line, []))
        elif goals:
            goals[-1][1].append(_objective(line[2:]))
        else:
            raise BadOutline(f"Line {number}: an objective stands under a goal.")
    return tuple(
        PlannedProblem(name, tuple(Goal(goal, tuple(steps)) for goal, steps in goals))
        for name, goals in problems
    )


def _lines(problems: Sequence[PlannedProblem]) -> Iterator[str]:
    for problem in problems:
        if problem.text:
            yield f"# {problem.text}"
        for goal in problem.goals:
            yield goal.text
            for objective in goal.objectives:
                parts = "".join(
                    f" [{name}: {', '.join(values)}]"
                    for name in _PARTS
                    if (values := getattr(objective, name))
                )
                yield f"- {objective.text}{parts}"


def _objective(line: str) -> Objective:
    found = {
        name: tuple(filter(None, map(str.strip, values.split(","))))
        for name, values in _BRACKET.findall(line)
    }
    return Objective(_BRACKET.sub("", line).strip(), **found)
