"""The notice to patients (42 CFR 2.22) as one clinic gives it: the text, with its contact."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from backend.kit.errors import NotThere
from backend.kit.languages import ENGLISH
from care.clinic.profile import ClinicDetails, clinic_profile
from care.consents.texts import ConsentText, notice_in_force, notices

#: Where the clinic's profile names no phone and no address.
_ASK_THERE = {ENGLISH: "ask at the clinic", "es": "pregunte en la clínica"}


class NoSuchNotice(NotThere):
    """There is no version of the notice of that name."""


@dataclass(frozen=True, slots=True)
class PrivacyNotice:
    """One version in one language; ``is_in_force`` of the one that holds now."""

    version: str
    language: str
    text: str
    in_force_since: date
    is_in_force: bool
    #: Every version with its first day, the newest first.
    versions: tuple[tuple[str, date], ...]


def read_notice(
    *, clinic_id: UUID, language: str, version: str | None, now: datetime
) -> PrivacyNotice:
    """Read the notice that is in force, or the version that is named.

    :raises NoSuchNotice: there is no such version.
    """
    in_force = notice_in_force(now=now)
    every = notices()
    chosen = in_force if version is None else _version(every, version)
    return PrivacyNotice(
        chosen.version, language,
        _filled(chosen.words[language], clinic_profile(clinic_id=clinic_id).details, language),
        chosen.in_force_since, chosen == in_force,
        tuple((one.version, one.in_force_since) for one in every),
    )  # fmt: skip


def _version(every: list[ConsentText], version: str) -> ConsentText:
    for one in every:
        if one.version == version:
            return one
    raise NoSuchNotice


def _filled(words: str, clinic: ClinicDetails, language: str) -> str:
    contact = ", ".join(filter(None, (clinic.name, clinic.phone, clinic.address)))
    if contact == clinic.name:
        contact = f"{clinic.name}, {_ASK_THERE.get(language, _ASK_THERE[ENGLISH])}"
    return words.replace("{clinic}", clinic.name).replace("{contact}", contact)
