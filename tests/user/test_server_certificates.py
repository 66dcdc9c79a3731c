"""Server certificates: uploaded, shown, renamed, tagged and deleted, as boto3 and the `aws` command see it."""

import json
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.certificates import DAY, NOW, authority, chain_of, pair, rsa_key
from tests.user.aws_cli import AwsCli, variables
from tests.user.client import Aws
from tests.user.credential_builders import served, server_certificate
from tests.user.refusals import denial_of, refused
from tests.user.server import Server

MANY = 20


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator."""
    return aws.admin("iam")


def upload(iam: Any, name: str = "www", **parameters: Any) -> dict[str, Any]:
    given: Mapping[str, Any] = {**server_certificate(), **parameters}
    made: dict[str, Any] = iam.upload_server_certificate(ServerCertificateName=name, **given)
    return made


def names_of(reply: dict[str, Any]) -> list[str]:
    return [each["ServerCertificateName"] for each in reply["ServerCertificateMetadataList"]]


# Uploading and showing


def test_an_upload_is_answered_with_what_is_told_of_it(aws: Aws, iam: Any) -> None:
    tags = [{"Key": "Team", "Value": "ops"}, {"Key": "team", "Value": "web"}]

    made = upload(iam, "Www", Path="/cloudfront/test/", Tags=tags)

    told = made["ServerCertificateMetadata"]
    assert told["Arn"] == f"arn:aws:iam::{aws.account_id}:server-certificate/cloudfront/test/Www"
    assert (told["Path"], told["ServerCertificateName"]) == ("/cloudfront/test/", "Www")
    assert told["ServerCertificateId"].startswith("ASCA")
    assert len(told["ServerCertificateId"]) == 21
    assert told["Expiration"] == NOW + 90 * DAY
    assert made["Tags"] == tags
    shown = iam.get_server_certificate(ServerCertificateName="www")["ServerCertificate"]
    leaf, root = served()
    assert shown == {
        "ServerCertificateMetadata": told,
        "CertificateBody": leaf.pem,
        "CertificateChain": root.pem,
        "Tags": tags,
    }


def test_a_certificate_without_a_chain_is_kept_without_one(iam: Any) -> None:
    leaf = pair(key=rsa_key())

    made = iam.upload_server_certificate(ServerCertificateName="own", CertificateBody=leaf.pem, PrivateKey=leaf.key_pem)

    assert "Tags" not in made
    shown = iam.get_server_certificate(ServerCertificateName="own")["ServerCertificate"]
    assert shown.keys() == {"ServerCertificateMetadata", "CertificateBody"}


def test_the_private_key_is_nowhere_in_what_the_server_writes_or_answers(aws: Aws, iam: Any, server: Server) -> None:
    leaf = pair(key=rsa_key(2048, number=7))
    given = {"CertificateBody": leaf.pem, "PrivateKey": leaf.key_pem}

    answers = [
        iam.upload_server_certificate(ServerCertificateName="own", **given),
        iam.get_server_certificate(ServerCertificateName="own"),
        iam.list_server_certificates(),
    ]
    with refused("EntityAlreadyExists"):
        iam.upload_server_certificate(ServerCertificateName="own", **given)
    for wrong in (leaf.key_pem[:-100], leaf.key_pem * 10, leaf.key_pem + "\N{GREEK SMALL LETTER ALPHA}"):
        with pytest.raises(ClientError) as caught:
            iam.upload_server_certificate(ServerCertificateName="bad", **{**given, "PrivateKey": wrong})
        answers.append(caught.value.response)

    written = server.log.encode() + b"".join(file.read_bytes() for file in server.data.rglob("*") if file.is_file())
    line = leaf.key_pem.split("\n")[3]
    assert len(line) == 64
    assert line.encode() not in written
    assert line not in json.dumps(answers, default=str)
    assert (leaf.pem.split("\n")[3].encode() in written) == server.database_url.startswith("sqlite:")


def test_the_aws_command_uploads_files(aws: Aws, tmp_path: Path) -> None:
    leaf, root = served()
    for name, text in (("body.pem", leaf.pem), ("key.pem", leaf.key_pem), ("chain.pem", root.pem)):
        (tmp_path / name).write_text(text + "\n")
    settings = {"AWS_ENDPOINT_URL": aws.endpoint, "AWS_DEFAULT_REGION": "us-east-1"}
    cli = AwsCli(tmp_path, {**settings, **variables(aws.administrator)})

    told = cli.ask(
        *("iam", "upload-server-certificate", "--server-certificate-name", "www", "--path", "/cloudfront/"),
        *("--certificate-body", "file://body.pem", "--private-key", "file://key.pem"),
        *("--certificate-chain", "file://chain.pem"),
    )

    assert told["ServerCertificateMetadata"]["Path"] == "/cloudfront/"


def test_a_name_is_taken_in_every_spelling(iam: Any) -> None:
    upload(iam, "www")

    with refused("EntityAlreadyExists", "The Server Certificate with name WWW already exists."):
        upload(iam, "WWW")
    upload(iam, "other")  # the same certificate under another name


def test_a_certificate_that_is_not_there_is_not_found(aws: Aws, iam: Any) -> None:
    upload(aws.other().admin("iam"))

    for operation, further in (
        ("get_server_certificate", {}),
        ("delete_server_certificate", {}),
        ("update_server_certificate", {"NewPath": "/a/"}),
        ("list_server_certificate_tags", {}),
        ("tag_server_certificate", {"Tags": [{"Key": "a", "Value": "b"}]}),
        ("untag_server_certificate", {"TagKeys": ["a"]}),
    ):
        with refused("NoSuchEntity", "The Server Certificate with name www cannot be found."):
            getattr(iam, operation)(ServerCertificateName="www", **further)


# What is refused


def test_what_does_not_fit_together_is_refused(iam: Any) -> None:
    leaf, root = served()
    over = pair(begins=NOW - 9 * DAY, ends=NOW - DAY)
    early = pair(begins=NOW + DAY)
    stranger = authority("Root")

    for parameters, code, words in (
        ({"CertificateBody": "file://body.pem"}, "MalformedCertificate", "Unable to parse certificate."),
        ({"PrivateKey": "file://key.pem"}, "MalformedCertificate", "Unable to parse private key."),
        ({"PrivateKey": pair().key_pem}, "KeyPairMismatch", "do not match"),
        ({"CertificateBody": over.pem, "PrivateKey": over.key_pem}, "MalformedCertificate", "'Not After' date"),
        ({"CertificateBody": early.pem, "PrivateKey": early.key_pem}, "MalformedCertificate", "not yet valid"),
        ({"CertificateChain": chain_of(stranger)}, "MalformedCertificate", "index within the chain of the invalid"),
        ({"CertificateChain": chain_of(root, stranger)}, "MalformedCertificate", "certificate is: 0"),
        ({"CertificateChain": "Root:\n" + root.pem}, "MalformedCertificate", "certificate is: 0"),
        ({"CertificateChain": chain_of(leaf, root)}, "MalformedCertificate", "certificate is: -1"),
    ):
        with refused(code, having=words):
            upload(iam, **parameters)
    assert names_of(iam.list_server_certificates()) == []


def test_a_chain_of_two_megabytes_is_checked_and_kept_and_more_is_refused(iam: Any, aws: Aws) -> None:
    _, root = served()
    chain = "\n".join([root.pem] * (2_097_152 // (len(root.pem) + 1)))

    upload(iam, CertificateChain=chain)

    assert iam.get_server_certificate(ServerCertificateName="www")["ServerCertificate"]["CertificateChain"] == chain
    with refused("ValidationError", having="Member must have length less than or equal to 2097152"):
        aws.client("iam", aws.administrator, validates=False).upload_server_certificate(
            ServerCertificateName="more", **{**server_certificate(), "CertificateChain": chain + "\n" * 1000 + root.pem}
        )


def test_characters_beyond_latin_are_refused_in_words(iam: Any) -> None:
    for member in ("certificateBody", "privateKey", "certificateChain"):
        words = f"The specified value for {member} is invalid. It must contain only printable ASCII characters."
        with refused("ValidationError", words):
            upload(iam, **{member[0].upper() + member[1:]: "\N{GREEK SMALL LETTER ALPHA}"})


def test_one_bad_tag_uploads_nothing(iam: Any) -> None:
    with refused("InvalidInput", having="aws:"):
        upload(iam, Tags=[{"Key": "aws:team", "Value": "ops"}])
    with refused("InvalidInput", "Duplicate tag keys found."):
        upload(iam, Tags=[{"Key": "team", "Value": "ops"}, {"Key": "team", "Value": "web"}])

    assert names_of(iam.list_server_certificates()) == []


# Lists, renaming, tags


def test_the_list_is_paged_in_the_order_of_names_with_nothing_but_what_is_told(iam: Any) -> None:
    made = {name: upload(iam, name, Tags=[{"Key": "a", "Value": "b"}]) for name in ("b", "A", "C")}

    pages = list(iam.get_paginator("list_server_certificates").paginate(PaginationConfig={"PageSize": 2}))

    assert [names_of(page) for page in pages] == [["A", "b"], ["C"]]
    assert pages[0]["ServerCertificateMetadataList"][0] == made["A"]["ServerCertificateMetadata"]


def test_the_list_is_narrowed_by_path(iam: Any) -> None:
    for name, path in (("a", "/"), ("b", "/edge/"), ("c", "/edge/web/"), ("d", "/edges/")):
        upload(iam, name, Path=path)

    assert names_of(iam.list_server_certificates(PathPrefix="/edge/")) == ["b", "c"]


def test_a_certificate_is_renamed_and_moved_and_stays_itself(aws: Aws, iam: Any) -> None:
    first = upload(iam, Tags=[{"Key": "team", "Value": "ops"}])["ServerCertificateMetadata"]
    upload(iam, "taken")

    with refused("EntityAlreadyExists", "The Server Certificate with name TAKEN already exists."):
        iam.update_server_certificate(ServerCertificateName="www", NewServerCertificateName="TAKEN")
    iam.update_server_certificate(ServerCertificateName="WWW", NewServerCertificateName="WWW")
    iam.update_server_certificate(ServerCertificateName="www", NewPath="/edge/", NewServerCertificateName="site")

    shown = iam.get_server_certificate(ServerCertificateName="site")["ServerCertificate"]
    assert shown["ServerCertificateMetadata"] == {
        **first,
        "Path": "/edge/",
        "ServerCertificateName": "site",
        "Arn": f"arn:aws:iam::{aws.account_id}:server-certificate/edge/site",
    }
    assert shown["Tags"] == [{"Key": "team", "Value": "ops"}]
    with refused("NoSuchEntity"):
        iam.get_server_certificate(ServerCertificateName="www")
    upload(iam)


def test_tag_keys_are_told_apart_by_case_and_bounded(iam: Any) -> None:
    upload(iam, Tags=[{"Key": "b", "Value": "1"}])
    iam.tag_server_certificate(
        ServerCertificateName="www", Tags=[{"Key": "B", "Value": "2"}, {"Key": "a", "Value": ""}]
    )
    iam.untag_server_certificate(ServerCertificateName="www", TagKeys=["a", "absent"])

    tags = iam.list_server_certificate_tags(ServerCertificateName="www", MaxItems=1)
    assert (tags["Tags"], tags["IsTruncated"]) == ([{"Key": "B", "Value": "2"}], True)
    with refused("LimitExceeded", "Cannot exceed quota for TagsPerServerCertificate: 50"):
        iam.tag_server_certificate(
            ServerCertificateName="www", Tags=[{"Key": f"k{number}", "Value": ""} for number in range(49)]
        )


def test_a_deleted_certificate_is_gone_with_its_tags(iam: Any) -> None:
    first = upload(iam, Tags=[{"Key": "team", "Value": "ops"}])["ServerCertificateMetadata"]
    iam.delete_server_certificate(ServerCertificateName="WWW")

    with refused("NoSuchEntity"):
        iam.delete_server_certificate(ServerCertificateName="www")
    second = upload(iam)["ServerCertificateMetadata"]
    assert second["ServerCertificateId"] != first["ServerCertificateId"]
    assert iam.list_server_certificate_tags(ServerCertificateName="www")["Tags"] == []


# Who may


def test_whoever_renames_a_certificate_must_be_allowed_on_both_names(aws: Aws, iam: Any) -> None:
    upload(iam, "old")
    statement = {
        "Effect": "Allow",
        "Action": "iam:UpdateServerCertificate",
        "Resource": f"arn:aws:iam::{aws.account_id}:server-certificate/old",
    }
    ana = aws.user("ana", policy={"Version": "2012-10-17", "Statement": [statement]}).client("iam")

    ana.update_server_certificate(ServerCertificateName="old", NewServerCertificateName="old")
    denial = denial_of(ana.update_server_certificate, ServerCertificateName="old", NewServerCertificateName="new")

    assert "on resource: server certificate new because" in denial.message


def test_tags_given_to_an_upload_are_a_right_of_their_own(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["iam:UploadServerCertificate"]).client("iam")
    upload(ana, "plain")

    denial = denial_of(
        ana.upload_server_certificate,
        ServerCertificateName="tagged",
        Tags=[{"Key": "team", "Value": "ops"}],
        **server_certificate(),
    )

    assert "iam:TagServerCertificate" in denial.message
    assert names_of(iam.list_server_certificates()) == ["plain"]


def test_who_may_not_upload_is_not_told_what_is_wrong_with_the_upload(aws: Aws) -> None:
    nobody = aws.user("nobody").client("iam")

    denial = denial_of(
        nobody.upload_server_certificate, ServerCertificateName="www", CertificateBody="x", PrivateKey="x"
    )

    assert "iam:UploadServerCertificate" in denial.message


def test_policies_see_the_path_and_the_tags_of_a_certificate(aws: Aws, iam: Any) -> None:
    upload(iam, "web", Path="/edge/", Tags=[{"Key": "team", "Value": "ops"}])
    upload(iam, "db", Path="/edge/", Tags=[{"Key": "team", "Value": "data"}])
    statement = {
        "Effect": "Allow",
        "Action": "iam:GetServerCertificate",
        "Resource": f"arn:aws:iam::{aws.account_id}:server-certificate/edge/*",
        "Condition": {"StringEquals": {"aws:ResourceTag/team": "ops"}},
    }
    ana = aws.user("ana", policy={"Version": "2012-10-17", "Statement": [statement]}).client("iam")

    assert ana.get_server_certificate(ServerCertificateName="web")["ServerCertificate"]["Tags"]
    for name in ("db", "absent"):
        denial = denial_of(ana.get_server_certificate, ServerCertificateName=name)
        assert f"on resource: server certificate {name} because" in denial.message


# Counting, and callers at once


def test_an_account_holds_twenty_which_the_summary_counts(iam: Any) -> None:
    def outcome(number: int) -> str:
        try:
            upload(iam, f"www-{number}")
        except ClientError as refusal:
            return str(refusal.response["Error"]["Code"])
        return "done"

    with ThreadPoolExecutor(8) as pool:
        same = Counter(pool.map(outcome, [0] * 8))
        others = Counter(pool.map(outcome, range(1, MANY + 4)))

    assert same == {"done": 1, "EntityAlreadyExists": 7}
    assert others == {"done": MANY - 1, "LimitExceeded": 4}
    with refused("LimitExceeded", "Cannot exceed quota for ServerCertificatesPerAccount: 20"):
        upload(iam, "one-more")
    summary = iam.get_account_summary()["SummaryMap"]
    assert (summary["ServerCertificates"], summary["ServerCertificatesQuota"]) == (MANY, MANY)
    iam.delete_server_certificate(ServerCertificateName=names_of(iam.list_server_certificates())[0])
    assert iam.get_account_summary()["SummaryMap"]["ServerCertificates"] == MANY - 1
    upload(iam, "one-more")
