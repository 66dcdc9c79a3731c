"""Keyset pagination with sealed markers: the one way that lists are paged.

A page costs what it shows, wherever it is in the list. A marker is the last key shown, sealed to the account, the
caller, the operation and its filter, so that it can be neither edited nor used for another list (AWS leaves the
marker's content open: IAM API Reference, "Marker").
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bailiwick.access.call import Call
from bailiwick.errors import ValidationError

T = TypeVar("T")

DEFAULT_PAGE = 100
SEPARATOR = "\x00"

_MOST_CHARACTERS = 1_000_000
"""Of policy documents on one page of more than one thing: what is past them is on the next."""

LONGEST_MARKER = 4096
"""A sealed marker holds the last key shown, which may be a path and a name: more than the 320 characters of AWS's."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list. `output` holds IsTruncated and, when there is more, Marker.

    `output_after` gives the output of a page that ends after fewer of these items (at least one): where items are
    dear, a page may hold fewer than MaxItems (IAM API Reference, "MaxItems").
    """

    items: Sequence[T]
    output: dict[str, object]
    output_after: Callable[[int], dict[str, object]]


async def page(
    call: Call,
    fetch: Callable[[tuple[str, ...] | None, int], Awaitable[Sequence[T]]],
    key: Callable[[T], tuple[str, ...]],
    *,
    filter_by: Sequence[str | None] = (),
) -> Page[T]:
    """One page of what `fetch` lists, as the call's MaxItems and Marker ask.

    Args:
        call: the call; its `MaxItems` (default 100) and `Marker` are read here and nowhere else.
        fetch: gives at most `limit` items, in the order of their keys, after the given key (None: from the start).
        key: an item's place in that order; its parts must not hold U+0000.
        filter_by: what the list is narrowed by (such as PathPrefix); a marker serves only the same filter.

    Raises:
        ValidationError: the marker is not one that this caller got from this operation and filter.
    """
    limit = call.integer("MaxItems") or DEFAULT_PAGE
    scope = (call.operation, *(part or "" for part in filter_by))
    marker = call.get("Marker")
    after = None if marker is None else call.access.open_marker(call, scope, marker)
    items = await fetch(after, limit + 1)

    def output_after(count: int) -> dict[str, object]:
        if count >= len(items):
            return {"IsTruncated": False}
        return {"IsTruncated": True, "Marker": call.access.seal_marker(call, scope, key(items[count - 1]))}

    return Page(items[:limit], output_after(limit), output_after)


def fitting(characters: Iterable[int]) -> int:
    """How many things make a page, by the characters of the documents of each; at least one, if there is any.

    White space counts against no quota, so that documents of 131,072 characters may be stored by the thousand.
    """
    total = number = 0
    for number, each in enumerate(characters, 1):
        total += each
        if total > _MOST_CHARACTERS and number > 1:
            return number - 1
    return number


def invalid_marker() -> ValidationError:
    """What a marker that is not ours gets."""
    return ValidationError("Invalid Marker.")
