"""Domain exceptions to problems, for every endpoint; views catch what they answer otherwise."""

from api.http.errors import NotFound, PreconditionFailed, Problem, TooManyAttempted
from backend.kit.errors import ChangedMeanwhile, NotThere
from care.accounts import password_reset, passwords, second_factor, staff_invitations
from care.accounts.throttle import TooManyAttempts
from care.people.enrol import AlreadyEnrolled, InvitationInvalid
from care.programme import care_team
from care.programme.episodes import EpisodeOpen, EpisodeOver, NotPhysician
from care.sessions.calendar_links import LinkCreatedMeanwhile
from care.sessions.for_brief import IsGroupSession
from care.sessions.plan import SessionDiffers
from care.support.invite import ConsentAlreadyAccepted
from journaling.briefs.review import BriefNotOpened
from journaling.entries.edit import NotACraving
from journaling.entries.record import DayTaken, EntryDeleted, EntryDiffers
from journaling.skills.assign import AlreadyAssigned
from journaling.sync.protocol import CursorGone
from notifications.reminders.edit import ReminderDiffers

#: Status, code and detail; braces in the detail are attributes of the exception.
ANSWERS: dict[type[Exception], tuple[int, str, str]] = {
    second_factor.OtpRequired: (
        403, "otp_required", "Send the code of your authenticator app, or a recovery code, as otp."
    ),
    second_factor.OtpInvalid: (400, "otp_invalid", "This code can't be used."),
    second_factor.NoPendingTotp: (409, "nothing_pending", "Begin with POST auth/mfa/totp."),
    second_factor.NoSecondFactor: (409, "no_second_factor", "Enrol an authenticator app first."),
    passwords.WrongPassword: (403, "wrong_password", "The password is wrong."),
    password_reset.ResetInvalid: (400, "reset_invalid", "This code can't be used."),
    InvitationInvalid: (400, "invite_invalid", "This code can't be used."),
    staff_invitations.StaffCodeInvalid: (400, "invite_invalid", "This code can't be used."),
    AlreadyEnrolled: (409, "already_enrolled", "This patient has enrolled already."),
    ConsentAlreadyAccepted: (
        409, "already_accepted", "This person has come in. To end it, take the consent back."
    ),
    care_team.NotPrimaryTherapist: (
        403, "primary_therapist_required",
        "Only a primary therapist of this patient decides who treats them.",
    ),
    care_team.LastPrimaryTherapist: (
        409, "last_primary_therapist", "A patient keeps at least one primary therapist."
    ),
    SessionDiffers: (
        409, "session_differs",
        "There is a session of this kind with them at that time, planned otherwise.",
    ),
    LinkCreatedMeanwhile: (
        409, "made_meanwhile", "Another address was made at the same moment. Ask again."
    ),
    EpisodeOpen: (
        409, "episode_open", "An episode of care is open; change its level instead."
    ),
    EpisodeOver: (409, "no_open_episode", "No episode of care is open."),
    NotPhysician: (
        403, "physician_required", "Only a physician of the patient's care team certifies."
    ),
    IsGroupSession: (
        409, "no_individual_brief",
        "A group is told in sums, which nobody can mark: review each member's brief.",
    ),
    BriefNotOpened: (
        409, "not_shown", "No brief of this digest was shown to you: open the brief first."
    ),
    EntryDiffers: (
        409, "entry_differs", "An entry of this id exists with other content."
    ),
    EntryDeleted: (
        409, "entry_deleted", "The entry of this id was deleted; an id is used once."
    ),
    DayTaken: (
        409, "day_taken", "The diary card of that day is entry {0.card_id}: change that one."
    ),
    NotACraving: (409, "not_a_craving", "Only a craving has a later rating."),
    AlreadyAssigned: (
        409, "already_assigned",
        "It is assigned already, as {0.assignment_id}: change or end that one.",
    ),
    CursorGone: (
        410, "cursor_purged",
        "What changed since that cursor is not known any more. Start with null.",
    ),
    ReminderDiffers: (409, "reminder_differs", "A reminder of this id exists with another plan."),
}  # fmt: skip


def problem_of(exc: Exception) -> Problem | None:
    """Return the problem for a domain exception, or None for one that is not mapped."""
    if isinstance(exc, NotThere):
        return NotFound()
    if isinstance(exc, ChangedMeanwhile):
        return PreconditionFailed()
    if isinstance(exc, TooManyAttempts):
        return TooManyAttempted(exc.retry_after)
    if type(exc) not in ANSWERS:
        return None
    status, code, detail = ANSWERS[type(exc)]
    return Problem(status=status, code=code, detail=detail.format(exc))
