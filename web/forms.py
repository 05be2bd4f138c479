"""The forms of the pages; what a room refuses is told beside the field (``showing.tell``)."""

from collections.abc import Iterable, Mapping
from datetime import time
from typing import Any
from uuid import UUID

from django import forms

from backend.kit.clocks import NotAClock, clock_of
from backend.kit.zones import UnknownZone, zone
from care.actions import episodes
from care.models import Admission, Attendance, CareTeamMembership, TreatmentSession
from journaling import wording

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
#: Where most patients of a US clinic live; the clinic's own zone is added.
ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix",
    "America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico",
)  # fmt: skip
Choices = Iterable[tuple[str, str]]


def spoken(choices: Any) -> list[tuple[str, str]]:
    """Give each choice of a table its name in words."""
    return [(value, wording.spoken(value).capitalize()) for value in choices.values]


class DayInput(forms.DateInput):
    """The browser's own way to choose a day."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class ClockInput(forms.TimeInput):
    """The browser's own way to choose a time of the day."""

    input_type = "time"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%H:%M", **kwargs)


class ClockField(forms.TimeField):
    """A time of the day, read as hours and minutes and nothing else."""

    widget = ClockInput

    def to_python(self, value: Any) -> Any:
        """Take what a browser sends for it."""
        if value in self.empty_values or isinstance(value, time):
            return super().to_python(value)
        try:
            return clock_of(value)
        except NotAClock:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


class When(forms.Form):
    """When a session is, by the clinic's clock, and where."""

    day = forms.DateField(label="Day", widget=DayInput())
    clock = ClockField(label="Starts at")
    minutes = forms.IntegerField(label="Minutes", min_value=5, max_value=1440)
    place = forms.CharField(label="Place", max_length=120, required=False)
    title = forms.CharField(
        label="Title", max_length=120, required=False,
        help_text="Patients see it in their app. Leave it empty for the kind alone.",
    )  # fmt: skip


class PlanForm(When):
    """A session to plan, once or every week."""

    kind = forms.ChoiceField(label="Kind", choices=spoken(TreatmentSession.Kind))
    whom = forms.ChoiceField(label="With")
    weekly = forms.BooleanField(label="Repeat every week", required=False)
    days = forms.MultipleChoiceField(
        label="On these days", required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(str(n), name) for n, name in enumerate(DAYS)],
        help_text="Without any: on the weekday of the first one.",
    )  # fmt: skip
    until = forms.DateField(label="Until", required=False, widget=DayInput(),
                            help_text="Leave it empty to go on.")  # fmt: skip

    field_order = ("kind", "whom", "day", "clock", "minutes", "place", "title", "weekly", "days",
                   "until")  # fmt: skip

    def __init__(self, *args: Any, people: Choices, groups: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        whom: Any = self.fields["whom"]
        whom.choices = [
            ("", "Choose a patient or a group"),
            ("Your patients", list(people)),
            ("Your groups", list(groups)),
        ]


class ChangeForm(When):
    """Where a session moves to."""

    rev = forms.IntegerField(widget=forms.HiddenInput)
    scope = forms.ChoiceField(
        label="Which", initial="this", widget=forms.RadioSelect, required=False,
        choices=[("this", "This session only"), ("following", "This and all that follow")],
    )  # fmt: skip

    def __init__(self, *args: Any, repeats: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not repeats:
            del self.fields["scope"]


class MarkForm(forms.Form):
    """One patient's attendance; without a status nothing is noted."""

    status = forms.ChoiceField(
        label="Attendance", required=False,
        choices=[("", "Not noted"), *spoken(Attendance.Status)],
    )  # fmt: skip
    minutes = forms.IntegerField(label="Minutes", required=False, min_value=0, max_value=1440)


class InviteForm(forms.Form):
    """Whom to invite."""

    display_name = forms.CharField(
        label="Name", max_length=120, help_text="The name that they want to be called by."
    )
    time_zone = forms.ChoiceField(
        label="Time zone", help_text="Their phone tells its own when they enrol."
    )

    def __init__(self, *args: Any, clinic_zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].initial = clinic_zone
        names = dict.fromkeys((clinic_zone, *ZONES))
        field: Any = self.fields["time_zone"]
        field.choices = [(name, name.replace("_", " ")) for name in names]

    def clean_time_zone(self) -> str:
        """Take a zone that exists."""
        name = str(self.cleaned_data["time_zone"])
        try:
            zone(name)
        except UnknownZone:
            raise forms.ValidationError("Choose a time zone of the list.") from None
        return name


class ColleagueForm(forms.Form):
    """Who joins a care team, and in which part."""

    clinician = forms.ChoiceField(label="Colleague")
    role = forms.ChoiceField(label="Part", choices=spoken(CareTeamMembership.Role))

    def __init__(self, *args: Any, colleagues: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["clinician"]
        field.choices = list(colleagues)


class GroupForm(forms.Form):
    """A group to open."""

    name = forms.CharField(label="Name of the group", max_length=120)


class MemberForm(forms.Form):
    """Who joins a group."""

    patient = forms.ChoiceField(label="Patient")

    def __init__(self, *args: Any, people: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["patient"]
        field.choices = list(people)


class CarePlanForm(forms.Form):
    """The plan of care as it shall stand."""

    rev = forms.IntegerField(widget=forms.HiddenInput)
    hours_per_week = forms.DecimalField(
        label="Hours a week", max_digits=4, decimal_places=1, min_value=0, max_value=100,
        help_text="Intensive outpatient care has at least 9.",
    )  # fmt: skip
    goals = forms.CharField(
        label="Goals", widget=forms.Textarea(attrs={"rows": 8}), max_length=10_000, required=False,
        help_text="One on each line, in words that the patient would use. They read them too.",
    )  # fmt: skip
    reviewed_on = forms.DateField(label="Reviewed on", widget=DayInput())

    def clean_goals(self) -> list[str]:
        """Read one goal a line."""
        goals = [line.strip() for line in self.cleaned_data["goals"].splitlines() if line.strip()]
        if len(goals) > 20 or any(len(goal) > 500 for goal in goals):
            raise forms.ValidationError("At most 20 goals, each of at most 500 characters.")
        return goals


class AsksForm(forms.Form):
    """What admission to intensive outpatient care asks."""

    prefix = "admission"
    physician = forms.ChoiceField(label="Physician who certifies", required=False)
    symptoms = forms.ChoiceField(
        label="Symptoms", choices=[("", "Not judged"), *spoken(Admission.Symptoms)], required=False
    )
    complies = forms.ChoiceField(
        label="Can keep to the plan", required=False,
        choices=[("", "Not judged"), *spoken(Admission.Compliance)],
    )  # fmt: skip
    lower_level_insufficient = forms.BooleanField(
        label="A lower level of care would not be enough", required=False
    )
    tolerates_intensity = forms.BooleanField(
        label="Can take part, and tolerates the intensity", required=False
    )
    co_occurring_manageable = forms.BooleanField(
        label="Other conditions are manageable at this level", required=False
    )
    not_at_imminent_risk = forms.BooleanField(label="Is not at imminent risk", required=False)

    def __init__(self, *args: Any, physicians: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["physician"]
        nobody = "Choose" if physicians else "None on the care team yet"
        field.choices = [("", nobody), *physicians]


class LevelForm(forms.Form):
    """A level of care from a day on."""

    to = forms.ChoiceField(label="Level of care")
    on = forms.DateField(label="From", widget=DayInput())
    planned_hours_per_week = forms.DecimalField(
        label="Hours a week", max_digits=4, decimal_places=1, min_value=0, max_value=100,
        required=False,
    )  # fmt: skip
    reason = forms.CharField(
        label="Reason", max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), required=False
    )

    def __init__(self, *args: Any, is_step: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        levels = [(value, wording.spoken(value).capitalize()) for value in episodes.LEVELS]
        field: Any = self.fields["to"]
        if is_step:
            field.choices = [*levels, (episodes.DISCHARGE, "Discharge")]
            self.fields["reason"].required = True
        else:
            field.choices = levels
            del self.fields["reason"]


class AssignForm(forms.Form):
    """A skill to practise as homework."""

    skill = forms.ChoiceField(label="Skill")
    per_week = forms.IntegerField(label="Times a week", initial=3, min_value=1, max_value=21)
    until = forms.DateField(
        label="Until", required=False, widget=DayInput(), help_text="Leave it empty to go on."
    )
    note = forms.CharField(
        label="Note", required=False, max_length=280, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The patient reads it beside the skill.",
    )  # fmt: skip

    def __init__(
        self, *args: Any, modules: Mapping[str, Iterable[tuple[str, str]]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["skill"]
        field.choices = [
            ("", "Choose a skill"),
            *((name, list(of)) for name, of in modules.items()),
        ]


class NoteForm(forms.Form):
    """A counselling note as its originator writes it."""

    text = forms.CharField(
        label="Note", max_length=10_000, widget=forms.Textarea(attrs={"rows": 12}),
        help_text=(
            "What you document or analyse of the conversation in a session. Not medication, times "
            "of sessions, modality, test results, diagnosis, treatment plan, symptoms, prognosis "
            "or progress: those belong to the record."
        ),
    )  # fmt: skip
    session = forms.ChoiceField(label="Session", required=False)
    rev = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, sessions: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["session"]
        field.choices = [("", "None in particular"), *sessions]

    def clean_text(self) -> str:
        """End lines as every other text of ours does."""
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")

    def clean_session(self) -> UUID | None:
        """Read which session was chosen."""
        chosen = self.cleaned_data["session"]
        return UUID(chosen) if chosen else None
