"""The record of a server certificate, its queries, and the targets that policies see."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bailiwick.access.call import Call
from bailiwick.iam import names, tags
from bailiwick.iam.errors import NoSuchEntity
from bailiwick.iam.times import from_milliseconds
from bailiwick.operations import Target, acts_on
from bailiwick.store.transaction import Row, Transaction

KIND = "server-certificate"
"""What a server certificate's ARN calls it."""

SELECT = "SELECT account_id, certificate_id, name, path, uploaded_at, expires_at FROM server_certificates"
"""How every query of server certificates begins; its rows are read by `ServerCertificate.of_row`."""


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """One server certificate, without its contents. Times are milliseconds since 1970 UTC."""

    account: str
    certificate_id: str
    name: str
    path: str
    uploaded_at: int
    expires_at: int

    @classmethod
    def of_row(cls, row: Row) -> "ServerCertificate":
        """From a row of `SELECT`."""
        account, certificate_id, name, path, uploaded_at, expires_at = row
        return cls(
            account=str(account),
            certificate_id=str(certificate_id),
            name=str(name),
            path=str(path),
            uploaded_at=int(uploaded_at or 0),
            expires_at=int(expires_at or 0),
        )

    @property
    def arn(self) -> str:
        """Its ARN, with its path."""
        return names.arn_of(self.account, KIND, self.path, self.name)

    def as_output(self) -> dict[str, object]:
        """The model's ServerCertificateMetadata."""
        return {
            "Path": self.path,
            "ServerCertificateName": self.name,
            "ServerCertificateId": self.certificate_id,
            "Arn": self.arn,
            "UploadDate": from_milliseconds(self.uploaded_at),
            "Expiration": from_milliseconds(self.expires_at),
        }


async def find(tx: Transaction, account: str, name: str) -> ServerCertificate | None:
    """The server certificate of that name, in any case, or None."""
    row = await tx.one(SELECT + " WHERE account_id = ? AND name_key = ?", account, names.folded(name))
    return None if row is None else ServerCertificate.of_row(row)


async def require(tx: Transaction, account: str, name: str) -> ServerCertificate:
    """The server certificate of that name, in any case.

    Raises:
        NoSuchEntity: the account has none.
    """
    certificate = await find(tx, account, name)
    if certificate is None:
        raise NoSuchEntity.server_certificate(name)
    return certificate


@acts_on("server-certificate*")
async def certificate_target(call: Call, tx: Transaction) -> Target:
    """The server certificate that the call names; one that is not there is judged at the path `/`, without tags."""
    name = call["ServerCertificateName"]
    words = f"server certificate {name}"
    certificate = await find(tx, call.account, name)
    if certificate is None:
        return Target(arn=names.arn_of(call.account, KIND, "/", name), shown=words)
    held_tags = await tags.of(tx, certificate.account, certificate.certificate_id)
    return Target(arn=certificate.arn, tags=held_tags, shown=words)


@acts_on("server-certificate*")
async def both_names_target(call: Call, tx: Transaction) -> Sequence[Target]:
    """The certificate as it is and as it is to become: whoever renames one must be allowed on both."""
    name = call["ServerCertificateName"]
    now = await certificate_target(call, tx)
    certificate = await find(tx, call.account, name)
    path, stored_name = ("/", name) if certificate is None else (certificate.path, certificate.name)
    new_name = call.get("NewServerCertificateName")
    new_arn = names.arn_of(call.account, KIND, call.get("NewPath") or path, new_name or stored_name)
    words = f"server certificate {new_name or name}"
    return [now] if new_arn == now.arn else [now, replace(now, arn=new_arn, shown=words)]
