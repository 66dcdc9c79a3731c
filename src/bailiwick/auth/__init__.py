"""Who is calling: request signatures (Signature Version 4) and sealed session tokens.

`Authenticator.authenticate` is the one door: every protocol goes through it before anything else, and what it returns
is the only source of identity. It knows neither what callers may do nor where keys are stored.
"""

from bailiwick.auth.authenticator import Authenticator
from bailiwick.auth.authorization import claimed_service
from bailiwick.auth.caller import ANONYMOUS, Authenticated
from bailiwick.auth.claims import ANY_NAME, ContextKey, Link, Origin, ProvidedContext, SessionClaims, SessionTag
from bailiwick.auth.credentials import AccessKey, Credentials, PrincipalKind
from bailiwick.auth.errors import (
    AuthenticationError,
    ExpiredToken,
    IncompleteSignature,
    InvalidClientTokenId,
    MissingAuthenticationToken,
    SignatureDoesNotMatch,
)
from bailiwick.auth.passwords import BoundedThreads
from bailiwick.auth.tokens import (
    MAX_SCOPE_DOWNS,
    MAX_TOKEN_SIZE,
    InvalidToken,
    OpenedSession,
    RingKey,
    SessionCredentials,
    TokenRing,
    TokenRings,
    TokenTooLarge,
    UnknownRingKey,
)

__all__ = [
    "ANONYMOUS",
    "ANY_NAME",
    "MAX_SCOPE_DOWNS",
    "MAX_TOKEN_SIZE",
    "AccessKey",
    "Authenticated",
    "AuthenticationError",
    "Authenticator",
    "BoundedThreads",
    "ContextKey",
    "Credentials",
    "ExpiredToken",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidToken",
    "Link",
    "MissingAuthenticationToken",
    "OpenedSession",
    "Origin",
    "PrincipalKind",
    "ProvidedContext",
    "RingKey",
    "SessionClaims",
    "SessionCredentials",
    "SessionTag",
    "SignatureDoesNotMatch",
    "TokenRing",
    "TokenRings",
    "TokenTooLarge",
    "UnknownRingKey",
    "claimed_service",
]
