"""Words to write the worked examples in: statements, policies by layer, who asks for what."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from tests.specification.cases import caller
from tests.specification.world import Caller, Keys, Request, Values, World

A, B = "111111111111", "222222222222"
USER_ARN = f"arn:aws:iam::{A}:user/u"
ROLE_ARN = f"arn:aws:iam::{A}:role/r"
SESSION_ARN = f"arn:aws:sts::{A}:assumed-role/r/s"
FEDERATED_ARN = f"arn:aws:sts::{A}:federated-user/f"
ROOT_ARN = f"arn:aws:iam::{A}:root"
PROVIDER = f"arn:aws:iam::{A}:oidc-provider/p.example"
USER_ID = "AIDAUUUUUUUUUUUUUUUUU"
GET, OBJECT = "s3:GetObject", "arn:aws:s3:::b/o"

Json = dict[str, Any]
Documents = Sequence[Json]


class Asker(NamedTuple):
    """A caller, and the condition keys that each of its requests has."""

    caller: Caller
    keys: Keys


U = Asker(
    caller("user", USER_ARN, A, id=USER_ID),
    {"aws:username": "u", "aws:principalarn": USER_ARN, "aws:principalaccount": A},
)
REBORN = Asker(
    caller("user", USER_ARN, A, id="AIDAVVVVVVVVVVVVVVVVV"), {"aws:username": "u", "aws:principalarn": USER_ARN}
)
R = Asker(
    caller("role session", SESSION_ARN, A, id="AROARRRRRRRRRRRRRRRRR", parent_arn=ROLE_ARN),
    {"aws:principalarn": ROLE_ARN, "aws:principalaccount": A, "aws:tokenissuetime": "2026-11-24T10:00:00Z"},
)
F = Asker(
    caller("federated user", FEDERATED_ARN, A, id=USER_ID, parent_arn=USER_ARN), {"aws:principalarn": FEDERATED_ARN}
)
ROOT = Asker(caller("root", ROOT_ARN, A), {"aws:principalarn": ROOT_ARN})
WEB = Asker(caller("federated", PROVIDER, A), {})
ANONYMOUS = Asker(caller("anonymous", None, None), {})


class Example(NamedTuple):
    """One row: its number, the case, and the effect that AWS documents."""

    number: int
    world: World
    request: Request
    expected: str


def ask(
    number: int,
    policies: World,
    expected: str,
    asker: Asker = U,
    action: str = GET,
    resource: str = OBJECT,
    owner: str = A,
    keys: Mapping[str, Values] = MappingProxyType({}),
) -> Example:
    """One example; the caller's own condition keys go without saying."""
    request: Request = {
        "action": action,
        "resource": resource,
        "resource_account": owner,
        "caller": asker.caller,
        "keys": {**asker.keys, **keys},
    }
    return Example(number, policies, request, expected)


def statement(effect: str, action: str | list[str], on: str | list[str] = "*", **more: object) -> Json:
    """A statement; `not_action` and `not_on` negate, `to`, `to_all_but` and `when` add what they say."""
    key = "NotAction" if more.pop("not_action", False) else "Action"
    resource = "NotResource" if more.pop("not_on", False) else "Resource"
    found: Json = {"Effect": effect, key: action, resource: on}
    names = {"to": "Principal", "to_all_but": "NotPrincipal", "when": "Condition"}
    return found | {names[name]: value for name, value in more.items()}


def allow(action: str | list[str], on: str | list[str] = "*", **more: object) -> Json:
    return statement("Allow", action, on, **more)


def deny(action: str | list[str], on: str | list[str] = "*", **more: object) -> Json:
    return statement("Deny", action, on, **more)


def trust(action: str | list[str], to: object, **more: object) -> Json:
    found = statement("Allow", action, "*", to=to, **more)
    del found["Resource"]
    return found


def policy(statements: Documents, version: str = "2012-10-17") -> list[str]:
    return [json.dumps({"Version": version, "Statement": statements})]


def identity(*statements: Json, version: str = "2012-10-17") -> World:
    return layers() | {"identity": policy(statements, version)}


def layers(
    *,
    own: Documents = (),
    rp: Documents | None = None,
    tp: Documents | None = None,
    pb: Documents | None = None,
    sp: Documents | None = None,
    down: Sequence[Documents] = (),
    scps: Sequence[Documents] = (),
    rcps: Sequence[Documents] = (),
    resource_must_allow: bool = False,
) -> World:
    """Identity, resource, trust, boundary, session and scope-down policies, and those of an organization's levels."""
    return {
        "identity": policy(own) if own else [],
        "boundary": None if pb is None else policy(pb),
        "session": None if sp is None else policy(sp),
        "scope_downs": [policy(each) for each in down],
        "resource": None if rp is None else policy(rp),
        "trust": None if tp is None else policy(tp),
        "resource_must_allow": resource_must_allow,
        "scps": [policy(each) for each in scps],
        "rcps": [policy(each) for each in rcps],
        "vpc_endpoint": None,
    }


def when(operator: str, key: str, values: object, *more: tuple[str, str, object]) -> World:
    """Allow everything under a condition: allowed means that it matched."""
    condition: dict[str, dict[str, object]] = {}
    for each_operator, each_key, each_values in ((operator, key, values), *more):
        condition.setdefault(each_operator, {})[each_key] = each_values
    return identity(allow("*", when=condition))


def deny_when(operator: str, key: str, values: object) -> World:
    return identity(allow("*"), deny("*", when={operator: {key: values}}))
