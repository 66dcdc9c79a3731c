"""Web identity tokens: signed statements of who a principal is, for other systems to verify (GetWebIdentityToken).

Each account is an issuer of its own, with keys of its own, which are published and renewed before they sign.
"""

from bailiwick.sts.web_identity_token.documents import IssuerDocuments
from bailiwick.sts.web_identity_token.operation import get_web_identity_token
from bailiwick.sts.web_identity_token.renewal import renew

__all__ = ["IssuerDocuments", "get_web_identity_token", "renew"]
