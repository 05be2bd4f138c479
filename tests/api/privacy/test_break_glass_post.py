"""POST patients/{id}/break-glass opens one chart in an emergency, for an hour, before all (R20)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from care.models import BreakGlass, DeviceSession
from journaling.entries.record import record_entry
from tests import cast as people
from tests.api.responses import API, faults, problem
from tests.cast import Cast, craving, signed_in

WHY = "brought to the emergency room, asleep"


def door(cast: Cast) -> str:
    return f"{API}patients/{cast.maya.pk}/break-glass"


def chart(cast: Cast) -> str:
    return f"{API}patients/{cast.maya.pk}/entries"


def opens(cast: Cast, **body: Any) -> Any:
    return signed_in(cast.dr_lind).post(door(cast), {"reason": WHY} | body)


def test_it_opens_the_chart_for_an_hour_at_most(cast: Cast) -> None:
    problem(signed_in(cast.dr_lind).get(chart(cast)), 404, "not_found")

    response = opens(cast)

    assert response.status_code == 201
    assert signed_in(cast.dr_lind).get(chart(cast)).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=61), tick=False):
        problem(signed_in(cast.dr_lind).get(chart(cast)), 404, "not_found")


def test_it_shows_what_the_care_team_sees_and_no_more(cast: Cast) -> None:
    now = timezone.now()
    for share, note in (("care_team", "shared words"), ("private", "private words"),
                        ("individual_therapist_only", "words for one")):  # fmt: skip
        record_entry(
            chart=people.own_chart(cast.maya), sent=craving(share=share, note=note), now=now
        )
    opens(cast)

    told = signed_in(cast.dr_lind).get(chart(cast)).content.decode()

    assert "shared words" in told
    assert "private words" not in told
    assert "words for one" not in told


def test_it_opens_one_chart_for_one_clinician_to_read(cast: Cast) -> None:
    opens(cast)
    colleague = people.staff(cast.clinic, "dr_reyes", "Dr. Reyes")

    problem(signed_in(colleague).get(chart(cast)), 404, "not_found")
    problem(
        signed_in(cast.dr_okafor).get(f"{API}patients/{cast.noah.pk}/entries"), 404, "not_found"
    )
    assignment = {"skill": "ride-the-urge", "per_week": 3}
    refused = signed_in(cast.dr_lind).post(f"{API}patients/{cast.maya.pk}/assignments", assignment)
    problem(refused, 404, "not_found")


def test_the_patient_reads_it_in_their_log_at_once(cast: Cast) -> None:
    opens(cast)
    signed_in(cast.dr_lind).get(chart(cast))

    found = signed_in(cast.maya).get(API + "access-log").json()["results"]

    theirs = [look for look in found if look["who"] == "Dr. Lind (dr_lind)"]
    assert {look["what"] for look in theirs} == {"break glass", "entries"}
    assert all("emergency" in look["why"] for look in theirs)


def test_the_privacy_officer_is_told_until_they_looked(cast: Cast) -> None:
    opens(cast)
    officer = signed_in(cast.ada)

    [found] = officer.get(API + "emergencies").json()["results"]
    reviewed = officer.post(f"{API}emergencies/{found['id']}/reviewed")

    assert (found["clinician"], found["reason"]) == ("Dr. Lind (dr_lind)", WHY)
    assert reviewed.status_code == 204
    assert officer.get(API + "emergencies").json()["results"] == []
    problem(officer.post(f"{API}emergencies/{found['id']}/reviewed"), 404, "not_found")


def test_the_reason_is_kept_encrypted(cast: Cast) -> None:
    opens(cast)

    assert WHY.encode() not in bytes(BreakGlass.objects.get().sealed_reason)


@pytest.mark.parametrize("reason", ["", "urgent", "x" * 501])
def test_a_reason_must_say_something(cast: Cast, reason: str) -> None:
    assert set(faults(opens(cast, reason=reason))) == {"reason"}
    assert not BreakGlass.objects.exists()


def test_it_needs_a_fresh_proof(cast: Cast) -> None:
    client = signed_in(cast.dr_lind)
    DeviceSession.objects.update(reauthenticated_at=timezone.now() - timedelta(minutes=11))

    problem(client.post(door(cast), {"reason": WHY}), 403, "step_up_required")
    assert not BreakGlass.objects.exists()


def test_again_within_the_hour_changes_nothing(cast: Cast) -> None:
    first = opens(cast).json()

    assert opens(cast).json() == first
    assert BreakGlass.objects.count() == 1


def test_patients_and_administrators_cannot(cast: Cast) -> None:
    for who in (cast.noah, cast.ada):
        problem(signed_in(who).post(door(cast), {"reason": WHY}), 403, "forbidden")
