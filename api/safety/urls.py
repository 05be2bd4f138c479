"""Routes of safety: crisis resources, safety plans and safety events."""

from django.urls import URLPattern, path

from api.safety import crisis_resources, events, safety_plan

urlpatterns: list[URLPattern] = [
    path("crisis-resources", crisis_resources.CrisisResources.as_view()),
    path("safety-plan", safety_plan.SafetyPlan.as_view()),
    path("safety-plan/history", safety_plan.SafetyPlanHistory.as_view()),
    path("patients/<uuid:patient_id>/safety-plan", safety_plan.PatientSafetyPlan.as_view()),
    path("safety-events", events.SafetyEvents.as_view()),
    path("safety-events/<uuid:event_id>", events.OneSafetyEvent.as_view()),
    path("safety-events/<uuid:event_id>/acknowledge", events.AcknowledgeSafetyEvent.as_view()),
]
