"""Staff in the administrator's site, and their enrolment codes."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from backend.kit.errors import InvalidInput
from care.access import admin_acts
from care.accounts import staff_invitations
from care.accounts.staff import (
    OwnAccount,
    change_staff,
    remove_staff_second_factor,
    validate_staff_rename,
)
from care.models import User
from care.models.people import STAFF_ROLES
from web.admin.site import OwnClinicAdmin, clinic_of
from web.templatetags.bidi import bdi

if TYPE_CHECKING:
    _User = admin.ModelAdmin[User]
    _UserForm = forms.ModelForm[User]
else:
    _User = admin.ModelAdmin
    _UserForm = forms.ModelForm

OWN_ACCOUNT_NOTE = "Your own password and second factor change on your account page."
OTHER_FACTOR_RENEWED = (
    "You renewed the other half of their way in lately. Another administrator, or whoever runs the "
    "system, does this one."
)
ONE_PERSON_ONLY = "Choose one person: a code is shown once, for them alone."


class StaffForm(_UserForm):
    """Somebody of the staff; their password is theirs alone to choose."""

    username = forms.CharField(
        max_length=150, required=False,
        help_text="Leave it empty to let them choose the name they sign in with.",
    )  # fmt: skip
    role = forms.ChoiceField(choices=[(role.value, role.label) for role in STAFF_ROLES])

    class Meta:
        model = User
        fields = ("username", "display_name", "role")


class StaffChangeForm(_UserForm):
    """Somebody of the staff who is there already."""

    def clean_display_name(self) -> str:
        """Take a name that is valid and not taken."""
        name = str(self.cleaned_data["display_name"])
        try:
            validate_staff_rename(user_id=self.instance.pk, display_name=name)
        except InvalidInput as refusal:
            raise forms.ValidationError(refusal.errors[0].detail) from None
        return name


class StaffRoleFilter(admin.SimpleListFilter):
    """The roles that are listed here."""

    title = "role"
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the roles of staff."""
        return [(role.value, str(role.label)) for role in STAFF_ROLES]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[User]") -> "QuerySet[User]":
        """Keep those of the role that was chosen."""
        return queryset.filter(role=self.value()) if self.value() else queryset


class StaffAdmin(OwnClinicAdmin, _User):
    """Clinicians and administrators. Patients are never listed here."""

    list_display = ("shown_name", "username", "role", "is_active")
    list_filter = (StaffRoleFilter, "is_active")
    search_fields = ("display_name", "username")
    actions = ("make_code", "forget_factor")

    @admin.display(description="Display name", ordering="display_name")
    def shown_name(self, obj: User) -> str:
        """Return their name, isolated in its own text direction."""
        return bdi(obj.display_name)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[User]":
        """Show the staff of their own clinic."""
        rows = super().get_queryset(request)
        return rows.filter(clinic_id=clinic_of(request), role__in=STAFF_ROLES)

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Return the form's fields."""
        if obj is None:
            return ("username", "display_name", "role")
        return ("username", "role", "display_name", "is_active")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Return the fields that can't be changed: username and role of a saved user."""
        return () if obj is None else ("username", "role")

    def get_form(
        self,
        request: HttpRequest,
        obj: User | None = None,
        change: Any = False,  # noqa: FBT002 (Django's signature)
        **kwargs: Any,
    ) -> Any:
        """Return the form; a new user is saved by ``clean``, so that errors stand beside fields."""
        if obj is not None:
            return super().get_form(request, obj, change=change, form=StaffChangeForm, **kwargs)
        administrator: Any = request.user

        class Adding(StaffForm):
            def clean(self) -> dict[str, Any] | None:
                cleaned = super().clean() or self.cleaned_data
                if self.errors:
                    return cleaned
                try:
                    user, code = staff_invitations.invite_staff(
                        clinic_id=administrator.clinic_id, username=cleaned["username"],
                        display_name=cleaned["display_name"], role=cleaned["role"],
                        invited_by=administrator, now=timezone.now(),
                    )  # fmt: skip
                except InvalidInput as refusal:
                    for fault in refusal.errors:
                        self.add_error(fault.field, fault.detail)
                    return cleaned
                # Shown in the response to this request only.
                request.staff_code = code  # type: ignore[attr-defined] # ours
                self.instance = user
                return cleaned

            def _post_clean(self) -> None:
                """Skip Django's checks: ``invite_staff`` has validated and stored the user."""

        return Adding

    def save_form(self, request: HttpRequest, form: Any, change: Any) -> User:
        """Return the user: stored already when added, unsaved when changed."""
        user: User = super().save_form(request, form, change) if change else form.instance
        return user

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """Skip: the form has no related rows."""

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: Any) -> None:
        """Save through ``care``; an added user is stored already."""
        if change:
            self._change(request, obj)

    def response_add(
        self, request: HttpRequest, obj: User, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the code, once."""
        code: Any = getattr(request, "staff_code", "")
        return _code_page(request, obj, code)

    def _change(self, request: HttpRequest, obj: User) -> None:
        administrator: Any = request.user
        try:
            change_staff(
                admin=administrator, user_id=obj.pk, display_name=obj.display_name,
                is_active=obj.is_active, now=timezone.now(),
            )  # fmt: skip
        except OwnAccount:
            messages.error(request, "Nobody shuts out themselves. Nothing was changed.")

    @admin.action(description="Make a new code to choose a password with")
    def make_code(self, request: HttpRequest, rows: "QuerySet[User]") -> HttpResponse | None:
        """Create a code for one person to choose a password with, and show it."""
        administrator: Any = request.user
        chosen = list(rows[:2])
        if len(chosen) != 1:
            messages.error(request, ONE_PERSON_ONLY)
            return None
        try:
            code = staff_invitations.renew_staff_invitation(
                admin=administrator, user_id=UUID(str(chosen[0].pk)), now=timezone.now()
            )
        except OwnAccount:
            messages.error(request, OWN_ACCOUNT_NOTE)
            return None
        except User.DoesNotExist:
            messages.error(request, "Let them in first: they are not active.")
            return None
        except admin_acts.OtherHalfRenewed:
            messages.error(request, OTHER_FACTOR_RENEWED)
            return None
        except InvalidInput as refusal:
            messages.error(request, refusal.errors[0].detail)
            return None
        return _code_page(request, chosen[0], code)

    @admin.action(description="Take away a lost second factor")
    def forget_factor(self, request: HttpRequest, rows: "QuerySet[User]") -> None:
        """Remove the second factor of people who lost it; their sign-ins end."""
        administrator: Any = request.user
        for user in rows:
            try:
                remove_staff_second_factor(admin=administrator, user_id=user.pk, now=timezone.now())
            except OwnAccount:
                messages.error(request, OWN_ACCOUNT_NOTE)
            except admin_acts.OtherHalfRenewed:
                messages.error(request, OTHER_FACTOR_RENEWED)


def _code_page(request: HttpRequest, user: User, code: str) -> HttpResponse:
    shown = {"viewer": request.user, "name": user.display_name, "code": code}
    return render(request, "web/staff_code.html", shown)
