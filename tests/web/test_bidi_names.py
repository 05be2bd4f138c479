"""Names and quotes that run from right to left stay in their place on the pages."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from care.models import Group, TreatmentSession, User
from tests import cast as people
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import wrote
from tests.web.page_client import browser_of
from web.templatetags.bidi import bdi, isolate, isolate_quotes

LAYLA, HERS = "ليلى", "במרכז 7"


def raw(response: Any) -> str:
    return str(response.content.decode())


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("craving 7 of 10 for beer.", "craving 7 of 10 for beer."),
        (f"craving 7 of 10 for {LAYLA} 3.", f"craving 7 of 10 for <bdi>{LAYLA}</bdi> 3."),
        ("8 pm: “one 2” (late)", "8 pm: <bdi>“one 2”</bdi> (late)"),
        (f"{LAYLA} {LAYLA}, 3 times", f"<bdi>{LAYLA} {LAYLA}</bdi>, 3 times"),
        (f"({LAYLA}) 7", f"(<bdi>{LAYLA}</bdi>) 7"),
        (f"“a {HERS}” and “b”", f"<bdi>“a {HERS}”</bdi> and <bdi>“b”</bdi>"),
        ("“cut off here …", "<bdi>“cut off here …</bdi>"),
        ("<b>“&”</b>", "&lt;b&gt;<bdi>“&amp;”</bdi>&lt;/b&gt;"),
        ("", ""),
    ],
)
def test_a_sentence_sets_apart_what_is_theirs(sentence: str, expected: str) -> None:
    assert isolate_quotes(sentence) == expected


def test_where_no_element_may_stand_marks_do_it() -> None:
    assert isolate("Maya") == "Maya"
    assert isolate(LAYLA) == f"\u2068{LAYLA}\u2069"
    assert bdi("<Maya>") == "<bdi>&lt;Maya&gt;</bdi>"


@pytest.fixture
def pages(cast: Cast) -> dict[str, str]:
    """Give everybody and everything a name that runs from right to left."""
    now = timezone.now()
    User.objects.filter(pk=cast.maya.pk).update(display_name=LAYLA)
    User.objects.filter(pk=cast.dr_lind.pk).update(display_name=HERS)
    people.joins(cast.maya.pk, cast.dr_lind, role="nurse")
    people.joins(cast.noah.pk, cast.dr_okafor)
    group = people.group(cast.dr_okafor, cast.maya, name=f"{HERS} group")
    session = people.session(
        cast.dr_okafor, starts_at=now + timedelta(minutes=5), with_patient=cast.maya
    )
    people.session(
        cast.dr_okafor, starts_at=now + timedelta(minutes=9), with_group=group, kind="group"
    )
    TreatmentSession.objects.update(place=HERS, title="")
    wrote(cast.maya, "craving", now - timedelta(hours=3), target=LAYLA, note=f"{HERS} (5)")
    patient = f"/review/patients/{cast.maya.pk}/"
    return {
        "today": "/review/", "caseload": "/review/caseload/", "groups": "/review/groups/",
        "group": f"/review/groups/{group.pk}/", "patient": patient, "team": f"{patient}team/",
        "brief": f"/review/sessions/{session.pk}/", "present": f"{patient}brief/",
        "homework": f"{patient}homework/", "level": f"{patient}level/",
        "leave": f"{patient}team/{cast.dr_lind.pk}/leave/", "plan": "/review/plan/",
        "notes": f"{patient}counselling-notes/",
    }  # fmt: skip


def test_no_page_shows_a_name_that_is_not_set_apart(cast: Cast, pages: dict[str, str]) -> None:
    client = browser_of(cast.dr_okafor)

    for name, address in pages.items():
        response = client.get(address)
        page = raw(response)
        assert response.status_code == 200, name
        for word in (LAYLA, HERS):
            for place in range(len(page)):
                if page.startswith(word, place):
                    before = page[:place]
                    is_inside = before.rfind("<bdi") > before.rfind("</bdi>")
                    is_marked = before.rfind("\u2068") > before.rfind("\u2069")
                    assert is_inside or is_marked, (name, page[place - 60 : place + 30])


def test_titles_and_choices_carry_marks(cast: Cast, pages: dict[str, str]) -> None:
    client = browser_of(cast.dr_okafor)

    assert f"<title>\u2068{LAYLA}\u2069 · " in raw(client.get(pages["patient"]))
    plan = raw(client.get(pages["plan"]))
    assert f">\u2068{LAYLA}\u2069</option>" in plan
    assert f">\u2068{HERS} group\u2069</option>" in plan
    assert 'name="place" maxlength="120" dir="auto"' in plan
    assert f">\u2068{HERS}\u2069</option>" in raw(client.get(pages["team"]))


def test_a_support_person_and_an_administrator_see_them_set_apart(cast: Cast) -> None:
    User.objects.filter(pk=cast.maya.pk).update(display_name=LAYLA)
    User.objects.filter(pk=cast.dr_lind.pk).update(display_name=HERS)
    Group.objects.create(clinic=cast.clinic, leader=cast.dr_lind, name=LAYLA)
    people.supports(cast.sam, cast.maya)

    shared = raw(browser_of(cast.sam).get("/review/shared/"))
    admin = browser_of(cast.ada)
    staff = raw(admin.get("/review/admin/care/user/"))
    groups = raw(admin.get("/review/admin/care/group/"))
    choice = raw(admin.get("/review/admin/care/group/add/"))

    assert f"<h1><bdi>{LAYLA}</bdi></h1>" in shared
    assert f"<bdi>{HERS}</bdi>" in staff
    assert f"<bdi>{LAYLA}</bdi>" in groups
    assert f"<bdi>{HERS}</bdi>" in groups
    assert f">\u2068{HERS}\u2069</option>" in choice


def test_leaders_of_one_name_are_told_apart_where_one_is_chosen(cast: Cast) -> None:
    people.staff(cast.clinic, "b_lind", "Dr. Lind")

    page = raw(browser_of(cast.ada).get("/review/admin/care/group/add/"))

    assert ">Dr. Lind (dr_lind)</option>" in page
    assert ">Dr. Lind (b_lind)</option>" in page
    assert ">Dr. Okafor</option>" in page


def test_nobody_signed_in_sees_a_form_token(db: None) -> None:
    assert "form_token" not in raw(Client().get("/review/sign-in/"))
