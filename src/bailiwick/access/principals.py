"""The read model of principals: who a user or role is, and the policies that hold for it now.

Filled from the store on first use and kept in memory until anything it was made from changes. What is read here is
read by unique id: a thing made again under an old name is another thing.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from bailiwick.access import managed_policies
from bailiwick.access.compiled_texts import CompiledTexts
from bailiwick.access.memory import Invalidations, Memory, weight_of
from bailiwick.auth import AccessKey, PrincipalKind
from bailiwick.policy import EMPTY_SET, CompiledPolicy, PolicySet, PolicySource, PolicyType, compile_policy
from bailiwick.store import Change, Row, Store, Transaction, Vault

_KEYS_KEPT = 20_000

# In KiB, about; see `weight_of`.
_PRINCIPALS_WEIGHT = 131_072
_POLICIES_WEIGHT = 131_072
_TRUSTS_WEIGHT = 32_768
_OWN_WEIGHT = 8
"""Of a principal's record beside its inline policies: its tags, and the index of its policies."""

_NO_TAGS: Mapping[str, str] = MappingProxyType({})

PrincipalType = Literal["user", "role"]
"""The principals that have policies of their own, by the word that their ARNs have for them."""

_SELECT: Mapping[PrincipalType, str] = MappingProxyType(
    {
        "user": (
            "SELECT u.name, u.path, u.boundary_arn, p.users_may_change FROM users u"
            " LEFT JOIN password_policies p ON p.account_id = u.account_id WHERE u.user_id = ? AND u.account_id = ?"
        ),
        "role": "SELECT name, path, boundary_arn, 0 FROM roles WHERE role_id = ? AND account_id = ?",
    }
)

_OWN_PASSWORD = compile_policy(
    json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "iam:ChangePassword",
                    "Resource": ["arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::*:user/*/${aws:username}"],
                },
                {"Effect": "Allow", "Action": "iam:GetAccountPasswordPolicy", "Resource": "*"},
            ],
        }
    ),
    PolicySource(PolicyType.INLINE, "account password policy", None),
)
"""What AllowUsersToChangePassword of the account's password policy grants every user, without a policy attached.

A policy like any other that a user has: a deny wins over it, and a permissions boundary or session policy caps it.
Source: IAM User Guide, "Permit IAM users to change their own passwords"; the resources are those of AWS's managed
policy IAMUserChangePassword.
"""


@dataclass(frozen=True, slots=True)
class PrincipalRecord:
    """A user or role as decisions need it.

    Attributes:
        kind: which of the two it is.
        account, unique_id, name: whose and which it is.
        arn: of the user or role itself.
        tags: its own tags, as spelled.
        policies: its identity policies, those of its groups included.
        boundary: its permissions boundary; None when it has none.
        sources: what the record was made from, the user or role itself first.
        weight: about how many KiB it takes, but for its managed policies, which it shares.
    """

    kind: PrincipalType
    account: str
    unique_id: str
    name: str
    arn: str
    tags: Mapping[str, str]
    policies: PolicySet
    boundary: PolicySet | None
    sources: tuple[Change, ...]
    weight: int = _OWN_WEIGHT


class Principals:
    """Principals, access keys, managed policies and trust policies, from memory first."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self._invalidations = Invalidations()
        self._records: Memory[PrincipalRecord] = Memory(
            _PRINCIPALS_WEIGHT, self._invalidations, lambda sources: self._let_go(sources[:1])
        )
        self._keys: Memory[AccessKey] = Memory(_KEYS_KEPT, self._invalidations)
        self._policies: Memory[CompiledPolicy] = Memory(_POLICIES_WEIGHT, self._invalidations, self._let_go)
        self._trusts: Memory[tuple[str, PolicySet]] = Memory(_TRUSTS_WEIGHT, self._invalidations)
        self._texts = CompiledTexts()
        self._managed: dict[str, CompiledPolicy] = {}  # AWS's: as many as the program knows
        self._holders: list[Callable[[Sequence[Change] | None], None]] = [self._records.forget]

    def let_go_with(self, forget: Callable[[Sequence[Change] | None], None]) -> None:
        """Have a holder of records or managed policies forget what was made from principals and policies that go.

        What changed, or was crowded out of this memory, would otherwise stay in that of others, uncounted.
        """
        self._holders.append(forget)

    def _let_go(self, sources: Sequence[Change] | None) -> None:
        for forget in self._holders:
            forget(sources)

    def forget(self, changes: Sequence[Change] | None) -> None:
        """Drop what changed; see `store.Listener`."""
        self._invalidations.add(changes)
        for memory in (self._records, self._keys, self._policies, self._trusts):
            memory.forget(changes)
        if changes is None:
            self._let_go(None)
        elif policies := [change for change in changes if change.kind == "policy"]:
            self._let_go(policies)

    async def access_key(self, access_key_id: str) -> AccessKey | None:
        """See `auth.Credentials`."""
        key = self._keys.find(access_key_id)
        if key is not None:
            return key
        mark = self._invalidations.mark()
        row = await self._store.read(
            lambda tx: tx.one(
                "SELECT account_id, user_id, secret, is_active FROM access_keys WHERE access_key_id = ?", access_key_id
            )
        )
        if row is None:
            return None
        account, user_id, secret, is_active = row
        assert isinstance(secret, bytes), "a secret is sealed bytes"
        key = AccessKey(
            access_key_id=access_key_id,
            account=str(account),
            principal_kind=PrincipalKind.USER,
            principal_id=str(user_id),
            secret=self._vault.open("access_keys", access_key_id, "secret", secret),
            is_active=bool(is_active),
        )
        sources = (Change("access_key", key.account, access_key_id), Change("user", key.account, key.principal_id))
        self._keys.keep(access_key_id, key, sources, mark)
        return key

    async def is_active_key(self, access_key_id: str, tx: Transaction) -> bool:
        """Whether the access key is there and active, from memory or else as this transaction sees it."""
        key = self._keys.find(access_key_id)
        if key is not None:
            return key.is_active
        row = await tx.one("SELECT is_active FROM access_keys WHERE access_key_id = ?", access_key_id)
        return row is not None and bool(row[0])

    async def find(self, kind: PrincipalType, account: str, unique_id: str) -> PrincipalRecord | None:
        """The user or role of that unique id, or None when there is none (any more)."""
        record = self._records.find(unique_id)
        if record is not None and record.account == account:
            return record
        mark = self._invalidations.mark()
        record = await self._store.read(lambda tx: self._load(tx, kind, account, unique_id))
        if record is not None:
            self._records.keep(unique_id, record, record.sources, mark, record.weight)
        return record

    async def seen(self, kind: PrincipalType, account: str, unique_id: str, tx: Transaction) -> PrincipalRecord | None:
        """Like `find`, as this transaction sees it."""
        record = self._records.find(unique_id)
        if record is not None and record.account == account:
            return await self.current(record, tx)
        return await self._load(tx, kind, account, unique_id)

    async def current(self, record: PrincipalRecord, tx: Transaction) -> PrincipalRecord | None:
        """The record as this transaction sees it; None when the user or role is gone.

        A write may have waited since its caller was identified: the record is taken as it is only while memory still
        holds it, and no write that is not yet committed changed what it was made from.
        """
        is_kept = self._records.find(record.unique_id) is record
        if is_kept and not any(tx.was_changed(*source) for source in record.sources):
            return record
        return await self._load(tx, record.kind, record.account, record.unique_id)

    async def trust(self, tx: Transaction, role_id: str) -> PolicySet:
        """The compiled trust policy of a role; empty, so trusting nobody, when there is no such role."""
        known = self._trusts.find(role_id)
        if known is not None and not tx.was_changed("role", known[0], role_id):
            return known[1]
        mark = self._invalidations.mark()
        row = await tx.one("SELECT account_id, trust_policy FROM roles WHERE role_id = ?", role_id)
        if row is None:
            return EMPTY_SET
        account = str(row[0])
        trust = PolicySet.of([compile_policy(str(row[1]), PolicySource(PolicyType.TRUST, "trust policy", None))])
        if not tx.was_changed("role", account, role_id):
            self._trusts.keep(
                role_id, (account, trust), (Change("role", account, role_id),), mark, weight_of(trust.policies)
            )
        return trust

    async def managed(self, account: str, arns: Sequence[str], tx: Transaction) -> dict[str, CompiledPolicy]:
        """The default versions of managed policies by ARN, AWS's and the account's own; those missing are left out."""
        found: dict[str, CompiledPolicy] = {}
        unknown = []
        own = f"arn:aws:iam::{account}:"
        for arn in arns:
            policy = self._managed_by_aws(arn)
            # Memory holds those of all accounts.
            if policy is None and arn.startswith(own) and not tx.was_changed("policy", account, arn):
                policy = self._policies.find(arn)
            if policy is not None:
                found[arn] = policy
            elif arn.startswith(own):
                unknown.append(arn)
        if unknown:
            mark = self._invalidations.mark()
            # Not by account as well, which the ARNs hold: SQLite would look through all the policies of the account.
            rows = await tx.all(
                "SELECT policies.arn, policies.name, policy_versions.document FROM policies"
                " JOIN policy_versions ON policy_versions.policy_id = policies.policy_id"
                " AND policy_versions.version = policies.default_version"
                f" WHERE policies.arn IN ({_marks(unknown)})",
                *unknown,
            )
            for arn, name, document in [(str(a), str(n), str(d)) for a, n, d in rows]:
                policy = self._texts.compile(document, PolicySource(PolicyType.MANAGED, name, arn))
                found[arn] = policy
                change = Change("policy", account, arn)
                if not tx.was_changed(*change):
                    self._policies.keep(arn, policy, (change,), mark, weight_of([policy]))
        return found

    async def _load(self, tx: Transaction, kind: PrincipalType, account: str, unique_id: str) -> PrincipalRecord | None:
        row = await tx.one(_SELECT[kind], unique_id, account)
        if row is None:
            return None
        name, path, boundary_arn = str(row[0]), str(row[1]), None if row[2] is None else str(row[2])
        groups = await self._groups(tx, unique_id) if kind == "user" else []
        owners = [unique_id, *groups]
        inline = await tx.all(
            f"SELECT name, document FROM inline_policies WHERE owner_id IN ({_marks(owners)}) ORDER BY owner_id, name",
            *owners,
        )
        attached = [
            str(arn)
            for (arn,) in await tx.all(
                f"SELECT DISTINCT policy_arn FROM attachments WHERE owner_id IN ({_marks(owners)}) ORDER BY policy_arn",
                *owners,
            )
        ]
        asked_for = attached if boundary_arn is None else [*attached, boundary_arn]
        managed = await self.managed(account, asked_for, tx) if asked_for else {}
        tags = await tx.all("SELECT key, value FROM tags WHERE resource_id = ?", unique_id)
        policies = [managed[arn] for arn in attached if arn in managed]
        if row[3]:
            policies.append(_OWN_PASSWORD)
        own = [self._texts.compile(str(text), PolicySource(PolicyType.INLINE, str(title))) for title, text in inline]
        return PrincipalRecord(
            kind=kind,
            account=account,
            unique_id=unique_id,
            name=name,
            arn=f"arn:aws:iam::{account}:{kind}{path}{name}",
            tags={str(key): str(value) for key, value in tags} if tags else _NO_TAGS,
            policies=PolicySet.of([*policies, *own]),
            # A boundary that is gone leaves nothing allowed, never everything.
            boundary=None
            if boundary_arn is None
            else PolicySet.of(managed[arn] for arn in [boundary_arn] if arn in managed),
            sources=(
                Change(kind, account, unique_id),
                *(Change("group", account, group) for group in groups),
                *(Change("policy", account, arn) for arn in asked_for),
                *([Change("password_policy", account, account)] if kind == "user" else []),
            ),
            weight=_OWN_WEIGHT + weight_of(own),
        )

    async def _groups(self, tx: Transaction, user_id: str) -> list[str]:
        rows: list[Row] = await tx.all("SELECT group_id FROM memberships WHERE user_id = ? ORDER BY group_id", user_id)
        return [str(group) for (group,) in rows]

    def _managed_by_aws(self, arn: str) -> CompiledPolicy | None:
        if not arn.startswith("arn:aws:iam::aws:policy/"):
            return None
        known = self._managed.get(arn)
        if known is None:
            policy = managed_policies.find(arn)
            if policy is None:
                return None
            known = compile_policy(policy.document(), PolicySource(PolicyType.MANAGED, policy.name, arn))
            self._managed[arn] = known
        return known


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))
