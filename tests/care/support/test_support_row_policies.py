"""PostgreSQL tells a support person what one consent names, and shows them no row (R15, R33)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import ProgrammingError, connection, models, transaction
from django.utils import timezone

from backend.kit.db import rls_actor
from care.models import Consent, Disclosure, Patient, User
from tests import cast as people
from tests.api import world as worlds
from tests.care.access.test_row_policies import as_person, seen_by
from tests.cast import Cast
from tests.journaling.briefs.brief_scenario import wrote

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no row policies"),
    pytest.mark.django_db,
]


@pytest.fixture
def world(cast: Cast) -> worlds.World:
    return worlds.build(cast)


def asked(statement: str, *values: Any) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def test_a_support_person_sees_no_row_of_a_patient(world: worlds.World) -> None:
    cast = world.cast
    seen = list(seen_by(as_person(cast.sam)))

    # Their own account, and that they may ask.
    assert set(seen) == {("care_user", cast.sam.pk), ("care_supportperson", cast.maya.pk)}
    stranger = people.staff(cast.clinic, "alma", "Alma", role=User.Role.SUPPORTER)
    assert set(seen_by(as_person(stranger))) == {("care_user", stranger.pk)}


FUNCTIONS = {
    "session_times": "SELECT * FROM care_supported_sessions(%s, %s, %s)",
    "days_logged": "SELECT * FROM journaling_supported_days(%s, %s, %s, %s)",
    "skills_practised": "SELECT * FROM journaling_supported_skills(%s, %s, %s, %s)",
}


def answered(part: str, support_id: UUID) -> bool:
    """Ask one function of the database whether it tells anything."""
    now = timezone.now()
    far = now + timedelta(days=400)
    until = [far] if part == "session_times" else [(now - timedelta(days=400)).date(), far.date()]
    return bool(asked(FUNCTIONS[part], support_id, now - timedelta(minutes=1), *until))


@pytest.fixture
def telling(world: worlds.World) -> worlds.World:
    """Let there be something to tell of each part."""
    people.session(
        world.cast.dr_okafor, starts_at=timezone.now() + timedelta(days=1),
        with_patient=world.cast.maya,
    )  # fmt: skip
    wrote(world.cast.maya, "skill_practice", timezone.now() - timedelta(hours=1))
    return world


def test_its_functions_tell_the_named_person_what_the_consent_names(telling: worlds.World) -> None:
    support_id, consents = telling.support_id, Consent.objects.filter(pk=telling.support_id)
    with rls_actor.acting_as(as_person(telling.cast.sam)):
        assert {part for part in FUNCTIONS if answered(part, support_id)} == set(FUNCTIONS)
    for part in FUNCTIONS:
        consents.update(scope=[part])
        with rls_actor.acting_as(as_person(telling.cast.sam)):
            assert {one for one in FUNCTIONS if answered(one, support_id)} == {part}


@pytest.mark.parametrize("who", ["noah", "dr_okafor", "ada", "maya", "operator", "", "sign-in"])
def test_its_functions_tell_nobody_else(telling: worlds.World, who: str) -> None:
    user = getattr(telling.cast, who, None)
    with rls_actor.acting_as(as_person(user) if user else who):
        assert asked("SELECT * FROM care_supported(%s)", timezone.now()) == []
        assert not any(answered(part, telling.support_id) for part in FUNCTIONS)


@pytest.mark.parametrize("role", ["clinician", "admin", "patient"])
def test_an_id_under_another_role_is_told_nothing(telling: worlds.World, role: str) -> None:
    with rls_actor.acting_as(rls_actor.user_actor(role, telling.cast.sam.pk)):
        assert asked("SELECT * FROM care_supported(%s)", timezone.now()) == []


@pytest.mark.parametrize(
    ("model", "over"),
    [
        (Consent, {"revoked_at": timezone.now()}), (Consent, {"expires_at": timezone.now()}),
        (Consent, {"purpose": "treatment"}), (Consent, {"agreed_at": timezone.now()}),
        (Patient, {"discharged_at": timezone.now()}), (User, {"is_active": False}),
    ],
)  # fmt: skip
def test_its_functions_judge_the_consent_themselves(
    telling: worlds.World, model: type[models.Model], over: dict[str, object]
) -> None:
    maya = telling.cast.maya.pk
    whose = {Consent: {"patient_id": maya}, Patient: {"pk": maya}, User: {"pk": maya}}[model]
    later = {name: v + timedelta(hours=1) if name == "agreed_at" else v for name, v in over.items()}  # type: ignore[operator] # an instant
    model._base_manager.filter(**whose).update(**later)

    with rls_actor.acting_as(as_person(telling.cast.sam)):
        assert not any(answered(part, telling.support_id) for part in FUNCTIONS)


def test_a_disabled_support_person_is_told_nothing_by_the_database(telling: worlds.World) -> None:
    User.objects.filter(pk=telling.cast.sam.pk).update(is_active=False)

    with rls_actor.acting_as(as_person(telling.cast.sam)):
        assert not any(answered(part, telling.support_id) for part in FUNCTIONS)


def test_a_look_is_accounted_for_by_who_looked_and_of_their_own_consent_alone(
    world: worlds.World,
) -> None:
    row = {"at": timezone.now(), "to": "x", "purpose": "y", "what": "z"}
    mine = {"patient_id": world.cast.maya.pk, "consent_id": world.support_id}
    with rls_actor.acting_as(as_person(world.cast.sam)):
        Disclosure.objects.create(**row, **mine)
        for wrong in ({"patient_id": world.cast.noah.pk}, {"consent_id": None}):
            with (
                pytest.raises(ProgrammingError, match="row-level security"),
                transaction.atomic(),
            ):
                Disclosure.objects.create(**row, **(mine | wrong))
