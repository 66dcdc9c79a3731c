"""The `bailiwick` program: one module for each command, loaded only when that command runs.

Others use `main`, the entry point; commands act on the store, on its host, with the settings of `bailiwick.settings`.
"""

from bailiwick.cli.program import main

__all__ = ["main"]
