"""What an account publishes as an issuer, for whoever verifies its tokens: where its keys are, and the keys.

Source: OpenID Connect Discovery 1.0, sections 3 and 4; RFC 7517 for the keys; IAM User Guide, "Getting started with
outbound identity federation".
"""

import json
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from bailiwick.errors import AwsError
from bailiwick.http import HttpResponse
from bailiwick.iam import account_settings
from bailiwick.store import Store, Transaction
from bailiwick.sts.web_identity_token import signing_keys
from bailiwick.sts.web_identity_token.claims import CLAIMS
from bailiwick.sts.web_identity_token.signing_keys import Algorithm

_FRESH_SECONDS: Final = 3600
"""How long what is published may be kept; far shorter than a key is published before it signs."""

_KEPT: Final = f"public, max-age={_FRESH_SECONDS}".encode()
_NOT_KEPT: Final = b"no-store"
_CONFIGURATION: Final = "openid-configuration"
_KEYS: Final = "jwks.json"


class IssuerDocuments:
    """Answers requests for the documents, which need no signature."""

    def __init__(self, store: Store, now_ms: Callable[[], int], public_url: str) -> None:
        """`now_ms` tells the time in milliseconds since 1970 UTC."""
        self._store = store
        self._now_ms = now_ms
        self._public_url = public_url
        # A proxy in front may take the path of the public URL off, or leave it.
        prefix = re.escape(urlsplit(public_url).path.encode())
        self._path = re.compile(
            rb"(?:%b)?/oidc/([0-9]{12})/\.well-known/(%b|%b)"
            % (prefix, re.escape(_CONFIGURATION.encode()), re.escape(_KEYS.encode()))
        )

    async def find(self, path: bytes) -> HttpResponse | None:
        """The answer to a GET of that path; None when it is no path of these documents.

        An account that issues no tokens gets the same answer as one that is not there.
        """
        match = self._path.fullmatch(path)
        if match is None:
            return None
        account, name = match[1].decode("ascii"), match[2].decode("ascii")
        try:
            found = await self._store.read(lambda tx: self._document(tx, account, name))
        except AwsError as error:
            return _reply(503, {"error": "temporarily_unavailable", "error_description": error.message}, _NOT_KEPT)
        if found is None:
            return _reply(404, {"error": "not_found"}, _NOT_KEPT)
        return _reply(200, found, _KEPT if found.get("keys") != [] else _NOT_KEPT)

    async def _document(self, tx: Transaction, account: str, name: str) -> dict[str, object] | None:
        issuer = await account_settings.issuer(tx, account, self._public_url)
        if issuer is None:
            return None
        if name == _CONFIGURATION:
            return configuration(issuer)
        keys = await signing_keys.published(tx, account, self._now_ms())
        return {"keys": [json.loads(key) for key in keys]}


def configuration(issuer: str) -> dict[str, object]:
    """The issuer's metadata."""
    return {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/.well-known/{_KEYS}",
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [algorithm.value for algorithm in Algorithm],
        "claims_supported": list(CLAIMS),
    }


def _reply(status: int, content: dict[str, object], kept: bytes) -> HttpResponse:
    headers = ((b"content-type", b"application/json"), (b"cache-control", kept))
    return HttpResponse(status, headers, json.dumps(content).encode() + b"\n")
