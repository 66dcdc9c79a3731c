"""One-time codes sent along with a call for credentials.

Source: STS API Reference, GetSessionToken and AssumeRole, parameters SerialNumber and TokenCode.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from bailiwick.access.call import Call
from bailiwick.errors import AwsError, KeptRefusal
from bailiwick.iam import mfa
from bailiwick.operations import ContextValue
from bailiwick.store.transaction import Transaction
from bailiwick.sts.errors import AccessDenied

KEYS_OF_A_CODE: Final[Mapping[str, ContextValue]] = {
    "aws:multifactorauthpresent": "true",
    "aws:multifactorauthage": "0",
}
"""What a code tells policies of the very call that it came with."""


async def use_code(call: Call, tx: Transaction) -> bool:
    """Use up the code that came with a call, if one did; whether one did.

    Raises:
        AccessDenied: only one of SerialNumber and TokenCode came, or the device is not a virtual one of the caller's.
        KeptRefusal: AccessDenied; the code is wrong, used already, or not looked at after too many wrong ones.
    """
    sent = ("SerialNumber" in call, "TokenCode" in call)
    if not any(sent):
        return False
    if not all(sent):
        raise AccessDenied.incomplete_mfa()
    caller = call.caller
    device = await mfa.find_of_owner(tx, caller.account, caller.principal_id, call["SerialNumber"], "virtual")
    if device is None:
        raise AccessDenied.unknown_mfa_device()
    await mfa.use_code(call, tx, device, call["TokenCode"], otherwise=AccessDenied.wrong_mfa_code())
    return True


@contextmanager
def staying_used(has_code: bool) -> Iterator[None]:
    """Refuse what is refused within, and let a code that was used up stay so. Nothing else may be written before it.

    Raises:
        KeptRefusal: an error of AWS's, after a code.
    """
    try:
        yield
    except AwsError as error:
        if has_code:
            raise KeptRefusal(error) from error
        raise
