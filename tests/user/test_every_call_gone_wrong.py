"""What every operation answers a wrong call: each constraint of its model, what is not there, what is another's."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from bailiwick.iam.wording import PATTERNS
from bailiwick.wire.patterns import matcher
from tests.user.accounts import Accounts
from tests.user.client import Aws, Keys, User
from tests.user.operation_answers import REFUSED
from tests.user.operation_calls import CALLS, Scene
from tests.user.server import Server
from tests.user.test_every_operation import CODE_OF_WRONG, OPERATIONS, call, nobody, refusal, scene, shape_of

__all__ = ["nobody", "scene"]

Broken = tuple[tuple[str, ...], object, str]
"""Where a value is in the parameters (`[]`: in a list), a value that breaks one constraint, and how that is told."""

_LONGEST = 140_000
"""Longer texts are not sent: of certificates and metadata."""

_WIDER = frozenset({"markerType"})
"""Shapes that take more here than their model allows: a sealed marker is longer than AWS's."""


def broken(shape: Shape, within: tuple[str, ...] = (), seen: tuple[str, ...] = ()) -> Iterator[Broken]:
    """For each constraint of a shape, and of what it holds, a value that breaks it."""
    if shape.name in seen:
        return
    seen = (*seen, shape.name)
    match shape:
        case StructureShape():
            for name, member in shape.members.items():
                yield from broken(member, (*within, name), seen)
        case ListShape():
            most = shape.metadata.get("max")
            if most is not None and most <= 1000:
                yield within, [some(shape.member)] * (most + 1), f"Member must have length less than or equal to {most}"
            yield from broken(shape.member, (*within, "[]"), seen)
        case MapShape():
            return
        case StringShape():
            yield from broken_texts(shape, within)
        case _ if shape.type_name in ("integer", "long"):
            least, most = shape.metadata.get("min"), shape.metadata.get("max")
            if least is not None:
                yield within, least - 1, f"Member must have value greater than or equal to {least}"
            if most is not None:
                yield within, most + 1, f"Member must have value less than or equal to {most}"


def some(shape: Shape) -> object:
    """A value of a shape, right or wrong, that can be sent."""
    match shape:
        case StructureShape():
            name, member = next(iter(shape.members.items()))
            return {name: some(member)}
        case ListShape():
            return [some(shape.member)]
        case _:
            return "x"


def broken_texts(shape: StringShape, within: tuple[str, ...]) -> Iterator[Broken]:
    if shape.enum:
        yield within, "no-such-value", "Member must satisfy enum value set"
        return
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 1000)
    if least > 0:
        yield within, "x" * (least - 1), f"Member must have length greater than or equal to {least}"
    if "max" in shape.metadata and most < _LONGEST and shape.name not in _WIDER:
        yield within, "x" * (most + 1), f"Member must have length less than or equal to {most}"
    pattern = PATTERNS.get(shape.name, shape.metadata.get("pattern"))
    wrong = "\u20ac" * max(least, 1)
    if pattern is not None and not matcher(pattern)(wrong):
        yield within, wrong, "pattern"


def put(parameters: Mapping[str, Any], where: tuple[str, ...], value: object) -> dict[str, Any]:
    """The parameters with a value in its place."""

    def made(rest: tuple[str, ...]) -> object:
        if not rest:
            return value
        inner = made(rest[1:])
        return [inner] if rest[0] == "[]" else {rest[0]: inner}

    return {**parameters, where[0]: made(where[1:])}


def with_constraints() -> list[str]:
    return [
        action for action in OPERATIONS if (shape := shape_of(action).input_shape) is not None and any(broken(shape))
    ]


@pytest.mark.parametrize("action", with_constraints())
def test_every_constraint_of_the_model_is_kept(scene: Scene, nobody: User, action: str) -> None:
    shape = shape_of(action).input_shape
    assert shape is not None
    parameters = CALLS[action](scene)

    for where, value, told in broken(shape):
        reply = refusal(scene, nobody, action, put(parameters, where, value), validates=False)

        error = reply["Error"]
        assert error["Code"] == CODE_OF_WRONG[action.partition(":")[0]], (where, error)
        assert reply["ResponseMetadata"]["HTTPStatusCode"] == 400
        if told != "pattern":
            assert told in error["Message"], (where, error)
        elif len(where) == 1:  # deeper, something else is missing, which is told alone
            assert "regular expression pattern" in error["Message"] or "is invalid" in error["Message"], (where, error)
        else:
            continue
        name = next(part for part in reversed(where) if part != "[]")
        assert name[:1].lower() + name[1:] in error["Message"], (where, error)


# What is not there

MISSING: Mapping[str, str] = {
    "UserName": "missing",
    "GroupName": "missing",
    "RoleName": "missing",
    "InstanceProfileName": "missing",
    "ServerCertificateName": "missing",
    "PolicyArn": "arn:aws:iam::{account}:policy/missing",
    "PolicySourceArn": "arn:aws:iam::{account}:user/missing",
    "Arn": "arn:aws:iam::{account}:user/missing",
    "OpenIDConnectProviderArn": "arn:aws:iam::{account}:oidc-provider/missing.example.com",
    "SAMLProviderArn": "arn:aws:iam::{account}:saml-provider/missing",
    "SerialNumber": "arn:aws:iam::{account}:mfa/missing",
    "DelegationRequestId": "missing-0123456789",
    "DeletionTaskId": (
        "task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS/00000000-0000-4000-8000-000000000000"
    ),
    "AccessKeyId": "AKIAMISSING000000000",
    "CertificateId": "MISSINGMISSINGMISSINGMISSING",
    "SSHPublicKeyId": "APKAMISSING000000000",
    "ServiceSpecificCredentialId": "ACCAMISSING000000000",
    "VersionId": "v99",
    "JobId": "00000000-0000-4000-8000-000000000000",
    "RequestId": "00000000-0000-7000-8000-000000000000",
    "SessionId": "0123456789abcdef",
    "AccountAlias": "missing-alias",
}
"""By parameter, what names nothing."""

NAMES_WHAT_IS_MADE = {
    ("iam:CreateUser", "UserName"),
    ("iam:CreateGroup", "GroupName"),
    ("iam:CreateRole", "RoleName"),
    ("iam:CreateInstanceProfile", "InstanceProfileName"),
    ("iam:UploadServerCertificate", "ServerCertificateName"),
    ("iam:CreateAccountAlias", "AccountAlias"),
}

ANSWERED_OTHERWISE: Mapping[tuple[str, str], str] = {
    # Whose key it is can be told of every key that has the form of one.
    ("sts:GetAccessKeyInfo", "AccessKeyId"): "ValidationError",
    # AWS tells nobody whether a key exists.
    ("iam:GetAccessKeyLastUsed", "AccessKeyId"): "AccessDenied",
}


def naming(scene: Scene) -> list[tuple[str, str]]:
    """Each operation with each parameter by which its row names what must be there."""
    return [
        (action, name)
        for action in OPERATIONS
        for name in MISSING.keys() & CALLS[action](scene).keys()
        if (action, name) not in NAMES_WHAT_IS_MADE
    ]


def test_what_is_not_there_is_told_so(scene: Scene) -> None:
    expected, told = {}, {}
    for action, name in naming(scene):
        missing = MISSING[name].format(account=scene.aws.account_id)
        parameters = {**CALLS[action](scene), name: missing}
        error = refusal(scene, scene.aws.administrator, action, parameters, validates=False)["Error"]
        told[action, name] = error["Code"].removesuffix("Exception")
        expected[action, name] = ANSWERED_OTHERWISE.get((action, name), "NoSuchEntity")

    assert len(told) > 150
    assert told == expected


# What is another account's


@pytest.fixture(scope="module")
def stranger(server: Server, accounts: Accounts) -> Iterator[Aws]:
    """The administrator of another account."""
    account_id, access_key_id, secret_access_key = accounts.create()
    aws = Aws(server.url, account_id, Keys(access_key_id, secret_access_key), accounts)
    yield aws
    for client in aws.clients:
        client.close()


def told_of(scene: Scene) -> list[str]:
    """All by which something of the scene's account can be named from outside."""
    held = scene.held
    return [
        scene.aws.account_id,
        scene.key,
        scene.session,
        scene.denied_request,
        scene.deletion,
        scene.job,
        *scene.requests.values(),
        held.ssh_key,
        held.signing_certificate,
        held.service_credential,
        scene.alias,
    ]


OF_EVERYBODY: Mapping[str, str] = {
    # They name the account, and nothing in it: what is told is what the caller's own account has.
    "iam:ListDelegationRequests": "told of its own",
    # A delegation request is for another account to take up; whoever may is told of it.
    "iam:AssociateDelegationRequest": "open to all until it is taken",
    "sts:AssumeRoleWithSAML": "proves by what it carries whom it is for, whoever sends it",
    "sts:AssumeRoleWithWebIdentity": "nobody signs it, so that everybody is a stranger",
    "sts:GetAccessKeyInfo": "tells the account of every key",
    "iam:CreateRole": "its trust policy names another account, as it may",
    "iam:CreateDelegationRequest": "asks for a policy of its own account, of which it cannot know that it is not there",
}


def test_what_is_another_accounts_cannot_be_reached(scene: Scene, stranger: Aws) -> None:
    tried = [
        action
        for action in OPERATIONS
        if action not in OF_EVERYBODY and any(name in str(CALLS[action](scene)) for name in told_of(scene))
    ]
    refusals = ("NoSuchEntity", "AccessDenied", "InvalidInput", "InvalidAuthorizationMessage")
    told = {}
    for action in tried:
        parameters = CALLS[action](scene)
        error = refusal(scene, stranger.administrator, action, parameters)["Error"]
        told[action] = error["Code"].removesuffix("Exception")
        names_it = scene.aws.account_id in str(parameters)
        assert names_it or action in REFUSED or scene.aws.account_id not in error["Message"], (action, error)

    assert len(tried) > 50
    assert {action: code for action, code in told.items() if code not in refusals} == {}


def test_the_strangers_calls_have_changed_nothing(scene: Scene) -> None:
    details = call(scene, scene.aws.administrator, "iam:GetAccountAuthorizationDetails", {"Filter": ["User", "Role"]})

    assert {"ana", "eve"} <= {each["UserName"] for each in details["UserDetailList"]}
    assert {"auditor", "bare"} <= {each["RoleName"] for each in details["RoleDetailList"]}
