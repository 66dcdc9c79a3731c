"""Decisions in process, for one request at a time: scenarios, and how their cost grows.

Scenarios: a is 1 policy of 3 statements; b is 15 policies of 10 statements, with a tag and an address condition; c is
500 policies of one statement, of which one matters.
Run: python -m benchmarks.decisions [--seconds 1]
"""

import argparse
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bailiwick.policy import (
    ContextValue,
    Layers,
    PolicySet,
    PolicySource,
    PolicyType,
    Principal,
    PrincipalKind,
    RequestContext,
    compile_policy,
    evaluate,
)
from benchmarks.timing import timed

Statement: TypeAlias = dict[str, object]

ACCOUNT = "123456789012"
USER = Principal(PrincipalKind.USER, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/ana", "AIDAEXAMPLEEXAMPLE123")
KEYS: Mapping[str, ContextValue] = {
    "aws:principaltag/team": "a",
    "aws:sourceip": "10.1.2.3",
    "aws:principalarn": USER.arn,
    "aws:username": "ana",
    "aws:securetransport": "true",
    "aws:currenttime": "2026-11-24T10:00:00Z",
    "aws:epochtime": "1795514400",
    "aws:useragent": "Boto3/1.44.8",
}
CONDITION = {"StringEquals": {"aws:PrincipalTag/team": "a"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
MINE = "arn:aws:s3:::mine/k"
OWN = "arn:aws:s3:::own/${aws:username}/*"


@dataclass(frozen=True, slots=True)
class Shape:
    """So many policies of so many statements, with or without conditions; the last statement is what matters."""

    policies: int
    statements: int
    is_conditional: bool

    @property
    def action(self) -> str:
        """The action of the last statement."""
        return f"svc{self.policies - 1}:Get{self.statements - 1}"

    @property
    def resource(self) -> str:
        """A resource that the last statement allows."""
        return f"arn:aws:s3:::b{self.policies - 1}-{self.statements - 1}/k"

    def documents(self, action: str | None = None) -> list[list[Statement]]:
        """The statements of each policy; all on one action if it is given."""
        condition = {"Condition": CONDITION} if self.is_conditional else {}
        return [
            [
                allow(action or f"svc{policy}:Get{number}", f"arn:aws:s3:::b{policy}-{number}/*", **condition)
                for number in range(self.statements)
            ]
            for policy in range(self.policies)
        ]


SHAPES = {"a": Shape(1, 3, False), "b": Shape(15, 10, True), "c": Shape(500, 1, False)}
NOBODYS = "arn:aws:s3:::nope/k"


def allow(action: object, resource: object, **more: object) -> Statement:
    """One statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def attached(documents: Iterable[Sequence[Statement]]) -> Layers:
    """The documents as the identity policies of a user."""
    source = PolicySource(PolicyType.MANAGED, "benchmark")
    texts = (json.dumps({"Version": "2012-10-17", "Statement": list(statements)}) for statements in documents)
    return Layers(identity=PolicySet.of(compile_policy(text, source) for text in texts))


def decision(
    layers: Layers, action: str, resource: str, expected: bool, keys: Mapping[str, ContextValue] = KEYS
) -> Callable[[], object]:
    """A call that decides, once it was seen to decide as expected."""
    request = RequestContext(action, resource, USER, ACCOUNT, keys)
    assert evaluate(layers, request).is_allowed is expected
    return lambda: evaluate(layers, request)


def scenarios() -> dict[str, Callable[[], object]]:
    """The scenarios, and the same with all statements on one action, so that resources decide; allowed and denied."""
    calls = {}
    for name, shape in SHAPES.items():
        for action in (None, "s3:GetObject") if shape.policies > 1 else (None,):
            layers = attached(shape.documents(action))
            for resource, word in ((shape.resource, "allow"), (NOBODYS, "deny")):
                title = f"{name}{' same action' if action else ''}, {word}"
                calls[title] = decision(layers, action or shape.action, resource, word == "allow")
    return calls


def growth() -> dict[str, dict[int, Callable[[], object]]]:
    """What may grow, and for each of its sizes a decision that allows."""
    unmatched, on_one_action = "attached policies that cannot match", "statements on one action, by resource"
    grown: dict[str, dict[int, Callable[[], object]]] = {unmatched: {}, on_one_action: {}}
    for n in (1, 10, 100, 1_000):
        others = Shape(n, 3, False).documents()
        mine = [allow("s3:Get*", "arn:aws:s3:::mine/*")]
        grown[unmatched][n] = decision(attached([*others, mine]), "s3:GetObject", MINE, True)
        same = [*Shape(n - 1, 1, False).documents("s3:GetObject"), mine]
        grown[on_one_action][n] = decision(attached(same), "s3:GetObject", MINE, True)
    for operator, key, value, last in _VALUES:
        name = f"values of {operator}"
        grown[name] = {}
        for n in (1, 10, 100, 500):
            condition = {operator: {key: [*map(value.format, range(n - 1)), last]}}
            layers = attached([[allow("s3:GetObject", "*", Condition=condition)]])
            grown[name][n] = decision(layers, "s3:GetObject", MINE, True)
    for n in (1, 10, 50):
        keys = {**KEYS, **{f"aws:principaltag/t{number}": "v" for number in range(n)}}
        layers = attached(SHAPES["b"].documents())
        made = decision(layers, SHAPES["b"].action, SHAPES["b"].resource, True, keys)
        grown.setdefault("tags of the principal, in scenario b", {})[n] = made
    for n in (1, 10, 100):
        patterns = [*(f"arn:aws:s3:::b{number}/${{aws:username}}/*" for number in range(n - 1)), OWN]
        made = decision(attached([[allow("s3:GetObject", patterns)]]), "s3:GetObject", "arn:aws:s3:::own/ana/k", True)
        grown.setdefault("resources with a variable", {})[n] = made
    return grown


_VALUES = (
    ("StringEquals", "aws:username", "user-{}", "ana"),
    ("StringLike", "aws:UserAgent", "agent-{}/*", "Boto3/*"),
    ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/u{}/*", f"arn:aws:iam::{ACCOUNT}:user/*"),
    ("IpAddress", "aws:SourceIp", "192.168.{}.0/24", "10.0.0.0/8"),
    ("NumericEquals", "aws:EpochTime", "{}", "1795514400"),
    ("DateLessThan", "aws:CurrentTime", "{}", "2030-01-01T00:00:00Z"),
)


def main() -> None:
    """Time every scenario and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long to time each line")
    seconds = parser.parse_args().seconds
    calls = scenarios()
    calls |= {f"{count} {name}": call for name, sizes in growth().items() for count, call in sizes.items()}
    for name, call in calls.items():
        timing = timed(call, seconds)
        print(f"{name:48} p50 {timing.p50_us:8.2f}  p99 {timing.p99_us:8.2f}", flush=True)


if __name__ == "__main__":
    main()
