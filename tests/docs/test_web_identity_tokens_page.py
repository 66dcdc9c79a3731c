"""The page on web identity tokens gives the numbers that the program goes by."""

from pathlib import Path

from bailiwick.sts.web_identity_token import documents, operation, signing_keys
from bailiwick.sts.web_identity_token.claims import CLAIMS

PAGE = (Path(__file__).parents[2] / "docs" / "web-identity-tokens.md").read_text(encoding="utf-8")


def test_the_page_tells_when_keys_are_renewed() -> None:
    assert f"| {signing_keys.SIGNS.days} days after a key began to sign | its successor is made and published" in PAGE
    assert (signing_keys.PUBLISHED_AHEAD.days, signing_keys.KEPT.days) == (1, 1)
    assert "`RS256` (RSA, 2,048 bits)" in PAGE
    assert documents._FRESH_SECONDS == 3600
    assert "may be kept for an hour" in PAGE


def test_the_page_tells_what_a_token_can_be() -> None:
    assert f"{operation.DEFAULT_SECONDS} by default" in PAGE
    assert f"{operation.LARGEST_PAYLOAD:,} bytes of claims" in PAGE
    assert all(f"`{claim}`" in PAGE for claim in CLAIMS)
