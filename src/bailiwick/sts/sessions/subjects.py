"""Whose sessions a call is about: one filter, by which they are listed, ended, and told to policies.

A principal is who it is now: sessions of a deleted user or role are not those of another made under its name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bailiwick.access.call import Call
from bailiwick.access.session_marks import MarkKind
from bailiwick.iam import roles, users
from bailiwick.iam.oidc_providers import record as oidc_providers
from bailiwick.iam.saml_providers import record as saml_providers
from bailiwick.operations import ContextValue
from bailiwick.store.transaction import Transaction
from bailiwick.sts.sessions.errors import InvalidInput
from bailiwick.sts.sessions.record import Wanted

FILTERS = ("PrincipalArn", "RoleName", "ProviderArn", "SourceIdentity")

_NOBODY = ""
"""An id that no principal and no provider has."""


@dataclass(frozen=True, slots=True)
class Group:
    """Sessions that have something in common.

    Attributes:
        kind: what a mark that ends them is on.
        subject: the mark's subject; None where there is no such principal or provider.
        wanted: by what they are listed.
        keys: the condition keys that tell of them. Where a role's name stands, all its sessions are meant: `…/*`.
        filter: what was asked for, as it was written; None for all.
    """

    kind: MarkKind
    subject: str | None
    wanted: Wanted
    keys: Mapping[str, ContextValue] = field(default_factory=dict)
    filter: str | None = None

    @property
    def is_everyone(self) -> bool:
        """Whether all of the account are meant."""
        return self.kind is MarkKind.ACCOUNT


async def of_call(call: Call, tx: Transaction) -> Group:
    """The sessions that the call's filter names; all of the account without one.

    Raises:
        InvalidInput: more than one filter, or an ARN that could not have sessions in the account.
    """
    given = [name for name in FILTERS if name in call]
    if len(given) > 1:
        raise InvalidInput.several_filters(given)
    match given:
        case ["PrincipalArn"]:
            return await _of_principal(call, tx, call["PrincipalArn"])
        case ["RoleName"]:
            return await of_role_or_user(call, tx)
        case ["ProviderArn"]:
            return await _of_provider(call, tx, call["ProviderArn"])
        case ["SourceIdentity"]:
            identity = call["SourceIdentity"]
            keys = {"bailiwick:SourceIdentity": identity}
            return Group(MarkKind.SOURCE_IDENTITY, identity, Wanted(source_identity=identity), keys, identity)
        case _:
            return Group(MarkKind.ACCOUNT, call.account, Wanted())


async def of_role_or_user(call: Call, tx: Transaction) -> Group:
    """The sessions of the role or user that RoleName or UserName names.

    Raises:
        InvalidInput: not exactly one of the two.
    """
    if ("RoleName" in call) == ("UserName" in call):
        raise InvalidInput.role_or_user()
    if "RoleName" in call:
        role = await roles.find(tx, call.account, call["RoleName"])
        name = call["RoleName"] if role is None else role.name
        return _of_role(call.account, name, None if role is None else role.role_id, call["RoleName"])
    user = await users.find(tx, call.account, call["UserName"])
    arn = f"arn:aws:iam::{call.account}:user/{call['UserName']}" if user is None else user.arn
    return _of_id(None if user is None else user.user_id, arn)


def _of_role(account: str, name: str, role_id: str | None, shown: str) -> Group:
    keys = {"bailiwick:PrincipalArn": f"arn:aws:sts::{account}:assumed-role/{name}/*"}
    return Group(MarkKind.PRINCIPAL, role_id, Wanted(principal_id=role_id or _NOBODY), keys, shown)


def _of_id(principal_id: str | None, arn: str) -> Group:
    wanted = Wanted(principal_id=principal_id or _NOBODY)
    return Group(MarkKind.PRINCIPAL, principal_id, wanted, {"bailiwick:PrincipalArn": arn}, arn)


async def _of_principal(call: Call, tx: Transaction, arn: str) -> Group:
    match arn.split(":", 5):
        case ["arn", "aws", "iam", "", account, "root"] if account == call.account:
            return _of_id(account, arn)
        case ["arn", "aws", "iam", "", account, resource] if account == call.account:
            kind, _, path_and_name = resource.partition("/")
            name = path_and_name.rpartition("/")[2]
            if kind == "user":
                user = await users.find(tx, account, name)
                return _of_id(user.user_id if user is not None and user.arn == arn else None, arn)
            if kind == "role":
                role = await roles.find(tx, account, name)
                return _of_role(account, name, role.role_id if role is not None and role.arn == arn else None, arn)
        case ["arn", "aws", "sts", "", account, resource] if account == call.account:
            match resource.split("/"):
                case ["federated-user", name]:
                    return _of_id(f"{account}:{name}", arn)
                case ["assumed-role", name, session_name]:
                    return await _of_session_name(tx, account, name, session_name, arn)
                case _:
                    pass
        case _:
            pass
    raise InvalidInput.principal(arn)


async def _of_session_name(tx: Transaction, account: str, name: str, session_name: str, arn: str) -> Group:
    role = await roles.find(tx, account, name)
    role_id = role.role_id if role is not None and role.name == name else None
    return Group(
        MarkKind.SESSION_NAME,
        None if role_id is None else f"{role_id}:{session_name}",
        Wanted(principal_id=role_id or _NOBODY, session_name=session_name),
        {"bailiwick:PrincipalArn": arn},
        arn,
    )


async def _of_provider(call: Call, tx: Transaction, arn: str) -> Group:
    match arn.split(":", 5):
        case ["arn", "aws", "iam", "", account, resource] if account == call.account:
            kind, _, name = resource.partition("/")
            provider_id = None
            if kind == oidc_providers.KIND:
                oidc = await oidc_providers.find_by_url(tx, account, name)
                provider_id = None if oidc is None else oidc.provider_id
            elif kind == saml_providers.KIND:
                saml = await saml_providers.find(tx, account, name)
                provider_id = None if saml is None else saml.provider_id
            else:
                raise InvalidInput.provider(arn)
        case _:
            raise InvalidInput.provider(arn)
    wanted = Wanted(origin=provider_id or _NOBODY)
    return Group(MarkKind.ORIGIN, provider_id, wanted, {"bailiwick:ProviderArn": arn}, arn)
