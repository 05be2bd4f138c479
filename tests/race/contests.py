"""Every contest, in the order of the table. Each needs the cast in the database."""

from collections.abc import Callable

from tests.race.consenting import consent_race, family_race, notes_race
from tests.race.enrolling import invitation_race
from tests.race.guessing import guess_race
from tests.race.logging_entries import batch_race, order_race, repeat_race
from tests.race.needing import clear_race, episode_race
from tests.race.planning import place_race, weeks_race
from tests.race.proving import recovery_race, reset_race, totp_race
from tests.race.refreshing import refresh_race, reuse_race
from tests.race.staffing import staff_race
from tests.race.supporting import support_race
from tests.race.tally import Tally

CONTESTS: tuple[Callable[[int], Tally], ...] = (
    refresh_race,
    reuse_race,
    guess_race,
    totp_race,
    recovery_race,
    reset_race,
    invitation_race,
    staff_race,
    support_race,
    consent_race,
    family_race,
    notes_race,
    repeat_race,
    batch_race,
    order_race,
    episode_race,
    clear_race,
    place_race,
    weeks_race,
)
