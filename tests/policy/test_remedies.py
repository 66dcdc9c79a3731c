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
from tests.policy.cases import DENY, KINDS, OBJECT, READ, asked, found, identity, policies
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
