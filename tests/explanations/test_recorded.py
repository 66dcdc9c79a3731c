"""What an event keeps is read back as it was: each kind of caller, and each kind of decision."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from bailiwick.access.call import Call, Caller
from bailiwick.access.decided import Decided
from bailiwick.access.request_ids import new_request_id
from bailiwick.auth import Origin, PrincipalKind, SessionClaims
from bailiwick.explanations import recorded
from bailiwick.operations import ContextValue
from bailiwick.policy import (
    Decision,
    Effect,
    Layer,
    PolicySource,
    PolicyType,
    Principal,
    Reason,
    RequestContext,
    StatementId,
)
from bailiwick.policy import PrincipalKind as Asking
from bailiwick.trail import Event

ACCOUNT = "210987654321"
NOW = datetime(2026, 11, 24, 20, 5, 7, 123_000, tzinfo=UTC)
CALL = cast(Call, SimpleNamespace(account=ACCOUNT, now_ms=1_795_600_000_000))
ROOT_ARN = f"arn:aws:iam::{ACCOUNT}:root"


def event_of(kind: PrincipalKind, principal: Principal, user_id: str, **given: Any) -> dict[str, Any]:
    decisions = given.pop("decisions", ())
    caller = Caller(
        kind=kind,
        account=ACCOUNT,
        principal_id=user_id.partition(":")[0],
        arn=principal.arn,
        user_id=user_id,
        name="x",
        access_key_id="AKIA",
        session=given.get("session"),
        principal=principal,
        region="us-east-1",
        source_address="203.0.113.5",
        user_agent="",
        is_secure=True,
    )
    request_id = new_request_id(NOW, lambda size: b"r" * size)
    event = Event(request_id, None, "", NOW, lambda: "e", caller=caller, service="iam", decisions=decisions)
    found: dict[str, Any] = json.loads(event.body())
    return found


def claims(kind: PrincipalKind, parent_id: str | None, **given: Any) -> SessionClaims:
    return SessionClaims(
        session_id="s",
        account=ACCOUNT,
        principal_kind=kind,
        principal_id="",
        principal_name="guest",
        issued_at_ms=0,
        expires_at_ms=1,
        operation="",
        origin=Origin("AKIA", ACCOUNT, parent_id),
        **given,
    )


def test_root_is_root_again() -> None:
    event = event_of(PrincipalKind.ROOT, Principal(Asking.ROOT, ACCOUNT, ROOT_ARN), ACCOUNT)

    found = recorded.authenticated_of(CALL, event)

    assert (found.kind, found.account, found.principal_id, found.session) == (
        PrincipalKind.ROOT,
        ACCOUNT,
        ACCOUNT,
        None,
    )


def test_a_federated_user_of_root_comes_from_root_again() -> None:
    arn = f"arn:aws:sts::{ACCOUNT}:federated-user/guest"
    principal = Principal(Asking.FEDERATED_USER, ACCOUNT, arn, None, ROOT_ARN)
    session = claims(PrincipalKind.FEDERATED_USER, ACCOUNT)

    found = recorded.authenticated_of(
        CALL, event_of(PrincipalKind.FEDERATED_USER, principal, f"{ACCOUNT}:guest", session=session)
    )

    assert found.session is not None
    assert (found.principal_id, found.session.principal_name) == (f"{ACCOUNT}:guest", "guest")
    assert found.session.origin.principal_id == ACCOUNT


def test_a_role_session_keeps_its_name_and_what_narrowed_it() -> None:
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/work"
    principal = Principal(Asking.ROLE_SESSION, ACCOUNT, arn, "AROA", f"arn:aws:iam::{ACCOUNT}:role/deploy")
    narrowed = claims(PrincipalKind.ROLE, "AIDA", policy="{}", policy_arns=("arn:1",), scope_downs=("{1}",))
    denied = Decided(
        "iam:GetUser",
        "*",
        Decision(Effect.DENY, Reason.IMPLICIT_DENY, Layer.SESSION, None),
        RequestContext("iam:GetUser", "*", principal, ACCOUNT, {}),
    )

    found = recorded.authenticated_of(
        CALL, event_of(PrincipalKind.ROLE, principal, "AROA:work", session=narrowed, decisions=[denied])
    ).session

    assert found is not None
    assert (found.principal_id, found.session_name) == ("AROA", "work")
    assert (found.policy, found.policy_arns, found.scope_downs) == ("{}", ("arn:1",), ("{1}",))


def test_a_decision_is_read_back_as_it_was() -> None:
    principal = Principal(Asking.USER, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/ana", "AIDA")
    statement = StatementId(PolicySource(PolicyType.INLINE, "mine", None), 2, "No")
    decision = Decision(Effect.DENY, Reason.EXPLICIT_DENY, Layer.BOUNDARY, statement, frozenset({"aws:x"}))
    keys: dict[str, ContextValue] = {"aws:username": "ana", "aws:tagkeys": ("a", "b")}
    made = Decided("iam:GetUser", "*", decision, RequestContext("iam:GetUser", "*", principal, ACCOUNT, keys))

    (found,) = recorded.decisions_of(event_of(PrincipalKind.USER, principal, "AIDA", decisions=[made]))

    assert (found.action, found.resource, found.is_allowed) == ("iam:GetUser", "*", False)
    assert (found.reason, found.layer) == (Reason.EXPLICIT_DENY.value, Layer.BOUNDARY.value)
    assert (found.policy, found.statement, found.sid) == ("mine", 2, "No")
    assert (list(found.missing_keys), found.keys, list(found.omitted_keys)) == (["aws:x"], keys, [])


def test_the_time_is_that_of_the_call_to_the_millisecond() -> None:
    event = event_of(PrincipalKind.ROOT, Principal(Asking.ROOT, ACCOUNT, ROOT_ARN), ACCOUNT)

    assert recorded.happened_at(event) == NOW
