"""The thumbprints of the certificates behind a provider: as they are given, or as the provider shows them.

A thumbprint is the SHA-1 of a certificate, in hex: AWS's form. It is no proof of anything by itself here, because what
is fetched is verified by TLS first.

Source: IAM User Guide, "Obtain the thumbprint for an OpenID Connect identity provider"; OpenID Connect Discovery 1.0,
sections 3 and 4.
"""

import hashlib
import logging
import re
from collections.abc import Sequence
from typing import Final

from bailiwick.egress import Egress, Unreachable
from bailiwick.iam.errors import InvalidInput, OpenIdIdpCommunicationError
from bailiwick.iam.oidc_providers.discovery import NotAProvider, keys_url
from bailiwick.iam.oidc_providers.urls import SCHEME

_log = logging.getLogger(__name__)

MOST: Final = 5

_THUMBPRINT: Final = re.compile(r"[0-9A-Fa-f]{40}")


def checked(given: Sequence[str]) -> tuple[str, ...]:
    """The thumbprints of a request in lower case, each once, in their order.

    Raises:
        InvalidInput: one is not a SHA-1 in hex, or there are more than five.
    """
    for each in given:
        if not _THUMBPRINT.fullmatch(each):
            raise InvalidInput("A thumbprint must be the SHA-1 of a certificate: 40 hexadecimal digits.")
    unique = tuple(dict.fromkeys(each.lower() for each in given))
    if len(unique) > MOST:
        raise InvalidInput(f"Thumbprint list must contain at most {MOST} entries.")
    return unique


async def fetched(egress: Egress, url: str) -> tuple[str, ...]:
    """The thumbprint of the topmost certificate that is sent where the provider has its keys.

    `url` is without its scheme.

    Raises:
        OpenIdIdpCommunicationError: the provider cannot be reached, is not trusted, or does not answer as OpenID
            Connect has it. The reason is in the log: who asks learns nothing of what else is in this network.
    """
    try:
        chain = await egress.certificates(await keys_url(egress, url))
    except (Unreachable, NotAProvider) as error:
        issuer = SCHEME + url
        _log.warning("an OpenID Connect provider cannot be used", extra={"url": issuer, "reason": str(error)})
        raise OpenIdIdpCommunicationError.of_provider(issuer) from error
    return (hashlib.sha1(chain[-1], usedforsecurity=False).hexdigest(),)
