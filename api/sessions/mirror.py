"""The patient's mirror: the coming brief for its patient to read, strike from and add to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Self, cast
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.views import APIView

from api.http.fields import Id, ListOf
from api.http.inputs import Input, validated_body
from api.http.permissions import IsPatient
from api.http.requests import SignedIn
from api.http.responses import json_response
from api.http.text_fields import OneLine
from api.sessions.brief_schema import WindowOut
from journaling.briefs import edit_mirror
from journaling.briefs.limits import MAX_ADDED_LENGTH, MAX_ADDED_LINES, MAX_STRUCK_LINES
from journaling.briefs.mirror_lines import MirrorLine, MirrorSection
from notifications.briefs import change_mirror, open_mirror

_LINE_ID = OneLine(100)


class AddedLineIn(Input):
    """A line of the patient's own. With the ``id`` of one that stands, its new words."""

    id: Id | None = None
    text: Annotated[str, OneLine(MAX_ADDED_LENGTH)]


class MirrorIn(Input):
    """What to strike and to put back, by line id, and what to add and to take off again.

    The same again changes nothing: words that stand are not added a second time.
    """

    strike: Annotated[list[Annotated[str, _LINE_ID]], ListOf(MAX_STRUCK_LINES)] = Field(
        default_factory=list
    )
    restore: Annotated[list[Annotated[str, _LINE_ID]], ListOf(MAX_STRUCK_LINES)] = Field(
        default_factory=list
    )
    add: Annotated[list[AddedLineIn], ListOf(MAX_ADDED_LINES)] = Field(default_factory=list)
    remove: Annotated[list[Id], ListOf(MAX_ADDED_LINES)] = Field(default_factory=list)

    def edit(self) -> edit_mirror.MirrorEdit:
        """Return what is asked for."""
        return edit_mirror.MirrorEdit(
            strike=self.strike,
            restore=self.restore,
            add=[(line.id, line.text) for line in self.add],
            remove=self.remove,
        )


@dataclass(frozen=True, slots=True)
class MirrorLineOut:
    """One line. Its ``id`` stays while what it speaks of does, whatever the numbers in it are."""

    id: str
    text: Annotated[str, Field(description="What it says, said to the patient.")]
    therapist_reads: Annotated[
        str | None,
        Field(description="The same, word for word as staff read it; null where they wrote of it."),
    ]
    struck: bool
    fixed: Annotated[
        Literal["safety", "frame"] | None, Field(description="Why it can't be struck.")
    ]

    @classmethod
    def of(cls, line: MirrorLine) -> Self:
        """Show one."""
        fixed = cast("Literal['safety', 'frame'] | None", line.fixed)
        return cls(line.id, line.text, line.therapist_reads, line.is_struck, fixed)


@dataclass(frozen=True, slots=True)
class MirrorSectionOut:
    """One part of the brief; the keys and their order are those of the brief."""

    key: str
    title: str
    lines: Sequence[MirrorLineOut]

    @classmethod
    def of(cls, section: MirrorSection) -> Self:
        """Show one."""
        return cls(section.key, section.title, list(map(MirrorLineOut.of, section.lines)))


@dataclass(frozen=True, slots=True)
class AddedLineOut:
    """A line that the patient added."""

    id: UUID
    text: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class MirrorOut:
    """The coming brief as it stands, with what was struck of it and what was added.

    ``read_at`` is when the patient first read it, which staff are told; they are never told
    whether anything was struck.
    """

    session: UUID
    window: WindowOut
    generated_at: datetime
    read_at: datetime | None
    sections: Sequence[MirrorSectionOut]
    added: Sequence[AddedLineOut]

    @classmethod
    def of(cls, shown: edit_mirror.Mirror) -> Self:
        """Show one."""
        return cls(
            session=shown.session.id,
            window=WindowOut(since=shown.since, until=shown.until),
            generated_at=shown.generated_at,
            read_at=shown.read_at,
            sections=list(map(MirrorSectionOut.of, shown.sections)),
            added=[AddedLineOut(line.id, line.text, line.added_at) for line in shown.added],
        )


class Mirror(APIView):
    """The coming brief of one of the caller's own sessions."""

    permission_classes = [IsPatient]

    @extend_schema(operation_id="read_mirror", responses=MirrorOut)
    def get(self, request: SignedIn, session_id: UUID) -> HttpResponse:
        """Read what the therapist is going to read, before an individual session that lies ahead.

        A session that has begun or was cancelled answers 409 ``session_not_ahead``, one of a group
        409 ``no_individual_brief``; where no consent covers a brief, it is 409 ``nothing_shown``.
        """
        shown = open_mirror(viewer=request.user, session_id=session_id, now=timezone.now())
        return json_response(MirrorOut.of(shown))

    @extend_schema(operation_id="change_mirror", request=MirrorIn, responses=MirrorOut)
    def post(self, request: SignedIn, session_id: UUID) -> HttpResponse:
        """Strike lines, put them back, add own ones; they hold from the next request of anybody.

        A line about safety, or of what the page says of itself, can't be struck: 400
        ``fixed_safety`` or ``fixed_frame``. What is struck stays in the journal, shared as it was.
        """
        edit = validated_body(MirrorIn, request).edit()
        shown = change_mirror(
            viewer=request.user, session_id=session_id, edit=edit, now=timezone.now()
        )
        return json_response(MirrorOut.of(shown))
