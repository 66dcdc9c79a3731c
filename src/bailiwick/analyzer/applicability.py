"""Whether a resource policy can be that of a resource.

Source: IAM API Reference, SimulateCustomPolicy: the ResourcePolicy must be applicable to all of the resources.
"""

from bailiwick.policy import CompiledPolicy, compile_glob


def can_be_of(policy: CompiledPolicy, resource: str) -> bool:
    """Whether any statement could be about the resource, by the service in its ARN; `*` can be anything."""
    if resource == "*":
        return True
    service = _service(resource)
    for statement in policy.statements:
        written = statement.written
        if written is None or written.resource is None:
            return True
        if any(compile_glob(_service(pattern))(service) for pattern in written.resource):
            return True
    return False


def _service(arn: str) -> str:
    """The service field; of the pattern `*`, the pattern itself."""
    fields = arn.split(":")
    return fields[2] if len(fields) > 2 else arn
