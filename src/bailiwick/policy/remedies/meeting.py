"""Values of one condition key that could meet a condition, or fail it: guesses from what the policy says.

Whether a guess does is for the matchers to tell.
"""

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from bailiwick.policy import scalars
from bailiwick.policy.operators import Family, Operator
from bailiwick.policy.patterns import Wildcard, tokenize
from bailiwick.policy.variables import ContextKeys, ContextValue, Part, split_variables, substitute

_FIXED: Final = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalisawsservice",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principaltype",
        "aws:resourceaccount",
        "aws:resourceorgid",
        "aws:resourceorgpaths",
        "aws:userid",
        "aws:username",
    }
)
"""What the caller and the resource are; no change of a request or of tags makes them others."""

_LEFT_OUT: Final = ("aws:referer", "aws:requesttag/", "aws:tagkeys", "aws:useragent")
"""The global keys that a request may leave out; those of services are parameters mostly, and may be tried."""

_LONGEST: Final = 20
"""Digits of a number that is worth a step to its neighbour; exponents can make longer ones out of a few letters."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST: Final = Decimal(0)
_LATEST: Final = Decimal(250_000_000_000)
"""Between these epoch seconds a date can be written, to the second."""


def may_change(key: str) -> bool:
    """Whether a condition key (lower case) may be other in another try of the same request."""
    return key not in _FIXED


def guesses(
    operator: Operator, key: str, expected: Sequence[str], keys: ContextKeys, *, variables: bool
) -> Iterator[ContextValue | None]:
    """Values of the key to try, the likeliest first; None for a request without it.

    Args:
        operator: of the condition.
        key: the condition key, in lower case.
        expected: the condition's values, as the policy has them.
        keys: the request's; what it has for the key is not offered again.
        variables: whether the policy's version has variables.
    """
    current = keys.get(key)
    is_set = operator.qualifier is not None if current is None else not isinstance(current, str)
    for text in dict.fromkeys(_texts(operator.base.family, expected, keys, variables=variables)):
        value: ContextValue = (text,) if is_set else text
        if value != current:
            yield value
    if current is not None and (not key.startswith("aws:") or key.startswith(_LEFT_OUT)):
        yield None


def _texts(family: Family, expected: Sequence[str], keys: ContextKeys, *, variables: bool) -> Iterable[str]:
    match family:
        case Family.NULL:
            return ()
        case Family.BOOL:
            return ("true", "false")
        case Family.NUMERIC:
            return _numbers(expected)
        case Family.DATE:
            return _dates(expected)
        case Family.IP:
            return _addresses(expected)
        case Family.BINARY:
            return expected
        case _:
            wildcards = family in (Family.STRING_LIKE, Family.ARN)
            return _instances(expected, keys, wildcards=wildcards, variables=variables)


def _numbers(expected: Sequence[str]) -> Iterator[str]:
    for text in expected:
        limit = scalars.number(text)
        if limit is not None and abs(limit.adjusted()) < _LONGEST:
            for step in (0, 1, -1):
                yield f"{limit + step:f}"


def _dates(expected: Sequence[str]) -> Iterator[str]:
    for text in expected:
        limit = scalars.instant(text)
        if limit is not None and _EARLIEST < limit < _LATEST:
            for step in (0, 1, -1):
                moment = _EPOCH + timedelta(seconds=int(limit) + step)
                yield f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _addresses(expected: Sequence[str]) -> Iterator[str]:
    for text in expected:
        block = scalars.network(text)
        if block is not None:
            number = (block.address << block.host_bits) + (1 if block.host_bits > 1 else 0)
            yield str(ipaddress.IPv4Address(number) if block.version == 4 else ipaddress.IPv6Address(number))


def _instances(expected: Sequence[str], keys: ContextKeys, *, wildcards: bool, variables: bool) -> Iterator[str]:
    """Texts that the values match: their wildcards stand for as little as they can."""
    for text in expected:
        parts = _parts(text, wildcards=wildcards, variables=variables)
        tokens = substitute(parts, keys)
        if tokens is not None:
            shortest = {Wildcard.ANY: "", Wildcard.ONE: "x"}
            yield "".join(token if isinstance(token, str) else shortest[token] for token in tokens)


def _parts(text: str, *, wildcards: bool, variables: bool) -> Sequence[Part]:
    if variables:
        return split_variables(text, wildcards=wildcards)
    return tokenize(text) if wildcards else (text,)
