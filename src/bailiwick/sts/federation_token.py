"""A session for somebody the caller vouches for: GetFederationToken."""

from collections.abc import Sequence

from bailiwick.access.call import Call
from bailiwick.auth import PrincipalKind
from bailiwick.operations import TAGS_PASSED, Target, acts_on, operation
from bailiwick.store.transaction import Transaction
from bailiwick.sts import durations, session_policies, session_tags
from bailiwick.sts.callers import require_long_term_key
from bailiwick.sts.issue import SECRETS, SessionPrincipal, issue_session
from bailiwick.sts.registry import sts


def federated_user_arn(account: str, name: str) -> str:
    """The ARN of a federated user's session."""
    return f"arn:aws:sts::{account}:federated-user/{name}"


@acts_on("federated-user")
async def _federated_user(call: Call, tx: Transaction) -> Sequence[Target]:
    """The federated user to be; tags on it are a right of their own."""
    require_long_term_key(call)
    arn = federated_user_arn(call.account, call["Name"])
    return [Target(arn=arn), Target(arn=arn, action="sts:TagSession")] if call.tags() else [Target(arn=arn)]


@operation(
    sts,
    "GetFederationToken",
    resource=_federated_user,
    keys=TAGS_PASSED,
    further_actions=["sts:TagSession"],
    secrets=SECRETS,
)
async def get_federation_token(call: Call, tx: Transaction) -> dict[str, object]:
    """Temporary credentials of a federated user: the caller's permissions, cut to the session policies passed.

    Without session policies the federated user has no permissions but those of resource policies that name it.

    Raises:
        AccessDenied: called with a session, or not allowed.
        ValidationError: a session policy's ARN is not that of a policy of the account or of AWS.
        InvalidParameterValue: a tag is reserved or given twice.
        MalformedPolicyDocument: the inline session policy is malformed.
        PackedPolicyTooLarge: the policies, or they and the tags, are too large.

    Source: STS API Reference, GetFederationToken.
    """
    policies = session_policies.read(call)
    tags = session_tags.merged(call.tags())
    await session_policies.require_existing(call, tx, call.account, policies)
    name = call["Name"]
    federated = SessionPrincipal(
        kind=PrincipalKind.FEDERATED_USER,
        account=call.account,
        principal_id=f"{call.account}:{name}",
        name=name,
        arn=federated_user_arn(call.account, name),
    )
    seconds = durations.of_user_session(call.integer("DurationSeconds"), is_root=call.caller.kind is PrincipalKind.ROOT)
    issued = await issue_session(call, tx, federated, seconds=seconds, policies=policies, tags=tags)
    return {**issued, "FederatedUser": {"FederatedUserId": federated.principal_id, "Arn": federated.arn}}
