"""Skills, diary, questionnaires, sessions and reminders, as the server has them afterwards."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from care.models import (
    CalendarLink,
    CarePlanResponse,
    Patient,
    SessionFeedback,
    TreatmentSession,
)
from care.sessions.move_requests import move_requests_to
from journaling.education.curriculum import CurriculumPlan, CurriculumWeek, write_curriculum
from journaling.models import Entry
from notifications.models import Reminder
from tests import cast as people
from tests.app.phone import Clinic, Phone
from tests.cast import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def phone(clinic: Clinic) -> Phone:
    """Hold maya's phone; a session is tomorrow, and one skill is agreed."""
    people.session(
        clinic.cast.dr_okafor, starts_at=timezone.now() + timedelta(days=1),
        with_patient=clinic.cast.maya,
    )  # fmt: skip
    body = {"skill": "ride-the-urge", "per_week": 3}
    address = f"/api/v1/patients/{clinic.cast.maya.pk}/assignments"
    assert signed_in(clinic.cast.dr_okafor).post(address, body).status_code == 201
    phone = clinic.phone().sign_in("maya")
    phone.wait_until_ready()
    return phone


def test_a_page_is_read_struck_and_added_to_before_its_session(
    phone: Phone, clinic: Clinic
) -> None:
    phone.log_craving(7)
    phone.wait_until_sent()
    session = TreatmentSession.objects.get().pk
    clinician = signed_in(clinic.cast.dr_okafor)
    brief = f"/api/v1/sessions/{session}/brief"
    phone.press("Sessions")
    phone.press("Read what they will read")
    episodes = phone.page.get_by_text(re.compile("You logged 1 craving"))
    expect(episodes).to_be_visible()
    expect(phone.page.get_by_text("What you said about safety always stands")).to_be_visible()

    phone.press(re.compile("^Strike this: You logged 1 craving"), exact=False)
    expect(phone.page.get_by_text("Struck. It is not on their page.")).to_be_visible()
    phone.page.get_by_label("Something to talk about").fill("my sister’s visit")
    phone.press("Add it to the page")
    expect(phone.page.get_by_text("my sister’s visit", exact=True)).to_be_visible()

    told = str(clinician.get(brief).json()["sections"])
    assert "1 episode" not in told
    assert "Added for this session: “my sister’s visit”" in told

    phone.offline()
    phone.press(re.compile("^Put it back: You logged 1 craving"), exact=False)
    expect(phone.page.get_by_role("alert")).to_have_text(
        "This needs a connection. Nothing was changed."
    )
    phone.open()
    phone.press("Sessions")
    phone.press("Read what they will read")
    expect(phone.page.get_by_text("Struck. It is not on their page.")).to_be_visible()
    expect(phone.page.get_by_text("my sister’s visit", exact=True)).to_be_visible()


def test_check_in_times_go_into_the_calendar_and_out_again(phone: Phone, clinic: Clinic) -> None:
    phone.press("More")
    phone.press("Reminders")
    phone.press("Put the times into my calendar")
    link = phone.page.locator("a[href*=calendar]")
    expect(link).to_have_attribute("href", re.compile("^webcal:"))
    assert CalendarLink.objects.get(revoked_at__isnull=True).has_check_ins

    phone.press("In my calendar")
    expect(phone.page.get_by_role("button", name="Put the times into my calendar")).to_be_visible()

    row = CalendarLink.objects.get(revoked_at__isnull=True)
    assert not row.has_check_ins
    assert row.user_id == clinic.cast.maya.pk


def test_what_was_agreed_stands_on_today_and_is_practised(phone: Phone) -> None:
    phone.press("Skills")
    expect(phone.page.get_by_role("heading", name="Agreed for now")).to_be_visible()
    phone.press("Today")
    phone.press(re.compile("Ride the urge"), exact=False)
    phone.press("Start the timer")
    expect(phone.page.get_by_role("timer")).to_contain_text(":")
    phone.press("Note how it went")
    answer(phone, "Did you try it?", "Yes")
    answer(phone, "Could you do it?", "Yes")
    answer(phone, "Did it help?", "Yes")
    phone.slide("Before, how strong, 0 to 10", 8)
    phone.slide("After, how strong, 0 to 10", 4)
    phone.save()
    phone.wait_until_sent()

    entry = Entry.objects.get()
    assert (entry.skill, entry.attempted, entry.able, entry.helped) == (
        "ride-the-urge", True, True, True,
    )  # fmt: skip
    assert (entry.rating_before, entry.rating_after) == (8, 4)
    assert entry.assignment is not None


def answer(phone: Phone, question: str, choice: str) -> None:
    group = phone.page.get_by_role("group", name=question)
    group.get_by_role("button", name=choice, exact=True).click()


def test_a_diary_card_is_saved_in_parts_and_changed(phone: Phone) -> None:
    open_diary(phone)
    phone.slide("To use", 3)
    phone.save()
    phone.wait_until_sent()
    first = Entry.objects.get()
    assert first.urges == {"use": {"peak": 3}}

    open_diary(phone)
    expect(phone.page.get_by_role("slider", name="To use")).to_have_value("3")
    phone.page.get_by_label("Hours").fill("6,5")
    phone.slide("Joy", 2)
    phone.save()
    phone.wait_until_sent()

    card = Entry.objects.get()
    assert (card.rev, card.sleep_hours, card.emotions) == (2, 6.5, {"joy": 2})
    assert card.urges == {"use": {"peak": 3}}


def open_diary(phone: Phone) -> None:
    phone.press("Today")
    phone.press("Log something else")
    phone.press("Diary card")


def test_a_questionnaire_is_answered_as_far_as_one_likes(phone: Phone) -> None:
    phone.press("Log something else")
    phone.press("A questionnaire")
    phone.press(re.compile("PHQ-9"), exact=False)
    answer(phone, "Little interest or pleasure in doing things", "Several days")
    expect(phone.page.get_by_text("8 questions have no answer.")).to_be_visible()
    phone.save()
    phone.wait_until_sent()

    assert Entry.objects.get().answers == {"q1": 1}


def test_use_is_met_with_thanks_and_safety_first(phone: Phone) -> None:
    phone.press("Log something else")
    phone.press("I used")
    expect(phone.page.get_by_text("Thank you for writing it down.")).to_be_visible()
    answer(phone, "Are you safe right now?", "No")
    expect(phone.page.get_by_role("alert")).to_contain_text("Call 911 now.")
    phone.press("alcohol")
    phone.press("Save")
    expect(phone.heading).to_have_text("You are not alone in this")
    phone.wait_until_sent()

    assert Entry.objects.get().kind == "use"


@pytest.mark.parametrize(
    ("screen", "fills", "kind"),
    [
        ("A reading", {"Value": "81,5"}, "reading"),
        ("A medicine or supplement", {"Name": "vitamin D"}, "dose"),
        ("A meeting", {"Minutes": "60"}, "meeting"),
    ],
)
def test_short_forms_are_saved(phone: Phone, screen: str, fills: dict[str, str], kind: str) -> None:
    phone.press("Log something else")
    phone.press(screen)
    for label, text in fills.items():
        phone.page.get_by_label(label).fill(text)
    if kind == "dose":
        answer(phone, "Taken?", "Yes")
    phone.save()
    phone.wait_until_sent()

    assert Entry.objects.get().kind == kind


def test_an_agenda_is_brought_to_the_next_session(phone: Phone) -> None:
    phone.press("Sessions")
    phone.press("What I want to bring")
    phone.page.get_by_label("What I want to bring").fill("The phone call on Sunday")
    phone.save()
    phone.wait_until_sent()

    expect(phone.page.get_by_text("You wrote: The phone call on Sunday")).to_be_visible()
    assert Entry.objects.get().kind == "pre_session"


def test_a_craving_is_asked_about_a_quarter_of_an_hour_later(clinic: Clinic, phone: Phone) -> None:
    at = timezone.now() - timedelta(minutes=20)
    signed_in(clinic.cast.maya).post("/api/v1/entries", people.craving(at=at, intensity=8))
    phone.open()
    phone.press(re.compile("And now"), exact=False)
    phone.slide("How strong is it at this moment?", 3)
    phone.press("I did not use")
    phone.save()
    phone.wait_until_sent()

    entry = Entry.objects.get()
    assert (entry.intensity_after, entry.outcome) == (3, "did_not_use")
    assert 20 <= (entry.minutes_later or 0) <= 22


def test_reminders_are_planned_paused_and_quiet(clinic: Clinic, phone: Phone) -> None:
    phone.press("More")
    phone.press("Reminders")
    phone.press("Add a check-in")
    phone.page.get_by_label("Times, such as 08:30, 20:00").fill("8:30 20:00")
    phone.press("Save")
    expect(phone.page.get_by_text("08:30, 20:00")).to_be_visible()
    phone.press("until tomorrow")
    expect(phone.page.get_by_text(re.compile("Paused until"))).to_be_visible()
    phone.page.get_by_label("From").fill("21:00")
    with phone.page.expect_response(lambda answer: answer.url.endswith("/api/v1/me")):
        phone.press("Save")
    phone.press("Why did nothing come")
    phone.until("document.querySelector('main').textContent.includes('newest first')")

    patient = Patient.objects.get(pk=clinic.cast.maya.pk)
    assert Reminder.objects.filter(patient=patient, purpose="checkin").exists()
    assert patient.quiet_start.hour == 21


def test_the_own_plan_is_written_and_there_without_a_connection(phone: Phone) -> None:
    phone.press("Help")
    phone.press("Write my plan")
    phone.page.get_by_label("What I do myself").fill("Cold water\nThe long way round")
    phone.page.get_by_label("Whom I ask for help").fill("Lena, 555 0100")
    phone.press("Save")
    expect(phone.page.get_by_text("Cold water")).to_be_visible()

    phone.offline()
    phone.open()
    phone.press("Help")

    call = phone.page.get_by_role("link", name="Call 555 0100")
    expect(call).to_have_attribute("href", "tel:5550100")


def test_an_entry_is_changed_and_deleted(phone: Phone) -> None:
    phone.log_craving(6)
    phone.wait_until_sent()
    phone.press("My weeks")
    phone.press(re.compile("Craving: alcohol 6"), exact=False)
    phone.press("Delete it")
    expect(phone.page.get_by_text("The history of changes stays with the clinic.")).to_be_visible()
    phone.press("Delete")
    expect(phone.page.get_by_text("Nothing is logged yet.")).to_be_visible()
    phone.wait_until_sent()

    assert Entry.objects.get().deleted_at is not None


def test_the_plan_is_read_answered_and_a_dose_noted(phone: Phone, clinic: Clinic) -> None:
    doctor, maya = signed_in(clinic.cast.dr_okafor), clinic.cast.maya.pk
    goal = {"text": "In bed by eleven", "objectives": [
        {"text": "Breathe each evening", "skills": ["slow-breathing"]},
    ]}  # fmt: skip
    plan = {"hours_per_week": 10, "problems": [{"text": "Sleep", "goals": [goal]}]}
    door = f"/api/v1/patients/{maya}/"
    doctor.put(f"{door}care-plan", plan, headers={"If-Match": '"0"'})
    taken = {"name": "Sertraline", "kind": "medicine", "dose": "50 mg with food",
             "times": ["08:00"], "starts_on": "2026-01-02"}  # fmt: skip
    doctor.post(f"{door}medications", taken)

    phone.press("More")
    phone.press("My plan of care")
    expect(phone.page.get_by_text("In bed by eleven")).to_be_visible()
    phone.page.get_by_label("What should be otherwise?").fill("Eleven is too early.")
    phone.press("I would have it otherwise")
    expect(phone.page.get_by_role("status").filter(has_text="version 1")).to_be_visible()

    said = CarePlanResponse.objects.get()
    assert (said.plan_rev, said.agreed) == (1, False)
    phone.open()
    phone.press("More")
    phone.press("What I take")
    expect(phone.page.get_by_text("50 mg with food")).to_be_visible()
    phone.press("Note a dose", exact=False)
    expect(phone.page.get_by_label("Name")).to_have_value("Sertraline")


def test_how_a_session_was_is_said_once_all_four_are_answered(phone: Phone, clinic: Clinic) -> None:
    past = timezone.now() - timedelta(hours=3)
    people.session(clinic.cast.dr_okafor, starts_at=past, with_patient=clinic.cast.maya)
    phone.open()
    phone.press("Sessions")
    phone.press("How was it for me?")
    phone.press("Save")
    expect(phone.page.get_by_role("alert")).to_have_text("Please answer all four.")

    for slider in phone.page.get_by_role("slider").all():
        slider.press("ArrowRight")
    phone.press("Save")
    expect(phone.page.get_by_role("heading", name="Sessions")).to_be_visible()

    given = SessionFeedback.objects.get()
    assert given.heard == given.overall


def test_busy_hours_are_said_and_taken_off_again(phone: Phone, clinic: Clinic) -> None:
    phone.press("More")
    phone.press("When I am busy or free")
    expect(phone.page.get_by_text("You have not said yet.")).to_be_visible()
    phone.press("Add it")
    expect(phone.page.get_by_role("alert")).to_have_text("Choose days, both times, and what it is.")

    answer(phone, "On these days", "Fri")
    answer(phone, "On these days", "Mon")
    phone.page.get_by_label("From").fill("22:00")
    phone.page.get_by_label("Until").fill("00:00")
    answer(phone, "I am", "at work")
    phone.press("Add it")
    expect(phone.page.get_by_text("Mon Fri, 22:00 – 24:00", exact=True)).to_be_visible()

    team = signed_in(clinic.cast.dr_okafor)
    door = f"/api/v1/patients/{clinic.cast.maya.pk}/availability"
    assert team.get(door).json()["spans"] == [
        {"days": ["mon", "fri"], "starts": "22:00", "ends": "24:00", "kind": "busy",
         "reason": "work"}
    ]  # fmt: skip
    phone.offline()
    phone.press(re.compile("^Take it off"), exact=False)
    expect(phone.page.get_by_role("alert")).to_have_text(
        "This needs a connection. Nothing was changed."
    )
    phone.context.set_offline(False)
    phone.press(re.compile("^Take it off"), exact=False)
    expect(phone.page.get_by_text("You have not said yet.")).to_be_visible()
    assert team.get(door).json()["spans"] == []


def test_a_session_is_asked_to_be_moved_and_that_is_taken_back(
    phone: Phone, clinic: Clinic
) -> None:
    session = TreatmentSession.objects.get()
    phone.press("Sessions")
    phone.press("Ask to move it")
    answer(phone, "Then I am", "at work")
    phone.page.get_by_label("What would be better").fill("any Friday 🌊")
    phone.press("Ask")
    expect(phone.page.get_by_text(re.compile("^You asked to have it moved"))).to_be_visible()

    (asked,) = move_requests_to(viewer=clinic.cast.dr_okafor, now=timezone.now())
    assert (asked.session_id, asked.reason, asked.note) == (session.pk, "work", "any Friday 🌊")
    phone.press("Take that back")
    expect(phone.page.get_by_text("It stays where it is.")).to_be_visible()
    assert move_requests_to(viewer=clinic.cast.dr_okafor, now=timezone.now()) == []


def test_a_member_reads_what_the_group_is_taught(phone: Phone, clinic: Clinic) -> None:
    cast, now = clinic.cast, timezone.now()
    group = people.group(cast.dr_okafor, cast.maya)
    people.session(
        cast.dr_okafor, starts_at=now + timedelta(minutes=5), with_group=group, kind="group"
    )
    week = CurriculumWeek("Riding it out", ("ride-the-urge",))
    plan = CurriculumPlan("stress", "", now.date(), repeats=True, weeks=[week])
    write_curriculum(leader=cast.dr_okafor, group_id=group.pk, plan=plan, rev=0, now=now)

    phone.press("Sessions")

    expect(phone.page.get_by_text("Stress: Riding it out · Ride the urge")).to_be_visible()
