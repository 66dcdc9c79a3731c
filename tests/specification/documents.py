"""Policy texts of every type, drawn at random: most of them sound, a few that cannot be understood."""

import json
import random
from typing import Any

from tests.specification import made_up
from tests.specification.conditions import ADDRESSES, ARNS, DATES, LIKES, NUMBERS, OPERATORS, TEXTS
from tests.specification.reading import NAMING, SPARING

ACCOUNT, FOREIGN = "111111111111", "222222222222"
ROOT_ARN = f"arn:aws:iam::{ACCOUNT}:root"
USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/u"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/p/r"
SESSION_ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s"
FEDERATED_ARN = f"arn:aws:sts::{ACCOUNT}:federated-user/f"

ACTIONS = [
    "*", "s3:*", "s3:Get*", "S3:getobject", "s3:Get?bject", "s3:GetObject", "s3:*Object*", "s?:*", "*:GetUser", "iam:*",
    "iam:Get?ser", "s3:Put*", "sts:AssumeRole", "sts:*", "s3:Get", "?*", "s3:*t*t*",
]  # fmt: skip
RESOURCES = [
    "*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/o", "arn:aws:s3:::b", "arn:aws:s3", "arn:aws:s3:::*", "arn:aws:s3:::b/?",
    "arn:aws:s3:::${a:text}/o", "arn:aws:s3:::b/${a:text}*", "arn:aws:s3:::b/${*}", "arn:aws:s3::${a:text}:b/o",
    "arn:aws:s3:::${A:Tag/Team, 'b'}/o", "arn:aws:sqs:*:111111111111:q", "arn:aws:sqs:*:q", "arn:*o", "${a:text}", "?",
    "arn:aws:s3:::${a:multi}/*", "arn:aws:s3:::b/${a:none}", "arn:aws:s3:::${", "arn:aws:s3:::*/*o", "arn:aws:s3:::?/?",
    "arn:aws:s3:::B/o", "arn:aws:*", "arn:aws:s3:::${?}${$}", "arn:aws:s3:::b*/${a:text}/?*",
]  # fmt: skip
NAMES = [
    "*", ACCOUNT, ROOT_ARN, FOREIGN, USER_ARN, ROLE_ARN, SESSION_ARN, FEDERATED_ARN, "AIDAU", "AROAR", "AROAR:s",
    "AIDAV", f"arn:aws:iam::{ACCOUNT}:user/p/v", f"arn:aws:iam::{FOREIGN}:root", f"arn:aws:iam::{ACCOUNT}:role/r",
]  # fmt: skip
WHOLE = [
    [[ACCOUNT, ROOT_ARN], [USER_ARN, "AIDAU"]],
    [[ACCOUNT, ROOT_ARN], [SESSION_ARN, "AROAR:s"], [ROLE_ARN, "AROAR"]],
    [[ACCOUNT, ROOT_ARN], [FEDERATED_ARN]],
]
"""Every identity of a caller, each in all its forms: what a NotPrincipal must list to spare it."""
OTHERS = {
    "Service": ["logs.amazonaws.com", "logs.eu-west-1.amazonaws.com", "ec2.amazonaws.com"],
    "Federated": ["accounts.google.com", f"arn:aws:iam::{ACCOUNT}:saml-provider/N"],
    "CanonicalUser": ["0" * 64],
}
TEXT_VALUES = [
    "a", "A", "ab", "*", "a*", "*b", "?", "a?", "${a:text}", "${a:text}*", "x${a:text}", "${a:none, 'ab'}", "${*}", "",
    "${?}", "${$}", "${", "${a:multi}", "${A:TAG/team, 'A b'}", "*a*b*", "${a:text, 'ab'}?", "${a:none}", "É", "ß",
    "a\nb", "${a:none,'ab'}", "${ a:text}", "a**b", "??", "${a:tag/Team}${a:text}",
    "${a:none, ''}", "x${a:none, '*'}", "${a:none, '${a:text}'}", "${a:none,  'ab'}", "${a:none, 'a}'}", "$${a:text}",
    "${}", "${a:text }", "${a:text, ab}", "${A:TEXT}?", "İ", "i̇", "SS",
]  # fmt: skip
VALUES = {
    "text": TEXT_VALUES,
    "arn": [
        "*", USER_ARN, "arn:aws:iam::*:user/*", "arn:aws:*:user/u", "arn:aws:iam::111111111111:user/?", "${a:arn}",
        "arn:aws:iam::${a:text}:role/*", "arn:*:*:*:*:*", "arn:aws:iam::111111111111:*/r", "arn:aws:iam", "a",
        "arn:aws*", "arn:aws:s3:::b:c/*", "arn:aws:s3:::${a:text}", "${a:text}",
        "arn:aws:iam::111111111111:role/${*}", "*:*:*:*:*:*",
    ],
    "number": [
        "10", "10.0", "010", "-1", "+1", "1e1", "1E1", ".5", "0.5", "5.", "1e-2", "9", "11", "abc", "", "1,0", "0x1",
        "0", "-0", "1e4444", "123456789012345678901234567890", "1_0", "١",
    ],
    "date": [
        "2026", "2026-11", "2026-11-24", "2026-11-24T10:00Z", "2026-11-24T10:00:00Z", "2026-11-24T10:00:00.123Z",
        "2026-11-24T11:00:00+01:00", "2026-11-24T10:00:00", "1795514400", "1795514400.5", "-1", "2026-02-30", "2026-13",
        "2026-11-24T24:00Z", "2026-11-24 10:00:00Z", "0000-01-01", "9999-12-31T23:59:59-23:59", "yesterday", "",
        "0001-01-01T00:00:00+23:59", "20261124", "2026-11-24T10:00:60Z", "2026-11-24T10:00+24:00",
        "2026-11-24T10:00-01:60", "2026-11-24T10:00:00.1234567891Z",
    ],
    "bool": ["true", "false", "TRUE", "False", "1", "yes", "${a:text}", ""],
    "octets": ["aGk=", "aGk", "aGl=", "aGk=\n", "", "QQ==", "QR==", "é"],
    "ip": [
        "10.0.0.0/8", "10.1.2.3", "10.1.2.3/32", "10.1.2.3/0", "10.1.2.3/33", "010.1.2.3", "203.0.113.0/24",
        "256.1.1.1",
        "::1", "2001:db8::/32", "2001:DB8:0::1", "::ffff:10.1.2.3", "fe80::1%eth0", "10.0.0.0/255.0.0.0", "::/0",
        "10.1", "10.1.2.3/08", "2001:db8::1/129", "",
    ],
}  # fmt: skip
FAMILIES = {
    "text": (*TEXTS, *LIKES),
    "arn": ARNS,
    "number": NUMBERS,
    "date": DATES,
    "bool": ("Bool",),
    "octets": ("BinaryEquals",),
    "ip": ADDRESSES,
}
FAMILY_OF_OPERATOR = [(family, operator) for family, operators in FAMILIES.items() for operator in operators]
KEYS = {
    "text": ["a:text", "A:Text", "a:tag/team", "a:Tag/Team", "a:multi"],
    **{family: [f"a:{family}", f"A:{family.upper()}"] for family in FAMILIES if family != "text"},
}


PIECES = ["a", "b", "ab", "*", "*", "?", "?", "${a:text}", "${a:multi}", "${a:none}", "${*}", "/", ":", "é", "**"]
"""What patterns are put together from; few letters, so that they often half fit."""


def pattern(chance: random.Random) -> str:
    """A pattern that nobody would write, with wildcards and variables side by side."""
    return "".join(chance.choice(PIECES) for _ in range(chance.choice([1, 2, 3, 4, 6, 9])))


def everything(layer: str) -> str:
    """A policy that allows everyone everything, so that its layer does not end every case."""
    elements: dict[str, Any] = {"Effect": "Allow", "Action": "*"}
    if layer != "trust":
        elements["Resource"] = "*"
    if layer in NAMING:
        elements["Principal"] = "*"
    return json.dumps({"Statement": elements})


def tests(chance: random.Random) -> str:
    """A policy that is about nothing but conditions: each statement is on everything."""
    statements = [
        {
            "Effect": "Allow" if chance.random() < 0.2 else "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": _condition(chance),
        }
        for _ in range(6)
    ]
    return json.dumps({"Version": chance.choice(["2008-10-17", *["2012-10-17"] * 3]), "Statement": statements})


def text(chance: random.Random, layer: str) -> str:
    """A policy of one layer's type."""
    # Now and then so many that the engine finds them by their resources.
    count = chance.choice([1, 1, 2, 3]) if chance.random() < 0.98 else chance.randint(10, 24)
    statements = [_statement(chance, layer) for _ in range(count)]
    document: dict[str, Any] = {
        "Statement": statements if len(statements) > 1 or chance.random() < 0.5 else statements[0]
    }
    version = chance.choice([None, "2008-10-17", "2012-10-17", "2012-10-17", "2012-10-17"])
    if version is not None:
        document["Version"] = version
    if chance.random() < 0.04:
        return _spoiled(chance, document, statements[0])
    return json.dumps(document, indent=chance.choice([None, None, 1]), ensure_ascii=chance.random() < 0.5)


def _statement(chance: random.Random, layer: str) -> dict[str, Any]:
    found: dict[str, Any] = {"Effect": "Deny" if chance.random() < 0.25 else "Allow"}
    found["NotAction" if chance.random() < 0.15 else "Action"] = _some(chance, ACTIONS)
    if layer != "trust":
        found["NotResource" if chance.random() < 0.15 else "Resource"] = _resources(chance)
    if layer in NAMING:
        # Most with Deny: with Allow AWS takes it no longer.
        spares = layer in SPARING and chance.random() < (0.5 if found["Effect"] == "Deny" else 0.03)
        found["NotPrincipal" if spares else "Principal"] = (_spared if spares else _principal)(chance)
    if chance.random() < (0.9 if found["Effect"] == "Deny" else 0.6):
        found["Condition"] = _condition(chance)
    if chance.random() < 0.2:
        found["Sid"] = chance.choice(["", "S", "two words"])
    return found


def _some(chance: random.Random, values: list[str], most: int = 2) -> str | list[str]:
    found = [chance.choice(values) for _ in range(chance.randint(1, most))]
    return found[0] if len(found) == 1 and chance.random() < 0.5 else found


def _many(chance: random.Random, values: list[str], before: str = "") -> list[str]:
    """A long list, mostly of patterns, as the engine matches them together."""
    made = [before + pattern(chance) for _ in range(chance.randint(9, 40))]
    return [*made, *(chance.choice(values) for _ in range(3))]


def _resources(chance: random.Random) -> str | list[str]:
    drawn = chance.random()
    if drawn < 0.03:
        return _many(chance, RESOURCES, "arn:aws:s3:::")
    if drawn < 0.2:
        return "arn:aws:s3:::" + chance.choice([pattern, made_up.pattern])(chance)
    return _some(chance, RESOURCES)


def _spared(chance: random.Random) -> Any:
    """A NotPrincipal, mostly one that lists a caller in whole, or nearly."""
    if chance.random() < 0.4:
        return _principal(chance, most=6)
    listed = [chance.choice(forms) for forms in chance.choice(WHOLE) if chance.random() < 0.9]
    return {"AWS": listed or [ROOT_ARN]}


def _principal(chance: random.Random, *, most: int = 3) -> Any:
    if chance.random() < 0.25:
        return "*"
    found: dict[str, Any] = {}
    if chance.random() < 0.9:
        found["AWS"] = _some(chance, NAMES, most)
    for kind, names in OTHERS.items():
        if chance.random() < 0.2:
            found[kind] = _some(chance, names)
    return found


def _condition(chance: random.Random) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        family, operator = chance.choice(FAMILY_OF_OPERATOR)
        # Now and then a key of another type than the operator's.
        key = chance.choice(KEYS[family if chance.random() < 0.93 else chance.choice(list(FAMILIES))])
        if chance.random() < 0.04:
            found.setdefault("Null", {})[key] = chance.choice(
                ["true", "false", True, "TRUE", ["true", "false"], "no", []]
            )
            continue
        name = chance.choice(["", "ForAllValues:", "ForAnyValue:"]) + operator + chance.choice(["", "IfExists"])
        found.setdefault(name, {})[key] = _condition_values(chance, family)
    return found


def _condition_values(chance: random.Random, family: str) -> Any:
    make = made_up.OF_POLICIES.get(family)
    if make is not None and chance.random() < 0.25:
        made = [make(chance) for _ in range(chance.choice([1, 1, 2, 3, 12]))]
        return made if len(made) > 1 else made[0]
    drawn = chance.random()
    if family in ("text", "arn") and drawn < 0.2:
        before = "" if family == "text" else "arn:aws:s3:::"
        return _many(chance, VALUES[family], before) if drawn < 0.04 else before + pattern(chance)
    if family in ("number", "date") and drawn < 0.1:
        return chance.choice([10, 10.0, 1e1, 1795514400, -1, 0.5])
    if family == "bool" and drawn < 0.3:
        return chance.choice([True, False, [True, "false"]])
    return [] if drawn > 0.99 else _some(chance, VALUES[family], 3 if drawn < 0.9 else 12)


def _spoiled(chance: random.Random, document: dict[str, Any], statement: dict[str, Any]) -> str:
    """A text that is no policy, or none of its layer's type."""
    faults: list[dict[str, Any]] = [
        {"Effect": chance.choice(["allow", "", None, 1])},
        {"Action": [], "NotAction": []},
        {"Action": chance.choice([[], 5, None, {}, [None]])},
        {"Resource": chance.choice([[], 5, None, True]), "NotResource": "*"},
        {
            "Principal": chance.choice(
                [
                    {"AWS": "*x"},
                    {"Group": "g"},
                    "x",
                    [],
                    {},
                    {"AWS": []},
                    {"Service": "*"},
                    {"Federated": "x.?"},
                    {"AWS": f"arn:aws:iam::{ACCOUNT}:group/g"},
                    {"AWS": f"arn:aws:iam::{ACCOUNT}:user/*"},
                    {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/r/?"},
                    {"AWS": "AIDA*"},
                ]
            )
        },
        {
            "Condition": {
                chance.choice(["StringEqual", "stringequals", "ForAll:Bool", "NullIfExists", ""]): {"a:text": "a"}
            }
        },
        {"Condition": {chance.choice(OPERATORS): {"a:text": chance.choice([None, {}, [[]], [None]])}}},
        {"Condition": chance.choice([[], "x", {"Bool": []}])},
        {"Principal": "*"},
        {"NotPrincipal": {"AWS": "*"}},
        {"Resource": "*"},
        {"More": 1},
        {"Sid": chance.choice([5, float("nan"), float("inf")])},
    ]
    drawn = chance.random()
    if drawn < 0.6:
        statement.update(chance.choice(faults))
    elif drawn < 0.7:
        document["Version"] = chance.choice(["2012-10-18", 2012, None, ""])
    elif drawn < 0.8:
        document["Statement"] = chance.choice([[], None, "x", [[]], {}])
    written = json.dumps(document)
    if drawn < 0.8:
        return written
    place = chance.randrange(len(written))
    return chance.choice(
        [
            written[:place] + written[place + 1 :],
            written.replace('"Effect": "', '"Effect": "Deny", "Effect": "', 1),
            written.replace('"a:', '"a:text": "a", "a:text": "a", "a:', 1),
            written.replace('"Version"', '"version"', 1) + " ",
            written[:-1] + chance.choice(["", ",}", "}x", "}" * 2]),
            written.replace("s3:", "s\\ud800:", 1),
            written.replace("s3:", "\u0130:", 1),
            "[" * 40 + written + "]" * 40,
        ]
    )
