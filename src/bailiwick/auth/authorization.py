"""What a request presents as its signature, in the Authorization header or in the query; nothing is verified here.

Source: IAM User Guide, "Elements of an AWS API request signature" and "Authentication methods".
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

from bailiwick.auth.dates import format_amz_date, parse_amz_date, parse_http_date
from bailiwick.auth.errors import IncompleteSignature, InvalidClientTokenId, SignatureDoesNotMatch
from bailiwick.auth.query import (
    REQUIRED,
    SECURITY_TOKEN,
    authentication_parameters,
    canonical_query,
    parse_query,
)
from bailiwick.auth.scope import Credential, parse_credential
from bailiwick.auth.signing import ALGORITHM
from bailiwick.http import HttpRequest

MAX_AUTHORIZATION_SIZE: Final = 8_192
MAX_HEADERS: Final = 256
MAX_HEADERS_SIZE: Final = 131_072
MAX_SIGNED_HEADERS: Final = 64
MAX_SIGNED_HEADERS_SIZE: Final = 4_096
MAX_PRESENTED_TOKEN_SIZE: Final = 8_192
MAX_EXPIRES: Final = 604_800
"""A presigned request is good for at most a week, in seconds."""

_ONCE: Final = frozenset(
    (b"authorization", b"host", b"date", b"x-amz-date", b"x-amz-security-token", b"x-amz-content-sha256")
)
_PARTS: Final = (b"Credential", b"Signature", b"SignedHeaders")
_HEADER_NAME = re.compile(rb"[a-z0-9!#$%&'*+.^_`|~-]+")
_EXPIRES = re.compile(rb"[1-9][0-9]{0,5}")
_HEADER_SERVICE = re.compile(rb"[ ,]Credential=[^/, ]*/[^/, ]*/[^/, ]*/([a-z0-9-]{1,63})/")
_QUERY_CREDENTIAL = re.compile(rb"(?:^|&)X-Amz-Credential=([^&]*)")
_CREDENTIAL_SERVICE = re.compile(rb"[^/]*/[^/]*/[^/]*/([a-z0-9-]{1,63})/")
_FIVE_ELEMENTS: Final = "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term."
_BASIC_FORMAT: Final = "Date must be in ISO-8601 'basic format'."


@dataclass(slots=True)
class PresentedSignature:
    """A signature as it was sent.

    Attributes:
        headers: every header, repeated ones joined by commas.
        names: the signed headers, apart; `signed_headers` is the same as sent.
        signature: as sent, of any form.
        amz_date: `YYYYMMDDTHHMMSSZ`, whichever header or parameter it came from; `signed_at` is the same.
        expires_seconds: how long a presigned request is good; None in the header form.
        token: the session token; None when none was sent.
        query: the canonical query string.
    """

    credential: Credential
    headers: dict[bytes, bytes]
    signed_headers: bytes
    names: tuple[bytes, ...]
    signature: bytes
    amz_date: bytes
    signed_at: datetime
    expires_seconds: int | None
    token: str | None
    query: bytes


def claimed_service(request: HttpRequest) -> str | None:
    """The service that the signature's scope names, header form first; None when there is none to read.

    Unverified: only to route by. `Authenticator.authenticate` refuses a scope of another service than was routed to.
    """
    authorization = request.header(b"authorization")
    if authorization is not None:
        match = _HEADER_SERVICE.search(authorization, 0, MAX_AUTHORIZATION_SIZE)
    else:
        parameter = _QUERY_CREDENTIAL.search(request.query_string)
        match = _CREDENTIAL_SERVICE.match(unquote_to_bytes(parameter[1])) if parameter else None
    return match[1].decode("ascii") if match else None


class SignatureReader:
    """Reads signatures; remembers the credentials and header lists it took apart, which clients repeat."""

    def __init__(self) -> None:
        self._credential = lru_cache(maxsize=1024)(parse_credential)
        self._names = lru_cache(maxsize=256)(_parse_signed_headers)
        self._amz_date = lru_cache(maxsize=64)(parse_amz_date)

    def read(self, request: HttpRequest) -> PresentedSignature | None:
        """The signature of a request; None when it is not signed at all.

        Raises:
            IncompleteSignature: parts are missing, repeated, malformed or too large.
            SignatureDoesNotMatch: credentials in two places, or headers that must be signed and are not.
            InvalidClientTokenId: a session token too long to be one.
        """
        headers = _collect(request)
        pairs = parse_query(request.query_string)
        parameters = authentication_parameters(pairs)
        if b"authorization" in headers:
            if parameters:
                raise SignatureDoesNotMatch.two_places()
            presented = self._read_header(headers, canonical_query(pairs))
        elif parameters:
            presented = self._read_query(headers, parameters, canonical_query(pairs))
        else:
            return None
        _require_signed(headers, presented.names)
        if presented.token is not None and len(presented.token) > MAX_PRESENTED_TOKEN_SIZE:
            raise InvalidClientTokenId.bad_token()
        return presented

    def _read_header(self, headers: dict[bytes, bytes], query: bytes) -> PresentedSignature:
        authorization = headers[b"authorization"]
        parts = _split_authorization(authorization)
        if len(parts) < len(_PARTS) or (b"x-amz-date" not in headers and b"date" not in headers):
            raise IncompleteSignature.of_header(authorization, _missing_parts(parts, headers))
        try:
            credential = self._credential(parts[b"Credential"])
        except ValueError as error:
            raise IncompleteSignature.of_header(authorization, [_FIVE_ELEMENTS]) from error
        amz_date, signed_at = self._header_date(headers)
        token = headers.get(b"x-amz-security-token")
        return PresentedSignature(
            credential=credential,
            headers=headers,
            signed_headers=parts[b"SignedHeaders"],
            names=self._names(parts[b"SignedHeaders"]),
            signature=parts[b"Signature"],
            amz_date=amz_date,
            signed_at=signed_at,
            expires_seconds=None,
            token=None if token is None else token.decode("latin-1"),
            query=query,
        )

    def _header_date(self, headers: dict[bytes, bytes]) -> tuple[bytes, datetime]:
        amz_date = headers.get(b"x-amz-date")
        try:
            if amz_date is not None:
                return amz_date, self._amz_date(amz_date)
            signed_at = parse_http_date(headers[b"date"])
        except ValueError as error:
            raise IncompleteSignature(_BASIC_FORMAT) from error
        return format_amz_date(signed_at).encode("ascii"), signed_at

    def _read_query(
        self, headers: dict[bytes, bytes], parameters: dict[bytes, bytes], query: bytes
    ) -> PresentedSignature:
        for name in (b"x-amz-security-token", b"x-amz-date"):
            if name in headers:
                raise SignatureDoesNotMatch.also_in_headers(name.decode("ascii"))
        if missing := [name.decode("ascii") for name in REQUIRED if name not in parameters]:
            raise IncompleteSignature.of_query(missing)
        algorithm, credential, signature, signed_headers, amz_date, expires = (parameters[name] for name in REQUIRED)
        if algorithm != ALGORITHM:
            raise IncompleteSignature("Unsupported AWS 'algorithm' (only AWS4-HMAC-SHA256 is known).")
        if not _EXPIRES.fullmatch(expires) or int(expires) > MAX_EXPIRES:
            raise IncompleteSignature(f"X-Amz-Expires must be a number of seconds from 1 to {MAX_EXPIRES}.")
        try:
            parsed = self._credential(credential)
        except ValueError as error:
            raise IncompleteSignature(_FIVE_ELEMENTS) from error
        try:
            signed_at = self._amz_date(amz_date)
        except ValueError as error:
            raise IncompleteSignature(_BASIC_FORMAT) from error
        token = parameters.get(SECURITY_TOKEN)
        return PresentedSignature(
            credential=parsed,
            headers=headers,
            signed_headers=signed_headers,
            names=self._names(signed_headers),
            signature=signature,
            amz_date=amz_date,
            signed_at=signed_at,
            expires_seconds=int(expires),
            token=None if token is None else token.decode("latin-1"),
            query=query,
        )


def _collect(request: HttpRequest) -> dict[bytes, bytes]:
    """Every header by name; the values of repeated ones joined by commas, in order."""
    if len(request.headers) > MAX_HEADERS:
        raise IncompleteSignature("The request has too many headers to be authenticated.")
    headers: dict[bytes, bytes] = {}
    size = 0
    for name, value in request.headers:
        size += len(name) + len(value)
        if name not in headers:
            headers[name] = value
        elif name in _ONCE:
            raise IncompleteSignature(f"The header '{name.decode('ascii')}' must be given once.")
        else:
            headers[name] = headers[name].strip() + b"," + value.strip()
    if size > MAX_HEADERS_SIZE:
        raise IncompleteSignature("The headers are too large to be authenticated.")
    return headers


def _require_signed(headers: dict[bytes, bytes], names: tuple[bytes, ...]) -> None:
    for name in headers:
        if name[:6] == b"x-amz-" and name not in names:
            raise SignatureDoesNotMatch.header_not_signed(name[:128].decode("latin-1"))


def _split_authorization(authorization: bytes) -> dict[bytes, bytes]:
    """The parameters of an Authorization header, each of them at most once."""
    if len(authorization) > MAX_AUTHORIZATION_SIZE:
        raise IncompleteSignature("The Authorization header is too large.")
    algorithm, _, rest = authorization.strip().partition(b" ")
    if not algorithm:
        raise IncompleteSignature("Authorization header cannot be empty.")
    if algorithm != ALGORITHM:
        raise IncompleteSignature.of_header(
            authorization, ["Unsupported AWS 'algorithm' (only AWS4-HMAC-SHA256 is known)."]
        )
    parts: dict[bytes, bytes] = {}
    for pair in rest.split(b",") if rest else ():
        name, equals, value = pair.strip().partition(b"=")
        if not equals:
            raise IncompleteSignature.of_header(
                authorization,
                ["The signature contains an in-valid key=value pair (missing equal-sign) in Authorization header."],
            )
        if name not in _PARTS or name in parts:
            raise IncompleteSignature.of_header(
                authorization, ["Authorization header has a parameter that is unknown or given twice."]
            )
        parts[name] = value
    return parts


def _missing_parts(parts: dict[bytes, bytes], headers: dict[bytes, bytes]) -> list[str]:
    missing = [
        f"Authorization header requires '{name.decode('ascii')}' parameter." for name in _PARTS if name not in parts
    ]
    if b"x-amz-date" not in headers and b"date" not in headers:
        missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    return missing


def _parse_signed_headers(value: bytes) -> tuple[bytes, ...]:
    if len(value) > MAX_SIGNED_HEADERS_SIZE:
        raise IncompleteSignature("SignedHeaders is too large.")
    names = tuple(value.split(b";", MAX_SIGNED_HEADERS))
    if len(names) > MAX_SIGNED_HEADERS:
        raise IncompleteSignature(f"SignedHeaders may name at most {MAX_SIGNED_HEADERS} headers.")
    if b"host" not in names:
        raise SignatureDoesNotMatch.host_not_signed()
    if not all(map(_HEADER_NAME.fullmatch, names)) or list(names) != sorted(set(names)):
        raise IncompleteSignature("SignedHeaders must be lower-case header names, sorted, each of them once.")
    return names
