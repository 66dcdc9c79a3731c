"""The scenarios of a simulation that need several kinds of resources, as launching an EC2 instance does.

Source: IAM API Reference, SimulateCustomPolicy, parameter ResourceHandlingOption.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

_INSTANCE: Final = ("instance", "image", "security-group", "network-interface")

RESOURCES_NEEDED: Final[Mapping[str, Sequence[str]]] = {
    "EC2-VPC-InstanceStore": _INSTANCE,
    "EC2-VPC-InstanceStore-Subnet": (*_INSTANCE, "subnet"),
    "EC2-VPC-EBS": (*_INSTANCE, "volume"),
    "EC2-VPC-EBS-Subnet": (*_INSTANCE, "subnet", "volume"),
}
"""The option → the kinds of EC2 resources that there must be, by the word that their ARNs have for them."""

_EC2_KIND = re.compile(r"arn:[^:]+:ec2:[^:]*:[^:]*:([a-z-]+)/.+")


def missing_kinds(option: str, resources: Iterable[str]) -> list[str]:
    """The kinds of resources that the option needs and that are not among these ARNs, in the option's order."""
    given = {found[1] for found in map(_EC2_KIND.fullmatch, resources) if found}
    return [kind for kind in RESOURCES_NEEDED[option] if kind not in given]
