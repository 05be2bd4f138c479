"""A consent taken back while seven requests read what it opens (R6, R15, R16, R41).

A read that was under way may still show what it had a right to when it began. A read that begins
after the patient was told that it is taken back shows nothing, at any door.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from threading import Barrier, Event
from uuid import UUID

import orjson
from django.utils import timezone

from api.http import authentication
from care.accounts.device_sessions import start_device_session
from care.models import AccessLogEntry, Consent, User
from care.people.enrol import record_enrolment_consent
from tests import cast as people
from tests import counselling_note
from tests.proofs.race.contest_result import Tally
from tests.proofs.race.racing_threads import Answer, arena, send

CANARY = "a heron on the quay"
#: Seven readers, and the patient.
HANDS = 8
#: One consent that was given just now, and the doors that it opens.
Given = tuple[UUID, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Scene:
    """Whose consent it is, who reads by it, and by which words an answer shows something.

    ``of_many`` are doors that answer 200 also where there is nothing for the reader. ``reason`` is
    what the access log says of a denial.
    """

    patient: User
    reader: User
    give: Callable[[], Given]
    reason: str
    words: Sequence[str]
    of_many: frozenset[str] = frozenset()

    def shows(self, answer: Answer, door: str) -> bool:
        """Whether an answer shows anything; a door to one thing does by opening."""
        if answer.status != 200:
            return False
        text = orjson.dumps(answer.body).decode()
        return door not in self.of_many or any(word in text for word in self.words)


@dataclass(frozen=True, slots=True)
class Read:
    """One answer that the reader got: when it began and ended (seconds), and what it was."""

    place: int
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
    """Take the consent to treatment back while seven doors show the patient to a therapist."""
    maya, clinician = _user("maya"), _user("dr_okafor")
    doors = _doors_of_treatment(maya, clinician)

    def give() -> Given:
        Consent.objects.filter(patient_id=maya.pk).delete()
        return record_enrolment_consent(
            patient_id=maya.pk, signed=people.SIGNED, now=timezone.now()
        ).pk, doors

    scene = Scene(
        maya, clinician, give, "no_consent", (CANARY, maya.display_name, str(maya.pk)),
        of_many=frozenset(doors[-2:]),
    )  # fmt: skip
    return _race("consent: treatment", scene, rounds)


def family_race(rounds: int) -> Tally:
    """Take a consent back while the support person whom it names looks at what it shares."""
    maya, sam = _user("maya"), _user("sam")

    def give() -> Given:
        consent = people.supports(sam, maya)
        return consent.pk, [*[f"supported/{consent.pk}"] * 5, *["supported"] * 2]

    scene = Scene(
        maya, sam, give, "nothing_shared", (maya.display_name,), of_many=frozenset({"supported"})
    )
    return _race("consent: family support", scene, rounds)


def notes_race(rounds: int) -> Tally:
    """Take a consent back while the colleague whom it names reads a counselling note."""
    maya, colleague = _user("maya"), _user("dr_lind")
    people.joins(maya.pk, colleague, role=counselling_note.THERAPIST)
    note = counselling_note.add_note(_user("dr_okafor"), maya)
    doors = [counselling_note.notes_path(maya, at).removeprefix("/api/v1/") for at in (note, None)]

    def give() -> Given:
        return counselling_note.give_notes_consent(maya, colleague).pk, [
            *[doors[0]] * 5,
            *[doors[1]] * 2,
        ]

    scene = Scene(
        maya, colleague, give, "no_such_note_for_them", (counselling_note.CANARY,),
        of_many=frozenset({doors[1]}),
    )  # fmt: skip
    return _race("consent: counselling notes", scene, rounds)


def _race(name: str, scene: Scene, rounds: int) -> Tally:
    tally = Tally(name, HANDS)
    denials = AccessLogEntry.objects.filter(action="denied", reason=scene.reason)
    with arena(HANDS) as ring:
        for _ in range(rounds):
            given, doors = scene.give()
            before, this, token = denials.count(), Round(), _token(scene.reader)
            calls: list[Callable[[], list[Read]]] = [
                partial(_reading, this, scene, place, door, token)
                for place, door in enumerate(doors)
            ]
            calls.append(partial(_revoke, this, f"consents/{given}/revoke", _token(scene.patient)))
            reads = [read for one in ring.together(calls) for read in one]
            _judge(tally, this, reads, denied=denials.count() - before)
    return tally


def _judge(tally: Tally, this: Round, reads: Sequence[Read], *, denied: int) -> None:
    early = [read for read in reads if read.ended < this.begun]
    late = [read for read in reads if read.begun > this.answered]
    tally.count(
        revoked=(this.status, 200),
        statuses=({read.status for read in reads} - {200, 404}, set()),
        shown_before=({read.place for read in early if not read.is_shown}, set()),
        each_before=(len({read.place for read in early}), HANDS - 1),
        shown_after=({read.place for read in late if read.is_shown}, set()),
        each_after=(len({read.place for read in late}), HANDS - 1),
        audited=(denied, sum(read.status == 404 for read in reads)),
    )


def _doors_of_treatment(maya: User, clinician: User) -> list[str]:
    """List doors, each with something of the patient to show; the last two are of many patients."""
    note = people.craving(note=CANARY, discuss=True)
    if send("POST", "entries", note, token=_token(maya)).status != 201:
        raise RuntimeError("the entry to read was not stored")
    soon = timezone.now() + timedelta(hours=1)
    alone = people.session(clinician, starts_at=soon, with_patient=maya)
    group = people.group(clinician, maya, _user("noah"))
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


def _reading(this: Round, scene: Scene, place: int, door: str, token: str) -> list[Read]:
    """Read until the consent was taken back, and once more after that."""
    reads: list[Read] = []
    is_last = False
    while not is_last:
        is_last = this.is_over.is_set()
        begun = time.monotonic()
        answer = send("GET", door, token=token)
        ended = time.monotonic()
        reads.append(Read(place, begun, ended, answer.status, scene.shows(answer, door)))
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


def _user(name: str) -> User:
    return User.objects.get(username=name)


def _token(user: User) -> str:
    now = timezone.now()
    session = start_device_session(
        user=user, device_name="", now=now, passed_at=people.second_factor_of(user, now)
    )
    return str(authentication.token_pair(session, now=now).access)
