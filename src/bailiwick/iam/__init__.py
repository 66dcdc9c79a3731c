"""IAM: users, groups, roles, policies and credentials, one module per kind of thing, each with its operations.

What others may use is `iam`, the registry of the declared operations; importing this package declares them.
"""

from bailiwick.iam import (
    access_keys,
    account,
    account_settings,
    attachments,
    authorization_details,
    group_members,
    groups,
    inline_policies,
    role_templates,
    signing_certificates,
    ssh_public_keys,
)
from bailiwick.iam.boundaries import operations as boundary_operations
from bailiwick.iam.credential_report import operations as credential_report_operations
from bailiwick.iam.delegation_requests import lifecycle as delegation_request_lifecycle
from bailiwick.iam.delegation_requests import operations as delegation_request_operations
from bailiwick.iam.instance_profiles import operations as instance_profile_operations
from bailiwick.iam.instance_profiles import roles as instance_profile_roles
from bailiwick.iam.last_accessed import granting as last_accessed_granting
from bailiwick.iam.last_accessed import operations as last_accessed_operations
from bailiwick.iam.last_accessed import organizations as last_accessed_organizations
from bailiwick.iam.mfa import assignment as mfa_assignment
from bailiwick.iam.mfa import virtual_devices as virtual_mfa_devices
from bailiwick.iam.oidc_providers import changes as oidc_provider_changes
from bailiwick.iam.oidc_providers import operations as oidc_provider_operations
from bailiwick.iam.passwords import changing as password_changing
from bailiwick.iam.passwords import login_profiles
from bailiwick.iam.passwords import policy as password_policy
from bailiwick.iam.policies import entities as policy_entities
from bailiwick.iam.policies import listing as policy_listing
from bailiwick.iam.policies import operations as policy_operations
from bailiwick.iam.policies import versions as policy_versions
from bailiwick.iam.registry import iam
from bailiwick.iam.roles import operations as role_operations
from bailiwick.iam.roles import update as role_update
from bailiwick.iam.saml_providers import operations as saml_provider_operations
from bailiwick.iam.saml_providers import updating as saml_provider_updating
from bailiwick.iam.server_certificates import operations as server_certificate_operations
from bailiwick.iam.service_linked_roles import operations as service_linked_role_operations
from bailiwick.iam.service_specific_credentials import operations as service_specific_credential_operations
from bailiwick.iam.simulation import operations as simulation_operations
from bailiwick.iam.users import operations as user_operations

__all__ = [
    "access_keys",
    "account",
    "account_settings",
    "attachments",
    "authorization_details",
    "boundary_operations",
    "credential_report_operations",
    "delegation_request_lifecycle",
    "delegation_request_operations",
    "group_members",
    "groups",
    "iam",
    "inline_policies",
    "instance_profile_operations",
    "instance_profile_roles",
    "last_accessed_granting",
    "last_accessed_operations",
    "last_accessed_organizations",
    "login_profiles",
    "mfa_assignment",
    "oidc_provider_changes",
    "oidc_provider_operations",
    "password_changing",
    "password_policy",
    "policy_entities",
    "policy_listing",
    "policy_operations",
    "policy_versions",
    "role_operations",
    "role_templates",
    "role_update",
    "saml_provider_operations",
    "saml_provider_updating",
    "server_certificate_operations",
    "service_linked_role_operations",
    "service_specific_credential_operations",
    "signing_certificates",
    "simulation_operations",
    "ssh_public_keys",
    "user_operations",
    "virtual_mfa_devices",
]
