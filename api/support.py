"""The block of safety in the schema, as every answer to a save carries it."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers


class ResourceOut(serializers.Serializer[Any]):
    """One way to reach somebody at any hour."""

    name = serializers.CharField()
    call = serializers.CharField(allow_null=True)
    text = serializers.CharField(allow_null=True)
    chat = serializers.CharField(allow_null=True)
    url = serializers.CharField(allow_null=True)
    region = serializers.CharField()
    language = serializers.CharField()
    verified_at = serializers.DateField()
    source = serializers.CharField()  # type: ignore[assignment] # the name that says it


class PersonOut(serializers.Serializer[Any]):
    """Somebody whom the patient wants to ask for help."""

    name = serializers.CharField()
    contact = serializers.CharField(allow_null=True)


class PlanWordsOut(serializers.Serializer[Any]):
    """The patient's own safety plan, in order and in their own words."""

    warning_signs = serializers.ListField(child=serializers.CharField())
    what_i_do = serializers.ListField(child=serializers.CharField())
    distractions = serializers.ListField(child=serializers.CharField())
    people_i_ask = PersonOut(many=True)
    professionals = PersonOut(many=True)
    safer_surroundings = serializers.ListField(child=serializers.CharField())


class SupportOut(serializers.Serializer[Any]):
    """What helps now: at levels 1 and 2 the own plan first, at level 3 911 and 988 first.

    ``staff_notified`` is true only when staff on duty were called; ``not_monitored`` says so in
    words, and is to be shown.
    """

    level = serializers.ChoiceField(choices=[1, 2, 3])
    message = serializers.CharField()
    plan = PlanWordsOut(allow_null=True)
    people = PersonOut(many=True)
    resources = ResourceOut(many=True)
    not_monitored = serializers.CharField()
    staff_notified = serializers.BooleanField()


def support_or_null(auto_schema: AutoSchema) -> dict[str, Any]:
    """Name the block in the schema, or null where no rule fired."""
    found = auto_schema.resolve_serializer(SupportOut, "response")
    return {"oneOf": [found.ref, {"type": "null"}]}
