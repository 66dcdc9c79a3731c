"""The services that take service-specific credentials, and what their credentials look like. Pure.

Sources: IAM User Guide, "Service-specific credentials for IAM users" and "API keys for AWS services"; IAM API
Reference, ServiceSpecificCredential.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

RANDOM_BYTES = 32
"""How much randomness a password or API key is made of."""

ALIAS_BYTES = 5
"""How much randomness the end of an API key's alias is made of."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service. `has_api_keys`: an API key with an alias, which can expire; else a user name and a password.

    `key_prefix` is what API keys begin with, for those services whose documentation tells.
    """

    has_api_keys: bool
    key_prefix: str = ""

    def secret(self, public_name: str, entropy: bytes) -> str:
        """A password, or an API key that tells its alias: from `RANDOM_BYTES` random bytes."""
        password = base64.b64encode(entropy).decode("ascii")
        if not self.has_api_keys:
            return password
        return self.key_prefix + base64.b64encode(f"{public_name}:{password}".encode()).decode("ascii")


SERVICES: Mapping[str, Service] = MappingProxyType(
    {
        "aws-external-anthropic.amazonaws.com": Service(has_api_keys=True),
        "bedrock.amazonaws.com": Service(has_api_keys=True, key_prefix="ABSK"),
        "cassandra.amazonaws.com": Service(has_api_keys=False),
        "cloudwatch.amazonaws.com": Service(has_api_keys=True),
        "codecommit.amazonaws.com": Service(has_api_keys=False),
        "logs.amazonaws.com": Service(has_api_keys=True, key_prefix="ACWL"),
    }
)
"""By the names that AWS's documentation has for them."""


def user_name(name: str, account: str, number: int) -> str:
    """The user name of a user's credential: the first is `jane-at-123456789012`, the next `jane+1-at-123456789012`."""
    return f"{name}{f'+{number}' if number else ''}-at-{account}"


def alias(name: str, account: str, entropy: bytes) -> str:
    """The alias of an API key: as a user name, and a version and letters of its own, from `ALIAS_BYTES` bytes."""
    return f"{user_name(name, account, 0)}-z1{base64.b32encode(entropy).decode('ascii').lower()}"


def digest(secret: str) -> bytes:
    """What is kept of a password or API key. There is too much chance in them for it to be guessed from."""
    return hashlib.sha256(secret.encode()).digest()
