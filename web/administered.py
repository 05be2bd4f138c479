"""What administrators keep: their clinic, its staff and its groups; nothing of a patient."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import CharField, Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from backend.kit.errors import InvalidInput
from backend.kit.zones import UnknownZone, zone
from care.actions import groups, staff
from care.models import Clinic, ClinicSafety, Group, User
from web.administration import site
from web.forms import LineField

if TYPE_CHECKING:
    _Clinic = admin.ModelAdmin[Clinic]
    _User = admin.ModelAdmin[User]
    _Group = admin.ModelAdmin[Group]
    _Safety = admin.ModelAdmin[ClinicSafety]
    _UserForm = forms.ModelForm[User]
    _ClinicForm = forms.ModelForm[Clinic]
else:
    _Clinic = _User = _Group = _Safety = admin.ModelAdmin
    _UserForm = _ClinicForm = forms.ModelForm


#: More than anybody's name has.
MOST_WORDS, LONGEST_SEARCH = 8, 120


class OwnClinic:
    """What administrators may do: all of it within their own clinic, nothing is ever deleted."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show it."""
        return True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let them see what the list shows."""
        return True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let them change it."""
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let them add to it."""
        return True

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Take the filters that the list shows; an address asks the database nothing else."""
        return lookup in {"role", "is_active__exact"} and "\x00" not in str(value)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Look for a few words; each word more is asked of the database by itself."""
        few = " ".join(search_term.split()[:MOST_WORDS])[:LONGEST_SEARCH]
        found: Any = super().get_search_results(request, queryset, few)  # type: ignore[misc] # of the admin beside it
        return found

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Read names on one line, as every other page does."""
        if isinstance(db_field, CharField) and not db_field.choices:
            kwargs["form_class"] = LineField
        found: Any = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc] # of the admin beside it
        return found

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep it: rows stand behind sessions and access logs."""
        return False


def clinic_of(request: HttpRequest) -> Any:
    """Name the clinic of the administrator."""
    return request.user.clinic_id  # type: ignore[union-attr] # the gate let in one of ours


class ClinicForm(_ClinicForm):
    """A clinic's name and zone."""

    def clean_time_zone(self) -> str:
        """Take a zone that exists."""
        name = str(self.cleaned_data["time_zone"])
        try:
            zone(name)
        except UnknownZone:
            detail = "Must be an IANA time zone, such as America/Chicago."
            raise forms.ValidationError(detail) from None
        return name


class ClinicAdmin(OwnClinic, _Clinic):
    """The clinic itself."""

    form = ClinicForm
    fields = ("name", "time_zone")
    list_display = ("name", "time_zone")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Clinic]":
        """Show their own."""
        return super().get_queryset(request).filter(pk=clinic_of(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Clinics are opened by whoever runs the system."""
        return False


class StaffForm(_UserForm):
    """Somebody of the staff; the first password is told in person."""

    role = forms.ChoiceField(choices=[(role.value, role.label) for role in staff.STAFF])
    first_password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False,
        help_text="Tell it in person. They set up their second factor with it and change it.",
    )  # fmt: skip

    class Meta:
        model = User
        fields = ("username", "display_name", "role")


class StaffRoles(admin.SimpleListFilter):
    """The roles that are listed here."""

    title = "role"
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the roles of staff."""
        return [(role.value, str(role.label)) for role in staff.STAFF]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[User]") -> "QuerySet[User]":
        """Keep those of the role that was chosen."""
        return queryset.filter(role=self.value()) if self.value() else queryset


class StaffAdmin(OwnClinic, _User):
    """Clinicians and administrators. Patients are never listed here."""

    list_display = ("display_name", "username", "role", "is_active")
    list_filter = (StaffRoles, "is_active")
    search_fields = ("display_name", "username")
    actions = ("forget_factor",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[User]":
        """Show the staff of their own clinic."""
        rows = super().get_queryset(request)
        return rows.filter(clinic_id=clinic_of(request), role__in=staff.STAFF)

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Ask for little, and never for a role again."""
        if obj is None:
            return ("username", "display_name", "role", "first_password")
        return ("username", "role", "display_name", "is_active")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Keep who they are and what they are."""
        return () if obj is None else ("username", "role")

    def get_form(
        self,
        request: HttpRequest,
        obj: User | None = None,
        change: Any = False,  # noqa: FBT002 (Django's signature)
        **kwargs: Any,
    ) -> Any:
        """Check through the room itself, so that a refusal stands beside its field."""
        if obj is not None:
            return super().get_form(request, obj, change=change, **kwargs)
        administrator: Any = request.user

        class Adding(StaffForm):
            def clean(self) -> dict[str, Any] | None:
                found = super().clean() or self.cleaned_data
                if self.errors:
                    return found
                try:
                    self.instance = staff.add_staff(
                        admin=administrator, username=found["username"],
                        display_name=found["display_name"], role=found["role"],
                        password=found["first_password"], now=timezone.now(),
                    )  # fmt: skip
                except InvalidInput as refusal:
                    for fault in refusal.errors:
                        name = "first_password" if fault.field == "password" else fault.field
                        self.add_error(name, fault.detail)
                return found

            def _post_clean(self) -> None:
                """Nothing is left to check: the room has stored it."""

        return Adding

    def save_form(self, request: HttpRequest, form: Any, change: Any) -> User:
        """Take what the room stored, or what is about to be."""
        found: User = super().save_form(request, form, change) if change else form.instance
        return found

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """Nothing hangs on somebody of the staff that a form would carry."""

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: Any) -> None:
        """Write through the room; what was added is stored already."""
        if change:
            self._change(request, obj)

    def _change(self, request: HttpRequest, obj: User) -> None:
        administrator: Any = request.user
        try:
            staff.change_staff(
                admin=administrator, user_id=obj.pk, display_name=obj.display_name,
                is_active=obj.is_active, now=timezone.now(),
            )  # fmt: skip
        except staff.OwnAccount:
            messages.error(request, "Nobody shuts out themselves. Nothing was changed.")

    @admin.action(description="Take away a lost second factor")
    def forget_factor(self, request: HttpRequest, rows: "QuerySet[User]") -> None:
        """Let somebody who lost phone and codes enrol anew; their sign-ins end."""
        administrator: Any = request.user
        for user in rows:
            try:
                staff.forget_second_factor(admin=administrator, user_id=user.pk, now=timezone.now())
            except staff.OwnAccount:
                messages.error(request, "Your own second factor moves on your account page.")


class GroupAdmin(OwnClinic, _Group):
    """Groups and who leads them; never who is in them."""

    fields = ("name", "leader")
    list_display = ("name", "leader_name")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Group]":
        """Show those of their own clinic."""
        rows = super().get_queryset(request).select_related("leader")
        return rows.filter(clinic_id=clinic_of(request))

    @admin.display(description="Leader")
    def leader_name(self, obj: Group) -> str:
        """Name the leader."""
        return obj.leader.display_name

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Let clinicians of the clinic lead."""
        field: Any = super().formfield_for_foreignkey(
            db_field, request,
            queryset=User.objects.filter(
                clinic_id=clinic_of(request), role=User.Role.CLINICIAN, is_active=True
            ).order_by("display_name"),
            **kwargs,
        )  # fmt: skip
        field.label_from_instance = lambda user: user.display_name
        return field

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer no way to add or change a leader in passing."""
        field: Any = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "leader":
            field.widget.can_add_related = field.widget.can_change_related = False
            field.widget.can_view_related = False
        return field

    def save_model(self, request: HttpRequest, obj: Group, form: Any, change: Any) -> None:
        """Write through the room: a new leader joins the care teams, the former one leaves them."""
        administrator: Any = request.user
        groups.keep_group(
            admin=administrator, group_id=obj.pk, name=obj.name, leader_id=obj.leader_id,
            now=timezone.now(),
        )  # fmt: skip


#: Rota, hours and backup hold only together, so whoever runs the system sets them at once.
SET_AS_A_WHOLE = (
    "Hours, rota and backup are set together, by whoever runs the system. "
    "Until then nobody is called, and patients are told so."
)


class SafetyAdmin(OwnClinic, _Safety):
    """Who is called about safety, and when: set as a whole, shown here."""

    list_display = ("clinic_name", "alerts_on", "set_at")
    fields = readonly_fields = (
        "alerts_on", "hours", "rota", "backup_name", "escalate_minutes", "repeat_minutes", "set_at",
    )  # fmt: skip

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Say where they come from; before they are set, nobody is called."""
        told = {"title": "Who is called about safety", "subtitle": SET_AS_A_WHOLE}
        return super().changelist_view(request, {**told, **(extra_context or {})})

    def get_queryset(self, request: HttpRequest) -> "QuerySet[ClinicSafety]":
        """Show their own."""
        return super().get_queryset(request).filter(clinic_id=clinic_of(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """It is set as a whole."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It is set as a whole."""
        return False

    @admin.display(description="Clinic")
    def clinic_name(self, obj: ClinicSafety) -> str:
        """Name the clinic."""
        return obj.clinic.name

    @admin.display(description="Backup")
    def backup_name(self, obj: ClinicSafety) -> str:
        """Name who is called when nobody answers."""
        return obj.backup.display_name if obj.backup else "none"


_SHOWN: tuple[tuple[type[Model], Any], ...] = (
    (Clinic, ClinicAdmin), (User, StaffAdmin), (Group, GroupAdmin), (ClinicSafety, SafetyAdmin),
)  # fmt: skip
for model, shown in _SHOWN:
    site.register(model, shown)

__all__ = ["site"]
