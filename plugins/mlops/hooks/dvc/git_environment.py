"""The environment in which git runs for the data registry: people's settings reach the network, nothing else.

How a remote is reached (proxies, certificates, ``url.*.insteadOf``, credential helpers, an ssh command,
``safe.directory``) is for the machine to say. What git does in a clone that lives for seconds is not: a
signature that asks for a passphrase, a hook that lints, an ignored ``*.dvc``, a line end that is turned, or a
``GIT_DIR`` that leads elsewhere. See ``git help config`` and ``git rev-parse --local-env-vars``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from include.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Variables of git's own that lead to a remote or to settings. Any other one that begins with GIT_ is dropped.
_KEPT = {
    "GIT_ALLOW_PROTOCOL", "GIT_ASKPASS", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_SYSTEM",
    "GIT_EXEC_PATH", "GIT_HTTP_LOW_SPEED_LIMIT", "GIT_HTTP_LOW_SPEED_TIME", "GIT_HTTP_PROXY_AUTHMETHOD",
    "GIT_HTTP_USER_AGENT", "GIT_PROTOCOL_FROM_USER", "GIT_PROXY_COMMAND", "GIT_PROXY_SSL_CAINFO",
    "GIT_PROXY_SSL_CERT", "GIT_PROXY_SSL_CERT_PASSWORD_PROTECTED", "GIT_PROXY_SSL_KEY", "GIT_SSH",
    "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_SSL_CERT",
    "GIT_SSL_CERT_PASSWORD_PROTECTED", "GIT_SSL_CIPHER_LIST", "GIT_SSL_KEY", "GIT_SSL_NO_VERIFY",
    "GIT_SSL_VERSION",
}  # fmt: skip

# What a person's settings may not change in a task's own clone.
_OVERRIDES = {
    "commit.gpgSign": "false", "tag.gpgSign": "false", "push.gpgSign": "false",
    "log.showSignature": "false",
    "core.hooksPath": os.devnull, "core.excludesFile": os.devnull, "core.attributesFile": os.devnull,
    "core.autocrlf": "false", "core.eol": "lf", "core.safecrlf": "false", "core.fsmonitor": "false",
    "core.quotePath": "false", "color.ui": "false",
    "gc.auto": "0", "maintenance.auto": "false",
    "push.followTags": "false", "push.recurseSubmodules": "no", "submodule.recurse": "false",
    "init.defaultObjectFormat": "sha1", "init.defaultRefFormat": "files",
}  # fmt: skip

_IDENTITY = {
    "GIT_AUTHOR_NAME": "mlops", "GIT_AUTHOR_EMAIL": "mlops@localhost",
    "GIT_COMMITTER_NAME": "mlops", "GIT_COMMITTER_EMAIL": "mlops@localhost",
}  # fmt: skip


def git_environment(
    outer: Mapping[str, str], *, ssh_command: str = "", authorization: str = ""
) -> dict[str, str]:
    """Return the environment of a git command.

    :param outer: the environment of this process.
    :param ssh_command: the ssh command where neither the environment nor git's settings name one; empty to
        leave that to git.
    :param authorization: value of an HTTP ``Authorization`` header; empty for none.
    :raises ConfigError: ``GIT_CONFIG_COUNT`` and the settings that go with it are not what git reads.
    """
    given = _given_settings(outer)
    added = [*_OVERRIDES.items()]
    if authorization:
        added.append(("http.extraHeader", f"Authorization: {authorization}"))
    environment = {
        name: value for name, value in outer.items() if not name.startswith("GIT_") or name in _KEPT
    }
    environment |= _IDENTITY | {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_TEMPLATE_DIR": "",  # a template may bring hooks
        "GIT_LITERAL_PATHSPECS": "1",
        "LC_ALL": "C",  # what git says is read by programs, too
        "LANGUAGE": "C",
        "GIT_CONFIG_COUNT": str(len(given) + len(added)),
    }
    for number, (key, value) in enumerate([*given, *added]):
        environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    if ssh_command:
        environment["GIT_SSH_COMMAND"] = ssh_command
    return environment


def _given_settings(outer: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the settings that the environment brings, such as a container's ``safe.directory``."""
    count = outer.get("GIT_CONFIG_COUNT") or "0"
    try:
        return [
            (outer[f"GIT_CONFIG_KEY_{number}"], outer[f"GIT_CONFIG_VALUE_{number}"])
            for number in range(int(count))
        ]
    except (KeyError, ValueError) as error:
        raise ConfigError(
            f"The environment variable GIT_CONFIG_COUNT is {count!r}, which git can't read ({error}). "
            "Expected a number, and as many GIT_CONFIG_KEY_<n> and GIT_CONFIG_VALUE_<n>. Correct or remove "
            "it where this worker is started."
        ) from error
