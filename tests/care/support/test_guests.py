"""Who is invited to a family session, and what they are shown of it; alike on each database."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from backend.kit.db import rls_actor
from backend.kit.errors import InvalidInput
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import AccessLogEntry, Consent, SessionGuest, SupportPerson, TreatmentSession, User
from care.sessions.move_requests import SessionUnderWay
from care.support import guests
from tests import cast as people
from tests.api.responses import API, faults, problem
from tests.care.access.test_row_policies import as_person
from tests.cast import Cast, own_chart, signed_in, supports
from tests.journaling.exports.export_runner import as_json, made

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(cast: Cast) -> TreatmentSession:
    """Plan a family session of maya's in twenty days, further than times are shown."""
    starts_at = timezone.now() + timedelta(days=20)
    row = people.session(cast.dr_okafor, starts_at=starts_at, with_patient=cast.maya, kind="family")
    row.title, row.place = "canary-title", "Pier room"
    row.save(update_fields=["title", "place"])
    return row


@pytest.fixture
def consent(cast: Cast) -> Consent:
    return supports(cast.sam, cast.maya, recipient="Sam", scope=["session_times"])


def address(session: TreatmentSession, consent: Consent | None = None) -> str:
    end = f"/{consent.pk}" if consent else ""
    return f"{API}sessions/{session.pk}/invited{end}"


def puts(cast: Cast, session: TreatmentSession, *consents: Consent) -> Any:
    body = {"support_persons": [str(one.pk) for one in consents]}
    return signed_in(cast.dr_okafor).put(address(session), body)


def names_seen_by_maya(cast: Cast) -> list[str]:
    (row,) = signed_in(cast.maya).get(API + "sessions").json()["results"]
    return [one["name"] for one in row.get("invited", [])]


def shown_to_sam(cast: Cast, consent: Consent) -> Any:
    return signed_in(cast.sam).get(f"{API}supported/{consent.pk}").json().get("invited")


def test_a_guest_is_shown_when_and_where_and_nothing_else(
    cast: Cast, session: TreatmentSession, consent: Consent
) -> None:
    assert shown_to_sam(cast, consent) == []
    answer = puts(cast, session, consent)

    assert answer.status_code == 200
    (guest,) = answer.json()["results"]
    assert (guest["id"], guest["name"]) == (str(consent.pk), "Sam")
    assert answer.json() == signed_in(cast.dr_okafor).get(address(session)).json()
    assert names_seen_by_maya(cast) == ["Sam"]
    (shown,) = shown_to_sam(cast, consent)
    assert set(shown) == {"starts_at", "ends_at", "place"}
    assert shown["place"] == "Pier room"
    # Times reach fourteen days ahead, an invitation as far as its session.
    assert signed_in(cast.sam).get(f"{API}supported/{consent.pk}").json()["session_times"] == []


def test_only_who_is_invited_is_shown_where_it_is(
    cast: Cast, session: TreatmentSession, consent: Consent
) -> None:
    alma = people.staff(cast.clinic, "alma", "Alma", role=User.Role.SUPPORTER)
    other = supports(alma, cast.maya, recipient="Alma")
    noahs = supports(cast.sam, cast.noah, recipient="Coach")
    puts(cast, session, consent)

    assert signed_in(alma).get(f"{API}supported/{other.pk}").json()["invited"] == []
    assert shown_to_sam(cast, noahs) == []
    assert len(shown_to_sam(cast, consent)) == 1


def test_the_same_again_changes_nothing_and_others_go(
    cast: Cast, session: TreatmentSession, consent: Consent
) -> None:
    alma = people.staff(cast.clinic, "alma", "Alma", role=User.Role.SUPPORTER)
    other = supports(alma, cast.maya, recipient="Alma")
    first = puts(cast, session, consent, consent).json()
    written = AccessLogEntry.objects.filter(action="write", data_class="sessions").count()

    assert puts(cast, session, consent).json() == first
    assert AccessLogEntry.objects.filter(action="write", data_class="sessions").count() == written
    assert [one["name"] for one in puts(cast, session, other).json()["others"]] == ["Sam"]
    assert shown_to_sam(cast, consent) == []
    assert names_seen_by_maya(cast) == ["Alma"]
    assert puts(cast, session, consent, other).status_code == 200
    assert names_seen_by_maya(cast) == ["Alma", "Sam"]
    assert SessionGuest.objects.count() == 2


def taken_back(cast: Cast, consent: Consent) -> None:
    response = signed_in(cast.maya).post(f"{API}consents/{consent.pk}/revoke")
    assert response.status_code == 200


def expired(cast: Cast, consent: Consent) -> None:
    Consent.objects.filter(pk=consent.pk).update(expires_at=timezone.now())


def discharged(cast: Cast, consent: Consent) -> None:
    cast.maya.patient.discharged_at = timezone.now()
    cast.maya.patient.save(update_fields=["discharged_at"])


def narrowed(cast: Cast, consent: Consent) -> None:
    Consent.objects.filter(pk=consent.pk).update(scope=["days_logged"])


def disabled(cast: Cast, consent: Consent) -> None:
    User.objects.filter(pk=cast.sam.pk).update(is_active=False)


def taken_off(cast: Cast, consent: Consent) -> None:
    session = TreatmentSession.objects.get(kind="family")
    assert signed_in(cast.maya).delete(address(session, consent)).status_code == 204


ENDS = [taken_back, expired, discharged, narrowed, disabled, taken_off]


@pytest.mark.parametrize("end", ENDS)
def test_what_ends_a_consent_ends_the_invitation_at_once(
    cast: Cast, session: TreatmentSession, consent: Consent,
    end: Callable[[Cast, Consent], None],
) -> None:  # fmt: skip
    puts(cast, session, consent)
    assert len(shown_to_sam(cast, consent)) == 1

    end(cast, consent)

    assert not shown_to_sam(cast, consent)
    if end is disabled:  # which is nobody's to see but their own
        return
    assert names_seen_by_maya(cast) == []
    assert list(faults(puts(cast, session, consent))) == ["support_persons.0"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no row policies")
@pytest.mark.parametrize("end", ENDS)
def test_the_database_itself_tells_a_guest_nothing_from_then_on(
    cast: Cast, session: TreatmentSession, consent: Consent,
    end: Callable[[Cast, Consent], None],
) -> None:  # fmt: skip
    puts(cast, session, consent)

    def told(by: User) -> int:
        with rls_actor.acting_as(as_person(by)), connection.cursor() as cursor:
            statement = "SELECT * FROM care_supported_guest(%s, %s)"
            cursor.execute(statement, [consent.pk, timezone.now()])
            return len(cursor.fetchall())

    assert [told(user) for user in (cast.sam, cast.dr_okafor, cast.maya, cast.ada)] == [1, 0, 0, 0]
    with rls_actor.acting_as(as_person(cast.sam)):
        assert not SessionGuest.objects.exists()

    end(cast, consent)

    assert told(cast.sam) == 0


@pytest.mark.parametrize("change", [{"cancelled_at": timezone.now()}, {"kind": "individual"}])
def test_a_session_that_is_off_or_of_another_kind_is_not_shown(
    cast: Cast, session: TreatmentSession, consent: Consent, change: dict[str, Any]
) -> None:
    puts(cast, session, consent)

    TreatmentSession.objects.filter(pk=session.pk).update(**change)

    assert shown_to_sam(cast, consent) == []


def test_each_entry_that_is_nobody_of_this_patient_is_named(
    cast: Cast, session: TreatmentSession, consent: Consent
) -> None:
    unused, noahs = people.agrees(cast.maya), supports(cast.sam, cast.noah)
    counting = supports(cast.sam, cast.maya, recipient="Other", scope=["days_logged"])

    refused = puts(cast, session, consent, unused, noahs, counting)

    assert list(faults(refused)) == [f"support_persons.{n}" for n in (1, 2, 3)]
    assert not SessionGuest.objects.exists()


def test_whom_the_patient_took_off_stays_off(
    cast: Cast, session: TreatmentSession, consent: Consent
) -> None:
    puts(cast, session, consent)
    taken_off(cast, consent)
    first = SessionGuest.objects.get()
    taken_off(cast, consent)

    assert SessionGuest.objects.get().revoked_at == first.revoked_at
    assert faults(puts(cast, session, consent)) == {"support_persons.0": "taken_off"}
    others = signed_in(cast.dr_okafor).get(address(session)).json()["others"]
    assert [(one["name"], one["taken_off"]) for one in others] == [("Sam", True)]
    SessionGuest.objects.update(revoked_by=None)  # as a restore ends it again
    assert faults(puts(cast, session, consent)) == {"support_persons.0": "taken_off"}


def test_a_patient_takes_somebody_off_whom_the_clinician_had_taken_off(
    cast: Cast, session: TreatmentSession, consent: Consent
) -> None:
    puts(cast, session, consent)
    puts(cast, session)

    taken_off(cast, consent)

    assert faults(puts(cast, session, consent)) == {"support_persons.0": "taken_off"}


def test_nobody_takes_off_a_guest_of_another_or_one_who_was_never_there(
    cast: Cast, session: TreatmentSession, consent: Consent
) -> None:
    problem(signed_in(cast.maya).delete(address(session, consent)), 404, "not_found")
    puts(cast, session, consent)

    problem(signed_in(cast.noah).delete(address(session, consent)), 404, "not_found")
    chart = open_chart(
        viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.SESSIONS,
        now=timezone.now(),
    )  # fmt: skip
    with pytest.raises(guests.NoSuchGuest):
        guests.take_guest_off(
            chart=chart, session_id=session.pk, consent_id=consent.pk, now=timezone.now()
        )
    assert len(shown_to_sam(cast, consent)) == 1


def test_other_kinds_and_strangers_are_refused(
    cast: Cast, session: TreatmentSession, consent: Consent
) -> None:
    alone = people.session(
        cast.dr_okafor, starts_at=session.starts_at - timedelta(days=1), with_patient=cast.maya
    )
    group = people.session(
        cast.dr_okafor, starts_at=session.starts_at, kind="family",
        with_group=people.group(cast.dr_okafor, cast.maya),
    )  # fmt: skip

    for asked in (puts(cast, alone, consent), signed_in(cast.dr_okafor).get(address(alone))):
        problem(asked, 409, "not_family")
    problem(puts(cast, group, consent), 404, "not_found")
    body = {"support_persons": [str(consent.pk)]}
    problem(signed_in(cast.dr_lind).put(address(session), body), 404, "not_found")
    problem(signed_in(cast.maya).put(address(session), body), 403, "forbidden")
    assert not SessionGuest.objects.exists()


@pytest.mark.parametrize("change", ["begun", "cancelled"])
def test_nobody_is_invited_to_what_has_begun_or_is_off(
    cast: Cast, session: TreatmentSession, consent: Consent, change: str
) -> None:
    now = timezone.now()
    begun = {"starts_at": now - timedelta(minutes=1), "ends_at": now + timedelta(minutes=40)}
    TreatmentSession.objects.filter(pk=session.pk).update(
        **(begun if change == "begun" else {"cancelled_at": now})
    )

    problem(puts(cast, session, consent), 409, "session_not_ahead")
    assert not SessionGuest.objects.exists()


@pytest.mark.parametrize("sent", [{}, {"support_persons": None}, {"support_persons": ["me"]},
                                  {"support_persons": [str(uuid4())] * 11}])  # fmt: skip
def test_bad_input_names_its_field(cast: Cast, session: TreatmentSession, sent: Any) -> None:
    refused = signed_in(cast.dr_okafor).put(address(session), sent)

    assert all(name.startswith("support_persons") for name in faults(refused))


def test_the_patient_takes_it_along(
    cast: Cast, session: TreatmentSession, consent: Consent
) -> None:
    puts(cast, session, consent)

    (row,) = as_json(cast.maya, made(cast.maya, "json", now=timezone.now()))["session_guests"]

    assert (row["session"], row["consent"], row["name"]) == (
        str(session.pk), str(consent.pk), "Sam",
    )  # fmt: skip
    assert as_json(cast.noah, made(cast.noah, "json", now=timezone.now()))["session_guests"] == []


def test_the_room_itself_refuses(cast: Cast, session: TreatmentSession, consent: Consent) -> None:
    """Whoever calls it, by whichever door."""
    chart, now = own_chart(cast.maya), timezone.now()
    with pytest.raises(InvalidInput):
        guests.invite_guests(chart=chart, session_id=session.pk, wanted=[uuid4()], now=now)
    with pytest.raises(SessionUnderWay):
        guests.invite_guests(chart=chart, session_id=session.pk, wanted=[], now=session.starts_at)
    assert SupportPerson.objects.count() == 1
