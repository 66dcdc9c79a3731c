"""The executable specification of decisions: slow, plainly written from AWS's guides, sharing no code with the engine.

It reads policies from their texts and takes requests as plain data. Comments quote no one: they name the page of the
IAM User Guide that a rule comes from, or say that the guides leave it open and what was chosen.
"""

from tests.specification.decision import Verdict, decide
from tests.specification.reading import Prepared, prepare
from tests.specification.world import Caller, Request, World

__all__ = ["Caller", "Prepared", "Request", "Verdict", "World", "decide", "prepare"]
