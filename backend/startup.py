"""What a start must refuse, told in one line each."""

import importlib.util
import json
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from backend.kit import addresses
from backend.kit.cipher import parse_ring

#: What Celery is started with here; ``memory`` reaches nobody but its own process.
BROKERS = ("filesystem", "redis", "rediss", "amqp", "amqps", "pyamqp")


def refuse_unsafe(
    *,
    demo: bool,
    debug: bool,
    secrets: Mapping[str, str],
    hosts: Sequence[str],
    secure_cookies: bool,
    second_factor: bool,
    origins: Sequence[str] = (),
) -> None:
    """Stop the start where a setting is missing or unsafe, naming each one.

    :raises ImproperlyConfigured: with every fault found. Only the demo, whose people are made up,
        may do without TLS; nothing may do without secrets.
    """
    faults = [*_secret_faults(secrets), *_host_faults(hosts), *_origin_faults(origins)]
    if not demo:
        if debug:
            faults.append("BETWEEN_DEBUG must be off where real data is")
        if not hosts or any(host.startswith((".", "*")) for host in hosts):
            faults.append("BETWEEN_ALLOWED_HOSTS must name each host, without wildcards")
        if any(origin.startswith("http://") for origin in origins):
            faults.append("BETWEEN_TRUSTED_ORIGINS must be https outside the demo")
        if not secure_cookies:
            faults.append("BETWEEN_SECURE_COOKIES may be off in the demo only")
        if not second_factor:
            faults.append("BETWEEN_SECOND_FACTOR may be off in the demo only")
    if faults:
        raise ImproperlyConfigured("Refusing to start: " + "; ".join(faults) + ".")


def refuse_unusable(
    *,
    demo: bool,
    gateway: str,
    gateways: Collection[str],
    credentials: str,
    base_url: str,
    ca_file: str,
    broker: str,
) -> None:
    """Stop the start where what was named cannot do its work, instead of failing every reminder.

    :raises ImproperlyConfigured: with every fault found.
    """
    faults = []
    if urlsplit(broker).scheme not in BROKERS:
        faults.append("BETWEEN_BROKER_URL must be redis://host, amqp://host or filesystem://")
    if gateway not in gateways and not _is_dotted(gateway):
        faults.append(
            f"BETWEEN_PUSH_GATEWAY must be one of {', '.join(gateways)}, "
            "or the dotted path of a class"
        )
    if gateway.startswith("fcm") and gateway in gateways:
        faults += _account_faults(credentials)
        faults += _google_faults(base_url, is_demo=demo)
    if ca_file and not Path(ca_file).is_file():
        faults.append("BETWEEN_FCM_CA_FILE names no file that can be read")
    if faults:
        raise ImproperlyConfigured("Refusing to start: " + "; ".join(faults) + ".")


def _is_dotted(name: str) -> bool:
    first, dot, _ = name.partition(".")
    return bool(dot and first.isidentifier() and importlib.util.find_spec(first))


def _account_faults(credentials: str) -> list[str]:
    if not credentials:
        return ["BETWEEN_FCM_CREDENTIALS must name the service account file"]
    try:
        account = json.loads(Path(credentials).read_bytes())
        is_whole = account["type"] == "service_account" and all(
            account[name] for name in ("project_id", "private_key", "client_email", "token_uri")
        )
    except OSError:
        return ["BETWEEN_FCM_CREDENTIALS names no file that can be read"]
    except (ValueError, KeyError, TypeError):
        is_whole = False
    return [] if is_whole else ["BETWEEN_FCM_CREDENTIALS names a file that is no service account"]


def _google_faults(base_url: str, *, is_demo: bool) -> list[str]:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ["BETWEEN_FCM_BASE_URL must be https://host"]
    if parts.scheme == "http" and not is_demo:
        return ["BETWEEN_FCM_BASE_URL must be https outside the demo"]
    return []


def _host_faults(hosts: Sequence[str]) -> list[str]:
    """Find what no request's Host can ever equal."""
    bare = re.compile(r"\*|\.?[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")
    return [
        f"BETWEEN_ALLOWED_HOSTS must be names alone, without scheme, port or path: not {host}"
        for host in hosts
        if not bare.fullmatch(host)
    ]


def _origin_faults(origins: Sequence[str]) -> list[str]:
    """Find what no browser's Origin can ever equal."""
    whole = re.compile(r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
    return [
        f"BETWEEN_TRUSTED_ORIGINS must be https://host, without a path or a wildcard: not {origin}"
        for origin in origins
        if not whole.fullmatch(origin)
    ]


def _secret_faults(secrets: Mapping[str, str]) -> list[str]:
    faults = []
    for name, value in secrets.items():
        if not value:
            faults.append(f"{name} is missing")
        elif name.endswith("_KEYS"):
            try:
                parse_ring(value)
            except ValueError:
                faults.append(f"{name} must be id:base64 of 32 bytes, comma-separated")
        elif len(value) < 40 or len(set(value)) < 10 or "insecure" in value:
            faults.append(f"{name} is too weak (at least 40 random characters)")
    return faults


def trusted_proxies(named: Sequence[str]) -> tuple[addresses.Network, ...]:
    """Read which proxies are believed about a caller's address.

    :raises ImproperlyConfigured: for what is no network, or is everybody.
    """
    try:
        return addresses.networks(named)
    except ValueError as fault:
        raise ImproperlyConfigured(
            "BETWEEN_TRUSTED_PROXIES must be networks, such as 10.0.0.5 or 10.0.0.0/24, and never "
            f"all of them: {fault}."
        ) from None
