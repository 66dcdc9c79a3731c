"""The executable specification of decisions: slow, plainly written from AWS's guides, sharing no code with the engine.

Documents are plain JSON here, patterns are matched one character after another, and every layer is asked in turn.
"""

import base64
import ipaddress
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from bailiwick.policy import Principal, PrincipalKind, RequestContext

A = "111111111111"
ROOT_ARN = f"arn:aws:iam::{A}:root"
USER_ARN = f"arn:aws:iam::{A}:user/u"
ROLE_ARN = f"arn:aws:iam::{A}:role/r"
Json = dict[str, Any]
Keys = dict[str, Any]
Pattern = list[str | None]  # one character each; None for `?`, "**" for `*`

# --- patterns and variables ---------------------------------------------------------------------------------------


def expand(text: str, keys: Keys, *, wild: bool, variables: bool) -> Pattern | None:
    """A pattern's characters with variables put in; None if a variable has no value."""
    found: Pattern = []
    while text:
        variable = re.match(r"\$\{([*?$])\}|\$\{([a-zA-Z:/]+)(?:, '([^']*)')?\}", text) if variables else None
        if variable is None:
            found.append({"*": "**", "?": None}.get(text[0], text[0]) if wild else text[0])
            text = text[1:]
            continue
        value = variable[1] or keys.get(variable[2].lower(), variable[3])
        if not isinstance(value, str):
            return None
        found += list(value)
        text = text[variable.end() :]
    return found


def same(pattern: Pattern | None, text: str) -> bool:
    if pattern is None:
        return False
    ends = {0}
    for token in pattern:
        if token == "**":
            ends = {end for start in ends for end in range(start, len(text) + 1)}
        else:
            ends = {start + 1 for start in ends if start < len(text) and token in (None, text[start])}
    return len(text) in ends


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def action_matches(statement: Json, action: str) -> bool:
    def listed(patterns: Any) -> bool:
        expanded = (expand(each.lower(), {}, wild=True, variables=False) for each in as_list(patterns))
        return any(same(each, action.lower()) for each in expanded)

    return listed(statement["Action"]) if "Action" in statement else not listed(statement["NotAction"])


def resource_matches(statement: Json, request: RequestContext, version: str, *, completes: bool) -> bool:
    def listed(patterns: Any) -> bool:
        for pattern in as_list(patterns):
            if completes and pattern.startswith("arn:"):
                pattern += ":*" * (5 - pattern.count(":"))
            [(head, tail)] = re.findall(r"^((?:[^:]*:){5}|)(.*)$", pattern)
            new = version == "2012-10-17" and head != ""
            before = expand(head, {}, wild=True, variables=False)
            after = expand(tail, dict(request.keys), wild=True, variables=new)
            if before is not None and after is not None and same(before + after, request.resource):
                return True
        return False

    if "Resource" in statement:
        return listed(statement["Resource"])
    return not listed(statement["NotResource"]) if "NotResource" in statement else True


# --- conditions ---------------------------------------------------------------------------------------------------


def number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text, re.ASCII) else None


def moment(text: str) -> datetime | None:
    if re.fullmatch(r"\d{5,}", text, re.ASCII):
        return datetime.fromisoformat("1970-01-01T00:00:00+00:00") + timedelta(seconds=int(text))
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        text += "T00:00:00Z"
    return datetime.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text, re.ASCII) else None


def compare(name: str, left: Any, right: Any) -> bool:
    if left is None or right is None:
        return False
    orders = {
        "Equals": left == right,
        "LessThan": left < right,
        "LessThanEquals": left <= right,
        "GreaterThan": left > right,
        "GreaterThanEquals": left >= right,
    }
    return bool(orders[name])


def value_matches(operator: str, given: str, value: str, keys: Keys, version: str) -> bool:
    """The positive form of an operator for one request value and one policy value."""
    new = version == "2012-10-17"
    if operator.startswith("String"):
        pattern = expand(value, keys, wild=operator == "StringLike", variables=new)
        if pattern is None or operator != "StringEqualsIgnoreCase":
            return same(pattern, given)
        return "".join(map(str, pattern)).lower() == given.lower()
    if operator.startswith("Arn"):
        pattern = expand(value, keys, wild=True, variables=new)
        fields = given.split(":", 5)
        if pattern is None or len(fields) < 6 or fields[0] != "arn":
            return False
        parts: list[Pattern] = [[]]
        for token in pattern:
            if token == ":" and len(parts) < 6:
                parts.append([])
            else:
                parts[-1].append(token)
        return parts == [["**"]] or (len(parts) == 6 and all(map(same, parts, fields)))
    if operator.startswith("Numeric"):
        return compare(operator.removeprefix("Numeric"), number(given), number(value))
    if operator.startswith("Date"):
        return compare(operator.removeprefix("Date"), moment(given), moment(value))
    if operator == "Bool":
        return given.lower() == value.lower() and value.lower() in ("true", "false")
    if operator == "BinaryEquals":
        return base64.b64decode(given) == base64.b64decode(value)
    address, network = ipaddress.ip_address(given), ipaddress.ip_network(value, strict=False)
    return address in network


def condition_holds(operator: str, key: str, values: list[str], keys: Keys, version: str) -> bool:
    given: Any = keys.get(key.lower())
    absent = given is None or given in ((), ("",))
    if operator == "Null":
        return ("true" if absent else "false") in values
    qualifier, _, operator = operator.rpartition(":")
    if_exists, operator = operator.endswith("IfExists"), operator.removesuffix("IfExists")
    negated, operator = "Not" in operator, operator.replace("Not", "")
    if absent:
        return if_exists or qualifier == "ForAllValues" or (negated and qualifier == "")
    given = (given,) if isinstance(given, str) else given
    met = [any(value_matches(operator, each, value, keys, version) for value in values) for each in given]
    if qualifier == "ForAllValues":
        return not any(met) if negated else all(met)
    if qualifier == "ForAnyValue":
        return not all(met) if negated else any(met)
    return any(met) is not negated


# --- principals ---------------------------------------------------------------------------------------------------


def identities(principal: Principal) -> dict[str, str]:
    """Every string that names the principal among "AWS" principals, and what a grant through it is."""
    if principal.kind in (PrincipalKind.ANONYMOUS, PrincipalKind.SERVICE, PrincipalKind.FEDERATED):
        return {}
    found = {A: "account", ROOT_ARN: "account"}
    if principal.kind is not PrincipalKind.ROOT:
        found[principal.arn] = "direct"
    if principal.unique_id:
        found[principal.unique_id] = "direct" if principal.kind is PrincipalKind.USER else "parent"
    if principal.parent_arn:
        found[principal.parent_arn] = "parent"
    return found


def grant_of(block: Any, principal: Principal) -> str | None:
    if block == "*":
        return "direct"
    if principal.kind is PrincipalKind.SERVICE:
        return "direct" if principal.arn in as_list(block.get("Service", [])) else None
    if principal.kind is PrincipalKind.FEDERATED:
        return "direct" if principal.arn in as_list(block.get("Federated", [])) else None
    named = as_list(block.get("AWS", []))
    grants = {identities(principal).get(each) for each in named} | ({"direct"} if "*" in named else set())
    return next((grant for grant in ("direct", "parent", "account") if grant in grants), None)


def principal_matches(statement: Json, principal: Principal, *, bounded: bool) -> bool:
    if "Principal" in statement:
        return grant_of(statement["Principal"], principal) is not None
    if "NotPrincipal" not in statement:
        return True
    named = as_list(statement["NotPrincipal"].get("AWS", []))
    arns = [[A, ROOT_ARN]]
    arns += [[principal.arn]] if principal.kind is not PrincipalKind.USER else [[USER_ARN, str(principal.unique_id)]]
    if principal.kind is PrincipalKind.ROLE_SESSION:
        arns.append([ROLE_ARN, str(principal.unique_id)])
    if principal.kind is PrincipalKind.ROOT:
        arns = arns[:1]
    spared = all(any(name in named for name in names) for names in arns)
    return bounded or not spared


# --- the decision -------------------------------------------------------------------------------------------------

World = dict[str, Any]  # layer name -> documents, or levels of documents; None for a layer that is not there
DENY_ORDER = ("rcps", "scps", "resource", "trust", "identity", "boundary", "session", "scope_downs", "vpc_endpoint")
REPORTED = {"rcps": "RCP", "scps": "SCP", "scope_downs": "scope-down", "vpc_endpoint": "VPC endpoint"}
LEVELS = ("rcps", "scps", "scope_downs")
COMPLETING = ("identity", "boundary", "scps", "rcps")


def applying(
    documents: list[Json], effect: str, request: RequestContext, layer: str, *, bounded: bool = False
) -> Iterator[Json]:
    for document in documents:
        version = document.get("Version", "2008-10-17")
        for statement in as_list(document["Statement"]):
            conditions = [
                condition_holds(operator, key, as_list(values), dict(request.keys), version)
                for operator, tests in statement.get("Condition", {}).items()
                for key, values in tests.items()
            ]
            if (
                statement["Effect"] == effect
                and principal_matches(statement, request.principal, bounded=bounded)
                and action_matches(statement, request.action)
                and resource_matches(statement, request, version, completes=layer in COMPLETING)
                and all(conditions)
            ):
                yield statement


def levels(world: World, layer: str) -> list[list[Json]]:
    if layer in LEVELS:
        return list(world[layer])
    return [] if world[layer] is None else [world[layer]]


def decide(world: World, request: RequestContext) -> tuple[str, str, str]:
    """Effect, reason and layer."""

    def allows(layer: str) -> bool:
        return all(any(applying(level, "Allow", request, layer)) for level in levels(world, layer))

    def denied(layer: str) -> tuple[str, str, str]:
        return "Deny", "implicit deny", REPORTED.get(layer, layer)

    kind = request.principal.kind
    bounded = world["boundary"] is not None
    for layer in DENY_ORDER:
        if any(any(applying(level, "Deny", request, layer, bounded=bounded)) for level in levels(world, layer)):
            return "Deny", "explicit deny", REPORTED.get(layer, layer)
    for layer in ("rcps", "scps"):
        if not allows(layer):
            return denied(layer)

    side = "resource" if world["trust"] is None else "trust"
    grants = {
        grant_of(statement["Principal"], request.principal) if "Principal" in statement else "direct"
        for statement in applying(world[side] or [], "Allow", request, side)
    }
    outsider = kind in (PrincipalKind.ANONYMOUS, PrincipalKind.SERVICE, PrincipalKind.FEDERATED)
    foreign = not outsider and request.resource_account not in (None, request.principal.account)
    if side == "trust" and kind is PrincipalKind.ROOT:
        return denied(side)
    if not grants and (outsider or foreign or side == "trust" or world["resource_must_allow"]):
        return denied(side)
    allowed_by = side
    if not outsider:
        needed = ["identity", "boundary", "session"]
        if not foreign and "direct" in grants:
            needed = ["boundary"] if side == "trust" else []
        elif not foreign and "parent" in grants:
            needed = ["boundary", "session"]
        for layer in needed:
            if layer == "identity" and kind is PrincipalKind.ROOT:
                continue
            if layer == "session" and world["session"] is None and kind is PrincipalKind.FEDERATED_USER:
                return denied(layer)
            if not allows(layer):
                return denied(layer)
        if "identity" in needed and not foreign:
            allowed_by = "root" if kind is PrincipalKind.ROOT else "identity"
    for layer in ("scope_downs", "vpc_endpoint"):
        if not allows(layer):
            return denied(layer)
    return "Allow", "allowed", allowed_by


@pytest.fixture(scope="session")
def specification() -> Callable[[World, RequestContext], tuple[str, str, str]]:
    """What the specification decides: effect, reason and layer."""
    return decide
