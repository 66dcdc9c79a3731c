"""GetSessionToken: temporary credentials for a user's own use, as boto3 sees them."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.user.client import Aws
from tests.user.refusals import refused
from tests.user.sessions import assume, root_of, using


def test_the_session_is_the_user(aws: Aws) -> None:
    ana = aws.user("ana")

    issued = ana.client("sts").get_session_token()

    identity = using(aws, issued, "sts").get_caller_identity()
    assert identity["Arn"] == ana.arn
    assert identity["UserId"] == ana.user_id
    assert issued["Credentials"]["AccessKeyId"].startswith("ASIA")
    assert issued["SessionTokenSize"] == len(issued["Credentials"]["SessionToken"])


def test_no_policy_allows_or_denies_it(aws: Aws) -> None:
    plain, forbidden = aws.user("plain"), aws.user("forbidden", deny=["*"])

    plain.client("sts").get_session_token()
    forbidden.client("sts").get_session_token()


def test_it_lives_twelve_hours_or_as_long_as_asked(aws: Aws) -> None:
    sts = aws.user("ana").client("sts")

    for seconds, parameters in ((43200, {}), (900, {"DurationSeconds": 900}), (129600, {"DurationSeconds": 129600})):
        left = sts.get_session_token(**parameters)["Credentials"]["Expiration"] - datetime.now(UTC)
        assert timedelta(seconds=seconds - 60) < left <= timedelta(seconds=seconds)
    with refused("ValidationError", having="Member must have value less than or equal to 129600"):
        sts.get_session_token(DurationSeconds=129601)


def test_it_has_the_users_own_permissions_as_they_are_now(aws: Aws) -> None:
    ana = aws.user("ana")
    session = using(aws, ana.client("sts").get_session_token(), "bailiwick")
    with refused(
        "AccessDeniedException", having="because no identity-based policy allows the bailiwick:ListSessions action"
    ):
        session.list_sessions()

    aws.group("auditors", members=[ana], allow=["bailiwick:ListSessions"])

    assert session.list_sessions()["Sessions"]


def test_iam_is_closed_to_it_without_mfa(aws: Aws) -> None:
    ana = aws.user("ana", allow=["*"])
    iam = using(aws, ana.client("sts").get_session_token(), "iam")

    with refused("InvalidClientTokenId", "The security token included in the request is invalid"):
        iam.list_users()


def test_of_sts_it_may_only_assume_roles_and_ask_who_it_is(aws: Aws) -> None:
    ana = aws.user("ana", allow=["*"])
    role = aws.role("deploy", trust=root_of(aws))
    sts = using(aws, ana.client("sts").get_session_token(), "sts")

    sts.get_caller_identity()
    assume(sts, role.arn)
    with refused("AccessDenied", "Cannot call GetSessionToken with session credentials"):
        sts.get_session_token()
    with refused("AccessDenied", "Cannot call GetFederationToken with session credentials"):
        sts.get_federation_token(Name="bob")
    with refused("AccessDenied", "Cannot call GetAccessKeyInfo with session credentials"):
        sts.get_access_key_info(AccessKeyId=ana.access_key_id)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        (
            {"SerialNumber": "arn:aws:iam::123456789012:mfa/ana", "TokenCode": "123456"},
            "unable to validate MFA code.  ",
        ),
        ({"SerialNumber": "GAHT12345678"}, "must provide both MFA serial number and one time pass code."),
        ({"TokenCode": "123456"}, "must provide both MFA serial number and one time pass code."),
    ],
)
def test_one_time_codes_are_refused_as_those_of_an_unknown_device(
    aws: Aws, parameters: dict[str, str], words: str
) -> None:
    sts = aws.user("ana").client("sts")

    with refused("AccessDenied", having=f"MultiFactorAuthentication failed, {words}"):
        sts.get_session_token(**parameters)


def test_a_token_works_only_with_its_own_access_key(aws: Aws) -> None:
    sts = aws.user("ana").client("sts")
    first, second = sts.get_session_token()["Credentials"], sts.get_session_token()["Credentials"]

    mixed = {**first, "SessionToken": second["SessionToken"]}

    with refused("InvalidClientTokenId"):
        aws.client("sts", mixed).get_caller_identity()
