"""Both evaluators on the same case; and a case on which they differ, made as small as it can be."""

import json
import pprint
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from bailiwick.policy import Layers
from tests.specification import cases, engine_side
from tests.specification.coverage import Statistics
from tests.specification.decision import Verdict, decide
from tests.specification.reading import prepare
from tests.specification.world import Request, World

REQUESTS_OF_A_WORLD = 40
"""A world is asked so many requests, so that reading and compiling its policies is paid for once."""

T = TypeVar("T")


@dataclass(frozen=True)
class Disagreement:
    """A case on which engine and specification differ; `engine` is a text if it raised."""

    world: World
    request: Request
    engine: Verdict | str
    specification: Verdict

    def __str__(self) -> str:
        """What differs, and a program that shows it again."""
        world = pprint.pformat(self.world, width=110, sort_dicts=False)
        request = pprint.pformat(self.request, width=110, sort_dicts=False)
        return "\n".join(
            [
                f"engine:        {self.engine}",
                f"specification: {self.specification}",
                "To see it again, in the project's folder:",
                ".venv/bin/python - <<'END'",
                "from tests.specification.comparison import compare",
                f"world = {world}",
                f"request = {request}",
                "print(compare(world, request) or 'They agree.')",
                "END",
            ]
        )


def compare(world: World, request: Request) -> Disagreement | None:
    """Decide one case twice."""
    return compare_all(world, [request], Statistics())


def compare_all(world: World, requests: list[Request], statistics: Statistics) -> Disagreement | None:
    """Decide each request twice; the first on which the two differ."""
    prepared = prepare(world)
    statistics.read(prepared)
    layers = engine_side.layers(world)
    for request in requests:
        specified = decide(prepared, request, statistics.seen)
        statistics.decided(request, specified)
        answer = _answer(layers, request)
        if answer != specified:
            return Disagreement(world, request, answer, specified)
    return None


def _answer(layers: Layers, request: Request) -> Verdict | str:
    try:
        return engine_side.answer(layers, request)
    except Exception as error:  # noqa: BLE001  whatever the engine raises is the finding
        return f"raised {error!r}"


def run(chance: random.Random, count: int, statistics: Statistics) -> Disagreement | None:
    """Compare so many generated cases, in worlds of `REQUESTS_OF_A_WORLD`; the first disagreement, made small."""
    for done in range(0, count, REQUESTS_OF_A_WORLD):
        world = cases.world(chance)
        requests = cases.requests(chance, world, min(REQUESTS_OF_A_WORLD, count - done))
        found = compare_all(world, requests, statistics)
        if found is not None:
            return smallest(found)
    return None


def smallest(found: Disagreement) -> Disagreement:
    """The same disagreement with everything left out that it can do without."""
    while True:
        for world, request in _smaller(found.world, found.request):
            fewer = compare(world, request)
            if fewer is not None:
                found = fewer
                break
        else:
            return found


def _smaller(world: World, request: Request) -> Iterator[tuple[World, Request]]:
    """The case with one thing left out: a layer, a level, a policy, a part of a policy, a condition key."""
    for layer, content in world.items():
        for fewer in _without_one(content):
            yield {**world, layer: fewer}, request  # type: ignore[misc]  # the same layer with less in it
        if content and layer not in cases.LEVELLED and layer not in ("identity", "resource_must_allow"):
            yield {**world, layer: None}, request  # type: ignore[misc]  # a layer that may be absent
        for fewer in _with_one_smaller(content):
            yield {**world, layer: fewer}, request  # type: ignore[misc]  # the same layer with less in it
    for key in request["keys"]:
        yield world, {**request, "keys": {name: value for name, value in request["keys"].items() if name != key}}


def _with_one_smaller(content: Any) -> Iterator[Any]:
    """Texts, or levels of them, with one text made smaller."""
    if isinstance(content, str):
        yield from _smaller_text(content)
    elif isinstance(content, list):
        yield from _each_replaced(content, _with_one_smaller)
        yield from _each_replaced([each for each in content if isinstance(each, list)], _without_one)


def _smaller_text(text: str) -> Iterator[str]:
    """A policy's text with one part of it left out, if it is JSON."""
    try:
        document = json.loads(text)
    except ValueError:
        return
    if json.dumps(document) != text and len(json.dumps(document)) < len(text):
        yield json.dumps(document)
    for fewer in _smaller_value(document):
        yield json.dumps(fewer)


def _smaller_value(value: Any) -> Iterator[Any]:
    """A JSON value with one member or item left out, at any depth."""
    yield from _without_one(value)
    if isinstance(value, dict):
        for name, member in value.items():
            for smaller in _smaller_value(member):
                yield {**value, name: smaller}
    if isinstance(value, list):
        yield from _each_replaced(value, _smaller_value)


def _without_one(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for name in value:
            yield {key: member for key, member in value.items() if key != name}
    elif isinstance(value, list):
        for index in range(len(value)):
            yield value[:index] + value[index + 1 :]


def _each_replaced(values: list[T], smaller: Callable[[T], Iterator[T]]) -> Iterator[list[T]]:
    for index, each in enumerate(values):
        for fewer in smaller(each):
            yield [*values[:index], fewer, *values[index + 1 :]]
