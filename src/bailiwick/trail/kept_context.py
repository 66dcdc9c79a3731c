"""What an event keeps of a denied request, so that the denial can be explained later: its condition keys, bounded.

Nothing here is secret: a policy may ask for all of it, and the account's own administrators read it. What belongs to
another account (the tags of its resource) is left out.
"""

from typing import Final

from bailiwick.access.decided import keys_to_tell
from bailiwick.auth import SessionClaims
from bailiwick.policy import RequestContext

MOST_CHARACTERS: Final = 16 * 1024
"""Of keys and values together: denied requests are anybody's to make, and each of them is kept."""

_MOST_NAMES: Final = 50


def kept_context(request: RequestContext) -> dict[str, object]:
    """The members `context` (key → value, or a list of them) and, when they do not all fit, `omittedKeys`.

    The largest are left out first; of their names at most 50 are kept, in order.
    """
    kept: dict[str, object] = {}
    omitted: list[str] = []
    room = MOST_CHARACTERS
    for size, key, value in sorted(
        (len(key) + sum(map(len, (value,) if isinstance(value, str) else value)), key, value)
        for key, value in keys_to_tell(request).items()
    ):
        room -= size
        if room < 0:
            omitted.append(key)
        else:
            kept[key] = value
    if not omitted:
        return {"context": kept}
    return {"context": kept, "omittedKeys": sorted(omitted)[:_MOST_NAMES]}


def kept_limits(claims: SessionClaims) -> dict[str, object]:
    """The policies that narrowed a session, which are in its token and nowhere else; empty when there were none."""
    kept: dict[str, object] = {
        "policy": claims.policy,
        "policyArns": list(claims.policy_arns),
        "scopeDowns": list(claims.scope_downs),
    }
    return {name: value for name, value in kept.items() if value}
