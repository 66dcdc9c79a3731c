"""The context provider of an identity provider: how its tokens' subject and keys become a trusted context.

It is kept and shown as it was given. There is no IAM Identity Center here, so no instance of it can be associated, and
identity propagation is never enabled. Source: IAM API Reference, ContextProvider and UpdateOpenIDConnectProvider.
"""

import json
import re
from collections.abc import Mapping
from typing import Final

from bailiwick.access.call import Call
from bailiwick.iam.errors import InvalidInput

_KEY: Final = re.compile(r"[A-Za-z0-9_.:/=+\-@#]+(?: [A-Za-z0-9_.:/=+\-@#]+)*")
_KEY_RULE: Final = (
    "It can contain only ASCII letters, numbers, single spaces, and the following characters: _.:/=+-@#"
    " and must not start or end with a space."
)


def given(call: Call) -> str | None:
    """The call's ContextProvider as JSON, checked; None when it gives none.

    Raises:
        InvalidInput: it is not one that AWS would take, or an instance of Identity Center is named.
    """
    refuse_instance(call)
    provider = call.parameters.get("ContextProvider")
    if provider is None:
        return None
    assert isinstance(provider, Mapping), "ContextProvider is a structure"
    if provider.get("SubjectTypeValue") and "SubjectTypeSourceKey" in provider:
        raise InvalidInput("Specify either SubjectTypeValue or SubjectTypeSourceKey, but not both.")
    definitions = provider.get("KeyDefinitionList", [])
    assert isinstance(definitions, list), "KeyDefinitionList is a list"
    for place in (provider, *definitions):
        for name in ("SubjectSourceKey", "SubjectTypeSourceKey", "SourceKey", "TargetKey"):
            if name in place and not _KEY.fullmatch(place[name]):
                raise InvalidInput(f"The specified value for {name} is invalid. {_KEY_RULE}")
    return json.dumps(provider)


def updated(call: Call, held: str | None) -> str | None:
    """What an update makes of the context provider that is held, as JSON or None.

    Raises:
        InvalidInput: a value and its removal are asked for at once, or the value is not one that AWS would take.
    """
    for value, removal in (
        ("ContextProvider", "RemoveContextProvider"),
        ("IdentityCenterInstanceArn", "RemoveIdentityCenterInstance"),
    ):
        if value in call and call.flag(removal):
            raise InvalidInput(f"Specify either {value} or {removal}, but not both.")
    new = given(call)
    if call.flag("RemoveContextProvider"):
        return None
    return held if new is None else new


def changes_provider(call: Call) -> bool:
    """Whether an update asks for a change of the context provider."""
    return "ContextProvider" in call or bool(call.flag("RemoveContextProvider"))


def changes_instance(call: Call) -> bool:
    """Whether an update asks for a change of the association with Identity Center."""
    return "IdentityCenterInstanceArn" in call or bool(call.flag("RemoveIdentityCenterInstance"))


def refuse_instance(call: Call) -> None:
    """No instance of Identity Center can be found, because there is none.

    Raises:
        InvalidInput: the call names one.
    """
    if "IdentityCenterInstanceArn" in call:
        raise InvalidInput(f"The IAM Identity Center instance {call['IdentityCenterInstanceArn']} cannot be found.")


def as_output(held: str | None) -> dict[str, object]:
    """The member of a reply that shows it; none where none is configured."""
    return {} if held is None else {"ContextProvider": json.loads(held)}
