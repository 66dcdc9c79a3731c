"""The condition keys of one request, with what was found out about their values while it is decided."""

from collections.abc import Sequence

from bailiwick.policy.arn import FIELDS
from bailiwick.policy.lanes import Lanes
from bailiwick.policy.variables import ContextKeys, ContextValue


class RequestKeys(dict[str, ContextValue]):
    """Condition keys, by their names in lower case, that many statements may ask about the same values."""

    __slots__ = ("_arns", "_lanes")

    _arns: dict[tuple[str, ...], list[Lanes]]
    _lanes: dict[tuple[str, ...], Lanes]

    def lanes(self, texts: tuple[str, ...]) -> Lanes:
        """The texts in lanes, which are laid out once."""
        try:
            known = self._lanes
        except AttributeError:  # most requests never need them, so that no constructor makes room for them
            known = self._lanes = {}
        found = known.get(texts)
        if found is None:
            found = known[texts] = _lanes(texts)
        return found

    def arn_lanes(self, arns: tuple[str, ...]) -> list[Lanes]:
        """For each of the six fields of the ARNs its lanes, all of which have the same guards; laid out once."""
        try:
            known = self._arns
        except AttributeError:
            known = self._arns = {}
        found = known.get(arns)
        if found is None:
            found = known[arns] = _arn_lanes(arns)
        return found


def lanes_of(texts: Sequence[str], keys: ContextKeys) -> Lanes:
    """The texts in lanes; those of a request's keys are laid out once for all of its decision."""
    texts = tuple(texts)
    return keys.lanes(texts) if isinstance(keys, RequestKeys) else _lanes(texts)


def arn_lanes_of(arns: Sequence[str], keys: ContextKeys) -> list[Lanes]:
    """The same for ARNs: the lanes of each field."""
    arns = tuple(arns)
    return keys.arn_lanes(arns) if isinstance(keys, RequestKeys) else _arn_lanes(arns)


def _lanes(texts: tuple[str, ...]) -> Lanes:
    return Lanes(texts, [len(text) for text in texts])


def _arn_lanes(arns: tuple[str, ...]) -> list[Lanes]:
    widths = [len(arn) for arn in arns]
    return [Lanes(fields, widths) for fields in zip(*(arn.split(":", FIELDS - 1) for arn in arns), strict=True)]
