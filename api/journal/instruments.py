"""The questionnaires that can be answered as entries of kind ``measure``."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.http.errors import NotFound
from api.http.paging import unpaged
from api.http.permissions import IsPatientOrStaff
from api.http.requests import SignedIn
from api.http.responses import json_response_unless_cached
from journaling.measures import instruments
from journaling.measures.instruments import Instrument, InstrumentItem


class OptionOut(serializers.Serializer[Any]):
    """One answer that may be chosen."""

    value = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment] # API.md fixes the name


class AskedUnlessOut(serializers.Serializer[Any]):
    """The answer to another item that passes this one over."""

    item = serializers.CharField()
    value = serializers.IntegerField()


class ItemOut(serializers.Serializer[Any]):
    """One question; with ``asked_unless`` it is passed over after that answer."""

    id = serializers.CharField()
    text = serializers.CharField()
    options = OptionOut(many=True)
    asked_unless = AskedUnlessOut(allow_null=True)


class InstrumentOut(serializers.Serializer[Any]):
    """A questionnaire in its newest version, with its published wording."""

    slug = serializers.CharField()
    name = serializers.CharField()
    version = serializers.CharField()
    licence = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment] # API.md fixes the name
    attribution = serializers.CharField()
    lookback_days = serializers.IntegerField()
    instructions = serializers.CharField()
    note = serializers.CharField()
    items = ItemOut(many=True)


class InstrumentsOut(serializers.Serializer[Any]):
    """All of them."""

    results = InstrumentOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class Instruments(APIView):
    """The questionnaires that ship with this version."""

    permission_classes = [IsPatientOrStaff]

    @extend_schema(operation_id="list_instruments", responses={200: InstrumentsOut, 304: None})
    def get(self, request: SignedIn) -> HttpResponse:
        """List them; with If-None-Match an unchanged list answers 304."""
        return json_response_unless_cached(
            request,
            unpaged(
                [_instrument_to_json(instrument) for instrument in instruments.newest_instruments()]
            ),
        )


class OneInstrument(APIView):
    """One questionnaire."""

    permission_classes = [IsPatientOrStaff]

    @extend_schema(operation_id="read_instrument", responses={200: InstrumentOut, 304: None})
    def get(self, request: SignedIn, instrument: str) -> HttpResponse:
        """Read it; with If-None-Match an unchanged one answers 304."""
        chosen = next(
            (
                candidate
                for candidate in instruments.newest_instruments()
                if candidate.slug == instrument
            ),
            None,
        )
        if chosen is None:
            raise NotFound
        return json_response_unless_cached(request, _instrument_to_json(chosen))


def _instrument_to_json(instrument: Instrument) -> dict[str, Any]:
    return {
        "slug": instrument.slug,
        "name": instrument.name,
        "version": instrument.version,
        "licence": instrument.licence,
        "source": instrument.source,
        "attribution": instrument.attribution,
        "lookback_days": instrument.lookback_days,
        "instructions": instrument.instructions,
        "note": instrument.note,
        "items": [_item_to_json(item) for item in instrument.items],
    }


def _item_to_json(item: InstrumentItem) -> dict[str, Any]:
    rule = item.asked_unless
    return {
        "id": item.id,
        "text": item.text,
        "options": [{"value": option.value, "label": option.label} for option in item.options],
        "asked_unless": None if rule is None else {"item": rule.item, "value": rule.value},
    }
