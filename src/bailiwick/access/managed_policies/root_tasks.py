"""The task policies of AssumeRoot: each cuts a session of an account's root user down to one task.

They only deny: the session begins with all that root may do. No identity can hold one.

Source: AWS Managed Policy Reference, the pages of these names; IAM User Guide, "Perform a privileged task on an AWS
Organizations member account".
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

Statement = dict[str, object]

PATH: Final = "/root-task/"

_ROOT: Final = "arn:aws:iam::*:root"
_LOOKS: Final = (
    "iam:GetAccessKeyLastUsed",
    "iam:GetLoginProfile",
    "iam:GetUser",
    "iam:ListAccessKeys",
    "iam:ListMFADevices",
    "iam:ListSigningCertificates",
)


def _nothing_but(*actions: str) -> Statement:
    return {"Sid": "DenyEverythingElse", "Effect": "Deny", "NotAction": list(actions), "Resource": "*"}


def _of_root_alone(*actions: str) -> Statement:
    return {"Sid": "DenyOnAllButRoot", "Effect": "Deny", "Action": list(actions), "NotResource": _ROOT}


def _by_root_alone(*actions: str) -> Statement:
    return {
        "Sid": "DenyToAllButRoot",
        "Effect": "Deny",
        "Action": list(actions),
        "Resource": "*",
        "Condition": {"StringNotLike": {"aws:PrincipalArn": _ROOT}},
    }


def _in_its_account_alone(*actions: str) -> Statement:
    return {
        "Sid": "DenyInOtherAccounts",
        "Effect": "Deny",
        "Action": list(actions),
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}},
    }


def _iam(*actions: str, beside: tuple[str, ...] = ()) -> list[Statement]:
    """`beside`: actions that act on no resource."""
    return [_nothing_but(*actions, *beside), _of_root_alone(*actions)]


_BUCKETS: Final = ("s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:ListAllMyBuckets", "s3:PutBucketPolicy")
_QUEUES: Final = ("sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueues", "sqs:SetQueueAttributes")

STATEMENTS: Final[Mapping[str, list[Statement]]] = MappingProxyType(
    {
        "IAMAuditRootUserCredentials": _iam(*_LOOKS, beside=("iam:GetAccountSummary",)),
        "IAMCreateRootUserPassword": _iam("iam:CreateLoginProfile", "iam:GetLoginProfile"),
        "IAMDeleteRootUserCredentials": _iam(
            "iam:DeactivateMFADevice",
            "iam:DeleteAccessKey",
            "iam:DeleteLoginProfile",
            "iam:DeleteSigningCertificate",
            *_LOOKS,
        ),
        "S3UnlockBucketPolicy": [_nothing_but(*_BUCKETS), _by_root_alone(*_BUCKETS)],
        "SQSUnlockQueuePolicy": [
            _nothing_but(*_QUEUES),
            _by_root_alone(*_QUEUES),
            _in_its_account_alone(*_QUEUES),
        ],
    }
)
"""The statements of each, by its name."""

DESCRIPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "IAMAuditRootUserCredentials": "Shows which credentials an account's root user has.",
        "IAMCreateRootUserPassword": "Lets an account's root user have a password again.",
        "IAMDeleteRootUserCredentials": "Takes an account's root user its credentials.",
        "S3UnlockBucketPolicy": "Replaces the policy of a bucket that locks everybody out.",
        "SQSUnlockQueuePolicy": "Replaces the policy of a queue that locks everybody out.",
    }
)
