"""The resource of a supposed request: what policies see of it, and the policy that it has of its own."""

import re
from dataclasses import dataclass
from typing import Final

from bailiwick.access.call import Call
from bailiwick.explanations.errors import InvalidInput
from bailiwick.iam import roles, tags, users
from bailiwick.operations import Target
from bailiwick.policy import (
    EMPTY_SET,
    PolicySet,
    PolicySource,
    PolicySyntaxError,
    PolicyType,
    check,
    compile_policy,
)
from bailiwick.store.transaction import Transaction

ANYTHING: Final = "*"

_ARN: Final = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:([0-9]{12}|aws|):.+", re.DOTALL)
_OF_IAM: Final = re.compile(r"arn:aws:iam::([0-9]{12}):(user|role)/(?:[!-~]*/)?([\w+=,.@-]+)", re.ASCII)
_OF_ROLES: Final = frozenset(
    {
        "sts:assumerole",
        "sts:assumerolewithsaml",
        "sts:assumerolewithwebidentity",
        "sts:setsourceidentity",
        "sts:tagsession",
    }
)


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource.

    Attributes:
        target: as policies see it.
        resource_policy: its own policy; None without one that is known.
        trust: of a role that is to be assumed, its trust policy; None for everything else.
        hides_trust: whether the trust policy is another account's, and so not to be shown; nor are its tags.
    """

    target: Target
    resource_policy: PolicySet | None = None
    trust: PolicySet | None = None
    hides_trust: bool = False


async def resource_of(call: Call, tx: Transaction, action: str, arn: str, policy: str | None) -> Resource:
    """The resource of that ARN, of whichever account; a text that is none is looked for nowhere.

    Users and roles of the caller's account have their tags and boundary. A role to be assumed has its trust policy,
    unless another one is given in its place.

    Raises:
        InvalidInput: the policy is malformed.
    """
    owner = owner_of(arn)
    match = _OF_IAM.fullmatch(arn)
    if match is not None and match[2] == "role" and action.lower() in _OF_ROLES:
        return await _role_to_assume(call, tx, arn, match[1], match[3], policy)
    given = None if policy is None else _given(policy, PolicyType.RESOURCE, "resource policy")
    if match is not None and owner == call.account:
        found = await (users.find if match[2] == "user" else roles.find)(tx, match[1], match[3])
        if found is not None and found.arn == arn:
            return Resource(await found.target(tx), given)
    return Resource(Target(arn=arn, account=owner), given)


async def _role_to_assume(call: Call, tx: Transaction, arn: str, owner: str, name: str, policy: str | None) -> Resource:
    """The role with its tags and its trust policy; one that is not there, or only of services, trusts nobody."""
    role = await roles.find(tx, owner, name)
    if role is not None and (role.arn != arn or role.is_protected):
        role = None
    is_own = owner == call.account
    if policy is not None and not is_own:
        role = None  # nothing of it is hidden from a policy of who asks: it would tell the role's tags
    held = {} if role is None else await tags.of(tx, owner, role.role_id)
    target = Target(arn=arn, account=owner, tags=held, tag_keys=tags.PRINCIPAL_TAG_KEYS)
    if policy is not None:
        return Resource(target, trust=_given(policy, PolicyType.TRUST, "trust policy"))
    trust = EMPTY_SET if role is None else await call.access.trust(tx, role.role_id)
    return Resource(target, trust=trust, hides_trust=not is_own)


def owner_of(arn: str) -> str | None:
    """The account in an ARN; None where it names none, as those of buckets, and of AWS's own."""
    match = _ARN.fullmatch(arn)
    return match[1] if match is not None and match[1].isdigit() else None


def require_form(arn: str) -> None:
    """Refuse what no resource can be called.

    Raises:
        InvalidInput: neither an ARN nor `*`.
    """
    if arn != ANYTHING and _ARN.fullmatch(arn) is None:
        raise InvalidInput.resource(arn)


def require_well_formed(parameter: str, text: str | None, policy_type: PolicyType) -> None:
    """Refuse a policy that could not stand there.

    Raises:
        InvalidInput: AWS would not take it.
    """
    if text is None:
        return
    try:
        check(text, policy_type)
    except PolicySyntaxError as error:
        raise InvalidInput.policy(parameter, error) from error


def _given(text: str, policy_type: PolicyType, name: str) -> PolicySet:
    require_well_formed("ResourcePolicy", text, policy_type)
    return PolicySet.of([compile_policy(text, PolicySource(policy_type, name, None))])
