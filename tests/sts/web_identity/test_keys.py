"""Which published keys can verify tokens, and of what kind."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.sts.errors import InvalidIdentityToken
from bailiwick.sts.web_identity.keys import VerificationKeys
from bailiwick.sts.web_identity.tokens import KEY_TYPES, Header
from tests.id_tokens import SigningKey

RSA = SigningKey.new("rsa", "RS256")
CURVES = {algorithm: SigningKey.new(algorithm, algorithm) for algorithm in ("ES256", "ES384", "ES512")}


def keys(*published: Any) -> VerificationKeys:
    return VerificationKeys.of(json.dumps({"keys": published}).encode())


def test_a_key_without_an_algorithm_is_for_all_of_its_type() -> None:
    assert keys(RSA.published(alg=None)).keys[0].algorithms == {"RS256", "RS384", "RS512"}
    for algorithm, key in CURVES.items():
        assert keys(key.published(alg=None)).keys[0].algorithms == {algorithm}


@pytest.mark.parametrize("algorithm", KEY_TYPES)
def test_a_key_with_an_algorithm_is_for_that_alone(algorithm: str) -> None:
    found = keys(*(key.published(alg=algorithm) for key in (RSA, *CURVES.values()))).keys

    assert [key.algorithms for key in found] == [{algorithm}]


def test_nothing_private_is_kept_of_a_key() -> None:
    private = {**RSA.published(), **RSA.key.as_dict(private=True)}

    (key,) = keys(private).keys

    assert key.members.keys() == {"kty", "n", "e"}


def test_a_key_is_found_by_its_id_and_its_type() -> None:
    same = CURVES["ES256"].published(kid="rsa")
    found = keys(RSA.published(), same)

    assert found.find(Header("RS256", "rsa")) == found.keys[0]
    assert found.find(Header("ES256", "rsa")) == found.keys[1]
    for header in (Header("RS256", "RSA"), Header("RS512", "rsa"), Header("ES384", "rsa")):
        assert found.find(header) is None


def test_without_an_id_only_a_lone_key_is_found() -> None:
    assert keys(RSA.published()).find(Header("RS256", None)) is not None
    assert keys(RSA.published(), RSA.published(kid="other")).find(Header("RS256", None)) is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"keys": 1}', b'{"keys": null}', b'{"keys": {"kty": "RSA"}}'])
def test_what_is_no_set_of_keys_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidIdentityToken):
        VerificationKeys.of(content)


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["kty", "n", "e", "crv", "x", "y", "use", "key_ops", "alg", "kid"]),
            st.sampled_from(["RSA", "EC", "oct", "P-256", "sig", "RS256", "AQAB", ""])
            | st.integers()
            | st.none()
            | st.lists(st.sampled_from(["verify", "sign"]), max_size=2),
        )
        | st.integers()
        | st.none(),
        max_size=5,
    )
)
def test_no_set_of_keys_breaks_its_reading(published: list[object]) -> None:
    for key in keys(*published).keys:
        assert key.algorithms
        assert all(isinstance(value, str) for value in key.members.values())
