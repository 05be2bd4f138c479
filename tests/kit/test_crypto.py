"""Free text at rest opens for its own row and patient, and for nothing else."""

from typing import Any
from uuid import uuid4

import pytest

from backend.kit import crypto
from backend.kit.crypto import (
    DecryptionFailed,
    KeyErased,
    MasterKeys,
    PatientCipher,
    generate_data_key,
    parse_key_ring,
)

COLUMN = "journaling.Entry.words"
RING = MasterKeys({"new": b"n" * 32, "old": b"o" * 32})


def test_text_opens_again_for_its_own_row() -> None:
    mine = PatientCipher(uuid4(), generate_data_key())

    sealed = mine.seal("was ist los? 🌊".encode(), column=COLUMN, row=1)

    assert mine.open(sealed, column=COLUMN, row=1) == "was ist los? 🌊".encode()
    assert b"los" not in sealed


@pytest.mark.parametrize(
    "place", ["another row", "another column", "another patient", "another key"]
)
def test_text_that_was_moved_does_not_open(place: str) -> None:
    patient, key = uuid4(), generate_data_key()
    sealed = PatientCipher(patient, key).seal(b"my words", column=COLUMN, row=1)
    reader = PatientCipher(
        uuid4() if place == "another patient" else patient,
        generate_data_key() if place == "another key" else key,
    )

    with pytest.raises(DecryptionFailed):
        reader.open(
            sealed,
            column="care.Patient.words" if place == "another column" else COLUMN,
            row=2 if place == "another row" else 1,
        )


def test_every_changed_byte_is_noticed() -> None:
    mine = PatientCipher(uuid4(), generate_data_key())
    sealed = mine.seal(b"my words", column=COLUMN, row=1)

    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(DecryptionFailed):
            mine.open(bytes(changed), column=COLUMN, row=1)
    for length in range(len(sealed)):
        with pytest.raises(DecryptionFailed):
            mine.open(sealed[:length], column=COLUMN, row=1)


def test_equal_text_gives_different_bytes_but_an_equal_digest() -> None:
    mine, other = PatientCipher(1, generate_data_key()), PatientCipher(2, generate_data_key())

    assert mine.seal(b"same", column=COLUMN, row=1) != mine.seal(b"same", column=COLUMN, row=1)
    assert mine.digest(b"same") == mine.digest(b"same")
    assert mine.digest(b"same") != other.digest(b"same")


def test_a_data_key_wrapped_under_an_older_master_key_still_opens() -> None:
    key = generate_data_key()
    wrapped = MasterKeys({"old": b"o" * 32}).wrap(key, patient_id=7)

    assert RING.unwrap(wrapped, patient_id=7) == key
    assert RING.wrap(key, patient_id=7)[2:5] == b"new"


@pytest.mark.parametrize(
    "wrapped", [b"", b"\x01", b"\x01\x03new", b"\x02\x03newxxxxxxxx", b"\x01\x04gone" + b"x" * 60]
)
def test_a_broken_data_key_is_an_error_and_never_a_key(wrapped: bytes) -> None:
    with pytest.raises(DecryptionFailed):
        RING.unwrap(wrapped, patient_id=7)


def test_a_data_key_of_another_patient_does_not_open() -> None:
    wrapped = RING.wrap(generate_data_key(), patient_id=7)

    with pytest.raises(DecryptionFailed):
        RING.unwrap(wrapped, patient_id=8)


def test_an_erased_key_says_so() -> None:
    with pytest.raises(KeyErased):
        RING.unwrap(None, patient_id=7)


@pytest.mark.parametrize(
    "text", ["a:short", "nothing", ":" + "A" * 43, "a:" + "A" * 43 + ",a:" + "B" * 43]
)
def test_a_ring_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_key_ring(text)


def test_keys_never_show_in_a_representation() -> None:
    key = b"very-secret-key-of-32-bytes-long"

    shown = repr(PatientCipher(1, key)) + repr(MasterKeys({"a": key}))

    assert "very-secret" not in shown


def test_a_fingerprint_depends_on_its_purpose_and_on_the_servers_key(settings: Any) -> None:
    one = crypto.fingerprint("ABCD", purpose="invitation")

    assert one == crypto.fingerprint("ABCD", purpose="invitation")
    assert one != crypto.fingerprint("ABCD", purpose="attempts")
    settings.SECRET_KEY = "another-secret-key-of-the-server-0123456789"
    assert one != crypto.fingerprint("ABCD", purpose="invitation")
