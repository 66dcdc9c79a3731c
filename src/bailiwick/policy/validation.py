"""What AWS checks when a policy is written, with AWS's messages.

Faults are looked for in the order: JSON and shape (in `parse`), Version and Id, Sids, elements, the strings (in
`element_strings`), and at last whom a trust policy trusts (in `shared_issuers`). AWS tells the first; `faults` gives
those that come after it, too.

Source: IAM User Guide, "Grammar of the IAM JSON policy language" and the pages of the elements; Organizations User
Guide, "SCP syntax" and "RCP syntax".
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, NoReturn

from bailiwick.policy.compiled import WITH_PRINCIPAL
from bailiwick.policy.document import (
    EVERYONE,
    SYNTAX_ERRORS,
    Effect,
    NotJsonError,
    PolicyDocument,
    PolicySyntaxError,
    PolicyType,
    Statement,
    parse,
)
from bailiwick.policy.element_strings import string_faults
from bailiwick.policy.positions import Steps, locate
from bailiwick.policy.shared_issuers import control_faults
from bailiwick.policy.shared_issuers import warnings as issuer_warnings

ORGANIZATIONS: Final = "The provided policy document does not meet the requirements of the specified policy type."
MAX_FAULTS: Final = 100
"""As many as somebody will read; it also bounds the work on a text that is nothing but faults."""

_OF_ORGANIZATIONS: Final = (PolicyType.SERVICE_CONTROL, PolicyType.RESOURCE_CONTROL)
_OF_RESOURCES: Final = (PolicyType.RESOURCE, PolicyType.VPC_ENDPOINT)
_WITH_ID: Final = (PolicyType.TRUST, *_OF_RESOURCES)
_NEEDS_NEW_VERSION: Final = (PolicyType.MANAGED, PolicyType.RESOURCE_CONTROL)

_SID: Final = re.compile(r"[0-9A-Za-z]*")


def check(text: str, policy_type: PolicyType) -> PolicyDocument:
    """Read a document and make sure that AWS would store it as a policy of this type.

    Raises:
        PolicySyntaxError: with AWS's message for the first fault, its place and its position. Organizations has one
            message for all faults of service and resource control policies; the cause is chained to it.
    """
    try:
        document = _parse(text, policy_type)
    except PolicySyntaxError as unreadable:
        _refuse(unreadable, policy_type)
    for fault in _faults(document, policy_type):
        _refuse(_located(fault, text), policy_type)
    return document


def validate(document: PolicyDocument, policy_type: PolicyType) -> None:
    """Like `check`, of a document that was read before; there is no text, so there are no positions.

    Raises:
        PolicySyntaxError: with AWS's message for the first fault, and its place.
    """
    for fault in _faults(document, policy_type):
        _refuse(fault, policy_type)


def faults(text: str, policy_type: PolicyType) -> tuple[PolicySyntaxError, ...]:
    """What keeps AWS from storing a text as a policy of this type, at most `MAX_FAULTS`; empty if nothing does.

    The first is the one that `check` raises, but in its own words for the policies of Organizations too. Each has its
    position. A text that is no JSON, or has not the shape of a policy, has that fault alone.
    """
    try:
        document = _parse(text, policy_type)
    except PolicySyntaxError as unreadable:
        return (unreadable,)
    return tuple(_located(fault, text) for fault in islice(_faults(document, policy_type), MAX_FAULTS))


def warnings(text: str, policy_type: PolicyType) -> tuple[PolicySyntaxError, ...]:
    """What AWS would store and nobody should want, each with its position, of a text that has no faults."""
    if policy_type is not PolicyType.TRUST:
        return ()
    return tuple(_located(warning, text) for warning in issuer_warnings(parse(text))[:MAX_FAULTS])


def _parse(text: str, policy_type: PolicyType) -> PolicyDocument:
    try:
        return parse(text)
    except NotJsonError as error:
        if policy_type is PolicyType.TRUST:
            raise NotJsonError("This policy contains invalid Json", error.place, error.position) from error
        raise


def _located(fault: PolicySyntaxError, text: str) -> PolicySyntaxError:
    fault.position = locate(text, fault.place)
    return fault


def _refuse(fault: PolicySyntaxError, policy_type: PolicyType) -> NoReturn:
    if policy_type in _OF_ORGANIZATIONS:
        raise PolicySyntaxError(ORGANIZATIONS, fault.place, fault.position) from fault
    raise fault


def _faults(document: PolicyDocument, policy_type: PolicyType) -> Iterator[PolicySyntaxError]:
    if policy_type in _NEEDS_NEW_VERSION and document.version != "2012-10-17":
        yield PolicySyntaxError("Policy document must be version 2012-10-17 or greater.", ("Version",))
    if document.id is not None and policy_type not in _WITH_ID:
        yield PolicySyntaxError(SYNTAX_ERRORS, ("Id",))
    yield from _sid_faults(document.statements, policy_type)
    for index, statement in enumerate(document.statements):
        yield from _element_faults(statement, ("Statement", index), policy_type)
    for index, statement in enumerate(document.statements):
        yield from string_faults(statement, ("Statement", index), policy_type)
    if policy_type is PolicyType.TRUST:
        for index, statement in enumerate(document.statements):
            yield from control_faults(statement, ("Statement", index))


def _sid_faults(statements: Sequence[Statement], policy_type: PolicyType) -> Iterator[PolicySyntaxError]:
    seen: set[str] = set()
    for index, statement in enumerate(statements):
        sid, place = statement.sid, ("Statement", index, "Sid")
        if not sid:
            continue
        if policy_type not in _OF_RESOURCES and not _SID.fullmatch(sid):
            yield PolicySyntaxError(
                "Statement IDs (SID) must be alpha-numeric. "
                "Check that your input satisfies the regular expression [0-9A-Za-z]*",
                place,
            )
        if sid in seen:
            yield PolicySyntaxError("Statement IDs (SID) in a single policy must be unique.", place)
        seen.add(sid)


def _element_faults(statement: Statement, place: Steps, policy_type: PolicyType) -> Iterator[PolicySyntaxError]:
    """Which elements are missing, and which may not be there."""
    if statement.effect is None:
        yield PolicySyntaxError("Missing required field Effect", place)
    yield from _principal_element_faults(statement, place, policy_type)
    if statement.action is not None and statement.not_action is not None:
        yield PolicySyntaxError(SYNTAX_ERRORS, (*place, "NotAction"))
    if not (statement.action or statement.not_action):
        yield PolicySyntaxError("Policy statement must contain actions.", place)
    if policy_type is PolicyType.TRUST:
        yield from _prohibited(place, Resource=statement.resource, NotResource=statement.not_resource)
    elif statement.resource is not None and statement.not_resource is not None:
        yield PolicySyntaxError(SYNTAX_ERRORS, (*place, "NotResource"))
    elif not (statement.resource or statement.not_resource):
        yield PolicySyntaxError("Policy statement must contain resources.", place)
    if policy_type is PolicyType.RESOURCE_CONTROL:
        yield from _resource_control_faults(statement, place)


def _principal_element_faults(
    statement: Statement, place: Steps, policy_type: PolicyType
) -> Iterator[PolicySyntaxError]:
    named, spared = statement.principal, statement.not_principal
    if policy_type not in WITH_PRINCIPAL:
        if named is not None or spared is not None:
            element = "Principal" if named is not None else "NotPrincipal"
            yield PolicySyntaxError("Policy document should not specify a principal.", (*place, element))
        return
    if policy_type not in _OF_RESOURCES:
        yield from _prohibited(place, NotPrincipal=spared)
    elif spared is not None and (named is not None or statement.effect is Effect.ALLOW):
        yield PolicySyntaxError(SYNTAX_ERRORS, (*place, "NotPrincipal"))
    block = named or spared
    if block is None or not any(values for _, values in block.members):
        yield PolicySyntaxError("Missing required field Principal", place)


def _resource_control_faults(statement: Statement, place: Steps) -> Iterator[PolicySyntaxError]:
    """In our words: Organizations has but one message."""
    if statement.effect is Effect.ALLOW:
        yield PolicySyntaxError("A resource control policy can only deny.", (*place, "Effect"))
    if statement.principal is not None and any(kind != EVERYONE for kind, _ in statement.principal.members):
        yield PolicySyntaxError('The Principal of a resource control policy is "*".', (*place, "Principal"))
    if statement.not_action is not None:
        yield PolicySyntaxError("A resource control policy has no NotAction.", (*place, "NotAction"))
    if "*" in (statement.action or ()):
        yield PolicySyntaxError("The actions of a resource control policy name a service.", (*place, "Action"))


def _prohibited(place: Steps, **found: object) -> Iterator[PolicySyntaxError]:
    for name, value in found.items():
        if value is not None:
            yield PolicySyntaxError(f"Has prohibited field {name}", (*place, name))
