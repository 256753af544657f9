"""``bin/mlops reproduce``: a version is made again and compared with what was recorded."""

from __future__ import annotations

import signal
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.promotion.version_reference import VersionReference
from mlops.cli.exit_codes import ExitCode
from mlops.cli.known_models import model_names
from mlops.cli.local_connections import use_connections
from mlops.cli.output import show
from mlops.evidence.reproduce import reproduce
from mlops.evidence.version import find_version
from mlops.hooks.data_registry import DataRegistryHook
from mlops.hooks.mlflow import MlflowHook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops.evidence.code import Choice


def run(version: str, *, code: Choice = "recorded", python: str = "", as_json: bool = False) -> int:
    """Make a version again, print what came of it, and return the exit code.

    :param version: such as ``credit_risk@champion``.
    :param code: train with the recorded code, or with what is here.
    :param python: the interpreter to train with; empty for this one.
    :param as_json: whether to print JSON.
    :raises MlopsError: it can't be made again.
    """
    reference = VersionReference.parse(version)
    use_connections()
    hook, registry = MlflowHook(), DataRegistryHook()
    found = find_version(hook, registry.store, reference, model_names())
    with scratch_folder("reproduce-") as scratch:
        made = reproduce(hook, registry, found, scratch=scratch, code=code, python=python)
    show(as_json, made.to_dict(), made.to_text)
    return ExitCode.DONE if made.identical else ExitCode.DIFFERS


@contextmanager
def scratch_folder(prefix: str) -> Iterator[Path]:
    """Yield a folder that is gone afterwards, also after Ctrl-C, or when the process is told to stop.

    :param prefix: how its name begins.
    """

    def stop(number: int, _frame: Any) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        with tempfile.TemporaryDirectory(prefix=prefix) as folder:
            yield Path(folder)
    finally:
        signal.signal(signal.SIGTERM, before)
