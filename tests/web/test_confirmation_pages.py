"""What nobody can take back is asked about on a page of its own, and never done by one click."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from care.models import (
    Attendance,
    CalendarLink,
    CareTeamMembership,
    Certification,
    CounsellingNote,
    Episode,
    GroupMembership,
    Invitation,
    MedicationVersion,
    TreatmentSession,
)
from journaling.models import Assignment, SituationPlans
from tests import cast as people
from tests.cast import Cast
from tests.counselling_note import add_note
from tests.web.page_client import browser_of, page_of, text_of

SOON = timezone.now() + timedelta(days=3)
TEMPLATES = Path(__file__).parents[2] / "web/templates/web"
#: Forms of one button that may be pressed without a question, and why.
HARMLESS = {
    "sign_in_passkey": "it signs in",
    "sign_out": "signing in again undoes it",
    "end_sign_in": "signing in again undoes it",
    "end_others": "signing in again undoes it",
    "reviewed": "what was read may be called read; the brief folds it and shows it again",
    "talk": "its first button only asks; the second, on a page of its own, tells the phone",
    "close_assignment": "what was given can be assigned again, by the link that takes its place",
    "needs": "a need that is not met after all is noted again",
    "finish_task": "what is done was done, and it stays on the page below with its day",
    "dismiss_move": "the patient may ask again, and their session stands as it stood",
    "clear": "it is the second button: the reason was chosen before, and is named beside it",
    "review_at": "what was read may be called read",
}


@pytest.fixture
def made(cast: Cast) -> dict[str, tuple[str, Any]]:
    """Give maya what could be ended, and name where each is ended and what then is gone."""
    now = timezone.now()
    people.joins(cast.maya.pk, cast.dr_lind)
    people.admitted(cast.maya, on=(now - timedelta(days=9)).date())
    group = people.group(cast.dr_okafor, cast.maya)
    note_id = add_note(cast.dr_okafor, cast.maya, "She spoke of her sister.")
    client = browser_of(cast.dr_okafor)
    patient = f"/review/patients/{cast.maya.pk}/"
    client.post(f"{patient}homework/", {"skill": "slow-breathing", "per_week": "3"})
    client.post("/review/calendar/")
    open_still = {"ends_at__isnull": True}
    given = Assignment.objects.get()
    client.post(f"{patient}situations/", {"situation": "payday", "skill": "name-it"})
    plan_id = SituationPlans.objects.get().plan_ids[0]
    client.post(
        f"{patient}medicine/",
        {
            "name": "Sertraline",
            "kind": "medicine",
            "dose": "50 mg",
            "times": "08:00",
            "starts_on": str(now.date()),
        },
    )
    medicine_id = MedicationVersion.objects.get().medication_id
    return {
        "team": (
            f"{patient}team/{cast.dr_lind.pk}/leave/",
            CareTeamMembership.objects.filter(clinician=cast.dr_lind, patient_id=cast.maya.pk,
                                              **open_still),
        ),
        "group": (
            f"/review/groups/{group.pk}/members/{cast.maya.pk}/leave/",
            GroupMembership.objects.filter(**open_still),
        ),
        "homework": (
            f"{patient}homework/{given.pk}/end/", Assignment.objects.filter(ended_at__isnull=True)
        ),
        "situation plan": (
            f"{patient}situations/{plan_id}/remove/",
            SituationPlans.objects.filter(rev=1).exclude(
                patient_id__in=SituationPlans.objects.filter(plan_ids=[]).values("patient_id")
            ),
        ),
        "medicine": (
            f"{patient}medicine/{medicine_id}/end/",
            MedicationVersion.objects.filter(rev=1).exclude(
                medication_id__in=MedicationVersion.objects.filter(is_ended=True).values(
                    "medication_id"
                )
            ),
        ),
        "note": (
            f"{patient}counselling-notes/{note_id}/delete/",
            CounsellingNote.objects.filter(deleted_at__isnull=True),
        ),
        "calendar": (
            "/review/calendar/?sure=end", CalendarLink.objects.filter(revoked_at__isnull=True)
        ),
    }  # fmt: skip


@pytest.mark.parametrize(
    "what", ["team", "group", "homework", "situation plan", "medicine", "note", "calendar"]
)
def test_opening_the_question_does_nothing_and_its_button_does_it(
    cast: Cast, made: dict[str, tuple[str, Any]], what: str
) -> None:
    address, rows = made[what]
    client = browser_of(cast.dr_okafor)
    before = rows.count()

    asked = client.get(address)
    page = text_of(asked)
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))

    assert asked.status_code == 200
    assert "No, go back" in page
    assert rows.count() == before > 0
    done = client.post(address.partition("?")[0], fields)
    assert done.status_code == 302
    assert rows.count() == before - 1


@pytest.mark.parametrize(
    "what", ["team", "group", "homework", "situation plan", "medicine", "note"]
)
def test_a_stranger_is_not_asked(cast: Cast, made: dict[str, tuple[str, Any]], what: str) -> None:
    address, rows = made[what]
    stranger = browser_of(people.staff(cast.clinic, "dr_stone", "Dr. Stone"))
    before = rows.count()

    for response in (stranger.get(address), stranger.post(address)):
        assert response.status_code == 404
        assert "Maya" not in text_of(response)
    assert rows.count() == before


def test_what_is_not_there_is_not_asked_about(cast: Cast) -> None:
    client, patient = browser_of(cast.dr_okafor), f"/review/patients/{cast.maya.pk}/"

    for address in (
        f"{patient}team/{cast.dr_lind.pk}/leave/", f"{patient}certify/",
        f"{patient}homework/{cast.maya.pk}/end/",
    ):  # fmt: skip
        assert client.get(address).status_code == 404


def test_certifying_is_asked_of_a_physician_alone(cast: Cast) -> None:
    people.admitted(cast.maya, on=timezone.now().date())
    client, door = browser_of(cast.dr_okafor), f"/review/patients/{cast.maya.pk}/certify/"
    assert client.get(door).status_code == 404
    CareTeamMembership.objects.filter(patient_id=cast.maya.pk).update(role="physician")

    asked = client.get(door)

    assert "Certify that Maya needs intensive outpatient care?" in text_of(asked)
    assert not Certification.objects.exists()


def test_a_new_code_is_asked_about(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)
    client.post("/review/invite/", {"display_name": "Iris", "time_zone": "America/Chicago"})
    invited = Invitation.objects.get()

    page = text_of(client.get(f"/review/patients/{invited.patient_id}/invite/"))

    assert "Make a new code for Iris?" in page
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize("scope", ["this", "following"])
def test_cancelling_is_asked_about(cast: Cast, scope: str) -> None:
    client = browser_of(cast.dr_okafor)
    client.post("/review/plan/", {
        "kind": "individual", "whom": f"patient:{cast.maya.pk}", "day": SOON.date().isoformat(),
        "clock": "09:30", "minutes": "50", "weekly": "on",
    })  # fmt: skip
    first = TreatmentSession.objects.order_by("starts_at")[0]
    door = f"{page_of(first.pk)}change/"

    change = text_of(client.get(door))
    asked = text_of(client.get(f"{door}?cancel={scope}"))

    assert 'name="cancelled"' not in change
    assert ("and all that follow?" in asked) is (scope == "following")
    assert not TreatmentSession.objects.filter(cancelled_at__isnull=False).exists()
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', asked))
    client.post(door, fields)
    gone = TreatmentSession.objects.filter(cancelled_at__isnull=False).count()
    assert gone == (1 if scope == "this" else TreatmentSession.objects.count())


def test_a_discharge_is_asked_about(cast: Cast) -> None:
    people.admitted(cast.maya, on=timezone.now().date())
    client, door = browser_of(cast.dr_okafor), f"/review/patients/{cast.maya.pk}/level/"
    sent = {"to": "discharge", "on": timezone.now().date().isoformat(), "reason": "Done."}

    asked = client.post(door, sent)

    assert asked.status_code == 409
    assert "Discharge Maya?" in text_of(asked)
    assert "Done.</textarea>" in text_of(asked)
    assert Episode.objects.get().discharged_on is None
    client.post(door, sent | {"sure": "yes"})
    assert Episode.objects.get().discharged_on is not None


def test_enter_never_goes_on_all_the_same(cast: Cast) -> None:
    """The first button of a form is what Enter presses: it must be the one that asks again."""
    people.admitted(cast.maya, on=timezone.now().date())
    client = browser_of(cast.dr_okafor)
    answers = [
        client.post(f"/review/patients/{cast.maya.pk}/level/", {
            "to": "discharge", "on": timezone.now().date().isoformat(), "reason": "Done.",
        }),
        client.post("/review/invite/", {"display_name": "Maya", "time_zone": "America/Chicago"}),
    ]  # fmt: skip

    for answer in answers:
        form = text_of(answer).split('<form class="work"')[1]
        buttons = re.findall(r"<button[^>]*>", form)
        assert answer.status_code == 409
        assert "sure" not in buttons[0]
        assert 'name="sure"' in buttons[1]


def test_attendance_to_come_is_not_taken(cast: Cast) -> None:
    session = people.session(cast.dr_okafor, starts_at=SOON, with_patient=cast.maya)
    client, door = browser_of(cast.dr_okafor), f"{page_of(session.pk)}attendance/"
    sent = {f"{cast.maya.pk}-status": "present", f"{cast.maya.pk}-minutes": "50"}

    page = text_of(client.get(door))
    refused = [client.post(door, sent), client.post(door, sent | {"all": "present"})]

    assert "This session has not begun" in page
    assert "<select" not in page
    assert [response.status_code for response in refused] == [400, 400]
    assert not Attendance.objects.exists()


def test_no_page_has_a_form_of_one_button_that_does_harm() -> None:
    found = set()
    for path in TEMPLATES.glob("*.html"):
        for form in re.findall(r"<form\b.*?</form>", path.read_text(encoding="utf-8"), re.DOTALL):
            is_typed = re.search(r"<(?:select|textarea)|fields\.html|<input(?![^>]*hidden)", form)
            action = re.search(r"action=\"\{(?:% url 'web:(\w+)'|\{ (\w+) )", form)
            if 'method="post"' in form and not is_typed and path.name != "sure.html":
                found.add((action[1] or action[2]) if action else path.name)

    # Beside them: a session that takes place again, a first calendar address, showing a code, and
    # a level's plan whose preview was looked at.
    assert found - set(HARMLESS) == {"change.html", "calendar.html", "factor", "level_plan.html"}


def test_nothing_grave_is_chosen_beforehand(cast: Cast) -> None:
    people.admitted(cast.noah, on=timezone.now().date())
    people.joins(cast.noah.pk, cast.dr_okafor)
    group = people.group(cast.dr_okafor)
    client = browser_of(cast.dr_okafor)
    pages = {
        "/review/plan/": ["kind", "whom"],
        f"/review/patients/{cast.maya.pk}/team/": ["clinician", "role"],
        f"/review/patients/{cast.maya.pk}/level/": ["to", "admission-physician"],
        f"/review/patients/{cast.noah.pk}/level/": ["to"],
        f"/review/patients/{cast.maya.pk}/homework/": ["skill"],
        f"/review/groups/{group.pk}/": ["patient"],
    }

    for address, names in pages.items():
        page = text_of(client.get(address))
        for name in names:
            choice = page.split(f'name="{name}"')[1].split("</select>")[0]
            first = re.findall(r'<option value="([^"]*)"', choice)[0]
            assert first == "", (address, name)
            chosen = re.findall(r'<option value="([^"]*)" selected', choice)
            assert chosen in ([], [""]), (address, name)
        refused = client.post(address, {})
        assert refused.status_code == 400, address


def test_a_colleague_is_added_only_with_a_part(cast: Cast) -> None:
    response = browser_of(cast.dr_okafor).post(
        f"/review/patients/{cast.maya.pk}/team/", {"clinician": str(cast.dr_lind.pk)}
    )

    assert response.status_code == 400
    assert 'id="id_role_error"' in text_of(response)
    assert not CareTeamMembership.objects.filter(
        clinician=cast.dr_lind, patient_id=cast.maya.pk
    ).exists()
