"""Which of a principal's policies an identifier means."""

import pytest

from bailiwick.analyzer import ExclusionError, HeldPolicy, PolicyIdentifier, SourceType, exclusion

A = "111111111111"
INLINE = HeldPolicy("p", SourceType.USER, "{}", owner_name="ana")
OF_GROUP = HeldPolicy("p", SourceType.GROUP, "{}", owner_name="dev-web")
OWN = HeldPolicy("read", SourceType.USER_MANAGED, "{}", arn=f"arn:aws:iam::{A}:policy/team/read")
OF_AWS = HeldPolicy("ReadOnly", SourceType.AWS_MANAGED, "{}", arn="arn:aws:iam::aws:policy/ReadOnly")
BOUNDARY = HeldPolicy("read", SourceType.USER_MANAGED, "{}", arn=f"arn:aws:iam::{A}:policy/team/read", is_boundary=True)
ALL = {"inline": INLINE, "of group": OF_GROUP, "own": OWN, "of AWS": OF_AWS, "boundary": BOUNDARY}


def meant(*identifiers: PolicyIdentifier) -> set[str]:
    test = exclusion(identifiers)
    return {name for name, held in ALL.items() if test(held)}


@pytest.mark.parametrize(
    ("identifier", "names"),
    [
        (PolicyIdentifier("inline"), {"inline", "of group"}),
        (PolicyIdentifier("aws-managed"), {"of AWS"}),
        (PolicyIdentifier("user-managed"), {"own"}),
        (PolicyIdentifier("permission-boundary"), {"boundary"}),
        (PolicyIdentifier("scp"), set()),
        (PolicyIdentifier("rcp"), set()),
        (PolicyIdentifier(arn=f"arn:aws:iam::{A}:policy/team/read"), {"own"}),
        (PolicyIdentifier(arn=f"arn:aws:iam::{A}:policy/read"), set()),
        (PolicyIdentifier(arn=f"arn:aws:iam::{A}:policy/*"), {"own"}),
        (PolicyIdentifier(arn="arn:aws:iam::aws:policy/Read????"), {"of AWS"}),
        (PolicyIdentifier(arn="arn:aws:iam::aws:policy/Read???"), set()),
        (PolicyIdentifier(inline=("p", "user", "ana")), {"inline"}),
        (PolicyIdentifier(inline=("p", "group", "ana")), set()),
        (PolicyIdentifier(inline=("other", "user", "ana")), set()),
        (PolicyIdentifier(inline=("p", "group", "dev-*")), {"of group"}),
        (PolicyIdentifier(inline=("p", "group", "dev-???")), {"of group"}),
        (PolicyIdentifier(inline=("read", "role", "*")), set()),
    ],
)
def test_an_identifier_means_the_policies_of_its_kind(identifier: PolicyIdentifier, names: set[str]) -> None:
    assert meant(identifier) == names


def test_several_identifiers_add_up_and_none_means_nothing() -> None:
    assert meant(PolicyIdentifier("inline"), PolicyIdentifier("aws-managed")) == {"inline", "of group", "of AWS"}
    assert meant() == set()


@pytest.mark.parametrize(
    "identifier",
    [
        PolicyIdentifier(),
        PolicyIdentifier("inline", arn="arn:aws:iam::aws:policy/ReadOnly"),
        PolicyIdentifier("inline", inline=("p", "user", "ana")),
        PolicyIdentifier(arn="arn:aws:iam::aws:policy/*Read*"),
        PolicyIdentifier(arn="arn:aws:iam::*:policy/Read"),
        PolicyIdentifier(arn="arn:aws:iam::aws:user/ana"),
        PolicyIdentifier(arn="not-an-arn-but-long-enough"),
        PolicyIdentifier(inline=("p", "user", "*a*")),
    ],
)
def test_what_can_be_no_identifier_is_refused(identifier: PolicyIdentifier) -> None:
    with pytest.raises(ExclusionError):
        exclusion([identifier])


@pytest.mark.parametrize(
    ("held", "policy_id"), [(INLINE, "user_ana_p"), (OF_GROUP, "group_dev-web_p"), (OWN, "read"), (OF_AWS, "ReadOnly")]
)
def test_a_policy_is_called_by_its_owner_and_name(held: HeldPolicy, policy_id: str) -> None:
    assert held.policy_id == policy_id
