"""Which sessions were ended before their time, and what each live one is limited by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bailiwick.access import session_marks
from bailiwick.access.memory import Invalidations, Memory, weight_of
from bailiwick.access.principals import Principals
from bailiwick.access.session_marks import Marks, Traits
from bailiwick.auth import SessionClaims
from bailiwick.policy import EMPTY_SET, CompiledPolicy, PolicySet, PolicySource, PolicyType, compile_policy
from bailiwick.store import Change, Store, Transaction

_LIMITS_WEIGHT = 65_536
"""In KiB, about; see `weight_of`."""


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """The ceilings that a session token carries, compiled: its session policies in union, and its scope-downs.

    `weight`: about how many KiB they take, but for managed policies, which are shared.
    """

    session: PolicySet | None
    scope_downs: tuple[PolicySet, ...]
    sources: tuple[Change, ...]
    weight: int = 1


class Sessions:
    """The ended sessions and the marks that end many, all of them in memory, and the limits of those in use."""

    def __init__(self, store: Store, principals: Principals, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._principals = principals
        self._clock = clock
        self._ended: set[str] | None = None
        self._heard: set[str] = set()  # ended since the set was last read, or while it is read
        self._marks = Marks()
        self._unread: set[str] = set()  # marked since the marks were last read
        self._epoch = 0
        self._invalidations = Invalidations()
        self._limits: Memory[SessionLimits] = Memory(_LIMITS_WEIGHT, self._invalidations)
        principals.let_go_with(self._limits.forget)

    def forget(self, changes: Sequence[Change] | None) -> None:
        """A change of a session means that it was ended; see `store.Listener`."""
        self._invalidations.add(changes)
        self._limits.forget(changes)
        if changes is None:
            self._ended = None
            self._epoch += 1
            return
        self._heard.update(change.subject for change in changes if change.kind == "session")
        self._unread.update(change.subject for change in changes if change.kind == session_marks.CHANGE)

    async def has_ended(self, claims: SessionClaims) -> bool:
        """Whether the session, or the one that asked for it, was ended, or a mark ends it.

        Raises:
            StoreUnavailable: what was ended is not in memory, and the store cannot be read.
        """
        while self._ended is None:
            await self.read_ended()
        if self._unread:
            await self._read_marked()
        ids = (claims.session_id, claims.parent_session_id)
        if any(each in self._ended or each in self._heard for each in ids):
            return True
        return bool(self._marks) and self._marks.ended_at(Traits.of(claims)) is not None

    async def read_ended(self) -> None:
        """Read anew which sessions were ended and have not expired, so that memory holds no others, and the marks.

        Raises:
            StoreUnavailable: the store cannot be read; what is in memory stays.
        """
        epoch, heard_before, unread_before = self._epoch, frozenset(self._heard), frozenset(self._unread)
        found, marks = await self._store.read(self._select_ended)
        if epoch == self._epoch:
            self._ended, self._marks = found, marks
            self._heard -= heard_before
            self._unread -= unread_before

    async def _read_marked(self) -> None:
        """Read the marks that were heard of."""
        epoch, unread = self._epoch, frozenset(self._unread)
        marks = await self._store.read(lambda tx: session_marks.of_keys(tx, unread))
        if epoch == self._epoch:
            self._marks.add(marks)
            self._unread -= unread

    async def limits(self, claims: SessionClaims, tx: Transaction | None = None) -> SessionLimits:
        """What the session's token narrows it to."""
        known = self._limits.find(claims.session_id)
        if known is not None and (tx is None or not any(tx.was_changed(*source) for source in known.sources)):
            return known
        mark = self._invalidations.mark()
        if tx is not None:
            return await self._compile(claims, tx)
        if claims.policy_arns:
            made = await self._store.read(lambda own: self._compile(claims, own))
        else:
            made = _limits_of(claims, ())
        self._limits.keep(claims.session_id, made, made.sources, mark, made.weight)
        return made

    async def _compile(self, claims: SessionClaims, tx: Transaction) -> SessionLimits:
        managed = await self._principals.managed(claims.account, claims.policy_arns, tx)
        return _limits_of(claims, tuple(managed.values()))

    async def _select_ended(self, tx: Transaction) -> tuple[set[str], Marks]:
        now = round(self._clock().timestamp() * 1000)
        rows = await tx.all("SELECT session_id FROM sessions WHERE ended_at IS NOT NULL AND expires_at > ?", now)
        return {str(session_id) for (session_id,) in rows}, await session_marks.everyone(tx, now)


def _limits_of(claims: SessionClaims, managed: tuple[CompiledPolicy, ...]) -> SessionLimits:
    limits = _passed_limits(claims, managed)
    if claims.operation != "AssumeRoot":
        return limits
    # A task policy only denies, and narrows even what resource policies grant. One that is gone leaves nothing.
    task = PolicySet.of([_EVERYTHING, *managed]) if managed else EMPTY_SET
    return replace(limits, session=None, scope_downs=(task, *limits.scope_downs))


def _passed_limits(claims: SessionClaims, managed: tuple[CompiledPolicy, ...]) -> SessionLimits:
    inline = () if claims.policy is None else (_session_policy(claims.policy),)
    scope_downs = tuple(_session_policy(text) for text in claims.scope_downs)
    return SessionLimits(
        session=PolicySet.of([*inline, *managed]) if claims.has_session_policy else None,
        scope_downs=tuple(PolicySet.of([policy]) for policy in scope_downs),
        sources=tuple(Change("policy", claims.account, arn) for arn in claims.policy_arns),
        weight=1 + weight_of([*inline, *scope_downs]),
    )


_EVERYTHING = compile_policy(
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}',
    PolicySource(PolicyType.SESSION, "root session", None),
)
"""What a root session begins with."""


def _session_policy(text: str) -> CompiledPolicy:
    return compile_policy(text, PolicySource(PolicyType.SESSION, "session policy", None))
