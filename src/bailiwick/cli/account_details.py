"""An account's users, groups, roles and policies, in the form of GetAccountAuthorizationDetails.

As the `aws` CLI and `bailiwick export` print it: documents are objects. As the API gives it they are percent-encoded
texts, which are read as well.
"""

import argparse
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

import msgspec

from bailiwick.cli.api_client import call
from bailiwick.cli.outcome import CommandFailed, ExitCode

Document: TypeAlias = dict[str, Any] | str
_NOT_IN_DOCUMENTS: Final = re.compile("[^\\u0000-\\u00ff]")
LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")


class Tag(msgspec.Struct, frozen=True, rename="pascal"):
    """A tag."""

    key: str
    value: str


class InlinePolicy(msgspec.Struct, frozen=True, rename="pascal"):
    """An inline policy."""

    policy_name: str
    policy_document: Document


class Attached(msgspec.Struct, frozen=True, rename="pascal"):
    """A managed policy that is attached."""

    policy_arn: str


class Boundary(msgspec.Struct, frozen=True, rename="pascal"):
    """A permissions boundary."""

    permissions_boundary_arn: str


class User(msgspec.Struct, frozen=True, rename="pascal"):
    """A user."""

    user_name: str
    arn: str
    path: str = "/"
    user_policy_list: list[InlinePolicy] = []
    attached_managed_policies: list[Attached] = []
    group_list: list[str] = []
    tags: list[Tag] = []
    permissions_boundary: Boundary | None = None

    @property
    def inline(self) -> list[InlinePolicy]:
        """Its inline policies."""
        return self.user_policy_list


class Group(msgspec.Struct, frozen=True, rename="pascal"):
    """A group."""

    group_name: str
    arn: str
    path: str = "/"
    group_policy_list: list[InlinePolicy] = []
    attached_managed_policies: list[Attached] = []

    @property
    def inline(self) -> list[InlinePolicy]:
        """Its inline policies."""
        return self.group_policy_list


class InstanceProfile(msgspec.Struct, frozen=True, rename="pascal"):
    """An instance profile."""

    instance_profile_name: str
    path: str = "/"


class Role(msgspec.Struct, frozen=True, rename="pascal"):
    """A role."""

    role_name: str
    arn: str
    assume_role_policy_document: Document
    path: str = "/"
    role_policy_list: list[InlinePolicy] = []
    attached_managed_policies: list[Attached] = []
    instance_profile_list: list[InstanceProfile] = []
    tags: list[Tag] = []
    permissions_boundary: Boundary | None = None

    @property
    def inline(self) -> list[InlinePolicy]:
        """Its inline policies."""
        return self.role_policy_list


class Version(msgspec.Struct, frozen=True, rename="pascal"):
    """A version of a managed policy."""

    document: Document
    is_default_version: bool
    version_id: str = "v1"


class Policy(msgspec.Struct, frozen=True, rename="pascal"):
    """A managed policy."""

    policy_name: str
    arn: str
    policy_version_list: list[Version]
    path: str = "/"


class AccountDetails(msgspec.Struct, frozen=True, rename="pascal"):
    """All of an account."""

    user_detail_list: list[User] = []
    group_detail_list: list[Group] = []
    role_detail_list: list[Role] = []
    policies: list[Policy] = []


def parse(content: bytes, name: str) -> AccountDetails:
    """The details that a file has.

    Raises:
        CommandFailed: it is not JSON of this form.
    """
    try:
        found = strict(content)
        if not isinstance(found, dict) or not set(LISTS) & set(found):
            raise CommandFailed(f"{name}: it has none of {', '.join(LISTS)}", ExitCode.USAGE)
        return msgspec.convert(found, AccountDetails)
    except ValueError as error:  # msgspec's are ValueErrors too
        raise CommandFailed(f"{name}: it is not what get-account-authorization-details prints: {error}") from error


def fetch(arguments: argparse.Namespace) -> dict[str, list[Any]]:
    """All pages of what the server tells of the account, as one, with times as text.

    Raises:
        CommandFailed: see `api_client.call`.
    """
    whole: dict[str, list[Any]] = {name: [] for name in LISTS}
    marker: Mapping[str, object] = {}
    while True:
        page = call(arguments, "GetAccountAuthorizationDetails", service="iam", MaxItems=1000, **marker)
        for name in LISTS:
            whole[name] += page[name]
        if not page["IsTruncated"]:
            return whole
        marker = {"Marker": page["Marker"]}


def as_json(details: Mapping[str, list[Any]]) -> str:
    """The details as text."""
    return json.dumps(details, indent=4, default=lambda moment: moment.isoformat()) + "\n"


def strict(text: str | bytes) -> Any:
    """The value of a JSON text in which no object has a member twice: IAM refuses policies that do.

    Raises:
        ValueError: it is no JSON, nests too deeply, or has a member twice.
    """
    try:
        return json.loads(text, object_pairs_hook=_without_twins)
    except RecursionError as error:
        raise ValueError("it nests too deeply") from error


def _without_twins(members: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in members:
        if name in made:
            raise ValueError(f"an object has a member twice: {name}")
        made[name] = value
    return made


def written(document: Mapping[str, Any]) -> str:
    """The text of a policy document, with the characters as they are that documents may have: each counts for one."""
    return _NOT_IN_DOCUMENTS.sub(lambda found: json.dumps(found[0])[1:-1], json.dumps(document, ensure_ascii=False))


def read(document: Document, changed: Callable[[str], str]) -> dict[str, Any]:
    """A policy document as an object, with each text in it changed.

    Raises:
        ValueError: it is not a JSON object.
    """
    value = strict(unquote(document)) if isinstance(document, str) else document
    if not isinstance(value, dict):
        raise ValueError("a policy document is a JSON object")  # noqa: TRY004  as for what is no JSON
    mapped = _mapped(value, changed)
    assert isinstance(mapped, dict)
    return mapped


def _mapped(value: Any, changed: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return changed(value)
    if isinstance(value, list):
        return [_mapped(each, changed) for each in value]
    if isinstance(value, dict):
        return {key: _mapped(each, changed) for key, each in value.items()}
    return value
