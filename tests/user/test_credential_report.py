"""The credential report: asked for, fetched, and what it tells, as boto3 sees it."""

import csv
import datetime
import io
from typing import Any

import pytest

from tests.user import mfa_devices
from tests.user.client import Aws
from tests.user.credential_builders import give_all
from tests.user.refusals import refused

PASSWORD = "correct-Horse-1"

KEY_COLUMNS = ["active", "last_rotated", "last_used_date", "last_used_region", "last_used_service"]
COLUMNS = [
    *["user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed"],
    *["password_next_rotation", "mfa_active"],
    *(f"access_key_1_{column}" for column in KEY_COLUMNS),
    *(f"access_key_2_{column}" for column in KEY_COLUMNS),
    *["cert_1_active", "cert_1_last_rotated", "cert_2_active", "cert_2_last_rotated", "additional_credentials_info"],
]
NO_KEY = ["false", "N/A", "N/A", "N/A", "N/A"]


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator."""
    return aws.admin("iam")


def report(iam: Any) -> dict[str, dict[str, str]]:
    """A new report's rows by user."""
    assert iam.generate_credential_report()["State"] == "STARTED"
    text = iam.get_credential_report()["Content"].decode("utf-8")
    return {row["user"]: row for row in csv.DictReader(io.StringIO(text))}


def shown(time: datetime.datetime) -> str:
    return time.astimezone(datetime.UTC).isoformat(timespec="seconds")


def key(row: dict[str, str], number: int) -> list[str]:
    return [row[f"access_key_{number}_{column}"] for column in KEY_COLUMNS]


def test_a_report_is_there_once_it_was_asked_for(aws: Aws, iam: Any) -> None:
    with refused("ReportNotPresent"):
        iam.get_credential_report()

    assert iam.generate_credential_report()["Description"] == (
        "No report exists. Starting a new report generation task"
    )

    fetched = iam.get_credential_report()
    assert fetched["ReportFormat"] == "text/csv"
    now = datetime.datetime.now(datetime.UTC)
    assert abs(fetched["GeneratedTime"] - now) < datetime.timedelta(minutes=1)
    with refused("ReportNotPresent"):
        aws.other().admin("iam").get_credential_report()


def test_a_report_stays_as_it_is_for_hours(iam: Any) -> None:
    iam.generate_credential_report()
    first = iam.get_credential_report()
    iam.create_user(UserName="ana")

    assert iam.generate_credential_report()["State"] == "COMPLETE"

    second = iam.get_credential_report()
    assert (second["Content"], second["GeneratedTime"]) == (first["Content"], first["GeneratedTime"])


def test_the_columns_are_awss_in_their_order_and_root_comes_first(aws: Aws, iam: Any) -> None:
    for name in ("Zoe", "ana", "Ben,Jr"):
        iam.create_user(UserName=name)
    iam.generate_credential_report()

    lines = list(csv.reader(io.StringIO(iam.get_credential_report()["Content"].decode("utf-8"))))

    assert lines[0] == COLUMNS
    assert [line[0] for line in lines[1:]] == ["<root_account>", "admin", "ana", "Ben,Jr", "Zoe"]
    assert lines[1][1] == f"arn:aws:iam::{aws.account_id}:root"
    assert lines[1][3:8] == ["false", "N/A", "not_supported", "not_supported", "false"]
    assert lines[1][8:] == [*NO_KEY, *NO_KEY, "false", "N/A", "false", "N/A", ""]


def test_a_user_with_nothing_is_told_as_such(aws: Aws, iam: Any) -> None:
    made = iam.create_user(UserName="ana", Path="/staff/")["User"]

    row = report(iam)["ana"]

    assert list(row.values()) == [
        *["ana", made["Arn"], shown(made["CreateDate"]), "false", "N/A", "N/A", "N/A", "false"],
        *[*NO_KEY, *NO_KEY, "false", "N/A", "false", "N/A", ""],
    ]


def test_passwords_are_told_with_when_they_must_be_changed(iam: Any) -> None:
    iam.create_user(UserName="ana")
    made = iam.create_login_profile(UserName="ana", Password=PASSWORD)["LoginProfile"]
    iam.update_account_password_policy(MaxPasswordAge=90)

    row = report(iam)["ana"]

    assert row["password_enabled"] == "true"
    assert row["password_last_used"] == "no_information"
    assert row["password_last_changed"] == shown(made["CreateDate"])
    assert row["password_next_rotation"] == shown(made["CreateDate"] + datetime.timedelta(days=90))


def test_passwords_that_do_not_expire_have_no_next_rotation(iam: Any) -> None:
    iam.create_user(UserName="ana")
    iam.create_login_profile(UserName="ana", Password=PASSWORD)

    assert report(iam)["ana"]["password_next_rotation"] == "N/A"


def test_keys_are_told_with_their_last_use(aws: Aws, iam: Any) -> None:
    iam.create_user(UserName="ana")
    first = iam.create_access_key(UserName="ana")["AccessKey"]
    second = iam.create_access_key(UserName="ana")["AccessKey"]
    aws.client("sts", first).get_caller_identity()
    iam.update_access_key(UserName="ana", AccessKeyId=second["AccessKeyId"], Status="Inactive")
    used = {}
    while "LastUsedDate" not in used:  # written within a second
        used = iam.get_access_key_last_used(AccessKeyId=first["AccessKeyId"])["AccessKeyLastUsed"]

    row = report(iam)["ana"]

    assert key(row, 1) == ["true", shown(first["CreateDate"]), shown(used["LastUsedDate"]), "us-east-1", "sts"]
    assert key(row, 2) == NO_KEY


def test_devices_and_certificates_are_told(iam: Any) -> None:
    iam.create_user(UserName="ana")
    held = give_all(iam, "ana")
    mfa_devices.enable(iam, "ana")
    [certificate] = iam.list_signing_certificates(UserName="ana")["Certificates"]

    row = report(iam)["ana"]

    assert row["mfa_active"] == "true"
    assert (row["cert_1_active"], row["cert_1_last_rotated"]) == ("true", shown(certificate["UploadDate"]))
    assert (row["cert_2_active"], row["cert_2_last_rotated"]) == ("false", "N/A")
    assert certificate["CertificateId"] == held.signing_certificate
