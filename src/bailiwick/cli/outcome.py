"""How a command ends: its exit code, and the one way to say that it could not be done."""

import enum


class ExitCode(enum.IntEnum):
    """The program's exit codes."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3


class CommandFailed(Exception):
    """The command could not be done; the message tells the operator why and what to do, without a traceback."""

    def __init__(self, message: str, code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.code = code
