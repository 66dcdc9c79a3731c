"""AssumeRole: who may become a role, for how long, and what the session may do, as boto3 sees it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.user.client import Aws
from tests.user.refusals import refused
from tests.user.sessions import allowing, assume, root_of, trusting, using

NOT_AUTHORIZED = "User: {caller} is not authorized to perform: sts:{action} on resource: {role}"


def denial(caller: str, role: str, action: str = "AssumeRole") -> str:
    return NOT_AUTHORIZED.format(caller=caller, role=role, action=action)


# The reply


def test_a_trusted_user_becomes_the_role(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=ana.arn, allow=["iam:ListUsers"])

    issued = assume(ana.client("sts"), role.arn, RoleSessionName="release-7")

    identity = using(aws, issued, "sts").get_caller_identity()
    assert identity["Account"] == aws.account_id
    assert identity["Arn"] == f"arn:aws:sts::{aws.account_id}:assumed-role/deploy/release-7"
    assert identity["UserId"].startswith("AROA")
    assert identity["UserId"].endswith(":release-7")
    assert issued["AssumedRoleUser"] == {"AssumedRoleId": identity["UserId"], "Arn": identity["Arn"]}
    assert using(aws, issued, "iam").list_users()["Users"]


def test_the_credentials_live_an_hour_and_have_the_form_of_aws(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=ana.arn)
    before = datetime.now(UTC).replace(microsecond=0)

    issued = assume(ana.client("sts"), role.arn)

    credentials = issued["Credentials"]
    assert before + timedelta(hours=1) <= credentials["Expiration"] <= datetime.now(UTC) + timedelta(hours=1)
    assert credentials["Expiration"].microsecond == 0
    assert credentials["AccessKeyId"].startswith("ASIA")
    assert len(credentials["AccessKeyId"]) == 20
    assert len(credentials["SecretAccessKey"]) == 40
    assert issued["SessionTokenSize"] == len(credentials["SessionToken"]) <= 4096
    assert 0 < issued["SessionTokenUtilization"] <= 100
    assert "PackedPolicySize" not in issued
    assert "SourceIdentity" not in issued


def test_a_token_is_padded_to_the_size_asked_for(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=ana.arn)

    issued = assume(ana.client("sts"), role.arn, MinimumSessionTokenSize=4096)

    assert issued["SessionTokenSize"] == len(issued["Credentials"]["SessionToken"]) == 4096
    assert issued["SessionTokenUtilization"] == 100
    using(aws, issued, "sts").get_caller_identity()


# Who may


def test_a_role_that_is_not_there_is_answered_as_one_that_does_not_trust_the_caller(aws: Aws) -> None:
    ana = aws.user("ana", allow=["sts:AssumeRole"])
    other = aws.role("deploy", trust=aws.user("ben").arn).arn
    missing = f"arn:aws:iam::{aws.account_id}:role/nothing"

    for arn in (other, missing):
        with refused("AccessDenied", denial(ana.arn, arn)):
            assume(ana.client("sts"), arn)


def test_the_account_as_trusted_principal_leaves_it_to_the_accounts_policies(aws: Aws) -> None:
    role = aws.role("deploy", trust=root_of(aws))
    ana, ben = aws.user("ana"), aws.user("ben", allow=["sts:AssumeRole"])

    assume(ben.client("sts"), role.arn)
    with refused("AccessDenied", denial(ana.arn, role.arn)):
        assume(ana.client("sts"), role.arn)


def test_an_explicit_deny_of_the_callers_own_policies_beats_the_trust(aws: Aws) -> None:
    ana = aws.user("ana", deny=["sts:AssumeRole"])
    role = aws.role("deploy", trust=ana.arn)

    with refused("AccessDenied", denial(ana.arn, role.arn)):
        assume(ana.client("sts"), role.arn)


def test_a_callers_boundary_must_allow_assuming_even_a_role_that_names_it(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=ana.arn)
    aws.admin("iam").put_user_permissions_boundary(
        UserName="ana", PermissionsBoundary="arn:aws:iam::aws:policy/IAMReadOnlyAccess"
    )

    with refused("AccessDenied", denial(ana.arn, role.arn)):
        assume(ana.client("sts"), role.arn)


def test_a_name_in_another_case_or_path_is_another_role(aws: Aws) -> None:
    ana = aws.user("ana", allow=["sts:AssumeRole"])
    arn = aws.admin("iam").create_role(
        RoleName="Deploy", Path="/ci/", AssumeRolePolicyDocument=json.dumps(trusting(ana.arn))
    )["Role"]["Arn"]

    assert assume(ana.client("sts"), arn)["AssumedRoleUser"]["Arn"].endswith(":assumed-role/Deploy/work")
    for other in (arn.replace("/ci/", "/"), arn.replace("/ci/", "/CI/"), arn.replace("Deploy", "deploy")):
        with refused("AccessDenied", denial(ana.arn, other)):
            assume(ana.client("sts"), other)


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::{account}:user/deploy",
        "arn:aws:sts::{account}:assumed-role/deploy/work",
        "arn:aws:iam::12345:role/deploy",
        "arn:aws-cn:iam::{account}:role/deploy",
        "arn:aws:iam::{account}:role/",
        "arn:aws:iam::{account}:role/de ploy",
    ],
)
def test_what_is_no_roles_arn_is_invalid(aws: Aws, arn: str) -> None:
    ana = aws.user("ana", allow=["sts:AssumeRole"])
    sent = arn.format(account=aws.account_id)

    with refused("ValidationError", f"{sent} is invalid"):
        assume(ana.client("sts"), sent)


@pytest.mark.parametrize(("is_trusted", "is_allowed"), [(True, False), (False, True)])
def test_between_accounts_one_side_alone_is_not_enough(aws: Aws, is_trusted: bool, is_allowed: bool) -> None:
    theirs = aws.other()
    ana = aws.user("ana", allow=["sts:AssumeRole"] if is_allowed else [])
    role = theirs.role("deploy", trust=ana.arn if is_trusted else root_of(theirs))

    with refused("AccessDenied", denial(ana.arn, role.arn)):
        assume(ana.client("sts"), role.arn)


@pytest.mark.parametrize("names_the_user", [True, False])
def test_between_accounts_both_sides_together_are_enough(aws: Aws, names_the_user: bool) -> None:
    theirs = aws.other()
    ana = aws.user("ana", allow=["sts:AssumeRole"])
    role = theirs.role("deploy", trust=ana.arn if names_the_user else root_of(aws))

    issued = assume(ana.client("sts"), role.arn)

    assert using(aws, issued, "sts").get_caller_identity()["Account"] == theirs.account_id


@pytest.mark.parametrize("sent", [{}, {"ExternalId": "tenant-4"}, {"ExternalId": "Tenant-42"}])
def test_an_external_id_that_is_missing_or_only_near_is_refused(aws: Aws, sent: dict[str, Any]) -> None:
    ana = aws.user("ana", allow=["sts:AssumeRole"])
    role = aws.role("deploy", trust=trusting(root_of(aws), StringEquals={"sts:ExternalId": "tenant-42"}))

    with refused("AccessDenied", denial(ana.arn, role.arn)):
        assume(ana.client("sts"), role.arn, **sent)


def test_the_right_external_id_opens_the_role_and_one_nobody_asked_for_does_no_harm(aws: Aws) -> None:
    ana = aws.user("ana", allow=["sts:AssumeRole"])
    asking = aws.role("asking", trust=trusting(root_of(aws), StringEquals={"sts:ExternalId": "tenant-42"}))
    plain = aws.role("plain", trust=root_of(aws))

    assume(ana.client("sts"), asking.arn, ExternalId="tenant-42")
    assume(ana.client("sts"), plain.arn, ExternalId="tenant-42")


def test_a_trust_policy_can_hold_callers_to_their_own_session_name(aws: Aws) -> None:
    ana = aws.user("ana", allow=["sts:AssumeRole"])
    role = aws.role("deploy", trust=trusting(root_of(aws), StringEquals={"sts:RoleSessionName": "${aws:username}"}))

    assume(ana.client("sts"), role.arn, RoleSessionName="ana")
    with refused("AccessDenied"):
        assume(ana.client("sts"), role.arn, RoleSessionName="ben")


def test_a_changed_trust_policy_holds_for_the_very_next_call(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=ana.arn)
    assume(ana.client("sts"), role.arn)

    aws.admin("iam").update_assume_role_policy(
        RoleName="deploy", PolicyDocument=json.dumps(trusting(aws.user("ben").arn))
    )

    with refused("AccessDenied"):
        assume(ana.client("sts"), role.arn)


def test_a_role_does_not_trust_itself(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=ana.arn, allow=["sts:AssumeRole"])
    session = using(aws, assume(ana.client("sts"), role.arn), "sts")

    with refused("AccessDenied"):
        assume(session, role.arn)


def test_a_user_made_again_under_a_trusted_name_is_not_trusted(aws: Aws) -> None:
    iam = aws.admin("iam")
    ana = aws.user("ana")
    role = aws.role("deploy", trust=ana.arn)
    iam.delete_access_key(UserName="ana", AccessKeyId=ana.access_key_id)
    iam.delete_user(UserName="ana")

    again = aws.user("ana")

    with refused("AccessDenied"):
        assume(again.client("sts"), role.arn)


# For how long


def test_a_session_lives_as_long_as_asked_up_to_the_roles_maximum(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=ana.arn)
    aws.admin("iam").update_role(RoleName="deploy", MaxSessionDuration=7200)

    issued = assume(ana.client("sts"), role.arn, DurationSeconds=7200)

    left = issued["Credentials"]["Expiration"] - datetime.now(UTC)
    assert timedelta(seconds=7100) < left <= timedelta(seconds=7200)
    with refused("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."):
        assume(ana.client("sts"), role.arn, DurationSeconds=7201)


def test_how_long_a_role_lends_itself_is_not_told_to_those_it_does_not_trust(aws: Aws) -> None:
    ana = aws.user("ana", allow=["sts:AssumeRole"])
    role = aws.role("deploy", trust=aws.user("ben").arn)

    with refused("AccessDenied"):
        assume(ana.client("sts"), role.arn, DurationSeconds=43200)


def test_a_duration_out_of_all_bounds_is_refused(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=ana.arn)

    with refused("ValidationError", having="Member must have value less than or equal to 43200"):
        assume(ana.client("sts"), role.arn, DurationSeconds=43201)


@pytest.mark.parametrize("from_a_role", [True, False])
def test_a_session_of_any_kind_gets_an_hour_at_most(aws: Aws, from_a_role: bool) -> None:
    ana = aws.user("ana", allow=["sts:AssumeRole"])
    first = aws.role("first", trust=ana.arn, allow=["sts:AssumeRole"])
    second = aws.role("second", trust=root_of(aws))
    aws.admin("iam").update_role(RoleName="second", MaxSessionDuration=43200)
    sts = ana.client("sts")
    session = using(aws, assume(sts, first.arn) if from_a_role else sts.get_session_token(), "sts")

    assume(session, second.arn, DurationSeconds=3600)
    with refused(
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    ):
        assume(session, second.arn, DurationSeconds=3601)


# Session policies


def test_a_session_policy_narrows_the_role_and_never_widens_it(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=ana.arn, allow=["iam:ListUsers", "iam:ListGroups"])

    issued = assume(ana.client("sts"), role.arn, Policy=allowing("iam:ListUsers", "iam:ListRoles"))

    iam = using(aws, issued, "iam")
    iam.list_users()
    with refused("AccessDenied", having="because no session policy allows the iam:ListGroups action"):
        iam.list_groups()
    with refused("AccessDenied", having="because no identity-based policy allows the iam:ListRoles action"):
        iam.list_roles()
    assert 0 < issued["PackedPolicySize"] <= 100


def test_session_policies_of_both_kinds_are_one_ceiling_together(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=ana.arn, allow=["iam:*"])
    own = aws.admin("iam").create_policy(PolicyName="groups", PolicyDocument=allowing("iam:ListGroups"))["Policy"]
    arns = [{"arn": own["Arn"]}, {"arn": "arn:aws:iam::aws:policy/IAMUserChangePassword"}]

    iam = using(aws, assume(ana.client("sts"), role.arn, Policy=allowing("iam:ListUsers"), PolicyArns=arns), "iam")

    iam.list_users()
    iam.list_groups()
    with refused("AccessDenied", having="session policy"):
        iam.list_roles()


def test_a_managed_session_policy_says_what_it_says_now(aws: Aws) -> None:
    admin, ana = aws.admin("iam"), aws.user("ana")
    role = aws.role("deploy", trust=ana.arn, allow=["iam:*"])
    arn = admin.create_policy(PolicyName="own", PolicyDocument=allowing("iam:ListUsers"))["Policy"]["Arn"]
    iam = using(aws, assume(ana.client("sts"), role.arn, PolicyArns=[{"arn": arn}]), "iam")
    iam.list_users()

    admin.create_policy_version(PolicyArn=arn, PolicyDocument=allowing("iam:ListGroups"), SetAsDefault=True)

    iam.list_groups()
    with refused("AccessDenied"):
        iam.list_users()


def test_a_managed_session_policy_that_was_deleted_leaves_nothing_allowed(aws: Aws) -> None:
    admin, ana = aws.admin("iam"), aws.user("ana")
    role = aws.role("deploy", trust=ana.arn, allow=["iam:*"])
    arn = admin.create_policy(PolicyName="own", PolicyDocument=allowing("iam:ListUsers"))["Policy"]["Arn"]
    iam = using(aws, assume(ana.client("sts"), role.arn, PolicyArns=[{"arn": arn}]), "iam")
    iam.list_users()

    admin.delete_policy(PolicyArn=arn)

    with refused("AccessDenied"):
        iam.list_users()


def test_managed_session_policies_are_the_roles_accounts_own_or_those_of_aws(aws: Aws) -> None:
    theirs = aws.other()
    ana = aws.user("ana", allow=["sts:AssumeRole"])
    role = theirs.role("deploy", trust=ana.arn)
    mine = aws.admin("iam").create_policy(PolicyName="own", PolicyDocument=allowing("iam:*"))["Policy"]["Arn"]
    missing = f"arn:aws:iam::{theirs.account_id}:policy/own"
    user = f"arn:aws:iam::{theirs.account_id}:user/admin"

    for arn in (mine, missing, "arn:aws:iam::aws:policy/NoSuchPolicy", user):
        words = f"The session policy {arn} is not a managed policy of this account or of AWS."
        with refused("ValidationError", words):
            assume(ana.client("sts"), role.arn, PolicyArns=[{"arn": arn}])
    theirs.admin("iam").create_policy(PolicyName="own", PolicyDocument=allowing("iam:*"))
    assume(ana.client("sts"), role.arn, PolicyArns=[{"arn": missing}])


@pytest.mark.parametrize("policy", ["{}", "not JSON", '{"Version":"2012-10-17","Statement":[{"Effect":"Allow"}]}'])
def test_a_malformed_session_policy_is_refused(aws: Aws, policy: str) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=ana.arn)

    with refused("MalformedPolicyDocument"):
        assume(ana.client("sts"), role.arn, Policy=policy)


def test_session_policies_have_2048_characters_at_most(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=ana.arn)
    policy = allowing("iam:ListUsers").ljust(2048)

    assume(ana.client("sts"), role.arn, Policy=policy)
    with refused("ValidationError", having="Member must have length less than or equal to 2048"):
        assume(ana.client("sts"), role.arn, Policy=policy + " ")
    with refused("PackedPolicyTooLarge"):
        assume(
            ana.client("sts"), role.arn, Policy=policy, PolicyArns=[{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]
        )


# What may not be done with it


def test_the_root_of_limits_is_kept_along_a_chain(aws: Aws) -> None:
    ana = aws.user("ana")
    first = aws.role("first", trust=ana.arn, allow=["sts:AssumeRole"])
    second = aws.role("second", trust=root_of(aws), allow=["iam:*"])

    limited = using(aws, assume(ana.client("sts"), first.arn, Policy=allowing("iam:ListUsers")), "sts")

    with refused("AccessDenied", denial(f"arn:aws:sts::{aws.account_id}:assumed-role/first/work", second.arn)):
        assume(limited, second.arn)


def test_a_session_of_a_role_gets_no_session_of_a_users_kind(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=ana.arn, allow=["*"])
    sts = using(aws, assume(ana.client("sts"), role.arn), "sts")

    with refused("AccessDenied", "Cannot call GetSessionToken with session credentials"):
        sts.get_session_token()
    with refused("AccessDenied", "Cannot call GetFederationToken with session credentials"):
        sts.get_federation_token(Name="bob")


def test_a_role_made_again_under_its_name_does_not_take_over_the_old_sessions(aws: Aws) -> None:
    iam, ana = aws.admin("iam"), aws.user("ana")
    role = aws.role("deploy", trust=ana.arn)
    sts = using(aws, assume(ana.client("sts"), role.arn), "sts")
    iam.delete_role(RoleName="deploy")

    aws.role("deploy", trust=ana.arn, allow=["*"])

    with refused("InvalidClientTokenId"):
        sts.get_caller_identity()


# One-time codes and contexts


def test_one_time_codes_are_refused_as_those_of_an_unknown_device(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=ana.arn)
    serial = f"arn:aws:iam::{aws.account_id}:mfa/ana"

    with refused(
        "AccessDenied",
        "MultiFactorAuthentication failed, unable to validate MFA code.  "
        "Please verify your MFA serial number is valid and associated with this user.",
    ):
        assume(ana.client("sts"), role.arn, SerialNumber=serial, TokenCode="123456")
    parts: list[dict[str, Any]] = [{"SerialNumber": serial}, {"TokenCode": "123456"}]
    for alone in parts:
        with refused(
            "AccessDenied",
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
        ):
            assume(ana.client("sts"), role.arn, **alone)


def test_a_trust_policy_that_asks_for_mfa_is_not_satisfied_without(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=trusting(ana.arn, Bool={"aws:MultiFactorAuthPresent": "true"}))

    with refused("AccessDenied", denial(ana.arn, role.arn)):
        assume(ana.client("sts"), role.arn)


def test_context_assertions_are_refused_while_nobody_can_make_one(aws: Aws) -> None:
    ana = aws.user("ana")
    role = aws.role("deploy", trust=ana.arn)
    context = {"ProviderArn": "arn:aws:iam::aws:contextProvider/IdentityCenter", "ContextAssertion": "made up"}

    with refused("InvalidContextAssertion"):
        assume(ana.client("sts"), role.arn, ProvidedContexts=[context])
