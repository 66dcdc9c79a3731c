"""One call of an operation, as its handler sees it: who calls, with which parameters, when."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from bailiwick.access.environment import PLAIN, Environment
from bailiwick.auth import PrincipalKind, SessionClaims
from bailiwick.policy import Principal

if TYPE_CHECKING:
    from bailiwick.access.decisions import Access


@dataclass(frozen=True, slots=True)
class Caller:
    """The authenticated principal of this request, with its session facts.

    Attributes:
        kind: what it is.
        account: its account id.
        principal_id: its unique id (`AIDA…`, `AROA…`; the account id for root and federated users' parents).
        arn: as GetCallerIdentity shows it (a session's ARN for a session of a role).
        user_id: `aws:userid`, as GetCallerIdentity shows it (`AROA…:session-name`).
        name: the user's or role's name; None for root.
        access_key_id: the credential of this request.
        session: the session's claims when the credentials are temporary.
        principal: every identity that a policy can name it by.
        region: the region of the credential scope.
        source_address: the client's IP address, None on a unix socket.
        user_agent: the client's own words, untrusted.
        is_secure: whether it came by TLS.
        referer: the Referer header, untrusted; None when it was not sent.
        environment: what lies around its requests.
        has_stray_token: whether nobody signed the request, and it has a session token nevertheless.
    """

    kind: PrincipalKind
    account: str
    principal_id: str
    arn: str
    user_id: str
    name: str | None
    access_key_id: str | None
    session: SessionClaims | None
    principal: Principal
    region: str
    source_address: str | None
    user_agent: str
    is_secure: bool
    referer: str | None = None
    environment: Environment = PLAIN
    has_stray_token: bool = False


@dataclass(frozen=True, slots=True)
class FederatedIdentity:
    """Whom an identity provider of an account vouches for, once its token or assertion was verified.

    Attributes:
        kind: `WebIdentityUser` or `SAMLUser`, as CloudTrail names it.
        account: the account that trusts the provider.
        provider_arn, provider_id: of the provider; the id is unique, so that one made again is another.
        principal_id, user_name, provider_name: as CloudTrail's userIdentity has them, `provider_name` as its
            `identityProvider`. Source: AWS CloudTrail User Guide, "CloudTrail userIdentity element", values for AWS
            STS APIs with SAML and web identity federation.
    """

    kind: Literal["WebIdentityUser", "SAMLUser"]
    account: str
    provider_arn: str
    provider_id: str
    principal_id: str
    user_name: str
    provider_name: str


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag as given in a request."""

    key: str
    value: str


@dataclass(slots=True)
class Call:
    """One call. What a handler needs of time and chance comes from here, so that it can be run again.

    Attributes:
        parameters: the request by the model's names, typed and within the model's constraints.
        caller: who calls; an anonymous caller never reaches a handler that needs a principal.
        now: when the call is decided, aware UTC; the same for the whole call.
        request_id: as in the reply and the audit event.
        new_id: makes a unique id for a prefix: `new_id("AIDA")`.
        random_bytes: cryptographically strong randomness.
        access: decisions and seals for the few handlers that make their own.
        prepared: what the operation's `prepare` step gave.
        identity: whom a provider vouches for; set by the handler of an unsigned call that verified its proof.
    """

    parameters: Mapping[str, object]
    caller: Caller
    now: datetime
    request_id: str
    new_id: Callable[[str], str]
    random_bytes: Callable[[int], bytes]
    access: "Access"
    operation: str
    prepared: object = None
    identity: FederatedIdentity | None = None

    @property
    def account(self) -> str:
        """The caller's account id; what a call acts on is in it unless the operation says otherwise."""
        return self.caller.account

    @property
    def now_ms(self) -> int:
        """`now` as the store keeps times: milliseconds since 1970 UTC."""
        return round(self.now.timestamp() * 1000)

    def __getitem__(self, name: str) -> str:
        """A required text parameter."""
        value = self.parameters[name]
        assert isinstance(value, str), f"{name} is not text"
        return value

    def __contains__(self, name: str) -> bool:
        return name in self.parameters

    def get(self, name: str) -> str | None:
        """A text parameter, None when absent."""
        return self[name] if name in self.parameters else None

    def integer(self, name: str) -> int | None:
        """A whole-number parameter, None when absent."""
        value = self.parameters.get(name)
        assert value is None or (isinstance(value, int) and not isinstance(value, bool)), f"{name} is not a number"
        return value

    def flag(self, name: str) -> bool | None:
        """A boolean parameter, None when absent."""
        value = self.parameters.get(name)
        assert value is None or isinstance(value, bool), f"{name} is not a boolean"
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; empty when absent."""
        return tuple(value for value in self._list(name) if isinstance(value, str))

    def structures(self, name: str) -> tuple[Mapping[str, object], ...]:
        """A list of structures; empty when absent."""
        return tuple(value for value in self._list(name) if isinstance(value, Mapping))

    def tags(self, name: str = "Tags") -> tuple[Tag, ...]:
        """The tags given in the request, in order; empty when absent."""
        return tuple(Tag(str(tag["Key"]), str(tag["Value"])) for tag in self.structures(name))

    def _list(self, name: str) -> list[object]:
        value = self.parameters.get(name, [])
        assert isinstance(value, list), f"{name} is not a list"
        return value
