"""What calls of `operation_calls` are answered, and by whom they can be made."""

from collections.abc import Mapping

from tests.user.operation_calls import CALLS, Parameters

BY_SESSIONS: frozenset[str] = frozenset({"sts:GetScopedCredentials"})
"""Operations that only the credentials of a session can call."""

UNSIGNED: frozenset[str] = frozenset({"sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"})
"""Operations that nobody signs: what they are given proves who asks, and policies of a caller have no say."""

REFUSED: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "iam:DisableOrganizationsRootCredentialsManagement",
            "iam:DisableOrganizationsRootSessions",
            "iam:EnableOrganizationsRootCredentialsManagement",
            "iam:EnableOrganizationsRootSessions",
            "iam:GenerateOrganizationsAccessReport",
            "iam:ListOrganizationsFeatures",
        ),
        "OrganizationNotFoundException",
    ),
    "iam:EnableOutboundWebIdentityFederation": "FeatureEnabled",
    "sts:AssumeRoot": "AccessDenied",
    "sts:GetDelegatedAccessToken": "ValidationError",
    **dict.fromkeys(
        ("iam:AcquireRole", "iam:GetMFADevice", "iam:GetOrganizationsAccessReport", "iam:GetRoleTemplateVersion"),
        "NoSuchEntity",
    ),
    "sts:AssumeRoleWithWebIdentity": "InvalidIdentityToken",  # no provider can be asked for its keys
}
"""Operations whose call cannot succeed in the scene → the code that the administrator is refused with."""

WRONG: Mapping[str, Parameters | None] = {
    "iam:CreateLoginProfile": {"UserName": "not one word"},
    "iam:DeleteAccountPasswordPolicy": None,
    "iam:DeleteLoginProfile": {"UserName": "not one word"},
    "iam:GenerateCredentialReport": None,
    "iam:GetAccountPasswordPolicy": None,
    "iam:GetCredentialReport": None,
    "iam:GetLoginProfile": {"UserName": "not one word"},
    "iam:UpdateAccountPasswordPolicy": {"MinimumPasswordLength": 5},
    "iam:CreateAccessKey": {"UserName": "not one word"},
    "iam:GetAccountAuthorizationDetails": {"MaxItems": 0},
    "iam:DisableOrganizationsRootCredentialsManagement": None,
    "iam:DisableOrganizationsRootSessions": None,
    "iam:DisableOutboundWebIdentityFederation": None,
    "iam:EnableOrganizationsRootCredentialsManagement": None,
    "iam:EnableOrganizationsRootSessions": None,
    "iam:GetAccountProperties": None,
    "iam:EnableOutboundWebIdentityFederation": None,
    "iam:GetAccountSummary": None,
    "iam:GetOutboundWebIdentityFederationInfo": None,
    "iam:GetUser": {"UserName": "not one word"},
    "iam:ListAccessKeys": {"UserName": "not one word"},
    "iam:ListAccountAliases": {"MaxItems": 0},
    "iam:ListDelegationRequests": {"MaxItems": 0},
    "iam:ListGroups": {"MaxItems": 0},
    "iam:ListInstanceProfiles": {"MaxItems": 0},
    "iam:ListMFADevices": {"UserName": "not one word"},
    "iam:ListOpenIDConnectProviders": None,
    "iam:ListOrganizationsFeatures": None,
    "iam:ListPolicies": {"Scope": "Global"},
    "iam:ListRoles": {"MaxItems": 0},
    "iam:ListSAMLProviders": None,
    "iam:ListSSHPublicKeys": {"UserName": "not one word"},
    "iam:ListServerCertificates": {"MaxItems": 0},
    "iam:ListServiceSpecificCredentials": {"UserName": "not one word"},
    "iam:ListSigningCertificates": {"UserName": "not one word"},
    "iam:ListUsers": {"MaxItems": 0},
    "iam:ListVirtualMFADevices": {"AssignmentStatus": "Lost"},
    "sts:GetCallerIdentity": None,
    "sts:GetScopedCredentials": {"DurationSeconds": 0},
    "sts:GetSessionToken": {"DurationSeconds": 899},
    "bailiwick:EndSessions": {"SourceIdentity": "not one word"},
    "bailiwick:ListSessions": {"MaxItems": 0},
    "bailiwick:RevokeOlderSessions": {"UserName": "not one word"},
}
"""Wrong parameters of operations that require none; None where there is no parameter at all."""

REPEATED: Mapping[str, str] = {
    **dict.fromkeys((action for action in CALLS if action.startswith("iam:Create")), "EntityAlreadyExists"),
    **dict.fromkeys((action for action in CALLS if action.startswith(("iam:Delete", "iam:Detach"))), "NoSuchEntity"),
    # What is made has an id of its own, and is another one each time.
    **dict.fromkeys(
        ("iam:CreateAccessKey", "iam:CreatePolicyVersion", "iam:CreateServiceSpecificCredential"),
        "",
    ),
    # A deletion that is under way is told again; what is not there needs no taking away.
    **dict.fromkeys(
        ("iam:DeleteServiceLinkedRole", "iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary"), ""
    ),
    "iam:CreateServiceLinkedRole": "InvalidInput",
    "iam:UploadServerCertificate": "EntityAlreadyExists",
    "iam:UploadSigningCertificate": "DuplicateCertificate",
    "iam:UploadSSHPublicKey": "DuplicateSSHPublicKey",
    "iam:EnableMFADevice": "EntityAlreadyExists",
    "iam:DeactivateMFADevice": "NoSuchEntity",
    "iam:DisableOutboundWebIdentityFederation": "FeatureDisabled",
    "iam:RemoveRoleFromInstanceProfile": "NoSuchEntity",
    "iam:AddRoleToInstanceProfile": "LimitExceeded",  # of roles in one, also for the role that is there
    **dict.fromkeys(("iam:UpdateGroup", "iam:UpdateServerCertificate", "iam:UpdateUser"), "NoSuchEntity"),  # renamed
    # A password is no more the old one, and a code is good once.
    "iam:ChangePassword": "AccessDenied",
    "iam:ResyncMFADevice": "InvalidAuthenticationCode",
    # A delegation request goes each step once.
    "iam:AcceptDelegationRequest": "ConcurrentModification",
    **dict.fromkeys(("iam:RejectDelegationRequest", "iam:SendDelegationToken"), "InvalidInput"),
}
"""What the same call is answered when it is made again at once, by its code; all others, and those with none, succeed.

Source: IAM API Reference, each operation's description and errors.
"""
