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

LONGEST: Final = 10_240
"""How many characters DecodeAuthorizationMessage takes."""

NONCE_BYTES: Final = 12

_VERSION: Final = b"\x01"
_ID_BYTES: Final = 16
_TAG_BYTES: Final = 16
_LENGTH_BYTES: Final = 4
_STEP: Final = 256
_ROOM: Final = LONGEST * 3 // 4 - len(_VERSION) - _ID_BYTES - NONCE_BYTES - _TAG_BYTES
_LONGEST_NAME: Final = 512
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
        """The encoded message: at most `LONGEST` characters of the URL-safe base64 alphabet.

        Its length tells neither how well the content compresses nor, to more than 256 bytes, how long it is: part of
        it is the denied caller's own, who could otherwise guess the rest.
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
            raise InvalidMessage  # the same bytes in another spelling: one form, all else refused
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
    """The content in as many bytes as a message has room for, with what does not fit left out, conditions last."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    if len(text) + _LENGTH_BYTES <= _ROOM:
        size = min(_ROOM, -(-(len(text) + _LENGTH_BYTES) // _STEP) * _STEP)
        return _padded(text, size, is_deflated=False)
    for candidate in (content, _with_bare_statements(content), _without_conditions(content)):
        text = json.dumps(candidate, ensure_ascii=False, separators=(",", ":")).encode()
        deflated = zlib.compress(text)
        if len(deflated) + _LENGTH_BYTES <= _ROOM:
            return _padded(deflated, _ROOM, is_deflated=True)
    raise AssertionError("a message without conditions fits")


def _padded(text: bytes, size: int, *, is_deflated: bool) -> bytes:
    length = len(text) << 1 | is_deflated
    return (length.to_bytes(_LENGTH_BYTES, "big") + text).ljust(size, b"\0")


def _unpacked(packed: bytes) -> bytes:
    length = int.from_bytes(packed[:_LENGTH_BYTES], "big")
    text = packed[_LENGTH_BYTES : _LENGTH_BYTES + (length >> 1)]
    return zlib.decompress(text) if length & 1 else text


def _with_bare_statements(content: Content) -> Content:
    statements = content["matchedStatements"]
    assert isinstance(statements, dict)
    bare = [{"statementId": each["statementId"][:_LONGEST_NAME], "effect": "DENY"} for each in statements["items"]]
    return {**content, "matchedStatements": _items(bare), "isShortened": True}


def _without_conditions(content: Content) -> Content:
    context = content["context"]
    assert isinstance(context, dict)
    principal = {name: value[:_LONGEST_NAME] for name, value in context["principal"].items()}
    kept = {
        "principal": principal,
        "action": context["action"],
        "resource": context["resource"][:_LONGEST_NAME],
        "conditions": _items([]),
    }
    return {**_with_bare_statements(content), "context": kept}


def _place(head: bytes, account: str) -> bytes:
    return head + account.encode()
