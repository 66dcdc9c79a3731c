"""GetWebIdentityToken: another system verifies who calls, from nothing but the URL of the issuer."""

import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import KeySet

from tests.user.client import Aws, RawReply, User, send
from tests.user.events import Events
from tests.user.refusals import refused
from tests.user.server import Server
from tests.user.sessions import SESSION_RIGHTS, allowing, assume, trusting, using

NAMESPACE = "https://sts.amazonaws.com/"
AUDIENCE = "https://api.example.com"


def issuing(aws: Aws) -> str:
    """Let the account issue tokens; its issuer."""
    return str(aws.admin("iam").enable_outbound_web_identity_federation()["IssuerIdentifier"])


def token_for(
    client: Any, algorithm: str = "ES384", audience: Sequence[str] = (AUDIENCE,), **parameters: object
) -> Any:
    return client.get_web_identity_token(Audience=list(audience), SigningAlgorithm=algorithm, **parameters)


def fetched(aws: Aws, url: str, method: str = "GET") -> RawReply:
    """What the server has at a public URL of it."""
    return send(aws.endpoint, method, urlsplit(url).path, {})


def verified(aws: Aws, issuer: str, token: str) -> jwt.Token:
    """The token, after discovery and verification as any relying party does them."""
    found = fetched(aws, f"{issuer}/.well-known/openid-configuration")
    assert (found.status, found.headers["content-type"]) == (200, "application/json")
    metadata = json.loads(found.body)
    assert metadata["issuer"] == issuer
    keys = KeySet.import_key_set(json.loads(fetched(aws, metadata["jwks_uri"]).body))
    opened = jwt.decode(token, keys, algorithms=metadata["id_token_signing_alg_values_supported"])
    jwt.JWTClaimsRegistry(iss={"essential": True, "value": issuer}, exp={"essential": True}).validate(opened.claims)
    return opened


@pytest.fixture
def ana(aws: Aws) -> User:
    return aws.user("ana", allow=["sts:*"], tags={"team": "blue", "Floor": "2"}, path="/staff/")


@pytest.mark.parametrize("algorithm", ["RS256", "ES384"])
def test_a_user_s_token_says_who_it_is(aws: Aws, ana: User, algorithm: str) -> None:
    issuer = issuing(aws)
    before = int(time.time())

    reply = token_for(ana.client("sts"), algorithm, Tags=[{"Key": "job", "Value": "nightly"}])

    token = verified(aws, issuer, reply["WebIdentityToken"])
    assert token.header == {"alg": algorithm, "kid": token.header["kid"], "typ": "JWT"}
    claims = token.claims
    issued_at, identifier = claims["iat"], claims["jti"]
    assert before <= issued_at <= int(time.time())
    assert len(identifier) == 36
    assert claims == {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": ana.arn,
        "iat": issued_at,
        "exp": issued_at + 300,
        "jti": identifier,
        NAMESPACE: {
            "aws_account": aws.account_id,
            "source_region": "us-east-1",
            "principal_id": ana.arn,
            "principal_tags": {"team": "blue", "Floor": "2"},
            "request_tags": {"job": "nightly"},
        },
    }
    assert reply["Expiration"] == datetime.fromtimestamp(issued_at + 300, UTC)


def test_a_role_s_session_is_told_of_as_its_role(aws: Aws, ana: User) -> None:
    issuer = issuing(aws)
    trust = trusting(ana.arn, actions=list(SESSION_RIGHTS))
    role = aws.role(
        "deploy", trust=trust, allow=["sts:GetWebIdentityToken"], path="/ci/", tags={"team": "red", "a": "1"}
    )
    session = assume(ana.client("sts"), role.arn, {"Team": "green"}, SourceIdentity="ana")

    reply = token_for(using(aws, session, "sts"), audience=["one", "two"], DurationSeconds=60)

    claims = verified(aws, issuer, reply["WebIdentityToken"]).claims
    assert claims["sub"] == role.arn
    assert claims["aud"] == ["one", "two"]
    assert claims["exp"] - claims["iat"] == 60
    assert claims[NAMESPACE] == {
        "aws_account": aws.account_id,
        "source_region": "us-east-1",
        "principal_id": role.arn,
        "principal_tags": {"a": "1", "Team": "green"},
        "original_session_exp": session["Credentials"]["Expiration"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "source_identity": "ana",
    }


def test_no_two_tokens_are_one(aws: Aws, ana: User) -> None:
    issuing(aws)
    sts = ana.client("sts")

    tokens = {token_for(sts)["WebIdentityToken"] for _ in range(3)}

    assert len(tokens) == 3


def test_every_account_has_keys_of_its_own(aws: Aws, ana: User) -> None:
    issuer, other = issuing(aws), aws.other()
    other_issuer = issuing(other)
    token_for(other.admin("sts"))
    token = token_for(ana.client("sts"))["WebIdentityToken"]

    keys = json.loads(fetched(aws, f"{issuer}/.well-known/jwks.json").body)["keys"]
    others = json.loads(fetched(aws, f"{other_issuer}/.well-known/jwks.json").body)["keys"]

    assert {key["kid"] for key in keys}.isdisjoint(key["kid"] for key in others)
    assert sorted(key["alg"] for key in keys) == ["ES384", "RS256"]
    assert {key["use"] for key in [*keys, *others]} == {"sig"}
    assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & {member for key in [*keys, *others] for member in key}
    with pytest.raises(InvalidKeyIdError):
        jwt.decode(token, KeySet.import_key_set({"keys": others}), algorithms=["ES384", "RS256"])


def test_what_is_published_can_be_kept_and_needs_no_signature(aws: Aws, ana: User) -> None:
    issuer = issuing(aws)
    configuration, keys = f"{issuer}/.well-known/openid-configuration", f"{issuer}/.well-known/jwks.json"
    before = fetched(aws, keys)
    token_for(ana.client("sts"))

    assert (before.status, json.loads(before.body)) == (200, {"keys": []})
    assert before.headers["cache-control"] == "no-store"
    for url in (configuration, keys):
        got, asked = fetched(aws, url), fetched(aws, url, "HEAD")
        assert got.headers["cache-control"] == "public, max-age=3600"
        assert len(got.body) < 2048
        assert (asked.status, asked.body) == (200, b"")
        assert asked.headers["content-length"] == str(len(got.body))
    assert json.loads(fetched(aws, configuration).body)["id_token_signing_alg_values_supported"] == ["ES384", "RS256"]


@pytest.mark.parametrize("document", ["openid-configuration", "jwks.json"])
def test_an_account_that_issues_none_is_answered_as_one_that_is_not_there(aws: Aws, ana: User, document: str) -> None:
    never = aws.other()
    issuing(aws)
    token_for(ana.client("sts"))
    aws.admin("iam").disable_outbound_web_identity_federation()

    answers = [
        send(aws.endpoint, "GET", f"/oidc/{account}/.well-known/{document}", {})
        for account in (aws.account_id, never.account_id, "000000000000")
    ]

    assert {answer.status for answer in answers} == {404}
    assert len({answer.body for answer in answers}) == 1
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


@pytest.mark.parametrize(
    "path",
    [
        "/oidc/ACCOUNT/.well-known/jwks.json/",
        "/oidc/ACCOUNT/.well-known/jwks",
        "/oidc/ACCOUNT/../ACCOUNT/.well-known/jwks.json",
        "/oidc/ACCOUNT/.well-known%2Fjwks.json",
        "//oidc/ACCOUNT/.well-known/jwks.json",
        "/OIDC/ACCOUNT/.well-known/jwks.json",
        "/oidc/ACCOUNT",
    ],
)
def test_only_the_two_paths_are_public(aws: Aws, path: str) -> None:
    issuing(aws)

    answer = send(aws.endpoint, "GET", path.replace("ACCOUNT", aws.account_id), {})

    assert answer.status >= 400
    assert b"keys" not in answer.body


def test_the_documents_are_read_and_never_written(aws: Aws) -> None:
    issuer = issuing(aws)

    answer = fetched(aws, f"{issuer}/.well-known/jwks.json", "POST")

    assert answer.status >= 400


def test_no_token_without_the_feature(aws: Aws, ana: User) -> None:
    with refused("OutboundWebIdentityFederationDisabledException", having="is not enabled"):
        token_for(ana.client("sts"))
    issuing(aws)
    token_for(ana.client("sts"))
    aws.admin("iam").disable_outbound_web_identity_federation()
    with refused("OutboundWebIdentityFederationDisabledException"):
        token_for(ana.client("sts"))


def test_who_may_not_learns_nothing_of_the_feature(aws: Aws) -> None:
    eve = aws.user("eve")

    with refused("AccessDenied", having="is not authorized to perform: sts:GetWebIdentityToken"):
        token_for(eve.client("sts"))


def test_the_keys_outlast_a_pause_of_the_feature(aws: Aws, ana: User) -> None:
    issuer = issuing(aws)
    first = token_for(ana.client("sts"))["WebIdentityToken"]

    aws.admin("iam").disable_outbound_web_identity_federation()
    again = issuing(aws)

    assert again == issuer
    assert verified(aws, issuer, first).claims["sub"] == ana.arn


def test_two_nodes_make_one_pair_of_keys(two_nodes: tuple[Aws, Aws]) -> None:
    here, there = two_nodes
    issuer = issuing(here)

    tokens = [token_for(node.admin("sts"))["WebIdentityToken"] for node in (here, there)]

    for node in two_nodes:
        for token in tokens:
            verified(node, issuer, token)
        assert len(json.loads(fetched(node, f"{issuer}/.well-known/jwks.json").body)["keys"]) == 2


def test_first_tokens_asked_for_at_once_share_one_pair_of_keys(two_nodes: tuple[Aws, Aws]) -> None:
    issuer = issuing(two_nodes[0])
    clients = [node.admin("sts") for node in two_nodes] * 4

    with ThreadPoolExecutor(len(clients)) as pool:
        tokens = list(pool.map(lambda sts: token_for(sts)["WebIdentityToken"], clients))

    assert len(json.loads(fetched(two_nodes[0], f"{issuer}/.well-known/jwks.json").body)["keys"]) == 2
    for token in tokens:
        verified(two_nodes[1], issuer, token)


def test_a_token_does_not_outlive_its_session(aws: Aws, ana: User) -> None:
    issuing(aws)
    session = ana.client("sts").get_session_token(DurationSeconds=900)
    sts = using(aws, session, "sts")

    token_for(sts, DurationSeconds=880)
    with refused("SessionDurationEscalationException", having="901 seconds exceeds"):
        token_for(sts, DurationSeconds=901)


@pytest.mark.parametrize(
    ("parameters", "having"),
    [
        (
            {"SigningAlgorithm": "HS256"},
            "'signingAlgorithm' failed to satisfy constraint: Member must satisfy enum value",
        ),
        ({"SigningAlgorithm": "none"}, "'signingAlgorithm' failed to satisfy constraint"),
        ({"DurationSeconds": 59}, "greater than or equal to 60"),
        ({"DurationSeconds": 3601}, "less than or equal to 3600"),
        ({"Audience": []}, "'audience' failed to satisfy constraint"),
        ({"Audience": [""]}, "length greater than or equal to 1"),
        ({"Audience": ["a" * 1001]}, "length less than or equal to 1000"),
        ({"Audience": [f"a{number}" for number in range(11)]}, "length less than or equal to 10"),
        ({"SubjectMode": "Anybody"}, "'subjectMode' failed to satisfy constraint"),
        ({"Scope": "read"}, "only when SubjectMode is OriginIdentity"),
        ({"Scope": "read", "SubjectMode": "OriginIdentity", "Audience": ["a", "b"]}, "exactly one audience"),
        ({"Scope": "read read", "SubjectMode": "OriginIdentity"}, "must not repeat"),
        ({"Scope": "a,b", "SubjectMode": "OriginIdentity"}, "'scope' failed to satisfy constraint"),
        ({"SubjectMode": "OriginIdentity"}, "aws:OriginIdentity/Subject"),
    ],
)
def test_what_is_asked_for_is_checked(aws: Aws, ana: User, parameters: dict[str, object], having: str) -> None:
    issuing(aws)
    given = {"Audience": [AUDIENCE], "SigningAlgorithm": "RS256", **parameters}

    with refused("ValidationError", having=having):
        aws.client("sts", ana, validates=False).get_web_identity_token(**given)


def test_tags_are_those_of_sessions(aws: Aws, ana: User) -> None:
    issuing(aws)
    sts = ana.client("sts")

    with refused("InvalidParameterValue", having="Duplicate tag keys"):
        token_for(sts, Tags=[{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}])
    with refused("InvalidParameterValue", having="reserved prefix"):
        token_for(sts, Tags=[{"Key": "aws:a", "Value": "1"}])
    with refused("JWTPayloadSizeExceededException", having="more than the maximum of 8192 bytes"):
        token_for(sts, Tags=[{"Key": f"{number}{'k' * 100}", "Value": "v" * 256} for number in range(50)])


def test_tags_in_a_token_are_a_right_of_their_own(aws: Aws) -> None:
    issuing(aws)
    bob = aws.user("bob", allow=["sts:GetWebIdentityToken"]).client("sts")

    token_for(bob)
    with refused("AccessDenied", having="sts:TagGetWebIdentityToken"):
        token_for(bob, Tags=[{"Key": "job", "Value": "nightly"}])


def test_scopes_in_a_token_are_a_right_of_their_own(aws: Aws) -> None:
    issuing(aws)
    bob = aws.user("bob", allow=["sts:GetWebIdentityToken"]).client("sts")

    with refused("AccessDenied", having="sts:SetWebIdentityTokenScope"):
        token_for(bob, Scope="read", SubjectMode="OriginIdentity")


@pytest.mark.parametrize(
    ("condition", "good", "bad"),
    [
        (
            {"ForAllValues:StringEquals": {"sts:IdentityTokenAudience": ["one", "two"]}},
            {"audience": ["two", "one"]},
            {"audience": ["one", "three"]},
        ),
        ({"StringEquals": {"sts:SigningAlgorithm": "ES384"}}, {"algorithm": "ES384"}, {"algorithm": "RS256"}),
        ({"NumericLessThanEquals": {"sts:DurationSeconds": "300"}}, {}, {"DurationSeconds": 301}),
        ({"StringEquals": {"sts:SubjectMode": "AWSIdentity"}}, {}, {"SubjectMode": "OriginIdentity"}),
        (
            {"StringEquals": {"aws:RequestTag/job": "nightly"}},
            {"Tags": [{"Key": "job", "Value": "nightly"}]},
            {"Tags": [{"Key": "job", "Value": "daily"}]},
        ),
    ],
)
def test_policies_see_what_is_asked_for(
    aws: Aws, condition: dict[str, object], good: dict[str, Any], bad: dict[str, Any]
) -> None:
    issuing(aws)
    policy = json.loads(allowing("sts:GetWebIdentityToken", "sts:TagGetWebIdentityToken", **condition))
    bob = aws.user("bob", policy=policy).client("sts")

    token_for(bob, **good)
    with refused("AccessDenied", having="because no identity-based policy allows the sts:GetWebIdentityToken action"):
        token_for(bob, **bad)


def test_policies_see_each_scope(aws: Aws) -> None:
    issuing(aws)
    condition = {"ForAllValues:StringEquals": {"sts:IdentityTokenScope": ["read", "list"]}}
    policy = json.loads(allowing("sts:GetWebIdentityToken", "sts:SetWebIdentityTokenScope", **condition))
    bob = aws.user("bob", policy=policy).client("sts")

    with refused("ValidationError", having="aws:OriginIdentity/Subject"):  # it was allowed, and has no such subject
        token_for(bob, Scope="list read", SubjectMode="OriginIdentity")
    with refused("AccessDenied"):
        token_for(bob, Scope="read write", SubjectMode="OriginIdentity")


def test_the_event_tells_of_the_token_and_does_not_hold_it(aws: Aws, ana: User, server: Server) -> None:
    issuing(aws)

    reply = token_for(ana.client("sts"))

    with closing(Events(server.database_url)) as events:
        text = events.text_of(reply["ResponseMetadata"]["RequestId"])
    assert json.loads(text)["requestParameters"]["audience"] == [AUDIENCE]
    assert all(part not in text for part in reply["WebIdentityToken"].split(".")[1:])
