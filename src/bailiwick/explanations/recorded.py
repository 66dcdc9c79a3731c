"""Reading an event back: who asked, and each decision with what it was decided on.

The counterpart of `trail.event`, which says what is kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bailiwick.access.call import Call
from bailiwick.access.request_ids import moment_of
from bailiwick.auth import Authenticated, PrincipalKind
from bailiwick.explanations.supposed import claims_of
from bailiwick.operations import ContextValue
from bailiwick.policy import Layer, Reason

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """One decision, as it was.

    Attributes:
        action, resource: what was asked for.
        is_allowed: how it was decided.
        reason, layer: as `Reason` and `Layer` name them; None where it is not kept why.
        policy, statement, sid: the statement that settled it, if one did.
        missing_keys: of a denial, the condition keys that were asked for and not there.
        keys: of a denial, its condition keys; None for what was allowed.
        omitted_keys: keys that were too large to be kept.
    """

    action: str
    resource: str
    is_allowed: bool
    reason: str | None
    layer: str | None
    policy: str | None
    statement: int | None
    sid: str | None
    missing_keys: Sequence[str]
    keys: Mapping[str, ContextValue] | None
    omitted_keys: Sequence[str]

    @classmethod
    def of_json(cls, kept: Json) -> "RecordedDecision":
        """From the event's own form."""
        keys = kept.get("context")
        return cls(
            action=kept["action"],
            resource=kept["resource"],
            is_allowed=kept["effect"] == "Allow",
            reason=Reason[kept["reason"]].value if "reason" in kept else None,
            layer=Layer[kept["layer"]].value if "layer" in kept else None,
            policy=kept.get("policy"),
            statement=kept.get("statement"),
            sid=kept.get("sid"),
            missing_keys=kept.get("missingKeys", ()),
            keys=None
            if keys is None
            else {key: tuple(value) if isinstance(value, list) else value for key, value in keys.items()},
            omitted_keys=kept.get("omittedKeys", ()),
        )


def decisions_of(event: Json) -> list[RecordedDecision]:
    """The decisions of a call, in their order."""
    return [RecordedDecision.of_json(kept) for kept in event.get("bailiwick", {}).get("decisions", ())]


def happened_at(event: Json) -> datetime:
    """When the call was decided, aware UTC, to the millisecond."""
    moment = moment_of(event["requestID"])
    assert moment is not None, "an event that was found has an id that says when"
    return datetime.fromtimestamp(moment / 1000, UTC)


def is_vouched(event: Json) -> bool:
    """Whether an identity provider vouched for whoever made the call, who has no policies to decide by."""
    return event["userIdentity"]["type"] in ("WebIdentityUser", "SAMLUser")


def principal_arn_of(event: Json) -> str:
    """Who made the call; for whom a provider vouched, the provider, whom trust policies name."""
    return str(event["bailiwick"]["providerArn"] if is_vouched(event) else event["userIdentity"]["arn"])


def authenticated_of(call: Call, event: Json) -> Authenticated:
    """Who made the call, as if proven now; the session's policies are those it had."""
    identity = event["userIdentity"]
    kind = PrincipalKind(identity["type"])
    principal_id: str = identity["principalId"]
    if kind is PrincipalKind.ROOT:
        return Authenticated(kind, call.account, call.account)
    if kind is PrincipalKind.USER:
        return Authenticated(kind, call.account, principal_id)
    role_id, _, name = principal_id.partition(":")
    is_role = kind is PrincipalKind.ROLE
    session = event.get("bailiwick", {}).get("session", {})
    claims = claims_of(
        call,
        kind,
        role_id if is_role else principal_id,
        name,
        session_name=name if is_role else None,
        parent_id=identity["sessionContext"]["bailiwickOrigin"]["principalId"],
        policy=session.get("policy"),
        policy_arns=tuple(session.get("policyArns", ())),
        scope_downs=tuple(session.get("scopeDowns", ())),
    )
    return Authenticated(kind, call.account, claims.principal_id, session=claims)
