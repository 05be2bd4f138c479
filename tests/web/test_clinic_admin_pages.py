"""The administrator's pages of what the clinic says of itself, and of help outside."""

import re
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from care.clinic.profile import ClinicDetails, clinic_profile, write_clinic_profile
from care.clinic.resources import ResourceDetails, put_resource
from care.models import Clinic, ClinicProfile, CommunityResource, DeviceSession, User
from tests import cast as people
from tests.cast import Cast
from tests.web.page_client import browser_of, text_of

HERE = "/review/admin/care/"
RESOURCES = f"{HERE}communityresource/"
SAID = {
    "name": "Harbor Clinic", "time_zone": "America/Chicago", "rev": "0",
    "hours": "Mon to Fri 8:00 to 18:00\n\n Sat 9:00 to 12:00 \n", "address": "12 Pier Street",
    "phone": "(312) 555-0140", "crisis_phone": "3125550141", "insurance": "Most plans",
    "cost_page": "https://harbor.example.org/costs", "website": "",
    "scholarship_contact": "Ask for Lena",
}  # fmt: skip
KITCHEN = {
    "kind": "food", "name": "Pier kitchen", "description": "A warm meal", "region": "Cook County",
    "phone": "(312) 555-0150", "website": "", "address": "", "hours": "Daily at noon",
    "languages": "en\nes", "verified_at": "2026-05-01", "rev": "",
}  # fmt: skip


def page_of(cast: Cast, what: str = "change") -> str:
    return f"{HERE}clinic/{cast.clinic.pk}/{what}/"


def value_of(name: str, page: str) -> str | None:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found and found[1]


def add(cast: Cast, name: str, *, checked: int | None, **more: Any) -> CommunityResource:
    """Let the clinic know of a resource that was checked so many days ago, or never."""
    now = timezone.now()
    verified_at = None if checked is None else now.date() - timedelta(days=checked)
    details = ResourceDetails(kind="food", name=name, verified_at=verified_at, **more)
    shown, _ = put_resource(admin=cast.ada, resource_id=uuid4(), details=details, rev=None, now=now)
    return CommunityResource.objects.get(pk=shown.id)


class TestProfile:
    """What the clinic says of itself."""

    def test_a_form_writes_the_next_version(self, cast: Cast) -> None:
        client = browser_of(cast.ada)

        response = client.post(page_of(cast), SAID)

        assert response.status_code == 302, text_of(response)
        version = clinic_profile(clinic_id=cast.clinic.pk)
        assert (version.rev, version.written_by) == (1, "Ada (ada)")
        assert version.details == ClinicDetails(
            name="Harbor Clinic", address="12 Pier Street", phone="(312) 555-0140",
            hours=("Mon to Fri 8:00 to 18:00", "Sat 9:00 to 12:00"), crisis_phone="3125550141",
            insurance="Most plans", cost_page="https://harbor.example.org/costs",
            scholarship_contact="Ask for Lena",
        )  # fmt: skip

    def test_the_form_shows_what_stands_and_its_revision(self, cast: Cast) -> None:
        client = browser_of(cast.ada)
        client.post(page_of(cast), SAID)

        page = text_of(client.get(page_of(cast)))

        assert value_of("rev", page) == "1"
        assert value_of("phone", page) == "(312) 555-0140"
        assert "Mon to Fri 8:00 to 18:00\nSat 9:00 to 12:00</textarea>" in page

    def test_a_new_zone_alone_makes_no_version(self, cast: Cast) -> None:
        client = browser_of(cast.ada)
        client.post(page_of(cast), SAID)

        client.post(page_of(cast), SAID | {"time_zone": "America/Denver", "rev": "1"})

        assert ClinicProfile.objects.count() == 1
        assert Clinic.objects.get().time_zone == "America/Denver"

    def test_what_somebody_else_wrote_meanwhile_is_not_overwritten(self, cast: Cast) -> None:
        client = browser_of(cast.ada)
        said = ClinicDetails(name="Pier Clinic")
        write_clinic_profile(admin=cast.ada, rev=0, details=said, now=timezone.now())

        response = client.post(page_of(cast), SAID | {"time_zone": "America/Denver"})

        assert "Somebody else changed this meanwhile" in text_of(response)
        assert clinic_profile(clinic_id=cast.clinic.pk).details == said
        assert Clinic.objects.get().time_zone == people.ZONE

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"cost_page": "http://harbor.example.org"}, "begins with https://"),
            ({"website": "javascript:alert(1)"}, "begins with https://"),
            ({"phone": "call us"}, "Must be a phone number"),
            ({"crisis_phone": "312 555 0141"}, "Must be digits alone"),
            ({"hours": "a\n" * 15}, "At most 14 lines."),
            ({"hours": "x" * 81}, "At most 80 characters a line."),
            ({"hours": "a\u202eb"}, "Must be on one line"),
            ({"name": ""}, "This field is required"),
            ({"address": "x" * 501}, "at most 500 characters"),
            ({"time_zone": "Mars/One"}, "Must be an IANA time zone"),
        ],
    )
    def test_what_is_wrong_stands_beside_its_field(
        self, cast: Cast, changes: dict[str, str], told: str
    ) -> None:
        response = browser_of(cast.ada).post(page_of(cast), SAID | changes)

        assert response.status_code == 200
        assert told in text_of(response)
        assert not ClinicProfile.objects.exists()

    def test_the_history_shows_every_version_and_who_wrote_it(self, cast: Cast) -> None:
        client = browser_of(cast.ada)
        client.post(page_of(cast), SAID)
        client.post(page_of(cast), SAID | {"phone": "(312) 555-0199", "rev": "1"})

        page = text_of(client.get(page_of(cast, "history")))

        assert page.index("Version 2") < page.index("(312) 555-0199") < page.index("Version 1")
        assert page.index("Version 1") < page.index("(312) 555-0140")
        assert page.count("by Ada (ada)") == 2

    def test_another_clinics_history_is_not_there(self, cast: Cast) -> None:
        browser_of(cast.ada).post(page_of(cast), SAID)
        other = Clinic.objects.create(name="Elsewhere", time_zone="UTC")
        far = browser_of(people.staff(other, "far", "Far", role=User.Role.ADMIN))

        assert far.get(page_of(cast, "history")).status_code == 302
        assert far.post(page_of(cast), SAID | {"rev": "1"}).status_code == 302
        assert "555-0140" not in text_of(far.get(f"{HERE}clinic/{other.pk}/history/"))
        assert ClinicProfile.objects.count() == 1


class TestResources:
    """Help outside of the clinic."""

    def test_one_is_added(self, cast: Cast) -> None:
        response = browser_of(cast.ada).post(f"{RESOURCES}add/", KITCHEN)

        assert response.status_code == 302, text_of(response)
        row = CommunityResource.objects.get()
        assert (row.name, row.kind, row.region) == ("Pier kitchen", "food", "Cook County")
        assert (row.hours, row.languages) == (["Daily at noon"], ["en", "es"])
        assert (row.website, row.address, row.rev) == (None, None, 1)
        assert (str(row.verified_at), row.changed_by) == ("2026-05-01", cast.ada.pk)

    def test_one_is_changed_from_what_was_shown(self, cast: Cast) -> None:
        client = browser_of(cast.ada)
        one = add(cast, "Pier kitchen", checked=3, hours=("Daily at noon",))
        door = f"{RESOURCES}{one.pk}/change/"
        shown = text_of(client.get(door))

        client.post(door, KITCHEN | {"name": "Pier diner", "rev": value_of("rev", shown) or ""})
        stale = client.post(door, KITCHEN | {"name": "Pier bar", "rev": "1"})

        assert "Daily at noon</textarea>" in shown
        assert "Somebody else changed this meanwhile" in text_of(stale)
        one.refresh_from_db()
        assert (one.name, one.rev) == ("Pier diner", 2)

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"name": ""}, "This field is required"),
            ({"kind": "bars"}, "Select a valid choice"),
            ({"website": "http://kitchen.example.org"}, "begins with https://"),
            ({"phone": "ask"}, "Must be a phone number"),
            ({"languages": "Spanish, of course"}, "A tag a line"),
            ({"verified_at": "2999-01-01"}, "Must not be in the future."),
        ],
    )
    def test_what_is_wrong_stands_beside_its_field(
        self, cast: Cast, changes: dict[str, str], told: str
    ) -> None:
        response = browser_of(cast.ada).post(f"{RESOURCES}add/", KITCHEN | changes)

        assert response.status_code == 200
        assert told in text_of(response)
        assert not CommunityResource.objects.exists()

    def test_what_nobody_checked_for_long_stands_first(self, cast: Cast) -> None:
        add(cast, "Fresh", checked=1)
        add(cast, "Old", checked=200)
        add(cast, "Withdrawn", checked=None, is_withdrawn=True)
        add(cast, "Never", checked=None)

        page = browser_of(cast.ada).get(RESOURCES).content.decode()

        places = [page.index(f"<bdi>{name}</bdi>") for name in ("Never", "Old", "Fresh")]
        assert places == sorted(places)
        assert places[-1] < page.index("<bdi>Withdrawn</bdi>")
        assert page.count('field-is_fresh"><img src="/static/admin/img/icon-yes.svg"') == 1

    def test_they_are_checked_and_withdrawn_from_the_list(self, cast: Cast) -> None:
        client, one = browser_of(cast.ada), add(cast, "Old", checked=200)
        chosen = {"_selected_action": str(one.pk)}

        with time_machine.travel("2027-03-02T03:00:00Z", tick=False):
            browser_of(cast.ada).post(RESOURCES, {"action": "mark_checked", **chosen})
        one.refresh_from_db()
        checked = (one.verified_at, one.rev)
        client.post(RESOURCES, {"action": "withdraw", **chosen})
        client.post(RESOURCES, {"action": "withdraw", **chosen})

        # In Chicago it is the evening before.
        assert checked == (date(2027, 3, 1), 2)
        one.refresh_from_db()
        assert (one.is_withdrawn, one.rev) == (True, 3)

    def test_the_list_is_searched_and_filtered(self, cast: Cast) -> None:
        add(cast, "Pier kitchen", checked=1)
        add(cast, "Night ride", checked=1, region="South side")
        client = browser_of(cast.ada)

        found = text_of(client.get(f"{RESOURCES}?q=south"))
        of_kind = text_of(client.get(f"{RESOURCES}?kind__exact=housing"))

        assert "Night ride" in found
        assert "Pier kitchen" not in found
        assert "Pier kitchen" not in of_kind
        assert client.get(f"{RESOURCES}?clinic__name__startswith=H").status_code == 400

    def test_another_clinics_are_none(self, cast: Cast) -> None:
        one = add(cast, "Pier kitchen", checked=1)
        other = Clinic.objects.create(name="Elsewhere", time_zone="UTC")
        far = browser_of(people.staff(other, "far", "Far", role=User.Role.ADMIN))

        far.post(f"{RESOURCES}{one.pk}/change/", KITCHEN | {"name": "x", "rev": "1"})
        for action in ("mark_checked", "withdraw"):
            far.post(RESOURCES, {"action": action, "_selected_action": str(one.pk)})

        assert "Pier kitchen" not in text_of(far.get(RESOURCES))
        one.refresh_from_db()
        assert (one.name, one.rev, one.is_withdrawn) == ("Pier kitchen", 1, False)

    def test_no_form_opens_at_a_browser_that_was_left_signed_in(self, cast: Cast) -> None:
        client: Client = browser_of(cast.ada)
        long_ago = timezone.now() - timedelta(minutes=11)
        DeviceSession.objects.update(reauthenticated_at=long_ago)

        for response in (client.get(f"{RESOURCES}add/"), client.post(f"{RESOURCES}add/", KITCHEN)):
            assert response["Location"].startswith("/review/account/prove/?next=")
        assert not CommunityResource.objects.exists()

    def test_nothing_is_ever_deleted(self, cast: Cast) -> None:
        one = add(cast, "Pier kitchen", checked=1)

        response = browser_of(cast.ada).post(f"{RESOURCES}{one.pk}/delete/", {"post": "yes"})

        assert response.status_code == 403
        assert CommunityResource.objects.count() == 1
