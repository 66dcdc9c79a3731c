"""The models' regular expressions, which are Java's, for Python.

A pattern is translated once. Every construct is read and written out again with the meaning it has in
`java.util.regex.Pattern` with default flags: `\\w`, `\\d`, `\\s` and POSIX classes are ASCII, `.` stops at each of
Java's line terminators, a surrogate pair is one character, and the whole value must match.
"""

import re
from collections.abc import Callable
from functools import lru_cache

import regex  # type: ignore[import-untyped]  # the package ships no types

# One pattern may be asked to look at a hostile value. A pattern that is one character class with one quantifier is
# linear; any other gets this much time and, when that is not enough, the value is held not to match.
_TIMEOUT_SECONDS = 0.5

_LINE_TERMINATORS = r"\n\r\u0085\u2028\u2029"
_CLASS_ESCAPES = {
    "d": "0-9",
    "D": r"\x00-/:-\U0010ffff",
    "w": "a-zA-Z_0-9",
    "W": r"\x00-/:-@\[-\^`\{-\U0010ffff",
    "s": r"\t\n\x0b\f\r ",
    "S": r"\x00-\x08\x0e-\x1f!-\U0010ffff",
    "h": r" \t\xa0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000",
    "v": r"\n\x0b\f\r\x85\u2028\u2029",
}
_POSIX = {
    "Lower": "a-z",
    "Upper": "A-Z",
    "ASCII": r"\x00-\x7f",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Punct": r"!-/:-@\[-`\{-~",
    "Graph": "!-~",
    "Print": " -~",
    "Blank": r" \t",
    "Cntrl": r"\x00-\x1f\x7f",
    "XDigit": "0-9a-fA-F",
    "Space": r" \t\n\x0b\f\r",
    "all": r"\x00-\U0010ffff",
    "LD": r"\p{L}\p{Nd}",
}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\a", "e": "\x1b"}
_GROUP_OPENINGS = ("(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?i)", "(?s)", "(?m)", "(?-i)", "(?-s)")
_SINGLE_CLASS = re.compile(r"\[(?:[^\[\]\\]|\\.)*\](?:[+*?]|\{[0-9]+(?:,[0-9]*)?\})?", re.DOTALL)


class PatternSyntaxError(ValueError):
    """A pattern uses a construct that is not Java's, or that no service model was seen to use."""


class _Translation:
    """One pass over a Java pattern."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._dot_matches_all = False

    def run(self) -> str:
        out: list[str] = []
        while self._at < len(self._source):
            out.append(self._next())
        return "".join(out)

    def _next(self) -> str:
        source, at = self._source, self._at
        char = source[at]
        if char == "\\":
            return self._escape_outside_class()
        if char == "[":
            return self._character_class()
        if char == "(":
            return self._group_opening()
        self._at += 1
        if char == ".":
            return r"[\x00-\U0010ffff]" if self._dot_matches_all else f"[^{_LINE_TERMINATORS}]"
        if char in ")|*+?^$":
            return char
        if char == "{":
            end = source.find("}", at)
            if end < 0:
                raise PatternSyntaxError(f"unclosed counted repetition at {at} in {source!r}")
            self._at = end + 1
            return source[at : end + 1]
        return _literal(char)

    def _group_opening(self) -> str:
        rest = self._source[self._at : self._at + 4]
        for opening in _GROUP_OPENINGS:
            if rest.startswith(opening):
                self._at += len(opening)
                if opening == "(?s)":
                    self._dot_matches_all = True
                    return ""
                return opening
        self._at += 1
        if rest.startswith("(?"):
            raise PatternSyntaxError(f"unsupported group at {self._at - 1} in {self._source!r}")
        return "("

    def _escape_outside_class(self) -> str:
        kind = self._source[self._at + 1 : self._at + 2]
        if kind in {"b", "B", "A", "G", "Z", "z"}:
            self._at += 2
            return {"z": r"\Z", "Z": r"(?=\n?\Z)"}.get(kind, f"\\{kind}")
        if kind == "Q":
            end = self._source.find("\\E", self._at + 2)
            end = len(self._source) if end < 0 else end
            quoted, self._at = self._source[self._at + 2 : end], min(end + 2, len(self._source))
            return _literal(quoted)
        if kind.isdigit() and kind != "0":
            self._at += 2
            return f"\\{kind}"
        item, is_set = self._escape()
        return f"[{item}]" if is_set else _literal(item)

    def _escape(self) -> tuple[str, bool]:
        """One escape, at the backslash: (the text within a class, True), or (one plain character, False)."""
        source, at = self._source, self._at
        kind = source[at + 1 : at + 2]
        self._at += 2
        if kind in _CLASS_ESCAPES:
            return _CLASS_ESCAPES[kind], True
        if kind in {"p", "P"}:
            return self._property(negated=kind == "P"), True
        if kind in _CONTROLS:
            return _CONTROLS[kind], False
        if kind in {"u", "x", "0"}:
            return self._code_point(kind), False
        if kind == "" or (kind.isascii() and kind.isalnum()):
            raise PatternSyntaxError(f"unsupported escape at {at} in {source!r}")
        return kind, False

    def _property(self, *, negated: bool) -> str:
        if self._source[self._at : self._at + 1] == "{":
            end = self._source.find("}", self._at)
            name, self._at = self._source[self._at + 1 : end], end + 1
        else:
            name, self._at = self._source[self._at], self._at + 1
        if name in _POSIX:
            if negated:
                raise PatternSyntaxError(f"negated POSIX class {name} in {self._source!r}")
            return _POSIX[name]
        # Java's IsAlphabetic, IsL, IsLatin and the like: the regex package knows the name without the prefix.
        name = name.removeprefix("Is")
        return f"\\{'P' if negated else 'p'}{{{name}}}"

    def _code_point(self, kind: str) -> str:
        source, at = self._source, self._at
        if kind == "x" and source[at : at + 1] == "{":
            end = source.index("}", at)
            self._at = end + 1
            return chr(int(source[at + 1 : end], 16))
        if kind == "0":
            width = 3 if source[at : at + 1] in {"0", "1", "2", "3"} else 2
            digits = ""
            while len(digits) < width and source[at : at + 1].isdigit() and source[at] in "01234567":
                digits, at = digits + source[at], at + 1
            self._at = at
            return chr(int(digits, 8))
        width = 4 if kind == "u" else 2
        self._at = at + width
        value = int(source[at : at + width], 16)
        # Java reads \uD834\uDD1E as the one character that the pair stands for.
        if 0xD800 <= value < 0xDC00 and source[self._at : self._at + 2] == "\\u":
            low = int(source[self._at + 2 : self._at + 6], 16)
            if 0xDC00 <= low < 0xE000:
                self._at += 6
                return chr(0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00))
        return chr(value)

    def _character_class(self) -> str:
        source = self._source
        self._at += 1
        negated = source[self._at : self._at + 1] == "^"
        self._at += negated
        out: list[str] = []
        first = True
        while True:
            if self._at >= len(source):
                raise PatternSyntaxError(f"unclosed character class in {source!r}")
            char = source[self._at]
            if char == "]" and not first:
                self._at += 1
                break
            first = False
            if char == "[":
                out.append(self._character_class())
            elif source.startswith("&&", self._at):
                self._at += 2
                out.append("&&")
            else:
                out.append(self._class_item())
        return f"[{'^' if negated else ''}{''.join(out)}]"

    def _class_item(self) -> str:
        item, is_set = self._class_atom()
        if is_set:
            return item
        source, at = self._source, self._at
        if source[at : at + 1] == "-" and source[at + 1 : at + 2] not in {"]", "[", ""}:
            self._at += 1
            end, end_is_set = self._class_atom()
            if end_is_set or ord(end) < ord(item):
                raise PatternSyntaxError(f"illegal character range at {at} in {source!r}")
            return f"{_in_class(item)}-{_in_class(end)}"
        return _in_class(item)

    def _class_atom(self) -> tuple[str, bool]:
        if self._source[self._at] == "\\":
            return self._escape()
        self._at += 1
        return self._source[self._at - 1], False


def _literal(text: str) -> str:
    return "".join(_in_class(char) for char in text)


def _in_class(char: str) -> str:
    if char.isascii() and char.isalnum():
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\U{code:08x}"


def translate(java: str) -> str:
    """A Java pattern in the syntax of the `regex` package (version 1).

    Raises:
        PatternSyntaxError: not a Java pattern, or one with a construct that is not supported.
    """
    return _Translation(java).run()


@lru_cache(maxsize=4096)
def matcher(java: str) -> Callable[[str], object]:
    """A function that gives something true when the whole of a value matches the Java pattern.

    Compiled once per pattern. Its time is bounded whatever the value.
    """
    translated = translate(java)
    if _SINGLE_CLASS.fullmatch(translated):
        # One class, one quantifier: linear. Without Unicode properties the standard library reads it the same, faster.
        if "\\p" not in translated and "\\P" not in translated and "&&" not in translated:
            return re.compile(translated).fullmatch
        single: Callable[[str], object] = regex.compile(translated, regex.VERSION1).fullmatch
        return single
    fullmatch = regex.compile(translated, regex.VERSION1).fullmatch

    def matches(value: str) -> bool:
        try:
            return fullmatch(value, timeout=_TIMEOUT_SECONDS) is not None
        except TimeoutError:
            return False

    return matches
