"""Policy templates: policies with parameters, `@{name}`, that a delegation request gives values for.

AWS registers the templates of its partners by hand. Here a template is a managed policy of the account that asks, or
one of AWS's; what is asked for is its default version at that time, with the values filled in.
Source: IAM User Guide, "Policy templates".
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bailiwick import policy as language
from bailiwick.iam import documents
from bailiwick.iam.errors import InvalidInput, MalformedPolicyDocument

LONGEST_POLICY: Final = 2048
"""How long the policy may be that a template gives, in characters."""

_PARAMETER: Final = re.compile(r"@\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter's values. A `string` has exactly one, a `stringList` any number."""

    name: str
    values: tuple[str, ...]
    is_list: bool


def parameters_of(given: Sequence[Mapping[str, object]]) -> dict[str, Parameter]:
    """The parameters of a request, by name; without a type, one value is a string and several are a list.

    Raises:
        InvalidInput: one has no name or values, is given twice, or is a string without exactly one value.
    """
    parameters: dict[str, Parameter] = {}
    for each in given:
        name, values = each.get("Name"), each.get("Values")
        if not isinstance(name, str) or not isinstance(values, list) or not values:
            raise InvalidInput("Each policy parameter must have a name and values.")
        is_list = each.get("Type", "string" if len(values) == 1 else "stringList") == "stringList"
        if not is_list and len(values) != 1:
            raise InvalidInput(f"The policy parameter {name} is a string and must have one value.")
        if name in parameters:
            raise InvalidInput(f"The policy parameter {name} is given twice.")
        parameters[name] = Parameter(name, tuple(map(str, values)), is_list)
    return parameters


def rendered(template: str, parameters: Mapping[str, Parameter]) -> str:
    """The policy that a template (its JSON) gives with these parameters.

    Values are put into the JSON's strings, never into its text, so that they cannot change what it says elsewhere.

    Raises:
        InvalidInput: a parameter is missing, or not the template's, or a list stands within other text; or what comes
            out is too long, or no policy that a session can have.
    """
    used: set[str] = set()
    filled = _filled(json.loads(template), parameters, used)
    if unused := sorted(parameters.keys() - used):
        raise InvalidInput(f"The policy template has no parameter {unused[0]}.")
    text = json.dumps(filled, separators=(",", ":"), ensure_ascii=False)
    if len(text) > LONGEST_POLICY:
        raise InvalidInput(f"The policy must not be longer than {LONGEST_POLICY} characters with its parameters.")
    try:
        documents.check(text, language.PolicyType.SESSION)
    except MalformedPolicyDocument as malformed:
        raise InvalidInput(f"The policy with its parameters is not valid: {malformed.message}") from malformed
    return text


def _filled(node: object, parameters: Mapping[str, Parameter], used: set[str]) -> object:
    if isinstance(node, dict):
        return {key: _filled(value, parameters, used) for key, value in node.items()}
    if isinstance(node, list):
        items: list[object] = []
        for value in node:
            filled = _filled(value, parameters, used)
            # A list's parameter that stands alone in a list is so many items of it.
            if isinstance(value, str) and isinstance(filled, list):
                items += filled
            else:
                items.append(filled)
        return items
    if not isinstance(node, str):
        return node
    alone = _PARAMETER.fullmatch(node)
    if alone is not None and (parameter := _required(alone[1], parameters, used)).is_list:
        return list(parameter.values)
    return _PARAMETER.sub(lambda found: _one_value(_required(found[1], parameters, used)), node)


def _required(name: str, parameters: Mapping[str, Parameter], used: set[str]) -> Parameter:
    if name not in parameters:
        raise InvalidInput(f"The policy template's parameter {name} is missing.")
    used.add(name)
    return parameters[name]


def _one_value(parameter: Parameter) -> str:
    if parameter.is_list:
        raise InvalidInput(f"The policy parameter {parameter.name} is a list, and must stand alone in the template.")
    return parameter.values[0]
