"""AssumeRoleWithWebIdentity, as boto3 and the `aws` command see it, with a provider of generated keys."""

import json
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest

from tests.https_peer import Answer
from tests.id_tokens import DISCOVERY, Issuer, SigningKey
from tests.user.aws_cli import AwsCli
from tests.user.client import Role
from tests.user.events import Events
from tests.user.javascript import JavaScript, JavaScriptError, Node
from tests.user.refusals import denial_of, refused
from tests.user.web_identity import HOST, Federation, federated, house

__all__ = ["federated", "house"]

DENIED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
AWS = "https://aws.amazon.com/"
TAGGING = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"]


# What a token gives


def test_a_token_gives_a_session_of_the_role_that_trusts_its_provider(federated: Federation) -> None:
    federated.provider()
    role = federated.role(allow=["iam:ListUsers"])

    reply = federated.assume(role, federated.issuer.token(), "ana")

    assert reply["AssumedRoleUser"]["Arn"].endswith(":assumed-role/deploy/ana")
    assert reply["AssumedRoleUser"]["AssumedRoleId"] == f"{role.role_id}:ana"
    assert (reply["SubjectFromWebIdentityToken"], reply["Audience"]) == ("subject-of-ana", "web")
    assert reply["Provider"] == f"https://{federated.issuer.url}"
    assert not {"SourceIdentity", "PackedPolicySize"} & reply.keys()
    federated.aws.client("iam", reply["Credentials"]).list_users()
    denial_of(federated.aws.client("iam", reply["Credentials"]).list_roles)
    told = federated.aws.client("sts", reply["Credentials"]).get_caller_identity()
    assert told["Arn"] == reply["AssumedRoleUser"]["Arn"]


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"])
def test_every_algorithm_of_aws_is_taken(federated: Federation, algorithm: str) -> None:
    federated.issuer.keys = [SigningKey.new("one", algorithm)]
    federated.issuer.publish(federated.peer)
    federated.provider()

    assert federated.assume(federated.role(), federated.issuer.token())["Credentials"]


def test_a_session_policy_and_a_duration_narrow_the_session(federated: Federation) -> None:
    federated.provider()
    role = federated.role(allow=["iam:*"], max_session=7200)
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}]}

    reply = federated.assume(role, federated.issuer.token(), Policy=json.dumps(policy), DurationSeconds=7200)

    assert reply["PackedPolicySize"] > 0
    session = federated.aws.client("iam", reply["Credentials"])
    session.list_users()
    denial_of(session.list_roles)
    with refused("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."):
        federated.assume(role, federated.issuer.token(), DurationSeconds=7201)
    with refused("MalformedPolicyDocument"):
        federated.assume(role, federated.issuer.token(), Policy="{}")


def test_the_session_keeps_audience_subject_and_methods_and_who_vouched_for_it(federated: Federation) -> None:
    arn = federated.provider()
    url = federated.issuer.url
    kept = {f"{url}:aud": "web", f"{url}:sub": "subject-of-ana", "aws:FederatedProvider": arn}
    lost = {f"{url}:department": "*", f"{url}:email": "*", f"{url}:oaud": "*", "sts:RoleAuthorizedByIdp": "*"}
    statements = [
        {
            "Effect": "Allow",
            "Action": "iam:ListUsers",
            "Resource": "*",
            "Condition": {"StringEquals": kept, "ForAnyValue:StringEquals": {f"{url}:amr": "otp"}},
        },
        *(
            {"Effect": "Deny", "Action": "iam:ListUsers", "Resource": "*", "Condition": {"StringLike": {key: value}}}
            for key, value in lost.items()
        ),
    ]
    role = federated.role(policy={"Version": "2012-10-17", "Statement": statements})
    token = federated.issuer.token(amr=["pwd", "otp"], department="ops", email="ana@example.com")

    federated.aws.client("iam", federated.assume(role, token)["Credentials"]).list_users()

    other = federated.assume(role, federated.issuer.token(amr=["pwd"]))["Credentials"]
    denial_of(federated.aws.client("iam", other).list_users)


@pytest.mark.parametrize("is_flat", [True, False])
def test_the_tokens_tags_and_source_identity_are_the_sessions(federated: Federation, is_flat: bool) -> None:
    federated.provider()
    claims: dict[str, Any] = {AWS + "source_identity": "ana"}
    if is_flat:
        claims |= {f"{AWS}tags/principal_tags/Team": "ops", f"{AWS}tags/transitive_tag_keys": ["Team"]}
    else:
        claims[AWS + "tags"] = {"principal_tags": {"Team": ["ops"], "Cost": ["7"]}, "transitive_tag_keys": ["Team"]}
    statement = {
        "Effect": "Allow",
        "Action": "iam:ListUsers",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/Team": "ops", "aws:SourceIdentity": "ana"}},
    }
    role = federated.role(
        actions=TAGGING,
        condition={
            "StringEquals": {"aws:RequestTag/Team": "ops", "sts:SourceIdentity": "ana", "sts:RoleSessionName": "work"},
            "ForAllValues:StringEquals": {"sts:TransitiveTagKeys": ["Team"]},
        },
        policy={"Version": "2012-10-17", "Statement": [statement]},
    )

    reply = federated.assume(role, federated.issuer.token(**claims))

    assert reply["SourceIdentity"] == "ana"
    assert reply["PackedPolicySize"] > 0
    federated.aws.client("iam", reply["Credentials"]).list_users()


@pytest.mark.parametrize("missing", TAGGING)
def test_the_trust_policy_must_allow_each_of_what_the_token_asks_for(federated: Federation, missing: str) -> None:
    federated.provider()
    claims = {AWS + "source_identity": "ana", f"{AWS}tags/principal_tags/Team": "ops"}
    role = federated.role(actions=[action for action in TAGGING if action != missing])

    with refused("AccessDenied", DENIED):
        federated.assume(role, federated.issuer.token(**claims))

    federated.trust_again(role, actions=TAGGING)
    assert federated.assume(role, federated.issuer.token(**claims))["SourceIdentity"] == "ana"


# Whom the trust policy trusts


@pytest.mark.parametrize(
    ("claims", "condition", "other"),
    [
        ({}, {"StringEquals": {":sub": "subject-of-ana"}}, {"sub": "Subject-of-ana"}),
        ({}, {"StringEquals": {":aud": "web", ":oaud": "web"}}, {"aud": ["x"], "azp": "web"}),
        ({"azp": "web", "aud": "api"}, {"StringEquals": {":aud": "web", ":oaud": "api"}}, {}),
        ({"aud": ["web", "x"]}, {"ForAllValues:StringEquals": {":oaud": ["web", "x"]}}, {"aud": ["web", "y"]}),
        ({"amr": ["mfa", "pwd"]}, {"ForAnyValue:StringEquals": {":amr": "mfa"}}, {"amr": ["pwd"]}),
        ({"email": "a@example.com"}, {"StringEquals": {":email": "a@example.com"}}, {"email": "A@example.com"}),
        ({"department": "ops"}, {"StringEquals": {":department": "ops"}}, {"department": "hr"}),
        ({"groups": ["a", "b"]}, {"ForAnyValue:StringEquals": {":groups": "b"}}, {"groups": ["a"]}),
        ({"level": 7, "staff": True}, {"NumericEquals": {":level": "7"}, "Bool": {":staff": "true"}}, {"level": 7}),
        ({"level": 7}, {"NumericGreaterThan": {":level": "6"}}, {"level": 6}),
    ],
)
def test_claims_are_condition_keys_of_the_trust_policy(
    federated: Federation, claims: dict[str, Any], condition: dict[str, Any], other: dict[str, Any]
) -> None:
    federated.provider()
    url = federated.issuer.url
    named = {operator: {url + key: value for key, value in keys.items()} for operator, keys in condition.items()}
    role = federated.role(condition=named)

    assert federated.assume(role, federated.issuer.token(**claims))["Credentials"]
    with refused("AccessDenied", DENIED):
        federated.assume(role, federated.issuer.token(**other))


def test_a_role_that_is_not_there_and_one_that_does_not_trust_get_one_answer(federated: Federation) -> None:
    federated.provider()
    other = Issuer(f"{HOST}/other-{federated.aws.account_id}")
    federated.provider(other)
    roles: list[Role | str] = [
        federated.role("of-the-other", issuer=other),
        federated.aws.role("of-a-user", trust=federated.aws.account_id),
        federated.role("action", actions="sts:AssumeRole"),
        f"arn:aws:iam::{federated.aws.account_id}:role/missing",
        f"arn:aws:iam::{federated.aws.account_id}:role/path/deploy",
        f"arn:aws:iam::{federated.aws.account_id}:role/Deploy",
    ]
    federated.role()

    for role in roles:
        with refused("AccessDenied", DENIED):
            federated.assume(role, federated.issuer.token())


def test_a_provider_of_another_account_vouches_for_nobody_here(federated: Federation) -> None:
    federated.provider()
    other = federated.aws.other()
    arn = f"arn:aws:iam::{federated.aws.account_id}:oidc-provider/{federated.issuer.url}"
    statement = {"Effect": "Allow", "Principal": {"Federated": arn}, "Action": "sts:AssumeRoleWithWebIdentity"}
    role = other.role("deploy", trust={"Version": "2012-10-17", "Statement": [statement]})

    with refused(
        "InvalidIdentityToken",
        f"No OpenIDConnect provider found in your account for https://{federated.issuer.url}",
    ):
        federated.assume(role, federated.issuer.token())


def test_a_token_may_name_the_roles_that_it_is_for(federated: Federation) -> None:
    federated.provider()
    listed = federated.role("listed", condition={"Bool": {"sts:RoleAuthorizedByIdp": "true"}})
    unlisted = federated.role("unlisted", condition={"Bool": {"sts:RoleAuthorizedByIdp": "false"}})

    for value in ([unlisted.arn, listed.arn], f"{unlisted.arn};{listed.arn}", listed.arn):
        assert federated.assume(listed, federated.issuer.token(**{AWS + "roles": value}))["Credentials"]
    assert federated.assume(unlisted, federated.issuer.token())["Credentials"]
    with refused("AccessDenied", DENIED):
        federated.assume(listed, federated.issuer.token())
    with refused("AccessDenied", DENIED):
        federated.assume(unlisted, federated.issuer.token(**{AWS + "roles": unlisted.arn}))
    for value in ([], [listed.arn], "", listed.arn + "-not"):
        with refused("InvalidIdentityToken", "The ID Token provided is not valid for the requested role."):
            federated.assume(unlisted, federated.issuer.token(**{AWS + "roles": value}))


# Its clients


def test_botos_own_credential_provider_renews_with_the_file_that_a_pod_is_given(
    federated: Federation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    federated.provider()
    role = federated.role(allow=["iam:ListUsers"])
    file = tmp_path / "token"
    file.write_text(federated.issuer.token(sub="system:serviceaccount:shop:web"))
    for name, value in {
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(file),
        "AWS_ROLE_ARN": role.arn,
        "AWS_ROLE_SESSION_NAME": "pod",
        "AWS_ENDPOINT_URL": federated.aws.endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)

    session = boto3.Session(botocore_session=botocore.session.get_session())

    assert session.client("sts").get_caller_identity()["Arn"].endswith(":assumed-role/deploy/pod")
    session.client("iam").list_users()
    credentials = session.get_credentials()
    assert credentials is not None
    assert credentials.method == "assume-role-with-web-identity"


def test_the_aws_command_assumes_a_role(federated: Federation, tmp_path: Path) -> None:
    federated.provider()
    role = federated.role()
    cli = AwsCli(tmp_path, {"AWS_ENDPOINT_URL": federated.aws.endpoint, "AWS_DEFAULT_REGION": "us-east-1"})

    told = cli.ask(
        *("sts", "assume-role-with-web-identity", "--role-arn", role.arn, "--role-session-name", "ana"),
        *("--web-identity-token", federated.issuer.token()),
    )

    assert told["AssumedRoleUser"]["Arn"].endswith("/ana")


def test_the_sdk_for_javascript_assumes_a_role_and_has_its_exceptions(federated: Federation) -> None:
    federated.provider()
    role = federated.role()
    node = Node()
    sts = JavaScript(node, federated.aws).client("sts", attempts=3)
    asked = {"RoleArn": role.arn, "RoleSessionName": "ana"}

    reply = sts.send("AssumeRoleWithWebIdentity", **asked, WebIdentityToken=federated.issuer.token())
    with pytest.raises(JavaScriptError) as expired:
        sts.send("AssumeRoleWithWebIdentity", **asked, WebIdentityToken=federated.issuer.token(exp=1))
    with pytest.raises(JavaScriptError) as wrong:
        sts.send("AssumeRoleWithWebIdentity", **asked, WebIdentityToken=federated.issuer.token(aud="other"))
    node.close()

    assert reply["AssumedRoleUser"]["Arn"].endswith("/ana")
    assert (expired.value.name, expired.value.metadata["attempts"]) == ("ExpiredTokenException", 1)
    assert (wrong.value.name, wrong.value.metadata["attempts"]) == ("InvalidIdentityTokenException", 1)


def test_a_provider_that_is_down_is_tried_again_by_clients(federated: Federation) -> None:
    federated.provider()
    role = federated.role()
    federated.peer.answers[f"/{federated.issuer.url.partition('/')[2]}{DISCOVERY}"] = Answer(503)
    node = Node()
    sts = JavaScript(node, federated.aws).client("sts", attempts=3)

    with pytest.raises(JavaScriptError) as down:
        sts.send(
            "AssumeRoleWithWebIdentity",
            RoleArn=role.arn,
            RoleSessionName="ana",
            WebIdentityToken=federated.issuer.token(),
        )
    node.close()

    assert (down.value.name, down.value.metadata["attempts"]) == ("IDPCommunicationErrorException", 3)


# What is recorded


def test_the_event_tells_who_was_vouched_for_and_holds_no_token(federated: Federation) -> None:
    arn = federated.provider()
    token = federated.issuer.token()
    events = Events(federated.server.database_url)

    reply = federated.assume(federated.role(), token)

    event = events.of(reply["ResponseMetadata"]["RequestId"])
    text = events.text_of(reply["ResponseMetadata"]["RequestId"])
    events.close()
    identity = event["userIdentity"]
    assert identity["type"] == "WebIdentityUser"
    assert identity["principalId"] == f"{arn}:web:subject-of-ana"
    assert (identity["userName"], identity["identityProvider"]) == ("subject-of-ana", arn)
    assert event["requestParameters"]["roleArn"].endswith(":role/deploy")
    for secret in (token, token.split(".")[2], reply["Credentials"]["SecretAccessKey"]):
        assert secret not in text
    assert token not in federated.server.log
