"""Which web addresses and phone numbers a clinic may give."""

import pytest

from care.clinic.contact import is_https_address, is_phone_number, is_plain_phone_number


@pytest.mark.parametrize(
    "address",
    [
        "https://harbor.example.org", "https://harbor.example.org/", "HTTPS://Harbor.Example.org/a",
        "https://harbor.example.org:8443/costs?lang=es#fees", "https://xn--bcher-kva.example/",
        "https://harbor.example.org/precios/año",
    ],
)  # fmt: skip
def test_an_https_address_is_one(address: str) -> None:
    assert is_https_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "", "harbor.example.org", "http://harbor.example.org/", "ftp://harbor.example.org/",
        "javascript:alert(1)", "data:text/html,x", "https:harbor.example.org", "https://",
        "https:///costs", "https://localhost/", "https://user:secret@harbor.example.org/",
        "https://harbor.example.org@evil.example/", "https://evil.example\\@harbor.example.org/",
        "https://harbor.example.org/a b", " https://harbor.example.org/",
        "https://harbor.example.org/\n", "https://harbor.example.org:port/",
        "https://harbor.example.org:99999/", "https://[::1]/", "https://[harbor/",
        'https://harbor.example.org/"onclick="x', "https://häfen.example/", "//harbor.example.org/",
    ],
)  # fmt: skip
def test_anything_else_is_none(address: str) -> None:
    assert not is_https_address(address)


@pytest.mark.parametrize(
    "number", ["988", "(312) 555-0140", "+1 312.555.0140", "312-555-0140", "3125550140"]
)
def test_a_number_is_one(number: str) -> None:
    assert is_phone_number(number)


@pytest.mark.parametrize(
    "number", ["", "12", "1" * 16, "call us", "312-555-0140 ext. 4", "312+555", "+", "٣١٢٥٥٥"]
)
def test_words_and_odd_signs_are_no_number(number: str) -> None:
    assert not is_phone_number(number)


@pytest.mark.parametrize(
    ("number", "is_plain"),
    [
        ("988", True), ("+13125550141", True), ("312 555 0141", False), ("12", False),
        ("1" * 15, True), ("1" * 16, False), ("+", False), ("٣١٢٥", False),
    ],
)  # fmt: skip
def test_a_crisis_phone_is_digits_alone(number: str, is_plain: bool) -> None:
    assert is_plain_phone_number(number) == is_plain
