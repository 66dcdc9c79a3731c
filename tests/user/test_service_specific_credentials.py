"""Service-specific credentials: passwords and API keys for single services, as boto3 sees it."""

import asyncio
import base64
import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bailiwick.store import open_store
from tests.user.client import Aws
from tests.user.refusals import denial_of, refused
from tests.user.root_sessions import root_keys
from tests.user.server import Server

GIT = "codecommit.amazonaws.com"
KEYSPACES = "cassandra.amazonaws.com"
BEDROCK = "bedrock.amazonaws.com"
API_KEYS = (BEDROCK, "logs.amazonaws.com", "cloudwatch.amazonaws.com", "aws-external-anthropic.amazonaws.com")


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator, whose account has a user `ana`."""
    iam = aws.admin("iam")
    iam.create_user(UserName="ana")
    return iam


def create(iam: Any, service: str = GIT, user: str = "ana", **parameters: Any) -> dict[str, Any]:
    made = iam.create_service_specific_credential(UserName=user, ServiceName=service, **parameters)
    credential: dict[str, Any] = made["ServiceSpecificCredential"]
    return credential


def listed(iam: Any, **parameters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = iam.list_service_specific_credentials(**parameters)["ServiceSpecificCredentials"]
    return found


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [each["ServiceSpecificCredentialId"] for each in found]


def without_secret(credential: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in credential.items() if name not in ("ServicePassword", "ServiceCredentialSecret")
    }


def expire(server: Server, credential_id: str) -> None:
    """Let a credential's time be over, as it would be after days."""

    async def run() -> None:
        store = await open_store(server.database_url, lambda: round(time.time() * 1000))
        try:
            await store.write(
                lambda tx: tx.run(
                    "UPDATE service_specific_credentials SET expires_at = ? WHERE credential_id = ?",
                    round(time.time() * 1000) - 1,
                    credential_id,
                )
            )
        finally:
            await store.close()

    asyncio.run(run())


# Made


def test_a_password_comes_with_a_user_name_of_the_user_and_the_account(aws: Aws, iam: Any) -> None:
    made = create(iam, user="ANA")

    assert made["UserName"] == "ana"
    assert made["ServiceUserName"] == f"ana-at-{aws.account_id}"
    assert re.fullmatch("[A-Za-z0-9+/]{43}=", made["ServicePassword"])
    assert re.fullmatch("ACCA[A-Z2-7]{17}", made["ServiceSpecificCredentialId"])
    assert (made["ServiceName"], made["Status"]) == (GIT, "Active")
    assert made.keys().isdisjoint({"ExpirationDate", "ServiceCredentialAlias", "ServiceCredentialSecret"})


def test_further_user_names_are_numbered_and_never_two_users(aws: Aws, iam: Any) -> None:
    names = [create(iam, service)["ServiceUserName"] for service in (GIT, KEYSPACES, GIT)]
    iam.update_user(UserName="ana", NewUserName="anna")
    iam.create_user(UserName="ana")

    assert names == [f"ana{number}-at-{aws.account_id}" for number in ("", "+1", "+2")]
    assert [each["ServiceUserName"] for each in listed(iam, UserName="anna")] == names
    assert create(iam)["ServiceUserName"] == f"ana+3-at-{aws.account_id}"


@pytest.mark.parametrize("service", API_KEYS)
def test_an_api_key_comes_with_an_alias_that_is_in_it(aws: Aws, iam: Any, service: str) -> None:
    made = create(iam, service, CredentialAgeDays=30)

    alias, secret = made["ServiceCredentialAlias"], made["ServiceCredentialSecret"]
    assert re.fullmatch(f"ana-at-{aws.account_id}-z1[a-z2-7]+", alias)
    prefix = {BEDROCK: "ABSK", "logs.amazonaws.com": "ACWL"}.get(service, "")
    assert secret.startswith(prefix)
    assert base64.b64decode(secret.removeprefix(prefix)).decode().startswith(f"{alias}:")
    assert made["ExpirationDate"] - made["CreateDate"] == timedelta(days=30)
    assert made.keys().isdisjoint({"ServiceUserName", "ServicePassword"})


def test_an_api_key_without_an_age_does_not_expire(iam: Any) -> None:
    assert "ExpirationDate" not in create(iam, BEDROCK)
    longest = create(iam, BEDROCK, CredentialAgeDays=36600)
    assert longest["ExpirationDate"] - longest["CreateDate"] == timedelta(days=36600)


def test_a_service_that_takes_none_is_refused(iam: Any) -> None:
    for service in ("s3.amazonaws.com", "codecommit", "CodeCommit.amazonaws.com", ""):
        with refused("NotSupportedService"):
            create(iam, service)
        with refused("NotSupportedService"):
            listed(iam, UserName="ana", ServiceName=service)


def test_an_age_is_for_api_keys_alone_and_bounded(aws: Aws, iam: Any) -> None:
    with refused("ValidationError", having="long-term API keys"):
        create(iam, GIT, CredentialAgeDays=30)
    for days in (0, 36601):
        with refused("ValidationError", having="credentialAgeDays"):
            create(aws.client("iam", aws.administrator, validates=False), BEDROCK, CredentialAgeDays=days)
    assert listed(iam, UserName="ana") == []


def test_the_secret_is_never_shown_again_nor_kept(iam: Any, server: Server) -> None:
    git, key = create(iam), create(iam, BEDROCK)

    assert listed(iam, UserName="ana") == [without_secret(git), without_secret(key)]
    written = server.log.encode() + b"".join(file.read_bytes() for file in server.data.rglob("*") if file.is_file())
    for secret in (git["ServicePassword"], key["ServiceCredentialSecret"]):
        assert secret.encode() not in written
        assert base64.b64decode(secret.removeprefix("ABSK")) not in written


def test_a_user_holds_two_for_each_service_active_or_not(iam: Any) -> None:
    first = create(iam)["ServiceSpecificCredentialId"]
    create(iam)
    iam.update_service_specific_credential(UserName="ana", ServiceSpecificCredentialId=first, Status="Inactive")

    with refused("LimitExceeded", "Cannot exceed quota for ServiceSpecificCredentialsPerUser: 2"):
        create(iam)
    create(iam, KEYSPACES)


def test_of_many_at_once_two_are_made_with_names_of_their_own(iam: Any) -> None:
    def outcome(_: int) -> str:
        try:
            create(iam)
        except ClientError as refusal:
            return str(refusal.response["Error"]["Code"])
        return "done"

    with ThreadPoolExecutor(8) as pool:
        outcomes = Counter(pool.map(outcome, range(8)))

    assert outcomes == {"done": 2, "LimitExceeded": 6}
    assert len({each["ServiceUserName"] for each in listed(iam, UserName="ana")}) == 2


# Lists


def test_the_list_is_narrowed_by_service_and_paged(iam: Any) -> None:
    made = [create(iam, service) for service in (GIT, BEDROCK, GIT, KEYSPACES)]
    ordered = ids(made)

    assert ids(listed(iam, UserName="ana", ServiceName=GIT)) == [ordered[0], ordered[2]]
    first = iam.list_service_specific_credentials(UserName="ana", MaxItems=3)
    rest = iam.list_service_specific_credentials(UserName="ana", MaxItems=3, Marker=first["Marker"])
    assert ids(first["ServiceSpecificCredentials"]) + ids(rest["ServiceSpecificCredentials"]) == ordered
    assert (first["IsTruncated"], rest["IsTruncated"]) == (True, False)
    with refused("ValidationError", "Invalid Marker."):
        iam.list_service_specific_credentials(UserName="ana", ServiceName=GIT, Marker=first["Marker"])


def test_those_of_all_users_are_listed_page_by_page(aws: Aws, iam: Any) -> None:
    other = aws.other().admin("iam")
    other.create_user(UserName="ana")
    create(other)
    made = []
    for number in range(4):
        iam.create_user(UserName=f"user-{number}")
        made += ids([create(iam, GIT, f"user-{number}"), create(iam, BEDROCK, f"user-{number}")])

    found: list[str] = []
    marker: dict[str, str] = {}
    while True:
        reply = iam.list_service_specific_credentials(AllUsers=True, MaxItems=3, **marker)
        found += ids(reply["ServiceSpecificCredentials"])
        if not reply["IsTruncated"]:
            break
        marker = {"Marker": reply["Marker"]}

    assert found == made
    assert {each["UserName"] for each in listed(iam, AllUsers=True, ServiceName=BEDROCK)} == {
        f"user-{number}" for number in range(4)
    }
    with refused("ValidationError", "UserName cannot be specified together with AllUsers."):
        listed(iam, UserName="ana", AllUsers=True)
    assert listed(iam, UserName="ana", AllUsers=False) == []


def test_all_users_may_be_asked_for_by_who_is_allowed_on_all(aws: Aws, iam: Any) -> None:
    create(iam)

    def allowed(resource: str) -> dict[str, object]:
        statement = {"Effect": "Allow", "Action": "iam:ListServiceSpecificCredentials", "Resource": resource}
        return {"Version": "2012-10-17", "Statement": [statement]}

    of_ana = aws.user("of-ana", policy=allowed(f"arn:aws:iam::{aws.account_id}:user/ana")).client("iam")
    of_all = aws.user("of-all", policy=allowed(f"arn:aws:iam::{aws.account_id}:user/*")).client("iam")

    assert len(listed(of_ana, UserName="ana")) == 1
    assert (
        "iam:ListServiceSpecificCredentials"
        in denial_of(of_ana.list_service_specific_credentials, AllUsers=True).message
    )
    assert len(listed(of_all, AllUsers=True)) == 1


# Changed


def test_a_reset_gives_another_secret_and_leaves_the_rest(iam: Any) -> None:
    for service, secret in ((GIT, "ServicePassword"), (BEDROCK, "ServiceCredentialSecret")):
        made = create(iam, service)

        reset = iam.reset_service_specific_credential(
            UserName="ana", ServiceSpecificCredentialId=made["ServiceSpecificCredentialId"]
        )["ServiceSpecificCredential"]

        assert reset[secret] != made[secret]
        assert without_secret(reset) == without_secret(made)


def test_a_credential_is_switched_off_and_on(iam: Any) -> None:
    which = {"UserName": "ana", "ServiceSpecificCredentialId": create(iam)["ServiceSpecificCredentialId"]}

    for status in ("Inactive", "Inactive", "Active"):
        iam.update_service_specific_credential(**which, Status=status)
        assert listed(iam, UserName="ana")[0]["Status"] == status
    with refused("InvalidInput", "The status Expired cannot be set; it must be Active or Inactive."):
        iam.update_service_specific_credential(**which, Status="Expired")


def test_what_is_expired_says_so_and_cannot_be_reset(iam: Any, server: Server) -> None:
    made = create(iam, BEDROCK, CredentialAgeDays=1)
    which = {"UserName": "ana", "ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"]}
    expire(server, made["ServiceSpecificCredentialId"])

    for status in ("Inactive", "Active"):
        iam.update_service_specific_credential(**which, Status=status)
        assert listed(iam, UserName="ana")[0]["Status"] == "Expired"
    with refused("InvalidInput", "An expired service-specific credential cannot be reset."):
        iam.reset_service_specific_credential(**which)
    iam.delete_service_specific_credential(**which)


def test_a_user_manages_its_own_without_naming_itself(aws: Aws) -> None:
    ben = aws.user("ben", allow=["iam:*ServiceSpecificCredential*"])
    client = ben.client("iam")
    made = create(client, GIT, "ben")
    which = {"ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"]}

    assert listed(client) == [without_secret(made)]
    client.update_service_specific_credential(**which, Status="Inactive")
    client.reset_service_specific_credential(**which)
    client.delete_service_specific_credential(**which)
    assert listed(client) == []


def test_root_has_none_and_a_session_of_a_role_must_name_the_user(aws: Aws, iam: Any, server: Server) -> None:
    which = {"ServiceSpecificCredentialId": create(iam)["ServiceSpecificCredentialId"]}
    root = aws.client("iam", root_keys(server, aws.account_id))
    role = aws.role("deploy", trust=aws.account_id, allow=["iam:*"])
    session = aws.client("iam", aws.assume(aws.administrator, role))

    assert listed(root) == []
    assert len(listed(root, AllUsers=True)) == len(listed(session, AllUsers=True)) == 1
    with refused("ValidationError", "Must specify userName when calling with non-User credentials"):
        listed(session)
    for operation, further in (
        ("update_service_specific_credential", {"Status": "Inactive"}),
        ("reset_service_specific_credential", {}),
        ("delete_service_specific_credential", {}),
    ):
        with refused("NoSuchEntity"):
            getattr(root, operation)(**which, **further)
        with refused("ValidationError", "Must specify userName when calling with non-User credentials"):
            getattr(session, operation)(**which, **further)


def test_what_is_not_the_users_is_not_found(aws: Aws, iam: Any) -> None:
    iam.create_user(UserName="ben")
    of_ben = create(iam, user="ben")["ServiceSpecificCredentialId"]
    other = aws.other().admin("iam")
    other.create_user(UserName="ana")
    foreign = create(other)["ServiceSpecificCredentialId"]

    for operation, further in (
        ("update_service_specific_credential", {"Status": "Inactive"}),
        ("reset_service_specific_credential", {}),
        ("delete_service_specific_credential", {}),
    ):
        for each in (of_ben, foreign, "ACCA" + "A" * 17):
            with refused("NoSuchEntity", f"The Service Specific Credential with id {each} cannot be found."):
                getattr(iam, operation)(UserName="ana", ServiceSpecificCredentialId=each, **further)
        with refused("NoSuchEntity", "The user with name nobody cannot be found."):
            getattr(iam, operation)(UserName="nobody", ServiceSpecificCredentialId=of_ben, **further)
    with refused("NoSuchEntity", "The user with name nobody cannot be found."):
        create(iam, user="nobody")


def test_a_user_with_credentials_cannot_be_deleted(iam: Any) -> None:
    which = {"UserName": "ana", "ServiceSpecificCredentialId": create(iam)["ServiceSpecificCredentialId"]}
    with refused("DeleteConflict", "Cannot delete entity, must remove referenced objects first."):
        iam.delete_user(UserName="ana")
    iam.delete_service_specific_credential(**which)

    with refused("NoSuchEntity"):
        iam.delete_service_specific_credential(**which)
    iam.delete_user(UserName="ana")


# Who may


def test_policies_see_the_service_and_the_age(aws: Aws, iam: Any) -> None:
    statement = {
        "Effect": "Allow",
        "Action": "iam:*ServiceSpecificCredential",
        "Resource": f"arn:aws:iam::{aws.account_id}:user/ana",
        "Condition": {
            "StringEquals": {"iam:ServiceSpecificCredentialServiceName": BEDROCK},
            "NumericLessThanEqualsIfExists": {"iam:ServiceSpecificCredentialAgeDays": "90"},
        },
    }
    helper = aws.user("helper", policy={"Version": "2012-10-17", "Statement": [statement]}).client("iam")

    made = create(helper, BEDROCK, CredentialAgeDays=90)
    for service, parameters in ((BEDROCK, {"CredentialAgeDays": 91}), (GIT, {})):
        denial_of(helper.create_service_specific_credential, UserName="ana", ServiceName=service, **parameters)
    git = create(iam)
    for operation, further in (
        ("update_service_specific_credential", {"Status": "Active"}),
        ("reset_service_specific_credential", {}),
        ("delete_service_specific_credential", {}),
    ):
        call = getattr(helper, operation)
        for each in (git["ServiceSpecificCredentialId"], "ACCA" + "A" * 17):
            denial_of(call, UserName="ana", ServiceSpecificCredentialId=each, **further)
        call(UserName="ana", ServiceSpecificCredentialId=made["ServiceSpecificCredentialId"], **further)


def test_a_credential_of_another_user_tells_policies_nothing(aws: Aws, iam: Any) -> None:
    iam.create_user(UserName="ben")
    of_ben = create(iam, BEDROCK, "ben")["ServiceSpecificCredentialId"]
    statement = {
        "Effect": "Allow",
        "Action": "iam:DeleteServiceSpecificCredential",
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:ServiceSpecificCredentialServiceName": BEDROCK}},
    }
    helper = aws.user("helper", policy={"Version": "2012-10-17", "Statement": [statement]}).client("iam")

    denial_of(helper.delete_service_specific_credential, UserName="ana", ServiceSpecificCredentialId=of_ben)
