"""ApplyChanges, the operation behind `bailiwick import`, as boto3 sees it."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.attack.events import events
from tests.user.client import Aws
from tests.user.refusals import refused
from tests.user.server import Server, run
from tests.user.test_can_and_explain import Terminal


def change(operation: str, **parameters: object) -> dict[str, str]:
    return {"Operation": operation, "Parameters": json.dumps(parameters)}


def test_changes_are_made_in_order_all_or_none(aws: Aws) -> None:
    own, iam = aws.admin("bailiwick"), aws.admin("iam")
    changes = [change("CreateGroup", GroupName="g"), change("CreateUser", UserName="u")]
    changes += [change("AddUserToGroup", GroupName="g", UserName="u"), change("CreateUser", UserName="u")]

    refused_all = own.apply_changes(Changes=changes)
    assert refused_all["Applied"] is False
    assert [(each["Index"], each["Code"]) for each in refused_all["Refusals"]] == [(3, "EntityAlreadyExists")]
    with refused("NoSuchEntity"):
        iam.get_group(GroupName="g")

    assert own.apply_changes(Changes=changes[:3], DryRun=True)["Refusals"] == []
    with refused("NoSuchEntity"):
        iam.get_group(GroupName="g")

    assert own.apply_changes(Changes=changes[:3])["Applied"] is True
    assert [each["UserName"] for each in iam.get_group(GroupName="g")["Users"]] == ["u"]


def test_what_is_taken_away_takes_effect_at_once(aws: Aws) -> None:
    """A later change is decided by the caller's policies as the earlier ones have left them."""
    iam = aws.admin("iam")
    ana = aws.user("ana", allow=["bailiwick:ApplyChanges", "iam:*"])

    reply = ana.client("bailiwick").apply_changes(
        Changes=[change("DeleteUserPolicy", UserName="ana", PolicyName="given-0"), change("CreateUser", UserName="eve")]
    )

    assert [(each["Index"], each["Code"]) for each in reply["Refusals"]] == [(1, "AccessDenied")]
    assert iam.list_user_policies(UserName="ana")["PolicyNames"] == ["given-0"]


def test_others_are_answered_while_many_changes_are_made(aws: Aws, other: Aws) -> None:
    """Also when whoever makes them has much to be read again, because the first is to itself."""
    ana = aws.user("ana", allow=["bailiwick:ApplyChanges", "iam:TagUser"])
    for number in range(10):
        aws.group(f"group-{number}", members=[ana], allow=[f"s3:Get{each}*" for each in range(300)])
    changes = [change("TagUser", UserName="ana", Tags=[{"Key": "team", "Value": "red"}])]
    changes += [change("CreateUser", UserName=f"user-{number}") for number in range(4_000)]
    sts = other.admin("sts")
    sts.get_caller_identity()

    with ThreadPoolExecutor(1) as pool:
        made = pool.submit(ana.client("bailiwick").apply_changes, Changes=changes, DryRun=True)
        answered = 0
        while not made.done():
            sts.get_caller_identity()
            answered += 1

    refusals = made.result()["Refusals"]
    assert [each["Index"] for each in refusals] == list(range(1, 4_001))
    assert answered >= 5  # of a few hundred; it is one where the changes hold the server


@pytest.mark.parametrize(
    "operation",
    [
        *["GetUser", "ListUsers", "CreateAccessKey", "CreateLoginProfile", "CreateVirtualMFADevice", "NoSuch"],
        *["EnableMFADevice", "ResyncMFADevice"],  # a refusal of these keeps its count of wrong codes
    ],
)
def test_what_reads_or_has_secrets_is_no_change(aws: Aws, operation: str) -> None:
    with refused("InvalidInput", having=operation):
        aws.admin("bailiwick").apply_changes(Changes=[change(operation, UserName="ana")])


def test_parameters_are_read_as_the_model_has_them(aws: Aws) -> None:
    own = aws.admin("bailiwick")
    changes = [
        {"Operation": "CreateUser", "Parameters": "nonsense"},
        change("CreateUser", UserName=["a", "list"]),
        change("CreateUser", UserName="x" * 65),
        change("CreateUser"),
    ]

    refusals = own.apply_changes(Changes=changes)["Refusals"]

    assert [each["Code"] for each in refusals] == ["SerializationException"] * 2 + ["ValidationError"] * 2


def test_a_session_that_may_not_call_iam_may_make_no_changes(aws: Aws) -> None:
    issued = aws.admin("sts").get_session_token()["Credentials"]

    with refused("UnrecognizedClientException"):
        aws.client("bailiwick", issued).apply_changes(Changes=[change("CreateUser", UserName="eve")])


def test_without_files_there_is_nothing_to_import(aws: Aws, tmp_path: Path) -> None:
    done = run("import", environment=Terminal(aws, tmp_path).environment)

    assert done.returncode == 2
    assert "import needs --from-authorization-details" in done.stderr


def test_the_event_of_many_refusals_tells_of_some(aws: Aws, server: Server) -> None:
    ana = aws.user("ana", allow=["bailiwick:ApplyChanges"])
    changes = [change("CreateUser", UserName=f"u{number}") for number in range(300)]

    reply = ana.client("bailiwick").apply_changes(Changes=changes)

    assert len(reply["Refusals"]) == 300
    request_id = reply["ResponseMetadata"]["RequestId"]
    deadline = time.monotonic() + 20
    while not (found := [each for each in events(server.database_url) if each.get("requestID") == request_id]):
        assert time.monotonic() < deadline, "the event is missing"
    [event] = found
    decisions = event["bailiwick"]["decisions"]
    assert len(decisions) == 100
    assert [each["effect"] for each in decisions] == ["Allow", *["Deny"] * 99]
