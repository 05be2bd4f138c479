"""On whose behalf this process is working at the moment, as PostgreSQL's row policies are told it.

``backend.kit.db.postgres`` says it at the start of every transaction. Nobody is the default: what
runs without an actor sees no row about a patient. SQLite has no row policies and is told nothing.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from uuid import UUID

#: Before anybody is signed in: people and their sign-ins, so that somebody can be.
SIGN_IN_ACTOR = "sign-in"
#: Somebody with a shell on the server, who has the keys as well.
OPERATOR_ACTOR = "operator"
#: Work without a person; each sees only the tables that it needs.
REMINDERS_ACTOR = "task:reminders"
SAFETY_ACTOR = "task:safety"
EXPORTS_ACTOR = "task:exports"
RESETS_ACTOR = "task:resets"
SEALING_ACTOR = "task:sealing"
RETENTION_ACTOR = "task:retention"
METRICS_ACTOR = "task:metrics"
EMERGENCY_ACTOR = "task:emergency"
#: Whoever opens the link of a handover, without an account.
HANDOVERS_ACTOR = "task:handovers"

_actor: ContextVar[str | None] = ContextVar("actor", default=None)
_process_actor: list[str] = [""]


def current_actor() -> str:
    """Return the current actor; the empty string is nobody."""
    actor = _actor.get()
    return _process_actor[0] if actor is None else actor


def set_process_actor(actor: str) -> None:
    """Set the actor of this process, in every thread, wherever no other actor is set."""
    _process_actor[0] = actor


def user_actor(role: str, user_id: UUID) -> str:
    """Return the actor of a signed-in user; what they see follows from rows of the database."""
    return f"{role}:{user_id}"


def set_actor(actor: str) -> "Token[str | None]":
    """Set the actor until the next call, or until ``reset_actor`` with the token returned."""
    return _actor.set(actor)


def reset_actor(token: "Token[str | None]") -> None:
    """Restore the actor of before."""
    _actor.reset(token)


def grant_patient_visibility(patient_ids: Iterable[UUID]) -> None:
    """Make these patients visible to the current actor too, until the end of the request.

    For what the database can't judge from its rows, such as who is on duty now; only
    ``care.access.open`` and what it names may ask for it.
    """
    now = current_actor()
    more = sorted({str(patient_id) for patient_id in patient_ids if str(patient_id) not in now})
    if more and now.startswith("clinician:"):
        _actor.set(":".join([now, *more]))


@contextmanager
def acting_as(actor: str) -> Iterator[None]:
    """Set another actor within the block."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)
