"""The first named administrator of an account: a user in a group that holds AdministratorAccess, with an access key.

Made by IAM's own operations in the name of the account's root user, as a person would who signs in as root once.
"""

from collections.abc import Mapping

ADMINISTRATOR = "admin"
GROUP = "Administrators"
POLICY_ARN = "arn:aws:iam::aws:policy/AdministratorAccess"

STEPS: tuple[tuple[str, Mapping[str, object]], ...] = (
    ("CreateGroup", {"GroupName": GROUP}),
    ("AttachGroupPolicy", {"GroupName": GROUP, "PolicyArn": POLICY_ARN}),
    ("CreateUser", {"UserName": ADMINISTRATOR}),
    ("AddUserToGroup", {"GroupName": GROUP, "UserName": ADMINISTRATOR}),
    ("CreateAccessKey", {"UserName": ADMINISTRATOR}),
)
"""IAM's operations that make one, in order, each with its parameters; the last one's reply holds the access key."""
