"""Stored trust policies shown with ARNs again, from a real store."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from bailiwick.iam.roles import trust
from bailiwick.store import Transaction, open_store

T = TypeVar("T")

ANA, GONE, ROLE = "AIDAANAANAANAANAANA22", "AIDAGONEGONEGONEGONE2", "AROAROLEROLEROLEROLE2"


def in_store(directory: Path, work: Callable[[Transaction], Awaitable[T]]) -> T:
    """Run `work` in a store that holds one user and one role."""

    async def run() -> T:
        store = await open_store(f"sqlite:{directory / 'data'}", lambda: 0)

        async def prepared(tx: Transaction) -> T:
            await tx.run(
                "INSERT INTO users (account_id, user_id, name, name_key, path, created_at)"
                " VALUES ('111122223333', ?, 'Ana', 'ana', '/ops/', 0)",
                ANA,
            )
            await tx.run(
                "INSERT INTO roles (account_id, role_id, name, name_key, path, trust_policy, max_session_seconds,"
                " created_at) VALUES ('444455556666', ?, 'deploy', 'deploy', '/', '{}', 3600, 0)",
                ROLE,
            )
            return await work(tx)

        try:
            return await store.write(prepared)
        finally:
            await store.close()

    return asyncio.run(run())


def test_ids_of_the_living_become_arns_and_the_rest_of_the_text_stays(tmp_path: Path) -> None:
    text = '{ "Statement":{"Principal":{"AWS" : [\n"%s", "%s","%s"]}, "Sid":"%s", "Effect":"Allow"} }'

    shown = in_store(tmp_path, lambda tx: trust.shown(tx, text % (ANA, GONE, ROLE, ANA)))

    assert shown == text % (
        "arn:aws:iam::111122223333:user/ops/Ana",
        GONE,
        "arn:aws:iam::444455556666:role/deploy",
        ANA,
    )


def test_many_are_shown_in_their_order(tmp_path: Path) -> None:
    one = '{"Statement":{"Principal":{"AWS":"%s"}}}'
    texts = [one % "*", one % ANA, one % GONE, one % ROLE]

    shown = in_store(tmp_path, lambda tx: trust.shown_many(tx, texts))

    assert shown == [
        one % "*",
        one % "arn:aws:iam::111122223333:user/ops/Ana",
        one % GONE,
        one % "arn:aws:iam::444455556666:role/deploy",
    ]


def test_no_texts_need_no_look_up(tmp_path: Path) -> None:
    assert in_store(tmp_path, lambda tx: trust.shown_many(tx, [])) == []
