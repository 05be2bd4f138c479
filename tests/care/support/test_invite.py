"""A support person comes in by one code, once, and by nobody's but their own account (R27)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.kit.db import rls_actor
from backend.kit.errors import InvalidInput
from care.accounts.throttle import TooManyAttempts
from care.models import AccessLogEntry, Consent, SupportCode, SupportPerson, User
from care.support.invite import (
    SupportCodeInvalid,
    accept_support_code,
    count_support_code,
    create_support_code,
    enrol_supporter,
)
from tests.cast import Cast, agrees, own_chart

PASSWORD = "a lantern by the old pier"


def code_for(cast: Cast, consent: Consent | None = None) -> str:
    consent = consent or agrees(cast.maya, recipient="Alma")
    chart = own_chart(cast.maya)
    return create_support_code(chart=chart, consent_id=consent.pk, now=timezone.now())[0]


def enrolled(
    code: str, *, username: str = "alma", password: str = PASSWORD, hours: int = 0
) -> User:
    with rls_actor.acting_as(rls_actor.SIGN_IN_ACTOR):
        return enrol_supporter(
            code=code, username=username, password=password,
            now=timezone.now() + timedelta(hours=hours),
        )  # fmt: skip


def accepted(cast: Cast, code: str) -> None:
    with rls_actor.acting_as(rls_actor.user_actor("supporter", cast.sam.pk)):
        accept_support_code(code=code, supporter=cast.sam, now=timezone.now())


def test_a_code_makes_an_account_that_is_nothing_but_a_support_persons(cast: Cast) -> None:
    user = enrolled(code_for(cast))

    assert (user.role, user.username, user.display_name) == ("supporter", "alma", "Alma")
    assert (user.clinic, user.sealed_email) == (cast.clinic, None)
    assert user.check_password(PASSWORD)
    person = SupportPerson.objects.get()
    assert (person.supporter, person.patient_id) == (user, cast.maya.pk)


def test_coming_in_stands_in_the_patients_log(cast: Cast) -> None:
    user = enrolled(code_for(cast))

    row = AccessLogEntry.objects.get(actor_id=user.pk)
    assert (row.patient_id, row.action, row.reason) == (cast.maya.pk, "write", "support_code")


@pytest.mark.parametrize("typed", ["as shown", "lower", "spaces"])
def test_a_code_is_taken_however_it_is_typed(cast: Cast, typed: str) -> None:
    code = code_for(cast)

    enrolled({"as shown": code, "lower": code.lower(), "spaces": code.replace("-", " ")}[typed])

    assert SupportPerson.objects.count() == 1


def test_a_code_works_once(cast: Cast) -> None:
    code = code_for(cast)
    enrolled(code)

    with pytest.raises(SupportCodeInvalid):
        enrolled(code, username="alma2")
    with pytest.raises(SupportCodeInvalid):
        accepted(cast, code)
    assert SupportPerson.objects.count() == 1
    assert not User.objects.filter(username="alma2").exists()


def test_a_code_ends_after_72_hours(cast: Cast) -> None:
    with pytest.raises(SupportCodeInvalid):
        enrolled(code_for(cast), hours=72)

    assert not SupportPerson.objects.exists()


def test_a_new_code_ends_the_old_one(cast: Cast) -> None:
    consent = agrees(cast.maya)
    old, new = code_for(cast, consent), code_for(cast, consent)

    with pytest.raises(SupportCodeInvalid):
        enrolled(old)
    enrolled(new)


@pytest.mark.parametrize(
    "over",
    [{"revoked_at": timezone.now()}, {"expires_at": timezone.now()}],
    ids=["revoked", "expired"],
)
def test_a_consent_that_ended_meanwhile_lets_nobody_in(cast: Cast, over: dict[str, object]) -> None:
    code = code_for(cast)
    Consent.objects.filter(purpose="family_support").update(**over)

    with pytest.raises(SupportCodeInvalid):
        enrolled(code)
    assert SupportCode.objects.get().used_at is None
    assert User.objects.filter(username="alma").count() == 0


def test_a_disabled_patients_code_lets_nobody_in(cast: Cast) -> None:
    code = code_for(cast)
    User.objects.filter(pk=cast.maya.pk).update(is_active=False)

    with pytest.raises(SupportCodeInvalid):
        enrolled(code)
    assert SupportCode.objects.get().used_at is None


@pytest.mark.parametrize(
    ("username", "password", "field"),
    [("MAYA", PASSWORD, "username"), ("alma", "fourteen chars", "password"),
     ("alma", "1q2w3e4r5t6y7u8i9o0p", "password")],
    ids=["taken", "short", "well known"],
)  # fmt: skip
def test_what_is_refused_leaves_the_code_as_it_was(
    cast: Cast, username: str, password: str, field: str
) -> None:
    code = code_for(cast)

    with pytest.raises(InvalidInput) as refusal:
        enrolled(code, username=username, password=password)

    assert [error.field for error in refusal.value.errors] == [field]
    assert not SupportPerson.objects.exists()
    enrolled(code)


def test_an_account_may_support_several(cast: Cast) -> None:
    accepted(cast, code_for(cast))
    consent = agrees(cast.noah)
    code, _ = create_support_code(
        chart=own_chart(cast.noah), consent_id=consent.pk, now=timezone.now()
    )

    accepted(cast, code)

    assert set(SupportPerson.objects.values_list("patient_id", flat=True)) == {
        cast.maya.pk, cast.noah.pk,
    }  # fmt: skip


@pytest.mark.parametrize("who", ["maya", "noah", "dr_okafor", "ada"])
def test_no_other_account_is_ever_turned_into_one(cast: Cast, who: str) -> None:
    code, user = code_for(cast), getattr(cast, who)

    with pytest.raises(SupportCodeInvalid):
        accept_support_code(code=code, supporter=user, now=timezone.now())

    assert User.objects.get(pk=user.pk).role == user.role
    assert SupportCode.objects.get().used_at is None
    assert not SupportPerson.objects.exists()


def test_five_tries_of_an_account_and_then_none(cast: Cast) -> None:
    now = timezone.now()
    for _ in range(5):
        count_support_code(supporter=cast.sam, now=now)

    with pytest.raises(TooManyAttempts):
        count_support_code(supporter=cast.sam, now=now)
