"""The page of what a group is taught week by week."""

import re
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from backend.kit.errors import InvalidInput
from backend.kit.timezones import local_day
from care.models import User
from journaling.education.curriculum import (
    MAX_TEXT_LENGTH,
    MOST_A_WEEK,
    MOST_WEEKS,
    THEME_NAMES,
    CurriculumChanged,
    CurriculumPlan,
    CurriculumView,
    CurriculumWeek,
    curriculum_of,
    write_curriculum,
)
from web.access import clinician_page
from web.form_fields import DayField, DayInput, LineField, PageForm, RevField, with_empty_choice
from web.rendering import add_form_errors, posted_data, redirect_to, render_page

CURRICULUM_CHANGED_NOTE = (
    "Somebody wrote another version meanwhile. It stands below; yours was not stored."
)
_BRACKET = re.compile(r"\[(skills|lessons):([^\]]*)\]")


class CurriculumForm(PageForm):
    """A theme and its weeks."""

    rev = RevField()
    theme = forms.ChoiceField(
        label="Theme",
        choices=with_empty_choice(list(THEME_NAMES.items())),
    )
    own_words = LineField(label="What you call it", max_length=80, required=False)
    starts_on = DayField(label="First week, by any day of it", widget=DayInput())
    repeats = forms.BooleanField(label="Begins anew after the last week", required=False)
    weeks = forms.CharField(
        label="Weeks", widget=forms.Textarea(attrs={"rows": 10}), max_length=20_000, required=False,
        help_text="One on each line, in order. Members read it. What goes with a week stands behind"
        " it: [skills: ride-the-urge] [lessons: sleep-habits].",
    )  # fmt: skip

    def clean_weeks(self) -> tuple[CurriculumWeek, ...]:
        """Return the lines as weeks."""
        lines = [line.strip() for line in self.cleaned_data["weeks"].splitlines() if line.strip()]
        weeks = tuple(map(_parse_week, lines))
        if len(weeks) > MOST_WEEKS:
            raise forms.ValidationError(f"At most {MOST_WEEKS} weeks.")
        for number, week in enumerate(weeks, start=1):
            most = max(len(week.skills), len(week.lessons))
            if not 0 < len(week.text) <= MAX_TEXT_LENGTH or most > MOST_A_WEEK:
                raise forms.ValidationError(
                    f"Week {number}: some words, at most {MAX_TEXT_LENGTH} characters, and at most "
                    f"{MOST_A_WEEK} skills and {MOST_A_WEEK} lessons."
                )
        return weeks


@clinician_page
@require_http_methods(["GET", "POST"])
def curriculum_page(
    request: HttpRequest, *, viewer: User, now: datetime, group_id: UUID
) -> HttpResponse:
    """Show what a group is taught; who leads it writes the next version."""
    form, problem = CurriculumForm(posted_data(request)), ""
    if form.is_bound and form.is_valid():
        sent = form.cleaned_data
        plan = CurriculumPlan(
            sent["theme"], sent["own_words"], sent["starts_on"], sent["repeats"], sent["weeks"]
        )
        try:
            write_curriculum(leader=viewer, group_id=group_id, plan=plan, rev=sent["rev"], now=now)
        except InvalidInput as refusal:
            _add_errors(form, refusal)
        except CurriculumChanged:
            problem = CURRICULUM_CHANGED_NOTE
        else:
            return redirect_to("group", said="curriculum", group_id=group_id)
    view = curriculum_of(viewer=viewer, group_id=group_id)
    if problem or not form.is_bound:
        form = CurriculumForm(initial=_current_values(view, local_day(now, _zone(viewer))))
    return render_page(
        request, "web/curriculum.html", viewer=viewer, here="groups", form=form, view=view,
        status=409 if problem else 400 if form.errors else 200, problem=problem,
    )  # fmt: skip


def _zone(viewer: User) -> str:
    return str(viewer.clinic.time_zone)


def _parse_week(line: str) -> CurriculumWeek:
    found: dict[str, tuple[str, ...]] = {
        name: tuple(filter(None, map(str.strip, values.split(","))))
        for name, values in _BRACKET.findall(line)
    }
    return CurriculumWeek(" ".join(_BRACKET.sub("", line).split()), **found)


def _format_week(week: CurriculumWeek) -> str:
    parts = [
        f" [{name}: {', '.join(slugs)}]"
        for name, slugs in (("skills", week.skills), ("lessons", week.lessons))
        if slugs
    ]
    return week.text + "".join(parts)


def _add_errors(form: CurriculumForm, refusal: InvalidInput) -> None:
    """Name the week whose skills or lessons are unknown."""
    for fault in refusal.errors:
        _, _, place = fault.field.partition("weeks.")
        number = place.partition(".")[0]
        if number.isdigit():
            form.add_error("weeks", f"Week {int(number) + 1}: {fault.detail}")
        else:
            add_form_errors(form, InvalidInput([fault]))


def _current_values(view: CurriculumView, today: date) -> dict[str, Any]:
    plan = view.plan
    if plan is None:
        return {"rev": 0, "starts_on": today, "repeats": True}
    return {
        "rev": view.rev,
        "theme": plan.theme,
        "own_words": plan.own_words,
        "starts_on": plan.starts_on,
        "repeats": plan.repeats,
        "weeks": "\n".join(map(_format_week, plan.weeks)),
    }
