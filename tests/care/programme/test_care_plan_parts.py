"""The parts of a plan of care, its outline, and what the patient says of a version."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import CarePlanResponse
from care.programme.care_plan import (
    Goal,
    Objective,
    PlannedProblem,
    care_plan_of,
    without_problem,
    write_care_plan,
)
from care.programme.care_plan_responses import (
    NoSuchVersion,
    OnlyThePatientAnswers,
    respond_to_plan,
    response_to_plan,
)
from care.programme.plan_outline import BadOutline, format_outline, parse_outline
from tests.cast import Cast, own_chart

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 6, 17, 0, tzinfo=UTC)
EVENING = Objective(
    "Breathe each evening", ("slow-breathing",), ("sleep hours", "phq-9"), ("sleep group",)
)
PLAN = (
    PlannedProblem("", (Goal("Call my sister"),)),
    PlannedProblem("Sleep", (Goal("In bed by eleven", (EVENING, Objective("No phone"))),)),
)
OUTLINE = """Call my sister
# Sleep
In bed by eleven
- Breathe each evening [skills: slow-breathing] [measures: sleep hours, phq-9] \
[interventions: sleep group]
- No phone"""


def written(cast: Cast, *, rev: int = 0) -> None:
    chart = open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.PROGRAMME, now=NOW,
        to_write=True,
    )  # fmt: skip
    write_care_plan(
        chart=chart, clinician=cast.dr_okafor, rev=rev, hours_per_week=Decimal(10), problems=PLAN,
        reviewed_on=date(2026, 5, 6), now=NOW,
    )  # fmt: skip


def test_every_part_is_read_as_it_was_written(cast: Cast) -> None:
    written(cast)

    plan = care_plan_of(chart=own_chart(cast.maya))

    assert plan.problems == PLAN
    assert plan.goals == ("Call my sister", "In bed by eleven")


def test_the_outline_is_the_plan() -> None:
    assert format_outline(PLAN) == OUTLINE
    assert parse_outline(OUTLINE) == PLAN
    assert parse_outline("One\n\nTwo\n") == without_problem(["One", "Two"])
    assert parse_outline("") == without_problem([]) == ()


@pytest.mark.parametrize("text", ["- an objective", "# Sleep\n- an objective", "#", "One\n#  "])
def test_a_line_without_a_place_is_named(text: str) -> None:
    with pytest.raises(BadOutline, match=r"Line \d"):
        parse_outline(text)


def test_a_version_is_agreed_to_and_the_last_word_holds(cast: Cast) -> None:
    written(cast)
    own = own_chart(cast.maya)

    respond_to_plan(chart=own, plan_rev=1, agreed=False, comment="Not the phone 🌊", now=NOW)
    respond_to_plan(chart=own, plan_rev=1, agreed=False, comment="Not the phone 🌊", now=NOW)
    said = response_to_plan(chart=own)
    written(cast, rev=1)
    later = NOW.replace(hour=18)
    respond_to_plan(chart=own, plan_rev=2, agreed=True, comment="", now=later)

    assert said is not None
    assert (said.plan_rev, said.agreed, said.comment) == (1, False, "Not the phone 🌊")
    newest = response_to_plan(chart=own)
    assert newest is not None
    assert (newest.plan_rev, newest.agreed, newest.comment) == (2, True, "")
    assert CarePlanResponse.objects.count() == 2
    assert all(b"phone" not in bytes(row.words or b"") for row in CarePlanResponse.objects.all())


def test_nobody_else_agrees_and_no_other_version(cast: Cast) -> None:
    written(cast)
    team = open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.PROGRAMME, now=NOW,
        to_write=True,
    )  # fmt: skip

    with pytest.raises(OnlyThePatientAnswers):
        respond_to_plan(chart=team, plan_rev=1, agreed=True, comment="", now=NOW)
    for rev in (0, 2, 2**40):
        with pytest.raises(NoSuchVersion):
            respond_to_plan(
                chart=own_chart(cast.maya), plan_rev=rev, agreed=True, comment="", now=NOW
            )

    assert not CarePlanResponse.objects.exists()
