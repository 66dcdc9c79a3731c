"""The ceilings of an organization: which service and resource control policies apply to a request.

Service control policies (SCPs) follow the principal, resource control policies (RCPs) the resource; the two may stand
in different accounts, and in different organizations. Which they are is plain facts; nothing here looks them up.

Source: Organizations User Guide, "Service control policies", "SCP evaluation", "Resource control policies" and "RCP
evaluation". Not here, since no policy decides them: the few tasks that SCPs do not restrict, such as a member
account's root registering for Enterprise Support, and trusted signers of CloudFront.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from bailiwick.policy.compiled import CompiledPolicy, compile_policy
from bailiwick.policy.decision import PolicySource
from bailiwick.policy.document import PolicyType
from bailiwick.policy.evaluation import Layers, RequestContext
from bailiwick.policy.policy_set import PolicySet
from bailiwick.policy.principals import Principal, PrincipalKind

FULL_AWS_ACCESS: Final = compile_policy(
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    PolicySource(
        PolicyType.SERVICE_CONTROL,
        "FullAWSAccess",
        "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess",
    ),
)
"""The SCP that is attached to every root, unit and account until somebody detaches it."""

RCP_FULL_AWS_ACCESS: Final = compile_policy(
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}',
    PolicySource(
        PolicyType.RESOURCE_CONTROL,
        "RCPFullAWSAccess",
        "arn:aws:organizations::aws:policy/resource_control_policy/p-RCPFullAWSAccess",
    ),
)
"""The RCP that is attached to every root, unit and account and cannot be detached."""

RCP_SERVICES: Final = frozenset(
    """
    aoss appconfig appstream autoscaling autoscaling-plans budgets clouddirectory cloudfront cloudsearch
    cloudtrail-data codeartifact codebuild codecommit codepipeline cognito-identity cognito-idp comprehend
    comprehendmedical compute-optimizer cost-optimization-hub dax dsql dynamodb ecr ecr-public events firehose fis fms
    gamelift health inspector-scan kendra kinesisvideo kms logs memorydb networkmonitor notifications opensearch
    pca-connector-ad personalize polly pricing resource-groups rolesanywhere s3 secretsmanager servicediscovery signin
    sqs sts support swf textract timestream-influxdb transcribe transfer translate wafv2 workspaces xray
    """.split()  # noqa: SIM905  # a list that is read and compared with the page, not 60 lines of code
)
"""The services, by their prefix in actions, whose resources RCPs protect.

Source: Organizations User Guide, "Resource control policies", "List of AWS services that support RCPs", as it was in
September 2026. IAM is not among them.
"""

_NOT_BY_RCPS: Final = frozenset({"kms:retiregrant"})
"""Actions that RCPs do not restrict although their service supports RCPs (same page)."""

_SERVICE_LINKED: Final = re.compile(r"arn:aws:iam::[0-9]{12}:role/aws-service-role/.+")
"""Service-linked roles by their path, which only services of AWS can give to a role."""

_UNDER_SCPS: Final = frozenset(
    {PrincipalKind.USER, PrincipalKind.ROLE_SESSION, PrincipalKind.FEDERATED_USER, PrincipalKind.ROOT}
)


@dataclass(frozen=True, slots=True)
class OrganizationNode:
    """An organization's root, one of its units, or an account, with the policies attached to it; made by `of`."""

    scps: PolicySet
    rcps: PolicySet

    @classmethod
    def of(cls, *, scps: Iterable[CompiledPolicy], rcps: Iterable[CompiledPolicy] = ()) -> "OrganizationNode":
        """A node with exactly these SCPs (so none allows nothing), and with `RCPFullAWSAccess` beside these RCPs."""
        return cls(PolicySet.of(scps), PolicySet.of((RCP_FULL_AWS_ACCESS, *rcps)))


@dataclass(frozen=True, slots=True)
class Place:
    """Where an account stands in its organization; make it once and keep it as long as nothing there changes.

    `path`: from the root over the units to the account itself, so at least two nodes. `is_management`: whether it is
    the organization's management account. A delegated administrator is an account like any other.
    """

    path: tuple[OrganizationNode, ...]
    is_management: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError for a path without a root or without an account: it would lose ceilings."""
        if len(self.path) < 2:
            raise ValueError("an account's path begins with the organization's root and ends with the account")

    @property
    def scps(self) -> tuple[PolicySet, ...]:
        """What limits the account's principals, level by level; nothing in the management account."""
        return () if self.is_management else tuple(node.scps for node in self.path)

    @property
    def rcps(self) -> tuple[PolicySet, ...]:
        """What limits the use of the account's resources, level by level; nothing in the management account."""
        return () if self.is_management else tuple(node.rcps for node in self.path)


@dataclass(frozen=True, slots=True)
class Ceilings:
    """The SCPs and RCPs that apply to a request: one set for each level, root first; empty where none apply."""

    scps: tuple[PolicySet, ...] = ()
    rcps: tuple[PolicySet, ...] = ()

    def over(self, layers: Layers) -> Layers:
        """These layers under these ceilings."""
        return replace(layers, scps=self.scps, rcps=self.rcps)


def ceilings(request: RequestContext, places: Mapping[str, Place], *, is_aws_managed_key: bool = False) -> Ceilings:
    """The SCPs that limit who asks, and the RCPs that limit what is asked for.

    Service-linked roles are under neither; service principals, identity providers and the anonymous under RCPs only.

    Args:
        request: the principal's account, the action, the resource and its account count. An action without a resource
            level (`*`), and a resource of no account, is under the RCPs of the principal's account.
        places: by account id, the place of the principal's account and of the resource's; others do not matter. An
            account that is not there is in no organization.
        is_aws_managed_key: whether the resource is a KMS key that AWS manages for the account; RCPs do not reach it.
    """
    principal = request.principal
    if is_service_linked(principal):
        return Ceilings()
    own = _place_of(principal.account, places)
    has_owner = request.resource_account is not None and request.resource != "*"
    owner = _place_of(request.resource_account, places) if has_owner else own
    return Ceilings(
        scps=own.scps if own is not None and principal.kind in _UNDER_SCPS else (),
        rcps=owner.rcps if owner is not None and not is_aws_managed_key and _is_under_rcps(request) else (),
    )


def is_service_linked(principal: Principal) -> bool:
    """Whether it is a session of a service-linked role, which no organization's policy limits."""
    return principal.kind is PrincipalKind.ROLE_SESSION and _is_service_linked_role(principal.parent_arn)


def _is_service_linked_role(arn: str | None) -> bool:
    return arn is not None and _SERVICE_LINKED.fullmatch(arn) is not None


def _place_of(account: str | None, places: Mapping[str, Place]) -> Place | None:
    return None if account is None else places.get(account)


def _is_under_rcps(request: RequestContext) -> bool:
    """Whether RCPs reach the action on the resource; they leave the trust of service-linked roles alone."""
    action = request.action.lower()
    service = action.partition(":")[0]
    if service not in RCP_SERVICES or action in _NOT_BY_RCPS:
        return False
    return not (service == "sts" and _is_service_linked_role(request.resource))
