"""The condition keys that a policy asks for, spelled as its author wrote them.

Source: IAM API Reference, GetContextKeysForCustomPolicy, and its sample in the CLI reference: keys of variables count,
and the spelling stays.
"""

import re
from collections.abc import Iterable, Iterator

from bailiwick.policy import CompiledPolicy, CompiledStatement

_VARIABLE = re.compile(r"\$\{([^{}',]+)")


def names_of(policy: CompiledPolicy) -> tuple[str, ...]:
    """The keys, each once and in the order of the text; of one key in several spellings, the first."""
    found: dict[str, str] = {}
    for statement in policy.statements:
        for name in _written(statement):
            # The engine says what is asked for: not all that looks like a variable is one.
            if name.lower() in statement.keys:
                found.setdefault(name.lower(), name)
    return tuple(found.values())


def _written(statement: CompiledStatement) -> Iterator[str]:
    written = statement.written
    if written is None:
        return
    yield from _variables(written.resource or ())
    yield from _variables(written.not_resource or ())
    for block in written.conditions or ():
        for key, values in block.tests:
            yield key
            yield from _variables(values)


def _variables(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        for found in _VARIABLE.finditer(text):
            yield found[1]
