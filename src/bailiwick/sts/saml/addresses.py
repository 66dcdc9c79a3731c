"""Where identity providers send responses to: AWS's own addresses, and this installation's.

Both are taken, so that what an identity provider has been set up with for AWS goes on to work, and so that one can be
set up for this installation alone.

Source: IAM User Guide, "Configure SAML assertions for the authentication response".
"""

import re
from dataclasses import dataclass
from typing import Final

PATH: Final = "/signin/saml"
"""Of this installation's own address; `/acs/` and a provider's id can follow."""

_AWS: Final = re.compile(r"https://(?:[a-z0-9-]{1,63}\.)?signin\.aws\.amazon\.com/saml", re.ASCII)
_AWS_NAME: Final = "urn:amazon:webservices"


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses that a response to one SAML provider may name.

    Attributes:
        public_url: of this installation, without a slash at the end.
        provider_id: `SAMLSP…`.
        must_name_provider: whether the address must have the provider's id in it, as for encrypted assertions that
            are required.
    """

    public_url: str
    provider_id: str
    must_name_provider: bool = False

    def is_recipient(self, address: str) -> bool:
        """Whether a response for that address is meant for here; compared character by character."""
        plain = address.removesuffix(f"/acs/{self.provider_id}")
        if self.must_name_provider and plain == address:
            return False
        return self._is_ours(plain)

    def is_audience(self, name: str) -> bool:
        """Whether an assertion for that audience is meant for here."""
        return name == _AWS_NAME or self._is_ours(name)

    def _is_ours(self, address: str) -> bool:
        return address == self.public_url + PATH or _AWS.fullmatch(address) is not None
