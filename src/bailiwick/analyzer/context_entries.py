"""Context entries of a simulation: each value read as the type it is said to be of.

Source: IAM API Reference, ContextEntry; the forms of values: IAM User Guide, "Condition operators".
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bailiwick.policy import ContextValue, scalars


class ContextEntryError(ValueError):
    """A context entry that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class ContextEntry:
    """One key with its values; `key_type` is one of the model's `ContextKeyTypeEnum`."""

    name: str
    values: tuple[str, ...]
    key_type: str


def context_keys(entries: Iterable[ContextEntry]) -> dict[str, ContextValue]:
    """The condition keys of a request, from the entries of a simulation.

    Raises:
        ContextEntryError: a key is given twice, a value is not of its type, or a key that is no list has not exactly
            one value.
    """
    keys: dict[str, ContextValue] = {}
    for entry in entries:
        name = entry.name.lower()
        if name in keys:
            raise ContextEntryError(f"The context key {entry.name} is given more than once.")
        keys[name] = _value(entry)
    return keys


def _value(entry: ContextEntry) -> ContextValue:
    read = _READERS[entry.key_type.removesuffix("List")]
    values = []
    for text in entry.values:
        value = read(text)
        if value is None:
            raise ContextEntryError(
                f"The value {text} of the context key {entry.name} is not of the type {entry.key_type}."
            )
        values.append(value)
    if entry.key_type.endswith("List"):
        return tuple(values)
    if len(values) != 1:
        raise ContextEntryError(
            f"The context key {entry.name} of the type {entry.key_type} must have exactly one value."
        )
    return values[0]


def _as_written_if(read: Callable[[str], object | None]) -> Callable[[str], str | None]:
    return lambda text: None if read(text) is None else text


def _boolean(text: str) -> str | None:
    truth = scalars.boolean(text)
    return None if truth is None else str(truth).lower()


_READERS: Final[Mapping[str, Callable[[str], str | None]]] = {
    "string": lambda text: text,
    "numeric": _as_written_if(scalars.number),
    "boolean": _boolean,
    "ip": _as_written_if(scalars.address),
    "binary": _as_written_if(scalars.octets),
    "date": _as_written_if(scalars.instant),
}
