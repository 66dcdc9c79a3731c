"""Looking shapes up in a model, and compiling something once per shape although shapes refer to each other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from bailiwick.wire.model import Reference, Shape, XmlNamespace

T = TypeVar("T")

STRINGS = frozenset({"string", "character"})
INTEGERS = frozenset({"integer", "long", "short", "byte", "bigInteger"})
FLOATS = frozenset({"float", "double", "bigDecimal"})


@dataclass(frozen=True, slots=True)
class Use:
    """A shape as used in one place: the place's own traits win over the shape's."""

    name: str
    shape: Shape
    reference: Reference

    @property
    def type(self) -> str:
        return self.shape.type

    @property
    def location_name(self) -> str | None:
        return self.reference.location_name or self.shape.location_name

    @property
    def is_flattened(self) -> bool:
        return self.reference.flattened or self.shape.flattened

    @property
    def timestamp_format(self) -> str | None:
        return self.reference.timestamp_format or self.shape.timestamp_format

    @property
    def xml_namespace(self) -> XmlNamespace | None:
        found = self.reference.xml_namespace or self.shape.xml_namespace
        return XmlNamespace(found) if isinstance(found, str) else found


class Shapes:
    """The shapes of one model, by name or by use."""

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self._shapes = shapes

    def __getitem__(self, name: str) -> Shape:
        return self._shapes[name]

    def use(self, reference: Reference) -> Use:
        return Use(reference.shape, self._shapes[reference.shape], reference)

    def members(self, use: Use) -> list[tuple[str, Use]]:
        """A structure's members, in the model's order."""
        return [(name, self.use(reference)) for name, reference in use.shape.members.items()]

    def member(self, use: Use) -> Use:
        """A list's element."""
        if use.shape.member is None:
            raise ValueError(f"the list shape {use.name} has no member")
        return self.use(use.shape.member)

    def key_value(self, use: Use) -> tuple[Use, Use]:
        """A map's key and value."""
        if use.shape.key is None or use.shape.value is None:
            raise ValueError(f"the map shape {use.name} has no key or no value")
        return self.use(use.shape.key), self.use(use.shape.value)


class Recursion(Generic[T]):
    """Compiles each key once. Where a shape contains itself, the inner use calls the finished outer one."""

    def __init__(self) -> None:
        self._finished: dict[object, T] = {}
        self._under_way: set[object] = set()

    def compile(self, key: object, make: Callable[[], T], later: Callable[[Callable[[], T]], T]) -> T:
        """What `make` gives for this key; `later` wraps a function that will give it once it is finished."""
        if key in self._finished:
            return self._finished[key]
        if key in self._under_way:
            return later(lambda: self._finished[key])
        self._under_way.add(key)
        made = make()
        self._under_way.discard(key)
        self._finished[key] = made
        return made
