"""Treatment sessions: what is sent to plan and change one, and how one is shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import Field

from api.http.answers import Page, Sparse
from api.http.fields import AN_INSTANT, YES_OR_NO, Day, Id, Instant, ListOf, OneOf, WholeNumber
from api.http.inputs import Change, Input
from api.http.text_fields import OneLine
from care.models import TreatmentSession, User
from care.sessions.availability import REASONS
from care.sessions.conflicts import CONFLICT_KINDS, Conflict
from care.sessions.move_requests import MoveRequestView
from care.support.guests import Guest
from journaling.education.curriculum import THEMES, TaughtWeek

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SESSION_KINDS = [kind.value for kind in TreatmentSession.Kind]


class RepeatsIn(Input):
    """How it comes back: weekly, on these days, at the same wall-clock time of the clinic.

    Without ``days`` on the day of the first session; without ``until`` it goes on.
    """

    days: Annotated[list[Annotated[str, OneOf(WEEKDAYS)]] | None, ListOf(7, least=1)] = None
    every_weeks: Annotated[int, WholeNumber(1, 8)] = 1
    until: Day | None = None


class SessionIn(Input):
    """A session to plan: with one patient, or with one group; once, or every week."""

    kind: Annotated[str, OneOf(SESSION_KINDS)]
    starts_at: Instant
    ends_at: Instant
    patient: Id | None = None
    group: Id | None = None
    title: Annotated[str, OneLine(120, may_be_blank=True)] = ""
    place: Annotated[str, OneLine(120, may_be_blank=True)] = ""
    repeats: RepeatsIn | None = None


class SessionChangeIn(Change):
    """What changes about a session; what is left out stays.

    ``scope`` is this one alone, or a weekly session's from this one on.
    """

    starts_at: Annotated[datetime | None, AN_INSTANT] = None
    ends_at: Annotated[datetime | None, AN_INSTANT] = None
    title: Annotated[str | None, OneLine(120, may_be_blank=True)] = None
    place: Annotated[str | None, OneLine(120, may_be_blank=True)] = None
    cancelled: Annotated[bool | None, YES_OR_NO] = None
    scope: Annotated[str, OneOf(["this", "following"])] = "this"


@dataclass(frozen=True, slots=True)
class MoveRequestOut:
    """That the patient asks to have the session moved; it stands until it is dismissed."""

    reason: Annotated[str, OneOf(REASONS)] | None
    note: str
    asked_at: datetime
    dismissed_at: datetime | None

    @classmethod
    def of(cls, asked: MoveRequestView) -> Self:
        """Show one, the same to the patient and to who holds the session."""
        return cls(asked.reason or None, asked.note, asked.asked_at, asked.dismissed_at)


@dataclass(frozen=True, slots=True)
class InvitedOut:
    """A support person who is invited, by the consent that names them, as the patient does."""

    id: UUID
    name: str
    invited_at: datetime

    @classmethod
    def of(cls, guest: Guest) -> Self:
        """Show one who is invited."""
        return cls(guest.id, guest.name, guest.invited_at)


@dataclass(frozen=True, slots=True)
class TaughtOut:
    """What a group is taught in the week of its session, with slugs of skills and lessons.

    ``own_words`` are what the clinic calls the theme, or empty; ``week`` counts from 1.
    """

    theme: Annotated[str, OneOf(THEMES)]
    own_words: str
    week: int
    text: str
    skills: Sequence[str]
    lessons: Sequence[str]

    @classmethod
    def of(cls, taught: TaughtWeek) -> Self:
        """Show one week."""
        week = taught.week
        return cls(
            taught.theme, taught.own_words, taught.number, week.text, week.skills, week.lessons
        )


@dataclass(frozen=True)
class SessionOut(Sparse):
    """A treatment session; ``patient`` or ``group`` stands, never both."""

    may_be_null: ClassVar[frozenset[str]] = frozenset({"opened_at"})

    id: UUID
    kind: Annotated[str, OneOf(SESSION_KINDS)]
    starts_at: datetime
    ends_at: datetime
    title: str
    place: str
    cancelled: bool
    repeats: Annotated[bool, Field(description="It is one of a weekly series.")]
    brief_ready: bool
    rev: int
    group: UUID | None = None
    patient: UUID | None = None
    move_request: (
        Annotated[MoveRequestOut, Field(description="In a list: that it is asked to be moved.")]
        | None
    ) = None
    invited: (
        Annotated[
            Sequence[InvitedOut],
            Field(description="For the patient in a list: which support persons are invited."),
        ]
        | None
    ) = None
    taught: (
        Annotated[TaughtOut, Field(description="For a member in a list: what the group is taught.")]
        | None
    ) = None
    opened_at: (
        Annotated[
            datetime,
            Field(
                description="For the patient in a list: when the brief of this session was first "
                "opened."
            ),
        ]
        | None
    ) = None

    @classmethod
    def of(cls, session: TreatmentSession, viewer: User, **more: Any) -> Self:
        """Show a session to one of the people in it."""
        return cls(
            id=session.pk,
            kind=session.kind,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            title=session.title,
            place=session.place,
            cancelled=session.cancelled_at is not None,
            repeats=session.series_id is not None,
            brief_ready=_is_brief_ready(session, viewer),
            rev=session.rev,
            group=session.group_id,
            patient=session.patient_id,
            **more,
        )


@dataclass(frozen=True, kw_only=True)
class ListedToPatientOut(SessionOut):
    """A session in the list of its patient: ``opened_at`` is there, also while it is null."""

    opened_at: datetime | None = field()


@dataclass(frozen=True, slots=True)
class ConflictOut:
    """A session that overlaps, or the first time at which somebody of it is busy.

    ``why`` says what both sessions have in common, or ``busy``; then ``reason`` is the patient's.
    """

    why: Annotated[str, OneOf(CONFLICT_KINDS)]
    whom: UUID | None
    name: str
    starts_at: datetime
    ends_at: datetime
    reason: Annotated[str, OneOf(REASONS)] | None

    @classmethod
    def of(cls, conflict: Conflict) -> Self:
        """Show one to whoever plans."""
        return cls(
            conflict.why, conflict.whom_id, conflict.whom, conflict.starts_at, conflict.ends_at,
            conflict.reason or None,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class PlannedSessionOut(SessionOut):
    """A session that was planned or changed; ``conflicts`` stand by their start, at most 50."""

    conflicts: Sequence[ConflictOut]


@dataclass(frozen=True, slots=True)
class SessionsOut(Page):
    """A page of sessions."""

    results: Sequence[SessionOut]


def _is_brief_ready(session: TreatmentSession, viewer: User) -> bool:
    is_individual = session.patient_id is not None
    consented = bool(getattr(session, "has_brief", False))
    return viewer.role == User.Role.CLINICIAN and is_individual and consented
