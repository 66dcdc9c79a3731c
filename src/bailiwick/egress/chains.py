"""The certificates that a TLS server sent, in the order it sent them."""

import ssl
import sys


def chain_of(connection: ssl.SSLObject) -> list[bytes]:
    """The certificates (DER) of a connection's other side, its own first; those that it sent and no more."""
    if sys.version_info >= (3, 13):
        return list(connection.get_unverified_chain())
    # What Python 3.13 made public is there before, under the object that it wraps.
    inner = connection._sslobj  # type: ignore[attr-defined]
    return [ssl.PEM_cert_to_DER_cert(certificate.public_bytes()) for certificate in inner.get_unverified_chain()]
