"""Read the environment for the settings, and check them at the start.

The service refuses to start where a setting is missing, unsafe or unusable.
"""

import importlib.util
import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from backend.kit import client_ip
from backend.kit.crypto import parse_key_ring
from care.consents.texts import SHIPPED, InvalidTexts, read_texts

REFUSAL_PREFIX = "Refusing to start: "
#: What Celery is started with here; ``memory`` reaches nobody but its own process.
BROKER_SCHEMES = ("filesystem", "redis", "rediss", "amqp", "amqps", "pyamqp")
#: Those of Chrome, Firefox, Safari and Edge.
WEB_PUSH_SERVICES = (
    "https://fcm.googleapis.com", "https://updates.push.services.mozilla.com",
    "https://*.push.apple.com", "https://*.notify.windows.com",
)  # fmt: skip
_TRUE = frozenset(environ.Env.BOOLEAN_TRUE_STRINGS)
_FALSE = frozenset({"", "0", "false", "no", "n", "off"})
_POSTGRES_SCHEMES = ("postgres", "postgresql", "psql", "pgsql")
_MAIL_SCHEMES = ("smtp", "smtps", "smtp+tls", "smtp+ssl")
_EXPECTED = {int: "a whole number", float: "a number", bool: "on or off"}


def setting_error(name: str, fault: str) -> ImproperlyConfigured:
    """Build the error of one setting. It never holds the value, which may be a password."""
    return ImproperlyConfigured(f"{REFUSAL_PREFIX}{name} {fault}.")


class Environment(environ.Env):  # type: ignore[misc] # the package has no types
    """django-environ, but what cannot be read stops the start in one line naming the setting."""

    def get_value(self, var: str, cast: Any = None, *args: Any, **options: Any) -> Any:
        """Read one variable.

        :raises ImproperlyConfigured: it is not of its kind.
        """
        said = self.ENVIRON.get(var)
        if cast is bool and said is not None and said.strip().lower() not in _TRUE | _FALSE:
            raise setting_error(var, f"must be {_EXPECTED[bool]}")
        try:
            return super().get_value(var, cast, *args, **options)
        except ValueError:
            raise setting_error(var, f"must be {_EXPECTED.get(cast, 'something else')}") from None

    def names(self, var: str) -> list[str]:
        """Read a list of names, which may have blanks around its commas."""
        return [name.strip() for name in self.get_value(var, str, "").split(",") if name.strip()]

    def number(self, var: str, *, default: float, least: float) -> float:
        """Read a number that may not be smaller than the least.

        :raises ImproperlyConfigured: it is, or is none.
        """
        value = float(self.get_value(var, float, default))
        if not least <= value < float("inf"):
            raise setting_error(var, f"must be {least:g} or more")
        return value

    def db_url(self, var: str, default: Any = environ.Env.NOTSET, engine: Any = None) -> Any:
        """Read where a database is: PostgreSQL, or a file of SQLite.

        :raises ImproperlyConfigured: it is of another kind, or leads nowhere.
        """
        said = str(self.get_value(var, str, default))
        scheme, _, rest = said.partition("://")
        if scheme == "sqlite" and not rest.startswith("/"):
            raise setting_error(var, "must be sqlite:///path, or sqlite:////path from the root")
        if scheme not in (*_POSTGRES_SCHEMES, "sqlite"):
            raise setting_error(var, "must be postgres://user@host/name or sqlite:///path")
        try:
            config = super().db_url(var, default=default, engine=engine)
        except ValueError:
            raise setting_error(
                var, "cannot be read: encode the special characters in it"
            ) from None
        if config["NAME"] in ("", ":memory:"):
            raise setting_error(
                var, "names no database: postgres://user@host/name or sqlite:///path"
            )
        return config


def mail_settings(name: str, url: str) -> dict[str, Any]:
    """Return the settings of outgoing mail.

    :raises ImproperlyConfigured: it leads nowhere.
    """
    try:
        config: dict[str, Any] = environ.Env.email_url_config(url)
    except (ValueError, ImproperlyConfigured):
        raise setting_error(name, "must be smtp+tls://user:password@host:587") from None
    if urlsplit(url).scheme in _MAIL_SCHEMES and not config["EMAIL_HOST"]:
        raise setting_error(name, "names no host: smtp+tls://user:password@host:587")
    return config


def validate_security_settings(
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


def validate_delivery_settings(
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
    if urlsplit(broker).scheme not in BROKER_SCHEMES:
        faults.append("BETWEEN_BROKER_URL must be redis://host, amqp://host or filesystem://")
    if gateway not in gateways and not _is_importable_path(gateway):
        faults.append(
            f"BETWEEN_PUSH_GATEWAY must be one of {', '.join(gateways)}, "
            "or the dotted path of a class"
        )
    if gateway.startswith("fcm") and gateway in gateways:
        faults += _account_faults(credentials)
        faults += _fcm_url_faults(base_url, is_demo=demo)
    if ca_file and not Path(ca_file).is_file():
        faults.append("BETWEEN_FCM_CA_FILE names no file that can be read")
    if faults:
        raise ImproperlyConfigured("Refusing to start: " + "; ".join(faults) + ".")


def validate_web_push_settings(
    *, demo: bool, keys: str, subject: str, services: Sequence[str], url: str
) -> None:
    """Stop the start where Web Push is set but could reach nobody, or somewhere else.

    :raises ImproperlyConfigured: with every fault found.
    """
    if not keys:
        return
    faults = []
    try:
        parse_key_ring(keys)
    except ValueError:
        faults.append("BETWEEN_VAPID_KEYS must be id:base64 of 32 bytes, comma-separated")
    if not re.fullmatch(r"(mailto:[^@\s]+@|https://)[^@\s]+", subject):
        faults.append("BETWEEN_VAPID_SUBJECT must be mailto: and an address, or https://host")
    origin = re.compile(rf"https{'?' if demo else ''}://(\*\.)?[A-Za-z0-9.-]+(:\d{{1,5}})?")
    faults += [
        f"BETWEEN_PUSH_SERVICES must be https://host, or https://*.host: not {service}"
        for service in services
        if not origin.fullmatch(service)
    ]
    if not re.fullmatch(rf"https{'?' if demo else ''}://[^/?#@\s]+", url):
        faults.append("BETWEEN_PUBLIC_URL must be https://host, without a path")
    if faults:
        raise ImproperlyConfigured("Refusing to start: " + "; ".join(faults) + ".")


def validate_consent_texts(path: str) -> None:
    """Stop the start where nobody could be told what they agree to.

    :raises ImproperlyConfigured: the file, ours where none is named, has a text that can't be used,
        or none of a purpose whose day has come.
    """
    try:
        read_texts(Path(path or SHIPPED), today=datetime.now(UTC).date())
    except InvalidTexts as fault:
        raise setting_error("BETWEEN_CONSENT_TEXTS", str(fault)) from None


def default_public_url(*, demo: bool, hosts: Sequence[str]) -> str:
    """Return where patients open this unless it is set: the first host by name, over https."""
    named = next((host for host in hosts if host[:1] not in "*."), "localhost")
    return "http://localhost:8000" if demo else f"https://{named}"


def _is_importable_path(name: str) -> bool:
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


def _fcm_url_faults(base_url: str, *, is_demo: bool) -> list[str]:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ["BETWEEN_FCM_BASE_URL must be https://host"]
    if parts.scheme == "http" and not is_demo:
        return ["BETWEEN_FCM_BASE_URL must be https outside the demo"]
    return []


def _host_faults(hosts: Sequence[str]) -> list[str]:
    """Return allowed hosts that no request's Host can ever equal."""
    bare = re.compile(r"\*|\.?[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")
    return [
        f"BETWEEN_ALLOWED_HOSTS must be names alone, without scheme, port or path: not {host}"
        for host in hosts
        if not bare.fullmatch(host)
    ]


def _origin_faults(origins: Sequence[str]) -> list[str]:
    """Return trusted origins that no browser's Origin can ever equal."""
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
                parse_key_ring(value)
            except ValueError:
                faults.append(f"{name} must be id:base64 of 32 bytes, comma-separated")
        elif len(value) < 40 or len(set(value)) < 10 or "insecure" in value:
            faults.append(f"{name} is too weak (at least 40 random characters)")
    return faults


def parse_trusted_proxies(named: Sequence[str]) -> tuple[client_ip.Network, ...]:
    """Parse the proxies that are believed about a caller's address.

    :raises ImproperlyConfigured: for what is no network, or is everybody.
    """
    try:
        return client_ip.parse_networks(named)
    except ValueError as fault:
        raise ImproperlyConfigured(
            "BETWEEN_TRUSTED_PROXIES must be networks, such as 10.0.0.5 or 10.0.0.0/24, and never "
            f"all of them: {fault}."
        ) from None
