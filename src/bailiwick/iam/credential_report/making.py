"""Making a credential report, a page of users at a time, each in a transaction: no account is read as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bailiwick.iam.credential_report import rows
from bailiwick.iam.credential_report.rows import Credential, Credentials, Password
from bailiwick.iam.names import arn_of
from bailiwick.iam.passwords import policy
from bailiwick.iam.passwords.rules import PasswordPolicy, expires_at
from bailiwick.iam.users.signer import root_arn
from bailiwick.store.transaction import Row, Transaction, Value

_PAGE: Final = 500

_USERS: Final = (
    "SELECT u.user_id, u.name, u.name_key, u.path, u.created_at, u.password_last_used_at, p.changed_at FROM users u"
    " LEFT JOIN login_profiles p ON p.user_id = u.user_id WHERE u.account_id = ? AND u.name_key > ?"
    " ORDER BY u.name_key LIMIT ?"
)
_OF_PAGE: Final = " WHERE u.account_id = ? AND u.name_key > ? AND u.name_key <= ?"

_DEVICES: Final = "SELECT DISTINCT u.user_id FROM users u JOIN mfa_devices d ON d.owner_id = u.user_id" + _OF_PAGE
_KEYS: Final = (
    "SELECT k.user_id, k.is_active, COALESCE(k.status_changed_at, k.created_at), l.used_at, l.region, l.service"
    " FROM users u JOIN access_keys k ON k.user_id = u.user_id LEFT JOIN last_used l ON l.subject_id = k.access_key_id"
    + _OF_PAGE
    + " ORDER BY k.created_at, k.access_key_id"
)
_CERTIFICATES: Final = (
    "SELECT c.owner_id, c.is_active, COALESCE(c.status_changed_at, c.uploaded_at)"
    " FROM users u JOIN signing_certificates c ON c.owner_id = u.user_id"
    + _OF_PAGE
    + " ORDER BY c.uploaded_at, c.certificate_id"
)


async def begin(tx: Transaction, account: str, now_ms: int) -> None:
    """Begin a report in the place of the one that the account has, and make its first page."""
    await tx.run("DELETE FROM credential_report_parts WHERE account_id = ?", account)
    await tx.run("DELETE FROM credential_reports WHERE account_id = ?", account)
    await tx.run(
        "INSERT INTO credential_reports (account_id, started_at, after_name, finished_at) VALUES (?, ?, '', NULL)",
        account,
        now_ms,
    )
    await _add_part(tx, account, rows.header() + rows.user_rows([await _root_row(tx, account)]))
    await make_page(tx, account, now_ms)


async def unfinished(tx: Transaction, limit: int) -> list[str]:
    """The accounts whose reports were begun and are not finished, the longest waiting first."""
    found = await tx.all(
        "SELECT account_id FROM credential_reports WHERE finished_at IS NULL ORDER BY started_at LIMIT ?", limit
    )
    return [str(account) for (account,) in found]


async def make_page(tx: Transaction, account: str, now_ms: int) -> bool:
    """Add the next page of users to a report that was begun; True once it is finished."""
    report = await tx.one(
        "SELECT after_name FROM credential_reports WHERE account_id = ? AND finished_at IS NULL", account
    )
    if report is None:
        return True
    after = str(report[0])
    users = [_User.of_row(row) for row in await tx.all(_USERS, account, after, _PAGE)]
    if users:
        held = await _held(tx, account, after, users[-1].name_key)
        set_policy = await policy.find(tx, account)
        made = [user.row(account, held.get(user.user_id), set_policy) for user in users]
        await _add_part(tx, account, rows.user_rows(made))
    is_finished = len(users) < _PAGE
    await tx.run(
        "UPDATE credential_reports SET after_name = ?, finished_at = ? WHERE account_id = ?",
        users[-1].name_key if users else after,
        now_ms if is_finished else None,
        account,
    )
    return is_finished


@dataclass(frozen=True, slots=True)
class _User:
    """What a row tells of a user itself. Times are milliseconds since 1970 UTC."""

    user_id: str
    name: str
    name_key: str
    path: str
    created_at: int
    password_used_at: int | None
    password_changed_at: int | None

    @classmethod
    def of_row(cls, row: Row) -> "_User":
        user_id, name, name_key, path, created_at, used_at, changed_at = row
        return cls(
            str(user_id),
            str(name),
            str(name_key),
            str(path),
            _number(created_at),
            _optional(used_at),
            _optional(changed_at),
        )

    def row(self, account: str, held: Credentials | None, set_policy: PasswordPolicy | None) -> list[str]:
        changed_at = self.password_changed_at
        password = (
            None
            if changed_at is None
            else Password(self.password_used_at, changed_at, expires_at(changed_at, set_policy))
        )
        arn = arn_of(account, "user", self.path, self.name)
        return rows.user_row(self.name, arn, self.created_at, password, held or Credentials(has_mfa=False))


async def _held(tx: Transaction, account: str, after: str, last: str) -> Mapping[str, Credentials]:
    """What the users between two folded names have beside passwords, by their unique ids."""
    with_device = {str(user_id) for (user_id,) in await tx.all(_DEVICES, account, after, last)}
    keys = _by_owner(await tx.all(_KEYS, account, after, last))
    certificates = _by_owner(await tx.all(_CERTIFICATES, account, after, last))
    return {
        user_id: Credentials(user_id in with_device, keys.get(user_id, []), certificates.get(user_id, []))
        for user_id in {*with_device, *keys, *certificates}
    }


def _by_owner(found: list[Row]) -> dict[str, list[Credential]]:
    owned: dict[str, list[Credential]] = {}
    for owner_id, is_active, rotated_at, *use in found:
        used_at, region, service = use or (None, None, None)
        credential = Credential(bool(is_active), _number(rotated_at), _optional(used_at), _text(region), _text(service))
        owned.setdefault(str(owner_id), []).append(credential)
    return owned


async def _root_row(tx: Transaction, account: str) -> list[str]:
    created = await tx.one("SELECT created_at FROM accounts WHERE account_id = ?", account)
    assert created is not None, "an account that is asked about exists"
    certificates = await tx.all(
        "SELECT owner_id, is_active, COALESCE(status_changed_at, uploaded_at) FROM signing_certificates"
        " WHERE owner_id = ? ORDER BY uploaded_at, certificate_id",
        account,
    )
    has_mfa = await tx.one("SELECT 1 FROM mfa_devices WHERE owner_id = ? LIMIT 1", account) is not None
    held = Credentials(has_mfa, certificates=_by_owner(certificates).get(account, []))
    return rows.root_row(root_arn(account), _number(created[0]), held)


async def _add_part(tx: Transaction, account: str, content: str) -> None:
    await tx.run(
        "INSERT INTO credential_report_parts (account_id, number, content)"
        " SELECT ?, COUNT(*), ? FROM credential_report_parts WHERE account_id = ?",
        account,
        content,
        account,
    )


def _number(value: Value) -> int:
    return int(value or 0)


def _optional(value: Value) -> int | None:
    return None if value is None else int(value)


def _text(value: Value) -> str | None:
    return None if value is None else str(value)
