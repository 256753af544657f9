"""The stage ``train``: from a frozen training set to a fitted model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.config.estimator import load_estimator
from include.config.load import load_model
from include.data.dataset_record import TRAIN_FILE
from include.evaluation.flat_figures import training_figures
from include.pipeline.files import write_json
from include.training.fit import fit
from include.training.persist import dump_model

if TYPE_CHECKING:
    from include.pipeline.places import Places


def run(places: Places) -> str:
    """Fit the model's pipeline, and save it; return what it was fitted on.

    :param places: the pipeline's files.
    :raises ConfigError: ``estimator.py`` is wrong.
    :raises ModelError: the estimator fails, or holds types that nobody has reviewed.
    """
    config = load_model(places.folder)
    fitted = fit(places.dataset / TRAIN_FILE, config, load_estimator(places.folder, config))
    places.fitted.write_bytes(dump_model(fitted.model, config.estimator.trusted_types))
    write_json(places.training_figures, training_figures(fitted.frame.target, config))
    return f"fitted on {fitted.rows:,} rows in {fitted.seconds:.1f} s"
