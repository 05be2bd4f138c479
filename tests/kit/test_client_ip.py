"""The caller's address is the last one on the way that is none of our own proxies."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from backend.kit.client_ip import (
    MAX_PROXY_HOPS,
    parse_networks,
    resolve_client_ip,
    throttle_network,
)
from backend.settings_checks import parse_trusted_proxies

OURS = parse_networks(["10.0.0.0/24", "192.0.2.7", "2001:db8:1::/48"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        pytest.param("203.0.113.9", "", "203.0.113.9", id="no proxy"),
        pytest.param("203.0.113.9", "198.51.100.1", "203.0.113.9", id="a stranger's word"),
        pytest.param("10.0.0.5", "", "10.0.0.5", id="a proxy that says nothing"),
        pytest.param("10.0.0.5", "198.51.100.1", "198.51.100.1", id="one proxy"),
        pytest.param("10.0.0.5", "1.1.1.1, 198.51.100.1", "198.51.100.1", id="what they claimed"),
        pytest.param(
            "10.0.0.5", "1.1.1.1,198.51.100.1, 192.0.2.7", "198.51.100.1", id="two proxies"
        ),
        pytest.param("10.0.0.5", "10.0.0.8", "10.0.0.8", id="ours all the way"),
        pytest.param("10.0.0.5", "10.0.0.9, 198.51.100.1, 10.0.0.8", "198.51.100.1", id="between"),
        pytest.param("10.0.0.5", "unknown", "10.0.0.5", id="a word"),
        pytest.param("10.0.0.5", "198.51.100.1, ", "10.0.0.5", id="nothing at its end"),
        pytest.param("10.0.0.5", "198.51.100.1:4711", "198.51.100.1", id="with a port"),
        pytest.param("10.0.0.5", "[2001:db8:9::1]:4711", "2001:db8:9::1", id="IPv6 with a port"),
        pytest.param("10.0.0.5", "2001:DB8:9:0::1", "2001:db8:9::1", id="IPv6"),
        pytest.param("::ffff:10.0.0.5", "198.51.100.1", "198.51.100.1", id="IPv4 within IPv6"),
        pytest.param("2001:db8:1::5", "198.51.100.1", "198.51.100.1", id="a proxy with IPv6"),
        pytest.param("10.0.0.5", "fe80::1%eth0", "fe80::1", id="with a zone"),
        pytest.param("", "198.51.100.1", "", id="a socket without an address"),
        pytest.param(
            "10.0.0.5", ",".join(["198.51.100.1", *["10.0.0.9"] * 400]), "10.0.0.9", id="a long way"
        ),
    ],
)
def test_the_header_is_read_from_its_right_as_far_as_it_can_be_believed(
    peer: str, forwarded: str, caller: str
) -> None:
    assert resolve_client_ip(peer=peer, forwarded=forwarded, trusted=OURS) == caller
    assert resolve_client_ip(peer=peer, forwarded=forwarded, trusted=()) == peer


def test_no_more_hops_are_read_than_anybody_has() -> None:
    way = ",".join(["198.51.100.1"] + ["10.0.0.9"] * (MAX_PROXY_HOPS - 1))
    assert resolve_client_ip(peer="10.0.0.5", forwarded=way, trusted=OURS) == "198.51.100.1"
    assert (
        resolve_client_ip(peer="10.0.0.5", forwarded=way + ",10.0.0.9", trusted=OURS) == "10.0.0.9"
    )


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
        ("2001:db8:9:1:aaaa::1", "2001:db8:9:1::/64"),
        ("2001:db8:9:1:bbbb:cccc:dddd:eeee", "2001:db8:9:1::/64"),
        ("2001:db8:9:2::1", "2001:db8:9:2::/64"),
        ("", ""),
        ("nowhere", "nowhere"),
    ],
)
def test_a_home_of_ipv6_is_one_place(address: str, place: str) -> None:
    assert throttle_network(address) == place


@pytest.mark.parametrize("named", ["0.0.0.0/0", "::/0", "10.0.0.1/24", "proxy", "10.0.0.0/33"])
def test_what_is_no_proxy_of_ours_refuses_the_start(named: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="BETWEEN_TRUSTED_PROXIES"):
        parse_trusted_proxies(["10.0.0.5", named])
