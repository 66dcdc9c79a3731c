"""Wildcards and variables (guide: "Resource", "Variables and tags")."""

import re
from functools import lru_cache

from tests.specification.world import Keys

# Names and defaults hold no braces and no quotes, and names no blank at their ends; between a name and its default
# stand a comma and one space. What is no variable is literal text (the guides leave it open).
VARIABLE = re.compile(r"\$\{([*?$])\}|\$\{((?!\s)[^{}'\",*?$]+(?<!\s))(?:, '([^']*)')?\}")

Part = tuple[str, str]
"""A piece of a pattern: "as written", where wildcards count, or "put in", where nothing does."""


def put_in(text: str, keys: Keys, *, new: bool) -> list[Part] | None:
    """A pattern in pieces, with its variables replaced; None if one of them has no value.

    What is put in is literal text: no wildcard, and never expanded again. In the old version nothing is put in.
    """
    if not new:
        return [("as written", text)]
    found = []
    end = 0
    for variable in VARIABLE.finditer(text):
        found.append(("as written", text[end : variable.start()]))
        value = variable[1] or value_of(variable[2], variable[3], keys)
        if value is None:
            return None
        found.append(("put in", value))
        end = variable.end()
    return [*found, ("as written", text[end:])]


def value_of(name: str, default: str | None, keys: Keys) -> str | None:
    """A single-valued key's value; the default if the key is absent. Keys of several values cannot be used."""
    value = keys.get(name.lower())
    if isinstance(value, str):
        return value
    return default if value in (None, (), ("",)) else None


def asked(text: str, *, new: bool) -> set[str]:
    """The keys that a pattern's variables name."""
    return {found[2].lower() for found in VARIABLE.finditer(text) if found[2]} if new else set()


def plain(parts: list[Part]) -> str:
    """The text of a pattern in which nothing is a wildcard."""
    return "".join(text for _, text in parts)


def glob_matches(parts: list[Part] | None, text: str) -> bool:
    """Over the whole text, with regard to case; nothing fits a pattern that has no value."""
    if parts is None:
        return False
    reached = {0}  # the places in the text up to which the pattern so far can have come
    for part in parts:
        for token in tokens(part):
            if token == ANY:
                reached = set(range(min(reached), len(text) + 1))
            elif token == ONE:
                reached = {place + 1 for place in reached if place < len(text)}
            else:
                reached = {place + len(token[1]) for place in reached if text.startswith(token[1], place)}
            if not reached:
                return False
    return len(text) in reached


ANY, ONE = ("wild", "*"), ("wild", "?")


@lru_cache(100_000)
def tokens(part: Part) -> list[tuple[str, str]]:
    """`*` is any run of characters, `?` is exactly one; all else is itself."""
    kind, text = part
    if kind == "put in":
        return [("text", text)]
    return [("wild" if each in ("*", "?") else "text", each) for each in re.split(r"([*?])", text) if each]


def action_matches(patterns: list[str], action: str) -> bool:
    """Without regard to case, over the whole `service:name` (guide: "Action")."""
    return any(glob_matches([("as written", pattern.lower())], action.lower()) for pattern in patterns)


def resource_parts(pattern: str, *, completes: bool) -> tuple[str, str]:
    """What stands before the sixth field, and that field, where alone variables may stand."""
    if completes and pattern.startswith("arn:"):
        pattern += ":*" * (5 - pattern.count(":"))
    fields = pattern.split(":", 5)
    return (":".join(fields[:5]) + ":", fields[5]) if len(fields) == 6 else (pattern, "")


def resource_matches(patterns: list[str], resource: str, keys: Keys, *, new: bool, completes: bool) -> bool:
    """As one pattern over the whole ARN, with regard to case (guide: "Resource")."""
    for pattern in patterns:
        head, tail = resource_parts(pattern, completes=completes)
        parts = put_in(tail, keys, new=new)
        if parts is not None and glob_matches([("as written", head), *parts], resource):
            return True
    return False


def arn_matches(pattern: str, arn: str, keys: Keys, *, new: bool) -> bool:
    """Field by field (guide: "Amazon Resource Name (ARN) condition operators").

    The pattern's own first five colons part its fields, and what a variable stands for stays in its field; a lone `*`
    is any ARN, and a pattern of fewer fields is none. A pattern without wildcards is one text, so that it may be a
    variable alone. (The guides leave these open.)
    """
    fields = arn.split(":", 5)
    if len(fields) < 6 or fields[0] != "arn":
        return False
    parts = put_in(pattern, keys, new=new)
    if parts is None:
        return False
    if not any(kind == "as written" and re.search(r"[*?]", text) for kind, text in parts):
        return plain(parts) == arn
    if pattern == "*":
        return True
    of_fields: list[list[Part]] = [[]]
    for kind, text in parts:
        first, *others = text.split(":", 6 - len(of_fields)) if kind == "as written" else [text]
        of_fields[-1].append((kind, first))
        of_fields += [[(kind, other)] for other in others]
    return len(of_fields) == 6 and all(map(glob_matches, of_fields, fields))
