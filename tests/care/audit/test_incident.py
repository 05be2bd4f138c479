"""The scope of an incident is exactly what the rules of access would have granted, and the log."""

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from care.access.data_categories import DataCategory
from care.access.rules import readable_rows
from care.accounts.device_sessions import start_device_session
from care.audit import incident
from care.models import (
    AccessLogEntry,
    BreakGlass,
    CareTeamMembership,
    Consent,
    Patient,
    StaffCall,
    SupportPerson,
    User,
)
from tests import cast as people
from tests.cast import Cast, signed_in

pytestmark = pytest.mark.django_db

T0 = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(hours: float) -> datetime:
    return T0 + hours * HOUR


def scope(user: User, first: float = 0, last: float = 24) -> dict[Any, incident.Exposure]:
    found = incident.exposures_of_account(actor_id=user.pk, first=at(first), last=at(last))
    return {exposure.patient_id: exposure for exposure in found}


@dataclass
class World:
    """Random memberships, consents and emergencies of one clinician, in whole hours."""

    dice: random.Random
    clinician: User
    patients: list[User]
    has_revocations: bool

    def fill(self) -> None:
        CareTeamMembership.objects.all().delete()
        Consent.objects.all().delete()
        for user in self.patients:
            Patient.objects.filter(pk=user.pk).update(
                discharged_at=self.dice.choice([None, at(self.dice.randint(-5, 30))])
            )
            self._memberships(user)
            for _ in range(self.dice.randint(0, 2)):
                self._consent(user)
            if self.dice.random() < 0.2:
                opened = at(self.dice.randint(-5, 30))
                BreakGlass.objects.create(
                    patient_id=user.pk, clinician=self.clinician, opened_at=opened,
                    ends_at=opened + HOUR, sealed_reason=b"x",
                )  # fmt: skip

    def _memberships(self, user: User) -> None:
        hour = self.dice.randint(-10, 20)
        for _ in range(self.dice.randint(0, 2)):
            end = hour + self.dice.randint(1, 12)
            CareTeamMembership.objects.create(
                patient_id=user.pk, clinician=self.clinician, role="therapist",
                starts_at=at(hour), ends_at=at(end),
            )  # fmt: skip
            hour = end + self.dice.randint(0, 6)

    def _consent(self, user: User) -> None:
        agreed = self.dice.randint(-10, 25)
        revoked = self.has_revocations and self.dice.random() < 0.4
        revoked_at, expires_at = (at(agreed + self.dice.randint(1, 15)) for _ in range(2))
        Consent.objects.create(
            patient_id=user.pk, purpose="treatment", version="1", agreed_at=at(agreed),
            revoked_at=revoked_at if revoked else None,
            expires_at=self.dice.choice([None, expires_at]),
            expires_event=self.dice.choice([None, "end_of_treatment"]),
        )  # fmt: skip


def held(consent: Consent, now: datetime, discharged_at: datetime | None) -> bool:
    """Read 42 CFR 2.31(a)(7) word by word, at a moment that may be long ago."""
    if consent.agreed_at > now:
        return False
    if consent.revoked_at is not None and consent.revoked_at <= now:
        return False
    if consent.expires_at is not None and consent.expires_at <= now:
        return False
    is_over = discharged_at is not None and discharged_at <= now
    return not (consent.expires_event and is_over)


def truth(user: User, clinician: User, now: datetime) -> bool:
    discharged_at = Patient.objects.get(pk=user.pk).discharged_at
    treats = any(
        row.starts_at <= now and (row.ends_at is None or row.ends_at > now)
        for row in CareTeamMembership.objects.filter(patient_id=user.pk, clinician=clinician)
    )
    agreed = any(
        held(row, now, discharged_at) for row in Consent.objects.filter(patient_id=user.pk)
    )
    broken = BreakGlass.objects.filter(
        patient_id=user.pk, clinician=clinician, opened_at__lte=now, ends_at__gt=now
    )
    return (treats and agreed) or broken.exists()


def crowd(cast: Cast, size: int) -> list[User]:
    return [
        people.patient(cast.clinic, f"p{n}", f"P{n}", treated_by=cast.dr_lind) for n in range(size)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_it_is_what_a_generated_truth_says_at_every_half_hour(cast: Cast, seed: int) -> None:
    users = crowd(cast, 6)
    World(random.Random(seed), cast.dr_okafor, users, has_revocations=True).fill()

    found = scope(cast.dr_okafor, 4, 16)

    seen = 0
    for user in users:
        could = found[user.pk].could if user.pk in found else []
        for half in range(8, 32):
            now = at(half / 2)
            reached = any(
                stretch.start <= now and (stretch.end is None or now < stretch.end)
                for stretch, _ in could
            )
            assert reached == truth(user, cast.dr_okafor, now), (user.username, half)
            seen += reached
    assert seen > 0
    assert all(
        at(4) <= stretch.start < at(16) and stretch.end is not None and stretch.end <= at(16)
        for exposure in found.values()
        for stretch, _ in exposure.could
    )


def test_without_revocations_it_is_what_the_rules_of_access_grant(cast: Cast) -> None:
    users = crowd(cast, 8)
    World(random.Random(11), cast.dr_okafor, users, has_revocations=False).fill()
    BreakGlass.objects.all().delete()
    # Discharge is judged by its being there; at another time of asking it must lie in the past.
    Patient.objects.filter(discharged_at__gt=at(0)).update(discharged_at=None)

    found = scope(cast.dr_okafor, 0, 24)

    for half in range(48):
        now = at(half / 2)
        granted = set(
            CareTeamMembership.objects.filter(readable_rows(cast.dr_okafor, now)).values_list(
                "patient_id", flat=True
            )
        )
        reached = {
            patient_id
            for patient_id, exposure in found.items()
            for stretch, _ in exposure.could
            if stretch.start <= now and (stretch.end is None or now < stretch.end)
        }
        assert reached == granted, half


def test_what_the_log_says_is_counted_by_action_and_class(cast: Cast) -> None:
    for hour, patient, action in ((1, cast.maya, "read"), (2, cast.maya, "read"),
                                  (3, cast.noah, "denied"), (30, cast.maya, "read")):  # fmt: skip
        AccessLogEntry.objects.create(
            at=at(hour), actor_id=cast.dr_okafor.pk, actor_role="clinician",
            patient_id=patient.pk, action=action, data_class="entries", reason="x",
        )  # fmt: skip

    found = scope(cast.dr_okafor)

    assert dict(found[cast.maya.pk].did) == {("read", "entries"): 2}
    assert [why for _, why in found[cast.maya.pk].could] == ["primary_therapist"]
    assert dict(found[cast.noah.pk].did) == {("denied", "entries"): 1}
    assert found[cast.noah.pk].could == []


def test_a_patients_account_reaches_its_own_chart_and_an_administrators_the_clinic(
    cast: Cast,
) -> None:
    assert [(k, v.could[0][1]) for k, v in scope(cast.maya).items()] == [(cast.maya.pk, "own")]
    assert set(scope(cast.ada)) == {cast.maya.pk, cast.noah.pk}


def test_a_support_persons_account_reaches_what_consents_name_from_the_code_to_their_end(
    cast: Cast,
) -> None:
    consent = people.supports(cast.sam, cast.maya, agreed_at=at(-9), expires_at=at(12))
    SupportPerson.objects.filter(consent=consent).update(accepted_at=at(3))
    people.supports(cast.sam, cast.noah, agreed_at=at(-9), revoked_at=at(-1))
    people.agrees(cast.noah)

    found = scope(cast.sam)

    assert set(found) == {cast.maya.pk}
    [(stretch, why)] = found[cast.maya.pk].could
    assert (stretch.start, stretch.end, why) == (at(3), at(12), "family_support")


def test_another_clinics_patients_are_out_of_reach(cast: Cast) -> None:
    elsewhere = type(cast.clinic).objects.create(name="Elsewhere", time_zone="UTC")
    User.objects.filter(pk=cast.maya.pk).update(clinic=elsewhere)

    assert scope(cast.dr_okafor) == {}
    assert set(scope(cast.ada)) == {cast.noah.pk}


def test_a_call_about_a_safety_event_opens_a_day(cast: Cast) -> None:
    StaffCall.objects.create(
        event_id=uuid4(), patient_id=cast.noah.pk, clinician=cast.dr_okafor, part="duty", step=0,
        at_work=True, at=at(2), sent_at=at(2),
    )  # fmt: skip

    [(stretch, why)] = scope(cast.dr_okafor)[cast.noah.pk].could

    assert (stretch.start, stretch.end, why) == (at(2), at(24), "on_duty")


def test_a_sign_in_counts_while_it_lived(cast: Cast) -> None:
    row = start_device_session(
        user=cast.dr_okafor, device_name="laptop", now=at(5), passed_at=at(5)
    )
    type(row).objects.filter(pk=row.pk).update(revoked_at=at(7))

    [exposure] = incident.exposures_of_sign_in(session_id=row.pk, first=at(0), last=at(24))
    before = incident.exposures_of_sign_in(session_id=row.pk, first=at(0), last=at(4))

    assert [(s.start, s.end) for s, _ in exposure.could] == [(at(5), at(7))]
    assert before == []


def test_what_a_sign_in_looked_at_is_told_apart_from_the_others_of_the_same_person(
    cast: Cast,
) -> None:
    one, other = signed_in(cast.dr_okafor), signed_in(cast.dr_okafor)
    for client in (one, other, other):
        assert client.get(f"/api/v1/patients/{cast.maya.pk}/entries").status_code == 200
    rows = AccessLogEntry.objects.filter(patient_id=cast.maya.pk, data_class=DataCategory.ENTRIES)
    session_id, moment = rows.order_by("id").values_list("device_session_id", "at")[0]
    assert session_id is not None

    [exposure] = incident.exposures_of_sign_in(
        session_id=session_id, first=moment - HOUR, last=moment + HOUR
    )

    assert exposure.did["read", "entries"] == 1


def told(*arguments: str) -> list[Any]:
    out = StringIO()
    call_command("audit", "incident", *arguments, stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


NOBODY = ("--account", "00000000-0000-0000-0000-000000000001")
BETWEEN = ("--from", "2026-03-02T06:00:00-06:00", "--until", "2026-03-03T06:00:00-06:00")


def test_the_command_tells_one_line_a_patient_and_stands_in_their_log(cast: Cast) -> None:
    [line] = told("--account", str(cast.dr_okafor.pk), *BETWEEN)

    assert line["patient"] == str(cast.maya.pk)
    assert line["could_see"][0]["why"] == "primary_therapist"
    assert line["did"] == []
    assert AccessLogEntry.objects.get(patient_id=cast.maya.pk).reason == "operator"


@pytest.mark.parametrize(
    ("whose", "between"),
    [
        (NOBODY, BETWEEN),
        (("--sign-in", NOBODY[1]), BETWEEN),
        (NOBODY, ("--from", "2026-03-02T06:00:00Z", "--until", "2026-03-02T06:00:00Z")),
        (NOBODY, ("--from", "2026-03-02T06:00:00", "--until", "2026-03-03T06:00:00")),
    ],
    ids=["nobody", "no-sign-in", "empty-stretch", "no-offset"],
)
def test_what_cannot_be_asked_is_refused_in_words(
    cast: Cast, whose: tuple[str, ...], between: tuple[str, ...]
) -> None:
    with pytest.raises(CommandError):
        told(*whose, *between)

    assert not AccessLogEntry.objects.exists()
