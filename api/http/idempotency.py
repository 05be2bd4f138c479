"""The header ``Idempotency-Key``: a POST whose answer was lost can be sent again safely.

Under one key of the caller the first request is executed, and every further one gets the stored
response. It is a middleware, so that it holds for every view.
"""

import base64
import re
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.urls import Resolver404, resolve
from django.utils import timezone
from rest_framework.request import Request

from api.http.authentication import SignInAuthentication
from api.http.error_handler import PROBLEM_CONTENT_TYPE, TITLES
from api.http.errors import Unauthenticated
from api.http.requests import IDEMPOTENCY_HEADER, is_idempotency_key_read
from care.access.chart import NoSuchChart
from care.access.data_categories import DataCategory
from care.access.open import check_team
from care.accounts import idempotency
from care.accounts.idempotency import ClaimedKey, KeyInUse, KeyReused, StoredAnswer
from care.models import User

GetResponse = Callable[[HttpRequest], HttpResponse]
API_PREFIX = "/api/v1/"
#: The headers that are stored beside the body.
KEPT_HEADERS = ("Content-Type", "ETag", "Location")
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
#: How often and how long a second request waits for the first one to finish.
POLLS, POLL_SECONDS = 20, 0.1


def idempotency_middleware(answer: GetResponse) -> GetResponse:
    """Answer a POST under a known key with the stored response."""

    def middleware(request: HttpRequest) -> HttpResponse:
        key = request.headers.get(IDEMPOTENCY_HEADER)
        if key is None or not _is_applicable(request):
            return answer(request)
        user = _authenticate(request)
        said = _request_content(request)
        if user is None or said is None:
            # Whoever isn't signed in, or sends too much, is refused by the view itself.
            return answer(request)
        if not _KEY.fullmatch(key):
            detail = "Must be 1 to 255 visible ASCII characters."
            return _problem(400, "idempotency_key_invalid", detail)
        return _respond(answer, request, user=user, key=key, said=said)

    return middleware


def _respond(
    answer: GetResponse, request: HttpRequest, *, user: User, key: str, said: bytes
) -> HttpResponse:
    try:
        begun = _begin(user, key, said)
    except KeyReused:
        detail = "This key was sent with another request before. Use a new one."
        return _problem(422, "idempotency_key_reused", detail)
    except KeyInUse:
        detail = "A request under this key is under way. Send it again in a moment."
        response = _problem(409, "idempotency_in_progress", detail)
        response["Retry-After"] = "1"
        return response
    if isinstance(begun, ClaimedKey):
        return _run_and_store(begun, answer, request)
    # The stored response may be about a patient whom the caller no longer treats: then the view
    # refuses the request.
    return _replay(begun) if _may_still_see(user, request) else answer(request)


def _begin(user: User, key: str, said: bytes) -> ClaimedKey | StoredAnswer:
    for _ in range(POLLS):
        try:
            return idempotency.begin_request(user=user, key=key, request=said, now=timezone.now())
        except KeyInUse:
            time.sleep(POLL_SECONDS)
    raise KeyInUse


def _run_and_store(begun: ClaimedKey, answer: GetResponse, request: HttpRequest) -> HttpResponse:
    """Run the view and store its response; release the key where it raised."""
    response: HttpResponse | None = None
    try:
        response = answer(request)
    finally:
        if response is not None and _is_kept(response):
            idempotency.store_answer(begun, answer=_serialize(response))
        else:
            idempotency.release_key(begun)
    return response


def _is_kept(response: HttpResponse) -> bool:
    return 200 <= response.status_code < 300 and not response.streaming


def _serialize(response: HttpResponse) -> bytes:
    headers = {name: response[name] for name in KEPT_HEADERS if response.has_header(name)}
    body = base64.b64encode(response.content).decode()
    return orjson.dumps({"status": response.status_code, "headers": headers, "body": body})


def _replay(answered: StoredAnswer) -> HttpResponse:
    kept: dict[str, Any] = orjson.loads(answered.answer)
    response = HttpResponse(base64.b64decode(kept["body"]), status=kept["status"])
    for name, value in kept["headers"].items():
        response[name] = value
    response["Idempotency-Replayed"] = "true"
    return response


def _is_applicable(request: HttpRequest) -> bool:
    return (
        request.method == "POST"
        and request.path.startswith(API_PREFIX)
        and is_idempotency_key_read(request.path)
    )


def _authenticate(request: HttpRequest) -> User | None:
    try:
        signed_in = SignInAuthentication().authenticate(Request(request))
    except Unauthenticated:
        return None
    return signed_in[0] if signed_in is not None else None


def _request_content(request: HttpRequest) -> bytes | None:
    """Return the path with query and the body byte for byte; None for a body that can't be read."""
    try:
        return b"\n".join([request.get_full_path().encode(), request.body])
    except (RequestDataTooBig, UnreadablePostError):
        return None


def _may_still_see(user: User, request: HttpRequest) -> bool:
    """Whether a clinician still treats the patient whom the address names."""
    try:
        patient_id = resolve(request.path_info).kwargs.get("patient_id")
    except Resolver404:
        return False
    if user.role != User.Role.CLINICIAN or not isinstance(patient_id, UUID):
        return True
    try:
        check_team(
            viewer=user, patient_id=patient_id, what=DataCategory.PROFILE, now=timezone.now()
        )
    except NoSuchChart:
        return False
    return True


def _problem(status: int, code: str, detail: str) -> HttpResponse:
    body = {
        "type": f"urn:between:{code}", "title": TITLES[status], "status": status,
        "detail": detail, "code": code, "errors": [],
    }  # fmt: skip
    return HttpResponse(orjson.dumps(body), status=status, content_type=PROBLEM_CONTENT_TYPE)
