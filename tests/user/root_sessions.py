"""Credentials of an account's root user, which no operation gives: sealed with the installation's own keys."""

import asyncio
import os
from datetime import UTC, datetime

from bailiwick.access.quotas import DEFAULT_QUOTAS
from bailiwick.access.token_keys import open_token_keys
from bailiwick.auth import Origin, PrincipalKind, SessionClaims
from bailiwick.settings import load
from bailiwick.store import open_store, open_vault, read_master_key
from tests.user.client import Keys
from tests.user.server import Server

_HOUR_MS = 3_600_000


def root_keys(server: Server, account_id: str) -> Keys:
    """A session of the account's root user with MFA (no other may call IAM), good for an hour."""
    return asyncio.run(_seal(server, account_id, "GetSessionToken"))


def root_task_keys(server: Server, account_id: str, task: str) -> Keys:
    """A session of AssumeRoot, which no account outside an organization gets; `task` is its task policy's name."""
    return asyncio.run(_seal(server, account_id, "AssumeRoot", f"arn:aws:iam::aws:policy/root-task/{task}"))


async def _seal(server: Server, account_id: str, operation: str, *policies: str) -> Keys:
    flags: dict[str, str | list[str]] = {"data": str(server.data), "database_url": server.database_url}
    settings = load(flags=flags, environment={}, config=None, quota_names=DEFAULT_QUOTAS).settings
    now = datetime.now(UTC)
    now_ms = int(now.timestamp() * 1000)
    store = await open_store(settings.database_url, lambda: now_ms)
    try:
        vault = await open_vault(store, read_master_key(settings.master_key, may_create=False), now_ms)
        ring = (await open_token_keys(store, vault, lambda: now)).current()
    finally:
        await store.close()
    claims = SessionClaims(
        session_id=os.urandom(10).hex(),
        account=account_id,
        principal_kind=PrincipalKind.ROOT,
        principal_id=account_id,
        principal_name="root",
        issued_at_ms=now_ms,
        expires_at_ms=now_ms + _HOUR_MS,
        operation=operation,
        origin=Origin("console", account_id, account_id),
        policy_arns=policies,
        mfa_authenticated_at_ms=now_ms if operation == "GetSessionToken" else None,
    )
    sealed = ring.seal(claims, os.urandom(12))
    return Keys(sealed.access_key_id, sealed.secret_access_key.reveal().decode("ascii"), sealed.session_token)
