"""Forms about sessions: planning, changes, attendance and counselling notes."""

from typing import Any
from uuid import UUID

from django import forms

from care.models import Attendance, TreatmentSession
from web.forms.fields import (
    Choices,
    ClockField,
    DayField,
    DayInput,
    LineField,
    PageForm,
    RevField,
    choices_in_words,
    with_empty_choice,
)

WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class SessionTimeForm(PageForm):
    """When a session is, by the clinic's clock, and where."""

    day = DayField(label="Day", widget=DayInput())
    clock = ClockField(label="Starts at")
    minutes = forms.IntegerField(label="Minutes", min_value=5, max_value=1440)
    place = LineField(label="Place", max_length=120, required=False)
    title = LineField(
        label="Title", max_length=120, required=False,
        help_text="Patients see it in their app. Leave it empty for the kind alone.",
    )  # fmt: skip


class SessionPlanForm(SessionTimeForm):
    """A session to plan, once or every week."""

    kind = forms.ChoiceField(
        label="Kind", choices=with_empty_choice(choices_in_words(TreatmentSession.Kind))
    )
    whom = forms.ChoiceField(label="With")
    weekly = forms.BooleanField(label="Repeat every week", required=False)
    days = forms.MultipleChoiceField(
        label="On these days", required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(str(n), name) for n, name in enumerate(WEEKDAY_NAMES)],
        help_text="Without any: on the weekday of the first one.",
    )  # fmt: skip
    until = DayField(label="Until", required=False, widget=DayInput(),
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


class SessionChangeForm(SessionTimeForm):
    """Where a session moves to."""

    rev = RevField()
    scope = forms.ChoiceField(
        label="Which", initial="this", widget=forms.RadioSelect, required=False,
        choices=[("this", "This session only"), ("following", "This and all that follow")],
    )  # fmt: skip

    def __init__(self, *args: Any, repeats: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not repeats:
            del self.fields["scope"]


class AttendanceForm(PageForm):
    """One patient's attendance; without a status nothing is noted."""

    status = forms.ChoiceField(
        label="Attendance", required=False,
        choices=[("", "Not noted"), *choices_in_words(Attendance.Status)],
    )  # fmt: skip
    minutes = forms.IntegerField(label="Minutes", required=False, min_value=0, max_value=1440)


class CounsellingNoteForm(PageForm):
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
    rev = RevField(required=False)

    def __init__(self, *args: Any, sessions: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["session"]
        field.choices = [("", "None in particular"), *sessions]

    def clean_text(self) -> str:
        """Return the text with ``\\n`` as line ends."""
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")

    def clean_session(self) -> UUID | None:
        """Return the session that was chosen."""
        chosen = self.cleaned_data["session"]
        return UUID(chosen) if chosen else None
