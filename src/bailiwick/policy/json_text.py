"""JSON as policies use it: text to plain values with nothing left ambiguous, and tokens that know where they stand.

Everything is linear in the text and bounded in depth: policies are written by people who may wish us harm.
"""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple, NoReturn, TypeAlias

MAX_CHARACTERS = 131_072
"""Longest document that any operation takes (botocore's IAM model, `policyDocumentType`)."""

MAX_DEPTH = 16
"""A well-formed policy nests six deep; what is deeper than this is refused before it is built."""

# Possessive: an unterminated string is consumed to its end at once, never tried again from each of its quotes.
_OPEN_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+'
_BLANK = r"[ \t\r\n]*+"
_STRING = re.compile(f'{_OPEN_STRING}"', re.DOTALL)
_STRING_OR_BRACKET = re.compile(rf'{_OPEN_STRING}"?|[\[\]{{}}]', re.DOTALL)
_TOKEN = re.compile(rf'{_OPEN_STRING}"|[\[\]{{}}:,]|[^\s\[\]{{}}:,"]++', re.DOTALL)
_KEY_OR_BRACKET = re.compile(rf'(?P<key>{_OPEN_STRING}"){_BLANK}:|{_OPEN_STRING}"|[\[\]{{}},]', re.DOTALL)
_NAME_AND_COLON = re.compile(rf'[ \t\r\n,]*+({_OPEN_STRING}"){_BLANK}:{_BLANK}(?=[^ \t\r\n])', re.DOTALL)
_PLAIN = re.compile(r'[^\s\[\]{}:,"]*+')
_BETWEEN = re.compile(r"[ \t\r\n,]*+")
_POLICY_CHARACTERS = re.compile(r"[\t\n\r\x20-\xff]*+")
_SURROGATE = re.compile("[\ud800-\udfff]")


class JsonError(ValueError):
    """The text is not JSON that a policy may be written in; `offset` is that of the character where reading stopped."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


class DuplicateKeyError(ValueError):
    """JSON, but an object holds the same key twice.

    `offset` is where the key begins for the second time; `place` the way to it, by names and indexes.
    """

    def __init__(self, offset: int, place: tuple[str | int, ...]) -> None:
        super().__init__("an object holds the same key twice")
        self.offset = offset
        self.place = place


class Number(str):
    """A JSON number, kept as the text it was written in."""

    __slots__ = ()


JsonValue: TypeAlias = "str | Number | bool | list[JsonValue] | dict[str, JsonValue] | None"


class Token(NamedTuple):
    """One JSON token: its text as written, where it starts and where it ends, in characters."""

    text: str
    start: int
    end: int


def load(text: str) -> JsonValue:
    """The value of a JSON text; numbers as `Number`.

    Raises:
        JsonError: not JSON, longer than `MAX_CHARACTERS`, deeper than `MAX_DEPTH`, or with characters
            outside tab, line feed, carriage return and U+0020 to U+00FF.
        DuplicateKeyError: an object holds the same key twice.
    """
    if len(text) > MAX_CHARACTERS:
        raise JsonError("too long", MAX_CHARACTERS)
    readable = _after(_POLICY_CHARACTERS, text, 0)
    if readable < len(text):
        raise JsonError("a character that a policy may not hold", readable)
    _check_depth(text)
    try:
        value: JsonValue = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        raise JsonError(error.msg, error.pos) from error
    except _RepeatedKey:
        raise next(repeated_keys(text)) from None
    except _Constant as error:
        raise JsonError(f"{error} is not JSON", _first_constant(text)) from error
    if "\\u" in text:
        _check_surrogates(text)
    return value


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text that `load` accepts, in order."""
    for match in _TOKEN.finditer(text):
        yield Token(match.group(), match.start(), match.end())


def repeated_keys(text: str) -> Iterator[DuplicateKeyError]:
    """Each key of a JSON text that its object holds already, in the order of the text."""
    steps: list[str | int] = []  # the way to where we stand: a key or an index for each open bracket
    seen: list[set[str]] = []
    for match in _KEY_OR_BRACKET.finditer(text):
        found, key = match.group(), match.group("key")
        if found in ("[", "{"):
            steps.append(0)
            seen.append(set())
        elif found in ("]", "}"):
            steps.pop()
            seen.pop()
        elif key is not None:
            name = steps[-1] = string_value(key)
            if name in seen[-1]:
                yield DuplicateKeyError(match.start(), tuple(steps))
            seen[-1].add(name)
        elif found == "," and isinstance(index := steps[-1], int):
            steps[-1] = index + 1


def members(text: str, start: int) -> Iterator[tuple[str, int, int]]:
    """The members of the object that starts at an offset: its name, where that begins, and where its value does.

    Text that is not JSON is read as far as it goes, and nothing is raised; so with `elements` and `value_end`.
    """
    at = start + 1
    while found := _NAME_AND_COLON.match(text, at):
        try:
            name = string_value(found[1])
        except ValueError:
            name = found[1][1:-1]
        yield name, found.start(1), found.end()
        at = value_end(text, found.end())


def elements(text: str, start: int) -> Iterator[int]:
    """Where each element of the array that starts at an offset begins."""
    at = start + 1
    while True:
        at = _after(_BETWEEN, text, at)
        if text[at : at + 1] in ("", "]", "}", ":"):
            return
        yield at
        at = value_end(text, at)


def value_end(text: str, start: int) -> int:
    """The offset just after the value that starts at an offset; of one that is cut off, the end of the text."""
    first = text[start]
    if first == '"':
        found = _STRING.match(text, start)
        return found.end() if found else len(text)
    if first not in "[{":
        return _after(_PLAIN, text, start)
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(text, start):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found.group(), 0)
        if depth == 0:
            return found.end()
    return len(text)


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    assert found is not None  # the patterns given match nothing, too
    return found.end()


def string_value(token: str) -> str:
    """What a JSON string token means, its escapes resolved."""
    value: str = json.loads(token)
    return value


def string_token(value: str) -> str:
    """A JSON string token for a value; only ASCII, so that it may stand in any policy."""
    return json.dumps(value)


def _check_depth(text: str) -> None:
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        bracket = match.group()
        if bracket in ("[", "{"):
            depth += 1
            if depth > MAX_DEPTH:
                raise JsonError("nested too deep", match.start())
        elif bracket in ("]", "}"):
            depth -= 1


def _check_surrogates(text: str) -> None:
    """Only an escape can write half of a surrogate pair, and no encoding can carry it on."""
    for match in _STRING.finditer(text):
        if "\\u" in match.group() and _SURROGATE.search(string_value(match.group())):
            raise JsonError("half of a surrogate pair", match.start())


class _RepeatedKey(Exception):
    """Seen while reading, where the standard library tells no offset."""


class _Constant(Exception):
    """NaN or an infinity, seen while reading."""


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _RepeatedKey
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise _Constant(name)


def _first_constant(text: str) -> int:
    return next(token.start for token in tokens(text) if token.text.startswith(("NaN", "Infinity", "-Infinity")))
