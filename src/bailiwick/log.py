"""Structured logs on the standard library's logging: one JSON object a line, or lines for people. A leaf.

A module logs by `logging.getLogger(__name__)` with a constant sentence and its facts in `extra`:

    log.warning("The store cannot be reached", extra={"request_id": request_id, "seconds": 4})

Every key of `extra` becomes a field. Secrets have a type that shows as `Secret(...)`, whatever is logged.
"""

import json
import logging
import math
import sys
import time
from collections.abc import Mapping
from typing import TextIO

_STANDARD = frozenset(vars(logging.LogRecord("", 0, "", 0, "", None, None))) | {"message", "asctime", "taskName"}
_RESERVED = frozenset({"time", "level", "logger", "message", "error", "traceback"})
_LONGEST_TEXT = 32_768
_DEEPEST = 6


def configure(*, log_format: str, level: str, stream: TextIO | None = None) -> None:
    """Write the process's logs to `stream` (standard error) as `json`, `console` or `auto`.

    Called once, by the program; what was configured before is replaced.
    """
    target = sys.stderr if stream is None else stream
    as_json = log_format == "json" or (log_format == "auto" and not target.isatty())
    handler = logging.StreamHandler(target)
    handler.setFormatter(JsonFormatter() if as_json else ConsoleFormatter())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("bailiwick").setLevel(level.upper())
    logging.captureWarnings(capture=True)


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON: time (UTC, milliseconds), level, logger, message, then its fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its newline. Whatever the record holds, it is one object on one line, in ASCII."""
        line: dict[str, object] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        for name, value in _fields(record).items():
            line[f"{name}_" if name in _RESERVED else name] = _plain(value, _DEEPEST)
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, allow_nan=False)


class ConsoleFormatter(logging.Formatter):
    """A record as one line for people: time, level, message, fields; a traceback follows on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """The text. What came from outside cannot make a line of its own or move the cursor."""
        fields = "".join(f"  {name}={_printable(value)}" for name, value in _fields(record).items())
        line = f"{_time(record)} {record.levelname.lower():<7} {_printable(_message(record))}{fields}"
        if record.exc_info and record.exc_info[0] is not None:
            line += "\n" + self.formatException(record.exc_info)
        return line


def _time(record: logging.LogRecord) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z"


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        # A sentence whose arguments do not fit is still worth its line.
        return f"{record.msg} {record.args!r}"


def _fields(record: logging.LogRecord) -> Mapping[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def _plain(value: object, depth: int) -> object:
    """The value in JSON's own kinds, bounded in depth and length."""
    match value:
        case None | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case str():
            return value if len(value) <= _LONGEST_TEXT else value[:_LONGEST_TEXT] + "…"
        case Mapping() if depth:
            return {str(key): _plain(item, depth - 1) for key, item in value.items()}
        case list() | tuple() | set() | frozenset() if depth:
            return [_plain(item, depth - 1) for item in value]
        case _:
            return _plain(str(value), 0)


def _printable(value: object) -> str:
    text = str(_plain(value, _DEEPEST))
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape", "replace").decode("ascii")
        for character in text
    )
