"""How far a phone has read a journal, as a text that says nothing and holds for one patient."""

import base64
import binascii
import hmac
import struct
from dataclasses import dataclass

from backend.kit.errors import InvalidInput
from care.access import Chart

_LAYOUT = struct.Struct(">QQ")
_SEAL = 12


@dataclass(frozen=True, slots=True)
class Cursor:
    """Everything up to number ``seq`` was read.

    ``floor`` is how far tombstones were purged when the phone began from nothing: a full read that
    takes several pages is not sent back to its start by its own first page.
    """

    seq: int
    floor: int

    def is_gone(self, *, last_seq: int, purged_seq: int) -> bool:
        """Whether the phone may have missed something for ever.

        Either tombstones that it did not see were purged, or the journal ends before where the
        phone has been: it was restored from a backup.
        """
        missed = self.seq < purged_seq and self.floor < purged_seq
        return missed or self.seq > last_seq

    def sealed(self, chart: Chart) -> str:
        """Write it for the phone to keep."""
        raw = _LAYOUT.pack(self.seq, self.floor)
        return base64.urlsafe_b64encode(raw + _seal(chart, raw)).decode()


def read_cursor(text: str, *, chart: Chart) -> Cursor:
    """Read what was handed out to this patient's phones.

    :raises backend.kit.errors.InvalidInput: for anything else, another patient's cursor as well.
    """
    try:
        raw = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
        plain, seal = raw[: _LAYOUT.size], raw[_LAYOUT.size :]
        if len(raw) != _LAYOUT.size + _SEAL or not hmac.compare_digest(seal, _seal(chart, plain)):
            raise ValueError
        return Cursor(*_LAYOUT.unpack(plain))
    except (ValueError, binascii.Error):
        raise InvalidInput.of("cursor", "invalid_cursor", "Not a cursor of ours.") from None


def _seal(chart: Chart, raw: bytes) -> bytes:
    return chart.cipher.digest(b"cursor|" + raw)[:_SEAL]
