"""Load and validate the folders under ``include/models``. Light enough to run while a DAG file is parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from include.config.mistakes import Mistake, config_error
from include.config.rules import rule_mistakes
from include.config.schema import ModelConfig
from include.config.shape import shape_mistakes
from include.config.yaml_file import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

MODEL_FILE = "model.yaml"
COMPANIONS = {
    "estimator.py": "the function build(config) that returns an unfitted scikit-learn Pipeline",
    "contract.yaml": "the data contract: what must hold in features and labels",
}


def load_model(folder: Path) -> ModelConfig:
    """Return the validated content of a model folder's ``model.yaml``.

    :param folder: such as ``include/models/credit_risk``; it must hold ``estimator.py`` and ``contract.yaml``
        too, which are not opened here.
    :raises ConfigError: one line for each mistake: file and line, key, what was found, what is allowed.
    """
    source = read_yaml(folder / MODEL_FILE)
    mistakes: list[Mistake] = []
    config = None
    try:
        config = ModelConfig.model_validate(source.content)
    except ValidationError as error:
        mistakes = shape_mistakes(error, ModelConfig)
    reported = {mistake.key for mistake in mistakes}
    mistakes += [
        mistake
        for mistake in rule_mistakes(source.content, folder.absolute().name)
        if mistake.key not in reported
    ]
    mistakes += [
        Mistake((), f"{name} is missing in this folder; write it: {purpose}")
        for name, purpose in COMPANIONS.items()
        if not (folder / name).is_file()
    ]
    if mistakes or config is None:
        raise config_error(source.path, map(source.located, mistakes))
    return config


def model_folders(root: Path) -> list[Path]:
    """Return the folders below ``root`` that hold a ``model.yaml``, sorted by name.

    :param root: usually ``include/models``; an absent folder holds no model.
    """
    return sorted(path.parent for path in root.glob(f"*/{MODEL_FILE}"))
