"""A type for what must never be printed, logged, compared loosely or pickled. A leaf: imports nothing of ours."""

import hmac
from typing import NoReturn, final


@final
class Secret:
    """Secret bytes with no `__str__`, `__repr__` of the value, `==` or pickling.

    `reveal()` is the only way out, so that every use can be found by its name.
    """

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """The bytes, for the one line that must have them."""
        return self._value

    def matches(self, candidate: bytes) -> bool:
        """Whether the candidate is the same, compared in constant time."""
        return hmac.compare_digest(self._value, candidate)

    def __repr__(self) -> str:
        return "Secret(...)"

    __str__ = __repr__

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("secrets are compared with matches()")

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> NoReturn:
        raise TypeError("secrets are not pickled")
