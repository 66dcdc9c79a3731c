"""Virtual MFA devices, made and enabled through boto3 for the tests."""

from typing import Any

from tests.authenticators import Authenticator


def create(iam: Any, name: str, **parameters: Any) -> Authenticator:
    """A virtual device that is nobody's yet."""
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName=name, **parameters)["VirtualMFADevice"]
    return Authenticator(made["SerialNumber"], made["Base32StringSeed"].decode("ascii"))


def enable(iam: Any, user: str, name: str | None = None) -> Authenticator:
    """A virtual device of a user, called like the user; its next code is `code(1)`."""
    device = create(iam, name or user)
    # The code before and the one now: the next one is good at once, since a clock may be one step ahead.
    iam.enable_mfa_device(UserName=user, SerialNumber=device.serial_number, **device.pair(-1))
    return device


def set_ahead(iam: Any, user: str, device: Authenticator) -> None:
    """Set the device's clock ahead and synchronise it, so that `code(1)` is again one that was never used."""
    device.ahead += 3
    iam.resync_mfa_device(UserName=user, SerialNumber=device.serial_number, **device.pair(-1))


def proof(device: Authenticator, code: str | None = None) -> dict[str, Any]:
    """What GetSessionToken and AssumeRole are given; by default with the next code after enabling."""
    return {"SerialNumber": device.serial_number, "TokenCode": code or device.code(1)}
