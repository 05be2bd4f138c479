"""One role at every door: what is generated from the schema, held against the schema."""

import json
import re
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import schemathesis
from django.core.signals import got_request_exception, request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import AcceptedNegativeData, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

from tests.api.world import World
from tests.cast import signed_in
from tests.rollback import rolled_back

#: What is not asked: words that the schema allows can be refused for what they mean together, and
#: the others follow one thing through several doors, which the model of sync and the table of
#: authorisation do with more knowledge.
LEFT_OUT = frozenset(
    {"positive_data_acceptance", "use_after_free", "ensure_resource_availability",
     "missing_required_header", "object_level_authorization", "max_response_time", "ignored_auth"}
)  # fmt: skip
#: What refuses input that the schema does not allow. The order of the looks differs from door to
#: door: a rev that is stale, a cursor that is gone or a body too large may come first.
REFUSALS = ["400", "401", "403", "404", "405", "406", "409", "410", "412", "413", "415", "428",
            "429"]  # fmt: skip
_TABLE = Path(__file__).parents[2] / "api" / "authorisation.txt"


@dataclass(slots=True)
class Report:
    """How much was asked, and each different thing that was wrong, with one example."""

    tell: Callable[[str], object]
    answers: Counter[int] = field(default_factory=Counter)
    faults: set[tuple[str, str]] = field(default_factory=set)

    def found(self, door: str, what: str, example: str) -> None:
        """Keep and tell one fault; the same again is no news."""
        if (door, what) not in self.faults:
            self.faults.add((door, what))
            self.tell(f"  {door}: {what}\n    {example}\n")


@contextmanager
def _connection_kept() -> Iterator[None]:
    """Keep the one connection that holds what is to be taken back, as Django's test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def trial(
    world: World,
    role: str,
    *,
    examples: int,
    seed: int,
    door: str = "",
    every: int = 1,
    tell: Callable[[str], object] = lambda _: None,
) -> Report:
    """Knock at doors with such a name as this role, so often; or at every so many of them.

    Once with anything, once with this world's ids and words that mean something, so that it gets
    further than the first look; each time with what the schema allows and with what it doesn't.
    """  # fmt: skip
    report = Report(tell)
    with _connection_kept(), rolled_back():
        user = world.who(role)
        for is_sensible in (False, True):
            asked = [found for found in doors(is_sensible=is_sensible) if door in found.label]
            for operation in asked[seed % every :: every]:
                credentials = getattr(signed_in(user), "_credentials", {})
                given = {"headers": {"If-Match": '"1"'}, "path": {}}
                if "HTTP_AUTHORIZATION" in credentials:
                    given["headers"]["Authorization"] = credentials["HTTP_AUTHORIZATION"]
                if is_sensible:
                    given["path"] = _path_of(operation, world)
                for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                    _knock(report, operation, mode, given, examples=examples, seed=seed)
    return report


@cache
def _open_doors() -> frozenset[str]:
    """List the doors that ask nobody, by the table of authorisation, who they are."""
    rows = (line.split() for line in _TABLE.read_text(encoding="utf-8").splitlines())
    return frozenset(
        f"{row[0]} /" + re.sub(r"<\w+:(\w+)>", r"{\1}", row[1])
        for row in rows
        if len(row) > 3 and row[2].isdigit() and row[2] != "401"
    )


def _is_open(operation: Any) -> bool:
    return f"{operation.method.upper()} {operation.path}" in _open_doors()


def _path_of(operation: Any, world: World) -> dict[str, Any]:
    ids = world.ids()
    if "auth/sessions" in operation.path:
        ids["session_id"] = ids["auth/sessions"]
    names = [parameter.name for parameter in operation.path_parameters]
    return {name: str(ids[name]) for name in names if name in ids}


@cache
def doors(*, is_sensible: bool) -> list[Any]:
    """List the operations of our schema."""
    load_all_checks()
    made = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call] # untyped there
    raw = json.loads(json.dumps(made, default=str))
    if is_sensible:
        _make_sensible([*_requests(raw)], timezone.now())
    schema = schemathesis.openapi.from_dict(raw)
    schema.app = get_wsgi_application()
    schema.config.update(base_url="http://localhost")
    schema.config.checks.negative_data_rejection.expected_statuses = REFUSALS
    return [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]


def _requests(raw: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Find what describes requests; answers stay as they are."""
    for item in raw["paths"].values():
        yield from (one["requestBody"] for one in item.values() if "requestBody" in one)
    for name, component in raw["components"]["schemas"].items():
        if not name.endswith("Out"):
            yield component


def _make_sensible(part: Any, now: datetime) -> None:
    """Give some fields values that mean something, wherever they stand in requests."""
    at = [(now - timedelta(minutes=minutes)).isoformat() for minutes in (5, 90, 3_000)]
    words = {
        "time_zone": ["America/Chicago", "Asia/Kathmandu"], "occurred_at": at, "recorded_at": at,
        "completed_at": at, "instrument": ["phq-9", "gad-7"], "version": ["1"],
        "skill": ["slow-breathing"], "cursor": [None], "origin": ["self", "in_session"],
        "unanswered": [None], "date": [str(now.date() - timedelta(days=1))], "assignment": [None],
    }  # fmt: skip
    for inner in part.values() if isinstance(part, dict) else part:
        if isinstance(inner, dict | list):
            _make_sensible(inner, now)
    properties = part.get("properties") if isinstance(part, dict) else None
    if isinstance(properties, dict):
        for name in properties.keys() & words.keys():
            properties[name] = {"enum": words[name]}


def _knock(
    report: Report,
    operation: Any,
    mode: GenerationMode,
    given: dict[str, dict[str, str]],
    *,
    examples: int,
    seed: int,
) -> None:
    checks = [CHECKS.get_one(name) for name in CHECKS.get_all_names() if name not in LEFT_OUT]

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples, database=None, deadline=None,
        phases=[hypothesis.Phase.generate], suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    @hypothesis.given(
        case=operation.as_strategy(generation_mode=mode, path_parameters=given["path"] or None)
    )
    def once(case: Any) -> None:
        with rolled_back(), _told() as raised:
            response = case.call(headers=given["headers"])
            report.answers[response.status_code] += 1
            signed_in_as = given["headers"].get("Authorization")
            if signed_in_as is None and response.status_code < 300 and not _is_open(operation):
                report.found(operation.label, "lets in who is not signed in", "")
            try:
                case.validate_response(response, checks=checks)
            except FailureGroup as failures:
                for failure in failures.exceptions:
                    if isinstance(failure, AcceptedNegativeData) and _refused_alone(response):
                        continue
                    what = f"{type(failure).__name__}: {raised or str(failure)[:300]}"
                    report.found(operation.label, what, case.as_curl_command())

    # Where there is nothing to send, nothing of it can be wrong.
    with suppress(hypothesis.errors.Unsatisfiable):
        once()


def _refused_alone(response: Any) -> bool:
    """Whether a batch was taken but for what can't be: one bad item doesn't block the rest."""
    results = response.json().get("results", []) if response.status_code == 200 else []
    return any(isinstance(one, dict) and one.get("status") == "invalid" for one in results)


@contextmanager
def _told() -> Iterator[list[str]]:
    """Remember what a view raised that nobody caught, and where."""
    raised: list[str] = []

    def remember(**_: Any) -> None:
        error = sys.exc_info()[1]
        last = traceback.extract_tb(error.__traceback__)[-1] if error else None
        raised.append(f"{error!r} at {last.filename}:{last.lineno}" if last else "")

    got_request_exception.connect(remember)
    try:
        yield raised
    finally:
        got_request_exception.disconnect(remember)
