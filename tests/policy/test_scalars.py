from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.policy.scalars import Address, address, boolean, instant, network, number, octets


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10", 10),
        ("10.0", 10),
        ("+7", 7),
        ("-0.5", Decimal("-0.5")),
        (".5", Decimal("0.5")),
        ("5.", 5),
        ("1e3", 1000),
        ("25E-1", Decimal("2.5")),
    ],
)
def test_numbers_are_read_exactly(text: str, value: Decimal | int) -> None:
    assert number(text) == value


@pytest.mark.parametrize(
    "text", ["", " 1", "1 ", "1_0", "NaN", "Infinity", "0x1", "1e", "1e99999", "--1", "١", ".", "1,0", "1\n"]
)
def test_what_is_no_decimal_number_is_none(text: str) -> None:
    assert number(text) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970", 0),
        ("1971", 365 * 86_400),
        ("1970-02", 31 * 86_400),
        ("1970-01-02", 86_400),
        ("1970-01-01T00:01Z", 60),
        ("1970-01-01T01:00:01Z", 3_601),
        ("1970-01-01T00:00:00.25Z", Decimal("0.25")),
        ("1969-12-31T23:59:59.5Z", Decimal("-0.5")),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01T00:00:00-01:30", 5_400),
        ("1970-01-01T00:00:00+23:59", -86_340),
        ("1970-01-01T00:00:00-23:00", 82_800),
        ("2026-11-24T10:00:00Z", 1_795_514_400),
        ("1795514400", 1_795_514_400),
        ("12345", 12_345),
        ("999", 999),
        ("-1", -1),
        ("1795514400.5", Decimal("1795514400.5")),
    ],
)
def test_dates_and_epoch_seconds_are_instants(text: str, seconds: Decimal | int) -> None:
    assert instant(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "0000",
        "2026-13",
        "2026-02-30",
        "2026-1-1",
        "20261124T100000Z",
        "2026-11-24T10:00",
        "2026-11-24T10:00:00",
        "2026-11-24T10Z",
        "2026-11-24 10:00:00Z",
        "2026-11-24t10:00:00z",
        "2026-11-24T24:00:00Z",
        "2026-11-24T10:60:00Z",
        "2026-11-24T10:00:60Z",
        "2026-11-24T10:00:00.Z",
        "2026-11-24T10:00:00+24:00",
        "2026-11-24T10:00:00+01:60",
        "2026-11-24T10:00:00+0100",
        "2026-11-24Z",
        "1e9",
        "1.",
        "٢٠٢٦",
    ],
)
def test_other_forms_of_dates_are_none(text: str) -> None:
    assert instant(text) is None


def test_booleans_are_read_in_any_case() -> None:
    assert boolean("true") is True
    assert boolean("False") is False
    assert boolean("yes") is None
    assert boolean("1") is None
    assert boolean("") is None


def test_base64_is_read_strictly() -> None:
    assert octets("QUI=") == b"AB"
    assert octets("") == b""
    assert octets("QUI") is None
    assert octets("Q U I =") is None
    assert octets("Qéé=") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.0.0.0", Address(4, 0)),
        ("10.1.2.3", Address(4, 0x0A010203)),
        ("255.255.255.255", Address(4, 0xFFFFFFFF)),
        ("::1", Address(6, 1)),
        ("2001:DB8::", Address(6, 0x20010DB8 << 96)),
        ("::ffff:1.2.3.4", Address(6, 0xFFFF01020304)),
    ],
)
def test_addresses_are_numbers_of_their_version(text: str, value: Address) -> None:
    assert address(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10.1.2",
        "10.1.2.3.4",
        "256.1.1.1",
        "01.1.1.1",
        "10.1.2.3 ",
        "1.1.1.1\n",
        "host",
        "::1%eth0",
        ":::",
        "1::2::3",
        "g::",
    ],
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert address(text) is None
    assert network(text) is None


@given(st.ip_addresses())
def test_every_address_is_read_as_the_standard_library_reads_it(value: object) -> None:
    text = str(value)
    if "%" not in text:
        assert address(text) == Address(6 if ":" in text else 4, int(value))  # type: ignore[call-overload]  # an address


@pytest.mark.parametrize(
    ("block", "text", "expected"),
    [
        ("203.0.113.0/24", "203.0.113.255", True),
        ("203.0.113.0/24", "203.0.114.0", False),
        ("203.0.113.77/24", "203.0.113.1", True),
        ("203.0.113.9", "203.0.113.9", True),
        ("203.0.113.9", "203.0.113.8", False),
        ("203.0.113.9/32", "203.0.113.9", True),
        ("0.0.0.0/0", "9.9.9.9", True),
        ("0.0.0.0/0", "::1", False),
        ("::/0", "9.9.9.9", False),
        ("::/0", "::1", True),
        ("2001:db8::/32", "2001:db8:1::1", True),
        ("2001:db8::/32", "2001:db9::1", False),
        ("::1", "::1", True),
        ("::1", "::2", False),
    ],
)
def test_a_network_holds_the_addresses_of_its_prefix(block: str, text: str, expected: bool) -> None:
    found, inside = network(block), address(text)

    assert found is not None
    assert inside is not None
    assert found.holds(inside) is expected


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/8/8",
        "10.0.0.0/255.0.0.0",
        "::/129",
        "/8",
        "10.0.0.0/1000",
        "10.0.0.0/٨",
    ],
)
def test_a_prefix_must_fit_its_version(text: str) -> None:
    assert network(text) is None
