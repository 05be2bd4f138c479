"""What a caller would rather have: a door that answers one type answers it, whatever was asked."""

import pytest
from django.test import Client
from django.utils import timezone

from tests import cast as people
from tests.api.responses import API
from tests.cast import Cast, signed_in

#: What calendar programs, Prometheus, browsers and picky clients ask for.
ASKED = (
    "text/calendar", "text/plain;version=0.0.4", "application/openmetrics-text", "text/csv",
    "application/fhir+json", "text/html,application/xhtml+xml", "application/xml;q=0.9",
    "application/problem+json", "image/png", "*/*", "nonsense",
)  # fmt: skip


@pytest.mark.parametrize("accept", ASKED)
def test_a_calendar_program_may_ask_for_any_type(cast: Cast, accept: str) -> None:
    people.session(cast.dr_okafor, starts_at=timezone.now(), with_patient=cast.maya)
    address = str(signed_in(cast.maya).post(f"{API}me/calendar").json()["url"])

    response = Client().get(address.removeprefix("http://testserver"), headers={"Accept": accept})

    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"


@pytest.mark.parametrize("accept", ASKED)
@pytest.mark.parametrize(
    ("door", "status", "kind"),
    [
        (f"{API}me", 200, "application/json"),
        (f"{API}skills", 200, "application/json"),
        (f"{API}exports", 200, "application/json"),
        (f"{API}patients/00000000-0000-7000-8000-000000000000", 403, "application/problem+json"),
        ("/metrics", 200, "text/plain; version=0.0.4; charset=utf-8"),
        ("/healthz", 200, "application/json"),
        ("/readyz", 200, "application/json"),
    ],
)
def test_every_door_of_one_type_answers_it(
    cast: Cast, accept: str, door: str, status: int, kind: str
) -> None:
    response = signed_in(cast.maya).get(door, headers={"Accept": accept})

    assert (response.status_code, response["Content-Type"]) == (status, kind)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/vnd.oai.openapi", "application/vnd.oai.openapi; charset=utf-8"),
        ("application/vnd.oai.openapi+json", "application/vnd.oai.openapi+json"),
        ("application/json", "application/json"),
        ("text/calendar", "application/vnd.oai.openapi; charset=utf-8"),
    ],
)
def test_the_schema_is_given_as_it_was_asked_for(db: None, accept: str, kind: str) -> None:
    response = Client().get("/api/schema/", headers={"Accept": accept})

    assert (response.status_code, response["Content-Type"]) == (200, kind)
