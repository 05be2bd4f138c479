"""Administrators are told of an emergency by a mail that names nobody, and by it alone (R20)."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from care.accounts import password_reset
from care.models import BreakGlass, Clinic, User
from care.privacy import break_glass
from notifications import wording
from notifications.models.device import GatewayThrottle
from notifications.staff import outbox as staff_outbox
from notifications.staff.email import Letter, SendResult, send_letter
from notifications.staff.outbox import EMERGENCIES, send_mail
from notifications.tasks import tell_of_emergencies
from tests import cast as people
from tests.api.responses import API
from tests.cast import Cast, signed_in

WHY = "brought to the emergency room, asleep"


@pytest.fixture
def opened(cast: Cast, settings: LazySettings) -> Cast:
    """Let a stranger open maya's chart, in a clinic whose administrator has an address."""
    settings.STAFF_MAIL = True
    has_address(cast.ada)
    assert opens(cast).status_code == 201
    return cast


def opens(cast: Cast) -> Any:
    door = f"{API}patients/{cast.maya.pk}/break-glass"
    return signed_in(cast.dr_lind).post(door, {"reason": WHY})


def has_address(user: User) -> None:
    address = password_reset.seal_email(user, f"{user.username}@clinic.example.org")
    User.objects.filter(pk=user.pk).update(sealed_email=address)


def sends(now: datetime) -> dict[str, int]:
    return dict(send_mail(EMERGENCIES, clock=lambda: now))


def down(settings: LazySettings) -> None:
    """Let nobody listen where the mail server should be."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9


def test_it_goes_out_once_and_says_nothing_of_whom(opened: Cast) -> None:
    tell_of_emergencies()
    tell_of_emergencies()

    [sent] = mail.outbox
    assert sent.to == ["ada@clinic.example.org"]
    assert (sent.subject, sent.body) == (wording.EMERGENCY_NOTICE, wording.EMERGENCY_NOTICE_BODY)
    named = re.compile(r"maya|lind|harbor|clinic|patient|therap|emergency room", re.I)
    assert not named.search(f"{sent.subject} {sent.body}")
    assert BreakGlass.objects.get().next_attempt_at is None


def test_every_administrator_of_that_clinic_and_nobody_else_is_told(opened: Cast) -> None:
    other = Clinic.objects.create(name="Other Clinic", time_zone=people.ZONE)
    for user in (
        people.staff(opened.clinic, "second", "Second", role=User.Role.ADMIN),
        people.staff(opened.clinic, "gone", "Gone", role=User.Role.ADMIN),
        people.staff(other, "elsewhere", "Elsewhere", role=User.Role.ADMIN),
        opened.dr_okafor,
    ):
        has_address(user)
    User.objects.filter(username="gone").update(is_active=False)

    tell_of_emergencies()

    told = sorted(to for sent in mail.outbox for to in sent.to)
    assert told == ["ada@clinic.example.org", "second@clinic.example.org"]


def test_without_a_mail_server_the_emergency_opens_all_the_same(
    cast: Cast, settings: LazySettings
) -> None:
    settings.STAFF_MAIL = False
    has_address(cast.ada)

    response = opens(cast)
    tell_of_emergencies()

    assert response.status_code == 201
    assert mail.outbox == []
    assert BreakGlass.objects.get().attempts == 0


def test_a_mail_server_that_is_down_is_asked_again_with_growing_pauses(
    opened: Cast, settings: LazySettings
) -> None:
    down(settings)
    now = BreakGlass.objects.get().opened_at
    pauses = []

    for _ in range(4):
        # The server is left alone for less than these pauses, or for longer: here it is not.
        GatewayThrottle.objects.all().delete()
        assert sends(now) == {"pending": 1}
        row = BreakGlass.objects.get()
        assert row.next_attempt_at is not None
        pauses.append(row.next_attempt_at - now)
        now = row.next_attempt_at

    minutes = [pause.total_seconds() / 60 for pause in pauses]
    assert minutes == [1, 2, 4, 8]


def test_after_a_day_it_is_left_to_the_page(opened: Cast, settings: LazySettings) -> None:
    down(settings)
    later = timezone.now() + timedelta(days=1, minutes=1)

    assert sends(later) == {}

    row = BreakGlass.objects.get()
    assert (row.next_attempt_at, row.attempts) == (None, 0)


def test_who_has_looked_at_it_needs_no_mail(opened: Cast) -> None:
    break_glass.mark_break_glass_reviewed(
        officer=opened.ada, break_glass_id=BreakGlass.objects.get().pk, now=timezone.now()
    )

    tell_of_emergencies()

    assert mail.outbox == []


def test_one_address_that_breaks_keeps_it_from_no_other(opened: Cast) -> None:
    has_address(people.staff(opened.clinic, "second", "Second", role=User.Role.ADMIN))
    User.objects.filter(pk=opened.ada.pk).update(sealed_email=b"damaged")

    tell_of_emergencies()

    assert [sent.to for sent in mail.outbox] == [["second@clinic.example.org"]]
    assert BreakGlass.objects.get().next_attempt_at is None


def test_without_any_address_nothing_is_tried_again(cast: Cast, settings: LazySettings) -> None:
    settings.STAFF_MAIL = True
    opens(cast)

    tell_of_emergencies()

    assert BreakGlass.objects.get().next_attempt_at is None


def test_of_two_workers_one_sends(opened: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    now, sent = timezone.now(), []

    def mails_while_another_looks(letter: Letter) -> SendResult:
        sent.append(letter.address)
        assert sends(now) == {}
        return send_letter(letter)

    monkeypatch.setattr(staff_outbox, "send_letter", mails_while_another_looks)

    assert sends(now) == {"sent": 1}
    assert sent == ["ada@clinic.example.org"]


def test_who_comes_back_after_the_lease_sends_no_further_letter(
    opened: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_address(people.staff(opened.clinic, "second", "Second", role=User.Role.ADMIN))
    now, sent = timezone.now(), []

    def stalls(letter: Letter) -> SendResult:
        sent.append(letter.address)
        if len(sent) == 1:
            assert sends(now + break_glass.EMERGENCY_MAILS.lease_period) == {"sent": 1}
        return send_letter(letter)

    monkeypatch.setattr(staff_outbox, "send_letter", stalls)

    assert sends(now) == {"lost": 1}
    assert sorted(sent) == ["ada@clinic.example.org"] * 2 + ["second@clinic.example.org"]
    assert BreakGlass.objects.get().next_attempt_at is None


def test_what_was_looked_at_meanwhile_is_not_tried_again(
    opened: Cast, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()

    def fails_while_ada_looks(letter: Letter) -> SendResult:
        opening = BreakGlass.objects.get().pk
        break_glass.mark_break_glass_reviewed(officer=opened.ada, break_glass_id=opening, now=now)
        down(settings)
        return send_letter(letter)

    monkeypatch.setattr(staff_outbox, "send_letter", fails_while_ada_looks)

    assert sends(now) == {"lost": 1}
    assert BreakGlass.objects.get().next_attempt_at is None


def test_the_command_without_celery_sends_it_too(opened: Cast) -> None:
    call_command("dispatch")

    assert [sent.subject for sent in mail.outbox] == [wording.EMERGENCY_NOTICE]
