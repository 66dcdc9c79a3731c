"""May this caller do this, now? Gathers what applies, asks `policy`, and says the answer in AWS's words.

Everything that decides goes through `Access`: the pipeline before a handler, and the few handlers (AssumeRole) that
decide with a trust policy of their own.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bailiwick.access.account_quotas import AccountQuotas
from bailiwick.access.authorization_messages import NONCE_BYTES, AuthorizationMessages, content_of, deciding_statement
from bailiwick.access.call import Call, Caller
from bailiwick.access.callers import NO_LIMITS, Standing
from bailiwick.access.context import add_target_keys, offered_keys, request_context, request_keys, vouched_keys
from bailiwick.access.decided import Decided
from bailiwick.access.denials import denial, has_encoded_message, with_encoded_message
from bailiwick.access.done import Done
from bailiwick.access.pagination import SEPARATOR, invalid_marker
from bailiwick.access.principals import PrincipalRecord, Principals, PrincipalType
from bailiwick.access.sessions import SessionLimits, Sessions
from bailiwick.access.token_keys import TokenKeys
from bailiwick.auth import BoundedThreads, InvalidClientTokenId, PrincipalKind, SessionClaims, SessionCredentials
from bailiwick.egress import Egress
from bailiwick.errors import AccessDenied
from bailiwick.operations import ContextValue, Operation, Target
from bailiwick.policy import (
    EMPTY_SET,
    Decision,
    Effect,
    Layers,
    PolicySet,
    PolicyType,
    Principal,
    RequestContext,
    evaluate,
    policies_of,
    stacked,
)
from bailiwick.policy import PrincipalKind as Asking
from bailiwick.secret import Secret
from bailiwick.store import Transaction, Vault
from bailiwick.wire import Service

PartT = TypeVar("PartT")

_NOTHING: Mapping[str, ContextValue] = MappingProxyType({})
_NONCE_BYTES = 12


class Installation:
    """What decisions need of the whole installation; one for a process."""

    def __init__(
        self,
        principals: Principals,
        sessions: Sessions,
        token_keys: TokenKeys,
        vault: Vault,
        quotas: AccountQuotas,
        random_bytes: Callable[[int], bytes],
        public_url: str,
        egress: Egress,
        services: Mapping[str, Service],
        parts: Sequence[object] = (),
    ) -> None:
        """`parts` are what else lives as long as the process and belongs to what lies above; see `Access.part`."""
        self.principals = principals
        self.sessions = sessions
        self.token_keys = token_keys
        self.vault = vault
        self.quotas = quotas
        self.random_bytes = random_bytes
        self.public_url = public_url
        self.egress = egress
        self.services = services
        self.parts = {type(part): part for part in parts}
        self.markers = AESGCM(vault.derive(b"pagination marker v1").reveal())
        self.messages = AuthorizationMessages(vault.derive(b"authorization message v1"))
        self.hashing = BoundedThreads()
        self.reporting = BoundedThreads(threads=1, most_at_once=16)
        self.verifying = BoundedThreads(threads=1, most_at_once=64)


class Access:
    """Decisions for one request's caller, and what its handlers seal. Made anew for each request."""

    __slots__ = ("_installation", "_seen", "_standing", "decisions", "done")

    def __init__(self, installation: Installation, standing: Standing) -> None:
        self._installation = installation
        self._standing = standing
        self._seen: _Seen | None = None
        self.decisions: list[Decided] = []
        """What was decided so far, for the audit event."""
        self.done: list[Done] = []
        """What was done so far as part of the call, for audit events of its own."""

    async def authorize(self, call: Call, tx: Transaction, declared: "Operation[Call, Transaction]") -> None:
        """Require that the caller's policies allow an operation on all that it acts on.

        Raises:
            AccessDenied: they do not, on at least one.
        """
        targets = _ANYTHING if declared.targets is None else await declared.targets(call, tx)
        keys = request_keys(call.parameters, declared.keys)
        for target in (targets,) if isinstance(targets, Target) else targets:
            action = target.action or declared.action
            assert action == declared.action or action in declared.further_actions, f"{action} is not declared"
            told = {**keys, **offered_keys(target, declared.target_keys)} if declared.target_keys else keys
            await self.require(call, tx, action, target, keys=told)

    async def decide(
        self,
        call: Call,
        tx: Transaction,
        action: str,
        target: Target,
        *,
        trust: PolicySet | None = None,
        keys: Mapping[str, ContextValue] = _NOTHING,
    ) -> Decision:
        """Decide one action on one resource by the caller's policies as they are in this transaction.

        Args:
            call: the call.
            tx: the transaction that the decision is part of.
            action: as policies name it.
            target: the resource.
            trust: the trust policy of the role, when a role is what is acted on.
            keys: further condition keys, in any case.
        """
        layers, standing_keys = await self._standing_now(call.caller, tx, trust)
        if target.grantee is not None:
            layers = replace(layers, resource=_granting(target.grantee))
        request = asked_request(call.caller, standing_keys, action, target, keys, call.now)
        decision = evaluate(layers, request)
        self.decisions.append(Decided(action, target.arn, decision, None if decision.is_allowed else request))
        return decision

    def decide_vouched(
        self,
        call: Call,
        action: str,
        target: Target,
        *,
        trust: PolicySet,
        keys: Mapping[str, ContextValue],
    ) -> Decision:
        """Decide one action on a role for whom a provider vouches (`call.identity`): by the role's trust policy alone.

        Args:
            call: the call, which nobody signed.
            action: as policies name it.
            target: the role; `target.account` is its account.
            trust: its trust policy.
            keys: what the provider says, and what was asked for, as condition keys in any case.

        Source: IAM User Guide, "Policy evaluation logic", on principals that have no identity-based policies.
        """
        identity, owner = call.identity, target.account
        assert identity is not None, "somebody is vouched for"
        assert owner is not None, "a role has an account"
        context = request_context(vouched_keys(call.caller), call.caller, action, call.now)
        context |= {key.lower(): value for key, value in keys.items()}
        add_target_keys(context, target, owner)
        principal = Principal(Asking.FEDERATED, identity.account, identity.provider_arn)
        request = RequestContext(
            action=action, resource=target.arn, principal=principal, resource_account=owner, keys=context
        )
        decision = evaluate(Layers(identity=EMPTY_SET, trust=trust), request)
        self.decisions.append(Decided(action, target.arn, decision, None if decision.is_allowed else request))
        return decision

    async def foresee(self, call: Call, tx: Transaction, action: str, resource: str) -> tuple[Decision, bool]:
        """How a request of the caller would be decided that it does not make now, in its own account.

        Nothing is recorded. Wildcards in the action or resource stand for themselves: what covers the pattern covers
        all that it stands for, but a deny may cover a part of it. So the second value tells whether any policy of the
        caller denies anything at all.
        """
        layers, standing_keys = await self._standing_now(call.caller, tx, None)
        decision = evaluate(layers, asked_request(call.caller, standing_keys, action, Target(resource), {}, call.now))
        statements = (
            statement
            for _, policies in stacked(layers)
            for policy in policies.policies
            for statement in policy.statements
        )
        return decision, any(statement.effect is Effect.DENY for statement in statements)

    async def require(
        self,
        call: Call,
        tx: Transaction,
        action: str,
        target: Target,
        *,
        trust: PolicySet | None = None,
        keys: Mapping[str, ContextValue] = _NOTHING,
    ) -> None:
        """Decide, and refuse what is not allowed.

        Raises:
            AccessDenied: the caller may not; between accounts, and for a role's trust, AWS names no reason.
        """
        decision = await self.decide(call, tx, action, target, trust=trust, keys=keys)
        if not decision.is_allowed:
            is_across = target.account is not None and target.account != call.account
            says_why = trust is None and not is_across
            told = decision if says_why else None
            shown = target.arn if target.shown is None else target.shown or None
            words = denial(call.caller.arn, action, shown, told)
            if has_encoded_message(action):
                words = with_encoded_message(words, await self._encoded(call, tx, trust))
            raise AccessDenied(words)

    def open_message(self, call: Call, message: str) -> str:
        """The JSON of an encoded authorization message of the caller's account.

        Raises:
            InvalidMessage: it is not one, or was changed.
        """
        return self._installation.messages.open(call.account, message)

    async def _encoded(self, call: Call, tx: Transaction, trust: PolicySet | None) -> str:
        """The encoded message of the last decision, which was a denial."""
        made = self.decisions[-1]
        assert made.request is not None, "a denial keeps what it was decided on"
        layers, _ = await self._standing_now(call.caller, tx, trust)
        caller = call.caller
        content = content_of(
            made.request,
            made.decision,
            deciding_statement(layers, made.request, made.decision),
            user_id=caller.user_id,
            name=caller.name if caller.kind is PrincipalKind.USER else None,
            request_id=call.request_id,
        )
        nonce = self._installation.random_bytes(NONCE_BYTES)
        return self._installation.messages.seal(call.account, call.request_id, content, nonce)

    async def require_pass_role(
        self, call: Call, tx: Transaction, role: Target, *, service: str, associated_arn: str | None = None
    ) -> None:
        """Require that the caller may hand a role to a service; for every operation that does so with a role named.

        Asked beside the operation's own permission, by the caller's policies alone: whether the role trusts the
        service is another question. `iam:PassRole` is no operation, so the operation's event tells of it.

        Args:
            call: the call.
            tx: the transaction that the decision is part of.
            role: the role. Its tags are not reliable here by AWS's own word; with them, policies see those it has now.
            service: the service that will assume the role, such as `ec2.amazonaws.com` (`iam:PassedToService`).
            associated_arn: the resource that the role is for (`iam:AssociatedResourceArn`), where there is one.

        Raises:
            AccessDenied: the caller may not, or the role is another account's.

        Source: IAM User Guide, "Grant a user permissions to pass a role to an AWS service".
        """
        if role.account is not None and role.account != call.account:
            raise AccessDenied("Cross-account pass role is not allowed.")
        keys = {"iam:PassedToService": service}
        if associated_arn is not None:
            keys["iam:AssociatedResourceArn"] = associated_arn
        await self.require(call, tx, "iam:PassRole", role, keys=keys)

    async def trust(self, tx: Transaction, role_id: str) -> PolicySet:
        """The compiled trust policy of a role, of whichever account."""
        return await self._installation.principals.trust(tx, role_id)

    async def record(
        self, tx: Transaction, kind: PrincipalType, account: str, unique_id: str
    ) -> PrincipalRecord | None:
        """A user or role as this transaction sees it; None when there is none of that id in the account."""
        return await self._installation.principals.seen(kind, account, unique_id, tx)

    async def limits(self, tx: Transaction, claims: SessionClaims | None) -> SessionLimits:
        """What a session of that content is narrowed to."""
        return NO_LIMITS if claims is None else await self._installation.sessions.limits(claims, tx)

    async def missing_policies(self, tx: Transaction, account: str, arns: Sequence[str]) -> list[str]:
        """Which of these are not the ARNs of managed policies of the account or of AWS."""
        there = await self._installation.principals.managed(account, arns, tx)
        return [arn for arn in arns if arn not in there]

    def read_parameters(self, service: str, operation: str, text: str) -> Mapping[str, object]:
        """An operation's parameters from a JSON object, typed and within the constraints of its model.

        Raises:
            ValidationError, SerializationException: they are not.
        """
        model = self._installation.services[service].operation(operation)
        assert model is not None, "what is declared is in the model"
        return model.parse_json(text)

    async def quota(self, tx: Transaction, account: str, name: str) -> int:
        """The account's quota of that name (see `quotas.DEFAULT_QUOTAS`), as this transaction sees it."""
        return await self._installation.quotas.of(tx, account, name)

    @property
    def public_url(self) -> str:
        """Where people and other systems reach this installation, without a slash at the end."""
        return self._installation.public_url

    @property
    def egress(self) -> Egress:
        """What fetches from other systems; for an operation's `prepare`, never for its handler."""
        return self._installation.egress

    def part(self, kind: type[PartT]) -> PartT:
        """What the installation has one of, and only the handlers of its own service know."""
        found = self._installation.parts[kind]
        assert isinstance(found, kind), "parts are kept by their type"
        return found

    @property
    def hashing(self) -> BoundedThreads:
        """Where passwords are hashed; for an operation's `prepare`, never for its handler."""
        return self._installation.hashing

    @property
    def reporting(self) -> BoundedThreads:
        """Where reports are worked out; for an operation's `prepare`, never for its handler."""
        return self._installation.reporting

    @property
    def verifying(self) -> BoundedThreads:
        """Where what identity providers sign is verified; for an operation's `prepare`, never for its handler."""
        return self._installation.verifying

    def seal(self, table: str, row: str, column: str, plaintext: bytes) -> bytes:
        """Seal a secret for its place in the store."""
        return self._installation.vault.seal(table, row, column, plaintext)

    def unseal(self, table: str, row: str, column: str, sealed: bytes) -> Secret:
        """The secret that was sealed for that place in the store.

        Raises:
            Tampered: it was not sealed there, or was changed since.
        """
        return self._installation.vault.open(table, row, column, sealed)

    def seal_session(self, claims: SessionClaims, *, minimum_size: int = 0) -> SessionCredentials:
        """A new session's credentials; see `auth.TokenRing.seal`."""
        nonce = self._installation.random_bytes(_NONCE_BYTES)
        return self._installation.token_keys.current().seal(claims, nonce, minimum_size)

    def seal_marker(self, call: Call, scope: Sequence[str], after: Sequence[str]) -> str:
        """A pagination marker that only this caller can use, for this list."""
        nonce = self._installation.random_bytes(_NONCE_BYTES)
        text = SEPARATOR.join(after).encode()
        sealed = self._installation.markers.encrypt(nonce, text, _marker_place(call, scope))
        return base64.urlsafe_b64encode(nonce + sealed).decode()

    def open_marker(self, call: Call, scope: Sequence[str], marker: str) -> tuple[str, ...]:
        """Where a sealed marker points.

        Raises:
            ValidationError: it is not one that this caller got from this list.
        """
        try:
            sealed = base64.b64decode(marker, altchars=b"-_", validate=True)
            nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
            opened = self._installation.markers.decrypt(nonce, text, _marker_place(call, scope))
        except (binascii.Error, ValueError, InvalidTag) as error:
            raise invalid_marker() from error
        return tuple(opened.decode().split(SEPARATOR))

    async def _standing_now(
        self, caller: Caller, tx: Transaction, trust: PolicySet | None
    ) -> tuple[Layers, Mapping[str, ContextValue]]:
        """The caller's policies and keys as this transaction sees them.

        Raises:
            InvalidClientTokenId: the caller was deleted meanwhile.
        """
        standing = await self._current(caller, tx)
        return standing.layers if trust is None else replace(standing.layers, trust=trust), standing.keys

    async def _current(self, caller: Caller, tx: Transaction) -> Standing:
        if self._seen is not None and self._seen.is_of(tx):
            return self._seen.standing
        standing = self._standing
        record, limits = standing.record, standing.limits
        if record is not None:
            record = await self._installation.principals.current(record, tx)
            if record is None:
                raise InvalidClientTokenId.bad_token()
        if caller.session is not None and limits.sources:
            limits = await self._installation.sessions.limits(caller.session, tx)
        if record is standing.record and limits is standing.limits:
            return standing
        self._seen = _Seen.now(tx, Standing.of(caller, record, limits))
        return self._seen.standing


@dataclass(frozen=True, slots=True)
class _Seen:
    """A standing that a transaction saw otherwise than memory; it holds until the transaction changes it (again)."""

    tx: Transaction
    standing: Standing
    times_changed: tuple[int, ...]

    @classmethod
    def now(cls, tx: Transaction, standing: Standing) -> "_Seen":
        return cls(tx, standing, _times_changed(tx, standing))

    def is_of(self, tx: Transaction) -> bool:
        return self.tx is tx and self.times_changed == _times_changed(tx, self.standing)


def _times_changed(tx: Transaction, standing: Standing) -> tuple[int, ...]:
    sources = (*(standing.record.sources if standing.record is not None else ()), *standing.limits.sources)
    return tuple(tx.times_changed(*source) for source in sources)


def asked_request(
    caller: Caller,
    standing_keys: Mapping[str, ContextValue],
    action: str,
    target: Target,
    keys: Mapping[str, ContextValue],
    now: datetime,
) -> RequestContext:
    """What is decided on when a caller asks for one action on one resource; `keys` are further ones, in any case."""
    owner = target.account or caller.account
    context = request_context(standing_keys, caller, action, now)
    for key, value in keys.items():
        context[key.lower()] = value
    is_own = owner == caller.account
    add_target_keys(context, target, owner, caller.environment.organization if is_own else None)
    return RequestContext(
        action=action, resource=target.arn, principal=caller.principal, resource_account=owner, keys=context
    )


_ANYTHING = Target(arn="*")


def _granting(grantee: str) -> PolicySet:
    """What a resource says that grants all that is asked of it to the principal of one ARN."""
    statement = {"Effect": "Allow", "Principal": {"AWS": grantee}, "Action": "*", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return policies_of(PolicyType.RESOURCE, {"grantee": text})


def _marker_place(call: Call, scope: Sequence[str]) -> bytes:
    return SEPARATOR.join((call.account, call.caller.principal_id, *scope)).encode()
