"""The record of a service-specific credential, its queries, and the target that policies see."""

from dataclasses import dataclass, replace
from datetime import datetime

from bailiwick.access.call import Call
from bailiwick.iam import users
from bailiwick.iam.errors import NoSuchEntity
from bailiwick.iam.service_specific_credentials.services import SERVICES
from bailiwick.iam.times import from_milliseconds
from bailiwick.operations import Target, acts_on
from bailiwick.store.transaction import Row, Transaction

SERVICE_KEY = "iam:ServiceSpecificCredentialServiceName"
"""The condition key that tells which service a credential is for."""

SELECT = (
    "SELECT c.credential_id, u.name, c.service, c.public_name, c.is_active, c.created_at, c.expires_at"
    " FROM service_specific_credentials c JOIN users u ON u.user_id = c.user_id"
)
"""How every query of credentials begins; its rows are read by `Credential.of_row`."""


@dataclass(frozen=True, slots=True)
class Credential:
    """One service-specific credential, without its secret. Times are milliseconds since 1970 UTC.

    `public_name` is the user name or alias that it is presented with; `expires_at` is None when it never does.
    """

    credential_id: str
    user_name: str
    service: str
    public_name: str
    is_active: bool
    created_at: int
    expires_at: int | None

    @classmethod
    def of_row(cls, row: Row) -> "Credential":
        """From a row of `SELECT`."""
        credential_id, user_name, service, public_name, is_active, created_at, expires_at = row
        return cls(
            credential_id=str(credential_id),
            user_name=str(user_name),
            service=str(service),
            public_name=str(public_name),
            is_active=bool(is_active),
            created_at=int(created_at or 0),
            expires_at=None if expires_at is None else int(expires_at),
        )

    def is_expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and now >= from_milliseconds(self.expires_at)

    def as_listed(self, now: datetime) -> dict[str, object]:
        """The model's ServiceSpecificCredentialMetadata."""
        has_api_keys = SERVICES[self.service].has_api_keys
        output: dict[str, object] = {
            "UserName": self.user_name,
            "Status": "Expired" if self.is_expired(now) else "Active" if self.is_active else "Inactive",
            "ServiceCredentialAlias" if has_api_keys else "ServiceUserName": self.public_name,
            "CreateDate": from_milliseconds(self.created_at),
            "ServiceSpecificCredentialId": self.credential_id,
            "ServiceName": self.service,
        }
        if self.expires_at is not None:
            output["ExpirationDate"] = from_milliseconds(self.expires_at)
        return output

    def as_output(self, now: datetime, secret: str) -> dict[str, object]:
        """The model's ServiceSpecificCredential, with its new secret."""
        has_api_keys = SERVICES[self.service].has_api_keys
        return {**self.as_listed(now), "ServiceCredentialSecret" if has_api_keys else "ServicePassword": secret}


async def _find(tx: Transaction, user_id: str, credential_id: str) -> Credential | None:
    row = await tx.one(SELECT + " WHERE c.credential_id = ? AND c.user_id = ?", credential_id, user_id)
    return None if row is None else Credential.of_row(row)


async def require(call: Call, tx: Transaction) -> Credential:
    """The credential that the call names, of the user that it names or, without one, of the caller.

    Raises:
        NoSuchEntity: no such user, or the user has no such credential, whoever else has.
        ValidationError: no name, and the caller is neither a user nor root.
    """
    user = await users.named_or_signer(call, tx)
    credential_id = call["ServiceSpecificCredentialId"]
    credential = None if user is None else await _find(tx, user.user_id, credential_id)
    if credential is None:
        raise NoSuchEntity.service_specific_credential(credential_id)
    return credential


@acts_on("user*")
async def credential_target(call: Call, tx: Transaction) -> Target:
    """The user whose credential the call names, and the service that the credential is for, if there is one."""
    target = await users.named_or_signer_target(call, tx)
    if "UserName" in call:
        user = await users.find(tx, call.account, call["UserName"])
    else:
        user = await users.find_by_id(tx, call.account, call.caller.principal_id)
    credential = None if user is None else await _find(tx, user.user_id, call["ServiceSpecificCredentialId"])
    return target if credential is None else replace(target, keys={**target.keys, SERVICE_KEY: credential.service})
