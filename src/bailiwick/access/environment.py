"""What can lie around a request besides its caller: an organization, a VPC endpoint, a service that calls or passes on.

Nothing here finds these facts out. Whoever knows one puts it into the caller's environment; what nobody knows is not
there, and its condition keys are absent, as AWS has it for an account without an organization or a public call.

Source: IAM User Guide, "AWS global condition context keys".
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Organization:
    """An account's place in its organization.

    Attributes:
        organization_id: `o-…`.
        path: from the organization over its units to the account's own, `o-…/r-…/ou-…/`, with the slash at the end.
    """

    organization_id: str
    path: str


@dataclass(frozen=True, slots=True)
class VpcEndpoint:
    """The VPC endpoint that a request came through.

    Attributes:
        endpoint_id: `vpce-…`.
        vpc_id, vpc_arn: of its VPC.
        account: the account that owns it.
        source_address: the caller's private IP address in the VPC.
        organization: the owner's place in an organization, if it is in one.
    """

    endpoint_id: str
    vpc_id: str
    vpc_arn: str
    account: str
    source_address: str
    organization: Organization | None = None


@dataclass(frozen=True, slots=True)
class ServiceCaller:
    """A service of AWS that calls as itself, for a resource of a customer's.

    Attributes:
        name: its service principal, `cloudtrail.amazonaws.com`.
        names: all names that it has, regional ones included.
        source_arn, source_account: the resource it calls for, and that one's account.
        source_organization: that account's place in an organization, if it is in one.
    """

    name: str
    names: tuple[str, ...]
    source_arn: str | None = None
    source_account: str | None = None
    source_organization: Organization | None = None


@dataclass(frozen=True, slots=True)
class Environment:
    """What lies around one caller's requests.

    Attributes:
        organization: the place of the caller's account in an organization.
        endpoint: the VPC endpoint they came through; None over a public address.
        service: the service that the caller is; None for every other caller.
        called_via: the services that passed the request on in the caller's name (forward access sessions), first one
            first; empty when the caller itself sent it.
    """

    organization: Organization | None = None
    endpoint: VpcEndpoint | None = None
    service: ServiceCaller | None = None
    called_via: tuple[str, ...] = ()


PLAIN = Environment()
"""No organization, a public address, a request sent by the caller itself."""
