import pytest

from bailiwick.auth.signing import SigningKeys, derive_signing_key, sign
from bailiwick.secret import Secret

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SCOPE = b"20150830/us-east-1/iam/aws4_request"


def test_derives_the_documented_signing_key() -> None:
    # IAM User Guide and AWS General Reference, the worked example of a ListUsers request.
    key = derive_signing_key(Secret(SECRET.encode()), "20150830", "us-east-1", "iam")

    assert key.reveal().hex() == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"


def test_signs_the_documented_request() -> None:
    # The same example: GET https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08.
    canonical = b"""\
GET
/
Action=ListUsers&Version=2010-05-08
content-type:application/x-www-form-urlencoded; charset=utf-8
host:iam.amazonaws.com
x-amz-date:20150830T123600Z

content-type;host;x-amz-date
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"""
    key = derive_signing_key(Secret(SECRET.encode()), "20150830", "us-east-1", "iam")

    signature = sign(key, b"20150830T123600Z", SCOPE, canonical)

    assert signature == b"5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"


@pytest.mark.parametrize(
    ("day", "region", "service"),
    [("20150831", "us-east-1", "iam"), ("20150830", "us-east-2", "iam"), ("20150830", "us-east-1", "sts")],
)
def test_a_signing_key_is_good_for_one_day_region_and_service(day: str, region: str, service: str) -> None:
    secret = Secret(SECRET.encode())

    other = derive_signing_key(secret, day, region, service)

    assert not derive_signing_key(secret, "20150830", "us-east-1", "iam").matches(other.reveal())


def test_remembers_signing_keys_by_access_key_id_and_scope() -> None:
    keys, secret, signing_key = SigningKeys(), Secret(b"secret"), Secret(b"key")
    keys.keep("AKIA1", SCOPE, secret, signing_key)

    assert keys.find("AKIA1", SCOPE, secret) is signing_key
    assert keys.find("AKIA1", SCOPE, Secret(b"secret")) is signing_key
    assert keys.find("AKIA2", SCOPE, secret) is None
    assert keys.find("AKIA1", SCOPE.replace(b"iam", b"sts"), secret) is None


def test_a_signing_key_goes_when_the_secret_changes() -> None:
    keys, secret = SigningKeys(), Secret(b"secret")
    keys.keep("AKIA1", SCOPE, secret, Secret(b"key"))

    assert keys.find("AKIA1", SCOPE, Secret(b"another")) is None
    assert keys.find("AKIA1", SCOPE, secret) is None  # dropped, not only passed over


def test_remembers_a_bounded_number_of_signing_keys() -> None:
    keys, secret = SigningKeys(capacity=2), Secret(b"secret")
    for name in ("AKIA1", "AKIA2", "AKIA3"):
        keys.keep(name, SCOPE, secret, Secret(b"key"))

    assert keys.find("AKIA1", SCOPE, secret) is None
    assert keys.find("AKIA3", SCOPE, secret) is not None
