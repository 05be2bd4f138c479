"""GET supported and supported/{id}: what one consent names, judged at each look (R15, R17, R18)."""

from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from care.access.data_categories import CONSENT_SCOPES
from care.consents.consents import REDISCLOSURE_NOTICE
from care.models import AccessLogEntry, Consent, Disclosure, SupportPerson, User
from tests import cast as people
from tests.api.responses import API, faults, problem
from tests.cast import Cast, signed_in, supports
from tests.journaling.briefs.brief_scenario import wrote

LIST = API + "supported"
PARTS = CONSENT_SCOPES["family_support"]


def one(consent: Consent) -> str:
    return f"{LIST}/{consent.pk}"


def looks(cast: Cast) -> list[dict[str, Any]]:
    found = signed_in(cast.maya).get(API + "access-log").json()["results"]
    return [look for look in found if look["role"] == "supporter"]


def test_the_list_names_who_shares_what_until_when_and_the_notice(cast: Cast) -> None:
    consent = supports(cast.sam, cast.maya, scope=["days_logged"])
    supports(cast.sam, cast.noah, recipient="Coach")

    told = signed_in(cast.sam).get(LIST).json()

    assert [found["name"] for found in told["results"]] == ["Maya", "Noah"]
    assert told["results"][0] == {
        "id": str(consent.pk), "name": "Maya", "scope": ["days_logged"],
        "agreed_at": "2015-01-01T00:00:00Z", "expires_at": None,
        "expires_event": "end_of_treatment",
    }  # fmt: skip
    assert told["notice"] == REDISCLOSURE_NOTICE


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_not_named_is_null(cast: Cast, part: str) -> None:
    wrote(cast.maya, "skill_practice", timezone.now() - timedelta(days=1))
    consent = supports(cast.sam, cast.maya, scope=[part])

    told = signed_in(cast.sam).get(one(consent)).json()

    assert {name for name in PARTS if told[name] is not None} == {part}
    assert told["notice"] == REDISCLOSURE_NOTICE
    assert told["scope"] == [part]


def test_nothing_is_shared_before_a_code_was_used(cast: Cast) -> None:
    consent = people.agrees(cast.maya)

    assert signed_in(cast.sam).get(LIST).json()["results"] == []
    problem(signed_in(cast.sam).get(one(consent)), 404, "not_found")


# --- Judged at this moment -------------------------------------------------------------------


def revoked_by_the_patient(cast: Cast, consent: Consent) -> None:
    response = signed_in(cast.maya).post(f"{API}consents/{consent.pk}/revoke")
    assert response.status_code == 200


def expired(cast: Cast, consent: Consent) -> None:
    Consent.objects.filter(pk=consent.pk).update(expires_at=timezone.now())


def discharged(cast: Cast, consent: Consent) -> None:
    cast.maya.patient.discharged_at = timezone.now()
    cast.maya.patient.save(update_fields=["discharged_at"])


def the_patient_disabled(cast: Cast, consent: Consent) -> None:
    User.objects.filter(pk=cast.maya.pk).update(is_active=False)


@pytest.mark.parametrize("end", [revoked_by_the_patient, expired, discharged, the_patient_disabled])
def test_what_ends_between_the_list_and_the_look_counts(
    cast: Cast, end: Callable[[Cast, Consent], None]
) -> None:
    consent, client = supports(cast.sam, cast.maya), signed_in(cast.sam)
    assert client.get(LIST).json()["results"] != []
    assert client.get(one(consent)).status_code == 200

    end(cast, consent)

    ended = problem(client.get(one(consent)), 404, "not_found")
    assert ended == problem(client.get(f"{LIST}/{uuid4()}"), 404, "not_found")
    assert client.get(LIST).json()["results"] == []


def test_it_holds_until_its_date_and_no_longer(cast: Cast) -> None:
    now = timezone.now()
    consent = supports(
        cast.sam, cast.maya, expires_event=None, expires_at=now + timedelta(minutes=30)
    )
    client = signed_in(cast.sam)
    for minutes, status in ((29, 200), (31, 404)):
        with time_machine.travel(now + timedelta(minutes=minutes), tick=False):
            fresh = signed_in(cast.sam)
            assert fresh.get(one(consent)).status_code == status
    assert client.get(one(consent)).status_code == 200


def test_a_disabled_support_person_is_out_at_once(cast: Cast) -> None:
    consent, client = supports(cast.sam, cast.maya), signed_in(cast.sam)
    User.objects.filter(pk=cast.sam.pk).update(is_active=False)

    problem(client.get(one(consent)), 401, "session_revoked")


def test_one_persons_consent_is_nobody_elses(cast: Cast) -> None:
    consent = supports(cast.sam, cast.maya)
    alma = people.staff(cast.clinic, "alma", "Alma", role=User.Role.SUPPORTER)
    supports(alma, cast.noah)

    problem(signed_in(alma).get(one(consent)), 404, "not_found")
    assert [found["name"] for found in signed_in(alma).get(LIST).json()["results"]] == ["Noah"]


def test_an_account_that_became_another_role_sees_nothing(cast: Cast) -> None:
    consent = supports(cast.sam, cast.maya)
    User.objects.filter(pk=cast.sam.pk).update(role=User.Role.CLINICIAN)
    changed = User.objects.get(pk=cast.sam.pk)

    problem(signed_in(changed).get(one(consent)), 403, "forbidden")
    problem(signed_in(changed).get(f"{API}patients/{cast.maya.pk}/entries"), 404, "not_found")


def test_an_idle_hour_and_a_day_end_the_sign_in(cast: Cast) -> None:
    client, now = signed_in(cast.sam), timezone.now()

    with time_machine.travel(now + timedelta(minutes=4), tick=False):
        assert client.get(API + "me").json()["role"] == "supporter"
    for later in (timedelta(minutes=66), timedelta(hours=25)):
        with time_machine.travel(now + later, tick=False):
            assert client.get(API + "me").status_code == 401


# --- What it leaves behind -------------------------------------------------------------------


def test_each_look_stands_in_the_patients_log_in_plain_words(cast: Cast) -> None:
    consent, client = (
        supports(cast.sam, cast.maya, recipient="Sam, my brother"),
        signed_in(cast.sam),
    )
    client.get(LIST)
    client.get(one(consent))
    client.get(one(consent))

    found = looks(cast)

    assert [(look["who"], look["action"], look["what"]) for look in found] == [
        ("Your support person Sam, my brother", "looked at", "what you share with them"),
        ("Your support person Sam, my brother", "looked at", "what you share with them"),
        ("Your support person Sam, my brother", "looked at", "consent"),
    ]
    assert found[0]["why"] == "You agreed that they may see it, as your support person."


def test_a_name_that_another_patient_gave_them_is_not_told(cast: Cast) -> None:
    consent = supports(cast.sam, cast.maya, recipient="Sam")
    supports(cast.sam, cast.noah, recipient="the ex of my cousin")
    signed_in(cast.sam).get(one(consent))

    assert {look["who"] for look in looks(cast)} == {"Your support person Sam"}


def test_a_look_that_came_too_late_stands_there_as_refused(cast: Cast) -> None:
    consent = supports(cast.sam, cast.maya)
    revoked_by_the_patient(cast, consent)
    signed_in(cast.sam).get(one(consent))

    (look,) = looks(cast)

    assert (look["who"], look["action"]) == ("Your support person Sam", "was refused")
    assert look["why"] == "What you had agreed to with them is over, so they saw nothing."
    assert not Disclosure.objects.exists()


def test_a_guess_is_noted_as_nobodys(cast: Cast) -> None:
    signed_in(cast.sam).get(f"{LIST}/{uuid4()}")

    denial = AccessLogEntry.objects.get(action="denied")
    assert (denial.actor_id, denial.patient_id) == (cast.sam.pk, None)


def test_the_looks_of_a_day_are_accounted_for_as_one_disclosure(cast: Cast) -> None:
    now = timezone.now()
    consent = supports(cast.sam, cast.maya, scope=["days_logged", "session_times"])
    for later in (timedelta(0), timedelta(seconds=1), timedelta(days=1), timedelta(days=1)):
        with time_machine.travel(now + later, tick=False):
            assert signed_in(cast.sam).get(one(consent)).status_code == 200

    told = signed_in(cast.maya).get(API + "disclosures").json()

    assert len(told["results"]) == 2
    assert {(one["to"], one["purpose"], one["what"]) for one in told["results"]} == {
        ("Sam", "family_support", "days logged, session times")
    }
    assert set(Disclosure.objects.values_list("consent_id", flat=True)) == {consent.pk}
    assert AccessLogEntry.objects.filter(data_class="support_view").count() == 4


def test_looking_at_the_list_alone_discloses_nothing(cast: Cast) -> None:
    supports(cast.sam, cast.maya)

    signed_in(cast.sam).get(LIST)

    assert not Disclosure.objects.exists()


def test_the_number_of_statements_stays(cast: Cast) -> None:
    client, consent = signed_in(cast.sam), supports(cast.sam, cast.maya)
    client.get(one(consent))
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
        client.get(one(consent))
    for n in range(5):
        user = people.patient(cast.clinic, f"p{n}", f"P{n}", treated_by=cast.dr_lind)
        supports(cast.sam, user)
        wrote(cast.maya, "skill_practice", timezone.now() - timedelta(hours=n + 1))

    with CaptureQueriesContext(connection) as many:
        assert len(client.get(LIST).json()["results"]) == 6
        assert client.get(one(consent)).json()["skills_practised"][0]["times"] == 5

    assert len(many) == len(few)


# --- Nothing is ever sent to them ------------------------------------------------------------


def test_no_address_of_a_support_person_is_kept(cast: Cast) -> None:
    response = signed_in(cast.sam).patch(
        API + "me", {"email": "sam@example.org"}, headers={"If-Match": '"1"'}
    )

    assert faults(response) == {"email": "not_kept"}
    assert User.objects.get(pk=cast.sam.pk).sealed_email is None


def test_the_parts_are_what_the_answers_say_and_no_more() -> None:
    from api.privacy.support_persons import (
        DaysLoggedOut,
        InvitedSessionOut,
        SupportAppointmentOut,
        SupportSkillOut,
        SupportViewOut,
    )

    fields = _names(SupportViewOut)
    of_consent = {"id", "name", "scope", "agreed_at", "expires_at", "expires_event", "notice"}
    # Where an invitation leads goes with the times of sessions.
    assert fields - of_consent - {"invited"} == set(PARTS)
    assert _names(SupportAppointmentOut) == {"starts_at", "ends_at"}
    assert _names(InvitedSessionOut) == {"starts_at", "ends_at", "place"}
    assert _names(DaysLoggedOut) == {"days_with", "days", "text"}
    assert _names(SupportSkillOut) == {"name", "times"}


def _names(answer: Any) -> set[str]:
    return {field.name for field in fields(answer)}


def test_a_support_person_is_on_no_team_and_in_no_list(cast: Cast) -> None:
    supports(cast.sam, cast.maya)
    shut = ("caseload", "patients/{}/entries", "patients/{}/summary", "entries", "sessions",
            "care-plan", "safety-plan", "safety-events", "access-log", "disclosures")  # fmt: skip
    for address in shut:
        refused = signed_in(cast.sam).get(API + address.format(cast.maya.pk))
        problem(refused, 403, "forbidden")
    team = signed_in(cast.dr_okafor).get(f"{API}patients/{cast.maya.pk}/care-team").content
    assert b"Sam" not in team
    assert SupportPerson.objects.count() == 1
