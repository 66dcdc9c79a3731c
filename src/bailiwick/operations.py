"""What an operation declares: its action, what it acts on, its condition keys and its handler. A leaf.

An operation of a service is declared beside its rule:

    @acts_on("user*")
    async def user_target(call: Call, tx: Transaction) -> Target: ...

    @operation(iam, "AttachUserPolicy", resource=user_target, keys={"iam:PolicyARN": "PolicyArn"})
    async def attach_user_policy(call: Call, tx: Transaction) -> None: ...

A test compares what is declared with AWS's Service Authorization Reference, whose names are
used. Nothing here knows what a call or a transaction is; `access` and `store` do.
"""

import enum
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Generic, TypeVar

CallT = TypeVar("CallT")
TxT = TypeVar("TxT")
ReplyT = TypeVar("ReplyT", bound="Output | Deferred")
FoundT = TypeVar("FoundT", bound="Target | Sequence[Target]")

ContextValue = str | tuple[str, ...]
"""The value of a condition key: one text, or a tuple for a multi-valued key."""

Output = Mapping[str, object] | None
"""A reply's members by the model's names; None where the operation has no result."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """What a handler gives whose reply is still to be worked out, slowly, from what it found.

    `work` is called once, on the thread for such work, when the transaction is over; it may raise what a
    handler may. For reads only: a write is acknowledged with its event.
    """

    work: Callable[[], Mapping[str, object]]


class Undone(Exception):
    """What a write's handler raises to answer with an output and undo all that it wrote: a dry run."""

    def __init__(self, output: Mapping[str, object]) -> None:
        super().__init__("undone")
        self.output = output


REQUEST_TAG: Final = "aws:RequestTag/${TagKey}"
"""The family of keys that tell of each tag passed."""

TAGS_PASSED: Final[Mapping[str, str]] = MappingProxyType({REQUEST_TAG: "Tags", "aws:TagKeys": "Tags"})
"""The keys of an operation that is passed tags."""

TAG_KEYS_PASSED: Final[Mapping[str, str]] = MappingProxyType({"aws:TagKeys": "TagKeys"})
"""The keys of an operation that is passed the keys of tags to take away."""

_NOTHING: Mapping[str, str] = MappingProxyType({})
_NO_KEYS: Mapping[str, ContextValue] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Target:
    """One resource that a request acts on, as its policies see it.

    Attributes:
        arn: the ARN a policy's Resource is matched against, or `*` where the action has no resource level.
        account: the account that owns it; None means the caller's own.
        tags: its tags, or those it is to be made with.
        tag_keys: the lower-case beginnings of the condition keys that tell of them: `aws:resourcetag/` always, and
            `iam:resourcetag/` for users and roles.
        keys: what further condition keys could tell of it, such as `iam:PermissionsBoundary`. Policies see those that
            the operation declares in its `target_keys`.
        action: the action to check when it is not the operation's own, such as `iam:TagUser` on a create.
        shown: how a denial's message names it when that is not the ARN (`arn:aws:iam::ACCOUNT:user/` on lists);
            empty: it names none.
        grantee: the ARN of a principal that the resource itself grants the action to, as a resource policy does.
        is_of_aws: AWS's own, as its managed policies: decided as the caller's, but its owner is not told.
    """

    arn: str
    account: str | None = None
    tags: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    tag_keys: tuple[str, ...] = ("aws:resourcetag/",)
    keys: Mapping[str, ContextValue] = field(default_factory=lambda: _NO_KEYS)
    action: str | None = None
    shown: str | None = None
    grantee: str | None = None
    is_of_aws: bool = False


@dataclass(frozen=True, slots=True)
class Resource(Generic[CallT, TxT, FoundT]):
    """What finds the resources that a call acts on, and which types of resource they can be; made by `acts_on`."""

    find: Callable[[CallT, TxT], Awaitable[FoundT]]
    types: tuple[str, ...]

    def __call__(self, call: CallT, tx: TxT) -> Awaitable[FoundT]:
        """Find them for one call."""
        return self.find(call, tx)


def acts_on(
    *types: str,
) -> Callable[[Callable[[CallT, TxT], Awaitable[FoundT]]], Resource[CallT, TxT, FoundT]]:
    """Say which types of resource the decorated coroutine function finds, a `*` behind those that are required.

    A finder without it finds what has no type: what can be allowed or denied on `*` alone.
    """
    return lambda find: Resource(find, types)


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
        resource_types: the types of what it finds, as `acts_on` said.
        keys: condition key → the request parameter that gives its value (absent parameter, absent key).
        target_keys: condition keys whose value the resource gives (`Target.keys`).
        further_actions: what must be allowed besides, when a call asks for what these guard: `iam:TagUser` for a user
            made with tags.
        authorization: how it is decided.
        is_read_only: runs in a snapshot and writes nothing.
        look_up: what `prepare` needs of the store, as `call.prepared`; read in the snapshot of a first decision.
        prepare: slow or outside work, after that and outside any transaction.
        secrets: request and response members (dotted) that audit events must not hold.
    """

    service: str
    name: str
    action: str
    handler: Callable[[CallT, TxT], Awaitable[Output | Deferred]]
    targets: Callable[[CallT, TxT], Awaitable[Target | Sequence[Target]]] | None = None
    resource_types: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    target_keys: tuple[str, ...] = ()
    further_actions: tuple[str, ...] = ()
    authorization: Authorization = Authorization.POLICIES
    is_read_only: bool = False
    look_up: Callable[[CallT, TxT], Awaitable[object]] | None = None
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
    resource_types: Iterable[str] = (),
    target_keys: Iterable[str] = (),
    further_actions: Iterable[str] = (),
    authorization: Authorization = Authorization.POLICIES,
    reads: bool = False,
    look_up: Callable[[CallT, TxT], Awaitable[object]] | None = None,
    prepare: Callable[[CallT], Awaitable[object]] | None = None,
    secrets: Iterable[str] = (),
) -> Callable[[Callable[[CallT, TxT], Awaitable[ReplyT]]], Callable[[CallT, TxT], Awaitable[ReplyT]]]:
    """Declare the decorated coroutine function as the handler of one operation; see `Operation`.

    `resource_types` is for an operation that its handler decides; for every other, its `resource` knows them.
    """

    def declare(
        handler: Callable[[CallT, TxT], Awaitable[ReplyT]],
    ) -> Callable[[CallT, TxT], Awaitable[ReplyT]]:
        service.add(
            Operation(
                service=service.service,
                name=name,
                action=f"{service.service}:{name}",
                handler=handler,
                targets=resource.find if isinstance(resource, Resource) else resource,
                resource_types=resource.types if isinstance(resource, Resource) else tuple(resource_types),
                keys=keys,
                target_keys=tuple(target_keys),
                further_actions=tuple(further_actions),
                authorization=authorization,
                is_read_only=reads,
                look_up=look_up,
                prepare=prepare,
                secrets=frozenset(secrets),
            )
        )
        return handler

    return declare
