"""Errors of what cannot be beside what is there."""

from typing import Self

from bailiwick.errors import AwsError


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


class ConcurrentModification(AwsError):
    """The thing is not, or no longer, in the state that the call needs."""

    code = "ConcurrentModification"
    status = 409


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
