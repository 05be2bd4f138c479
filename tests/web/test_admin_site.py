"""The administrator's site: their own clinic, and nothing of any patient."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver
from django.utils import timezone

from care.access.chart import NoSuchChart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.clinic.resources import ResourceDetails, put_resource
from care.models import (
    AccessLogEntry,
    AdministrativeAct,
    BreakGlass,
    CareTeamMembership,
    Clinic,
    ClinicSafety,
    CommunityResource,
    DeviceSession,
    Group,
    LevelPlan,
    StaffInvitation,
    User,
)
from care.privacy import break_glass
from journaling.models import ClinicLesson
from tests import cast as people
from tests.cast import PASSWORD, Cast
from tests.journaling.briefs.brief_scenario import wrote
from tests.journaling.education.own_lessons import own_lesson
from tests.web.page_client import SIGN_IN, browser_of, signs_in, text_of
from tests.web.test_versioned_admin_pages import plan_of
from web.admin.clinic import site

HERE = "/review/admin/"
START, FRESH = "/review/start/", "a lantern by the old pier"
STAFF, CLINIC, GROUPS = (f"{HERE}care/{name}/" for name in ("user", "clinic", "group"))


def code_in(response: Any) -> str:
    """Read the code that a page shows, this once."""
    found = re.search(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){2}", text_of(response))
    assert found is not None, text_of(response)
    return found[0]


def addresses(cast: Cast) -> list[str]:
    """List every address of the site, for the clinic's own things."""
    rows: dict[str, Any] = {
        "care/clinic": cast.clinic.pk,
        "care/user": cast.dr_okafor.pk,
        "care/group": Group.objects.get().pk,
        "care/clinicsafety": cast.clinic.pk,
        "care/communityresource": CommunityResource.objects.get().pk,
        "care/levelplan": LevelPlan.objects.get().pk,
        "journaling/cliniclesson": ClinicLesson.objects.get().pk,
    }
    found = [HERE, f"{HERE}care/", f"{HERE}jsi18n/", f"{HERE}autocomplete/"]
    for name, row in rows.items():
        found += [f"{HERE}{name}/{what}" for what in ("", "add/", f"{row}/change/",
                  f"{row}/history/", f"{row}/delete/", f"{row}/")]  # fmt: skip
    return found


@pytest.fixture
def full(cast: Cast) -> Cast:
    """Let there be one of everything that is edited, a group with maya in it, and an entry."""
    people.group(cast.dr_okafor, cast.maya)
    wrote(cast.maya, "note", timezone.now(), note="canary-note")
    ClinicSafety.objects.create(clinic=cast.clinic, set_at=timezone.now())
    known = ResourceDetails(kind="food", name="Pier kitchen")
    put_resource(admin=cast.ada, resource_id=uuid4(), details=known, rev=None, now=timezone.now())
    plan_of(cast)
    own_lesson(cast.ada)
    return cast


@pytest.mark.parametrize("who", ["nobody", "maya", "dr_okafor"])
def test_nobody_else_opens_any_of_it(full: Cast, who: str) -> None:
    client = Client() if who == "nobody" else browser_of(full.dr_okafor)
    if who == "maya":
        User.objects.filter(pk=full.dr_okafor.pk).update(role="patient")

    for address in addresses(full):
        for response in (client.get(address), client.post(address, {"name": "x"})):
            if who == "nobody":
                assert response["Location"].startswith(SIGN_IN), address
            else:
                assert response.status_code == 403, address
            assert "Harbor" not in text_of(response)
    assert Clinic.objects.get().name == "Harbor Clinic"


def test_an_administrator_without_a_second_factor_sees_nothing(full: Cast) -> None:
    client = Client()
    signs_in(client, "ada")

    for address in addresses(full):
        assert client.get(address)["Location"] == "/review/account/factor/", address


def test_no_page_of_it_has_anything_of_a_patient(full: Cast) -> None:
    client = browser_of(full.ada)

    told = {address: client.get(address) for address in addresses(full)}

    assert {told[HERE].status_code, told[STAFF].status_code, told[GROUPS].status_code} == {200}
    for address, response in told.items():
        page = text_of(response)
        for hidden in ("Maya", "Noah", "canary", str(full.maya.pk)):
            assert hidden not in page, address
        if response.status_code == 200:
            assert "unsafe" not in response["Content-Security-Policy"]
            assert (
                response["Cache-Control"] == "no-store" or "no-store" in response["Cache-Control"]
            )


def test_a_patients_row_is_not_there(full: Cast) -> None:
    client = browser_of(full.ada)

    for what in ("change", "history", "delete"):
        response = client.get(f"{STAFF}{full.maya.pk}/{what}/")
        assert "Maya" not in text_of(response)
        assert response.status_code in {302, 403}


def test_the_sign_in_leads_an_administrator_to_the_site(cast: Cast) -> None:
    client = browser_of(cast.ada)

    assert client.get("/review/")["Location"] == HERE
    assert Client().get("/admin/")["Location"] == HERE
    assert "The clinic" in text_of(client.get(HERE))


def test_signing_out_of_it_ends_the_sign_in(cast: Cast) -> None:
    client = browser_of(cast.ada)

    client.post(f"{HERE}logout/")

    assert client.get(HERE).status_code == 302
    assert DeviceSession.objects.filter(user=cast.ada, revoked_at__isnull=True).count() == 0


class TestStaff:
    """Who works here."""

    def add(self, cast: Cast, **changes: str) -> Any:
        sent = {
            "username": "dr_sato", "display_name": "Dr. Sato", "role": "clinician",
        }  # fmt: skip
        return browser_of(cast.ada).post(f"{STAFF}add/", sent | changes)

    def test_somebody_is_added_by_a_code_and_chooses_their_password(self, cast: Cast) -> None:
        response = self.add(cast)

        made = User.objects.get(username="dr_sato")
        assert (made.clinic_id, made.role) == (cast.clinic.pk, "clinician")
        assert not made.has_usable_password()
        client = Client()
        joined = client.post(START, {"code": code_in(response), "password": FRESH})
        assert joined["Location"] == "/review/account/factor/"
        assert signs_in(Client(), "dr_sato", FRESH).status_code == 302
        assert AccessLogEntry.objects.filter(actor_id=cast.ada.pk, reason="staff_added").exists()

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"username": "dr_lind"}, "This name is taken."),
            ({"username": "DR_LIND"}, "This name is taken."),
            ({"role": "patient"}, "Select a valid choice"),
            ({"display_name": ""}, "This field is required"),
        ],
    )
    def test_what_is_wrong_is_told_and_nobody_is_added(
        self, cast: Cast, changes: dict[str, str], told: str
    ) -> None:
        response = self.add(cast, **changes)

        assert response.status_code == 200
        assert told in text_of(response)
        assert User.objects.count() == 6

    def test_who_leaves_is_out_at_once(self, cast: Cast) -> None:
        gone = browser_of(cast.dr_lind)

        browser_of(cast.ada).post(
            f"{STAFF}{cast.dr_lind.pk}/change/", {"display_name": "Dr. H. Lind"}
        )

        cast.dr_lind.refresh_from_db()
        assert (cast.dr_lind.is_active, cast.dr_lind.display_name) == (False, "Dr. H. Lind")
        assert gone.get("/review/").status_code == 302
        assert signs_in(Client(), "dr_lind", PASSWORD).status_code == 401

    def test_nobody_shuts_out_themselves(self, cast: Cast) -> None:
        browser_of(cast.ada).post(f"{STAFF}{cast.ada.pk}/change/", {"display_name": "Ada"})

        cast.ada.refresh_from_db()
        assert cast.ada.is_active

    def test_a_lost_second_factor_is_taken_away(self, cast: Cast) -> None:
        lost = browser_of(cast.dr_lind)

        browser_of(cast.ada).post(
            STAFF, {"action": "forget_factor", "_selected_action": str(cast.dr_lind.pk)}
        )

        assert lost.get("/review/").status_code == 302
        reasons = AccessLogEntry.objects.filter(actor_id=cast.ada.pk)
        assert "factor_removed" in set(reasons.values_list("reason", flat=True))

    def test_no_form_of_it_takes_a_password(self, cast: Cast) -> None:
        client = browser_of(cast.ada)
        before = User.objects.get(pk=cast.dr_lind.pk).password

        for address in (f"{STAFF}add/", f"{STAFF}{cast.dr_lind.pk}/change/"):
            assert "password" not in re.findall(r'name="(\w+)"', text_of(client.get(address)))
        client.post(
            f"{STAFF}{cast.dr_lind.pk}/change/",
            {"display_name": "Dr. Lind", "is_active": "on", "password": FRESH,
             "first_password": FRESH},
        )  # fmt: skip
        self.add(cast, password=FRESH, first_password=FRESH)

        assert User.objects.get(pk=cast.dr_lind.pk).password == before
        assert not User.objects.get(username="dr_sato").has_usable_password()

    def test_a_new_code_is_shown_once_and_for_one_person(self, cast: Cast) -> None:
        client = browser_of(cast.ada)
        chosen = {"action": "make_code", "_selected_action": str(cast.dr_lind.pk)}

        response = client.post(STAFF, chosen)
        both = client.post(
            STAFF,
            {"action": "make_code",
             "_selected_action": [str(cast.dr_lind.pk), str(cast.dr_okafor.pk)]},
        )  # fmt: skip
        own = client.post(STAFF, {"action": "make_code", "_selected_action": str(cast.ada.pk)})

        assert code_in(response) not in text_of(client.get(STAFF))
        assert (both.status_code, own.status_code) == (302, 302)
        assert StaffInvitation.objects.get().user_id == cast.dr_lind.pk
        assert signs_in(Client(), "dr_lind", PASSWORD).status_code == 302

    def test_another_clinics_staff_are_none(self, cast: Cast) -> None:
        other = Clinic.objects.create(name="Elsewhere", time_zone="UTC")
        far = people.staff(other, "dr_far", "Dr. Far")
        client = browser_of(cast.ada)

        client.post(f"{STAFF}{far.pk}/change/", {"display_name": "x"})
        for action in ("forget_factor", "make_code"):
            client.post(STAFF, {"action": action, "_selected_action": str(far.pk)})

        far.refresh_from_db()
        assert (far.display_name, far.is_active) == ("Dr. Far", True)
        assert not StaffInvitation.objects.exists()
        for address in (STAFF, CLINIC):
            assert "Far" not in text_of(client.get(address))
            assert "Elsewhere" not in text_of(client.get(address))


class TestClinicAndGroups:
    """What the clinic is called, and who leads what."""

    def test_the_clinic_is_renamed_within_real_zones(self, cast: Cast) -> None:
        client, door = browser_of(cast.ada), f"{CLINIC}{cast.clinic.pk}/change/"

        refused = client.post(door, {"name": "Pier Clinic", "time_zone": "Mars/One"})
        client.post(door, {"name": "Pier Clinic", "time_zone": "America/Denver"})

        assert "Must be an IANA time zone" in text_of(refused)
        cast.clinic.refresh_from_db()
        assert (cast.clinic.name, cast.clinic.time_zone) == ("Pier Clinic", "America/Denver")

    def test_whom_a_group_is_handed_to_sees_none_of_its_members_by_that(self, cast: Cast) -> None:
        group = people.group(cast.dr_okafor, cast.noah)
        people.joins(cast.noah.pk, cast.dr_okafor, role=CareTeamMembership.Role.GROUP_LEADER)
        third = people.staff(cast.clinic, "dr_sato", "Dr. Sato")
        now = timezone.now()

        browser_of(cast.ada).post(
            f"{GROUPS}{group.pk}/change/", {"name": "Evening", "leader": str(third.pk)}
        )

        group.refresh_from_db()
        assert (group.name, group.leader_id) == ("Evening", third.pk)
        for leader in (third, cast.dr_okafor):
            with pytest.raises(NoSuchChart):
                open_chart(
                    viewer=leader, patient_id=cast.noah.pk, what=DataCategory.ENTRIES,
                    now=timezone.now(),
                )  # fmt: skip
        assert not CareTeamMembership.objects.filter(clinician=third).exists()
        row = AccessLogEntry.objects.get(reason="handed_over", at__gte=now)
        assert (row.patient_id, row.actor_name) == (cast.noah.pk, "Ada (ada)")
        act = AdministrativeAct.objects.get(kind="group_handed_over")
        assert (act.about_name, act.patients) == ("Dr. Sato (dr_sato)", 1)

    def test_a_group_is_opened_for_a_clinician_of_the_clinic(self, cast: Cast) -> None:
        client = browser_of(cast.ada)

        client.post(f"{GROUPS}add/", {"name": "Morning", "leader": str(cast.dr_lind.pk)})
        refused = client.post(f"{GROUPS}add/", {"name": "x", "leader": str(cast.maya.pk)})

        assert Group.objects.get().leader_id == cast.dr_lind.pk
        assert "Select a valid choice" in text_of(refused)


def test_every_address_of_the_site_was_tried(full: Cast) -> None:
    def count(found: Any) -> int:
        return sum(
            count(one.url_patterns) if isinstance(one, URLResolver) else 1
            for one in found
            if isinstance(one, URLResolver | URLPattern)
        )

    # Beside the addresses tried: sign-in, sign-out, the two of passwords, "view on site", and
    # what catches the rest.
    assert count(site.get_urls()) == len(addresses(full)) + 6


class TestEmergencies:
    """Charts that were opened in an emergency."""

    WHY = "brought to the emergency room, asleep"
    PAGE = "/review/emergencies/"

    def opens(self, cast: Cast) -> BreakGlass:
        return break_glass.break_glass(
            clinician=cast.dr_lind, patient_id=cast.maya.pk, reason=self.WHY, now=timezone.now()
        )

    def test_the_first_page_tells_how_many_wait_and_names_nobody(self, cast: Cast) -> None:
        assert "emergency" not in text_of(browser_of(cast.ada).get(HERE))
        self.opens(cast)

        page = text_of(browser_of(cast.ada).get(HERE))

        assert "1 chart opened in an emergency waits for your review." in page
        assert f'href="{self.PAGE}"' in page
        for hidden in ("Maya", "Dr. Lind", self.WHY, str(cast.maya.pk)):
            assert hidden not in page

    def test_another_clinics_do_not_count(self, cast: Cast) -> None:
        self.opens(cast)
        other = Clinic.objects.create(name="Other Clinic", time_zone=people.ZONE)
        stranger = people.staff(other, "elsewhere", "Elsewhere", role=User.Role.ADMIN)

        assert "emergency" not in text_of(browser_of(stranger).get(HERE))
        assert "Maya" not in text_of(browser_of(stranger).get(self.PAGE))

    def test_it_is_read_with_its_reason_and_the_patient_can_see_that(self, cast: Cast) -> None:
        self.opens(cast)

        page = text_of(browser_of(cast.ada).get(self.PAGE))

        assert "Dr. Lind (dr_lind) opened the chart of Maya" in page
        assert self.WHY in page
        row = AccessLogEntry.objects.get(actor_id=cast.ada.pk, reason="privacy_review")
        assert (row.action, row.patient_id) == ("read", cast.maya.pk)

    def test_once_looked_at_it_waits_no_more(self, cast: Cast) -> None:
        door = f"{self.PAGE}{self.opens(cast).pk}/reviewed/"
        client = browser_of(cast.ada)

        response = client.post(door, follow=True)

        assert "Nothing waits for you." in text_of(response)
        assert "emergency waits" not in text_of(client.get(HERE))
        assert BreakGlass.objects.get().reviewed_at is not None
        assert client.post(door).status_code == 404

    def test_nobody_else_reads_it_or_says_so(self, cast: Cast) -> None:
        door = f"{self.PAGE}{self.opens(cast).pk}/reviewed/"
        client = browser_of(cast.dr_okafor)

        assert client.get(self.PAGE).status_code == client.post(door).status_code == 403
        assert BreakGlass.objects.get().reviewed_at is None
