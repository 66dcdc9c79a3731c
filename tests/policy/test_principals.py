import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.policy import (
    ANONYMOUS,
    Effect,
    Principal,
    PrincipalBlock,
    PrincipalElement,
    PrincipalKind,
    map_aws_principals,
    parse,
    principals,
)
from bailiwick.policy.principals import Grant, PrincipalMatcher, UnreadablePrincipalError, account_of, is_named

A = "111111111111"
ROOT_ARN = f"arn:aws:iam::{A}:root"
USER_ARN = f"arn:aws:iam::{A}:user/path/u"
ROLE_ARN = f"arn:aws:iam::{A}:role/path/r"
SESSION_ARN = f"arn:aws:sts::{A}:assumed-role/r/s"
FEDERATED_ARN = f"arn:aws:sts::{A}:federated-user/f"
PROVIDER = f"arn:aws:iam::{A}:saml-provider/idp"
USER_ID, ROLE_ID = "AIDAUUUUUUUUUUUUUUUUU", "AROARRRRRRRRRRRRRRRRR"
USER = Principal(PrincipalKind.USER, A, USER_ARN, USER_ID)
SESSION = Principal(PrincipalKind.ROLE_SESSION, A, SESSION_ARN, ROLE_ID, ROLE_ARN)
FEDERATED_USER = Principal(PrincipalKind.FEDERATED_USER, A, FEDERATED_ARN, USER_ID, USER_ARN)
ROOT = Principal(PrincipalKind.ROOT, A, ROOT_ARN)
FEDERATED = Principal(PrincipalKind.FEDERATED, A, PROVIDER)
SERVICE = Principal(
    PrincipalKind.SERVICE,
    None,
    "logs.amazonaws.com",
    names=frozenset({"logs.amazonaws.com", "logs.eu-west-1.amazonaws.com"}),
)
EVERYBODY = (USER, SESSION, FEDERATED_USER, ROOT, FEDERATED, SERVICE, ANONYMOUS)
STAR = PrincipalBlock((("*", ("*",)),))


def aws(*values: str) -> PrincipalBlock:
    return PrincipalBlock((("AWS", values),))


def reach(block: PrincipalBlock, principal: Principal, effect: Effect = Effect.ALLOW) -> Grant:
    return PrincipalMatcher(block, effect, negated=False).reach(principal, bounded=False)


def spares(
    values: Sequence[str] | PrincipalBlock, principal: Principal, effect: Effect = Effect.DENY, *, bounded: bool = False
) -> bool:
    block = values if isinstance(values, PrincipalBlock) else aws(*values)
    return PrincipalMatcher(block, effect, negated=True).reach(principal, bounded=bounded) is Grant.NONE


@pytest.mark.parametrize("principal", EVERYBODY)
def test_the_bare_star_is_everyone(principal: Principal) -> None:
    assert reach(STAR, principal) is Grant.DIRECT


@pytest.mark.parametrize("principal", EVERYBODY)
def test_the_star_among_aws_principals_is_everyone_but_services_and_providers(principal: Principal) -> None:
    expected = Grant.NONE if principal in (SERVICE, FEDERATED) else Grant.DIRECT

    assert reach(aws("*"), principal) is expected


@pytest.mark.parametrize("value", [A, ROOT_ARN])
def test_an_account_reaches_its_principals_by_delegation(value: str) -> None:
    for principal in (USER, SESSION, FEDERATED_USER, ROOT):
        assert reach(aws(value), principal) is Grant.DELEGATED
    for principal in (SERVICE, FEDERATED, ANONYMOUS):
        assert reach(aws(value), principal) is Grant.NONE
    elsewhere = Principal(PrincipalKind.USER, "222222222222", USER_ARN.replace(A, "222222222222"))
    assert reach(aws(value), elsewhere) is Grant.NONE


@pytest.mark.parametrize(
    ("value", "principal", "expected"),
    [
        (USER_ARN, USER, Grant.DIRECT),
        (USER_ARN.upper(), USER, None),
        (f"arn:aws:iam::{A}:user/u", USER, Grant.NONE),
        (USER_ID, USER, Grant.DIRECT),
        (USER_ARN, FEDERATED_USER, Grant.INHERITED),
        (USER_ID, FEDERATED_USER, Grant.INHERITED),
        (FEDERATED_ARN, FEDERATED_USER, Grant.DIRECT),
        (FEDERATED_ARN, USER, Grant.NONE),
        (SESSION_ARN, SESSION, Grant.DIRECT),
        (SESSION_ARN + "x", SESSION, Grant.NONE),
        (f"{ROLE_ID}:s", SESSION, Grant.DIRECT),
        (f"{ROLE_ID}:sx", SESSION, Grant.NONE),
        (f"{ROLE_ID}X:s", SESSION, Grant.NONE),
        (f"{ROLE_ID}:s", USER, Grant.NONE),
        (ROLE_ARN, SESSION, Grant.INHERITED),
        (ROLE_ID, SESSION, Grant.INHERITED),
        (f"arn:aws:iam::{A}:role/r", SESSION, Grant.NONE),
        (ROLE_ID, USER, Grant.NONE),
        (USER_ARN, ROOT, Grant.NONE),
        (USER_ARN, ANONYMOUS, Grant.NONE),
        (USER_ARN, SERVICE, Grant.NONE),
    ],
)
def test_a_principal_is_reached_through_its_identities(
    value: str, principal: Principal, expected: Grant | None
) -> None:
    if expected is None:
        with pytest.raises(UnreadablePrincipalError):
            reach(aws(value), principal)
    else:
        assert reach(aws(value), principal) is expected


@pytest.mark.parametrize("kind", [PrincipalKind.USER, PrincipalKind.FEDERATED_USER])
def test_a_roles_id_with_a_name_means_a_session_of_the_role_and_no_other_kind(kind: PrincipalKind) -> None:
    assert reach(aws(f"{ROLE_ID}:s"), replace(SESSION, kind=kind)) is Grant.NONE


def test_the_strongest_of_several_identities_counts() -> None:
    assert reach(aws(ROOT_ARN, ROLE_ARN, SESSION_ARN), SESSION) is Grant.DIRECT
    assert reach(aws(ROOT_ARN, ROLE_ARN), SESSION) is Grant.INHERITED
    assert reach(aws(USER_ARN, "*"), SESSION) is Grant.DIRECT
    assert Grant.NONE < Grant.DELEGATED < Grant.INHERITED < Grant.DIRECT


def test_services_and_providers_are_reached_by_their_own_type_only() -> None:
    service = PrincipalBlock((("Service", ("logs.eu-west-1.amazonaws.com",)),))
    provider = PrincipalBlock((("Federated", (PROVIDER,)),))

    assert reach(service, SERVICE) is Grant.DIRECT
    assert reach(PrincipalBlock((("Service", ("logs.amazonaws.com",)),)), SERVICE) is Grant.DIRECT
    assert reach(PrincipalBlock((("Service", ("ec2.amazonaws.com",)),)), SERVICE) is Grant.NONE
    nameless = Principal(PrincipalKind.SERVICE, None, "ec2.amazonaws.com")
    assert reach(PrincipalBlock((("Service", ("ec2.amazonaws.com",)),)), nameless) is Grant.DIRECT
    assert reach(provider, FEDERATED) is Grant.DIRECT
    assert reach(PrincipalBlock((("Federated", ("accounts.google.com",)),)), FEDERATED) is Grant.NONE
    for principal in (USER, SESSION, ROOT, ANONYMOUS):
        assert reach(service, principal) is Grant.NONE
        assert reach(provider, principal) is Grant.NONE


def test_a_canonical_user_is_never_allowed_and_its_denial_is_not_lost() -> None:
    block = PrincipalBlock((("CanonicalUser", ("0" * 64,)),))

    assert reach(block, USER) is Grant.NONE
    assert reach(block, USER, Effect.DENY) is Grant.DIRECT
    assert not spares(block, USER)


def test_not_principal_spares_only_who_is_listed_with_every_arn() -> None:
    assert spares([USER_ARN, ROOT_ARN], USER)
    assert spares([USER_ID, A], USER)
    assert not spares([USER_ARN], USER)
    assert not spares([ROOT_ARN], USER)
    assert spares([SESSION_ARN, ROLE_ARN, ROOT_ARN], SESSION)
    assert spares([SESSION_ARN, ROLE_ID, ROOT_ARN], SESSION)
    assert spares([f"{ROLE_ID}:s", ROLE_ID, ROOT_ARN], SESSION)
    assert not spares([f"{ROLE_ID}:x", ROLE_ID, ROOT_ARN], SESSION)
    assert not spares([SESSION_ARN, ROOT_ARN], SESSION)
    assert not spares([ROLE_ARN, ROOT_ARN], SESSION)
    assert not spares([SESSION_ARN, ROLE_ARN], SESSION)
    assert spares([FEDERATED_ARN, ROOT_ARN], FEDERATED_USER)
    assert not spares([USER_ARN, ROOT_ARN], FEDERATED_USER)
    assert spares([ROOT_ARN], ROOT)
    assert not spares([USER_ARN], ROOT)
    assert not spares([USER_ARN, ROOT_ARN], ANONYMOUS)


def test_not_principal_spares_listed_services_and_providers() -> None:
    assert spares(PrincipalBlock((("Service", ("logs.amazonaws.com",)),)), SERVICE)
    assert not spares(PrincipalBlock((("Service", ("ec2.amazonaws.com",)),)), SERVICE)
    assert spares(PrincipalBlock((("Federated", (PROVIDER,)),)), FEDERATED)
    assert not spares([ROOT_ARN], FEDERATED)


@pytest.mark.parametrize("principal", EVERYBODY)
def test_not_principal_with_a_star_spares_whom_the_star_means(principal: Principal) -> None:
    assert spares(STAR, principal)
    assert spares(["*"], principal) is (principal not in (SERVICE, FEDERATED))


@pytest.mark.parametrize("principal", EVERYBODY)
def test_not_principal_spares_nobody_who_has_a_boundary(principal: Principal) -> None:
    assert not spares(STAR, principal, bounded=True)


def test_not_principal_with_allow_leaves_out_whoever_is_listed_in_any_form() -> None:
    assert spares([USER_ARN], USER, Effect.ALLOW)
    assert spares([ROOT_ARN], USER, Effect.ALLOW)
    assert spares([ROLE_ARN], SESSION, Effect.ALLOW, bounded=True)
    assert not spares([USER_ARN], SESSION, Effect.ALLOW)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "ana",
        "1111",
        "1111111111111",
        f"arn:aws:iam::{A}:user/*",
        f"arn:aws:iam::{A}:user/",
        f"arn:aws:iam::{A}:role/a?",
        f"arn:aws:iam::{A}:group/g",
        f"arn:aws:iam::{A}:*",
        f"arn:aws:iam::{A}:root/x",
        f"arn:aws-cn:iam::{A}:root",
        "arn:aws:iam::*:root",
        f"arn:aws:sts::{A}:assumed-role/r/*",
        f"arn:aws:sts::{A}:assumed-role/r",
        f"arn:aws:sts::{A}:assumed-role/p/r/s",
        f"arn:aws:sts::{A}:federated-user/",
        f"arn:aws:iam::{A}:root\n",
        "AIDA",
        f"{ROLE_ID}:",
        f"{ROLE_ID}:*",
        f"{ROLE_ID}:a:b",
        f"{ROLE_ID}:a/b",
        "AIDAUUUUUUUUUUUUUUUUU:s",
        "aidauuuuuuuuuuuuuuuuu",
        "AGPAGGGGGGGGGGGGGGGGG",
        "**",
    ],
)
def test_other_forms_of_aws_principals_are_not_understood(value: str) -> None:
    assert account_of(value) is None
    assert not is_named(value)
    with pytest.raises(UnreadablePrincipalError):
        PrincipalMatcher(aws(value), Effect.ALLOW, negated=False)


def test_a_document_tells_whom_it_names_and_where() -> None:
    document = parse(
        json.dumps(
            {
                "Statement": [
                    {"Principal": "*"},
                    {"Principal": {"AWS": [A, "*"], "Service": "ec2.amazonaws.com"}},
                    {},
                    {"NotPrincipal": {"Federated": PROVIDER, "CanonicalUser": "0"}},
                ]
            }
        )
    )

    assert principals(document) == (
        PrincipalElement("*", "*", ("Statement", 0, "Principal")),
        PrincipalElement("AWS", A, ("Statement", 1, "Principal", "AWS", 0)),
        PrincipalElement("AWS", "*", ("Statement", 1, "Principal", "AWS", 1)),
        PrincipalElement("Service", "ec2.amazonaws.com", ("Statement", 1, "Principal", "Service", 0)),
        PrincipalElement("Federated", PROVIDER, ("Statement", 3, "NotPrincipal", "Federated", 0)),
        PrincipalElement("CanonicalUser", "0", ("Statement", 3, "NotPrincipal", "CanonicalUser", 0)),
    )


def test_only_aws_principals_are_rewritten_and_all_other_text_stays() -> None:
    text = """
    { "Version" : "2012-10-17", "Id": "x",
      "Statement" : [ { "Sid": "x", "Effect":"Allow",
        "Principal": { "Service": "x", "AWS" : "x",
                       "Federated": ["x"] }, "Action": ["x", "AWS"],
        "Condition": {"StringEquals": {"Principal": "x", "AWS": ["x"]}} },
      {"NotPrincipal" : {"\\u0041WS":\t["x" , "y",  "\\u0078"]}, "Action": "x" },
      {"Principal": "*", "Action": "AWS"} ] }
    """

    rewritten = map_aws_principals(text, {"x": 'n"ew', "y": "y"}.__getitem__)

    assert rewritten == (
        text.replace('"AWS" : "x"', '"AWS" : "n\\"ew"').replace(
            '["x" , "y",  "\\u0078"]', '["n\\"ew" , "y",  "n\\"ew"]'
        )
    )


@pytest.mark.parametrize(
    "text",
    [
        '{"Statement": {"Principal": {"AWS": "old"}}}',
        '{"Statement":{"NotPrincipal":{"Service":[],"AWS":["old"]}}}',
        '{"Statement":[{"Principal":{"AWS":[]}},{"Principal":{"AWS":"old"}}]}',
        '{"Statement":[{},{"Condition":{},"Principal":{"AWS":"old"}}],"Id":"Statement"}',
    ],
)
def test_a_principal_is_found_with_and_without_brackets(text: str) -> None:
    assert map_aws_principals(text, lambda value: "new") == text.replace('"old"', '"new"')


@pytest.mark.parametrize(
    "text",
    [
        '{"Statement":{"Principal":"*"}}',
        '{"Statement":{"Condition":{"StringEquals":{"AWS":"x"}}}}',
        '{"Statement":{"Principal":{"Federated":"AWS","Service":"x"}}}',
        '{"Id":"Principal","Statement":{"Sid":"AWS","Action":["Principal","AWS","x"]}}',
        '{"Principal":{"AWS":"x"},"Statement":{}}',
        '{"Statement":{"Statement":{"Principal":{"AWS":"x"}}}}',
    ],
)
def test_what_stands_elsewhere_is_no_principal(text: str) -> None:
    assert map_aws_principals(text, lambda value: "new") == text


NAMES = st.sampled_from(["Statement", "Principal", "NotPrincipal", "AWS", "Service", "Condition", "x"])
JSON = st.recursive(
    st.sampled_from(["AWS", "old", "", 'q"\\', "é", True, None, 1.5]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
STATEMENT = st.fixed_dictionaries(
    {},
    optional={
        "Principal": st.fixed_dictionaries(
            {}, optional={"AWS": st.lists(st.text(max_size=4), max_size=3), "Service": JSON}
        ),
        "NotPrincipal": st.just("*") | st.fixed_dictionaries({"AWS": st.text(max_size=4)}),
        "Condition": JSON,
        "Action": JSON,
    },
)


@given(st.lists(STATEMENT, max_size=3), st.sampled_from([None, 1, "\t"]))
def test_rewriting_changes_the_aws_principals_of_any_document_and_nothing_else(
    statements: list[dict[str, object]], indent: int | str | None
) -> None:
    text = json.dumps({"Statement": statements, "Id": "AWS"}, indent=indent, ensure_ascii=True)

    rewritten = map_aws_principals(text, lambda value: f"<{value}>")

    expected = json.loads(text)
    for statement in expected["Statement"]:
        for block in (statement.get("Principal"), statement.get("NotPrincipal")):
            if isinstance(block, dict) and "AWS" in block:
                values = block["AWS"]
                block["AWS"] = [f"<{v}>" for v in values] if isinstance(values, list) else f"<{values}>"
    assert rewritten == json.dumps(expected, indent=indent, ensure_ascii=True)
    assert map_aws_principals(text, str) == text
    assert map_aws_principals(rewritten, lambda value: value[1:-1]) == text
