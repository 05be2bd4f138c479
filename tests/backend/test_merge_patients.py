"""``patient merge``: two invitations of one person become one record."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from care.models import CareTeamMembership, GroupMembership, Invitation, Patient, TreatmentSession
from care.people.enrol import invite_patient, renew_invitation
from tests import cast as people
from tests.cast import Cast


def invited(cast: Cast) -> UUID:
    patient, _ = invite_patient(
        clinician=cast.dr_okafor, display_name="Maya", time_zone="UTC", now=timezone.now()
    )
    return UUID(str(patient.pk))


def merge(cast: Cast, mistaken: UUID) -> None:
    call_command("patient", "merge", str(cast.maya.pk), str(mistaken))


def test_sessions_groups_and_team_move_and_twins_stand_once(cast: Cast) -> None:
    now = timezone.now()
    mistaken = Patient.objects.get(pk=invited(cast))
    at = now + timedelta(days=1)
    people.session(cast.dr_okafor, starts_at=at, with_patient=cast.maya)
    people.session(cast.dr_okafor, starts_at=at, with_patient=mistaken.user)
    only = people.session(
        cast.dr_okafor, starts_at=at + timedelta(days=1), with_patient=mistaken.user
    )
    group = people.group(cast.dr_lind, mistaken.user)
    CareTeamMembership.objects.create(
        patient=mistaken, clinician=cast.dr_lind, role="therapist", starts_at=now
    )

    merge(cast, mistaken.pk)

    sessions = TreatmentSession.objects.filter(patient_id=cast.maya.pk, starts_at__gte=at)
    assert sessions.count() == 2
    assert sessions.filter(pk=only.pk).exists()
    assert GroupMembership.objects.get(group=group).patient_id == cast.maya.pk
    team = CareTeamMembership.objects.filter(patient_id=cast.maya.pk, ends_at__isnull=True)
    assert set(team.values_list("clinician", flat=True)) == {cast.dr_okafor.pk, cast.dr_lind.pk}
    mistaken.refresh_from_db()
    assert mistaken.wrapped_key is None
    assert not Invitation.objects.filter(patient=mistaken).exists()
    assert not CareTeamMembership.objects.filter(patient=mistaken).exists()


def test_somebody_who_has_enrolled_is_never_merged_away(cast: Cast) -> None:
    mistaken = invited(cast)
    Patient.objects.filter(pk=mistaken).update(enrolled_at=timezone.now())

    with pytest.raises(CommandError, match="has enrolled"):
        merge(cast, mistaken)

    assert Patient.objects.get(pk=mistaken).wrapped_key is not None


def test_another_clinic_and_the_same_record_are_refused(cast: Cast) -> None:
    with pytest.raises(CommandError, match="same record"):
        merge(cast, cast.maya.pk)
    with pytest.raises(CommandError, match="no patient"):
        merge(cast, UUID(int=1))


def test_what_cannot_move_is_named_and_nothing_changes(cast: Cast) -> None:
    mistaken = Patient.objects.get(pk=invited(cast))
    people.admitted(mistaken.user, on=timezone.now().date())

    with pytest.raises(CommandError, match=r"more than can move: care\.Episode"):
        merge(cast, mistaken.pk)

    assert CareTeamMembership.objects.filter(patient=mistaken).exists()
    assert renew_invitation(patient_id=mistaken.pk, clinician=cast.dr_okafor, now=timezone.now())
