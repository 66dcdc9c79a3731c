"""Signing certificates of users and of root: the record and the operations.

A certificate tells whose signature it is, and so is one user's only (IAM API Reference, DuplicateCertificate).
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from bailiwick.access.call import Call
from bailiwick.access.pagination import page
from bailiwick.iam import users, x509
from bailiwick.iam.errors import DuplicateCertificate, InvalidCertificate, InvalidInput, LimitExceeded, NoSuchEntity
from bailiwick.iam.registry import iam
from bailiwick.iam.times import from_milliseconds
from bailiwick.operations import operation
from bailiwick.store.transaction import Row, Transaction

SELECT = "SELECT certificate_id, body, is_active, uploaded_at FROM signing_certificates"
"""How every query of signing certificates begins; its rows are read by `SigningCertificate.of_row`."""


@dataclass(frozen=True, slots=True)
class _Owner:
    """Whose certificates are meant: a user, or root, whose id is the account's and whose name is not told."""

    owner_id: str
    name: str | None


@dataclass(frozen=True, slots=True)
class SigningCertificate:
    """One signing certificate. `body` is PEM, `uploaded_at` in milliseconds since 1970 UTC."""

    certificate_id: str
    body: str
    is_active: bool
    uploaded_at: int

    @classmethod
    def of_row(cls, row: Row) -> "SigningCertificate":
        """From a row of `SELECT`."""
        certificate_id, body, is_active, uploaded_at = row
        return cls(str(certificate_id), str(body), bool(is_active), int(uploaded_at or 0))

    def as_output(self, user_name: str | None) -> dict[str, object]:
        """The model's SigningCertificate."""
        output: dict[str, object] = {
            "CertificateId": self.certificate_id,
            "CertificateBody": self.body,
            "Status": "Active" if self.is_active else "Inactive",
            "UploadDate": from_milliseconds(self.uploaded_at),
        }
        return output if user_name is None else {"UserName": user_name, **output}


@dataclass(frozen=True, slots=True)
class _Uploaded:
    """What `prepare` found in an upload."""

    body: str
    fingerprint: str


async def count_of(tx: Transaction, owner_id: str) -> int:
    """How many signing certificates a user has, by its unique id, or root, by its account's."""
    row = await tx.one("SELECT COUNT(*) FROM signing_certificates WHERE owner_id = ?", owner_id)
    return 0 if row is None else int(row[0] or 0)


async def _owner(call: Call, tx: Transaction) -> _Owner:
    user = await users.named_or_signer(call, tx)
    return _Owner(call.account, None) if user is None else _Owner(user.user_id, user.name)


async def _require(call: Call, tx: Transaction) -> SigningCertificate:
    owner = await _owner(call, tx)
    certificate_id = call["CertificateId"]
    row = await tx.one(
        SELECT + " WHERE certificate_id = ? AND account_id = ? AND owner_id = ?",
        certificate_id,
        call.account,
        owner.owner_id,
    )
    if row is None:
        raise NoSuchEntity.signing_certificate(certificate_id)
    return SigningCertificate.of_row(row)


async def _uploaded(call: Call) -> _Uploaded:
    certificate = x509.one_certificate(call["CertificateBody"])
    x509.require_current(certificate, call.now)
    if not x509.has_accepted_key(certificate):
        raise InvalidCertificate(f"The certificate's public key is not accepted. {x509.KINDS_OF_KEY}")
    return _Uploaded(x509.as_pem(certificate), x509.fingerprint(certificate))


@operation(iam, "UploadSigningCertificate", resource=users.named_or_signer_target, prepare=_uploaded)
async def upload_signing_certificate(call: Call, tx: Transaction) -> dict[str, object]:
    """Give a user, or without a name the caller, another signing certificate, active from now on.

    Raises:
        MalformedCertificate: it is not one certificate in PEM, or not valid now.
        InvalidCertificate: its key is of a kind or size that is not taken.
        NoSuchEntity: no such user.
        DuplicateCertificate: a user of the account has it already, be it the same.
        LimitExceeded: the user has its quota of certificates, active or not.
        ValidationError: no name, and the caller is neither a user nor root.

    Source: IAM API Reference, UploadSigningCertificate.
    """
    uploaded = call.prepared
    assert isinstance(uploaded, _Uploaded), "the certificate was read"
    owner = await _owner(call, tx)
    select = "SELECT 1 FROM signing_certificates WHERE account_id = ? AND fingerprint = ?"
    if await tx.one(select, call.account, uploaded.fingerprint):
        raise DuplicateCertificate.in_account()
    limit = await call.access.quota(tx, call.account, "SigningCertificatesPerUser")
    if await count_of(tx, owner.owner_id) >= limit:
        raise LimitExceeded.quota("SigningCertificatesPerUser", limit)
    certificate = SigningCertificate(_new_id(call.random_bytes(20)), uploaded.body, True, call.now_ms)
    await tx.run(
        "INSERT INTO signing_certificates"
        " (account_id, certificate_id, owner_id, body, fingerprint, is_active, uploaded_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        call.account,
        certificate.certificate_id,
        owner.owner_id,
        certificate.body,
        uploaded.fingerprint,
        1,
        certificate.uploaded_at,
    )
    return {"Certificate": certificate.as_output(owner.name)}


@operation(iam, "ListSigningCertificates", resource=users.named_or_signer_target, reads=True)
async def list_signing_certificates(call: Call, tx: Transaction) -> dict[str, object]:
    """The signing certificates of a user, or without a name of the caller, oldest first.

    Raises:
        NoSuchEntity: no such user.
        ValidationError: no name, and the caller is neither a user nor root.

    Source: IAM API Reference, ListSigningCertificates.
    """
    owner = await _owner(call, tx)

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[SigningCertificate]:
        uploaded_at, certificate_id = (int(after[0]), after[1]) if after else (-1, "")
        rows = await tx.all(
            SELECT + " WHERE owner_id = ? AND (uploaded_at, certificate_id) > (?, ?)"
            " ORDER BY uploaded_at, certificate_id LIMIT ?",
            owner.owner_id,
            uploaded_at,
            certificate_id,
            limit,
        )
        return [SigningCertificate.of_row(row) for row in rows]

    found = await page(
        call, fetch, lambda each: (str(each.uploaded_at), each.certificate_id), filter_by=[owner.owner_id]
    )
    return {"Certificates": [each.as_output(owner.name) for each in found.items], **found.output}


@operation(iam, "UpdateSigningCertificate", resource=users.named_or_signer_target)
async def update_signing_certificate(call: Call, tx: Transaction) -> None:
    """Make a signing certificate active or inactive.

    Raises:
        NoSuchEntity: no such user, or the user has no such certificate.
        InvalidInput: the status is Expired, which only AWS's services set.
        ValidationError: no name, and the caller is neither a user nor root.

    Source: IAM API Reference, UpdateSigningCertificate.
    """
    certificate = await _require(call, tx)
    status = call["Status"]
    if status not in ("Active", "Inactive"):
        raise InvalidInput.unsettable_status(status)
    is_active = int(status == "Active")
    await tx.run(
        "UPDATE signing_certificates SET is_active = ?, status_changed_at = ? WHERE certificate_id = ?"
        " AND is_active <> ?",
        is_active,
        call.now_ms,
        certificate.certificate_id,
        is_active,
    )


@operation(iam, "DeleteSigningCertificate", resource=users.named_or_signer_target)
async def delete_signing_certificate(call: Call, tx: Transaction) -> None:
    """Delete a signing certificate; it may then be uploaded again, for whichever user.

    Raises:
        NoSuchEntity: no such user, or the user has no such certificate.
        ValidationError: no name, and the caller is neither a user nor root.

    Source: IAM API Reference, DeleteSigningCertificate.
    """
    certificate = await _require(call, tx)
    await tx.run("DELETE FROM signing_certificates WHERE certificate_id = ?", certificate.certificate_id)


def _new_id(entropy: bytes) -> str:
    """32 characters of base32, from 20 random bytes, as ids of signing certificates are."""
    return base64.b32encode(entropy).decode("ascii")
