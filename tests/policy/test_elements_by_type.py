"""Which element each type of policy must have, may have and may not have: every cell of AWS's table.

Source: IAM User Guide, "JSON policy element reference"; Organizations User Guide, "SCP syntax" and "RCP syntax".
"""

import json
from typing import Any

import pytest

from bailiwick.policy import PolicySyntaxError, PolicyType, check

ACCOUNT = "111111111111"
COLUMNS = (
    PolicyType.INLINE,
    PolicyType.MANAGED,
    PolicyType.SESSION,
    PolicyType.RESOURCE,
    PolicyType.TRUST,
    PolicyType.SERVICE_CONTROL,
    PolicyType.RESOURCE_CONTROL,
    PolicyType.VPC_ENDPOINT,
)
# must: refused without it; may: taken with and without; no: refused with it.
TABLE = """
               inline  managed  session  resource  trust  scp   rcp   endpoint
Version        may     must     may      may       may    may   must  may
Id             no      no       no       may       may    no    no    may
Sid            may     may      may      may       may    may   may   may
Effect         must    must     must     must      must   must  must  must
Principal      no      no       no       must      must   no    must  must
NotPrincipal   no      no       no       instead   no     no    no    instead
Action         must    must     must     must      must   must  must  must
NotAction      instead instead  instead  instead   instead instead no instead
Resource       must    must     must     must      no     must  must  must
NotResource    instead instead  instead  instead   no     instead instead instead
Condition      may     may      may      may       may    may   may   may
"""
CELLS = [
    (policy_type, name, rule)
    for name, *rules in (line.split() for line in TABLE.strip().split("\n")[1:])
    for policy_type, rule in zip(COLUMNS, rules, strict=True)
]
OPPOSITES = {"NotPrincipal": "Principal", "NotAction": "Action", "NotResource": "Resource"}
WITH_PRINCIPAL = (
    PolicyType.RESOURCE,
    PolicyType.TRUST,
    PolicyType.RESOURCE_CONTROL,
    PolicyType.VPC_ENDPOINT,
)


def values(policy_type: PolicyType) -> dict[str, Any]:
    """A good value for each element, where it may stand."""
    action = "sts:AssumeRole" if policy_type is PolicyType.TRUST else "s3:GetObject"
    principal: Any = "*" if policy_type is PolicyType.RESOURCE_CONTROL else {"AWS": ACCOUNT}
    return {
        "Version": "2012-10-17",
        "Id": "an id",
        "Sid": "One",
        "Effect": "Deny",
        "Principal": principal,
        "NotPrincipal": {"AWS": ACCOUNT},
        "Action": action,
        "NotAction": action,
        "Resource": "*",
        "NotResource": "arn:aws:s3:::b",
        "Condition": {"StringEquals": {"aws:username": "ana"}},
    }


def policy(policy_type: PolicyType, *, add: str | None = None, without: str | None = None) -> str:
    """The smallest sound policy of the type, with an element more or less."""
    elements = {"Version", "Effect", "Action"}
    elements |= {"Principal"} if policy_type in WITH_PRINCIPAL else set()
    elements |= {"Resource"} if policy_type is not PolicyType.TRUST else set()
    elements = (elements | {add} if add else elements) - {without}
    written = {name: value for name, value in values(policy_type).items() if name in elements}
    top = {name: written.pop(name) for name in ("Version", "Id") if name in written}
    return json.dumps({**top, "Statement": written})


def is_taken(text: str, policy_type: PolicyType) -> bool:
    try:
        check(text, policy_type)
    except PolicySyntaxError:
        return False
    return True


@pytest.mark.parametrize(("policy_type", "name", "rule"), CELLS)
def test_each_element_stands_where_it_may(policy_type: PolicyType, name: str, rule: str) -> None:
    opposite = OPPOSITES.get(name)
    with_it = is_taken(policy(policy_type, add=name), policy_type)
    without_it = is_taken(policy(policy_type, without=name), policy_type)
    in_its_stead = is_taken(policy(policy_type, add=name, without=opposite), policy_type)

    match rule:
        case "must":
            assert (with_it, without_it) == (True, False)
        case "may":
            assert (with_it, without_it) == (True, True)
        case "no":
            assert (with_it, without_it, in_its_stead) == (False, True, False)
        case _:
            assert rule == "instead"
            assert (with_it, in_its_stead) == (False, True)


@pytest.mark.parametrize("policy_type", COLUMNS)
def test_no_other_element_stands_anywhere(policy_type: PolicyType) -> None:
    for name in ("effect", "Actions", "Comment", "Statement", ""):
        document = json.loads(policy(policy_type))
        document["Statement"][name] = "x"
        assert not is_taken(json.dumps(document), policy_type)


@pytest.mark.parametrize("policy_type", COLUMNS)
@pytest.mark.parametrize("version", ["2008-10-17", "2012-10-17", "2012-10-18", "2015-01-01", "", "v1"])
def test_there_are_two_versions_of_the_language(policy_type: PolicyType, version: str) -> None:
    document = json.loads(policy(policy_type)) | {"Version": version}
    newest_only = policy_type in (PolicyType.MANAGED, PolicyType.RESOURCE_CONTROL)

    taken = is_taken(json.dumps(document), policy_type)

    assert taken == (version == "2012-10-17" or (version == "2008-10-17" and not newest_only))


@pytest.mark.parametrize("policy_type", [PolicyType.RESOURCE, PolicyType.VPC_ENDPOINT])
def test_not_principal_goes_with_deny_only(policy_type: PolicyType) -> None:
    document = json.loads(policy(policy_type, add="NotPrincipal", without="Principal"))
    document["Statement"]["Effect"] = "Allow"

    assert not is_taken(json.dumps(document), policy_type)


@pytest.mark.parametrize(
    ("policy_type", "name"),
    [
        (policy_type, name)
        for policy_type, name, rule in CELLS
        if name in {"Action", "Resource", "Principal"} and rule == "must"
    ],
)
def test_an_element_that_must_be_there_is_not_empty(policy_type: PolicyType, name: str) -> None:
    document = json.loads(policy(policy_type))
    document["Statement"][name] = {} if name == "Principal" else []

    assert not is_taken(json.dumps(document), policy_type)
