"""When a trade-in token expires, and root's own leave."""

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from bailiwick.auth import Origin, PrincipalKind, SessionClaims
from bailiwick.iam.delegation_requests import Approver
from bailiwick.store import Transaction
from bailiwick.sts import sessions
from bailiwick.sts.errors import ExpiredTradeInToken, PackedPolicyTooLarge
from tests.sts.parts import ACCOUNT, NOW, NOW_MS, ROOT_ARN, Parts, opened

TOKEN = "token"
POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]}'


def session_of_root(*scope_downs: str) -> SessionClaims:
    return SessionClaims(
        session_id="root-session",
        account=ACCOUNT,
        principal_kind=PrincipalKind.ROOT,
        principal_id=ACCOUNT,
        principal_name="root",
        issued_at_ms=NOW_MS - 1000,
        expires_at_ms=NOW_MS,  # it is over, and what it gave leave to is not
        operation="GetSessionToken",
        origin=Origin("console", ACCOUNT, ACCOUNT),
        scope_downs=scope_downs,
        mfa_authenticated_at_ms=NOW_MS - 1000,
    )


async def send_token(parts: Parts, session: SessionClaims) -> None:
    """Keep a request for an hour that root accepted and whose token was sent just now."""
    approver = Approver(
        account=ACCOUNT,
        kind=PrincipalKind.ROOT,
        principal_id=ACCOUNT,
        user_id=ACCOUNT,
        arn=ROOT_ARN,
        access_key_id="ASIAROOT",
        session=session,
    )
    sealed = parts.installation.vault.seal(
        "delegation_requests", "request", "approver", msgspec.msgpack.encode(approver)
    )

    async def keep(tx: Transaction) -> None:
        issued = sessions.Issued(
            access_key_id="ASIAROOT",
            principal_arn=ROOT_ARN,
            asked_by=ROOT_ARN,
            subject=None,
            source_address=None,
            parent_account=None,
            operation="GetSessionToken",
            at_ms=session.issued_at_ms,
        )
        await sessions.record(tx, session, issued)
        await tx.run(
            "INSERT INTO delegation_requests (request_id, requestor_account, workflow_id, state, description,"
            " template_arn, parameters, policy, notification_channel, session_seconds, only_sent_by_owner, created_at,"
            " updated_at, expires_at, token_digest, approver, sent_at)"
            " VALUES ('request', ?, 'w', 'FINALIZED', '', '', '[]', ?, '', 3600, 0, ?, ?, ?, ?, ?, ?)",
            ACCOUNT,
            POLICY,
            NOW_MS,
            NOW_MS,
            NOW_MS + 7 * 86_400_000,
            hashlib.sha256(TOKEN.encode()).hexdigest(),
            sealed,
            NOW_MS,
        )

    await parts.store.write(keep)


def traded(folder: Path, after: timedelta, *scope_downs: str) -> tuple[Mapping[str, object], SessionClaims]:
    async def test() -> tuple[Mapping[str, object], SessionClaims]:
        async with opened(folder) as parts:
            await send_token(parts, session_of_root(*scope_downs))
            reply = await parts.call("GetDelegatedAccessToken", {"TradeInToken": TOKEN}, NOW + after)
            return reply, parts.claims(reply)

    return asyncio.run(test())


def test_a_token_is_good_until_the_approved_time_is_over(tmp_path: Path) -> None:
    reply, claims = traded(tmp_path, timedelta(seconds=3599))

    assert reply["AssumedPrincipal"] == ROOT_ARN
    assert claims.expires_at_ms == NOW_MS + 3_600_000
    assert claims.issued_at_ms == NOW_MS + 3_599_000


def test_then_it_has_expired(tmp_path: Path) -> None:
    with pytest.raises(ExpiredTradeInToken) as refused:
        traded(tmp_path, timedelta(seconds=3600))

    assert refused.value.message == "The trade-in token has expired."


def test_the_claims_name_the_request_the_approver_and_what_it_approved_by(tmp_path: Path) -> None:
    _, claims = traded(tmp_path, timedelta(0), "first")

    assert (claims.principal_kind, claims.principal_id, claims.account) == (PrincipalKind.ROOT, ACCOUNT, ACCOUNT)
    assert claims.operation == "GetDelegatedAccessToken"
    assert claims.origin == Origin("request", ACCOUNT, ACCOUNT)
    assert claims.authority == Origin("console", ACCOUNT, ACCOUNT)
    assert claims.parent_session_id == "root-session"
    assert claims.scope_downs == ("first", POLICY)
    assert claims.mfa_authenticated_at_ms is None


def test_an_approver_that_is_narrowed_as_far_as_can_be_gives_no_leave(tmp_path: Path) -> None:
    with pytest.raises(PackedPolicyTooLarge, match="narrowed by 3 policies already"):
        traded(tmp_path, timedelta(0), "one", "two", "three")
