"""ExplainRequest: what was decided about a request, and what would be today."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.user.client import Aws, keys_of
from tests.user.explanations import explained, explained_denial, layer_of
from tests.user.refusals import denial_of, refused
from tests.user.sessions import allowing, trusting

NOT_FOUND = "NoSuchEntity"
OWN_REQUESTS = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "bailiwick:ExplainRequest",
            "Resource": "*",
            "Condition": {"StringEquals": {"bailiwick:UserId": "${aws:userid}"}},
        }
    ],
}


def context_of(decision: Any) -> dict[str, list[str]]:
    return {entry["Key"]: entry["Values"] for entry in decision["ContextEntries"]}


# What it tells


def test_a_denied_request_is_told_with_who_what_when_and_why(aws: Aws) -> None:
    ana = aws.user("ana", tags={"team": "ops"})
    denial = denial_of(ana.client("iam").get_user, UserName="admin")

    reply = explained(aws.admin("bailiwick"), denial.request_id)

    assert reply["RequestId"] == denial.request_id
    assert datetime.now(UTC) - reply["HappenedAt"] < timedelta(minutes=1)
    assert (reply["PrincipalArn"], reply["PrincipalId"]) == (ana.arn, ana.user_id)
    assert reply["AccessKeyId"] == ana.access_key_id
    assert reply["Operation"] == "iam:GetUser"
    assert (reply["ErrorCode"], reply["ErrorMessage"]) == ("AccessDenied", denial.message)
    (decision,) = reply["Decisions"]
    assert decision["Action"] == "iam:GetUser"
    assert decision["ResourceArn"] == f"arn:aws:iam::{aws.account_id}:user/admin"
    assert (decision["Effect"], decision["Reason"], decision["Layer"]) == ("Deny", "implicit deny", "identity")
    told = context_of(decision)
    assert told["aws:username"] == ["ana"]
    assert told["aws:PrincipalTag/team"] == ["ops"]
    assert decision["IsChanged"] is False
    assert decision["Now"]["Effect"] == "Deny"


def test_the_statement_that_denied_is_named(aws: Aws) -> None:
    statement = {"Sid": "NoReading", "Effect": "Deny", "Action": "iam:Get*", "Resource": "*"}
    ana = aws.user("ana", policy={"Version": "2012-10-17", "Statement": [statement]})

    _, decision = explained_denial(aws, ana.client("iam").get_user, UserName="admin")

    assert (decision["Reason"], decision["Layer"]) == ("explicit deny", "identity")
    assert (decision["PolicyName"], decision["StatementIndex"], decision["Sid"]) == ("given-0", 0, "NoReading")


def test_missing_keys_are_told_as_aws_spells_them(aws: Aws) -> None:
    statement = {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}
    statement["Condition"] = {"Bool": {"aws:multifactorauthpresent": "true"}}  # type: ignore[assignment]
    ana = aws.user("ana", policy={"Version": "2012-10-17", "Statement": [statement]})

    _, decision = explained_denial(aws, ana.client("iam").get_user, UserName="admin")

    assert decision["MissingKeys"] == ["aws:MultiFactorAuthPresent"]
    elements = layer_of(decision["Now"], "identity")["policies"][0]["statements"][0]["elements"]
    assert [(each["element"], each["matched"]) for each in elements] == [
        ("Action", True),
        ("Resource", True),
        ("Condition", False),
    ]


def test_it_is_decided_again_by_the_policies_of_today(aws: Aws) -> None:
    ana = aws.user("ana")
    denial = denial_of(ana.client("iam").get_user, UserName="admin")
    aws.admin("iam").put_user_policy(UserName="ana", PolicyName="later", PolicyDocument=allowing("iam:GetUser"))

    (decision,) = explained(aws.admin("bailiwick"), denial.request_id)["Decisions"]

    assert (decision["Effect"], decision["Now"]["Effect"], decision["IsChanged"]) == ("Deny", "Allow", True)
    assert decision["Now"]["Explanation"]["decision"]["statement"]["policy"]["name"] == "later"
    assert decision["Now"]["Remedies"] == []


def test_a_remedy_that_is_applied_lifts_the_denial(aws: Aws) -> None:
    ana = aws.user("ana")
    _, decision = explained_denial(aws, ana.client("iam").get_user, UserName="admin")
    change = decision["Now"]["Remedies"][0][0]
    assert (change["kind"], change["layer"]) == ("addStatement", "identity")

    document = json.dumps({"Version": "2012-10-17", "Statement": [change["addition"]]})
    aws.admin("iam").put_user_policy(UserName="ana", PolicyName="remedy", PolicyDocument=document)

    assert ana.client("iam").get_user(UserName="admin")["User"]["UserName"] == "admin"


def test_a_session_is_decided_again_with_the_session_policy_it_had(aws: Aws) -> None:
    role = aws.role("deploy", trust=aws.account_id, allow=["iam:*"])
    session = aws.assume(aws.administrator, role, "work", Policy=allowing("iam:ListUsers"))

    _, decision = explained_denial(aws, aws.client("iam", session).get_user, UserName="admin")

    assert decision["Layer"] == "session"
    assert decision["Now"]["Effect"] == "Deny"
    assert decision["Now"]["Explanation"]["decision"]["layer"] == "session"


def test_a_federated_user_is_decided_again_as_its_parent_cut_to_its_session_policy(aws: Aws) -> None:
    ana = aws.user("ana", allow=["sts:GetFederationToken", "bailiwick:*"])
    narrow = allowing("bailiwick:EndSession")
    issued = ana.client("sts").get_federation_token(Name="guest", Policy=narrow)

    _, decision = explained_denial(aws, aws.client("bailiwick", issued["Credentials"]).list_sessions)

    assert decision["Layer"] == "session"
    answer = decision["Now"]
    assert answer["Explanation"]["request"]["principal"]["arn"] == (
        f"arn:aws:sts::{aws.account_id}:federated-user/guest"
    )
    assert layer_of(answer, "identity")["outcome"] == "allows"
    assert layer_of(answer, "session")["outcome"] == "silent"


def test_an_allowed_request_is_told_and_not_decided_again(aws: Aws) -> None:
    reply = aws.admin("iam").create_user(UserName="ana")

    told = explained(aws.admin("bailiwick"), reply["ResponseMetadata"]["RequestId"])

    assert "ErrorCode" not in told
    (decision,) = told["Decisions"]
    assert (decision["Effect"], decision["Layer"]) == ("Allow", "identity")
    assert decision["PolicyName"] == "arn:aws:iam::aws:policy/AdministratorAccess"
    assert "Now" not in decision
    assert "ContextEntries" not in decision


def test_what_policies_allowed_and_failed_otherwise_says_so(aws: Aws) -> None:
    with pytest.raises(Exception, match="cannot be found") as failed:
        aws.admin("iam").get_user(UserName="nobody")

    told = explained(aws.admin("bailiwick"), failed.value.response["ResponseMetadata"]["RequestId"])  # type: ignore[attr-defined]

    assert told["ErrorCode"] == "NoSuchEntity"
    assert told["Notes"] == ["Policies allowed it; it failed for another reason."]


def test_what_needs_no_permission_says_so(aws: Aws) -> None:
    reply = aws.admin("sts").get_caller_identity()

    told = explained(aws.admin("bailiwick"), reply["ResponseMetadata"]["RequestId"])

    assert told["Decisions"] == []
    assert told["Notes"] == ["Nothing was decided about it: it needed no permission, or was refused before."]


def test_of_a_deleted_user_it_is_told_what_was_and_not_what_would_be(aws: Aws) -> None:
    ana = aws.user("ana")
    denial = denial_of(ana.client("iam").list_users)
    aws.admin("iam").delete_access_key(UserName="ana", AccessKeyId=ana.access_key_id)
    aws.admin("iam").delete_user(UserName="ana")
    aws.user("ana", allow=["iam:*"])  # another one of the same name

    told = explained(aws.admin("bailiwick"), denial.request_id)

    assert "Now" not in told["Decisions"][0]
    assert told["Notes"] == ["Who made the request is not there any more: it could not be made again."]


def test_the_words_of_our_own_services_denials_are_told_without_the_encoded_message(aws: Aws) -> None:
    ana = aws.user("ana")
    denial = denial_of(ana.client("bailiwick").list_sessions)

    words = explained(aws.admin("bailiwick"), denial.request_id)["ErrorMessage"]

    assert words.startswith(f"User: {ana.arn} is not authorized to perform: bailiwick:ListSessions on resource: ")
    assert words.endswith(" because no identity-based policy allows the bailiwick:ListSessions action")


# AssumeRole


def test_a_trust_policy_of_the_account_is_part_of_it(aws: Aws) -> None:
    ana = aws.user("ana", allow=["sts:AssumeRole"])
    document = trusting(ana.arn, StringEquals={"sts:ExternalId": "x-1"})
    role = aws.role("deploy", trust=document)

    _, decision = explained_denial(
        aws, ana.client("sts").assume_role, RoleArn=role.arn, RoleSessionName="work", ExternalId="x-2"
    )

    assert (decision["Layer"], decision["Now"]["Effect"]) == ("trust", "Deny")
    condition = layer_of(decision["Now"], "trust")["policies"][0]["statements"][0]["elements"][-1]
    assert (condition["key"], condition["expected"], condition["actual"]) == ("sts:ExternalId", ["x-1"], ["x-2"])


def assume_elsewhere(aws: Aws, trust: dict[str, object] | None, allow: list[str]) -> tuple[Any, str]:
    """A denied AssumeRole of a role of another account (or, without a trust policy, of none), explained."""
    theirs = aws.other()
    ana = aws.user("ana", allow=allow)
    role_arn = f"arn:aws:iam::{theirs.account_id}:role/deploy"
    if trust is not None:
        theirs.role("deploy", trust=trust, tags={"team": "their-secret"})
    _, decision = explained_denial(aws, ana.client("sts").assume_role, RoleArn=role_arn, RoleSessionName="work")
    return decision, role_arn


SID = "TheirSecret"


@pytest.mark.parametrize("allow", [["sts:AssumeRole"], []], ids=["own side allows", "own side does not"])
def test_of_another_accounts_role_nothing_is_told_that_a_missing_one_would_not_tell(aws: Aws, allow: list[str]) -> None:
    document = trusting("*", StringEquals={"sts:ExternalId": "their-secret"})
    document["Statement"][0]["Sid"] = SID  # type: ignore[index]
    (there, arn), (missing, other) = assume_elsewhere(aws, document, allow), assume_elsewhere(aws.other(), None, allow)

    texts = []
    for decision, role_arn in ((there, arn), (missing, other)):
        decision.pop("ContextEntries")
        account = role_arn.split(":")[4]
        request = decision["Now"]["Explanation"].pop("request")
        assert request["resource"] == role_arn
        assert not any("resourcetag" in key for key in request["keys"])
        texts.append(json.dumps(decision).replace(account, "ACCOUNT"))
        assert "their-secret" not in texts[-1]
        assert SID not in texts[-1]
        assert layer_of(decision["Now"], "trust") is None
    assert texts[0].replace(aws.account_id, "") == texts[1].replace(aws.account_id, "")


def test_an_allowed_trust_elsewhere_shows_in_the_answer_alone(aws: Aws) -> None:
    theirs = aws.other()
    ana = aws.user("ana")
    role = theirs.role("deploy", trust=ana)
    denial = denial_of(ana.client("sts").assume_role, RoleArn=role.arn, RoleSessionName="work")

    (before,) = explained(aws.admin("bailiwick"), denial.request_id)["Decisions"]
    assert before["Now"]["Explanation"]["decision"]["layer"] == "identity"
    assert before["Now"]["Remedies"][0][0]["layer"] == "identity"

    aws.admin("iam").put_user_policy(UserName="ana", PolicyName="p", PolicyDocument=allowing("sts:AssumeRole"))

    (after,) = explained(aws.admin("bailiwick"), denial.request_id)["Decisions"]
    assert (after["Now"]["Effect"], after["IsChanged"]) == ("Allow", True)


def test_the_event_of_a_denial_elsewhere_keeps_nothing_of_theirs(aws: Aws) -> None:
    document = trusting("*", StringEquals={"sts:ExternalId": "their-secret"})

    decision, _ = assume_elsewhere(aws, document, ["sts:AssumeRole"])

    assert decision["MissingKeys"] == []
    assert not {"Layer", "Reason", "PolicyName", "Sid"} & set(decision)
    assert not any("ResourceTag" in key for key in context_of(decision))


# Who may


def test_it_needs_permission_also_for_ones_own_requests(aws: Aws) -> None:
    ana = aws.user("ana")
    denial = denial_of(ana.client("iam").list_users)

    words = denial_of(ana.client("bailiwick").explain_request, RequestId=denial.request_id).message

    arn = f"arn:aws:bailiwick::{aws.account_id}:request/{denial.request_id}"
    assert f"is not authorized to perform: bailiwick:ExplainRequest on resource: {arn} because" in words


def test_a_policy_can_allow_everybody_their_own_requests_and_no_others(aws: Aws) -> None:
    ana = aws.user("ana", policy=OWN_REQUESTS)
    role = aws.role("deploy", trust=aws.account_id, policy=OWN_REQUESTS)
    first, second = (aws.assume(aws.administrator, role, name) for name in ("first", "second"))
    denials = {
        signer: denial_of(aws.client("iam", signer).list_users).request_id for signer in (keys_of(ana), first, second)
    }
    for request_id in denials.values():
        explained(aws.admin("bailiwick"), request_id)

    for signer in denials:
        for owner, request_id in denials.items():
            client = aws.client("bailiwick", signer)
            if owner is signer:
                assert client.explain_request(RequestId=request_id)["RequestId"] == request_id
            else:
                denial_of(client.explain_request, RequestId=request_id)


def test_requests_of_another_account_are_not_there(aws: Aws) -> None:
    theirs = aws.other()
    denial = denial_of(theirs.user("ana").client("iam").list_users)
    explained(theirs.admin("bailiwick"), denial.request_id)

    with refused(NOT_FOUND):
        aws.admin("bailiwick").explain_request(RequestId=denial.request_id)


def test_a_request_whose_caller_was_not_proven_is_in_no_account(aws: Aws) -> None:
    wrong = keys_of({"AccessKeyId": aws.administrator.access_key_id, "SecretAccessKey": "x" * 40})
    with pytest.raises(Exception, match="SignatureDoesNotMatch") as failed:
        aws.client("iam", wrong).list_users()

    with refused(NOT_FOUND, having="one whose caller could not be proven is in none"):
        aws.admin("bailiwick").explain_request(
            RequestId=failed.value.response["ResponseMetadata"]["RequestId"]  # type: ignore[attr-defined]
        )


@pytest.mark.parametrize(
    "request_id",
    [
        "00000000-0000-0000-0000-000000000000",
        "0a3b5d1c-94a1-4c5e-a1b2-000000000000",
        "019ab000-0000-7000-8000-000000000000",
    ],
)
def test_an_id_that_is_none_is_not_found(aws: Aws, request_id: str) -> None:
    with refused(NOT_FOUND):
        aws.admin("bailiwick").explain_request(RequestId=request_id)


@pytest.mark.parametrize("request_id", ["", "x" * 36, "0" * 35, "019AB000-0000-7000-8000-000000000000"])
def test_what_has_not_the_form_of_an_id_is_refused(aws: Aws, request_id: str) -> None:
    with refused("ValidationException"):
        aws.client("bailiwick", aws.administrator, validates=False).explain_request(RequestId=request_id)


# What is too large


def test_keys_that_were_too_large_to_keep_are_named(aws: Aws) -> None:
    held = {f"held-{number:02}": "x" * 256 for number in range(50)}
    ana = aws.user("ana", tags=held)
    passed = [{"Key": f"passed-{number:02}", "Value": "x" * 250} for number in range(50)]

    _, decision = explained_denial(aws, ana.client("iam").create_user, UserName="eve", Tags=passed)

    kept, omitted = context_of(decision), decision["OmittedKeys"]
    assert omitted
    assert {*kept, *omitted} >= {f"aws:PrincipalTag/{name}" for name in held}
    assert not set(kept) & set(omitted)
    assert kept["aws:username"] == ["ana"]
    (note,) = decision["Now"]["Notes"]
    assert note.startswith("These condition keys were too large to be kept and are missing here: aws:")
