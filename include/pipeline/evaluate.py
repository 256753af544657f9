"""The stage ``evaluate``: what the fitted model does on the frozen test set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.config.load import load_model as load_config
from include.data.dataset_files import check_frozen
from include.data.dataset_record import RECORD_FILE, TEST_FILE, Dataset
from include.evaluation.compare import evaluate
from include.evaluation.flat_figures import evaluation_figures
from include.evaluation.importance import measure_importance
from include.evaluation.plots.points import plot_points
from include.evaluation.scores_file import CANDIDATE, write_scores
from include.pipeline.files import read_record, write_json
from include.training.frame import load_frame
from include.training.persist import load_model
from include.training.predict import predict_scores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.pipeline.places import Places


def run(places: Places, commit: str, changed: Sequence[str]) -> str:
    """Evaluate the model as the task ``evaluate`` of the training DAG does while there is no champion.

    Leaves the record and the scores, the figures as metrics, the points of the plots, and the code that it
    was made with.

    :param places: the pipeline's files.
    :param commit: the git commit of the code; ``unknown`` without git.
    :param changed: paths that differ from it, or that git does not know, as ``git status`` names them.
    :return: the evaluation as a table.
    :raises DataError: the test set is not what was frozen.
    :raises ModelError: the model can't be loaded or scored.
    """
    config = load_config(places.folder)
    record = read_record(places.dataset / RECORD_FILE, Dataset.from_dict)
    test = places.dataset / TEST_FILE
    check_frozen(test, record.test_digest)
    frame = load_frame(test, config)
    model = load_model(places.fitted.read_bytes(), config.estimator.trusted_types)
    scores = predict_scores(model, frame.features, config)
    found = evaluate(test, scores, None, config, trained=record.train, dominant=record.dominant)
    places.evaluation.mkdir(parents=True, exist_ok=True)
    write_scores(places.evaluation / "scores.parquet", frame, {CANDIDATE: scores})
    importance = measure_importance(model, frame, config)
    for name, rows in plot_points(frame.target, scores, importance, config, frame.weights).items():
        write_json(places.plots / f"{name}.json", rows)
    write_json(places.code, {"commit": commit, "changed": list(changed)})
    write_json(places.metrics, evaluation_figures(found))
    write_json(places.evaluation / "evaluation.json", found.to_dict())
    return found.to_text()
