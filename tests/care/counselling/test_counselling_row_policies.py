"""PostgreSQL shows a counselling note to its originator and to whom a consent names (R16, R33).

Stricter than the care team's policies, and under the application's own checks: rows are asked for
without any condition.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.utils import timezone

from backend.kit.db import rls_actor
from care.counselling.edit import change_note, delete_note
from care.models import CareTeamMembership, Consent, CounsellingNote, CounsellingVersion, User
from tests.api.sessions import test_counselling_notes_readers
from tests.cast import Cast
from tests.counselling_note import (
    add_note,
    colleague_named_in_consent,
    colleague_on_team,
    open_notes_about,
)

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no row policies"),
    pytest.mark.django_db,
]
TABLES = ("care_counsellingkey", "care_counsellingnote", "care_counsellingversion")


def seen(actor: str) -> dict[str, int]:
    """Count what somebody's raw select finds in each table."""
    found = {}
    with rls_actor.acting_as(actor), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = int(cursor.fetchone()[0])
    return found


def as_person(user: User) -> str:
    return rls_actor.user_actor(user.role, user.pk)


def counts(key: int, note: int, version: int) -> dict[str, int]:
    return dict(zip(TABLES, (key, note, version), strict=True))


def changed(cast: Cast) -> None:
    """Let there be a note of two versions, and one that was deleted."""
    now = timezone.now()
    book = open_notes_about(cast.dr_okafor, cast.maya)
    first, second = add_note(cast.dr_okafor, cast.maya), add_note(cast.dr_okafor, cast.maya)
    change_note(book=book, note_id=first, rev=1, text="second words", now=now)
    delete_note(book=book, note_id=second, rev=1, now=now)


#: Who asks, and how many keys, notes and versions their raw select finds.
NOTHING, WHAT_STANDS_THERE = counts(0, 0, 0), counts(1, 1, 1)
SEEN: list[tuple[Callable[[Cast], User], dict[str, int]]] = [
    (test_counselling_notes_readers.originator, counts(1, 2, 4)),
    (test_counselling_notes_readers.originator_without_consent_to_treatment, counts(1, 2, 4)),
    (test_counselling_notes_readers.originator_who_left, NOTHING),
    (test_counselling_notes_readers.originator_who_left_in_an_emergency, NOTHING),
    (colleague_on_team, NOTHING),
    # Neither what was said before nor what was deleted.
    (colleague_named_in_consent, WHAT_STANDS_THERE),
    (test_counselling_notes_readers.mate_named_until_a_moment_ago, NOTHING),
    (test_counselling_notes_readers.mate_named_until_a_day, NOTHING),
    (test_counselling_notes_readers.mate_named_until_the_end_of_treatment, NOTHING),
    (test_counselling_notes_readers.named_who_left, NOTHING),
    (test_counselling_notes_readers.mate_whom_another_patient_named, NOTHING),
    (test_counselling_notes_readers.mate_while_another_is_named, NOTHING),
    (test_counselling_notes_readers.stranger, NOTHING),
    (test_counselling_notes_readers.in_an_emergency, NOTHING),
    (test_counselling_notes_readers.administrator, NOTHING),
    (test_counselling_notes_readers.the_patient, NOTHING),
]


@pytest.mark.parametrize(("who", "there"), SEEN, ids=[row[0].__name__ for row in SEEN])
def test_a_raw_select_finds_what_is_theirs(
    cast: Cast, who: Callable[[Cast], User], there: dict[str, int]
) -> None:
    changed(cast)

    assert seen(as_person(who(cast))) == there


@pytest.mark.parametrize(
    "actor",
    ["", "clinician", "clinician:", rls_actor.SIGN_IN_ACTOR, rls_actor.REMINDERS_ACTOR,
    rls_actor.SAFETY_ACTOR,
     rls_actor.EXPORTS_ACTOR, rls_actor.RESETS_ACTOR, rls_actor.SEALING_ACTOR,
     rls_actor.METRICS_ACTOR, rls_actor.EMERGENCY_ACTOR],
)  # fmt: skip
def test_nothing_that_is_no_person_sees_any(cast: Cast, actor: str) -> None:
    changed(cast)

    if actor == "clinician:":
        with pytest.raises(DatabaseError), transaction.atomic():
            seen(actor)
        return
    assert seen(actor) == NOTHING


@pytest.mark.parametrize("role", [role for role in User.Role.values if role != "clinician"])
def test_no_other_role_sees_any_even_by_the_originators_id(cast: Cast, role: str) -> None:
    changed(cast)

    assert seen(rls_actor.user_actor(role, cast.dr_okafor.pk)) == NOTHING


def test_who_was_let_see_a_chart_sees_none(cast: Cast) -> None:
    changed(cast)

    on_duty = f"{as_person(cast.dr_lind)}:{cast.maya.pk}"

    assert seen(on_duty) == NOTHING


def test_whom_a_consent_names_changes_and_adds_nothing_of_others(cast: Cast) -> None:
    changed(cast)
    note = CounsellingNote.objects.get(deleted_at__isnull=True)
    with rls_actor.acting_as(as_person(colleague_named_in_consent(cast))):
        assert CounsellingNote.objects.filter(pk=note.pk).exists()
        assert CounsellingNote.objects.update(rev=9) == 0
        assert CounsellingNote.objects.filter(pk=note.pk).delete()[0] == 0
        for add in (
            lambda: CounsellingVersion.objects.create(note=note, rev=9, at=timezone.now()),
            lambda: CounsellingNote.objects.create(
                patient_id=cast.maya.pk, originator=cast.dr_okafor, created_at=timezone.now()
            ),
        ):
            with (
                pytest.raises(ProgrammingError, match="row-level security"),
                transaction.atomic(),
            ):
                add()


def test_nobody_writes_about_somebody_whom_they_do_not_treat(cast: Cast) -> None:
    with (
        rls_actor.acting_as(as_person(cast.dr_lind)),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        CounsellingNote.objects.create(
            patient_id=cast.maya.pk, originator=cast.dr_lind, created_at=timezone.now()
        )


def test_the_serving_role_changes_no_version_at_all(cast: Cast) -> None:
    add_note(cast.dr_okafor, cast.maya)

    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        CounsellingVersion.objects.update(words=b"x")


def test_what_ends_counts_at_once(cast: Cast) -> None:
    add_note(cast.dr_okafor, cast.maya)
    found = as_person(colleague_named_in_consent(cast))
    assert seen(found) == WHAT_STANDS_THERE

    Consent.objects.filter(clinician=cast.dr_lind).update(revoked_at=timezone.now())
    assert seen(found) == NOTHING
    Consent.objects.filter(clinician=cast.dr_lind).update(revoked_at=None)
    CareTeamMembership.objects.filter(clinician=cast.dr_lind).update(
        ends_at=timezone.now() - timedelta(seconds=1)
    )
    assert seen(found) == NOTHING
