"""The page on identity providers gives the numbers that the program goes by."""

import inspect
from pathlib import Path

from bailiwick.access.quotas import DEFAULT_QUOTAS
from bailiwick.egress import Egress, client
from bailiwick.iam.oidc_providers import thumbprints
from bailiwick.iam.saml_providers import metadata, private_keys

PAGE = (Path(__file__).parents[2] / "docs" / "identity-providers.md").read_text(encoding="utf-8")


def test_the_page_tells_what_bounds_a_fetch() -> None:
    defaults = {name: given.default for name, given in inspect.signature(Egress).parameters.items()}

    assert f"{defaults['seconds']:g} seconds in all, and {defaults['body_bytes']:,} bytes" in PAGE
    assert client._MOST_REDIRECTS == 3
    assert "| redirects | three at most" in PAGE


def test_the_page_tells_what_a_provider_can_have() -> None:
    assert f"| client ids | at most {DEFAULT_QUOTAS['ClientIdsPerOpenIdConnectProvider']}, each once |" in PAGE
    assert f"| thumbprints | at most {thumbprints.MOST}," in PAGE
    assert f"1 to {metadata.MOST_IDENTITY_PROVIDERS} entities" in PAGE
    assert f"each with 1 to {metadata.MOST_KEYS} signing certificates" in PAGE
    assert f"| private keys | at most {private_keys.MOST};" in PAGE


def test_the_page_tells_what_bounds_metadata() -> None:
    told = f"{metadata._DEEPEST} elements deep at most, {metadata._MOST_ELEMENTS:,} elements"

    assert f"{told} and {metadata._MOST_ATTRIBUTES} attributes of one" in PAGE
