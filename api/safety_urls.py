"""The doors of safety, under /api/v1/."""

from django.urls import path

from api import crisis, safety_events, safety_plan

urlpatterns = [
    path("crisis-resources", crisis.CrisisResources.as_view()),
    path("safety-plan", safety_plan.SafetyPlan.as_view()),
    path("safety-plan/history", safety_plan.SafetyPlanHistory.as_view()),
    path("patients/<uuid:patient_id>/safety-plan", safety_plan.PatientSafetyPlan.as_view()),
    path("safety-events", safety_events.SafetyEvents.as_view()),
    path("safety-events/<uuid:event_id>", safety_events.OneSafetyEvent.as_view()),
    path(
        "safety-events/<uuid:event_id>/acknowledge",
        safety_events.AcknowledgeSafetyEvent.as_view(),
    ),
]
