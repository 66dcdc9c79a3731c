"""The credential of a signature: an access key id and the scope in which its signing key is good."""

import re
from typing import Final, NamedTuple

from bailiwick.auth.signing import TERMINATOR, derive_signing_key
from bailiwick.secret import Secret

_MAX_CREDENTIAL_SIZE: Final = 512
_CREDENTIAL = re.compile(rb"([A-Za-z0-9_]{1,128})/([!-.0-~]*)/([!-.0-~]*)/([!-.0-~]*)/([!-.0-~]*)")
_REGION = re.compile(r"[a-z0-9-]{1,63}")


class Credential(NamedTuple):
    """`AKIA.../20150830/us-east-1/iam/aws4_request`, in its parts; only its form was checked.

    `scope` is all that follows the access key id, as it was sent.
    """

    access_key_id: str
    scope: bytes
    day: str
    region: str
    service: str
    terminator: str

    def faults(self, amz_date: bytes, service: str) -> str:
        """What is wrong with the scope of a request signed at `amz_date` to a service, in AWS's words; "" if nothing.

        Any region will do: clients sign for IAM with the region they are configured for.
        """
        found = ""
        date = amz_date.decode("ascii")
        if self.day != date[:8]:
            found += (
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                f"'{self.day}' != '{date[:8]}', from '{date}'. "
            )
        if not _REGION.fullmatch(self.region):
            found += f"Credential should be scoped to a valid region, not '{self.region}'. "
        if self.service != service:
            found += f"Credential should be scoped to correct service: '{service}'. "
        if self.terminator != TERMINATOR:
            found += "Credential should be scoped with a valid terminator: 'aws4_request'"
        return found

    def signing_key(self, secret: Secret) -> Secret:
        """The signing key of this scope for a secret."""
        return derive_signing_key(secret, self.day, self.region, self.service)


def parse_credential(value: bytes) -> Credential:
    """Take a credential apart.

    Raises:
        ValueError: not five elements, or an access key id that cannot be one (STS API Reference: `[\\w]*`, up to 128).
    """
    match = _CREDENTIAL.fullmatch(value) if len(value) <= _MAX_CREDENTIAL_SIZE else None
    if not match:
        raise ValueError("not keyid/date/region/service/term")
    access_key_id, day, region, service, terminator = (group.decode("ascii") for group in match.groups())
    return Credential(access_key_id, value[len(access_key_id) + 1 :], day, region, service, terminator)
