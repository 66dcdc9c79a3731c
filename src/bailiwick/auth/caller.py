"""The outcome of authentication."""

from dataclasses import dataclass
from datetime import datetime

from bailiwick.auth.claims import SessionClaims
from bailiwick.auth.credentials import PrincipalKind


@dataclass(frozen=True, slots=True)
class Authenticated:
    """Who signed a request, proven; nothing later asks the request again.

    Attributes:
        account, principal_id: of the principal; None for an anonymous caller.
        access_key_id: `AKIA...` of a long-term key or `ASIA...` of a session.
        session: the claims of the session token; None for a long-term key.
        region, service: of the signature's credential scope.
        signed_at: aware UTC, to the second.
        is_presigned: whether the signature came in the query (`s3:authType` REST-QUERY-STRING).
    """

    kind: PrincipalKind
    account: str | None = None
    principal_id: str | None = None
    access_key_id: str | None = None
    session: SessionClaims | None = None
    region: str | None = None
    service: str | None = None
    signed_at: datetime | None = None
    is_presigned: bool = False


ANONYMOUS = Authenticated(PrincipalKind.ANONYMOUS)
