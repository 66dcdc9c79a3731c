"""Encoded authorization messages: what a denial was decided on, sealed so that only those who may can read it.

A message holds policies and tags that the denied caller may not see. It is sealed to the installation, to the account
of the caller and to the request, whose id it names in clear. What is in it: STS API Reference,
DecodeAuthorizationMessage, and the examples of the AWS CLI.
"""

import base64
import binascii
import json
import uuid
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bailiwick.access.condition_keys import spelled
from bailiwick.access.decided import is_across, keys_to_tell
from bailiwick.operations import ContextValue
from bailiwick.policy import CompiledStatement, Decision, Layers, PolicySet, Reason, RequestContext
from bailiwick.secret import Secret

LENGTH: Final = 4096
"""How many characters every message has; DecodeAuthorizationMessage takes 10,240."""

NONCE_BYTES: Final = 12

_VERSION: Final = b"\x01"
_ID_BYTES: Final = 16
_TAG_BYTES: Final = 16
_LENGTH_BYTES: Final = 4
_ROOM: Final = LENGTH * 3 // 4 - len(_VERSION) - _ID_BYTES - NONCE_BYTES - _TAG_BYTES
_LONGEST_NAME: Final = 100
"""Characters of each name in a message that has no room for more."""

Content = dict[str, object]


class InvalidMessage(Exception):
    """Not a message of this installation and account, or one that was changed."""


class AuthorizationMessages:
    """Seals and opens messages with one key of the installation."""

    def __init__(self, key: Secret) -> None:
        """`key` has 32 bytes."""
        self._cipher = AESGCM(key.reveal())

    def seal(self, account: str, request_id: str, content: Content, nonce: bytes) -> str:
        """The encoded message: `LENGTH` characters of the URL-safe base64 alphabet, whatever it holds.

        A length of its own would tell the denied caller, some of whose words are in it, whether there is what it asked
        for, and, as it is compressed, let it find out the rest by trying.
        """
        head = _VERSION + uuid.UUID(request_id).bytes
        sealed = self._cipher.encrypt(nonce, _packed(content), _place(head, account))
        return base64.urlsafe_b64encode(head + nonce + sealed).rstrip(b"=").decode("ascii")

    def open(self, account: str, message: str) -> str:
        """The content's JSON.

        Raises:
            InvalidMessage: edited, cut, or sealed for another account or by another installation.
        """
        try:
            raw = base64.b64decode(message + "=" * (-len(message) % 4), altchars=b"-_", validate=True)
            head, nonce, sealed = raw[:17], raw[17 : 17 + NONCE_BYTES], raw[17 + NONCE_BYTES :]
            packed = self._cipher.decrypt(nonce, sealed, _place(head, account))
        except (binascii.Error, ValueError, InvalidTag) as error:
            raise InvalidMessage from error
        if base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii") != message or head[:1] != _VERSION:
            raise InvalidMessage  # the same bytes spelled otherwise: one form, all else refused
        return _unpacked(packed).decode()


def content_of(
    request: RequestContext,
    decision: Decision,
    statement: CompiledStatement | None,
    *,
    user_id: str,
    name: str | None,
    request_id: str,
) -> Content:
    """What a message about a denial holds.

    Args:
        request: what was decided on.
        decision: the denial.
        statement: the one that denied, when one did.
        user_id: the caller's `aws:userid`.
        name: the caller's name if it is a user.
        request_id: of the call.
    """
    principal = {"id": user_id, **({"name": name} if name is not None else {}), "arn": request.principal.arn}
    is_shown = statement is not None and not is_across(request)
    return {
        "allowed": False,
        "explicitDeny": decision.reason is Reason.EXPLICIT_DENY,
        "matchedStatements": _items([_statement(statement, user_id)] if is_shown and statement is not None else []),
        "failures": _items([]),
        "context": {
            "principal": principal,
            "action": request.action,
            "resource": request.resource,
            "conditions": _items(_condition(spelled(key), _texts(value)) for key, value in _keys(request)),
        },
        "requestId": request_id,
    }


def deciding_statement(layers: Layers, request: RequestContext, decision: Decision) -> CompiledStatement | None:
    """The statement that a decision names, as its policy has it."""
    action = request.action.lower()
    for policies in _policies(layers):
        for statement in policies.candidates(action).statements:
            if statement.id is decision.statement:
                return statement
    return None


def _policies(layers: Layers) -> Iterator[PolicySet]:
    one_each = (layers.resource, layers.trust, layers.identity, layers.boundary, layers.session, layers.vpc_endpoint)
    yield from (policies for policies in one_each if policies is not None)
    yield from (*layers.rcps, *layers.scps, *layers.scope_downs)


def _statement(statement: CompiledStatement, user_id: str) -> Content:
    written = statement.written
    if written is None:  # of a policy that cannot be read, which denies everything
        return {"statementId": "", "effect": "DENY"}
    block = written.principal or written.not_principal
    principals = (user_id,) if block is None else (value for _, values in block.members for value in values)
    return {
        "statementId": written.sid or "",
        "effect": "DENY",
        "principals": _values(principals),
        "principalGroups": _items([]),
        "actions": _values(written.action or written.not_action or ()),
        "resources": _values(written.resource or written.not_resource or ()),
        "conditions": _items(
            _condition(key, values) for block in written.conditions or () for key, values in block.tests
        ),
    }


def _keys(request: RequestContext) -> list[tuple[str, ContextValue]]:
    return sorted(keys_to_tell(request).items())


def _texts(value: ContextValue) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _condition(key: str, values: Iterable[str]) -> Content:
    return {"key": key, "values": _values(values)}


def _values(values: Iterable[str]) -> Content:
    return _items({"value": value} for value in values)


def _items(items: Iterable[Mapping[str, object]]) -> Content:
    return {"items": list(items)}


def _packed(content: Content) -> bytes:
    """The content in as many bytes as every message has, with what does not fit left out, conditions last."""
    for candidate in _ever_shorter(content):
        deflated = zlib.compress(json.dumps(candidate, ensure_ascii=False, separators=(",", ":")).encode())
        if len(deflated) + _LENGTH_BYTES <= _ROOM:
            return (len(deflated).to_bytes(_LENGTH_BYTES, "big") + deflated).ljust(_ROOM, b"\0")
    raise AssertionError("a message of nothing but names, which are cut, fits")


def _unpacked(packed: bytes) -> bytes:
    length = int.from_bytes(packed[:_LENGTH_BYTES], "big")
    return zlib.decompress(packed[_LENGTH_BYTES : _LENGTH_BYTES + length])


def _ever_shorter(content: Content) -> Iterator[Content]:
    """The content; then what it says of statements is left out; then its conditions, the largest half each time."""
    yield content
    statements, context = content["matchedStatements"], content["context"]
    assert isinstance(statements, dict), "see content_of"
    assert isinstance(context, dict), "see content_of"
    bare = [{"statementId": each["statementId"][:_LONGEST_NAME], "effect": "DENY"} for each in statements["items"]]
    shortened = {**content, "matchedStatements": _items(bare), "isShortened": True}
    yield shortened
    kept = sorted(context["conditions"]["items"], key=_size)
    while kept:
        kept = kept[: len(kept) // 2]
        shown = {**context, "conditions": _items(sorted(kept, key=_key))}
        yield {**shortened, "context": shown}
    names = {name: value[:_LONGEST_NAME] for name, value in context["principal"].items()}
    resource = context["resource"][:_LONGEST_NAME]
    yield {**shortened, "context": {**context, "principal": names, "resource": resource, "conditions": _items([])}}


def _size(condition: Mapping[str, object]) -> int:
    return len(str(condition))


def _key(condition: Mapping[str, object]) -> str:
    return str(condition["key"])


def _place(head: bytes, account: str) -> bytes:
    return head + account.encode()
