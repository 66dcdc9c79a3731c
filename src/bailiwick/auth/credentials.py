"""Long-term access keys, as `auth` needs them, and who supplies them."""

import enum
from dataclasses import dataclass, field
from typing import Protocol

from bailiwick.secret import Secret


class PrincipalKind(enum.StrEnum):
    """What kind of principal signed, in CloudTrail's words (`userIdentity.type`)."""

    ANONYMOUS = "Anonymous"
    ROOT = "Root"
    USER = "IAMUser"
    ROLE = "AssumedRole"
    FEDERATED_USER = "FederatedUser"


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A long-term access key (`AKIA...`) of a user or of an account's root.

    Attributes:
        principal_id: the user's unique id, or the account for root.
        secret: the 40 characters that sign, as bytes.
        is_active: an inactive key is treated as one that does not exist.
    """

    access_key_id: str
    account: str
    principal_kind: PrincipalKind
    principal_id: str
    secret: Secret = field(repr=False)
    is_active: bool


class Credentials(Protocol):
    """Where access keys are found; given by `access`, from memory first and never staler than the request."""

    async def access_key(self, access_key_id: str) -> AccessKey | None:
        """The key of exactly this id, active or not; None when there is none."""
        ...
