"""Why an element matched or did not, in plain words, where its values alone do not tell.

Nothing here decides: these are remarks on what the matchers have found, by the readers of values that they use.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from bailiwick.policy import scalars
from bailiwick.policy.arn import FIELDS
from bailiwick.policy.arn_patterns import completed, is_arn
from bailiwick.policy.compiled import COMPLETING, CompiledPolicy
from bailiwick.policy.conditions import values_of
from bailiwick.policy.document import Effect
from bailiwick.policy.evaluation import RequestContext
from bailiwick.policy.operators import Family, Operator, SetQualifier, find_operator
from bailiwick.policy.principals import Grant, Principal, PrincipalKind
from bailiwick.policy.variables import ContextKeys, ContextValue, Variable, is_absent, split_variables, substituted_text

Reader = Callable[[str], object | None]
_LITERAL: Final = frozenset({Family.STRING, Family.STRING_IGNORE_CASE})
_WITH_VARIABLES: Final = _LITERAL | {Family.STRING_LIKE, Family.ARN, Family.BOOL}
_GIVEN: Final[Mapping[Family, tuple[Reader, str]]] = {
    Family.NUMERIC: (scalars.number, "a number"),
    Family.DATE: (scalars.instant, "a date"),
    Family.BOOL: (scalars.boolean, "true or false"),
    Family.BINARY: (scalars.octets, "base64 text"),
    Family.IP: (scalars.address, "an IP address"),
    Family.ARN: (lambda text: text if is_arn(text) else None, "an ARN"),
}
"""How a family reads the request's values, and what they must be."""

_EXPECTED: Final[Mapping[Family, tuple[Reader, str]]] = {
    Family.NUMERIC: _GIVEN[Family.NUMERIC],
    Family.DATE: _GIVEN[Family.DATE],
    Family.BOOL: _GIVEN[Family.BOOL],
    Family.NULL: _GIVEN[Family.BOOL],
    Family.BINARY: _GIVEN[Family.BINARY],
    Family.IP: (scalars.network, "an IP address or a CIDR block"),
    Family.ARN: (lambda text: text if text == "*" or text.count(":") >= FIELDS - 1 else None, "an ARN of six fields"),
}
"""How a family reads the policy's values, and what they must be; for those without variables."""

NO_PRINCIPAL: Final = "an Allow that names no principal reaches nobody here"


def on_principal(reach: Grant, principal: Principal) -> str | None:
    """Through which name a Principal reached the caller, if not the nearest."""
    match reach:
        case Grant.DELEGATED:
            return "reached through the account, which leaves it to the caller's own policies to allow"
        case Grant.INHERITED if principal.kind is PrincipalKind.ROLE_SESSION:
            return "reached through the session's role"
        case Grant.INHERITED:
            return "reached through the user that the federated user comes from"
        case Grant.NONE if principal.kind is PrincipalKind.ANONYMOUS:
            return "the caller is anonymous, and only * reaches it"
    return None


def on_not_principal(reach: Grant, effect: Effect, *, bounded: bool) -> str | None:
    """Why a NotPrincipal spares the caller or does not."""
    if reach is Grant.NONE:
        return "spared, as all its names are listed" if effect is Effect.DENY else "left out, as it is listed"
    if bounded:
        return "NotPrincipal spares nobody who has a permissions boundary"
    return "not every name of the caller is listed" if effect is Effect.DENY else "the caller is not listed"


def on_resource(
    patterns: Sequence[str], request: RequestContext, policy: CompiledPolicy, *, listed: bool
) -> str | None:
    """What the patterns mean in this request; `listed`: one of them matches the resource."""
    remarks: list[str] = []
    for pattern in patterns:
        whole = completed(pattern) if policy.source.policy_type in COMPLETING else pattern
        if whole != pattern:
            remarks.append(f"{pattern} stands for {whole}")
        for tail in pattern.split(":", FIELDS - 1)[FIELDS - 1 :]:  # variables count after the fifth colon
            remarks += _on_variables(tail, request.keys, variables=policy.has_variables)
    if not listed:
        if request.resource == "*":
            remarks.append("the action has no resource level, so that only * matches")
        elif request.resource.lower() in map(str.lower, patterns):
            remarks.append("differs in upper and lower case")
    return _joined(remarks)


def on_condition(
    operator: str,
    key: str,
    expected: Sequence[str],
    value: ContextValue | None,
    keys: ContextKeys,
    *,
    matched: bool,
    variables: bool,
) -> str | None:
    """What a condition made of the request's value; operator, key and values as the policy has them."""
    found = find_operator(operator)
    assert found is not None  # an unknown operator makes the policy unreadable
    if value is None or is_absent(value):
        return _joined([*_on_absent(found, key, value), *_unreadable(_EXPECTED, found.base.family, expected)])
    given = values_of(value)
    return _joined(_on_values(found, value, given, expected, keys, matched=matched, variables=variables))


def _on_values(
    operator: Operator,
    value: ContextValue,
    given: Sequence[str],
    expected: Sequence[str],
    keys: ContextKeys,
    *,
    matched: bool,
    variables: bool,
) -> Iterator[str]:
    family = operator.base.family
    if family is not Family.NULL:
        yield from _unreadable(_GIVEN, family, given)
    varying = [text for text in expected if _variables(text)] if family in _WITH_VARIABLES else []
    yield from _unreadable(_EXPECTED, family, [text for text in expected if text not in varying])
    for text in varying:
        yield from _on_variables(text, keys, variables=variables)
    if family is not Family.NULL and operator.qualifier is None and not isinstance(value, str):
        needed = "none of them may match" if operator.base.negated else "one that matches is enough"
        yield f"several values without ForAllValues or ForAnyValue: {needed}"
    if family in _LITERAL and matched is operator.base.negated:
        yield from _near_texts(family, given, expected)
    if family is Family.IP:
        yield from _other_version(given, expected)


def _on_absent(operator: Operator, key: str, value: ContextValue | None) -> Iterator[str]:
    lacks = f"the request has no {key}" if value is None else f"{key} has no value in the request"
    if operator.base.family is Family.NULL:
        yield lacks
    elif operator.qualifier is SetQualifier.FOR_ALL_VALUES:
        yield f"{lacks}, and ForAllValues matches where there is no value"
    elif operator.if_exists:
        yield f"{lacks}, and IfExists matches where there is no value"
    elif operator.qualifier is SetQualifier.FOR_ANY_VALUE:
        yield f"{lacks}, and ForAnyValue needs one"
    elif operator.base.negated:
        yield f"{lacks}, and a negated operator matches where there is no value"
    else:
        yield f"{lacks}, so nothing matches"


def _unreadable(readers: Mapping[Family, tuple[Reader, str]], family: Family, texts: Iterable[str]) -> Iterator[str]:
    if family not in readers:
        return
    read, kind = readers[family]
    for text in texts:
        if read(text) is None:
            yield f'"{text}" is not {kind}, so it matches nothing'


def _variables(text: str) -> list[Variable]:
    return [part for part in split_variables(text, wildcards=False) if isinstance(part, Variable)]


def _on_variables(text: str, keys: ContextKeys, *, variables: bool) -> Iterator[str]:
    """What a text with variables stands for in this request; nothing for one without."""
    found = _variables(text)
    if not found:
        return
    if not variables:
        yield f"{text} is taken as it is: only policies of version 2012-10-17 have variables"
        return
    without = next((variable.key for variable in found if variable.resolve(keys) is None), None)
    if without is None:
        yield f"{text} means {substituted_text(split_variables(text, wildcards=False), keys)} here"
    elif keys.get(without):
        yield f"{without} has several values, so {text} matches nothing"
    else:
        yield f"the request has no {without}, so {text} matches nothing"


def _near_texts(family: Family, given: Sequence[str], expected: Sequence[str]) -> Iterator[str]:
    folded = {text.lower() for text in given}
    if any(text.lower() in folded for text in expected):
        yield "differs in upper and lower case"
    if any("*" in text or "?" in text for text in expected):
        like = "StringLike" if family is Family.STRING else "StringLike (which minds the case)"
        yield f"this operator takes * and ? as they are; {like} takes them as wildcards"


def _other_version(given: Sequence[str], expected: Sequence[str]) -> Iterator[str]:
    blocks = {block.version for block in map(scalars.network, expected) if block is not None}
    for text in given:
        address = scalars.address(text)
        if blocks and address is not None and address.version not in blocks:
            yield f"{text} is an IPv{address.version} address, and no such block is listed"


def _joined(remarks: Iterable[str]) -> str | None:
    return "; ".join(dict.fromkeys(remarks)) or None
