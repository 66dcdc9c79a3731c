"""What is asked of the simulator, read from a call and checked as far as no policy need be read for it.

Source: IAM API Reference, SimulateCustomPolicy and SimulatePrincipalPolicy; texts in quotes of real replies where
such are known.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bailiwick.access.call import Call
from bailiwick.analyzer import (
    ANYTHING,
    RESOURCES_NEEDED,
    ContextEntry,
    ContextEntryError,
    PolicyIdentifier,
    context_keys,
    missing_kinds,
)
from bailiwick.iam.errors import InvalidInput
from bailiwick.iam.identities import Identity
from bailiwick.operations import ContextValue
from bailiwick.policy import ArnSyntaxError, parse_arn

MOST_RESOURCES = 1_000
"""Resources that one request may ask about; an action's result holds them all."""

MOST_CHARACTERS = 16 * 131_072
"""What the policies of one request may hold together: sixteen of the largest."""

_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9_-]+")
_ACCOUNT_ROOT = re.compile(r"arn:aws:iam::([0-9]{12}):root")
_ACCOUNT = re.compile(r"[0-9]{12}")
_ROLE = re.compile(r"arn:aws:iam::[0-9]{12}:role/.+")


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a simulation.

    `policies`, `boundary`, `levels` (of SCPs, root first) and `resource_policy` are texts, not read yet. `resources`
    has at least one. `owner` is an account id.
    """

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    policies: tuple[str, ...]
    boundary: str | None
    levels: tuple[tuple[str, ...], ...]
    resource_policy: str | None
    owner: str | None
    caller: Identity | None
    keys: Mapping[str, ContextValue]
    exclusions: tuple[PolicyIdentifier, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """All policies that came with the request."""
        single = tuple(text for text in (self.boundary, self.resource_policy) if text is not None)
        return (*self.policies, *(text for level in self.levels for text in level), *single)


def read(call: Call) -> Asked:
    """The parameters of a call of either simulator.

    Raises:
        InvalidInput: an action, resource, owner, caller, context entry or handling option cannot be used.
    """
    resource_policy, resources = call.get("ResourcePolicy"), _resources(call)
    if resource_policy is not None and any(map(is_role, resources)) and not all(map(is_role, resources)):
        raise InvalidInput("The ResourcePolicy must be applicable to all of the resources: a role has a trust policy.")
    _check_handling(call, resources)
    caller_arn = call.get("CallerArn")
    asked = Asked(
        actions=_actions(call),
        resources=resources,
        policies=call.texts("PolicyInputList"),
        boundary=_boundary(call),
        levels=tuple(map(_level, call.structures("OrderedOrganizationPolicyInputList"))),
        resource_policy=resource_policy,
        owner=_owner(call),
        caller=None if caller_arn is None else Identity.of(caller_arn),
        keys=_keys(call),
        exclusions=tuple(map(_identifier, call.structures("PolicyExclusionList"))),
    )
    check_size(asked.texts)
    return asked


def check_size(texts: Sequence[str]) -> None:
    """Make sure that the policies of a request are not too much to read.

    Raises:
        InvalidInput: they are.
    """
    if sum(map(len, texts)) > MOST_CHARACTERS:
        raise InvalidInput(f"The policies of one request can hold no more than {MOST_CHARACTERS} characters together.")


def is_role(resource: str) -> bool:
    """Whether the ARN is a role's, whose resource policy is its trust policy."""
    return _ROLE.fullmatch(resource) is not None


def _actions(call: Call) -> tuple[str, ...]:
    actions = call.texts("ActionNames")
    wrong = [action for action in actions if not _ACTION.fullmatch(action)]
    if wrong:
        raise InvalidInput(
            f"Invalid Input Actions: [{', '.join(wrong)}]. "
            "Each must be a service prefix and an action, such as iam:CreateUser, without wildcards."
        )
    return actions


def _resources(call: Call) -> tuple[str, ...]:
    resources = tuple(dict.fromkeys(call.texts("ResourceArns")))
    if len(resources) > MOST_RESOURCES:
        raise InvalidInput(f"No more than {MOST_RESOURCES} resources can be simulated at once.")
    wrong = [resource for resource in resources if resource != ANYTHING and not _is_arn(resource)]
    if wrong:
        raise InvalidInput(f"ResourceNames are not in a valid ARN format: {', '.join(wrong)}.")
    return resources or (ANYTHING,)


def _is_arn(text: str) -> bool:
    try:
        parse_arn(text)
    except ArnSyntaxError:
        return False
    return True


def _check_handling(call: Call, resources: Sequence[str]) -> None:
    option = call.get("ResourceHandlingOption")
    if option is None:
        return
    if option not in RESOURCES_NEEDED:
        raise InvalidInput(f"{option} is not a valid ResourceHandlingOption: use one of {', '.join(RESOURCES_NEEDED)}.")
    missing = missing_kinds(option, resources)
    if missing:
        raise InvalidInput(f"The ResourceHandlingOption {option} needs resources of these types: {', '.join(missing)}.")


def _boundary(call: Call) -> str | None:
    given = call.texts("PermissionsBoundaryPolicyInputList")
    if len(given) > 1:
        raise InvalidInput("Only one policy can be given in PermissionsBoundaryPolicyInputList.")
    return given[0] if given else None


def _level(level: Mapping[str, object]) -> tuple[str, ...]:
    policies = level.get("ServiceControlPolicyInputList", [])
    assert isinstance(policies, list), "the model has a list here"
    return tuple(map(str, policies))


def _owner(call: Call) -> str | None:
    text = call.get("ResourceOwner")
    if text is None:
        return None
    if root := _ACCOUNT_ROOT.fullmatch(text):
        return root[1]
    # Only SimulatePrincipalPolicy's documentation says that this is an account id.
    if "PolicySourceArn" in call and _ACCOUNT.fullmatch(text):
        return text
    raise InvalidInput(f"'{text}' is not a valid as a Resource Owner.")


def _keys(call: Call) -> Mapping[str, ContextValue]:
    try:
        return context_keys(map(_entry, call.structures("ContextEntries")))
    except ContextEntryError as error:
        raise InvalidInput(str(error)) from error


def _entry(entry: Mapping[str, object]) -> ContextEntry:
    name, key_type, values = entry.get("ContextKeyName"), entry.get("ContextKeyType"), entry.get("ContextKeyValues")
    if not isinstance(name, str) or not isinstance(key_type, str):
        raise ContextEntryError("A context entry must have a ContextKeyName and a ContextKeyType.")
    return ContextEntry(name, tuple(map(str, values)) if isinstance(values, list) else (), key_type)


def _identifier(given: Mapping[str, object]) -> PolicyIdentifier:
    inline = given.get("InlinePolicyIdentifier")
    members = (given.get("PolicyType"), given.get("PolicyArn"))
    policy_type, arn = (None if member is None else str(member) for member in members)
    if not isinstance(inline, Mapping):
        return PolicyIdentifier(policy_type, arn)
    name, kind, owner = (str(inline[member]) for member in ("PolicyName", "AttachmentType", "AttachmentName"))
    return PolicyIdentifier(policy_type, arn, (name, kind, owner))
