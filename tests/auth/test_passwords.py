"""Password hashes, and the threads that make them."""

import asyncio
import threading

import argon2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bailiwick.auth import passwords
from bailiwick.auth.passwords import BoundedThreads, hash_password, is_outdated, is_password
from bailiwick.errors import Throttling
from bailiwick.secret import Secret

SALT = bytes(range(16))


def test_a_hash_names_argon2id_its_parameters_and_its_salt() -> None:
    hashed = hash_password("correct horse", SALT).reveal()

    assert hashed.startswith(b"$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$")


def test_the_hash_of_a_password_is_no_other_passwords() -> None:
    hashed = hash_password("correct horse", SALT)

    assert is_password("correct horse", hashed)
    for other in ("Correct horse", "correct horse ", "correct", ""):
        assert not is_password(other, hashed)


def test_the_salt_makes_hashes_of_one_password_differ() -> None:
    first, second = (hash_password("correct horse", salt).reveal() for salt in (SALT, SALT[::-1]))

    assert first != second
    assert is_password("correct horse", Secret(second))


@settings(max_examples=5, deadline=None)
@given(st.text(min_size=1, max_size=200))
def test_passwords_count_to_their_last_character(password: str) -> None:
    hashed = hash_password(password, SALT)

    assert is_password(password, hashed)
    assert not is_password(password + "x", hashed)


def test_a_character_is_the_same_however_it_was_typed() -> None:
    composed, decomposed = "Gr\u00fc\u00dfe", "Gru\u0308\u00dfe"

    assert is_password(decomposed, hash_password(composed, SALT))


def test_what_is_no_text_at_all_is_only_a_wrong_password() -> None:
    assert not is_password("\ud800", hash_password("correct horse", SALT))


def test_a_hash_by_other_parameters_is_still_checked_and_told_to_be_outdated() -> None:
    weaker = argon2.PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash("correct horse", salt=SALT)

    assert is_password("correct horse", Secret(weaker.encode()))
    assert is_outdated(Secret(weaker.encode()))
    assert not is_outdated(hash_password("correct horse", SALT))


def test_the_hash_of_nobody_costs_what_others_cost_and_matches_nothing() -> None:
    assert not is_outdated(passwords.UNKNOWN)
    assert not is_password("", passwords.UNKNOWN)


class Gate:
    """Work that waits until it is let go."""

    def __init__(self) -> None:
        self.opened = threading.Event()

    def __call__(self) -> str:
        assert self.opened.wait(20)
        return "done"


def test_more_than_may_wait_are_told_to_come_again() -> None:
    async def scenario() -> None:
        threads, gate = BoundedThreads(threads=1, most_at_once=2), Gate()
        under_way = [asyncio.create_task(threads.run(gate)) for _ in range(2)]
        await asyncio.sleep(0)

        with pytest.raises(Throttling):
            await threads.run(gate)

        gate.opened.set()
        assert await asyncio.gather(*under_way) == ["done", "done"]
        assert await threads.run(gate) == "done"
        threads.close()

    asyncio.run(scenario())


def test_who_stops_waiting_leaves_no_room_until_the_work_is_done() -> None:
    async def scenario() -> None:
        threads, gate = BoundedThreads(threads=1, most_at_once=1), Gate()
        waiting = asyncio.create_task(threads.run(gate))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

        with pytest.raises(Throttling):
            await threads.run(gate)

        gate.opened.set()
        threads.close()

    asyncio.run(scenario())


def test_what_the_work_raises_is_raised() -> None:
    async def scenario() -> None:
        threads = BoundedThreads()
        with pytest.raises(ZeroDivisionError):
            await threads.run(lambda: 1 / 0)
        threads.close()

    asyncio.run(scenario())
