"""Making, listing, switching, resetting and deleting service-specific credentials."""

from collections.abc import Sequence
from datetime import timedelta

from bailiwick.access.call import Call
from bailiwick.access.pagination import page
from bailiwick.errors import ValidationError
from bailiwick.iam import users
from bailiwick.iam.errors import InvalidInput, LimitExceeded, NotSupportedService
from bailiwick.iam.registry import iam
from bailiwick.iam.service_specific_credentials import services
from bailiwick.iam.service_specific_credentials.record import (
    SELECT,
    SERVICE_KEY,
    Credential,
    credential_target,
    require,
)
from bailiwick.iam.service_specific_credentials.services import SERVICES, Service
from bailiwick.operations import Target, acts_on, operation
from bailiwick.store.transaction import Transaction, Value

_SECRETS = ("ServiceSpecificCredential.ServicePassword", "ServiceSpecificCredential.ServiceCredentialSecret")

_DAY = timedelta(days=1)


@acts_on("user*")
async def _listed_target(call: Call, tx: Transaction) -> Target:
    """The user whose credentials are listed; for those of all users, what only a grant on all of them covers.

    Raises:
        ValidationError: the call names a user and asks for all, or names none and the caller is neither a user nor
            root. It depends on nothing that is stored, so that it may come before the decision.
    """
    if not call.flag("AllUsers"):
        return await users.named_or_signer_target(call, tx)
    if "UserName" in call:
        raise ValidationError("UserName cannot be specified together with AllUsers.")
    return Target(arn=f"arn:aws:iam::{call.account}:user/*")


@operation(
    iam,
    "CreateServiceSpecificCredential",
    resource=users.user_target,
    keys={SERVICE_KEY: "ServiceName", "iam:ServiceSpecificCredentialAgeDays": "CredentialAgeDays"},
    secrets=_SECRETS,
)
async def create_service_specific_credential(call: Call, tx: Transaction) -> dict[str, object]:
    """Give a user a new active credential for one service: a user name and password, or an API key.

    Raises:
        NotSupportedService: the service takes no such credentials.
        ValidationError: an age was given, and the service's credentials do not expire.
        NoSuchEntity: no such user.
        LimitExceeded: the user has its quota of credentials for the service, active or not.

    Source: IAM API Reference, CreateServiceSpecificCredential.
    """
    service = _service(call["ServiceName"])
    age = call.integer("CredentialAgeDays")
    if age is not None and not service.has_api_keys:
        raise ValidationError("CredentialAgeDays is only valid for services that support long-term API keys.")
    user = await users.require(tx, call.account, call["UserName"])
    await _require_room(call, tx, user)
    credential = Credential(
        credential_id=call.new_id("ACCA"),
        user_name=user.name,
        service=call["ServiceName"],
        public_name=await _public_name(call, tx, service, user),
        is_active=True,
        created_at=call.now_ms,
        expires_at=None if age is None else call.now_ms + age * (_DAY // timedelta(milliseconds=1)),
    )
    secret = service.secret(credential.public_name, call.random_bytes(services.RANDOM_BYTES))
    await tx.run(
        "INSERT INTO service_specific_credentials (account_id, credential_id, user_id, service, public_name,"
        " secret_digest, is_active, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        user.account,
        credential.credential_id,
        user.user_id,
        credential.service,
        credential.public_name,
        services.digest(secret),
        1,
        credential.created_at,
        credential.expires_at,
    )
    return {"ServiceSpecificCredential": credential.as_output(call.now, secret)}


def _service(name: str) -> Service:
    service = SERVICES.get(name)
    if service is None:
        raise NotSupportedService.named(name)
    return service


async def _require_room(call: Call, tx: Transaction, user: users.User) -> None:
    limit = await call.access.quota(tx, call.account, "ServiceSpecificCredentialsPerUser")
    row = await tx.one(
        "SELECT COUNT(*) FROM service_specific_credentials WHERE user_id = ? AND service = ?",
        user.user_id,
        call["ServiceName"],
    )
    if row is not None and int(row[0] or 0) >= limit:
        raise LimitExceeded.quota("ServiceSpecificCredentialsPerUser", limit)


async def _public_name(call: Call, tx: Transaction, service: Service, user: users.User) -> str:
    if service.has_api_keys:
        return services.alias(user.name, user.account, call.random_bytes(services.ALIAS_BYTES))
    # Users keep the names of their credentials when they are renamed, so that another's may be in the way.
    number = 0
    while await tx.one(
        "SELECT 1 FROM service_specific_credentials WHERE account_id = ? AND public_name = ?",
        user.account,
        services.user_name(user.name, user.account, number),
    ):
        number += 1
    return services.user_name(user.name, user.account, number)


@operation(iam, "ListServiceSpecificCredentials", resource=_listed_target, reads=True)
async def list_service_specific_credentials(call: Call, tx: Transaction) -> dict[str, object]:
    """The credentials of a user, of the caller, or of all users, for one service or for all, oldest first.

    Raises:
        NoSuchEntity: no such user.
        NotSupportedService: the service takes no such credentials.
        ValidationError: a user and all users were asked for; or neither, and the caller is neither a user nor root.

    Source: IAM API Reference, ListServiceSpecificCredentials.
    """
    conditions: list[tuple[str, Value]] = []
    service = call.get("ServiceName")
    if service is not None:
        _service(service)
        conditions.append(("c.service = ?", service))
    if call.flag("AllUsers"):
        conditions.append(("c.account_id = ?", call.account))
    else:
        user = await users.named_or_signer(call, tx)
        if user is None:
            return {"ServiceSpecificCredentials": [], "IsTruncated": False}
        conditions.append(("c.user_id = ?", user.user_id))
    where = " AND ".join(condition for condition, _ in conditions)

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[Credential]:
        created_at, credential_id = (int(after[0]), after[1]) if after else (-1, "")
        rows = await tx.all(
            f"{SELECT} WHERE {where} AND (c.created_at, c.credential_id) > (?, ?)"
            " ORDER BY c.created_at, c.credential_id LIMIT ?",
            *(value for _, value in conditions),
            created_at,
            credential_id,
            limit,
        )
        return [Credential.of_row(row) for row in rows]

    found = await page(
        call,
        fetch,
        lambda each: (str(each.created_at), each.credential_id),
        filter_by=[f"{condition} {value!s}" for condition, value in conditions],
    )
    return {"ServiceSpecificCredentials": [each.as_listed(call.now) for each in found.items], **found.output}


@operation(iam, "UpdateServiceSpecificCredential", resource=credential_target, target_keys=[SERVICE_KEY])
async def update_service_specific_credential(call: Call, tx: Transaction) -> None:
    """Make a credential active or inactive; one that is expired stays so.

    Raises:
        NoSuchEntity: no such user, or the user has no such credential.
        InvalidInput: the status is Expired, which comes with time alone.
        ValidationError: no name, and the caller is neither a user nor root.

    Source: IAM API Reference, UpdateServiceSpecificCredential.
    """
    credential = await require(call, tx)
    status = call["Status"]
    if status not in ("Active", "Inactive"):
        raise InvalidInput.unsettable_status(status)
    await tx.run(
        "UPDATE service_specific_credentials SET is_active = ? WHERE credential_id = ?",
        int(status == "Active"),
        credential.credential_id,
    )


@operation(
    iam,
    "ResetServiceSpecificCredential",
    resource=credential_target,
    target_keys=[SERVICE_KEY],
    secrets=_SECRETS,
)
async def reset_service_specific_credential(call: Call, tx: Transaction) -> dict[str, object]:
    """Give a credential a new password or API key in the place of the one it had; all else about it stays.

    Raises:
        NoSuchEntity: no such user, or the user has no such credential.
        InvalidInput: it is expired.
        ValidationError: no name, and the caller is neither a user nor root.

    Source: IAM API Reference, ResetServiceSpecificCredential; that expired ones cannot be reset: Amazon CloudWatch
    User Guide, "Setting up bearer token authentication for metrics".
    """
    credential = await require(call, tx)
    if credential.is_expired(call.now):
        raise InvalidInput("An expired service-specific credential cannot be reset.")
    secret = SERVICES[credential.service].secret(credential.public_name, call.random_bytes(services.RANDOM_BYTES))
    await tx.run(
        "UPDATE service_specific_credentials SET secret_digest = ? WHERE credential_id = ?",
        services.digest(secret),
        credential.credential_id,
    )
    return {"ServiceSpecificCredential": credential.as_output(call.now, secret)}


@operation(iam, "DeleteServiceSpecificCredential", resource=credential_target, target_keys=[SERVICE_KEY])
async def delete_service_specific_credential(call: Call, tx: Transaction) -> None:
    """Delete a credential.

    Raises:
        NoSuchEntity: no such user, or the user has no such credential.
        ValidationError: no name, and the caller is neither a user nor root.

    Source: IAM API Reference, DeleteServiceSpecificCredential.
    """
    credential = await require(call, tx)
    await tx.run("DELETE FROM service_specific_credentials WHERE credential_id = ?", credential.credential_id)
