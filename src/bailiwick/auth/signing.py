"""The arithmetic of Signature Version 4: signing keys, and signatures over canonical requests.

Source: IAM User Guide, "Create a signed AWS API request", steps 2 to 4.
"""

import hashlib
import hmac
from typing import Final

from bailiwick.auth.cache import BoundedCache
from bailiwick.secret import Secret

ALGORITHM: Final = b"AWS4-HMAC-SHA256"
TERMINATOR: Final = "aws4_request"


def derive_signing_key(secret: Secret, day: str, region: str, service: str) -> Secret:
    """The signing key for one day (`YYYYMMDD`, UTC), region and service: 32 bytes, good for that day only."""
    key = b"AWS4" + secret.reveal()
    for part in (day, region, service, TERMINATOR):
        key = hmac.digest(key, part.encode(), "sha256")
    return Secret(key)


def sign(signing_key: Secret, amz_date: bytes, scope: bytes, canonical_request: bytes) -> bytes:
    """The signature, 64 lower-case hexadecimal digits.

    Args:
        amz_date: `YYYYMMDDTHHMMSSZ`.
        scope: `YYYYMMDD/region/service/aws4_request`.
    """
    digest = hashlib.sha256(canonical_request).hexdigest().encode("ascii")
    string_to_sign = b"%b\n%b\n%b\n%b" % (ALGORITHM, amz_date, scope, digest)
    return hmac.digest(signing_key.reveal(), string_to_sign, "sha256").hex().encode("ascii")


class SigningKeys:
    """Signing keys in memory, by access key id and scope; one made from another secret is never used."""

    __slots__ = ("_keys",)

    def __init__(self, capacity: int = 4096) -> None:
        self._keys: BoundedCache[tuple[str, bytes], tuple[Secret, Secret]] = BoundedCache(capacity)

    def find(self, access_key_id: str, scope: bytes, secret: Secret) -> Secret | None:
        """The signing key made from this very secret; one of an earlier secret is dropped."""
        entry = self._keys.get((access_key_id, scope))
        if entry is None:
            return None
        made_from, signing_key = entry
        if made_from is not secret and not made_from.matches(secret.reveal()):
            self._keys.discard((access_key_id, scope))
            return None
        return signing_key

    def keep(self, access_key_id: str, scope: bytes, secret: Secret, signing_key: Secret) -> None:
        """Remember a key that verified a signature. Only those: strangers must not fill the memory."""
        self._keys.put((access_key_id, scope), (secret, signing_key))
