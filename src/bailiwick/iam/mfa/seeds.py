"""The seed of a virtual MFA device, and the picture that hands it to an authenticator app. Pure."""

import base64
import io
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

import segno

from bailiwick.secret import Secret

SEED_BYTES: Final = 40
"""64 characters of base32, as AWS's seeds have; RFC 4226 (section 4, R6) asks for 16 bytes at least."""

_ISSUER: Final = "Bailiwick"
_PIXELS_EACH: Final = 4


@dataclass(frozen=True, slots=True)
class NewSeed:
    """A seed that is shown once: in base32 (RFC 4648), and as the PNG of a QR code."""

    base32: Secret
    picture: Secret = field(repr=False)


def new_seed(entropy: bytes, device_name: str, account: str) -> NewSeed:
    """A seed of `SEED_BYTES` random bytes for a device of an account; its picture takes tens of milliseconds."""
    base32 = base64.b32encode(entropy)
    drawn = io.BytesIO()
    code = segno.make(provisioning_uri(base32.decode("ascii"), device_name, account), error="m", micro=False)
    code.save(drawn, kind="png", scale=_PIXELS_EACH)
    return NewSeed(Secret(base32), Secret(drawn.getvalue()))


def provisioning_uri(base32: str, device_name: str, account: str) -> str:
    """What an authenticator app reads: `otpauth://totp/Bailiwick:NAME@ACCOUNT?secret=…&issuer=Bailiwick`.

    Source: IAM API Reference, VirtualMFADevice, QRCodePNG; the issuer, by which apps sort their entries, is ours.
    """
    label = quote(f"{_ISSUER}:{device_name}@{account}", safe=":@")
    return f"otpauth://totp/{label}?secret={base32}&issuer={_ISSUER}"
