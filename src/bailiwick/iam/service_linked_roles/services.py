"""Which services of AWS have a service-linked role, what it is called and what it holds.

Of the commonest services, AWS's own names are known. For every other one that is written as a service of AWS, a name is
made by AWS's rule, `AWSServiceRoleFor` and the service, and the role holds no policy.

Source: IAM User Guide, "AWS services that work with IAM", and the pages of the services that it names.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bailiwick.iam.errors import InvalidInput, NoSuchEntity

_PREFIX: Final = "AWSServiceRoleFor"
_POLICIES: Final = "arn:aws:iam::aws:policy/aws-service-role/"
_LONGEST_NAME: Final = 64
_SERVICE: Final = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com")


@dataclass(frozen=True, slots=True)
class LinkedService:
    """A service with a service-linked role.

    Attributes:
        principal: its service principal, which is told apart by case.
        role: the role's name, without a suffix.
        policy: the name of the managed policy that the role holds; None when none is known.
        takes_suffix: whether an account may have several of its roles, told apart by a suffix.
    """

    principal: str
    role: str
    policy: str | None = None
    takes_suffix: bool = False

    @property
    def policy_arn(self) -> str | None:
        """The ARN of the policy that the role holds."""
        return None if self.policy is None else _POLICIES + self.policy

    def role_name(self, suffix: str | None) -> str:
        """The name of its role with a suffix.

        Raises:
            InvalidInput: it takes none, or the name would be too long.
        """
        if suffix is None:
            return self.role
        if not self.takes_suffix:
            raise InvalidInput(f"Custom suffix is not allowed for {self.principal}")
        name = f"{self.role}_{suffix}"
        if len(name) > _LONGEST_NAME:
            raise InvalidInput(f"The role name {name} is longer than {_LONGEST_NAME} characters.")
        return name


def _known(principal: str, role: str, policy: str, *, takes_suffix: bool = False) -> LinkedService:
    return LinkedService(f"{principal}.amazonaws.com", _PREFIX + role, policy, takes_suffix)


def _by_principal(services: Iterable[LinkedService]) -> dict[str, LinkedService]:
    return {service.principal: service for service in services}


_KNOWN: Final = _by_principal(
    (
        _known("autoscaling", "AutoScaling", "AutoScalingServiceRolePolicy", takes_suffix=True),
        _known("cloudtrail", "CloudTrail", "CloudTrailServiceRolePolicy"),
        _known("config", "Config", "AWSConfigServiceRolePolicy"),
        _known(
            "dynamodb.application-autoscaling",
            "ApplicationAutoScaling_DynamoDBTable",
            "AWSApplicationAutoscalingDynamoDBTablePolicy",
        ),
        _known("ecs", "ECS", "AmazonECSServiceRolePolicy"),
        _known(
            "ecs.application-autoscaling",
            "ApplicationAutoScaling_ECSService",
            "AWSApplicationAutoscalingECSServicePolicy",
        ),
        _known("eks", "AmazonEKS", "AmazonEKSServiceRolePolicy"),
        _known("elasticache", "ElastiCache", "ElastiCacheServiceRolePolicy"),
        _known("elasticfilesystem", "AmazonElasticFileSystem", "AmazonElasticFileSystemServiceRolePolicy"),
        _known("elasticloadbalancing", "ElasticLoadBalancing", "AWSElasticLoadBalancingServiceRolePolicy"),
        _known("es", "AmazonElasticsearchService", "AmazonElasticsearchServiceRolePolicy"),
        _known("guardduty", "AmazonGuardDuty", "AmazonGuardDutyServiceRolePolicy"),
        _known("opensearchservice", "AmazonOpenSearchService", "AmazonOpenSearchServiceRolePolicy"),
        _known("organizations", "Organizations", "AWSOrganizationsServiceTrustPolicy"),
        _known("rds", "RDS", "AmazonRDSServiceRolePolicy"),
        _known("securityhub", "SecurityHub", "AWSSecurityHubServiceRolePolicy"),
        _known("spot", "EC2Spot", "AWSEC2SpotServiceRolePolicy"),
        _known("ssm", "AmazonSSM", "AmazonSSMServiceRolePolicy"),
        _known("support", "Support", "AWSSupportServiceRolePolicy"),
        _known("trustedadvisor", "TrustedAdvisor", "AWSTrustedAdvisorServiceRolePolicy"),
    )
)


def known() -> tuple[LinkedService, ...]:
    """The services whose role is called as AWS calls it."""
    return tuple(_KNOWN.values())


def find(principal: str) -> LinkedService:
    """The service of that principal.

    Raises:
        NoSuchEntity: it is not written as a service of AWS.
    """
    found = _KNOWN.get(principal)
    if found is not None:
        return found
    role = _PREFIX + "".join(part.capitalize() for part in re.split("[.-]", principal.removesuffix(".amazonaws.com")))
    if _SERVICE.fullmatch(principal) is None or len(role) > _LONGEST_NAME:
        raise NoSuchEntity(f"Cannot find Service Linked Role template for {principal}")
    return LinkedService(principal, role)
