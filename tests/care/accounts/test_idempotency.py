"""Keys of repeated requests: one does the work, the others get its answer, nobody else any."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from care.accounts import idempotency
from care.accounts.idempotency import ClaimedKey, KeyInUse, KeyReused, StoredAnswer
from care.models import IdempotencyKey, User
from care.privacy.erasure import ErasureReason, erase_patient
from tests.cast import Cast

NOW = timezone.now()
SECOND = timedelta(seconds=1)


def begin(
    user: User, request: bytes = b"a", *, key: str = "k", later: timedelta = 0 * SECOND
) -> ClaimedKey | StoredAnswer:
    return idempotency.begin_request(user=user, key=key, request=request, now=NOW + later)


def claimed(user: User, *, later: timedelta = 0 * SECOND) -> ClaimedKey:
    found = begin(user, later=later)
    assert isinstance(found, ClaimedKey)
    return found


def test_the_first_does_the_work_and_the_next_gets_its_answer(cast: Cast) -> None:
    first = claimed(cast.dr_okafor)
    idempotency.store_answer(first, answer=b"done")

    assert begin(cast.dr_okafor) == StoredAnswer(b"done")
    assert IdempotencyKey.objects.count() == 1


def test_while_it_is_under_way_nobody_does_it_again(cast: Cast) -> None:
    claimed(cast.dr_okafor)

    for later in (SECOND, idempotency.REQUEST_TIMEOUT - SECOND):
        with pytest.raises(KeyInUse):
            begin(cast.dr_okafor, later=later)


def test_what_broke_off_is_done_by_the_next_and_the_late_one_keeps_nothing(cast: Cast) -> None:
    late = claimed(cast.dr_okafor)
    second = claimed(cast.dr_okafor, later=idempotency.REQUEST_TIMEOUT)

    idempotency.store_answer(late, answer=b"late")
    with pytest.raises(KeyInUse):
        begin(cast.dr_okafor, later=idempotency.REQUEST_TIMEOUT + SECOND)
    idempotency.store_answer(second, answer=b"second")

    assert begin(cast.dr_okafor, later=idempotency.REQUEST_TIMEOUT + SECOND) == StoredAnswer(
        b"second"
    )


def test_a_key_given_up_may_be_used_for_something_else(cast: Cast) -> None:
    idempotency.release_key(claimed(cast.dr_okafor))

    assert isinstance(begin(cast.dr_okafor, b"other"), ClaimedKey)


def test_an_answer_that_is_kept_is_not_given_up(cast: Cast) -> None:
    first = claimed(cast.dr_okafor)
    idempotency.store_answer(first, answer=b"done")

    idempotency.release_key(first)

    assert begin(cast.dr_okafor) == StoredAnswer(b"done")


@pytest.mark.parametrize("is_done", [True, False])
def test_the_same_key_for_another_request_is_refused(cast: Cast, *, is_done: bool) -> None:
    first = claimed(cast.dr_okafor)
    if is_done:
        idempotency.store_answer(first, answer=b"done")

    with pytest.raises(KeyReused):
        begin(cast.dr_okafor, b"other")


def test_a_key_is_its_users_alone(cast: Cast) -> None:
    idempotency.store_answer(claimed(cast.dr_okafor), answer=b"done")

    assert isinstance(begin(cast.dr_lind), ClaimedKey)
    assert isinstance(begin(cast.maya), ClaimedKey)


def test_after_a_day_it_is_forgotten(cast: Cast) -> None:
    idempotency.store_answer(claimed(cast.dr_okafor), answer=b"done")

    assert begin(cast.dr_okafor, later=idempotency.KEY_LIFETIME - SECOND) == StoredAnswer(b"done")
    assert isinstance(begin(cast.dr_okafor, b"other", later=idempotency.KEY_LIFETIME), ClaimedKey)


def test_neither_key_nor_request_nor_answer_stands_in_clear(cast: Cast) -> None:
    found = idempotency.begin_request(
        user=cast.dr_okafor, key="the-key", request=b"Maya at nine", now=NOW
    )
    assert isinstance(found, ClaimedKey)
    idempotency.store_answer(found, answer=b"Maya at nine")

    row = IdempotencyKey.objects.values().get()
    kept = repr({**row, "sealed_answer": bytes(row["sealed_answer"] or b"")})
    assert "the-key" not in kept
    assert "Maya" not in kept


class TestShownOnce:
    """What a page shows once, such as an invitation code."""

    def test_it_is_its_users_for_ten_minutes(self, cast: Cast) -> None:
        shown = idempotency.store_secret_once(user=cast.dr_okafor, secret=b"code", now=NOW)

        def read(user: User, later: timedelta) -> bytes | None:
            return idempotency.read_stored_secret(user=user, shown_id=shown, now=NOW + later)

        assert read(cast.dr_okafor, 0 * SECOND) == b"code"
        assert read(cast.dr_okafor, idempotency.SHOWN_FOR - SECOND) == b"code"
        assert read(cast.dr_okafor, idempotency.SHOWN_FOR) is None
        assert read(cast.dr_lind, 0 * SECOND) is None

    def test_an_answer_to_a_request_is_not_shown(self, cast: Cast) -> None:
        first = claimed(cast.dr_okafor)
        idempotency.store_answer(first, answer=b"done")

        assert (
            idempotency.read_stored_secret(user=cast.dr_okafor, shown_id=first.id, now=NOW) is None
        )
        assert (
            idempotency.read_stored_secret(user=cast.dr_okafor, shown_id=uuid4(), now=NOW) is None
        )


def test_with_a_patient_goes_what_their_clinic_was_answered(cast: Cast) -> None:
    for user in (cast.dr_okafor, cast.maya):
        idempotency.store_answer(claimed(user), answer=b"Maya")

    erase_patient(patient_id=cast.maya.pk, reason=ErasureReason.REQUEST, now=NOW)

    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_does_the_work() -> None:
    from tests import cast as people

    cast = people.enter()
    found: list[str] = []
    ready = threading.Barrier(6)

    def tries() -> None:
        ready.wait()
        try:
            begun = begin(cast.dr_okafor)
            found.append(type(begun).__name__)
        except KeyInUse:
            found.append("KeyInUse")
        finally:
            connection.close()

    threads = [threading.Thread(target=tries) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(found) == ["ClaimedKey"] + ["KeyInUse"] * 5
