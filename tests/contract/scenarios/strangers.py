"""Every operation, asked for by who did not sign in, and by who has no right to it."""

from tests.contract.described import operations, recorded
from tests.contract.scenarios.faults import address
from tests.contract.stage import NOTHING, Stage


def play(on: Stage) -> None:
    """Knock as nobody, as another patient, as who treats somebody else, and as a supporter."""
    for operation in operations(recorded()):
        if operation.path.startswith(("/api/v1/auth/", "/api/v1/calendar")):
            continue
        path = address(on, operation)
        people = [on.nobody, on.noah, on.dr_lind, on.sam] if "{" in operation.path else [on.nobody]
        for who in people:
            who.send(operation.method, path, NOTHING if operation.body is None else {}, rev=1)
