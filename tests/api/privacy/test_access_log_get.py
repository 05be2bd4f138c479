"""GET access-log tells a patient in plain words who looked at what, when and why (R9, R19)."""

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from care.models import AccessLogEntry
from tests.api.responses import API, problem
from tests.cast import Cast, signed_in

DOOR = API + "access-log"


def looks(cast: Cast) -> list[dict[str, Any]]:
    return list(signed_in(cast.maya).get(DOOR).json()["results"])


def test_a_look_stands_there_at_once_in_words(cast: Cast) -> None:
    signed_in(cast.dr_okafor).get(f"{API}patients/{cast.maya.pk}/entries")

    look = next(one for one in looks(cast) if one["who"] == "Dr. Okafor (dr_okafor)")

    assert (look["role"], look["action"], look["what"]) == ("clinician", "looked at", "entries")
    assert look["why"] == "They are your primary therapist."


def test_a_refusal_stands_there_too(cast: Cast) -> None:
    signed_in(cast.dr_lind).get(f"{API}patients/{cast.maya.pk}/entries")

    look = next(one for one in looks(cast) if one["who"] == "Dr. Lind (dr_lind)")

    assert look["action"] == "was refused"
    assert look["why"] == "They are not on your care team, so they saw nothing."


def test_own_looks_are_told_as_own(cast: Cast) -> None:
    signed_in(cast.maya).get(API + "entries")

    look = next(one for one in looks(cast) if one["what"] == "entries")

    assert (look["who"], look["why"]) == ("You", "You did, yourself.")


def test_nothing_of_others_is_in_it(cast: Cast) -> None:
    signed_in(cast.dr_lind).get(f"{API}patients/{cast.noah.pk}/entries")

    assert all("Lind" not in look["who"] for look in looks(cast))


def test_it_comes_in_pages(cast: Cast) -> None:
    now = timezone.now()
    for number in range(7):
        AccessLogEntry.objects.create(
            at=now, actor_id=cast.dr_okafor.pk, actor_role="clinician", patient_id=cast.maya.pk,
            action="read", data_class=f"class_{number}", reason="nurse", request_id="r",
        )  # fmt: skip
    client, found, address = signed_in(cast.maya), [], f"{DOOR}?limit=3"

    for _ in range(3):
        told = client.get(address).json()
        found += [look["what"] for look in told["results"]]
        address = told["next"]

    assert [what for what in found if what.startswith("class")] == [
        f"class {number}" for number in range(6, -1, -1)
    ]


def test_it_is_for_patients(cast: Cast) -> None:
    problem(signed_in(cast.dr_okafor).get(DOOR), 403, "forbidden")
    problem(signed_in(None).get(DOOR), 401, "not_authenticated")


def test_the_number_of_statements_stays(cast: Cast) -> None:
    client = signed_in(cast.maya)
    client.get(DOOR)
    with CaptureQueriesContext(connection) as few:
        client.get(DOOR)
    for _ in range(5):
        signed_in(cast.dr_okafor).get(f"{API}patients/{cast.maya.pk}/entries")

    with CaptureQueriesContext(connection) as many:
        assert len(client.get(DOOR).json()["results"]) > 5

    assert len(many) == len(few) <= 5
