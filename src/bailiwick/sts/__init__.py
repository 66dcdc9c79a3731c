"""Security Token Service: one module for each way to get credentials, and the record of every session issued.

Importing the package declares its operations, and those on sessions, of the service `bailiwick`.
"""

from bailiwick.sts import (
    access_key_info,
    assume_role,
    assume_root,
    caller_identity,
    decode_authorization_message,
    delegated_access_token,
    federation_token,
    scoped_credentials,
    session_token,
    web_identity_token,
)
from bailiwick.sts.registry import sts
from bailiwick.sts.saml import operation as saml
from bailiwick.sts.sessions import operations as session_operations
from bailiwick.sts.sessions.registry import bailiwick
from bailiwick.sts.web_identity import operation as web_identity

__all__ = [
    "access_key_info",
    "assume_role",
    "assume_root",
    "bailiwick",
    "caller_identity",
    "decode_authorization_message",
    "delegated_access_token",
    "federation_token",
    "saml",
    "scoped_credentials",
    "session_operations",
    "session_token",
    "sts",
    "web_identity",
    "web_identity_token",
]
