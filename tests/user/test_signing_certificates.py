"""Signing certificates of users and of root, as boto3 sees it."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import ed25519

from tests.certificates import DAY, NOW, chain_of, pair, rsa_key
from tests.user.client import Aws
from tests.user.refusals import refused
from tests.user.root_sessions import root_keys
from tests.user.server import Server


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator, whose account has a user `ana`."""
    iam = aws.admin("iam")
    iam.create_user(UserName="ana")
    return iam


def upload(iam: Any, body: str | None = None, **parameters: Any) -> dict[str, Any]:
    parameters = parameters or {"UserName": "ana"}
    made: dict[str, Any] = iam.upload_signing_certificate(CertificateBody=body or pair().pem, **parameters)
    certificate: dict[str, Any] = made["Certificate"]
    return certificate


def test_a_certificate_is_active_and_listed_whole(iam: Any) -> None:
    body = pair(key=rsa_key()).pem

    certificate = upload(iam, body.replace("\n", "\r\n") + "\r\n", UserName="ANA")

    assert re.fullmatch("[A-Z2-7]{32}", certificate["CertificateId"])
    assert (certificate["UserName"], certificate["Status"], certificate["CertificateBody"]) == ("ana", "Active", body)
    assert iam.list_signing_certificates(UserName="ana")["Certificates"] == [certificate]


def test_the_list_is_paged_oldest_first(iam: Any) -> None:
    made = [upload(iam)["CertificateId"] for _ in range(2)]

    pages = iam.get_paginator("list_signing_certificates").paginate(UserName="ana", PaginationConfig={"PageSize": 1})

    assert [[each["CertificateId"] for each in page["Certificates"]] for page in pages] == [[made[0]], [made[1]]]


def test_a_user_manages_its_own_without_naming_itself(aws: Aws) -> None:
    client = aws.user("ben", allow=["iam:*SigningCertificate*"]).client("iam")
    made = client.upload_signing_certificate(CertificateBody=pair().pem)["Certificate"]

    assert made["UserName"] == "ben"
    client.update_signing_certificate(CertificateId=made["CertificateId"], Status="Inactive")
    assert client.list_signing_certificates()["Certificates"] == [{**made, "Status": "Inactive"}]
    client.delete_signing_certificate(CertificateId=made["CertificateId"])
    assert client.list_signing_certificates()["Certificates"] == []


def test_root_has_its_own_which_the_summary_tells_of(aws: Aws, iam: Any, server: Server) -> None:
    root = aws.client("iam", root_keys(server, aws.account_id))
    upload(iam)
    assert iam.get_account_summary()["SummaryMap"]["AccountSigningCertificatesPresent"] == 0

    made = root.upload_signing_certificate(CertificateBody=pair().pem)["Certificate"]

    assert "UserName" not in made
    assert root.list_signing_certificates()["Certificates"] == [made]
    assert iam.get_account_summary()["SummaryMap"]["AccountSigningCertificatesPresent"] == 1
    root.update_signing_certificate(CertificateId=made["CertificateId"], Status="Inactive")
    with refused("NoSuchEntity"):
        iam.delete_signing_certificate(UserName="ana", CertificateId=made["CertificateId"])
    root.delete_signing_certificate(CertificateId=made["CertificateId"])
    assert iam.get_account_summary()["SummaryMap"]["AccountSigningCertificatesPresent"] == 0


def test_a_session_of_a_role_must_name_the_user(aws: Aws) -> None:
    role = aws.role("deploy", trust=aws.account_id, allow=["iam:*"])
    deploy = aws.client("iam", aws.assume(aws.administrator, role))

    for operation, parameters in {
        "upload_signing_certificate": {"CertificateBody": "x"},
        "list_signing_certificates": {},
        "update_signing_certificate": {"CertificateId": "A" * 32, "Status": "Inactive"},
        "delete_signing_certificate": {"CertificateId": "A" * 32},
    }.items():
        with refused("ValidationError", "Must specify userName when calling with non-User credentials"):
            getattr(deploy, operation)(**parameters)


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ("file://cert.pem", "MalformedCertificate", "Unable to parse certificate."),
        (pair().key_pem, "MalformedCertificate", "Unable to parse certificate."),
        (chain_of(pair(), pair()), "MalformedCertificate", "Unable to parse certificate."),
        ("-----BEGIN CERTIFICATE-----\n" + "A\n" * 8000, "MalformedCertificate", "Unable to parse certificate."),
        (pair(begins=NOW - 9 * DAY, ends=NOW - DAY).pem, "MalformedCertificate", "Certificate is no longer valid."),
        (pair(begins=NOW + DAY).pem, "MalformedCertificate", "Certificate is not yet valid."),
        (pair(key=ed25519.Ed25519PrivateKey.generate()).pem, "InvalidCertificate", "RSA key of 1024 to 4096 bits"),
    ],
)
def test_what_cannot_serve_is_refused(iam: Any, body: str, code: str, words: str) -> None:
    with refused(code, having=words):
        upload(iam, body)
    assert iam.list_signing_certificates(UserName="ana")["Certificates"] == []


def test_a_certificate_belongs_to_one_user_of_the_account(aws: Aws, iam: Any) -> None:
    iam.create_user(UserName="ben")
    body = pair().pem
    made = upload(iam, body)

    for user in ("ana", "ben"):
        with refused("DuplicateCertificate", having="already associated with an IAM user in the account"):
            upload(iam, body + "\n", UserName=user)
    other = aws.other().admin("iam")
    other.create_user(UserName="ana")
    upload(other, body)
    iam.delete_signing_certificate(UserName="ana", CertificateId=made["CertificateId"])
    assert upload(iam, body, UserName="ben")["CertificateId"] != made["CertificateId"]


def test_a_user_holds_two_active_or_not(iam: Any) -> None:
    first = upload(iam)["CertificateId"]
    upload(iam)
    iam.update_signing_certificate(UserName="ana", CertificateId=first, Status="Inactive")

    with refused("LimitExceeded", "Cannot exceed quota for SigningCertificatesPerUser: 2"):
        upload(iam)


def test_of_many_at_once_two_are_kept_and_one_of_each(iam: Any) -> None:
    body = pair().pem

    def outcome(body: str) -> str:
        try:
            upload(iam, body)
        except ClientError as refusal:
            return str(refusal.response["Error"]["Code"])
        return "done"

    with ThreadPoolExecutor(8) as pool:
        same = Counter(pool.map(outcome, [body] * 8))
        others = Counter(pool.map(outcome, [pair().pem for _ in range(8)]))

    assert same == {"done": 1, "DuplicateCertificate": 7}
    assert others == {"done": 1, "LimitExceeded": 7}


def test_expired_is_no_status_to_be_set(iam: Any) -> None:
    made = upload(iam)["CertificateId"]

    with refused("InvalidInput", "The status Expired cannot be set; it must be Active or Inactive."):
        iam.update_signing_certificate(UserName="ana", CertificateId=made, Status="Expired")


def test_what_is_not_the_users_is_not_found(aws: Aws, iam: Any) -> None:
    iam.create_user(UserName="ben")
    of_ben = upload(iam, UserName="ben")["CertificateId"]
    other = aws.other().admin("iam")
    other.create_user(UserName="ana")
    foreign = upload(other)["CertificateId"]

    for operation, further in (
        ("update_signing_certificate", {"Status": "Inactive"}),
        ("delete_signing_certificate", {}),
    ):
        for each in (of_ben, foreign, "A" * 32):
            with refused("NoSuchEntity", f"The Certificate with id {each} cannot be found."):
                getattr(iam, operation)(UserName="ana", CertificateId=each, **further)
        with refused("NoSuchEntity", "The user with name nobody cannot be found."):
            getattr(iam, operation)(UserName="nobody", CertificateId=of_ben, **further)
    with refused("NoSuchEntity", "The user with name nobody cannot be found."):
        upload(iam, UserName="nobody")


def test_a_user_with_certificates_cannot_be_deleted(iam: Any) -> None:
    made = upload(iam)["CertificateId"]
    with refused("DeleteConflict", "Cannot delete entity, must delete certificates first."):
        iam.delete_user(UserName="ana")
    iam.delete_signing_certificate(UserName="ana", CertificateId=made)

    with refused("NoSuchEntity"):
        iam.delete_signing_certificate(UserName="ana", CertificateId=made)
    iam.delete_user(UserName="ana")


def test_an_upload_while_its_user_is_deleted_is_refused_or_keeps_the_user(aws: Aws, iam: Any) -> None:
    clients = [aws.admin("iam"), aws.admin("iam")]

    def attempt(operation: Any, **parameters: str) -> Any:
        try:
            return operation(UserName="ben", **parameters)
        except ClientError as refusal:
            return refusal.response["Error"]["Code"]

    for _ in range(10):
        iam.create_user(UserName="ben")
        with ThreadPoolExecutor(2) as pool:
            made = pool.submit(attempt, clients[0].upload_signing_certificate, CertificateBody=pair().pem)
            deleted = pool.submit(attempt, clients[1].delete_user)
        if made.result() == "NoSuchEntity":
            with refused("NoSuchEntity"):
                iam.get_user(UserName="ben")
            continue
        assert deleted.result() == "DeleteConflict"
        certificate = made.result()["Certificate"]
        iam.delete_signing_certificate(UserName="ben", CertificateId=certificate["CertificateId"])
        iam.delete_user(UserName="ben")
