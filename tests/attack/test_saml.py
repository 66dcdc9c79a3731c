"""Attacks on SAML federation over the wire: each refused as AWS refuses it, and nothing is changed by it."""

import base64
import http.client
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import pytest

from tests.certificates import pair, rsa_key
from tests.saml_responses import Encrypting, Idp, Signing, encoded, encrypted, response_xml, signed
from tests.sts.saml.parts import text, the, tree
from tests.sts.saml.wrapping import FORMS, Node
from tests.user.accounts import Accounts
from tests.user.client import Aws, Keys, Role
from tests.user.refusals import refused
from tests.user.saml_federation import Federation, federation, metadata_of

__all__ = ["federation"]


@pytest.fixture
def role(federation: Federation) -> Role:
    """A role that trusts the provider for everything."""
    return federation.role(allow=["*"])


def require_no_session(federation: Federation) -> None:
    """Nobody was let in."""
    found = federation.aws.admin("bailiwick").list_sessions(ProviderArn=federation.provider)
    assert found["Sessions"] == []


@pytest.mark.parametrize("new_id", [None, "_evil"])
@pytest.mark.parametrize("form", FORMS)
def test_a_wrapped_assertion_lets_nobody_in(
    federation: Federation, role: Role, form: Callable[[Node, str | None], None], new_id: str | None
) -> None:
    for make in (federation.idp.response, federation.idp.signed_response, federation.idp.twice_signed):
        root = tree(make(federation.told(role)))
        form(root, new_id)
        with refused("InvalidIdentityToken"):
            federation.assume(role, text(root))

    require_no_session(federation)


def test_neither_does_a_forged_one(federation: Federation, role: Role) -> None:
    told, idp = federation.told(role), federation.idp
    stranger = Idp(idp.issuer, pair("idp.example.com", key=rsa_key(number=9)))
    forged = [
        response_xml(told.xml(), idp.issuer).encode(),
        stranger.response(told),
        stranger.signed_response(told),
        idp.response(told).replace(b"jo@corp", b"admin@corp"),
        idp.response(told, how=Signing("rsa-sha1")),
        idp.response(told, how=Signing(digest="sha1")),
        response_xml(signed(told.xml(), stranger.signer) + signed(told.xml(), idp.signer), idp.issuer).encode(),
        b"<!DOCTYPE a>" + idp.response(told),
        b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + idp.response(told),
    ]

    for response in forged:
        with refused("InvalidIdentityToken"):
            federation.assume(role, response)

    require_no_session(federation)


def test_a_comment_does_not_make_another_of_a_subject(federation: Federation, role: Role) -> None:
    response = federation.idp.response(federation.told(role, subject="admin@corp.evil.example"))

    reply = federation.assume(role, response.replace(b"admin@corp.", b"admin@corp<!---->."))

    assert reply["Subject"] == "admin@corp.evil.example"


def test_another_accounts_provider_does_not_vouch_even_where_it_is_trusted(
    federation: Federation, accounts: Accounts
) -> None:
    account_id, access_key_id, secret_access_key = accounts.create()
    victim = Aws(federation.aws.endpoint, account_id, Keys(access_key_id, secret_access_key), accounts)
    role = victim.role("web", trust=federation.trust(), allow=["*"])

    with refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML"):
        federation.assume(role)
    for client in victim.clients:
        client.close()


def test_a_providers_name_made_again_is_not_the_provider(federation: Federation, role: Role) -> None:
    iam = federation.aws.admin("iam")
    response = federation.idp.response(federation.told(role))
    other = Idp(federation.idp.issuer, pair("idp.example.com", key=rsa_key(number=9)))

    iam.delete_saml_provider(SAMLProviderArn=federation.provider)
    iam.create_saml_provider(Name="corp", SAMLMetadataDocument=metadata_of(other))

    with refused("InvalidIdentityToken", "Response signature invalid"):
        federation.assume(role, response)


def test_a_response_that_is_too_long_is_not_looked_at(federation: Federation, role: Role) -> None:
    with refused("ValidationError", having="Member must have length less than or equal to 100000"):
        federation.assume(role, SAMLAssertion="A" * 100_001)
    with refused("InvalidIdentityToken"):
        federation.assume(role, SAMLAssertion=base64.b64encode(b"<a>" * 25_000).decode())


def test_what_an_encrypted_message_was_changed_to_cannot_be_told(federation: Federation, role: Role) -> None:
    key = rsa_key(number=7)
    iam = federation.aws.admin("iam")
    iam.update_saml_provider(
        SAMLProviderArn=federation.provider,
        AssertionEncryptionMode="Allowed",
        AddPrivateKey=pair("sp", key=key).key_pem,
    )
    inside = signed(federation.told(role).xml(), federation.idp.signer)

    def sealed(assertion: str) -> bytes:
        how = Encrypting("aes256-cbc")
        return response_xml(encrypted(assertion, key.public_key(), how), federation.idp.issuer).encode()

    assert federation.assume(role, sealed(inside))["Subject"] == "jo@corp"
    whole = tree(sealed(inside))
    value = whole.findall(".//{http://www.w3.org/2001/04/xmlenc#}CipherValue")[-1]
    content = base64.b64decode(value.text or "")
    value.text = base64.b64encode(content[:-32] + bytes(16) + content[-16:]).decode()
    no_key = tree(sealed(inside))
    the(no_key, "xenc:CipherValue").text = base64.b64encode(bytes(256)).decode()
    for changed in (
        text(whole),
        text(no_key),
        sealed("<a/>"),
        sealed("a"),
        sealed(inside.replace("jo@corp", "jo@evil")),
    ):
        begun = time.monotonic()
        with refused("InvalidIdentityToken", "Response signature invalid"):
            federation.assume(role, changed)
        assert time.monotonic() - begun > timedelta(milliseconds=250).total_seconds()


def test_the_same_parameter_twice_is_refused(federation: Federation, role: Role) -> None:
    assertion = encoded(federation.idp.response(federation.told(role)))
    fields = [
        ("Action", "AssumeRoleWithSAML"),
        ("Version", "2011-06-15"),
        ("RoleArn", role.arn),
        ("PrincipalArn", federation.provider),
        ("SAMLAssertion", assertion),
        ("SAMLAssertion", assertion),
    ]
    address = urlsplit(federation.aws.endpoint)
    connection = http.client.HTTPConnection(address.hostname or "", address.port)
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    def status(body: list[tuple[str, str]]) -> int:
        connection.request("POST", "/", urlencode(body), form)
        reply = connection.getresponse()
        reply.read()
        return reply.status

    assert status(fields) == 400
    assert status(fields[:-1]) == 200
    connection.close()


def test_many_at_once_are_answered_or_told_to_come_again(federation: Federation, role: Role) -> None:
    response = federation.idp.response(federation.told(role)).replace(b"jo@corp", b"admin@corp")

    def code(_: int) -> str:
        client = federation.aws.client("sts", None)
        try:
            client.assume_role_with_saml(
                RoleArn=role.arn, PrincipalArn=federation.provider, SAMLAssertion=encoded(response)
            )
        except client.exceptions.ClientError as error:
            return str(error.response["Error"]["Code"])
        return "let in"

    with ThreadPoolExecutor(20) as pool:
        codes = set(pool.map(code, range(100)))

    assert codes <= {"InvalidIdentityToken", "Throttling"}
    federation.assume(role)
