"""What of a model's folder each stage follows from.

DVC compares the keys that ``dvc.yaml`` names, and can't name one that a ``model.yaml`` does not have (yet).
So a stage of its own reads the whole folder, refuses what is wrong, and writes a file for each of the others,
with every value that it follows from, defaults among them. They depend on these files: a stage runs again
when something that it reads has changed, and not because anything has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.config.estimator import estimator_digest
from include.config.load import MODEL_FILE, load_model
from include.pipeline.files import write_json

if TYPE_CHECKING:
    from include.config.schema import ModelConfig
    from include.pipeline.places import Places

_COLUMNS = ("name", "task", "entity", "row", "time", "target", "weight", "features")


def run(places: Places) -> str:
    """Write what each stage follows from; return what was found, for people.

    :param places: the pipeline's files.
    :raises ConfigError: ``model.yaml``, or a file that it names, is wrong: a line for each error.
    """
    places.require()
    config = load_model(places.folder)
    for stage, content in settings_of(config, estimator_digest(places.folder)).items():
        write_json(places.settings(stage), content)
    return f"{places.folder / MODEL_FILE} is sound"


def settings_of(config: ModelConfig, code: str) -> dict[str, dict[str, Any]]:
    """Return stage to what it follows from: plain values by key of ``model.yaml``.

    :param config: the model's configuration.
    :param code: digest of its ``estimator.py`` and of what that imports.
    """
    whole = config.model_dump(mode="json")
    columns = {name: whole[name] for name in _COLUMNS}
    enough = {name: whole["gate"][name] for name in ("min_rows", "min_positives")}
    return {
        "prepare": {
            **columns,
            "source": whole["source"],
            "queries": dict(config.queries),
            "deliveries": max(config.window.partitions, config.monitoring.policy.windows),
        },
        "featurize": {**columns, "window": whole["window"], "split": whole["split"], "gate": enough},
        "train": {**columns, "estimator": whole["estimator"], "code": code},
        "evaluate": {
            **columns,
            "sensitive": whole["sensitive"],
            "gate": whole["gate"],
            "estimator": {"seed": config.estimator.seed},
        },
    }
