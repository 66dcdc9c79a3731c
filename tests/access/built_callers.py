"""Callers of every kind as `access` knows them, also those that no client can be yet."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bailiwick.access.call import Caller
from bailiwick.access.context import add_target_keys, caller_keys, request_context
from bailiwick.access.environment import Environment, Organization, ServiceCaller
from bailiwick.access.principals import PrincipalRecord, PrincipalType
from bailiwick.auth import ContextKey, Origin, PrincipalKind, SessionClaims, SessionTag
from bailiwick.operations import ContextValue, Target
from bailiwick.policy import ANONYMOUS, EMPTY_SET, Principal
from bailiwick.policy import PrincipalKind as Asking

ACCOUNT = "111122223333"
OTHER = "444455556666"
ISSUED = datetime(2026, 11, 24, 20, 0, 0, 123_000, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 20, 5, 7, 456_789, tzinfo=UTC)
ROOT_ARN = f"arn:aws:iam::{ACCOUNT}:root"
USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/staff/ana"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/ops/deploy"
LINKED_ARN = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"
OIDC_ARN = f"arn:aws:iam::{ACCOUNT}:oidc-provider/accounts.example.com"
SAML_ARN = f"arn:aws:iam::{ACCOUNT}:saml-provider/corp"
PLACE = Organization("o-abc", "o-abc/r-1/ou-2/")


@dataclass(frozen=True, slots=True)
class Case:
    """A caller and its record."""

    caller: Caller
    record: PrincipalRecord | None = None

    def around(self, environment: Environment) -> "Case":
        """The same caller in another environment."""
        return replace(self, caller=replace(self.caller, environment=environment))

    def keys(self, action: str = "iam:GetUser", target: Target | None = None) -> dict[str, ContextValue]:
        """The context of one check."""
        context = request_context(caller_keys(self.caller, self.record), self.caller, action, NOW)
        if target is not None:
            add_target_keys(
                context, target, target.account or self.caller.account, self.caller.environment.organization
            )
        return context


def case(
    kind: PrincipalKind,
    principal: Principal,
    user_id: str,
    *,
    session: SessionClaims | None = None,
    record: PrincipalRecord | None = None,
) -> Case:
    is_named = kind in (PrincipalKind.USER, PrincipalKind.ROLE)
    caller = Caller(
        kind=kind,
        account=principal.account or "",
        principal_id=user_id.partition(":")[0],
        arn=principal.arn,
        user_id=user_id,
        name=record.name if record is not None and is_named else None,
        access_key_id="AKIA",
        session=session,
        principal=principal,
        region="eu-west-1",
        source_address="203.0.113.9",
        user_agent="Boto3/1.44",
        is_secure=True,
    )
    return Case(caller, record)


def record(kind: PrincipalType, unique_id: str, name: str, arn: str) -> PrincipalRecord:
    tags = {"Team": "blue", "Stage": "prod"}
    return PrincipalRecord(kind, ACCOUNT, unique_id, name, arn, tags, EMPTY_SET, None, ())


def claims(kind: PrincipalKind, operation: str, **more: object) -> SessionClaims:
    given: dict[str, object] = {
        "session_id": "s1",
        "account": ACCOUNT,
        "principal_kind": kind,
        "principal_id": "AROADEPLOY",
        "principal_name": "deploy",
        "session_name": "work",
        "issued_at_ms": round(ISSUED.timestamp() * 1000),
        "expires_at_ms": round(ISSUED.timestamp() * 1000) + 3_600_000,
        "operation": operation,
        "origin": Origin("AKIA", ACCOUNT, "AIDAANA"),
    }
    return SessionClaims(**{**given, **more})  # type: ignore[arg-type]  # the fields' own types are given above


ANA = record("user", "AIDAANA", "ana", USER_ARN)
DEPLOY = record("role", "AROADEPLOY", "deploy", ROLE_ARN)
LINKED = record("role", "AROALINKED", "AWSServiceRoleForX", LINKED_ARN)
AS_USER = Principal(Asking.USER, ACCOUNT, USER_ARN, "AIDAANA")
MFA_AT = round(ISSUED.timestamp() * 1000) - 60_000


def user_session(**more: object) -> Case:
    session = claims(PrincipalKind.USER, "GetSessionToken", **more)
    return case(PrincipalKind.USER, AS_USER, "AIDAANA", session=session, record=ANA)


def role_session(of: PrincipalRecord = DEPLOY, operation: str = "AssumeRole", **more: object) -> Case:
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{of.name}/work"
    principal = Principal(Asking.ROLE_SESSION, ACCOUNT, arn, of.unique_id, of.arn)
    session = claims(PrincipalKind.ROLE, operation, **more)
    return case(PrincipalKind.ROLE, principal, f"{of.unique_id}:work", session=session, record=of)


def federated_user(parent: PrincipalRecord | None, *tags: SessionTag) -> Case:
    arn = f"arn:aws:sts::{ACCOUNT}:federated-user/bob"
    parent_arn = ROOT_ARN if parent is None else parent.arn
    principal = Principal(Asking.FEDERATED_USER, ACCOUNT, arn, parent.unique_id if parent else None, parent_arn)
    session = claims(PrincipalKind.FEDERATED_USER, "GetFederationToken", tags=tags)
    return case(PrincipalKind.FEDERATED_USER, principal, f"{ACCOUNT}:bob", session=session, record=parent)


def root(session: SessionClaims | None = None) -> Case:
    return case(PrincipalKind.ROOT, Principal(Asking.ROOT, ACCOUNT, ROOT_ARN), ACCOUNT, session=session)


def service() -> Case:
    """A service of AWS that calls as itself. Authentication knows none yet, so that it has no kind of its own there."""
    name = "cloudtrail.amazonaws.com"
    calling = case(PrincipalKind.ANONYMOUS, Principal(Asking.SERVICE, None, name), "")
    return calling.around(
        Environment(
            service=ServiceCaller(
                name,
                (name, "cloudtrail.eu-west-1.amazonaws.com"),
                source_arn=f"arn:aws:cloudtrail:eu-west-1:{OTHER}:trail/t",
                source_account=OTHER,
                source_organization=PLACE,
            )
        )
    )


CALLERS: Mapping[str, Case] = {
    "root": root(),
    "root with AssumeRoot": root(claims(PrincipalKind.ROOT, "AssumeRoot")),
    "user": case(PrincipalKind.USER, AS_USER, "AIDAANA", record=ANA),
    "user session": user_session(),
    "user session with MFA": user_session(mfa_authenticated_at_ms=MFA_AT),
    "federated user": federated_user(ANA, SessionTag("team", "red", False)),
    "federated user of root": federated_user(None),
    "role session": role_session(tags=(SessionTag("STAGE", "test", False),), source_identity="ana"),
    "role session with MFA": role_session(mfa_authenticated_at_ms=MFA_AT),
    "chained role session": role_session(
        is_chained=True, tags=(SessionTag("team", "green", True),), source_identity="ana"
    ),
    "web identity session": role_session(
        operation="AssumeRoleWithWebIdentity",
        federated_provider=OIDC_ARN,
        context_keys=(
            ContextKey("accounts.example.com:SUB", ("ana@example.com",)),
            ContextKey("accounts.example.com:amr", ("pwd", "otp")),
            ContextKey("accounts.example.com:none", ()),
        ),
    ),
    "SAML session": role_session(
        operation="AssumeRoleWithSAML", federated_provider=SAML_ARN, context_keys=(ContextKey("saml:sub", ("ana",)),)
    ),
    "service-linked role": role_session(LINKED),
    "service": service(),
    "anonymous": case(PrincipalKind.ANONYMOUS, ANONYMOUS, "anonymous"),
}
