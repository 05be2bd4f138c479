"""Plans of levels of care in the administrator's site: every version kept, with who wrote it."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from backend.kit.parsing import InvalidClockTime, format_clock_minute, parse_clock_time
from care.clinic.level_plans import (
    LEVELS,
    MOST_CHECK_INS,
    MOST_MEASURES,
    LevelPlanDetails,
    LevelPlanVersion,
    MeasureDue,
    level_plan,
    level_plan_history,
)
from care.models import LevelPlan
from journaling import formatting
from notifications.reminders.level_plan import set_plan_of_level
from web.admin.versions import VersionedAdmin, VersionForm
from web.form_fields import LinesField, with_empty_choice

_NAMES = [(level, formatting.humanize(level).capitalize()) for level in LEVELS]
_NUMBERS = ("sessions_per_week", "hours_per_week", "prompt_minutes", "reminder_minutes")
_LABELS = {
    "sessions_per_week": "Sessions a week", "hours_per_week": "Hours a week",
    "prompt_minutes": "Question before a session, minutes",
    "reminder_minutes": "Reminder of a session, minutes",
}  # fmt: skip
_DAYS = range(1, 367)


def _lines(most: int, help_text: str, label: str) -> LinesField:
    widget = forms.Textarea(attrs={"rows": 4})
    return LinesField(
        required=False, most=most, longest=60, widget=widget, help_text=help_text, label=label
    )


class LevelPlanForm(VersionForm):
    """What is planned for a level; what is left empty it does not plan."""

    level_of_care = forms.ChoiceField(label="Level", choices=with_empty_choice(_NAMES))
    sessions_per_week = forms.IntegerField(
        label=_LABELS["sessions_per_week"], required=False, min_value=0, max_value=40
    )
    hours_per_week = forms.FloatField(
        label=_LABELS["hours_per_week"], required=False, min_value=0, max_value=100
    )
    check_ins = _lines(MOST_CHECK_INS, "A time of the day a line, such as 09:00.", "Check-ins")
    prompt_minutes = forms.IntegerField(
        label=_LABELS["prompt_minutes"], required=False, min_value=120, max_value=180
    )
    reminder_minutes = forms.IntegerField(
        label=_LABELS["reminder_minutes"], required=False, min_value=5, max_value=1440
    )
    measures = _lines(
        MOST_MEASURES, "A questionnaire a line and every how many days, such as phq-9 14.",
        "Questionnaires",
    )  # fmt: skip

    class Meta:
        model = LevelPlan
        fields = ("level_of_care",)

    def shown_values(self) -> dict[str, Any]:
        """Return what the plan says."""
        row: Any = self.instance
        details = level_plan(clinic_id=row.clinic_id, level=row.level_of_care).details
        return {
            **{name: getattr(details, name) for name in _NUMBERS},
            "check_ins": [format_clock_minute(minutes) for minutes in details.check_ins],
            "measures": [f"{one.instrument} {one.every_days}" for one in details.measures],
        }

    def clean_check_ins(self) -> tuple[int, ...]:
        """Take times of the day."""
        try:
            times = [parse_clock_time(line) for line in self.cleaned_data["check_ins"]]
        except InvalidClockTime:
            raise forms.ValidationError("A time of the day a line, such as 09:00.") from None
        return tuple(at.hour * 60 + at.minute for at in times)

    def clean_measures(self) -> tuple[MeasureDue, ...]:
        """Take questionnaires, each with its days."""
        due = []
        for line in self.cleaned_data["measures"]:
            slug, _, days = line.rpartition(" ")
            if not (days.isascii() and days.isdigit() and len(days) <= 3 and int(days) in _DAYS):
                raise forms.ValidationError("A questionnaire a line, then from 1 to 366 days.")
            due.append(MeasureDue(slug.strip(), int(days)))
        return tuple(due)

    def store(self, sent: dict[str, Any], *, rev: int) -> None:
        """Add the version that was sent."""
        row: Any = self.instance
        details = LevelPlanDetails(
            check_ins=sent["check_ins"], measures=sent["measures"],
            **{name: sent[name] for name in _NUMBERS},
        )  # fmt: skip
        set_plan_of_level(
            admin=self.writer, level=sent.get("level_of_care") or row.level_of_care, rev=rev,
            details=details, now=timezone.now(),
        )  # fmt: skip

    def field_of(self, fault: str) -> str | None:
        """Return the field: a fault of one questionnaire stands beside all."""
        return super().field_of(fault.partition(".")[0])


class LevelPlanAdmin(VersionedAdmin):
    """What the clinic plans for each level of care."""

    form = LevelPlanForm
    thing = "level_of_care"
    fields = ("level_of_care", *_NUMBERS[:2], "check_ins", *_NUMBERS[2:], "measures", "rev")
    list_display = ("level_name", "rev", "at")

    def newest(self, rows: "QuerySet[Any]") -> "QuerySet[Any]":
        """Narrow versions to the newest of each level."""
        later = LevelPlan.objects.filter(
            clinic_id=OuterRef("clinic_id"), level_of_care=OuterRef("level_of_care"),
            rev__gt=OuterRef("rev"),
        )  # fmt: skip
        return rows.filter(~Exists(later))

    @admin.display(description="Level", ordering="level_of_care")
    def level_name(self, obj: LevelPlan) -> str:
        """Return the level in words."""
        return dict(_NAMES).get(obj.level_of_care, obj.level_of_care)

    def history_of(self, clinic_id: UUID, thing: str) -> list[tuple[Any, list[tuple[str, Any]]]]:
        """Return every version of the plan of a level, with what it plans."""
        versions = level_plan_history(clinic_id=clinic_id, level=thing)
        return [(version, _said(version)) for version in versions]


def _said(version: LevelPlanVersion) -> list[tuple[str, str]]:
    details = version.details
    measures = [f"{one.instrument} every {one.every_days} days" for one in details.measures]
    said = [(_LABELS[name], getattr(details, name)) for name in _NUMBERS]
    said.insert(2, ("Check-ins", ", ".join(map(format_clock_minute, details.check_ins)) or None))
    said.append(("Questionnaires", "\n".join(measures) or None))
    return [(label, str(value)) for label, value in said if value is not None]
