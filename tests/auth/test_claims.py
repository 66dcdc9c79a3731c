from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from bailiwick.auth import SessionClaims


def test_times_are_aware_utc_with_milliseconds(claims: SessionClaims) -> None:
    timed = msgspec.structs.replace(
        claims, issued_at_ms=1_795_521_600_123, expires_at_ms=1_795_525_200_999, mfa_authenticated_at_ms=1
    )

    assert timed.issued_at == datetime(2026, 11, 24, 12, 0, 0, 123_000, tzinfo=UTC)
    assert timed.expires_at == datetime(2026, 11, 24, 13, 0, 0, 999_000, tzinfo=UTC)
    assert timed.mfa_authenticated_at == datetime(1970, 1, 1, 0, 0, 0, 1_000, tzinfo=UTC)


def test_a_session_without_a_one_time_code_has_no_time_of_it(claims: SessionClaims) -> None:
    assert claims.mfa_authenticated_at is None


def test_a_session_lives_up_to_its_expiry_and_not_at_it(claims: SessionClaims) -> None:
    assert not claims.is_expired(claims.expires_at - timedelta(milliseconds=1))
    assert claims.is_expired(claims.expires_at)


def test_a_session_policy_is_inline_or_managed_but_not_a_scope_down(claims: SessionClaims) -> None:
    assert not claims.has_session_policy
    assert not msgspec.structs.replace(claims, scope_downs=("{}",)).has_session_policy
    assert msgspec.structs.replace(claims, policy="{}").has_session_policy
    assert msgspec.structs.replace(claims, policy="").has_session_policy
    assert msgspec.structs.replace(claims, policy_arns=("arn:aws:iam::aws:policy/X",)).has_session_policy


def test_claims_cannot_be_changed(claims: SessionClaims) -> None:
    with pytest.raises(AttributeError):
        claims.account = "210987654321"  # type: ignore[misc] # that it is refused is the point
