"""The worst that policies can make of a decision, of compiling and of memory; all in process."""

import gc
import tracemalloc
from functools import partial
from statistics import median

from bailiwick.policy import CompiledPolicy, PolicySet, evaluate
from benchmarks import hostile
from benchmarks.decisions import CONDITION, Statement, allow
from benchmarks.hostile import LONGEST, QUOTAS, WHOLE_USER, Quota
from benchmarks.report import Goal, Table
from benchmarks.run import Run
from benchmarks.timing import once_ms

GOAL_MS = 5.0
_HEADER = 8_192
_LONG_HEADER = 65_000


def measure(run: Run) -> None:
    """Report the worst decision for each quota, then what compiling costs in time and memory."""
    _decisions(run)
    _compiling(run)


def _decisions(run: Run) -> None:
    places = (*QUOTAS, LONGEST, WHOLE_USER)
    table = Table("The worst decisions, ms", ("made of", *(place.name for place in places)))
    for name, bomb in hostile.BOMBS.items():
        cells, over, figures = [], [], {}
        for place in places:
            text = hostile.largest(bomb, place)
            if text is None:
                cells.append("–")
                continue
            first, *others = _taken(text, place, _HEADER, repeats=run.pick(4, 4 if place is WHOLE_USER else 10))
            cells.append(f"{median(others):,.2f} ({first:,.2f})")
            figures[place.name] = {"ms": median(others), "first_ms": first, "characters": len(text)}
            if place in QUOTAS and median(others) > GOAL_MS:
                over.append(place.name)
        words = f"≤ {GOAL_MS:g} ms" + (f" (over: {', '.join(over)})" if over else "")
        table.add(name, *cells, goals=[Goal(words, not over)], **figures)
    name, slowest = _with_long_header()
    table.notes.append(
        "In brackets the first decision on the action, which finds the statements that cover it. The goal is that of"
        " one policy at its limit, the first five columns. The request has three times 50 tags of 256 characters, names"
        f" of the greatest length and a user agent of {_HEADER:,} characters. The longest document is what the"
        f" simulator takes. The user has {WHOLE_USER.policies} full policies, its own and those of ten groups, all"
        f" hostile: {WHOLE_USER.policies * WHOLE_USER.characters:,} characters. With a user agent of"
        f" {_LONG_HEADER:,} characters"
        f" a managed policy costs up to {slowest:,.1f} ms ({name})."
    )
    run.show(table)


def _taken(text: str, place: Quota, header: int, *, repeats: int) -> list[float]:
    """Milliseconds of decisions on new requests that are alike."""
    layers = hostile.layers(hostile.policy(text, place), place)
    return [once_ms(partial(evaluate, layers, hostile.request(header))) for _ in range(repeats)]


def _with_long_header() -> tuple[str, float]:
    """The bomb that is worst with a header as long as the server takes it, and its milliseconds."""
    managed = QUOTAS[1]
    texts = {name: hostile.largest(bomb, managed) for name, bomb in hostile.BOMBS.items()}
    taken = {
        name: median(_taken(text, managed, _LONG_HEADER, repeats=4)[1:])
        for name, text in texts.items()
        if text is not None
    }
    name = max(taken, key=taken.__getitem__)
    return name, taken[name]


def _compiling(run: Run) -> None:
    table = Table(
        "Compiling policies",
        ("policy", "characters", "compile, ms", "memory, KiB", "bytes for a character"),
    )
    managed = QUOTAS[1]
    for name, bomb, quota in (
        ("typical, 3 statements", _typical, Quota("", managed.policy_type, 1_000)),
        ("typical, full size", _typical, managed),
        ("typical, longest document", _typical, LONGEST),
        ("worst (one value for each of many keys), full size", _keys, managed),
        ("worst, longest document", _keys, LONGEST),
    ):
        text = _filled(bomb, quota)
        taken = min(once_ms(partial(hostile.policy, text, quota)) for _ in range(run.pick(3, 9)))
        kib = _memory_kib(text, quota)
        cells = f"{len(text):,}", f"{taken:,.2f}", f"{kib:,.0f}", f"{kib * 1024 / len(text):,.0f}"
        table.add(name, *cells, characters=len(text), compile_ms=taken, kib=kib)
    text = _filled(_typical, managed)
    count = WHOLE_USER.policies

    def whole() -> PolicySet:
        return PolicySet.of([hostile.policy(text, managed) for _ in range(count)])

    taken, kib = min(once_ms(whole) for _ in range(3)), _memory_kib(text, managed) * count
    cells = f"{len(text) * count:,}", f"{taken:,.0f}", f"{kib:,.0f}", f"{kib * 1024 / len(text) / count:,.0f}"
    table.add(f"user with {count} typical policies of full size", *cells, compile_ms=taken, kib=kib)
    table.notes.append(
        "A managed policy is compiled once, for all whom it is attached to, and again when its default version changes."
    )
    run.show(table)


def _filled(bomb: hostile.Bomb, quota: Quota) -> str:
    text = hostile.largest(bomb, quota)
    assert text is not None, "an identity policy may hold it"
    return text


def _typical(n: int) -> list[Statement]:
    """Statements as people write them."""
    return [
        {
            "Sid": f"Team{number}",
            **allow(
                ["s3:GetObject", "s3:PutObject", "s3:List*"],
                [f"arn:aws:s3:::bucket-{number}", f"arn:aws:s3:::bucket-{number}/*"],
                Condition={**CONDITION, "StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/team/*"}},
            ),
        }
        for number in range(n)
    ]


def _keys(n: int) -> list[Statement]:
    return [allow("*", "*", Condition={"StringLike": {f"a:{number}": "*a" for number in range(n)}})]


def _memory_kib(text: str, quota: Quota) -> float:
    copies: list[CompiledPolicy] = []
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    copies += [hostile.policy(text, quota) for _ in range(3)]
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return taken / len(copies) / 1024
