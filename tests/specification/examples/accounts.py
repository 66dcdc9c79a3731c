"""Worked examples of the decision: one account and two, organizations, role trust policies."""

from tests.specification.examples.builders import (
    ANONYMOUS,
    FEDERATED_ARN,
    GET,
    PROVIDER,
    REBORN,
    ROLE_ARN,
    ROOT,
    ROOT_ARN,
    SESSION_ARN,
    USER_ARN,
    USER_ID,
    WEB,
    A,
    B,
    F,
    R,
    allow,
    ask,
    deny,
    identity,
    layers,
    trust,
)

ROLE_T, ROLE_IN_B = f"arn:aws:iam::{A}:role/t", f"arn:aws:iam::{B}:role/t"
FULL, TO_U = [allow("*")], {"AWS": USER_ARN}
TO_ROLE, TO_SESSION, TO_ACCOUNT = {"AWS": ROLE_ARN}, {"AWS": SESSION_ARN}, {"AWS": ROOT_ARN}
EC2_ONLY = [allow("ec2:*")]
RCP_ALL = [allow("*", to="*")]
MAY_ASSUME = [allow("sts:AssumeRole")]

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
        layers(tp=[trust("sts:AssumeRole", {"AWS": USER_ID})]),
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
    # The token's `azp` is what counts, and its `aud` only where there is none: that makes the key.
    *(
        ask(
            number,
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
            keys={"p.example:aud": "x"} | more,
        )
        for number, more in ((120, {"p.example:oaud": "y"}), (121, {"p.example:oaud": "x"}))
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
