"""What the exit codes of ``bin/mlops`` mean, the same for every command."""

from __future__ import annotations

from enum import IntEnum

from include.errors import InfrastructureError, MlopsError, RefusedError, StaleDecisionError, outside_task


class ExitCode(IntEnum):
    """How a command ended. 75 is ``EX_TEMPFAIL`` of sysexits.h: the same command may work later."""

    DONE = 0
    ERROR = 1
    USAGE = 2
    REFUSED = 3
    DIFFERS = 4
    TRY_AGAIN = 75


MEANINGS = {
    ExitCode.DONE: "done",
    ExitCode.ERROR: "something that was given, configured or stored is wrong",
    ExitCode.USAGE: "the command line is wrong",
    ExitCode.REFUSED: "a decision stands against it: gate, reproducibility check, approval, a newer decision",
    ExitCode.DIFFERS: "what was compared differs, or a check failed",
    ExitCode.TRY_AGAIN: "a server, a disk or the network failed: try again",
}


def exit_code_of(error: MlopsError) -> ExitCode:
    """Return the exit code for an error.

    :param error: what ended the command.
    """
    if isinstance(error, InfrastructureError):
        return ExitCode.TRY_AGAIN
    refused = isinstance(error, (RefusedError, StaleDecisionError))
    return ExitCode.REFUSED if refused else ExitCode.ERROR


def error_text(error: MlopsError) -> str:
    """Return what an error says to those who have called a command.

    :param error: what ended the command.
    """
    return outside_task(error, "Run the command again")
