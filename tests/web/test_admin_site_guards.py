"""What guards the administrator's site: fresh proofs, narrow lists, and others who look at it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from care.accounts.staff import remove_staff_second_factor
from care.models import (
    AdministrativeAct,
    Clinic,
    DeviceSession,
    Group,
    StaffInvitation,
    User,
)
from tests import cast as people
from tests.cast import PASSWORD, Cast
from tests.web.page_client import browser_of, text_of

HERE = "/review/admin/"
STAFF, CLINIC, GROUPS = (f"{HERE}care/{name}/" for name in ("user", "clinic", "group"))


@pytest.fixture
def full(cast: Cast) -> Cast:
    """Let there be a group to hand over."""
    people.group(cast.dr_okafor, cast.maya)
    return cast


# --- What is grave asks for the secrets once more, at a browser that was left signed in. ---


def stale(cast: Cast) -> Client:
    client = browser_of(cast.ada)
    DeviceSession.objects.update(reauthenticated_at=timezone.now() - timedelta(minutes=11))
    return client


def tries(cast: Cast, client: Client) -> dict[str, Any]:
    lind = f"{STAFF}{cast.dr_lind.pk}/change/"
    group = Group.objects.get()
    chosen = {"_selected_action": str(cast.dr_lind.pk)}
    sato = {"username": "dr_sato", "display_name": "Dr. Sato", "role": "clinician"}
    named = {"name": "x", "leader": str(cast.dr_lind.pk)}
    return {
        "invite": client.post(f"{STAFF}add/", sato),
        "shut out": client.post(lind, {"display_name": "Dr. Lind"}),
        "code": client.post(STAFF, {"action": "make_code", **chosen}),
        "factor": client.post(STAFF, {"action": "forget_factor", **chosen}),
        "hand over": client.post(f"{GROUPS}{group.pk}/change/", named),
        "open": client.post(f"{GROUPS}add/", named),
        "clinic": client.post(
            f"{CLINIC}{cast.clinic.pk}/change/", {"name": "x", "time_zone": "UTC"}
        ),
    }


def test_without_it_nothing_is_changed(full: Cast) -> None:
    client = stale(full)

    answers = tries(full, client)

    for name, response in answers.items():
        assert response.status_code == 302, name
        assert response["Location"].startswith("/review/account/prove/?next="), name
    full.dr_lind.refresh_from_db()
    assert full.dr_lind.is_active
    assert Clinic.objects.get().name == "Harbor Clinic"
    assert Group.objects.get().leader_id == full.dr_okafor.pk
    assert not StaffInvitation.objects.exists()
    assert not AdministrativeAct.objects.exists()
    assert User.objects.count() == 6


def test_it_is_asked_for_before_a_form_and_leads_back_to_it(full: Cast) -> None:
    client, form = stale(full), f"{STAFF}{full.dr_lind.pk}/change/"

    asked = client.get(form)
    proved = client.post(asked["Location"], {"password": PASSWORD, "next": form})

    assert proved["Location"] == form
    assert client.get(form).status_code == 200


def test_lists_and_the_way_out_need_none(full: Cast) -> None:
    client = stale(full)

    assert client.get(STAFF).status_code == client.get(HERE).status_code == 200
    assert "prove" not in client.post(f"{HERE}logout/")["Location"]


@pytest.mark.parametrize("to", ["https://example.org/", "//example.org", "/review/x/"])
def test_it_leads_nowhere_else(full: Cast, to: str) -> None:
    client = stale(full)

    response = client.post("/review/account/prove/", {"password": PASSWORD, "next": to})

    assert response["Location"] == "/review/account/"


# --- Django takes look-ups of any column from the address; these lists don't. ---


@pytest.mark.parametrize(
    "query",
    [
        "password__startswith=a", "password__regex=^argon2", "password=x", "password__gt=a",
        "sealed_email__isnull=False", "username__regex=(a%2B)%2B$", "username=ada",
        "is_active__in=1", "is_active__gt=0", "clinic__name__startswith=H", "clinic__id=x",
        "role__exact=admin", "role__in=patient", "pk=1", "id__startswith=0",
        "device_sessions__id__startswith=0", "display_name__contains=a", "nothing=1",
        "last_login__isnull=True", "rev__gt=0", "care_teams__patient__isnull=False",
    ],
)  # fmt: skip
def test_a_look_up_of_staff_is_refused(full: Cast, query: str) -> None:
    assert browser_of(full.ada).get(f"{STAFF}?{query}").status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "leader__password__startswith=a",
        "leader=x",
        "name__regex=a",
        "name=x",
        "leader__username=ada",
        "memberships__patient__isnull=False",
        "clinic=x",
    ],
)
@pytest.mark.parametrize("there", [CLINIC, GROUPS, f"{HERE}care/clinicsafety/"])
def test_a_look_up_of_anything_else_is_refused(full: Cast, there: str, query: str) -> None:
    assert browser_of(full.ada).get(f"{there}?{query}").status_code == 400


@pytest.mark.parametrize(
    ("query", "seen", "unseen"),
    [
        ("role=admin", "dr_none", "dr_lind"),
        ("is_active__exact=1", "dr_lind", "dr_gone"),
        ("is_active__exact=0", "dr_gone", "dr_lind"),
        ("q=lind", "dr_lind", "dr_gone"),
        ("o=2.-1&role=clinician&is_active__exact=1", "dr_lind", "dr_gone"),
    ],
)
def test_its_own_filters_and_search_go_on(full: Cast, query: str, seen: str, unseen: str) -> None:
    gone = people.staff(full.clinic, "dr_gone", "Dr. Gone")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    people.staff(full.clinic, "dr_none", "Dr. None", role=User.Role.ADMIN)

    page = browser_of(full.ada).get(f"{STAFF}?{query}")

    assert page.status_code == 200
    assert seen in text_of(page)
    assert unseen not in text_of(page)


@pytest.mark.parametrize(
    "query",
    ["o=99", "o=password", "o=-0.password", "o=1.2.3.4.5.6.7.8.9", "p=99", "p=x", "all=",
     "is_active__exact=x", "_facets=1", "role=x", "e=1", "q=" + "a+" * 1500, "q=%00",
     "q=(a%2B)%2B%24", "q=%25"],
)  # fmt: skip
def test_odd_addresses_tell_nothing_and_break_nothing(full: Cast, query: str) -> None:
    response = browser_of(full.ada).get(f"{STAFF}?{query}")

    assert response.status_code in {200, 302}
    assert "argon2" not in text_of(response)


def test_rows_are_named_by_their_id_alone(full: Cast) -> None:
    client = browser_of(full.ada)

    for field in ("password", "username", "sealed_email"):
        for address in (
            f"{STAFF}add/?_to_field={field}&_popup=1",
            f"{STAFF}?_to_field={field}",
        ):
            assert client.get(address).status_code == 400, address


def test_nothing_completes_itself(full: Cast) -> None:
    asked = "autocomplete/?app_label=care&model_name=group&field_name=leader&term=a"

    assert browser_of(full.ada).get(f"{HERE}{asked}").status_code == 404


# --- What an administrator did, for another one and for whom it concerns. ---

PAGE, ACCOUNT = "/review/emergencies/", "/review/account/"


def act(cast: Cast) -> AdministrativeAct:
    remove_staff_second_factor(admin=cast.ada, user_id=cast.dr_lind.pk, now=timezone.now())
    return AdministrativeAct.objects.get()


def test_another_administrator_reads_it_and_looks_at_it(cast: Cast) -> None:
    door = f"{PAGE}acts/{act(cast).pk}/reviewed/"
    bea = browser_of(people.staff(cast.clinic, "bea", "Bea", role=User.Role.ADMIN))
    ada = browser_of(cast.ada)
    said = "Ada (ada) took away the second factor of Dr. Lind (dr_lind)"

    assert "1 act of administration waits for your review." in text_of(bea.get(HERE))
    assert said in text_of(bea.get(PAGE))
    assert "Another administrator looks at this one." in text_of(ada.get(PAGE))
    assert ada.post(door).status_code == 404
    assert bea.post(door).status_code == 302
    assert said not in text_of(bea.get(PAGE))


def test_whom_it_concerns_sees_it_on_their_own_page(cast: Cast) -> None:
    act(cast)

    theirs = text_of(browser_of(cast.dr_lind).get(ACCOUNT))
    others = text_of(browser_of(cast.dr_okafor).get(ACCOUNT))

    assert "Ada (ada) took away the second factor of Dr. Lind (dr_lind)" in theirs
    assert "took away" not in others


def test_the_site_refuses_the_other_half(cast: Cast) -> None:
    act(cast)
    client = browser_of(cast.ada)

    response = client.post(
        STAFF, {"action": "make_code", "_selected_action": str(cast.dr_lind.pk)}, follow=True
    )

    assert "Another administrator, or whoever runs the system" in text_of(response)
    assert not StaffInvitation.objects.exists()


def test_a_colleagues_name_is_refused_beside_the_field(cast: Cast) -> None:
    for name in ("Dr. Okafor", "You", "Dr. \u202eonaV"):
        response = browser_of(cast.ada).post(
            f"{STAFF}{cast.dr_lind.pk}/change/", {"display_name": name, "is_active": "on"}
        )
        assert (response.status_code, "errorlist" in text_of(response)) == (200, True)
    cast.dr_lind.refresh_from_db()
    assert cast.dr_lind.display_name == "Dr. Lind"
