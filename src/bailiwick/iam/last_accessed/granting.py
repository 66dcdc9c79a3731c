"""ListPoliciesGrantingServiceAccess: by which of its policies an identity can use services."""

from collections.abc import Sequence

from bailiwick.access.call import Call
from bailiwick.access.pagination import page
from bailiwick.analyzer import Granting, HeldPolicy, SourceType
from bailiwick.iam import held_policies
from bailiwick.iam.last_accessed import subjects
from bailiwick.iam.last_accessed.operations import compiled_policy
from bailiwick.iam.registry import iam
from bailiwick.operations import Deferred, operation
from bailiwick.store.transaction import Transaction

_ENTITY_TYPES = {SourceType.USER: "USER", SourceType.GROUP: "GROUP", SourceType.ROLE: "ROLE"}


@operation(iam, "ListPoliciesGrantingServiceAccess", resource=subjects.holder_target, reads=True)
async def list_policies_granting_service_access(call: Call, tx: Transaction) -> Deferred:
    """For each service, the policies of a user (its groups' too), group or role that allow any of its actions.

    Whatever else caps or denies it is not looked at. Services come as they were asked for, each once.

    Raises:
        InvalidInput: Arn is not the ARN of a user, group or role.
        NoSuchEntity: there is none with this ARN.

    Source: IAM API Reference, ListPoliciesGrantingServiceAccess.
    """
    _, holder = await subjects.require_holder(call, tx)
    held = await held_policies.policies_of(tx, holder)
    asked = list(enumerate(dict.fromkeys(call.texts("ServiceNamespaces"))))

    async def fetch(after: tuple[str, ...] | None, limit: int) -> Sequence[tuple[int, str]]:
        return asked[0 if after is None else int(after[0]) + 1 :][:limit]

    found = await page(
        call, fetch, lambda each: (str(each[0]),), filter_by=[held_policies.id_of(holder), *map(str, asked)]
    )

    def work() -> dict[str, object]:
        compiled = [(each, Granting([compiled_policy(each)])) for each in held]
        shown = [
            {
                "ServiceNamespace": service,
                "Policies": [_shown(each) for each, granting in compiled if granting.allows_some(service.lower())],
            }
            for _, service in found.items
        ]
        return {"PoliciesGrantingServiceAccess": shown, **found.output}

    return Deferred(work)


def _shown(held: HeldPolicy) -> dict[str, object]:
    if held.arn is not None:
        return {"PolicyName": held.name, "PolicyType": "MANAGED", "PolicyArn": held.arn}
    return {
        "PolicyName": held.name,
        "PolicyType": "INLINE",
        "EntityType": _ENTITY_TYPES[held.source_type],
        "EntityName": held.owner_name,
    }
