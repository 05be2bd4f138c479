"""The brief: what a clinician reads before a session."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.answers import answer
from api.permissions import IsClinician
from api.refusals import NotFound, Problem
from api.requests import SignedIn
from care import access
from care.access import Chart, DataClass, NoSuchChart
from care.models import User
from care.queries import briefing
from care.queries.briefing import BriefedSession, NoSuchSession, NotIndividual
from journaling import actions
from journaling import brief as briefs
from journaling.brief import Line, Section, Spark
from notifications.queries import prompts_of


class WindowOut(serializers.Serializer[Any]):
    """The time that the brief speaks of: from ``since`` up to before ``until``."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()


class LineOut(serializers.Serializer[Any]):
    """One sentence, and the entries it speaks of."""

    text = serializers.CharField()
    entries = serializers.ListField(child=serializers.UUIDField())
    reviewed = serializers.BooleanField()


class SparkOut(serializers.Serializer[Any]):
    """One number per local day; null is a gap. The first ``context_days`` lie before the window."""

    label = serializers.CharField()  # type: ignore[assignment] # API.md fixes the name
    low = serializers.IntegerField()
    high = serializers.IntegerField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    context_days = serializers.IntegerField()
    values = serializers.ListField(child=serializers.FloatField(allow_null=True))


class SectionOut(serializers.Serializer[Any]):
    """One part of the brief; the twelve keys and their order never change."""

    key = serializers.CharField()
    title = serializers.CharField()
    lines = LineOut(many=True)
    spark = SparkOut(required=False)


class BriefOut(serializers.Serializer[Any]):
    """The brief; ``digest`` is equal whenever the same is said."""

    session = serializers.UUIDField()
    patient = serializers.UUIDField()
    window = WindowOut()
    generated_at = serializers.DateTimeField()
    digest = serializers.CharField()
    sections = SectionOut(many=True)


class Brief(APIView):
    """The brief before a session with one patient."""

    permission_classes = [IsClinician]

    @extend_schema(operation_id="read_brief", responses=BriefOut)
    def get(self, request: SignedIn, session_id: UUID) -> HttpResponse:
        """Read it: what happened since the patient's last attended session of this kind."""
        now = timezone.now()
        session, chart = brief_session(request.user, session_id, now=now)
        made = actions.open_brief(chart=chart, session=session, prompts=prompts_of(chart), now=now)
        return answer(shape(made))


def brief_session(
    viewer: User, session_id: UUID, *, now: datetime, to_write: bool = False
) -> tuple[BriefedSession, Chart]:
    """Find the session and open its patient's chart.

    :raises NotFound: a session or a patient that the caller has no right to.
    :raises Problem: a group's session, of which no brief speaks of one patient.
    """
    try:
        session = briefing.session_to_brief(viewer=viewer, session_id=session_id, now=now)
        chart = access.open_chart(
            viewer=viewer, patient_id=session.patient_id, what=DataClass.BRIEF, now=now,
            to_write=to_write,
        )  # fmt: skip
    except (NoSuchSession, NoSuchChart):
        raise NotFound from None
    except NotIndividual:
        detail = "This session belongs to a group: no brief speaks of one patient."
        raise Problem(status=409, code="no_individual_brief", detail=detail) from None
    return session, chart


def shape(brief: briefs.Brief) -> dict[str, Any]:
    """Shape a brief as phones and pages read it."""
    return {
        "session": brief.session.id,
        "patient": brief.session.patient_id,
        "window": {"since": brief.since, "until": brief.until},
        "generated_at": brief.generated_at,
        "digest": brief.digest,
        "sections": list(map(_section, brief.sections)),
    }


def _section(section: Section) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "key": section.key,
        "title": section.title,
        "lines": list(map(_line, section.lines)),
    }
    if section.spark is not None:
        shown["spark"] = _spark(section.spark)
    return shown


def _line(line: Line) -> dict[str, Any]:
    return {"text": line.text, "entries": line.entries, "reviewed": line.reviewed}


def _spark(spark: Spark) -> dict[str, Any]:
    return {
        "label": spark.label,
        "low": spark.low,
        "high": spark.high,
        "first_day": spark.first_day,
        "last_day": spark.last_day,
        "context_days": spark.context_days,
        "values": spark.values,
    }
