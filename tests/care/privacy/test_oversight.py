"""What administrators do that could open charts is told, and one alone never opens an account."""

from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from care.access.admin_acts import OtherHalfRenewed
from care.accounts import password_reset, staff_invitations
from care.accounts.staff import change_staff, remove_staff_second_factor
from care.models import AdministrativeAct, Clinic, StaffInvitation, User
from care.privacy import oversight, retention
from care.programme.groups import save_group
from notifications import wording
from notifications.staff.outbox import ACTS, send_mail
from notifications.tasks import tell_of_emergencies
from tests import authenticator_app
from tests import cast as people
from tests.cast import Cast

Kind = AdministrativeAct.Kind


def acts() -> set[tuple[str, str, str]]:
    rows = AdministrativeAct.objects.values_list("kind", "actor_name", "about_name")
    return set(rows)


def has_address(user: User) -> None:
    address = password_reset.seal_email(user, f"{user.username}@clinic.example.org")
    User.objects.filter(pk=user.pk).update(sealed_email=address)


def test_each_grave_act_is_written_down_with_the_names_of_that_day(cast: Cast) -> None:
    now, ada, lind = timezone.now(), cast.ada, cast.dr_lind
    group = people.group(cast.dr_okafor, cast.noah)
    who: dict[str, Any] = {"admin": ada, "user_id": lind.pk, "now": now}

    staff_invitations.invite_staff(
        clinic_id=cast.clinic.pk, username="dr_sato", display_name="Dr. Sato", role="clinician",
        invited_by=ada, now=now,
    )  # fmt: skip
    remove_staff_second_factor(**who)
    staff_invitations.renew_staff_invitation(admin=ada, user_id=cast.dr_okafor.pk, now=now)
    change_staff(**who, display_name="Dr. H. Lind", is_active=False)
    change_staff(**who, display_name="Dr. H. Lind", is_active=True)
    save_group(admin=ada, group_id=group.pk, name="Evening", leader_id=lind.pk, now=now)
    retention.place_hold(patient_id=cast.maya.pk, matter="2026-17", now=now)
    retention.lift_hold(patient_id=cast.maya.pk, matter="2026-17", now=now)
    call_command("admin", "reset-factor", "dr_okafor", stdout=StringIO())

    by, then, later = "Ada (ada)", "Dr. Lind (dr_lind)", "Dr. H. Lind (dr_lind)"
    assert acts() == {
        (Kind.STAFF_ADDED, by, "Dr. Sato (dr_sato)"),
        (Kind.FACTOR_REMOVED, by, then),
        (Kind.STAFF_CODE, by, "Dr. Okafor (dr_okafor)"),
        (Kind.STAFF_RENAMED, by, then),
        (Kind.SHUT_OUT, by, then),
        (Kind.LET_IN, by, later),
        (Kind.GROUP_HANDED_OVER, by, later),
        (Kind.HOLD_PLACED, "", ""),
        (Kind.HOLD_LIFTED, "", ""),
        (Kind.FACTOR_REMOVED, "", "Dr. Okafor (dr_okafor)"),
    }  # fmt: skip
    assert "Maya" not in str(list(AdministrativeAct.objects.values()))


def test_a_group_that_only_gets_a_name_is_nothing_to_tell(cast: Cast) -> None:
    group = people.group(cast.dr_okafor, cast.noah)

    save_group(
        admin=cast.ada, group_id=group.pk, name="Dusk", leader_id=cast.dr_okafor.pk,
        now=timezone.now(),
    )  # fmt: skip

    assert acts() == set()


@pytest.mark.parametrize("first", ["code", "factor"])
def test_one_administrator_never_gives_both_halves_of_a_way_in(cast: Cast, first: str) -> None:
    authenticator_app.enrolled(cast.dr_lind, at=timezone.now() - timedelta(hours=1))
    now = timezone.now()
    who: dict[str, Any] = {"user_id": cast.dr_lind.pk, "now": now}
    halves = [staff_invitations.renew_staff_invitation, remove_staff_second_factor]
    one, other = halves if first == "code" else reversed(halves)
    colleague = people.staff(cast.clinic, "bea", "Bea", role=User.Role.ADMIN)
    one(admin=cast.ada, **who)
    before = AdministrativeAct.objects.count(), StaffInvitation.objects.count()

    with pytest.raises(OtherHalfRenewed):
        other(admin=cast.ada, **who)

    assert before == (AdministrativeAct.objects.count(), StaffInvitation.objects.count())
    other(admin=colleague, **who)
    later = who | {"now": now + timedelta(days=31)}
    other(admin=cast.ada, **later)


def test_an_administrator_of_their_own_making_is_no_second_hand(cast: Cast) -> None:
    """Whoever invites an administrator may be the one who uses the code."""
    now = timezone.now()

    def invited(name: str, by: User, *, at: Any = now) -> User:
        return staff_invitations.invite_staff(
            clinic_id=cast.clinic.pk, username=name, display_name=name.title(), role="admin",
            invited_by=by, now=at,
        )[0]  # fmt: skip

    bob, carl = invited("bob", cast.ada), invited("carl", cast.ada)
    dora = invited("dora", bob)
    old = invited("olga", cast.ada, at=now - timedelta(days=31))
    staff_invitations.renew_staff_invitation(admin=bob, user_id=cast.dr_lind.pk, now=now)

    for hand in (bob, carl, dora, cast.ada):
        with pytest.raises(OtherHalfRenewed):
            remove_staff_second_factor(admin=hand, user_id=cast.dr_lind.pk, now=now)

    remove_staff_second_factor(admin=old, user_id=cast.dr_lind.pk, now=now)


def test_an_invitation_counts_as_no_half(cast: Cast) -> None:
    """Whoever was invited and lost their phone gets help from the administrator who invited."""
    user, _ = staff_invitations.invite_staff(
        clinic_id=cast.clinic.pk, username="dr_sato", display_name="Dr. Sato", role="clinician",
        invited_by=cast.ada, now=timezone.now(),
    )  # fmt: skip

    remove_staff_second_factor(admin=cast.ada, user_id=user.pk, now=timezone.now())


def test_somebody_else_looks_at_what_an_administrator_did(cast: Cast) -> None:
    now = timezone.now()
    remove_staff_second_factor(admin=cast.ada, user_id=cast.dr_lind.pk, now=now)
    act = AdministrativeAct.objects.get()
    bea = people.staff(cast.clinic, "bea", "Bea", role=User.Role.ADMIN)
    other = people.staff(Clinic.objects.create(name="Far", time_zone="UTC"), "far", "Far",
                         role=User.Role.ADMIN)  # fmt: skip

    for nobody in (cast.ada, cast.dr_okafor, other):
        assert not oversight.mark_act_reviewed(officer=nobody, act_id=act.pk, now=now)
    assert oversight.count_unreviewed_acts(clinic_id=cast.clinic.pk) == 1
    assert oversight.mark_act_reviewed(officer=bea, act_id=act.pk, now=now)
    assert not oversight.mark_act_reviewed(officer=bea, act_id=act.pk, now=now)
    assert oversight.unreviewed_acts(clinic_id=cast.clinic.pk) == []


def test_the_only_administrator_looks_at_their_own(cast: Cast) -> None:
    remove_staff_second_factor(admin=cast.ada, user_id=cast.dr_lind.pk, now=timezone.now())

    assert oversight.mark_act_reviewed(
        officer=cast.ada, act_id=AdministrativeAct.objects.get().pk, now=timezone.now()
    )


def test_every_administrator_and_whom_it_concerns_get_a_mail_that_names_nobody(
    cast: Cast, settings: LazySettings
) -> None:
    settings.STAFF_MAIL = True
    bea = people.staff(cast.clinic, "bea", "Bea", role=User.Role.ADMIN)
    for user in (cast.ada, bea, cast.dr_lind, cast.dr_okafor):
        has_address(user)
    remove_staff_second_factor(admin=cast.ada, user_id=cast.dr_lind.pk, now=timezone.now())

    tell_of_emergencies()
    tell_of_emergencies()

    sent = {(one.to[0].split("@")[0], one.subject) for one in mail.outbox}
    assert sent == {
        ("ada", wording.ACT_NOTICE), ("bea", wording.ACT_NOTICE), ("dr_lind",
        wording.CONCERNED_NOTICE),
    }  # fmt: skip
    assert len(mail.outbox) == 3
    assert not any("Lind" in str(one.body) or "Harbor" in str(one.body) for one in mail.outbox)
    assert AdministrativeAct.objects.get().next_attempt_at is None


def test_a_mail_server_that_is_down_is_asked_again_for_a_day(
    cast: Cast, settings: LazySettings
) -> None:
    has_address(cast.ada)
    now = timezone.now()
    remove_staff_second_factor(admin=cast.ada, user_id=cast.dr_lind.pk, now=now)

    settings.STAFF_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    def tell(at: datetime) -> dict[str, int]:
        return dict(send_mail(ACTS, clock=lambda: at))

    assert tell(now) == {"pending": 1}
    first = AdministrativeAct.objects.get().next_attempt_at
    assert first == now + timedelta(minutes=1)
    assert tell(first) == {"pending": 1}
    assert AdministrativeAct.objects.get().attempts == 2
    assert tell(now + timedelta(days=1, seconds=1)) == {}
    assert AdministrativeAct.objects.get().next_attempt_at is None
