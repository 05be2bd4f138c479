"""The questionnaires that can be answered as entries of kind ``measure``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from api.http.answers import Page
from api.http.errors import NotFound
from api.http.permissions import IsPatientOrStaff
from api.http.requests import SignedIn
from api.http.responses import json_response_unless_cached
from journaling.measures import instruments
from journaling.measures.instruments import Instrument, InstrumentItem


@dataclass(frozen=True, slots=True)
class OptionOut:
    """One answer that may be chosen."""

    value: int
    label: str


@dataclass(frozen=True, slots=True)
class AskedUnlessOut:
    """The answer to another item that passes this one over."""

    item: str
    value: int


@dataclass(frozen=True, slots=True)
class ItemOut:
    """One question; with ``asked_unless`` it is passed over after that answer."""

    id: str
    text: str
    options: Sequence[OptionOut]
    asked_unless: AskedUnlessOut | None

    @classmethod
    def of(cls, item: InstrumentItem) -> Self:
        rule = item.asked_unless
        return cls(
            id=item.id,
            text=item.text,
            options=[OptionOut(value=option.value, label=option.label) for option in item.options],
            asked_unless=None if rule is None else AskedUnlessOut(item=rule.item, value=rule.value),
        )


@dataclass(frozen=True, slots=True)
class InstrumentOut:
    """A questionnaire in its newest version, with its published wording."""

    slug: str
    name: str
    version: str
    licence: str
    source: str
    attribution: str
    lookback_days: int
    instructions: str
    note: str
    items: Sequence[ItemOut]

    @classmethod
    def of(cls, instrument: Instrument) -> Self:
        return cls(
            slug=instrument.slug, name=instrument.name, version=instrument.version,
            licence=instrument.licence, source=instrument.source,
            attribution=instrument.attribution, lookback_days=instrument.lookback_days,
            instructions=instrument.instructions, note=instrument.note,
            items=[ItemOut.of(item) for item in instrument.items],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class InstrumentsOut(Page):
    """All of them."""

    results: Sequence[InstrumentOut]


class Instruments(APIView):
    """The questionnaires that ship with this version."""

    permission_classes = [IsPatientOrStaff]

    @extend_schema(operation_id="list_instruments", responses={200: InstrumentsOut, 304: None})
    def get(self, request: SignedIn) -> HttpResponse:
        """List them; with If-None-Match an unchanged list answers 304."""
        return json_response_unless_cached(
            request,
            InstrumentsOut(
                [InstrumentOut.of(instrument) for instrument in instruments.newest_instruments()]
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
        return json_response_unless_cached(request, InstrumentOut.of(chosen))
