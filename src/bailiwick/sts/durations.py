"""How long a session lives, in seconds. The model bounds what can be asked for; here is what depends on who asks.

Source: STS API Reference, DurationSeconds of AssumeRole, GetSessionToken and GetFederationToken.
"""

from typing import Final

from bailiwick.sts.errors import ValidationError

HOUR: Final = 3600

CHAINED_MAXIMUM: Final = HOUR
ROLE_DEFAULT: Final = HOUR
ROOT_MAXIMUM: Final = HOUR
USER_DEFAULT: Final = 12 * HOUR


def of_role_session(requested: int | None, *, role_maximum: int, is_chained: bool) -> int:
    """The life of a role session. More than is allowed is refused, not cut.

    Args:
        requested: DurationSeconds, None when it was not sent.
        role_maximum: the role's MaxSessionDuration, 3600 to 43200.
        is_chained: whether the caller came with a session of any kind.

    Raises:
        ValidationError: more than an hour for a chained session, or more than the role's maximum.
    """
    if requested is None:
        return min(ROLE_DEFAULT, role_maximum)
    if is_chained and requested > CHAINED_MAXIMUM:
        raise ValidationError.above_chaining_limit()
    if requested > role_maximum:
        raise ValidationError.above_role_maximum()
    return requested


def of_user_session(requested: int | None, *, is_root: bool) -> int:
    """The life of a session from GetSessionToken or GetFederationToken; for root it is cut to an hour silently."""
    if is_root:
        return ROOT_MAXIMUM if requested is None else min(requested, ROOT_MAXIMUM)
    return USER_DEFAULT if requested is None else requested
