"""IAM's errors, one class each, with the texts that AWS gives.

Source: botocore's model of IAM for codes and statuses (a test compares them); texts as AWS answers them.
"""

from collections.abc import Mapping, Sequence
from typing import Self

from bailiwick.errors import AwsError


class NoSuchEntity(AwsError):
    """The named thing does not exist in the caller's account."""

    code = "NoSuchEntity"
    status = 404

    @classmethod
    def user(cls, name: str) -> Self:
        """No such user."""
        return cls(f"The user with name {name} cannot be found.")

    @classmethod
    def group(cls, name: str) -> Self:
        """No such group."""
        return cls(f"The group with name {name} cannot be found.")

    @classmethod
    def role(cls, name: str) -> Self:
        """No such role."""
        return cls(f"The role with name {name} cannot be found.")

    @classmethod
    def instance_profile(cls, name: str) -> Self:
        """No such instance profile."""
        return cls(f"Instance Profile {name} cannot be found.")

    @classmethod
    def delegation_request(cls, request_id: str) -> Self:
        """No such delegation request, or it is another account's."""
        return cls(f"The delegation request with id {request_id} cannot be found.")

    @classmethod
    def report(cls, job_id: str) -> Self:
        """The caller has no such report of what was last accessed."""
        return cls(f"The report with job id {job_id} cannot be found.")

    @classmethod
    def access_key(cls, access_key_id: str) -> Self:
        """The user has no such access key."""
        return cls(f"The Access Key with id {access_key_id} cannot be found.")

    @classmethod
    def ssh_public_key(cls, key_id: str) -> Self:
        """The user has no such SSH public key."""
        return cls(f"The Public Key with id {key_id} cannot be found.")

    @classmethod
    def signing_certificate(cls, certificate_id: str) -> Self:
        """The user has no such signing certificate."""
        return cls(f"The Certificate with id {certificate_id} cannot be found.")

    @classmethod
    def server_certificate(cls, name: str) -> Self:
        """No such server certificate."""
        return cls(f"The Server Certificate with name {name} cannot be found.")

    @classmethod
    def service_specific_credential(cls, credential_id: str) -> Self:
        """The user has no such service-specific credential."""
        return cls(f"The Service Specific Credential with id {credential_id} cannot be found.")

    @classmethod
    def virtual_mfa_device(cls, serial_number: str) -> Self:
        """No such MFA device that an app can be."""
        return cls(f"VirtualMFADevice with serial number {serial_number} doesn't exist.")

    @classmethod
    def mfa_device_of_user(cls) -> Self:
        """The user has no such MFA device, or none that could be asked for this."""
        return cls("MFA Device invalid for user.")

    @classmethod
    def oidc_provider(cls, arn: str) -> Self:
        """No such OpenID Connect provider."""
        return cls(f"OpenIDConnect Provider not found for arn {arn}")

    @classmethod
    def saml_provider(cls, arn: str) -> Self:
        """No such SAML provider."""
        return cls(f"Manifest not found for arn {arn}")

    @classmethod
    def login_profile(cls, user_name: str) -> Self:
        """The user has no password."""
        return cls(f"Login Profile for User {user_name} cannot be found.")

    @classmethod
    def password_policy(cls, account: str) -> Self:
        """The account has set no password policy."""
        return cls(f"The Password Policy with domain name {account} cannot be found.")

    @classmethod
    def account_alias(cls, alias: str) -> Self:
        """Not the account's alias."""
        return cls(f"The account alias {alias} cannot be found.")

    @classmethod
    def inline_policy(cls, owner_kind: str, name: str) -> Self:
        """The user, group or role (`owner_kind` in lower case) has no such inline policy."""
        return cls(f"The {owner_kind} policy with name {name} cannot be found.")

    @classmethod
    def policy(cls, arn: str) -> Self:
        """No such managed policy, or it is not attached to what it was to be detached from."""
        return cls(f"Policy {arn} was not found.")

    @classmethod
    def attachable_policy(cls, arn: str) -> Self:
        """No such managed policy, where one was to be attached or set as a boundary."""
        return cls(f"Policy {arn} does not exist or is not attachable.")

    @classmethod
    def policy_version(cls, arn: str, version: str) -> Self:
        """The managed policy has no such version."""
        return cls(f"Policy {arn} version {version} does not exist or is not attachable.")


class EntityAlreadyExists(AwsError):
    """The account holds a thing of that name already; names are compared without case."""

    code = "EntityAlreadyExists"
    status = 409

    @classmethod
    def user(cls, name: str) -> Self:
        """The user name is taken."""
        return cls(f"User with name {name} already exists.")

    @classmethod
    def group(cls, name: str) -> Self:
        """The group name is taken."""
        return cls(f"Group with name {name} already exists.")

    @classmethod
    def role(cls, name: str) -> Self:
        """The role name is taken."""
        return cls(f"Role with name {name} already exists.")

    @classmethod
    def instance_profile(cls, name: str) -> Self:
        """The instance profile's name is taken."""
        return cls(f"Instance Profile {name} already exists.")

    @classmethod
    def server_certificate(cls, name: str) -> Self:
        """The server certificate's name is taken."""
        return cls(f"The Server Certificate with name {name} already exists.")

    @classmethod
    def virtual_mfa_device(cls) -> Self:
        """The path and name of the virtual MFA device are taken."""
        return cls("MFADevice entity at the same path and name already exists.")

    @classmethod
    def mfa_device_in_use(cls) -> Self:
        """The MFA device is enabled already, for whomever."""
        return cls("MFA Device already in use.")

    @classmethod
    def login_profile(cls, user_name: str) -> Self:
        """The user has a password."""
        return cls(f"Login Profile for user {user_name} already exists.")

    @classmethod
    def workflow(cls, workflow_id: str) -> Self:
        """The requestor has a delegation request with that workflow id."""
        return cls(f"Delegation request with requestor workflow id {workflow_id} already exists.")

    @classmethod
    def policy(cls, name: str) -> Self:
        """The managed policy's name is taken."""
        return cls(f"A policy called {name} already exists. Duplicate names are not allowed.")

    @classmethod
    def oidc_provider(cls, url: str) -> Self:
        """The account has a provider with that URL, which is shown as it was sent."""
        return cls(f"Provider with url {url} already exists.")

    @classmethod
    def saml_provider(cls, name: str) -> Self:
        """The SAML provider's name is taken."""
        return cls(f"Provider with name {name} already exists.")

    @classmethod
    def account_alias(cls, alias: str) -> Self:
        """The alias is taken, by this account or another."""
        return cls(f"The account alias {alias} already exists.")


class LimitExceeded(AwsError):
    """The account's quota leaves no room."""

    code = "LimitExceeded"
    status = 409

    @classmethod
    def quota(cls, name: str, limit: int) -> Self:
        """The quota's name as in `access.quotas`, and its value for the account."""
        return cls(f"Cannot exceed quota for {name}: {limit}")

    @classmethod
    def inline_policy_size(cls, owner_kind: str, owner_name: str, limit: int) -> Self:
        """The sum of the inline policies of a user, group or role would be too large."""
        return cls(f"Maximum policy size of {limit} bytes exceeded for {owner_kind} {owner_name}")

    @classmethod
    def policy_versions(cls, limit: int) -> Self:
        """The managed policy holds as many versions as it can."""
        return cls(
            f"A managed policy can have up to {limit} versions. "
            "Before you create a new version, you must delete an existing version."
        )


class DeleteConflict(AwsError):
    """What is to be deleted still holds, or is held by, something that must go first."""

    code = "DeleteConflict"
    status = 409

    @classmethod
    def first(cls, duty: str) -> Self:
        """`duty` completes AWS's sentence: `delete access keys`."""
        return cls(f"Cannot delete entity, must {duty} first.")

    @classmethod
    def mfa_device_in_use(cls) -> Self:
        """The virtual MFA device is enabled for a user."""
        return cls("MFA VirtualDevice in use. Must deactivate first.")

    @classmethod
    def attached_policy(cls) -> Self:
        """The managed policy is attached, or set as a permissions boundary."""
        return cls("Cannot delete a policy attached to entities.")

    @classmethod
    def policy_versions(cls) -> Self:
        """The managed policy has versions besides its default one."""
        return cls(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's "
            "versions. The default version is deleted with the policy."
        )

    @classmethod
    def default_version(cls) -> Self:
        """The version is the managed policy's default one."""
        return cls("Cannot delete the default version of a policy.")


class InvalidInput(AwsError):
    """A parameter's value is refused for a reason that its model does not state."""

    code = "InvalidInput"
    status = 400

    @classmethod
    def arn(cls, arn: str) -> Self:
        """The text is not an ARN of the kind asked for."""
        return cls(f"ARN {arn} is not valid.")

    @classmethod
    def unsettable_status(cls, status: str) -> Self:
        """A credential's status that cannot be set, only come about."""
        return cls(f"The status {status} cannot be set; it must be Active or Inactive.")

    @classmethod
    def session_duration_set_and_reset(cls) -> Self:
        """A longest sign-in session was given, and asked to be taken away."""
        return cls("MaxSigninSessionDuration cannot be given when ResetMaxSigninSessionDuration is true.")

    @classmethod
    def duplicate_tags(cls, *, case_sensitive: bool) -> Self:
        """A tag key occurs twice in one request."""
        if case_sensitive:
            return cls("Duplicate tag keys found.")
        return cls("Duplicate tag keys found. Please note that Tag keys are case insensitive.")

    @classmethod
    def reserved_tag(cls, text: str) -> Self:
        """A tag key or value begins with AWS's own prefix."""
        return cls(f"Tag keys and values must not begin with the reserved prefix aws: ({text}).")


class MalformedPolicyDocument(AwsError):
    """The policy document is not one that AWS would store."""

    code = "MalformedPolicyDocument"
    status = 400

    @classmethod
    def invalid_principal(cls, kind: str, value: str, details: Mapping[str, str | int] | None = None) -> Self:
        """A principal (`kind` is AWS, Federated, Service …) that does not exist or cannot be one, and its place."""
        return cls(f'Invalid principal in policy: "{kind}":"{value}"', details)


class PolicyNotAttachable(AwsError):
    """The managed policy may only be attached to a service-linked role."""

    code = "PolicyNotAttachable"
    status = 400

    @classmethod
    def service_role_policy(cls) -> Self:
        """A policy of a service-linked role, and something else to attach it to."""
        return cls("Cannot attach a Service Role Policy to a Customer Role.")


class UnmodifiableEntity(AwsError):
    """Only AWS's services may change the role."""

    code = "UnmodifiableEntity"
    status = 400

    @classmethod
    def protected_role(cls, name: str) -> Self:
        """A service-linked role, or one of AWS's reserved paths."""
        return cls(f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS")


class FeatureEnabled(AwsError):
    """The feature is on already."""

    code = "FeatureEnabled"
    status = 409

    @classmethod
    def outbound_federation(cls) -> Self:
        """Outbound web identity federation."""
        return cls("Outbound web identity federation is already enabled for this account.")


class FeatureDisabled(AwsError):
    """The feature is not on."""

    code = "FeatureDisabled"
    status = 404

    @classmethod
    def outbound_federation(cls) -> Self:
        """Outbound web identity federation."""
        return cls("Outbound web identity federation is not enabled for this account.")


class OrganizationNotFound(AwsError):
    """The account is in no organization. The model gives no status, so it is the one of a wrong request."""

    code = "OrganizationNotFoundException"
    status = 400

    @classmethod
    def of_the_account(cls) -> Self:
        """What only an organization has was asked for."""
        return cls("The request was rejected because no organization is associated with your account.")


class InvalidPublicKey(AwsError):
    """The SSH public key is malformed, or of a kind or size that is not taken."""

    code = "InvalidPublicKey"
    status = 400


class UnrecognizedPublicKeyEncoding(AwsError):
    """The SSH public key is neither in SSH's encoding nor in PEM."""

    code = "UnrecognizedPublicKeyEncoding"
    status = 400

    @classmethod
    def uploaded(cls) -> Self:
        """What was uploaded as one."""
        return cls("Invalid public key uploaded.")


class DuplicateSSHPublicKey(AwsError):
    """The user has that SSH public key already."""

    code = "DuplicateSSHPublicKey"
    status = 400

    @classmethod
    def of_user(cls, name: str) -> Self:
        """The user that has it."""
        return cls(f"The SSH public key is already associated with the user {name}.")


class MalformedCertificate(AwsError):
    """The certificate, or one of its chain, is malformed or not valid at this time."""

    code = "MalformedCertificate"
    status = 400

    @classmethod
    def unreadable(cls) -> Self:
        """Not one X.509 certificate in PEM."""
        return cls("Unable to parse certificate. Please ensure the certificate is in PEM format.")

    @classmethod
    def unreadable_key(cls, reason: str) -> Self:
        """The private key is not one in PEM that can be used; `reason` says what is wrong, and nothing of the key."""
        return cls(f"Unable to parse private key. {reason}")

    @classmethod
    def expired(cls) -> Self:
        """Its time is over."""
        return cls("Certificate is no longer valid. The 'Not After' date restriction on the certificate has passed.")

    @classmethod
    def not_yet_valid(cls) -> Self:
        """Its time has not come."""
        return cls(
            "Certificate is not yet valid. The 'Not Before' date restriction on the certificate has not been reached."
        )

    @classmethod
    def chain(cls, index: int) -> Self:
        """The chain breaks at the certificate of that index; -1 stands for the certificate that it is the chain of."""
        return cls(
            "Unable to validate certificate chain. The certificate chain must start with the immediate signing "
            "certificate, followed by any intermediaries in order. The index within the chain of the invalid "
            f"certificate is: {index}"
        )


class InvalidCertificate(AwsError):
    """The certificate is one, but of a kind that is not taken."""

    code = "InvalidCertificate"
    status = 400


class DuplicateCertificate(AwsError):
    """A user of the account has that signing certificate already."""

    code = "DuplicateCertificate"
    status = 409

    @classmethod
    def in_account(cls) -> Self:
        """Whoever has it is not told."""
        return cls("The same certificate is already associated with an IAM user in the account.")


class KeyPairMismatch(AwsError):
    """The private key is not that of the certificate."""

    code = "KeyPairMismatch"
    status = 400

    @classmethod
    def of_certificate(cls) -> Self:
        """A server certificate and its key."""
        return cls("The public key certificate and the private key do not match.")


class InvalidAuthenticationCode(AwsError):
    """The one-time codes are not those of the MFA device."""

    code = "InvalidAuthenticationCode"
    status = 403

    @classmethod
    def of_device(cls) -> Self:
        """Wrong, used already, not consecutive, or not looked at after too many wrong ones: which is not told."""
        return cls("Authentication code for device is not valid.")


class NotSupportedService(AwsError):
    """The service takes no service-specific credentials."""

    code = "NotSupportedService"
    status = 404

    @classmethod
    def named(cls, service: str) -> Self:
        """The service as it was named."""
        return cls(f"The service {service} does not support service-specific credentials.")


class ConcurrentModification(AwsError):
    """The thing is not, or no longer, in the state that the call needs."""

    code = "ConcurrentModification"
    status = 409


class OpenIdIdpCommunicationError(AwsError):
    """The OpenID Connect provider cannot be asked."""

    code = "OpenIdIdpCommunicationError"
    status = 400

    @classmethod
    def of_provider(cls, url: str) -> Self:
        """The provider with that URL, scheme included; why is not told."""
        return cls(f"Please check .well-known/openid-configuration of provider: {url} is valid")


class PasswordPolicyViolation(AwsError):
    """The new password is not one that the account's password policy allows."""

    code = "PasswordPolicyViolation"
    status = 400

    @classmethod
    def of_requirements(cls, unmet: Sequence[str]) -> Self:
        """The requirements that are not met, each in AWS's words."""
        return cls(", ".join(unmet))

    @classmethod
    def reuse(cls) -> Self:
        """The user had the password before."""
        return cls("Policy constraint violation with password reuse prevention during password change")


class InvalidUserType(AwsError):
    """The caller is not of the kind that the operation is for."""

    code = "InvalidUserType"
    status = 400

    @classmethod
    def not_a_user(cls) -> Self:
        """Root, or a session of a role."""
        return cls("Only IAM Users can change their own password")


class EntityTemporarilyUnmodifiable(AwsError):
    """The thing is being changed by another call; the caller may retry."""

    code = "EntityTemporarilyUnmodifiable"
    status = 409

    @classmethod
    def login_profile(cls, user_name: str) -> Self:
        """The password was changed while this call was at work."""
        return cls(
            f"Login Profile for User {user_name} cannot be modified while its password is being changed."
            " Please try again."
        )


class ReportNotPresent(AwsError):
    """The account has no credential report."""

    code = "ReportNotPresent"
    status = 410

    @classmethod
    def of_the_account(cls) -> Self:
        """None was ever asked for."""
        return cls("No report exists. Use GenerateCredentialReport to generate one.")


class ReportExpired(AwsError):
    """The account's credential report is too old."""

    code = "ReportExpired"
    status = 410

    @classmethod
    def of_the_account(cls) -> Self:
        """The latest one."""
        return cls("The most recent report has expired. Use GenerateCredentialReport to generate a new one.")


class ReportInProgress(AwsError):
    """The account's credential report is being made."""

    code = "ReportInProgress"
    status = 404

    @classmethod
    def of_the_account(cls) -> Self:
        """It was asked for, and is not finished."""
        return cls("The report is still being generated.")
