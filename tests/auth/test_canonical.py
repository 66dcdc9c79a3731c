import hashlib

import pytest

from bailiwick.auth.canonical import canonical_path, canonical_request
from bailiwick.auth.errors import SignatureDoesNotMatch
from bailiwick.http import HttpRequest

EMPTY = hashlib.sha256(b"").hexdigest().encode()


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        (b"", b"/"),
        (b"/", b"/"),
        (b"//", b"/"),
        (b"/./", b"/"),
        (b"/example/..", b"/"),
        (b"/../..", b"/"),
        (b"/./example", b"/example"),
        (b"//example//", b"/example/"),
        (b"/example1/example2/../..", b"/"),
        (b"/a/b/../c/./d", b"/a/c/d"),
        (b"/a/../../b/", b"/b/"),
        (b"/a..b/.c/...", b"/a..b/.c/..."),
        (b"/example%20space/", b"/example%2520space/"),
        (b"/f/a%2Fb%20c/%C3%BC", b"/f/a%252Fb%2520c/%25C3%25BC"),
        (b"/\xe1\x88\xb4", b"/%E1%88%B4"),
        (b"/-._~0123456789ABCxyz", b"/-._~0123456789ABCxyz"),
        (b"/a=@+:$,;*", b"/a%3D%40%2B%3A%24%2C%3B%2A"),
        (b"/a\nb", b"/a%0Ab"),
    ],
)
def test_normalises_a_path_and_encodes_it_once_more(path: bytes, canonical: bytes) -> None:
    assert canonical_path(path) == canonical


def canonical(headers: dict[bytes, bytes], names: tuple[bytes, ...], body: bytes = b"") -> bytes:
    request = HttpRequest("GET", b"/a/../b", b"ignored", (), body)
    return canonical_request(request, headers, b";".join(names), names, b"x=1")


def test_puts_the_parts_in_their_order() -> None:
    text = canonical({b"host": b"h", b"x-a": b" v  w ", b"other": b"o"}, (b"host", b"x-a"))

    assert text == b"GET\n/b\nx=1\nhost:h\nx-a:v w\n\nhost;x-a\n" + EMPTY


def test_white_space_in_a_value_cannot_make_a_line() -> None:
    text = canonical({b"host": b"h", b"x-a": b"v\n\nhost\n\tw"}, (b"host", b"x-a"))

    assert b"x-a:v host w\n\nhost;x-a\n" in text


def test_hashes_the_body() -> None:
    text = canonical({b"host": b"h"}, (b"host",), body=b"Action=X")

    assert text.endswith(b"\n" + hashlib.sha256(b"Action=X").hexdigest().encode())


def test_takes_the_true_content_hash() -> None:
    headers = {b"host": b"h", b"x-amz-content-sha256": EMPTY}

    assert canonical(headers, (b"host", b"x-amz-content-sha256")).endswith(EMPTY)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"UNSIGNED-PAYLOAD",
        b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        b"STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        EMPTY.upper(),
        hashlib.sha256(b"another").hexdigest().encode(),
    ],
)
def test_refuses_any_other_content_hash(value: bytes) -> None:
    with pytest.raises(SignatureDoesNotMatch):
        canonical({b"host": b"h", b"x-amz-content-sha256": value}, (b"host", b"x-amz-content-sha256"))


def test_refuses_a_signed_header_that_is_absent() -> None:
    with pytest.raises(SignatureDoesNotMatch):
        canonical({b"host": b"h"}, (b"host", b"x-gone"))
