"""The query string, as it takes part in signatures."""

import re
from typing import Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

from bailiwick.auth.errors import IncompleteSignature

MAX_QUERY_SIZE: Final = 65_536
MAX_PARAMETERS: Final = 2_048

SIGNATURE: Final = b"X-Amz-Signature"
SECURITY_TOKEN: Final = b"X-Amz-Security-Token"
REQUIRED: Final = (
    b"X-Amz-Algorithm",
    b"X-Amz-Credential",
    SIGNATURE,
    b"X-Amz-SignedHeaders",
    b"X-Amz-Date",
    b"X-Amz-Expires",
)
_BY_LOWER_CASE: Final = {name.lower(): name for name in (*REQUIRED, SECURITY_TOKEN)}
_NEEDS_ENCODING = re.compile(rb"[^A-Za-z0-9_.~-]")

Pairs = list[tuple[bytes, bytes]]


def parse_query(query_string: bytes) -> Pairs:
    """Names and values, percent-decoded, in order. A `+` stays one; a missing value is empty.

    Raises:
        IncompleteSignature: longer than MAX_QUERY_SIZE, or more than MAX_PARAMETERS.
    """
    if len(query_string) > MAX_QUERY_SIZE or query_string.count(b"&") >= MAX_PARAMETERS:
        raise IncompleteSignature("The query string is too large to be authenticated.")
    pairs: Pairs = []
    if not query_string:
        return pairs
    for pair in query_string.split(b"&"):
        name, _, value = pair.partition(b"=")
        pairs.append((decode(name), decode(value)))
    return pairs


def authentication_parameters(pairs: Pairs) -> dict[bytes, bytes]:
    """The parameters of a presigned request, by name; empty when there is none of them.

    Raises:
        IncompleteSignature: one is repeated, or spelled in another case.
    """
    found: dict[bytes, bytes] = {}
    for name, value in pairs:
        proper = _BY_LOWER_CASE.get(name.lower())
        if proper is None:
            continue
        if name != proper or name in found:
            raise IncompleteSignature(f"'{proper.decode('ascii')}' must be given once, in this spelling.")
        found[name] = value
    return found


def canonical_query(pairs: Pairs) -> bytes:
    """The canonical query string: encoded, then sorted by name and value, without the signature itself.

    Source: IAM User Guide, "Create a signed AWS API request", step 1.
    """
    if not pairs:
        return b""
    encoded = sorted((encode(name), encode(value)) for name, value in pairs if name != SIGNATURE)
    return b"&".join([name + b"=" + value for name, value in encoded])


def decode(value: bytes) -> bytes:
    """Undo percent-encoding; what is not a pair of hexadecimal digits after a `%` stays as it is."""
    return unquote_to_bytes(value) if b"%" in value else value


def encode(value: bytes) -> bytes:
    """Percent-encode all but `A-Za-z0-9-_.~`, in upper-case hexadecimal."""
    if not _NEEDS_ENCODING.search(value):
        return value
    return quote_from_bytes(value, safe="").encode("ascii")
