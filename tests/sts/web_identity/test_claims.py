"""What is read of a token's claims, to the second, and whatever they hold."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.auth import SessionTag
from bailiwick.errors import AwsError
from bailiwick.sts.errors import ExpiredIdentityToken, InvalidIdentityToken
from bailiwick.sts.web_identity import claims
from bailiwick.sts.web_identity.claims import AWS, require_audience

NOW = 1_800_000_000
DAY = 24 * 3600
GOOD = {"sub": "ana", "aud": "web", "iat": NOW, "exp": NOW + 60}
TAGS = AWS + "tags"

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.floats(allow_nan=False)
JSON = (
    SCALARS
    | st.lists(SCALARS, max_size=3)
    | st.dictionaries(
        st.sampled_from(["principal_tags", "transitive_tag_keys", "a"]),
        SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(max_size=2), SCALARS, max_size=2),
    )
)


def read(**more: Any) -> claims.Claims:
    return claims.read({**GOOD, **more}, NOW)


@pytest.mark.parametrize(
    "times",
    [
        {"exp": NOW + 1},
        {"exp": NOW - 299},
        {"exp": 2**63 - 1},
        {"iat": NOW - DAY},
        {"iat": NOW + 300},
        {"nbf": NOW + 300},
        {"nbf": 0},
    ],
)
def test_times_at_which_a_token_is_good(times: dict[str, int]) -> None:
    assert read(**times).subject == "ana"


@pytest.mark.parametrize(
    ("times", "error"),
    [
        ({"exp": NOW - 300}, ExpiredIdentityToken.expired(NOW - 300, NOW)),
        ({"exp": NOW - 301, "iat": NOW - 9 * DAY}, ExpiredIdentityToken.expired(NOW - 301, NOW)),
        ({"iat": NOW - DAY - 1}, ExpiredIdentityToken.too_old(DAY + 1)),
        ({"iat": NOW + 301}, InvalidIdentityToken.not_yet_valid(NOW + 301, NOW)),
        ({"nbf": NOW + 301}, InvalidIdentityToken.not_yet_valid(NOW + 301, NOW)),
    ],
)
def test_times_at_which_it_is_not(times: dict[str, int], error: AwsError) -> None:
    with pytest.raises(type(error)) as refused:
        read(**times)

    assert refused.value.message == error.message


def test_texts_of_errors_are_those_of_aws() -> None:
    assert ExpiredIdentityToken.expired(1731095240, 1731098245).message == (
        "Token expired: current date/time 1731098245 must be before the expiration date/time 1731095240"
    )
    assert ExpiredIdentityToken.too_old(441398).message == "Token too old: 441398"


def test_an_authorized_party_takes_the_place_of_the_audience() -> None:
    both = read(aud=["api", "web"], azp="desk")

    assert (both.audiences, both.original_audiences) == (("desk",), ("api", "web"))
    assert read(aud=["api", "api"]).audiences == ("api",)


def test_only_audiences_that_the_provider_takes_are_told() -> None:
    assert require_audience(read(aud=["x", "web", "app"]), ["app", "web"]) == ("web", "app")
    for clients in ([], ["Web"], ["we"], ["web "]):
        with pytest.raises(InvalidIdentityToken, match="Incorrect token audience"):
            require_audience(read(), clients)


def test_both_forms_of_tags_are_read() -> None:
    whole = read(**{TAGS: {"principal_tags": {"Team": ["ops"], "Cost": "7"}, "transitive_tag_keys": ["team"]}})
    flat = read(
        **{
            f"{TAGS}/principal_tags/Team": "ops",
            f"{TAGS}/principal_tags/Cost": ["7"],
            f"{TAGS}/transitive_tag_keys": "Team",
        }
    )

    assert whole.tags == flat.tags == (SessionTag("Team", "ops", True), SessionTag("Cost", "7", False))
    assert read(**{TAGS: {}}).tags == ()


def test_roles_are_a_list_or_one_text() -> None:
    assert read().roles is None
    assert read(**{AWS + "roles": ["a", "b"]}).roles == frozenset("ab")
    assert read(**{AWS + "roles": "a; b"}).roles == frozenset("ab")
    for wrong in (7, {"a": "b"}, ["a", 7]):
        with pytest.raises(InvalidIdentityToken):
            read(**{AWS + "roles": wrong})


@given(
    st.dictionaries(
        st.sampled_from(
            [
                *GOOD,
                *("azp", "amr", "nbf", "email", TAGS, AWS + "source_identity", AWS + "roles"),
                *(f"{TAGS}/principal_tags/a", f"{TAGS}/principal_tags/", f"{TAGS}/transitive_tag_keys"),
            ]
        ),
        JSON,
    )
)
def test_whatever_claims_hold_they_are_read_or_refused(members: dict[str, Any]) -> None:
    try:
        found = read(**members)
    except (InvalidIdentityToken, ExpiredIdentityToken):
        return

    assert found.subject
    assert found.audiences
    assert all(found.audiences)
    assert all(tag.key and not tag.key.lower().startswith("aws:") for tag in found.tags)
