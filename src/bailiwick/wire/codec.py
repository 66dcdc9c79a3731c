"""What every protocol offers for one operation: reading its parameters and writing its reply."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from bailiwick.http import HttpRequest, HttpResponse

ProtocolName = Literal["query", "ec2", "json", "rest-json", "rest-xml"]
PROTOCOLS: tuple[ProtocolName, ...] = ("query", "ec2", "json", "rest-json", "rest-xml")


class Raw(NamedTuple):
    """A request of which the operation is known, its parameters not yet converted.

    Attributes:
        request: the request as it came.
        parameters: query and ec2: the decoded names and values of query string and body. REST: those of the query
            string.
        labels: REST: the decoded labels of the path, by the model's name for them.
        repeated: REST: every value of each query parameter, in order.
    """

    request: HttpRequest
    parameters: Mapping[str, str]
    labels: Mapping[str, str] = {}
    repeated: Mapping[str, list[str]] = {}


Output = Mapping[str, Any]
Read = Callable[[Raw], dict[str, Any]]
Write = Callable[[Output | None, str], HttpResponse]


@dataclass(frozen=True, slots=True)
class Codec:
    """One operation in one protocol.

    `read` converts the parameters to typed values and raises an AwsError where it cannot; it checks no constraint.
    `write` makes the reply to a success from the output (None or empty when there is nothing to tell) and the id.
    """

    read: Read
    write: Write
