"""Query strings and form bodies: names and values, decoded once, strictly.

Source: WHATWG URL, "application/x-www-form-urlencoded"; for `+` in a query string, what AWS's SDKs sign.
"""

import binascii
import re
from collections.abc import Iterable

from bailiwick.errors import InvalidParameterValue, MalformedQueryString, RequestEntityTooLarge

_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def percent_decode(encoded: bytes) -> bytes:
    """The bytes meant by a percent-encoding; `+` stays as it is.

    Raises:
        ValueError: a `%` without two hexadecimal digits.
    """
    if b"%" not in encoded:
        return encoded
    if _BAD_ESCAPE.search(encoded) is not None:
        raise ValueError("a percent sign without two hexadecimal digits")
    # The standard library decodes this form in C when the sign is `=`, and a body may hold millions of escapes.
    return binascii.a2b_qp(encoded.replace(b"=", b"=3D").replace(b"%", b"="))


def _decode(encoded: str) -> str:
    return percent_decode(encoded.encode()).decode() if "%" in encoded else encoded


def parse_pairs(encoded: bytes, *, is_form: bool, limit: int) -> list[tuple[str, str]]:
    """Names and values in order. In a form body `+` is a blank; in a query string it stays `+`.

    Raises:
        InvalidParameterValue: the character NUL.
        RequestEntityTooLarge: more than `limit` parameters.
        MalformedQueryString: bad percent-encoding or UTF-8.
    """
    if not encoded:
        return []
    if encoded.count(b"&") >= limit:
        raise RequestEntityTooLarge(f"The request has more than {limit} parameters.")
    if is_form and b"+" in encoded:
        encoded = encoded.replace(b"+", b" ")
    if b"%" in encoded:
        # The escapes that ARNs are full of, all at once. Neither character separates, and neither is a hexadecimal
        # digit, so that what was a bad escape stays one.
        encoded = encoded.replace(b"%3A", b":").replace(b"%2F", b"/")
    if b"%00" in encoded or b"\x00" in encoded:
        # No reply could say it back, and not every store can hold it.
        raise InvalidParameterValue("A parameter holds the character NUL.")
    pairs: list[tuple[str, str]] = []
    try:
        for piece in encoded.decode().split("&"):
            name, _, value = piece.partition("=")
            if "%" in piece:
                name, value = _decode(name), _decode(value)
            if piece:
                pairs.append((name, value))
    except ValueError as error:
        raise MalformedQueryString("The query string contains a syntax error.") from error
    return pairs


def refuse_repeated(names: Iterable[str]) -> None:
    """Refuse a name that is given twice, be it in another case: which of them counts must not be a choice.

    Raises:
        InvalidParameterValue: naming the parameter.
    """
    seen: set[str] = set()
    for name in names:
        folded = name.lower()
        if folded in seen:
            raise InvalidParameterValue(f"The parameter {name[:128]} is given more than once.")
        seen.add(folded)
