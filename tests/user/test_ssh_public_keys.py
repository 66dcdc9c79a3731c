"""SSH public keys: uploaded, shown in both encodings, switched and deleted, as boto3 sees it."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from tests.certificates import public_pem, rsa_key, ssh_line
from tests.user.client import Aws
from tests.user.refusals import denial_of, refused
from tests.user.root_sessions import root_keys
from tests.user.server import Server


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator, whose account has a user `ana`."""
    iam = aws.admin("iam")
    iam.create_user(UserName="ana")
    return iam


def line(number: int = 0) -> str:
    """A key that is told apart from those of other numbers, made without looking for primes."""
    modulus = rsa_key().public_key().public_numbers().n + 2 * number
    key = rsa.RSAPublicNumbers(65537, modulus).public_key()
    return key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()


def upload(iam: Any, body: str, user: str = "ana") -> dict[str, Any]:
    key: dict[str, Any] = iam.upload_ssh_public_key(UserName=user, SSHPublicKeyBody=body)["SSHPublicKey"]
    return key


def listed(iam: Any, **parameters: Any) -> list[str]:
    return [key["SSHPublicKeyId"] for key in iam.list_ssh_public_keys(**parameters)["SSHPublicKeys"]]


def test_a_key_is_answered_with_its_id_and_fingerprint_and_without_its_comment(iam: Any) -> None:
    key = upload(iam, f"{line()} ana@laptop\n", "ANA")

    assert key["UserName"] == "ana"
    assert re.fullmatch("APKA[A-Z2-7]{16}", key["SSHPublicKeyId"])
    assert re.fullmatch("[0-9a-f]{2}(:[0-9a-f]{2}){15}", key["Fingerprint"])
    assert (key["SSHPublicKeyBody"], key["Status"]) == (line(), "Active")
    assert key["UploadDate"].microsecond == 0


def test_a_key_is_shown_in_either_encoding_whichever_it_came_in(iam: Any) -> None:
    first = upload(iam, line())
    second = upload(iam, public_pem(rsa_key(number=1)) + "\n")

    assert second["SSHPublicKeyBody"] == public_pem(rsa_key(number=1))
    for key, private in ((first, rsa_key()), (second, rsa_key(number=1))):
        for encoding, body in (("SSH", ssh_line(private)), ("PEM", public_pem(private))):
            shown = iam.get_ssh_public_key(UserName="ana", SSHPublicKeyId=key["SSHPublicKeyId"], Encoding=encoding)
            assert shown["SSHPublicKey"] == {**key, "SSHPublicKeyBody": body}


def test_the_list_shows_who_and_when_and_not_the_keys(iam: Any) -> None:
    key = upload(iam, line())

    shown = iam.list_ssh_public_keys(UserName="ana")

    assert shown["SSHPublicKeys"] == [
        {name: key[name] for name in ("UserName", "SSHPublicKeyId", "Status", "UploadDate")}
    ]
    assert shown["IsTruncated"] is False


def test_the_list_is_paged_oldest_first(iam: Any) -> None:
    made = [upload(iam, line(number))["SSHPublicKeyId"] for number in range(5)]

    pages = iam.get_paginator("list_ssh_public_keys").paginate(UserName="ana", PaginationConfig={"PageSize": 2})

    assert [[key["SSHPublicKeyId"] for key in page["SSHPublicKeys"]] for page in pages] == [
        made[:2],
        made[2:4],
        made[4:],
    ]


def test_a_user_lists_its_own_keys_without_naming_itself_and_root_has_none(aws: Aws, server: Server) -> None:
    ben = aws.user("ben", allow=["iam:*SSHPublicKey*"])
    key = upload(ben.client("iam"), line(), "ben")

    assert listed(ben.client("iam")) == [key["SSHPublicKeyId"]]
    assert listed(aws.client("iam", root_keys(server, aws.account_id))) == []
    role = aws.role("deploy", trust=aws.account_id, allow=["iam:*"])
    session = aws.client("iam", aws.assume(aws.administrator, role))
    with refused("ValidationError", "Must specify userName when calling with non-User credentials"):
        session.list_ssh_public_keys()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("file://key.pub", "UnrecognizedPublicKeyEncoding"),
        (ssh_line(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))), "UnrecognizedPublicKeyEncoding"),
        ("ssh-rsa AAAA", "InvalidPublicKey"),
        ("ssh-rsa " + "A" * 16_000, "InvalidPublicKey"),
        ("-----BEGIN PUBLIC KEY-----\n" + "A\n" * 8_000, "InvalidPublicKey"),
    ],
)
def test_what_is_no_rsa_key_is_refused(iam: Any, body: str, code: str) -> None:
    with refused(code):
        upload(iam, body)
    assert listed(iam, UserName="ana") == []


def test_a_short_key_is_refused_with_what_would_do(iam: Any) -> None:
    with refused("InvalidPublicKey", "The public key must have 2048 to 16384 bits."):
        upload(iam, ssh_line(rsa_key(1024)))


def test_characters_beyond_latin_are_refused_in_words(iam: Any) -> None:
    words = "The specified value for sSHPublicKeyBody is invalid. It must contain only printable ASCII characters."

    with refused("ValidationError", words):
        upload(iam, line() + " \N{GREEK SMALL LETTER ALPHA}na")


def test_a_key_is_a_users_once_in_whatever_encoding_and_may_be_anothers_too(iam: Any) -> None:
    iam.create_user(UserName="ben")
    key = upload(iam, line())

    for body in (line(), f"{line()} other comment", public_pem(rsa_key())):
        with refused("DuplicateSSHPublicKey"):
            upload(iam, body)
    assert upload(iam, line(), "ben")["SSHPublicKeyId"] != key["SSHPublicKeyId"]
    iam.delete_ssh_public_key(UserName="ana", SSHPublicKeyId=key["SSHPublicKeyId"])
    assert upload(iam, line())["SSHPublicKeyId"] != key["SSHPublicKeyId"]


def test_a_user_holds_five_keys_active_or_not(iam: Any) -> None:
    first = upload(iam, line(0))["SSHPublicKeyId"]
    for number in range(1, 5):
        upload(iam, line(number))
    iam.update_ssh_public_key(UserName="ana", SSHPublicKeyId=first, Status="Inactive")

    with refused("LimitExceeded", "Cannot exceed quota for SSHPublicKeysPerUser: 5"):
        upload(iam, line(5))


def test_of_many_at_once_five_keys_are_kept_and_one_of_each(iam: Any) -> None:
    def outcome(number: int) -> str:
        try:
            upload(iam, line(number))
        except ClientError as refusal:
            return str(refusal.response["Error"]["Code"])
        return "done"

    with ThreadPoolExecutor(8) as pool:
        same = Counter(pool.map(outcome, [0] * 8))
        others = Counter(pool.map(outcome, range(1, 9)))

    assert same == {"done": 1, "DuplicateSSHPublicKey": 7}
    assert others == {"done": 4, "LimitExceeded": 4}
    assert len(listed(iam, UserName="ana")) == 5


def test_a_key_is_switched_off_and_on(iam: Any) -> None:
    key = upload(iam, line())["SSHPublicKeyId"]

    for status in ("Inactive", "Inactive", "Active"):
        iam.update_ssh_public_key(UserName="ana", SSHPublicKeyId=key, Status=status)
        assert iam.list_ssh_public_keys(UserName="ana")["SSHPublicKeys"][0]["Status"] == status
    with refused("InvalidInput", "The status Expired cannot be set; it must be Active or Inactive."):
        iam.update_ssh_public_key(UserName="ana", SSHPublicKeyId=key, Status="Expired")


def test_what_is_not_the_users_is_not_found(aws: Aws, iam: Any) -> None:
    iam.create_user(UserName="ben")
    of_ben = upload(iam, line(), "ben")["SSHPublicKeyId"]
    other = aws.other().admin("iam")
    other.create_user(UserName="ana")
    foreign = upload(other, line())["SSHPublicKeyId"]

    for operation, further in (
        ("get_ssh_public_key", {"Encoding": "SSH"}),
        ("update_ssh_public_key", {"Status": "Inactive"}),
        ("delete_ssh_public_key", {}),
    ):
        for key in (of_ben, foreign, "APKA" + "A" * 16):
            with refused("NoSuchEntity", f"The Public Key with id {key} cannot be found."):
                getattr(iam, operation)(UserName="ana", SSHPublicKeyId=key, **further)
        with refused("NoSuchEntity", "The user with name nobody cannot be found."):
            getattr(iam, operation)(UserName="nobody", SSHPublicKeyId=of_ben, **further)
    with refused("NoSuchEntity", "The user with name nobody cannot be found."):
        upload(iam, line(), "nobody")
    with refused("NoSuchEntity", "The user with name nobody cannot be found."):
        iam.list_ssh_public_keys(UserName="nobody")


def test_a_key_that_is_deleted_is_gone(iam: Any) -> None:
    key = upload(iam, line())["SSHPublicKeyId"]
    iam.delete_ssh_public_key(UserName="ana", SSHPublicKeyId=key)

    with refused("NoSuchEntity"):
        iam.delete_ssh_public_key(UserName="ana", SSHPublicKeyId=key)
    assert listed(iam, UserName="ana") == []


def test_a_user_with_keys_cannot_be_deleted_and_takes_them_along_when_renamed(iam: Any) -> None:
    key = upload(iam, line())["SSHPublicKeyId"]
    with refused("DeleteConflict", "Cannot delete entity, must remove referenced objects first."):
        iam.delete_user(UserName="ana")
    iam.update_user(UserName="ana", NewUserName="anna")

    shown = iam.get_ssh_public_key(UserName="anna", SSHPublicKeyId=key, Encoding="SSH")["SSHPublicKey"]
    assert shown["UserName"] == "anna"
    iam.delete_ssh_public_key(UserName="anna", SSHPublicKeyId=key)
    iam.delete_user(UserName="anna")


def test_policies_see_the_path_and_tags_of_the_user(aws: Aws, iam: Any) -> None:
    iam.create_user(UserName="ben", Path="/dev/", Tags=[{"Key": "team", "Value": "ops"}])
    statement = {
        "Effect": "Allow",
        "Action": "iam:UploadSSHPublicKey",
        "Resource": f"arn:aws:iam::{aws.account_id}:user/dev/*",
        "Condition": {"StringEquals": {"aws:ResourceTag/team": "ops"}},
    }
    helper = aws.user("helper", policy={"Version": "2012-10-17", "Statement": [statement]})

    upload(helper.client("iam"), line(), "ben")
    denial = denial_of(helper.client("iam").upload_ssh_public_key, UserName="ana", SSHPublicKeyBody=line())
    assert "iam:UploadSSHPublicKey on resource: user ana because" in denial.message
