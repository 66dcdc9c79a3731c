"""Reports on an organization's accounts. Outside an organization, in which every account is here, there are none."""

from typing import NoReturn

from bailiwick.access.call import Call
from bailiwick.iam.errors import NoSuchEntity, OrganizationNotFound
from bailiwick.iam.registry import iam
from bailiwick.operations import Target, acts_on, operation
from bailiwick.store.transaction import Transaction


@acts_on("access-report*")
async def _report_target(call: Call, tx: Transaction) -> Target:
    return Target(arn=f"arn:aws:iam::{call.account}:access-report/{call['EntityPath']}")


@operation(
    iam,
    "GenerateOrganizationsAccessReport",
    resource=_report_target,
    keys={"iam:OrganizationsPolicyId": "OrganizationsPolicyId"},
)
async def generate_organizations_access_report(call: Call, tx: Transaction) -> NoReturn:
    """Refuse: the account is in no organization.

    Raises:
        OrganizationNotFound: always; the model names no error for it.

    Source: IAM API Reference, GenerateOrganizationsAccessReport.
    """
    raise OrganizationNotFound.of_the_account()


@operation(iam, "GetOrganizationsAccessReport", reads=True)
async def get_organizations_access_report(call: Call, tx: Transaction) -> NoReturn:
    """Refuse: there are no such reports.

    Raises:
        NoSuchEntity: always.

    Source: IAM API Reference, GetOrganizationsAccessReport.
    """
    raise NoSuchEntity.report(call["JobId"])
