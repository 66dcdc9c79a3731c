"""What is uploaded as a server certificate, read and checked whole before it is stored. Pure."""

from dataclasses import dataclass
from datetime import datetime

from bailiwick.iam import x509
from bailiwick.iam.errors import MalformedCertificate
from bailiwick.secret import Secret


@dataclass(frozen=True, slots=True)
class Upload:
    """A certificate that is good to be kept: its PEM, that of its chain, its key's, and when it expires."""

    body: str
    chain: str | None
    private_key: Secret
    expires_at: datetime


def read(body: str, private_key: str, chain: str | None, now: datetime) -> Upload:
    """Check an upload: one certificate, valid now, that the private key is of, and a chain in order, if there is one.

    Where the body holds the chain as well, it is taken from there, as AWS does (hashicorp/terraform issue 3837).
    Slow: up to a second or so for the largest keys and chains.

    Raises:
        MalformedCertificate: something is not PEM, not of a kind that is taken, not valid now or not in order.
        KeyPairMismatch: the private key is another's.

    Source: IAM User Guide, "Manage server certificates in IAM".
    """
    try:
        certificate, *further = x509.certificates(body)
    except x509.InvalidBlock as error:
        raise MalformedCertificate.unreadable() from error
    if chain is not None:
        if further:
            raise MalformedCertificate.unreadable()
        try:
            further = x509.certificates(chain)
        except x509.InvalidBlock as error:
            raise MalformedCertificate.chain(error.index) from error
    if not x509.has_accepted_key(certificate):
        raise MalformedCertificate(f"The certificate's public key is not accepted. {x509.KINDS_OF_KEY}")
    x509.require_current(certificate, now)
    key = x509.matching_key(private_key, certificate)
    x509.require_chain(certificate, further, now)
    return Upload(
        body=x509.as_pem(certificate),
        chain="\n".join(map(x509.as_pem, further)) or None,
        private_key=Secret(x509.key_as_pem(key)),
        expires_at=certificate.not_valid_after_utc,
    )
