"""What a one-time code does: for a user's own session, for IAM, and for becoming a role; by boto3 and the CLI."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.authenticators import Authenticator
from tests.user import mfa_devices
from tests.user.aws_cli import AwsCli, variables
from tests.user.client import Aws, User
from tests.user.events import Events
from tests.user.mfa_devices import proof
from tests.user.refusals import refused
from tests.user.server import Server
from tests.user.sessions import assume, root_of, trusting, using

WRONG = "MultiFactorAuthentication failed with invalid MFA one time pass code."
NOT_THEIRS = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  "
    "Please verify your MFA serial number is valid and associated with this user."
)
INCOMPLETE = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
WITH_MFA = {"aws:MultiFactorAuthPresent": "true"}
WITHOUT_MFA = {
    "Bool": {"aws:MultiFactorAuthPresent": "false"},
    "Null": {"aws:MultiFactorAuthAge": "true"},
}


@pytest.fixture(scope="module")
def events(server: Server) -> Iterator[Events]:
    opened = Events(server.database_url)
    try:
        yield opened
    finally:
        opened.close()


def allowed_if(action: str, **condition: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition}


def user_with(aws: Aws, *statements: dict[str, object]) -> User:
    return aws.user("ana", policy={"Version": "2012-10-17", "Statement": list(statements)})


# A session of one's own


def test_a_session_with_a_code_may_call_iam_and_tells_policies_of_it(aws: Aws) -> None:
    ana = user_with(aws, allowed_if("iam:ListUsers", Bool=WITH_MFA))
    device = mfa_devices.enable(aws.admin("iam"), "ana")
    with refused("AccessDenied"):
        ana.client("iam").list_users()  # a long-term key has no such key at all

    session = ana.client("sts").get_session_token(**proof(device))

    using(aws, session, "iam").list_users()
    assert using(aws, session, "sts").get_caller_identity()["Arn"] == ana.arn


@pytest.mark.parametrize(
    ("condition", "is_allowed"),
    [
        ({"Bool": WITH_MFA}, True),
        ({"BoolIfExists": WITH_MFA}, True),
        ({"Bool": {"aws:MultiFactorAuthPresent": "false"}}, False),
        ({"Null": {"aws:MultiFactorAuthPresent": "false"}}, True),
        ({"NumericLessThan": {"aws:MultiFactorAuthAge": "60"}}, True),
        ({"NumericGreaterThan": {"aws:MultiFactorAuthAge": "3600"}}, False),
        ({"Null": {"aws:MultiFactorAuthAge": "true"}}, False),
    ],
)
def test_policies_see_that_there_was_a_code_and_how_long_ago(
    aws: Aws, condition: dict[str, dict[str, str]], is_allowed: bool
) -> None:
    ana = user_with(aws, allowed_if("iam:ListUsers", **condition))
    device = mfa_devices.enable(aws.admin("iam"), "ana")
    iam = using(aws, ana.client("sts").get_session_token(**proof(device)), "iam")

    if is_allowed:
        iam.list_users()
    else:
        with refused("AccessDenied"):
            iam.list_users()


def test_without_a_code_a_session_tells_that_there_was_none(aws: Aws) -> None:
    ana = user_with(aws, allowed_if("bailiwick:ListSessions", **WITHOUT_MFA))
    device = mfa_devices.enable(aws.admin("iam"), "ana")

    using(aws, ana.client("sts").get_session_token(), "bailiwick").list_sessions()

    with refused("AccessDeniedException"):
        using(aws, ana.client("sts").get_session_token(**proof(device)), "bailiwick").list_sessions()


def test_a_deny_of_all_without_mfa_catches_keys_and_sessions_but_those_with_a_code(aws: Aws) -> None:
    """The idiom of the IAM User Guide: Deny with BoolIfExists."""
    deny = {**allowed_if("*", BoolIfExists={"aws:MultiFactorAuthPresent": "false"}), "Effect": "Deny"}
    ana = user_with(aws, {"Effect": "Allow", "Action": "*", "Resource": "*"}, deny)
    device = mfa_devices.enable(aws.admin("iam"), "ana")
    sts = ana.client("sts")

    with refused("AccessDenied", having="explicit deny"):
        ana.client("iam").list_users()
    with refused("AccessDeniedException", having="explicit deny"):
        using(aws, sts.get_session_token(), "bailiwick").list_sessions()
    using(aws, sts.get_session_token(**proof(device)), "iam").list_users()


def test_the_audit_trail_tells_of_the_code_and_not_the_code(aws: Aws, events: Events) -> None:
    ana = aws.user("ana", allow=["iam:ListUsers"])
    device = mfa_devices.enable(aws.admin("iam"), "ana")
    given = proof(device)

    issued = ana.client("sts").get_session_token(**given)
    listed = using(aws, issued, "iam").list_users()

    text = events.text_of(issued["ResponseMetadata"]["RequestId"])
    assert json.loads(text)["requestParameters"]["serialNumber"] == device.serial_number
    assert given["TokenCode"] not in re.findall(r"\b\d{6}\b", text)
    told = events.of(listed["ResponseMetadata"]["RequestId"])["userIdentity"]["sessionContext"]["attributes"]
    assert told["mfaAuthenticated"] == "true"


# Codes that are not good


@pytest.fixture
def ana(aws: Aws) -> User:
    return aws.user("ana")


@pytest.fixture
def device(aws: Aws, ana: User) -> Authenticator:
    """A device of ana's."""
    return mfa_devices.enable(aws.admin("iam"), "ana")


def test_a_code_is_good_once_for_whatever_it_is_given(aws: Aws, ana: User, device: Authenticator) -> None:
    role = aws.role("deploy", trust=ana.arn)
    sts, given = ana.client("sts"), proof(device)
    sts.get_session_token(**given)

    with refused("AccessDenied", WRONG):
        sts.get_session_token(**given)
    with refused("AccessDenied", WRONG):
        assume(sts, role.arn, **given)
    mfa_devices.set_ahead(aws.admin("iam"), "ana", device)
    given = proof(device)
    assume(sts, role.arn, **given)
    with refused("AccessDenied", WRONG):
        sts.get_session_token(**given)


def test_the_codes_that_enabled_a_device_are_used(ana: User, device: Authenticator) -> None:
    for later in (-1, 0):
        with refused("AccessDenied", WRONG):
            ana.client("sts").get_session_token(**proof(device, device.code(later)))


def test_wrong_codes_are_refused(aws: Aws, ana: User, device: Authenticator) -> None:
    role = aws.role("deploy", trust=ana.arn)
    sts = ana.client("sts")

    for code in (device.wrong_code(), device.code(5)):
        with refused("AccessDenied", WRONG):
            sts.get_session_token(**proof(device, code))
    with refused("AccessDenied", WRONG):
        assume(sts, role.arn, **proof(device, device.wrong_code()))
    sts.get_session_token(**proof(device))


def test_only_an_enabled_device_of_the_callers_own_counts(aws: Aws, ana: User, device: Authenticator) -> None:
    iam = aws.admin("iam")
    ben = aws.user("ben")
    loose = mfa_devices.create(iam, "loose")
    other = aws.other()
    other.user("ana")
    foreign = mfa_devices.enable(other.admin("iam"), "ana")
    role = aws.role("deploy", trust=root_of(aws), allow=["*"])
    session = using(aws, assume(aws.admin("sts"), role.arn), "sts")

    for client, each in (
        (ben.client("sts"), device),
        (ana.client("sts"), loose),
        (ana.client("sts"), foreign),
        (session, device),
    ):
        with refused("AccessDenied", NOT_THEIRS):
            assume(client, role.arn, **proof(each))
    for serial in (device.serial_number.upper(), ana.arn, "GAHT12345678"):
        with refused("AccessDenied", NOT_THEIRS):
            ana.client("sts").get_session_token(SerialNumber=serial, TokenCode=device.code(1))
    iam.deactivate_mfa_device(UserName="ana", SerialNumber=device.serial_number)
    with refused("AccessDenied", NOT_THEIRS):
        ana.client("sts").get_session_token(**proof(device))


def test_serial_number_and_code_come_together_or_not_at_all(aws: Aws, ana: User, device: Authenticator) -> None:
    role = aws.role("deploy", trust=ana.arn)
    sts = ana.client("sts")

    parts: list[dict[str, Any]] = [{"SerialNumber": device.serial_number}, {"TokenCode": device.code(1)}]
    for alone in parts:
        with refused("AccessDenied", INCOMPLETE):
            sts.get_session_token(**alone)
        with refused("AccessDenied", INCOMPLETE):
            assume(sts, role.arn, **alone)
    sts.get_session_token(**proof(device))


@pytest.mark.parametrize("code", ["12345", "1234567", "12345a"])
def test_what_is_not_six_digits_is_refused_before_it_is_looked_at(aws: Aws, code: str) -> None:
    sts = aws.client("sts", aws.administrator, validates=False)

    with refused("ValidationError", having="tokenCode"):
        sts.get_session_token(SerialNumber="GAHT12345678", TokenCode=code)


# Becoming a role


@pytest.fixture
def guarded(aws: Aws, ana: User) -> str:
    """The ARN of a role that ana becomes with a code only, and that may everything."""
    statement: dict[str, Any] = trusting(ana.arn, Bool=WITH_MFA, NumericLessThan={"aws:MultiFactorAuthAge": "300"})
    return aws.role("guarded", trust=statement, allow=["*"]).arn


def test_a_trust_policy_that_asks_for_mfa_takes_a_code(
    aws: Aws, ana: User, device: Authenticator, guarded: str
) -> None:
    sts = ana.client("sts")
    with refused("AccessDenied", having="is not authorized to perform: sts:AssumeRole"):
        assume(sts, guarded)

    issued = assume(sts, guarded, **proof(device))

    assert using(aws, issued, "sts").get_caller_identity()["Arn"].endswith(":assumed-role/guarded/work")


def test_a_trust_policy_that_asks_for_mfa_takes_a_session_with_a_code(
    aws: Aws, ana: User, device: Authenticator, guarded: str
) -> None:
    plain = using(aws, ana.client("sts").get_session_token(), "sts")
    with refused("AccessDenied"):
        assume(plain, guarded)

    session = using(aws, ana.client("sts").get_session_token(**proof(device)), "sts")

    assume(session, guarded)


def test_a_role_of_another_account_takes_a_code_too(aws: Aws, device: Authenticator, ana: User) -> None:
    role = aws.other().role("guarded", trust=trusting(ana.arn, Bool=WITH_MFA))
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}
    aws.admin("iam").put_user_policy(UserName="ana", PolicyName="become", PolicyDocument=json.dumps(allow))
    with refused("AccessDenied"):
        assume(ana.client("sts"), role.arn)

    assume(ana.client("sts"), role.arn, **proof(device))


@pytest.mark.parametrize("with_session", [False, True])
def test_in_a_roles_session_no_policy_sees_that_there_was_a_code(
    aws: Aws, ana: User, device: Authenticator, guarded: str, events: Events, with_session: bool
) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed_if("iam:ListUsers", **WITHOUT_MFA)]})
    if with_session:
        session = using(aws, ana.client("sts").get_session_token(**proof(device)), "sts")
        issued = assume(session, guarded, Policy=document)
    else:
        issued = assume(ana.client("sts"), guarded, Policy=document, **proof(device))

    listed = using(aws, issued, "iam").list_users()

    told = events.of(listed["ResponseMetadata"]["RequestId"])["userIdentity"]["sessionContext"]["attributes"]
    assert told["mfaAuthenticated"] == "true"  # only the audit trail tells how it began


def test_a_code_that_came_with_a_denied_call_is_used_up(aws: Aws, ana: User, device: Authenticator) -> None:
    given = proof(device)
    with refused("AccessDenied", having="is not authorized to perform: sts:AssumeRole"):
        assume(ana.client("sts"), f"arn:aws:iam::{aws.account_id}:role/nothing", **given)

    with refused("AccessDenied", WRONG):
        ana.client("sts").get_session_token(**given)


# The real client


def test_the_whole_way_by_the_cli(aws: Aws, tmp_path: Path) -> None:
    ana = aws.user("ana", allow=["iam:*MFADevice*"])
    role = aws.role("guarded", trust=trusting(ana.arn, Bool=WITH_MFA), allow=["iam:ListUsers"])
    cli = AwsCli(tmp_path, {"AWS_ENDPOINT_URL": aws.endpoint, "AWS_DEFAULT_REGION": "us-east-1", **variables(ana)})
    create = ("iam", "create-virtual-mfa-device", "--virtual-mfa-device-name", "ana", "--outfile", "seed")
    serial = cli.ask(*create, "--bootstrap-method", "Base32StringSeed")["VirtualMFADevice"]["SerialNumber"]
    device = Authenticator(serial, (tmp_path / "seed").read_text())
    first, second = device.pair(-1).values()
    enable = ("iam", "enable-mfa-device", "--user-name", "ana", "--serial-number", serial)

    assert cli.run(*enable, "--authentication-code1", first, "--authentication-code2", second) == ""

    assert cli.ask("iam", "list-mfa-devices")["MFADevices"][0]["SerialNumber"] == serial
    given = ("--serial-number", serial, "--token-code", device.code(1))
    become = ("sts", "assume-role", "--role-arn", role.arn, "--role-session-name", "work")
    session = variables(cli.ask(*become, *given)["Credentials"])
    assert [user["UserName"] for user in cli.ask("iam", "list-users", **session)["Users"]] == ["admin", "ana"]
