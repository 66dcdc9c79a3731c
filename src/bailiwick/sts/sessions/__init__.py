"""The record of every session issued, which AWS does not keep: who, from where, until when; and how one is ended.

The operations on it are those of the service `bailiwick`, in `sessions.operations`; what is exported here is the
record and its queries.
"""

from bailiwick.sts.sessions.record import (
    Issued,
    SessionRecord,
    Wanted,
    end,
    find,
    find_by_access_key,
    forget,
    is_any_old,
    is_standing,
    listed,
    marks_of,
    newest_parent,
    record,
    was_any_ended,
)

__all__ = [
    "Issued",
    "SessionRecord",
    "Wanted",
    "end",
    "find",
    "find_by_access_key",
    "forget",
    "is_any_old",
    "is_standing",
    "listed",
    "marks_of",
    "newest_parent",
    "record",
    "was_any_ended",
]
