"""What a session token says: who, from what, until when, within which limits."""

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from bailiwick.auth.credentials import PrincipalKind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SessionTag(NamedTuple):
    """A session tag; a transitive one is inherited by the sessions that this one assumes."""

    key: str
    value: str
    is_transitive: bool


class ContextKey(NamedTuple):
    """A condition key with its values, fixed when the session was issued (`saml:sub`, `accounts.example.com:aud`)."""

    name: str
    values: tuple[str, ...]


class ProvidedContext(NamedTuple):
    """What a context provider asserted (STS `ProvidedContexts`): its ARN, and the condition keys it set."""

    provider_arn: str
    keys: tuple[ContextKey, ...]


class Origin(NamedTuple):
    """What a session came from, so that ending the origin ends the session.

    Attributes:
        source: the access key id, or the ARN or id of the provider, certificate or workload that asked.
        account: the account of the principal that asked, or of the provider; None where neither has one.
        principal_id: the unique id of the principal that asked; None where an outside identity asked.
    """

    source: str
    account: str | None
    principal_id: str | None


class Link(NamedTuple):
    """Sessions that a session came through, of one principal and name: as many as there were, told by the earliest.

    Attributes:
        account: the account of their principal.
        principal_id: its unique id, as in the claims.
        session_name: of role sessions; `ANY_NAME` stands for names that there was no room to keep.
        issued_at_ms: when the earliest was issued; milliseconds since 1970, UTC.
    """

    account: str
    principal_id: str
    session_name: str | None
    issued_at_ms: int


ANY_NAME: Final = "*"
"""No session has this name."""

MAX_LINKS: Final = 16
"""How many links are told apart by their session's name."""


class SessionClaims(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """The content of a session token. The access key id and the secret are derived from the token, so not in it.

    The order of the fields is the token's format: a change needs a new version in `tokens`.

    Attributes:
        session_id: our own name of the session, unique within the installation.
        parent_session_id: the session that asked for this one; None when something else did.
        account: 12 digits, of the principal.
        principal_kind: ROOT, USER, ROLE or FEDERATED_USER.
        principal_id: the unique id: `AROA...`, `AIDA...`, the account for root, `account:name` for a federated user.
        principal_name: the name of the role or user when the session was issued; a name is not an identity.
        session_name: the role session's name; None where there is none.
        issued_at_ms, expires_at_ms: milliseconds since 1970, UTC.
        operation: the STS operation, `AssumeRole` for one.
        origin: what the session came from.
        is_chained: whether a session asked for it, which limits a role session to one hour.
        policy: the inline session policy's text.
        policy_arns: managed policies passed as session policies.
        scope_downs: texts of the policies added by GetScopedCredentials, each narrowing further; at most 3.
        tags: session tags, those inherited included.
        source_identity: STS `SourceIdentity`.
        provided_contexts: STS `ProvidedContexts`.
        mfa_authenticated_at_ms: when a one-time code was given; None when none was.
        federated_provider: the provider's ARN or host, for a web identity or SAML session.
        context_keys: further condition keys fixed at issue.
        authority: what the principal's own credentials came from, where somebody else asked for the session by the
            principal's leave; ending that ends the session as well.
        lineage: the sessions it came through.
    """

    session_id: str
    account: str
    principal_kind: PrincipalKind
    principal_id: str
    principal_name: str
    issued_at_ms: int
    expires_at_ms: int
    operation: str
    origin: Origin
    parent_session_id: str | None = None
    session_name: str | None = None
    is_chained: bool = False
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()
    scope_downs: tuple[str, ...] = ()
    tags: tuple[SessionTag, ...] = ()
    source_identity: str | None = None
    provided_contexts: tuple[ProvidedContext, ...] = ()
    mfa_authenticated_at_ms: int | None = None
    federated_provider: str | None = None
    context_keys: tuple[ContextKey, ...] = ()
    authority: Origin | None = None
    lineage: tuple[Link, ...] = ()

    @property
    def link(self) -> Link:
        """The session itself, as those that come from it tell of it."""
        return Link(self.account, self.principal_id, self.session_name, self.issued_at_ms)

    @property
    def passed_on_lineage(self) -> tuple[Link, ...]:
        """The lineage of a session that this one asks for.

        Of one principal and name the earliest counts: what ends it ends all that came later. So the chain may be of any
        length. Names past `MAX_LINKS` are let go of, the oldest first, and then stand for any name.
        """
        earliest: dict[tuple[object, ...], Link] = {}
        for link in (*self.lineage, self.link):
            earliest.setdefault(link[:3], link)
        named = [link for link in earliest.values() if link.session_name not in (None, ANY_NAME)]
        folded = frozenset(named[:-MAX_LINKS])
        kept: dict[tuple[object, ...], Link] = {}
        for link in earliest.values():
            told = link._replace(session_name=ANY_NAME) if link in folded else link
            kept.setdefault(told[:3], told)
        return tuple(kept.values())

    @property
    def issued_at(self) -> datetime:
        """Aware UTC, with milliseconds (`aws:TokenIssueTime`)."""
        return _EPOCH + timedelta(milliseconds=self.issued_at_ms)

    @property
    def expires_at(self) -> datetime:
        """Aware UTC, with milliseconds."""
        return _EPOCH + timedelta(milliseconds=self.expires_at_ms)

    @property
    def mfa_authenticated_at(self) -> datetime | None:
        """Aware UTC, with milliseconds; None when no one-time code was given."""
        if self.mfa_authenticated_at_ms is None:
            return None
        return _EPOCH + timedelta(milliseconds=self.mfa_authenticated_at_ms)

    @property
    def has_session_policy(self) -> bool:
        """Whether session policies were passed at issue.

        Without one a role session has all that its role has, a federated user has no identity permissions at all.
        `scope_downs` are ceilings of their own, and do not count here.
        """
        return self.policy is not None or bool(self.policy_arns)

    def is_expired(self, now: datetime) -> bool:
        """Whether the session has ended. It lives up to, not including, `expires_at`."""
        return now >= self.expires_at
