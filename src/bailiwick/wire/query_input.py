"""Reading the query and EC2 protocols' parameters: flat dotted names to typed values, by the model.

Source: Smithy, "AWS query protocol" and "AWS EC2 query protocol", input serialization.
"""

from collections.abc import Callable, Mapping
from typing import Any

from bailiwick.wire.scalars import Unreadable, text_reader, unreadable
from bailiwick.wire.shapes import STRINGS, Recursion, Shapes, Use

Node = str | dict[str, Any]
"""A parameter's text, or the parameters below a name by the next part of their names."""

Reader = Callable[[Node], Any]

# Two parameters such as `A=x` and `A.B=y`: the text stands beside the parts under a name that no shape has.
_OWN_TEXT = ""
_DEEPEST = 32
_DIGITS = frozenset("0123456789")


def nest(flat: Mapping[str, str]) -> dict[str, Node]:
    """The flat parameters as a tree, by the dots in their names."""
    tree: dict[str, Node] = {}
    for name, value in flat.items():
        if "." not in name:
            below = tree.get(name)
            if below is None:
                tree[name] = value
            elif isinstance(below, dict):
                below[_OWN_TEXT] = value
            continue
        *holders, last = name.split(".", _DEEPEST)
        at: dict[str, Any] = tree
        for holder in holders:
            below = at.get(holder)
            if below is None:
                below = at[holder] = {}
            elif isinstance(below, str):
                below = at[holder] = {_OWN_TEXT: below}
            at = below
        below = at.get(last)
        if isinstance(below, dict):
            below[_OWN_TEXT] = value
        else:
            at[last] = value
    return tree


class QueryReaderCompiler:
    """Makes the reader of each shape of a model, for `query` or, with `is_ec2`, for `ec2`."""

    def __init__(self, shapes: Shapes, *, is_ec2: bool) -> None:
        self._shapes = shapes
        self._is_ec2 = is_ec2
        self._recursion: Recursion[Reader] = Recursion()

    def input(self, use: Use) -> Callable[[Mapping[str, str]], dict[str, Any]]:
        """The reader of an operation's flat parameters. It raises Unreadable."""
        read = self._reader(use)

        def read_input(flat: Mapping[str, str]) -> dict[str, Any]:
            values: dict[str, Any] = read(nest(flat))
            return values

        return read_input

    def _reader(self, use: Use) -> Reader:
        make: Callable[[Use], Reader]
        if use.type == "structure":
            make = self._structure
        elif use.type == "list":
            make = self._list
        elif use.type == "map":
            make = self._map
        else:
            return _scalar(use)
        key = (use.name, use.is_flattened)
        return self._recursion.compile(key, lambda: make(use), _later)

    def _wire_name(self, name: str, use: Use) -> str:
        if self._is_ec2:
            if use.reference.query_name is not None:
                return use.reference.query_name
            given = use.location_name
            return name if given is None else given[:1].upper() + given[1:]
        if use.type == "list" and use.is_flattened:
            # A flattened list's elements take the place of the list itself.
            return self._shapes.member(use).location_name or use.location_name or name
        return use.location_name or name

    def _structure(self, use: Use) -> Reader:
        members = [(self._wire_name(name, member), name, self._reader(member)) for name, member in self._members(use)]
        sensitive = use.shape.sensitive

        def read_structure(node: Node) -> dict[str, Any]:
            if isinstance(node, str):
                if node == "":
                    return {}
                raise unreadable(node, "Member must be a structure", sensitive=sensitive)
            if _OWN_TEXT in node:
                raise unreadable(node[_OWN_TEXT], "Member must be a structure", sensitive=True)
            values: dict[str, Any] = {}
            for wire_name, name, read in members:
                below = node.get(wire_name)
                if below is not None:
                    try:
                        values[name] = read(below)
                    except Unreadable as error:
                        raise error.within(name[:1].lower() + name[1:]) from error
            return values

        return read_structure

    def _members(self, use: Use) -> list[tuple[str, Use]]:
        return self._shapes.members(use)

    def _list(self, use: Use) -> Reader:
        member = self._shapes.member(use)
        read = self._reader(member)
        sensitive = use.shape.sensitive
        element = None if self._is_ec2 or use.is_flattened else member.location_name or "member"

        def read_list(node: Node) -> list[Any]:
            if node == "":
                return []
            numbered = node if element is None or isinstance(node, str) else node.get(element)
            if not isinstance(node, dict) or not isinstance(numbered, dict) or _OWN_TEXT in node:
                raise unreadable(node, "Member must be a list", sensitive=sensitive)
            values = []
            for index in _in_order(numbered):
                try:
                    values.append(read(numbered[index]))
                except Unreadable as error:
                    raise error.within(index, "member") from error
            return values

        return read_list

    def _map(self, use: Use) -> Reader:
        key, value = self._shapes.key_value(use)
        key_name, value_name = key.location_name or "key", value.location_name or "value"
        read_key, read_value = self._reader(key), self._reader(value)
        is_flattened = use.is_flattened

        def read_map(node: Node) -> dict[str, Any]:
            if node == "":
                return {}
            numbered = node if is_flattened or isinstance(node, str) else node.get("entry")
            if not isinstance(node, dict) or not isinstance(numbered, dict) or _OWN_TEXT in node:
                raise unreadable(node, "Member must be a map", sensitive=True)
            values: dict[str, Any] = {}
            for index in _in_order(numbered):
                entry = numbered[index]
                if isinstance(entry, str) or key_name not in entry or value_name not in entry:
                    raise unreadable(None, "Map entry must have a key and a value").within(index)
                try:
                    name, item = read_key(entry[key_name]), read_value(entry[value_name])
                except Unreadable as error:
                    raise error.within(index, "member") from error
                if name in values:
                    raise unreadable(None, "Map keys must be unique").within(index)
                values[name] = item
            return values

        return read_map


def _later(finished: Callable[[], Reader]) -> Reader:
    def read_later(node: Node) -> Any:
        return finished()(node)

    return read_later


def _scalar(use: Use) -> Reader:
    sensitive = use.shape.sensitive
    if use.type in STRINGS:

        def read_string(node: Node) -> str:
            if isinstance(node, str):
                return node
            raise unreadable(None, "Member must be a single value", sensitive=sensitive)

        return read_string
    read = text_reader(use)

    def read_scalar(node: Node) -> Any:
        if isinstance(node, str):
            return read(node)
        raise unreadable(None, "Member must be a single value", sensitive=sensitive)

    return read_scalar


def _in_order(numbered: dict[str, Any]) -> list[str]:
    """The indices of a list or map, counted from 1, gaps allowed; one spelling each."""
    for index in numbered:
        if not index or len(index) > 9 or index[0] == "0" or not _DIGITS.issuperset(index):
            raise unreadable(None, "List indices must be numbers from 1")
    return sorted(numbered, key=int)
