"""What we post is what FCM's own library would post, word for word."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any, cast
from unittest.mock import patch
from uuid import uuid4

import firebase_admin
import pytest
import requests
from firebase_admin import credentials, messaging
from google.auth.credentials import AnonymousCredentials
from requests.adapters import HTTPAdapter

from notifications import wording
from notifications.push import fcm
from notifications.push.fcm_messages import BodyRenderer, build_fcm_message
from notifications.push.gateway import PushMessage

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
SENTENCES = [*wording.PUSH_SENTENCES, ""]


class NoAccount(credentials.Base):  # type: ignore[misc] # the library has no types
    """What an app of the library needs to post without a token."""

    def get_credential(self) -> AnonymousCredentials:
        return AnonymousCredentials()  # type: ignore[no-untyped-call] # the library has no types


@contextmanager
def posts_of_the_library() -> Iterator[tuple[Any, list[requests.PreparedRequest]]]:
    """Make an app of the library, and catch what it posts where it would leave the process."""
    posts: list[requests.PreparedRequest] = []

    def catch(_: HTTPAdapter, request: requests.PreparedRequest, **__: Any) -> requests.Response:
        posts.append(request)
        answer = requests.Response()
        answer.status_code, answer.raw = 200, BytesIO(b'{"name": "projects/p/messages/1"}')
        return answer

    app = firebase_admin.initialize_app(NoAccount(), {"projectId": "p"}, name=str(uuid4()))
    try:
        with patch.object(HTTPAdapter, "send", catch):
            yield app, posts
    finally:
        firebase_admin.delete_app(app)


def push(sentence: str, provider: str, address: str) -> PushMessage:
    return PushMessage(
        occurrence=uuid4(), device=uuid4(), provider=provider, address=address, platform="android",
        kind="k1", sentence=sentence, tag="r-0a1b", minute=0,
        not_after=NOW + timedelta(minutes=73, seconds=5),
    )  # fmt: skip


@pytest.mark.parametrize("provider", ["fcm_token", "fcm_fid"])
@pytest.mark.parametrize("address", ["abc:DEF_1-2", 'q"u\\o%te%(id)s', "ключ"])
def test_a_dry_run_of_the_library_posts_the_same(provider: str, address: str) -> None:
    ours = BodyRenderer()
    with posts_of_the_library() as (app, posts):
        for sentence in SENTENCES:
            message = push(sentence, provider, address)
            messaging.send(build_fcm_message(message, now=NOW), dry_run=True, app=app)

            theirs = json.loads(cast(bytes, posts[-1].body))
            assert theirs.pop("validate_only") is True
            assert json.loads(ours.body(message, now=NOW)) == theirs

    assert len(posts) == len(SENTENCES)
    for name, value in fcm.HEADERS.items():
        assert posts[0].headers[name] == value


def test_what_the_library_refuses_is_not_encoded() -> None:
    bad = push(SENTENCES[0], "fcm_token", "x")._replace(kind=5)  # type: ignore[arg-type] # on purpose

    with posts_of_the_library() as (app, posts), pytest.raises(ValueError, match="collapse_key"):
        messaging.send(build_fcm_message(bad, now=NOW), dry_run=True, app=app)
    with pytest.raises(ValueError, match="collapse_key"):
        BodyRenderer().body(bad, now=NOW)

    assert posts == []
