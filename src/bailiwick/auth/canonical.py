"""Canonical requests: the one text that client and server both sign.

Source: IAM User Guide, "Create a signed AWS API request", step 1. This is the form of every service but S3, which does
not normalise the path and encodes it once.
"""

import hashlib
from urllib.parse import quote_from_bytes

from bailiwick.auth.errors import SignatureDoesNotMatch
from bailiwick.http import HttpRequest


def canonical_path(raw_path: bytes) -> bytes:
    """Resolve `.`, `..` and `//` in a path as received, and percent-encode it once more."""
    if raw_path in (b"/", b""):
        return b"/"
    segments: list[bytes] = []
    for segment in raw_path.split(b"/"):
        if segment == b"..":
            del segments[-1:]
        elif segment not in (b"", b"."):
            segments.append(segment)
    trailing = b"/" if segments and raw_path.endswith(b"/") else b""
    return b"/" + quote_from_bytes(b"/".join(segments), safe="/").encode("ascii") + trailing


def canonical_request(
    request: HttpRequest,
    headers: dict[bytes, bytes],
    signed_headers: bytes,
    names: tuple[bytes, ...],
    query: bytes,
) -> bytes:
    """The canonical request, over the body as it was received.

    Args:
        headers: the values by lower-case name, repeated ones joined by commas.
        signed_headers: the names as sent, joined by semicolons; `names` are the same, apart.
        query: the canonical query string.

    Raises:
        SignatureDoesNotMatch: a signed header is absent, or X-Amz-Content-Sha256 is not the hash of the body. So
            UNSIGNED-PAYLOAD and the STREAMING modes, which only S3 has, are refused.
    """
    payload_hash = hashlib.sha256(request.body).hexdigest().encode("ascii")
    if headers.get(b"x-amz-content-sha256", payload_hash) != payload_hash:
        raise SignatureDoesNotMatch.mismatch()
    parts = [request.method.encode(), canonical_path(request.raw_path), query]
    for name in names:
        value = headers.get(name)
        if value is None:
            raise SignatureDoesNotMatch.mismatch()
        parts.append(name + b":" + b" ".join(value.split()))
    parts += (b"", signed_headers, payload_hash)
    return b"\n".join(parts)
