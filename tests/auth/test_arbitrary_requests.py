"""Whatever is sent, the answer is a refusal in AWS's words or an anonymous caller; never a fault of ours."""

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from bailiwick.auth import Authenticated, AuthenticationError, claimed_service
from bailiwick.http import HttpRequest

pieces = st.sampled_from(
    [
        b"AWS4-HMAC-SHA256",
        b"Credential=",
        b"SignedHeaders=",
        b"Signature=",
        b"AKIAIOSFODNN7EXAMPLE/20261124/us-east-1/sts/aws4_request",
        b"ASIAIOSFODNN7EXAMPLE/20261124/us-east-1/sts/aws4_request",
        b"host;x-amz-date",
        b"host",
        b" ",
        b",",
        b"=",
        b"&",
        b"/",
        b";",
        b"%2F",
        b"%",
        b"X-Amz-Algorithm=AWS4-HMAC-SHA256",
        b"X-Amz-Credential=",
        b"X-Amz-Date=20261124T120000Z",
        b"X-Amz-Expires=60",
        b"X-Amz-SignedHeaders=host",
        b"X-Amz-Signature=00",
        b"X-Amz-Security-Token=",
        b"20261124T120000Z",
    ]
)
values = st.lists(pieces | st.binary(max_size=4), max_size=12).map(b"".join)
header_names = st.sampled_from(
    [b"authorization", b"host", b"date", b"x-amz-date", b"x-amz-security-token", b"x-amz-content-sha256", b"x-\xff"]
)
requests = st.builds(
    HttpRequest,
    st.sampled_from(["GET", "POST"]),
    values.map(lambda path: b"/" + path),
    values,
    st.lists(st.tuples(header_names, values), max_size=5).map(tuple),
    values,
)


@settings(max_examples=500, deadline=None)
@given(requests)
def test_any_request_is_refused_or_anonymous(authenticate: Callable[..., Authenticated], request: HttpRequest) -> None:
    claimed_service(request)
    try:
        caller = authenticate(request)
    except AuthenticationError as refused:
        outcome = str(refused.status)
    else:
        outcome = caller.kind.value

    assert outcome in ("400", "403", "Anonymous")
