"""SAML providers: made, shown, updated, tagged and deleted, as boto3 and the `aws` command see it."""

import hashlib
import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import serialization

from tests.certificates import ec_key, key_pem, pair, rsa_key
from tests.user.aws_cli import AwsCli, variables
from tests.user.client import Aws
from tests.user.provider_builders import entity, key_descriptor, saml_metadata, signer
from tests.user.refusals import denial_of, refused
from tests.user.server import Server

ISSUER = "https://idp.example.com/saml"


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator."""
    return aws.admin("iam")


def make(iam: Any, name: str = "corp", **more: Any) -> str:
    """The ARN of a new provider."""
    given = {"SAMLMetadataDocument": saml_metadata(), **more}
    return str(iam.create_saml_provider(Name=name, **given)["SAMLProviderArn"])


def shown(iam: Any, arn: str) -> dict[str, Any]:
    reply: dict[str, Any] = iam.get_saml_provider(SAMLProviderArn=arn)
    return {name: value for name, value in reply.items() if name != "ResponseMetadata"}


def key_ids(iam: Any, arn: str) -> list[str]:
    return [key["KeyId"] for key in shown(iam, arn)["PrivateKeyList"]]


def key_hash() -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return hashlib.sha256(signer().key.public_key().public_bytes(serialization.Encoding.DER, form)).hexdigest()


# Making and showing


def test_a_provider_is_shown_with_its_metadata_as_it_was_given(aws: Aws, iam: Any) -> None:
    document = saml_metadata() + "\n<!-- größer ☃ -->\r\n"
    tags = [{"Key": "Team", "Value": "ops"}, {"Key": "team", "Value": "web"}]

    made = iam.create_saml_provider(Name="Corp.IdP_1-a", SAMLMetadataDocument=document, Tags=tags[::-1])

    arn = f"arn:aws:iam::{aws.account_id}:saml-provider/Corp.IdP_1-a"
    assert (made["SAMLProviderArn"], made["Tags"]) == (arn, tags)
    told = shown(iam, arn)
    assert re.fullmatch(r"SAMLSP[A-Z2-7]{17}", told.pop("SAMLProviderUUID"))
    begins, ends = told.pop("CreateDate"), told.pop("ValidUntil")
    assert ends.year - begins.year == 100
    assert told == {
        "SAMLMetadataDocument": document,
        "SAMLKeyHashes": [{"IssuerURL": ISSUER, "KeyHashes": [key_hash()]}],
        "Tags": tags,
        "PrivateKeyList": [],
    }


def test_the_list_tells_of_the_accounts_providers_in_the_order_of_their_names(aws: Aws, iam: Any) -> None:
    make(aws.other().admin("iam"))
    arns = [make(iam, name, Tags=[{"Key": "a", "Value": "b"}]) for name in ("b", "a", "C")]

    listed = iam.list_saml_providers()["SAMLProviderList"]

    assert [each["Arn"] for each in listed] == sorted(arns)
    told = shown(iam, arns[0])
    assert listed[2] == {
        "Arn": arns[0],
        "ValidUntil": told["ValidUntil"],
        "CreateDate": told["CreateDate"],
        "IsTrustedIdentityPropagationEnabled": False,
    }


def test_a_name_is_taken_once_in_an_account(aws: Aws, iam: Any) -> None:
    make(iam)

    with refused("EntityAlreadyExists", "Provider with name corp already exists."):
        make(iam, SAMLMetadataDocument=saml_metadata(entity("urn:other")))
    make(aws.other().admin("iam"))


def test_the_largest_metadata_is_kept_and_more_is_refused(aws: Aws, iam: Any) -> None:
    document = saml_metadata().ljust(10_000_000)

    arn = make(iam, SAMLMetadataDocument=document)

    assert shown(iam, arn)["SAMLMetadataDocument"] == document
    client = aws.client("iam", aws.administrator, validates=False)
    with refused("ValidationError", having="Member must have length less than or equal to 10000000"):
        make(client, "more", SAMLMetadataDocument=document + " ")
    with refused("ValidationError", having="Member must have length greater than or equal to 1000"):
        make(client, "less", SAMLMetadataDocument=saml_metadata()[:999])


@pytest.mark.parametrize(
    "document",
    [
        "not XML".ljust(1000),
        saml_metadata()[:-300].rstrip(">").ljust(1000),
        '<!DOCTYPE md [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + entity("&a;"),
        saml_metadata(entity(keys=[])),
        saml_metadata(entity(keys=[key_descriptor("bm90IG9uZQ==" * 90)])),
        saml_metadata(entity(protocol="urn:oasis:names:tc:SAML:1.1:protocol")),
    ],
)
def test_metadata_that_cannot_be_used_makes_no_provider(iam: Any, document: str) -> None:
    with refused("InvalidInput", having="Could not parse metadata."):
        make(iam, SAMLMetadataDocument=document)

    assert iam.list_saml_providers()["SAMLProviderList"] == []


def test_metadata_of_more_than_one_provider_can_have_is_refused(iam: Any) -> None:
    eleven = [entity(f"urn:{number}") for number in range(11)]
    keys = [key_descriptor(pair(str(number))) for number in range(11)]

    with refused("LimitExceeded", "Cannot exceed quota for IdPsPerSAMLProvider: 10"):
        make(iam, SAMLMetadataDocument=saml_metadata(*eleven))
    with refused("LimitExceeded", "Cannot exceed quota for KeysPerSAMLProvider: 10"):
        make(iam, SAMLMetadataDocument=saml_metadata(entity(keys=keys)))
    arn = make(iam, SAMLMetadataDocument=saml_metadata(*eleven[1:]))
    assert [each["IssuerURL"] for each in shown(iam, arn)["SAMLKeyHashes"]] == [f"urn:{n}" for n in range(1, 11)]


def test_one_bad_tag_makes_no_provider(iam: Any) -> None:
    with refused("InvalidInput", having="aws:"):
        make(iam, Tags=[{"Key": "aws:team", "Value": "ops"}])
    with refused("InvalidInput", "Duplicate tag keys found."):
        make(iam, Tags=[{"Key": "team", "Value": "ops"}] * 2)

    assert iam.list_saml_providers()["SAMLProviderList"] == []


def test_the_aws_command_makes_a_provider_of_a_file(aws: Aws, tmp_path: Path) -> None:
    (tmp_path / "metadata.xml").write_text(saml_metadata())
    settings = {"AWS_ENDPOINT_URL": aws.endpoint, "AWS_DEFAULT_REGION": "us-east-1"}
    cli = AwsCli(tmp_path, {**settings, **variables(aws.administrator)})

    made = cli.ask("iam", "create-saml-provider", "--name", "corp", "--saml-metadata-document", "file://metadata.xml")

    told = cli.ask("iam", "get-saml-provider", "--saml-provider-arn", made["SAMLProviderArn"])
    assert told["SAMLMetadataDocument"] == saml_metadata()


# Private keys


def test_keys_are_added_and_removed_two_at_most(iam: Any) -> None:
    arn = make(iam, AddPrivateKey=key_pem(rsa_key()), AssertionEncryptionMode="Required")
    (first,) = key_ids(iam, arn)
    assert re.fullmatch(r"[A-Z0-9]{22,64}", first)
    assert shown(iam, arn)["AssertionEncryptionMode"] == "Required"

    reply = iam.update_saml_provider(
        SAMLProviderArn=arn, AddPrivateKey=key_pem(rsa_key(number=1), serialization.PrivateFormat.TraditionalOpenSSL)
    )

    assert reply["SAMLProviderArn"] == arn
    _, second = key_ids(iam, arn)
    with refused("LimitExceeded", "Private key limit of 2 is reached."):
        iam.update_saml_provider(SAMLProviderArn=arn, AddPrivateKey=key_pem(rsa_key()))
    iam.update_saml_provider(SAMLProviderArn=arn, RemovePrivateKey=first)
    assert key_ids(iam, arn) == [second]
    with refused("InvalidInput", "Failed to remove private key because the Key ID does not match a private key."):
        iam.update_saml_provider(SAMLProviderArn=arn, RemovePrivateKey=first)


def test_a_key_is_left_while_encryption_is_required(iam: Any) -> None:
    words = "Unable to set assertion encryption mode to Required because no private key is provided."
    with refused("InvalidInput", words):
        make(iam, AssertionEncryptionMode="Required")
    arn = make(iam, AssertionEncryptionMode="Allowed")
    with refused("InvalidInput", words):
        iam.update_saml_provider(SAMLProviderArn=arn, AssertionEncryptionMode="Required")

    iam.update_saml_provider(SAMLProviderArn=arn, AssertionEncryptionMode="Required", AddPrivateKey=key_pem(rsa_key()))

    (key,) = key_ids(iam, arn)
    with refused("InvalidInput", words):
        iam.update_saml_provider(SAMLProviderArn=arn, RemovePrivateKey=key)
    assert key_ids(iam, arn) == [key]
    iam.update_saml_provider(SAMLProviderArn=arn, AssertionEncryptionMode="Allowed", RemovePrivateKey=key)
    assert key_ids(iam, arn) == []


@pytest.mark.parametrize(
    "key",
    [
        "file://key.pem",
        key_pem(rsa_key())[:-100],
        key_pem(rsa_key()) * 2,
        "my key:\n" + key_pem(rsa_key()),
        key_pem(ec_key()),
        key_pem(rsa_key(), encryption=serialization.BestAvailableEncryption(b"word")),
        signer().pem,
    ],
)
def test_what_is_no_rsa_key_in_pem_is_refused(iam: Any, key: str) -> None:
    with refused("InvalidInput", "Invalid private key."):
        make(iam, AddPrivateKey=key)
    arn = make(iam)
    with refused("InvalidInput", "Invalid private key."):
        iam.update_saml_provider(SAMLProviderArn=arn, AddPrivateKey=key)


def test_a_private_key_is_nowhere_in_what_the_server_writes_or_answers(iam: Any, server: Server) -> None:
    key = key_pem(rsa_key(2048, number=9))
    arn = make(iam, AddPrivateKey=key)
    answers: list[Any] = [shown(iam, arn), iam.list_saml_providers()]
    for wrong in (key[:-100], key * 2, key + "\N{GREEK SMALL LETTER ALPHA}"):
        with pytest.raises(ClientError) as caught:
            iam.update_saml_provider(SAMLProviderArn=arn, AddPrivateKey=wrong)
        answers.append(caught.value.response)

    written = server.log.encode() + b"".join(file.read_bytes() for file in server.data.rglob("*") if file.is_file())
    line = key.split("\n")[3]
    assert len(line) == 64
    assert line.encode() not in written
    assert line not in json.dumps(answers, default=str)
    assert (ISSUER.encode() in written) == server.database_url.startswith("sqlite:")


# Updating


def test_other_metadata_takes_the_place_and_everything_else_stays(iam: Any) -> None:
    arn = make(iam, Tags=[{"Key": "team", "Value": "ops"}], AssertionEncryptionMode="Allowed")
    before = shown(iam, arn)
    document = saml_metadata(entity("urn:other"))

    iam.update_saml_provider(SAMLProviderArn=arn, SAMLMetadataDocument=document)

    assert shown(iam, arn) == {
        **before,
        "SAMLMetadataDocument": document,
        "SAMLKeyHashes": [{"IssuerURL": "urn:other", "KeyHashes": [key_hash()]}],
    }


CONTEXT = {"SubjectSourceKey": "urn:oid:0.9.2342.19200300.100.1.3", "KeyDefinitionList": [{"SourceKey": "groups"}]}


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({}, "No updates are defined"),
        ({"RemoveContextProvider": False}, "No updates are defined"),
        ({"ContextProvider": CONTEXT, "RemoveContextProvider": True}, "but not both"),
        ({"ContextProvider": CONTEXT, "AssertionEncryptionMode": "Allowed"}, "but not both"),
        ({"RemoveContextProvider": True, "SAMLMetadataDocument": saml_metadata()}, "but not both"),
        ({"RemoveContextProvider": True, "RemoveIdentityCenterInstance": True}, "but not both"),
        ({"AddPrivateKey": key_pem(rsa_key()), "RemovePrivateKey": "A" * 22}, "Unable to add and remove private keys"),
        ({"IdentityCenterInstanceArn": "arn:aws:sso:::instance/ssoins-1234567890abcdef"}, "cannot be found"),
        ({"SAMLMetadataDocument": "x" * 1000}, "Could not parse metadata."),
    ],
)
def test_an_update_that_cannot_be_changes_nothing(iam: Any, parameters: dict[str, Any], words: str) -> None:
    arn = make(iam)
    before = shown(iam, arn)

    with refused("InvalidInput", having=words):
        iam.update_saml_provider(SAMLProviderArn=arn, **parameters)

    assert shown(iam, arn) == before


def test_a_context_provider_is_set_changed_and_removed(iam: Any) -> None:
    arn = make(iam, ContextProvider={"SubjectSourceKey": "mail"})

    iam.update_saml_provider(SAMLProviderArn=arn, ContextProvider=CONTEXT)
    assert shown(iam, arn)["ContextProvider"] == CONTEXT

    iam.update_saml_provider(SAMLProviderArn=arn, RemoveContextProvider=True)
    assert "ContextProvider" not in shown(iam, arn)


def test_tag_keys_are_told_apart_by_case_and_bounded(iam: Any) -> None:
    arn = make(iam, Tags=[{"Key": "b", "Value": "1"}])
    iam.tag_saml_provider(SAMLProviderArn=arn, Tags=[{"Key": "B", "Value": "2"}, {"Key": "a", "Value": ""}])
    iam.untag_saml_provider(SAMLProviderArn=arn, TagKeys=["a", "absent"])

    page = iam.list_saml_provider_tags(SAMLProviderArn=arn, MaxItems=1)
    assert (page["Tags"], page["IsTruncated"]) == ([{"Key": "B", "Value": "2"}], True)
    with refused("LimitExceeded", "Cannot exceed quota for TagsPerSAMLProvider: 50"):
        iam.tag_saml_provider(SAMLProviderArn=arn, Tags=[{"Key": f"k{number}", "Value": ""} for number in range(49)])


# What is not there, and who may

CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("get_saml_provider", {}),
    ("delete_saml_provider", {}),
    ("update_saml_provider", {"AssertionEncryptionMode": "Allowed"}),
    ("tag_saml_provider", {"Tags": [{"Key": "a", "Value": "b"}]}),
    ("untag_saml_provider", {"TagKeys": ["a"]}),
    ("list_saml_provider_tags", {}),
)


@pytest.mark.parametrize(("operation", "further"), CALLS)
def test_a_provider_that_is_not_there_another_accounts_and_what_is_no_arn(
    aws: Aws, iam: Any, operation: str, further: dict[str, Any]
) -> None:
    others = make(aws.other().admin("iam"))
    make(iam, "Corp")
    absent = f"arn:aws:iam::{aws.account_id}:saml-provider/corp"
    call = getattr(iam, operation)

    with refused("NoSuchEntity", f"Manifest not found for arn {absent}"):
        call(SAMLProviderArn=absent, **further)
    denial_of(call, SAMLProviderArn=others, **further)
    for wrong in (
        absent.replace("saml-provider", "oidc-provider"),
        absent.replace(":iam::", ":iam:us-east-1:"),
        absent + "/a",
        absent + " ",
    ):
        with refused("InvalidInput", f"ARN {wrong} is not valid."):
            call(SAMLProviderArn=wrong, **further)


def test_a_deleted_provider_is_gone_with_its_keys_and_the_roles_that_name_it_stay(aws: Aws, iam: Any) -> None:
    arn = make(iam, Tags=[{"Key": "team", "Value": "ops"}], AddPrivateKey=key_pem(rsa_key()))
    first = shown(iam, arn)
    statement = {"Effect": "Allow", "Principal": {"Federated": arn}, "Action": "sts:AssumeRoleWithSAML"}
    aws.role("deploy", trust={"Version": "2012-10-17", "Statement": [statement]})

    iam.delete_saml_provider(SAMLProviderArn=arn)

    with refused("NoSuchEntity"):
        iam.delete_saml_provider(SAMLProviderArn=arn)
    trust = iam.get_role(RoleName="deploy")["Role"]["AssumeRolePolicyDocument"]
    assert trust["Statement"][0]["Principal"] == {"Federated": arn}
    assert make(iam) == arn
    second = shown(iam, arn)
    assert (second["Tags"], second["PrivateKeyList"]) == ([], [])
    assert second["SAMLProviderUUID"] != first["SAMLProviderUUID"]


def test_tags_given_to_a_new_provider_are_a_right_of_their_own(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["iam:CreateSAMLProvider"]).client("iam")
    make(ana, "plain")

    denial = denial_of(
        ana.create_saml_provider,
        Name="tagged",
        SAMLMetadataDocument=saml_metadata(),
        Tags=[{"Key": "team", "Value": "ops"}],
    )

    assert "iam:TagSAMLProvider" in denial.message


def test_who_may_not_make_a_provider_is_not_told_what_is_wrong_with_it(aws: Aws) -> None:
    nobody = aws.user("nobody").client("iam")

    denial = denial_of(nobody.create_saml_provider, Name="corp", SAMLMetadataDocument="x" * 1000, AddPrivateKey="x")

    assert "iam:CreateSAMLProvider" in denial.message


def test_policies_see_the_name_and_the_tags_of_a_provider(aws: Aws, iam: Any) -> None:
    ops = make(iam, "corp-ops", Tags=[{"Key": "team", "Value": "ops"}])
    web = make(iam, "corp-web", Tags=[{"Key": "team", "Value": "web"}])
    statement = {
        "Effect": "Allow",
        "Action": "iam:GetSAMLProvider",
        "Resource": f"arn:aws:iam::{aws.account_id}:saml-provider/corp-*",
        "Condition": {"StringEquals": {"aws:ResourceTag/team": "ops"}},
    }
    ana = aws.user("ana", policy={"Version": "2012-10-17", "Statement": [statement]}).client("iam")

    assert shown(ana, ops)["Tags"]
    denial_of(ana.get_saml_provider, SAMLProviderArn=web)


# Counting, and callers at once


def test_an_account_has_a_hundred_which_the_summary_counts(iam: Any) -> None:
    def outcome(number: int) -> str:
        try:
            make(iam, f"corp-{number}")
        except ClientError as refusal:
            return str(refusal.response["Error"]["Code"])
        return "done"

    with ThreadPoolExecutor(8) as pool:
        same = Counter(pool.map(outcome, [0] * 8))
        others = Counter(pool.map(outcome, range(1, 104)))

    assert same == {"done": 1, "EntityAlreadyExists": 7}
    assert others == {"done": 99, "LimitExceeded": 4}
    with refused("LimitExceeded", "Cannot exceed quota for SAMLProvidersPerAccount: 100"):
        make(iam)
    assert iam.get_account_summary()["SummaryMap"]["Providers"] == 100
    iam.delete_saml_provider(SAMLProviderArn=iam.list_saml_providers()["SAMLProviderList"][0]["Arn"])
    make(iam)


def test_two_keys_are_held_however_many_are_added_at_once(iam: Any) -> None:
    arn = make(iam)

    def outcome(number: int) -> str:
        try:
            iam.update_saml_provider(SAMLProviderArn=arn, AddPrivateKey=key_pem(rsa_key(number=number % 2)))
        except ClientError as refusal:
            return str(refusal.response["Error"]["Code"])
        return "done"

    with ThreadPoolExecutor(6) as pool:
        outcomes = Counter(pool.map(outcome, range(6)))

    assert outcomes == {"done": 2, "LimitExceeded": 4}
    assert len(key_ids(iam, arn)) == 2
