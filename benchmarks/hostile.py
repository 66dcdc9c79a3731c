"""The worst policies that AWS's limits let somebody have: each quota filled with what costs a decision most.

Found by trying every element, operator and form of pattern against the longest values that a request may have. Nearly
matching is what costs: each pattern fails as late as it can.
"""

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bailiwick.policy import CompiledPolicy, ContextValue, Layers, PolicySet, PolicySource, PolicyType, RequestContext
from bailiwick.policy import compile_policy as compiled
from benchmarks.decisions import ACCOUNT, USER, Statement

ROLE = f"arn:aws:iam::{ACCOUNT}:role/" + "a" * 511 + "/" + "a" * 64
_CHARACTERS = "bcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
TAG_KEYS = tuple(f"{number:02}{_CHARACTERS}".ljust(128, "a") for number in range(50))


def request(user_agent: int) -> RequestContext:
    """A request with all the tags there may be, the longest of names, and headers of so many characters."""
    values = {f"{kind}/{key.lower()}": "a" * 256 for kind in _TAGS for key in TAG_KEYS}
    keys: dict[str, ContextValue] = {
        **values,
        "aws:tagkeys": TAG_KEYS,
        "aws:useragent": (_CHARACTERS + "a30" * user_agent)[:user_agent],
        "aws:referer": ("a30" * user_agent)[: user_agent // 2],
        "aws:principalarn": ROLE,
        "aws:userid": "AROAEXAMPLEEXAMPLE123:" + "a" * 64,
        "aws:sourceip": "2001:db8::1",
        "aws:currenttime": "2026-11-24T10:00:00.123Z",
        "aws:epochtime": "1795514400",
        "aws:securetransport": "true",
    }
    return RequestContext("iam:GetRole", ROLE, USER, ACCOUNT, keys)


_TAGS = ("aws:principaltag", "aws:requesttag", "aws:resourcetag")


@dataclass(frozen=True, slots=True)
class Quota:
    """A place for policies: of what type, how long each may be, and how many of them one decision asks."""

    name: str
    policy_type: PolicyType
    characters: int
    policies: int = 1


QUOTAS = (
    Quota("session policy", PolicyType.SESSION, 2_048),
    Quota("managed policy", PolicyType.MANAGED, 6_144),
    Quota("trust policy", PolicyType.TRUST, 8_192),
    Quota("role's inline policies", PolicyType.INLINE, 10_240),
    Quota("resource's policy", PolicyType.RESOURCE, 20_480),
)
LONGEST = Quota("longest document", PolicyType.MANAGED, 131_072)
WHOLE_USER = Quota("user with all it may have", PolicyType.MANAGED, 6_144, 10 + 10 * 10 + 9)
"""Ten policies of its own, ten of each of ten groups, and inline ones that come to as much as nine more."""

Bomb = Callable[[int], Sequence[Statement]]
"""Statements that grow with a number."""


def _deny(**elements: object) -> Statement:
    return {"Effect": "Deny", "Action": "*", "Resource": "*", **elements}


def _on(operator: str, key: str, pattern: str) -> Bomb:
    """One condition with as many values as fit; `{}` in the pattern is different in each."""
    return lambda n: [_deny(Condition={operator: {key: [pattern.format(each) for each in _names(n)]}})]


def _names(count: int) -> list[str]:
    lengths = itertools.count(1)
    endless = ("".join(letters) for length in lengths for letters in itertools.product(_CHARACTERS, repeat=length))
    return list(itertools.islice(endless, count))


def _spellings(key: str, count: int) -> list[str]:
    """One condition key in different cases, each of which counts as another key of the document."""
    letters = [(letter, letter.upper()) if letter.isalpha() else (letter,) for letter in key]
    return ["".join(each) for each in itertools.islice(itertools.product(*letters), count)]


BOMBS: Mapping[str, Bomb] = {
    "stars before 50 tag keys": _on("ForAnyValue:StringLike", "aws:TagKeys", "*a*{}"),
    "many stars before 50 tag keys": _on("ForAnyValue:StringLike", "aws:TagKeys", "*a" * 60 + "{}*"),
    "question marks before 50 tag keys": _on("ForAnyValue:StringLike", "aws:TagKeys", "*" + "a?" * 20 + "{}*"),
    "variables before 50 tag keys": _on("ForAnyValue:StringLike", "aws:TagKeys", "*${{aws:userid}}?{}*"),
    "cases before 50 tag keys": _on("ForAnyValue:StringEqualsIgnoreCase", "aws:TagKeys", "${{aws:UserAgent}}{}"),
    "stars before a header": _on("StringLike", "aws:UserAgent", "*a*{}"),
    "question marks before a header": _on("StringLike", "aws:UserAgent", "*a????????{}*"),
    "headers in variables": _on("StringLike", "aws:UserAgent", "*${{aws:referer}}?{}*"),
    "ARN patterns": _on("ArnLike", "aws:PrincipalArn", "arn:*:*:*:*:*a*{}"),
    "addresses": lambda n: [_deny(Condition={"IpAddress": {"aws:SourceIp": [f"::{i:x}/{i % 129}" for i in range(n)]}})],
    "dates": lambda n: [_deny(Condition={"DateLessThan": {"aws:CurrentTime": [f"{i % 2000:04}" for i in range(n)]}})],
    "spellings of a key": lambda n: [
        _deny(
            Condition={
                "StringNotEqualsIgnoreCase": dict.fromkeys(_spellings("aws:useragent", n), "1"),
                "Bool": {"a:b": "1"},
            }
        )
    ],
    "statements before 50 tag keys": lambda n: (
        [_deny(Condition={"ForAnyValue:StringLike": {"aws:TagKeys": [f"*a*{each}" for each in _names(9)]}})] * n
    ),
    "statements before a header": lambda n: [
        _deny(Condition={"StringLike": {"aws:UserAgent": f"*${{aws:referer}}?{each}*"}}) for each in _names(n)
    ],
    "statements": lambda n: [_deny(Condition={"Bool": {"aws:SecureTransport": "0"}})] * n,
    "resources": lambda n: [_deny(Resource=[f"arn:*a*{each}Z*" for each in _names(n)])],
    "resources with variables": lambda n: [_deny(Resource=[f"arn:*:*:*:*:*${{aws:userid}}?{x}" for x in _names(n)])],
    "actions": lambda n: [_deny(Action=[f"iam:*e*{each}b" for each in _names(n)])],
    "statements with NotAction": lambda n: [
        {"Effect": "Deny", "NotAction": "a:b", "Resource": f"arn:*{each}B"} for each in _names(n)
    ],
    "principals": lambda n: [_deny(Principal={"AWS": [f"{number:012}" for number in range(n)]})],
}


def largest(bomb: Bomb, quota: Quota) -> str | None:
    """The longest document of that kind that the quota allows; None where such a policy cannot have it."""
    few, many = 1, quota.characters
    if (smallest := _document(bomb(1), quota.policy_type)) is None:
        return None
    text = smallest
    while few < many:
        tried = (few + many + 1) // 2
        grown = _document(bomb(tried), quota.policy_type)
        if grown is not None and len(grown) <= quota.characters:
            few, text = tried, grown
        else:
            many = tried - 1
    return text


def _document(statements: Sequence[Statement], policy_type: PolicyType) -> str | None:
    adapted: list[Statement] = []
    for statement in statements:
        is_named = "Principal" in statement
        if policy_type in (PolicyType.TRUST, PolicyType.RESOURCE):
            statement = {"Principal": {"AWS": "*"}, **statement}
        elif is_named:
            return None
        if policy_type is PolicyType.TRUST:
            if statement.get("Resource") != "*" or statement.get("Action") != "*":
                return None
            statement = {name: value for name, value in statement.items() if name != "Resource"}
        adapted.append(statement)
    return json.dumps({"Version": "2012-10-17", "Statement": adapted}, separators=(",", ":"))


def policy(text: str, quota: Quota) -> CompiledPolicy:
    """The document ready to be evaluated."""
    made = compiled(text, PolicySource(quota.policy_type, "hostile"))
    assert made.fault is None, made.fault
    return made


def layers(made: CompiledPolicy, quota: Quota) -> Layers:
    """The policy where the quota puts it, and nothing else."""
    policies = PolicySet.of([made] * quota.policies)
    match quota.policy_type:
        case PolicyType.TRUST:
            return Layers(trust=policies)
        case PolicyType.RESOURCE:
            return Layers(resource=policies)
        case PolicyType.SESSION:
            return Layers(session=policies)
        case _:
            return Layers(identity=policies)
