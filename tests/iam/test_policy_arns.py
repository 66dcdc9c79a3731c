"""Which texts are ARNs of managed policies."""

import pytest

from bailiwick.iam.errors import InvalidInput
from bailiwick.iam.policies.record import owner_of, path_and_name_of


@pytest.mark.parametrize(
    ("arn", "owner", "path", "name"),
    [
        ("arn:aws:iam::aws:policy/AdministratorAccess", "aws", "/", "AdministratorAccess"),
        ("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess", "aws", "/job-function/", "ViewOnlyAccess"),
        ("arn:aws:iam::111122223333:policy/a/b.c/n,@=+_-", "111122223333", "/a/b.c/", "n,@=+_-"),
    ],
)
def test_an_arn_gives_owner_path_and_name(arn: str, owner: str, path: str, name: str) -> None:
    assert owner_of(arn) == owner
    assert path_and_name_of(arn) == (path, name)


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::aws:policy/",
        "arn:aws:iam::aws:policy//AdministratorAccess",
        "arn:aws:iam::aws:policyAdministratorAccess",
        "arn:aws:iam::aws:policy/AdministratorAccess ",
        "arn:aws:iam::aws:policy/AdministratorAccess\n",
        "arn:aws:iam::11112222333:policy/p",
        "arn:aws:iam::١١١١٢٢٢٢٣٣٣٣:policy/p",
        "arn:aws:iam:us-east-1:111122223333:policy/p",
        "arn:aws-cn:iam::111122223333:policy/p",
        "arn:aws:iam::111122223333:role/p",
        "arn:aws:iam::111122223333:policy/*",
        "arn:aws:iam::111122223333:policy/" + "n" * 129,
    ],
)
def test_anything_else_is_refused(arn: str) -> None:
    with pytest.raises(InvalidInput, match=r"^ARN "):
        owner_of(arn)
