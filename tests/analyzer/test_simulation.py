"""The simulator's verdicts and its account of them, rule by rule."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.analyzer import (
    ActionResult,
    DetailSource,
    ResourceResult,
    Scenario,
    SimulatedPolicies,
    SourceType,
    Verdict,
    simulate,
    summed_up,
)
from bailiwick.policy import EMPTY_SET, PolicySet, PolicyType, Principal, PrincipalKind, RequestContext, evaluate
from tests.analyzer.scenes import (
    OBJECT,
    ROLE_ARN,
    USER_ARN,
    A,
    B,
    document,
    scene,
    statement,
    trusting,
)
from tests.policy.worlds import TYPES, World, compiled, requests, worlds

ALLOWED, IMPLICIT, EXPLICIT = Verdict.ALLOWED, Verdict.IMPLICIT_DENY, Verdict.EXPLICIT_DENY
ALLOW, DENY = document(statement()), document(statement("Deny"))
SILENT = document(statement(action="ec2:RunInstances"))
EVERYTHING = document(statement(action="*"))
ROLE_SESSION = Principal(PrincipalKind.ROLE_SESSION, A, f"arn:aws:sts::{A}:assumed-role/r/*", parent_arn=ROLE_ARN)


def of_object(scenario: Scenario, action: str = "s3:GetObject", resource: str = OBJECT) -> ResourceResult:
    return simulate(scenario, action, resource)


def matched(result: ResourceResult | ActionResult) -> list[tuple[str, int]]:
    return [(each.policy_id, each.index) for each in result.matched]


def for_everyone(effect: str = "Allow", **more: object) -> str:
    return document({"Effect": effect, "Action": "s3:*", "Resource": "arn:aws:s3:::b/*", "Principal": "*", **more})


def naming(principal: str, effect: str = "Allow") -> str:
    return for_everyone(effect, Principal={"AWS": principal})


# --- one decision, by the engine


@given(world=worlds(), request=requests())
def test_a_simulated_request_is_decided_as_an_enforced_one(world: World, request: RequestContext) -> None:
    kinds = (PrincipalKind.USER, PrincipalKind.ROLE_SESSION)
    principal = request.principal if request.principal.kind in kinds else Principal(PrincipalKind.USER, A, USER_ARN)
    request = replace(request, principal=principal, resource_account=request.resource_account or A)
    absent: World = {"trust": None, "session": None, "scope_downs": [], "rcps": [], "vpc_endpoint": None}
    world = {**world, **absent, "resource_must_allow": False}
    policies = SimulatedPolicies()

    def read(layer: str, documents: Sequence[object]) -> PolicySet:
        return PolicySet.of(
            policies.stored(json.dumps(each), TYPES[layer], layer, SourceType.NONE) for each in documents
        )

    scenario = Scenario(
        policies=policies,
        principal=principal,
        identity=read("identity", world["identity"]),
        boundary=None if world["boundary"] is None else read("boundary", world["boundary"]),
        scps=tuple(read("scps", level) for level in world["scps"]),
        resource=None if world["resource"] is None else read("resource", world["resource"]),
        owner=request.resource_account,
        keys=request.keys,
    )

    result = simulate(scenario, request.action, request.resource)

    assert result.verdict is Verdict.of(evaluate(compiled(world), request))


# --- statements that decided


def test_every_allow_that_applies_is_told_of() -> None:
    result = of_object(scene(document(statement(), statement(action="s3:*"), statement(action="ec2:*")), ALLOW))

    assert (result.verdict, matched(result)) == (
        ALLOWED,
        [("PolicyInputList.1", 0), ("PolicyInputList.1", 1), ("PolicyInputList.2", 0)],
    )


def test_an_explicit_deny_leaves_nothing_but_the_denies_to_tell_of() -> None:
    result = of_object(scene(ALLOW, document(statement(), statement("Deny", "s3:*"))))

    assert (result.verdict, matched(result)) == (EXPLICIT, [("PolicyInputList.2", 1)])


def test_nothing_leads_to_an_implicit_deny() -> None:
    result = of_object(scene(ALLOW, boundary=SILENT))

    assert (result.verdict, matched(result)) == (IMPLICIT, [])


def test_a_deny_of_the_boundary_is_told_of_and_its_allow_is_not() -> None:
    allowed, denied = of_object(scene(ALLOW, boundary=ALLOW)), of_object(scene(ALLOW, boundary=DENY))

    assert (matched(allowed), matched(denied)) == ([("PolicyInputList.1", 0)], [("Boundary.1", 0)])


def test_statements_of_service_control_policies_are_not_told_of() -> None:
    allowed = of_object(scene(ALLOW, scps=[[EVERYTHING]]))
    denied = of_object(scene(ALLOW, scps=[[EVERYTHING, DENY]]))

    assert (denied.verdict, matched(denied)) == (EXPLICIT, [])
    assert matched(allowed) == [("PolicyInputList.1", 0)]


def test_the_resource_policys_statements_come_first() -> None:
    result = of_object(scene(ALLOW, resource=for_everyone()))

    assert [(each.policy_id, each.source_type) for each in result.matched] == [
        ("Resource.1", SourceType.RESOURCE),
        ("PolicyInputList.1", SourceType.NONE),
    ]


def test_a_statement_is_told_of_with_its_place_in_the_text() -> None:
    text = '{"Version": "2012-10-17",\n  "Statement": [\n    {"Effect": "Allow", "Action": "*", "Resource": "*"}\n  ]}'

    (reference,) = of_object(scene(text)).matched

    assert reference.span is not None
    start, end = reference.span.start, reference.span.end
    assert (start.line, start.column, end.line, end.column) == (2, 17, 3, 56)


def test_a_stored_policy_that_cannot_be_read_denies_and_has_no_place() -> None:
    policies = SimulatedPolicies()
    broken = policies.stored("{", PolicyType.INLINE, "user_u_broken", SourceType.USER)
    scenario = replace(scene(), policies=policies, identity=PolicySet.of([broken]))

    result = of_object(scenario)

    assert result.verdict is EXPLICIT
    assert [(each.policy_id, each.span) for each in result.matched] == [("user_u_broken", None)]


def test_policies_of_the_same_id_are_not_mistaken_for_each_other() -> None:
    policies = SimulatedPolicies()
    first = policies.stored(SILENT, PolicyType.INLINE, "group_a_b_c", SourceType.GROUP)
    second = policies.stored("\n" + ALLOW, PolicyType.INLINE, "group_a_b_c", SourceType.GROUP)
    scenario = replace(scene(), policies=policies, identity=PolicySet.of([first, second]))

    (reference,) = of_object(scenario).matched

    assert reference.span is not None
    assert reference.span.start.line == 2


# --- missing context values


def test_a_key_that_is_asked_for_and_not_given_is_missing_as_the_policy_writes_it() -> None:
    wants = document(statement(Condition={"StringEquals": {"aws:SourceVpc": "vpc-1", "s3:prefix": "${aws:UserName}"}}))

    result = of_object(scene(wants, keys={"s3:prefix": "x"}))

    assert (result.verdict, result.missing) == (IMPLICIT, ("aws:SourceVpc", "aws:UserName"))


def test_a_key_of_a_statement_on_another_action_is_not_missing() -> None:
    other = document(statement(action="ec2:*", Condition={"Bool": {"aws:SecureTransport": "true"}}))

    assert of_object(scene(ALLOW, other)).missing == ()


def test_a_key_of_a_statement_on_another_resource_is_not_missing() -> None:
    other = statement(resource="arn:aws:s3:::c/*", Condition={"Bool": {"aws:SecureTransport": "true"}})

    assert of_object(scene(document(other))).missing == ()


def test_a_key_is_missing_whose_value_would_make_the_resource_match() -> None:
    own = statement(resource="arn:aws:s3:::${aws:username}/*", Condition={"Bool": {"aws:SecureTransport": "true"}})

    assert of_object(scene(document(own))).missing == ("aws:username", "aws:SecureTransport")


def test_a_key_of_a_statement_that_names_others_is_not_missing() -> None:
    condition = {"Bool": {"aws:SecureTransport": "true"}}
    others = for_everyone(Principal={"AWS": f"arn:aws:iam::{A}:user/other"}, Condition=condition)
    all_of_us = for_everyone(Principal={"AWS": A}, Condition=condition)

    assert of_object(scene(ALLOW, resource=others)).missing == ()
    assert of_object(scene(ALLOW, resource=all_of_us)).missing == ("aws:SecureTransport",)


def test_keys_that_only_a_service_control_policy_asks_for_are_missing_too() -> None:
    guard = document(statement("Deny", Condition={"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}))

    result = of_object(scene(ALLOW, scps=[[EVERYTHING], [EVERYTHING, guard]]))

    assert (result.verdict, result.missing) == (EXPLICIT, ("aws:RequestedRegion",))


def test_a_key_in_two_spellings_is_missing_once() -> None:
    first = document(statement(Condition={"Bool": {"aws:SecureTransport": "true"}}))
    second = document(statement(Condition={"Bool": {"AWS:securetransport": "true"}}))

    assert of_object(scene(first, second)).missing == ("aws:SecureTransport",)


# --- boundary and organization


@pytest.mark.parametrize(
    ("boundary", "allowed"), [(ALLOW, True), (SILENT, False), (document(statement(), statement("Deny")), False)]
)
def test_what_the_boundary_says_is_told_whatever_the_others_say(boundary: str, allowed: bool) -> None:
    assert of_object(scene(boundary=boundary)).allowed_by_boundary is allowed


def test_without_boundary_and_organization_nothing_is_said_of_them() -> None:
    result = of_object(scene(ALLOW))

    assert (result.allowed_by_boundary, result.allowed_by_organizations) == (None, None)


@pytest.mark.parametrize(
    ("levels", "verdict", "allowed"),
    [
        ([[EVERYTHING], [EVERYTHING]], ALLOWED, True),
        ([[EVERYTHING], [SILENT]], IMPLICIT, False),
        ([[SILENT], [EVERYTHING]], IMPLICIT, False),
        ([[EVERYTHING], []], IMPLICIT, False),
        ([[EVERYTHING, DENY], [EVERYTHING]], EXPLICIT, False),
    ],
)
def test_each_level_of_the_organization_must_allow(
    levels: Sequence[Sequence[str]], verdict: Verdict, allowed: bool
) -> None:
    result = of_object(scene(ALLOW, scps=levels))

    assert (result.verdict, result.allowed_by_organizations) == (verdict, allowed)


# --- the resource's side


def test_a_grant_to_the_user_needs_no_identity_policy_in_its_own_account() -> None:
    result = of_object(scene(resource=naming(USER_ARN)))

    assert (result.verdict, result.details) == (ALLOWED, {})


def test_a_resource_of_another_account_needs_both_sides_and_each_is_told_of() -> None:
    both = of_object(scene(ALLOW, resource=naming(A), owner=B))
    only_ours = of_object(scene(ALLOW, owner=B))
    only_theirs = of_object(scene(SILENT, boundary=EVERYTHING, resource=naming(USER_ARN), owner=B))

    assert (both.verdict, both.details) == (ALLOWED, {DetailSource.IDENTITY: ALLOWED, DetailSource.RESOURCE: ALLOWED})
    assert (only_ours.verdict, only_ours.details) == (
        IMPLICIT,
        {DetailSource.IDENTITY: ALLOWED, DetailSource.RESOURCE: IMPLICIT},
    )
    assert (only_theirs.verdict, only_theirs.details) == (
        IMPLICIT,
        {DetailSource.IDENTITY: IMPLICIT, DetailSource.RESOURCE: ALLOWED, DetailSource.BOUNDARY: ALLOWED},
    )


def test_a_deny_that_asks_for_a_boundary_is_seen_on_the_resources_side() -> None:
    spares = document(
        {"Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::b/*", "NotPrincipal": {"AWS": [A, USER_ARN]}}
    )

    bounded = of_object(scene(ALLOW, boundary=EVERYTHING, resource=spares, owner=B))

    assert (bounded.verdict, matched(bounded)) == (EXPLICIT, [("Resource.1", 0)])
    assert bounded.details is not None
    assert bounded.details[DetailSource.RESOURCE] is EXPLICIT


def test_the_account_in_the_resources_arn_is_its_owner() -> None:
    queue = f"arn:aws:sqs:us-east-1:{B}:q"

    result = simulate(scene(document(statement(action="sqs:*")), owner=A), "sqs:SendMessage", queue)

    assert (result.verdict, result.details is not None and DetailSource.RESOURCE in result.details) == (IMPLICIT, True)


def test_nothing_is_between_accounts_where_nobody_asks() -> None:
    nobody = Principal(PrincipalKind.USER, None, "")

    result = simulate(
        scene(document(statement(action="sqs:*")), principal=nobody, owner=B), "sqs:SendMessage", f"arn:aws:sqs:::{B}:q"
    )

    assert (result.verdict, result.details) == (ALLOWED, {})


def test_the_owner_is_what_a_policy_sees_as_the_resources_account() -> None:
    own = document(statement(Condition={"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}))

    ours = of_object(scene(own, keys={"aws:principalaccount": A}))
    told = of_object(scene(own, keys={"aws:principalaccount": A, "aws:resourceaccount": B}))

    assert (ours.verdict, told.verdict) == (ALLOWED, IMPLICIT)


def test_details_are_left_out_of_all_resources_and_when_an_organization_ends_the_matter() -> None:
    everything = of_object(scene(ALLOW), resource="*")
    ended = of_object(scene(ALLOW, owner=B, scps=[[SILENT]]))

    assert (everything.details, ended.details) == (None, None)


def test_a_key_policy_itself_must_allow() -> None:
    key = f"arn:aws:kms:us-east-1:{A}:key/k"
    use = document(statement(action="kms:Decrypt"))
    others = document(
        {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": f"arn:aws:iam::{A}:user/v"}}
    )
    delegating = document({"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": A}})

    verdicts = [
        simulate(scene(use, resource=resource), "kms:Decrypt", key).verdict for resource in (None, others, delegating)
    ]

    assert verdicts == [ALLOWED, IMPLICIT, ALLOWED]


# --- trust policies


ASSUMES = document(statement(action="sts:AssumeRole"))


@pytest.mark.parametrize(
    ("identity", "trust", "verdict"),
    [
        (ASSUMES, trusting({"AWS": A}), ALLOWED),
        (SILENT, trusting({"AWS": A}), IMPLICIT),
        (SILENT, trusting({"AWS": USER_ARN}), ALLOWED),
        (ASSUMES, trusting({"AWS": f"arn:aws:iam::{A}:user/other"}), IMPLICIT),
        (ASSUMES, trusting({"AWS": A}, "Deny"), EXPLICIT),
        (ASSUMES, trusting({"AWS": A}, Condition={"StringEquals": {"sts:ExternalId": "x"}}), IMPLICIT),
    ],
)
def test_a_roles_trust_policy_counts_for_assuming_it(identity: str, trust: str, verdict: Verdict) -> None:
    result = simulate(scene(identity, trusts={ROLE_ARN: trust}), "sts:assumerole", ROLE_ARN)

    assert result.verdict is verdict
    assert result.details is not None
    assert DetailSource.TRUST in result.details


def test_a_trust_policy_that_counted_is_told_of_as_the_roles_resource_policy() -> None:
    result = simulate(scene(trusts={ROLE_ARN: trusting({"AWS": USER_ARN})}), "sts:AssumeRole", ROLE_ARN)

    assert [(each.policy_id, each.source_type) for each in result.matched] == [("Trust.1", SourceType.RESOURCE)]
    assert result.details == {DetailSource.IDENTITY: IMPLICIT, DetailSource.TRUST: ALLOWED}


def test_a_boundary_must_allow_to_assume_even_a_role_that_names_the_user() -> None:
    trusts = {ROLE_ARN: trusting({"AWS": USER_ARN})}

    result = simulate(scene(ASSUMES, boundary=SILENT, trusts=trusts), "sts:AssumeRole", ROLE_ARN)

    assert (result.verdict, result.allowed_by_boundary) == (IMPLICIT, False)


def test_a_role_that_trusts_nobody_is_assumed_by_nobody() -> None:
    scenario = replace(scene(EVERYTHING), trusts={ROLE_ARN: EMPTY_SET})

    assert simulate(scenario, "sts:AssumeRole", ROLE_ARN).verdict is IMPLICIT


def test_a_trust_policy_says_nothing_of_what_else_is_done_to_the_role() -> None:
    scenario = scene(EVERYTHING, trusts={ROLE_ARN: trusting({"AWS": A}, "Deny")})

    result = simulate(scenario, "iam:PassRole", ROLE_ARN)

    assert (result.verdict, result.details) == (ALLOWED, {})


def test_a_session_of_a_role_is_named_by_the_roles_arn() -> None:
    trusts = {ROLE_ARN: trusting({"AWS": ROLE_ARN})}

    assert simulate(scene(principal=ROLE_SESSION, trusts=trusts), "sts:AssumeRole", ROLE_ARN).verdict is ALLOWED


# --- all resources together


def test_the_strictest_verdict_stands_for_all_and_only_its_statements_are_told_of() -> None:
    text = document(statement(), statement("Deny", resource="arn:aws:s3:::b/secret"))
    results = [of_object(scene(text), resource=f"arn:aws:s3:::b/{key}") for key in ("k", "secret")]

    total = summed_up("s3:GetObject", results)

    assert (total.verdict, matched(total)) == (EXPLICIT, [("PolicyInputList.1", 1)])
    assert [each.verdict for each in total.resources] == [ALLOWED, EXPLICIT]


def test_an_implicit_deny_is_stricter_than_an_allow() -> None:
    scenario = scene(document(statement(resource="arn:aws:s3:::b/k")))
    results = [of_object(scenario, resource=f"arn:aws:s3:::b/{key}") for key in ("k", "other")]

    assert summed_up("s3:GetObject", results).verdict is IMPLICIT


def test_what_several_resources_have_in_common_is_told_once() -> None:
    wants = document(statement(), statement(action="s3:*", Condition={"Bool": {"aws:SecureTransport": "true"}}))
    results = [of_object(scene(wants), resource=f"arn:aws:s3:::b/{key}") for key in ("k", "other")]
    scenario_of_both = summed_up("s3:GetObject", results)

    assert scenario_of_both.missing == ("aws:SecureTransport",)


def test_statements_that_matched_for_several_resources_are_told_once() -> None:
    scenario = scene(ALLOW)
    results = [of_object(scenario, resource=f"arn:aws:s3:::b/{key}") for key in ("k", "other")]

    assert matched(summed_up("s3:GetObject", results)) == [("PolicyInputList.1", 0)]


def test_details_of_all_resources_are_the_strictest_of_each_type() -> None:
    half = document({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/k", "Principal": {"AWS": A}})
    scenario = scene(ALLOW, resource=half, owner=B)
    results = [of_object(scenario, resource=f"arn:aws:s3:::b/{key}") for key in ("k", "other")]

    total = summed_up("s3:GetObject", results)

    assert total.details == {DetailSource.IDENTITY: ALLOWED, DetailSource.RESOURCE: IMPLICIT}


def test_a_ceiling_must_allow_all_resources() -> None:
    only_k = document(statement(resource="arn:aws:s3:::b/k"))
    scenario = scene(ALLOW, boundary=only_k, scps=[[EVERYTHING]])
    results = [of_object(scenario, resource=f"arn:aws:s3:::b/{key}") for key in ("k", "other")]

    total = summed_up("s3:GetObject", results)

    assert (total.allowed_by_boundary, total.allowed_by_organizations) == (False, True)


def test_the_resource_is_named_by_the_template_of_its_type() -> None:
    results = [of_object(scene(ALLOW))]

    assert summed_up("s3:GetObject", results).template == "arn:${Partition}:s3:::${BucketName}/${ObjectName}"


def test_every_verdict_is_one_of_the_models() -> None:
    assert [each.value for each in Verdict] == ["allowed", "implicitDeny", "explicitDeny"]


@given(st.lists(st.sampled_from(Verdict), min_size=1))
def test_the_strictest_of_verdicts_is_one_of_them(verdicts: list[Verdict]) -> None:
    strictest = Verdict.strictest(verdicts)

    assert strictest in verdicts
    assert (EXPLICIT in verdicts) is (strictest is EXPLICIT)
    assert (strictest is ALLOWED) is (set(verdicts) == {ALLOWED})
