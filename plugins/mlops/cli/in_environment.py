"""Do one thing in an environment, in a process of its own: ``python -m mlops.cli.in_environment``.

No process ever knows the connections of two environments. Who needs something of another one starts this,
which enters it before it imports anything that connects. The request comes as JSON on standard input, so that
no secret appears in an argument list; the answer is the last line of standard output.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from typing import Any

from include.errors import InfrastructureError, InputError, MlopsError, StaleDecisionError
from include.strict_json import to_json
from mlops.cli.chosen_environment import enter_environment
from mlops.cli.environments_known import variables_of_others
from mlops.cli.exit_codes import ExitCode, error_text, exit_code_of

TIME_LIMIT = 1800
# What may be asked for: a function of one mapping of JSON values, which returns another.
ACTIONS = {
    name: f"mlops.cli.environment_actions:{name}"
    for name in ("describe", "mark", "collect", "deploy", "close", "abandon")
}


def ask(environment: str, action: str, request: dict[str, Any]) -> dict[str, Any]:
    """Return what an action answers in another environment.

    :param environment: its name.
    :param action: one of :data:`ACTIONS`.
    :param request: JSON values.
    :raises InputError: it refused; the message is its own.
    :raises StaleDecisionError: a decision stands against it.
    :raises InfrastructureError: a server is away, or the process was killed or took too long.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "mlops.cli.in_environment", environment, action],
            input=to_json(request), capture_output=True, text=True, timeout=TIME_LIMIT, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise InfrastructureError(
            f"{environment} did not finish {action!r} within {TIME_LIMIT} s. Look at the load of its "
            "servers, and try again."
        ) from error
    said = f"\n{done.stderr}".rpartition("\nmlops: ")[2].strip()[-3000:]  # after warnings, if any
    if done.returncode == 0:
        return dict(json.loads(done.stdout.splitlines()[-1]))
    if done.returncode == ExitCode.REFUSED:
        raise StaleDecisionError(said)
    if done.returncode == ExitCode.ERROR:
        raise InputError(said)
    raise InfrastructureError(
        said
        if done.returncode == ExitCode.TRY_AGAIN
        else f"{action!r} in {environment} ended with {done.returncode}; try again. {said}"
    )


def main(arguments: list[str]) -> int:
    """Enter an environment, do what is asked for, print the answer as one line of JSON.

    :param arguments: the environment, and one of :data:`ACTIONS`.
    """
    environment, action = arguments
    try:
        entered = enter_environment(environment)
        for variable in variables_of_others(environment, os.environ):
            del os.environ[variable]
        if entered.content.from_airflow:
            import_module("mlops.cli.local_connections").use_connections()
        import_module("mlops.cli.airflow_logs").log_to_stderr()
        import_module("logging").getLogger().setLevel("WARNING")
        module, _, function = ACTIONS[action].partition(":")
        answer = getattr(import_module(module), function)(entered, json.load(sys.stdin))
    except MlopsError as error:
        sys.stderr.write(f"mlops: {error_text(error)}\n")
        return exit_code_of(error)
    except OSError as error:  # of what lies between the two: the disk of this machine
        sys.stderr.write(f"mlops: {environment} could not {action}: {error}. Free some room; try again.\n")
        return ExitCode.TRY_AGAIN
    sys.stdout.write("\n" + to_json(answer) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
