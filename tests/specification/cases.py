"""Cases that collide on purpose: requests are made of what the policies themselves say.

Everything is drawn from a `random.Random`, so that the same code makes the few cases of a test and the many of a long
run, and a seed makes the same case again.
"""

import json
import random
import re
from typing import Any

from tests.specification import documents
from tests.specification.documents import ACCOUNT, FEDERATED_ARN, FOREIGN, ROLE_ARN, ROOT_ARN, SESSION_ARN, USER_ARN
from tests.specification.world import Caller, Keys, Request, Values, World

LEVELLED = ("scps", "rcps", "scope_downs")
ODD_TEXTS = ["", "*", "?", "a", "A", "ab", "aab", "b/x", "${a:text}", "${*}", "é", "É", "ß", "a\nb", "true", "10", "$"]
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
    """The policies of one case: some layers there, some not."""
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
    """The texts of one layer, or of one of its levels; often with one that allows everything."""
    found = [documents.text(chance, layer) for _ in range(chance.choice([0, 1, 1, 2]))]
    if layer not in ("resource", "trust") and chance.random() < 0.7:
        found.insert(chance.randrange(len(found) + 1), documents.everything(layer))
    return found


def requests(chance: random.Random, of: World, count: int) -> list[Request]:
    """Requests that meet what a world's policies say, nearly or exactly."""
    said = _Said(of)
    return [_request(chance, said) for _ in range(count)]


class _Said:
    """What the policies of a world name: the patterns of their actions and resources, and each key's values."""

    def __init__(self, of: World) -> None:
        self.actions: list[str] = list(ACTIONS)
        self.resources: list[str] = list(RESOURCES)
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
        statements = document.get("Statement", []) if isinstance(document, dict) else []
        for statement in statements if isinstance(statements, list) else [statements]:
            if not isinstance(statement, dict):
                continue
            for name, into in (("Action", self.actions), ("Resource", self.resources)):
                for element in (name, f"Not{name}"):
                    into += [each for each in _listed(statement.get(element, [])) if isinstance(each, str)]
            conditions = statement.get("Condition")
            for tests in conditions.values() if isinstance(conditions, dict) else ():
                for key, values in tests.items() if isinstance(tests, dict) else ():
                    heard = self.values.setdefault(key.lower(), [])
                    heard += [each if isinstance(each, str) else json.dumps(each) for each in _listed(values)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _request(chance: random.Random, said: _Said) -> Request:
    keys: Keys = {}
    for key, heard in said.values.items():
        found = _values(chance, key, heard)
        if found is not None:
            keys[key] = found
    action = chance.choice(ACTIONS) if chance.random() < 0.7 else near(chance, chance.choice(said.actions), keys)
    resource = chance.choice(RESOURCES) if chance.random() < 0.4 else near(chance, chance.choice(said.resources), keys)
    return {
        "action": action,
        "resource": resource,
        "resource_account": chance.choice([None, ACCOUNT, ACCOUNT, ACCOUNT, FOREIGN]),
        "caller": chance.choice(CALLERS),
        "keys": keys,
    }


def _values(chance: random.Random, key: str, heard: list[str]) -> Values | None:
    """What a request has for a key: nothing, one value, several, or an empty set."""
    drawn = chance.random()
    if drawn < 0.22:
        return None
    if drawn < 0.27:
        return chance.choice([(), ("",)])

    def one() -> str:
        if heard and chance.random() < 0.8:
            return near(chance, chance.choice(heard), {})
        return chance.choice(documents.VALUES[chance.choice(list(documents.VALUES))] + ODD_TEXTS)

    if drawn < 0.75 and key != "a:multi":
        return one()
    return tuple(one() for _ in range(chance.choice([1, 2, 2, 3])))


def near(chance: random.Random, pattern: str, keys: Keys) -> str:
    """A text that a pattern was made for, or nearly: wildcards and variables filled in, and now and then a slip."""

    def fill(found: re.Match[str]) -> str:
        if found[0] == "*":
            return chance.choice(["", "x", "*", "o/p", "a:b", ":"])
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
