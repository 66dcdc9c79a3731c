"""An HTTP request and reply as plain values, with the bytes as they came. A leaf: imports nothing of ours."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request, read whole, nothing decoded: signatures are over these very bytes.

    Attributes:
        method: upper case, as sent.
        raw_path: the path as received, percent-encoded, without the query.
        query_string: what followed `?`, as received, empty when there was none.
        headers: names in lower case, in order, repeated ones kept.
        body: the whole body.
        client_address: the peer's IP address, already corrected for trusted proxies; None on a unix socket.
        is_secure: whether the client spoke TLS (to us or to a trusted proxy).
    """

    method: str
    raw_path: bytes
    query_string: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    client_address: str | None = None
    is_secure: bool = False

    def header(self, name: bytes) -> bytes | None:
        """The first value of a header, named in lower case; None when absent."""
        for key, value in self.headers:
            if key == name:
                return value
        return None

    def headers_named(self, name: bytes) -> list[bytes]:
        """Every value of a header, in order, named in lower case."""
        return [value for key, value in self.headers if key == name]


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """One reply, whole."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
