"""How rows become the bytes of a file, a page at a time, and the notice that goes with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

import orjson

from care import consenting
from care.exporting import Part, Row

#: 42 CFR 2.32(a)(1), as of 2024; it goes with every file.
NOTICE = (
    "This record which has been disclosed to you is protected by Federal confidentiality rules "
    "(42 CFR part 2). These rules prohibit you from using or disclosing this record, or testimony "
    "that describes the information contained in this record, in any civil, criminal, "
    "administrative, or legislative proceedings by any Federal, State, or local authority, against "
    "the patient, unless authorized by the consent of the patient, except as provided at 42 CFR "
    "2.12(c)(5) or as authorized by a court in accordance with 42 CFR 2.64 or 2.65. In addition, "
    "the Federal rules prohibit you from making any other use or disclosure of this record unless "
    "at least one of the following applies: (i) further use or disclosure is expressly permitted "
    "by the written consent of the individual whose information is being disclosed in this record "
    "or is otherwise permitted by 42 CFR part 2; (ii) you are a covered entity or business "
    "associate and have received the record pursuant to a consent for treatment, payment, or "
    "health care operations; or (iii) you have received the record from a covered entity or "
    "business associate as permitted by 45 CFR part 164, subparts A and E. A general authorization "
    "for the release of medical or other information is NOT sufficient to meet the required "
    "elements of written consent to further use or redisclose the record (see 42 CFR 2.31)."
)
#: The short form of 42 CFR 2.32(a)(2), for each row of a table.
SHORT_NOTICE = consenting.NOTICE


@dataclass(frozen=True, slots=True)
class About:
    """Whose data it is, and as of when it was asked for."""

    patient_id: UUID
    requested_at: datetime


class Writer(Protocol):
    """Write one part of a file: what comes before its rows, the rows, and what comes after.

    ``is_first`` and ``is_last`` say whether the part is the file's first or last one.
    """

    def opens(self, about: About, part: Part, *, is_first: bool) -> bytes:
        """Begin the part."""

    def rows(self, about: About, part: Part, rows: Sequence[Row], *, has_begun: bool) -> bytes:
        """Write rows; ``has_begun`` says that rows of this part were written before."""

    def closes(self, part: Part, *, is_last: bool, counts: Mapping[str, int]) -> bytes:
        """End the part; ``counts`` are the rows of each part so far."""


def dumped(value: object) -> bytes:
    """Write plain values as JSON: instants in UTC with Z."""
    return orjson.dumps(value, default=str, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)
