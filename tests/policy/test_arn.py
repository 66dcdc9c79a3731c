import re

import pytest

from bailiwick.policy import Arn, ArnSyntaxError, parse_arn


def test_an_arn_is_split_at_its_first_five_colons() -> None:
    arn = parse_arn("arn:aws:logs:us-east-1:111111111111:log-group:g:stream")

    assert arn == Arn("aws", "logs", "us-east-1", "111111111111", "log-group:g:stream")


def test_region_and_account_may_be_empty() -> None:
    assert parse_arn("arn:aws:s3:::b/k") == Arn("aws", "s3", "", "", "b/k")


def test_an_arn_is_written_back_as_it_was() -> None:
    assert str(parse_arn("arn:aws:iam::111111111111:user/ana")) == "arn:aws:iam::111111111111:user/ana"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "arn",
        "arn:aws:s3::b",
        "ARN:aws:s3:::b",
        "urn:aws:s3:::b",
        "arn::s3:::b",
        "arn:aws::::b",
        "arn:aws:s3:::",
    ],
)
def test_what_lacks_a_field_is_no_arn(text: str) -> None:
    with pytest.raises(ArnSyntaxError, match=f"^{re.escape(text)} "):
        parse_arn(text)


def test_what_is_missing_is_told() -> None:
    with pytest.raises(ArnSyntaxError, match=r"^arn:aws:s3::b is not an ARN\.$"):
        parse_arn("arn:aws:s3::b")
    with pytest.raises(ArnSyntaxError, match=r"^arn::s3:::b lacks a partition, a service or a resource\.$"):
        parse_arn("arn::s3:::b")
