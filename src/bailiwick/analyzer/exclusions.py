"""Which of a principal's policies a simulation leaves out, to see what would be so without them.

Source: IAM API Reference, PolicyIdentifier and InlinePolicyIdentifierType.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bailiwick.analyzer.simulated_policies import SourceType
from bailiwick.policy import compile_glob


class ExclusionError(ValueError):
    """An identifier that cannot be one of a policy; the message says why."""


@dataclass(frozen=True, slots=True)
class HeldPolicy:
    """A policy that a principal holds, itself or through a group.

    An inline policy has the name of the user, group or role that it is embedded in, whose kind is `source_type`; a
    managed one has its ARN, and `source_type` tells whose it is.
    """

    name: str
    source_type: SourceType
    text: str
    owner_name: str | None = None
    arn: str | None = None
    is_boundary: bool = False

    @property
    def policy_id(self) -> str:
        """How the simulator calls it: a managed policy by its name, an inline one after its owner too."""
        return self.name if self.owner_name is None else f"{self.source_type}_{self.owner_name}_{self.name}"


@dataclass(frozen=True, slots=True)
class PolicyIdentifier:
    """The model's PolicyIdentifier: exactly one of the three, `inline` being the name of a policy, the kind of its
    owner and the owner's name."""

    policy_type: str | None = None
    arn: str | None = None
    inline: tuple[str, str, str] | None = None


Test = Callable[[HeldPolicy], bool]

_INLINE: Final = frozenset({SourceType.USER, SourceType.GROUP, SourceType.ROLE})
_MANAGED_ARN: Final = re.compile(r"arn:aws:iam::(?:aws|[0-9]{12}):policy/(?P<name>[A-Za-z0-9_+=,.@*?/-]+)")

_OF_TYPE: Final[Mapping[str, Test]] = {
    "inline": lambda held: not held.is_boundary and held.source_type in _INLINE,
    "aws-managed": lambda held: not held.is_boundary and held.source_type is SourceType.AWS_MANAGED,
    "user-managed": lambda held: not held.is_boundary and held.source_type is SourceType.USER_MANAGED,
    "permission-boundary": lambda held: held.is_boundary,
    # No policies that a principal holds.
    "scp": lambda held: False,
    "rcp": lambda held: False,
}


def exclusion(identifiers: Iterable[PolicyIdentifier]) -> Test:
    """A test for the policies that any of the identifiers means.

    Raises:
        ExclusionError: not exactly one of its members is given, an ARN is not one of a managed policy, or a wildcard
            stands where there can be none.
    """
    tests = [_test(identifier) for identifier in identifiers]
    return lambda held: any(test(held) for test in tests)


def _test(identifier: PolicyIdentifier) -> Test:
    match identifier:
        case PolicyIdentifier(policy_type=str(policy_type), arn=None, inline=None):
            return _OF_TYPE[policy_type]
        case PolicyIdentifier(policy_type=None, arn=str(arn), inline=None):
            return _of_arn(arn)
        case PolicyIdentifier(policy_type=None, arn=None, inline=(name, kind, owner)):
            return _of_inline(name, kind, owner)
    raise ExclusionError(
        "A policy identifier must have exactly one of PolicyType, PolicyArn and InlinePolicyIdentifier."
    )


def _of_arn(arn: str) -> Test:
    found = _MANAGED_ARN.fullmatch(arn)
    if found is None or _too_wild(found["name"]):
        raise ExclusionError(f"{arn} is not the ARN of a managed policy with at most one * in its name.")
    matches = compile_glob(arn)
    return lambda held: not held.is_boundary and held.arn is not None and matches(held.arn)


def _of_inline(name: str, kind: str, owner: str) -> Test:
    if _too_wild(owner):
        raise ExclusionError(f"The attachment name {owner} has more than one *.")
    matches = compile_glob(owner)

    def test(held: HeldPolicy) -> bool:
        if held.owner_name is None or held.source_type != kind:
            return False
        return held.name == name and matches(held.owner_name)

    return test


def _too_wild(pattern: str) -> bool:
    return pattern.count("*") > 1
