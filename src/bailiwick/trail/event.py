"""One audit event, and its JSON in CloudTrail's form.

Source: AWS CloudTrail User Guide, "CloudTrail record contents" and "CloudTrail userIdentity element". What is ours
beside it is under `bailiwick`: the decisions, each with the policy and statement that settled it; of a denial also the
condition keys it was decided on and, under `session`, the policies that narrowed the session; and the provider that
vouched for whoever called. Of a denial by another
account's resource it is kept that it was denied, and not why.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import msgspec

from bailiwick.access.call import Call, Caller, FederatedIdentity
from bailiwick.access.decided import Decided, is_across
from bailiwick.auth import PrincipalKind, SessionClaims
from bailiwick.errors import AwsError
from bailiwick.policy import Decision, Layer
from bailiwick.trail.kept_context import kept_context, kept_limits

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"

_MAX_TEXT = 1024
_MAX_ELEMENTS = 100 * 1024
_MAX_MISSING_KEYS = 50

# Members that no event holds, whatever the operation; CloudTrail leaves them out.
_LEFT_OUT = frozenset(
    {"SecretAccessKey", "Password", "OldPassword", "NewPassword", "TokenCode", "PrivateKey", "Base32StringSeed"}
    | {"QRCodePNG", "AuthenticationCode1", "AuthenticationCode2", "ServicePassword", "ServiceCredentialSecret"}
)
# Members that show only that there was something. AWS logs session tokens; we do not.
_HIDDEN = frozenset({"SessionToken", "WebIdentityToken", "SAMLAssertion", "TradeInToken"})


@dataclass(slots=True)
class Event:
    """What is known of one call, filled in on its way; its JSON is made when it is written.

    Attributes:
        request_id: as in the reply.
        source_address, user_agent: as the client showed itself.
        caller: who called; None when that could not be proven.
        call: the call as its handler had it, which tells whom a provider vouched for; None when it came to no handler.
        service, operation: as in the service's model; empty when they could not be read.
        parameters, output: by the model's names; output is None for reads and refusals.
        secrets: members that the operation declares secret, by their dotted names.
        error: what the caller was answered instead.
        decisions: what was decided, in the order it was.
        happened_at: when the call was decided, aware UTC.
        new_id: makes the event's own id.
    """

    request_id: str
    source_address: str | None
    user_agent: str
    happened_at: datetime
    new_id: Callable[[], str]
    caller: Caller | None = None
    call: Call | None = None
    service: str = ""
    operation: str = ""
    api_version: str = ""
    region: str = "us-east-1"
    parameters: Mapping[str, object] | None = None
    output: Mapping[str, object] | None = None
    secrets: frozenset[str] = frozenset()
    error: AwsError | None = None
    decisions: Sequence[Decided] = ()
    is_read_only: bool = False

    @property
    def account(self) -> str:
        """The account whose event it is; empty when the caller is not known."""
        if self._identity is not None:
            return self._identity.account
        return "" if self.caller is None else self.caller.account

    @property
    def is_proven(self) -> bool:
        """Whether it is known who called: by a signature, or by the word of a provider."""
        is_signed = self.caller is not None and self.caller.kind is not PrincipalKind.ANONYMOUS
        return is_signed or self._identity is not None

    @property
    def _identity(self) -> FederatedIdentity | None:
        return None if self.call is None else self.call.identity

    def body(self) -> str:
        """The event's JSON."""
        record: dict[str, object] = {
            "eventVersion": "1.11",
            "userIdentity": self._user_identity(),
            "eventTime": f"{self.happened_at.isoformat()[:19]}Z",
            "eventSource": f"{self.service or 'unknown'}.amazonaws.com",
            "eventName": self.operation,
            "awsRegion": self.region,
            "sourceIPAddress": self.source_address or "unix",
            "userAgent": self.user_agent[:_MAX_TEXT],
        }
        if self.error is not None:
            record["errorCode"] = self.error.code
            record["errorMessage"] = self.error.message[:_MAX_TEXT]
        record["requestParameters"] = _elements(self.parameters, self.secrets)
        record["responseElements"] = None if self.is_read_only else _elements(self.output, self.secrets)
        record |= {
            "requestID": self.request_id,
            "eventID": self.new_id(),
            "apiVersion": self.api_version,
            "readOnly": self.is_read_only,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": self.account,
            "eventCategory": "Management",
        }
        ours: dict[str, object] = {}
        if self._identity is not None:
            ours["providerArn"] = self._identity.provider_arn
        if self.decisions:
            ours |= self._decided()
        if ours:
            record["bailiwick"] = ours
        return _encode(record).decode()

    def _user_identity(self) -> dict[str, object]:
        if self._identity is not None:
            return _federated_identity(self._identity)
        return {"type": "Unknown"} if self.caller is None else _user_identity(self.caller)

    def _decided(self) -> dict[str, object]:
        shown: dict[str, object] = {"decisions": [_decided(made, self.account) for made in self.decisions]}
        session = None if self.caller is None else self.caller.session
        if session is not None and not all(made.decision.is_allowed for made in self.decisions):
            limits = kept_limits(session)
            if limits:
                shown["session"] = limits
        return shown


_encoder = msgspec.json.Encoder()
_encode = _encoder.encode


def _federated_identity(identity: FederatedIdentity) -> dict[str, object]:
    return {
        "type": identity.kind,
        "principalId": identity.principal_id,
        "userName": identity.user_name,
        "identityProvider": identity.provider_name,
    }


def _user_identity(caller: Caller) -> dict[str, object]:
    identity: dict[str, object] = {"type": str(caller.kind)}
    if caller.kind is PrincipalKind.ANONYMOUS:
        return {"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"}
    identity["principalId"] = caller.user_id
    identity["arn"] = caller.arn
    identity["accountId"] = caller.account
    identity["accessKeyId"] = caller.access_key_id or ""
    if caller.kind is PrincipalKind.USER:
        identity["userName"] = caller.name
    if caller.session is not None:
        identity["sessionContext"] = _session_context(caller, caller.session)
    return identity


def _session_context(caller: Caller, claims: SessionClaims) -> dict[str, object]:
    context: dict[str, object] = {}
    if caller.kind is PrincipalKind.ROLE:
        context["sessionIssuer"] = _issuer("Role", caller, caller.principal_id)
        context["webIdFederationData"] = (
            {}
            if claims.federated_provider is None
            else {"federatedProvider": claims.federated_provider, "attributes": {}}
        )
    elif caller.kind is PrincipalKind.FEDERATED_USER:
        is_roots = caller.principal.unique_id is None
        issuer_id = caller.account if is_roots else caller.principal.unique_id
        context["sessionIssuer"] = _issuer("Root" if is_roots else "IAMUser", caller, issuer_id)
    context["attributes"] = {
        "creationDate": f"{claims.issued_at.isoformat()[:19]}Z",
        "mfaAuthenticated": "false" if claims.mfa_authenticated_at_ms is None else "true",
    }
    if claims.source_identity is not None:
        context["sourceIdentity"] = claims.source_identity
    context["bailiwickOrigin"] = {
        "sessionId": claims.session_id,
        "parentSessionId": claims.parent_session_id,
        "source": claims.origin.source,
        "principalId": claims.origin.principal_id,
    }
    return context


def _issuer(kind: str, caller: Caller, issuer_id: str | None) -> dict[str, object]:
    arn = caller.principal.parent_arn or ""
    return {
        "type": kind,
        "principalId": issuer_id,
        "arn": arn,
        "accountId": caller.account,
        "userName": arn.rpartition("/")[2],
    }


def _decided(made: Decided, account: str) -> dict[str, object]:
    """The decision, without what it tells of another account's policies."""
    shown: dict[str, object] = {"action": made.action, "resource": made.resource}
    decision, request = made.decision, made.request
    shown["effect"] = decision.effect.name.title()
    if request is None:
        return shown if _allows_for_another(made, account) else shown | _why(decision)
    if is_across(request):
        return shown | kept_context(request)
    if decision.missing_keys:
        shown["missingKeys"] = sorted(decision.missing_keys)[:_MAX_MISSING_KEYS]
    return shown | _why(decision) | kept_context(request)


def _allows_for_another(made: Decided, account: str) -> bool:
    """Whether what allowed is the policy of another account's resource."""
    fields = made.resource.split(":", 5)
    is_others = len(fields) == 6 and fields[4] not in ("", account)
    return is_others and made.decision.layer in (Layer.RESOURCE, Layer.TRUST)


def _why(decision: Decision) -> dict[str, object]:
    shown: dict[str, object] = {"reason": decision.reason.name}
    if decision.layer is not None:
        shown["layer"] = decision.layer.name
    if decision.statement is not None:
        source = decision.statement.source
        shown["policy"] = source.arn or source.name
        shown["statement"] = decision.statement.index
        if decision.statement.sid:
            shown["sid"] = decision.statement.sid
    return shown


def _elements(members: Mapping[str, object] | None, secrets: frozenset[str]) -> msgspec.Raw | None:
    """The members with secrets gone and names as CloudTrail spells them; None when nothing or far too much."""
    if not members:
        return None
    shown = _shown(members, secrets)
    if not shown:  # every member is secret: ChangePassword tells of none
        return None
    encoded = _encode(shown)
    return None if len(encoded) > _MAX_ELEMENTS else msgspec.Raw(encoded)


def _shown(value: object, secrets: frozenset[str], path: str = "") -> object:
    """`path` is the dotted name of the value, as operations declare what is secret."""
    if type(value) is str:  # nearly every member, and far cheaper to tell than a mapping
        return value
    if isinstance(value, dict):
        return {
            _camel(name): HIDDEN if name in _HIDDEN else _shown(member, secrets, f"{path}{name}.")
            for name, member in value.items()
            if member is not None and name not in _LEFT_OUT and path + name not in secrets
        }
    if isinstance(value, (list, tuple)):
        return [_shown(item, secrets, path) for item in value]
    if isinstance(value, datetime):
        hour = value.hour % 12 or 12
        return f"{value:%b} {value.day}, {value.year}, {hour}:{value:%M:%S} {value:%p}"
    if isinstance(value, bytes):
        return HIDDEN
    if isinstance(value, Mapping):
        return _shown(dict(value), secrets, path)
    return value


@lru_cache(maxsize=4096)  # the members of the models
def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]
