"""When nothing is sent: asked again at the moment of sending, each silence with its reason."""

from datetime import datetime, timedelta

import pytest

from care.models import Patient, TreatmentSession, User
from care.people.enrol import revoke_treatment_consents
from journaling.entries.record import record_entry
from notifications.engine.claim import claim_due
from notifications.engine.send import send_batch
from notifications.models.occurrence import Occurrence
from notifications.models.reminder import Recipient, Reminder
from tests import cast as people
from tests.cast import Cast
from tests.notifications.reminder_scenario import DUE, FakePush, drain, only, phone, planned, told

MINUTE = timedelta(minutes=1)


def test_what_stays_silent_itself_takes_nobody_elses_turn(cast: Cast) -> None:
    push = FakePush()
    phone(cast.maya)
    planned(cast.maya, "08:30", skip_if_logged=True)
    planned(cast.maya, "08:30", purpose="dose")
    logged(cast.maya, at=DUE - timedelta(minutes=20))

    drain(DUE, push)

    assert len(push.sent) == 1
    assert sorted(told()) == [("sent", "fcm"), ("skipped", "already_logged")]


def logged(user: User, *, at: datetime) -> None:
    record_entry(chart=people.own_chart(user), sent=people.craving(at=at), now=at)


@pytest.mark.parametrize(
    ("before", "state"),
    [
        (timedelta(minutes=5), "skipped"),
        (timedelta(hours=3, minutes=59), "skipped"),
        (timedelta(hours=4, minutes=1), "sent"),
    ],
    ids=["just before", "within four hours", "long before"],
)
def test_a_check_in_that_was_answered_already_is_skipped(
    cast: Cast, before: timedelta, state: str
) -> None:
    planned(cast.maya, skip_if_logged=True)
    logged(cast.maya, at=DUE - before)

    drain(DUE)

    assert only().state == state


def test_only_the_check_in_that_was_answered_is_skipped(cast: Cast) -> None:
    planned(cast.maya, "08:30", "10:00", skip_if_logged=True)
    logged(cast.maya, at=DUE - 10 * MINUTE)

    drain(DUE)
    drain(DUE + timedelta(minutes=90))

    assert told() == [("skipped", "already_logged"), ("sent", "inbox")]


def test_without_the_wish_an_entry_changes_nothing(cast: Cast) -> None:
    planned(cast.maya, skip_if_logged=False)
    logged(cast.maya, at=DUE - 10 * MINUTE)

    assert drain(DUE) == {"sent": 1}


def test_an_entry_of_somebody_else_answers_nothing(cast: Cast) -> None:
    planned(cast.maya, skip_if_logged=True)
    logged(cast.noah, at=DUE - 10 * MINUTE)

    assert drain(DUE) == {"sent": 1}


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda pk: revoke_treatment_consents(patient_id=pk, now=DUE), "no_consent"),
        (lambda pk: Patient.objects.filter(pk=pk).update(discharged_at=DUE), "not_enrolled"),
        (lambda pk: Patient.objects.filter(pk=pk).update(enrolled_at=None), "not_enrolled"),
        (lambda pk: User.objects.filter(pk=pk).update(is_active=False), "not_enrolled"),
        (
            lambda pk: Patient.objects.filter(pk=pk).update(quiet_start="08:00", quiet_end="09:00"),
            "quiet_hours",
        ),
        (
            lambda pk: Recipient.objects.update_or_create(
                pk=pk, defaults={"paused_until": DUE + MINUTE}
            ),
            "paused",
        ),
        (lambda _pk: Reminder.objects.update(active=False, next_due_at=None, next_day=None,
                                             next_slot=None), "switched_off"),
    ],
    ids=["consent revoked", "discharged", "not enrolled", "disabled", "quiet", "paused", "off"],
)  # fmt: skip
def test_facts_are_asked_again_at_the_moment_of_sending(
    cast: Cast, spoil: object, reason: str
) -> None:
    push = FakePush()
    phone(cast.maya)
    planned(cast.maya)
    batch = claim_due(now=DUE)
    assert callable(spoil)
    spoil(cast.maya.pk)

    send_batch(batch=batch, gateway=push, clock=lambda: DUE)

    assert push.sent == []
    assert told() == [("skipped", reason)]


def test_equal_quiet_times_mean_none(cast: Cast) -> None:
    Patient.objects.update(quiet_start="08:30", quiet_end="08:30")
    planned(cast.maya)

    assert drain(DUE) == {"sent": 1}


def test_a_window_that_closes_between_claim_and_send_is_kept(cast: Cast) -> None:
    push = FakePush()
    phone(cast.maya)
    planned(cast.maya, expires_minutes=1)
    batch = claim_due(now=DUE)

    send_batch(batch=batch, gateway=push, clock=lambda: DUE + MINUTE)

    assert push.sent == []
    assert told() == [("expired", "expired")]


@pytest.mark.parametrize("kind", ["alone", "group"])
def test_nothing_is_sent_during_a_session_of_theirs(cast: Cast, kind: str) -> None:
    group = people.group(cast.dr_okafor, cast.maya) if kind == "group" else None
    people.session(
        cast.dr_okafor, starts_at=DUE - 10 * MINUTE, with_group=group,
        with_patient=None if group else cast.maya, kind="group" if group else "individual",
    )  # fmt: skip
    planned(cast.maya)
    planned(cast.noah)

    drain(DUE)

    assert Occurrence.objects.get(patient_id=cast.maya.pk).reason == "in_session"
    assert Occurrence.objects.get(patient_id=cast.noah.pk).state == "sent"


DOSE = {"kind": "dose", "name": "vitamin D", "taken": True}
CRAVING = {"kind": "craving", "intensity": 3, "target": "alcohol"}


def noted(user: User, what: dict[str, object], *, at: datetime) -> None:
    common = {name: people.craving(at=at)[name] for name in
              ("id", "occurred_at", "recorded_at", "time_zone")}  # fmt: skip
    record_entry(chart=people.own_chart(user), sent=common | what, now=at)


@pytest.mark.parametrize(
    ("purpose", "what", "state"),
    [
        ("dose", DOSE, "skipped"),
        ("dose", CRAVING, "sent"),
        ("checkin", DOSE, "skipped"),
        ("skill", CRAVING, "sent"),
        ("measure", CRAVING, "sent"),
        ("session", CRAVING, "sent"),
    ],
)
def test_only_what_a_reminder_asks_for_answers_it(
    cast: Cast, purpose: str, what: dict[str, object], state: str
) -> None:
    planned(cast.maya, purpose=purpose, skip_if_logged=True)
    noted(cast.maya, what, at=DUE - 10 * MINUTE)

    drain(DUE)

    assert only().state == state


@pytest.mark.parametrize(
    ("logged_at", "state"),
    [(timedelta(hours=-30), "sent"), (timedelta(hours=-20), "skipped"), (None, "sent")],
    ids=["before the last session", "since the last session", "never"],
)
def test_before_a_session_only_who_logged_nothing_since_the_last_is_asked(
    cast: Cast, logged_at: timedelta | None, state: str
) -> None:
    people.session(cast.dr_okafor, starts_at=DUE - timedelta(hours=25), with_patient=cast.maya)
    people.session(cast.dr_okafor, starts_at=DUE + timedelta(minutes=150), with_patient=cast.maya)
    planned(cast.maya, purpose="pre_session", times=[])
    if logged_at is not None:
        logged(cast.maya, at=DUE + logged_at)

    drain(DUE)

    assert (only().state, only().due_at) == (state, DUE)


@pytest.mark.parametrize("what", ["cancelled", "moved away", "left the group", "begun"])
def test_a_session_that_is_gone_is_not_announced(cast: Cast, what: str) -> None:
    push = FakePush()
    phone(cast.maya)
    group = people.group(cast.dr_lind, cast.maya)
    session = people.session(
        cast.dr_lind, starts_at=DUE + 60 * MINUTE, with_group=group, kind="group"
    )
    planned(cast.maya, purpose="session", times=[])
    batch = claim_due(now=DUE)
    assert len(batch.leased) == 1
    if what == "left the group":
        group.memberships.update(ends_at=DUE)
    elif what == "cancelled":
        TreatmentSession.objects.update(cancelled_at=DUE)
    else:
        shift = timedelta(days=1) if what == "moved away" else timedelta(minutes=-61)
        TreatmentSession.objects.update(
            starts_at=session.starts_at + shift, ends_at=session.starts_at + shift + MINUTE
        )

    send_batch(batch=batch, gateway=push, clock=lambda: DUE)

    assert push.sent == []
    assert told() == [("skipped", "session_gone")]


def test_a_nudge_is_silent_once_something_was_logged(cast: Cast) -> None:
    planned(cast.maya, nudge=True, skip_if_logged=False, expires_minutes=120)
    drain(DUE)
    logged(cast.maya, at=DUE + 10 * MINUTE)

    drain(DUE + 45 * MINUTE)

    assert told() == [("sent", "inbox"), ("skipped", "answered")]


def test_every_silence_keeps_its_reason_in_the_row(cast: Cast) -> None:
    planned(cast.maya)
    people.session(cast.dr_okafor, starts_at=DUE - MINUTE, with_patient=cast.maya)

    drain(DUE)

    assert (only().state, only().reason, only().sent_at) == ("skipped", "in_session", None)


def wrote(user: User, *, of: datetime, at: datetime, **more: object) -> None:
    """Let somebody write down at one time what happened at another."""
    sent = people.craving(at=of, **({"recorded_at": at.isoformat()} | more))
    record_entry(chart=people.own_chart(user), sent=sent, now=at)


@pytest.mark.parametrize(
    "long_before", [timedelta(minutes=30), timedelta(hours=30), timedelta(days=30)], ids=str
)
def test_what_was_written_after_a_reminder_answers_it_whenever_it_happened(
    cast: Cast, long_before: timedelta
) -> None:
    planned(cast.maya, nudge=True, expires_minutes=120)
    drain(DUE)
    wrote(cast.maya, of=DUE - long_before, at=DUE + 10 * MINUTE)

    drain(DUE + 45 * MINUTE)

    assert told() == [("sent", "inbox"), ("skipped", "answered")]


@pytest.mark.parametrize("long_before", [timedelta(hours=9), timedelta(days=9)], ids=str)
def test_what_was_written_shortly_before_a_reminder_answers_it(
    cast: Cast, long_before: timedelta
) -> None:
    planned(cast.maya, skip_if_logged=True)
    wrote(cast.maya, of=DUE - long_before, at=DUE - 10 * MINUTE)

    assert drain(DUE) == {"skipped": 1}


def test_what_was_written_before_and_arrives_after_a_reminder_does_not_answer_it(
    cast: Cast,
) -> None:
    planned(cast.maya, nudge=True, expires_minutes=120)
    drain(DUE)
    sent = people.craving(at=DUE - 20 * MINUTE, recorded_at=(DUE - 15 * MINUTE).isoformat())
    record_entry(chart=people.own_chart(cast.maya), sent=sent, now=DUE + 10 * MINUTE)

    assert drain(DUE + 45 * MINUTE) == {"sent": 1}


def test_a_wrong_clock_is_not_asked_when_it_was_written(cast: Cast) -> None:
    planned(cast.maya, nudge=True, expires_minutes=120)
    drain(DUE)
    # Ahead by three hours: by our clock it came before the nudge, and that counts.
    wrote(cast.maya, of=DUE - 5 * MINUTE, at=DUE + 10 * MINUTE,
          recorded_at=(DUE + timedelta(hours=3)).isoformat())  # fmt: skip

    assert drain(DUE + 45 * MINUTE) == {"skipped": 1}


def test_a_session_is_prepared_by_what_was_written_since_the_last_one(cast: Cast) -> None:
    before = DUE - timedelta(days=2)
    people.session(cast.dr_okafor, starts_at=before, with_patient=cast.maya)
    people.session(cast.dr_okafor, starts_at=DUE + timedelta(minutes=150), with_patient=cast.maya)
    planned(cast.maya, purpose="pre_session", times=[])
    wrote(cast.maya, of=before - timedelta(hours=5), at=DUE - timedelta(days=1))

    assert drain(DUE) == {"skipped": 1}
