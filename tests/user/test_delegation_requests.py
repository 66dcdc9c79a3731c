"""Delegation requests from both sides, as boto3 sees them: who asks, who takes it, who approves, and what is sent."""

import asyncio
import base64
import hashlib
import json
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError

from bailiwick.iam.delegation_requests.lifecycle import Approver
from tests.user.client import Aws
from tests.user.delegations import TEMPLATE, Sides, kept, reading_and_writing, shown, two_sides
from tests.user.operation_calls import delegation
from tests.user.refusals import denial_of, refused
from tests.user.root_sessions import root_keys
from tests.user.server import Server


@pytest.fixture
def sides(aws: Aws) -> Sides:
    return two_sides(aws)


def state(client: Any, request: str) -> str:
    return str(shown(client, request)["State"])


# Asking


def test_a_request_is_shown_with_what_it_asks_for(sides: Sides) -> None:
    made = sides.partner.admin("iam").create_delegation_request(
        **delegation(sides.template, "workflow-1")
        | {
            "OwnerAccountId": sides.customer.account_id,
            "RequestMessage": "As we said.",
            "RedirectUrl": "https://partner.example.com/done",
            "OnlySendByOwner": True,
            "Permissions": {
                "PolicyTemplateArn": sides.template,
                "Parameters": [{"Name": "bucketName", "Values": ["data"], "Type": "string"}],
            },
        }
    )

    request = made["DelegationRequestId"]
    assert str(uuid.UUID(request)) == request
    assert made["ConsoleDeepLink"].startswith(f"http://localhost:4260/console/delegation-requests/{request}?seal=")
    found = shown(sides.admin, request)
    created = found.pop("CreateDate")
    assert found.pop("ExpirationTime") - created == timedelta(days=1)
    assert found.pop("UpdatedTime") == created
    assert json.loads(found.pop("PermissionPolicy")) == reading_and_writing("data")
    assert found.pop("RequestorName")
    assert found == {
        "DelegationRequestId": request,
        "OwnerAccountId": sides.customer.account_id,
        "Description": "Sets up the product.",
        "RequestMessage": "As we said.",
        "Permissions": {
            "PolicyTemplateArn": sides.template,
            "Parameters": [{"Name": "bucketName", "Values": ["data"], "Type": "string"}],
        },
        "State": "UNASSIGNED",
        "RequestorId": sides.partner.account_id,
        "SessionDuration": 3600,
        "RedirectUrl": "https://partner.example.com/done",
        "OnlySendByOwner": True,
    }


def test_a_workflow_id_serves_one_request_of_an_account(sides: Sides) -> None:
    sides.ask("workflow-1")

    with refused("EntityAlreadyExists", "Delegation request with requestor workflow id workflow-1 already exists."):
        sides.ask("workflow-1")


@pytest.mark.parametrize(
    ("changed", "having"),
    [
        ({"NotificationChannel": "arn:aws:sqs:us-east-1:111122223333:queue"}, "topic of Amazon SNS"),
        ({"Permissions": {"Parameters": [{"Name": "bucketName", "Values": ["x"]}]}}, "must name a policy template"),
        ({"Permissions": {"PolicyTemplateArn": "arn:aws:iam::aws:policy/Nothing"}}, "cannot be found"),
        ({"Permissions": {"PolicyTemplateArn": "arn:aws:iam::123456789012:role/x"}}, "is not valid"),
    ],
    ids=str,
)
def test_a_request_that_cannot_be_is_refused(sides: Sides, changed: dict[str, Any], having: str) -> None:
    with refused("InvalidInput", having=having):
        sides.ask(**changed)


def test_the_template_must_be_the_requestors_and_its_parameters_must_fit(sides: Sides) -> None:
    theirs = sides.admin.create_policy(PolicyName="theirs", PolicyDocument=TEMPLATE)["Policy"]["Arn"]

    with refused("InvalidInput", having="cannot be found"):
        sides.ask(Permissions={"PolicyTemplateArn": theirs})
    with refused("InvalidInput", having="parameter bucketName is missing"):
        sides.ask(Permissions={"PolicyTemplateArn": sides.template})


def test_parameters_of_another_form_are_refused_by_the_model(sides: Sides) -> None:
    for changed in ({"SessionDuration": 299}, {"SessionDuration": 43201}, {"RequestorWorkflowId": "four"}):
        client = sides.partner.client("iam", sides.partner.administrator, validates=False)
        with refused("ValidationError"):
            client.create_delegation_request(**{**delegation(sides.template, "workflow"), **changed})


def test_of_many_that_use_a_workflow_id_at_once_one_succeeds(sides: Sides) -> None:
    def ask(_: int) -> str:
        try:
            sides.ask("the-same")
        except ClientError as refusal:
            return str(refusal.response["Error"]["Code"])
        return "done"

    with ThreadPoolExecutor(8) as pool:
        outcomes = Counter(pool.map(ask, range(8)))

    assert outcomes == {"done": 1, "EntityAlreadyExists": 7}


# Who sees it


def test_a_request_without_an_account_is_seen_by_any_until_one_takes_it(sides: Sides) -> None:
    request = sides.ask(OwnerAccountId=None)
    third = sides.customer.other().admin("iam")
    assert "OwnerAccountId" not in shown(third, request)

    sides.admin.associate_delegation_request(DelegationRequestId=request)

    found = shown(sides.admin, request)
    assert found["OwnerAccountId"] == sides.customer.account_id
    assert found["OwnerId"] == f"arn:aws:iam::{sides.customer.account_id}:user/admin"
    assert found["State"] == "ASSIGNED"
    assert found["ExpirationTime"] - found["UpdatedTime"] == timedelta(days=7)
    for other in (third, sides.partner.admin("iam")):
        with refused("NoSuchEntity", f"The delegation request with id {request} cannot be found."):
            shown(other, request)


def test_a_request_to_one_account_is_not_there_for_others(sides: Sides) -> None:
    request = sides.ask()
    third = sides.customer.other()

    for client in (third.admin("iam"), sides.partner.admin("iam")):
        for operation in ("get", "associate", "update", "accept", "reject"):
            with refused("NoSuchEntity"):
                getattr(client, f"{operation}_delegation_request")(DelegationRequestId=request)
        with refused("NoSuchEntity"):
            client.send_delegation_token(DelegationRequestId=request)
        for account in (third.account_id, sides.customer.account_id):
            with refused("NoSuchEntity"):
                client.get_human_readable_summary(EntityArn=f"arn:aws:iam::{account}:delegation-request/{request}")


def test_the_list_shows_what_the_accounts_principals_took_page_by_page(sides: Sides) -> None:
    ana = sides.customer.user("ana", allow=["iam:AssociateDelegationRequest"])
    requests = [sides.ask(f"workflow-{number}") for number in range(5)]
    for number, request in enumerate(requests[:4]):
        client = ana.client("iam") if number % 2 else sides.admin
        client.associate_delegation_request(DelegationRequestId=request)

    first = sides.admin.list_delegation_requests(MaxItems=3)
    rest = sides.admin.list_delegation_requests(MaxItems=3, Marker=first["Marker"])

    listed = [each["DelegationRequestId"] for page in (first, rest) for each in page["DelegationRequests"]]
    assert (first["isTruncated"], rest["isTruncated"]) == (True, False)
    assert listed == requests[:4]
    of_ana = sides.admin.list_delegation_requests(OwnerId=ana.arn)["DelegationRequests"]
    assert [each["DelegationRequestId"] for each in of_ana] == requests[1:4:2]
    assert sides.partner.admin("iam").list_delegation_requests()["DelegationRequests"] == []
    with refused("ValidationError", "Invalid Marker."):
        sides.admin.list_delegation_requests(OwnerId=ana.arn, Marker=first["Marker"])


# Taking, handing on, accepting, rejecting, sending


def test_a_request_goes_from_hand_to_hand_to_its_end(sides: Sides) -> None:
    request = sides.ask()
    ana = sides.customer.user("ana", allow=["iam:AssociateDelegationRequest"])

    ana.client("iam").associate_delegation_request(DelegationRequestId=request)
    ana.client("iam").associate_delegation_request(DelegationRequestId=request)
    assert state(sides.admin, request) == "ASSIGNED"
    ana.client("iam").update_delegation_request(DelegationRequestId=request, Notes="Please look.")
    assert (state(sides.admin, request), shown(sides.admin, request)["Notes"]) == ("PENDING_APPROVAL", "Please look.")
    sides.admin.accept_delegation_request(DelegationRequestId=request)
    accepted = shown(sides.admin, request)
    assert (accepted["State"], accepted["OwnerId"]) == ("ACCEPTED", ana.arn)
    assert accepted["ApproverId"] == f"arn:aws:iam::{sides.customer.account_id}:user/admin"
    sides.admin.send_delegation_token(DelegationRequestId=request)

    assert state(sides.admin, request) == "FINALIZED"
    for operation in ("associate_delegation_request", "update_delegation_request", "reject_delegation_request"):
        with refused("InvalidInput", having="FINALIZED"):
            getattr(sides.admin, operation)(DelegationRequestId=request)
    with refused("InvalidInput", having="FINALIZED"):
        sides.admin.send_delegation_token(DelegationRequestId=request)
    with refused("ConcurrentModification", having="FINALIZED"):
        sides.admin.accept_delegation_request(DelegationRequestId=request)


@pytest.mark.parametrize("before", ["associate", "update", "accept"])
def test_a_request_can_be_rejected_until_its_token_is_sent_and_is_final_then(sides: Sides, before: str) -> None:
    request = sides.ask()
    for step in ("associate", "update", "accept"):
        getattr(sides.admin, f"{step}_delegation_request")(DelegationRequestId=request)
        if step == before:
            break

    sides.admin.reject_delegation_request(DelegationRequestId=request, Notes="Too much.")

    found = shown(sides.admin, request)
    assert (found["State"], found["RejectionReason"]) == ("REJECTED", "Too much.")
    for operation in ("associate_delegation_request", "update_delegation_request", "reject_delegation_request"):
        with refused("InvalidInput", having="REJECTED"):
            getattr(sides.admin, operation)(DelegationRequestId=request)
    with refused("InvalidInput"):
        sides.admin.send_delegation_token(DelegationRequestId=request)


def test_nothing_but_taking_it_can_be_done_with_a_request_that_nobody_took(sides: Sides) -> None:
    request = sides.ask()

    for operation in ("update_delegation_request", "reject_delegation_request", "send_delegation_token"):
        with refused("InvalidInput", having="UNASSIGNED"):
            getattr(sides.admin, operation)(DelegationRequestId=request)
    with refused("ConcurrentModification", having="UNASSIGNED"):
        sides.admin.accept_delegation_request(DelegationRequestId=request)


def test_a_token_is_sent_by_the_owner_alone_where_the_request_says_so(sides: Sides) -> None:
    request = sides.ask(OnlySendByOwner=True)
    ana = sides.customer.user("ana", allow=["iam:AssociateDelegationRequest", "iam:SendDelegationToken"])
    ana.client("iam").associate_delegation_request(DelegationRequestId=request)
    sides.admin.accept_delegation_request(DelegationRequestId=request)

    with refused("AccessDenied", having="Only the owner"):
        sides.admin.send_delegation_token(DelegationRequestId=request)
    ana.client("iam").send_delegation_token(DelegationRequestId=request)

    assert state(sides.admin, request) == "FINALIZED"


def test_of_many_that_take_a_request_at_once_one_does(sides: Sides) -> None:
    request = sides.ask(OwnerAccountId=None)
    clients = [sides.customer.other().admin("iam") for _ in range(6)]

    def take(client: Any) -> str:
        try:
            client.associate_delegation_request(DelegationRequestId=request)
        except ClientError as refusal:
            return str(refusal.response["Error"]["Code"])
        return "done"

    with ThreadPoolExecutor(len(clients)) as pool:
        outcomes = Counter(pool.map(take, clients))

    assert outcomes == {"done": 1, "NoSuchEntity": 5}


def test_accepted_and_rejected_at_once_a_request_ends_in_one_way(sides: Sides) -> None:
    for number in range(8):
        request = sides.ask(f"workflow-{number}")
        sides.admin.associate_delegation_request(DelegationRequestId=request)
        sides.admin.accept_delegation_request(DelegationRequestId=request)

        def attempt(operation: str, request: str = request) -> str:
            try:
                getattr(sides.admin, operation)(DelegationRequestId=request)
            except ClientError as refusal:
                return str(refusal.response["Error"]["Code"])
            return "done"

        with ThreadPoolExecutor(2) as pool:
            sent, rejected = pool.map(attempt, ("send_delegation_token", "reject_delegation_request"))

        ends = {("done", "InvalidInput"): "FINALIZED", ("InvalidInput", "done"): "REJECTED"}
        assert state(sides.admin, request) == ends[sent, rejected]


def test_the_sent_token_and_its_approver_are_kept_sealed(sides: Sides, server: Server) -> None:
    request = sides.ask()
    sides.admin.associate_delegation_request(DelegationRequestId=request)
    sides.admin.accept_delegation_request(DelegationRequestId=request)
    sides.admin.send_delegation_token(DelegationRequestId=request)

    token, digest, approver = asyncio.run(kept(server, request))

    assert len(base64.urlsafe_b64decode(token)) == 32
    assert hashlib.sha256(token).hexdigest() == digest
    recorded = msgspec.msgpack.decode(approver, type=Approver)
    assert recorded.arn == f"arn:aws:iam::{sides.customer.account_id}:user/admin"
    assert recorded.access_key_id == sides.customer.administrator.access_key_id
    assert recorded.session is None


# Who may


def test_the_owner_needs_no_policy_to_read_and_hand_on_its_request(sides: Sides) -> None:
    request = sides.ask()
    ana = sides.customer.user("ana", allow=["iam:AssociateDelegationRequest"])
    eve = sides.customer.user("eve")
    client = ana.client("iam")
    denial_of(client.get_delegation_request, DelegationRequestId=request)

    client.associate_delegation_request(DelegationRequestId=request)

    arn = f"arn:aws:iam::{sides.customer.account_id}:delegation-request/{request}"
    assert state(client, request) == "ASSIGNED"
    assert client.get_human_readable_summary(EntityArn=arn)["SummaryState"] == "AVAILABLE"
    client.update_delegation_request(DelegationRequestId=request)
    for operation in ("accept_delegation_request", "reject_delegation_request", "send_delegation_token"):
        denial_of(getattr(client, operation), DelegationRequestId=request)
    denial = denial_of(eve.client("iam").get_delegation_request, DelegationRequestId=request)
    assert f"is not authorized to perform: iam:GetDelegationRequest on resource: {arn} because" in denial.message
    sides.admin.put_user_policy(
        UserName="ana",
        PolicyName="deny",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Deny", "Action": "iam:GetDelegationRequest", "Resource": "*"}],
            }
        ),
    )
    assert "explicit deny" in denial_of(client.get_delegation_request, DelegationRequestId=request).message


def test_a_user_made_again_under_the_owners_name_is_not_the_owner(sides: Sides) -> None:
    request = sides.ask()
    ana = sides.customer.user("ana", allow=["iam:AssociateDelegationRequest"])
    ana.client("iam").associate_delegation_request(DelegationRequestId=request)
    sides.admin.delete_access_key(UserName="ana", AccessKeyId=ana.access_key_id)
    sides.admin.delete_user_policy(UserName="ana", PolicyName="given-0")
    sides.admin.delete_user(UserName="ana")

    again = sides.customer.user("ana")

    denial_of(again.client("iam").get_delegation_request, DelegationRequestId=request)


def test_policies_see_the_owner_of_a_request(sides: Sides) -> None:
    request = sides.ask()
    sides.admin.associate_delegation_request(DelegationRequestId=request)

    def reader(name: str, owner: str) -> Any:
        statement = {
            "Effect": "Allow",
            "Action": "iam:GetDelegationRequest",
            "Resource": f"arn:aws:iam::{sides.customer.account_id}:*",
            "Condition": {"ArnEquals": {"iam:DelegationRequestOwner": owner}},
        }
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        return sides.customer.user(name, policy=policy).client("iam")

    admin = f"arn:aws:iam::{sides.customer.account_id}:user/admin"
    assert state(reader("ana", admin), request) == "ASSIGNED"
    denial_of(reader("eve", admin + "x").get_delegation_request, DelegationRequestId=request)


def test_root_approves_four_hours_at_most(sides: Sides, server: Server) -> None:
    short, long = sides.ask("workflow-1", SessionDuration=14400), sides.ask("workflow-2", SessionDuration=14401)
    for request in (short, long):
        sides.admin.associate_delegation_request(DelegationRequestId=request)
    root = sides.customer.client("iam", root_keys(server, sides.customer.account_id))

    root.accept_delegation_request(DelegationRequestId=short)
    with refused("AccessDenied", having="4 hours"):
        root.accept_delegation_request(DelegationRequestId=long)

    assert state(sides.admin, short) == "ACCEPTED"
    assert shown(sides.admin, short)["ApproverId"] == f"arn:aws:iam::{sides.customer.account_id}:root"
    assert state(sides.admin, long) == "ASSIGNED"
