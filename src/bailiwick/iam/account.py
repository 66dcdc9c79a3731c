"""The account as IAM shows it: its alias, and the summary of what it holds and may hold."""

from collections.abc import Sequence

from bailiwick.access.call import Call
from bailiwick.access.pagination import page
from bailiwick.access.quotas import held
from bailiwick.errors import ValidationError
from bailiwick.iam import mfa, signing_certificates
from bailiwick.iam.account_settings import token_version
from bailiwick.iam.errors import EntityAlreadyExists, NoSuchEntity
from bailiwick.iam.oidc_providers import record as oidc_providers
from bailiwick.iam.policies import versions
from bailiwick.iam.registry import iam
from bailiwick.iam.saml_providers import record as saml_providers
from bailiwick.operations import operation
from bailiwick.store.transaction import Transaction

_ACCOUNT_ID_LENGTH = 12

_POLICY_VERSIONS_QUOTA = 10_000
"""AWS's own bound on the versions of all managed policies; shown, but not enforced apart from that of each policy."""


async def find_alias(tx: Transaction, account: str) -> str | None:
    """The account's alias, or None."""
    row = await tx.one("SELECT alias FROM accounts WHERE account_id = ?", account)
    return None if row is None or row[0] is None else str(row[0])


@operation(iam, "CreateAccountAlias")
async def create_account_alias(call: Call, tx: Transaction) -> None:
    """Set the account's alias in the place of the one it had.

    Raises:
        EntityAlreadyExists: this or another account has that alias.
        ValidationError: the alias looks like an account id.

    Source: IAM User Guide, "Creating, deleting, and listing an AWS account alias".
    """
    alias = call["AccountAlias"]
    if len(alias) == _ACCOUNT_ID_LENGTH and alias.isdecimal():
        raise ValidationError("The specified value for accountAlias is invalid. It must not be a 12-digit number.")
    if await tx.one("SELECT 1 FROM accounts WHERE alias = ?", alias):
        raise EntityAlreadyExists.account_alias(alias)
    await tx.run("UPDATE accounts SET alias = ? WHERE account_id = ?", alias, call.account)
    tx.changed("account", call.account, call.account)


@operation(iam, "ListAccountAliases", reads=True)
async def list_account_aliases(call: Call, tx: Transaction) -> dict[str, object]:
    """The account's alias, or an empty list; there is never more than one.

    Source: IAM API Reference, ListAccountAliases.
    """

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[str]:
        alias = await find_alias(tx, call.account)
        return [] if alias is None or (after and alias <= after[0]) else [alias]

    found = await page(call, fetch, lambda alias: (alias,))
    return {"AccountAliases": list(found.items), **found.output}


@operation(iam, "DeleteAccountAlias")
async def delete_account_alias(call: Call, tx: Transaction) -> None:
    """Take the account's alias away.

    Raises:
        NoSuchEntity: the account's alias is another, or it has none.

    Source: IAM API Reference, DeleteAccountAlias.
    """
    alias = call["AccountAlias"]
    if await find_alias(tx, call.account) != alias:
        raise NoSuchEntity.account_alias(alias)
    await tx.run("UPDATE accounts SET alias = NULL WHERE account_id = ?", call.account)
    tx.changed("account", call.account, call.account)


@operation(iam, "GetAccountSummary", reads=True)
async def get_account_summary(call: Call, tx: Transaction) -> dict[str, object]:
    """How many of each kind the account holds, and its quotas. Kinds that this version does not have count 0.

    Source: IAM API Reference, GetAccountSummary.
    """
    account = call.account

    async def quota(name: str) -> int:
        return await call.access.quota(tx, account, name)

    devices = await mfa.count_all(tx, account)
    summary = {
        "Users": await held(tx, account, "users"),
        "UsersQuota": await quota("UsersPerAccount"),
        "Groups": await held(tx, account, "groups"),
        "GroupsQuota": await quota("GroupsPerAccount"),
        "Roles": await held(tx, account, "roles"),
        "RolesQuota": await quota("RolesPerAccount"),
        "Policies": await held(tx, account, "policies"),
        "PoliciesQuota": await quota("PoliciesPerAccount"),
        "PolicyVersionsInUse": await held(tx, account, versions.HELD),
        "PolicyVersionsInUseQuota": _POLICY_VERSIONS_QUOTA,
        "VersionsPerPolicyQuota": await quota("VersionsPerPolicy"),
        "PolicySizeQuota": await quota("PolicySize"),
        "UserPolicySizeQuota": await quota("UserPolicySize"),
        "GroupPolicySizeQuota": await quota("GroupPolicySize"),
        "RolePolicySizeQuota": await quota("RolePolicySize"),
        "AssumeRolePolicySizeQuota": await quota("ACLSizePerRole"),
        "AttachedPoliciesPerUserQuota": await quota("PoliciesPerUser"),
        "AttachedPoliciesPerGroupQuota": await quota("PoliciesPerGroup"),
        "AttachedPoliciesPerRoleQuota": await quota("PoliciesPerRole"),
        "GroupsPerUserQuota": await quota("GroupsPerUser"),
        "AccessKeysPerUserQuota": await quota("AccessKeysPerUser"),
        "SigningCertificatesPerUserQuota": await quota("SigningCertificatesPerUser"),
        "InstanceProfiles": await held(tx, account, "instance_profiles"),
        "InstanceProfilesQuota": await quota("InstanceProfilesPerAccount"),
        "ServerCertificates": await held(tx, account, "server_certificates"),
        "ServerCertificatesQuota": await quota("ServerCertificatesPerAccount"),
        "Providers": await held(tx, account, oidc_providers.HELD) + await held(tx, account, saml_providers.HELD),
        "MFADevices": devices.all,
        "MFADevicesInUse": devices.of_users,
        "AccountMFAEnabled": int(devices.of_root > 0),
        "AccountAccessKeysPresent": 0,
        "AccountPasswordPresent": 0,
        "AccountSigningCertificatesPresent": int(await signing_certificates.count_of(tx, account) > 0),
        "GlobalEndpointTokenVersion": await token_version(tx, account),
    }
    return {"SummaryMap": summary}
