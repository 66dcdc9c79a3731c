"""ExplainRequest and ExplainAccess: operations of the service `bailiwick`."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from bailiwick.access.call import Call
from bailiwick.access.callers import layers_of
from bailiwick.access.condition_keys import spelled
from bailiwick.access.context import caller_keys, offered_keys
from bailiwick.access.decisions import asked_request
from bailiwick.access.denials import without_encoded_message
from bailiwick.auth import PrincipalKind
from bailiwick.explanations import recorded, resources, supposed
from bailiwick.explanations.answers import Question, answer
from bailiwick.explanations.errors import InvalidInput, NoSuchEntity
from bailiwick.explanations.recorded import Json, RecordedDecision
from bailiwick.explanations.resources import Resource, require_well_formed, resource_of
from bailiwick.explanations.rules import settled
from bailiwick.explanations.supposed import Supposed, of_claims, suppose
from bailiwick.iam import iam
from bailiwick.operations import ContextValue, Deferred, Operation, Target, acts_on, operation
from bailiwick.policy import EMPTY_SET, Layers, PolicyType, Principal, RequestContext
from bailiwick.policy import PrincipalKind as Asking
from bailiwick.store.transaction import Transaction
from bailiwick.sts import bailiwick, sts
from bailiwick.sts.mfa import KEYS_OF_A_CODE
from bailiwick.trail import events

_MOST_CONTEXT: Final = 64 * 1024
_ACTION: Final = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+", re.ASCII)


@acts_on("request*")
async def _request(call: Call, tx: Transaction) -> Target:
    """The request to explain, with the keys by which policies can tell whose it is."""
    arn = f"arn:aws:bailiwick::{call.account}:request/{call['RequestId']}"
    event = await events.find(tx, call.account, call["RequestId"])
    if event is None:
        return Target(arn=arn)
    keys = {
        "bailiwick:PrincipalArn": recorded.principal_arn_of(event),
        "bailiwick:UserId": event["userIdentity"]["principalId"],
    }
    return Target(arn=arn, keys=keys)


@operation(
    bailiwick,
    "ExplainRequest",
    resource=_request,
    target_keys=["bailiwick:PrincipalArn", "bailiwick:UserId"],
    reads=True,
)
async def explain_request(call: Call, tx: Transaction) -> Deferred:
    """What was decided about a request of the account, and what would be today, by its policies as they are now.

    A denial is decided again on the condition keys it was decided on then; what was allowed keeps none, so it is only
    told.

    Raises:
        NoSuchEntity: the account has no such request, or its event is not written yet.
    """
    event = await events.find(tx, call.account, call["RequestId"])
    if event is None:
        raise NoSuchEntity.request(call["RequestId"])
    decisions = recorded.decisions_of(event)
    notes = _notes_on(event, decisions)
    questions: list[Question | None] = [None] * len(decisions)
    if recorded.is_vouched(event):
        identity = Principal(Asking.FEDERATED, call.account, recorded.principal_arn_of(event))
        questions = [None if made.is_allowed else await _trusted_again(call, tx, identity, made) for made in decisions]
    elif not all(made.is_allowed for made in decisions):
        try:
            caller = await of_claims(call, tx, recorded.authenticated_of(call, event))
        except NoSuchEntity:
            notes.append("Who made the request is not there any more: it could not be made again.")
        else:
            questions = [None if made.is_allowed else await _asked_again(call, tx, caller, made) for made in decisions]
    return Deferred(
        lambda: {
            **_told_of(event),
            "Decisions": [_decision(made, asked) for made, asked in zip(decisions, questions, strict=True)],
            "Notes": notes,
        }
    )


@acts_on("user", "role")
async def _principal(call: Call, tx: Transaction) -> Target:
    """Whose access it is, with its tags; the same for a name that nobody has."""
    return await supposed.holder(call, tx, call["PrincipalArn"])


@operation(bailiwick, "ExplainAccess", resource=_principal, reads=True)
async def explain_access(call: Call, tx: Transaction) -> Deferred:
    """Whether a principal of the account may do something, and why, without its doing it.

    Raises:
        InvalidInput: a parameter is not of its form, a policy given is malformed, or a condition key is given twice.
        NoSuchEntity: there is no such principal.
    """
    arn, action = call["PrincipalArn"], call["Action"]
    if _ACTION.fullmatch(action) is None:
        raise InvalidInput.action(action)
    entries = _entries(call)
    resources.require_form(call["ResourceArn"])
    require_well_formed("SessionPolicy", call.get("SessionPolicy"), PolicyType.SESSION)
    resource = await resource_of(call, tx, action, call["ResourceArn"], call.get("ResourcePolicy"))
    caller = await suppose(call, tx, arn, call.get("SessionPolicy"))
    standing = caller_keys(caller.caller, caller.record)
    plain = asked_request(caller.caller, standing, action, resource.target, _offered(action, resource.target), call.now)
    asked = _question(caller, resource, _with(plain, entries))
    if resource.hides_trust:
        asked = _asking_truly(asked, plain, entries)
    told = {"PrincipalArn": caller.caller.arn, "Action": action, "ResourceArn": resource.target.arn}
    return Deferred(lambda: {**told, "Answer": answer(asked)})


async def _asked_again(call: Call, tx: Transaction, caller: Supposed, made: RecordedDecision) -> Question:
    """What was denied, as a question of today: the same keys, the policies as they are now."""
    assert made.keys is not None, "a denial keeps its keys"
    resource = await resource_of(call, tx, made.action, made.resource, None)
    owner = made.keys.get("aws:resourceaccount", call.account)
    keys = dict(made.keys)
    if resource.hides_trust:
        # Its tags were not kept; they count all the same.
        for name, value in resource.target.tags.items():
            keys |= {prefix + name.lower(): value for prefix in resource.target.tag_keys}
    request = RequestContext(made.action, made.resource, caller.caller.principal, str(owner), keys)
    return _question(caller, resource, request, _omitted(made))


async def _trusted_again(call: Call, tx: Transaction, identity: Principal, made: RecordedDecision) -> Question:
    """What was denied to somebody whom a provider vouched for, as a question of today to the role's trust policy."""
    assert made.keys is not None, "a denial keeps its keys"
    resource = await resource_of(call, tx, made.action, made.resource, None)
    request = RequestContext(made.action, made.resource, identity, call.account, dict(made.keys))
    return Question(layers=Layers(identity=EMPTY_SET, trust=resource.trust), request=request, notes=_omitted(made))


def _omitted(made: RecordedDecision) -> tuple[str, ...]:
    """What to say of keys that were not kept."""
    if not made.omitted_keys:
        return ()
    shown = ", ".join(map(spelled, made.omitted_keys))
    return (f"These condition keys were too large to be kept and are missing here: {shown}.",)


def _question(caller: Supposed, resource: Resource, request: RequestContext, notes: tuple[str, ...] = ()) -> Question:
    layers: Layers = layers_of(caller.record, caller.limits, resource.trust)
    kind = caller.caller.kind
    is_own = request.resource_account == caller.caller.account
    return Question(
        layers=replace(layers, resource=resource.resource_policy),
        request=request,
        settled=settled(kind, request.action),
        hides_trust=resource.hides_trust,
        # The source identity of a session that assumes a role of its own account: see `sts.assume_role`.
        also_alone=is_own and kind is PrincipalKind.ROLE and request.action.lower() == "sts:setsourceidentity",
        notes=notes,
    )


def _with(request: RequestContext, entries: Mapping[str, ContextValue]) -> RequestContext:
    """The request with keys that take the place of its own; one without values is one that is not there."""
    keys = {**request.keys, **entries}
    return replace(request, keys={key: value for key, value in keys.items() if value != ()})


def _asking_truly(question: Question, plain: RequestContext, entries: Mapping[str, ContextValue]) -> Question:
    """A question whose trust policy is hidden, with that one asked on what the caller itself can send.

    Whoever could make up all else (an address, an organization) would find out from answers what it asks for.
    """
    declared = sts.find("AssumeRole")
    assert declared is not None, "it is there"
    sent = {key.lower() for key in declared.keys} | KEYS_OF_A_CODE.keys()
    counting = {key: value for key, value in entries.items() if key in sent or key.startswith("aws:requesttag/")}
    ignored = sorted(spelled(key) for key in entries if key not in counting)
    told = f"The role's account is not asked about keys that only true requests have: {', '.join(ignored)}."
    notes = (*question.notes, told) if ignored else question.notes
    return replace(question, there=_with(plain, counting), notes=notes)


def _entries(call: Call) -> dict[str, ContextValue]:
    """The condition keys given: one text, or several; a key without values is one that is not there.

    Raises:
        InvalidInput: a key is given twice, or all are too long together.
    """
    entries: dict[str, ContextValue] = {}
    characters = 0
    for entry in call.structures("ContextEntries"):
        key, values = str(entry["Key"]), entry["Values"]
        assert isinstance(values, list), "Values is a list"
        characters += len(key) + sum(map(len, values))
        if characters > _MOST_CONTEXT:
            raise InvalidInput.long_context(_MOST_CONTEXT)
        if key.lower() in entries:
            raise InvalidInput.repeated_key(key)
        entries[key.lower()] = values[0] if len(values) == 1 else tuple(values)
    return entries


def _offered(action: str, target: Target) -> dict[str, ContextValue]:
    """What the operation of that action would tell policies of the resource."""
    declared = _declared(action)
    return {} if declared is None else offered_keys(target, declared.target_keys)


def _declared(action: str) -> Operation[Call, Transaction] | None:
    service, _, name = action.partition(":")
    for registry in (iam, sts, bailiwick):
        if registry.service == service.lower():
            names = {each.lower(): each for each in registry.names()}
            return registry.find(names.get(name.lower(), name))
    return None


def _notes_on(event: Json, decisions: list[RecordedDecision]) -> list[str]:
    if not decisions:
        return ["Nothing was decided about it: it needed no permission, or was refused before."]
    if all(made.is_allowed for made in decisions) and "errorCode" in event:
        return ["Policies allowed it; it failed for another reason."]
    return []


def _told_of(event: Json) -> dict[str, object]:
    """The model's members that tell of the request itself."""
    identity = event["userIdentity"]
    return {
        "RequestId": event["requestID"],
        "HappenedAt": recorded.happened_at(event),
        "PrincipalArn": recorded.principal_arn_of(event),
        "PrincipalId": identity["principalId"],
        "AccessKeyId": identity.get("accessKeyId") or None,
        "SourceIpAddress": event["sourceIPAddress"],
        "Operation": f"{event['eventSource'].partition('.')[0]}:{event['eventName']}",
        "ErrorCode": event.get("errorCode"),
        "ErrorMessage": without_encoded_message(event["errorMessage"]) if "errorMessage" in event else None,
    }


def _decision(made: RecordedDecision, asked: Question | None) -> dict[str, object]:
    """The model's RecordedDecision."""
    shown: dict[str, object] = {
        "Action": made.action,
        "ResourceArn": made.resource,
        "Effect": "Allow" if made.is_allowed else "Deny",
        "Reason": made.reason,
        "Layer": made.layer,
        "PolicyName": made.policy,
        "StatementIndex": made.statement,
        "Sid": made.sid,
        "MissingKeys": [spelled(key) for key in made.missing_keys],
        "OmittedKeys": [spelled(key) for key in made.omitted_keys],
    }
    if made.keys is not None:
        shown["ContextEntries"] = [_entry(key, value) for key, value in sorted(made.keys.items())]
    if asked is not None:
        now = answer(asked)
        shown |= {"Now": now, "IsChanged": now["Effect"] != shown["Effect"]}
    return shown


def _entry(key: str, value: ContextValue) -> Mapping[str, Any]:
    return {"Key": spelled(key), "Values": [value] if isinstance(value, str) else list(value)}
