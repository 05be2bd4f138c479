"""Where a request comes from: the last address on its way that is none of our own proxies.

``X-Forwarded-For`` is written by whoever sends the request, and each proxy adds to its right what
it saw. So it is read from the right, only as far as the hops are proxies that the operator named.
``Forwarded`` (RFC 7239) is not read at all: of two headers that can disagree a caller would choose.
"""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
#: What somebody at home has of IPv6: every address of it is theirs to use.
IPV6_HOME_PREFIX = 64
#: More proxies than this stand before nobody.
MAX_PROXY_HOPS = 16


def parse_networks(named: Sequence[str]) -> tuple[Network, ...]:
    """Parse the networks of our proxies.

    :raises ValueError: for what is none, or is everybody.
    """
    networks = tuple(ip_network(network.strip()) for network in named if network.strip())
    if any(network.prefixlen == 0 for network in networks):
        raise ValueError("every address would be believed")
    return networks


def resolve_client_ip(*, peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """Return the caller's address: ``peer`` is who connected, ``forwarded`` what the header says.

    What can't be read ends the way: then the last proxy of ours that could be stands for it.
    """
    hops = forwarded.split(",")[-MAX_PROXY_HOPS:] if forwarded else []
    address = peer
    while hops and _is_in_networks(address, trusted):
        previous = _parse_ip(hops.pop())
        if previous is None:
            break
        address = previous
    return address


def throttle_network(address: str) -> str:
    """Return what is throttled as one: an IPv4 address, or the home network of an IPv6 one."""
    plain = _parse_ip(address)
    if plain is None:
        return address
    ip = ip_address(plain)
    if isinstance(ip, IPv6Address):
        return str(ip_network((int(ip) >> 64 << 64, IPV6_HOME_PREFIX)))
    return plain


def _is_in_networks(address: str, trusted: Sequence[Network]) -> bool:
    plain = _parse_ip(address)
    return plain is not None and any(ip_address(plain) in network for network in trusted)


def _parse_ip(text: str) -> str | None:
    """Parse an address as proxies write it: with a port, in brackets, or IPv4 within IPv6."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        ip = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ip)
