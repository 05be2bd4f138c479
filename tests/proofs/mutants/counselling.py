"""Guards of counselling notes, which a consent of their own opens."""

from tests.proofs.mutants.mutant import Mutant

_A = "tests/api/"
_NOTES = "care/counselling/notebook.py"

COUNSELLING = (
    Mutant(
        "whom a consent names for counselling notes", _NOTES,
        'patient_id=OuterRef("patient_id"), clinician_id=viewer.pk, scope__lists=NOTES_SCOPE,\n'
        '    )  # fmt: skip\n\n\n'
        "def _log_committed",
        'patient_id=OuterRef("patient_id"), scope__lists=NOTES_SCOPE,\n'
        "    )  # fmt: skip\n\n\ndef _log_committed",
        (
            _A + "sessions/test_counselling_notes_readers.py::"
            "test_each_reader_gets_what_is_theirs[mate_while_another_is_named]",
        ),
    ),
    Mutant(
        "that treatment's consent opens no such note", _NOTES,
        "consent_holds(now, purpose=Consent.Purpose.COUNSELLING_NOTES),\n"
        '        patient_id=OuterRef("patient_id"), clinician_id=viewer.pk, '
        "scope__lists=NOTES_SCOPE,",
        "consent_holds(now),\n        patient_id=OuterRef(\"patient_id\"),",
        (_A + "sessions/test_counselling_notes_readers.py::test_each_reader_gets_what_is_theirs[colleague_on_team]",),
    ),
    Mutant(
        "that notes are asked for as they are read", _NOTES,
        "Q(originator_id=book.viewer.pk) | Exists(_naming_consents(book.viewer, now)),",
        "Q(originator_id=book.viewer.pk) | Q(pk__isnull=not book.is_named),",
        (_A + "sessions/test_counselling_notes_readers.py::test_what_ends_after_the_notebook_was_opened_counts",),
    ),
    Mutant(
        "who treats while notes are read", _NOTES,
        "        Exists(treats), patient_id=book.patient_id, deleted_at__isnull=True,",
        "        patient_id=book.patient_id, deleted_at__isnull=True,",
        (_A + "sessions/test_counselling_notes_readers.py::test_what_ends_after_the_notebook_was_opened_counts",),
    ),
    Mutant(
        "who changes a note", _NOTES,
        "CounsellingNote.objects.filter(patient_id=book.patient_id, originator_id=book.viewer.pk)",
        "CounsellingNote.objects.filter(patient_id=book.patient_id)",
        (_A + "sessions/test_counselling_notes_readers.py::test_nobody_but_the_originator_changes_it",),
    ),
)  # fmt: skip
