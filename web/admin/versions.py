"""What the site's pages of versioned rows have in common: each form adds a version, none is lost.

An address names any version of a thing and opens the newest; the list shows the newest alone.
"""

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from backend.kit.errors import ChangedMeanwhile, InvalidInput
from care.models import User
from web.admin.profile import CHANGED_MEANWHILE
from web.admin.site import OwnClinicAdmin, clinic_of
from web.form_fields import RevField

if TYPE_CHECKING:
    _Versions = admin.ModelAdmin[Model]
    _VersionForm = forms.ModelForm[Model]
else:
    _Versions = admin.ModelAdmin
    _VersionForm = forms.ModelForm


class VersionForm(_VersionForm):
    """The next version of something; it is stored by ``clean``, so that errors stand by fields."""

    rev = RevField(required=False)
    #: Who is signed in; set for each request.
    writer: ClassVar[User]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_new = self.instance._state.adding
        self.initial["rev"] = 0 if self.is_new else self.instance.rev  # type: ignore[attr-defined] # a version's
        if not self.is_new:
            self.initial.update(self.shown_values())

    @abstractmethod
    def shown_values(self) -> dict[str, Any]:
        """Return what the form shows of the version that stands."""

    @abstractmethod
    def store(self, sent: dict[str, Any], *, rev: int) -> None:
        """Add the version that was sent."""

    def field_of(self, fault: str) -> str | None:
        """Return the field of the form that a fault of the room stands beside."""
        return fault if fault in self.fields else None

    def clean(self) -> dict[str, Any]:
        """Store it, or say what is wrong with it."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        try:
            self.store(cleaned, rev=cleaned["rev"] or 0)
        except InvalidInput as refusal:
            for fault in refusal.errors:
                self.add_error(self.field_of(fault.field), fault.detail)
        except ChangedMeanwhile:
            self.add_error(None, CHANGED_MEANWHILE)
        return cleaned


class VersionedAdmin(OwnClinicAdmin, _Versions):
    """Things of the clinic's of which every version is kept."""

    object_history_template = "web/versions.html"
    actions = None
    #: The column that says of what a row is a version.
    thing: ClassVar[str]

    @abstractmethod
    def newest(self, rows: "QuerySet[Any]") -> "QuerySet[Any]":
        """Narrow versions to the newest of each thing."""

    @abstractmethod
    def history_of(self, clinic_id: UUID, thing: str) -> list[tuple[Any, list[tuple[str, Any]]]]:
        """Return every version of a thing, the newest first, with what it says by label."""

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Show the newest of their own clinic."""
        rows = super().get_queryset(request).filter(clinic_id=clinic_of(request))
        return self.newest(rows)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Return the newest version of what a version of their own clinic is of."""
        rows = self.model._base_manager.filter(clinic_id=clinic_of(request))
        try:
            named = rows.filter(pk=UUID(object_id)).first()
        except (ValueError, ValidationError):
            return None
        if named is None:
            return None
        same = {self.thing: getattr(named, self.thing)}
        return self.get_queryset(request).filter(**same).first()

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: Any = False,  # noqa: FBT002 (Django's signature)
        **kwargs: Any,
    ) -> Any:
        """Return the form of this request, which knows who writes."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.writer = request.user
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Name what a thing is once."""
        return () if obj is None else (self.thing,)

    def save_form(self, request: HttpRequest, form: Any, change: Any) -> Any:
        """Return the version that stands now, which is stored already."""
        return form.instance if change else self._stored(request, form)

    def _stored(self, request: HttpRequest, form: Any) -> Any:
        same = {self.thing: form.cleaned_data[self.thing]}
        return self.get_queryset(request).get(**same)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Skip: it is stored already."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """Skip: the form has no related rows."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Show every version, with who wrote it and when."""
        shown = self.get_object(request, object_id)
        thing = "" if shown is None else getattr(shown, self.thing)
        versions = self.history_of(clinic_of(request), thing)
        return super().history_view(
            request, object_id, {"versions": versions, **(extra_context or {})}
        )
