"""Every contest, in the order of the table. Each needs the cast in the database."""

from collections.abc import Callable

from tests.proofs.race.consent_race import consent_race, family_race, notes_race
from tests.proofs.race.contest_result import Tally
from tests.proofs.race.enrolment_race import invitation_race
from tests.proofs.race.entry_race import batch_race, order_race, repeat_race
from tests.proofs.race.group_and_session_race import place_race, weeks_race
from tests.proofs.race.one_time_code_race import recovery_race, reset_race, totp_race
from tests.proofs.race.password_guess_race import guess_race
from tests.proofs.race.programme_race import feedback_race, medicine_race, move_request_race
from tests.proofs.race.safety_event_race import clear_race, episode_race
from tests.proofs.race.staff_invitation_race import staff_race
from tests.proofs.race.support_code_race import support_race
from tests.proofs.race.token_refresh_race import refresh_race, reuse_race

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
    feedback_race,
    medicine_race,
    move_request_race,
)
