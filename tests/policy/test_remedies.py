import copy
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from bailiwick.policy import (
    ANONYMOUS,
    Change,
    ChangeKind,
    Layer,
    Layers,
    PolicySet,
    PolicySource,
    PolicyType,
    Principal,
    RequestContext,
    compile_policy,
    evaluate,
    explain,
    remedies,
    remedies_as_json,
)
from bailiwick.policy.remedies.steps import Step, after
from tests.policy.worlds import (
    FEDERATED,
    FEDERATED_USER,
    ROLE_ARN,
    ROOT,
    ROOT_ARN,
    SERVICE,
    SESSION,
    SESSION_ARN,
    TYPES,
    USER,
    USER_ARN,
    A,
    B,
    Json,
    World,
    compiled,
    everything,
    requests,
    worlds,
)

OBJECT = "arn:aws:s3:::b/o"
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": OBJECT}
KINDS = ChangeKind


def policies(policy_type: PolicyType, *statements: object, name: str = "p") -> PolicySet:
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    policy = compile_policy(text, PolicySource(policy_type, name))
    assert policy.fault is None
    return PolicySet.of([policy])


def identity(*statements: object) -> Layers:
    return Layers(identity=policies(PolicyType.INLINE, *statements))


def asked(
    principal: Principal = USER,
    action: str = "s3:GetObject",
    resource: str = OBJECT,
    owner: str | None = A,
    **keys: str | tuple[str, ...],
) -> RequestContext:
    return RequestContext(action, resource, principal, owner, {name.replace("__", ":"): keys[name] for name in keys})


def brief(change: Change) -> str:
    """A change in short, for tests to compare."""
    level = "" if change.level is None else f" {change.level}"
    what = ""
    if change.kind is KINDS.MEET_CONDITION:
        what = f" {change.key}={change.value}"
    elif change.addition is not None and change.addition.principal is not None:
        what = f" {dict(change.addition.principal.members)}"
    elif change.statement is not None:
        what = f" [{change.statement.index}]"
    return f"{change.kind.name} {change.layer.value}{level}{what}"


def found(layers: Layers, request: RequestContext) -> list[list[str]]:
    return [[brief(change) for change in remedy] for remedy in remedies(layers, request)]


# --- what must hold whatever the policies say ---------------------------------------------------------------------

FIELDS: dict[str, str] = {"SCP": "scps", "RCP": "rcps", "scope-down": "scope_downs", "VPC endpoint": "vpc_endpoint"}


def changed(world: World, request: RequestContext, remedy: Iterable[Json]) -> tuple[World, RequestContext]:
    """The documents and the request as a reader of the remedy in JSON would change them."""
    world, keys = copy.deepcopy(world), dict(request.keys)
    for change in remedy:
        if change["kind"] == "meetCondition":
            keys.pop(change["key"].lower(), None)
            if change["value"] is not None:
                value = change["value"]
                keys[change["key"].lower()] = value if isinstance(value, str) else tuple(value)
            continue
        layer = FIELDS.get(change["layer"]) or str(change["layer"])
        if change["level"] is not None:
            documents = world[layer][change["level"]]
        else:
            world[layer] = documents = world[layer] or []
        if change["kind"] == "restoreDefault":
            documents.append(everything("rcps"))
        elif change["addition"] is not None:
            documents.append({"Version": "2012-10-17", "Statement": [change["addition"]]})
        else:
            place = int(change["statement"]["policy"]["name"].rpartition("/")[2])
            if change["kind"] == "repairPolicy":
                documents[place] = {"Statement": [NOTHING[layer]]}
            else:
                documents[place]["Statement"][change["statement"]["index"]] = NOTHING[layer]
    return world, replace(request, keys=keys)


def nothing(layer: str) -> Json:
    """A statement that applies to no request."""
    [statement] = everything(layer)["Statement"]
    return {**statement, "Action": "no:Such"}


NOTHING = {layer: nothing(layer) for layer in TYPES}


@settings(deadline=None)
@given(world=worlds(), request_context=requests())
def test_every_remedy_allows_the_request_and_holds_nothing_superfluous(
    world: World, request_context: RequestContext
) -> None:
    layers = compiled(world)

    remedies_found = json.loads(json.dumps(remedies_as_json(remedies(layers, request_context))))

    assert not (remedies_found and evaluate(layers, request_context).is_allowed)
    for remedy in remedies_found:
        world_then, request_then = changed(world, request_context, remedy)
        assert evaluate(compiled(world_then), request_then).is_allowed
        for left_out in remedy:
            rest = [change for change in remedy if change is not left_out]
            world_then, request_then = changed(world, request_context, rest)
            assert not evaluate(compiled(world_then), request_then).is_allowed


@settings(deadline=None)
@given(world=worlds(), request_context=requests())
def test_only_what_no_policy_can_allow_has_no_remedy(world: World, request_context: RequestContext) -> None:
    layers = compiled(world)

    is_hopeless = not remedies(layers, request_context) and not evaluate(layers, request_context).is_allowed

    assert is_hopeless == (world["trust"] is not None and request_context.principal is ROOT)


@settings(deadline=None)
@given(world=worlds(), request_context=requests())
def test_what_is_proposed_names_the_very_action_and_resource(world: World, request_context: RequestContext) -> None:
    for remedy in remedies(compiled(world), request_context):
        for change in remedy:
            if change.addition is not None:
                assert change.addition.action == (request_context.action,)
                assert change.addition.resource != ("*",) or request_context.resource == "*"


# --- the shapes of remedies ---------------------------------------------------------------------------------------


def test_an_allowed_request_has_no_remedies() -> None:
    assert remedies(identity(READ), asked()) == ()


def test_a_caller_without_policies_lacks_one_statement() -> None:
    [[change]] = remedies(Layers(), asked())

    assert change.kind is KINDS.ADD_STATEMENT
    assert change.layer is Layer.IDENTITY
    [[[addition]]] = [
        [[each["addition"] for each in remedy] for remedy in remedies_as_json(remedies(Layers(), asked()))]
    ]
    assert addition == {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [OBJECT]}
    assert change.text == f"Allow s3:GetObject on {OBJECT} in a permissions policy of the caller."


def test_changes_as_json_have_every_member_under_a_stable_name() -> None:
    layers = identity({**READ, "Condition": {"ForAnyValue:StringEquals": {"s:M": ["a", "b"]}}, "Sid": "Some"})

    [[meet], [add]] = remedies_as_json(remedies(layers, asked()))

    assert meet == {
        "kind": ChangeKind.MEET_CONDITION.value,
        "text": (
            'Send the request with s:M = [a]: Statement[0] "Some" of p then allows it (ForAnyValue:StringEquals a, b).'
        ),
        "layer": "identity",
        "level": None,
        "statement": {"policy": {"type": "inline", "name": "p", "arn": None}, "index": 0, "sid": "Some"},
        "addition": None,
        "operator": "ForAnyValue:StringEquals",
        "key": "s:M",
        "expected": ["a", "b"],
        "value": ["a"],
    }
    assert add == {
        "kind": ChangeKind.ADD_STATEMENT.value,
        "text": f"Allow s3:GetObject on {OBJECT} in a permissions policy of the caller.",
        "layer": "identity",
        "level": None,
        "statement": None,
        "addition": {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [OBJECT]},
        "operator": None,
        "key": None,
        "expected": [],
        "value": None,
    }


def test_a_resource_with_a_policy_can_grant_instead() -> None:
    layers = Layers(resource=policies(PolicyType.RESOURCE, {**READ, "Principal": {"AWS": B}}))

    assert found(layers, asked()) == [
        ["ADD_STATEMENT identity"],
        [f"ADD_STATEMENT resource {{'AWS': ('{USER_ARN}',)}}"],
    ]


def test_across_accounts_both_sides_are_told() -> None:
    assert found(Layers(), asked(owner=B)) == [
        [f"ADD_STATEMENT resource {{'AWS': ('{USER_ARN}',)}}", "ADD_STATEMENT identity"]
    ]


def test_a_role_session_is_named_by_its_role_and_by_itself_only_where_that_saves_something() -> None:
    resource = policies(PolicyType.RESOURCE, {**READ, "Principal": {"AWS": B}})
    session = policies(PolicyType.SESSION, {**READ, "Action": "s3:PutObject"})

    assert found(Layers(resource=resource), asked(SESSION)) == [
        ["ADD_STATEMENT identity"],
        [f"ADD_STATEMENT resource {{'AWS': ('{ROLE_ARN}',)}}"],
    ]
    assert found(Layers(resource=resource, session=session), asked(SESSION)) == [
        [f"ADD_STATEMENT resource {{'AWS': ('{SESSION_ARN}',)}}"],
        ["ADD_STATEMENT identity", "NEW_SESSION session"],
        [f"ADD_STATEMENT resource {{'AWS': ('{ROLE_ARN}',)}}", "NEW_SESSION session"],
    ]


@pytest.mark.parametrize(
    ("principal", "named"),
    [
        (ANONYMOUS, "{'*': ('*',)}"),
        (SERVICE, "{'Service': ('logs.amazonaws.com',)}"),
        (FEDERATED, "{'Federated': ('accounts.google.com',)}"),
    ],
)
def test_callers_without_policies_of_their_own_need_the_resource(principal: Principal, named: str) -> None:
    assert found(Layers(), asked(principal)) == [[f"ADD_STATEMENT resource {named}"]]


def test_naming_everyone_or_a_whole_account_is_said() -> None:
    [[to_everyone]] = remedies(Layers(), asked(ANONYMOUS))
    [[to_account]] = remedies(Layers(), asked(ROOT, owner=B))

    assert to_everyone.text.endswith("in the resource's policy, to everyone, signed in or not.")
    assert to_account.text.endswith(f"in the resource's policy, to {ROOT_ARN}, which is its whole account.")


def test_a_federated_user_is_named_by_its_own_name() -> None:
    remedy = found(Layers(), asked(FEDERATED_USER, owner=B))[0]

    assert remedy[0] == f"ADD_STATEMENT resource {{'AWS': ('{FEDERATED_USER.arn}',)}}"


def test_a_trust_policy_that_leaves_it_to_the_account_has_two_remedies() -> None:
    trusting = {"Effect": "Allow", "Principal": {"AWS": A}, "Action": "sts:AssumeRole"}
    layers = Layers(trust=policies(PolicyType.TRUST, trusting))

    assert found(layers, asked(action="sts:AssumeRole", resource=ROLE_ARN)) == [
        ["ADD_STATEMENT identity"],
        [f"ADD_STATEMENT trust {{'AWS': ('{USER_ARN}',)}}"],
    ]


def test_nothing_lets_root_assume_a_role_and_the_explanation_says_so() -> None:
    trusting = {"Effect": "Allow", "Principal": {"AWS": A}, "Action": "sts:AssumeRole"}
    layers, request = Layers(trust=policies(PolicyType.TRUST, trusting)), asked(ROOT, "sts:AssumeRole", ROLE_ARN)

    assert remedies(layers, request) == ()
    assert explain(layers, request).note == "Roles are never assumed by an account's root; no policy can allow it."


def test_every_ceiling_that_does_not_allow_is_told() -> None:
    other = {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}
    layers = Layers(
        identity=policies(PolicyType.INLINE, READ),
        boundary=policies(PolicyType.MANAGED, other),
        scope_downs=(policies(PolicyType.SESSION, other),),
        scps=(policies(PolicyType.SERVICE_CONTROL, READ), policies(PolicyType.SERVICE_CONTROL, other)),
        rcps=(policies(PolicyType.RESOURCE_CONTROL, {**other, "Principal": "*"}),),
        vpc_endpoint=policies(PolicyType.VPC_ENDPOINT, {**other, "Principal": "*"}),
    )

    [remedy] = remedies(layers, asked())

    assert [change.text for change in remedy] == [
        "Attach RCPFullAWSAccess again at the organization's root: other resource control policies cannot allow.",
        f"Allow s3:GetObject on {OBJECT} in a service control policy at level 1 below the organization's root.",
        f"Ask for a new session, of which the scope-down policy allows s3:GetObject on {OBJECT}.",
        f"Allow s3:GetObject on {OBJECT} in the VPC endpoint's policy, to {USER_ARN}.",
        f"Allow s3:GetObject on {OBJECT} in the caller's permissions boundary.",
    ]


def test_a_federated_user_without_a_session_policy_needs_a_session_with_one() -> None:
    assert found(identity(READ), asked(FEDERATED_USER)) == [["NEW_SESSION session"]]


def test_a_resource_with_wildcards_in_its_name_is_meant_by_its_letters() -> None:
    [[change]] = remedies(Layers(), asked(resource="arn:aws:s3:::b/a*b?${c}$"))

    assert change.addition is not None
    assert change.addition.resource == ("arn:aws:s3:::b/a${*}b${?}${$}{c}$",)

    [[change]] = remedies(Layers(), asked(resource="arn:aws:logs:eu-west-1:1:group:a*:stream:?b"))

    assert change.addition is not None
    assert change.addition.resource == ("arn:aws:logs:eu-west-1:1:group:a${*}:stream:${?}b",)


def test_an_action_without_a_resource_level_is_allowed_on_everything_as_it_can_only_be() -> None:
    [[change]] = remedies(Layers(), asked(action="s3:ListAllMyBuckets", resource="*"))

    assert change.addition is not None
    assert change.addition.resource == ("*",)


# --- denies -------------------------------------------------------------------------------------------------------

DENY = {"Sid": "No", "Effect": "Deny", "Action": "*", "Resource": "*"}


def test_a_deny_stands_in_the_way_until_it_is_taken_out() -> None:
    layers = replace(identity(READ, DENY), scps=(policies(PolicyType.SERVICE_CONTROL, READ, DENY, name="guard"),))

    [[scp, own]] = remedies(layers, asked())

    assert (scp.kind, scp.level, scp.statement) == (KINDS.REMOVE_DENY, 0, layers.scps[0].policies[0].statements[1].id)
    assert scp.text == (
        'Take out Statement[1] "No" of guard in a service control policy at the organization\'s root, '
        "which denies it, or narrow it."
    )
    assert own.layer is Layer.IDENTITY


def test_a_deny_of_a_session_policy_takes_a_new_session() -> None:
    layers = replace(identity(READ), session=policies(PolicyType.SESSION, READ, DENY))

    [[change]] = remedies(layers, asked())

    assert change.kind is KINDS.NEW_SESSION
    assert change.addition is None
    assert (
        change.text
        == 'Ask for a new session, of which the session policy does not deny it as Statement[1] "No" of p does.'
    )


def test_a_change_of_a_level_names_it() -> None:
    broken = PolicySet.of([compile_policy("{", PolicySource(PolicyType.SERVICE_CONTROL, "broken"))])
    other = {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}
    pair = policies(PolicyType.SESSION, READ), policies(PolicyType.SESSION, other, DENY)
    rcps = policies(PolicyType.RESOURCE_CONTROL, {**READ, "Principal": "*"}), PolicySet.of([])
    scps = policies(PolicyType.SERVICE_CONTROL, READ), policies(PolicyType.SERVICE_CONTROL, READ), broken
    layers = replace(identity(READ), scope_downs=pair, scps=scps, rcps=rcps)

    [remedy] = remedies(layers, asked())

    assert [(change.kind, change.layer, change.level) for change in remedy] == [
        (KINDS.REPAIR_POLICY, Layer.SCP, 2),
        (KINDS.NEW_SESSION, Layer.SCOPE_DOWN, 1),
        (KINDS.RESTORE_DEFAULT, Layer.RCP, 1),
        (KINDS.ADD_STATEMENT, Layer.SCP, 2),
        (KINDS.NEW_SESSION, Layer.SCOPE_DOWN, 1),
    ]
    assert [change.addition is None for change in remedy] == [True, True, True, False, False]


def test_an_unreadable_policy_is_to_be_repaired() -> None:
    broken = compile_policy("{", PolicySource(PolicyType.INLINE, "broken"))
    sound = compile_policy(json.dumps({"Statement": READ}), PolicySource(PolicyType.INLINE, "sound"))

    [[change]] = remedies(Layers(identity=PolicySet.of([broken, sound])), asked())

    assert change.kind is KINDS.REPAIR_POLICY
    assert change.text == (
        "Repair the policy broken, which denies everything as it cannot be understood: Syntax errors in policy."
    )


@pytest.mark.parametrize("principal", [USER, SESSION])
def test_a_deny_that_spares_the_caller_is_in_nobodys_way_but_of_a_caller_with_a_boundary(principal: Principal) -> None:
    listed = [A, principal.arn] + ([principal.parent_arn] if principal.parent_arn else [])
    deny = {**DENY, "NotPrincipal": {"AWS": listed}}
    layers = Layers(resource=policies(PolicyType.RESOURCE, {**deny, "Sid": "No"}))
    boundary = policies(PolicyType.MANAGED, READ)

    assert not any("REMOVE_DENY" in change for remedy in found(layers, asked(principal)) for change in remedy)
    assert all(
        "REMOVE_DENY resource [0]" in each for each in found(replace(layers, boundary=boundary), asked(principal))
    )
    assert found(replace(layers, boundary=boundary), asked(principal))


def test_of_two_denies_one_met_condition_can_lift_both() -> None:
    deny = {**DENY, "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}
    layers = replace(identity(READ, deny), scps=(policies(PolicyType.SERVICE_CONTROL, READ, deny),))

    assert found(layers, asked()) == [
        ["MEET_CONDITION SCP 0 aws:MultiFactorAuthPresent=true"],
        ["REMOVE_DENY SCP 0 [1]", "REMOVE_DENY identity [1]"],
    ]


# --- conditions to meet -------------------------------------------------------------------------------------------


def met(condition: object, *, effect: str = "Allow", version: str = "2012-10-17", **keys: Any) -> list[str]:
    """The texts of the conditions to meet for a request that lacks nothing else."""
    statements = [{**READ, "Effect": effect, "Condition": condition}] + ([READ] if effect == "Deny" else [])
    text = json.dumps({"Version": version, "Statement": statements})
    layers = Layers(identity=PolicySet.of([compile_policy(text, PolicySource(PolicyType.INLINE, "p"))]))
    changes = [change for [change] in remedies(layers, asked(**keys)) if change.kind is KINDS.MEET_CONDITION]
    return [f"{change.key}={change.value}" for change in changes]


@pytest.mark.parametrize(
    ("condition", "keys", "value"),
    [
        ({"StringEquals": {"s:Text": ["b", "c"]}}, {}, "s:Text=b"),
        ({"StringEquals": {"s:Text": "a*"}}, {"s__text": "x"}, "s:Text=a*"),
        ({"StringLike": {"s:Text": "a*b?c"}}, {}, "s:Text=abxc"),
        ({"StringEquals": {"s:Text": "${s:other}"}}, {"s__other": "o"}, "s:Text=o"),
        ({"StringEqualsIgnoreCase": {"s:Text": "B"}}, {"s__text": "c"}, "s:Text=B"),
        ({"StringEqualsIfExists": {"s:Text": "${s:none}"}}, {"s__text": "c"}, "s:Text=None"),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, {}, "aws:MultiFactorAuthPresent=true"),
        ({"Null": {"s:Text": "true"}}, {"s__text": "c"}, "s:Text=None"),
        ({"StringEquals": {"s:M": "a"}}, {"s__m": ("x", "y")}, "s:M=('a',)"),
        ({"NumericEquals": {"s:N": "1.50"}}, {"s__n": "2"}, "s:N=1.50"),
        ({"NumericEquals": {"s:N": "1e19"}}, {}, "s:N=10000000000000000000"),
        ({"NumericLessThan": {"s:N": "10"}}, {"s__n": "10"}, "s:N=9"),
        ({"NumericGreaterThan": {"s:N": ["x", "10"]}}, {}, "s:N=11"),
        ({"DateEquals": {"s:D": "2026-11-24"}}, {}, "s:D=2026-11-24T00:00:00Z"),
        ({"DateGreaterThan": {"s:D": "2026-11-24T10:00:00+01:00"}}, {}, "s:D=2026-11-24T09:00:01Z"),
        ({"DateLessThan": {"s:D": ["x", "2026"]}}, {}, "s:D=2025-12-31T23:59:59Z"),
        ({"IpAddress": {"aws:SourceIp": ["x", "10.0.0.0/8"]}}, {}, "aws:SourceIp=10.0.0.1"),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/30"}}, {}, "aws:SourceIp=10.0.0.1"),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/31"}}, {}, "aws:SourceIp=10.0.0.0"),
        ({"IpAddress": {"aws:SourceIp": "2001:db8::/127"}}, {}, "aws:SourceIp=2001:db8::"),
        ({"ArnLike": {"s:A": "arn:aws:s3:::b/*"}}, {}, "s:A=arn:aws:s3:::b/"),
        ({"BinaryEquals": {"s:B": "QQ=="}}, {}, "s:B=QQ=="),
        ({"ForAnyValue:StringEquals": {"s:M": "a"}}, {}, "s:M=('a',)"),
        ({"ForAllValues:StringEquals": {"s:M": ["a", "b"]}}, {"s__m": ("a", "c", "b")}, "s:M=('a', 'b')"),
        ({"ForAllValues:StringEquals": {"s:M": "a"}}, {"s__m": ("c",)}, "s:M=('a',)"),
    ],
)
def test_one_condition_that_an_allow_lacks_can_be_met(condition: object, keys: dict[str, Any], value: str) -> None:
    assert met(condition, **keys) == [value]


@pytest.mark.parametrize(
    ("condition", "keys", "value"),
    [
        ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, {}, "aws:MultiFactorAuthPresent=true"),
        ({"StringNotEquals": {"s:Text": "b"}}, {}, "s:Text=b"),
        ({"StringEquals": {"s:Text": "b"}}, {"s__text": "b"}, "s:Text=None"),
        ({"StringEquals": {"aws:RequestTag/Team": "b"}}, {"aws__requesttag/team": "b"}, "aws:RequestTag/Team=None"),
        ({"NumericGreaterThan": {"s:N": "10"}}, {"s__n": "11"}, "s:N=10"),
        ({"NumericEquals": {"aws:N": "10"}}, {"aws__n": "10"}, "aws:N=11"),
        ({"DateEquals": {"aws:D": "2026-11-24"}}, {"aws__d": "2026-11-24T00:00:00Z"}, "aws:D=2026-11-24T00:00:01Z"),
        ({"StringNotEquals": {"s:Text": "b"}, "StringNotLike": {"s:Text": "c*"}}, {}, "s:Text=b"),
        ({"StringNotEquals": {"aws:PrincipalArn": "x", "s:Text": "b"}}, {"aws__principalarn": "y"}, "s:Text=b"),
        ({"NotIpAddress": {"aws:SourceIp": "10.1.2.3"}}, {"aws__sourceip": "11.0.0.1"}, "aws:SourceIp=10.1.2.3"),
        ({"ForAnyValue:StringEquals": {"s:M": "a"}}, {"s__m": ("a", "c")}, "s:M=('c',)"),
    ],
)
def test_one_condition_that_a_deny_makes_can_be_failed(condition: object, keys: dict[str, Any], value: str) -> None:
    assert met(condition, effect="Deny", **keys) == [value]


def test_a_key_of_a_deny_with_two_conditions_is_enough_and_either_will_do() -> None:
    condition = {"StringNotEquals": {"s:Text": "b", "s:Other": "c"}}

    assert met(condition, effect="Deny") == ["s:Text=b", "s:Other=c"]


def test_a_condition_to_meet_may_not_be_all_that_is_needed() -> None:
    deny = {**DENY, "Condition": {"StringNotEquals": {"s:Text": "b"}}}

    assert found(identity(deny), asked()) == [
        ["MEET_CONDITION identity s:Text=b", "ADD_STATEMENT identity"],
        ["REMOVE_DENY identity [0]", "ADD_STATEMENT identity"],
    ]


def test_a_condition_of_a_level_names_it() -> None:
    nearly = {**READ, "Condition": {"StringEquals": {"s:Text": "b"}}}
    levels = policies(PolicyType.SERVICE_CONTROL, READ), policies(PolicyType.SERVICE_CONTROL, nearly)

    assert found(replace(identity(READ), scps=levels), asked())[0] == ["MEET_CONDITION SCP 1 s:Text=b"]


def test_an_allow_of_the_resource_that_names_the_caller_can_be_met() -> None:
    nearly = {**READ, "Principal": {"AWS": USER_ARN}, "Condition": {"StringEquals": {"s:Text": "b"}}}

    assert found(Layers(resource=policies(PolicyType.RESOURCE, nearly)), asked())[0] == [
        "MEET_CONDITION resource s:Text=b"
    ]


def needing(number: int) -> dict[str, object]:
    """An Allow that asks for one key of its own."""
    return {**READ, "Condition": {"StringEquals": {f"s:Key{number}": "b"}}}


def test_of_many_near_misses_the_first_eight_are_told() -> None:
    statements = [needing(number) for number in range(10)]

    told = [change for change, *_ in found(identity(*statements), asked()) if "MEET" in change]

    assert told == [f"MEET_CONDITION identity s:Key{number}=b" for number in range(8)]


@pytest.mark.parametrize(
    "far",
    [
        {"Action": "s3:PutObject"},
        {"Resource": "arn:aws:s3:::c"},
        {"Principal": {"AWS": B}},
        {"Condition": {"StringEquals": {"s:One": "b", "s:Two": "b"}}},
    ],
)
def test_what_misses_by_more_is_not_counted_among_near_misses(far: dict[str, object]) -> None:
    principal = {"Principal": {"AWS": USER_ARN}}
    statements = [{**needing(number), **principal, **far} for number in range(8)] + [{**needing(8), **principal}]

    assert found(Layers(resource=policies(PolicyType.RESOURCE, *statements)), asked())[0] == [
        "MEET_CONDITION resource s:Key8=b"
    ]


def test_of_many_values_the_first_sixteen_are_tried() -> None:
    values = [f"v{number}" for number in range(17)]
    allow = {**READ, "Condition": {"StringEquals": {"s:Text": values}}}

    def lifting(count: int) -> list[str]:
        deny = {**DENY, "Condition": {"StringEquals": {"s:Text": values[:count]}}}
        return found(identity(allow, deny), asked())[0]

    assert lifting(15) == ["MEET_CONDITION identity s:Text=v15"]
    assert lifting(16) != ["MEET_CONDITION identity s:Text=v16"]


def test_of_several_values_one_that_also_meets_the_rest_is_chosen() -> None:
    allow = {**READ, "Condition": {"StringEquals": {"s:Text": ["b", "c"]}}}
    deny = {**DENY, "Condition": {"StringEquals": {"s:Text": "b"}}}

    assert found(identity(allow, deny), asked())[0] == ["MEET_CONDITION identity s:Text=c"]


@pytest.mark.parametrize(
    ("condition", "keys"),
    [
        ({"StringEquals": {"aws:PrincipalArn": "x"}}, {"aws__principalarn": "y"}),
        ({"StringEquals": {"s:Text": "b", "s:Other": "c"}}, {}),
        ({"StringEquals": {"s:Text": "${s:none}"}}, {}),
        ({"NumericEquals": {"s:N": "1e9999"}}, {}),
        ({"NumericEquals": {"s:N": "1e20"}}, {}),
        ({"DateEquals": {"s:D": "1970-01-01T00:00:00Z"}}, {}),
        ({"DateEquals": {"s:D": "250000000000"}}, {}),
        ({"DateEquals": {"s:D": "999999999999999"}}, {}),
        ({"Null": {"s:Text": "false"}}, {}),
        ({"StringNotEquals": {"aws:SourceVpc": "b"}}, {"aws__sourcevpc": "b"}),
    ],
)
def test_nothing_is_suggested_that_no_request_can_choose_or_whose_value_is_unknown(
    condition: object, keys: dict[str, Any]
) -> None:
    assert met(condition, **keys) == []


def test_old_versions_have_no_variables_but_wildcards() -> None:
    assert met({"StringLike": {"s:Text": "${s:other}*"}}, version="2008-10-17", s__other="o") == ["s:Text=${s:other}"]
    assert met({"StringEquals": {"s:Text": "${s:other}"}}, version="2008-10-17", s__other="o") == ["s:Text=${s:other}"]
    assert met({"StringEquals": {"s:Text": "a*"}}, version="2008-10-17") == ["s:Text=a*"]


def test_an_allow_that_fails_in_anything_but_a_condition_is_no_near_miss() -> None:
    condition = {"Condition": {"StringEquals": {"s:Text": "b"}}}
    nearly = {**READ, **condition}
    elsewhere = identity({**nearly, "Resource": "arn:aws:s3:::c"}, {**nearly, "Action": "s3:Put*"})
    another = Layers(resource=policies(PolicyType.RESOURCE, {**nearly, "Principal": {"AWS": B}}))

    assert found(elsewhere, asked()) == [["ADD_STATEMENT identity"]]
    assert all("MEET" not in change for remedy in found(another, asked()) for change in remedy)


@pytest.mark.parametrize(
    ("condition", "keys", "text"),
    [
        (
            {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
            {},
            (
                "Send the request with credentials made with MFA (aws:MultiFactorAuthPresent = true): "
                "Statement[0] of p then allows it (Bool true)."
            ),
        ),
        (
            {"Bool": {"aws:MultiFactorAuthPresent": "false"}},
            {},
            (
                "Send the request with credentials made without MFA (aws:MultiFactorAuthPresent = false): "
                "Statement[0] of p then allows it (Bool false)."
            ),
        ),
        (
            {"StringEquals": {"aws:PrincipalTag/Team": ["a", "b"]}},
            {},
            "Tag the caller so that aws:PrincipalTag/Team = a: Statement[0] of p then allows it (StringEquals a, b).",
        ),
        (
            {"StringEquals": {"iam:ResourceTag/Team": "a"}},
            {},
            "Tag the resource so that iam:ResourceTag/Team = a: Statement[0] of p then allows it (StringEquals a).",
        ),
        (
            {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
            {},
            (
                "Send the request with aws:SourceIp = 10.0.0.1, for example: "
                "Statement[0] of p then allows it (IpAddress 10.0.0.0/8)."
            ),
        ),
        (
            {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}},
            {"aws__tagkeys": ("a", "b", "c")},
            (
                "Send the request with aws:TagKeys = [a, b]: "
                "Statement[0] of p then allows it (ForAllValues:StringEquals a, b)."
            ),
        ),
        (
            {"Null": {"s:Text": "true"}},
            {"s__text": "x"},
            "Send the request without s:Text: Statement[0] of p then allows it (Null true).",
        ),
        (
            {"StringEquals": {"aws:ResourceTag/cost:center": "7"}},
            {},
            (
                "Tag the resource so that aws:ResourceTag/cost:center = 7: "
                "Statement[0] of p then allows it (StringEquals 7)."
            ),
        ),
    ],
)
def test_a_condition_to_meet_is_said_in_words(condition: object, keys: dict[str, Any], text: str) -> None:
    [first, *_] = remedies(identity({**READ, "Condition": condition}), asked(**keys))

    assert [change.text for change in first] == [text]


def test_a_deny_whose_condition_is_not_to_hold_is_said_in_words() -> None:
    deny = {**DENY, "Condition": {"StringNotEquals": {"s:Text": "b"}}}

    [[change], _] = remedies(identity(READ, deny), asked())

    assert change.text == (
        'Send the request with s:Text = b: Statement[1] "No" of p no longer denies it (StringNotEquals b).'
    )


# --- what a step leaves as it is ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "name"),
    [
        (Layer.IDENTITY, "identity"),
        (Layer.RESOURCE, "resource"),
        (Layer.TRUST, "trust"),
        (Layer.BOUNDARY, "boundary"),
        (Layer.SESSION, "session"),
        (Layer.VPC_ENDPOINT, "vpc_endpoint"),
    ],
)
def test_what_a_layer_has_stays_when_something_is_added(layer: Layer, name: str) -> None:
    [has], [new] = (policies(PolicyType.INLINE, statement).policies for statement in (READ, DENY))
    step = Step(Change(KINDS.ADD_STATEMENT, layer, None, ""), new)
    fields: dict[str, Any] = {name: PolicySet.of([has])}
    request = asked()

    layers, request_then = after([step], (replace(Layers(), **fields), request))
    from_nothing, _ = after([step], (Layers(), request))

    assert request_then is request
    assert getattr(layers, name).policies == (has, new)
    assert getattr(from_nothing, name).policies == (new,)


@pytest.mark.parametrize(
    ("layer", "name"), [(Layer.SCP, "scps"), (Layer.RCP, "rcps"), (Layer.SCOPE_DOWN, "scope_downs")]
)
@pytest.mark.parametrize("level", [0, 1, 2])
def test_the_other_levels_stay_when_something_is_added_to_one(layer: Layer, name: str, level: int) -> None:
    levels = tuple(policies(PolicyType.SERVICE_CONTROL, READ, name=str(number)) for number in range(3))
    [policy] = policies(PolicyType.SERVICE_CONTROL, DENY, name="new").policies
    step = Step(Change(KINDS.ADD_STATEMENT, layer, level, ""), policy)
    fields: dict[str, Any] = {name: levels}

    layers, _ = after([step], (replace(Layers(), **fields), asked()))

    expected = [[str(number), "new"] if number == level else [str(number)] for number in range(3)]
    assert [[source.name for source in each.sources] for each in getattr(layers, name)] == expected
