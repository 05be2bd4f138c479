"""Needs, tasks and the plan for aftercare as pages: read with who and when, written, kept apart."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import AccessLogEntry, AftercarePlan, CareNeed, CareTask
from care.programme.aftercare_plan import write_aftercare_plan
from care.programme.case_management import finish_task, tasks_of
from tests import cast as people
from tests.cast import Cast, own_chart
from tests.web.page_client import browser_of, text_of

NEED = {"kind": "housing", "text": "A quiet room"}
PARTS = {
    "warning_signs": ["I stay in bed."], "high_risk_situations": ["Payday", "The bar"],
    "skills": [], "people": ["Lena"], "meetings": [], "appointments": [],
}  # fmt: skip


def place(cast: Cast, page: str) -> str:
    return f"/review/patients/{cast.maya.pk}/{page}/"


def sent(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {"text": "Call the landlord", "owner": "patient", "due_on": "", "need": ""} | changes


def only_task(cast: Cast) -> Any:
    (found,) = tasks_of(chart=own_chart(cast.maya))
    return found


@pytest.fixture
def client(cast: Cast) -> Client:
    return browser_of(cast.dr_okafor)


def test_a_task_is_written_down_and_read_with_who_and_when(cast: Cast, client: Client) -> None:
    client.post(place(cast, "needs"), NEED)
    need = CareNeed.objects.get()
    due = (timezone.now() + timedelta(days=3)).date()

    done = client.post(
        place(cast, "tasks"),
        sent(cast, owner=str(cast.dr_okafor.pk), due_on=due.isoformat(), need=str(need.pk)),
    )

    assert done["Location"] == f"{place(cast, 'tasks')}?said=task"
    page = text_of(client.get(done["Location"]))
    assert "Dr. Okafor, due" in page
    assert "Housing: A quiet room." in page
    assert "Written down by Dr. Okafor on" in page
    assert "Overdue" not in page
    task = only_task(cast)
    assert (task.owner_id, task.need_id, task.due_on) == (cast.dr_okafor.pk, need.pk, due)


def test_the_patients_own_task_is_finished_in_one_press_and_says_by_whom(
    cast: Cast, client: Client
) -> None:
    client.post(place(cast, "tasks"), sent(cast))
    task = only_task(cast)
    assert "<h2>Done</h2>" not in text_of(client.get(place(cast, "tasks")))

    done = client.post(f"{place(cast, 'tasks')}{task.id}/done/")
    again = client.post(f"{place(cast, 'tasks')}{task.id}/done/")

    assert done["Location"] == again["Location"] == f"{place(cast, 'tasks')}?said=task_done"
    page = text_of(client.get(place(cast, "tasks")))
    assert "Nothing is to be done." in page
    assert "by Dr. Okafor.</p>" in page.partition("Done on")[2]
    assert only_task(cast).done_by == cast.dr_okafor.pk


def test_what_the_patient_finished_is_said_to_be_theirs(cast: Cast, client: Client) -> None:
    client.post(place(cast, "tasks"), sent(cast))
    now = timezone.now()

    finish_task(chart=own_chart(cast.maya), task_id=only_task(cast).id, now=now)

    assert "by Maya.</p>" in text_of(client.get(place(cast, "tasks"))).partition("Done on")[2]


def test_a_task_whose_day_has_passed_is_marked(cast: Cast, client: Client) -> None:
    past = (timezone.now() - timedelta(days=2)).date().isoformat()

    client.post(place(cast, "tasks"), sent(cast, due_on=past))

    assert '<span class="tag urgent">Overdue</span>' in text_of(client.get(place(cast, "tasks")))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": " "}, "text"), ({"owner": ""}, "owner"), ({"due_on": "soon"}, "due_on"),
        ({"owner": "00000000-0000-4000-8000-000000000000"}, "owner"),
        ({"need": "00000000-0000-4000-8000-000000000000"}, "need"),
        ({"text": "x" * 501}, "text"),
    ],
)  # fmt: skip
def test_a_faulty_task_names_its_field_and_is_not_stored(
    cast: Cast, client: Client, change: dict[str, str], field: str
) -> None:
    response = client.post(place(cast, "tasks"), sent(cast, **change))

    assert response.status_code == 400
    assert f'id="id_{field}_error"' in text_of(response)
    assert not CareTask.objects.exists()


def test_a_colleague_of_no_care_team_gets_no_task(cast: Cast, client: Client) -> None:
    response = client.post(place(cast, "tasks"), sent(cast, owner=str(cast.dr_lind.pk)))

    assert response.status_code == 400
    assert not CareTask.objects.exists()


def test_a_need_is_noted_and_met_with_its_day(cast: Cast, client: Client) -> None:
    noted = client.post(place(cast, "needs"), NEED)
    page = text_of(client.get(noted["Location"]))
    assert "Housing: A quiet room" in page
    assert "Noted by Dr. Okafor on" in page
    assert "It is met" in page

    met = client.post(place(cast, "needs"), NEED | {"met": "true"})

    assert met["Location"] == f"{place(cast, 'needs')}?said=need_met"
    page = text_of(client.get(met["Location"]))
    assert "No need is open." in page
    assert ", met on " in page
    assert CareNeed.objects.get().met_at is not None


@pytest.mark.parametrize("change", [{"kind": "luck"}, {"kind": ""}, {"text": ""}])
def test_a_faulty_need_is_not_noted(cast: Cast, client: Client, change: dict[str, str]) -> None:
    response = client.post(place(cast, "needs"), NEED | change)

    assert response.status_code == 400
    assert not CareNeed.objects.exists()


def lines(parts: dict[str, list[str]]) -> dict[str, str]:
    return {name: "\r\n".join(said) for name, said in parts.items()}


def test_the_plan_for_aftercare_is_written_and_read_as_its_patient_reads_it(
    cast: Cast, client: Client
) -> None:
    done = client.post(place(cast, "aftercare"), {"rev": 0, **lines(PARTS)})

    assert done["Location"] == f"{place(cast, 'aftercare')}?said=aftercare"
    page = text_of(client.get(done["Location"]))
    assert "Version 1, written" in page
    assert "by the care team." in page
    assert "<li>Payday</li><li>The bar</li>" in page
    assert "Skills</h2>" not in page
    assert AftercarePlan.objects.get().rev == 1


def test_a_change_of_an_older_plan_is_not_stored_and_the_newer_is_shown(
    cast: Cast, client: Client
) -> None:
    write_aftercare_plan(chart=own_chart(cast.maya), parts=PARTS, rev=0, now=timezone.now())

    stale = client.post(place(cast, "aftercare"), {"rev": 0, **lines(PARTS | {"people": ["Sam"]})})

    page = text_of(stale)
    assert stale.status_code == 409
    assert "It was changed meanwhile." in page
    assert "<li>Lena</li>" in page
    assert "by Maya." in page
    assert AftercarePlan.objects.count() == 1


@pytest.mark.parametrize("part", ["\r\n".join("x" * 13), "y" * 301])
def test_a_part_that_is_too_long_is_refused(cast: Cast, client: Client, part: str) -> None:
    response = client.post(place(cast, "aftercare"), {"rev": 0, **lines(PARTS), "meetings": part})

    assert response.status_code == 400
    assert 'id="id_meetings_error"' in text_of(response)
    assert not AftercarePlan.objects.exists()


@pytest.mark.parametrize("page", ["tasks", "needs", "aftercare"])
def test_a_stranger_sees_and_writes_nothing(cast: Cast, page: str) -> None:
    stranger = browser_of(people.staff(cast.clinic, "dr_stone", "Dr. Stone"))
    sends = {"tasks": sent(cast), "needs": NEED, "aftercare": {"rev": 0, **lines(PARTS)}}[page]

    assert stranger.get(place(cast, page)).status_code == 404
    assert stranger.post(place(cast, page), sends).status_code == 404
    assert not CareTask.objects.exists()
    assert not CareNeed.objects.exists()
    assert not AftercarePlan.objects.exists()


def test_a_task_of_another_patient_is_not_finished_here(cast: Cast, client: Client) -> None:
    chart = open_chart(
        viewer=cast.dr_lind, patient_id=cast.noah.pk, what=DataCategory.PROGRAMME,
        now=timezone.now(), to_write=True,
    )  # fmt: skip
    browser_of(cast.dr_lind).post(
        f"/review/patients/{cast.noah.pk}/tasks/", sent(cast, text="Noah’s")
    )
    (task,) = tasks_of(chart=chart)

    refused = client.post(f"{place(cast, 'tasks')}{task.id}/done/")

    assert refused.status_code == 404
    assert CareTask.objects.get().done_at is None
    assert "Noah’s" not in text_of(client.get(place(cast, "tasks")))


@pytest.mark.parametrize("page", ["tasks", "needs", "aftercare"])
def test_reading_is_logged(cast: Cast, client: Client, page: str) -> None:
    before = AccessLogEntry.objects.count()

    client.get(place(cast, page))

    row = AccessLogEntry.objects.order_by("-id").first()
    assert AccessLogEntry.objects.count() > before
    assert row is not None
    assert (row.data_class, row.patient_id) == (DataCategory.PROGRAMME, cast.maya.pk)
