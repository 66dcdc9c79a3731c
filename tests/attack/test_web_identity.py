"""Tokens that must not be believed, and providers that must not hurt others (AssumeRoleWithWebIdentity)."""

import base64
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.certificates import public_pem, rsa_key
from tests.id_tokens import Issuer, SigningKey, encoded
from tests.user.refusals import refused
from tests.user.web_identity import HOST, Federation, federated, house

__all__ = ["federated", "house"]

NOT_A_JWT = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
BAD_SIGNATURE = "The ID Token provided is not a valid JWT: its signature cannot be verified."
NO_KEY = (
    "Couldn't retrieve verification key from your identity provider,  "
    "please reference AssumeRoleWithWebIdentity documentation for requirements"
)

Forgery = Callable[[Issuer], str]


def signed(header: Mapping[str, object], issuer: Issuer, signature: str | None = None) -> str:
    """A token of any header, with the issuer's own signature unless there is another."""
    token = issuer.keys[0].sign_raw(json.dumps(header), json.dumps(issuer.claims()).encode())
    return token if signature is None else f"{token.rpartition('.')[0]}.{signature}"


def by_secret(secret: bytes) -> Forgery:
    """A token signed by HMAC with a key that everybody knows."""

    def forge(issuer: Issuer) -> str:
        header = {"alg": "HS256", "typ": "JWT", "kid": "first"}
        content = ".".join(encoded(json.dumps(part).encode()) for part in (header, issuer.claims()))
        return f"{content}.{encoded(hmac.digest(secret, content.encode(), 'sha256'))}"

    return forge


def cut(issuer: Issuer) -> str:
    """A token whose signature lacks its end."""
    content, _, signature = issuer.token().rpartition(".")
    return f"{content}.{encoded(base64.urlsafe_b64decode(signature + '==')[:-3])}"


def spliced(issuer: Issuer) -> str:
    """The header and signature of one token round the claims of another."""
    header, _, signature = issuer.token().split(".")
    return f"{header}.{encoded(json.dumps(issuer.claims(sub='admin')).encode())}.{signature}"


def with_more(**header: Any) -> Forgery:
    return lambda issuer: issuer.keys[0].sign(issuer.claims(), **header)


def strangers_key() -> SigningKey:
    return SigningKey.new("first", "RS256", number=7)


FORGED: Mapping[str, tuple[Forgery, str]] = {
    "unsigned": (lambda issuer: signed({"alg": "none", "kid": "first"}, issuer, ""), NOT_A_JWT),
    "unsigned, in other case": (lambda issuer: signed({"alg": "nOnE", "kid": "first"}, issuer), NOT_A_JWT),
    "HMAC with the public key": (by_secret(public_pem(rsa_key()).encode()), NOT_A_JWT),
    "HMAC with nothing": (by_secret(b"\0" * 32), NOT_A_JWT),
    "RSA-PSS": (lambda issuer: signed({"alg": "PS256", "kid": "first"}, issuer), NOT_A_JWT),
    "EdDSA": (lambda issuer: signed({"alg": "EdDSA", "kid": "first"}, issuer), NOT_A_JWT),
    "secp256k1": (lambda issuer: signed({"alg": "ES256K", "kid": "first"}, issuer), NOT_A_JWT),
    "no algorithm": (lambda issuer: signed({"kid": "first"}, issuer), NOT_A_JWT),
    "an algorithm of another key": (lambda issuer: signed({"alg": "ES256", "kid": "first"}, issuer), NO_KEY),
    "another algorithm than the key's": (lambda issuer: signed({"alg": "RS512", "kid": "first"}, issuer), NO_KEY),
    "a list of algorithms": (lambda issuer: signed({"alg": ["RS256"], "kid": "first"}, issuer), NOT_A_JWT),
    "a key that comes along": (
        lambda issuer: strangers_key().sign(issuer.claims(), jwk=strangers_key().published()),
        NOT_A_JWT,
    ),
    "a key that is linked": (with_more(jku=f"https://{HOST}/evil"), NOT_A_JWT),
    "a certificate that is linked": (with_more(x5u=f"https://{HOST}/evil"), NOT_A_JWT),
    "a certificate that comes along": (with_more(x5c=["AAAA"]), NOT_A_JWT),
    "what must be understood": (with_more(crit=["exp"]), NOT_A_JWT),
    "nothing that must be understood": (with_more(crit=[]), NOT_A_JWT),
    "a payload that is not encoded": (with_more(b64=False, crit=["b64"]), NOT_A_JWT),
    "compressed": (with_more(zip="DEF"), NOT_A_JWT),
    "a token of another kind": (with_more(typ="logout+jwt"), NOT_A_JWT),
    "a stranger's signature": (lambda issuer: strangers_key().sign(issuer.claims()), BAD_SIGNATURE),
    "no signature": (lambda issuer: issuer.token().rpartition(".")[0] + ".", NOT_A_JWT),
    "a signature of zeros": (
        lambda issuer: issuer.token().rpartition(".")[0] + "." + encoded(bytes(256)),
        BAD_SIGNATURE,
    ),
    "a signature that is cut": (cut, BAD_SIGNATURE),
    "other claims": (spliced, BAD_SIGNATURE),
    "a key that is not there": (lambda issuer: SigningKey.new("second").sign(issuer.claims()), NO_KEY),
    "a key in other case": (lambda issuer: SigningKey.new("First").sign(issuer.claims()), NO_KEY),
    "a key id that is a number": (lambda issuer: signed({"alg": "RS256", "kid": 1}, issuer), NOT_A_JWT),
    "encrypted": (lambda issuer: issuer.token() + ".AAAA.AAAA", NOT_A_JWT),
    "two parts": (lambda issuer: issuer.token().rpartition(".")[0], NOT_A_JWT),
    "padding": (lambda issuer: issuer.token() + "==", NOT_A_JWT),
    "white space": (lambda issuer: issuer.token() + "\n", NOT_A_JWT),
    "the other base64": (lambda issuer: issuer.token().rpartition(".")[0] + "." + "+/" * 171, NOT_A_JWT),
    "claims that are a list": (lambda issuer: issuer.keys[0].sign(b"[]"), NOT_A_JWT),
    "claims that are no JSON": (lambda issuer: issuer.keys[0].sign(b"{"), NOT_A_JWT),
    "claims in another encoding": (
        lambda issuer: issuer.keys[0].sign(json.dumps(issuer.claims()).encode("utf-16")),
        NOT_A_JWT,
    ),
    "a member twice": (
        lambda issuer: issuer.keys[0].sign(json.dumps(issuer.claims()).encode()[:-1] + b', "sub": "admin"}'),
        NOT_A_JWT,
    ),
    "a header's member twice": (
        lambda issuer: issuer.keys[0].sign_raw(
            '{"alg": "none", "kid": "first", "alg": "RS256"}', json.dumps(issuer.claims()).encode()
        ),
        NOT_A_JWT,
    ),
    "brackets without end": (lambda issuer: issuer.keys[0].sign(b'{"a":' * 2000), NOT_A_JWT),
    "an access token": (lambda issuer: "ya29.a0AfH6SMBx", NOT_A_JWT),
    "nothing but dots": (lambda issuer: "....", NOT_A_JWT),
}


@pytest.mark.parametrize("how", FORGED)
def test_a_token_that_its_provider_did_not_sign_is_not_believed(federated: Federation, how: str) -> None:
    federated.provider()
    role = federated.role()
    forge, words = FORGED[how]
    federated.assume(role, federated.issuer.token())

    with refused("InvalidIdentityToken", words):
        federated.assume(role, forge(federated.issuer))

    assert "/evil" not in str(federated.peer.asked)


def test_a_token_of_20000_characters_is_read_and_a_longer_one_is_not(federated: Federation) -> None:
    federated.provider()
    role = federated.role()
    longest = federated.issuer.token(pad="x" * 14_000)

    assert 18_000 < len(longest) <= 20_000
    assert federated.assume(role, longest)["Credentials"]
    with refused("ValidationError", having="Member must have length less than or equal to 20000"):
        federated.assume(role, federated.issuer.token(pad="x" * 16_000))


@pytest.mark.parametrize("provider", ["www.amazon.com", "graph.facebook.com", HOST])
def test_access_tokens_are_not_taken_for_id_tokens(federated: Federation, provider: str) -> None:
    federated.provider()

    with refused("InvalidIdentityToken", having="ProviderId is for OAuth 2.0 access tokens"):
        federated.assume(federated.role(), federated.issuer.token(), ProviderId=provider)


def test_a_session_token_that_comes_along_unsigned_is_refused(federated: Federation) -> None:
    federated.provider()
    role = federated.role()
    federated.assume(role, federated.issuer.token())
    asked = {
        "Action": "AssumeRoleWithWebIdentity",
        "Version": "2011-06-15",
        "RoleArn": role.arn,
        "RoleSessionName": "work",
        "WebIdentityToken": federated.issuer.token(),
    }

    reply = federated.aws.raw(body=urlencode(asked), headers={"X-Amz-Security-Token": "stray"})

    assert reply.status == 400
    assert "<Code>InvalidIdentityToken</Code>" in reply.text
    assert NO_KEY.replace("'", "&#x27;") in reply.text or NO_KEY in reply.text
    assert federated.aws.raw(body=urlencode(asked)).status == 200


def test_the_call_may_be_signed_and_that_gives_nothing(federated: Federation) -> None:
    federated.provider()
    role = federated.role(condition={"StringEquals": {f"{federated.issuer.url}:sub": "somebody-else"}})
    asked = {"RoleArn": role.arn, "RoleSessionName": "work", "WebIdentityToken": federated.issuer.token()}
    body = urlencode({"Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", **asked})

    reply = federated.aws.raw(body=body, signer=federated.aws.administrator, service="sts")

    assert reply.status == 403
    assert "Not authorized to perform sts:AssumeRoleWithWebIdentity" in reply.text


def test_a_token_of_our_own_assumes_no_role(federated: Federation) -> None:
    iam, sts = federated.aws.admin("iam"), federated.aws.admin("sts")
    iam.enable_outbound_web_identity_federation()
    token = sts.get_web_identity_token(Audience=["web"], SigningAlgorithm="RS256")["WebIdentityToken"]

    with refused("InvalidIdentityToken", "A token from GetWebIdentityToken cannot be used to assume a role."):
        federated.assume(federated.role(), token)


# Claims


@dataclass(frozen=True, slots=True)
class FromNow:
    """A claim's time, so many seconds after that of the test: what is collected is the same in every process."""

    seconds: int


BAD_CLAIMS: list[tuple[dict[str, Any], str, str]] = [
    ({"exp": None}, "InvalidIdentityToken", "valid exp claim"),
    ({"exp": True}, "InvalidIdentityToken", "valid exp claim"),
    ({"exp": "9999999999"}, "InvalidIdentityToken", "valid exp claim"),
    ({"exp": 9999999999.5}, "InvalidIdentityToken", "valid exp claim"),
    ({"exp": 2**63}, "InvalidIdentityToken", "valid exp claim"),
    ({"exp": 10**400}, "InvalidIdentityToken", "valid exp claim"),
    ({"exp": -1}, "InvalidIdentityToken", "valid exp claim"),
    ({"exp": 0}, "ExpiredTokenException", "must be before the expiration date/time 0"),
    ({"exp": FromNow(-301)}, "ExpiredTokenException", "Token expired: current date/time "),
    ({"iat": None}, "InvalidIdentityToken", "valid iat claim"),
    ({"iat": 1.5}, "InvalidIdentityToken", "valid iat claim"),
    ({"iat": FromNow(-25 * 3600)}, "ExpiredTokenException", "Token too old: 90"),
    ({"iat": FromNow(900)}, "InvalidIdentityToken", "Token not yet valid"),
    ({"nbf": FromNow(900)}, "InvalidIdentityToken", "Token not yet valid"),
    ({"nbf": "0"}, "InvalidIdentityToken", "valid nbf claim"),
    ({"aud": None}, "InvalidIdentityToken", "valid aud claim"),
    ({"aud": []}, "InvalidIdentityToken", "valid aud claim"),
    ({"aud": 7}, "InvalidIdentityToken", "valid aud claim"),
    ({"aud": ["web", 7]}, "InvalidIdentityToken", "valid aud claim"),
    ({"aud": {"web": "web"}}, "InvalidIdentityToken", "valid aud claim"),
    *(
        ({"aud": aud}, "InvalidIdentityToken", "Incorrect token audience")
        for aud in ("Web", "we", "web2", " web", "web/", "*", ["w", "e", "b"])
    ),
    ({"azp": "other"}, "InvalidIdentityToken", "Incorrect token audience"),
    ({"azp": ["web"]}, "InvalidIdentityToken", "valid azp claim"),
    ({"azp": ""}, "InvalidIdentityToken", "valid azp claim"),
    ({"sub": None}, "InvalidIdentityToken", "valid sub claim"),
    ({"sub": ""}, "InvalidIdentityToken", "valid sub claim"),
    ({"sub": "x" * 256}, "InvalidIdentityToken", "valid sub claim"),
    ({"sub": 7}, "InvalidIdentityToken", "valid sub claim"),
    ({"sub": "a\x00b"}, "InvalidIdentityToken", "valid sub claim"),
    ({"sub": "a\nb"}, "InvalidIdentityToken", "valid sub claim"),
    ({"sub": "\ud800"}, "InvalidIdentityToken", "valid sub claim"),
    ({"amr": 7}, "InvalidIdentityToken", "valid amr claim"),
    ({"amr": ["otp", None]}, "InvalidIdentityToken", "valid amr claim"),
]


@pytest.mark.parametrize(("claims", "code", "words"), BAD_CLAIMS, ids=[str(row[0])[:40] for row in BAD_CLAIMS])
def test_a_claim_that_is_not_as_it_must_be_is_refused(
    federated: Federation, claims: dict[str, Any], code: str, words: str
) -> None:
    federated.provider()
    now = int(time.time())
    told = {name: now + value.seconds if isinstance(value, FromNow) else value for name, value in claims.items()}

    with refused(code, having=words):
        federated.assume(federated.role(), federated.issuer.token(**told))


@pytest.mark.parametrize(
    "changed",
    [
        lambda url: f"https://{url}/",
        lambda url: f"https://{url.upper()}",
        lambda url: f"https://{url}x",
        lambda url: f"https://{url[:-1]}",
        lambda url: f"http://{url}",
        lambda url: url,
        lambda url: f"https://{url.replace('/', '//')}",
        lambda url: f"https://{url}?a",
        lambda url: f" https://{url}",
    ],
)
def test_an_issuer_is_compared_letter_by_letter(federated: Federation, changed: Callable[[str], str]) -> None:
    federated.provider()
    issuer = changed(federated.issuer.url)

    with refused("InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {issuer}"):
        federated.assume(federated.role(), federated.issuer.token(iss=issuer))


@pytest.mark.parametrize("issuer", [None, 7, ["https://idp.example.com"], "https://idp.example.com\x00", "\ud800"])
def test_an_issuer_that_is_none_is_refused(federated: Federation, issuer: object) -> None:
    federated.provider()

    with refused("InvalidIdentityToken", NOT_A_JWT):
        federated.assume(federated.role(), federated.issuer.token(iss=issuer))


def test_a_provider_of_one_trust_never_satisfies_another(federated: Federation) -> None:
    other = Issuer(f"{HOST}/rogue-{federated.aws.account_id}", [SigningKey.new("first", number=3)])
    other.publish(federated.peer)
    federated.provider()
    federated.provider(other)
    role = federated.role()

    with refused("AccessDenied"):
        federated.assume(role, other.token())
    with refused("InvalidIdentityToken", BAD_SIGNATURE):
        federated.assume(role, other.token(iss=f"https://{federated.issuer.url}"))


def test_a_claim_cannot_pass_for_a_condition_key_of_ours(federated: Federation) -> None:
    federated.provider()
    url = federated.issuer.url
    claims = {"SUB": "admin", "Aud": "admin", "oaud": "admin", "amr": ["pwd"], "AMR": ["mfa"]}
    role = federated.role(
        condition={
            "StringEquals": {f"{url}:sub": "subject-of-ana", f"{url}:aud": "web", f"{url}:oaud": "web"},
            "ForAllValues:StringEquals": {f"{url}:amr": ["pwd"]},
        }
    )

    assert federated.assume(role, federated.issuer.token(**claims))["Credentials"]


TAGS = "https://aws.amazon.com/tags"


@pytest.mark.parametrize(
    "claims",
    [
        {TAGS: []},
        {TAGS: {"principal_tags": []}},
        {TAGS: {"principal_tags": {"a": ["1", "2"]}}},
        {TAGS: {"principal_tags": {"a": []}}},
        {TAGS: {"principal_tags": {"a": 7}}},
        {TAGS: {"principal_tags": {"": "1"}}},
        {TAGS: {"principal_tags": {"a" * 129: "1"}}},
        {TAGS: {"principal_tags": {"a": "1" * 257}}},
        {TAGS: {"principal_tags": {"a?": "1"}}},
        {TAGS: {"principal_tags": {"a": "*"}}},
        {TAGS: {"principal_tags": {"aws:a": "1"}}},
        {TAGS: {"principal_tags": {"Aws:a": "1"}}},
        {TAGS: {"principal_tags": {"a": "1", "A": "2"}}},
        {TAGS: {"principal_tags": {f"k{number}": "1" for number in range(51)}}},
        {TAGS: {"principal_tags": {"a": "1"}, "transitive_tag_keys": ["b"]}},
        {TAGS: {"principal_tags": {"a": "1"}, "transitive_tag_keys": [7]}},
        {TAGS: {"principal_tags": {"a": "1"}}, f"{TAGS}/principal_tags/b": "1"},
    ],
    ids=str,
)
def test_tags_that_cannot_be_are_refused(federated: Federation, claims: dict[str, Any]) -> None:
    federated.provider()
    role = federated.role(actions="sts:*")

    with refused("InvalidIdentityToken", "The session tags of the ID Token provided are not valid."):
        federated.assume(role, federated.issuer.token(**claims))


@pytest.mark.parametrize("value", ["a", "x" * 257, "aws:ana", "AWS:ana", "a b", "ana/", "änä", 7, ["ana"], ""])
def test_a_source_identity_that_cannot_be_is_refused(federated: Federation, value: object) -> None:
    federated.provider()

    with refused(
        "InvalidIdentityToken", 'Source Identity must match [a-zA-Z_0-9+=,.@-]{2,256} and not begin with "aws:"'
    ):
        claims = {"https://aws.amazon.com/source_identity": value}
        federated.assume(federated.role(actions="sts:*"), federated.issuer.token(**claims))
