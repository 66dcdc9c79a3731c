"""Checking one-time codes: each is good once, at all nodes together, and guessing is slowed and in the end stopped.

One count of wrong codes belongs to a device, whichever door they come by. A refusal keeps its count (`KeptRefusal`),
and never says why: a wrong code, a used one, and one that was not looked at are answered alike.

Source: RFC 6238, sections 5.2 and 6; RFC 4226, section 7.3.
"""

from bailiwick.access.call import Call
from bailiwick.errors import AwsError, KeptRefusal
from bailiwick.iam.guessing import MOST_FAILURES, pause_seconds
from bailiwick.iam.mfa import codes
from bailiwick.iam.mfa.record import MFADevice
from bailiwick.secret import Secret
from bailiwick.store.transaction import Transaction


async def use_code(call: Call, tx: Transaction, device: MFADevice, code: str, *, otherwise: AwsError) -> None:
    """Use up a code of a virtual device, now.

    Raises:
        KeptRefusal: `otherwise`, if the code is wrong or used, or no code of the device is looked at now.
    """
    if _is_paused(call, device) or device.failures >= MOST_FAILURES:
        raise KeptRefusal(otherwise)
    steps = codes.matching_steps(await _seed(call, tx, device), code, codes.step_at(call.now) + device.drift)
    if not steps:
        await _count_failure(call, tx, device)
        raise KeptRefusal(otherwise)
    # The latest, so that a code that two steps happen to share is not good for the other one.
    if not await _use_up(tx, device, first=steps[-1], last=steps[-1], drift=device.drift):
        raise KeptRefusal(otherwise)


async def use_consecutive_codes(
    call: Call, tx: Transaction, device: MFADevice, first: str, second: str, *, otherwise: AwsError
) -> None:
    """Use up two consecutive codes of a virtual device, and learn from them how far its clock is off.

    Raises:
        KeptRefusal: `otherwise`, if they are not that or were used, or no code of the device is looked at now.
    """
    if _is_paused(call, device):
        raise KeptRefusal(otherwise)
    now = codes.step_at(call.now)
    step = codes.matching_pair(await _seed(call, tx, device), first, second, now)
    if step is None:
        await _count_failure(call, tx, device)
        raise KeptRefusal(otherwise)
    if not await _use_up(tx, device, first=step - 1, last=step, drift=codes.drift_of(step, now)):
        raise KeptRefusal(otherwise)


def _is_paused(call: Call, device: MFADevice) -> bool:
    return call.now_ms < device.paused_until


async def _seed(call: Call, tx: Transaction, device: MFADevice) -> Secret:
    row = await tx.one("SELECT seed FROM mfa_devices WHERE device_id = ?", device.device_id)
    sealed = None if row is None else row[0]
    assert isinstance(sealed, bytes), "a virtual device has a seed"
    return call.access.unseal("mfa_devices", device.device_id, "seed", sealed)


async def _use_up(tx: Transaction, device: MFADevice, *, first: int, last: int, drift: int) -> bool:
    """Note the steps as used; False when one of them was, which is no guess and is not counted as one."""
    return (
        await tx.run(
            "UPDATE mfa_devices SET last_step = ?, drift = ?, failures = 0, paused_until = 0"
            " WHERE device_id = ? AND last_step < ?",
            last,
            drift,
            device.device_id,
            first,
        )
        == 1
    )


async def _count_failure(call: Call, tx: Transaction, device: MFADevice) -> None:
    pause = pause_seconds(device.failures + 1)
    await tx.run(
        "UPDATE mfa_devices SET failures = failures + 1, paused_until = ? WHERE device_id = ?",
        # No pause at all, rather than one until now: calls that came a little earlier may be looked at later.
        call.now_ms + pause * 1000 if pause else 0,
        device.device_id,
    )
