"""Conditions (guide: "Condition operators", "Set operators for multivalued keys", "...IfExists", "Null")."""

import base64
import binascii
import ipaddress
import operator as orders
import re
from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from typing import Any

from tests.specification.patterns import arn_matches, asked, glob_matches, plain, put_in
from tests.specification.world import Keys

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": orders.eq,
    "NotEquals": orders.eq,  # turned round afterwards, like every negated operator
    "LessThan": orders.lt,
    "LessThanEquals": orders.le,
    "GreaterThan": orders.gt,
    "GreaterThanEquals": orders.ge,
}
TEXTS = ("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")
LIKES = ("StringLike", "StringNotLike")
ARNS = ("ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike")
ADDRESSES = ("IpAddress", "NotIpAddress")
NUMBERS = tuple("Numeric" + name for name in COMPARISONS)
DATES = tuple("Date" + name for name in COMPARISONS)
OPERATORS = (*TEXTS, *LIKES, *ARNS, *ADDRESSES, *NUMBERS, *DATES, "Bool", "BinaryEquals")
"""All but Null, which takes neither prefix nor suffix."""

WITH_VARIABLES = (*TEXTS, *LIKES, *ARNS, "Bool")


def parts(name: str) -> tuple[str, str, bool]:
    """Qualifier, operator, and whether it ends in IfExists."""
    qualifier, _, rest = name.rpartition(":")
    return qualifier, rest.removesuffix("IfExists"), rest.endswith("IfExists")


def is_operator(name: str) -> bool:
    """Only the canonical spelling is one."""
    if name == "Null":
        return True
    qualifier, base, _ = parts(name)
    return base in OPERATORS and (qualifier in ("ForAllValues", "ForAnyValue") or ":" not in name)


def asks_for(name: str, key: str, values: list[str], *, new: bool) -> set[str]:
    """The keys that one test asks for, through variables too."""
    found = {key.lower()}
    if name != "Null" and parts(name)[1] in WITH_VARIABLES:
        found = found.union(*(asked(value, new=new) for value in values))
    return found


def is_absent(value: Any) -> bool:
    """No value: not in the request, an empty set, or a set of one empty string ("null data set")."""
    return value is None or value in ((), ("",))


def holds(name: str, key: str, values: list[str], keys: Keys, *, new: bool) -> bool:
    """Whether one test is met."""
    given = keys.get(key.lower())
    if name == "Null":
        return str(is_absent(given)).lower() in [value.lower() for value in values]
    qualifier, base, if_exists = parts(name)
    negated = "Not" in base
    if given is None or is_absent(given):
        if qualifier == "ForAllValues":
            return True  # vacuous, also when negated
        if qualifier == "ForAnyValue":
            return if_exists
        return if_exists or negated
    met = [
        any(value_matches(base, each, value, keys, new=new) for value in values)
        for each in ((given,) if isinstance(given, str) else given)
    ]
    if qualifier == "ForAllValues":
        return not any(met) if negated else all(met)
    if qualifier == "ForAnyValue":
        return not all(met) if negated else any(met)
    # Several values without a qualifier are a misuse that the guides leave open: positive forms want one that fits,
    # negated ones none.
    return not any(met) if negated else any(met)


def value_matches(base: str, given: str, value: str, keys: Keys, *, new: bool) -> bool:
    """The positive form of an operator, for one value of the request and one of the policy."""
    if base in ARNS:
        return arn_matches(value, given, keys, new=new)
    if base in NUMBERS:
        return in_order(base.removeprefix("Numeric"), number(given), number(value))
    if base in DATES:
        return in_order(base.removeprefix("Date"), moment(given), moment(value))
    if base in ADDRESSES:
        return in_network(given, value)
    if base == "BinaryEquals":
        return octets(given) is not None and octets(given) == octets(value)
    parts = put_in(value, keys, new=new)
    if base in LIKES:
        return glob_matches(parts, given)
    if parts is None:
        return False
    wanted = plain(parts)
    if base == "Bool":
        return given.lower() == wanted.lower() and given.lower() in ("true", "false")
    if base.endswith("IgnoreCase"):
        return given.lower() == wanted.lower()
    return given == wanted


def in_order(name: str, given: Fraction | None, limit: Fraction | None) -> bool:
    """What cannot be read as the operator's type matches nothing."""
    return given is not None and limit is not None and COMPARISONS[name](given, limit)


def number(text: str) -> Fraction | None:
    """An integer or a decimal, with or without an exponent (of four digits at most: a bound of ours)."""
    read = re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?", text)
    return None if read is None else Fraction(text.replace(".e", "e").replace(".E", "E").rstrip("."))


def moment(text: str) -> Fraction | None:
    """Seconds since 1970 (guide: "Date condition operators"; the W3C note "Date and Time Formats").

    Four digits are a year, any other bare number is epoch seconds. A time of day needs its zone.
    """
    if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) and not re.fullmatch("[0-9]{4}", text):
        return Fraction(text)
    form = re.fullmatch(
        r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]{1,9})?)?(Z|[+-][0-9:]{5}))?)?)?",
        text,
    )
    if form is None:
        return None
    year, month, day, hour, minute, second = (
        int(form[i] or default) for i, default in enumerate((0, 1, 1, 0, 0, 0), 1)
    )
    zone = "+00:00" if form[8] in (None, "Z") else form[8]
    if not re.fullmatch("[+-]([01][0-9]|2[0-3]):[0-5][0-9]", zone):
        return None
    try:
        seconds = (datetime(year, month, day, hour, minute, second) - datetime(1970, 1, 1)).total_seconds()  # noqa: DTZ001  moved to its zone below
    except ValueError:
        return None
    east = (int(zone[1:3]) * 60 + int(zone[4:6])) * (-1 if zone[0] == "-" else 1)
    return Fraction(int(seconds) - east * 60) + Fraction("0" + (form[7] or ""))


def octets(text: str) -> bytes | None:
    """Base64 on both sides."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def in_network(given: str, value: str) -> bool:
    """An address or a block, bits after the prefix ignored; the other IP version never matches."""
    _, slash, length = value.partition("/")
    if "%" in given + value or (slash and not re.fullmatch("[0-9]{1,3}", length)) or "/" in given:
        return False
    try:
        address, network = ipaddress.ip_address(given), ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return address in network
