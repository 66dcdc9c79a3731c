"""The recipes of `docs/web-identity.md`: their trust policies, with tokens of the form that each issuer gives."""

import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest

from tests.id_tokens import Issuer, SigningKey
from tests.user.client import Aws, Role
from tests.user.refusals import denial_of, refused
from tests.user.web_identity import Federation, federated, house

__all__ = ["federated", "house"]

PAGE = (Path(__file__).parents[2] / "docs" / "web-identity.md").read_text(encoding="utf-8")
DENIED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"


def recipe(name: str) -> str:
    """The text of one recipe."""
    return PAGE.partition(f"\n### {name}\n")[2].partition("\n### ")[0]


def role_of(federated: Federation, name: str, issuer: Issuer, client: str, **more: Any) -> Role:
    """The role of a recipe, whose provider is there and published."""
    issuer.publish(federated.peer)
    federated.provider(issuer, ClientIDList=[client])
    found = re.search(r"```json\n(.*?)```", recipe(name), re.DOTALL)
    assert found is not None
    assert f"https://{issuer.url}" in recipe(name)
    assert client in recipe(name)
    trust = json.loads(found[1].replace("111122223333", federated.aws.account_id))
    return federated.aws.role("deploy", trust=trust, **more)


def refuse_each(federated: Federation, role: Role, issuer: Issuer, good: Mapping[str, Any], *changes: Any) -> None:
    """The good claims get the role, and none of those that differ."""
    assert federated.assume(role, issuer.token(**good))["Credentials"]
    for change in changes:
        with refused("AccessDenied", DENIED):
            federated.assume(role, issuer.token(**{**good, **change}))


GITHUB = {
    "jti": "6f4762ed-0758-4ccb-808d-ee3af5d723a8",
    "sub": "repo:acme/shop:ref:refs/heads/main",
    "aud": "sts.amazonaws.com",
    "ref": "refs/heads/main",
    "sha": "0123456789012345678901234567890123456789",
    "repository": "acme/shop",
    "repository_owner": "acme",
    "repository_owner_id": "65",
    "run_id": "30657647",
    "actor": "octocat",
    "workflow": "deploy",
    "event_name": "push",
    "ref_protected": "true",
    "job_workflow_ref": "acme/shop/.github/workflows/deploy.yml@refs/heads/main",
    "repository_id": "74",
    "actor_id": "12",
    "environment": "production",
}


def test_github_actions(federated: Federation) -> None:
    issuer = Issuer("token.actions.githubusercontent.com")
    role = role_of(federated, "GitHub Actions", issuer, "sts.amazonaws.com")

    refuse_each(
        federated,
        role,
        issuer,
        GITHUB,
        {"sub": "repo:acme/shop:ref:refs/heads/other"},
        {"sub": "repo:acme/shop:pull_request"},
        {"sub": "repo:evil/shop:ref:refs/heads/main"},
        {"sub": "repo:acme/shop:ref:refs/heads/main2"},
    )
    with refused("InvalidIdentityToken", "Incorrect token audience"):
        federated.assume(role, issuer.token(**{**GITHUB, "aud": "https://github.com/acme"}))


def test_claims_of_github_actions_are_condition_keys(federated: Federation) -> None:
    issuer = Issuer("token.actions.githubusercontent.com")
    url = issuer.url
    issuer.publish(federated.peer)
    federated.provider(issuer, ClientIDList=["sts.amazonaws.com"])
    wanted = {"repository": "acme/shop", "environment": "production", "actor": "octocat", "ref": "refs/heads/main"}
    condition = {
        "StringEquals": {f"{url}:{claim}": value for claim, value in wanted.items()},
        "StringLike": {f"{url}:sub": "repo:acme/*", f"{url}:job_workflow_ref": "acme/shop/.github/workflows/*"},
    }
    role = federated.role("deploy", issuer=issuer, condition=condition)

    refuse_each(federated, role, issuer, GITHUB, *({claim: "other"} for claim in [*wanted, "job_workflow_ref"]))
    federated.trust_again(
        role, issuer=issuer, condition={**condition, "StringEquals": {f"{url}:run_id": GITHUB["run_id"]}}
    )
    with refused("AccessDenied", DENIED):  # AWS knows no such key of this issuer
        federated.assume(role, issuer.token(**GITHUB))


def test_a_role_for_all_of_github_is_refused(federated: Federation) -> None:
    issuer = Issuer("token.actions.githubusercontent.com")
    url = issuer.url
    federated.provider(issuer)
    role = federated.role("deploy", issuer=issuer, condition={"StringLike": {f"{url}:sub": "repo:acme/*"}})

    for condition in (None, {"StringEquals": {f"{url}:aud": "web"}}, {"StringLike": {f"{url}:sub": "*"}}):
        with refused("MalformedPolicyDocument", having=f"The provider {url} is shared by many."):
            federated.role("open", issuer=issuer, condition=condition)
        with refused("MalformedPolicyDocument", having=f"The provider {url} is shared by many."):
            federated.trust_again(role, issuer=issuer, condition=condition)


GITLAB = {
    "namespace_id": "72",
    "namespace_path": "acme",
    "project_id": "20",
    "project_path": "acme/shop",
    "user_id": "1",
    "user_login": "ana",
    "user_email": "ana@example.com",
    "user_access_level": "owner",
    "pipeline_id": "574",
    "pipeline_source": "push",
    "job_id": "302",
    "ref": "main",
    "ref_type": "branch",
    "ref_protected": "true",
    "runner_environment": "gitlab-hosted",
    "jti": "235b3a54-b797-45c7-ae9a-f72d7bc6ef5b",
    "sub": "project_path:acme/shop:ref_type:branch:ref:main",
    "aud": "https://iam.acme.example",
}


def test_gitlab(federated: Federation) -> None:
    issuer = Issuer("gitlab.com")
    role = role_of(federated, "GitLab", issuer, "https://iam.acme.example")

    refuse_each(
        federated,
        role,
        issuer,
        GITLAB,
        {"sub": "project_path:acme/shop:ref_type:branch:ref:other"},
        {"sub": "project_path:evil/shop:ref_type:branch:ref:main"},
        {"ref_protected": "false"},
        {"ref_protected": None},
    )


def cluster_token(issuer: Issuer, **more: Any) -> str:
    """A projected token of a service account, as the API server makes it: no `typ`, its audience a list."""
    now = int(time.time())
    claims = {
        "aud": ["sts.amazonaws.com"],
        "exp": now + 3600,
        "iat": now,
        "nbf": now,
        "iss": f"https://{issuer.url}",
        "jti": "8a1f1d3a-9b0e-4b8a-8d0f-3b1f2c4d5e6f",
        "kubernetes.io": {
            "namespace": "shop",
            "pod": {"name": "web-0", "uid": "5f1c0a0e-0000-4000-8000-000000000000"},
            "serviceaccount": {"name": "web", "uid": "9f1c0a0e-0000-4000-8000-000000000000"},
            "warnafter": now + 3607,
        },
        "sub": "system:serviceaccount:shop:web",
        **more,
    }
    return issuer.keys[0].sign(claims, typ=None)


def test_kubernetes_service_accounts(federated: Federation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    issuer = Issuer("oidc.cluster.example.com", [SigningKey.new("cluster")])
    name = "Kubernetes service accounts"
    role = role_of(federated, name, issuer, "sts.amazonaws.com", allow=["iam:ListUsers"])
    file = tmp_path / "token"
    file.write_text(cluster_token(issuer))
    given = {
        "AWS_ENDPOINT_URL": federated.aws.endpoint,
        "AWS_ROLE_ARN": role.arn,
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(file),
    }
    assert all(variable in recipe(name) for variable in given)
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(variable, raising=False)
    none = str(tmp_path / "none")
    files = {"AWS_SHARED_CREDENTIALS_FILE": none, "AWS_CONFIG_FILE": none, "AWS_DEFAULT_REGION": "us-east-1"}
    for variable, value in {**given, **files}.items():
        monkeypatch.setenv(variable, value)

    pod = boto3.Session(botocore_session=botocore.session.get_session())

    assert ":assumed-role/deploy/" in pod.client("sts").get_caller_identity()["Arn"]
    pod.client("iam").list_users()
    denial_of(pod.client("iam").list_roles)
    for change in ({"sub": "system:serviceaccount:shop:other"}, {"sub": "system:serviceaccount:other:web"}):
        with refused("AccessDenied", DENIED):
            federated.assume(role, cluster_token(issuer, **change))
    with refused("InvalidIdentityToken", "Incorrect token audience"):
        federated.assume(role, cluster_token(issuer, aud=["https://kubernetes.default.svc"]))


def test_keycloak(federated: Federation) -> None:
    issuer = Issuer("idp.example.com/realms/main")
    tagged = {"StringEquals": {"aws:PrincipalTag/Team": "ops"}}
    statement = {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*", "Condition": tagged}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    role = role_of(federated, "Keycloak", issuer, "desk", policy=policy)
    good = {
        "auth_time": int(time.time()),
        "jti": "f3b0a1de-0000-4000-8000-000000000000",
        "aud": "desk",
        "azp": "desk",
        "typ": "ID",
        "sub": "0b1a5bd4-2f3c-4b0e-8c4d-0f5a5f3f6d11",
        "acr": "1",
        "sid": "dd3b7d26-0000-4000-8000-000000000000",
        "email_verified": True,
        "preferred_username": "ana",
        "groups": ["operators", "staff"],
        "https://aws.amazon.com/tags": {"principal_tags": {"Team": ["ops"]}},
    }

    reply = federated.assume(role, issuer.token(**good), "ana")

    session: Aws = federated.aws
    session.client("iam", reply["Credentials"]).list_users()
    refuse_each(federated, role, issuer, good, {"groups": ["staff"]}, {"groups": None})
    with refused("InvalidIdentityToken", "Incorrect token audience"):
        federated.assume(role, issuer.token(**{**good, "azp": "another-client"}))
