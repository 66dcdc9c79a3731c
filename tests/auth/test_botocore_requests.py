"""What botocore signs is accepted, and nothing that differs from it in any part."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

import msgspec
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from bailiwick.auth import AccessKey, Authenticated, AuthenticationError, SessionClaims, TokenRing
from bailiwick.http import HttpRequest

Authenticate = Callable[..., Authenticated]

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
segments = st.lists(words.map(lambda word: quote(word, safe="-_.~")) | st.sampled_from(["", ".", "..", "a%2Fb", "%7E"]))
paths = segments.map(lambda parts: "/" + "/".join(parts))
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
ordinary = names.filter(lambda name: not name.lower().startswith("x-amz-"))
queries = st.lists(st.tuples(ordinary, words), max_size=4)
header_values = st.text(st.sampled_from("abc ,;=:\"'\t%/"), max_size=12)
headers = st.lists(
    st.tuples(st.sampled_from(["X-Amz-Target", "X-Custom", "Accept", "X-Amz-Meta"]), header_values), max_size=4
)
bodies = st.binary(max_size=40)
profile = settings(max_examples=150, deadline=None)


def encoded(query: list[tuple[str, str]]) -> str:
    return "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in query)


def signed_by_botocore(
    credentials: Credentials,
    method: str,
    path: str,
    query: list[tuple[str, str]],
    headers: list[tuple[str, str]],
    body: bytes,
    expires: int | None = None,
) -> HttpRequest:
    """The request as it would arrive."""
    request = AWSRequest(method, f"http://sts.example.com:4260{path}?{encoded(query)}", data=body)
    for name, value in headers:
        request.headers.add_header(name, value)
    if expires is None:
        SigV4Auth(credentials, "sts", "eu-west-1").add_auth(request)
    else:
        SigV4QueryAuth(credentials, "sts", "eu-west-1", expires=expires).add_auth(request)
    url = urlsplit(request.url)
    sent = [(b"host", url.netloc.encode())]
    sent += [(name.lower().encode(), str(value).encode("latin-1")) for name, value in request.headers.items()]
    return HttpRequest(method, url.path.encode(), url.query.encode(), tuple(sent), body)


@pytest.fixture(scope="session")
def user(access_key: AccessKey) -> Credentials:
    return Credentials(access_key.access_key_id, access_key.secret.reveal().decode())


@pytest.fixture(scope="session")
def accepts(authenticate: Authenticate) -> Callable[[HttpRequest, datetime], bool]:
    def accepts(request: HttpRequest, at: datetime) -> bool:
        try:
            authenticate(request, at=at)
        except AuthenticationError:
            return False
        return True

    return accepts


Accepts = Callable[[HttpRequest, datetime], bool]


def signed_at(request: HttpRequest) -> datetime:
    """When botocore says that it signed."""
    date = request.header(b"x-amz-date")
    if date is None:
        pairs = (pair.partition(b"=") for pair in request.query_string.split(b"&"))
        date = next(value for name, _, value in pairs if name == b"X-Amz-Date")
    return datetime.strptime(date.decode(), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


@profile
@given(st.sampled_from(["GET", "POST", "PUT", "DELETE"]), paths, queries, headers, bodies)
def test_accepts_what_a_user_signs_in_a_header(
    authenticate: Authenticate,
    user: Credentials,
    method: str,
    path: str,
    query: list[tuple[str, str]],
    headers: list[tuple[str, str]],
    body: bytes,
) -> None:
    request = signed_by_botocore(user, method, path, query, headers, body)

    caller = authenticate(request, at=signed_at(request))

    assert caller.access_key_id == user.access_key
    assert (caller.region, caller.service, caller.is_presigned) == ("eu-west-1", "sts", False)
    assert caller.signed_at == signed_at(request)


@profile
@given(paths, queries.map(lambda query: list(dict(query).items())), st.integers(1, 604_800))
def test_accepts_what_a_user_signs_in_the_query(
    authenticate: Authenticate, user: Credentials, path: str, query: list[tuple[str, str]], expires: int
) -> None:
    request = signed_by_botocore(user, "GET", path, query, [], b"", expires)

    caller = authenticate(request, at=signed_at(request))

    assert (caller.access_key_id, caller.is_presigned) == (user.access_key, True)


def test_accepts_a_session_in_both_forms(authenticate: Authenticate, ring: TokenRing, claims: SessionClaims) -> None:
    # botocore signs with the true time, whatever that is.
    lasting = msgspec.structs.replace(claims, expires_at_ms=claims.issued_at_ms + 10**13)
    sealed = ring.seal(lasting, b"nonce-123456")
    session = Credentials(sealed.access_key_id, sealed.secret_access_key.reveal().decode(), sealed.session_token)

    in_header = signed_by_botocore(session, "POST", "/", [], [], b"Action=X")
    in_query = signed_by_botocore(session, "GET", "/", [("Action", "X")], [], b"", 900)

    assert authenticate(in_header, at=signed_at(in_header)).session == lasting
    assert authenticate(in_query, at=signed_at(in_query)).session == lasting


def edited_header(request: HttpRequest, name: bytes, edit: Callable[[bytes], bytes]) -> HttpRequest:
    changed = tuple((key, edit(value) if key == name else value) for key, value in request.headers)
    assert changed != request.headers
    return replace(request, headers=changed)


def without_header(request: HttpRequest, name: bytes) -> HttpRequest:
    return replace(request, headers=tuple(pair for pair in request.headers if pair[0] != name))


def substitute(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda value: value.replace(old, new)


def other_digit(value: bytes, position: int) -> bytes:
    """A signature with one of its last 64 digits changed."""
    place = len(value) - 64 + position
    return value[:place] + (b"0" if value[place : place + 1] != b"0" else b"1") + value[place + 1 :]


MUTATIONS: dict[str, Callable[[HttpRequest], HttpRequest]] = {
    "method": lambda r: replace(r, method="PUT"),
    "method in another case": lambda r: replace(r, method="post"),
    "path longer": lambda r: replace(r, raw_path=r.raw_path + b"/x"),
    "path in another case": lambda r: replace(r, raw_path=b"/A%20b/c"),
    "path decoded": lambda r: replace(r, raw_path=b"/a b/c"),
    "path encoded twice": lambda r: replace(r, raw_path=b"/a%2520b/c"),
    "path with a slash more at its end": lambda r: replace(r, raw_path=b"/a%20b/c/"),
    "path up": lambda r: replace(r, raw_path=b"/a%20b/c/.."),
    "query value": lambda r: replace(r, query_string=r.query_string.replace(b"v%20w", b"v%20x")),
    "query blank as plus": lambda r: replace(r, query_string=r.query_string.replace(b"v%20w", b"v+w")),
    "query name": lambda r: replace(r, query_string=r.query_string.replace(b"k=", b"K=")),
    "query longer": lambda r: replace(r, query_string=r.query_string + b"&k=2"),
    "query shorter": lambda r: replace(r, query_string=r.query_string.replace(b"k=v%20w&", b"")),
    "query with an empty pair": lambda r: replace(r, query_string=r.query_string + b"&"),
    "host": lambda r: edited_header(r, b"host", substitute(b"sts.", b"iam.")),
    "host in another case": lambda r: edited_header(r, b"host", substitute(b"sts.", b"STS.")),
    "port": lambda r: edited_header(r, b"host", substitute(b":4260", b"")),
    "host gone": lambda r: without_header(r, b"host"),
    "host twice": lambda r: replace(r, headers=((b"host", b"evil.example.com"), *r.headers)),
    "signed header": lambda r: edited_header(r, b"x-custom", lambda value: value + b"!"),
    "signed header in another case": lambda r: edited_header(r, b"x-custom", bytes.upper),
    "signed header gone": lambda r: without_header(r, b"x-custom"),
    "signed header once more": lambda r: replace(r, headers=(*r.headers, (b"x-custom", b"more"))),
    "another of Amazon's headers": lambda r: replace(r, headers=(*r.headers, (b"x-amz-target", b"T.Op"))),
    "a content hash": lambda r: replace(r, headers=(*r.headers, (b"x-amz-content-sha256", b"UNSIGNED-PAYLOAD"))),
    "a token": lambda r: replace(r, headers=(*r.headers, (b"x-amz-security-token", b"t"))),
    "body": lambda r: replace(r, body=r.body + b"&x=1"),
    "body gone": lambda r: replace(r, body=b"" if r.body else b"x"),
}
IN_HEADER: dict[str, Callable[[HttpRequest], HttpRequest]] = {
    "date": lambda r: edited_header(r, b"x-amz-date", lambda value: value[:-2] + b"%dZ" % ((value[-2] - 47) % 10)),
    "date gone": lambda r: without_header(r, b"x-amz-date"),
    "access key id": lambda r: edited_header(r, b"authorization", substitute(b"Credential=AKIA", b"Credential=AKIB")),
    "region": lambda r: edited_header(r, b"authorization", substitute(b"/eu-west-1/", b"/eu-west-2/")),
    "service": lambda r: edited_header(r, b"authorization", substitute(b"/sts/", b"/iam/")),
    "terminator": lambda r: edited_header(r, b"authorization", substitute(b"aws4_request,", b"aws4_requests,")),
    "algorithm": lambda r: edited_header(r, b"authorization", substitute(b"SHA256", b"SHA1")),
    "fewer signed headers": lambda r: edited_header(r, b"authorization", substitute(b";x-custom", b"")),
    "more signed headers": lambda r: edited_header(r, b"authorization", substitute(b";x-custom", b";x-custom;z")),
    "authorization twice": lambda r: replace(r, headers=(*r.headers, r.headers[-1])),
    "also signed in the query": lambda r: replace(r, query_string=r.query_string + b"&X-Amz-Signature=00"),
}
IN_QUERY: dict[str, Callable[[HttpRequest], HttpRequest]] = {
    "expires": lambda r: replace(r, query_string=r.query_string.replace(b"Expires=900", b"Expires=901")),
    "access key id": lambda r: replace(r, query_string=r.query_string.replace(b"Credential=AKIA", b"Credential=AKIB")),
    "region": lambda r: replace(r, query_string=r.query_string.replace(b"eu-west-1", b"eu-west-2")),
    "service": lambda r: replace(r, query_string=r.query_string.replace(b"%2Fsts%2F", b"%2Fiam%2F")),
    "algorithm": lambda r: replace(r, query_string=r.query_string.replace(b"SHA256", b"SHA1")),
    "signature twice": lambda r: replace(r, query_string=r.query_string + b"&X-Amz-Signature=00"),
    "a parameter in another case": lambda r: replace(r, query_string=r.query_string + b"&x-amz-expires=900"),
    "also signed in a header": lambda r: replace(r, headers=(*r.headers, (b"authorization", b"AWS4-HMAC-SHA256"))),
    "no longer signed": lambda r: replace(r, query_string=r.query_string.partition(b"&X-Amz-Signature")[0]),
}


@pytest.mark.parametrize("mutation", [*MUTATIONS, *IN_HEADER])
def test_refuses_a_request_signed_in_a_header_and_changed(accepts: Accepts, user: Credentials, mutation: str) -> None:
    request = signed_by_botocore(
        user, "POST", "/a%20b/c", [("k", "v w"), ("l", "1")], [("X-Custom", "value")], b"Action=X"
    )
    assert accepts(request, signed_at(request))

    changed = (MUTATIONS | IN_HEADER)[mutation](request)

    assert changed != request
    assert not accepts(changed, signed_at(request))


@pytest.mark.parametrize("mutation", [*MUTATIONS, *IN_QUERY])
def test_refuses_a_request_signed_in_the_query_and_changed(accepts: Accepts, user: Credentials, mutation: str) -> None:
    request = signed_by_botocore(
        user, "GET", "/a%20b/c", [("k", "v w"), ("l", "1")], [("X-Custom", "value")], b"", expires=900
    )
    assert accepts(request, signed_at(request))

    changed = (MUTATIONS | IN_QUERY)[mutation](request)

    assert changed != request
    assert not accepts(changed, signed_at(request))


def test_refuses_a_signature_with_any_digit_changed(accepts: Accepts, user: Credentials) -> None:
    in_header = signed_by_botocore(user, "POST", "/", [], [], b"Action=X")
    in_query = signed_by_botocore(user, "GET", "/", [("Action", "X")], [], b"", expires=900)

    for position in range(64):
        changed = edited_header(in_header, b"authorization", lambda value: other_digit(value, position))  # noqa: B023
        assert not accepts(changed, signed_at(in_header))
        changed = replace(in_query, query_string=other_digit(in_query.query_string, position))
        assert not accepts(changed, signed_at(in_query))


@profile
@given(queries, queries, bodies, bodies)
def test_refuses_another_query_or_body_under_the_same_signature(
    accepts: Accepts,
    user: Credentials,
    query: list[tuple[str, str]],
    other_query: list[tuple[str, str]],
    body: bytes,
    other_body: bytes,
) -> None:
    request = signed_by_botocore(user, "POST", "/", query, [], body)
    other = replace(request, query_string=encoded(other_query).encode(), body=other_body)

    is_same = sorted(query) == sorted(other_query) and body == other_body

    assert accepts(other, signed_at(request)) == is_same
