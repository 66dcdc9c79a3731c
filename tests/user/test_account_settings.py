"""What an account chooses for itself, as boto3 sees it: tokens, outbound federation, properties; and organizations."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.user.client import Aws
from tests.user.refusals import denial_of, refused


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator."""
    return aws.admin("iam")


# Security Token Service


def test_the_summary_shows_the_token_version_that_was_chosen(aws: Aws, iam: Any) -> None:
    def shown(client: Any) -> int:
        return int(client.get_account_summary()["SummaryMap"]["GlobalEndpointTokenVersion"])

    assert shown(iam) == 2

    iam.set_security_token_service_preferences(GlobalEndpointTokenVersion="v1Token")
    iam.set_security_token_service_preferences(GlobalEndpointTokenVersion="v1Token")

    assert shown(iam) == 1
    assert shown(aws.other().admin("iam")) == 2
    iam.set_security_token_service_preferences(GlobalEndpointTokenVersion="v2Token")
    assert shown(iam) == 2


def test_a_token_version_that_there_is_not_is_refused(iam: Any) -> None:
    with refused("ValidationError", having="Member must satisfy enum value set: [v1Token, v2Token]"):
        iam.set_security_token_service_preferences(GlobalEndpointTokenVersion="v3Token")


# Outbound web identity federation


def test_outbound_federation_is_enabled_once_and_disabled_once_and_keeps_its_issuer(aws: Aws, iam: Any) -> None:
    with refused("FeatureDisabled"):
        iam.get_outbound_web_identity_federation_info()
    with refused("FeatureDisabled"):
        iam.disable_outbound_web_identity_federation()

    issuer = iam.enable_outbound_web_identity_federation()["IssuerIdentifier"]

    assert issuer == f"http://localhost:4260/oidc/{aws.account_id}"
    with refused("FeatureEnabled"):
        iam.enable_outbound_web_identity_federation()
    info = iam.get_outbound_web_identity_federation_info()
    assert (info["IssuerIdentifier"], info["JwtVendingEnabled"]) == (issuer, True)
    iam.disable_outbound_web_identity_federation()
    with refused("FeatureDisabled"):
        iam.get_outbound_web_identity_federation_info()
    assert iam.enable_outbound_web_identity_federation()["IssuerIdentifier"] == issuer


def test_of_many_that_enable_outbound_federation_at_once_one_succeeds(iam: Any) -> None:
    def enable(_: int) -> str:
        try:
            iam.enable_outbound_web_identity_federation()
        except ClientError as refusal:
            return str(refusal.response["Error"]["Code"])
        return "done"

    with ThreadPoolExecutor(8) as pool:
        outcomes = Counter(pool.map(enable, range(8)))

    assert outcomes == {"done": 1, "FeatureEnabled": 7}


# Account properties


def test_properties_are_set_by_namespace_and_those_not_given_stay(aws: Aws, iam: Any) -> None:
    assert iam.get_account_properties()["Properties"] == {}

    iam.put_account_properties(Properties={"RoleManager/Enabled": "true", "RoleManager/Mode": "strict"})
    iam.put_account_properties(Properties={"Console/Theme": "dark"})
    iam.put_account_properties(Properties={"RoleManager/Mode": "lax"})

    assert iam.get_account_properties()["Properties"] == {
        "Console/Theme": "dark",
        "RoleManager/Enabled": "true",
        "RoleManager/Mode": "lax",
    }
    assert aws.other().admin("iam").get_account_properties()["Properties"] == {}


@pytest.mark.parametrize(
    "properties",
    [
        {"Enabled": "true"},
        {"RoleManager/": "true"},
        {"RoleManager/A/B": "true"},
        {"RoleManager/A": "true", "Console/Theme": "dark"},
    ],
    ids=repr,
)
def test_properties_that_are_not_of_one_namespace_are_refused_whole(iam: Any, properties: dict[str, str]) -> None:
    with refused("InvalidInput"):
        iam.put_account_properties(Properties=properties)

    assert iam.get_account_properties()["Properties"] == {}


def test_properties_of_another_form_are_refused_by_the_model(aws: Aws) -> None:
    iam = aws.client("iam", aws.administrator, validates=False)

    for properties in ({"/Enabled": "true"}, {"RoleManager/x y": "true"}, {"RoleManager/Enabled": ""}):
        with refused("ValidationError"):
            iam.put_account_properties(Properties=properties)


def test_an_account_holds_a_bounded_number_of_properties(iam: Any) -> None:
    iam.put_account_properties(Properties={f"Many/P{number}": "x" for number in range(100)})
    iam.put_account_properties(Properties={"Many/P7": "changed"})

    with refused("InvalidInput", having="100"):
        iam.put_account_properties(Properties={"Many/P100": "x"})

    assert len(iam.get_account_properties()["Properties"]) == 100


def test_policies_see_the_namespaces_of_properties(aws: Aws, iam: Any) -> None:
    iam.put_account_properties(Properties={"RoleManager/Enabled": "true"})
    statement = {
        "Effect": "Allow",
        "Action": "iam:*AccountProperties",
        "Resource": "*",
        "Condition": {"ForAllValues:StringEquals": {"iam:AccountPropertyNamespaces": "RoleManager"}},
    }
    ana = aws.user("ana", policy={"Version": "2012-10-17", "Statement": [statement]}).client("iam")

    ana.put_account_properties(Properties={"RoleManager/Enabled": "false"})
    assert ana.get_account_properties()["Properties"] == {"RoleManager/Enabled": "false"}
    denial_of(ana.put_account_properties, Properties={"Console/Theme": "dark"})
    iam.put_account_properties(Properties={"Console/Theme": "dark"})
    denial_of(ana.get_account_properties)


# Organizations


@pytest.mark.parametrize(
    "operation",
    [
        "enable_organizations_root_credentials_management",
        "disable_organizations_root_credentials_management",
        "enable_organizations_root_sessions",
        "disable_organizations_root_sessions",
        "list_organizations_features",
    ],
)
def test_an_account_outside_an_organization_is_told_so(aws: Aws, iam: Any, operation: str) -> None:
    words = "The request was rejected because no organization is associated with your account."

    with pytest.raises(iam.exceptions.OrganizationNotFoundException) as refusal:
        getattr(iam, operation)()
    assert refusal.value.response["Error"]["Message"] == words
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    denial_of(getattr(aws.user("ana").client("iam"), operation))
