"""Finding a REST operation by method and URI (Smithy, "HTTP bindings", matching and specificity)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bailiwick.http import HttpRequest
from bailiwick.wire.form import percent_decode
from bailiwick.wire.model import OperationModel
from bailiwick.wire.shapes import Shapes


@dataclass(frozen=True, slots=True)
class Route:
    """One operation's method and URI template.

    Attributes:
        operation: its name.
        segments: the template's path by `/`: a literal as bytes, a label as str; a greedy label ends in `+`.
        query: literals of the template's query: names, and values where it gives one (else empty).
        needs_parameters, needs_headers: required members that are in the query string or in headers: they tell apart
            operations of the same URI.
        is_deprecated: gives way to another operation of the same binding.
    """

    operation: str
    segments: tuple[bytes | str, ...]
    query: tuple[tuple[str, str], ...]
    needs_parameters: tuple[str, ...]
    needs_headers: tuple[bytes, ...]
    is_deprecated: bool

    def match(self, path: list[bytes]) -> dict[str, bytes] | None:
        """The labels' encoded values, or None when the path is not of this form."""
        labels: dict[str, bytes] = {}
        last = len(self.segments) - 1
        for index, segment in enumerate(self.segments):
            if isinstance(segment, bytes):
                if index >= len(path) or path[index] != segment:
                    return None
            elif segment.endswith("+"):
                # A greedy label takes all but what the rest of the template needs.
                end = len(path) - (last - index)
                if end <= index or not (value := b"/".join(path[index:end])):
                    return None
                labels[segment[:-1]] = value
                path = [*path[:index], b"", *path[end:]]
            elif index >= len(path) or not path[index]:
                return None
            else:
                labels[segment] = path[index]
        return labels if len(path) == len(self.segments) else None

    def rank(self, request: HttpRequest, parameters: Mapping[str, str]) -> tuple[bool, int, int, int, bool]:
        """How specific this route is for a request that it matches; the greatest wins."""
        needs = len(self.needs_parameters) + len(self.needs_headers)
        is_complete = all(name in parameters for name in self.needs_parameters) and all(
            request.header(name) is not None for name in self.needs_headers
        )
        literals = sum(isinstance(segment, bytes) for segment in self.segments)
        return (is_complete, literals, len(self.query), needs if is_complete else -needs, not self.is_deprecated)


class RestRoutes:
    """The routes of one service."""

    def __init__(self, operations: Iterable[OperationModel], shapes: Shapes) -> None:
        self._by_method: dict[str, list[Route]] = {}
        for operation in operations:
            self._by_method.setdefault(operation.http.method, []).append(_route(operation, shapes))

    def find(self, request: HttpRequest, parameters: Mapping[str, str]) -> tuple[str, dict[str, str]] | None:
        """The operation's name and its decoded labels; None when no route matches.

        Raises:
            ValueError: a label is not percent-encoded UTF-8.
        """
        path = request.raw_path.split(b"/")[1:]
        found = self._best(request, path, parameters)
        if found is None and len(path) > 1 and path[-1] == b"":
            found = self._best(request, path[:-1], parameters)
        if found is None:
            return None
        route, labels = found
        return route.operation, {name: percent_decode(value).decode() for name, value in labels.items()}

    def _best(
        self, request: HttpRequest, path: list[bytes], parameters: Mapping[str, str]
    ) -> tuple[Route, dict[str, bytes]] | None:
        matching = []
        for route in self._by_method.get(request.method, ()):
            if all(name in parameters and value in {"", parameters[name]} for name, value in route.query):
                labels = route.match(path)
                if labels is not None:
                    matching.append((route, labels))
        return max(matching, key=lambda found: found[0].rank(request, parameters), default=None)


def _route(operation: OperationModel, shapes: Shapes) -> Route:
    path, _, query = operation.http.request_uri.partition("?")
    segments = tuple(
        part[1:-1] if part.startswith("{") and part.endswith("}") else part.encode() for part in path.split("/")[1:]
    )
    literals = tuple((name, value) for name, _, value in (part.partition("=") for part in query.split("&")) if name)
    parameters: list[str] = []
    headers: list[bytes] = []
    if operation.input is not None:
        shape = shapes[operation.input.shape]
        for name in shape.required:
            reference = shape.members[name]
            if reference.location == "querystring":
                parameters.append(reference.location_name or name)
            elif reference.location == "header":
                headers.append((reference.location_name or name).lower().encode())
    return Route(operation.name, segments, literals, tuple(parameters), tuple(headers), operation.deprecated)
