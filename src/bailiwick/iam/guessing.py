"""How guessing at a credential is slowed and in the end stopped: one-time codes and passwords alike. Pure."""

from typing import Final

MOST_FAILURES: Final = 100
"""After so many wrong ones in a row none is looked at any more (NIST SP 800-63B, section 5.2.2)."""

_FREE_FAILURES: Final = 4
_FIRST_PAUSE_SECONDS: Final = 30
_LONGEST_PAUSE_SECONDS: Final = 900


def pause_seconds(failures: int) -> int:
    """For how long none is looked at after so many wrong ones in a row.

    The first few cost nothing; then each doubles the time, up to a quarter of an hour (RFC 4226, section 7.3).
    """
    beyond = failures - _FREE_FAILURES
    if beyond <= 0:
        return 0
    return min(_FIRST_PAUSE_SECONDS << min(beyond - 1, 10), _LONGEST_PAUSE_SECONDS)
