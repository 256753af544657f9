"""Git as the data registry uses it: no prompts, no secret in an argument list, a time limit on everything.

:mod:`mlops.hooks.dvc.git_environment` says which of the machine's settings count, and
:mod:`mlops.hooks.dvc.git_failures` what git's messages mean.
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from include.errors import ConfigError, RegistryError
from mlops.hooks.dvc.git_environment import git_environment
from mlops.hooks.dvc.git_failures import git_failure

if TYPE_CHECKING:
    from pathlib import Path

BRANCH = "main"  # of the data registry

_CREDENTIALS = re.compile(r"://[^/@\s]+@")
_SSH_COMMAND = "ssh -oBatchMode=yes"  # never asks


@dataclass(frozen=True, kw_only=True)
class Git:
    """Runs git commands.

    :param login: user name for an ``https://`` remote; empty for ssh and local remotes.
    :param password: password or token that goes with it. It travels in the child's environment, never in its
        arguments.
    :param timeout: seconds after which a command is given up.
    :param connection: id of the Airflow connection that names the remote, for messages.
    """

    login: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 120
    connection: str = "data_registry_default"

    def __call__(self, *arguments: str, cwd: Path | None = None, given: str | None = None) -> str:
        """Run one git command and return what it printed.

        :param arguments: of git.
        :param cwd: folder to run it in.
        :param given: what it reads from its standard input; None leaves that to this process.

        :raises ConfigError: git is missing, or refuses for a reason that lasts: a remote that does not exist,
            credentials, a protected branch.
        :raises RegistryError: git took too long or failed for another reason. Both carry git's own last
            lines.
        """
        what = _CREDENTIALS.sub("://***@", f"git {' '.join(arguments)}")
        done = self._run(what, arguments, cwd, given)
        if done.returncode:
            said = _CREDENTIALS.sub("://***@", done.stderr.strip())[-800:]
            raise git_failure(what, done.returncode, said, connection=self.connection, branch=BRANCH)
        return done.stdout

    def _run(
        self, what: str, arguments: tuple[str, ...], cwd: Path | None, given: str | None
    ) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                ["git", *arguments],
                cwd=cwd,
                env=self._environment(),
                input=given,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=self.timeout,
                check=False,
            )
        except FileNotFoundError as error:
            if cwd is not None and not cwd.exists():
                raise RegistryError(f"{what}: the folder {cwd} is gone. The task is retried.") from error
            raise ConfigError(f"{what}: git is not installed where this task runs. Install it.") from error
        except subprocess.TimeoutExpired as error:
            raise RegistryError(
                f"{what}: no answer after {self.timeout:g} s. Is the registry's remote reachable (connection "
                f"{self.connection!r})? The task is retried."
            ) from error

    def _environment(self) -> dict[str, str]:
        token = base64.b64encode(f"{self.login}:{self.password}".encode()).decode()
        return git_environment(
            os.environ,
            ssh_command=self._ssh_command,
            authorization=f"Basic {token}" if self.password else "",
        )

    @cached_property
    def _ssh_command(self) -> str:
        """What git is told to use for ssh, if anything; asked once for all commands."""
        return "" if _names_ssh_command() else _SSH_COMMAND


def _names_ssh_command() -> bool:
    """Return whether the machine configures the ssh command, in the environment or in git's settings."""
    if os.environ.get("GIT_SSH_COMMAND") or os.environ.get("GIT_SSH"):
        return True
    try:
        asked = subprocess.run(
            ["git", "config", "--get", "core.sshCommand"], cwd=os.sep, env=git_environment(os.environ),
            capture_output=True, timeout=30, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return False  # the command itself will tell
    return asked.returncode == 0
