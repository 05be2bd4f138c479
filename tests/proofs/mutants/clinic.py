"""Guards of who is told what of a clinic and of help outside, and of who says it."""

from tests.proofs.mutants.mutant import Mutant

_PROFILE = "tests/api/clinic/test_clinic_profile.py::"
_LISTED = "tests/api/clinic/test_resources.py::"
_CONTACT = "tests/care/clinic/test_contact.py::"
_OWN_LESSONS = "tests/journaling/education/test_clinic_lessons.py::"
_OWN_API = "tests/api/skills/test_clinic_lessons.py::"
_VERSIONS = "tests/web/test_versioned_admin_pages.py::"
_RESOURCES, _SAID = "care/clinic/resources.py", "care/clinic/profile.py"

INTRODUCING = (
    Mutant(
        "whose resources are found", _RESOURCES,
        "    rows = CommunityResource.objects.filter(clinic_id=clinic_id)",
        "    rows = CommunityResource.objects.all()",
        (_LISTED + "test_another_clinics_are_not_there",),
    ),
    Mutant(
        "whose resource is changed", _RESOURCES,
        "    return CommunityResource.objects.filter(clinic_id=admin.clinic_id)",
        "    return CommunityResource.objects.all()",
        (_LISTED + "test_another_clinics_are_not_there",),
    ),
    Mutant(
        "a resource that was withdrawn", _RESOURCES,
        "        rows = rows.filter(is_withdrawn=False)\n", "        pass\n",
        (_LISTED + "test_a_withdrawn_one_is_shown_to_administrators_alone",),
    ),
    Mutant(
        "the revision of a resource", _RESOURCES,
        "pk=resource_id, rev=rev)", "pk=resource_id)",
        (_LISTED + "test_a_change_names_the_revision_that_was_read",),
    ),
    Mutant(
        "the revision of a profile", _SAID,
        "        if rev != newest.rev:\n            raise ClinicProfileChanged\n", "",
        (_PROFILE + "test_a_stale_revision_changes_nothing",),
    ),
    Mutant(
        "who writes a profile", "api/clinic/profile.py",
        'IsAdmin() if self.request.method == "PUT" else IsOfClinic()', "IsOfClinic()",
        (_PROFILE + "test_nobody_else_writes_it_or_reads_its_history",),
    ),
    Mutant(
        "the second factor of staff who read a profile", "api/http/permissions.py",
        'return request.user is not None and self._has_factor(cast("SignedIn", request))',
        "return request.user is not None",
        (_PROFILE + "test_staff_without_a_second_factor_read_nothing",),
    ),
    Mutant(
        "the scheme of a web address", "care/clinic/contact.py",
        'parts.scheme == "https" and ', "",
        (_CONTACT + "test_anything_else_is_none",),
    ),
    Mutant(
        "whose own lessons patients read", "journaling/education/clinic_lessons.py",
        "    rows = ClinicLesson.objects.filter(clinic__users=patient_id)",
        "    rows = ClinicLesson.objects.all()",
        (_OWN_LESSONS + "test_another_clinics_is_nowhere",),
    ),
    Mutant(
        "whose own lessons staff read", "journaling/education/clinic_lessons.py",
        "newest_lessons(ClinicLesson.objects.filter(clinic_id=clinic_id))))",
        "newest_lessons(ClinicLesson.objects.all())))",
        (_OWN_LESSONS + "test_another_clinics_is_nowhere",),
    ),
    Mutant(
        "an own lesson that was withdrawn", "journaling/education/read.py",
        "    standing = [one.lesson for one in own if not one.details.is_withdrawn]",
        "    standing = [one.lesson for one in own]",
        (_OWN_LESSONS + "test_withdrawn_patients_see_it_no_more_and_nobody_is_given_it",),
    ),
    Mutant(
        "the revision of an own lesson", "journaling/education/clinic_lessons.py",
        "        if rev != (0 if newest is None else newest.rev):\n            raise LessonChanged\n",
        "",
        (_OWN_LESSONS + "test_another_revision_is_refused",),
    ),
    Mutant(
        "who writes an own lesson", "api/skills/clinic_lessons.py",
        "        return [IsAdmin()]", "        return []",
        (_OWN_API + "test_nobody_but_an_administrator_writes",),
    ),
    Mutant(
        "whose versions an administrator is shown", "web/admin/versions.py",
        "rows = super().get_queryset(request).filter(clinic_id=clinic_of(request))",
        "rows = super().get_queryset(request)",
        (_VERSIONS + "test_another_clinics_are_none",),
    ),
)  # fmt: skip
