"""The policies themselves: their names, paths, versions, dates and documents."""

import base64
import functools
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from bailiwick.access.managed_policies import composed, root_tasks, service_linked

ARN_PREFIX = "arn:aws:iam::aws:policy"
"""Every ARN of a policy of AWS begins so; its path and name follow."""

_ID_LENGTH = 17

Statement = dict[str, object]


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """One managed policy of AWS, in its only version that is kept: the default one.

    Attributes:
        name: its name, with the spelling of AWS.
        path: `/`, `/job-function/` and so on.
        description: what it is for; says so when the document is an approximation of AWS's.
        version_id: the default version (`v1`): AWS's number where the document grants what that version grants.
        created_at, updated_at: aware UTC; of the policy, and of its default version.
        is_attachable: False for those that no identity but a service-linked role may hold: theirs, and root's tasks.
    """

    name: str
    path: str
    description: str
    version_id: str
    created_at: datetime
    updated_at: datetime
    compose: Callable[[], list[Statement]]
    is_attachable: bool = True

    @property
    def arn(self) -> str:
        """`arn:aws:iam::aws:policy/…`."""
        return f"{ARN_PREFIX}{self.path}{self.name}"

    @property
    def policy_id(self) -> str:
        """A unique id that never changes: derived from the ARN, so the same in every installation."""
        digest = hashlib.sha256(self.arn.encode()).digest()
        return "ANPA" + base64.b32encode(digest).decode()[:_ID_LENGTH]

    def document(self) -> str:
        """The JSON text of the default version. Composed on first use and kept."""
        return _text(self)


def find(arn: str) -> ManagedPolicy | None:
    """The policy of AWS with exactly this ARN, path included; None when there is none here."""
    return _BY_ARN.get(arn)


def is_root_task(arn: str) -> bool:
    """Whether it is the ARN of a task policy of AssumeRoot."""
    policy = find(arn)
    return policy is not None and policy.path == root_tasks.PATH


def all_sorted() -> tuple[ManagedPolicy, ...]:
    """Every policy of AWS that this version has, by name without regard to case."""
    return _SORTED


@functools.lru_cache(maxsize=64)
def _text(policy: ManagedPolicy) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": policy.compose()}, indent=4)


def _allow(*actions: str, resource: str | list[str] = "*") -> Statement:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def _administrator() -> list[Statement]:
    return [{"Effect": "Allow", "Action": "*", "Resource": "*"}]


def _power_user() -> list[Statement]:
    return [
        {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
        _allow(
            "account:GetAccountInformation",
            "account:GetGovCloudAccountInformation",
            "account:GetPrimaryEmail",
            "account:ListRegions",
            "iam:CreateServiceLinkedRole",
            "iam:DeleteServiceLinkedRole",
            "iam:ListRoles",
            "organizations:DescribeEffectivePolicy",
            "organizations:DescribeOrganization",
        ),
    ]


def _iam_full() -> list[Statement]:
    return [
        _allow(
            "iam:*",
            "organizations:DescribeAccount",
            "organizations:DescribeOrganization",
            "organizations:DescribeOrganizationalUnit",
            "organizations:DescribePolicy",
            "organizations:ListChildren",
            "organizations:ListParents",
            "organizations:ListPolicies",
            "organizations:ListPoliciesForTarget",
            "organizations:ListRoots",
            "organizations:ListTargetsForPolicy",
        )
    ]


def _iam_read_only() -> list[Statement]:
    return [
        _allow(
            "iam:GenerateCredentialReport",
            "iam:GenerateServiceLastAccessedDetails",
            "iam:Get*",
            "iam:List*",
            "iam:SimulateCustomPolicy",
            "iam:SimulatePrincipalPolicy",
        )
    ]


def _iam_change_password() -> list[Statement]:
    own = ["arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::*:user/*/${aws:username}"]
    return [_allow("iam:ChangePassword", resource=own), _allow("iam:GetAccountPasswordPolicy")]


def _s3_full() -> list[Statement]:
    return [_allow("s3:*", "s3-object-lambda:*")]


def _s3_read_only() -> list[Statement]:
    return [_allow("s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*")]


def _read_only() -> list[Statement]:
    return [_allow(*composed.reads())]


def _view_only() -> list[Statement]:
    return [_allow(*composed.views())]


def _security_audit() -> list[Statement]:
    return [_allow(*composed.configuration_reads())]


_APPROXIMATE = " An approximation, composed from the access levels of the Service Authorization Reference."


def _day(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


def _of_a_service_linked_role(name: str, actions: tuple[str, ...]) -> ManagedPolicy:
    return ManagedPolicy(
        name,
        "/aws-service-role/",
        "What a service-linked role lets its service do. An approximation of AWS's.",
        "v1",
        _day(2017, 7, 1),
        _day(2017, 7, 1),
        lambda: [_allow(*actions)],
        is_attachable=False,
    )


def _of_a_root_task(name: str, statements: list[Statement]) -> ManagedPolicy:
    return ManagedPolicy(
        name,
        root_tasks.PATH,
        root_tasks.DESCRIPTIONS[name],
        "v1",
        _day(2024, 11, 14),
        _day(2024, 11, 14),
        lambda: statements,
        is_attachable=False,
    )


_SORTED: tuple[ManagedPolicy, ...] = tuple(
    sorted(
        (
            *(_of_a_service_linked_role(name, actions) for name, actions in service_linked.ACTIONS.items()),
            *(_of_a_root_task(name, statements) for name, statements in root_tasks.STATEMENTS.items()),
            ManagedPolicy(
                "AdministratorAccess",
                "/",
                "Full access to every service and resource.",
                "v1",
                _day(2015, 2, 6),
                _day(2015, 2, 6),
                _administrator,
            ),
            ManagedPolicy(
                "PowerUserAccess",
                "/",
                "Full access to services and resources, without the management of users and groups.",
                "v12",
                _day(2015, 2, 6),
                _day(2026, 2, 12),
                _power_user,
            ),
            ManagedPolicy(
                "ReadOnlyAccess",
                "/",
                "Read-only access to services and resources, data included; secrets, passwords and credentials are not."
                + _APPROXIMATE,
                "v1",
                _day(2015, 2, 6),
                _day(2015, 2, 6),
                _read_only,
            ),
            ManagedPolicy(
                "ViewOnlyAccess",
                "/job-function/",
                "Lists and describes resources in every service, without reading data." + _APPROXIMATE,
                "v1",
                _day(2016, 11, 10),
                _day(2016, 11, 10),
                _view_only,
            ),
            ManagedPolicy(
                "SecurityAudit",
                "/",
                "Reads the configuration that a security audit needs, without reading data." + _APPROXIMATE,
                "v1",
                _day(2015, 2, 6),
                _day(2015, 2, 6),
                _security_audit,
            ),
            ManagedPolicy(
                "IAMFullAccess",
                "/",
                "Full access to IAM.",
                "v2",
                _day(2015, 2, 6),
                _day(2019, 6, 21),
                _iam_full,
            ),
            ManagedPolicy(
                "IAMReadOnlyAccess",
                "/",
                "Read-only access to IAM.",
                "v4",
                _day(2015, 2, 6),
                _day(2018, 1, 25),
                _iam_read_only,
            ),
            ManagedPolicy(
                "IAMUserChangePassword",
                "/",
                "Lets a user change their own password.",
                "v5",
                _day(2016, 11, 15),
                _day(2026, 2, 12),
                _iam_change_password,
            ),
            ManagedPolicy(
                "AmazonS3FullAccess",
                "/",
                "Full access to all buckets.",
                "v2",
                _day(2015, 2, 6),
                _day(2021, 9, 27),
                _s3_full,
            ),
            ManagedPolicy(
                "AmazonS3ReadOnlyAccess",
                "/",
                "Read-only access to all buckets.",
                "v3",
                _day(2015, 2, 6),
                _day(2023, 8, 10),
                _s3_read_only,
            ),
        ),
        key=lambda policy: policy.name.lower(),
    )
)

_BY_ARN: Mapping[str, ManagedPolicy] = MappingProxyType({policy.arn: policy for policy in _SORTED})
