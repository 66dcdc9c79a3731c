"""AWS's quotas, and what an account holds of each kind without counting.

Source: IAM User Guide, "IAM and AWS STS quotas"; the names are those of LimitExceeded's messages.
"""

from collections.abc import Mapping
from types import MappingProxyType

from bailiwick.store.transaction import Transaction

DEFAULT_QUOTAS: Mapping[str, int] = MappingProxyType(
    {
        "UsersPerAccount": 5000,
        "GroupsPerAccount": 300,
        "RolesPerAccount": 1000,
        "PoliciesPerAccount": 1500,
        "InstanceProfilesPerAccount": 1000,
        "GroupsPerUser": 10,
        "AccessKeysPerUser": 2,
        "SigningCertificatesPerUser": 2,
        "SSHPublicKeysPerUser": 5,
        "MFADevicesPerUser": 8,
        "ServiceSpecificCredentialsPerUser": 2,
        "ServerCertificatesPerAccount": 20,
        "OpenIdConnectProvidersPerAccount": 100,
        "ClientIdsPerOpenIdConnectProvider": 100,
        "SAMLProvidersPerAccount": 100,
        "PoliciesPerUser": 10,
        "PoliciesPerGroup": 10,
        "PoliciesPerRole": 20,
        "ACLSizePerRole": 2048,
        "PolicySize": 6144,
        "VersionsPerPolicy": 5,
        "UserPolicySize": 2048,
        "GroupPolicySize": 5120,
        "RolePolicySize": 10240,
        "TagsPerResource": 50,
    }
)


async def held(tx: Transaction, account: str, kind: str) -> int:
    """How many of a kind (`users`, `groups`, `roles`, `policies`) the account holds."""
    row = await tx.one("SELECT held FROM usage WHERE account_id = ? AND kind = ?", account, kind)
    return 0 if row is None else int(row[0] or 0)


async def add_held(tx: Transaction, account: str, kind: str, difference: int) -> None:
    """Record that the account holds more, or fewer, of a kind."""
    await tx.run(
        "INSERT INTO usage (account_id, kind, held) VALUES (?, ?, ?)"
        " ON CONFLICT (account_id, kind) DO UPDATE SET held = usage.held + excluded.held",
        account,
        kind,
        difference,
    )
