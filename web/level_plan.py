"""The clinic's plan of a level: looked at, and applied to one patient's reminders."""

from datetime import datetime, time
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.models import User
from care.people.patients import patient_name
from care.programme.episodes import EpisodeOver
from journaling import formatting
from notifications.reminders.level_plan import (
    ENDS,
    KEPT,
    NEW,
    THERE,
    LevelPlanStale,
    PlanItem,
    apply_level_plan,
    preview_level_plan,
)
from web.access import clinician_page
from web.form_fields import rev_or_zero
from web.rendering import redirect_to, render_page

CHANGED_NOTE = "The plan was changed meanwhile. It stands below; nothing was applied."
STATUS_WORDS = {
    NEW: "It is made.",
    THERE: "It is there already.",
    KEPT: "It is left to the patient, who decided on such reminders themselves.",
    ENDS: "It ends: the clinic gave it before.",
}


@clinician_page
@require_http_methods(["GET", "POST"])
def level_plan_page(
    request: HttpRequest, *, viewer: User, now: datetime, patient_id: UUID
) -> HttpResponse:
    """Show what applying the plan does, and apply it."""
    is_sent, problem = request.method == "POST", ""
    chart = open_chart(
        viewer=viewer, patient_id=patient_id, what=DataCategory.REMINDERS, now=now,
        to_write=is_sent,
    )  # fmt: skip
    try:
        if is_sent:
            apply_level_plan(chart=chart, rev=rev_or_zero(request.POST.get("rev", "")), now=now)
            return redirect_to("level", said="level_plan", patient_id=patient_id)
    except LevelPlanStale:
        problem = CHANGED_NOTE
    except EpisodeOver:
        raise Http404 from None
    try:
        preview = preview_level_plan(chart=chart, now=now)
    except EpisodeOver:
        raise Http404 from None
    return render_page(
        request, "web/level_plan.html", viewer=viewer, here="caseload", problem=problem,
        status=409 if problem else 200, patient_id=patient_id,
        name=patient_name(patient_id=patient_id), plan=preview.version,
        items=[(_words(item), STATUS_WORDS[item.status]) for item in preview.items],
    )  # fmt: skip


def _words(item: PlanItem) -> str:
    """Return a reminder in words: "Checkin at 08:00, 19:00"."""
    plan = item.plan
    name = formatting.humanize(plan.purpose).capitalize()
    if plan.before_minutes is not None:
        return f"{name}, {plan.before_minutes} minutes before each session"
    times = ", ".join(f"{time(one // 60, one % 60):%H:%M}" for one in plan.minutes)
    every = f", every {plan.every_days} days" if plan.every_days is not None else ""
    return f"{name} at {times}{every}"
