"""What an operation declares: its action, what it acts on, its condition keys and its handler. A leaf.

An operation of a service is declared beside its rule:

    @operation(iam, "AttachUserPolicy", resource=user_target, keys={"iam:PolicyARN": "PolicyArn"})
    async def attach_user_policy(call: Call, tx: Transaction) -> None: ...

Nothing here knows what a call or a transaction is; `access` and `store` do.
"""

import enum
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Generic, TypeVar

CallT = TypeVar("CallT")
TxT = TypeVar("TxT")

ContextValue = str | tuple[str, ...]
"""The value of a condition key: one text, or a tuple for a multi-valued key."""

Output = Mapping[str, object] | None
"""A reply's members by the model's names; None where the operation has no result."""

_NOTHING: Mapping[str, str] = MappingProxyType({})
_NO_KEYS: Mapping[str, ContextValue] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Target:
    """One resource that a request acts on, as its policies see it.

    Attributes:
        arn: the ARN a policy's Resource is matched against, or `*` where the action has no resource level.
        account: the account that owns it; None means the caller's own.
        tags: its tags, which become `aws:ResourceTag/KEY` (and the service's own `ResourceTag/KEY`).
        keys: further condition keys that hold for this resource, such as `iam:PermissionsBoundary`.
        action: the action to check when it is not the operation's own, such as `iam:TagUser` on a create.
        shown: how a denial's message names it when that is not the ARN (`arn:aws:iam::ACCOUNT:user/` on lists).
    """

    arn: str
    account: str | None = None
    tags: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    keys: Mapping[str, ContextValue] = field(default_factory=lambda: _NO_KEYS)
    action: str | None = None
    shown: str | None = None


class Authorization(enum.Enum):
    """How an operation is decided."""

    POLICIES = "policies"  # every target by the caller's policies, before the handler
    HANDLER = "handler"  # by the handler itself through `call.access`, as for AssumeRole with its trust policy
    NONE = "none"  # needs no permission and cannot be denied, as GetCallerIdentity


@dataclass(frozen=True, slots=True)
class Operation(Generic[CallT, TxT]):
    """One declared operation.

    Attributes:
        service: the service's name in credential scopes and actions (`iam`).
        name: the operation's name in the service's model (`AttachUserPolicy`).
        action: what policies call it (`iam:AttachUserPolicy`).
        handler: does the work, in one transaction; may be run again.
        targets: finds what is acted on; None means `*`.
        keys: condition key → the request parameter that gives its value (absent parameter, absent key).
        authorization: how it is decided.
        is_read_only: runs in a snapshot and writes nothing.
        prepare: slow or outside work, after a first decision and outside any transaction.
        secrets: request and response members (dotted) that audit events must not hold.
    """

    service: str
    name: str
    action: str
    handler: Callable[[CallT, TxT], Awaitable[Output]]
    targets: Callable[[CallT, TxT], Awaitable[Target | Sequence[Target]]] | None = None
    keys: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    authorization: Authorization = Authorization.POLICIES
    is_read_only: bool = False
    prepare: Callable[[CallT], Awaitable[object]] | None = None
    secrets: frozenset[str] = frozenset()


class Operations(Generic[CallT, TxT]):
    """The declared operations of one service, by name."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._by_name: dict[str, Operation[CallT, TxT]] = {}

    def add(self, declared: Operation[CallT, TxT]) -> None:
        """Register one; declaring a name twice is a bug."""
        if declared.name in self._by_name:
            raise ValueError(f"{self.service}:{declared.name} is declared twice")
        self._by_name[declared.name] = declared

    def find(self, name: str) -> Operation[CallT, TxT] | None:
        """The operation, or None when this version has no handler for it."""
        return self._by_name.get(name)

    def names(self) -> frozenset[str]:
        """The names of all declared operations."""
        return frozenset(self._by_name)


def operation(
    service: Operations[CallT, TxT],
    name: str,
    *,
    resource: Callable[[CallT, TxT], Awaitable[Target | Sequence[Target]]] | None = None,
    keys: Mapping[str, str] = _NOTHING,
    authorization: Authorization = Authorization.POLICIES,
    reads: bool = False,
    prepare: Callable[[CallT], Awaitable[object]] | None = None,
    secrets: Iterable[str] = (),
) -> Callable[[Callable[[CallT, TxT], Awaitable[Output]]], Callable[[CallT, TxT], Awaitable[Output]]]:
    """Declare the decorated coroutine function as the handler of one operation; see `Operation`."""

    def declare(
        handler: Callable[[CallT, TxT], Awaitable[Output]],
    ) -> Callable[[CallT, TxT], Awaitable[Output]]:
        service.add(
            Operation(
                service=service.service,
                name=name,
                action=f"{service.service}:{name}",
                handler=handler,
                targets=resource,
                keys=keys,
                authorization=authorization,
                is_read_only=reads,
                prepare=prepare,
                secrets=frozenset(secrets),
            )
        )
        return handler

    return declare
