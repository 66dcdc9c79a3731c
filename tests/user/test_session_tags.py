"""Session tags and source identities: who may set them, what they decide, and how they travel along a chain."""

import functools
from typing import Any

import pytest

from tests.user.client import Aws
from tests.user.refusals import refused
from tests.user.sessions import SESSION_RIGHTS, allowing, assume, root_of, trusting, using

BOTH = ("sts:AssumeRole", "sts:TagSession")

open_to = functools.partial(trusting, actions=SESSION_RIGHTS)
"""A trust policy that lets its principals set tags and a source identity too."""


def allow_list_users_if(aws: Aws, role_name: str, **condition: object) -> None:
    """Let the role list users under a condition: a way to ask what a session's condition keys are."""
    aws.admin("iam").put_role_policy(
        RoleName=role_name, PolicyName="probe", PolicyDocument=allowing("iam:ListUsers", **condition)
    )


# Tags


def test_tags_need_a_right_of_their_own(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=trusting(ana.arn, actions="sts:AssumeRole"))

    assume(ana.client("sts"), role.arn)
    with refused(
        "AccessDenied", f"User: {ana.arn} is not authorized to perform: sts:TagSession on resource: {role.arn}"
    ):
        assume(ana.client("sts"), role.arn, {"team": "blue"})


def test_the_callers_own_side_must_allow_tags_too_where_the_account_is_trusted(aws: Aws) -> None:
    role = aws.role("deploy", trust=open_to(root_of(aws)))
    ana, ben = aws.user("ana", allow=["sts:AssumeRole"]), aws.user("ben", allow=BOTH)

    assume(ben.client("sts"), role.arn, {"team": "blue"})
    with refused("AccessDenied", having="sts:TagSession"):
        assume(ana.client("sts"), role.arn, {"team": "blue"})


def test_a_session_tag_is_a_principal_tag_of_the_session(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=open_to(ana.arn))
    allow_list_users_if(aws, "deploy", StringEquals={"aws:PrincipalTag/team": "blue"})

    using(aws, assume(ana.client("sts"), role.arn, {"Team": "blue"}), "iam").list_users()
    for tags in (None, {"team": "Blue"}, {"teams": "blue"}):
        with refused("AccessDenied"):
            using(aws, assume(ana.client("sts"), role.arn, tags), "iam").list_users()


def test_a_session_tag_beats_the_roles_tag_of_the_same_key_in_any_case(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=open_to(ana.arn))
    aws.admin("iam").tag_role(RoleName="deploy", Tags=[{"Key": "Team", "Value": "blue"}])
    allow_list_users_if(aws, "deploy", StringEquals={"aws:PrincipalTag/Team": "blue"})

    using(aws, assume(ana.client("sts"), role.arn), "iam").list_users()
    with refused("AccessDenied"):
        using(aws, assume(ana.client("sts"), role.arn, {"tEAM": "red"}), "iam").list_users()


def test_a_trust_policy_sees_the_tags_passed_and_the_roles_own(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role(
        "deploy",
        trust=open_to(
            ana.arn,
            StringEquals={"aws:RequestTag/team": "${aws:ResourceTag/team}"},
            **{"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}},
        ),
    )
    aws.admin("iam").tag_role(RoleName="deploy", Tags=[{"Key": "team", "Value": "blue"}])

    assume(ana.client("sts"), role.arn, {"team": "blue"})
    for tags in ({"team": "red"}, {"team": "blue", "stage": "test"}, None):
        with refused("AccessDenied"):
            assume(ana.client("sts"), role.arn, tags)


def test_a_trust_policy_sees_which_keys_are_made_transitive(aws: Aws) -> None:
    ana = aws.user("ana")
    trust = open_to(ana.arn, **{"ForAnyValue:StringEquals": {"sts:TransitiveTagKeys": "team"}})
    role = aws.role("deploy", trust=trust)

    assume(ana.client("sts"), role.arn, {"team": "blue"}, TransitiveTagKeys=["team"])
    with refused("AccessDenied"):
        assume(ana.client("sts"), role.arn, {"team": "blue"})


def test_only_transitive_tags_travel_along_a_chain(aws: Aws) -> None:
    ana = aws.user("ana")
    first = aws.role("first", trust=open_to(ana.arn), allow=SESSION_RIGHTS)
    second = aws.role("second", trust=open_to(root_of(aws)))
    sts = using(
        aws, assume(ana.client("sts"), first.arn, {"team": "blue", "stage": "test"}, TransitiveTagKeys=["TEAM"]), "sts"
    )

    chained = using(aws, assume(sts, second.arn), "iam")

    allow_list_users_if(aws, "second", StringEquals={"aws:PrincipalTag/team": "blue"})
    chained.list_users()
    allow_list_users_if(aws, "second", Null={"aws:PrincipalTag/stage": "false"})
    with refused("AccessDenied"):
        chained.list_users()


def test_a_transitive_tag_beats_the_tag_of_the_next_role_but_not_while_it_is_being_assumed(aws: Aws) -> None:
    ana = aws.user("ana")
    first = aws.role("first", trust=open_to(ana.arn), allow=SESSION_RIGHTS)
    second = aws.role("second", trust=open_to(root_of(aws), StringEquals={"aws:ResourceTag/team": "red"}))
    aws.admin("iam").tag_role(RoleName="second", Tags=[{"Key": "team", "Value": "red"}])
    allow_list_users_if(aws, "second", StringEquals={"aws:PrincipalTag/team": "blue"})
    sts = using(aws, assume(ana.client("sts"), first.arn, {"team": "blue"}, TransitiveTagKeys=["team"]), "sts")

    using(aws, assume(sts, second.arn), "iam").list_users()


def test_a_transitive_tag_cannot_be_changed_on_the_way(aws: Aws) -> None:
    ana = aws.user("ana")
    first = aws.role("first", trust=open_to(ana.arn), allow=SESSION_RIGHTS)
    second = aws.role("second", trust=open_to(root_of(aws)), allow=SESSION_RIGHTS)
    third = aws.role("third", trust=open_to(root_of(aws)))
    sts = using(aws, assume(ana.client("sts"), first.arn, {"team": "blue"}, TransitiveTagKeys=["team"]), "sts")
    further = using(aws, assume(sts, second.arn, {"stage": "test"}), "sts")

    for session, role in ((sts, second), (further, third)):
        with refused("InvalidParameterValue", having="conflicts with a transitive tag key from the calling session"):
            assume(session, role.arn, {"Team": "red"})


def test_inherited_tags_need_the_right_to_tag_at_the_next_role(aws: Aws) -> None:
    ana = aws.user("ana")
    first = aws.role("first", trust=open_to(ana.arn), allow=SESSION_RIGHTS)
    second = aws.role("second", trust=trusting(root_of(aws), actions="sts:AssumeRole"))
    sts = ana.client("sts")
    plain = using(aws, assume(sts, first.arn), "sts")
    tagged = using(aws, assume(sts, first.arn, {"team": "blue"}, TransitiveTagKeys=["team"]), "sts")

    assume(plain, second.arn)
    with refused("AccessDenied", having="sts:TagSession"):
        assume(tagged, second.arn)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]}, "Duplicate tag keys found."),
        ({"Tags": [{"Key": "aws:team", "Value": "1"}]}, "reserved prefix aws:"),
        ({"TransitiveTagKeys": ["team"]}, "transitive tag key must be included in the requested tags"),
    ],
)
def test_tags_that_cannot_be_set_are_refused(aws: Aws, parameters: dict[str, Any], words: str) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=open_to(ana.arn))

    with refused("InvalidParameterValue", having=words):
        assume(ana.client("sts"), role.arn, **parameters)


def test_fifty_tags_are_taken_and_fifty_one_are_not(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=open_to(ana.arn))

    issued = assume(ana.client("sts"), role.arn, {f"key{number}": "value" for number in range(50)})

    assert 0 < issued["PackedPolicySize"] <= 100
    with refused("ValidationError", having="at 'tags' failed to satisfy constraint"):
        assume(ana.client("sts"), role.arn, {f"key{number}": "value" for number in range(51)})


def test_tags_that_do_not_fit_into_a_token_are_too_large_together(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=open_to(ana.arn))
    # Each within its limit, and nothing in them that repeats.
    letters = [chr(code) for code in range(0x4E00, 0x4E00 + 50 * 250)]
    tags = {f"key{number}": "".join(letters[number * 250 : (number + 1) * 250]) for number in range(50)}

    with refused("PackedPolicyTooLarge", having="more than the maximum of 4096 bytes"):
        assume(ana.client("sts"), role.arn, tags)


# Source identities


def test_a_source_identity_needs_a_right_of_its_own(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=trusting(ana.arn, actions="sts:AssumeRole"))

    with refused(
        "AccessDenied", f"User: {ana.arn} is not authorized to perform: sts:SetSourceIdentity on resource: {role.arn}"
    ):
        assume(ana.client("sts"), role.arn, SourceIdentity="ana")


def test_a_source_identity_is_a_condition_key_of_the_session_and_of_its_chain(aws: Aws) -> None:
    ana = aws.user("ana")
    first = aws.role("first", trust=open_to(ana.arn), allow=SESSION_RIGHTS)
    second = aws.role("second", trust=open_to(root_of(aws)))
    allow_list_users_if(aws, "second", StringEquals={"aws:SourceIdentity": "ana"})

    issued = assume(ana.client("sts"), first.arn, SourceIdentity="ana")
    chained = assume(using(aws, issued, "sts"), second.arn)

    assert issued["SourceIdentity"] == chained["SourceIdentity"] == "ana"
    using(aws, chained, "iam").list_users()


def test_a_source_identity_cannot_be_changed_on_the_way(aws: Aws) -> None:
    ana = aws.user("ana")
    first = aws.role("first", trust=open_to(ana.arn), allow=SESSION_RIGHTS)
    second = aws.role("second", trust=open_to(root_of(aws)))
    sts = using(aws, assume(ana.client("sts"), first.arn, SourceIdentity="ana"), "sts")

    assume(sts, second.arn, SourceIdentity="ana")
    with refused("AccessDenied", having="sts:SetSourceIdentity"):
        assume(sts, second.arn, SourceIdentity="ben")


def test_an_inherited_source_identity_needs_the_right_at_the_next_role(aws: Aws) -> None:
    ana = aws.user("ana")
    first = aws.role("first", trust=open_to(ana.arn), allow=SESSION_RIGHTS)
    second = aws.role("second", trust=trusting(root_of(aws), actions=BOTH))
    sts = using(aws, assume(ana.client("sts"), first.arn, SourceIdentity="ana"), "sts")

    with refused("AccessDenied", having="sts:SetSourceIdentity"):
        assume(sts, second.arn)


def test_along_a_chain_a_source_identity_must_be_allowed_on_both_sides_even_where_the_role_is_trusted_by_name(
    aws: Aws,
) -> None:
    ana = aws.user("ana")
    first = aws.role("first", trust=open_to(ana.arn))
    session = f"arn:aws:sts::{aws.account_id}:assumed-role/first/work"
    by_role, by_session = aws.role("second", trust=open_to(first.arn)), aws.role("third", trust=open_to(session))
    sts = using(aws, assume(ana.client("sts"), first.arn), "sts")
    named = using(aws, assume(ana.client("sts"), first.arn, SourceIdentity="ana"), "sts")

    for role in (by_role, by_session):
        assume(sts, role.arn)  # to be trusted by name is enough without a source identity
        with refused("AccessDenied", having="sts:SetSourceIdentity"):
            assume(named, role.arn)
        with refused("AccessDenied", having="sts:SetSourceIdentity"):
            assume(sts, role.arn, SourceIdentity="ana")

    aws.admin("iam").put_role_policy(
        RoleName="first", PolicyName="set", PolicyDocument=allowing("sts:SetSourceIdentity")
    )
    for role in (by_role, by_session):
        assert assume(named, role.arn)["SourceIdentity"] == "ana"


def test_a_trust_policy_can_demand_a_source_identity(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=open_to(ana.arn, StringEquals={"sts:SourceIdentity": "${aws:username}"}))

    assume(ana.client("sts"), role.arn, SourceIdentity="ana")
    others: list[dict[str, Any]] = [{}, {"SourceIdentity": "ben"}]
    for sent in others:
        with refused("AccessDenied"):
            assume(ana.client("sts"), role.arn, **sent)
