"""What of a role customers may change."""

import pytest

from bailiwick.iam.errors import UnmodifiableEntity
from bailiwick.iam.roles import Role


def role(path: str) -> Role:
    return Role("111122223333", "AROAX", "R", path, "{}", None, 3600, None, None, 0)


@pytest.mark.parametrize("path", ["/aws-service-role/ec2.amazonaws.com/", "/aws-reserved/sso.amazonaws.com/"])
def test_roles_of_services_are_protected(path: str) -> None:
    with pytest.raises(UnmodifiableEntity, match="the protected role 'R' - this role is only modifiable by AWS"):
        role(path).require_changeable()


@pytest.mark.parametrize("path", ["/", "/aws-service-roles/", "/x/aws-reserved/", "/aws-reserve/"])
def test_other_roles_are_not(path: str) -> None:
    role(path).require_changeable()

    assert not role(path).is_protected


def test_the_output_leaves_out_what_is_not_set() -> None:
    output = role("/").as_output("{}")

    assert not output.keys() & {"Description", "MaxSigninSessionDuration"}
    assert output["AssumeRolePolicyDocument"] == "%7B%7D"
