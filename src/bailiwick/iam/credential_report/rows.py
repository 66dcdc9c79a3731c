"""The rows of a credential report as CSV (RFC 4180, with lines ended as Unix ends them). Pure.

Source: IAM User Guide, "Generate credential reports for your AWS account", which defines the columns and their order.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bailiwick.iam.times import from_milliseconds

_SHOWN: Final = 2
"""How many access keys and certificates of a user have columns."""

_NONE: Final = "N/A"
_UNSUPPORTED: Final = "not_supported"

_KEY_COLUMNS: Final = ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")

COLUMNS: Final = (
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    *(f"access_key_{number}_{column}" for number in (1, 2) for column in _KEY_COLUMNS),
    *(f"cert_{number}_{column}" for number in (1, 2) for column in ("active", "last_rotated")),
    "additional_credentials_info",
)


@dataclass(frozen=True, slots=True)
class Password:
    """A user's password, in milliseconds since 1970: when it was last used (None: never), set, and when it expires."""

    used_at: int | None
    changed_at: int
    expires_at: int | None


@dataclass(frozen=True, slots=True)
class Credential:
    """An access key or certificate: whether it is active, and since when it is so, in milliseconds since 1970.

    `used_at`, `region` and `service` tell of an access key's last use, if there was one.
    """

    is_active: bool
    rotated_at: int
    used_at: int | None = None
    region: str | None = None
    service: str | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a user has beside a password; of each kind the oldest first."""

    has_mfa: bool
    keys: Sequence[Credential] = ()
    certificates: Sequence[Credential] = ()


def header() -> str:
    """The first line."""
    return _lines([COLUMNS])


def user_rows(rows: Iterable[Sequence[str]]) -> str:
    """Lines of rows that `user_row` made."""
    return _lines(rows)


def user_row(name: str, arn: str, created_at: int, password: Password | None, credentials: Credentials) -> list[str]:
    """The row of a user."""
    if password is None:
        about_password = ["false", _NONE, _NONE, _NONE]
    else:
        used = "no_information" if password.used_at is None else _time(password.used_at)
        about_password = ["true", used, _time(password.changed_at), _time(password.expires_at)]
    return [name, arn, _time(created_at), *about_password, *_beside_password(credentials)]


def root_row(arn: str, created_at: int, credentials: Credentials) -> list[str]:
    """The row of the root user, which has no password."""
    about_password = ["false", _NONE, _UNSUPPORTED, _UNSUPPORTED]
    return ["<root_account>", arn, _time(created_at), *about_password, *_beside_password(credentials)]


def _beside_password(credentials: Credentials) -> list[str]:
    row = [_flag(credentials.has_mfa)]
    for key in _first(credentials.keys):
        row += [*_state(key), _time(key.used_at), key.region or _NONE, key.service or _NONE]
    for certificate in _first(credentials.certificates):
        row += _state(certificate)
    return [*row, _additional(credentials)]


def _first(credentials: Sequence[Credential]) -> list[Credential]:
    """As many as have columns; what is not there is like an inactive one that was never used."""
    missing = Credential(is_active=False, rotated_at=0)
    return [*credentials[:_SHOWN], missing, missing][:_SHOWN]


def _state(credential: Credential) -> list[str]:
    return [_flag(credential.is_active), _time(credential.rotated_at) if credential.is_active else _NONE]


def _additional(credentials: Credentials) -> str:
    more = (
        (len(credentials.keys) - _SHOWN, "access keys", "iam:ListAccessKeys"),
        (len(credentials.certificates) - _SHOWN, "certificates", "iam:ListSigningCertificates"),
    )
    return "; ".join(f"{count} additional {kind} ({action})" for count, kind, action in more if count > 0)


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _time(milliseconds: int | None) -> str:
    return _NONE if milliseconds is None else from_milliseconds(milliseconds).isoformat(timespec="seconds")


def _lines(rows: Iterable[Sequence[str]]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue()
