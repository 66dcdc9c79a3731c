"""What is kept in memory, and what makes it go."""

import json
import tracemalloc

from bailiwick.access.memory import Invalidations, Memory, weight_of
from bailiwick.policy import CompiledPolicy, PolicySource, PolicyType, compile_policy
from bailiwick.store import Change

ANA = Change("user", "111111111111", "AIDAANA")
GROUP = Change("group", "111111111111", "AGPADEVELOPERS")
OTHER = Change("user", "111111111111", "AIDAOTHER")


def made(capacity: int = 10) -> tuple[Memory[str], Invalidations]:
    invalidations = Invalidations()
    return Memory(capacity, invalidations), invalidations


def test_an_entry_goes_when_anything_it_was_made_from_changes() -> None:
    memory, invalidations = made()
    memory.keep("ana", "entry", (ANA, GROUP), invalidations.mark())

    memory.forget([OTHER])
    assert memory.find("ana") == "entry"

    memory.forget([GROUP])
    assert memory.find("ana") is None


def test_a_change_of_anything_makes_everything_go() -> None:
    memory, invalidations = made()
    memory.keep("ana", "entry", (ANA,), invalidations.mark())
    memory.forget(None)

    assert memory.find("ana") is None


def test_what_changed_while_it_was_loaded_is_not_kept() -> None:
    for changes in ([ANA], [OTHER, GROUP], None):
        memory, invalidations = made()
        mark = invalidations.mark()
        invalidations.add(changes)
        memory.keep("ana", "stale", (ANA, GROUP), mark)

        assert memory.find("ana") is None, changes


def test_what_did_not_change_while_others_did_is_kept() -> None:
    memory, invalidations = made()
    mark = invalidations.mark()
    invalidations.add([OTHER] * 100)
    memory.keep("ana", "entry", (ANA,), mark)

    assert memory.find("ana") == "entry"


def test_when_too_much_happened_to_tell_nothing_is_kept() -> None:
    memory, invalidations = made()
    mark = invalidations.mark()
    invalidations.add([OTHER] * 10_000)
    memory.keep("ana", "unknowable", (ANA,), mark)

    assert memory.find("ana") is None


def test_the_longest_unused_goes_first_when_there_are_too_many() -> None:
    memory, invalidations = made(capacity=2)
    for name in ("a", "b"):
        memory.keep(name, name, (Change("user", "1", name),), invalidations.mark())
    memory.find("a")
    memory.keep("c", "c", (Change("user", "1", "c"),), invalidations.mark())

    assert [memory.find(name) for name in ("a", "b", "c")] == ["a", None, "c"]


def test_keeping_again_replaces_what_an_entry_is_made_from() -> None:
    memory, invalidations = made()
    memory.keep("ana", "old", (ANA, GROUP), invalidations.mark())
    memory.keep("ana", "new", (ANA,), invalidations.mark())
    memory.forget([GROUP])

    assert memory.find("ana") == "new"


def test_heavy_entries_take_the_place_of_several() -> None:
    memory, invalidations = made(capacity=4)
    for name in ("a", "b", "c"):
        memory.keep(name, name, (Change("user", "1", name),), invalidations.mark())
    memory.keep("heavy", "heavy", (GROUP,), invalidations.mark(), 3)

    assert [memory.find(name) for name in ("a", "b", "c", "heavy")] == [None, None, "c", "heavy"]
    memory.forget([GROUP])
    for name in ("d", "e", "f"):
        memory.keep(name, name, (Change("user", "1", name),), invalidations.mark())
    assert [memory.find(name) for name in ("c", "d", "e", "f")] == ["c", "d", "e", "f"]
    memory.keep("too heavy", "too heavy", (GROUP,), invalidations.mark(), 5)
    assert memory.find("too heavy") is None


def test_what_is_crowded_out_is_told_with_all_that_it_was_made_from() -> None:
    invalidations = Invalidations()
    heard: list[tuple[Change, ...]] = []
    memory: Memory[str] = Memory(2, invalidations, heard.append)
    for name, source in (("a", ANA), ("b", OTHER)):
        memory.keep(name, name, (source, GROUP), invalidations.mark())
    memory.forget([OTHER])
    assert heard == []

    memory.keep("c", "c", (OTHER,), invalidations.mark(), 2)

    assert heard == [(ANA, GROUP)]


def compiled(*statements: dict[str, object]) -> CompiledPolicy:
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return compile_policy(text, PolicySource(PolicyType.RESOURCE, "p"))


def grown(size: int) -> list[dict[str, object]]:
    """One statement for each part of a policy, that part of the given size."""
    names = [f"arn:aws:s3:::{number}" for number in range(size)]
    everyone: dict[str, object] = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    return [
        everyone | {"Action": names},
        everyone | {"Resource": names},
        everyone | {"Principal": {"Service": names}},
        everyone | {"Condition": {"StringLike": {"a:b": names}}},
        everyone | {"Condition": {"StringLike": dict.fromkeys(names, "x")}},
        everyone | {"Condition": {f"{each}": {"a:b": "1"} for each in ("Bool", "NumericEquals", "DateEquals")}},
        everyone | {"Resource": "arn:" + "*a" * 100 * size},
    ]


def test_a_policy_weighs_about_as_many_kibibytes_as_it_takes() -> None:
    for statement in grown(50):
        tracemalloc.start()
        policies = [compiled(statement) for _ in range(10)]
        taken = tracemalloc.get_traced_memory()[0] / 1024
        tracemalloc.stop()

        assert taken / 2 <= weight_of(policies) <= 4 * taken, statement


def test_an_unreadable_policy_weighs_next_to_nothing() -> None:
    assert weight_of([compile_policy("{}", PolicySource(PolicyType.INLINE, "p"))]) == 1
