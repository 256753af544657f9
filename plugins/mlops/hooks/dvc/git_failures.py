"""What git's words mean: a race, a refusal that stays one, or an outage that may be over at the next try."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from include.errors import ConfigError, RegistryError

if TYPE_CHECKING:
    from include.errors import MlopsError

# The branch has moved on, or moves at this very moment. A remote that refuses for a reason of its own (a
# hook, a quota, a protected branch) says "[remote rejected]" without them.
_RACES = ("[rejected]", "cannot lock ref", "failed to update ref", "incorrect old value")

# A remote that is full or out of order says so on its way; it may take the same push later.
_PASSES = re.compile(
    r"quota|no space left|disk full|too many requests|rate limit|temporarily|time[d ]*out|try again|internal "
    r"(server )?error|HTTP 5\d\d|error: 5\d\d|under maintenance",
    re.IGNORECASE,
)

# Pattern to what a person has to do. The first that matches counts.
_REFUSALS: tuple[tuple[str, str], ...] = (
    (
        r"dubious ownership",
        "The repository belongs to another user than the one this worker runs as. Let that user run "
        "`git config --global --add safe.directory <the path above>`, or change the repository's owner.",
    ),
    (
        r"Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED",
        "This worker does not know the remote's ssh key. Add it to the worker's known_hosts (ssh-keyscan), "
        "after checking it.",
    ),
    (
        r"SSL certificate problem|server certificate verification failed|unable to get local issuer|"
        r"certificate subject name|error setting certificate",
        "This worker does not trust the remote's certificate. Point GIT_SSL_CAINFO, or git's http.sslCAInfo, "
        "at the certificates of your network.",
    ),
    (
        r"Permission denied \((publickey|password|keyboard)|Authentication failed|could not read "
        r"(Username|Password)|error: 40[13]|HTTP 40[13]|status 40[13]|Invalid username or "
        r"(password|token)|terminal prompts disabled|Permission to .* denied|access denied|not authorized|"
        r"Write access to repository not granted",
        "The remote does not accept these credentials, or they may not write. Correct login and password "
        "(https) or the key (ssh), and give that user the right to push.",
    ),
    (
        r"protected branch|GH006|GH013|hook declined|repository rule violations|not allowed to push",
        "The remote does not take this push: its branch is protected, or a hook of its own declined. Let the "
        "connection's user push to {branch} (an exception to the protection, or a user who may).",
    ),
    (
        r"branch is currently checked out",
        "The remote is a working copy. Point the connection at a bare repository (`git init --bare`).",
    ),
    (
        r"(fatal|error|remote): .*not found|does not appear to be a git repository|not a git repository|"
        r"repository .* does not exist|No such file or directory|invalid gitfile format",
        "There is no repository, or none that this user may see. Create it, or correct the remote.",
    ),
    (
        r"Permission denied|insufficient permission|Read-only file system|Operation not permitted",
        "This worker's user may not write there. Give that user the right to write, or correct the remote.",
    ),
    (
        r"bad config|bad boolean config|bad numeric config|invalid (config|key)|unable to parse|"
        r"unknown option|unable to find remote helper|unable to access .*config|transport .* not allowed|"
        r"protocol .* is not supported|Unsupported proxy|URL .*malformed|bad/illegal format",
        "Git's settings where this worker runs, or the remote, are wrong. Correct what git names.",
    ),
    (
        r"remote rejected",
        "The remote refuses this push for a reason of its own, named above. Correct it there.",
    ),
)


def pushed_first(error: MlopsError) -> bool:
    """Return whether a push failed because another one came first."""
    return any(words in str(error) for words in _RACES)


def git_failure(command: str, code: int, said: str, *, connection: str, branch: str) -> MlopsError:
    """Return the error for a git command that failed.

    :param command: the command, without secrets.
    :param code: its exit status.
    :param said: the last lines that git printed, without secrets.
    :param connection: id of the Airflow connection that names the remote.
    :param branch: the branch that is pushed to.
    :return: a :class:`ConfigError` where the next try would fail as well, else a :class:`RegistryError`.
    """
    what = f"{command} failed ({code}): {said}"
    stays = "Permission denied" in said or not any(words in said for words in _RACES)
    if stays and not _PASSES.search(said):
        for pattern, remedy in _REFUSALS:
            if re.search(pattern, said, re.IGNORECASE):
                return ConfigError(
                    f"{what}. {remedy.format(branch=branch)} The remote is that of connection {connection!r}."
                )
    return RegistryError(
        f"{what}. Check the remote, the credentials and the room of the data registry (connection "
        f"{connection!r}); the task is retried."
    )
