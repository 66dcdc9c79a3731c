"""A call of every implemented operation, and the account that the calls are made in."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.authenticators import Authenticator
from tests.certificates import key_pem, pair, rsa_key, ssh_line
from tests.id_tokens import Issuer
from tests.saml_responses import Idp, Told, aws_attributes, encoded
from tests.user import mfa_devices, role_builders
from tests.user.client import Aws, Keys, new_name
from tests.user.credential_builders import Held, give_all, server_certificate
from tests.user.explanations import explained
from tests.user.provider_builders import open_id_connect, saml_metadata, signer
from tests.user.refusals import denial_of
from tests.user.sessions import trusting

READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"

PASSWORD = "correct-Horse-1"

TEMPLATE = "arn:aws:iam::aws:role-template/lambda.amazonaws.com/Basic:1"

DOCUMENT = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}]}
)


@dataclass(frozen=True, slots=True)
class Scene:
    """An account with everything that the calls of the table act on.

    User `ana`, group `developers` and role `auditor` hold everything that can be taken from them; `eve`, `empty`,
    `bare`, the policy `spare` and the instance profile `vacant` can be deleted; the instance profile `machine` holds
    `auditor`. The account's outbound federation is enabled. `message` is the encoded message of a denied request of
    `ana`, and `denied_request` the id of that request. `deletion` is the task that deletes a service-linked role; that
    of ECS is there. `requests` are delegation requests of the account to itself, by state. `held` are the credentials
    of `ana`. The server certificate `www`, the OpenID Connect provider `idp.example.com` and the SAML provider `corp`
    are there, and the role `employee` that trusts the latter. `device` is an MFA device of `ana`, `loose` one of
    nobody, and `security_key` the serial number of one that nobody has. The administrator and `ana` have the password
    `PASSWORD`; the account has a password policy and a credential report. `job` is the administrator's report of what
    `ana` last accessed.
    """

    aws: Aws
    key: str
    alias: str
    policy: str
    spare: str
    session: str
    message: str
    denied_request: str
    deletion: str
    requests: Mapping[str, str]
    held: Held
    device: Authenticator
    loose: Authenticator
    job: str
    clients: dict[tuple[str, Keys, bool, bool], Any] = field(default_factory=dict)

    def client(self, service: str, signer: Keys, *, validates: bool, by_session: bool = False) -> Any:
        """A boto3 client, made once for each signer; by a session from GetSessionToken if wanted."""
        made = self.clients.get((service, signer, validates, by_session))
        if made is None:
            used: Any = signer
            if by_session:
                used = self.client("sts", signer, validates=validates).get_session_token()["Credentials"]
            made = self.aws.client(service, used, validates=validates)
            self.clients[service, signer, validates, by_session] = made
        return made

    @property
    def role(self) -> str:
        return f"arn:aws:iam::{self.aws.account_id}:role/auditor"

    @property
    def user(self) -> str:
        return f"arn:aws:iam::{self.aws.account_id}:user/ana"

    @property
    def oidc(self) -> dict[str, str]:
        return {"OpenIDConnectProviderArn": f"arn:aws:iam::{self.aws.account_id}:oidc-provider/idp.example.com"}

    @property
    def saml(self) -> dict[str, str]:
        return {"SAMLProviderArn": f"arn:aws:iam::{self.aws.account_id}:saml-provider/corp"}

    def vouched_for(self) -> dict[str, str]:
        """What AssumeRoleWithSAML is given: the provider's word for a session of the role `employee`."""
        role, provider = f"arn:aws:iam::{self.aws.account_id}:role/employee", self.saml["SAMLProviderArn"]
        response = Idp(signer=signer()).response(Told(aws_attributes(role, provider)))
        return {"RoleArn": role, "PrincipalArn": provider, "SAMLAssertion": encoded(response)}

    @property
    def security_key(self) -> str:
        return f"arn:aws:iam::{self.aws.account_id}:u2f/user/ana/key-AAAA"

    @property
    def trust(self) -> str:
        return json.dumps(trusting(self.aws.account_id))


def set_up(aws: Aws) -> Scene:
    """Make the scene in a fresh account."""
    admin = aws.admin("iam")
    policy = admin.create_policy(PolicyName="read", PolicyDocument=DOCUMENT)["Policy"]["Arn"]
    admin.create_policy_version(PolicyArn=policy, PolicyDocument=DOCUMENT)
    spare = admin.create_policy(PolicyName="spare", PolicyDocument=DOCUMENT)["Policy"]["Arn"]
    ana = aws.user("ana")
    admin.create_user(UserName="eve")
    aws.group("developers", members=[ana])
    aws.group("empty")
    role = aws.role("auditor", trust=aws.account_id)
    aws.role("bare", trust=aws.account_id)
    for kind, name in (("user", "ana"), ("group", "developers"), ("role", "auditor")):
        who = {f"{kind.capitalize()}Name": name}
        getattr(admin, f"put_{kind}_policy")(**who, PolicyName="inline", PolicyDocument=DOCUMENT)
        getattr(admin, f"attach_{kind}_policy")(**who, PolicyArn=policy)
    admin.put_user_permissions_boundary(UserName="ana", PermissionsBoundary=ADMINISTRATOR)
    admin.put_role_permissions_boundary(RoleName="auditor", PermissionsBoundary=ADMINISTRATOR)
    admin.create_instance_profile(InstanceProfileName="machine")
    admin.add_role_to_instance_profile(InstanceProfileName="machine", RoleName="auditor")
    admin.create_instance_profile(InstanceProfileName="vacant")
    admin.enable_outbound_web_identity_federation()
    for service in ("ecs.amazonaws.com", "rds.amazonaws.com"):
        admin.create_service_linked_role(AWSServiceName=service)
    deletion = admin.delete_service_linked_role(RoleName="AWSServiceRoleForRDS")["DeletionTaskId"]
    requests = {
        state: admin.create_delegation_request(**delegation(policy, f"workflow-{state}"))["DelegationRequestId"]
        for state in ("unassigned", "assigned", "accepted")
    }
    for state in ("assigned", "accepted"):
        admin.associate_delegation_request(DelegationRequestId=requests[state])
    admin.accept_delegation_request(DelegationRequestId=requests["accepted"])
    held = give_all(admin, "ana")
    admin.upload_server_certificate(ServerCertificateName="www", **server_certificate())
    admin.create_open_id_connect_provider(**open_id_connect("idp.example.com"))
    provider = admin.create_saml_provider(Name="corp", SAMLMetadataDocument=saml_metadata())["SAMLProviderArn"]
    aws.role("employee", trust=role_builders.trusting({"Federated": provider}, Action="sts:AssumeRoleWithSAML"))
    for user in ("admin", "ana"):
        admin.create_login_profile(UserName=user, Password=PASSWORD)
    admin.update_account_password_policy(MinimumPasswordLength=10)
    admin.generate_credential_report()
    alias = new_name("alias")
    admin.create_account_alias(AccountAlias=alias)
    aws.assume(aws.administrator, role)
    session = aws.admin("bailiwick").list_sessions()["Sessions"][0]["SessionId"]
    denial = denial_of(ana.client("bailiwick").list_sessions)
    explained(aws.admin("bailiwick"), denial.request_id)  # its event is there
    return Scene(
        aws=aws,
        key=ana.access_key_id,
        alias=alias,
        policy=policy,
        spare=spare,
        session=session,
        message=denial.encoded_message,
        denied_request=denial.request_id,
        deletion=deletion,
        requests=requests,
        held=held,
        device=mfa_devices.enable(admin, "ana"),
        loose=mfa_devices.create(admin, "loose"),
        job=admin.generate_service_last_accessed_details(Arn=f"arn:aws:iam::{aws.account_id}:user/ana")["JobId"],
    )


def delegation(template: str, workflow: str) -> dict[str, Any]:
    """What CreateDelegationRequest is given."""
    return {
        "Description": "Sets up the product.",
        "Permissions": {"PolicyTemplateArn": template},
        "RequestorWorkflowId": workflow,
        "NotificationChannel": "arn:aws:sns:us-east-1:111122223333:requests",
        "SessionDuration": 3600,
    }


Parameters = Mapping[str, Any]

CALLS: Mapping[str, Callable[[Scene], Parameters]] = {
    "iam:AddClientIDToOpenIDConnectProvider": lambda scene: {**scene.oidc, "ClientID": "app"},
    "iam:AddUserToGroup": lambda scene: {"GroupName": "developers", "UserName": "eve"},
    "iam:AcceptDelegationRequest": lambda scene: {"DelegationRequestId": scene.requests["assigned"]},
    "iam:AcquireRole": lambda scene: {"TemplateArn": TEMPLATE},
    "iam:AddRoleToInstanceProfile": lambda scene: {"InstanceProfileName": "vacant", "RoleName": "auditor"},
    "iam:AssociateDelegationRequest": lambda scene: {"DelegationRequestId": scene.requests["unassigned"]},
    "iam:AttachGroupPolicy": lambda scene: {"GroupName": "developers", "PolicyArn": READ_ONLY},
    "iam:AttachRolePolicy": lambda scene: {"RoleName": "auditor", "PolicyArn": READ_ONLY},
    "iam:AttachUserPolicy": lambda scene: {"UserName": "ana", "PolicyArn": READ_ONLY},
    "iam:ChangePassword": lambda scene: {"OldPassword": PASSWORD, "NewPassword": "another-Horse-2"},
    "iam:CreateAccessKey": lambda scene: {"UserName": "eve"},
    "iam:CreateAccountAlias": lambda scene: {"AccountAlias": new_name("alias")},
    "iam:CreateDelegationRequest": lambda scene: delegation(scene.policy, "new-workflow"),
    "iam:CreateGroup": lambda scene: {"GroupName": "new"},
    "iam:CreateInstanceProfile": lambda scene: {"InstanceProfileName": "new"},
    "iam:CreateOpenIDConnectProvider": lambda scene: open_id_connect("new.example.com"),
    "iam:CreateLoginProfile": lambda scene: {"UserName": "eve", "Password": PASSWORD},
    "iam:CreatePolicy": lambda scene: {"PolicyName": "new", "PolicyDocument": DOCUMENT},
    "iam:CreatePolicyVersion": lambda scene: {"PolicyArn": scene.policy, "PolicyDocument": DOCUMENT},
    "iam:CreateRole": lambda scene: {"RoleName": "new", "AssumeRolePolicyDocument": scene.trust},
    "iam:CreateSAMLProvider": lambda scene: {
        "Name": "new",
        "SAMLMetadataDocument": saml_metadata(),
        "AddPrivateKey": key_pem(rsa_key()),
    },
    "iam:CreateServiceLinkedRole": lambda scene: {"AWSServiceName": "autoscaling.amazonaws.com"},
    "iam:CreateServiceSpecificCredential": lambda scene: {"UserName": "eve", "ServiceName": "codecommit.amazonaws.com"},
    "iam:CreateUser": lambda scene: {"UserName": "new"},
    "iam:CreateVirtualMFADevice": lambda scene: {"VirtualMFADeviceName": "new"},
    "iam:DeactivateMFADevice": lambda scene: {"UserName": "ana", "SerialNumber": scene.device.serial_number},
    "iam:DeleteAccessKey": lambda scene: {"UserName": "ana", "AccessKeyId": scene.key},
    "iam:DeleteAccountAlias": lambda scene: {"AccountAlias": scene.alias},
    "iam:DeleteAccountPasswordPolicy": lambda scene: {},
    "iam:DeleteGroup": lambda scene: {"GroupName": "empty"},
    "iam:DeleteGroupPolicy": lambda scene: {"GroupName": "developers", "PolicyName": "inline"},
    "iam:DeleteInstanceProfile": lambda scene: {"InstanceProfileName": "vacant"},
    "iam:DeleteOpenIDConnectProvider": lambda scene: scene.oidc,
    "iam:DeleteLoginProfile": lambda scene: {"UserName": "ana"},
    "iam:DeletePolicy": lambda scene: {"PolicyArn": scene.spare},
    "iam:DeletePolicyVersion": lambda scene: {"PolicyArn": scene.policy, "VersionId": "v2"},
    "iam:DeleteRole": lambda scene: {"RoleName": "bare"},
    "iam:DeleteRolePermissionsBoundary": lambda scene: {"RoleName": "auditor"},
    "iam:DeleteRolePolicy": lambda scene: {"RoleName": "auditor", "PolicyName": "inline"},
    "iam:DeleteSAMLProvider": lambda scene: scene.saml,
    "iam:DeleteServerCertificate": lambda scene: {"ServerCertificateName": "www"},
    "iam:DeleteServiceLinkedRole": lambda scene: {"RoleName": "AWSServiceRoleForECS"},
    "iam:DeleteServiceSpecificCredential": lambda scene: {
        "UserName": "ana",
        "ServiceSpecificCredentialId": scene.held.service_credential,
    },
    "iam:DeleteSigningCertificate": lambda scene: {"UserName": "ana", "CertificateId": scene.held.signing_certificate},
    "iam:DeleteSSHPublicKey": lambda scene: {"UserName": "ana", "SSHPublicKeyId": scene.held.ssh_key},
    "iam:DeleteUser": lambda scene: {"UserName": "eve"},
    "iam:DeleteUserPermissionsBoundary": lambda scene: {"UserName": "ana"},
    "iam:DeleteUserPolicy": lambda scene: {"UserName": "ana", "PolicyName": "inline"},
    "iam:DeleteVirtualMFADevice": lambda scene: {"SerialNumber": scene.loose.serial_number},
    "iam:DetachGroupPolicy": lambda scene: {"GroupName": "developers", "PolicyArn": scene.policy},
    "iam:DetachRolePolicy": lambda scene: {"RoleName": "auditor", "PolicyArn": scene.policy},
    "iam:DetachUserPolicy": lambda scene: {"UserName": "ana", "PolicyArn": scene.policy},
    "iam:DisableOrganizationsRootCredentialsManagement": lambda scene: {},
    "iam:DisableOrganizationsRootSessions": lambda scene: {},
    "iam:DisableOutboundWebIdentityFederation": lambda scene: {},
    "iam:EnableMFADevice": lambda scene: {
        "UserName": "ana",
        "SerialNumber": scene.loose.serial_number,
        **scene.loose.pair(),
    },
    "iam:EnableOrganizationsRootCredentialsManagement": lambda scene: {},
    "iam:EnableOrganizationsRootSessions": lambda scene: {},
    "iam:EnableOutboundWebIdentityFederation": lambda scene: {},
    "iam:GenerateCredentialReport": lambda scene: {},
    "iam:GenerateOrganizationsAccessReport": lambda scene: {"EntityPath": "o-a1b2c3d4e5/r-f6g7"},
    "iam:GenerateServiceLastAccessedDetails": lambda scene: {"Arn": scene.user},
    "iam:GetAccessKeyLastUsed": lambda scene: {"AccessKeyId": scene.key},
    "iam:GetAccountAuthorizationDetails": lambda scene: {"MaxItems": 5},
    "iam:GetAccountPasswordPolicy": lambda scene: {},
    "iam:GetAccountProperties": lambda scene: {},
    "iam:GetAccountSummary": lambda scene: {},
    "iam:GetContextKeysForCustomPolicy": lambda scene: {"PolicyInputList": [DOCUMENT]},
    "iam:GetContextKeysForPrincipalPolicy": lambda scene: {"PolicySourceArn": scene.user},
    "iam:GetCredentialReport": lambda scene: {},
    "iam:GetDelegationRequest": lambda scene: {"DelegationRequestId": scene.requests["assigned"]},
    "iam:GetGroup": lambda scene: {"GroupName": "developers"},
    "iam:GetGroupPolicy": lambda scene: {"GroupName": "developers", "PolicyName": "inline"},
    "iam:GetHumanReadableSummary": lambda scene: {
        "EntityArn": f"arn:aws:iam::{scene.aws.account_id}:delegation-request/{scene.requests['assigned']}"
    },
    "iam:GetInstanceProfile": lambda scene: {"InstanceProfileName": "machine"},
    "iam:GetLoginProfile": lambda scene: {"UserName": "ana"},
    "iam:GetMFADevice": lambda scene: {"UserName": "ana", "SerialNumber": scene.security_key},
    "iam:GetOpenIDConnectProvider": lambda scene: scene.oidc,
    "iam:GetOrganizationsAccessReport": lambda scene: {"JobId": scene.job},
    "iam:GetOutboundWebIdentityFederationInfo": lambda scene: {},
    "iam:GetPolicy": lambda scene: {"PolicyArn": scene.policy},
    "iam:GetPolicyVersion": lambda scene: {"PolicyArn": scene.policy, "VersionId": "v1"},
    "iam:GetRole": lambda scene: {"RoleName": "auditor"},
    "iam:GetRolePolicy": lambda scene: {"RoleName": "auditor", "PolicyName": "inline"},
    "iam:GetRoleTemplateVersion": lambda scene: {"TemplateArn": TEMPLATE},
    "iam:GetSAMLProvider": lambda scene: scene.saml,
    "iam:GetServerCertificate": lambda scene: {"ServerCertificateName": "www"},
    "iam:GetServiceLastAccessedDetails": lambda scene: {"JobId": scene.job},
    "iam:GetServiceLastAccessedDetailsWithEntities": lambda scene: {"JobId": scene.job, "ServiceNamespace": "iam"},
    "iam:GetServiceLinkedRoleDeletionStatus": lambda scene: {"DeletionTaskId": scene.deletion},
    "iam:GetSSHPublicKey": lambda scene: {"UserName": "ana", "SSHPublicKeyId": scene.held.ssh_key, "Encoding": "SSH"},
    "iam:GetUser": lambda scene: {"UserName": "ana"},
    "iam:GetUserPolicy": lambda scene: {"UserName": "ana", "PolicyName": "inline"},
    "iam:ListAccessKeys": lambda scene: {"UserName": "ana"},
    "iam:ListAccountAliases": lambda scene: {"MaxItems": 5},
    "iam:ListAttachedGroupPolicies": lambda scene: {"GroupName": "developers"},
    "iam:ListAttachedRolePolicies": lambda scene: {"RoleName": "auditor"},
    "iam:ListAttachedUserPolicies": lambda scene: {"UserName": "ana"},
    "iam:ListDelegationRequests": lambda scene: {"OwnerId": f"arn:aws:iam::{scene.aws.account_id}:user/admin"},
    "iam:ListEntitiesForPolicy": lambda scene: {"PolicyArn": scene.policy},
    "iam:ListGroupPolicies": lambda scene: {"GroupName": "developers"},
    "iam:ListGroups": lambda scene: {"MaxItems": 5},
    "iam:ListGroupsForUser": lambda scene: {"UserName": "ana"},
    "iam:ListInstanceProfileTags": lambda scene: {"InstanceProfileName": "machine"},
    "iam:ListInstanceProfiles": lambda scene: {"MaxItems": 5},
    "iam:ListInstanceProfilesForRole": lambda scene: {"RoleName": "auditor"},
    "iam:ListMFADevices": lambda scene: {"UserName": "ana"},
    "iam:ListMFADeviceTags": lambda scene: {"SerialNumber": scene.loose.serial_number},
    "iam:ListOpenIDConnectProviderTags": lambda scene: scene.oidc,
    "iam:ListOpenIDConnectProviders": lambda scene: {},
    "iam:ListOrganizationsFeatures": lambda scene: {},
    "iam:ListPolicies": lambda scene: {"Scope": "Local", "MaxItems": 5},
    "iam:ListPoliciesGrantingServiceAccess": lambda scene: {"Arn": scene.user, "ServiceNamespaces": ["iam"]},
    "iam:ListPolicyTags": lambda scene: {"PolicyArn": scene.policy},
    "iam:ListPolicyVersions": lambda scene: {"PolicyArn": scene.policy},
    "iam:ListRolePolicies": lambda scene: {"RoleName": "auditor"},
    "iam:ListRoleTags": lambda scene: {"RoleName": "auditor"},
    "iam:ListRoles": lambda scene: {"MaxItems": 5},
    "iam:ListSAMLProviderTags": lambda scene: scene.saml,
    "iam:ListSAMLProviders": lambda scene: {},
    "iam:ListServerCertificates": lambda scene: {"MaxItems": 5},
    "iam:ListServerCertificateTags": lambda scene: {"ServerCertificateName": "www"},
    "iam:ListServiceSpecificCredentials": lambda scene: {"UserName": "ana"},
    "iam:ListSigningCertificates": lambda scene: {"UserName": "ana"},
    "iam:ListSSHPublicKeys": lambda scene: {"UserName": "ana"},
    "iam:ListUserPolicies": lambda scene: {"UserName": "ana"},
    "iam:ListUserTags": lambda scene: {"UserName": "ana"},
    "iam:ListUsers": lambda scene: {"MaxItems": 5},
    "iam:ListVirtualMFADevices": lambda scene: {"MaxItems": 5},
    "iam:PutAccountProperties": lambda scene: {"Properties": {"Console/Theme": "dark"}},
    "iam:PutGroupPolicy": lambda scene: {"GroupName": "empty", "PolicyName": "new", "PolicyDocument": DOCUMENT},
    "iam:PutRolePermissionsBoundary": lambda scene: {"RoleName": "bare", "PermissionsBoundary": READ_ONLY},
    "iam:PutRolePolicy": lambda scene: {"RoleName": "bare", "PolicyName": "new", "PolicyDocument": DOCUMENT},
    "iam:PutUserPermissionsBoundary": lambda scene: {"UserName": "eve", "PermissionsBoundary": READ_ONLY},
    "iam:PutUserPolicy": lambda scene: {"UserName": "eve", "PolicyName": "new", "PolicyDocument": DOCUMENT},
    "iam:RejectDelegationRequest": lambda scene: {"DelegationRequestId": scene.requests["assigned"]},
    "iam:RemoveClientIDFromOpenIDConnectProvider": lambda scene: {**scene.oidc, "ClientID": "web"},
    "iam:RemoveRoleFromInstanceProfile": lambda scene: {"InstanceProfileName": "machine", "RoleName": "auditor"},
    "iam:RemoveUserFromGroup": lambda scene: {"GroupName": "developers", "UserName": "ana"},
    "iam:ResetServiceSpecificCredential": lambda scene: {
        "UserName": "ana",
        "ServiceSpecificCredentialId": scene.held.service_credential,
    },
    "iam:ResyncMFADevice": lambda scene: {
        "UserName": "ana",
        "SerialNumber": scene.device.serial_number,
        **scene.device.pair(1),
    },
    "iam:SendDelegationToken": lambda scene: {"DelegationRequestId": scene.requests["accepted"]},
    "iam:SetDefaultPolicyVersion": lambda scene: {"PolicyArn": scene.policy, "VersionId": "v2"},
    "iam:SetSecurityTokenServicePreferences": lambda scene: {"GlobalEndpointTokenVersion": "v1Token"},
    "iam:SimulateCustomPolicy": lambda scene: {"PolicyInputList": [DOCUMENT], "ActionNames": ["iam:GetUser"]},
    "iam:SimulatePrincipalPolicy": lambda scene: {"PolicySourceArn": scene.user, "ActionNames": ["iam:GetUser"]},
    "iam:TagInstanceProfile": lambda scene: {
        "InstanceProfileName": "machine",
        "Tags": [{"Key": "team", "Value": "ops"}],
    },
    "iam:TagMFADevice": lambda scene: {
        "SerialNumber": scene.loose.serial_number,
        "Tags": [{"Key": "team", "Value": "ops"}],
    },
    "iam:TagOpenIDConnectProvider": lambda scene: {**scene.oidc, "Tags": [{"Key": "team", "Value": "ops"}]},
    "iam:TagPolicy": lambda scene: {"PolicyArn": scene.policy, "Tags": [{"Key": "team", "Value": "ops"}]},
    "iam:TagRole": lambda scene: {"RoleName": "auditor", "Tags": [{"Key": "team", "Value": "ops"}]},
    "iam:TagSAMLProvider": lambda scene: {**scene.saml, "Tags": [{"Key": "team", "Value": "ops"}]},
    "iam:TagServerCertificate": lambda scene: {
        "ServerCertificateName": "www",
        "Tags": [{"Key": "team", "Value": "ops"}],
    },
    "iam:TagUser": lambda scene: {"UserName": "ana", "Tags": [{"Key": "team", "Value": "ops"}]},
    "iam:UntagInstanceProfile": lambda scene: {"InstanceProfileName": "machine", "TagKeys": ["team"]},
    "iam:UntagMFADevice": lambda scene: {"SerialNumber": scene.loose.serial_number, "TagKeys": ["team"]},
    "iam:UntagOpenIDConnectProvider": lambda scene: {**scene.oidc, "TagKeys": ["team"]},
    "iam:UntagPolicy": lambda scene: {"PolicyArn": scene.policy, "TagKeys": ["team"]},
    "iam:UntagRole": lambda scene: {"RoleName": "auditor", "TagKeys": ["team"]},
    "iam:UntagSAMLProvider": lambda scene: {**scene.saml, "TagKeys": ["team"]},
    "iam:UntagServerCertificate": lambda scene: {"ServerCertificateName": "www", "TagKeys": ["team"]},
    "iam:UntagUser": lambda scene: {"UserName": "ana", "TagKeys": ["team"]},
    "iam:UpdateAccessKey": lambda scene: {"UserName": "ana", "AccessKeyId": scene.key, "Status": "Inactive"},
    "iam:UpdateAccountPasswordPolicy": lambda scene: {"MinimumPasswordLength": 12},
    "iam:UpdateAssumeRolePolicy": lambda scene: {"RoleName": "bare", "PolicyDocument": scene.trust},
    "iam:UpdateDelegationRequest": lambda scene: {"DelegationRequestId": scene.requests["assigned"]},
    "iam:UpdateGroup": lambda scene: {"GroupName": "empty", "NewGroupName": "renamed"},
    "iam:UpdateOpenIDConnectProvider": lambda scene: {**scene.oidc, "ContextProvider": {"SubjectSourceKey": "sub"}},
    "iam:UpdateOpenIDConnectProviderThumbprint": lambda scene: {**scene.oidc, "ThumbprintList": ["b" * 40]},
    "iam:UpdateLoginProfile": lambda scene: {"UserName": "ana", "Password": "another-Horse-2"},
    "iam:UpdateRole": lambda scene: {"RoleName": "bare", "Description": "bare"},
    "iam:UpdateRoleDescription": lambda scene: {"RoleName": "bare", "Description": "bare"},
    "iam:UpdateSAMLProvider": lambda scene: {**scene.saml, "AddPrivateKey": key_pem(rsa_key())},
    "iam:UpdateServerCertificate": lambda scene: {
        "ServerCertificateName": "www",
        "NewServerCertificateName": "renamed",
    },
    "iam:UpdateServiceSpecificCredential": lambda scene: {
        "UserName": "ana",
        "ServiceSpecificCredentialId": scene.held.service_credential,
        "Status": "Inactive",
    },
    "iam:UpdateSigningCertificate": lambda scene: {
        "UserName": "ana",
        "CertificateId": scene.held.signing_certificate,
        "Status": "Inactive",
    },
    "iam:UpdateSSHPublicKey": lambda scene: {
        "UserName": "ana",
        "SSHPublicKeyId": scene.held.ssh_key,
        "Status": "Inactive",
    },
    "iam:UpdateUser": lambda scene: {"UserName": "eve", "NewUserName": "renamed"},
    "iam:UploadServerCertificate": lambda scene: {"ServerCertificateName": "new", **server_certificate()},
    "iam:UploadSigningCertificate": lambda scene: {"UserName": "eve", "CertificateBody": pair("eve").pem},
    "iam:UploadSSHPublicKey": lambda scene: {"UserName": "eve", "SSHPublicKeyBody": ssh_line(rsa_key())},
    "sts:AssumeRole": lambda scene: {"RoleArn": scene.role, "RoleSessionName": "work"},
    "sts:AssumeRoot": lambda scene: {
        "TargetPrincipal": scene.aws.account_id,
        "TaskPolicyArn": {"arn": "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"},
    },
    "sts:AssumeRoleWithWebIdentity": lambda scene: {
        "RoleArn": scene.role,
        "RoleSessionName": "work",
        "WebIdentityToken": Issuer("nowhere.example.com").token(),
    },
    "sts:DecodeAuthorizationMessage": lambda scene: {"EncodedMessage": scene.message},
    "sts:GetAccessKeyInfo": lambda scene: {"AccessKeyId": scene.key},
    "sts:GetCallerIdentity": lambda scene: {},
    "sts:GetFederationToken": lambda scene: {"Name": "fed", "Policy": DOCUMENT},
    "sts:GetDelegatedAccessToken": lambda scene: {"TradeInToken": "was-never-sent"},
    "sts:GetWebIdentityToken": lambda scene: {
        "Audience": ["https://api.example.com"],
        "SigningAlgorithm": "ES384",
        "Tags": [{"Key": "job", "Value": "nightly"}],
    },
    "sts:GetScopedCredentials": lambda scene: {"Policy": DOCUMENT, "ScopedSessionDescription": "reads only"},
    "sts:AssumeRoleWithSAML": lambda scene: scene.vouched_for(),
    "sts:GetSessionToken": lambda scene: {"DurationSeconds": 900},
    "bailiwick:ExplainAccess": lambda scene: {
        "PrincipalArn": scene.role,
        "Action": "iam:GetUser",
        "ResourceArn": f"arn:aws:iam::{scene.aws.account_id}:user/ana",
    },
    "bailiwick:ExplainRequest": lambda scene: {"RequestId": scene.denied_request},
    "bailiwick:ApplyChanges": lambda scene: {
        "Changes": [{"Operation": "CreateUser", "Parameters": json.dumps({"UserName": "new"})}]
    },
    "bailiwick:EndSession": lambda scene: {"SessionId": scene.session},
    "bailiwick:EndSessions": lambda scene: {"RoleName": "bare"},
    "bailiwick:RevokeOlderSessions": lambda scene: {"RoleName": "bare"},
    "bailiwick:ListSessions": lambda scene: {"MaxItems": 5},
}
"""The operation's name in policies → parameters that a call of it succeeds with, at its first time in the scene."""
