"""IAM's own words for names and paths that break only their pattern, by the shape of the model."""

from collections.abc import Mapping
from types import MappingProxyType

_NAME = (
    "The specified value for {name} is invalid. It must contain only alphanumeric characters and/or the following: "
    "+=,.@_-"
)
_PATH = (
    "The specified value for {name} is invalid. It must begin and end with / and contain only alphanumeric characters "
    "and/or / characters."
)
_PRINTABLE = "The specified value for {name} is invalid. It must contain only printable ASCII characters."

PATTERN_MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("userNameType", "existingUserNameType", "groupNameType", "roleNameType"), _NAME),
        **dict.fromkeys(("policyNameType", "instanceProfileNameType", "serverCertificateNameType"), _NAME),
        "virtualMFADeviceName": _NAME,
        **dict.fromkeys(("pathType", "policyPathType", "pathPrefixType"), _PATH),
        **dict.fromkeys(("certificateBodyType", "certificateChainType", "privateKeyType"), _PRINTABLE),
        **dict.fromkeys(("publicKeyMaterialType",), _PRINTABLE),
    }
)

PATTERNS: Mapping[str, str] = {"AttachmentName": r"[\w+=,.@?*-]+"}
"""Patterns of the model that refuse what its documentation allows, as it should be.

Source: IAM API Reference, InlinePolicyIdentifierType: wildcards in the AttachmentName.
"""
