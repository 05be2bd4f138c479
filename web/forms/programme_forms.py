"""Forms about the programme.

That is: invitations, care teams, groups, care plans, levels of care and assignments. A choice of
which a wrong one would do harm begins with nothing chosen, so that a form sent in haste is refused.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from backend.kit.timezones import UnknownZone, get_zone
from care.models import Admission, CareTeamMembership
from care.programme import episodes
from journaling import formatting
from web.forms.fields import (
    Choices,
    DayField,
    DayInput,
    LineField,
    PageForm,
    RevField,
    choices_in_words,
    with_empty_choice,
)

#: Where most patients of a US clinic live; the clinic's own zone is added.
COMMON_ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix",
    "America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico",
)  # fmt: skip


class InviteForm(PageForm):
    """Whom to invite."""

    display_name = LineField(
        label="Name", max_length=120, help_text="The name that they want to be called by."
    )
    time_zone = forms.ChoiceField(
        label="Time zone", help_text="Their phone tells its own when they enrol."
    )

    def __init__(self, *args: Any, clinic_zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].initial = clinic_zone
        names = dict.fromkeys((clinic_zone, *COMMON_ZONES))
        field: Any = self.fields["time_zone"]
        field.choices = [(name, name.replace("_", " ")) for name in names]

    def clean_time_zone(self) -> str:
        """Take a zone that exists."""
        name = str(self.cleaned_data["time_zone"])
        try:
            get_zone(name)
        except UnknownZone:
            raise forms.ValidationError("Choose a time zone of the list.") from None
        return name


class ColleagueForm(PageForm):
    """Who joins a care team, and in which part."""

    clinician = forms.ChoiceField(label="Colleague")
    role = forms.ChoiceField(
        label="Part", choices=with_empty_choice(choices_in_words(CareTeamMembership.Role))
    )

    def __init__(self, *args: Any, colleagues: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["clinician"]
        field.choices = with_empty_choice(colleagues)


class GroupForm(PageForm):
    """A group to open."""

    name = LineField(label="Name of the group", max_length=120)


class MemberForm(PageForm):
    """Who joins a group."""

    patient = forms.ChoiceField(label="Patient")

    def __init__(self, *args: Any, people: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["patient"]
        field.choices = with_empty_choice(people)


class CarePlanForm(PageForm):
    """The plan of care as it shall stand."""

    rev = RevField()
    hours_per_week = forms.DecimalField(
        label="Hours a week", max_digits=4, decimal_places=1, min_value=0, max_value=100,
        help_text="Intensive outpatient care has at least 9.",
    )  # fmt: skip
    goals = forms.CharField(
        label="Goals", widget=forms.Textarea(attrs={"rows": 8}), max_length=10_000, required=False,
        help_text="One on each line, in words that the patient would use. They read them too.",
    )  # fmt: skip
    reviewed_on = DayField(label="Reviewed on", widget=DayInput())

    def clean_goals(self) -> list[str]:
        """Return one goal for each line."""
        goals = [line.strip() for line in self.cleaned_data["goals"].splitlines() if line.strip()]
        if len(goals) > 20 or any(len(goal) > 500 for goal in goals):
            raise forms.ValidationError("At most 20 goals, each of at most 500 characters.")
        return goals


class AdmissionForm(PageForm):
    """What admission to intensive outpatient care asks."""

    prefix = "admission"
    physician = forms.ChoiceField(label="Physician who certifies", required=False)
    symptoms = forms.ChoiceField(
        label="Symptoms",
        choices=[("", "Not judged"), *choices_in_words(Admission.Symptoms)],
        required=False,
    )
    complies = forms.ChoiceField(
        label="Can keep to the plan", required=False,
        choices=[("", "Not judged"), *choices_in_words(Admission.Compliance)],
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


class LevelOfCareForm(PageForm):
    """A level of care from a day on."""

    to = forms.ChoiceField(label="Level of care")
    on = DayField(label="From", widget=DayInput())
    planned_hours_per_week = forms.DecimalField(
        label="Hours a week", max_digits=4, decimal_places=1, min_value=0, max_value=100,
        required=False,
    )  # fmt: skip
    reason = forms.CharField(
        label="Reason", max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), required=False
    )

    def __init__(self, *args: Any, is_step: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        levels = [(value, formatting.humanize(value).capitalize()) for value in episodes.LEVELS]
        field: Any = self.fields["to"]
        if is_step:
            field.choices = with_empty_choice([*levels, (episodes.DISCHARGE, "Discharge")])
            self.fields["reason"].required = True
        else:
            field.choices = with_empty_choice(levels)
            del self.fields["reason"]


class AssignmentForm(PageForm):
    """A skill to practise as homework."""

    skill = forms.ChoiceField(label="Skill")
    per_week = forms.IntegerField(label="Times a week", initial=3, min_value=1, max_value=21)
    until = DayField(
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
