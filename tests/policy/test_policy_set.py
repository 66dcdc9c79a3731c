import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.policy import EMPTY_SET, CompiledPolicy, Effect, PolicySet, PolicySource, PolicyType, compile_policy


def policy(name: str, *statements: dict[str, object]) -> CompiledPolicy:
    text = json.dumps({"Version": "2012-10-17", "Statement": [{"Resource": "*"} | each for each in statements]})
    compiled = compile_policy(text, PolicySource(PolicyType.INLINE, name))
    assert compiled.fault is None
    return compiled


def allow(action: object, **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action} | more


def deny(action: object, **more: object) -> dict[str, object]:
    return {"Effect": "Deny", "Action": action} | more


def places(policies: PolicySet, action: str, effect: Effect, resource: str = "*") -> list[tuple[str, int]]:
    candidates = policies.candidates(action)
    found = candidates.allows(resource) if effect is Effect.ALLOW else candidates.denies(resource)
    return [(statement.id.source.name, statement.id.index) for statement in found]


def test_an_action_finds_the_statements_that_cover_it_in_order() -> None:
    policies = PolicySet.of(
        [
            policy("p", allow("s3:GetObject"), allow("iam:*"), deny("S3:Get*"), allow("s3:Put*")),
            policy("q", allow("*"), {"Effect": "Allow", "NotAction": "iam:*"}, deny(["s3:*", "s3:getobject", "*"])),
            policy("r", deny("y:*"), allow("s?:getobject"), allow("*:get*"), allow(["s3:GetObject"] * 2)),
        ]
    )

    assert places(policies, "s3:getobject", Effect.ALLOW) == [
        ("p", 0),
        ("q", 0),
        ("q", 1),
        ("r", 1),
        ("r", 2),
        ("r", 3),
    ]
    assert places(policies, "s3:getobject", Effect.DENY) == [("p", 2), ("q", 2)]
    assert places(policies, "iam:getuser", Effect.ALLOW) == [("p", 1), ("q", 0), ("r", 2)]
    assert places(policies, "y:z", Effect.DENY) == [("q", 2), ("r", 0)]
    assert places(policies, "s3:getobject", Effect.ALLOW) == [
        ("p", 0),
        ("q", 0),
        ("q", 1),
        ("r", 1),
        ("r", 2),
        ("r", 3),
    ]


def test_an_action_without_a_vendor_matches_only_itself() -> None:
    policies = PolicySet.of([policy("p", allow("star"), allow("st*"), allow("s3:*"))])

    assert places(policies, "star", Effect.ALLOW) == [("p", 0), ("p", 1)]
    assert places(policies, "s3:star", Effect.ALLOW) == [("p", 2)]


def test_an_action_that_nothing_covers_finds_nothing() -> None:
    candidates = EMPTY_SET.candidates("s3:getobject")

    assert not list(candidates.allows("*"))
    assert not list(candidates.denies("*"))
    assert candidates.keys == frozenset()
    assert candidates.statements == ()
    assert EMPTY_SET.sources == ()


def test_candidates_know_the_keys_of_their_statements_only() -> None:
    policies = PolicySet.of(
        [
            policy("p", allow("s3:*", Condition={"Bool": {"A:B": "true"}})),
            policy(
                "q", deny("iam:*", Condition={"Bool": {"C:D": "true"}}), allow("s3:x", Resource="arn:aws:s3:::${E:F}")
            ),
        ]
    )

    assert policies.candidates("s3:x").keys == {"a:b", "e:f"}
    assert policies.candidates("s3:y").keys == {"a:b"}
    assert policies.condition_keys == {"a:b", "c:d", "e:f"}
    assert [source.name for source in policies.sources] == ["p", "q"]


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("aws:resourcetag/", True),
        ("aws:resourcetag/team", True),
        ("aws:resourcetag/teams", False),
        ("aws:requesttag/", False),
        ("", True),
        ("s3:", True),
        ("z", False),
        ("aws:r", True),
        ("a", True),
    ],
)
def test_a_set_tells_whether_any_key_with_a_prefix_is_asked_for(prefix: str, expected: bool) -> None:
    conditions = {"StringEquals": {"aws:ResourceTag/Team": "x", "s3:prefix": "${aws:username}"}}
    policies = PolicySet.of([policy("p", allow("*", Condition=conditions))])

    assert policies.asks_for(prefix) is expected
    assert not EMPTY_SET.asks_for(prefix)


def test_many_actions_do_not_fill_the_memory() -> None:
    policies = PolicySet.of([policy("p", allow("s3:*"))])

    for number in range(1_000):
        assert places(policies, f"s3:get{number}", Effect.ALLOW) == [("p", 0)]
        assert len(policies._remembered) <= 128
    assert policies.candidates("s3:get999") is policies.candidates("s3:get999")


RESOURCES = st.sampled_from(
    [
        "*",
        "arn:aws:s3:::*",
        "arn:aws:s3:::a",
        "arn:aws:s3:::a*",
        "arn:aws:s3:::ab/*",
        "arn:aws:s3:::${k:v}",
        "arn:aws:s3:::?b*",
    ]
)
STATEMENTS = st.lists(
    st.tuples(st.sampled_from(["Allow", "Deny"]), st.lists(RESOURCES, min_size=1, max_size=3), st.booleans()),
    max_size=40,
)


@given(STATEMENTS, st.sampled_from(["*", "arn:aws:s3:::a", "arn:aws:s3:::ab/c", "arn:aws:s3:::zb", "arn:", ""]))
def test_however_many_statements_those_that_cover_the_resource_are_found_in_order(
    statements: list[tuple[str, list[str], bool]], resource: str
) -> None:
    documents = [
        {"Effect": effect, "Action": "s3:x", ("NotResource" if negated else "Resource"): patterns}
        for effect, patterns, negated in statements
    ]
    compiled = compile_policy(
        json.dumps({"Version": "2012-10-17", "Statement": documents or [allow("y:y", Resource="*")]}),
        PolicySource(PolicyType.INLINE, "p"),
    )
    policies = PolicySet.of([compiled])
    keys = {"k:v": "a"}

    for effect in Effect:
        expected = [
            s.id.index
            for s in compiled.statements
            if s.effect is effect and s.action_test("s3:x") and s.covers(resource, keys)
        ]
        candidates = policies.candidates("s3:x")
        found = candidates.allows(resource) if effect is Effect.ALLOW else candidates.denies(resource)
        assert [s.id.index for s in found if s.covers(resource, keys)] == expected


def test_of_many_statements_only_those_that_may_match_are_looked_at() -> None:
    buckets = [allow("s3:GetObject", Resource=f"arn:aws:s3:::bucket-{number}/*") for number in range(500)]
    policies = PolicySet.of([policy("p", *buckets)])

    assert places(policies, "s3:getobject", Effect.ALLOW, "arn:aws:s3:::bucket-77/k") == [("p", 77)]
    assert places(policies, "s3:getobject", Effect.ALLOW, "arn:aws:s3:::other/k") == []


def test_of_many_statements_those_found_through_several_resources_count_once_and_in_order() -> None:
    short, long = "arn:aws:s3:::bucket*", "arn:aws:s3:::bucket-7/*"
    others = [allow("s3:GetObject", Resource=f"arn:aws:s3:::other-{number}") for number in range(20)]
    policies = PolicySet.of(
        [policy("p", allow("s3:GetObject", Resource=[long, short]), allow("s3:GetObject", Resource=short), *others)]
    )

    assert places(policies, "s3:getobject", Effect.ALLOW, "arn:aws:s3:::bucket-7/k") == [("p", 0), ("p", 1)]
    assert places(policies, "s3:getobject", Effect.ALLOW, "arn:aws:s3:::bucket-8/k") == [("p", 0), ("p", 1)]


def test_one_statement_found_through_two_of_its_resources_counts_once() -> None:
    both = allow("s3:GetObject", Resource=["arn:aws:s3:::b*", "arn:aws:s3:::bucket*"])
    others = [allow("s3:GetObject", Resource=f"arn:aws:s3:::other-{number}") for number in range(20)]
    policies = PolicySet.of([policy("p", both, *others)])

    assert places(policies, "s3:getobject", Effect.ALLOW, "arn:aws:s3:::bucket-of-mine/k") == [("p", 0)]


def test_a_statement_of_another_service_is_not_even_looked_at() -> None:
    def unasked(action: str) -> bool:
        raise AssertionError(f"{action} was compared with an action of another service")

    compiled = policy("p", allow("s3:Get*"), allow("iam:Get*"), allow("iam:GetUser"))
    statements = (compiled.statements[0], *(replace(each, action_test=unasked) for each in compiled.statements[1:]))
    policies = PolicySet.of([replace(compiled, statements=statements)])

    assert places(policies, "s3:getobject", Effect.ALLOW) == [("p", 0)]


def test_the_service_of_an_action_is_what_stands_before_its_first_colon() -> None:
    policies = PolicySet.of([policy("p", deny("s3:odd:*"), allow("s3:*"))])

    assert places(policies, "s3:odd:name", Effect.DENY) == [("p", 0)]
    assert places(policies, "s3:odd:name", Effect.ALLOW) == [("p", 1)]


def test_the_statements_remembered_for_all_actions_together_are_bounded() -> None:
    policies = PolicySet.of([policy("p", *[allow("s3:*")] * 100)])

    for number in range(200):
        policies.candidates(f"s3:action{number}")
        assert sum(len(each.statements) for each in policies._remembered.values()) <= 8_192
    assert policies._remembered
