"""The clinic in the administrator's site: its name, its zone, and what it tells its people."""

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from backend.kit.errors import InvalidInput
from backend.kit.timezones import UnknownZone, get_zone
from care.clinic.contact import LONGEST_HOURS, MOST_HOURS
from care.clinic.profile import (
    ClinicDetails,
    ClinicProfileChanged,
    clinic_profile,
    clinic_profile_history,
    write_clinic_profile,
)
from care.models import Clinic, ClinicProfile, User
from web.admin.site import OwnClinicAdmin, clinic_of
from web.form_fields import LineField, LinesField, RevField

if TYPE_CHECKING:
    _Clinic = admin.ModelAdmin[Clinic]
    _ClinicForm = forms.ModelForm[Clinic]
else:
    _Clinic = admin.ModelAdmin
    _ClinicForm = forms.ModelForm

CHANGED_MEANWHILE = "Somebody else changed this meanwhile. Open it anew, then change it."
HTTPS_ONLY = "A whole address that begins with https://."
#: What patients are told beside the name and the hours.
_TOLD = (
    "address", "phone", "crisis_phone", "cost_page", "website", "insurance", "scholarship_contact",
)  # fmt: skip


def line_of(model: Any, name: str, **kwargs: Any) -> LineField:
    """Return a field for a line that may be left empty, as long as its column."""
    return LineField(required=False, max_length=_longest(model, name), **kwargs)


def text_of(model: Any, name: str, **kwargs: Any) -> forms.CharField:
    """Return a field for a few lines that may be left empty, as long as its column."""
    widget = forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    return forms.CharField(
        required=False, max_length=_longest(model, name), widget=widget, **kwargs
    )


def hours_field() -> LinesField:
    """Return a field for opening hours."""
    return LinesField(
        required=False, most=MOST_HOURS, longest=LONGEST_HOURS,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        help_text="A line each, such as Mon to Fri 8:00 to 18:00.",
    )  # fmt: skip


def _longest(model: Any, name: str) -> int:
    return int(model._meta.get_field(name).max_length)


class ClinicForm(_ClinicForm):
    """A clinic's name and zone, and its profile, of which every version is kept."""

    address = text_of(ClinicProfile, "address")
    phone = line_of(ClinicProfile, "phone")
    hours = hours_field()
    crisis_phone = line_of(
        ClinicProfile, "crisis_phone",
        help_text="Digits alone. Patients see it on their help page with 988 and 911.",
    )  # fmt: skip
    cost_page = line_of(ClinicProfile, "cost_page", help_text=HTTPS_ONLY)
    website = line_of(ClinicProfile, "website", help_text=HTTPS_ONLY)
    insurance = text_of(ClinicProfile, "insurance")
    scholarship_contact = line_of(ClinicProfile, "scholarship_contact")
    rev = RevField(required=False)
    #: Who is signed in; set for each request.
    writer: ClassVar[User]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version = clinic_profile(clinic_id=self.instance.pk)
        said = {name: getattr(version.details, name) for name in (*_TOLD, "hours")}
        self.initial.update(said | {"rev": version.rev})

    def clean_time_zone(self) -> str:
        """Take a zone that exists."""
        name = str(self.cleaned_data["time_zone"])
        try:
            get_zone(name)
        except UnknownZone:
            detail = "Must be an IANA time zone, such as America/Chicago."
            raise forms.ValidationError(detail) from None
        return name

    def clean(self) -> dict[str, Any]:
        """Store the profile, so that errors stand beside fields."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        details = ClinicDetails(
            name=cleaned["name"], hours=tuple(cleaned["hours"]),
            **{name: cleaned[name] or None for name in _TOLD},
        )  # fmt: skip
        try:
            write_clinic_profile(
                admin=self.writer, rev=cleaned["rev"] or 0, details=details, now=timezone.now()
            )
        except InvalidInput as refusal:
            for fault in refusal.errors:
                self.add_error(fault.field, fault.detail)
        except ClinicProfileChanged:
            self.add_error(None, CHANGED_MEANWHILE)
        return cleaned


class ClinicAdmin(OwnClinicAdmin, _Clinic):
    """The clinic itself."""

    form = ClinicForm
    fields = ("name", "time_zone", "hours", *_TOLD, "rev")
    list_display = ("name", "time_zone")
    object_history_template = "web/clinic_history.html"

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Clinic]":
        """Show their own."""
        return super().get_queryset(request).filter(pk=clinic_of(request))

    def get_form(
        self,
        request: HttpRequest,
        obj: Clinic | None = None,
        change: Any = False,  # noqa: FBT002 (Django's signature)
        **kwargs: Any,
    ) -> Any:
        """Return the form of this request, which knows who writes."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.writer = request.user
        return form

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Show every version of the profile before what was changed in this site."""
        versions = clinic_profile_history(clinic_id=clinic_of(request))
        return super().history_view(
            request, object_id, {"versions": versions, **(extra_context or {})}
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: clinics are created by whoever runs the system."""
        return False
