"""Errors of keys, certificates and codes that are not good."""

from typing import Self

from bailiwick.errors import AwsError


class InvalidPublicKey(AwsError):
    """The SSH public key is malformed, or of a kind or size that is not taken."""

    code = "InvalidPublicKey"
    status = 400


class UnrecognizedPublicKeyEncoding(AwsError):
    """The SSH public key is neither in SSH's encoding nor in PEM."""

    code = "UnrecognizedPublicKeyEncoding"
    status = 400

    @classmethod
    def uploaded(cls) -> Self:
        """What was uploaded as one."""
        return cls("Invalid public key uploaded.")


class DuplicateSSHPublicKey(AwsError):
    """The user has that SSH public key already."""

    code = "DuplicateSSHPublicKey"
    status = 400

    @classmethod
    def of_user(cls, name: str) -> Self:
        """The user that has it."""
        return cls(f"The SSH public key is already associated with the user {name}.")


class MalformedCertificate(AwsError):
    """The certificate, or one of its chain, is malformed or not valid at this time."""

    code = "MalformedCertificate"
    status = 400

    @classmethod
    def unreadable(cls) -> Self:
        """Not one X.509 certificate in PEM."""
        return cls("Unable to parse certificate. Please ensure the certificate is in PEM format.")

    @classmethod
    def unreadable_key(cls, reason: str) -> Self:
        """The private key is not one in PEM that can be used; `reason` says what is wrong, and nothing of the key."""
        return cls(f"Unable to parse private key. {reason}")

    @classmethod
    def expired(cls) -> Self:
        """Its time is over."""
        return cls("Certificate is no longer valid. The 'Not After' date restriction on the certificate has passed.")

    @classmethod
    def not_yet_valid(cls) -> Self:
        """Its time has not come."""
        return cls(
            "Certificate is not yet valid. The 'Not Before' date restriction on the certificate has not been reached."
        )

    @classmethod
    def chain(cls, index: int) -> Self:
        """The chain breaks at the certificate of that index; -1 stands for the certificate that it is the chain of."""
        return cls(
            "Unable to validate certificate chain. The certificate chain must start with the immediate signing "
            "certificate, followed by any intermediaries in order. The index within the chain of the invalid "
            f"certificate is: {index}"
        )


class InvalidCertificate(AwsError):
    """The certificate is one, but of a kind that is not taken."""

    code = "InvalidCertificate"
    status = 400


class DuplicateCertificate(AwsError):
    """A user of the account has that signing certificate already."""

    code = "DuplicateCertificate"
    status = 409

    @classmethod
    def in_account(cls) -> Self:
        """Whoever has it is not told."""
        return cls("The same certificate is already associated with an IAM user in the account.")


class KeyPairMismatch(AwsError):
    """The private key is not that of the certificate."""

    code = "KeyPairMismatch"
    status = 400

    @classmethod
    def of_certificate(cls) -> Self:
        """A server certificate and its key."""
        return cls("The public key certificate and the private key do not match.")


class InvalidAuthenticationCode(AwsError):
    """The one-time codes are not those of the MFA device."""

    code = "InvalidAuthenticationCode"
    status = 403

    @classmethod
    def of_device(cls) -> Self:
        """Wrong, used already, not consecutive, or not looked at after too many wrong ones: which is not told."""
        return cls("Authentication code for device is not valid.")
