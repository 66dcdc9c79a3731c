"""What an operation must ask besides its own permission: iam:PassRole, when it hands a role to a service.

sts:TagSession and sts:SetSourceIdentity are asked by AssumeRole: see `tests/user/test_session_tags.py`.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bailiwick.access.call import Call
from bailiwick.access.callers import NO_LIMITS, Standing
from bailiwick.access.decisions import Access
from bailiwick.access.sessions import SessionLimits
from bailiwick.auth import PrincipalKind
from bailiwick.errors import AccessDenied
from bailiwick.operations import Target
from bailiwick.policy import PolicySet, PolicySource, PolicyType, Principal, compile_policy
from bailiwick.policy import PrincipalKind as Asking
from bailiwick.store import Transaction
from tests.sts import parts

ACCOUNT = parts.ACCOUNT
ANA = "AIDAANAANAANAANAANAAN"
ANA_ARN = f"arn:aws:iam::{ACCOUNT}:user/ana"
ROLE = Target(arn=f"arn:aws:iam::{ACCOUNT}:role/app/web", account=ACCOUNT)
INSTANCE = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-1"
READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"


def allow(resource: str = "*", action: str = "iam:PassRole", **condition: object) -> dict[str, object]:
    statement: dict[str, object] = {"Effect": "Allow", "Action": action, "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})


def document(*statements: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def narrowing(*statements: Mapping[str, object]) -> PolicySet:
    return PolicySet.of([compile_policy(document(*statements), PolicySource(PolicyType.SESSION, "session"))])


@dataclass
class Ana:
    """A user with one inline policy, and the limits of her session if she has one."""

    statements: tuple[Mapping[str, object], ...]
    boundary: str | None = None
    limits: SessionLimits = NO_LIMITS

    async def make(self, tx: Transaction) -> None:
        await tx.run(
            "INSERT INTO users (account_id, user_id, name, name_key, path, boundary_arn, created_at)"
            " VALUES (?, ?, 'ana', 'ana', '/', ?, 0)",
            *(ACCOUNT, ANA, self.boundary),
        )
        await tx.run(
            "INSERT INTO inline_policies (account_id, owner_kind, owner_id, name, document, size)"
            " VALUES (?, 'user', ?, 'own', ?, 0)",
            *(ACCOUNT, ANA, document(*self.statements)),
        )

    async def call(self, installed: parts.Parts) -> Call:
        """A call of hers, of an operation that takes a role."""
        await installed.store.write(self.make)
        record = await installed.installation.principals.find("user", ACCOUNT, ANA)
        call = installed.call_of("AddRoleToInstanceProfile", {})
        caller = replace(
            call.caller,
            kind=PrincipalKind.USER,
            principal_id=ANA,
            arn=ANA_ARN,
            user_id=ANA,
            name="ana",
            principal=Principal(Asking.USER, ACCOUNT, ANA_ARN, ANA),
        )
        access = Access(installed.installation, Standing.of(caller, record, self.limits))
        return replace(call, caller=caller, access=access)


def pass_role(
    folder: Path,
    caller: Ana | None,
    role: Target = ROLE,
    service: str = "ec2.amazonaws.com",
    associated_arn: str | None = None,
) -> list[tuple[str, str, bool]]:
    """What was decided when the caller (None for the account's root) passed the role.

    Raises:
        AccessDenied: the caller may not.
    """

    folder.mkdir(exist_ok=True)

    async def run() -> list[tuple[str, str, bool]]:
        async with parts.opened(folder) as installed:
            call = installed.call_of("AddRoleToInstanceProfile", {}) if caller is None else await caller.call(installed)
            await installed.store.write(
                lambda tx: call.access.require_pass_role(call, tx, role, service=service, associated_arn=associated_arn)
            )
            return [(made.action, made.resource, made.decision.is_allowed) for made in call.access.decisions]

    return asyncio.run(run())


def refused(words: str) -> AbstractContextManager[object]:
    return pytest.raises(AccessDenied, match=f"^{words}$")


NOT_ALLOWED = rf"User: {ANA_ARN} is not authorized to perform: iam:PassRole on resource: {ROLE.arn} "


def test_whoever_hands_a_role_to_a_service_must_be_allowed_to_pass_it(tmp_path: Path) -> None:
    """Example 116: the operation's own permission is not enough."""
    with refused(NOT_ALLOWED + "because no identity-based policy allows the iam:PassRole action"):
        pass_role(tmp_path, Ana((allow(action="ec2:*"), allow(action="iam:AddRoleToInstanceProfile"))))


def test_whoever_may_pass_the_role_passes_it_and_the_event_will_tell(tmp_path: Path) -> None:
    assert pass_role(tmp_path, Ana((allow(ROLE.arn),))) == [("iam:PassRole", ROLE.arn, True)]


def test_it_is_the_roles_arn_with_its_path_that_policies_name(tmp_path: Path) -> None:
    with pytest.raises(AccessDenied):
        pass_role(tmp_path, Ana((allow(f"arn:aws:iam::{ACCOUNT}:role/web"),)))


@pytest.mark.parametrize(("service", "is_allowed"), [("lambda.amazonaws.com", True), ("ec2.amazonaws.com", False)])
def test_a_policy_can_say_to_which_service(tmp_path: Path, service: str, is_allowed: bool) -> None:
    """Example 117."""
    ana = Ana((allow(StringEquals={"iam:PassedToService": "lambda.amazonaws.com"}),))

    if is_allowed:
        assert pass_role(tmp_path, ana, service=service)
    else:
        with pytest.raises(AccessDenied):
            pass_role(tmp_path, ana, service=service)


@pytest.mark.parametrize(
    ("associated_arn", "is_allowed"),
    [(INSTANCE, True), (f"arn:aws:ec2:us-east-2:{ACCOUNT}:instance/i-1", False), (None, False)],
)
def test_a_policy_can_say_for_which_resource(tmp_path: Path, associated_arn: str | None, is_allowed: bool) -> None:
    east = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/*"
    ana = Ana((allow(ArnLike={"iam:AssociatedResourceArn": east}),))

    if is_allowed:
        assert pass_role(tmp_path, ana, associated_arn=associated_arn)
    else:
        with pytest.raises(AccessDenied):
            pass_role(tmp_path, ana, associated_arn=associated_arn)


def test_a_policy_can_say_by_which_tag_where_the_operation_tells_of_tags(tmp_path: Path) -> None:
    ana = Ana((allow(StringEquals={"aws:ResourceTag/stage": "test"}),))

    assert pass_role(tmp_path / "tagged", ana, replace(ROLE, tags={"Stage": "test"}))
    with pytest.raises(AccessDenied):
        pass_role(tmp_path / "untagged", ana)


def test_an_explicit_deny_holds(tmp_path: Path) -> None:
    with refused(NOT_ALLOWED + "with an explicit deny in an identity-based policy"):
        pass_role(tmp_path, Ana((allow(action="*"), allow(ROLE.arn) | {"Effect": "Deny"})))


def test_the_boundary_must_allow_too(tmp_path: Path) -> None:
    with refused(NOT_ALLOWED + "because no permissions boundary allows the iam:PassRole action"):
        pass_role(tmp_path, Ana((allow(),), boundary=READ_ONLY))


def test_session_policies_and_scope_downs_must_allow_too(tmp_path: Path) -> None:
    passing, reading = narrowing(allow()), narrowing(allow(action="iam:Get*"))

    assert pass_role(tmp_path / "both", Ana((allow(),), limits=SessionLimits(passing, (passing,), ())))
    for name, limits in (
        ("session", SessionLimits(reading, (), ())),
        ("scope-down", SessionLimits(passing, (reading,), ())),
    ):
        with refused(NOT_ALLOWED + "because no session policy allows the iam:PassRole action"):
            pass_role(tmp_path / name, Ana((allow(),), limits=limits))


def test_the_accounts_root_may_pass_its_roles(tmp_path: Path) -> None:
    assert pass_role(tmp_path, None) == [("iam:PassRole", ROLE.arn, True)]


@pytest.mark.parametrize("is_root", [True, False])
def test_nobody_passes_a_role_of_another_account(tmp_path: Path, is_root: bool) -> None:
    theirs = Target(arn="arn:aws:iam::444455556666:role/web", account="444455556666")

    with refused(r"Cross-account pass role is not allowed\."):
        pass_role(tmp_path, None if is_root else Ana((allow(action="*"),)), theirs)


def test_a_role_whose_account_is_not_said_is_the_callers(tmp_path: Path) -> None:
    assert pass_role(tmp_path, Ana((allow(ROLE.arn),)), replace(ROLE, account=None))
