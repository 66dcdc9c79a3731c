"""The constraints of the models' shapes, checked on typed values and worded as AWS words them.

All violations of a request are collected into one message. Nothing is built while a value is good.
Sources: IAM and STS answers quoted in public issue threads; Smithy, "Constraint traits".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bailiwick.errors import ValidationError
from bailiwick.wire.patterns import matcher
from bailiwick.wire.shapes import FLOATS, INTEGERS, STRINGS, Recursion, Shapes, Use

# Longer values are left out of the message, as in AWS's newer answers: it is no use to repeat a document.
_LONGEST_VALUE_SHOWN = 1024
_MOST_VIOLATIONS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Violation:
    """One constraint that one value breaks.

    Attributes:
        path: where, as AWS prints it, in parts: ("tags", "6", "member", "value").
        shown: the value in AWS's form (`'x'`, `null`), or None when it is not to be shown.
        constraint: what it must satisfy.
        message: a whole message that replaces the usual form; given only when nothing else is wrong.
    """

    path: tuple[str, ...]
    shown: str | None
    constraint: str
    message: str | None = None

    def within(self, *prefix: str) -> "Violation":
        """The same, seen from the value that holds it."""
        return Violation((*prefix, *self.path), self.shown, self.constraint, self.message)

    def text(self) -> str:
        value = "Value" if self.shown is None else f"Value {self.shown}"
        return f"{value} at '{'.'.join(self.path)}' failed to satisfy constraint: {self.constraint}"


Check = Callable[[Any], Sequence[Violation]]
"""Takes a typed value, gives what it violates; empty when it is good."""


def validation_error(violations: Sequence[Violation]) -> ValidationError:
    """AWS's error for one or more violations."""
    usual = [violation for violation in violations if violation.message is None]
    if not usual:
        special = violations[0]
        return ValidationError((special.message or "").replace("{name}", special.path[-1] if special.path else ""))
    count = len(usual)
    texts = "; ".join(violation.text() for violation in usual[:_MOST_VIOLATIONS_SHOWN])
    return ValidationError(f"{count} validation error{'' if count == 1 else 's'} detected: {texts}")


def printed_name(member: str) -> str:
    """A member's name as AWS prints it: `UserName` is `userName`."""
    return member[:1].lower() + member[1:]


def shown(value: object, *, sensitive: bool = False) -> str | None:
    """A value in AWS's form, or None when it is secret, long, or has no plain form."""
    if sensitive:
        return None
    if isinstance(value, bool):
        return f"'{str(value).lower()}'"
    if isinstance(value, list):
        if not all(isinstance(item, str) for item in value):
            return None
        value = f"[{', '.join(value)}]"
    if isinstance(value, str | int | float):
        text = f"'{value}'"
        return text if len(text) <= _LONGEST_VALUE_SHOWN else None
    return None


class ConstraintCompiler:
    """Makes the check of each shape of a model.

    `pattern_messages` maps a string shape's name to the message that is given when only its pattern is broken; `{name}`
    in it stands for the member's printed name.
    """

    def __init__(self, shapes: Shapes, pattern_messages: Mapping[str, str]) -> None:
        self._shapes = shapes
        self._pattern_messages = pattern_messages
        self._recursion: Recursion[Check | None] = Recursion()

    def check(self, use: Use, *, sensitive: bool = False) -> Check | None:
        """The check for a use of a shape; None when every value of its type is good."""
        sensitive = sensitive or use.shape.sensitive
        make: Callable[[Use, bool], Check | None]
        if use.type == "structure":
            make = self._structure
        elif use.type == "list":
            make = self._list
        elif use.type == "map":
            make = self._map
        else:
            return self._scalar(use, sensitive)
        return self._recursion.compile((use.name, sensitive), lambda: make(use, sensitive), _later)

    def _structure(self, use: Use, sensitive: bool) -> Check | None:
        members: list[tuple[str, str, bool, Check | None]] = []
        for name, member in self._shapes.members(use):
            check = self.check(member, sensitive=sensitive)
            is_required = name in use.shape.required
            if check is not None or is_required:
                members.append((name, printed_name(name), is_required, check))
        is_union = use.shape.union
        if not members and not is_union:
            return None

        def check_structure(value: Mapping[str, Any]) -> Sequence[Violation]:
            found: list[Violation] | None = None
            for name, printed, is_required, check in members:
                member = value.get(name)
                if member is None:
                    if is_required:
                        found = found or []
                        found.append(Violation((printed,), "null", "Member must not be null"))
                elif check is not None and (violations := check(member)):
                    found = found or []
                    found.extend([violation.within(printed) for violation in violations])
            if is_union and len(value) != 1:
                found = found or []
                found.append(Violation((), None, "Member must have exactly one of its fields set"))
            return found or ()

        return check_structure

    def _list(self, use: Use, sensitive: bool) -> Check | None:
        member = self._shapes.member(use)
        check = self.check(member, sensitive=sensitive)
        of_scalars = member.type not in {"structure", "list", "map"}
        sensitive = sensitive or member.shape.sensitive
        element_constraint = f"Member must satisfy constraint: [{', '.join(_constraints(member))}]"
        within_length = _length_check(use, sensitive)
        if check is None and within_length is None:
            return None

        def check_list(value: list[Any]) -> Sequence[Violation]:
            # A list of the wrong length is not looked into: what hostile input can cost stays bounded.
            if within_length is not None and (violations := within_length(value)):
                return violations
            if check is None:
                return ()
            found: list[Violation] | None = None
            for index, item in enumerate(value, 1):
                if item is not None and (violations := check(item)):
                    if of_scalars:
                        return [Violation((), shown(value, sensitive=sensitive), element_constraint)]
                    found = found or []
                    found.extend([violation.within(str(index), "member") for violation in violations])
            return found or ()

        return check_list

    def _map(self, use: Use, sensitive: bool) -> Check | None:
        key, value_use = self._shapes.key_value(use)
        check_key = self.check(key, sensitive=sensitive)
        check_value = self.check(value_use, sensitive=sensitive)
        value_is_scalar = value_use.type not in {"structure", "list", "map"}
        key_constraint = f"Map keys must satisfy constraint: [{', '.join(_constraints(key))}]"
        value_constraint = f"Map value must satisfy constraint: [{', '.join(_constraints(value_use))}]"
        within_length = _length_check(use, sensitive)
        if check_key is None and check_value is None and within_length is None:
            return None

        def check_map(value: Mapping[str, Any]) -> Sequence[Violation]:
            if within_length is not None and (violations := within_length(value)):
                return violations
            found: list[Violation] = []
            if check_key is not None and any(check_key(name) for name in value):
                found.append(Violation((), None, key_constraint))
            if check_value is not None:
                for name, item in value.items():
                    if item is not None and (violations := check_value(item)):
                        if value_is_scalar:
                            found.append(Violation((), None, value_constraint))
                            break
                        found.extend([violation.within(name, "member") for violation in violations])
            return found

        return check_map

    def _scalar(self, use: Use, sensitive: bool) -> Check | None:
        if use.type in STRINGS:
            return self._string(use, sensitive)
        if use.type == "blob":
            return _length_check(use, sensitive)
        if use.type in INTEGERS or use.type in FLOATS:
            return _range_check(use, sensitive)
        return None

    def _string(self, use: Use, sensitive: bool) -> Check | None:
        shape = use.shape
        length = _length_check(use, sensitive)
        allowed = frozenset(shape.enum)
        enumeration = _enumeration(use)
        pattern = shape.pattern
        matches = None if pattern is None else matcher(pattern)
        message = self._pattern_messages.get(use.name)
        if length is None and not allowed and matches is None:
            return None
        least, most = _bounds(use)
        pattern_constraint = f"Member must satisfy regular expression pattern: {pattern}"

        def check_string(value: str) -> Sequence[Violation]:
            if (
                least <= len(value) <= most
                and (matches is None or matches(value))
                and (not allowed or value in allowed)
            ):
                return ()
            found: list[Violation] | None = None
            if allowed and value not in allowed:
                found = [Violation((), shown(value, sensitive=sensitive), enumeration)]
            if matches is not None and not matches(value):
                found = found or []
                found.append(Violation((), shown(value, sensitive=sensitive), pattern_constraint, message))
            if length is not None and (violations := length(value)):
                found = found or []
                found.extend(violations)
            return found or ()

        return check_string


def _later(finished: Callable[[], Check | None]) -> Check:
    def check_later(value: Any) -> Sequence[Violation]:
        check = finished()
        return () if check is None else check(value)

    return check_later


def _bounds(use: Use) -> tuple[float, float]:
    """The least and greatest length of a string, blob, list or map."""
    shortest, longest = use.shape.min, use.shape.max
    return 0 if shortest is None else shortest, float("inf") if longest is None else longest


def _length_check(use: Use, sensitive: bool) -> Check | None:
    if use.shape.min is None and use.shape.max is None:
        return None
    least, most = _bounds(use)

    def check_length(value: str | bytes | list[Any] | Mapping[str, Any]) -> Sequence[Violation]:
        length = len(value)
        if length < least:
            constraint = f"Member must have length greater than or equal to {least}"
        elif length > most:
            constraint = f"Member must have length less than or equal to {most}"
        else:
            return ()
        return (Violation((), shown(value, sensitive=sensitive), constraint),)

    return check_length


def _range_check(use: Use, sensitive: bool) -> Check | None:
    least, most = use.shape.min, use.shape.max
    if least is None and most is None:
        return None

    def check_range(value: float) -> Sequence[Violation]:
        if least is not None and not value >= least:
            constraint = f"Member must have value greater than or equal to {_number(least)}"
        elif most is not None and not value <= most:
            constraint = f"Member must have value less than or equal to {_number(most)}"
        else:
            return ()
        return (Violation((), shown(value, sensitive=sensitive), constraint),)

    return check_range


def _number(bound: float) -> str:
    return str(int(bound)) if bound == int(bound) else str(bound)


def _enumeration(use: Use) -> str:
    return f"Member must satisfy enum value set: [{', '.join(use.shape.enum)}]"


def _constraints(use: Use) -> list[str]:
    """Every constraint of a scalar shape: AWS lists them all when an element of a list or map breaks one."""
    shape = use.shape
    kind = "value" if use.type in INTEGERS or use.type in FLOATS else "length"
    found = []
    if shape.max is not None:
        found.append(f"Member must have {kind} less than or equal to {_number(shape.max)}")
    if shape.min is not None:
        found.append(f"Member must have {kind} greater than or equal to {_number(shape.min)}")
    if shape.pattern is not None:
        found.append(f"Member must satisfy regular expression pattern: {shape.pattern}")
    if shape.enum:
        found.append(_enumeration(use))
    return found
