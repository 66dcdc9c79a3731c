"""What a user can hold beside access keys, and server certificates, made through boto3 for the tests."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.certificates import Pair, authority, chain_of, pair, rsa_key, ssh_line


@dataclass(frozen=True, slots=True)
class Held:
    """The ids of a user's credentials, one of each kind."""

    ssh_key: str
    signing_certificate: str
    service_credential: str


def give_all(iam: Any, user: str) -> Held:
    """Give a user one credential of each kind."""
    ssh_key = iam.upload_ssh_public_key(UserName=user, SSHPublicKeyBody=ssh_line(rsa_key()))
    certificate = iam.upload_signing_certificate(UserName=user, CertificateBody=pair(user).pem)
    credential = iam.create_service_specific_credential(UserName=user, ServiceName="codecommit.amazonaws.com")
    return Held(
        ssh_key["SSHPublicKey"]["SSHPublicKeyId"],
        certificate["Certificate"]["CertificateId"],
        credential["ServiceSpecificCredential"]["ServiceSpecificCredentialId"],
    )


@functools.cache
def served() -> tuple[Pair, Pair]:
    """A server's certificate and the authority that signed it, made once."""
    root = authority()
    return pair(signer=root), root


def server_certificate() -> Mapping[str, str]:
    """What UploadServerCertificate is given beside a name."""
    made, root = served()
    return {"CertificateBody": made.pem, "PrivateKey": made.key_pem, "CertificateChain": chain_of(root)}
