"""What AWS reads from the attributes of an assertion."""

from collections.abc import Callable

import pytest

from bailiwick.auth import SessionTag
from bailiwick.sts.saml import attributes
from bailiwick.sts.saml.attributes import CONDITION_KEYS, RolePair
from tests.sts.saml.parts import refused

AWS = "https://aws.amazon.com/SAML/Attributes/"
ROLE = "arn:aws:iam::111122223333:role/web"
PROVIDER = "arn:aws:iam::111122223333:saml-provider/corp"

Values = tuple[str, ...]


def test_pairs_come_in_either_order_and_once_each() -> None:
    given: dict[str, Values] = {AWS + "Role": (f"{ROLE},{PROVIDER}", f"{PROVIDER},{ROLE}2", f"{PROVIDER},{ROLE}")}

    assert attributes.role_pairs(given) == (RolePair(ROLE, PROVIDER), RolePair(f"{ROLE}2", PROVIDER))
    assert attributes.role_pairs({AWS + "Role": (f"{ROLE},a=b,{PROVIDER}",)}) == (RolePair(f"{ROLE},a=b", PROVIDER),)
    assert attributes.role_pairs({}) == ()
    assert attributes.role_pairs({AWS + "role": (f"{ROLE},{PROVIDER}",)}) == ()


@pytest.mark.parametrize(
    "value",
    ["", ROLE, f"{ROLE},{ROLE}", f"{PROVIDER},{PROVIDER}", f"{ROLE},{PROVIDER},{PROVIDER}", f" {ROLE},{PROVIDER}"],
)
def test_what_is_no_pair_is_refused(value: str) -> None:
    with refused("Your request included an invalid SAML response. A value of its attribute Role"):
        attributes.role_pairs({AWS + "Role": (value,)})


@pytest.mark.parametrize("name", ["jo", "jo@example.com", "a" * 64, "A_z-0+=,.@"])
def test_a_session_can_be_named_so(name: str) -> None:
    assert attributes.session_name({AWS + "RoleSessionName": (name,)}) == name


@pytest.mark.parametrize(
    "name", ["j", "a" * 65, "jo doe", "j\N{LATIN SMALL LETTER O WITH DIAERESIS}", "jo/doe", "jo\n"]
)
def test_a_session_cannot_be_named_so(name: str) -> None:
    with refused(""):
        attributes.session_name({AWS + "RoleSessionName": (name,)})


def test_a_session_must_be_named_once() -> None:
    with refused("RoleSessionName is required in AuthnResponse"):
        attributes.session_name({})
    with refused("Your request included an invalid SAML response. Its attribute RoleSessionName has not one value"):
        attributes.session_name({AWS + "RoleSessionName": ("jo", "jo")})
    with refused("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"):
        attributes.session_name({AWS + "RoleSessionName": ("jo doe",)})


def test_a_source_identity_is_one_that_can_be() -> None:
    assert attributes.source_identity({}) is None
    assert attributes.source_identity({AWS + "SourceIdentity": ("jo",)}) == "jo"
    for wrong in ("j", "a" * 257, "aws:jo", "jo doe"):
        with refused('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,256} and not begin with "aws:"'):
            attributes.source_identity({AWS + "SourceIdentity": (wrong,)})


def test_a_duration_is_in_its_bounds() -> None:
    assert attributes.session_seconds({}) is None
    assert attributes.session_seconds({AWS + "SessionDuration": ("900",)}) == 900
    assert attributes.session_seconds({AWS + "SessionDuration": ("43200",)}) == 43_200
    for wrong in ("899", "43201", "1e3", "-900", "\N{ARABIC-INDIC DIGIT NINE}00", "9000000", "1h", ""):
        with refused("Your request included an invalid SAML response. Its SessionDuration"):
            attributes.session_seconds({AWS + "SessionDuration": (wrong,)})


def test_tags_are_passed_and_some_go_on() -> None:
    given: dict[str, Values] = {
        AWS + "PrincipalTag:Team": ("ops",),
        AWS + "PrincipalTag:Cost Center": ("",),
        AWS + "TransitiveTagKeys": ("team",),
    }

    assert attributes.tags(given) == (SessionTag("Team", "ops", True), SessionTag("Cost Center", "", False))


@pytest.mark.parametrize(
    "given",
    [
        {"PrincipalTag:Team": ("a", "b")},
        {"PrincipalTag:Team": ()},
        {"PrincipalTag:": ("a",)},
        {"PrincipalTag:" + "k" * 129: ("a",)},
        {"PrincipalTag:Team": ("v" * 257,)},
        {"PrincipalTag:Team": ("<b>",)},
        {"PrincipalTag:Team": (" a",)},
        {"PrincipalTag:aws:Team": ("a",)},
        {"PrincipalTag:Team": ("a",), "PrincipalTag:team": ("b",)},
        {"TransitiveTagKeys": ("Team",)},
        {f"PrincipalTag:{number}": ("a",) for number in range(51)},
    ],
)
def test_tags_that_cannot_be_are_refused(given: dict[str, Values]) -> None:
    with refused("Your request included an invalid SAML response."):
        attributes.tags({AWS + name: values for name, values in given.items()})


def test_attributes_are_condition_keys_by_aws_table() -> None:
    given: dict[str, Values] = {
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.1": ("staff", "member"),
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.6": ("jo@corp",),
        "urn:oid:2.5.4.3": ("Jo",),
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress": ("jo@example.com",),
        "0.9.2342.19200300.100.1.3": ("second@example.com",),
        "2.5.4.42": ("Jo",),
        "department": ("ops",),
    }

    assert attributes.condition_keys(given) == {
        "saml:edupersonaffiliation": ("staff", "member"),
        "saml:edupersonprincipalname": "jo@corp",
        "saml:cn": ("Jo",),
        "saml:mail": "jo@example.com",
        "saml:givenName": "Jo",
    }
    assert len(CONDITION_KEYS) == 26


@pytest.mark.parametrize(
    "read",
    [attributes.session_name, attributes.source_identity, attributes.session_seconds],
)
def test_white_space_round_a_value_is_refused(read: Callable[[attributes.Attributes], object]) -> None:
    for name in ("RoleSessionName", "SourceIdentity", "SessionDuration"):
        given: dict[str, Values] = {AWS + "RoleSessionName": ("jo",), AWS + name: ("900 ",)}
        if read(given | {AWS + name: ("900",)}) == read({AWS + "RoleSessionName": ("jo",)}):
            continue  # not the attribute that this one reads
        with refused("Your request included an invalid SAML response."):
            read(given)
