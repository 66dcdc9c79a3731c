"""IAM's errors, one class each, with the texts that AWS gives.

Source: botocore's model of IAM for codes and statuses (a test compares them); texts as AWS answers them.
"""

from bailiwick.iam.errors.conflicts import (
    ConcurrentModification,
    DeleteConflict,
    EntityAlreadyExists,
    EntityTemporarilyUnmodifiable,
    FeatureEnabled,
    LimitExceeded,
    PolicyNotAttachable,
    UnmodifiableEntity,
)
from bailiwick.iam.errors.credentials import (
    DuplicateCertificate,
    DuplicateSSHPublicKey,
    InvalidAuthenticationCode,
    InvalidCertificate,
    InvalidPublicKey,
    KeyPairMismatch,
    MalformedCertificate,
    UnrecognizedPublicKeyEncoding,
)
from bailiwick.iam.errors.invalid import (
    InvalidInput,
    InvalidUserType,
    MalformedPolicyDocument,
    NotSupportedService,
    OpenIdIdpCommunicationError,
    PasswordPolicyViolation,
)
from bailiwick.iam.errors.not_found import (
    FeatureDisabled,
    NoSuchEntity,
    OrganizationNotFound,
    ReportExpired,
    ReportInProgress,
    ReportNotPresent,
)

__all__ = [
    "ConcurrentModification",
    "DeleteConflict",
    "DuplicateCertificate",
    "DuplicateSSHPublicKey",
    "EntityAlreadyExists",
    "EntityTemporarilyUnmodifiable",
    "FeatureDisabled",
    "FeatureEnabled",
    "InvalidAuthenticationCode",
    "InvalidCertificate",
    "InvalidInput",
    "InvalidPublicKey",
    "InvalidUserType",
    "KeyPairMismatch",
    "LimitExceeded",
    "MalformedCertificate",
    "MalformedPolicyDocument",
    "NoSuchEntity",
    "NotSupportedService",
    "OpenIdIdpCommunicationError",
    "OrganizationNotFound",
    "PasswordPolicyViolation",
    "PolicyNotAttachable",
    "ReportExpired",
    "ReportInProgress",
    "ReportNotPresent",
    "UnmodifiableEntity",
    "UnrecognizedPublicKeyEncoding",
]
