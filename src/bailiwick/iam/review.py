"""What about an account's root user and its administrators is not as it should be; `bailiwick doctor` shows it.

An administrator here is a user that holds AWS's AdministratorAccess, attached to it or to a group it is in.
"""

import enum
from dataclasses import dataclass

from bailiwick.account.accounts import Account
from bailiwick.iam.administrators import POLICY_ARN
from bailiwick.store import Transaction

OLD_DAYS = 90
"""The age from which an access key should be renewed, or, when it was not used for so long, removed.

Source: AWS Security Hub, controls IAM.3 and IAM.8 (90 days).
"""

_DAY_MS = 86_400_000
_MOST_ADMINISTRATORS = 1_000


class Severity(enum.StrEnum):
    """How much a finding matters."""

    MUST = "must"  # the installation is not safe or not usable until it is put right
    SHOULD = "should"  # good practice is not followed
    NOTE = "note"  # worth knowing; nothing to do


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. `account_id` is None for what concerns the whole installation."""

    severity: Severity
    account_id: str | None
    subject: str
    finding: str
    advice: str


@dataclass(frozen=True, slots=True)
class _Key:
    access_key_id: str
    is_active: bool
    created_at: int
    used_at: int | None


async def review(tx: Transaction, account: Account, now_ms: int) -> list[Finding]:
    """What is found about one account, the gravest first."""
    findings = await _root(tx, account)
    administrators = await _administrators(tx, account)
    usable = 0
    for user_id, name in administrators:
        keys = await _keys(tx, user_id)
        usable += any(key.is_active for key in keys)
        findings += _of_keys(account, name, keys, now_ms)
    if not usable:
        findings.append(
            Finding(
                Severity.MUST,
                account.account_id,
                "administrators",
                "No user that holds AdministratorAccess has an active access key.",
                "Have a principal that may call iam:CreateAccessKey give a user of the group Administrators one.",
            )
        )
    return sorted(findings, key=lambda finding: list(Severity).index(finding.severity))


async def _root(tx: Transaction, account: Account) -> list[Finding]:
    held = await tx.one("SELECT COUNT(*) FROM access_keys WHERE user_id = ?", account.account_id)
    if held is not None and int(held[0] or 0):
        return [
            Finding(
                Severity.MUST,
                account.account_id,
                "root",
                "The root user has access keys. Nothing needs them, and no policy limits them.",
                "Delete them.",
            )
        ]
    return [
        Finding(
            Severity.NOTE,
            account.account_id,
            "root",
            "The root user has no credential, so there is nothing yet that MFA could protect.",
            "Nothing to do: daily work is the administrators'.",
        )
    ]


async def _administrators(tx: Transaction, account: Account) -> list[tuple[str, str]]:
    rows = await tx.all(
        "SELECT user_id, name FROM users WHERE account_id = ? AND user_id IN ("
        " SELECT owner_id FROM attachments WHERE account_id = ? AND policy_arn = ? AND owner_kind = 'user'"
        " UNION SELECT m.user_id FROM attachments a JOIN memberships m ON m.group_id = a.owner_id"
        " WHERE a.account_id = ? AND a.policy_arn = ? AND a.owner_kind = 'group'"
        ") ORDER BY name_key LIMIT ?",
        account.account_id,
        account.account_id,
        POLICY_ARN,
        account.account_id,
        POLICY_ARN,
        _MOST_ADMINISTRATORS,
    )
    return [(str(user_id), str(name)) for user_id, name in rows]


async def _keys(tx: Transaction, user_id: str) -> list[_Key]:
    rows = await tx.all(
        "SELECT k.access_key_id, k.is_active, k.created_at, u.used_at FROM access_keys k"
        " LEFT JOIN last_used u ON u.subject_id = k.access_key_id WHERE k.user_id = ?"
        " ORDER BY k.access_key_id LIMIT 100",
        user_id,
    )
    return [
        _Key(str(key_id), bool(is_active), int(created_at or 0), None if used_at is None else int(used_at))
        for key_id, is_active, created_at, used_at in rows
    ]


def _of_keys(account: Account, name: str, keys: list[_Key], now_ms: int) -> list[Finding]:
    active = [key for key in keys if key.is_active]
    findings = []
    if len(active) > 1:
        findings.append(
            _should(
                account,
                name,
                f"{len(active)} access keys are active.",
                "Deactivate, then delete, the one that is no longer used.",
            )
        )
    for key in active:
        age = (now_ms - key.created_at) // _DAY_MS
        idle = (now_ms - (key.created_at if key.used_at is None else key.used_at)) // _DAY_MS
        if idle >= OLD_DAYS:
            since = "ever" if key.used_at is None else f"for {idle} days"
            findings.append(
                _should(account, name, f"Access key {key.access_key_id} was not used {since}.", "Delete it.")
            )
        elif age >= OLD_DAYS:
            findings.append(
                _should(
                    account,
                    name,
                    f"Access key {key.access_key_id} is {age} days old.",
                    "Make a new one, use it, then delete the old one.",
                )
            )
    return findings


def _should(account: Account, name: str, finding: str, advice: str) -> Finding:
    return Finding(Severity.SHOULD, account.account_id, f"administrator {name}", finding, advice)
