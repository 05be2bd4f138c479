"""Scope and recipient of a consent are asked whenever something of a patient is read (2.31(a))."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from care.access import roster
from care.access.chart import NoSuchChart
from care.access.data_categories import REQUIRED_SCOPE, DataCategory
from care.access.open import check_team, open_chart
from care.access.rules import readable_rows
from care.audit import incident
from care.consents import consents
from care.consents.consents import RecipientReach, record_consent
from care.models import AccessLogEntry, Consent, User
from care.people.enrol import revoke_treatment_consents
from care.programme.care_team import sharing_levels_by_patient
from care.sessions.read import sessions_page
from journaling.safety.escalation import notifiable_patients
from notifications.engine.context import load_patient_contexts
from tests.cast import Cast, joins, own_chart, session

EVERY = ("shared_entries", "safety", "sessions", "reminders")


def agrees_only(
    patient: User, scope: Sequence[str] = EVERY, recipient: str = "my care team"
) -> Consent:
    """Take back what was agreed to and agree to this instead."""
    now = timezone.now()
    revoke_treatment_consents(patient_id=patient.pk, now=now)
    return record_consent(
        chart=own_chart(patient), purpose="treatment", version="2026-01", scope=scope,
        recipient=recipient, signed_name="Maya", expires_at=None, expires_event=None, now=now,
    )  # fmt: skip


def is_open(viewer: User, patient: User, what: DataCategory) -> bool:
    try:
        open_chart(viewer=viewer, patient_id=patient.pk, what=what, now=timezone.now())
    except NoSuchChart:
        return False
    return True


def last_reason() -> str:
    return AccessLogEntry.objects.latest("id").reason


@pytest.mark.parametrize("what", sorted(REQUIRED_SCOPE), ids=str)
def test_a_part_opens_what_it_covers_and_nothing_else(cast: Cast, what: DataCategory) -> None:
    agrees_only(cast.maya, [REQUIRED_SCOPE[what]])
    assert is_open(cast.dr_okafor, cast.maya, what)

    agrees_only(cast.maya, [part for part in EVERY if part != REQUIRED_SCOPE[what]])

    assert not is_open(cast.dr_okafor, cast.maya, what)
    assert last_reason() == "not_in_scope"


@pytest.mark.parametrize("part", EVERY)
def test_who_somebody_is_any_part_covers(cast: Cast, part: str) -> None:
    agrees_only(cast.maya, [part])

    assert is_open(cast.dr_okafor, cast.maya, DataCategory.PROFILE)


@pytest.mark.parametrize(
    "what", [DataCategory.ENTRIES, DataCategory.SAFETY_PLAN, DataCategory.PROFILE]
)
def test_a_consent_for_somebody_else_gives_the_staff_nothing(
    cast: Cast, what: DataCategory
) -> None:
    agrees_only(cast.maya, recipient="Lakeside Hospital")

    assert not is_open(cast.dr_okafor, cast.maya, what)
    assert last_reason() == "other_recipient"
    assert is_open(cast.maya, cast.maya, what)


def test_a_consent_that_names_a_clinician_opens_nothing_to_a_colleague(cast: Cast) -> None:
    joins(cast.maya.pk, cast.dr_lind, role="therapist")
    agrees_only(cast.maya, recipient="Dr Okafor")

    assert is_open(cast.dr_okafor, cast.maya, DataCategory.ENTRIES)
    assert not is_open(cast.dr_lind, cast.maya, DataCategory.ENTRIES)
    assert last_reason() == "other_recipient"


def test_consents_add_up_each_with_its_own_recipient(cast: Cast) -> None:
    joins(cast.maya.pk, cast.dr_lind, role="therapist")
    agrees_only(cast.maya, ["sessions"])
    chart = own_chart(cast.maya)
    for scope, recipient in ((["safety"], "Dr. Lind"), (["shared_entries"], "my sister")):
        record_consent(
            chart=chart, purpose="treatment", version="2026-01", scope=scope, recipient=recipient,
            signed_name="Maya", expires_at=None, expires_event=None, now=timezone.now(),
        )  # fmt: skip

    opened = {
        (viewer.username, what)
        for viewer in (cast.dr_okafor, cast.dr_lind)
        for what in (DataCategory.ENTRIES, DataCategory.SAFETY_PLAN, DataCategory.SESSIONS)
        if is_open(viewer, cast.maya, what)
    }

    assert opened == {
        ("dr_okafor", DataCategory.SESSIONS),
        ("dr_lind", DataCategory.SESSIONS),
        ("dr_lind", DataCategory.SAFETY_PLAN),
    }


@pytest.mark.parametrize(
    ("recipient", "reach"),
    [
        ("my care team", "team"),
        ("My Care Team.", "team"),
        ("The clinic", "team"),
        ("harbor clinic", "team"),
        ("the care team at Harbor Clinic", "team"),
        ("Harbor Clinic's care team", "team"),
        ("Dr. Okafor", "okafor"),
        ("doctor OKAFOR", "okafor"),
        ("Okafor", "okafor"),
        ("Lakeside Clinic", "others"),
        ("the care team at Lakeside", "others"),
        ("my sister", "others"),
        ("Dr. Okafor and my sister", "others"),
        ("Dr. Same", "others"),
        ("…", "others"),
    ],
)
def test_a_recipient_is_read_narrowly(recipient: str, reach: str) -> None:
    okafor, one, other = (UUID(int=number) for number in (1, 2, 3))
    names = [(okafor, "Dr. Okafor"), (one, "Dr. Same"), (other, "dr same")]

    found = consents.resolve_recipient(recipient, clinic="Harbor Clinic", clinicians=names)

    asked = {
        "team": RecipientReach(),
        "okafor": RecipientReach(okafor),
        "others": RecipientReach(is_for_others=True),
    }
    assert found == asked[reach]


@pytest.mark.parametrize(
    "agreed",
    [{"scope": ["sessions"]}, {"recipient": "Lakeside Hospital"}, {"recipient": "Dr. Lind"}],
    ids=["scope", "elsewhere", "colleague"],
)
def test_lists_leave_out_whom_consent_does_not_cover(cast: Cast, agreed: dict[str, Any]) -> None:
    now = timezone.now()
    okafor = cast.dr_okafor
    session(okafor, starts_at=now + timedelta(days=1), with_patient=cast.maya)
    agrees_only(cast.maya, **agreed)

    now = timezone.now()
    readable = Consent.objects.filter(readable_rows(okafor, now))
    assert roster.open_caseload_roster(viewer=okafor, now=now).people == ()
    assert not readable.exists()
    assert sharing_levels_by_patient(viewer=okafor, what=DataCategory.SAFETY_EVENTS, now=now) == {}
    assert notifiable_patients(patients=[cast.maya.pk], now=now) == set()
    held = sessions_page(viewer=okafor, now=now, limit=9)
    assert [getattr(row, "has_brief", None) for row in held] == [False]


def test_a_roster_tells_beside_entries_only_what_is_covered(cast: Cast) -> None:
    agrees_only(cast.maya, ["shared_entries"])

    found = roster.open_caseload_roster(viewer=cast.dr_okafor, now=timezone.now())

    assert found.ids == [cast.maya.pk]
    assert found.ids_with_consent(DataCategory.SAFETY_EVENTS) == []
    assert found.ids_with_consent(DataCategory.SESSIONS) == []
    assert found.people[0].level_of_care is None


@pytest.mark.parametrize(
    ("agreed", "is_reminded"),
    [
        ({}, True),
        ({"scope": ["reminders"]}, True),
        ({"recipient": "Dr. Okafor"}, True),
        ({"scope": ["shared_entries", "safety", "sessions"]}, False),
        ({"recipient": "Lakeside Hospital"}, False),
    ],
)
def test_reminders_ask_as_well(cast: Cast, agreed: dict[str, Any], is_reminded: bool) -> None:
    agrees_only(cast.maya, **agreed)

    found = load_patient_contexts(patients=[cast.maya.pk], now=timezone.now())[cast.maya.pk]

    assert found.has_consent is is_reminded


def test_who_treats_may_plan_and_not_read_when_consent_is_for_others(cast: Cast) -> None:
    agrees_only(cast.maya, recipient="Lakeside Hospital")

    check_team(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.SESSIONS,
        now=timezone.now(),
    )  # fmt: skip


def test_an_incident_reaches_nobody_whose_consent_was_for_others(cast: Cast) -> None:
    now = timezone.now()
    Consent.objects.filter(patient_id=cast.maya.pk).update(is_for_others=True)

    found = incident.exposures_of_account(
        actor_id=cast.dr_okafor.pk, first=now - timedelta(days=1), last=now + timedelta(days=1)
    )

    assert found == []


def test_it_is_still_one_query(cast: Cast) -> None:
    agrees_only(cast.maya)
    is_open(cast.dr_okafor, cast.maya, DataCategory.ENTRIES)

    with CaptureQueriesContext(connection) as caught:
        is_open(cast.dr_okafor, cast.maya, DataCategory.ENTRIES)

    asked = [one["sql"] for one in caught if "care_careteammembership" in one["sql"]]
    assert len(asked) == 1
    assert not any("care_consent" in one["sql"] for one in caught if one["sql"] not in asked)
