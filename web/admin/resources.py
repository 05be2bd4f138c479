"""Community resources in the administrator's site: what nobody checked for long stands first."""

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from backend.kit.errors import InvalidInput
from backend.kit.parsing import MAX_LANGUAGE_TAG, normalize_language_tag
from backend.kit.timezones import local_day
from care.clinic.resources import (
    MOST_LANGUAGES,
    Kind,
    ResourceChanged,
    ResourceDetails,
    is_stale,
    mark_resources_checked,
    put_resource,
    withdraw_resources,
)
from care.models import CommunityResource, User
from web.admin.profile import CHANGED_MEANWHILE, HTTPS_ONLY, hours_field, line_of, text_of
from web.admin.site import OwnClinicAdmin, clinic_of
from web.form_fields import DayField, DayInput, LineField, LinesField, RevField, choices_in_words
from web.templatetags.bidi import bdi

if TYPE_CHECKING:
    _Resource = admin.ModelAdmin[CommunityResource]
    _ResourceForm = forms.ModelForm[CommunityResource]
else:
    _Resource = admin.ModelAdmin
    _ResourceForm = forms.ModelForm

#: What may be left empty, beside hours, languages and the day.
_OPTIONAL = ("description", "region", "address", "phone", "website")


class ResourceForm(_ResourceForm):
    """One resource; it is stored by ``clean``, so that errors stand beside fields."""

    kind = forms.ChoiceField(choices=choices_in_words(Kind))
    name = LineField(max_length=120, widget=forms.TextInput(attrs={"dir": "auto"}))
    description = text_of(CommunityResource, "description")
    region = line_of(CommunityResource, "region", help_text="As people there call it.")
    address = text_of(CommunityResource, "address")
    phone = line_of(CommunityResource, "phone")
    website = line_of(CommunityResource, "website", help_text=HTTPS_ONLY)
    hours = hours_field()
    languages = LinesField(
        required=False, most=MOST_LANGUAGES, longest=MAX_LANGUAGE_TAG,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Which are spoken there: a tag a line, such as en or es.",
    )  # fmt: skip
    verified_at = DayField(
        label="Checked on", required=False, widget=DayInput(),
        help_text="When somebody last called or visited. After 180 days it is to be checked again.",
    )  # fmt: skip
    is_withdrawn = forms.BooleanField(
        label="Withdrawn", required=False, help_text="Patients are no longer shown it."
    )
    rev = RevField(required=False)
    #: Who is signed in; set for each request.
    writer: ClassVar[User]

    class Meta:
        model = CommunityResource
        fields = ("kind", "name", *_OPTIONAL, "hours", "languages", "verified_at", "is_withdrawn")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["rev"] = 0 if self.instance._state.adding else self.instance.rev

    def clean_languages(self) -> list[str]:
        """Take tags of languages."""
        tags = [normalize_language_tag(line) for line in self.cleaned_data["languages"]]
        if None in tags:
            raise forms.ValidationError("A tag a line, such as en or es.")
        return [tag for tag in tags if tag is not None]

    def clean(self) -> dict[str, Any]:
        """Store it, or say what is wrong with it."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        details = ResourceDetails(
            kind=cleaned["kind"], name=cleaned["name"], hours=tuple(cleaned["hours"]),
            languages=tuple(cleaned["languages"]), verified_at=cleaned["verified_at"],
            is_withdrawn=cleaned["is_withdrawn"],
            **{name: cleaned[name] or None for name in _OPTIONAL},
        )  # fmt: skip
        is_new = self.instance._state.adding
        try:
            put_resource(
                admin=self.writer, resource_id=self.instance.pk, details=details,
                rev=None if is_new else cleaned["rev"] or 0, now=timezone.now(),
            )  # fmt: skip
        except InvalidInput as refusal:
            for fault in refusal.errors:
                self.add_error(fault.field or None, fault.detail)
        except ResourceChanged:
            self.add_error(None, CHANGED_MEANWHILE)
        return cleaned


class ResourceAdmin(OwnClinicAdmin, _Resource):
    """Help outside of the clinic."""

    form = ResourceForm
    fields = (
        "kind", "name", *_OPTIONAL, "hours", "languages", "verified_at", "is_withdrawn", "rev",
    )  # fmt: skip
    list_display = ("shown_name", "kind", "verified_at", "is_fresh", "is_offered")
    list_filter = ("kind", "is_withdrawn")
    search_fields = ("name", "description", "region")
    actions = ("mark_checked", "withdraw")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[CommunityResource]":
        """Show those of their own clinic."""
        rows = super().get_queryset(request).select_related("clinic")
        return rows.filter(clinic_id=clinic_of(request))

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """Put first what was checked longest ago, or never; withdrawn ones stand last."""
        return ["is_withdrawn", F("verified_at").asc(nulls_first=True), "name", "id"]

    def get_form(
        self,
        request: HttpRequest,
        obj: CommunityResource | None = None,
        change: Any = False,  # noqa: FBT002 (Django's signature)
        **kwargs: Any,
    ) -> Any:
        """Return the form of this request, which knows who writes."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.writer = request.user
        return form

    def save_form(self, request: HttpRequest, form: Any, change: Any) -> CommunityResource:
        """Return the resource, which is stored already."""
        stored: CommunityResource = form.instance
        return stored

    def save_model(
        self, request: HttpRequest, obj: CommunityResource, form: Any, change: Any
    ) -> None:
        """Skip: it is stored already."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """Skip: the form has no related rows."""

    @admin.display(description="Name", ordering="name")
    def shown_name(self, obj: CommunityResource) -> str:
        """Return the name, isolated in its own text direction."""
        return bdi(obj.name)

    @admin.display(description="Checked of late", boolean=True)
    def is_fresh(self, obj: CommunityResource) -> bool:
        """Whether somebody checked it of late."""
        today = local_day(timezone.now(), obj.clinic.time_zone)
        return not is_stale(verified_at=obj.verified_at, today=today)

    @admin.display(description="Shown to patients", boolean=True)
    def is_offered(self, obj: CommunityResource) -> bool:
        """Whether patients are shown it."""
        return not obj.is_withdrawn

    @admin.action(description="Note that these were checked today")
    def mark_checked(self, request: HttpRequest, rows: "QuerySet[CommunityResource]") -> None:
        """Note that somebody checked these today."""
        administrator: Any = request.user
        count = mark_resources_checked(
            admin=administrator, resource_ids=_ids(rows), now=timezone.now()
        )
        messages.success(request, f"Checked today: {count}.")

    @admin.action(description="Withdraw from what patients see")
    def withdraw(self, request: HttpRequest, rows: "QuerySet[CommunityResource]") -> None:
        """Withdraw these."""
        administrator: Any = request.user
        count = withdraw_resources(admin=administrator, resource_ids=_ids(rows), now=timezone.now())
        messages.success(request, f"Withdrawn: {count}.")


def _ids(rows: "QuerySet[CommunityResource]") -> list[Any]:
    return list(rows.values_list("pk", flat=True))
