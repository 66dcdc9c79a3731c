"""What is known before a response is read, and what is known afterwards. Values only."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bailiwick.iam.saml_providers.metadata import IdentityProvider
from bailiwick.secret import Secret

_SAML2_FORMATS: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:"
_UNSPECIFIED: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"


@dataclass(frozen=True, slots=True)
class Trusted:
    """What an account trusts, of one SAML provider.

    Attributes:
        identity_providers: who may issue assertions, and the certificates that check them.
        private_keys: what opens encrypted assertions (PKCS #8, DER), the newest first.
        must_be_encrypted: whether assertions in the clear are refused.
    """

    identity_providers: tuple[IdentityProvider, ...]
    private_keys: tuple[Secret, ...] = ()
    must_be_encrypted: bool = False


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a verified assertion says. Every text is the whole text of a signed element.

    Attributes:
        assertion_id: its ID, unique among the assertions of its issuer.
        issuer: the entity id of who made it.
        certificate: of the issuer, DER: the one that its signature was checked by.
        subject: the NameID; empty when there is none.
        subject_format: the NameID's Format; None when it has none.
        recipient: whom it was made for.
        expires_at: when it may be presented no longer, aware UTC.
        session_ends_at: the earliest SessionNotOnOrAfter; None when there is none.
        attributes: by name, in their order; each with its values in theirs.
    """

    assertion_id: str
    issuer: str
    certificate: bytes
    subject: str
    subject_format: str | None
    recipient: str
    expires_at: datetime
    session_ends_at: datetime | None
    attributes: Mapping[str, tuple[str, ...]]

    @property
    def subject_type(self) -> str:
        """The format of the subject, `persistent` and the like for formats of SAML 2.0, else the whole URI.

        Source: STS API Reference, AssumeRoleWithSAML, SubjectType. What is not told is unspecified (SAML 2.0 Core,
        section 2.2.2).
        """
        return (self.subject_format or _UNSPECIFIED).removeprefix(_SAML2_FORMATS)

    def name_qualifier(self, account: str, provider_name: str) -> str:
        """What tells subjects of the same name apart that other providers vouch for.

        Source: STS API Reference, AssumeRoleWithSAML, NameQualifier, whose formula it is: nothing is protected by it.
        """
        text = f"{self.issuer}{account}/{provider_name}"
        return base64.b64encode(hashlib.sha1(text.encode(), usedforsecurity=False).digest()).decode("ascii")
