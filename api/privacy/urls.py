"""Routes of privacy: consents, support persons, the access log, break-glass and exports."""

from django.urls import URLPattern, path

from api.privacy import access_log, break_glass, consents, exports, support_persons

urlpatterns: list[URLPattern] = [
    path("consents", consents.Consents.as_view()),
    path("consents/<uuid:consent_id>/revoke", consents.RevokeConsent.as_view()),
    path("consents/<uuid:consent_id>/invite", support_persons.InviteSupportPerson.as_view()),
    path("supported", support_persons.SharingPatients.as_view()),
    path("supported/<uuid:support_id>", support_persons.OneSharingPatient.as_view()),
    path("access-log", access_log.AccessLog.as_view()),
    path("disclosures", consents.Disclosures.as_view()),
    path("patients/<uuid:patient_id>/break-glass", break_glass.OpenChartInEmergency.as_view()),
    path("emergencies", break_glass.UnreviewedEmergencies.as_view()),
    path("emergencies/<uuid:emergency_id>/reviewed", break_glass.ReviewEmergency.as_view()),
    path("exports", exports.Exports.as_view()),
    path("exports/<uuid:export_id>", exports.OneExport.as_view()),
]
