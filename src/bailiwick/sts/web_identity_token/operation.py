"""A signed statement of who calls: GetWebIdentityToken."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from bailiwick.access.call import Call
from bailiwick.access.context import requested_region
from bailiwick.access.principals import PrincipalType
from bailiwick.auth import PrincipalKind
from bailiwick.iam import account_settings
from bailiwick.operations import TAGS_PASSED, ContextValue, Target, acts_on, operation
from bailiwick.store.transaction import Transaction
from bailiwick.sts import session_tags
from bailiwick.sts.callers import require_no_federated_user
from bailiwick.sts.errors import (
    JWTPayloadSizeExceeded,
    OutboundWebIdentityFederationDisabled,
    SessionDurationEscalation,
    ValidationError,
)
from bailiwick.sts.registry import sts
from bailiwick.sts.web_identity_token import signing_keys
from bailiwick.sts.web_identity_token.claims import Asked, SubjectMode, claims_of
from bailiwick.sts.web_identity_token.signing_keys import Algorithm, NewKey

DEFAULT_SECONDS: Final = 300
LARGEST_PAYLOAD: Final = 8192
"""In bytes. AWS names no number; this is what fits, encoded, into a header that servers commonly take."""

_KINDS: Final[dict[PrincipalKind, PrincipalType]] = {PrincipalKind.USER: "user", PrincipalKind.ROLE: "role"}


@acts_on()
async def _token_asked_for(call: Call, tx: Transaction) -> Sequence[Target]:
    """Nothing that could be named; tags and scopes in the token are rights of their own."""
    require_no_federated_user(call)
    keys: dict[str, ContextValue] = {
        "sts:DurationSeconds": str(_seconds(call)),
        "sts:SubjectMode": _mode(call).value,
    }
    if "Scope" in call:
        keys["sts:IdentityTokenScope"] = tuple(call["Scope"].split(" "))
    targets = [Target(arn="*", keys=keys)]
    if call.tags():
        targets.append(Target(arn="*", keys=keys, action="sts:TagGetWebIdentityToken"))
    if "Scope" in call:
        targets.append(Target(arn="*", keys=keys, action="sts:SetWebIdentityTokenScope"))
    return targets


async def _has_keys(call: Call, tx: Transaction) -> bool:
    """Raises OutboundWebIdentityFederationDisabled: no keys are made for an account that does not want them."""
    await _issuer(call, tx)
    return await signing_keys.exist(tx, call.account)


async def _first_keys(call: Call) -> list[NewKey]:
    """An account's first keys, one of each algorithm, so that all are published before any is met."""
    if call.prepared is True:
        return []
    return await call.access.hashing.run(lambda: [signing_keys.make(algorithm) for algorithm in Algorithm])


@operation(
    sts,
    "GetWebIdentityToken",
    resource=_token_asked_for,
    keys={"sts:IdentityTokenAudience": "Audience", "sts:SigningAlgorithm": "SigningAlgorithm", **TAGS_PASSED},
    target_keys=["sts:DurationSeconds", "sts:IdentityTokenScope", "sts:SubjectMode"],
    further_actions=["sts:SetWebIdentityTokenScope", "sts:TagGetWebIdentityToken"],
    look_up=_has_keys,
    prepare=_first_keys,
    secrets=["WebIdentityToken"],
)
async def get_web_identity_token(call: Call, tx: Transaction) -> dict[str, object]:
    """A JSON Web Token that tells another system who calls, signed with a key of the caller's account.

    Raises:
        AccessDenied: not allowed, called by a federated user, or the session's origin could be mistaken for a
            principal.
        OutboundWebIdentityFederationDisabled: the account does not issue such tokens.
        ValidationError: an unknown algorithm, scopes that repeat or that are not for this subject and audience, or a
            subject that the session does not tell of.
        InvalidParameterValue: a tag is reserved or given twice.
        SessionDurationEscalation: the token would outlive the session that asks for it.
        JWTPayloadSizeExceeded: the token says too much.

    Source: STS API Reference, GetWebIdentityToken; IAM User Guide, "Federating AWS identities to external services".
    """
    algorithm = _algorithm(call)
    asked = _asked(call)
    issuer = await _issuer(call, tx)
    claims = claims_of(
        call.caller,
        await _own_tags(call, tx),
        asked,
        issuer=issuer,
        region=requested_region(call.caller, "sts"),
        chance=call.random_bytes(16),
    )
    key = await _signing_key(call, tx, algorithm)
    private = call.access.unseal(signing_keys.TABLE, key.key_id, signing_keys.PRIVATE_KEY, key.sealed)
    token = signing_keys.sign(algorithm, key.key_id, private, claims)
    size = len(token.split(".")[1]) * 3 // 4
    if size > LARGEST_PAYLOAD:
        raise JWTPayloadSizeExceeded.payload(size, LARGEST_PAYLOAD)
    return {"WebIdentityToken": token, "Expiration": datetime.fromtimestamp(asked.expires_at, UTC)}


async def _issuer(call: Call, tx: Transaction) -> str:
    issuer = await account_settings.issuer(tx, call.account, call.access.public_url)
    if issuer is None:
        raise OutboundWebIdentityFederationDisabled.in_account(call.account)
    return issuer


async def _signing_key(call: Call, tx: Transaction, algorithm: Algorithm) -> signing_keys.SigningKey:
    if not await signing_keys.exist(tx, call.account):
        made = call.prepared
        assert isinstance(made, list), "keys were made where there were none"
        sealed = [
            (key, call.access.seal(signing_keys.TABLE, key.key_id, signing_keys.PRIVATE_KEY, key.private.reveal()))
            for key in made
        ]
        await signing_keys.add_first(tx, call.account, sealed, call.now_ms)
    key = await signing_keys.signing(tx, call.account, algorithm, call.now_ms)
    assert key is not None, "an account with keys has one of each algorithm that signs"
    return key


async def _own_tags(call: Call, tx: Transaction) -> dict[str, str]:
    caller = call.caller
    kind = _KINDS.get(caller.kind)
    record = None if kind is None else await call.access.record(tx, kind, caller.account, caller.principal_id)
    return {} if record is None else dict(record.tags)


def _algorithm(call: Call) -> Algorithm:
    sent = call["SigningAlgorithm"]
    try:
        return Algorithm(sent)
    except ValueError:
        values = ", ".join(algorithm.value for algorithm in Algorithm)
        raise ValidationError.constraint(
            f"'{sent}'", "signingAlgorithm", f"Member must satisfy enum value set: [{values}]"
        ) from None


def _asked(call: Call) -> Asked:
    audience, mode, scope = call.texts("Audience"), _mode(call), call.get("Scope")
    if scope is not None:
        _check_scope(scope, audience, mode)
    session_tags.merged(call.tags())  # the rules of tags passed to STS
    seconds = _seconds(call)
    session = call.caller.session
    if session is not None and call.now_ms + seconds * 1000 > session.expires_at_ms:
        raise SessionDurationEscalation.past_session_end(seconds)
    issued_at = int(call.now.timestamp())
    return Asked(audience, mode, scope, call.tags(), issued_at, issued_at + seconds)


def _check_scope(scope: str, audience: Sequence[str], mode: SubjectMode) -> None:
    if mode is not SubjectMode.ORIGIN_IDENTITY:
        raise ValidationError("Scope can be specified only when SubjectMode is OriginIdentity.")
    if len(audience) != 1:
        raise ValidationError("Scope can be specified only with exactly one audience.")
    values = scope.split(" ")
    if len(set(values)) != len(values):
        raise ValidationError("Scope must not repeat a scope value.")


def _seconds(call: Call) -> int:
    return call.integer("DurationSeconds") or DEFAULT_SECONDS


def _mode(call: Call) -> SubjectMode:
    return SubjectMode(call.get("SubjectMode") or SubjectMode.AWS_IDENTITY)
