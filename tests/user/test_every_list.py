"""Every list that has pages: together they hold each item once, and a marker serves one caller and one list alone."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.certificates import pair, rsa_key, ssh_line
from tests.user import mfa_devices
from tests.user.accounts import Accounts
from tests.user.client import Aws, Keys, User
from tests.user.credential_builders import server_certificate
from tests.user.operation_calls import ADMINISTRATOR, CALLS, DOCUMENT, READ_ONLY, Parameters, Scene, set_up
from tests.user.server import Server
from tests.user.test_every_operation import OPERATIONS, call, refusal, shape_of

TAGS = [{"Key": key, "Value": "x"} for key in ("one", "two", "three")]


def with_pages() -> list[str]:
    """The operations of IAM that give and take markers."""
    found = []
    for action, declared in OPERATIONS.items():
        shape = shape_of(action)
        if declared.service == "iam" and shape.input_shape is not None and shape.output_shape is not None:
            members = {*shape.input_shape.members} & {*shape.output_shape.members, "MaxItems"}
            if {"Marker"} <= members and "MaxItems" in shape.input_shape.members:
                found.append(action)
    return found


NEVER_MORE_THAN_ONE = {
    "iam:ListAccountAliases": "an account has one alias",
    "iam:GetServiceLastAccessedDetailsWithEntities": "the report is of one user",
    "iam:GetOrganizationsAccessReport": "there are no such reports",
}
"""Lists that have no second page here, and why."""

LISTS = [action for action in with_pages() if action not in NEVER_MORE_THAN_ONE]

CALLED_OTHERWISE: dict[str, Parameters] = {
    "iam:SimulateCustomPolicy": {"PolicyInputList": [DOCUMENT], "ActionNames": ["iam:GetUser", "iam:ListUsers"]},
}


@pytest.fixture(scope="module")
def scene(server: Server, accounts: Accounts) -> Iterator[Scene]:
    """A scene in which each list has several items."""
    account_id, access_key_id, secret_access_key = accounts.create()
    aws = Aws(server.url, account_id, Keys(access_key_id, secret_access_key), accounts)
    made = set_up(aws)
    add_more(aws, made)
    yield made
    for client in aws.clients:
        client.close()


def add_more(aws: Aws, made: Scene) -> None:
    iam = aws.admin("iam")
    iam.create_access_key(UserName="ana")
    iam.upload_ssh_public_key(UserName="ana", SSHPublicKeyBody=ssh_line(rsa_key(number=1)))
    iam.upload_signing_certificate(UserName="ana", CertificateBody=pair("second").pem)
    iam.create_service_specific_credential(UserName="ana", ServiceName="codecommit.amazonaws.com")
    iam.upload_server_certificate(ServerCertificateName="www2", **server_certificate())
    mfa_devices.enable(iam, "ana", "second")
    mfa_devices.create(iam, "looser")
    iam.create_instance_profile(InstanceProfileName="other")
    iam.add_role_to_instance_profile(InstanceProfileName="other", RoleName="auditor")
    iam.add_user_to_group(UserName="ana", GroupName="empty")
    iam.add_user_to_group(UserName="eve", GroupName="developers")
    for kind, name in (("user", "ana"), ("group", "developers"), ("role", "auditor")):
        named = {f"{kind.capitalize()}Name": name}
        getattr(iam, f"attach_{kind}_policy")(PolicyArn=READ_ONLY, **named)
        getattr(iam, f"put_{kind}_policy")(PolicyName="second", PolicyDocument=DOCUMENT, **named)
    iam.tag_user(UserName="ana", Tags=TAGS)
    iam.tag_role(RoleName="auditor", Tags=TAGS)
    iam.tag_policy(PolicyArn=made.policy, Tags=TAGS)
    iam.tag_instance_profile(InstanceProfileName="machine", Tags=TAGS)
    iam.tag_server_certificate(ServerCertificateName="www", Tags=TAGS)
    iam.tag_mfa_device(SerialNumber=made.loose.serial_number, Tags=TAGS)
    iam.tag_open_id_connect_provider(**made.oidc, Tags=TAGS)
    iam.tag_saml_provider(**made.saml, Tags=TAGS)


@pytest.fixture(scope="module")
def other(scene: Scene) -> User:
    """Another administrator of the account."""
    user = scene.aws.user("other")
    scene.aws.admin("iam").attach_user_policy(UserName="other", PolicyArn=ADMINISTRATOR)
    return user


def parameters_of(scene: Scene, action: str) -> dict[str, Any]:
    given = dict(CALLED_OTHERWISE.get(action) or CALLS[action](scene))
    given.pop("MaxItems", None)
    if action == "iam:SimulatePrincipalPolicy":
        given["ActionNames"] = ["iam:GetUser", "iam:ListUsers"]
    if action == "iam:GetServiceLastAccessedDetails":
        given["JobId"] = scene.aws.admin("iam").generate_service_last_accessed_details(Arn=ADMINISTRATOR)["JobId"]
    return given


def items_of(reply: dict[str, Any]) -> list[str]:
    if "ServicesLastAccessed" in reply:  # what was last tried goes on while the pages are read
        return sorted(item["ServiceNamespace"] for item in reply["ServicesLastAccessed"])
    lists = [each for key, each in sorted(reply.items()) if isinstance(each, list)]
    return sorted(json.dumps(item, default=str, sort_keys=True) for each in lists for item in each)


@pytest.mark.parametrize("action", LISTS)
def test_pages_hold_each_item_once_and_markers_serve_nobody_and_nothing_else(
    scene: Scene, other: User, action: str
) -> None:
    administrator = scene.aws.administrator
    parameters = parameters_of(scene, action)
    whole = call(scene, administrator, action, {**parameters, "MaxItems": 1000})
    size = max(1, len(items_of(whole)) // 3)

    pages = [call(scene, administrator, action, {**parameters, "MaxItems": size})]
    assert is_truncated(pages[0]), "the scene has too little of it"
    marker = pages[0]["Marker"]
    while is_truncated(pages[-1]):
        pages.append(
            call(scene, administrator, action, {**parameters, "MaxItems": size, "Marker": pages[-1]["Marker"]})
        )

    assert "Marker" not in pages[-1]
    assert sorted(item for page in pages for item in items_of(page)) == items_of(whole)
    assert refused(scene, other, action, {**parameters, "Marker": marker}) in ("ValidationError", "NoSuchEntity")
    another = LISTS[(LISTS.index(action) + 1) % len(LISTS)]
    assert (
        refused(scene, administrator, another, {**parameters_of(scene, another), "Marker": marker}) == "ValidationError"
    )
    assert refused(scene, administrator, action, {**parameters, "Marker": marker[:-4] + "AAAA"}) == "ValidationError"


def is_truncated(reply: dict[str, Any]) -> bool:
    """One of the model's lists spells the member in its own way."""
    found: bool = reply["isTruncated"] if "isTruncated" in reply else reply["IsTruncated"]
    return found


def refused(scene: Scene, signer: Keys | User, action: str, parameters: Parameters) -> str:
    return str(refusal(scene, signer, action, parameters)["Error"]["Code"])
