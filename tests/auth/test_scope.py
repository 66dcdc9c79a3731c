import pytest

from bailiwick.auth.scope import parse_credential

GOOD = b"AKIAIOSFODNN7EXAMPLE/20150830/us-east-1/iam/aws4_request"
DATE = b"20150830T123600Z"


def test_takes_a_credential_apart() -> None:
    credential = parse_credential(GOOD)

    assert credential == (
        "AKIAIOSFODNN7EXAMPLE",
        b"20150830/us-east-1/iam/aws4_request",
        "20150830",
        "us-east-1",
        "iam",
        "aws4_request",
    )


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"AKIAIOSFODNN7EXAMPLE",
        b"AKIAIOSFODNN7EXAMPLE/20150830/us-east-1/iam",
        GOOD + b"/",
        GOOD + b"/more",
        b"/20150830/us-east-1/iam/aws4_request",
        b"AKIA-IOSFODNN7EXAMPL/20150830/us-east-1/iam/aws4_request",
        b"A" * 129 + b"/20150830/us-east-1/iam/aws4_request",
        b"AKIAIOSFODNN7EXAMPLE/2015 0830/us-east-1/iam/aws4_request",
        b"AKIAIOSFODNN7EXAMPLE/20150830/us-east-1/iam/aws4_request\n",
        "AKIAIOSFODNN7EXAMPLE/20150830/eu-köln-1/iam/aws4_request".encode(),
        b"AKIAIOSFODNN7EXAMPLE/20150830/" + b"r" * 500 + b"/iam/aws4_request",
    ],
)
def test_refuses_what_is_not_five_elements(value: bytes) -> None:
    with pytest.raises(ValueError):
        parse_credential(value)


def test_takes_an_access_key_id_of_128_characters_and_512_in_all() -> None:
    rest = b"/20150830/us-east-1/iam/"
    value = b"A" * 128 + rest + b"t" * (512 - 128 - len(rest))

    assert parse_credential(value).access_key_id == "A" * 128
    with pytest.raises(ValueError):
        parse_credential(value + b"t")


@pytest.mark.parametrize("region", ["us-east-1", "local", "x", "r" * 63])
def test_finds_no_fault_with_any_region_name(region: str) -> None:
    credential = parse_credential(f"AKIA/20150830/{region}/iam/aws4_request".encode())

    assert credential.faults(DATE, "iam") == ""


@pytest.mark.parametrize(
    ("scope", "fault"),
    [
        (
            "20150829/us-east-1/iam/aws4_request",
            (
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                "'20150829' != '20150830', from '20150830T123600Z'. "
            ),
        ),
        (
            "2015083/us-east-1/iam/aws4_request",
            (
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                "'2015083' != '20150830', from '20150830T123600Z'. "
            ),
        ),
        ("20150830//iam/aws4_request", "Credential should be scoped to a valid region, not ''. "),
        ("20150830/US/iam/aws4_request", "Credential should be scoped to a valid region, not 'US'. "),
        (
            f"20150830/{'r' * 64}/iam/aws4_request",
            f"Credential should be scoped to a valid region, not '{'r' * 64}'. ",
        ),
        ("20150830/us-east-1/sts/aws4_request", "Credential should be scoped to correct service: 'iam'. "),
        ("20150830/us-east-1/IAM/aws4_request", "Credential should be scoped to correct service: 'iam'. "),
        (
            "20150830/us-east-1/iam/aws5_request",
            "Credential should be scoped with a valid terminator: 'aws4_request'",
        ),
    ],
)
def test_says_what_is_wrong_with_a_scope(scope: str, fault: str) -> None:
    assert parse_credential(f"AKIA/{scope}".encode()).faults(DATE, "iam") == fault


def test_says_everything_that_is_wrong_at_once() -> None:
    faults = parse_credential(b"AKIA/1/R/s/t").faults(DATE, "iam")

    assert faults == (
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
        "'1' != '20150830', from '20150830T123600Z'. "
        "Credential should be scoped to a valid region, not 'R'. "
        "Credential should be scoped to correct service: 'iam'. "
        "Credential should be scoped with a valid terminator: 'aws4_request'"
    )
