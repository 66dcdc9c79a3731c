"""Java's patterns in Python."""

import pytest

from bailiwick.wire.model import installed_model, read_model
from bailiwick.wire.patterns import PatternSyntaxError, matcher, translate

# sso has none today; a newer model may.
SERVICES = ("iam", "sts", "organizations", "cloudtrail", "sso", "accessanalyzer", "s3", "lambda", "bailiwick")


@pytest.mark.parametrize("folder", SERVICES)
def test_every_pattern_of_a_service_can_be_used(folder: str) -> None:
    patterns = {shape.pattern for shape in read_model(installed_model(folder)).shapes.values() if shape.pattern}

    for pattern in patterns:
        matcher(pattern)("arn:aws:iam::123456789012:role/demo")


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"[\w+=,.@-]+", "Ana_1@example.com", "ä"),
        (r"[\w+=,.@-]+", "a", "a\n"),
        (r"[\w+=,.@-]+", "a", ""),
        (r"\d{12}", "123456789012", "١٢٣٤٥٦٧٨٩٠١٢"),
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+", "Größe 二 ٣", "a*"),
        (r"[\u0009\u000A\u000D\u0020-\u00FF]+", "é\t\r\n", "Ā"),
        (r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)", "/a/b/", "/a/b"),
        (r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)", "/", "//a"),
        (r"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?", "v12", "v012"),
        (r"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$", "my-alias", "my--alias"),
        (r"[^\s@]+@[^\s@]+\.[^\s@]+", "ana@example.com", "ana @example.com"),
        (r".*", "one line", "two\u2028lines"),
        (r"(?s).*", "two\nlines", None),
        (r"[\s\S]*", "any\x85\xa0\U0001f600", None),
        (r"[\u0020-\uD7FF\uD800\uDC00-\uDBFF\uDFFF]*", "\U0001f600 \U0010ffff", "\ue000"),
        (r"(?!^[0-9]+$)([a-zA-Z0-9-_]+)", "v1", "11"),
        (r"[\x21\x23-\x2B]+( [\x21\x23-\x2B]+)*", "!# $", "! "),
        (r"(^(?!(system\x2e)))(^[_a-zA-Z0-9])([^$]*)", "users", "system.users"),
        (r"[0-9A-Za-z\.\-_]*(?<!\.)", "a.b", "ab."),
        (r"[a-z&&[^m-p]]+", "abz", "mop"),
        (r"a++b", "aab", "ba"),
        (r"\Qa.b\E+", "a.bb", "axb"),
        (r"\p{Punct}\P{L}", "!1", "!a"),
    ],
)
def test_a_pattern_means_what_it_means_in_java(pattern: str, good: str, bad: str | None) -> None:
    matches = matcher(pattern)

    assert matches(good)
    assert bad is None or not matches(bad)


@pytest.mark.parametrize("pattern", [r"(?<name", r"[a-\w]", r"[z-a]", r"[a", r"\y", "a{2", "(?x)a"])
def test_what_is_not_understood_is_refused(pattern: str) -> None:
    with pytest.raises(PatternSyntaxError):
        translate(pattern)


def test_a_pattern_that_backtracks_gives_up_and_does_not_match() -> None:
    assert not matcher(r"((a+)+)+b?\.")("a" * 60 + "!")
