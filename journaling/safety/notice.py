"""Whether staff know of what was just said: told to the patient as it is, never as it should be."""

from enum import IntEnum

from journaling.safety import wording


class Notice(IntEnum):
    """From what was told to nobody, to what somebody at work was called about."""

    NOT_SAVED = -1
    PRIVATE = 0
    NEXT_SESSION = 1
    WHEN_OPEN = 2
    OWN_THERAPIST_LATER = 3
    OUT_OF_HOURS = 4
    OWN_THERAPIST = 5
    TOLD = 6

    @property
    def words(self) -> str:
        """Say it to the patient."""
        return _WORDS[self]

    @property
    def is_notified(self) -> bool:
        """Whether somebody who is at work was really called."""
        return self is Notice.TOLD


_WORDS = {
    Notice.NOT_SAVED: wording.NOT_SAVED,
    Notice.PRIVATE: wording.PRIVATE,
    Notice.NEXT_SESSION: wording.NEXT_SESSION,
    Notice.WHEN_OPEN: wording.WHEN_OPEN,
    Notice.OWN_THERAPIST_LATER: wording.OWN_THERAPIST_LATER,
    Notice.OUT_OF_HOURS: wording.OUT_OF_HOURS,
    Notice.OWN_THERAPIST: wording.OWN_THERAPIST,
    Notice.TOLD: wording.TOLD,
}
