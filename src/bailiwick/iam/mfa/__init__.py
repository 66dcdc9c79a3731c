"""MFA devices: virtual ones, whose codes IAM and STS check, and security keys, which people sign in with.

The operations are in `mfa.virtual_devices` and `mfa.assignment`. Exported is what checks a code, wherever one is given,
what adds a security key, and what the account's summary and the deletion of users ask.
"""

from bailiwick.iam.mfa.checking import use_code
from bailiwick.iam.mfa.record import DeviceCounts, MFADevice, count_all, find_of_owner
from bailiwick.iam.mfa.security_keys import SecurityKey, add_security_key

__all__ = [
    "DeviceCounts",
    "MFADevice",
    "SecurityKey",
    "add_security_key",
    "count_all",
    "find_of_owner",
    "use_code",
]
