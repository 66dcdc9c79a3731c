"""OpenID Connect providers: made, shown, changed, tagged and deleted, as boto3 and the `aws` command see it."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.https_peer import Answer, Peer, running
from tests.user.accounts import Accounts
from tests.user.aws_cli import AwsCli, variables
from tests.user.client import Aws, Keys
from tests.user.provider_builders import THUMBPRINT, open_id_connect
from tests.user.refusals import denial_of, refused
from tests.user.server import Server

HOST = "idp.example.com"
DISCOVERY = "/.well-known/openid-configuration"


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator."""
    return aws.admin("iam")


def make(iam: Any, host: str = HOST, **more: Any) -> str:
    """The ARN of a new provider."""
    return str(iam.create_open_id_connect_provider(**open_id_connect(host, **more))["OpenIDConnectProviderArn"])


def shown(iam: Any, arn: str) -> dict[str, Any]:
    reply: dict[str, Any] = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    return {name: value for name, value in reply.items() if name != "ResponseMetadata"}


# Making and showing


def test_a_provider_is_shown_as_it_was_made_without_its_scheme(aws: Aws, iam: Any) -> None:
    tags = [{"Key": "Team", "Value": "ops"}, {"Key": "team", "Value": "web"}]
    given = open_id_connect(
        "Login.Example.com/realms/Main/", ClientIDList=["b", "a", "b"], ThumbprintList=["AB" * 20, "ab" * 20, "c" * 40]
    )

    made = iam.create_open_id_connect_provider(**given, Tags=tags[::-1])

    arn = f"arn:aws:iam::{aws.account_id}:oidc-provider/Login.Example.com/realms/Main/"
    assert (made["OpenIDConnectProviderArn"], made["Tags"]) == (arn, tags)
    told = shown(iam, arn)
    assert told.pop("CreateDate").tzinfo is not None
    assert told == {
        "Url": "Login.Example.com/realms/Main/",
        "ClientIDList": ["b", "a"],
        "ThumbprintList": ["ab" * 20, "c" * 40],
        "Tags": tags,
    }


def test_the_list_holds_the_arns_of_the_account_alone(aws: Aws, iam: Any) -> None:
    make(aws.other().admin("iam"), "other.example.com")
    arns = [make(iam, host) for host in ("b.example.com", "a.example.com/x", "a.example.com")]

    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == [
        {"Arn": arn, "IsTrustedIdentityPropagationEnabled": False} for arn in sorted(arns)
    ]


def test_an_account_has_one_provider_for_each_url(aws: Aws, iam: Any) -> None:
    make(iam)

    with refused("EntityAlreadyExists", "Provider with url https://idp.example.com already exists."):
        make(iam, ClientIDList=["other"])
    make(iam, HOST + "/")  # another issuer
    make(aws.other().admin("iam"))


@pytest.mark.parametrize(
    "url",
    [
        "http://idp.example.com",
        "idp.example.com",
        "HTTPS://idp.example.com",
        "https://",
        "https://idp.example.com:8443",
        "https://idp.example.com:443/a",
        "https://idp.example.com?a=b",
        "https://idp.example.com/a?b=c",
        "https://idp.example.com/a#b",
        "https://user@idp.example.com",
        "https://idp.example.com/a b",
        "https://idp.example.com/a*",
        "https://-idp.example.com",
        "https://idp..example.com",
        "https://[::1]/a",
        "https://idp.exämple.com",
    ],
)
def test_a_url_of_another_form_is_refused(iam: Any, url: str) -> None:
    with refused("InvalidInput", having="Invalid Open ID Connect Provider URL."):
        iam.create_open_id_connect_provider(Url=url, ThumbprintList=[THUMBPRINT])


def test_thumbprints_of_another_form_and_too_many_are_refused(iam: Any) -> None:
    with refused("InvalidInput", having="40 hexadecimal digits"):
        make(iam, ThumbprintList=["g" * 40])
    with refused("InvalidInput", "Thumbprint list must contain at most 5 entries."):
        make(iam, ThumbprintList=[str(number) * 40 for number in range(6)])
    with refused("ValidationError", having="Member must have length less than or equal to 40"):
        make(iam, ThumbprintList=["a" * 41])
    make(iam, ThumbprintList=[str(number) * 40 for number in range(5)])


@pytest.mark.parametrize(
    "tags",
    [[{"Key": "aws:a", "Value": ""}], [{"Key": "a", "Value": "aws:"}], [{"Key": "a", "Value": "1"}] * 2],
)
def test_one_bad_tag_makes_no_provider(iam: Any, tags: list[dict[str, str]]) -> None:
    with refused("InvalidInput"):
        make(iam, Tags=tags)

    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == []


def test_the_aws_command_makes_a_provider(aws: Aws, tmp_path: Path) -> None:
    settings = {"AWS_ENDPOINT_URL": aws.endpoint, "AWS_DEFAULT_REGION": "us-east-1"}
    cli = AwsCli(tmp_path, {**settings, **variables(aws.administrator)})

    made = cli.ask(
        *("iam", "create-open-id-connect-provider", "--url", "https://idp.example.com"),
        *("--client-id-list", "web", "app", "--thumbprint-list", THUMBPRINT),
    )

    told = cli.ask(
        *("iam", "get-open-id-connect-provider", "--open-id-connect-provider-arn", made["OpenIDConnectProviderArn"])
    )
    assert (told["Url"], told["ClientIDList"]) == (HOST, ["web", "app"])


# Thumbprints that are fetched


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    with running(tmp_path, HOST, "keys.example.com") as peer:
        yield peer


@pytest.fixture
def near(peer: Peer, start_server: Callable[..., Server]) -> Iterator[Any]:
    """IAM of a server of its own, which finds the peer at both of its hosts."""
    place = f"127.0.0.1:{peer.port}"
    server = start_server(
        "--egress-allow", f"{HOST}={place},keys.example.com={place}", "--egress-ca", str(peer.authorities)
    )
    accounts = Accounts(server.data, server.database_url)
    account_id, access_key_id, secret_access_key = accounts.create()
    aws = Aws(server.url, account_id, Keys(access_key_id, secret_access_key), accounts)
    yield aws.admin("iam")
    for client in aws.clients:
        client.close()
    accounts.close()


def configuration(**members: Any) -> Answer:
    whole = {"issuer": f"https://{HOST}/realm", "jwks_uri": "https://keys.example.com/keys", **members}
    return Answer(body=json.dumps({name: value for name, value in whole.items() if value is not None}).encode())


def test_without_thumbprints_that_of_the_topmost_certificate_is_fetched_once(near: Any, peer: Peer) -> None:
    peer.answers["/realm" + DISCOVERY] = configuration()

    arn = near.create_open_id_connect_provider(Url=f"https://{HOST}/realm")["OpenIDConnectProviderArn"]

    assert shown(near, arn)["ThumbprintList"] == [peer.thumbprint]
    assert peer.asked == [(HOST, "/realm" + DISCOVERY)]
    assert peer.connections == 2  # the second to where its keys are


def test_with_thumbprints_nobody_is_asked(near: Any, peer: Peer) -> None:
    make(near)

    assert peer.connections == 0


def test_a_provider_that_cannot_be_asked_is_refused_and_why_is_told_to_the_operator_alone(
    near: Any, peer: Peer, tmp_path: Path
) -> None:
    url = f"https://{HOST}/realm"
    words = f"Please check .well-known/openid-configuration of provider: {url} is valid"
    for answer in (
        Answer(404),
        Answer(500, b"{}"),
        Answer(body=b"not JSON"),
        Answer(body=b"[]"),
        configuration(issuer=f"https://{HOST}/"),
        configuration(jwks_uri=None),
        configuration(jwks_uri=7),
        configuration(jwks_uri="http://keys.example.com/keys"),
        configuration(jwks_uri="https://127.0.0.1/keys"),
        Answer(302, headers={"Location": "https://keys.example.com/"}),
        Answer(body=b" " * 2_000_000),
    ):
        peer.answers["/realm" + DISCOVERY] = answer
        with refused("OpenIdIdpCommunicationError", words):
            near.create_open_id_connect_provider(Url=url)

    assert near.list_open_id_connect_providers()["OpenIDConnectProviderList"] == []
    log = (tmp_path / "data.log").read_text()
    assert "the configuration was answered with 404" in log
    assert "127.0.0.1, which is not public" in log


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "169.254.169.254", "10.0.0.1", "2130706433", "0x7f.1"])
def test_what_is_not_public_is_not_asked(iam: Any, host: str) -> None:
    with refused(
        "OpenIdIdpCommunicationError",
        f"Please check .well-known/openid-configuration of provider: https://{host} is valid",
    ):
        iam.create_open_id_connect_provider(Url=f"https://{host}")


def test_who_may_not_make_a_provider_makes_nobody_be_asked(near: Any, peer: Peer) -> None:
    statement = {"Effect": "Deny", "Action": "iam:CreateOpenIDConnectProvider", "Resource": "*"}
    near.put_user_policy(
        UserName="admin",
        PolicyName="deny",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )

    denial_of(near.create_open_id_connect_provider, Url=f"https://{HOST}/realm")

    assert peer.connections == 0


# Changing


def test_client_ids_are_added_and_removed_however_often_it_is_asked(iam: Any) -> None:
    arn = make(iam, ClientIDList=[])

    for client in ("web", "app", "web", "Web"):
        iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID=client)
    for _ in range(2):
        iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="web")

    assert shown(iam, arn)["ClientIDList"] == ["app", "Web"]


def test_a_provider_has_a_hundred_client_ids_and_no_more(iam: Any) -> None:
    hundred = [f"client-{number}" for number in range(100)]
    with refused("LimitExceeded", "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100"):
        make(iam, ClientIDList=[*hundred, "more"])
    arn = make(iam, ClientIDList=hundred)

    with refused("LimitExceeded"):
        iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="more")
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="client-0")


def test_other_thumbprints_take_the_place_of_all(iam: Any) -> None:
    arn = make(iam)

    iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn, ThumbprintList=["B" * 40, "c" * 40])

    assert shown(iam, arn)["ThumbprintList"] == ["b" * 40, "c" * 40]
    for wrong in ([], ["z" * 40], [str(number) * 40 for number in range(6)]):
        with refused("InvalidInput"):
            iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn, ThumbprintList=wrong)
    assert shown(iam, arn)["ThumbprintList"] == ["b" * 40, "c" * 40]


def test_a_context_provider_is_set_changed_and_removed(iam: Any) -> None:
    first = {"SubjectSourceKey": "sub", "SubjectTypeValue": "user"}
    second = {"SubjectSourceKey": "e mail", "KeyDefinitionList": [{"SourceKey": "groups", "TargetKey": "teams"}]}
    arn = make(iam, ContextProvider=first)
    assert shown(iam, arn)["ContextProvider"] == first

    iam.update_open_id_connect_provider(OpenIDConnectProviderArn=arn, ContextProvider=second)
    assert shown(iam, arn)["ContextProvider"] == second

    for _ in range(2):
        iam.update_open_id_connect_provider(OpenIDConnectProviderArn=arn, RemoveContextProvider=True)
    assert "ContextProvider" not in shown(iam, arn)


@pytest.mark.parametrize(
    "parameters",
    [
        {"ContextProvider": {"SubjectSourceKey": "sub"}, "RemoveContextProvider": True},
        {"ContextProvider": {"SubjectSourceKey": "sub"}, "IdentityCenterInstanceArn": "arn:aws:sso:::instance/a"},
        {"RemoveContextProvider": True, "RemoveIdentityCenterInstance": True},
        {"IdentityCenterInstanceArn": "arn:aws:sso:::instance/a", "RemoveIdentityCenterInstance": True},
        {"IdentityCenterInstanceArn": "arn:aws:sso:::instance/ssoins-1234567890abcdef"},
        {"ContextProvider": {"SubjectSourceKey": " sub"}},
        {"ContextProvider": {"SubjectSourceKey": "a  b"}},
        {"ContextProvider": {"SubjectSourceKey": "sub", "SubjectTypeValue": "a", "SubjectTypeSourceKey": "b"}},
        {"ContextProvider": {"SubjectSourceKey": "sub", "KeyDefinitionList": [{"SourceKey": "a?"}]}},
    ],
)
def test_a_context_provider_that_cannot_be_is_refused(iam: Any, parameters: dict[str, Any]) -> None:
    arn = make(iam)

    with refused("InvalidInput"):
        iam.update_open_id_connect_provider(OpenIDConnectProviderArn=arn, **parameters)

    assert "ContextProvider" not in shown(iam, arn)


def test_tag_keys_are_told_apart_by_case_and_bounded(iam: Any) -> None:
    arn = make(iam, Tags=[{"Key": "b", "Value": "1"}])
    iam.tag_open_id_connect_provider(
        OpenIDConnectProviderArn=arn, Tags=[{"Key": "B", "Value": "2"}, {"Key": "a", "Value": ""}]
    )
    iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=arn, TagKeys=["a", "absent"])

    page = iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=arn, MaxItems=1)
    assert (page["Tags"], page["IsTruncated"]) == ([{"Key": "B", "Value": "2"}], True)
    with refused("LimitExceeded", "Cannot exceed quota for TagsPerOpenIdConnectProvider: 50"):
        iam.tag_open_id_connect_provider(
            OpenIDConnectProviderArn=arn, Tags=[{"Key": f"k{number}", "Value": ""} for number in range(49)]
        )


# What is not there, and who may

CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("get_open_id_connect_provider", {}),
    ("delete_open_id_connect_provider", {}),
    ("add_client_id_to_open_id_connect_provider", {"ClientID": "a"}),
    ("remove_client_id_from_open_id_connect_provider", {"ClientID": "a"}),
    ("update_open_id_connect_provider_thumbprint", {"ThumbprintList": [THUMBPRINT]}),
    ("update_open_id_connect_provider", {"RemoveContextProvider": True}),
    ("tag_open_id_connect_provider", {"Tags": [{"Key": "a", "Value": "b"}]}),
    ("untag_open_id_connect_provider", {"TagKeys": ["a"]}),
    ("list_open_id_connect_provider_tags", {}),
)


@pytest.mark.parametrize(("operation", "further"), CALLS)
def test_a_provider_that_is_not_there_another_accounts_and_what_is_no_arn(
    aws: Aws, iam: Any, operation: str, further: dict[str, Any]
) -> None:
    others = make(aws.other().admin("iam"))
    absent = f"arn:aws:iam::{aws.account_id}:oidc-provider/{HOST}"
    call = getattr(iam, operation)

    with refused("NoSuchEntity", f"OpenIDConnect Provider not found for arn {absent}"):
        call(OpenIDConnectProviderArn=absent, **further)
    denial_of(call, OpenIDConnectProviderArn=others, **further)
    for wrong in (
        absent.replace("oidc-provider", "saml-provider"),
        absent.replace(":iam::", ":iam:us-east-1:"),
        absent + " ",
        f"arn:aws:iam::{aws.account_id}:user/ana",
    ):
        with refused("InvalidInput", f"ARN {wrong} is not valid."):
            call(OpenIDConnectProviderArn=wrong, **further)


def test_a_deleted_provider_is_gone_with_its_tags_and_the_roles_that_name_it_stay(aws: Aws, iam: Any) -> None:
    arn = make(iam, Tags=[{"Key": "team", "Value": "ops"}])
    statement = {"Effect": "Allow", "Principal": {"Federated": arn}, "Action": "sts:AssumeRoleWithWebIdentity"}
    aws.role("deploy", trust={"Version": "2012-10-17", "Statement": [statement]})

    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)

    with refused("NoSuchEntity"):
        iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    trust = iam.get_role(RoleName="deploy")["Role"]["AssumeRolePolicyDocument"]
    assert trust["Statement"][0]["Principal"] == {"Federated": arn}
    assert make(iam) == arn
    assert shown(iam, arn)["Tags"] == []


def test_tags_given_to_a_new_provider_are_a_right_of_their_own(aws: Aws, iam: Any) -> None:
    ana = aws.user("ana", allow=["iam:CreateOpenIDConnectProvider"]).client("iam")
    make(ana, "plain.example.com")

    denial = denial_of(
        ana.create_open_id_connect_provider, **open_id_connect(HOST, Tags=[{"Key": "team", "Value": "ops"}])
    )

    assert "iam:TagOpenIDConnectProvider" in denial.message


def test_policies_see_the_url_and_the_tags_of_a_provider(aws: Aws, iam: Any) -> None:
    ops = make(iam, "a.example.com/ops", Tags=[{"Key": "team", "Value": "ops"}])
    web = make(iam, "a.example.com/web", Tags=[{"Key": "team", "Value": "web"}])
    statement = {
        "Effect": "Allow",
        "Action": "iam:GetOpenIDConnectProvider",
        "Resource": f"arn:aws:iam::{aws.account_id}:oidc-provider/a.example.com/*",
        "Condition": {"StringEquals": {"aws:ResourceTag/team": "ops"}},
    }
    ana = aws.user("ana", policy={"Version": "2012-10-17", "Statement": [statement]}).client("iam")

    assert shown(ana, ops)["Url"] == "a.example.com/ops"
    denial_of(ana.get_open_id_connect_provider, OpenIDConnectProviderArn=web)


# Counting, and callers at once


def test_an_account_has_a_hundred_which_the_summary_counts(iam: Any) -> None:
    def outcome(number: int) -> str:
        try:
            make(iam, f"idp-{number}.example.com")
        except ClientError as refusal:
            return str(refusal.response["Error"]["Code"])
        return "done"

    with ThreadPoolExecutor(8) as pool:
        same = Counter(pool.map(outcome, [0] * 8))
        others = Counter(pool.map(outcome, range(1, 104)))

    assert same == {"done": 1, "EntityAlreadyExists": 7}
    assert others == {"done": 99, "LimitExceeded": 4}
    with refused("LimitExceeded", "Cannot exceed quota for OpenIdConnectProvidersPerAccount: 100"):
        make(iam)
    assert iam.get_account_summary()["SummaryMap"]["Providers"] == 100
    arn = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"][0]["Arn"]
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    make(iam)
