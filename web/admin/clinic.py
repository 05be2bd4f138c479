"""The administrator's site and what it registers.

That is: the clinic, its staff, its groups, who is called about safety, resources outside, what is
planned for each level of care, and lessons of its own.
"""

from collections import Counter
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from care.accounts.names import namesake_key
from care.models import Clinic, ClinicSafety, CommunityResource, Group, LevelPlan, User
from care.programme.groups import save_group
from journaling.models import ClinicLesson
from web.admin.lessons import LessonAdmin
from web.admin.level_plans import LevelPlanAdmin
from web.admin.profile import ClinicAdmin
from web.admin.resources import ResourceAdmin
from web.admin.site import ClinicAdminSite, OwnClinicAdmin, clinic_of
from web.admin.staff import StaffAdmin
from web.templatetags.bidi import bdi, isolate

if TYPE_CHECKING:
    _Group = admin.ModelAdmin[Group]
    _Safety = admin.ModelAdmin[ClinicSafety]
else:
    _Group = _Safety = admin.ModelAdmin


site = ClinicAdminSite(name="admin")


class GroupAdmin(OwnClinicAdmin, _Group):
    """Groups and who leads them; never who is in them."""

    fields = ("name", "leader")
    list_display = ("shown_name", "leader_name")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Group]":
        """Show those of their own clinic."""
        rows = super().get_queryset(request).select_related("leader")
        return rows.filter(clinic_id=clinic_of(request))

    @admin.display(description="Name", ordering="name")
    def shown_name(self, obj: Group) -> str:
        """Return the group's name, isolated in its own text direction."""
        return bdi(obj.name)

    @admin.display(description="Leader")
    def leader_name(self, obj: Group) -> str:
        """Return the leader's name."""
        return bdi(obj.leader.display_name)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the clinicians of the clinic as leaders."""
        field: Any = super().formfield_for_foreignkey(
            db_field, request,
            queryset=User.objects.filter(
                clinic_id=clinic_of(request), role=User.Role.CLINICIAN, is_active=True
            ).order_by("display_name"),
            **kwargs,
        )  # fmt: skip
        leaders = list(field.queryset.values_list("display_name", flat=True))
        counted = Counter(map(namesake_key, leaders))
        field.label_from_instance = lambda user: isolate(
            f"{user.display_name} ({user.username})" if counted[namesake_key(user.display_name)] > 1
            else user.display_name
        )  # fmt: skip
        return field

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Remove the links to add, change or view a leader."""
        field: Any = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "leader":
            field.widget.can_add_related = field.widget.can_change_related = False
            field.widget.can_view_related = False
        return field

    def save_model(self, request: HttpRequest, obj: Group, form: Any, change: Any) -> None:
        """Save through ``care``: a new leader joins the care teams, the former one leaves them."""
        administrator: Any = request.user
        save_group(
            admin=administrator, group_id=obj.pk, name=obj.name, leader_id=obj.leader_id,
            now=timezone.now(),
        )  # fmt: skip


#: Rota, hours and backup hold only together, so whoever runs the system sets them at once.
SAFETY_SETTINGS_NOTE = (
    "Hours, rota and backup are set together, by whoever runs the system. "
    "Until then nobody is called, and patients are told so."
)


class SafetyAdmin(OwnClinicAdmin, _Safety):
    """Who is called about safety, and when: set as a whole, shown here."""

    list_display = ("clinic_name", "alerts_on", "set_at")
    fields = readonly_fields = (
        "alerts_on", "hours", "rota", "backup_name", "escalate_minutes", "repeat_minutes", "set_at",
    )  # fmt: skip

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Show the list with a note on where the settings come from."""
        heading = {"title": "Who is called about safety", "subtitle": SAFETY_SETTINGS_NOTE}
        return super().changelist_view(request, {**heading, **(extra_context or {})})

    def get_queryset(self, request: HttpRequest) -> "QuerySet[ClinicSafety]":
        """Show their own."""
        return super().get_queryset(request).filter(clinic_id=clinic_of(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: it is set as a whole."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: it is set as a whole."""
        return False

    @admin.display(description="Clinic")
    def clinic_name(self, obj: ClinicSafety) -> str:
        """Return the clinic's name."""
        return obj.clinic.name

    @admin.display(description="Backup")
    def backup_name(self, obj: ClinicSafety) -> str:
        """Return the name of who is called when nobody answers."""
        return obj.backup.display_name if obj.backup else "none"


_REGISTERED: tuple[tuple[type[Model], Any], ...] = (
    (Clinic, ClinicAdmin), (User, StaffAdmin), (Group, GroupAdmin), (ClinicSafety, SafetyAdmin),
    (CommunityResource, ResourceAdmin), (LevelPlan, LevelPlanAdmin), (ClinicLesson, LessonAdmin),
)  # fmt: skip
for model, shown in _REGISTERED:
    site.register(model, shown)
