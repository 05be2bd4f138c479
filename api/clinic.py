"""What a clinic says itself: skills, triggers and targets beside the shipped ones."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from api.answers import answer
from api.paging import whole
from api.permissions import IsAdmin
from api.reading import (
    ChoiceOf,
    Input,
    ListOf,
    OneLine,
    PlainText,
    WholeNumber,
    YesNoField,
    checked,
    sent_rev,
)
from api.requests import SignedIn
from api.targets import TermsOut, shape_terms
from journaling import actions, catalogue, queries
from journaling.actions.clinic_words import MOST_TERMS

#: What a patient may be asked about a practice, as the shipped catalogue has it.
RATINGS = sorted({rating for one in catalogue.skills().values() for rating in one.ratings})


class ClinicSkillIn(Input):
    """What the clinic says; null or left out is as shipped. A skill that it adds needs more."""

    name = OneLine(max_length=80, required=False, allow_null=True)
    also_known_as = OneLine(max_length=200, required=False, allow_null=True, allow_blank=True)
    module = serializers.RegexField(
        r"^[a-z][a-z_]{1,39}$", required=False, allow_null=True, max_length=40
    )
    description = PlainText(max_length=500, required=False, allow_null=True)
    minutes = WholeNumber(min_value=1, max_value=600, required=False, allow_null=True)
    ratings = ListOf(
        child=ChoiceOf(choices=RATINGS), required=False, allow_null=True,
        max_length=len(RATINGS),
    )  # fmt: skip
    caution = PlainText(max_length=300, required=False, allow_null=True, allow_blank=True)
    withdrawn = YesNoField(required=False, default=False)


class ClinicSkillOut(serializers.Serializer[Any]):
    """What the clinic says about one skill; null is as shipped."""

    slug = serializers.CharField()
    name = serializers.CharField(allow_null=True)
    also_known_as = serializers.CharField(allow_null=True)
    module = serializers.CharField(allow_null=True)
    description = serializers.CharField(allow_null=True)
    minutes = serializers.IntegerField(allow_null=True)
    ratings = serializers.ListField(child=serializers.CharField(), allow_null=True)
    caution = serializers.CharField(allow_null=True)
    withdrawn = serializers.BooleanField()
    rev = serializers.IntegerField()
    changed_at = serializers.DateTimeField()


class ClinicSkillsOut(serializers.Serializer[Any]):
    """What the clinic says, by slug."""

    results = ClinicSkillOut(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class TermsIn(Input):
    """All that the clinic offers beside what ships."""

    targets = ListOf(child=OneLine(max_length=60), max_length=MOST_TERMS)
    triggers = ListOf(child=OneLine(max_length=60), max_length=MOST_TERMS)


class ClinicSkills(APIView):
    """The clinic's own skills, and what it says otherwise about shipped ones."""

    permission_classes = [IsAdmin]

    @extend_schema(operation_id="list_clinic_skills", responses=ClinicSkillsOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """List them, withdrawn ones as well."""
        found = queries.clinic_skills(clinic_id=request.user.clinic_id)
        return answer(whole(list(map(_shape, found))))


class OneClinicSkill(APIView):
    """What the clinic says about one skill."""

    permission_classes = [IsAdmin]

    @extend_schema(operation_id="set_clinic_skill", request=ClinicSkillIn, responses=ClinicSkillOut)
    def put(self, request: SignedIn, skill: str) -> HttpResponse:
        """Replace it, or add a skill; ``If-Match: "0"`` for the first time.

        A skill is withdrawn, never deleted: what was practised keeps its name.
        """
        sent, rev = checked(ClinicSkillIn, request), sent_rev(request)
        is_withdrawn = sent.pop("withdrawn")
        actions.set_clinic_skill(
            clinic_id=request.user.clinic_id,
            changed_by=request.user.pk,
            slug=skill,
            said=sent,
            is_withdrawn=is_withdrawn,
            rev=rev,
            now=timezone.now(),
        )
        rows = queries.clinic_skills(clinic_id=request.user.clinic_id)
        found = next(row for row in rows if row["slug"] == skill)
        return answer(_shape(found), rev=found["rev"])


class ClinicTerms(APIView):
    """Triggers and targets that the clinic offers."""

    permission_classes = [IsAdmin]

    @extend_schema(operation_id="read_clinic_terms", responses=TermsOut)
    def get(self, request: SignedIn) -> HttpResponse:
        """Read them."""
        return answer(shape_terms(queries.terms_of_clinic(clinic_id=request.user.clinic_id)))

    @extend_schema(operation_id="set_clinic_terms", request=TermsIn, responses=TermsOut)
    def put(self, request: SignedIn) -> HttpResponse:
        """Replace them; what is no longer offered is still taken from phones that wrote it."""
        sent = checked(TermsIn, request)
        actions.set_clinic_terms(clinic_id=request.user.clinic_id, **sent)
        return answer(shape_terms(queries.terms_of_clinic(clinic_id=request.user.clinic_id)))


def _shape(row: dict[str, Any]) -> dict[str, Any]:
    shown = dict(row)
    shown["withdrawn"] = shown.pop("is_withdrawn")
    return shown
