"""Prepared statements ask and store exactly what the ORM would."""

from datetime import date, datetime, timedelta
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from backend.kit.db.compiled import MAX_COMPILED_LENGTHS, CompiledQuery, insert_row, upsert_row
from care.accounts.device_sessions import live_session, start_device_session
from care.models import AccessLogEntry, DeviceSession
from journaling.entries.record import record_entries
from journaling.entries.validate import validate_entry
from journaling.models import ClinicTerm, Entry
from tests import cast as people
from tests.cast import Cast, craving, own_chart

DAY = timedelta(days=1)


def test_a_sign_in_is_found_as_the_orm_finds_it(cast: Cast) -> None:
    session = start_device_session(user=cast.maya, device_name="phone", now=timezone.now())

    found = live_session(session_id=session.pk, now=timezone.now())

    assert found is not None
    user, row = found
    whole = DeviceSession.objects.select_related("user__patient").get(pk=session.pk)
    for built, known in ((row, whole), (user, whole.user), (user.patient, whole.user.patient)):
        for field in known._meta.concrete_fields:
            one, other = getattr(built, field.attname), getattr(known, field.attname)
            assert type(one) is type(other), field.attname
            assert (bytes(one) if isinstance(one, memoryview) else one) == (
                bytes(other) if isinstance(other, memoryview) else other
            )


def test_staff_have_no_patient_row_and_nobody_asks_for_it(
    cast: Cast, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    session = start_device_session(user=cast.dr_okafor, device_name="", now=timezone.now())

    with django_assert_num_queries(1):  # type: ignore[operator] # a context manager
        found = live_session(session_id=session.pk, now=timezone.now())
        assert found is not None
        assert not hasattr(found[0], "patient")


def test_other_values_are_asked_the_second_time(cast: Cast) -> None:
    now = timezone.now()
    one = start_device_session(user=cast.maya, device_name="one", now=now)
    two = start_device_session(user=cast.noah, device_name="two", now=now)
    lookup = CompiledQuery(
        lambda *, key, at: DeviceSession.objects.filter(
            pk=key, expires_at__gt=at, revoked_reason=""
        ).values_list("device_name", "user_id"),
        key=DeviceSession._meta.pk,
        at=DeviceSession._meta.get_field("expires_at"),
    )

    assert lookup.first(key=one.pk, at=now) == ("one", cast.maya.pk)
    assert lookup.first(key=two.pk, at=now) == ("two", cast.noah.pk)
    assert lookup.first(key=uuid4(), at=now) is None
    assert lookup.first(key=one.pk, at=now + timedelta(days=400)) is None


def test_every_sort_of_column_is_read_as_the_orm_reads_it(cast: Cast) -> None:
    now = timezone.now()
    card: dict[str, Any] = {
        "kind": "daily",
        "date": (now.date() - timedelta(days=1)).isoformat(),
        "urges": {"use": {"peak": 3}},
        "meals": 2,
    }
    texts = {"note": 'a "quoted" \\ back, {braces} and ünï', "sleep_hours": 7.5}
    same = {"time_zone": cast.maya.time_zone, "unanswered": {"pain": "skipped"}, "discuss": True}
    at = {"id": str(uuid4()), "occurred_at": now.isoformat(), "recorded_at": now.isoformat()}
    drafts = [validate_entry(card | texts | same | at, now=now)]
    drafts += [validate_entry(craving(target='a, "b" \\', triggers=["tired"]), now=now)]
    record_entries(chart=own_chart(cast.maya), drafts=drafts, now=now)
    names = [field.attname for field in Entry._meta.concrete_fields]
    rows = Entry.objects.order_by("seq").values_list(*names)
    lookup = CompiledQuery(
        lambda *, patient, after, day: rows.filter(
            patient_id=patient, seq__gt=after, local_date__gt=day
        ),
        patient=Entry._meta.get_field("patient"),
        after=Entry._meta.get_field("seq"),
        day=Entry._meta.get_field("local_date"),
    )

    for _ in range(2):
        found = lookup.all(patient=cast.maya.pk, after=0, day=now.date() - timedelta(days=400))
        assert [list(map(_plain, row)) for row in found] == [list(map(_plain, row)) for row in rows]
    assert lookup.all(patient=cast.noah.pk, after=0, day=date(2020, 1, 1)) == []
    assert len(lookup.all(patient=cast.maya.pk, after=1, day=date(2020, 1, 1))) == 1


def _plain(value: Any) -> Any:
    return (bytes, bytes(value)) if isinstance(value, memoryview | bytes) else (type(value), value)


@pytest.mark.django_db(transaction=True)
def test_every_thread_may_ask() -> None:
    cast = people.enter()
    session = start_device_session(user=cast.maya, device_name="", now=timezone.now())
    found = []

    def ask() -> None:
        found.append(live_session(session_id=session.pk, now=timezone.now()))
        connection.close()

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer is not None and answer[0].pk for answer in found] == [cast.maya.pk] * 4


def test_a_row_inserted_is_the_row_that_the_orm_saves(cast: Cast) -> None:
    now = timezone.now()
    columns = {
        "patient_id": cast.maya.pk, "kind": "craving", "digest": b"d" * 32, "occurred_at": now,
        "recorded_at": now, "received_at": now, "time_zone": "UTC", "local_date": now.date(),
        "recall": "momentary", "clock_suspect": False, "is_countable": True, "intensity": 5,
        "target": "alcohol", "triggers": ["lonely"], "encrypted_text": b"sealed",
    }  # fmt: skip

    insert_row(Entry, id=uuid4(), seq=1, **columns)
    Entry(id=uuid4(), seq=2, **columns).save(force_insert=True)

    one, two = Entry.objects.order_by("seq").values()
    own = {"row", "id", "seq"}
    assert {k: v for k, v in one.items() if k not in own} == {
        k: v for k, v in two.items() if k not in own
    }


def _of_kinds() -> CompiledQuery:
    return CompiledQuery(
        lambda *, patients, kind, day, since: (
            Entry.objects.filter(
                patient_id__in=patients, kind=kind, local_date__gte=day, occurred_at__gte=since
            )
            .order_by("occurred_at")
            .values_list("id", "occurred_at", "local_date", "triggers", "intensity", "unanswered")
        ),
        patients=Entry._meta.get_field("patient"),
        kind=Entry._meta.get_field("kind"),
        day=Entry._meta.get_field("local_date"),
        since=Entry._meta.get_field("occurred_at"),
    )


def test_all_rows_of_many_patients_are_read_as_the_orm_reads_them(cast: Cast) -> None:
    now = timezone.now()
    for number, patient in enumerate((cast.maya, cast.maya, cast.noah)):
        _craving(patient.pk, at=now - timedelta(hours=number), triggers=["lonely", number])
    lookup = _of_kinds()

    asked = {"kind": "craving", "day": now.date() - timedelta(days=2), "since": now - DAY}
    both = lookup.all(patients=[cast.maya.pk, cast.noah.pk], **asked)
    one = lookup.all(patients=[cast.noah.pk], **asked)

    names = ("id", "occurred_at", "local_date", "triggers", "intensity", "unanswered")
    assert both == list(Entry.objects.order_by("occurred_at").values_list(*names))
    assert one == [row for row in both if row[3] == ["lonely", 2]]
    assert lookup.all(patients=[cast.noah.pk], **asked | {"kind": "mood"}) == []
    assert lookup.all(patients=[cast.noah.pk], **asked | {"since": now + DAY}) == []
    assert lookup.all(patients=[cast.noah.pk], **asked | {"day": now.date() + 2 * DAY}) == []


def test_nobody_is_asked_about_without_a_statement(
    cast: Cast, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    now = timezone.now()

    with django_assert_num_queries(0):  # type: ignore[operator] # a context manager
        assert _of_kinds().all(patients=[], kind="mood", day=now.date(), since=now) == []


def test_more_lengths_than_are_kept_are_compiled_anew(cast: Cast) -> None:
    now = timezone.now()
    _craving(cast.maya.pk, at=now, triggers=[])
    lookup, asked = _of_kinds(), {"kind": "craving", "day": now.date() - DAY, "since": now - DAY}

    found = [
        lookup.all(patients=[cast.maya.pk, *(uuid4() for _ in range(others))], **asked)
        for others in (*range(MAX_COMPILED_LENGTHS + 2), 0)
    ]

    assert [len(rows) for rows in found] == [1] * (MAX_COMPILED_LENGTHS + 3)


def _craving(patient_id: UUID, *, at: datetime, triggers: list[object]) -> None:
    insert_row(
        Entry, id=uuid4(), patient_id=patient_id, kind="craving", digest=b"d" * 32,
        occurred_at=at, recorded_at=at, received_at=at, time_zone="UTC", local_date=at.date(),
        recall="momentary", clock_suspect=False, is_countable=True, intensity=5, target="alcohol",
        triggers=triggers, seq=Entry.objects.count() + 1,
    )  # fmt: skip


def test_an_upsert_inserts_once_and_then_changes_what_it_names(cast: Cast) -> None:
    unique, changed = ("clinic_id", "vocabulary", "name"), ("is_withdrawn",)
    term = {"clinic_id": cast.maya.clinic_id, "vocabulary": "target", "name": "sugar"}
    upsert_row(ClinicTerm, unique, changed, id=uuid4(), is_withdrawn=False, **term)
    first = ClinicTerm.objects.get()

    upsert_row(ClinicTerm, unique, changed, id=uuid4(), is_withdrawn=True, **term)

    again = ClinicTerm.objects.get()
    assert (again.pk, again.is_withdrawn) == (first.pk, True)


def test_what_the_table_refuses_is_refused(cast: Cast) -> None:
    with pytest.raises(IntegrityError):
        insert_row(AccessLogEntry, at=None, actor_role="nobody", action="read", data_class="x")
