"""Every secret moves under the newest master key while others write (SECURITY R32)."""

import base64
import re
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from backend.kit.crypto import DecryptionFailed, MasterKeys, master_keys
from care.accounts import idempotency
from care.accounts.password_reset import email_of, seal_email
from care.accounts.second_factor import begin_totp
from care.counselling.edit import write_note
from care.counselling.notebook import open_notebook
from care.counselling.read import notes_page
from care.models import Consent, IdempotencyKey, Patient, PendingTotp, TotpSecret, User
from care.privacy import key_rotation
from journaling.entries.entry import open_entry_text
from journaling.entries.record import record_entry
from journaling.models import Entry
from tests.authenticator_app import enrolled
from tests.cast import Cast, craving, own_chart
from tests.house.tree import files

pytestmark = pytest.mark.django_db
OLD = "m1:bWFzdGVyLWtleS1vZi10aGUtdGVzdHMtMDEyMzQ1Njc"
NEW = "m2:" + base64.urlsafe_b64encode(b"the-newer-master-key-of-the-test").decode()
NOTE = "walked past the harbor"


@pytest.fixture
def sealed(cast: Cast, settings: Any) -> Cast:
    """Have one secret of each kind under the old key, and the newer key in front of it."""
    now = timezone.now()
    chart = own_chart(cast.maya)
    record_entry(chart=chart, sent=craving(note=NOTE), now=now)
    book = open_notebook(viewer=cast.dr_okafor, patient_id=cast.maya.pk, now=now)
    write_note(book=book, text=NOTE, session_id=None, now=now)
    User.objects.filter(pk=cast.ada.pk).update(sealed_email=seal_email(cast.ada, "ada@x.example"))
    begin_totp(user=cast.dr_lind, now=now)
    idempotency.store_secret_once(user=cast.dr_okafor, secret=NOTE.encode(), now=now)
    enrolled(cast.dr_okafor, at=now)
    settings.MASTER_KEYS = f"{NEW},{OLD}"
    return cast


def test_after_it_the_old_key_is_needed_by_nothing(sealed: Cast, settings: Any) -> None:
    done = key_rotation.rotate_keys()

    assert done.moved == {
        "data-key": 2, "counselling-key": 1, "email": 1, "pending": 1, "totp": 1,
        "idempotency": 1,
    }  # fmt: skip
    assert done.columns["journaling.Entry.target"] == 1
    assert done.columns["care.Consent.signed_name"] == 2
    assert done.left == ()
    settings.MASTER_KEYS = NEW
    assert Entry.objects.get().target == craving()["target"]
    assert Consent.objects.get(patient_id=sealed.maya.pk).signed_name == "Maya"
    assert own_chart(sealed.maya).cipher.data_key
    assert email_of(User.objects.get(pk=sealed.ada.pk)) == "ada@x.example"
    pending = PendingTotp.objects.get(user=sealed.dr_lind)
    assert master_keys().open(pending.sealed_secret, bound_to=f"pending|{sealed.dr_lind.pk}")
    shown = IdempotencyKey.objects.get().pk
    now = timezone.now()
    told = idempotency.read_stored_secret(user=sealed.dr_okafor, shown_id=shown, now=now)
    assert told == NOTE.encode()
    kept = TotpSecret.objects.get(user=sealed.dr_okafor)
    assert master_keys().open(kept.sealed_secret, bound_to=f"totp|{sealed.dr_okafor.pk}")


def test_the_text_of_entries_is_still_read(sealed: Cast, settings: Any) -> None:
    key_rotation.rotate_keys()
    settings.MASTER_KEYS = NEW

    entry = Entry.objects.get()
    cipher = own_chart(sealed.maya).cipher
    assert open_entry_text(
        bytes(entry.encrypted_text or b""), entry_id=entry.id, cipher=cipher
    ) == {"note": NOTE}
    now = timezone.now()
    book = open_notebook(viewer=sealed.dr_okafor, patient_id=sealed.maya.pk, now=now)
    assert [note.text for note in notes_page(book=book, now=now, limit=9)] == [NOTE]


def test_without_it_the_old_key_is_needed(sealed: Cast, settings: Any) -> None:
    settings.MASTER_KEYS = NEW

    with pytest.raises(DecryptionFailed):
        own_chart(sealed.maya)


def test_a_second_run_moves_nothing(sealed: Cast) -> None:
    key_rotation.rotate_keys()

    assert set(key_rotation.rotate_keys().moved.values()) == {0}


def test_a_run_that_stopped_is_gone_on_with(sealed: Cast) -> None:
    calls: list[int] = []
    renew = MasterKeys.renew

    def dies(self: MasterKeys, raw: bytes, *, bound_to: str) -> bytes:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return renew(self, raw, bound_to=bound_to)

    with patch.object(MasterKeys, "renew", dies), pytest.raises(KeyboardInterrupt):
        key_rotation.rotate_keys()

    assert sum(key_rotation.rotate_keys().moved.values()) == 6


def test_what_somebody_writes_meanwhile_is_not_overwritten(sealed: Cast) -> None:
    written: list[bytes] = []
    renew = MasterKeys.renew

    def overtaken(self: MasterKeys, raw: bytes, *, bound_to: str) -> bytes:
        if bound_to.startswith("email|") and not written:
            # Another process, which still has the old key first, stores another address.
            old = MasterKeys({"m1": self.ring["m1"]})
            written.append(old.seal(b"new@x.example", bound_to=bound_to))
            User.objects.filter(pk=sealed.ada.pk).update(sealed_email=written[0])
        return renew(self, raw, bound_to=bound_to)

    with patch.object(MasterKeys, "renew", overtaken):
        done = key_rotation.rotate_keys()

    ada = User.objects.get(pk=sealed.ada.pk)
    assert written
    assert email_of(ada) == "new@x.example"
    assert master_keys().is_current(bytes(ada.sealed_email or b""))
    assert done.left == ()


@pytest.mark.parametrize("damage", [b"", b"\x01\x02m1" + b"x" * 40, b"\x01\x02m9" + b"x" * 40])
def test_a_row_that_does_not_open_is_told(
    sealed: Cast, damage: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    Patient.objects.filter(pk=sealed.noah.pk).update(wrapped_key=damage)

    with pytest.raises(CommandError, match="1 rows"):
        call_command("rotate_keys")

    assert f"data-key {sealed.noah.pk}: unreadable." in capsys.readouterr().out
    assert bytes(Patient.objects.get(pk=sealed.noah.pk).wrapped_key or b"") == damage
    # The others moved all the same.
    assert master_keys().is_current(Patient.objects.get(pk=sealed.maya.pk).wrapped_key or b"")


def test_the_secret_of_another_app_is_told(sealed: Cast) -> None:
    TotpSecret.objects.update(user_id=sealed.ada.pk)

    assert [(place, why) for place, _, why in key_rotation.rotate_keys().left] == [
        ("totp", "unreadable")
    ]


def test_an_erased_key_stays_erased(sealed: Cast) -> None:
    Patient.objects.filter(pk=sealed.noah.pk).update(wrapped_key=None)

    assert key_rotation.rotate_keys().left == ()
    assert Patient.objects.get(pk=sealed.noah.pk).wrapped_key is None


def test_batches_reach_every_row(sealed: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_rotation, "BATCH", 1)

    assert key_rotation.rotate_keys().moved["data-key"] == 2
    call_command("rotate_keys")


def test_every_place_that_seals_under_the_ring_is_rotated() -> None:
    bound = set()
    for path in files("care", "journaling", "notifications", "api", "web", "backend"):
        for line in path.read_text().splitlines():
            if re.search(r"master_keys\(\)\.(seal|wrap)\(", line):
                bound |= set(re.findall(r'bound_to=f?"([\w-]+)', line) or ["data-key"])

    assert bound == {place.name for place in key_rotation.columns_under_the_ring()}
