"""What may be attached, and what AWS's own policies look like beside those of customers."""

from dataclasses import replace

import pytest

from bailiwick.access import managed_policies
from bailiwick.iam.errors import PolicyNotAttachable
from bailiwick.iam.policies import Policy


def administrator() -> Policy:
    managed = managed_policies.find("arn:aws:iam::aws:policy/AdministratorAccess")
    assert managed is not None
    return Policy.of_aws(managed)


def test_a_policy_of_a_service_linked_role_is_attached_to_nothing_else() -> None:
    administrator().require_attachable()

    with pytest.raises(PolicyNotAttachable, match="Cannot attach a Service Role Policy to a Customer Role"):
        replace(administrator(), is_attachable=False).require_attachable()


def test_a_row_and_a_policy_of_aws_are_told_apart_by_their_owner() -> None:
    row = ("111122223333", "ANPAX", "arn:aws:iam::111122223333:policy/p", "p", "/", None, 3, 5, 1000, 2000)

    own = Policy.of_row(row)

    assert (own.default_version, own.newest_version, own.is_of_aws) == ("v3", 5, False)
    assert (own.created_at.timestamp(), own.updated_at.timestamp()) == (1.0, 2.0)
    assert administrator().is_of_aws
