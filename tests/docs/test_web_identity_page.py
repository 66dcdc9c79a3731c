"""The page on web identity gives the numbers that the program goes by; its recipes run in `tests/user`."""

import inspect
from pathlib import Path

from bailiwick.policy.shared_issuers import CONTROLS
from bailiwick.sts.web_identity import claims, condition_keys, keys, provider_keys, tokens

PAGE = (Path(__file__).parents[2] / "docs" / "web-identity.md").read_text(encoding="utf-8")


def row(words: str) -> str:
    """The rest of the table's row that has these words in its first column."""
    (found,) = [line for line in PAGE.splitlines() if line.startswith(f"| {words}")]
    return found.removeprefix(f"| {words}")


def test_the_page_tells_what_a_token_must_be() -> None:
    assert f"at most {tokens.LONGEST:,} characters" in row("form")
    assert all(f"`{algorithm}`" in row("`alg`") for algorithm in tokens.KEY_TYPES)
    assert f"{keys._SHORTEST_RSA:,} to {keys._LONGEST_RSA:,} bits" in row("`alg`")
    assert f"1 to {claims._LONGEST_SUBJECT} characters" in row("`iss`")
    assert f"at most {claims.OLDEST_SECONDS // 3600} hours ago" in row("`exp`")
    assert row("`exp`").count(f"at most {claims.SKEW_SECONDS // 60} minutes ahead") == 2


def test_the_page_tells_how_long_keys_are_used() -> None:
    assert f"{provider_keys.FRESH.seconds // 60} minutes" in row("keys are used without asking again")
    assert f"{provider_keys.STALE.seconds // 3600} hour" in row("keys are used while the provider cannot be asked")
    assert provider_keys.UNKNOWN_KEY_EVERY.seconds == 60
    assert "once a minute" in row("tokens that name an unknown key")
    pauses = (provider_keys._RETRY_EVERY.seconds, provider_keys._RETRY_WITHOUT_KEYS_EVERY.seconds)
    assert pauses == (60, 10)
    assert "after 1 minute while it has keys" in row("a provider that did not answer")
    assert "else after 10 seconds" in row("a provider that did not answer")
    seconds = inspect.signature(provider_keys.ProviderKeys).parameters["seconds"].default
    assert f"{seconds:g} seconds in all" in row("the provider may take")
    assert f"{keys.MOST_OF_A_TYPE} keys" in row("of one type")


def test_the_page_names_the_issuers_that_are_known() -> None:
    issuers = " ".join(issuer.pattern for issuer, keys in condition_keys._SHARED if keys)
    known = {
        "GitHub": "github",
        "GitLab.com": "gitlab",
        "Buildkite": "buildkite",
        "CircleCI": "circleci",
        "Google": "google",
        "Oracle Cloud": "oraclecloud",
    }
    assert all(name in PAGE and pattern in issuers for name, pattern in known.items())
    assert CONTROLS["gitlab.com"] == ("gitlab.com:sub",)
    assert len(CONTROLS["token.actions.githubusercontent.com"]) == 2
