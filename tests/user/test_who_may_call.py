"""Which credentials may call what: every kind has all rights here, and is refused for being of its kind.

The cells are those of AWS's comparison (IAM User Guide, "Compare AWS STS credentials") and of the newer operations'
pages (STS API Reference). An account's root user has its own cells in `tests/sts/test_root.py`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.user import mfa_devices
from tests.user.accounts import Accounts
from tests.user.client import Aws, Role, Signer, User, keys_of
from tests.user.delegations import approved, two_sides
from tests.user.refusals import denial_of, refused
from tests.user.root_sessions import root_keys
from tests.user.server import Server
from tests.user.sessions import SESSION_RIGHTS, assume, trusting

ADMINISTRATOR = [{"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}]
LONGEST = 43200


@dataclass(frozen=True)
class Scene:
    """An account with one of each kind of credentials, and what the operations are called with."""

    aws: Aws
    user: User
    role: Role
    credentials: Mapping[str, Signer]
    message: str
    trade_in_token: str

    def client(self, credentials: str, service: str = "sts") -> Any:
        return self.aws.client(service, self.credentials[credentials])


CALLS: Mapping[str, Callable[[Any, Scene], Any]] = {
    "AssumeRole": lambda sts, scene: assume(sts, scene.role.arn),
    "AssumeRoot": lambda sts, scene: sts.assume_root(
        TargetPrincipal=scene.aws.account_id,
        TaskPolicyArn={"arn": "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"},
    ),
    "DecodeAuthorizationMessage": lambda sts, scene: sts.decode_authorization_message(EncodedMessage=scene.message),
    "GetAccessKeyInfo": lambda sts, scene: sts.get_access_key_info(AccessKeyId=scene.user.access_key_id),
    "GetCallerIdentity": lambda sts, scene: sts.get_caller_identity(),
    "GetDelegatedAccessToken": lambda sts, scene: sts.get_delegated_access_token(TradeInToken=scene.trade_in_token),
    "GetFederationToken": lambda sts, scene: sts.get_federation_token(Name="fed"),
    "GetScopedCredentials": lambda sts, scene: sts.get_scoped_credentials(DurationSeconds=60),
    "GetSessionToken": lambda sts, scene: sts.get_session_token(),
    "GetWebIdentityToken": lambda sts, scene: sts.get_web_identity_token(Audience=["a"], SigningAlgorithm="ES384"),
}

KEY, SESSION, MFA_SESSION = "a user's key", "a user's session", "a user's session with MFA"
ROLE, FEDERATED = "a role's session", "a federated user"
ROOT_SESSION = "root's session"

_BY_SESSION = "Cannot call {operation} with session credentials"
_ASSUME = "is not authorized to perform: sts:{operation} on resource: "

REFUSED: Mapping[tuple[str, str], tuple[str, str]] = {
    **{("AssumeRoot", who): ("AccessDenied", _ASSUME) for who in (KEY, SESSION, MFA_SESSION, ROLE, FEDERATED)},
    ("AssumeRoot", ROOT_SESSION): ("AccessDenied", _ASSUME),
    ("AssumeRole", FEDERATED): ("AccessDenied", _ASSUME),
    ("AssumeRole", ROOT_SESSION): ("AccessDenied", "Roles may not be assumed by root accounts."),
    **{
        (operation, who): ("AccessDenied", _BY_SESSION)
        for operation in ("GetFederationToken", "GetSessionToken")
        for who in (SESSION, MFA_SESSION, ROLE, FEDERATED, ROOT_SESSION)
    },
    **{
        (operation, who): ("AccessDenied", _BY_SESSION)
        for operation in ("DecodeAuthorizationMessage", "GetAccessKeyInfo")
        for who in (SESSION, MFA_SESSION, FEDERATED, ROOT_SESSION)
    },
    ("GetWebIdentityToken", FEDERATED): ("AccessDenied", _BY_SESSION),
    ("GetScopedCredentials", KEY): ("InvalidSubjectCredentials", "{operation} must be called with temporary"),
}
"""The cells that say no: (operation, credentials) → code and text. Every other cell says yes."""

NOT_OVER_THE_WIRE = {("GetScopedCredentials", ROOT_SESSION): "a root session that was made by hand has no record"}


@pytest.fixture(scope="module")
def scene(server: Server, accounts: Accounts) -> Iterator[Scene]:
    account_id, access_key_id, secret = accounts.create()
    aws = Aws(server.url, account_id, keys_of({"AccessKeyId": access_key_id, "SecretAccessKey": secret}), accounts)
    ana = aws.user("ana", allow=["*"])
    sts = ana.client("sts")
    trust = trusting(ana.arn, f"arn:aws:iam::{account_id}:root", actions=list(SESSION_RIGHTS))
    role = aws.role("deploy", trust=trust, allow=["*"], max_session=LONGEST)
    device = mfa_devices.enable(aws.admin("iam"), "ana")
    aws.admin("iam").enable_outbound_web_identity_federation()
    nobody = aws.user("nobody")
    sides = two_sides(aws.other(), partner=aws)
    yield Scene(
        aws=aws,
        user=ana,
        role=role,
        credentials={
            KEY: ana,
            SESSION: sts.get_session_token()["Credentials"],
            MFA_SESSION: sts.get_session_token(**mfa_devices.proof(device))["Credentials"],
            ROLE: assume(sts, role.arn)["Credentials"],
            FEDERATED: sts.get_federation_token(Name="fed", PolicyArns=ADMINISTRATOR)["Credentials"],
            ROOT_SESSION: root_keys(server, account_id),
        },
        message=denial_of(nobody.client("bailiwick").list_sessions).encoded_message,
        trade_in_token=approved(sides, sides.ask(), sides.customer.administrator, server),
    )
    for client in aws.clients:
        client.close()


@pytest.mark.parametrize("who", [KEY, SESSION, MFA_SESSION, ROLE, FEDERATED, ROOT_SESSION])
@pytest.mark.parametrize("operation", CALLS)
def test_a_cell_of_the_table(scene: Scene, operation: str, who: str) -> None:
    if (operation, who) in NOT_OVER_THE_WIRE:
        return
    call = CALLS[operation]
    refusal = REFUSED.get((operation, who))

    if refusal is None:
        assert call(scene.client(who), scene)["ResponseMetadata"]["HTTPStatusCode"] == 200
        return
    code, text = refusal
    with refused(code, having=text.format(operation=operation)):
        call(scene.client(who), scene)


@pytest.mark.parametrize("who", [KEY, MFA_SESSION, ROLE, ROOT_SESSION])
def test_iam_is_called_by_keys_roles_and_whoever_gave_a_code(scene: Scene, who: str) -> None:
    scene.client(who, "iam").list_users()


@pytest.mark.parametrize("who", [SESSION, FEDERATED])
def test_iam_is_not_called_by_sessions_without_a_code_and_federated_users(scene: Scene, who: str) -> None:
    with refused("InvalidClientTokenId", "The security token included in the request is invalid"):
        scene.client(who, "iam").list_users()


def test_a_key_assumes_a_role_for_as_long_as_the_role_allows(scene: Scene) -> None:
    assume(scene.client(KEY), scene.role.arn, DurationSeconds=LONGEST)


@pytest.mark.parametrize("who", [SESSION, MFA_SESSION, ROLE])
def test_every_session_assumes_a_role_for_an_hour_at_most(scene: Scene, who: str) -> None:
    sts = scene.client(who)

    assume(sts, scene.role.arn, DurationSeconds=3600)
    with refused(
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    ):
        assume(sts, scene.role.arn, DurationSeconds=3601)


@pytest.mark.parametrize(
    ("operation", "parameters"), [("get_session_token", {}), ("get_federation_token", {"Name": "fed"})]
)
def test_a_user_s_own_sessions_live_for_36_hours_at_most(
    scene: Scene, operation: str, parameters: dict[str, str]
) -> None:
    call = getattr(scene.client(KEY), operation)

    call(**parameters, DurationSeconds=129600)
    with refused("ValidationError", having="less than or equal to 129600"):
        call(**parameters, DurationSeconds=129601)


def test_no_policy_is_needed_for_who_am_i_and_for_a_session_of_one_s_own(scene: Scene) -> None:
    lone = scene.aws.user("lone", deny=["*"]).client("sts")

    lone.get_caller_identity()
    lone.get_session_token()
    for operation in ("AssumeRole", "DecodeAuthorizationMessage", "GetAccessKeyInfo", "GetDelegatedAccessToken"):
        with refused("AccessDenied"):
            CALLS[operation](lone, scene)
    for operation in ("GetFederationToken", "GetWebIdentityToken"):
        with refused("AccessDenied", having=f"sts:{operation}"):
            CALLS[operation](lone, scene)
