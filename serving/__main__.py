"""``python -m serving --model credit_risk --mlflow http://127.0.0.1:5000``."""

from __future__ import annotations

import gc
import logging
import os
import sys
from typing import TYPE_CHECKING

# Before NumPy and scikit-learn are loaded: a process answers with one core.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from include.config.config_errors import one_of
from include.config.load import load_model, model_folders
from include.errors import ConfigError, MlopsError
from serving.server import ModelServer
from serving.settings import parse_settings

if TYPE_CHECKING:
    from pathlib import Path

    from serving.settings import Settings

logger = logging.getLogger("serving")

_BETWEEN_COLLECTIONS = 20_000  # objects that came and did not go
WRONG = 2
"""Exit status where an option or the model's configuration is wrong."""


def main(arguments: list[str]) -> int:
    """Serve until a signal comes; return the exit status.

    :param arguments: without the program's name.
    """
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    _collect_seldom()
    try:
        settings = parse_settings(arguments)
        ModelServer(settings, load_model(_folder(settings))).run()
    except MlopsError as error:
        logger.critical("%s", error)
        return WRONG
    return 0


def _collect_seldom() -> None:
    """Look for circles of dead objects seldom, and never among the modules.

    The lists of a request with 1,000 rows would start that twice, a twentieth of the time of its answer, and
    nothing in them is a circle.
    """
    gc.freeze()
    gc.set_threshold(_BETWEEN_COLLECTIONS)


def _folder(settings: Settings) -> Path:
    """Return the model's folder.

    :raises ConfigError: there is none of the name; it offers the nearest.
    """
    folders = {folder.name: folder for folder in model_folders(settings.models)}
    if settings.model not in folders:
        known = one_of(folders, settings.model)
        raise ConfigError(f"--model {settings.model}: {settings.models} has no such folder; {known}")
    return folders[settings.model]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
