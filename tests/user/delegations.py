"""The two sides of delegation requests: a partner's account that asks, and a customer's that is asked."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from bailiwick.access.quotas import DEFAULT_QUOTAS
from bailiwick.settings import load
from bailiwick.store import open_store, open_vault, read_master_key
from tests.user.client import Aws, Signer
from tests.user.operation_calls import delegation
from tests.user.server import Server


def reading_and_writing(bucket: str) -> dict[str, Any]:
    """A policy for the objects of a bucket."""
    statement = {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


TEMPLATE = json.dumps(reading_and_writing("@{bucketName}"))


@dataclass(frozen=True)
class Sides:
    """A partner's account that asks, and a customer's that is asked."""

    partner: Aws
    customer: Aws
    template: str

    def ask(self, workflow: str = "workflow", **changed: Any) -> str:
        """A request for what the template gives in one bucket, to the customer's account; its id."""
        given = {
            **delegation(self.template, workflow),
            "OwnerAccountId": self.customer.account_id,
            "Permissions": {
                "PolicyTemplateArn": self.template,
                "Parameters": [{"Name": "bucketName", "Values": ["data"], "Type": "string"}],
            },
            **changed,
        }
        made = self.partner.admin("iam").create_delegation_request(**{k: v for k, v in given.items() if v is not None})
        return str(made["DelegationRequestId"])

    @property
    def admin(self) -> Any:
        """IAM as the customer's administrator."""
        return self.customer.admin("iam")


def two_sides(customer: Aws, partner: Aws | None = None) -> Sides:
    """A customer, and a partner that has a template, by default in a fresh account."""
    partner = partner or customer.other()
    policy = partner.admin("iam").create_policy(PolicyName="template", PolicyDocument=TEMPLATE)["Policy"]
    return Sides(partner, customer, policy["Arn"])


async def kept(server: Server, request: str) -> tuple[bytes, str, bytes]:
    """The token, its digest and the approver of a request, as the store has them, unsealed."""
    flags: dict[str, str | list[str]] = {"data": str(server.data), "database_url": server.database_url}
    settings = load(flags=flags, environment={}, config=None, quota_names=DEFAULT_QUOTAS).settings
    store = await open_store(settings.database_url, lambda: 0)
    try:
        vault = await open_vault(store, read_master_key(settings.master_key, may_create=False), 0)
        row = await store.read(
            lambda tx: tx.one(
                "SELECT token, token_digest, approver FROM delegation_requests WHERE request_id = ?", request
            )
        )
    finally:
        await store.close()
    assert row is not None
    token, digest, approver = row
    assert isinstance(token, bytes)
    assert isinstance(approver, bytes)
    opened = vault.open("delegation_requests", request, "token", token).reveal()
    return opened, str(digest), vault.open("delegation_requests", request, "approver", approver).reveal()


def approved(sides: Sides, request: str, by: Signer, server: Server) -> str:
    """Take, accept and send it; the token that the partner is sent."""
    iam = sides.customer.client("iam", by)
    iam.associate_delegation_request(DelegationRequestId=request)
    iam.accept_delegation_request(DelegationRequestId=request)
    iam.send_delegation_token(DelegationRequestId=request)
    token, _, _ = asyncio.run(kept(server, request))
    return token.decode("ascii")


def shown(client: Any, request: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get_delegation_request(DelegationRequestId=request)["DelegationRequest"]
    return found


LIFECYCLE = (
    "iam:AssociateDelegationRequest",
    "iam:AcceptDelegationRequest",
    "iam:RejectDelegationRequest",
    "iam:SendDelegationToken",
)
