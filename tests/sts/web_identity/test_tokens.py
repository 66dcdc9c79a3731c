"""Reading ID tokens: what is no token never passes, whatever is done to one that is."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.sts.errors import InvalidIdentityToken
from bailiwick.sts.web_identity import keys, tokens
from bailiwick.sts.web_identity.keys import VerificationKeys
from bailiwick.sts.web_identity.tokens import Header
from tests.id_tokens import Issuer, SigningKey, encoded

ISSUER = Issuer("idp.example.com", [SigningKey.new("first", "ES256")])
CLAIMS = ISSUER.claims()
TOKEN = ISSUER.keys[0].sign(CLAIMS)
PUBLISHED = VerificationKeys.of(json.dumps({"keys": [ISSUER.keys[0].published()]}).encode())

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
JSON = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(max_size=3), SCALARS, max_size=2)


def believed(text: str) -> dict[str, object]:
    """The claims of a token that is believed.

    Raises:
        InvalidIdentityToken: it is not.
    """
    token = tokens.read(text)
    key = PUBLISHED.find(token.header)
    if key is None:
        raise InvalidIdentityToken.no_key()
    return dict(keys.verify(token, key))


def test_a_token_is_read() -> None:
    token = tokens.read(TOKEN)

    assert (token.header, token.issuer) == (Header("ES256", "first"), "https://idp.example.com")
    assert token.provider_url == "idp.example.com"
    assert believed(TOKEN) == CLAIMS


@pytest.mark.parametrize("kind", ["JWT", "jwt", "application/jwt", "at+jwt", None])
def test_types_of_tokens_that_are_taken(kind: str | None) -> None:
    assert believed(ISSUER.keys[0].sign(CLAIMS, typ=kind)) == CLAIMS


@pytest.mark.parametrize("kind", ["", "JWS", "secevent+jwt", "logout+jwt", "dpop+jwt", 7, ["JWT"]])
def test_types_of_tokens_that_are_not_taken(kind: object) -> None:
    with pytest.raises(InvalidIdentityToken):
        tokens.read(ISSUER.keys[0].sign(CLAIMS, typ=kind))


@pytest.mark.parametrize(
    "issuer",
    [
        "https://",
        "http://idp.example.com",
        "",
        "https://" + "x" * 256,
        "https://a b",
        "https://aws",
        "https://saml",
        "https://STS",
    ],
)
def test_an_issuer_that_no_provider_can_have_is_none(issuer: str) -> None:
    token = tokens.read(ISSUER.keys[0].sign({**CLAIMS, "iss": issuer}))

    assert token.provider_url is None


@given(st.integers(0, len(TOKEN) - 1), st.characters(codec="ascii") | st.just(""))
def test_a_token_in_which_one_character_is_changed_is_never_believed(place: int, other: str) -> None:
    changed = TOKEN[:place] + other + TOKEN[place + 1 :]
    if changed == TOKEN:
        return

    with pytest.raises(InvalidIdentityToken):
        believed(changed)


@given(
    st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "jwk", "jku", "zip", "b64", "x"]), JSON, max_size=4)
)
def test_no_other_header_makes_the_signature_good(header: dict[str, object]) -> None:
    _, payload, signature = TOKEN.split(".")
    part = encoded(json.dumps(header).encode())

    with pytest.raises(InvalidIdentityToken):
        believed(f"{part}.{payload}.{signature}")


@given(st.dictionaries(st.sampled_from([*CLAIMS, "azp", "amr", "nbf"]), JSON, max_size=4))
def test_no_other_claims_have_the_signature(claims: dict[str, object]) -> None:
    header, _, signature = TOKEN.split(".")
    changed = {**CLAIMS, **claims}
    if changed == CLAIMS:
        return

    with pytest.raises(InvalidIdentityToken):
        believed(f"{header}.{encoded(json.dumps(changed).encode())}.{signature}")


@given(st.text(alphabet="AZaz09-_.=+/ ", max_size=60) | st.text(max_size=30) | st.binary(max_size=90).map(encoded))
def test_anything_else_is_refused_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(InvalidIdentityToken):
        believed(text)


@given(st.binary(min_size=1, max_size=64))
def test_bytes_have_one_form_in_base64(content: bytes) -> None:
    text = encoded(content)

    assert tokens.decode(text) == content
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        other = text[:-1] + letter
        if other != text and base64.urlsafe_b64decode(other + "=" * (-len(other) % 4)) == content:
            with pytest.raises(ValueError, match="count for nothing"):
                tokens.decode(other)
