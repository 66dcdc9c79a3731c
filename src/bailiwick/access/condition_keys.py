"""How AWS spells condition keys, for people to read: the request context has them in lower case.

Source: IAM User Guide, "AWS global condition context keys"; Service Authorization Reference, IAM and STS.
"""

from typing import Final

_SPELLINGS: Final = """
aws:AssumedRoot aws:CalledVia aws:CalledViaFirst aws:CalledViaLast aws:ChatbotSourceArn aws:CurrentTime aws:EpochTime
aws:FederatedProvider aws:MultiFactorAuthAge aws:MultiFactorAuthPresent aws:PrincipalAccount aws:PrincipalArn
aws:PrincipalIsAWSService aws:PrincipalOrgID aws:PrincipalOrgPaths aws:PrincipalServiceName
aws:PrincipalServiceNamesList aws:PrincipalTag/ aws:PrincipalType aws:referer aws:RequestedRegion aws:RequestTag/
aws:ResourceAccount aws:ResourceOrgID aws:ResourceOrgPaths aws:ResourceTag/ aws:SecureTransport aws:SourceAccount
aws:SourceArn aws:SourceIdentity aws:SourceIp aws:SourceOrgID aws:SourceOrgPaths aws:SourceVpc aws:SourceVpcArn
aws:SourceVpce aws:TagKeys aws:TokenIssueTime aws:UserAgent aws:userid aws:username aws:ViaAWSService aws:VpceAccount
aws:VpceOrgID aws:VpceOrgPaths aws:VpcSourceIp
iam:AccountPropertyNamespaces iam:AssociatedResourceArn iam:AWSServiceName iam:DelegationDuration
iam:DelegationRequestOwner iam:FIDO-certification iam:FIDO-FIPS-140-2-certification iam:FIDO-FIPS-140-3-certification
iam:NotificationChannel iam:OrganizationsPolicyId iam:PassedToService iam:PermissionsBoundary iam:PolicyARN
iam:RegisterSecurityKey iam:ResourceTag/ iam:RoleTemplateARN iam:ServiceSpecificCredentialAgeDays
iam:ServiceSpecificCredentialServiceName iam:TemplateArn
sts:AWSServiceName sts:DurationSeconds sts:ExternalId sts:IdentityTokenAudience sts:IdentityTokenScope
sts:RequestContext/ sts:RequestContextProviders
sts:ResourceTag/ sts:RoleAuthorizedByIdp sts:RoleSessionName sts:SigningAlgorithm
sts:SourceIdentity sts:SubjectMode sts:TaskPolicyArn sts:TransitiveTagKeys
saml:commonName saml:givenName saml:organizationStatus saml:primaryGroupSID saml:x500UniqueIdentifier
bailiwick:Operation bailiwick:PrincipalArn bailiwick:ProviderArn bailiwick:SourceIdentity bailiwick:UserId
"""

_BY_FOLDED: Final = {spelling.lower(): spelling for spelling in _SPELLINGS.split()}


def spelled(key: str) -> str:
    """A key of the request context as AWS's documentation spells it; one that is not known stays as it is.

    What follows `/` is a tag's key, whose own spelling the context does not keep.
    """
    name, slash, tag = key.partition("/")
    known = _BY_FOLDED.get(name + slash)
    return key if known is None else known + tag
