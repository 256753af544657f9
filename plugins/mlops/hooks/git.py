"""Git as the data registry uses it: no prompts, no secret in an argument list, a time limit on everything."""

from __future__ import annotations

import base64
import os
import re
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from include.errors import RegistryError

if TYPE_CHECKING:
    from pathlib import Path

_CREDENTIALS = re.compile(r"://[^/@\s]+@")


@dataclass(frozen=True, kw_only=True)
class Git:
    """Runs git commands.

    :param login: user name for an ``https://`` remote; empty for ssh and local remotes.
    :param password: password or token that goes with it. It travels in the child's environment, never in its
        arguments.
    :param timeout: seconds after which a command is given up.
    """

    login: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 120

    def __call__(self, *arguments: str, cwd: Path | None = None) -> str:
        """Run one git command and return what it printed.

        :raises RegistryError: git is missing, took too long or failed; the message carries git's own last
            lines.
        """
        what = _CREDENTIALS.sub("://***@", f"git {' '.join(arguments)}")
        try:
            done = subprocess.run(
                ["git", *arguments],
                cwd=cwd,
                env=self._environment(),
                capture_output=True,
                text=True,
                timeout=self.timeout,
                check=False,
            )
        except FileNotFoundError as error:
            raise RegistryError(f"{what}: git is not installed where this task runs. Install it.") from error
        except subprocess.TimeoutExpired as error:
            raise RegistryError(
                f"{what}: no answer after {self.timeout:g} s. Is the registry's remote reachable?"
            ) from error
        if done.returncode:
            said = _CREDENTIALS.sub("://***@", done.stderr.strip())[-800:]
            raise RegistryError(
                f"{what} failed ({done.returncode}): {said}. Check the remote, the credentials and the room "
                "of the data registry; the task is retried."
            )
        return done.stdout

    def _environment(self) -> dict[str, str]:
        environment = {
            **os.environ,
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C",  # what git says is read by programs, too
            "GIT_AUTHOR_NAME": "mlops", "GIT_AUTHOR_EMAIL": "mlops@localhost",
            "GIT_COMMITTER_NAME": "mlops", "GIT_COMMITTER_EMAIL": "mlops@localhost",
            "GIT_SSH_COMMAND": os.environ.get("GIT_SSH_COMMAND", "ssh -oBatchMode=yes"),
        }  # fmt: skip
        if self.password:
            token = base64.b64encode(f"{self.login}:{self.password}".encode()).decode()
            given = int(environment.get("GIT_CONFIG_COUNT") or 0)  # settings of the machine's own stay
            environment |= {
                "GIT_CONFIG_COUNT": str(given + 1),
                f"GIT_CONFIG_KEY_{given}": "http.extraHeader",
                f"GIT_CONFIG_VALUE_{given}": f"Authorization: Basic {token}",
            }
        return environment
