"""How often an account uses a policy, kept in a real store."""

import asyncio
from pathlib import Path

from bailiwick.iam.policies import usage
from bailiwick.store import Row, Transaction, open_store

ACCOUNT = "111122223333"
ARN = f"arn:aws:iam::{ACCOUNT}:policy/a/b/Name"


def test_uses_add_up_and_a_policy_no_longer_used_has_no_row(tmp_path: Path) -> None:
    async def use(tx: Transaction) -> list[Row]:
        seen: list[Row] = []
        for attachments, boundaries in ((1, 0), (0, 1), (-1, 0), (0, -1)):
            await usage.count(tx, ACCOUNT, ARN, attachments=attachments, boundaries=boundaries)
            seen += await tx.all("SELECT name_key, path, attachments, boundaries FROM policy_usage")
        return seen

    async def run() -> list[Row]:
        store = await open_store(f"sqlite:{tmp_path / 'data'}", lambda: 0)
        try:
            return await store.write(use)
        finally:
            await store.close()

    assert [tuple(row) for row in asyncio.run(run())] == [
        ("name", "/a/b/", 1, 0),
        ("name", "/a/b/", 1, 1),
        ("name", "/a/b/", 0, 1),
    ]
