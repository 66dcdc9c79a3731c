"""A case as plain data: the policies of all layers as texts, and one request."""

from typing import TypedDict

Values = str | tuple[str, ...]
"""One value of a condition key, or a tuple for a multi-valued key."""

Keys = dict[str, Values]
"""A request's condition keys, in lower case."""


class World(TypedDict):
    """Policy texts by layer; None for a layer that is not there. Levels count from the organization's root."""

    identity: list[str]
    boundary: list[str] | None
    session: list[str] | None
    scope_downs: list[list[str]]
    resource: list[str] | None
    trust: list[str] | None
    resource_must_allow: bool
    scps: list[list[str]]
    rcps: list[list[str]]
    vpc_endpoint: list[str] | None


class Caller(TypedDict):
    """Who asks.

    `kind`: user, role session, federated user, root, service, federated or anonymous. `arn`: a session's own ARN, a
    service's name, or a provider's ARN or name. `id`: of the user or role behind it. `parent_arn`: a session's role, a
    federated user's user (or root). `names`: further names of a service.
    """

    kind: str
    account: str | None
    arn: str | None
    id: str | None
    parent_arn: str | None
    names: list[str]


class Request(TypedDict):
    """One action on one resource."""

    action: str
    resource: str
    resource_account: str | None
    caller: Caller
    keys: Keys
