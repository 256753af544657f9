"""Make a recorded model again: a program that runs in a process of its own, under the code that was recorded.

Started as ``python -P retrain.py REQUEST`` with that code on ``PYTHONPATH``, which may be older than this
file,
so it calls nothing but what prepares, trains and evaluates in every task.
"""

from __future__ import annotations

import json
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

TRAIN, SCORES, RESULT = "train.parquet", "scores.parquet", "result.json"


def retrain(request: dict[str, Any]) -> dict[str, Any]:
    """Prepare the dataset from its snapshots, fit, evaluate; write the predictions and return the rest.

    :param request: ``model_folder``; ``as_of`` (ISO date); ``features`` and ``labels``, partition to Parquet
        file; ``holdout`` and ``champion_holdout``, the fields of a ``Holdout`` or None, as the dataset's
        record has them; ``output``, a folder; ``libraries``, names whose versions are asked for.
    :return: digests, metrics, and what they were made with, as JSON values.
    :raises MlopsError: the data or the model is at fault.
    """
    import include
    from include.config.estimator import estimator_digest, load_estimator
    from include.config.load import load_model
    from include.data.dataset import build_dataset
    from include.data.dataset_record import TEST_FILE, TRAIN_FILE, Dataset
    from include.errors import DataError
    from include.evaluation.compare import evaluate
    from include.evaluation.scores_file import write_scores
    from include.training.fit import fit
    from include.training.frame import load_frame
    from include.training.predict import predict_scores

    folder, output = Path(request["model_folder"]), Path(request["output"])
    config = load_model(folder)
    estimator = load_estimator(folder, config)
    features, labels = (
        {partition: Path(file) for partition, file in request[table].items()}
        for table in ("features", "labels")
    )
    record = build_dataset(
        features, labels, config, request["as_of"], output, champion_holdout=_champion(request, config)
    )
    if not isinstance(record, Dataset):
        raise DataError(f"with this code and this data nothing is trained: {record.summary}")
    fitted = fit(output / TRAIN_FILE, config, estimator)
    test = output / TEST_FILE
    frame = load_frame(test, config)
    scores = predict_scores(fitted.model, frame.features, config)
    evaluation = evaluate(test, scores, None, config, trained=record.train, dominant=record.dominant)
    write_scores(output / SCORES, frame, {"candidate": scores})
    return {
        "code": str(Path(include.__file__).resolve().parents[1]),
        "train_digest": record.train_digest,
        "test_digest": record.test_digest,
        "train_rows": record.train.rows,
        "test_rows": record.test.rows,
        "config_digest": config.digest,
        "estimator_digest": estimator_digest(folder),
        "evaluation": evaluation.to_dict(),
        "python": platform.python_version(),
        "libraries": {name: found for name in request["libraries"] if (found := _version(name))},
    }


def _champion(request: dict[str, Any], config: Any) -> Any:
    """Return whom the champion of then had left out of its training, as ``prepare`` was given it.

    A record names it where it is another holdout than the candidate's. Where it names none there was no
    champion, or one with the very same holdout.
    """
    from include.data.splits import Holdout

    own, other = _holdout(request["holdout"]), _holdout(request["champion_holdout"])
    if other is not None or own is None:
        return other
    return None if Holdout.of(config) == own else own


def _holdout(fields: dict[str, Any] | None) -> Any:
    from include.data.splits import Holdout

    return Holdout(**{**fields, "beside": _holdout(fields.get("beside"))}) if fields else None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def main() -> int:
    """Do what the file asks that is named first, and write the result beside the predictions."""
    from include.errors import MlopsError
    from include.strict_json import to_json

    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    try:
        result = retrain(request)
    except MlopsError as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    (Path(request["output"]) / RESULT).write_text(to_json(result), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
