"""What importing would do: for each thing of a file, the operations that make it so in an account. Pure.

Nothing is taken away: what the account has besides stays as it is.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, TypeAlias

from bailiwick.cli.account_details import (
    AccountDetails,
    Attached,
    Document,
    Group,
    Policy,
    Role,
    Tag,
    User,
    read,
    written,
)

_ACCOUNT: Final = re.compile(r"arn:aws:iam::([0-9]{12}):")
_OF_AWS: Final = "arn:aws:iam::aws:"
_OF_SERVICES: Final = ("/aws-service-role/", "/aws-reserved/")

_NOBODY: Final = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}
"""Whom a role trusts until those are made whom it is to trust; nobody sees it, for all is done in one transaction."""

Parameters: TypeAlias = Mapping[str, Any]
Holder: TypeAlias = User | Role | Group


class Outcome(StrEnum):
    """What becomes of a thing."""

    CREATE = "create"
    SAME = "same"
    CHANGE = "change"
    REFUSE = "refuse"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Change:
    """An operation of IAM. `what`: on what beside the thing itself, for people."""

    operation: str
    parameters: Parameters
    what: str = ""


@dataclass(slots=True)
class Entry:
    """A thing of the file. `reason`: why it is refused or skipped. `later`: what can be done only when all is there."""

    kind: str
    name: str
    outcome: Outcome = Outcome.SAME
    reason: str | None = None
    now: list[Change] = field(default_factory=list)
    later: list[Change] = field(default_factory=list)

    def refuse(self, reason: str) -> None:
        """Say why it cannot be."""
        self.outcome = Outcome.REFUSE
        self.reason = self.reason or reason


class Plan:
    """What is to be done. `entries`: policies, groups, users and roles, as the file has them."""

    def __init__(
        self, details: AccountDetails, current: AccountDetails, account: str, *, keeps_account_ids: bool
    ) -> None:
        """`account` is that to import into, `current` what it has.

        Raises:
            ValueError: the file holds things of several accounts.
        """
        self._account = account
        self.source = _source_of(details)
        self._keeps_account_ids = keeps_account_ids
        self._there: Mapping[str, Mapping[str, Any]] = {
            "policy": {each.policy_name.lower(): each for each in current.policies if not each.arn.startswith(_OF_AWS)},
            "group": {each.group_name.lower(): each for each in current.group_detail_list},
            "user": {each.user_name.lower(): each for each in current.user_detail_list},
            "role": {each.role_name.lower(): each for each in current.role_detail_list},
        }
        principals: list[User | Role] = [*current.user_detail_list, *current.role_detail_list]
        self._known_arns = {each.arn for each in principals}
        self.entries: list[Entry] = []
        for policy in details.policies:
            if not policy.arn.startswith(_OF_AWS):
                self._add("policy", policy.policy_name, policy, self._policy)
        for group in details.group_detail_list:
            self._add("group", group.group_name, group, self._group)
        for user in details.user_detail_list:
            self._add("user", user.user_name, user, self._user)
            self._known_arns.add(self._arn(user.arn))
        for role in details.role_detail_list:
            self._add("role", role.role_name, role, self._role)
            self._known_arns.add(self._arn(role.arn))

    def changes(self) -> list[tuple[Entry, Change]]:
        """What is to be done, in this order, each for its entry."""
        return [
            *((entry, change) for entry in self.entries for change in entry.now),
            *((entry, change) for entry in self.entries for change in entry.later),
        ]

    def _add(self, kind: str, name: str, thing: Any, plan: Callable[[Entry, Any, Any], None]) -> None:
        entry = Entry(kind, name)
        self.entries.append(entry)
        there = self._there[kind].get(name.lower())
        try:
            plan(entry, thing, there)
        except ValueError as error:
            entry.refuse(f"a policy document cannot be read: {error}")
        if entry.outcome in (Outcome.REFUSE, Outcome.SKIP):
            entry.now.clear()
            entry.later.clear()
        elif entry.now or entry.later:
            entry.outcome = Outcome.CREATE if there is None else Outcome.CHANGE

    def _policy(self, entry: Entry, policy: Policy, there: Policy | None) -> None:
        arn = f"arn:aws:iam::{self._account}:policy{policy.path}{policy.policy_name}"
        versions = sorted(policy.policy_version_list, key=lambda version: _number(version.version_id))
        if not any(version.is_default_version for version in versions):
            entry.refuse("it has no default version")
        elif there is None:
            for number, version in enumerate(versions):
                document = self._text(version.document)
                if number == 0:
                    given = {"PolicyName": policy.policy_name, "Path": policy.path, "PolicyDocument": document}
                    entry.now.append(Change("CreatePolicy", given))
                else:
                    is_default = version.is_default_version
                    entry.now.append(_new_version(arn, document, f"v{number + 1}", is_default=is_default))
        elif there.arn != arn:
            entry.refuse(f"there is a policy of this name with another path, {there.path}")
        else:
            wanted, has = (
                next(version.document for version in each.policy_version_list if version.is_default_version)
                for each in (policy, there)
            )
            if self._read(wanted) != read(has, str):
                entry.now.append(_new_version(arn, self._text(wanted), "", is_default=True))

    def _group(self, entry: Entry, group: Group, there: Group | None) -> None:
        named = {"GroupName": group.group_name}
        if there is None:
            entry.now.append(Change("CreateGroup", {**named, "Path": group.path}))
        elif there.path != group.path:
            entry.now.append(Change("UpdateGroup", {**named, "NewPath": group.path}, f"path {group.path}"))
        self._add_policies(entry, "Group", named, group, there)

    def _user(self, entry: Entry, user: User, there: User | None) -> None:
        named = {"UserName": user.user_name}
        if there is None:
            entry.now.append(Change("CreateUser", {**named, "Path": user.path, **self._made_with(user)}))
        else:
            if there.path != user.path:
                entry.now.append(Change("UpdateUser", {**named, "NewPath": user.path}, f"path {user.path}"))
            self._add_boundary_and_tags(entry, "User", named, user, there)
        self._add_policies(entry, "User", named, user, there)
        for group in user.group_list:
            if there is None or group.lower() not in map(str.lower, there.group_list):
                entry.now.append(Change("AddUserToGroup", {**named, "GroupName": group}, group))

    def _role(self, entry: Entry, role: Role, there: Role | None) -> None:
        if role.path.startswith(_OF_SERVICES):
            entry.outcome = Outcome.SKIP
            entry.reason = "services make their own roles: aws iam create-service-linked-role"
            return
        named = {"RoleName": role.role_name}
        trust = self._read(role.assume_role_policy_document)
        is_later = False
        if there is None:
            is_later = not self._knows_all(trust)
            given = {"AssumeRolePolicyDocument": written(_NOBODY if is_later else trust), "Path": role.path}
            entry.now.append(Change("CreateRole", {**named, **given, **self._made_with(role)}))
        elif there.path != role.path:
            entry.refuse(f"there is a role of this name with another path, {there.path}")
        else:
            is_later = trust != read(there.assume_role_policy_document, str)
            self._add_boundary_and_tags(entry, "Role", named, role, there)
        if is_later:
            entry.later.append(Change("UpdateAssumeRolePolicy", {**named, "PolicyDocument": written(trust)}))
        self._add_policies(entry, "Role", named, role, there)
        has = {each.instance_profile_name for each in there.instance_profile_list} if there else set()
        for profile in role.instance_profile_list:
            if profile.instance_profile_name not in has:
                of_profile = {"InstanceProfileName": profile.instance_profile_name}
                made = {**of_profile, "Path": profile.path}
                entry.now.append(Change("CreateInstanceProfile", made, profile.instance_profile_name))
                entry.now.append(
                    Change("AddRoleToInstanceProfile", {**of_profile, **named}, profile.instance_profile_name)
                )

    def _add_policies(self, entry: Entry, kind: str, named: Parameters, holder: Holder, there: Holder | None) -> None:
        has = {each.policy_name: read(each.policy_document, str) for each in there.inline} if there else {}
        for policy in holder.inline:
            if has.get(policy.policy_name) != self._read(policy.policy_document):
                given = {"PolicyName": policy.policy_name, "PolicyDocument": self._text(policy.policy_document)}
                entry.now.append(Change(f"Put{kind}Policy", {**named, **given}, policy.policy_name))
        attached = _arns(there.attached_managed_policies) if there else set()
        for each in holder.attached_managed_policies:
            arn = self._arn(each.policy_arn)
            if arn not in attached:
                entry.now.append(Change(f"Attach{kind}Policy", {**named, "PolicyArn": arn}, arn.rpartition("/")[2]))

    def _add_boundary_and_tags(
        self, entry: Entry, kind: str, named: Parameters, wanted: User | Role, there: User | Role
    ) -> None:
        if wanted.permissions_boundary is not None:
            arn = self._arn(wanted.permissions_boundary.permissions_boundary_arn)
            if there.permissions_boundary is None or there.permissions_boundary.permissions_boundary_arn != arn:
                given = {**named, "PermissionsBoundary": arn}
                entry.now.append(Change(f"Put{kind}PermissionsBoundary", given, arn.rpartition("/")[2]))
        tags = [each for each in wanted.tags if each not in there.tags]
        if tags:
            shown = ", ".join(each.key for each in tags)
            entry.now.append(Change(f"Tag{kind}", {**named, "Tags": _shown(tags)}, shown))

    def _made_with(self, thing: User | Role) -> dict[str, Any]:
        given: dict[str, Any] = {}
        if thing.permissions_boundary is not None:
            given["PermissionsBoundary"] = self._arn(thing.permissions_boundary.permissions_boundary_arn)
        if thing.tags:
            given["Tags"] = _shown(thing.tags)
        return given

    def _knows_all(self, trust: Mapping[str, Any]) -> bool:
        """Whether the users and roles of this account that a trust policy names are there when it is given."""
        prefixes = tuple(f"arn:aws:iam::{self._account}:{kind}/" for kind in ("user", "role"))
        named: list[str] = []

        def note(text: str) -> str:
            named.append(text)
            return text

        read(dict(trust), note)
        return all(arn in self._known_arns for arn in named if arn.startswith(prefixes)) and not any(
            text.startswith(f"arn:aws:sts::{self._account}:assumed-role/") for text in named
        )

    def _arn(self, arn: str) -> str:
        """An ARN of the file as it is in this account."""
        return arn if self.source is None else arn.replace(f":{self.source}:", f":{self._account}:", 1)

    def _text(self, document: Document) -> str:
        return written(self._read(document))

    def _read(self, document: Document) -> dict[str, Any]:
        return read(document, str if self._keeps_account_ids else self._of_this_account)

    def _of_this_account(self, text: str) -> str:
        if text == self.source:
            return self._account
        return self._arn(text) if text.startswith("arn:") else text


def _source_of(details: AccountDetails) -> str | None:
    """The account that the file is of; None when it does not say."""
    things: list[Policy | Holder] = [*details.policies, *details.group_detail_list]
    things += [*details.user_detail_list, *details.role_detail_list]
    found = sorted({match[1] for thing in things if (match := _ACCOUNT.match(thing.arn)) is not None})
    if len(found) > 1:
        raise ValueError(f"it holds things of several accounts: {', '.join(found)}")
    return found[0] if found else None


def _new_version(arn: str, document: str, what: str, *, is_default: bool) -> Change:
    given = {"PolicyArn": arn, "PolicyDocument": document, "SetAsDefault": is_default}
    return Change("CreatePolicyVersion", given, what)


def _number(version_id: str) -> int:
    digits = version_id.removeprefix("v")
    return int(digits) if digits.isdecimal() else 0


def _arns(attached: Iterable[Attached]) -> set[str]:
    return {each.policy_arn for each in attached}


def _shown(tags: Iterable[Tag]) -> list[dict[str, str]]:
    return [{"Key": each.key, "Value": each.value} for each in tags]
