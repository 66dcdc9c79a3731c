"""The record of an OpenID Connect provider, its queries, and the targets that policies see."""

import json
import re
from dataclasses import dataclass
from typing import Final

from bailiwick.access.call import Call
from bailiwick.iam import tags
from bailiwick.iam.errors import InvalidInput, NoSuchEntity
from bailiwick.operations import Target, acts_on
from bailiwick.store.transaction import Row, Transaction

KIND: Final = "oidc-provider"
"""What a provider's ARN calls it."""

HELD: Final = "oidc_providers"
"""What the account's usage calls them."""

SELECT: Final = (
    "SELECT account_id, provider_id, url, client_ids, thumbprints, context_provider, created_at FROM oidc_providers"
)
"""How every query of providers begins; its rows are read by `OIDCProvider.of_row`."""

_ARN: Final = re.compile(r"arn:aws:iam::([0-9]{12}):oidc-provider/([!-~]{1,255})")


@dataclass(frozen=True, slots=True)
class OIDCProvider:
    """One OpenID Connect provider.

    Attributes:
        account: the account that trusts it.
        provider_id: unique; another one under the same URL has another. AWS shows none.
        url: without its scheme; with `https://` before it, it is exactly the issuer of its tokens.
        client_ids: the audiences that its tokens may be for, in the order they were added.
        thumbprints: SHA-1 of certificates, 40 hexadecimal digits in lower case.
        context_provider: JSON, or None.
        created_at: milliseconds since 1970 UTC.
    """

    account: str
    provider_id: str
    url: str
    client_ids: tuple[str, ...]
    thumbprints: tuple[str, ...]
    context_provider: str | None
    created_at: int

    @classmethod
    def of_row(cls, row: Row) -> "OIDCProvider":
        """From a row of `SELECT`."""
        account, provider_id, url, client_ids, thumbprints, context_provider, created_at = row
        return cls(
            account=str(account),
            provider_id=str(provider_id),
            url=str(url),
            client_ids=tuple(json.loads(str(client_ids))),
            thumbprints=tuple(json.loads(str(thumbprints))),
            context_provider=None if context_provider is None else str(context_provider),
            created_at=int(created_at or 0),
        )

    @property
    def arn(self) -> str:
        """Its ARN, which trust policies name it by."""
        return arn_of(self.account, self.url)


def arn_of(account: str, url: str) -> str:
    """The ARN of the provider with that URL (without its scheme)."""
    return f"arn:aws:iam::{account}:{KIND}/{url}"


async def find_by_url(tx: Transaction, account: str, url: str) -> OIDCProvider | None:
    """The account's provider with exactly that URL (without its scheme), or None."""
    row = await tx.one(SELECT + " WHERE account_id = ? AND url = ?", account, url)
    return None if row is None else OIDCProvider.of_row(row)


async def require(call: Call, tx: Transaction) -> OIDCProvider:
    """The provider that the call's OpenIDConnectProviderArn names.

    Raises:
        InvalidInput: it is no provider's ARN.
        NoSuchEntity: the caller's account has no such provider.
    """
    arn = call["OpenIDConnectProviderArn"]
    account, url = _parts(arn)
    provider = await find_by_url(tx, account, url) if account == call.account else None
    if provider is None:
        raise NoSuchEntity.oidc_provider(arn)
    return provider


@acts_on("oidc-provider*")
async def provider_target(call: Call, tx: Transaction) -> Target:
    """The provider that the call names, with its tags. One of another account is judged as that account's."""
    arn = call["OpenIDConnectProviderArn"]
    account, url = _parts(arn)
    if account != call.account:
        return Target(arn=arn, account=account)
    provider = await find_by_url(tx, account, url)
    if provider is None:
        return Target(arn=arn)
    return Target(arn=arn, tags=await tags.of(tx, account, provider.provider_id))


def _parts(arn: str) -> tuple[str, str]:
    found = _ARN.fullmatch(arn)
    if found is None:
        raise InvalidInput.arn(arn)
    return found[1], found[2]
