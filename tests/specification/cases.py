"""Cases that collide on purpose: requests are made of what the policies themselves say.

Everything is drawn from a `random.Random`, so that the same code makes the few cases of a test and the many of a long
run, and a seed makes the same case again.
"""

import json
import random
import re
from collections.abc import Iterator
from typing import Any

from tests.specification import documents, made_up
from tests.specification.documents import ACCOUNT, FEDERATED_ARN, FOREIGN, ROLE_ARN, ROOT_ARN, SESSION_ARN, USER_ARN
from tests.specification.world import Caller, Keys, Request, Values, World

LEVELLED = ("scps", "rcps", "scope_downs")
NOTHING: World = {
    "identity": [],
    "boundary": None,
    "session": None,
    "scope_downs": [],
    "resource": None,
    "trust": None,
    "resource_must_allow": False,
    "scps": [],
    "rcps": [],
    "vpc_endpoint": None,
}

OPEN = {"rcps": 0.9, "scps": 0.9, "resource": 0.3, "trust": 0.3}
"""How often a layer has a policy that allows everything."""

ODD_TEXTS = [
    "",
    "*",
    "?",
    "a",
    "A",
    "ab",
    "aab",
    "b/x",
    "${a:text}",
    "${*}",
    "é",
    "É",
    "ß",
    "a\nb",
    "true",
    "10",
    "$",
    "ab" * 40,
]
ACTIONS = ["s3:GetObject", "s3:PutObject", "iam:GetUser", "sts:AssumeRole", "S3:GETOBJECT", "s3:ListBucket"]
RESOURCES = ["*", "arn:aws:s3:::b", "arn:aws:s3:::b/o", "arn:aws:s3:::*/o", "arn:aws:sqs:eu-west-1:111111111111:q"]


def caller(kind: str, arn: str | None, account: str | None = ACCOUNT, **more: Any) -> Caller:
    """A caller of whom all else is nothing."""
    nothing: Caller = {"kind": kind, "account": account, "arn": arn, "id": None, "parent_arn": None, "names": []}
    return nothing | more  # type: ignore[return-value]  # `more` holds members of a caller


CALLERS = [
    caller("user", USER_ARN, id="AIDAU"),
    caller("user", f"arn:aws:iam::{ACCOUNT}:user/p/v", id="AIDAV"),
    caller("role session", SESSION_ARN, id="AROAR", parent_arn=ROLE_ARN),
    caller("role session", f"arn:aws:sts::{ACCOUNT}:assumed-role/r/t", id="AROAR", parent_arn=ROLE_ARN),
    caller("federated user", FEDERATED_ARN, id="AIDAU", parent_arn=USER_ARN),
    caller("federated user", FEDERATED_ARN, parent_arn=ROOT_ARN),
    caller("root", ROOT_ARN),
    caller("service", "logs.amazonaws.com", None, names=["logs.eu-west-1.amazonaws.com"]),
    caller("federated", "accounts.google.com"),
    caller("federated", f"arn:aws:iam::{ACCOUNT}:saml-provider/N"),
    caller("anonymous", None, None),
]


def world(chance: random.Random) -> World:
    """The policies of one case: some layers there, some not; in every fourth world there is nothing but conditions."""
    if chance.random() < 0.25:
        return {**NOTHING, "identity": [documents.tests(chance), documents.everything("identity")]}
    side = chance.choice(["resource", "resource", "trust", "none"])
    found: dict[str, Any] = {"resource_must_allow": chance.random() < 0.2}
    for layer in ("identity", "boundary", "session", "resource", "trust", "vpc_endpoint", *LEVELLED):
        if layer in ("resource", "trust"):
            found[layer] = policies(chance, layer) if layer == side else None
        elif layer in LEVELLED:
            found[layer] = [policies(chance, layer) for _ in range(chance.choice([0, 0, 0, 0, 1, 2]))]
        else:
            found[layer] = policies(chance, layer) if layer == "identity" or chance.random() < 0.3 else None
    return found  # type: ignore[return-value]  # every layer is there


def policies(chance: random.Random, layer: str) -> list[str]:
    """The texts of one layer, or of one of its levels; often with one that allows everything, so that others count."""
    found = [documents.text(chance, layer) for _ in range(chance.choice([0, 1, 1, 2]))]
    if chance.random() < OPEN.get(layer, 0.7):
        # Last, as a rule: what stands before is looked at first.
        found.insert(len(found) if chance.random() < 0.8 else 0, documents.everything(layer))
    return found


def requests(chance: random.Random, of: World, count: int) -> list[Request]:
    """Requests that meet what a world's policies say, nearly or exactly."""
    said = _Said(of)
    return [_request(chance, said) for _ in range(count)]


class _Said:
    """What the policies of a world say: their statements, and the values that they compare each key with."""

    def __init__(self, of: World) -> None:
        self.statements: list[dict[str, Any]] = []
        self.values: dict[str, list[str]] = {"a:text": [], "a:multi": []}
        for layer, content in of.items():
            if layer == "resource_must_allow" or content is None:
                continue
            for each in content:  # type: ignore[attr-defined]  # a list: None and the flag are left out above
                for written in [each] if isinstance(each, str) else each:
                    self._hear(written)

    def _hear(self, written: str) -> None:
        try:
            document = json.loads(written)
        except ValueError:
            return
        found = document.get("Statement", []) if isinstance(document, dict) else []
        for statement in _listed(found):
            if isinstance(statement, dict):
                self.statements.append(statement)
                for key, values in compared(statement):
                    self.values.setdefault(key, []).extend(values)


def compared(statement: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """The condition keys of a statement, sound or not, with the values that each is compared with."""
    conditions = statement.get("Condition")
    for tests in conditions.values() if isinstance(conditions, dict) else ():
        for key, values in tests.items() if isinstance(tests, dict) else ():
            yield key.lower(), [each if isinstance(each, str) else json.dumps(each) for each in _listed(values)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _request(chance: random.Random, said: _Said) -> Request:
    # Most requests are made for one statement, so that the rest of it is looked at too.
    meant = chance.choice(said.statements) if said.statements and chance.random() < 0.7 else {}
    its_values = dict(compared(meant))
    keys: Keys = {}
    for key, heard in said.values.items():
        found = _values(chance, key, its_values.get(key, heard))
        if found is not None:
            keys[key] = found
    return {
        "action": _aimed(chance, meant, "Action", ACTIONS, keys),
        "resource": _aimed(chance, meant, "Resource", RESOURCES, keys),
        "resource_account": chance.choice([None, ACCOUNT, ACCOUNT, ACCOUNT, FOREIGN]),
        "caller": _caller(chance, meant),
        "keys": keys,
    }


def _aimed(chance: random.Random, meant: dict[str, Any], element: str, usual: list[str], keys: Keys) -> str:
    """An action or a resource that a statement's element says, or nearly, or a usual one."""
    patterns = [each for each in _listed(meant.get(element, [])) if isinstance(each, str)]
    if not patterns or chance.random() < 0.2:
        return chance.choice(usual)
    chosen = chance.choice(patterns)
    if element == "Resource" and chance.random() < 0.15:
        return f"arn:aws:s3:::{made_up.text(chance)}"
    return chance.choice(usual) if chosen == "*" else near(chance, chosen, keys)


def _caller(chance: random.Random, meant: dict[str, Any]) -> Caller:
    """Somebody whom a statement's Principal names, or anybody."""
    named = meant.get("Principal", meant.get("NotPrincipal"))
    names = {str(name) for each in named.values() for name in _listed(each)} if isinstance(named, dict) else set()
    reached = [each for each in CALLERS if names & {each["arn"], each["id"], each["parent_arn"], *each["names"]}]
    return chance.choice(reached if reached and chance.random() < 0.5 else CALLERS)


def _values(chance: random.Random, key: str, heard: list[str]) -> Values | None:
    """What a request has for a key: nothing, one value, several, or an empty set."""
    drawn = chance.random()
    if drawn < 0.2:
        return None
    if drawn < 0.33:
        return chance.choice([(), ("",)])

    make = made_up.OF_REQUESTS.get(key.removeprefix("a:"), made_up.text)

    def one() -> str:
        if chance.random() < 0.2:
            return make(chance)
        if heard and chance.random() < 0.8:
            return near(chance, chance.choice(heard), {})
        return chance.choice(documents.VALUES[chance.choice(list(documents.VALUES))] + ODD_TEXTS)

    if drawn < 0.7 and key != "a:multi":
        return one()
    return tuple(one() for _ in range(chance.choice([1, 2, 2, 3]) if drawn < 0.995 else chance.randint(10, 40)))


def near(chance: random.Random, pattern: str, keys: Keys) -> str:
    """A text that a pattern was made for, or nearly: wildcards and variables filled in, and now and then a slip."""

    def fill(found: re.Match[str]) -> str:
        if found[0] == "*":
            if chance.random() < 0.3:
                return made_up.text(chance)
            return chance.choice(["", "x", "*", "o/p", "a:b", ":", "ab" * 20, "a" * 90])
        if found[0] == "?":
            return chance.choice(["x", "?", "*", "", ":"])
        value = keys.get(found[1].partition(",")[0].lower())
        return value if isinstance(value, str) else chance.choice([found[0], found[1], "ab", ""])

    text = re.sub(r"\$\{([^}]*)\}|[*?]", fill, pattern) if chance.random() < 0.9 else pattern
    if chance.random() < 0.75:
        return text
    place = chance.randrange(len(text) + 1)
    return chance.choice(
        [
            text.swapcase(),
            text[:place] + text[place + 1 :],
            text[:place] + chance.choice("*?:/a0.") + text[place:],
            re.sub(r"[0-9](?!.*[0-9])", lambda digit: str((int(digit[0]) + 1) % 10), text),
        ]
    )
