"""What the database itself lets each actor write is what stands in a file, and no more."""

import pytest
from django.db import Error, connection, transaction
from django.utils import timezone

from backend.kit.db import rls_actor
from care.models import CareTeamMembership, Clinic, Group, TreatmentSession, User
from tests import cast as people
from tests.api import world as worlds
from tests.cast import Cast
from tests.proofs.rls import write_permissions

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no row policies"),
    pytest.mark.django_db,
]


def as_person(user: User) -> str:
    return rls_actor.user_actor(user.role, user.pk)


def refused(actor: str, do: "type[Exception] | object") -> bool:
    try:
        with transaction.atomic(), rls_actor.acting_as(actor):
            changed = do()  # type: ignore[operator] # a callable
    except Error as error:
        return "row-level security" in str(error)
    return changed == 0


def test_everybody_writes_what_the_file_says(cast: Cast) -> None:
    worlds.build(cast)

    assert write_permissions.told(write_permissions.written(cast)) == write_permissions.expected()


def test_nobody_puts_themselves_on_a_care_team(cast: Cast) -> None:
    far = people.staff(Clinic.objects.create(name="Far", time_zone="UTC"), "dr_far", "Far")

    for clinician in (far, cast.dr_lind, cast.maya):
        for patient in (cast.maya, cast.noah):
            if (clinician, patient) == (cast.dr_lind, cast.noah):
                continue
            assert refused(
                as_person(clinician),
                lambda one=clinician, whose=patient: CareTeamMembership.objects.create(
                    patient_id=whose.pk, clinician=one, role="therapist",
                    starts_at=timezone.now(),
                ),
            )  # fmt: skip


def test_a_primary_therapist_brings_nobody_of_another_clinic_in(cast: Cast) -> None:
    far = people.staff(Clinic.objects.create(name="Far", time_zone="UTC"), "dr_far", "Far")

    def adds(colleague: User) -> object:
        return lambda: CareTeamMembership.objects.create(
            patient_id=cast.maya.pk, clinician=colleague, role="nurse", starts_at=timezone.now()
        )

    assert refused(as_person(cast.dr_okafor), adds(far))
    assert not refused(as_person(cast.dr_okafor), adds(cast.dr_lind))


@pytest.mark.parametrize("who", ["maya", "dr_okafor", "ada", "sam"])
@pytest.mark.parametrize("column", ["role", "clinic"])
def test_nobody_changes_what_they_are(cast: Cast, who: str, column: str) -> None:
    user = getattr(cast, who)
    other = Clinic.objects.create(name="Far", time_zone="UTC")
    fresh = {"role": "admin" if who != "ada" else "clinician", "clinic": other}[column]

    rows = User.objects.filter(pk=user.pk)

    assert refused(as_person(user), lambda: rows.update(**{column: fresh}))
    assert not refused(as_person(user), lambda: rows.update(language="es"))


def test_group_sessions_of_another_clinic_are_neither_seen_nor_written(cast: Cast) -> None:
    elsewhere = Clinic.objects.create(name="Far", time_zone="UTC")
    far = people.staff(elsewhere, "dr_far", "Far")
    group = people.group(cast.dr_okafor)
    row = people.session(cast.dr_okafor, starts_at=timezone.now(), with_group=group)

    for viewer, sees in ((far, 0), (cast.dr_lind, 1), (cast.dr_okafor, 1)):
        with rls_actor.acting_as(as_person(viewer)):
            assert TreatmentSession.objects.filter(pk=row.pk).count() == sees
            assert Group.objects.filter(pk=group.pk).count() == sees
    assert refused(
        as_person(far), lambda: TreatmentSession.objects.filter(pk=row.pk).update(title="x")
    )


def test_no_row_is_moved_to_another_patient(cast: Cast) -> None:
    people.joins(cast.noah.pk, cast.dr_okafor)
    row = people.session(cast.dr_okafor, starts_at=timezone.now(), with_patient=cast.maya)

    rows = TreatmentSession.objects.filter(pk=row.pk)

    assert refused(as_person(cast.dr_okafor), lambda: rows.update(patient_id=cast.noah.pk))


@pytest.mark.parametrize(
    "agreed", [{"scope": ["safety"]}, {"is_for_others": True}], ids=["scope", "recipient"]
)
def test_what_consent_does_not_cover_the_database_does_not_show(
    cast: Cast, agreed: dict[str, object]
) -> None:
    from care.models import Consent
    from journaling.models import Entry
    from tests.journaling.briefs.brief_scenario import NOW, wrote

    wrote(cast.maya, "craving", NOW, intensity=3)
    with rls_actor.acting_as(as_person(cast.dr_okafor)):
        assert Entry.objects.count() == 1

    Consent.objects.filter(patient_id=cast.maya.pk).update(**agreed)

    with rls_actor.acting_as(as_person(cast.dr_okafor)):
        assert Entry.objects.count() == 0
    with rls_actor.acting_as(as_person(cast.maya)):
        assert Entry.objects.count() == 1
