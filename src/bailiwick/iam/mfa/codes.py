"""One-time codes by time: six digits, a new one each 30 seconds, by HMAC-SHA-1. Pure.

Source: RFC 6238 (time-based one-time passwords), RFC 4226 (those by counter, and how to keep them from being guessed).
"""

import hmac
from datetime import datetime
from typing import Final

import pyotp

from bailiwick.secret import Secret

STEP_SECONDS: Final = 30

WINDOW: Final = 1
"""How many steps before and after now a code is good for: a code takes time to be typed (RFC 6238, section 5.2)."""

RESYNC_WINDOW: Final = 20
"""How many steps a device's clock may be off when it is enabled or synchronised again: ten minutes."""


def step_at(now: datetime) -> int:
    """The number of the step that a time is in."""
    return int(now.timestamp()) // STEP_SECONDS


def matching_steps(seed: Secret, code: str, around: int) -> list[int]:
    """The steps, no further from `around` than the window, whose code it is; in their order.

    `seed` is in base32 (RFC 4648). Every step is compared, in constant time.
    """
    generator = _generator(seed)
    return [step for step in _steps_around(around, WINDOW) if hmac.compare_digest(generator.at(step), code)]


def matching_pair(seed: Secret, first: str, second: str, around: int) -> int | None:
    """The step of the second of two consecutive codes of a device whose clock may be off; None for any others."""
    if hmac.compare_digest(first, second):
        return None
    generator = _generator(seed)
    found: int | None = None
    before = False
    for step in _steps_around(around, RESYNC_WINDOW):
        code = generator.at(step)
        if before and hmac.compare_digest(code, second):
            found = step
        before = hmac.compare_digest(code, first)
    return found


def drift_of(step: int, now: int) -> int:
    """How many steps a device that shows the code of `step` is off; what the window forgives is none."""
    return 0 if abs(step - now) <= WINDOW else step - now


def _generator(seed: Secret) -> pyotp.HOTP:
    return pyotp.HOTP(seed.reveal().decode("ascii"))


def _steps_around(middle: int, distance: int) -> range:
    return range(max(0, middle - distance), middle + distance + 1)
