"""AWS's protocols, driven by the models that botocore ships: requests to typed parameters, results to replies.

Knows nothing of any one service's meaning, and never imports botocore's code.
"""

from bailiwick.wire.codec import Output, ProtocolName, Raw
from bailiwick.wire.error_replies import render_error
from bailiwick.wire.errors import MalformedXML, MethodNotAllowed, SerializationException, UnknownOperation
from bailiwick.wire.routing import Incoming, Limits, Router, Target
from bailiwick.wire.service import Operation, Service, load_service, load_service_from

__all__ = [
    "Incoming",
    "Limits",
    "MalformedXML",
    "MethodNotAllowed",
    "Operation",
    "Output",
    "ProtocolName",
    "Raw",
    "Router",
    "SerializationException",
    "Service",
    "Target",
    "UnknownOperation",
    "load_service",
    "load_service_from",
    "render_error",
]
