"""The condition keys of a policy, in the spelling and order of its text."""

import json

from bailiwick.analyzer import names_of
from bailiwick.policy import PolicySource, PolicyType, compile_policy

SOURCE = PolicySource(PolicyType.INLINE, "p")


def names(*statements: object, version: str = "2012-10-17") -> tuple[str, ...]:
    return names_of(compile_policy(json.dumps({"Version": version, "Statement": list(statements)}), SOURCE))


def allow(resource: object = "*", condition: object | None = None, **more: object) -> dict[str, object]:
    made: dict[str, object] = {"Effect": "Allow", "Action": "s3:*", "Resource": resource, **more}
    return made if condition is None else {**made, "Condition": condition}


def test_keys_of_variables_come_first_and_those_of_conditions_behind_them() -> None:
    condition = {"DateGreaterThan": {"aws:CurrentTime": "2015-08-16T12:00:00Z"}}

    assert names(allow("arn:aws:s3:::${aws:username}", condition)) == ("aws:username", "aws:CurrentTime")


def test_a_key_in_several_spellings_is_told_once_in_the_first() -> None:
    first = {"StringEquals": {"aws:PrincipalTag/Team": "a"}}
    second = {"StringEquals": {"AWS:principaltag/team": "a"}}

    assert names(allow(condition=first), allow(condition=second)) == ("aws:PrincipalTag/Team",)


def test_variables_in_values_count_with_and_without_default() -> None:
    condition = {"StringLike": {"s3:Prefix": ["home/${aws:UserName}/*", "${aws:PrincipalTag/team, 'all'}/*"]}}

    assert names(allow(condition=condition)) == ("s3:Prefix", "aws:UserName", "aws:PrincipalTag/team")


def test_variables_of_resources_that_are_left_out_count() -> None:
    statement = allow(NotResource="arn:aws:s3:::${aws:userid}/*")
    del statement["Resource"]

    assert names(statement) == ("aws:userid",)


def test_what_only_looks_like_a_variable_is_no_key() -> None:
    assert names(allow("arn:aws:s3:::b/${*}${ aws:username}")) == ()
    assert names(allow("arn:aws:s3:::b/${aws:username}"), version="2008-10-17") == ()
    assert names(allow(condition={"NumericEquals": {"s3:max-keys": "${aws:x}"}})) == ("s3:max-keys",)


def test_a_policy_that_cannot_be_read_has_no_keys() -> None:
    assert names_of(compile_policy("{", SOURCE)) == ()
