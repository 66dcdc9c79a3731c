"""Policies compiled once for each text, however many hold it and however often they are read again.

A user's record is made anew when anything of it changes. What a hundred hostile policies take to be compiled, a second,
must not be taken for each new tag.
"""

from typing import Final

from bailiwick.access.memory import Invalidations, Memory, weight_of
from bailiwick.policy import CompiledPolicy, PolicySource, compile_policy

_WEIGHT: Final = 65_536
"""In KiB, about; see `weight_of`."""


class CompiledTexts:
    """Compiles policies, and remembers by their texts those lately asked for: these are never out of date."""

    def __init__(self) -> None:
        self._invalidations = Invalidations()  # of nothing
        self._compiled: Memory[CompiledPolicy] = Memory(_WEIGHT, self._invalidations)

    def compile(self, text: str, source: PolicySource) -> CompiledPolicy:
        """The policy of that text, which is known to decisions by `source`."""
        key = "\0".join((source.policy_type.value, source.name, source.arn or "", text))
        known = self._compiled.find(key)
        if known is None:
            known = compile_policy(text, source)
            weight = 1 + len(text) // 1024 + weight_of([known])
            self._compiled.keep(key, known, (), self._invalidations.mark(), weight)
        return known
