import json
from typing import Any

import pytest

from bailiwick.policy import PolicySyntaxError, PolicyType, check, parse, validate
from bailiwick.policy.document import LEGACY_PARSING
from bailiwick.policy.element_strings import NEEDS_VENDOR, ONE_COLON
from bailiwick.policy.validation import ORGANIZATIONS

INLINE, MANAGED, SESSION = PolicyType.INLINE, PolicyType.MANAGED, PolicyType.SESSION
TRUST, RESOURCE, ENDPOINT = PolicyType.TRUST, PolicyType.RESOURCE, PolicyType.VPC_ENDPOINT
SCP, RCP = PolicyType.SERVICE_CONTROL, PolicyType.RESOURCE_CONTROL
IDENTITY = (INLINE, MANAGED, SESSION)
SYNTAX = "Syntax errors in policy."
NO_STS_ACTION = "AssumeRole policy may only specify STS AssumeRole actions."
BAD_FEDERATED = "Federated principals must be valid domain names or SAML metadata ARNs"
IAM_TYPES = (
    'IAM resource path must either be "*", root, or start with user/, federated-user/, role/, group/, '
    "instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, "
    "access-report/."
)
A = "111111111111"

SOUND: dict[PolicyType, dict[str, Any]] = {
    INLINE: {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
    MANAGED: {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
    SESSION: {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
    TRUST: {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": A}},
    RESOURCE: {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": "*"},
    SCP: {"Effect": "Allow", "Action": "*", "Resource": "*"},
    RCP: {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Principal": "*"},
    ENDPOINT: {"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"},
}


def document(policy_type: PolicyType, *without: str, top: dict[str, object] | None = None, **changes: object) -> str:
    """A sound policy of the type with one statement, in which some elements are other or absent."""
    statement = SOUND[policy_type] | changes
    for name in without:
        del statement[name]
    return json.dumps({"Version": "2012-10-17", "Statement": statement} | (top or {}))


def fault(text: str, policy_type: PolicyType) -> tuple[str, str]:
    with pytest.raises(PolicySyntaxError) as refused:
        check(text, policy_type)
    return refused.value.message, refused.value.path


def accepted(text: str, policy_type: PolicyType) -> bool:
    return check(text, policy_type) == parse(text)


@pytest.mark.parametrize("policy_type", PolicyType)
def test_a_sound_policy_of_each_type_is_accepted(policy_type: PolicyType) -> None:
    assert accepted(document(policy_type), policy_type)
    assert accepted(document(policy_type, Sid="Alpha1", Condition={}), policy_type)
    validate(parse(document(policy_type)), policy_type)


def test_text_that_is_no_json_has_words_of_its_own_in_trust_policies() -> None:
    assert fault("{", INLINE) == (SYNTAX, "")
    assert fault("{", TRUST) == ("This policy contains invalid Json", "")
    assert fault('{"Statement": {}, "Statement": {}}', TRUST) == (SYNTAX, "Statement")
    assert fault("[]", TRUST) == (SYNTAX, "")


@pytest.mark.parametrize("policy_type", [SCP, RCP])
def test_organizations_has_one_message_for_all_faults(policy_type: PolicyType) -> None:
    assert fault("{", policy_type) == (ORGANIZATIONS, "")
    assert fault(document(policy_type, Action="s3"), policy_type) == (ORGANIZATIONS, "Statement[0].Action[0]")
    with pytest.raises(PolicySyntaxError) as refused:
        validate(parse(document(policy_type, Action="s3")), policy_type)
    assert isinstance(refused.value.__cause__, PolicySyntaxError)
    assert refused.value.position is None  # a tree has no text to look in
    assert refused.value.__cause__.message == NEEDS_VENDOR


@pytest.mark.parametrize("version", ["2008-10-17", None])
def test_managed_policies_need_the_new_version(version: str | None) -> None:
    text = document(MANAGED).replace('"Version": "2012-10-17", ', f'"Version": "{version}", ' if version else "")

    assert fault(text, MANAGED) == ("Policy document must be version 2012-10-17 or greater.", "Version")
    for policy_type in (INLINE, SESSION):
        assert accepted(text, policy_type)
    assert fault(document(RCP).replace("2012-10-17", "2008-10-17"), RCP) == (ORGANIZATIONS, "Version")


def test_an_id_belongs_to_policies_of_resources() -> None:
    for policy_type in (INLINE, MANAGED, SESSION):
        assert fault(document(policy_type, top={"Id": "x y"}), policy_type) == (SYNTAX, "Id")
    for policy_type in (TRUST, RESOURCE, ENDPOINT):
        assert accepted(document(policy_type, top={"Id": "x y"}), policy_type)
    for policy_type in (SCP, RCP):
        assert fault(document(policy_type, top={"Id": "x"}), policy_type) == (ORGANIZATIONS, "Id")


@pytest.mark.parametrize("sid", ["a b", "a-b", "a_b", "é", "a\n", " "])
def test_a_sid_is_alphanumeric_except_in_policies_of_resources(sid: str) -> None:
    message = (
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
    )

    for policy_type in (INLINE, MANAGED, SESSION, TRUST):
        assert fault(document(policy_type, Sid=sid), policy_type) == (message, "Statement[0].Sid")
    for policy_type in (RESOURCE, ENDPOINT):
        assert accepted(document(policy_type, Sid=sid), policy_type)


def test_sids_are_unique_unless_empty() -> None:
    def with_sids(*sids: str) -> str:
        return json.dumps({"Statement": [SOUND[INLINE] | {"Sid": sid} for sid in sids]})

    assert fault(with_sids("A", "B", "A"), INLINE) == (
        "Statement IDs (SID) in a single policy must be unique.",
        "Statement[2].Sid",
    )
    assert accepted(with_sids("A", "a", "", ""), INLINE)
    statements = [SOUND[RESOURCE] | {"Sid": "a b"}] * 2
    assert fault(json.dumps({"Statement": statements}), RESOURCE)[1] == "Statement[1].Sid"


@pytest.mark.parametrize("policy_type", IDENTITY)
def test_identity_policies_name_no_principal(policy_type: PolicyType) -> None:
    message = "Policy document should not specify a principal."

    assert fault(document(policy_type, Principal="*"), policy_type) == (message, "Statement[0].Principal")
    assert fault(document(policy_type, NotPrincipal={"AWS": A}), policy_type) == (message, "Statement[0].NotPrincipal")


def test_scps_name_no_principal() -> None:
    assert fault(document(SCP, Principal="*"), SCP) == (ORGANIZATIONS, "Statement[0].Principal")


@pytest.mark.parametrize("policy_type", [TRUST, RESOURCE, ENDPOINT])
def test_policies_of_resources_name_a_principal(policy_type: PolicyType) -> None:
    message = "Missing required field Principal"

    assert fault(document(policy_type, "Principal"), policy_type) == (message, "Statement[0]")
    assert fault(document(policy_type, Principal={}), policy_type) == (message, "Statement[0]")
    assert fault(document(policy_type, Principal={"AWS": []}), policy_type) == (message, "Statement[0]")


@pytest.mark.parametrize("policy_type", [RESOURCE, ENDPOINT])
def test_not_principal_goes_with_deny_and_instead_of_principal(policy_type: PolicyType) -> None:
    spared = {"AWS": A}

    assert accepted(document(policy_type, "Principal", NotPrincipal=spared, Effect="Deny"), policy_type)
    path = "Statement[0].NotPrincipal"
    assert fault(document(policy_type, "Principal", NotPrincipal=spared), policy_type) == (SYNTAX, path)
    assert fault(document(policy_type, NotPrincipal=spared, Effect="Deny"), policy_type) == (SYNTAX, path)


def test_a_trust_policy_takes_neither_not_principal_nor_resources() -> None:
    assert fault(document(TRUST, "Principal", NotPrincipal={"AWS": A}, Effect="Deny"), TRUST) == (
        "Has prohibited field NotPrincipal",
        "Statement[0].NotPrincipal",
    )
    assert fault(document(TRUST, Resource="*"), TRUST) == ("Has prohibited field Resource", "Statement[0].Resource")
    assert fault(document(TRUST, NotResource="*"), TRUST) == (
        "Has prohibited field NotResource",
        "Statement[0].NotResource",
    )


@pytest.mark.parametrize("policy_type", [INLINE, MANAGED, SESSION, TRUST, RESOURCE, ENDPOINT])
def test_a_statement_needs_an_effect_and_actions_in_one_element(policy_type: PolicyType) -> None:
    no_actions = ("Policy statement must contain actions.", "Statement[0]")

    assert fault(document(policy_type, "Effect"), policy_type) == ("Missing required field Effect", "Statement[0]")
    assert fault(document(policy_type, "Action"), policy_type) == no_actions
    assert fault(document(policy_type, Action=[]), policy_type) == no_actions
    assert fault(document(policy_type, "Action", NotAction=[]), policy_type) == no_actions
    both = document(policy_type, NotAction="sts:AssumeRole")
    assert fault(both, policy_type) == (SYNTAX, "Statement[0].NotAction")
    assert accepted(document(policy_type, "Action", NotAction="sts:AssumeRole"), policy_type)


@pytest.mark.parametrize("policy_type", [INLINE, MANAGED, SESSION, RESOURCE, ENDPOINT])
def test_a_statement_needs_resources_in_one_element(policy_type: PolicyType) -> None:
    no_resources = ("Policy statement must contain resources.", "Statement[0]")

    assert fault(document(policy_type, "Resource"), policy_type) == no_resources
    assert fault(document(policy_type, Resource=[]), policy_type) == no_resources
    assert fault(document(policy_type, "Resource", NotResource=[]), policy_type) == no_resources
    assert fault(document(policy_type, NotResource="*"), policy_type) == (SYNTAX, "Statement[0].NotResource")
    assert accepted(document(policy_type, "Resource", NotResource="*"), policy_type)


def test_an_rcp_denies_everyone_named_actions() -> None:
    def path(*without: str, **changes: Any) -> str:
        return fault(document(RCP, *without, **changes), RCP)[1]

    assert path(Effect="Allow") == "Statement[0].Effect"
    assert path(Principal={"AWS": "*"}) == "Statement[0].Principal"
    assert path("Principal", NotPrincipal={"AWS": A}) == "Statement[0].NotPrincipal"
    assert path("Action", NotAction="s3:*") == "Statement[0].NotAction"
    assert path(Action=["s3:*", "*"]) == "Statement[0].Action"
    assert path("Resource") == "Statement[0]"
    assert accepted(document(RCP, "Resource", NotResource="arn:aws:s3:::b"), RCP)


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ("GetObject", NEEDS_VENDOR),
        ("", NEEDS_VENDOR),
        ("**", NEEDS_VENDOR),
        ("s3:Get:Object", ONE_COLON),
        ("*:*", "Action vendors must not contain wildcards."),
        ("s?:Get", "Action vendors must not contain wildcards."),
        ("s3 :Get", "Vendor s3  is not valid"),
        (":Get", "Vendor  is not valid"),
        ("s_3:Get", "Vendor s_3 is not valid"),
    ],
)
def test_an_action_is_a_vendor_and_a_name(action: str, message: str) -> None:
    assert fault(document(INLINE, Action=["s3:*", action]), INLINE) == (message, "Statement[0].Action[1]")
    assert fault(document(INLINE, "Action", NotAction=action), INLINE) == (message, "Statement[0].NotAction[0]")


@pytest.mark.parametrize("action", ["*", "s3:*", "S3:GetObject", "no-such:Thing", "s3:*Object?", "iam:"])
def test_actions_need_not_exist(action: str) -> None:
    assert accepted(document(INLINE, Action=action), INLINE)


@pytest.mark.parametrize("action", ["*", "s3:GetObject", "sts:TagSessions", "sts:GetCallerIdentity", "iam:*", "sts:"])
def test_a_trust_policy_speaks_of_assuming_roles_only(action: str) -> None:
    assert fault(document(TRUST, Action=action), TRUST) == (NO_STS_ACTION, "Statement[0].Action[0]")


@pytest.mark.parametrize(
    "action",
    [
        "sts:AssumeRole",
        "STS:assumerole",
        "sts:AssumeRoleWithSAML",
        "sts:AssumeRoleWithWebIdentity",
        "sts:TagSession",
        "sts:SetSourceIdentity",
        "sts:SetContext",
        "sts:AssumeRole*",
        "sts:*",
    ],
)
def test_a_trust_policy_takes_the_actions_of_assuming_roles(action: str) -> None:
    assert accepted(document(TRUST, Action=action), TRUST)


def test_faults_of_the_vendor_come_first_in_trust_policies_too() -> None:
    assert fault(document(TRUST, Action="AssumeRole"), TRUST)[0] == NEEDS_VENDOR


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ("", 'Resource  must be in ARN format or "*".'),
        ("b/*", 'Resource b/* must be in ARN format or "*".'),
        ("arn", 'Resource arn must be in ARN format or "*".'),
        ("*:x", 'Resource *:x must be in ARN format or "*".'),
        ("arn:aws-cn:s3:::b", 'Partition "aws-cn" is not valid for resource "arn:aws-cn:s3:::b".'),
        ("arn:", 'Partition "" is not valid for resource "arn:".'),
        ("arn:${aws:x}:s3:::b", 'Partition "${aws" is not valid for resource "arn:${aws:x}:s3:::b".'),
        ("arn:a*:s3:::b", 'Partition "a*" is not valid for resource "arn:a*:s3:::b".'),
        ("arn:aws:s3::b", LEGACY_PARSING),
        ("arn:aws:s3::b/k:x", LEGACY_PARSING),
        ("arn:aws:s3:b/k", LEGACY_PARSING),
        ("arn:aws:s3/b", LEGACY_PARSING),
        ("arn:aws::::b", LEGACY_PARSING),
        ("arn:aws:s3::${aws:PrincipalAccount}:b", LEGACY_PARSING),
        ("arn:aws:s3:${aws:RequestedRegion}::b", LEGACY_PARSING),
        ("arn:aws:s3:::b\n", LEGACY_PARSING),
        (
            "arn:aws:iam:us-east-1:1:role/x",
            "IAM resource arn:aws:iam:us-east-1:1:role/x cannot contain region information.",
        ),
        ("arn:aws:iam:us-east-1", "IAM resource arn:aws:iam:us-east-1 cannot contain region information."),
        ("arn:aws:iam:*:1:role/x", "IAM resource arn:aws:iam:*:1:role/x cannot contain region information."),
        ("arn:aws:iam::1:roles/x", IAM_TYPES),
        ("arn:aws:iam::1:role", IAM_TYPES),
        ("arn:aws:iam::1:", IAM_TYPES),
        ("arn:aws:iam::1:rol*", IAM_TYPES),
    ],
)
def test_a_resource_is_a_star_or_an_arn(resource: str, message: str) -> None:
    assert fault(document(INLINE, Resource=["*", resource]), INLINE) == (message, "Statement[0].Resource[1]")
    refused = document(INLINE, "Resource", NotResource=resource)
    assert fault(refused, INLINE) == (message, "Statement[0].NotResource[0]")


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:s3:::b/${aws:username}/*",
        "arn:*:s3:::b",
        "arn:aws:*:*:*:*",
        "arn:aws:functi*:us-east-?:1*:x",
        "arn:aws:iam::aws:policy/*",
        "arn:aws:iam::1:*",
        "arn:aws:iam::1:root",
        "arn:aws:iam::1:user/p/u",
        "arn:aws:iam::1:delegation-request/*",
        "arn:aws:iam::aws:role-template/a.amazonaws.com/t:1",
        "arn:aws:iam::aws:contextProvider/IdentityCenter",
        "arn:aws:logs:*:1:log-group:g:*",
        "arn:aws:s3:::no-such-bucket/with space",
    ],
)
def test_resources_need_not_exist(resource: str) -> None:
    for policy_type in (INLINE, MANAGED, SESSION, RESOURCE, SCP, RCP, ENDPOINT):
        assert accepted(document(policy_type, Resource=resource), policy_type)


@pytest.mark.parametrize(
    "resource", ["arn:aws:sqs", "arn:aws:sqs:*", "arn:aws:sqs:*:1", "arn:aws:iam", "arn:aws:iam::1"]
)
def test_an_incomplete_arn_is_for_identity_policies_and_those_of_organizations(resource: str) -> None:
    for policy_type in (INLINE, MANAGED, SCP, RCP):
        assert accepted(document(policy_type, Resource=resource), policy_type)
    for policy_type in (SESSION, RESOURCE, ENDPOINT):
        assert fault(document(policy_type, Resource=resource), policy_type)[0] == LEGACY_PARSING


def test_the_bare_star_is_refused_in_trust_policies_only() -> None:
    message = 'AssumeRolepolicy contained an invalid principal: "STAR":"*".'

    assert fault(document(TRUST, Principal="*"), TRUST) == (message, "Statement[0].Principal")
    assert accepted(document(TRUST, Principal={"AWS": "*"}), TRUST)
    assert accepted(document(RESOURCE, Principal={"AWS": "*"}), RESOURCE)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("AWS", A),
        ("AWS", f"arn:aws:iam::{A}:root"),
        ("AWS", f"arn:aws:iam::{A}:user/path/u"),
        ("AWS", f"arn:aws:iam::{A}:role/aws-service-role/x.amazonaws.com/r"),
        ("AWS", f"arn:aws:sts::{A}:assumed-role/r/s@x"),
        ("AWS", f"arn:aws:sts::{A}:federated-user/f"),
        ("AWS", "AIDAUUUUUUUUUUUUUUUUU"),
        ("Service", "ec2.amazonaws.com"),
        ("Service", "logs.eu-west-1.amazonaws.com"),
        ("Federated", "accounts.google.com"),
        ("Federated", f"arn:aws:iam::{A}:saml-provider/my.idp-1"),
        ("Federated", f"arn:aws:iam::{A}:oidc-provider/idp.example/path"),
    ],
)
def test_principals_of_every_form_are_accepted(kind: str, value: str) -> None:
    for policy_type in (TRUST, RESOURCE):
        assert accepted(document(policy_type, Principal={kind: [value]}), policy_type)


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("AWS", "ana", 'Invalid principal in policy: "AWS":"ana"'),
        ("AWS", f"arn:aws:iam::{A}:user/*", f'Invalid principal in policy: "AWS":"arn:aws:iam::{A}:user/*"'),
        ("AWS", f"arn:aws:iam::{A}:group/g", f'Invalid principal in policy: "AWS":"arn:aws:iam::{A}:group/g"'),
        ("AWS", "1234", 'Invalid principal in policy: "AWS":"1234"'),
        ("Service", "*", 'Invalid principal in policy: "SERVICE":"*"'),
        ("Service", "amazonaws.com", 'Invalid principal in policy: "SERVICE":"amazonaws.com"'),
        ("Service", "ec2", 'Invalid principal in policy: "SERVICE":"ec2"'),
        ("Federated", "*", BAD_FEDERATED),
        ("Federated", "idp", BAD_FEDERATED),
        ("Federated", "https://accounts.google.com", BAD_FEDERATED),
        ("Federated", f"arn:aws:iam::{A}:role/r", BAD_FEDERATED),
        ("Federated", f"arn:aws:iam::{A}:oidc-provider/*", BAD_FEDERATED),
        ("Federated", "-.example", BAD_FEDERATED),
        ("CanonicalUser", "0" * 63, f'Invalid principal in policy: "CANONICALUSER":"{"0" * 63}"'),
    ],
)
def test_other_principals_are_refused(kind: str, value: str, message: str) -> None:
    for policy_type in (TRUST, RESOURCE):
        refused = document(policy_type, Principal={kind: [value]})
        assert fault(refused, policy_type) == (message, f"Statement[0].Principal.{kind}[0]")
    spared = document(RESOURCE, "Principal", NotPrincipal={kind: value}, Effect="Deny")
    assert fault(spared, RESOURCE) == (message, f"Statement[0].NotPrincipal.{kind}[0]")


def test_a_canonical_user_is_for_resources_only() -> None:
    named = {"CanonicalUser": "0123456789abcdef" * 4}

    assert accepted(document(RESOURCE, Principal=named), RESOURCE)
    assert fault(document(TRUST, Principal=named), TRUST)[0].startswith('Invalid principal in policy: "CANONICALUSER":')


def condition(operator: str, key: str, value: object) -> str:
    return document(INLINE, Condition={operator: {key: value}})


@pytest.mark.parametrize("operator", ["StringEqual", "stringEquals", "NullIfExists", "ForAllValues:Null", "", "Bool "])
def test_an_unknown_operator_is_refused(operator: str) -> None:
    expected = (f"Invalid Condition type : {operator}.", f"Statement[0].Condition.{operator}")

    assert fault(condition(operator, "a:b", "x"), INLINE) == expected
    assert fault(document(INLINE, Condition={operator: {}}), INLINE) == expected


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("username", NEEDS_VENDOR),
        ("", NEEDS_VENDOR),
        (":x", NEEDS_VENDOR),
        ("aws:", NEEDS_VENDOR),
        ("a:b:c", ONE_COLON),
    ],
)
def test_a_condition_key_has_a_vendor(key: str, message: str) -> None:
    path = f"Statement[0].Condition.StringEquals.{key}"

    assert fault(condition("StringEquals", key, "x"), INLINE) == (message, path)


@pytest.mark.parametrize(
    "key",
    ["unknown:key", "aws:PrincipalTag/a:b", "accounts.google.com:sub", "idp.example/p:aud", "ec2:ResourceTag/aws:x:y"],
)
def test_condition_keys_need_not_exist(key: str) -> None:
    assert accepted(condition("StringEquals", key, "x"), INLINE)


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("DateLessThan", "tomorrow"),
        ("DateEqualsIfExists", ["2026", ""]),
        ("IpAddress", "10.0.0.0/33"),
        ("ForAnyValue:NotIpAddress", "${aws:SourceIp}"),
    ],
)
def test_dates_and_addresses_are_read_at_writing(operator: str, value: object) -> None:
    values = value if isinstance(value, list) else [value]
    path = f"Statement[0].Condition.{operator}.a:b[{len(values) - 1}]"

    assert fault(condition(operator, "a:b", value), INLINE) == (LEGACY_PARSING, path)


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("DateLessThan", ["2026-11-24T10:00:00Z", 1795514400]),
        ("IpAddress", ["10.0.0.1", "::/0"]),
        ("NumericEquals", "many"),
        ("Bool", "maybe"),
        ("BinaryEquals", "!"),
        ("Null", "x"),
        ("ForAllValues:StringLikeIfExists", "${"),
        ("ArnLike", "no-arn"),
        ("StringEquals", []),
    ],
)
def test_other_values_are_not_looked_at(operator: str, value: object) -> None:
    assert accepted(condition(operator, "a:b", value), INLINE)


def test_of_several_faults_the_first_in_order_is_named() -> None:
    statements = [{"Effect": "Allow", "Action": "bad", "Resource": "bad"}, {"Sid": "!", "Principal": "*"}]
    top: dict[str, object] = {"Version": "2008-10-17", "Statement": statements}

    def first(policy_type: PolicyType = INLINE) -> tuple[str, str]:
        return fault(json.dumps(top), policy_type)

    assert first(MANAGED)[1] == "Version"
    assert first()[1] == "Statement[1].Sid"
    statements[1] = {"Principal": "*"}
    assert first() == ("Missing required field Effect", "Statement[1]")
    statements[1] = {"Effect": "Deny", "Principal": "*"}
    assert first()[1] == "Statement[1].Principal"
    statements[1] = {"Effect": "Deny"}
    assert first() == ("Policy statement must contain actions.", "Statement[1]")
    statements[1] = SOUND[INLINE]
    assert first() == (NEEDS_VENDOR, "Statement[0].Action[0]")
    statements[0]["Action"] = "s3:*"
    assert first() == ('Resource bad must be in ARN format or "*".', "Statement[0].Resource[0]")


@pytest.mark.parametrize(
    "name", ["a" * 100_000, "a." * 50_000 + "!", "-" * 100_000, "a-" * 50_000 + ".", ("a" * 63 + ".") * 1_500 + "1"]
)
def test_hostile_principals_are_refused_in_bounded_time(name: str) -> None:
    assert fault(document(TRUST, Principal={"Federated": name}), TRUST)[0] == BAD_FEDERATED
