"""Worked examples of AWS's evaluation rules, one row each: policies, request, outcome.

Not here, since other parts decide them: the exemptions of the management account and of service-linked roles from
SCPs (`access` passes no SCPs for them), GetCallerIdentity and GetSessionToken, which need no permission, what kinds
of session may not call (GetSessionToken without MFA and IAM), and the transitive tags of a role chain (`sts`).
"""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pytest

from bailiwick.policy import (
    ANONYMOUS,
    Layers,
    PolicySet,
    PolicySource,
    PolicySyntaxError,
    PolicyType,
    Principal,
    PrincipalKind,
    RequestContext,
    check,
    compile_policy,
    evaluate,
)

A, B = "111111111111", "222222222222"
USER_ARN = f"arn:aws:iam::{A}:user/u"
ROLE_ARN = f"arn:aws:iam::{A}:role/r"
SESSION_ARN = f"arn:aws:sts::{A}:assumed-role/r/s"
FEDERATED_ARN = f"arn:aws:sts::{A}:federated-user/f"
ROOT_ARN = f"arn:aws:iam::{A}:root"
PROVIDER = f"arn:aws:iam::{A}:oidc-provider/p.example"
U = Principal(PrincipalKind.USER, A, USER_ARN, "AIDAUUUUUUUUUUUUUUUUU")
REBORN = Principal(PrincipalKind.USER, A, USER_ARN, "AIDAVVVVVVVVVVVVVVVVV")
R = Principal(PrincipalKind.ROLE_SESSION, A, SESSION_ARN, "AROARRRRRRRRRRRRRRRRR", ROLE_ARN)
F = Principal(PrincipalKind.FEDERATED_USER, A, FEDERATED_ARN, U.unique_id, USER_ARN)
ROOT = Principal(PrincipalKind.ROOT, A, ROOT_ARN)
WEB = Principal(PrincipalKind.FEDERATED, A, PROVIDER)
IDENTITY_KEYS: dict[Principal, dict[str, str]] = {
    U: {"aws:username": "u", "aws:principalarn": USER_ARN, "aws:principalaccount": A},
    REBORN: {"aws:username": "u", "aws:principalarn": USER_ARN},
    R: {"aws:principalarn": ROLE_ARN, "aws:principalaccount": A, "aws:tokenissuetime": "2026-11-24T10:00:00Z"},
    F: {"aws:principalarn": FEDERATED_ARN},
    ROOT: {"aws:principalarn": ROOT_ARN},
}

Json = dict[str, Any]
Documents = Sequence[Json]
SCP, RCP = PolicyType.SERVICE_CONTROL, PolicyType.RESOURCE_CONTROL


def statement(effect: str, action: str | list[str], on: str | list[str] = "*", **more: object) -> Json:
    key = "NotAction" if more.pop("not_action", False) else "Action"
    resource = "NotResource" if more.pop("not_on", False) else "Resource"
    found: Json = {"Effect": effect, key: action, resource: on}
    names = {"to": "Principal", "to_all_but": "NotPrincipal", "when": "Condition"}
    return found | {names[name]: value for name, value in more.items()}


def allow(action: str | list[str], on: str | list[str] = "*", **more: object) -> Json:
    return statement("Allow", action, on, **more)


def deny(action: str | list[str], on: str | list[str] = "*", **more: object) -> Json:
    return statement("Deny", action, on, **more)


def trust(action: str | list[str], to: object, **more: object) -> Json:
    found = statement("Allow", action, "*", to=to, **more)
    del found["Resource"]
    return found


def policy(statements: Documents, policy_type: PolicyType, version: str = "2012-10-17") -> PolicySet:
    text = json.dumps({"Version": version, "Statement": statements})
    compiled = compile_policy(text, PolicySource(policy_type, "p"))
    assert compiled.fault is None
    return PolicySet.of([compiled])


def identity(*statements: Json, version: str = "2012-10-17") -> Layers:
    return Layers(identity=policy(statements, PolicyType.INLINE, version))


def layers(
    *,
    own: Documents = (),
    rp: Documents | None = None,
    tp: Documents | None = None,
    pb: Documents | None = None,
    sp: Documents | None = None,
    down: Sequence[Documents] = (),
    scps: Sequence[Documents] = (),
    rcps: Sequence[Documents] = (),
    resource_must_allow: bool = False,
) -> Layers:
    return Layers(
        identity=policy(own, PolicyType.INLINE) if own else PolicySet.of([]),
        resource=None if rp is None else policy(rp, PolicyType.RESOURCE),
        trust=None if tp is None else policy(tp, PolicyType.TRUST),
        boundary=None if pb is None else policy(pb, PolicyType.MANAGED),
        session=None if sp is None else policy(sp, PolicyType.SESSION),
        scope_downs=tuple(policy(each, PolicyType.SESSION) for each in down),
        scps=tuple(policy(each, SCP) for each in scps),
        rcps=tuple(policy(each, RCP) for each in rcps),
        resource_must_allow=resource_must_allow,
    )


def when(operator: str, key: str, values: object, *more: tuple[str, str, object]) -> Layers:
    """Allow everything under a condition: allowed means that it matched."""
    condition: dict[str, dict[str, object]] = {}
    for each_operator, each_key, each_values in ((operator, key, values), *more):
        condition.setdefault(each_operator, {})[each_key] = each_values
    return identity(allow("*", when=condition))


def deny_when(operator: str, key: str, values: object) -> Layers:
    return identity(allow("*"), deny("*", when={operator: {key: values}}))


GET, OBJECT = "s3:GetObject", "arn:aws:s3:::b/o"
ROLE_T = f"arn:aws:iam::{A}:role/t"
TAGS = "aws:TagKeys"
FULL, TO_U = [allow("*")], {"AWS": USER_ARN}
TO_ROLE, TO_SESSION, TO_ACCOUNT = {"AWS": ROLE_ARN}, {"AWS": SESSION_ARN}, {"AWS": ROOT_ARN}
EC2_ONLY = [allow("ec2:*")]
RCP_ALL = [allow("*", to="*")]
EXAMPLE = "arn:aws:s:*:111122223333:f/*"
EXAMPLE_VALUE = "arn:aws:s:us-east-2:999999999999:x/a:111122223333:f/d"
MFA, ISSUED = "aws:MultiFactorAuthPresent", "aws:TokenIssueTime"
IF_TEAM = {"res/Team": "${aws:PrincipalTag/Team}"}


def ask(
    number: int,
    policies: Layers,
    expected: str,
    principal: Principal = U,
    action: str = GET,
    resource: str = OBJECT,
    owner: str = A,
    keys: Mapping[str, str | tuple[str, ...]] = MappingProxyType({}),
) -> pytest.ParameterSet:
    return pytest.param(policies, principal, action, resource, owner, keys, expected, id=f"{number}")


ROLE_IN_B = f"arn:aws:iam::{B}:role/t"
MAY_ASSUME = [allow("sts:AssumeRole")]

LANGUAGE = [
    ask(1, layers(), "Deny"),
    ask(2, identity(allow(GET)), "Allow"),
    ask(3, identity(allow("s3:*"), deny(GET)), "Deny"),
    ask(4, identity(allow("S3:getobject")), "Allow"),
    ask(5, identity(allow("s3:Get?bject")), "Allow"),
    ask(6, identity(allow("s3:Get")), "Deny"),
    ask(7, identity(allow("iam:*", not_action=True)), "Allow"),
    ask(8, identity(allow("iam:*", not_action=True)), "Deny", action="iam:GetUser"),
    ask(9, identity(allow("*"), deny("iam:*", not_action=True)), "Allow", action="iam:GetUser"),
    ask(10, identity(allow("s3:*", "arn:aws:s3:::b/*")), "Deny", action="s3:ListBucket", resource="arn:aws:s3:::b"),
    ask(11, identity(allow("*", "arn:aws:s3:::b/*/test/*")), "Allow", resource="arn:aws:s3:::b/1/2/test/3/o"),
    ask(12, identity(allow("*", "arn:aws:s3:::b/*/test/*")), "Deny", resource="arn:aws:s3:::b/test/o"),
    ask(
        13,
        identity(allow("sqs:*", "arn:aws:sqs")),
        "Allow",
        action="sqs:SendMessage",
        resource=f"arn:aws:sqs:us-east-1:{A}:q",
    ),
    ask(15, identity(allow("*", f"arn:aws:iam::{A}:user/bob")), "Deny", resource=f"arn:aws:iam::{A}:user/Bob"),
    ask(16, identity(allow("*", "arn:aws:s3:::b/*", not_on=True)), "Allow", resource="arn:aws:s3:::c/o"),
    ask(17, identity(allow("*", "arn:aws:s3:::b/*", not_on=True)), "Deny"),
    ask(18, identity(allow("*", f"arn:aws:iam::{A}:user/${{aws:username}}")), "Allow", resource=USER_ARN),
    ask(
        19,
        identity(allow("*", f"arn:aws:iam::{A}:user/${{aws:username}}"), version="2008-10-17"),
        "Deny",
        resource=USER_ARN,
    ),
    ask(20, identity(allow("*", f"arn:aws:iam::{A}:user/${{aws:username}}")), "Deny", R, resource=USER_ARN),
    ask(
        21,
        identity(allow("*", "arn:aws:s3:::b-${aws:PrincipalTag/team, 'all'}")),
        "Allow",
        resource="arn:aws:s3:::b-all",
    ),
    ask(22, identity(allow("*", "arn:aws:s3:::b/${*}")), "Allow", resource="arn:aws:s3:::b/*"),
    ask(23, identity(allow("*", "arn:aws:s3:::b/${*}")), "Deny", resource="arn:aws:s3:::b/x"),
    ask(
        24,
        identity(allow("*", "arn:aws:s3:::b/${aws:PrincipalTag/team}")),
        "Deny",
        resource="arn:aws:s3:::b/x",
        keys={"aws:principaltag/team": "*"},
    ),
    ask(123, identity(allow("s3:*", when={"StringEquals": {"unknown:key": "v"}})), "Deny"),
    ask(131, identity(allow("ec2:*", "arn:aws:ec2:*:*:*")), "Deny", action="ec2:DescribeInstances", resource="*"),
    ask(
        132,
        identity(allow("s3:DeleteBucket", "arn:aws:s3:::*", not_action=True)),
        "Deny",
        action="sqs:SendMessage",
        resource=f"arn:aws:sqs:us-east-1:{A}:q",
    ),
    ask(
        133,
        identity(allow("*"), deny("*", "arn:aws:s3:::b/${aws:username}", not_on=True)),
        "Deny",
        R,
        resource="arn:aws:s3:::c/x",
    ),
]

CONDITIONS = [
    ask(25, when("StringEquals", "a:k", ["a", "b"]), "Allow", keys={"a:k": "b"}),
    ask(26, when("StringNotEquals", "a:k", ["a", "b"]), "Deny", keys={"a:k": "b"}),
    ask(27, when("StringNotEquals", "a:k", ["a", "b"]), "Allow", keys={"a:k": "c"}),
    ask(28, when("StringEquals", "a:k", "a"), "Deny"),
    ask(29, when("StringNotEquals", "a:k", "a"), "Allow"),
    ask(30, when("StringEqualsIfExists", "a:k", "a"), "Allow"),
    ask(31, when("StringEqualsIfExists", "a:k", "a"), "Deny", keys={"a:k": "b"}),
    ask(32, deny_when("StringNotEqualsIfExists", "a:k", "a"), "Deny"),
    ask(33, when("StringEquals", "a:k", "a*"), "Deny", keys={"a:k": "abc"}),
    ask(34, when("StringLike", "a:k", "a*"), "Allow", keys={"a:k": "abc"}),
    ask(35, when("StringLike", "a:k", "A*"), "Deny", keys={"a:k": "abc"}),
    ask(36, when("StringEqualsIgnoreCase", "a:k", "ABC"), "Allow", keys={"a:k": "abc"}),
    ask(37, when("StringEquals", "AWS:PrincipalTag/DEPT", "x"), "Allow", keys={"aws:principaltag/dept": "x"}),
    ask(38, when("StringEquals", "a:k1", "a", ("StringEquals", "a:k2", "b")), "Deny", keys={"a:k1": "a"}),
    ask(39, when("ForAllValues:StringEquals", TAGS, ["a", "b"]), "Allow", keys={"aws:tagkeys": ("a",)}),
    ask(40, when("ForAllValues:StringEquals", TAGS, ["a", "b"]), "Deny", keys={"aws:tagkeys": ("a", "c")}),
    ask(41, when("ForAllValues:StringEquals", TAGS, ["a", "b"]), "Allow"),
    ask(42, when("ForAllValues:StringEquals", TAGS, ["a", "b"], ("Null", TAGS, "false")), "Deny"),
    ask(43, when("ForAnyValue:StringEquals", TAGS, ["a"]), "Allow", keys={"aws:tagkeys": ("a", "c")}),
    ask(44, when("ForAnyValue:StringEquals", TAGS, ["a"]), "Deny"),
    ask(45, deny_when("ForAnyValue:StringEquals", TAGS, ["a"]), "Allow"),
    ask(46, when("ForAnyValue:StringNotEquals", TAGS, ["a"]), "Allow", keys={"aws:tagkeys": ("a", "c")}),
    ask(47, when("ForAllValues:StringNotEquals", TAGS, ["a"]), "Deny", keys={"aws:tagkeys": ("a", "c")}),
    ask(48, when("ForAllValues:ArnLike", "a:k", "d/*"), "Allow"),
    ask(49, when("NumericLessThanEquals", "s3:max-keys", "10"), "Allow", keys={"s3:max-keys": "10"}),
    ask(50, deny_when("NumericLessThan", "ec2:RoleDelivery", 2.0), "Deny", keys={"ec2:roledelivery": "1.0"}),
    ask(51, deny_when("NumericLessThan", "ec2:RoleDelivery", 2.0), "Allow"),
    ask(52, when("DateGreaterThan", ISSUED, "2026-01-01T00:00:00Z"), "Deny"),
    ask(53, deny_when("DateLessThan", ISSUED, "2026-11-24T10:00:01Z"), "Deny", R),
    ask(54, deny_when("DateLessThan", ISSUED, "2026-11-24T09:59:59Z"), "Allow", R),
    ask(55, deny_when("Bool", "aws:SecureTransport", False), "Allow", keys={"aws:securetransport": "true"}),
    ask(56, deny_when("Bool", MFA, "false"), "Allow"),
    ask(57, deny_when("BoolIfExists", MFA, "false"), "Deny"),
    ask(58, when("Bool", MFA, "true"), "Allow", keys={"aws:multifactorauthpresent": "true"}),
    ask(59, when("BoolIfExists", MFA, "true"), "Allow"),
    ask(60, when("BoolIfExists", MFA, "true"), "Deny", keys={"aws:multifactorauthpresent": "false"}),
    ask(61, when("IpAddress", "aws:SourceIp", "203.0.113.0/24"), "Allow", keys={"aws:sourceip": "203.0.113.9"}),
    ask(62, when("IpAddress", "aws:SourceIp", "203.0.113.9"), "Allow", keys={"aws:sourceip": "203.0.113.9"}),
    ask(63, when("IpAddress", "aws:SourceIp", ["203.0.113.0/24"]), "Deny", keys={"aws:sourceip": "2001:db8::1"}),
    ask(64, deny_when("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"), "Deny"),
    ask(65, when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*"), "Allow", R),
    ask(66, when("ArnLike", "a:k", "arn:aws:*:role/x"), "Deny", keys={"a:k": f"arn:aws:iam::{A}:role/x"}),
    ask(67, when("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::*:role/*"), "Allow", R),
    ask(68, when("Null", ISSUED, "false"), "Allow", R),
    ask(69, identity(allow("*"), deny("*", when={"StringNotEquals": IF_TEAM})), "Deny", keys={"res/team": "x"}),
    ask(70, identity(allow("*", when={"StringEquals": IF_TEAM})), "Deny"),
    ask(
        134,
        when("StringLike", "s3:prefix", ["home/", "home/${aws:username}/"]),
        "Allow",
        R,
        keys={"s3:prefix": "home/"},
    ),
    ask(135, when("ArnLike", "a:k", EXAMPLE), "Deny", keys={"a:k": EXAMPLE_VALUE}),
    ask(136, when("StringLike", "a:k", EXAMPLE), "Allow", keys={"a:k": EXAMPLE_VALUE}),
    ask(137, deny_when("ForAllValues:StringNotEquals", TAGS, ["a"]), "Deny"),
    ask(138, when("ForAllValues:StringEquals", TAGS, ["a"]), "Allow", keys={"aws:tagkeys": ()}),
    ask(148, when("StringLike", "aws:PrincipalArn", "arn:aws:iam::${aws:PrincipalAccount}:role/r"), "Allow", R),
]

ONE_ACCOUNT = [
    ask(71, layers(rp=[allow(GET, to=TO_U)]), "Allow"),
    ask(72, layers(rp=[allow(GET, to=TO_U)], pb=EC2_ONLY), "Allow"),
    ask(73, layers(rp=[allow(GET, to=TO_U)], pb=[deny(GET)]), "Deny"),
    ask(74, layers(rp=[allow(GET, to=TO_ROLE)], pb=EC2_ONLY), "Deny", R),
    ask(75, layers(rp=[allow(GET, to=TO_ROLE)], sp=EC2_ONLY), "Deny", R),
    ask(76, layers(rp=[allow(GET, to=TO_ROLE)]), "Allow", R),
    ask(77, layers(rp=[allow(GET, to=TO_SESSION)], pb=EC2_ONLY, sp=EC2_ONLY), "Allow", R),
    ask(
        78, layers(rp=[allow(GET, to="*", when={"ArnEquals": {"aws:PrincipalArn": ROLE_ARN}})], sp=EC2_ONLY), "Allow", R
    ),
    ask(79, layers(rp=[allow(GET, to=TO_ACCOUNT)]), "Deny"),
    ask(80, layers(rp=[allow(GET, to=TO_ACCOUNT)], own=[allow(GET)]), "Allow"),
    ask(81, layers(rp=[allow(GET, to={"AWS": FEDERATED_ARN})]), "Allow", F),
    ask(82, layers(rp=[allow(GET, to=TO_U)], sp=EC2_ONLY), "Deny", F),
    ask(83, layers(own=[allow("s3:*")]), "Deny", F),
    ask(84, layers(own=[allow("s3:*")], sp=[allow("s3:Get*")]), "Deny", F, action="s3:PutObject"),
    ask(85, layers(own=[allow("s3:*")], sp=EC2_ONLY), "Deny", R),
    ask(86, layers(own=[allow("iam:CreateUser")], pb=[allow("s3:*")]), "Deny", action="iam:CreateUser"),
    ask(87, layers(pb=[allow("s3:*")]), "Deny"),
    ask(101, layers(), "Allow", ROOT),
    ask(102, layers(rp=[deny("*", to="*")]), "Deny", ROOT),
    ask(
        113,
        layers(tp=[trust("sts:AssumeRole", {"AWS": U.unique_id})]),
        "Deny",
        REBORN,
        action="sts:AssumeRole",
        resource=ROLE_T,
    ),
    ask(114, layers(rp=[allow(GET, to="*", when={"ArnEquals": {"aws:PrincipalArn": USER_ARN}})]), "Allow", REBORN),
    ask(115, layers(own=FULL, pb=FULL, rp=[deny("*", to_all_but={"AWS": [USER_ARN, ROOT_ARN]})]), "Deny"),
    ask(116, layers(own=[allow("ec2:RunInstances")]), "Deny", action="iam:PassRole", resource=ROLE_ARN),
    ask(
        117,
        identity(allow("iam:PassRole", when={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}})),
        "Deny",
        action="iam:PassRole",
        resource=ROLE_ARN,
        keys={"iam:passedtoservice": "ec2.amazonaws.com"},
    ),
    ask(122, layers(own=FULL, sp=[allow("*", when={"StringEquals": {"p.example:email": "e"}})]), "Deny", R),
    ask(124, layers(own=FULL, rp=[deny("*", to=TO_ACCOUNT)]), "Deny"),
    ask(125, layers(own=FULL, rp=[deny("*", to="*", when={"ArnEquals": {"aws:PrincipalArn": ROOT_ARN}})]), "Allow"),
    ask(127, layers(own=FULL, rp=[deny("*", to_all_but={"AWS": [ROLE_ARN, ROOT_ARN]})]), "Deny", R),
    ask(128, layers(own=FULL, rp=[deny("*", to_all_but={"AWS": [SESSION_ARN, ROLE_ARN, ROOT_ARN]})]), "Allow", R),
    ask(129, layers(rp=[allow(GET, to=TO_ACCOUNT, when={"ArnEquals": {"aws:PrincipalArn": USER_ARN}})]), "Deny"),
    ask(
        143, layers(own=FULL, rp=[allow("*", to={"AWS": f"arn:aws:iam::{A}:user/v"})], resource_must_allow=True), "Deny"
    ),
    ask(144, layers(own=FULL, rp=[allow("*", to=TO_ACCOUNT)], resource_must_allow=True), "Allow"),
    ask(146, layers(own=FULL, rp=[deny("*", to_all_but=TO_ACCOUNT)]), "Deny"),
    ask(147, layers(rp=[deny("*", to_all_but=TO_ACCOUNT)]), "Allow", ROOT),
    ask(149, layers(own=[allow("s3:*")], down=[[allow("s3:Get*")]]), "Deny", R, action="s3:PutObject"),
]

ACROSS_ACCOUNTS = [
    ask(88, layers(rp=[allow(GET, to=TO_U)]), "Deny", owner=B),
    ask(89, layers(own=FULL), "Deny", owner=B),
    ask(90, layers(own=FULL, rp=[allow(GET, to={"AWS": A})]), "Allow", owner=B),
    ask(91, layers(own=FULL, rp=[allow(GET, to="*")]), "Allow", owner=B),
    ask(92, layers(rp=[allow(GET, to="*")]), "Deny", owner=B),
    ask(93, layers(rp=[allow(GET, to="*")]), "Allow", ANONYMOUS, owner=B),
    ask(94, layers(own=FULL, rp=[allow(GET, to=TO_U)], pb=EC2_ONLY), "Deny", owner=B),
    # The owner's SCPs are not among the layers: SCPs follow the principal.
    ask(95, layers(own=FULL, rp=[allow(GET, to=TO_U)]), "Allow", owner=B),
    ask(96, layers(own=FULL, rp=[allow(GET, to=TO_U)], rcps=[RCP_ALL, [deny("s3:*", to="*")]]), "Deny", owner=B),
    ask(130, layers(own=FULL, rp=[allow(GET, to=TO_SESSION)], sp=EC2_ONLY), "Deny", R, owner=B),
    ask(
        140,
        layers(
            rp=[allow(GET, to="*")],
            rcps=[RCP_ALL, [deny("s3:*", to="*", when={"StringNotEquals": {"aws:PrincipalOrgID": "o-x"}})]],
        ),
        "Deny",
        ANONYMOUS,
        owner=B,
    ),
]

ORGANIZATIONS = [
    ask(97, layers(own=FULL, scps=[FULL, EC2_ONLY]), "Deny"),
    ask(98, layers(scps=[FULL, [allow("*"), deny("s3:*")]]), "Deny", ROOT),
    ask(139, layers(own=FULL, scps=[[deny("ec2:*")], FULL]), "Deny"),
]

TRUST = [
    ask(
        103,
        layers(own=FULL, tp=[trust("sts:AssumeRole", {"AWS": f"arn:aws:iam::{A}:user/v"})]),
        "Deny",
        action="sts:AssumeRole",
        resource=ROLE_T,
    ),
    ask(104, layers(tp=[trust("sts:AssumeRole", TO_U)]), "Allow", action="sts:AssumeRole", resource=ROLE_T),
    ask(105, layers(tp=[trust("sts:AssumeRole", TO_ACCOUNT)]), "Deny", action="sts:AssumeRole", resource=ROLE_T),
    ask(
        106,
        layers(own=MAY_ASSUME, tp=[trust("sts:AssumeRole", TO_ACCOUNT)]),
        "Allow",
        action="sts:AssumeRole",
        resource=ROLE_T,
    ),
    ask(107, layers(tp=[trust("sts:AssumeRole", TO_U)]), "Deny", action="sts:AssumeRole", resource=ROLE_IN_B, owner=B),
    ask(
        108,
        layers(tp=[trust("sts:AssumeRole", TO_U, when={"StringEquals": {"sts:ExternalId": "x"}})]),
        "Deny",
        action="sts:AssumeRole",
        resource=ROLE_T,
    ),
    ask(109, layers(tp=[trust("sts:AssumeRole", TO_U)]), "Deny", action="sts:TagSession", resource=ROLE_T),
    ask(110, layers(tp=[trust("sts:AssumeRole", TO_U)]), "Deny", action="sts:SetSourceIdentity", resource=ROLE_T),
    ask(111, layers(tp=[trust("sts:AssumeRole", TO_ACCOUNT)]), "Deny", ROOT, action="sts:AssumeRole", resource=ROLE_T),
    ask(112, layers(own=FULL, tp=[trust("sts:AssumeRole", TO_U)]), "Deny", R, action="sts:AssumeRole", resource=ROLE_T),
    ask(
        120,
        layers(
            tp=[
                trust(
                    "sts:AssumeRoleWithWebIdentity",
                    {"Federated": PROVIDER},
                    when={"StringEquals": {"p.example:aud": "x"}},
                )
            ]
        ),
        "Allow",
        WEB,
        action="sts:AssumeRoleWithWebIdentity",
        resource=ROLE_T,
        keys={"p.example:aud": "x"},
    ),
    ask(126, layers(tp=[trust("sts:AssumeRole", TO_U)], pb=EC2_ONLY), "Deny", action="sts:AssumeRole", resource=ROLE_T),
    ask(141, layers(own=FULL, tp=[trust("sts:AssumeRole", TO_ROLE)]), "Deny", R, action="sts:SetSourceIdentity"),
    ask(
        145,
        layers(
            tp=[
                trust(
                    "sts:AssumeRoleWithWebIdentity",
                    {"Federated": PROVIDER},
                    when={"Bool": {"sts:RoleAuthorizedByIdp": "true"}},
                )
            ]
        ),
        "Deny",
        WEB,
        action="sts:AssumeRoleWithWebIdentity",
        resource=ROLE_T,
        keys={"sts:roleauthorizedbyidp": "false"},
    ),
]


@pytest.mark.parametrize(
    ("policies", "principal", "action", "resource", "owner", "keys", "expected"),
    [*LANGUAGE, *CONDITIONS, *ONE_ACCOUNT, *ACROSS_ACCOUNTS, *ORGANIZATIONS, *TRUST],
)
def test_a_worked_example_comes_out_as_aws_says(
    policies: Layers,
    principal: Principal,
    action: str,
    resource: str,
    owner: str,
    keys: Mapping[str, str | tuple[str, ...]],
    expected: str,
) -> None:
    context = {**IDENTITY_KEYS.get(principal, {}), **keys}

    decision = evaluate(policies, RequestContext(action, resource, principal, owner, context))

    assert decision.effect.value == expected


def test_an_incomplete_arn_is_refused_in_a_session_policy() -> None:
    """Example 14."""
    document = json.dumps({"Version": "2012-10-17", "Statement": allow("sqs:*", "arn:aws:sqs")})

    with pytest.raises(PolicySyntaxError):
        check(document, PolicyType.SESSION)
