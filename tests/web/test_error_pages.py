"""Refusals and faults: always a page of ours with a way on, never the browser's own error."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from tests import cast as people
from tests.api.test_authorisation import doors
from tests.cast import Cast
from tests.web.page_client import (
    SIGN_IN,
    TODAY,
    browser_of,
    passes_second_factor,
    signs_in,
    text_of,
)
from web.error_pages import _PAGE_OF_FORM

FORMS_ALONE = sorted({
    path for path, methods in doors()
    if path.startswith("review/") and "GET" not in methods and not path.startswith("review/admin/")
})  # fmt: skip
NOBODY = "00000000-0000-7000-8000-000000000000"


def address_of(path: str) -> str:
    return "/" + re.sub(r"<[^>]+>", NOBODY, path)


def links(response: Any) -> list[str]:
    return re.findall(r'<a class="open" href="([^"]+)"', text_of(response))


def test_every_address_that_takes_a_form_alone_names_its_page() -> None:
    assert len(FORMS_ALONE) == len(_PAGE_OF_FORM)


@pytest.mark.parametrize("path", FORMS_ALONE)
def test_an_address_of_a_form_leads_to_the_page_that_it_belongs_to(cast: Cast, path: str) -> None:
    client = browser_of(cast.dr_okafor)

    response = client.get(address_of(path))

    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert "text/html" in response["Content-Type"]
    (page,) = links(response)
    assert address_of(path).startswith(page)
    # The page is there, though of nobody's whom this address names.
    assert client.get(page).status_code in {200, 302, 404}


def test_the_page_of_somebody_treated_is_a_click_away(cast: Cast) -> None:
    client = browser_of(cast.dr_okafor)

    response = client.get(f"/review/patients/{cast.maya.pk}/brief/reviewed/")

    assert client.get(links(response)[0]).status_code == 200


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_get_the_page_too(cast: Cast, method: str) -> None:
    response = getattr(browser_of(cast.dr_okafor), method)("/review/caseload/")

    assert response.status_code == 405
    assert links(response) == ["/review/caseload/"]


def test_a_support_person_gets_it_as_well(cast: Cast) -> None:
    client = Client()
    signs_in(client, "sam")

    response = client.get("/review/account/password/")

    assert (response.status_code, links(response)) == (405, ["/review/account/"])


def test_after_the_sign_in_ended_a_form_leads_back_to_its_page(cast: Cast) -> None:
    client, where = Client(), f"/review/patients/{cast.maya.pk}/brief/"

    for sent in (client.post(f"{where}reviewed/"), client.get(f"{where}reviewed/")):
        assert sent["Location"] == f"{SIGN_IN}?{urlencode({'next': where})}"
    back = signs_in(client, "dr_okafor", next=where)
    passes_second_factor(cast.dr_okafor)

    assert client.get(back["Location"]).status_code == 200


@pytest.mark.parametrize("path", ["/", "/nowhere", "/review/nowhere/", "/review/patients/7/"])
def test_an_address_typed_wrongly_is_a_page(cast: Cast, path: str) -> None:
    response = browser_of(cast.dr_okafor).get(path, headers={"Accept": "text/html"}, follow=True)

    assert response.status_code == (200 if path == "/" else 404)
    assert "<h1>" in text_of(response)


def test_a_program_gets_a_problem_at_an_address_that_leads_nowhere(db: None) -> None:
    for headers in ({}, {"Accept": "application/json"}):
        assert "problem" in Client().get("/nowhere", headers=headers)["Content-Type"]
    browser = Client().get("/api/v1/nowhere", headers={"Accept": "text/html"})
    assert "problem" in browser["Content-Type"]


def test_a_host_that_is_not_ours_gets_a_page(cast: Cast) -> None:
    response = Client(SERVER_NAME="evil.example").get(TODAY)

    assert response.status_code == 400
    assert "What was sent can’t be taken" in text_of(response)
    assert "There is no such page" not in text_of(response)


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (OperationalError("busy"), 503, "The service is busy or being looked after."),
        (RuntimeError("broken"), 500, "It has been noted."),
    ],
)
def test_a_fault_of_ours_is_a_page(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int, words: str
) -> None:
    client = browser_of(cast.dr_okafor)
    client.raise_request_exception = False

    def fails(**_kwargs: Any) -> Any:
        raise fault

    monkeypatch.setattr("web.patients.roster.open_caseload_roster", fails)
    response = client.get(reverse("web:caseload"))

    assert response.status_code == status
    assert words in text_of(response)
    assert links(response) == [TODAY]


def test_a_form_that_is_out_of_date_is_a_page(cast: Cast) -> None:
    people.admitted(cast.maya, on="2026-01-01")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser_of(cast.dr_okafor).cookies

    response = strict.post("/review/plan/", {"kind": "individual"})

    assert response.status_code == 403
    assert "This form is out of date." in text_of(response)
