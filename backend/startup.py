"""What a start must refuse, told in one line each."""

from collections.abc import Mapping, Sequence

from django.core.exceptions import ImproperlyConfigured

from backend.kit import addresses
from backend.kit.cipher import parse_ring


def refuse_unsafe(
    *,
    demo: bool,
    debug: bool,
    secrets: Mapping[str, str],
    hosts: Sequence[str],
    secure_cookies: bool,
    second_factor: bool,
) -> None:
    """Stop the start where a setting is missing or unsafe, naming each one.

    :raises ImproperlyConfigured: with every fault found. Only the demo, whose people are made up,
        may do without TLS; nothing may do without secrets.
    """
    faults = [*_secret_faults(secrets)]
    if not demo:
        if debug:
            faults.append("BETWEEN_DEBUG must be off where real data is")
        if not hosts or any(host.startswith((".", "*")) for host in hosts):
            faults.append("BETWEEN_ALLOWED_HOSTS must name each host, without wildcards")
        if not secure_cookies:
            faults.append("BETWEEN_SECURE_COOKIES may be off in the demo only")
        if not second_factor:
            faults.append("BETWEEN_SECOND_FACTOR may be off in the demo only")
    if faults:
        raise ImproperlyConfigured("Refusing to start: " + "; ".join(faults) + ".")


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
