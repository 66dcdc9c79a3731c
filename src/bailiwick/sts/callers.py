"""Which credentials an operation can be called with, whatever policies say.

Source: IAM User Guide, "Compare AWS STS credentials"; STS API Reference, GetSessionToken and GetFederationToken,
"Permissions". Role sessions, users and root are told apart by each operation itself.
"""

from bailiwick.access.call import Call
from bailiwick.auth import PrincipalKind
from bailiwick.sts.errors import AccessDenied


def require_long_term_key(call: Call) -> None:
    """For operations that only a user's or root's access key may call.

    Raises:
        AccessDenied: the caller came with a session.
    """
    if call.caller.session is not None:
        raise AccessDenied.session_credentials(call.operation)


def require_no_federated_user(call: Call) -> None:
    """For operations closed to federated users alone.

    Raises:
        AccessDenied: the caller is one.
    """
    if call.caller.kind is PrincipalKind.FEDERATED_USER:
        raise AccessDenied.session_credentials(call.operation)


def require_key_or_role(call: Call) -> None:
    """For operations closed to sessions from GetSessionToken and to federated users.

    Raises:
        AccessDenied: the caller is one of these.
    """
    if call.caller.session is not None and call.caller.kind is not PrincipalKind.ROLE:
        raise AccessDenied.session_credentials(call.operation)
