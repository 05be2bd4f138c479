"""Where a request comes from: the last address on its way that is none of our own proxies.

``X-Forwarded-For`` is written by whoever sends the request, and each proxy adds to its right what
it saw. So it is read from the right, only as far as the hops are proxies that the operator named.
``Forwarded`` (RFC 7239) is not read at all: of two headers that can disagree a caller would choose.
"""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
#: What somebody at home has of IPv6: every address of it is theirs to use.
OF_ONE_HOME = 64
#: More proxies than this stand before nobody.
MOST_HOPS = 16


def networks(named: Sequence[str]) -> tuple[Network, ...]:
    """Read the networks of our proxies.

    :raises ValueError: for what is none, or is everybody.
    """
    found = tuple(ip_network(one.strip()) for one in named if one.strip())
    if any(one.prefixlen == 0 for one in found):
        raise ValueError("every address would be believed")
    return found


def caller_of(*, peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """Tell the caller's address: ``peer`` is who connected, ``forwarded`` what the header says.

    What can't be read ends the way: then the last proxy of ours that could be stands for it.
    """
    hops = forwarded.split(",")[-MOST_HOPS:] if forwarded else []
    found = peer
    while hops and _is_among(found, trusted):
        before = _plain(hops.pop())
        if before is None:
            break
        found = before
    return found


def place_of(address: str) -> str:
    """Tell what is counted as one place: an IPv4 address, or the home network of an IPv6 one."""
    plain = _plain(address)
    if plain is None:
        return address
    found = ip_address(plain)
    if isinstance(found, IPv6Address):
        return str(ip_network((int(found) >> 64 << 64, OF_ONE_HOME)))
    return plain


def _is_among(address: str, trusted: Sequence[Network]) -> bool:
    plain = _plain(address)
    return plain is not None and any(ip_address(plain) in one for one in trusted)


def _plain(text: str) -> str | None:
    """Read an address as proxies write it: with a port, in brackets, or IPv4 within IPv6."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(found)
