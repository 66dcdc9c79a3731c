"""Service models as typed values: botocore's `service-2.json` format, without documentation.

Read as data from the installed `botocore` distribution, whose code is never imported.
"""

import gzip
from importlib.util import find_spec
from pathlib import Path

import msgspec


class XmlNamespace(msgspec.Struct, frozen=True):
    """The XML namespace of an element."""

    uri: str
    prefix: str = ""


class Reference(msgspec.Struct, frozen=True, rename="camel"):
    """A use of a shape by a member, a list or an operation, with the traits given at that place."""

    shape: str
    location: str | None = None
    location_name: str | None = None
    query_name: str | None = None
    result_wrapper: str | None = None
    flattened: bool = False
    xml_attribute: bool = False
    xml_namespace: XmlNamespace | str | None = None
    timestamp_format: str | None = None
    jsonvalue: bool = False


class ErrorTrait(msgspec.Struct, frozen=True, rename="camel"):
    """How an exception shape appears on the wire."""

    code: str | None = None
    http_status_code: int | None = None


class Shape(msgspec.Struct, frozen=True, rename="camel"):
    """A type of the model. `type` is AWS's: string, integer, boolean, timestamp, blob, list, map, structure, ..."""

    type: str
    members: dict[str, Reference] = {}
    required: tuple[str, ...] = ()
    member: Reference | None = None
    key: Reference | None = None
    value: Reference | None = None
    enum: tuple[str, ...] = ()
    min: int | float | None = None
    max: int | float | None = None
    pattern: str | None = None
    sensitive: bool = False
    flattened: bool = False
    union: bool = False
    document: bool = False
    eventstream: bool = False
    payload: str | None = None
    location_name: str | None = None
    xml_namespace: XmlNamespace | str | None = None
    timestamp_format: str | None = None
    exception: bool = False
    fault: bool = False
    error: ErrorTrait | None = None


class Http(msgspec.Struct, frozen=True, rename="camel"):
    """The HTTP binding of an operation. `request_uri` is a template, perhaps with a query."""

    method: str = "POST"
    request_uri: str = "/"
    response_code: int = 200


class OperationModel(msgspec.Struct, frozen=True, rename="camel"):
    """One operation of the model."""

    name: str
    http: Http = Http()
    input: Reference | None = None
    output: Reference | None = None
    authtype: str | None = None
    deprecated: bool = False


class Metadata(msgspec.Struct, frozen=True, rename="camel"):
    """The service's own facts."""

    api_version: str
    endpoint_prefix: str
    protocol: str
    protocols: tuple[str, ...] = ()
    signing_name: str | None = None
    signature_version: str | None = None
    json_version: str = "1.0"
    target_prefix: str | None = None
    xml_namespace: str | None = None
    aws_query_compatible: dict[str, object] | None = None


class ServiceModel(msgspec.Struct, frozen=True):
    """A whole `service-2.json`."""

    metadata: Metadata
    operations: dict[str, OperationModel]
    shapes: dict[str, Shape]


# In botocore's layout, so that the same folder serves as AWS_DATA_PATH.
_OWN_MODELS = Path(__file__).parent.parent / "models"


def read_model(path: Path) -> ServiceModel:
    """The model in one file, gzipped or not.

    Raises:
        FileNotFoundError: no such file.
        msgspec.ValidationError: not in botocore's format.
    """
    data = path.read_bytes()
    return msgspec.json.decode(gzip.decompress(data) if path.suffix == ".gz" else data, type=ServiceModel)


def installed_model(folder: str) -> Path:
    """The newest model of a service, by the name of its folder: one of ours, or of botocore's data (`iam`, `sso-oidc`).

    Raises:
        FileNotFoundError: botocore is not installed, or has no such service.
    """
    if own := sorted(_OWN_MODELS.glob(f"{folder}/*/service-2.json")):
        return own[-1]
    spec = find_spec("botocore")  # finds the package without running it
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("botocore, whose service models are needed, is not installed")
    versions = Path(spec.submodule_search_locations[0], "data", folder)
    found = sorted(path for path in versions.glob("*/service-2.json*") if path.suffix in {".gz", ".json"})
    if not found:
        raise FileNotFoundError(f"botocore has no service model named {folder}")
    return found[-1]
