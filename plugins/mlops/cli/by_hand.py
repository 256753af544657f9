"""What the commands that work by hand share: the model, who works, one at a time, and how they end."""

from __future__ import annotations

import getpass
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mlops import run_context
from mlops.by_hand.learning import Learning
from mlops.by_hand.lock import hold
from mlops.cli.exit_codes import ExitCode
from mlops.cli.known_models import find_model
from mlops.cli.local_connections import use_connections
from mlops.cli.output import show
from mlops.hooks.object_store import ObjectStoreHook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from include.config.schema import ModelConfig
    from mlops.by_hand.outcome import Outcome


def open_model(model: str) -> tuple[Path, ModelConfig, str]:
    """Return a model's folder and configuration, and who works; connections are in use afterwards.

    :param model: the name of its folder.
    :raises ConfigError: there is no such folder, or it is wrong.
    """
    config = find_model(model)
    use_connections()
    return run_context.MODELS_ROOT / model, config, getpass.getuser()


@contextmanager
def at_work(model: str, command: str, *, break_lock: bool = False) -> Iterator[Learning]:
    """Work on a model by hand, alone.

    :param model: the name of its folder.
    :param command: what is done, for others who would.
    :param break_lock: take over the lock of another.
    :raises BusyError: somebody else works on it.
    """
    folder, config, user = open_model(model)
    if run_context.code_version().endswith("-dirty"):
        sys.stderr.write("  the work tree has changes that are not committed; the version will say so\n")
    with hold(ObjectStoreHook(), model, command, user, break_lock=break_lock):
        yield Learning(folder, config, user)


def finish(outcome: Outcome, *, as_json: bool) -> ExitCode:
    """Print how a command ended; return its exit code.

    :param outcome: what it did.
    :param as_json: whether to print JSON.
    """
    show(as_json, outcome.to_dict(), outcome.to_text)
    return ExitCode.REFUSED if outcome.refused else ExitCode.DONE
