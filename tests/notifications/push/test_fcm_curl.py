"""The way for many: the same bodies, nothing posted twice, one connection by HTTP/2."""

import datetime as dt
import ssl
import time
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import override_settings
from pytest_django import Settings

from notifications import wording
from notifications.push.fcm import FirebaseGateway
from notifications.push.fcm_curl import CONNECTIONS, CurlGateway
from notifications.push.gateway import PushGateway, SendOutcome
from notifications.push.http_gateway import retry_after_seconds
from tests.notifications.push.test_fcm import NOW, message, sent_by
from tests.proofs.fcm.responses import NAMED, Answer, refused
from tests.proofs.fcm.server import FakeFcm


@pytest.fixture
def fcm(settings: Settings, tmp_path: Path) -> Iterator[FakeFcm]:
    """Run a fake and name it in the settings."""
    fake = FakeFcm().start()
    settings.FCM_BASE_URL = fake.url
    settings.FCM_CREDENTIALS = str(fake.write_credentials(tmp_path / "fcm.json"))
    yield fake
    fake.stop()


def certificate(folder: Path) -> ssl.SSLContext:
    """Make a certificate for 127.0.0.1, and a server's end of TLS that offers HTTP/2."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    at = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(at - dt.timedelta(days=1))
        .not_valid_after(at + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


@pytest.fixture
def secure(settings: Settings, tmp_path: Path) -> Iterator[FakeFcm]:
    """Run a fake behind TLS that speaks HTTP/2."""
    fake = FakeFcm(tls=certificate(tmp_path)).start()
    settings.DEMO = False
    settings.FCM_BASE_URL = fake.url
    settings.FCM_CA_FILE = str(tmp_path / "ca.pem")
    settings.FCM_CREDENTIALS = str(fake.write_credentials(tmp_path / "fcm.json"))
    yield fake
    fake.stop()


def test_both_ways_send_the_same_bodies(fcm: FakeFcm) -> None:
    odd = [
        message("plain"),
        message('"quoted" \\ and é', provider="fcm_fid", platform="web"),
        message("-tag-", kind="plan", tag="r-2"),
        message("later", not_after=NOW + dt.timedelta(minutes=5)),
        message("later still", not_after=NOW + dt.timedelta(hours=23, microseconds=999_999)),
        message("over", not_after=NOW - dt.timedelta(seconds=5)),
        message("silent", kind=wording.REFRESH_CODE, sentence="", tag=wording.REFRESH_CODE),
    ]

    sent_by(FirebaseGateway(), *odd)
    by_library = sorted(map(str, fcm.posts))
    fcm.posts.clear()
    sent_by(CurlGateway(), *odd)

    assert sorted(map(str, fcm.posts)) == by_library
    assert len(by_library) == 7


def test_where_http_2_is_spoken_one_connection_carries_all(secure: FakeFcm) -> None:
    gateway = CurlGateway()

    results = [sent_by(gateway, *(message(f"t{n}") for n in range(100))) for _ in range(3)]

    assert {found.outcome for chunk in results for found in chunk} == {SendOutcome.SENT}
    assert secure.streams == 300
    # One of them is the token's.
    assert secure.connections == 2


def test_every_outcome_is_told_over_http_2_as_well(secure: FakeFcm) -> None:
    secure.by_address.update(
        {"dead": NAMED["unregistered"], "bad": NAMED["bad_payload"], "ill": NAMED["internal"]}
    )
    gateway = CurlGateway()

    results = sent_by(gateway, *map(message, ["fine", "dead", "bad", "ill"]))

    assert sorted(found.outcome for found in results) == ["dead", "faulted", "refused", "sent"]


def test_an_unknown_certificate_sends_nothing(secure: FakeFcm, settings: Settings) -> None:
    gateway = CurlGateway()
    sent_by(gateway, message())
    posts = len(secure.posts)
    settings.FCM_CA_FILE = ""
    stranger = CurlGateway()
    # It was given a token: only the way to FCM itself is not trusted.
    stranger._account = gateway._account

    result = sent_by(stranger, message())[0]

    assert (result.outcome, result.code) == (SendOutcome.NOT_SENT, "no_connection")
    assert len(secure.posts) == posts


@pytest.mark.parametrize("made", [FirebaseGateway, CurlGateway], ids=["requests", "curl"])
@pytest.mark.parametrize("answer", ["accept_then_drop", "drop", "half_close"])
def test_a_kept_connection_that_dies_repeats_nothing(
    fcm: FakeFcm, made: type[Any], answer: str
) -> None:
    """libcurl would send again by itself, up to five times, what it can rewind."""
    gateway: PushGateway = made()
    for _ in range(3):
        sent_by(gateway, message())
    fcm.script.append(NAMED[answer])

    results = sent_by(gateway, message("once"))

    assert [found.outcome for found in results] == [SendOutcome.AMBIGUOUS]
    assert [post["token"] for post in fcm.posts].count("once") == 1


@pytest.mark.parametrize("made", [FirebaseGateway, CurlGateway], ids=["requests", "curl"])
def test_connections_that_the_server_closes_lose_nothing(fcm: FakeFcm, made: type[Any]) -> None:
    gateway: PushGateway = made()
    fcm.script.extend([NAMED["ok_then_close"]] * 2)

    results = []
    for _ in range(3):
        results += sent_by(gateway, message())
        time.sleep(1.1)  # libcurl looks once a second which of its connections are dead

    assert len(fcm.posts) == 3
    assert {found.outcome for found in results} == {SendOutcome.SENT}


@pytest.mark.parametrize("made", [FirebaseGateway, CurlGateway], ids=["requests", "curl"])
def test_after_a_refusal_of_all_no_more_are_begun(fcm: FakeFcm, made: type[Any]) -> None:
    gateway: PushGateway = made()
    fcm.rule = lambda address: NAMED["quota"]  # type: ignore[method-assign] # a rule of this test

    results = sent_by(gateway, *(message(f"t{n}") for n in range(100)))

    outcomes = [found.outcome for found in results]
    assert len(fcm.posts) == outcomes.count(SendOutcome.BACK_OFF) <= CONNECTIONS + 1
    assert outcomes.count(SendOutcome.HELD) == 100 - len(fcm.posts)
    assert {found.retry_after for found in results} == {30}


@pytest.mark.parametrize("made", [FirebaseGateway, CurlGateway], ids=["requests", "curl"])
def test_a_token_refused_twice_is_not_asked_for_again_and_again(
    fcm: FakeFcm, made: type[Any]
) -> None:
    gateway: PushGateway = made()
    fcm.script.extend([NAMED["unauthenticated"]] * 2)

    first, second, third = (sent_by(gateway, message())[0] for _ in range(3))

    assert (first.outcome, first.code) == (SendOutcome.NOT_SENT, "unauthenticated")
    assert (second.outcome, second.code) == (SendOutcome.BACK_OFF, "unauthenticated")
    assert third.outcome is SendOutcome.SENT
    assert len(fcm.tokens) == 2


@pytest.mark.parametrize("made", [FirebaseGateway, CurlGateway], ids=["requests", "curl"])
def test_whoever_stops_listening_leaves_the_gateway_usable(fcm: FakeFcm, made: type[Any]) -> None:
    gateway: PushGateway = made()
    fcm.script.append(Answer(accepts=True, slow_seconds=0.5))
    listening = iter(gateway.send([message(f"t{n}") for n in range(100)], now=NOW))
    next(listening)
    listening.close()  # type: ignore[attr-defined] # both are generators

    results = sent_by(gateway, message()._replace(address="after"))

    assert [found.outcome for found in results] == [SendOutcome.SENT]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("17", 17),
        ("Mon, 02 Mar 2026 14:31:00 GMT", 60),
        ("Mon, 02 Mar 2026 14:00:00 GMT", 1),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("99999999", None),
    ],
)
def test_a_retry_after_is_seconds_or_a_date(text: str, seconds: int | None) -> None:
    assert retry_after_seconds(text, now=NOW) == seconds


def test_a_date_to_come_back_at_reaches_the_engine(fcm: FakeFcm) -> None:
    fcm.script.append(refused(429, retry_after="Mon, 02 Mar 2026 14:31:00 GMT"))

    with override_settings(FCM_BASE_URL=fcm.url):
        result = sent_by(FirebaseGateway(), message())[0]

    assert result.retry_after == 60
