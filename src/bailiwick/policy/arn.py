"""Amazon Resource Names: `arn:partition:service:region:account:resource`.

Source: IAM User Guide, "IAM identifiers"; AWS General Reference, "Amazon Resource Names (ARNs)".
"""

from dataclasses import dataclass

FIELDS = 6
"""Fields of a whole ARN, the word `arn` included; the last keeps its own colons."""


class ArnSyntaxError(ValueError):
    """The text is no ARN."""


@dataclass(frozen=True, slots=True)
class Arn:
    """The five fields after `arn:`, as written; region and account may be empty."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"


def parse_arn(text: str) -> Arn:
    """Split an ARN into its fields; colons after the fifth belong to the resource.

    Raises:
        ArnSyntaxError: fewer than six fields, another first word, or an empty partition, service or resource.
    """
    fields = text.split(":", FIELDS - 1)
    if len(fields) < FIELDS or fields[0] != "arn":
        raise ArnSyntaxError(f"{text} is not an ARN.")
    _, partition, service, region, account, resource = fields
    if not (partition and service and resource):
        raise ArnSyntaxError(f"{text} lacks a partition, a service or a resource.")
    return Arn(partition, service, region, account, resource)
