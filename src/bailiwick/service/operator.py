"""Whom audit events name for what the operator does on the host: the account's root user, by our command line."""

from typing import Final

from bailiwick.access.call import Caller
from bailiwick.auth import PrincipalKind
from bailiwick.policy import Principal
from bailiwick.policy import PrincipalKind as Asking

USER_AGENT: Final = "bailiwick-cli"


def root_of(account_id: str) -> Caller:
    """The account's root user, in whose name the operator acts."""
    arn = f"arn:aws:iam::{account_id}:root"
    return Caller(
        kind=PrincipalKind.ROOT,
        account=account_id,
        principal_id=account_id,
        arn=arn,
        user_id=account_id,
        name=None,
        access_key_id=None,
        session=None,
        principal=Principal(kind=Asking.ROOT, account=account_id, arn=arn),
        region="us-east-1",
        source_address=None,
        user_agent=USER_AGENT,
        is_secure=True,
    )
