"""The one door: whom it lets in, and everything that it refuses."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bailiwick.auth import (
    ANONYMOUS,
    AccessKey,
    Authenticated,
    IncompleteSignature,
    InvalidClientTokenId,
    PrincipalKind,
    SessionClaims,
    SignatureDoesNotMatch,
    TokenRing,
)
from bailiwick.http import HttpRequest
from bailiwick.secret import Secret
from tests.auth.doors import NONCE, UNKNOWN, Authenticate, Door, Sign, digests, refusal, signing

# --- Who is let in ---


def test_an_unsigned_request_is_anonymous(authenticate: Authenticate) -> None:
    request = HttpRequest("POST", b"/", b"", ((b"host", b"h"),), b"Action=AssumeRoleWithWebIdentity")

    assert authenticate(request) is ANONYMOUS
    assert Authenticated(PrincipalKind.ANONYMOUS) == ANONYMOUS
    assert ANONYMOUS.account is None


def test_a_users_key_signs_in_a_header(authenticate: Authenticate, sign: Sign) -> None:
    assert authenticate(sign()) == Authenticated(
        kind=PrincipalKind.USER,
        account="123456789012",
        principal_id="AIDACKCEVSQ6C2EXAMPLE",
        access_key_id="AKIAIOSFODNN7EXAMPLE",
        session=None,
        region="us-east-1",
        service="sts",
        signed_at=datetime(2026, 11, 24, 12, tzinfo=UTC),
        is_presigned=False,
    )


def test_a_users_key_signs_in_the_query(authenticate: Authenticate, presign: Sign) -> None:
    assert authenticate(presign()) == Authenticated(
        kind=PrincipalKind.USER,
        account="123456789012",
        principal_id="AIDACKCEVSQ6C2EXAMPLE",
        access_key_id="AKIAIOSFODNN7EXAMPLE",
        session=None,
        region="us-east-1",
        service="sts",
        signed_at=datetime(2026, 11, 24, 12, tzinfo=UTC),
        is_presigned=True,
    )


def test_a_session_signs_in_a_header(
    authenticate: Authenticate, sign: Sign, ring: TokenRing, claims: SessionClaims
) -> None:
    credentials = ring.seal(claims, NONCE)

    assert authenticate(sign(**signing(credentials))) == Authenticated(
        kind=PrincipalKind.ROLE,
        account="123456789012",
        principal_id="AROADBQP57FF2AEXAMPLE",
        access_key_id=credentials.access_key_id,
        session=claims,
        region="us-east-1",
        service="sts",
        signed_at=datetime(2026, 11, 24, 12, tzinfo=UTC),
        is_presigned=False,
    )


def test_a_session_signs_in_the_query(
    authenticate: Authenticate, presign: Sign, ring: TokenRing, claims: SessionClaims
) -> None:
    credentials = ring.seal(claims, NONCE)

    caller = authenticate(presign(**signing(credentials)))

    assert (caller.kind, caller.session, caller.is_presigned) == (PrincipalKind.ROLE, claims, True)
    assert caller.access_key_id == credentials.access_key_id


def test_root_may_have_a_key(authenticate: Authenticate, sign: Sign, access_key: AccessKey) -> None:
    root = replace(access_key, principal_kind=PrincipalKind.ROOT, principal_id="123456789012")

    caller = authenticate(sign(), keys={root.access_key_id: root})

    assert (caller.kind, caller.principal_id) == (PrincipalKind.ROOT, "123456789012")


def test_the_first_published_vector_is_accepted(authenticate: Authenticate) -> None:
    # AWS signature test suite (awslabs/aws-c-auth), get-vanilla; the others differ only in a path that means the same.
    key = AccessKey(
        "AKIDEXAMPLE",
        "123456789012",
        PrincipalKind.USER,
        "AIDA1",
        Secret(b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        True,
    )
    headers = (
        (b"host", b"example.amazonaws.com"),
        (b"x-amz-date", b"20150830T123600Z"),
        (
            b"authorization",
            (
                b"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                b"SignedHeaders=host;x-amz-date, "
                b"Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
            ),
        ),
    )
    at = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)

    for path in (b"/", b"//", b"/./", b"/example/..", b"/example1/example2/../.."):
        request = HttpRequest("GET", path, b"", headers, b"")
        assert authenticate(request, "service", at, {"AKIDEXAMPLE": key}).access_key_id == "AKIDEXAMPLE"


@pytest.mark.parametrize("region", ["eu-west-1", "local", "a", "r" * 63])
def test_any_region_name_will_do(authenticate: Authenticate, sign: Sign, region: str) -> None:
    assert authenticate(sign(scope=f"20261124/{region}/sts/aws4_request")).region == region


def test_the_content_hash_may_be_sent(authenticate: Authenticate, sign: Sign) -> None:
    body = b"Action=GetCallerIdentity"
    headers = {"x-amz-content-sha256": hashlib.sha256(body).hexdigest()}

    assert authenticate(sign(headers=headers, body=body)).kind is PrincipalKind.USER


def test_the_date_header_may_stand_for_amazons(authenticate: Authenticate, sign: Sign) -> None:
    caller = authenticate(sign(date_header="Tue, 24 Nov 2026 12:00:00 GMT"))

    assert caller.signed_at == datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_signs_again_with_the_key_of_the_day_in_memory(
    sign: Sign, access_key: AccessKey, ring: TokenRing, now: datetime
) -> None:
    door = Door(access_key, [ring], now)

    assert door.authenticate(sign()) == door.authenticate(sign())
    assert refusal(door.authenticate, sign(secret="another")).code == "SignatureDoesNotMatch"
    assert door.authenticate(sign()).kind is PrincipalKind.USER


# --- Time ---


@pytest.mark.parametrize("minutes", [-15, 15])
def test_a_clock_may_be_fifteen_minutes_off(
    authenticate: Authenticate, sign: Sign, now: datetime, minutes: int
) -> None:
    assert authenticate(sign(), at=now + timedelta(minutes=minutes)).kind is PrincipalKind.USER


def test_a_late_signature_is_refused(authenticate: Authenticate, sign: Sign, now: datetime) -> None:
    refused = refusal(authenticate, sign(), at=now + timedelta(minutes=15, seconds=1))

    assert isinstance(refused, SignatureDoesNotMatch)
    assert refused.message == (
        "Signature expired: 20261124T120000Z is now earlier than 20261124T120001Z (20261124T121501Z - 15 min.)"
    )


def test_an_early_signature_is_refused(authenticate: Authenticate, sign: Sign, now: datetime) -> None:
    refused = refusal(authenticate, sign(), at=now - timedelta(minutes=15, seconds=1))

    assert isinstance(refused, SignatureDoesNotMatch)
    assert refused.message == (
        "Signature not yet current: 20261124T120000Z is still later than 20261124T115959Z (20261124T114459Z + 15 min.)"
    )


@pytest.mark.parametrize("expires", [1, 60, 899, 900, 901, 604_800])
def test_a_presigned_request_is_good_as_long_as_it_says(
    authenticate: Authenticate, presign: Sign, now: datetime, expires: int
) -> None:
    request = presign(expires=str(expires), scope="20261124/us-east-1/iam/aws4_request")

    assert authenticate(request, "iam", at=now + timedelta(seconds=expires)).is_presigned
    refused = refusal(authenticate, request, service="iam", at=now + timedelta(seconds=expires + 1))
    assert isinstance(refused, SignatureDoesNotMatch)
    assert refused.message.startswith("Signature expired: 20261124T120000Z is now earlier than 20261124T120001Z (")
    assert refused.message.endswith(f"Z - {expires} sec.)")


@pytest.mark.parametrize("expires", [900, 901, 3_600, 604_800])
def test_a_presigned_request_to_sts_is_good_for_15_minutes_at_most(
    authenticate: Authenticate, presign: Sign, now: datetime, expires: int
) -> None:
    request = presign(expires=str(expires))

    assert authenticate(request, at=now + timedelta(minutes=15)).is_presigned
    refused = refusal(authenticate, request, at=now + timedelta(minutes=15, seconds=1))
    assert isinstance(refused, SignatureDoesNotMatch)
    assert refused.message == (
        "Signature expired: 20261124T120000Z is now earlier than 20261124T120001Z (20261124T121501Z - 15 min.)"
    )


@pytest.mark.parametrize("expires", [1, 60, 899])
def test_a_presigned_request_to_sts_may_be_good_for_less(
    authenticate: Authenticate, presign: Sign, now: datetime, expires: int
) -> None:
    request = presign(expires=str(expires))

    assert authenticate(request, at=now + timedelta(seconds=expires)).is_presigned
    refused = refusal(authenticate, request, at=now + timedelta(seconds=expires + 1))
    assert refused.message.endswith(f"Z - {expires} sec.)")


def test_a_presigned_request_may_be_early_by_the_skew_and_no_more(
    authenticate: Authenticate, presign: Sign, now: datetime
) -> None:
    request = presign(expires="604800")

    assert authenticate(request, at=now - timedelta(minutes=15)).is_presigned
    refused = refusal(authenticate, request, at=now - timedelta(minutes=15, seconds=1))
    assert refused.message.startswith("Signature not yet current: ")


@pytest.mark.parametrize("amz_date", ["99991231T235959Z", "00010101T000000Z"])
def test_the_ends_of_time_are_refused_like_any_other(authenticate: Authenticate, presign: Sign, amz_date: str) -> None:
    refused = refusal(authenticate, presign(amz_date=amz_date, expires="604800"))

    assert isinstance(refused, SignatureDoesNotMatch)


# --- Scope ---


@pytest.mark.parametrize(
    ("scope", "message"),
    [
        ("20261123/us-east-1/sts/aws4_request", "Date in Credential scope does not match YYYYMMDD"),
        ("20261124/us_east_1/sts/aws4_request", "scoped to a valid region, not 'us_east_1'. "),
        ("20261124/us-east-1/iam/aws4_request", "scoped to correct service: 'sts'. "),
        ("20261124/us-east-1/sts/aws3_request", "scoped with a valid terminator: 'aws4_request'"),
    ],
)
def test_another_scope_is_refused_in_both_forms(
    authenticate: Authenticate, sign: Sign, presign: Sign, scope: str, message: str
) -> None:
    for request in (sign(scope=scope), presign(scope=scope)):
        refused = refusal(authenticate, request)

        assert isinstance(refused, SignatureDoesNotMatch)
        assert message in refused.message


def test_a_signature_for_one_service_is_not_good_for_another(authenticate: Authenticate, sign: Sign) -> None:
    assert authenticate(sign(), "sts").service == "sts"
    assert isinstance(refusal(authenticate, sign(), service="iam"), SignatureDoesNotMatch)


# --- Keys ---


@pytest.mark.parametrize("key_id", ["AKIAUNKNOWN000000000", "akiaiosfodnn7example", "AKIAIOSFODNN7EXAMPL", "x"])
def test_an_unknown_key_is_refused(authenticate: Authenticate, sign: Sign, presign: Sign, key_id: str) -> None:
    for request in (sign(key_id=key_id), presign(key_id=key_id)):
        refused = refusal(authenticate, request)

        assert isinstance(refused, InvalidClientTokenId)
        assert refused.message == UNKNOWN


def test_an_inactive_key_is_refused_as_if_it_were_unknown(
    authenticate: Authenticate, sign: Sign, access_key: AccessKey
) -> None:
    inactive = replace(access_key, is_active=False)

    for request in (sign(), sign(secret="wrong")):
        refused = refusal(authenticate, request, keys={access_key.access_key_id: inactive})
        assert isinstance(refused, InvalidClientTokenId)
        assert refused.message == UNKNOWN


def test_no_secret_signs_for_an_unknown_key(authenticate: Authenticate, sign: Sign) -> None:
    refused = refusal(authenticate, sign(key_id="AKIAUNKNOWN000000000", secret="\0" * 40))

    assert isinstance(refused, InvalidClientTokenId)


def test_an_unknown_key_costs_as_much_as_a_known_one(
    sign: Sign, access_key: AccessKey, ring: TokenRing, now: datetime
) -> None:
    door = Door(access_key, [ring], now)
    known = digests(door, sign(secret="wrong"))

    assert known == 5  # four to derive the signing key, one to sign
    assert digests(door, sign(key_id="AKIAUNKNOWN000000000")) == known
    assert digests(door, sign(key_id="ASIAUNKNOWN000000000")) == known
    assert digests(door, sign(token="bad")) == known


def test_the_signing_key_of_the_day_is_kept_once_it_verified_a_signature(
    sign: Sign, access_key: AccessKey, ring: TokenRing, now: datetime
) -> None:
    door = Door(access_key, [ring], now)

    assert digests(door, sign(secret="wrong")) == 5
    assert digests(door, sign()) == 5
    assert digests(door, sign()) == 1
    assert digests(door, sign(scope="20261124/eu-west-1/sts/aws4_request")) == 5


def test_strangers_do_not_fill_the_memory_of_signing_keys(
    sign: Sign, access_key: AccessKey, ring: TokenRing, now: datetime
) -> None:
    door = Door(access_key, [ring], now)
    guess = sign(key_id="AKIAUNKNOWN000000000", secret="\0" * 40)

    assert [digests(door, guess), digests(door, guess)] == [5, 5]


def test_a_secret_made_anew_is_the_only_one_that_signs(
    sign: Sign, access_key: AccessKey, ring: TokenRing, now: datetime
) -> None:
    door = Door(access_key, [ring], now)
    door.authenticate(sign())

    door.key = replace(access_key, secret=Secret(b"n" * 40))

    assert isinstance(refusal(door.authenticate, sign()), SignatureDoesNotMatch)
    assert door.authenticate(sign(secret="n" * 40)).kind is PrincipalKind.USER


# --- Session tokens ---


@pytest.mark.parametrize(
    "spoil", [lambda s: "", lambda s: s[:-1], lambda s: s + "0", lambda s: s.upper(), lambda s: "0" * 64, lambda s: "é"]
)
def test_a_spoilt_signature_is_refused(authenticate: Authenticate, sign: Sign, spoil: Callable[[str], str]) -> None:
    request = sign()
    *others, (name, authorization) = request.headers
    start, _, signature = authorization.decode().rpartition("=")
    spoilt = f"{start}={spoil(signature)}".encode("latin-1")
    assert spoilt != authorization

    refused = refusal(authenticate, replace(request, headers=(*others, (name, spoilt))))

    assert isinstance(refused, SignatureDoesNotMatch)
    assert refused.message == SignatureDoesNotMatch.mismatch().message


def test_a_spoilt_signature_in_the_query_is_refused(authenticate: Authenticate, presign: Sign) -> None:
    for signature in ("", "0" * 64):
        refused = refusal(authenticate, presign(changed={"X-Amz-Signature": signature}))
        assert isinstance(refused, SignatureDoesNotMatch)


def test_the_wrong_secret_is_refused(authenticate: Authenticate, sign: Sign, presign: Sign) -> None:
    for request in (sign(secret="wrong"), presign(secret="wrong"), sign(secret="")):
        assert isinstance(refusal(authenticate, request), SignatureDoesNotMatch)


@pytest.mark.parametrize(
    "mode",
    [
        "UNSIGNED-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        hashlib.sha256(b"another body").hexdigest(),
    ],
)
def test_a_body_that_is_not_the_hashed_one_is_refused(authenticate: Authenticate, sign: Sign, mode: str) -> None:
    announced = sign(headers={"x-amz-content-sha256": mode}, payload_hash=mode)
    silent = sign(payload_hash=mode)

    for request in (announced, silent):
        assert isinstance(refusal(authenticate, request), SignatureDoesNotMatch)


def test_a_signed_header_that_was_not_sent_is_refused(authenticate: Authenticate, sign: Sign) -> None:
    refused = refusal(authenticate, sign(signed=["host", "x-amz-date", "x-gone"]))

    assert isinstance(refused, SignatureDoesNotMatch)


def test_a_request_that_does_not_sign_its_host_is_refused(
    authenticate: Authenticate, sign: Sign, presign: Sign
) -> None:
    signed_elsewhere = presign(headers={"x-a": "1"}, signed="x-a")

    for request in (sign(signed=["x-amz-date"]), signed_elsewhere):
        refused = refusal(authenticate, request)
        assert isinstance(refused, SignatureDoesNotMatch)
        assert "Host" in refused.message


def test_a_malformed_signature_is_refused_before_any_look_up(
    sign: Sign, access_key: AccessKey, ring: TokenRing, now: datetime
) -> None:
    door = Door(access_key, [ring], now)

    refused = refusal(door.authenticate, sign(authorization="AWS4-HMAC-SHA256 Credential={credential}"))
    assert isinstance(refused, IncompleteSignature)
    for request in (sign(scope="20261124/us-east-1/iam/aws4_request"), sign(amz_date="20261124T130000Z")):
        assert isinstance(refusal(door.authenticate, request), SignatureDoesNotMatch)

    assert door.looked_up == []


def test_no_refusal_tells_what_was_signed(authenticate: Authenticate, sign: Sign) -> None:
    refused = refusal(authenticate, sign(headers={"x-amz-canary": "canary"}, secret="wrong", body=b"canary"))

    assert "canary" not in refused.message
    assert "AWS4-HMAC-SHA256" not in refused.message
