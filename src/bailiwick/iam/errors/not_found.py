"""Errors of what is not there, or not there yet."""

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
