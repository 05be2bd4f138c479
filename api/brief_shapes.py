"""How the brief about one patient reads on the wire."""

from typing import Any

from rest_framework import serializers

from journaling import brief as briefs
from journaling.brief import Line, Section, Spark


class WindowOut(serializers.Serializer[Any]):
    """The time that the brief speaks of: from ``since`` up to before ``until``."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()


class LineOut(serializers.Serializer[Any]):
    """One sentence, and the entries it speaks of."""

    text = serializers.CharField()
    entries = serializers.ListField(child=serializers.UUIDField())
    reviewed = serializers.BooleanField()


class BriefLineOut(LineOut):
    """One sentence of the brief; one that was reviewed says by whom of the team, and when."""

    reviewed_at = serializers.DateTimeField(required=False)
    reviewed_by_me = serializers.BooleanField(required=False)
    reviewed_text = serializers.CharField(
        required=False, help_text="“reviewed by you 8:51 pm”, by the clinic's clock."
    )


class FoldingLineOut(BriefLineOut):
    """A sentence, and with it those that collapsed into it because they were reviewed."""

    folded = BriefLineOut(many=True, required=False)


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
    lines = FoldingLineOut(many=True)
    spark = SparkOut(required=False)


class BriefOut(serializers.Serializer[Any]):
    """The brief; ``digest`` is equal whenever the same is said."""

    session = serializers.UUIDField()
    patient = serializers.UUIDField()
    window = WindowOut()
    generated_at = serializers.DateTimeField()
    digest = serializers.CharField()
    sections = SectionOut(many=True)


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
    shown: dict[str, Any] = {
        "text": line.text,
        "entries": line.entries,
        "reviewed": line.reviewed,
    }
    if line.reviewed:
        shown["reviewed_at"] = line.reviewed_at
        shown["reviewed_by_me"] = line.reviewed_by_me
        shown["reviewed_text"] = line.reviewed_text
    if line.folded:
        shown["folded"] = list(map(_line, line.folded))
    return shown


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
