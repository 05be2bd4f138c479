"""A consent taken back while seven doors show the patient (R6, R15, R41).

A read that was under way may still show what it had a right to when it began. A read that begins
after the patient was told that it is taken back shows nothing, at any door.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from threading import Barrier, Event

import orjson
from django.utils import timezone

from api import tokens
from care.actions.people import give_consent
from care.actions.signin import start_session
from care.models import AccessLogEntry, Consent, User
from tests import cast as people
from tests.race.arena import Answer, arena, send
from tests.race.tally import Tally

CANARY = "a heron on the quay"
#: Seven readers, and the patient.
HANDS = 8


@dataclass(frozen=True, slots=True)
class Read:
    """One answer that a clinician got: when it began and ended (seconds), and what it was."""

    door: str
    begun: float
    ended: float
    status: int
    is_shown: bool


@dataclass(slots=True)
class Round:
    """What the hands of one round tell one another."""

    warm: Barrier = field(default_factory=lambda: Barrier(HANDS, timeout=30))
    is_over: Event = field(default_factory=Event)
    begun: float = 0.0
    answered: float = 0.0
    status: int = 0


def consent_race(rounds: int) -> Tally:
    """Take a consent back while seven doors are read again and again."""
    tally = Tally("consent: revoked while read", HANDS)
    maya, clinician = (User.objects.get(username=name) for name in ("maya", "dr_okafor"))
    doors = _doors(maya, clinician)
    denials = AccessLogEntry.objects.filter(action="denied", reason="no_consent")
    with arena(HANDS) as ring:
        for _ in range(rounds):
            Consent.objects.filter(patient_id=maya.pk).delete()
            given = give_consent(patient_id=maya.pk, version="race-1", now=timezone.now())
            before = denials.count()
            this = Round()
            token = _token(clinician)
            calls: list[Callable[[], list[Read]]] = [
                partial(_reading, this, door, token, maya) for door in doors
            ]
            calls.append(partial(_revoke, this, f"consents/{given.pk}/revoke", _token(maya)))
            reads = [read for one in ring.together(calls) for read in one]
            _judge(tally, this, reads, denied=denials.count() - before)
    return tally


def _judge(tally: Tally, this: Round, reads: Sequence[Read], *, denied: int) -> None:
    early = [read for read in reads if read.ended < this.begun]
    late = [read for read in reads if read.begun > this.answered]
    tally.count(
        revoked=(this.status, 200),
        statuses=({read.status for read in reads} - {200, 404}, set()),
        shown_before=({read.door for read in early if not read.is_shown}, set()),
        each_before=(len({read.door for read in early}), HANDS - 1),
        shown_after=({read.door for read in late if read.is_shown}, set()),
        each_after=(len({read.door for read in late}), HANDS - 1),
        audited=(denied, sum(read.status == 404 for read in reads)),
    )


def _doors(maya: User, clinician: User) -> list[str]:
    """List the doors, each with something of the patient to show."""
    note = people.craving(note=CANARY, discuss=True)
    if send("POST", "entries", note, token=_token(maya)).status != 201:
        raise RuntimeError("the entry to read was not stored")
    soon = timezone.now() + timedelta(hours=1)
    alone = people.session(clinician, starts_at=soon, with_patient=maya)
    group = people.group(clinician, maya, User.objects.get(username="noah"))
    together = people.session(clinician, starts_at=soon, with_group=group, kind="group")
    return [
        f"patients/{maya.pk}",
        f"patients/{maya.pk}/entries",
        f"patients/{maya.pk}/summary",
        f"patients/{maya.pk}/safety-plan",
        f"sessions/{alone.pk}/brief",
        f"sessions/{together.pk}/brief",
        "caseload",
    ]


def _reading(this: Round, door: str, token: str, maya: User) -> list[Read]:
    """Read until the consent was taken back, and once more after that."""
    reads: list[Read] = []
    is_last = False
    while not is_last:
        is_last = this.is_over.is_set()
        begun = time.monotonic()
        answer = send("GET", door, token=token)
        reads.append(
            Read(door, begun, time.monotonic(), answer.status, _is_shown(answer, door, maya))
        )
        if len(reads) == 1:
            this.warm.wait()
    return reads


def _revoke(this: Round, path: str, token: str) -> list[Read]:
    """Take the consent back as soon as every door was read once; it reads nothing itself."""
    try:
        this.warm.wait()
        this.begun = time.monotonic()
        this.status = send("POST", path, token=token).status
        this.answered = time.monotonic()
    finally:
        this.is_over.set()
    return []


def _is_shown(answer: Answer, door: str, maya: User) -> bool:
    """Tell whether an answer shows anything of the patient: a chart that opens does already."""
    if answer.status != 200:
        return False
    text = orjson.dumps(answer.body).decode()
    is_of_many = door == "caseload" or "members" in answer.body
    return not is_of_many or any(word in text for word in (CANARY, maya.display_name, str(maya.pk)))


def _token(user: User) -> str:
    now = timezone.now()
    session = start_session(
        user=user, device_name="", now=now, passed_at=people.second_factor_of(user, now)
    )
    return str(tokens.pair(session, now=now)["access"])
