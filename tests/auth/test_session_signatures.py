"""Signatures by sessions: the token belongs to its key, is signed, is ours, and has not ended."""

from datetime import datetime, timedelta

import msgspec
import pytest

from bailiwick.auth import (
    AccessKey,
    ExpiredToken,
    InvalidClientTokenId,
    RingKey,
    SessionClaims,
    SignatureDoesNotMatch,
    TokenRing,
)
from bailiwick.secret import Secret
from tests.auth.doors import BAD_TOKEN, NONCE, UNKNOWN, Authenticate, Door, Sign, refusal, signing


def test_a_temporary_key_without_its_token_is_refused(
    sign: Sign, access_key: AccessKey, ring: TokenRing, claims: SessionClaims, now: datetime
) -> None:
    credentials = ring.seal(claims, NONCE)
    door = Door(access_key, [ring], now)

    refused = refusal(door.authenticate, sign(**{**signing(credentials), "token": None}))

    assert isinstance(refused, InvalidClientTokenId)
    assert refused.message == UNKNOWN
    assert door.looked_up == []


def test_a_long_term_key_with_a_token_is_refused(
    authenticate: Authenticate, sign: Sign, presign: Sign, ring: TokenRing, claims: SessionClaims
) -> None:
    token = ring.seal(claims, NONCE).session_token

    for request in (sign(token=token), presign(token=token), sign(token=""), presign(token="")):
        refused = refusal(authenticate, request)
        assert isinstance(refused, InvalidClientTokenId)
        assert refused.message == BAD_TOKEN


def test_the_key_of_one_session_with_the_token_of_another_is_refused(
    authenticate: Authenticate, sign: Sign, ring: TokenRing, claims: SessionClaims
) -> None:
    one = ring.seal(claims, NONCE)
    other = ring.seal(claims, NONCE[::-1])

    mixed = refusal(authenticate, sign(**{**signing(one), "token": other.session_token}))
    assert isinstance(mixed, InvalidClientTokenId)
    assert mixed.message == BAD_TOKEN
    wrong_secret = refusal(authenticate, sign(**{**signing(one), "secret": signing(other)["secret"]}))
    assert isinstance(wrong_secret, SignatureDoesNotMatch)


@pytest.mark.parametrize("token", ["x", "AQAAAAc=", "\u00e9", "A" * 4_097, "A" * 8_193])
def test_a_token_that_is_none_is_refused(
    authenticate: Authenticate, sign: Sign, ring: TokenRing, claims: SessionClaims, token: str
) -> None:
    refused = refusal(authenticate, sign(**{**signing(ring.seal(claims, NONCE)), "token": token}))

    assert isinstance(refused, InvalidClientTokenId)
    assert refused.message == BAD_TOKEN


def test_a_token_of_another_installation_is_refused(
    authenticate: Authenticate, sign: Sign, claims: SessionClaims, now: datetime
) -> None:
    foreign = TokenRing([RingKey(7, Secret(bytes(range(32))), now)], "installation-2")

    assert isinstance(refusal(authenticate, sign(**signing(foreign.seal(claims, NONCE)))), InvalidClientTokenId)


def test_an_unsigned_token_is_refused(
    authenticate: Authenticate, sign: Sign, ring: TokenRing, claims: SessionClaims
) -> None:
    refused = refusal(authenticate, sign(**signing(ring.seal(claims, NONCE)), signed=["host", "x-amz-date"]))

    assert isinstance(refused, SignatureDoesNotMatch)
    assert refused.message == "'x-amz-security-token' must be a 'SignedHeader' in the AWS Authorization."


def test_a_token_added_to_the_query_after_signing_is_refused(
    authenticate: Authenticate, presign: Sign, ring: TokenRing, claims: SessionClaims
) -> None:
    credentials = ring.seal(claims, NONCE)
    added = "&X-Amz-Security-Token=" + credentials.session_token.replace("+", "%2B").replace("/", "%2F").replace(
        "=", "%3D"
    )

    refused = refusal(authenticate, presign(**{**signing(credentials), "token": None}, extra_query=added))

    assert isinstance(refused, SignatureDoesNotMatch)


def test_an_ended_session_is_refused_once_its_signature_is_proven(
    authenticate: Authenticate, sign: Sign, ring: TokenRing, claims: SessionClaims, now: datetime
) -> None:
    ended = msgspec.structs.replace(claims, expires_at_ms=int(now.timestamp() * 1000))
    credentials = ring.seal(ended, NONCE)

    assert isinstance(refusal(authenticate, sign(**signing(credentials))), ExpiredToken)
    unproven = refusal(authenticate, sign(**{**signing(credentials), "secret": "guess"}))
    assert isinstance(unproven, SignatureDoesNotMatch)
    just_before = authenticate(sign(**signing(credentials)), at=now - timedelta(milliseconds=1))
    assert just_before.session == ended


def test_a_token_of_a_newer_ring_key_makes_the_ring_fresh_once(
    sign: Sign, access_key: AccessKey, claims: SessionClaims, now: datetime
) -> None:
    old = RingKey(1, Secret(b"1" * 32), now)
    new = RingKey(2, Secret(b"2" * 32), now + timedelta(days=1))
    fresh = TokenRing([old, new], "installation-1")
    door = Door(access_key, [TokenRing([old], "installation-1"), fresh], now)

    caller = door.authenticate(sign(**signing(fresh.seal(claims, NONCE))))

    assert caller.session == claims
    assert door.refreshes == 1


def test_a_ring_key_that_is_nowhere_is_refused_after_one_look(
    sign: Sign, access_key: AccessKey, claims: SessionClaims, ring: TokenRing, now: datetime
) -> None:
    gone = TokenRing([RingKey(99, Secret(b"9" * 32), now)], "installation-1")
    door = Door(access_key, [ring, ring], now)

    refused = refusal(door.authenticate, sign(**signing(gone.seal(claims, NONCE))))

    assert isinstance(refused, InvalidClientTokenId)
    assert refused.message == BAD_TOKEN
    assert door.refreshes == 1


def test_other_bad_tokens_do_not_make_the_ring_fresh(
    sign: Sign, access_key: AccessKey, ring: TokenRing, now: datetime
) -> None:
    door = Door(access_key, [ring, ring], now)

    refusal(door.authenticate, sign(token="x"))

    assert door.refreshes == 0


# --- Signatures ---
