"""Alerts can't be switched on before there are hours, a rota, a backup, addresses and a way out."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction

from backend.kit.errors import InvalidInput
from care.models import ClinicSafety, StaffContact
from care.oncall.chart import is_on_call
from care.oncall.safety_settings import (
    clinic_resources,
    settings_of_clinic,
    settings_of_patient,
    staff_addresses,
)
from journaling.safety.escalation import (
    CALL_MAILS,
    events_called_of,
    events_with_calls,
    record_calls,
)
from tests.cast import Cast, patient, staff
from tests.on_call_clinic import CLOSED, EMAILS, HOUR, HOURS, OPEN, ROTA, reyes, set_up


def faults_of(cast: Cast, **changes: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refused:
        set_up(cast, **changes)
    assert ClinicSafety.objects.count() == 0
    assert StaffContact.objects.count() == 0
    return {error.field: error.code for error in refused.value.errors}


def test_all_of_it_together_switches_alerts_on(cast: Cast) -> None:
    row = set_up(cast)

    staffing = settings_of_patient(patient_id=cast.maya.pk).staffing
    assert row.alerts_on
    assert staffing.alerts_on
    assert staffing.on_duty(OPEN) == [cast.dr_okafor.pk]
    assert staffing.backups(OPEN) == [reyes().pk]
    assert staffing.escalate == timedelta(minutes=15)
    assert staffing.repeat == timedelta(minutes=5)
    assert settings_of_clinic(clinic_id=cast.clinic.pk) == settings_of_patient(
        patient_id=cast.maya.pk
    )


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"hours": None}, "hours", "required"),
        ({"hours": []}, "hours", "required"),
        ({"rota": None}, "rota", "required"),
        ({"rota": []}, "rota", "required"),
        ({"backup": None}, "backup", "required"),
        ({"emails": None}, "emails", "required"),
        ({"emails": {"dr_okafor": "okafor@clinic.example.org"}}, "emails", "required"),
        ({"rota": ROTA[:1]}, "rota", "uncovered"),
        ({"has_way_out": False}, "alerts_on", "no_way_out"),
    ],
)
def test_what_is_missing_keeps_alerts_off(
    cast: Cast, changes: dict[str, Any], field: str, code: str
) -> None:
    assert faults_of(cast, **changes)[field] == code


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"backup": "nobody"}, "backup", "not_staff"),
        ({"backup": "maya"}, "backup", "not_staff"),
        ({"backup": "ada"}, "backup", "not_staff"),
        ({"rota": [ROTA[0] | {"duty": "maya"}]}, "rota.0", "not_staff"),
        ({"rota": [ROTA[0] | {"backup": "maya"}]}, "rota.0", "not_staff"),
        ({"rota": [ROTA[0] | {"duty": "dr_reyes"}]}, "rota.0", "own_backup"),
        ({"rota": [ROTA[0] | {"backup": "dr_okafor"}]}, "rota.0", "own_backup"),
        ({"rota": [ROTA[0] | {"days": ["someday"]}]}, "rota.0", "not_hours"),
        ({"rota": ["always"]}, "rota.0", "not_hours"),
        ({"hours": [HOURS[0] | {"opens": "8"}]}, "hours.0", "not_hours"),
        ({"hours": [HOURS[0] | {"opens": "17:00"}]}, "hours.0", "not_hours"),
        ({"hours": [HOURS[0] | {"closes": "25:00"}]}, "hours.0", "not_hours"),
        ({"hours": [HOURS[0] | {"days": "mon"}]}, "hours.0", "not_hours"),
        ({"emails": EMAILS | {"dr_lind": "not an address"}}, "emails.dr_lind", "not_an_address"),
        ({"emails": EMAILS | {"maya": "m@example.org"}}, "emails.maya", "not_staff"),
        ({"escalate_minutes": 0}, "escalate_minutes", "out_of_range"),
        ({"escalate_minutes": 61}, "escalate_minutes", "out_of_range"),
        ({"escalate_minutes": True}, "escalate_minutes", "out_of_range"),
        ({"repeat_minutes": "5"}, "repeat_minutes", "out_of_range"),
        ({"repeat_minutes": 31}, "repeat_minutes", "out_of_range"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_set(
    cast: Cast, changes: dict[str, Any], field: str, code: str
) -> None:
    assert faults_of(cast, **changes)[field] == code


@pytest.mark.parametrize("missing", ["hours", "rota", "backup_id"])
@pytest.mark.parametrize("how", ["null", "empty"])
def test_the_table_itself_takes_no_alerts_without_them(cast: Cast, missing: str, how: str) -> None:
    set_up(cast)
    value: list[Any] | None = [] if how == "empty" and missing != "backup_id" else None

    with pytest.raises(IntegrityError), transaction.atomic():
        ClinicSafety.objects.update(**{missing: value})

    assert ClinicSafety.objects.get().alerts_on


def test_the_table_takes_no_alerts_on_a_bare_row(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ClinicSafety.objects.create(clinic=cast.clinic, alerts_on=True, set_at=OPEN)

    assert ClinicSafety.objects.count() == 0


@pytest.mark.parametrize("column", ["escalate_minutes", "repeat_minutes"])
def test_the_table_keeps_minutes_in_bounds(cast: Cast, column: str) -> None:
    set_up(cast)

    with pytest.raises(IntegrityError), transaction.atomic():
        ClinicSafety.objects.update(**{column: 600})


def test_alerts_off_need_nothing(cast: Cast) -> None:
    row = set_up(cast, alerts_on=None, hours=None, rota=None, backup=None, emails=None)

    assert not row.alerts_on
    assert not settings_of_patient(patient_id=cast.maya.pk).staffing.alerts_on


def test_setting_it_again_replaces_all_of_it(cast: Cast) -> None:
    set_up(cast)
    set_up(cast, alerts_on=None, emails={"dr_lind": "lind@clinic.example.org"})

    assert not ClinicSafety.objects.get().alerts_on
    assert list(StaffContact.objects.values_list("email", flat=True)) == ["lind@clinic.example.org"]


def test_a_clinic_that_set_nothing_calls_nobody(cast: Cast) -> None:
    staffing = settings_of_patient(patient_id=cast.maya.pk).staffing

    assert not staffing.alerts_on
    assert staffing.on_duty(OPEN) == []


def test_without_a_way_out_alerts_are_off_whatever_the_clinic_set(
    cast: Cast, settings: LazySettings
) -> None:
    set_up(cast)
    settings.STAFF_MAIL = False

    assert not settings_of_patient(patient_id=cast.maya.pk).staffing.alerts_on


def test_only_who_works_here_and_has_an_address_is_reachable(cast: Cast) -> None:
    set_up(cast)
    stone = staff(cast.clinic, "dr_stone", "Dr. Stone")
    everybody = [cast.dr_okafor.pk, cast.dr_lind.pk, stone.pk, uuid4()]
    cast.dr_lind.is_active = False
    cast.dr_lind.save(update_fields=["is_active"])

    assert staff_addresses(staff=everybody) == {cast.dr_okafor.pk: "dr_okafor@clinic.example.org"}


def test_a_call_waits_until_one_worker_takes_it(cast: Cast) -> None:
    event = uuid4()
    record_calls(
        event_id=event, patient_id=cast.maya.pk, step=0,
        parts={cast.dr_okafor.pk: "duty", cast.dr_lind.pk: "backup"},
        at_work={cast.dr_okafor.pk}, now=OPEN,
    )  # fmt: skip

    leases = [CALL_MAILS.claim_next(now=OPEN) for _ in range(3)]

    taken = [lease.row.clinician_id for lease in leases if lease is not None]
    assert sorted(taken) == sorted([cast.dr_okafor.pk, cast.dr_lind.pk])
    assert events_with_calls(event_ids=[event]) == {event: True}


def test_one_step_calls_nobody_twice(cast: Cast) -> None:
    one = {"event_id": uuid4(), "patient_id": cast.maya.pk, "step": 0, "at_work": ()}
    record_calls(**one, parts={cast.dr_okafor.pk: "duty"}, now=OPEN)  # type: ignore[arg-type] # as typed

    with pytest.raises(IntegrityError), transaction.atomic():
        record_calls(**one, parts={cast.dr_okafor.pk: "backup"}, now=OPEN)  # type: ignore[arg-type] # as typed


def test_a_call_entitles_for_a_day(cast: Cast) -> None:
    event = uuid4()
    record_calls(event_id=event, patient_id=cast.maya.pk, step=0, at_work=(), now=OPEN,
              parts={cast.dr_lind.pk: "duty"})  # fmt: skip

    def told(now: Any) -> tuple[bool, bool]:
        found = events_called_of(clinician_id=cast.dr_lind.pk, now=now)
        return event in found, is_on_call(viewer=cast.dr_lind, patient_id=cast.maya.pk, now=now)

    assert told(OPEN) == (True, True)
    assert told(OPEN + 23 * HOUR) == (True, True)
    assert told(OPEN + 24 * HOUR) == (False, False)
    assert not is_on_call(viewer=cast.dr_lind, patient_id=cast.noah.pk, now=OPEN)


@pytest.mark.parametrize(
    ("who", "at", "expected"),
    [
        ("dr_okafor", OPEN, True),
        ("dr_reyes", OPEN, True),
        ("dr_lind", OPEN, False),
        ("dr_okafor", CLOSED, False),
        ("dr_reyes", CLOSED, False),
    ],
)
def test_duty_and_backup_are_on_call_while_they_are_at_work(
    cast: Cast, who: str, at: Any, expected: bool
) -> None:
    set_up(cast)
    viewer = {"dr_okafor": cast.dr_okafor, "dr_lind": cast.dr_lind, "dr_reyes": reyes()}[who]

    assert is_on_call(viewer=viewer, patient_id=cast.noah.pk, now=at) is expected


def test_nobody_is_on_call_where_alerts_are_off(cast: Cast) -> None:
    set_up(cast, alerts_on=None)

    assert not is_on_call(viewer=cast.dr_okafor, patient_id=cast.noah.pk, now=OPEN)


def test_a_clinics_own_lines_are_its_own(cast: Cast) -> None:
    line = {"name": "Harbor Clinic"}
    set_up(cast, resources=[line])
    assert clinic_resources() == [line]
    assert clinic_resources(clinic_id=cast.clinic.pk) == [line]
    assert clinic_resources(clinic_id=uuid4()) == []

    other = type(cast.clinic).objects.create(name="Hill Clinic", time_zone="UTC")
    ClinicSafety.objects.create(clinic=other, resources=[{"name": "Hill"}], set_at=OPEN)
    # With two clinics here, nobody is told the lines of one without asking.
    assert clinic_resources() == []
    assert clinic_resources(clinic_id=other.pk) == [{"name": "Hill"}]


def test_each_patient_has_the_setting_of_their_clinic(cast: Cast) -> None:
    set_up(cast)
    other = type(cast.clinic).objects.create(name="Hill Clinic", time_zone="UTC")
    doctor = staff(other, "dr_hill", "Dr. Hill")
    iris = patient(other, "iris", "Iris", treated_by=doctor)

    assert settings_of_patient(patient_id=cast.noah.pk).staffing.alerts_on
    assert not settings_of_patient(patient_id=iris.pk).staffing.alerts_on
