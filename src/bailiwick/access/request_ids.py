"""Request ids that say when: UUIDs of version 7, whose first 48 bits are the time of the call.

An event is found by its request id through the index of events by time, which is there anyway. What follows the time is
random, so that no id can be guessed from another. Source: RFC 9562, section 5.7.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

_VERSION_7: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_RANDOM_BYTES: Final = 10
_RAND_B: Final = (1 << 62) - 1


def milliseconds(moment: datetime) -> int:
    """An aware time as events keep it, and request ids: milliseconds since 1970 UTC."""
    return round(moment.timestamp() * 1000)


def new_request_id(moment: datetime, random_bytes: Callable[[int], bytes]) -> str:
    """A new id of a call that is decided at `moment`, as 36 characters in lower case. 74 of its bits are random."""
    chance = int.from_bytes(random_bytes(_RANDOM_BYTES), "big")
    time = milliseconds(moment)
    digits = f"{time:012x}7{chance >> 68:03x}{0x8000_0000_0000_0000 | (chance & _RAND_B):016x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def moment_of(request_id: str) -> int | None:
    """When the call of that id was decided, in milliseconds since 1970 UTC; None when it is not one of these ids."""
    if _VERSION_7.fullmatch(request_id) is None:
        return None
    return int(request_id[:8] + request_id[9:13], 16)
