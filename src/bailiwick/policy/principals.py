"""Principals: who asks, whom a policy names, and which of the caller's identities a statement matched.

Source: IAM User Guide, "AWS JSON policy elements: Principal" and "...: NotPrincipal".
"""

import enum
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from bailiwick.policy.document import EVERYONE, Effect, PolicyDocument, PrincipalBlock
from bailiwick.policy.json_text import Token, string_token, string_value, tokens
from bailiwick.policy.positions import Steps

_ROOT_ARN: Final = re.compile(r"arn:aws:iam::([0-9]{12}):root")
_ACCOUNT_ID: Final = re.compile(r"[0-9]{12}")
_NAMED: Final = re.compile(
    r"arn:aws:iam::[0-9]{12}:(?:user|role)/[^*?:]+"
    r"|arn:aws:sts::[0-9]{12}:(?:assumed-role/[^*?:/]+/[^*?:/]+|federated-user/[^*?:/]+)"
    r"|(?:AIDA|AROA)[0-9A-Z]+|AROA[0-9A-Z]+:[^*?:/]+"
)


class PrincipalKind(enum.Enum):
    """What kind of principal makes a request."""

    ANONYMOUS = "anonymous"
    ROOT = "root"
    USER = "user"
    ROLE_SESSION = "role session"
    FEDERATED_USER = "federated user"
    FEDERATED = "federated"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, with every identity that a policy can name.

    `arn`: the user's ARN (for a GetSessionToken session too), the assumed-role session's, the federated user's,
    the account root's, the SAML or OIDC provider's ARN or name, or the service's name; empty for anonymous callers.
    `unique_id`: of the user (`AIDA...`) or role (`AROA...`); for a federated user, of the user it comes from.
    `parent_arn`: a role session's role, path included; a federated user's user (or the account root).
    `names`: all names of a service principal.
    """

    kind: PrincipalKind
    account: str | None
    arn: str
    unique_id: str | None = None
    parent_arn: str | None = None
    names: frozenset[str] = frozenset()


ANONYMOUS: Final = Principal(PrincipalKind.ANONYMOUS, None, "")


class Grant(enum.IntEnum):
    """Through which identity a statement reached the caller, the weakest first.

    DELEGATED: its account. INHERITED: the role of a session, the user of a federated user.
    DIRECT: the user, the session or the federated user itself, or everyone.
    """

    NONE = 0
    DELEGATED = 1
    INHERITED = 2
    DIRECT = 3


@dataclass(frozen=True, slots=True)
class PrincipalElement:
    """One principal that a document names: its type (`*` for the bare `"*"`), the value and its place."""

    kind: str
    value: str
    place: Steps


class UnreadablePrincipalError(Exception):
    """A principal of a form that matches nobody for certain."""


def account_of(value: str) -> str | None:
    """The account that an "AWS" principal names as a whole: twelve digits, or the ARN of its root."""
    if found := _ROOT_ARN.fullmatch(value):
        return found[1]
    return value if _ACCOUNT_ID.fullmatch(value) else None


def is_named(value: str) -> bool:
    """Whether an "AWS" principal is the ARN of a user, role, role session or federated user, or an id of one.

    The id of a role session is that of its role and its name, `AROA...:name`.
    """
    return _NAMED.fullmatch(value) is not None


def _is_understood(element: PrincipalElement) -> bool:
    """Whether it is certain whom a principal means; only `*` itself, of type "AWS" or bare, is a wildcard."""
    if element.kind in ("Service", "Federated"):
        return not _has_wildcard(element.value)
    if element.kind == "AWS":
        return element.value == EVERYONE or account_of(element.value) is not None or is_named(element.value)
    return True


def _has_wildcard(value: str) -> bool:
    return "*" in value or "?" in value


class PrincipalMatcher:
    """A Principal or NotPrincipal element, compiled."""

    __slots__ = (
        "_accounts",
        "_denies",
        "_everyone",
        "_everyone_of_aws",
        "_federated",
        "_named",
        "_names_session_ids",
        "_negated",
        "_services",
    )

    def __init__(self, block: PrincipalBlock, effect: Effect, *, negated: bool) -> None:
        """Raises UnreadablePrincipalError if nobody is named, or in a form that cannot be understood."""
        members = dict(block.members)
        aws = members.get("AWS", ())
        # A Deny that names an S3 canonical user, whom no caller here can be matched with, must not be lost.
        self._everyone = EVERYONE in members or ("CanonicalUser" in members and effect is Effect.DENY and not negated)
        self._everyone_of_aws = EVERYONE in aws
        self._accounts = frozenset(account for account in map(account_of, aws) if account is not None)
        self._named = frozenset(filter(is_named, aws))
        self._names_session_ids = any(value.startswith("AROA") and ":" in value for value in self._named)
        for element in elements(block, ()):
            if not _is_understood(element):
                raise UnreadablePrincipalError(element.value)
        if not any(values for _, values in block.members):
            raise UnreadablePrincipalError("a principal element names nobody")
        self._services = frozenset(members.get("Service", ()))
        self._federated = frozenset(members.get("Federated", ()))
        self._negated = negated
        self._denies = effect is Effect.DENY

    def reach(self, principal: Principal, *, bounded: bool) -> Grant:
        """How the element reaches a principal; `bounded`: the principal has a permissions boundary.

        NotPrincipal with Deny spares only those all of whose ARNs are listed, and nobody who has a boundary. With
        Allow, which AWS no longer takes, it leaves out everybody who is listed in any form.
        """
        if not self._negated:
            return self._grant(principal)
        if self._denies:
            spared = not bounded and self._lists_every_identity(principal)
        else:
            spared = self._grant(principal) is not Grant.NONE
        return Grant.NONE if spared else Grant.DIRECT

    def _grant(self, principal: Principal) -> Grant:
        if self._everyone:
            return Grant.DIRECT
        kind = principal.kind
        if kind is PrincipalKind.SERVICE:
            listed = principal.arn in self._services or not self._services.isdisjoint(principal.names)
            return Grant.DIRECT if listed else Grant.NONE
        if kind is PrincipalKind.FEDERATED:
            return Grant.DIRECT if principal.arn in self._federated else Grant.NONE
        if self._everyone_of_aws:
            return Grant.DIRECT
        named = self._named
        if principal.arn in named or self._names_session(principal):
            return Grant.DIRECT
        if principal.unique_id in named:
            return Grant.DIRECT if kind is PrincipalKind.USER else Grant.INHERITED
        if principal.parent_arn in named:
            return Grant.INHERITED
        return Grant.DELEGATED if principal.account in self._accounts else Grant.NONE

    def _names_session(self, principal: Principal) -> bool:
        """Whether it is a role session that is named by its id."""
        if not self._names_session_ids or principal.kind is not PrincipalKind.ROLE_SESSION:
            return False
        return f"{principal.unique_id}:{principal.arn.rpartition('/')[2]}" in self._named

    def _lists_every_identity(self, principal: Principal) -> bool:
        if self._everyone:
            return True
        kind = principal.kind
        if kind is PrincipalKind.SERVICE or kind is PrincipalKind.FEDERATED:
            return self._grant(principal) is not Grant.NONE
        if self._everyone_of_aws:
            return True
        if principal.account not in self._accounts:
            return False
        named = self._named
        if kind is PrincipalKind.USER:
            return principal.arn in named or principal.unique_id in named
        if kind is PrincipalKind.ROLE_SESSION:
            names_session = principal.arn in named or self._names_session(principal)
            return names_session and (principal.parent_arn in named or principal.unique_id in named)
        if kind is PrincipalKind.FEDERATED_USER:
            return principal.arn in named
        return True


def principals(document: PolicyDocument) -> tuple[PrincipalElement, ...]:
    """Every principal that a document names in Principal and NotPrincipal, in order."""
    return tuple(
        element
        for index, statement in enumerate(document.statements)
        for name, block in (("Principal", statement.principal), ("NotPrincipal", statement.not_principal))
        if block is not None
        for element in elements(block, ("Statement", index, name))
    )


def elements(block: PrincipalBlock, place: Steps) -> Iterator[PrincipalElement]:
    """The principals of one element, whose own place is given."""
    for kind, values in block.members:
        if kind == EVERYONE:
            yield PrincipalElement(kind, EVERYONE, place)
        else:
            for index, value in enumerate(values):
                yield PrincipalElement(kind, value, (*place, kind, index))


def map_aws_principals(text: str, replace: Callable[[str], str]) -> str:
    """Rewrite the "AWS" principals of a policy text, and nothing else in it.

    `replace` gets each value as it is meant (escapes resolved) and gives the new one. White space, the order of
    keys and every other character stay; so does a value that `replace` gives back unchanged. The text must be one
    that `parse` accepts. Used to store unique ids and to show ARNs.
    """
    pieces: list[str] = []
    end = 0
    for token in _aws_principal_tokens(text):
        value = string_value(token.text)
        replaced = replace(value)
        if replaced != value:
            pieces.append(text[end : token.start])
            pieces.append(string_token(replaced))
            end = token.end
    pieces.append(text[end:])
    return "".join(pieces)


def _aws_principal_tokens(text: str) -> Iterator[Token]:
    """The string tokens at Statement.Principal.AWS and Statement.NotPrincipal.AWS, with or without brackets.

    Keeps the key of every open object (None for an array, and before the first key), which is a value's path.
    """
    path: list[str | None] = []
    key_expected = False
    for token in tokens(text):
        first = token.text[0]
        if first in ("{", "["):
            path.append(None)
            key_expected = first == "{"
        elif first in ("}", "]"):
            path.pop()
        elif first in (",", ":"):
            key_expected = first == "," and path[-1] is not None
        elif first == '"':
            if key_expected:
                path[-1] = string_value(token.text)
            elif [key for key in path if key is not None] in _AWS_PATHS:
                yield token


_AWS_PATHS: Final = (["Statement", "Principal", "AWS"], ["Statement", "NotPrincipal", "AWS"])
