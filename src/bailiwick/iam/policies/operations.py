"""Making, showing, tagging and deleting managed policies. Their versions are in `policies.versions`."""

from bailiwick import policy as language
from bailiwick.access.call import Call
from bailiwick.access.quotas import add_held, held
from bailiwick.iam import documents, names, tags
from bailiwick.iam.errors import DeleteConflict, EntityAlreadyExists, LimitExceeded
from bailiwick.iam.policies import usage, versions
from bailiwick.iam.policies.record import Policy, new_policy_target, policy_target, require, version_id
from bailiwick.iam.registry import iam
from bailiwick.iam.times import from_milliseconds
from bailiwick.operations import TAG_KEYS_PASSED, TAGS_PASSED, operation
from bailiwick.store.transaction import Transaction


@operation(iam, "CreatePolicy", resource=new_policy_target, keys=TAGS_PASSED, further_actions=["iam:TagPolicy"])
async def create_policy(call: Call, tx: Transaction) -> dict[str, object]:
    """Make a managed policy; its document becomes v1, the default version.

    Raises:
        MalformedPolicyDocument: the document is not a managed policy.
        EntityAlreadyExists: a policy of the account has that name, in any case.
        LimitExceeded: the document is too large, the account holds its quota of policies, or too many tags are given.
        InvalidInput: a tag is reserved or given twice.

    Source: IAM API Reference, CreatePolicy.
    """
    name, path, text = call["PolicyName"], call.get("Path") or "/", call["PolicyDocument"]
    documents.check(text, language.PolicyType.MANAGED)
    await versions.require_size(call, tx, text)
    row = await tx.one("SELECT 1 FROM policies WHERE account_id = ? AND name_key = ?", call.account, names.folded(name))
    if row is not None:
        raise EntityAlreadyExists.policy(name)
    limit = await call.access.quota(tx, call.account, "PoliciesPerAccount")
    if await held(tx, call.account, "policies") >= limit:
        raise LimitExceeded.quota("PoliciesPerAccount", limit)
    made_at = from_milliseconds(call.now_ms)
    policy = Policy(
        owner=call.account,
        policy_id=call.new_id("ANPA"),
        arn=names.arn_of(call.account, "policy", path, name),
        name=name,
        path=path,
        description=call.get("Description"),
        default_version=version_id(1),
        newest_version=1,
        created_at=made_at,
        updated_at=made_at,
    )
    await tx.run(
        "INSERT INTO policies (account_id, policy_id, arn, name, name_key, path, description, default_version,"
        " newest_version, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, 1, 1, ?, ?)",
        policy.owner,
        policy.policy_id,
        policy.arn,
        policy.name,
        names.folded(policy.name),
        policy.path,
        policy.description,
        call.now_ms,
        call.now_ms,
    )
    await versions.add(tx, call.account, policy.policy_id, 1, text, call.now_ms)
    await tags.put(tx, call, policy.policy_id, call.tags(), case_sensitive=True)
    await add_held(tx, call.account, "policies", 1)
    tx.changed("policy", call.account, policy.arn)
    output = policy.as_output(usage.UNUSED)
    if call.tags():
        output["Tags"] = tags.as_output(await tags.of(tx, call.account, policy.policy_id))
    return {"Policy": output}


@operation(iam, "GetPolicy", resource=policy_target, reads=True)
async def get_policy(call: Call, tx: Transaction) -> dict[str, object]:
    """A managed policy, with how often the caller's account uses it.

    Raises:
        InvalidInput: it is not the ARN of a managed policy.
        NoSuchEntity: no such policy.

    Source: IAM API Reference, GetPolicy.
    """
    policy = await require(tx, call.account, call["PolicyArn"])
    output = policy.as_output(await usage.of(tx, call.account, policy.arn))
    if policy.description is not None:
        output["Description"] = policy.description
    output["Tags"] = tags.as_output(await tags.of(tx, call.account, policy.policy_id))
    return {"Policy": output}


@operation(iam, "DeletePolicy", resource=policy_target)
async def delete_policy(call: Call, tx: Transaction) -> None:
    """Delete a managed policy that nothing uses, with its default version.

    Raises:
        InvalidInput: it is not the ARN of a managed policy.
        NoSuchEntity: no such policy.
        AccessDenied: it is AWS's own.
        DeleteConflict: it is attached or somebody's boundary, or it has versions besides the default one.

    Source: IAM API Reference, DeletePolicy.
    """
    policy = await require(tx, call.account, call["PolicyArn"])
    policy.require_changeable(call)
    if (await usage.of(tx, call.account, policy.arn)).is_used:
        raise DeleteConflict.attached_policy()
    if await versions.held_by(tx, policy.policy_id) > 1:
        raise DeleteConflict.policy_versions()
    await tx.run("DELETE FROM policy_versions WHERE policy_id = ?", policy.policy_id)
    await add_held(tx, call.account, versions.HELD, -1)
    await tx.run("DELETE FROM policies WHERE policy_id = ?", policy.policy_id)
    await tags.clear(tx, call.account, policy.policy_id)
    await add_held(tx, call.account, "policies", -1)
    tx.changed("policy", call.account, policy.arn)


@operation(iam, "TagPolicy", resource=policy_target, keys=TAGS_PASSED)
async def tag_policy(call: Call, tx: Transaction) -> None:
    """Add tags to a managed policy, or change their values; keys are told apart by case.

    Raises:
        InvalidInput: it is not the ARN of a managed policy; a tag is reserved or given twice.
        NoSuchEntity: no such policy.
        AccessDenied: it is AWS's own.
        LimitExceeded: the policy would hold more than the quota of tags.

    Source: IAM API Reference, TagPolicy.
    """
    policy = await require(tx, call.account, call["PolicyArn"])
    policy.require_changeable(call)
    await tags.put(tx, call, policy.policy_id, call.tags(), case_sensitive=True)


@operation(iam, "UntagPolicy", resource=policy_target, keys=TAG_KEYS_PASSED)
async def untag_policy(call: Call, tx: Transaction) -> None:
    """Take tags from a managed policy; keys that it does not have are passed over.

    Raises:
        InvalidInput: it is not the ARN of a managed policy.
        NoSuchEntity: no such policy.
        AccessDenied: it is AWS's own.

    Source: IAM API Reference, UntagPolicy.
    """
    policy = await require(tx, call.account, call["PolicyArn"])
    policy.require_changeable(call)
    await tags.remove(tx, call, policy.policy_id, call.texts("TagKeys"), case_sensitive=True)


@operation(iam, "ListPolicyTags", resource=policy_target, reads=True)
async def list_policy_tags(call: Call, tx: Transaction) -> dict[str, object]:
    """One page of a managed policy's tags, in the order of their keys.

    Raises:
        InvalidInput: it is not the ARN of a managed policy.
        NoSuchEntity: no such policy.

    Source: IAM API Reference, ListPolicyTags.
    """
    policy = await require(tx, call.account, call["PolicyArn"])
    return await tags.listed(tx, call, policy.policy_id)
