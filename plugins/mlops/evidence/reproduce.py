"""Make a version again from what is recorded, in a process of its own, and compare it digit by digit."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from include.errors import ConfigError, DataError, InfrastructureError, ModelError
from include.evaluation.record import Evaluation
from include.evaluation.scores_file import read_evaluated
from include.evidence import retrain
from include.evidence.comparison import (
    compare_figures,
    compare_libraries,
    compare_predictions,
    compare_texts,
)
from include.evidence.reproduction import Reproduction
from include.names import INTERNAL
from include.promotion.retrain_needed import training_key
from include.strict_json import to_json
from mlops import run_context
from mlops.evidence.code import Choice, find_code
from mlops.evidence.version import RecordedVersion, recorded_environment

if TYPE_CHECKING:
    import pyarrow as pa

    from include.evidence.reproduction import Finding
    from mlops.hooks.data_registry import DataRegistryHook
    from mlops.hooks.mlflow import MlflowHook

_PYTHON = "python"
_OURS_BEFORE = {"target", "candidate", "champion"}  # in files of 0.2 and before
_LONGEST = 1500  # characters of what a failed process said


def reproduce(
    hook: MlflowHook,
    registry: DataRegistryHook,
    version: RecordedVersion,
    *,
    scratch: Path,
    code: Choice = "recorded",
    python: str = "",
) -> Reproduction:
    """Make a version again and compare it. Nothing is written but to ``scratch``.

    :param hook: the MLflow hook.
    :param registry: the data registry, which also knows the object store.
    :param version: what is on record.
    :param scratch: an empty folder, which the caller removes.
    :param code: train with the recorded code, or with what is here.
    :param python: the interpreter to train with; by default the one that runs this.
    :raises ConfigError: the recorded code, or the interpreter, can't be found.
    :raises DataError: a snapshot is gone or holds other bytes.
    :raises ModelError: training fails where it did not fail then.
    :raises InfrastructureError: the process was killed, or MLflow or the object store is away.
    """
    interpreter = _interpreter(python)
    libraries = recorded_environment(hook, version)
    tree = find_code(version.code_version, code, scratch / "code")
    folder, of_folder = _model_folder(tree.root, version.model)
    snapshots = _fetch(registry, version, scratch / "data")
    output = scratch / "made"
    made = _train(
        {
            "model_folder": str(folder),
            "as_of": version.dataset.as_of,
            **snapshots,
            "holdout": _plain(version.dataset.holdout),
            "champion_holdout": _plain(version.dataset.champion_holdout),
            "output": str(output),
            "libraries": [name for name in libraries if name != _PYTHON],
        },
        interpreter=interpreter,
        root=tree.root,
        scratch=scratch,
    )
    scores = registry.store.local_path(registry.store.resolve(version.scores_key), scratch)
    return Reproduction(
        subject=version.title,
        findings=tuple(_compare(version, made, recorded=scores, found=output / retrain.SCORES)),
        circumstances=compare_libraries(libraries, {**made["libraries"], _PYTHON: made["python"]}),
        notes={
            "code": tree.origin,
            "model folder": of_folder,
            "data": _describe(version),
            "trained by": f"Python {made['python']}, {python or 'the one that runs this'}",
        },
    )


def _compare(version: RecordedVersion, made: dict[str, Any], *, recorded: Path, found: Path) -> list[Finding]:
    """Compare what was made again, the causes before their effects."""
    dataset, params = version.dataset, version.run.data.params
    config_digest = params.get("config_digest")
    key = training_key(dataset.train_digest, config_digest or "", made["estimator_digest"])
    evaluation = Evaluation.from_dict(made["evaluation"])
    return [
        compare_texts("configuration", config_digest, made["config_digest"]),
        compare_texts(
            "estimator", version.training_key, key, summary=f"training key {version.training_key[:12]}"
        ),
        compare_texts(
            "training set", dataset.train_digest, made["train_digest"], summary=f"{made['train_rows']:,} rows"
        ),
        compare_texts(
            "test set", dataset.test_digest, made["test_digest"], summary=f"{made['test_rows']:,} rows"
        ),
        compare_figures("metrics", _figures(version.evaluation), _figures(evaluation)),
        compare_predictions(read_evaluated(recorded), read_evaluated(found), _keys(recorded), _keys(found)),
    ]


def _figures(evaluation: Evaluation) -> dict[str, float | None]:
    """Return each metric with both ends of its interval."""
    figures: dict[str, float | None] = {}
    for name, one in evaluation.candidate.items():
        figures |= {name: one.value, f"{name} low": one.low, f"{name} high": one.high}
    return figures


def _keys(file: Path) -> pa.Table:
    """Return the columns of a file of scores that say which row it is."""
    with pq.ParquetFile(file) as parquet:
        names = parquet.schema_arrow.names
        ours = {name for name in names if name.startswith(INTERNAL)} or _OURS_BEFORE
        return parquet.read(columns=[name for name in names if name not in ours])


def _fetch(registry: DataRegistryHook, version: RecordedVersion, scratch: Path) -> dict[str, dict[str, str]]:
    """Return the snapshots as local files, each checked against its md5."""
    found: dict[str, dict[str, str]] = {"features": {}, "labels": {}}
    gone: list[str] = []
    for ref in version.manifest.snapshots:
        try:
            found[ref.table][ref.partition] = str(registry.local_path(ref, scratch))
        except DataError as error:
            gone.append(str(error))
    if gone:
        more = f" {len(gone) - 1} more of its {len(version.manifest.snapshots)} snapshots are at fault."
        raise DataError(
            f"{version.title} can't be made again: {gone[0]}{more if len(gone) > 1 else ''} The registry "
            "that has this data is the one of the environment it was trained in."
        )
    return found


def _model_folder(root: Path, model: str) -> tuple[Path, str]:
    """Return the model folder of some code, and where it is from: here, if the code does not have it."""
    here = run_context.MODELS_ROOT / model
    within = root / "include" / "models" / model
    if root == run_context.PROJECT_ROOT and here.is_dir():
        return here, "as it is here"
    if within.is_dir():
        return within, "of that code"
    if not here.is_dir():
        raise ConfigError(
            f"Neither the recorded code nor this folder has a model folder {model!r} ({within}, {here}): "
            f"fetch the "
            "branch that has it."
        )
    return here, "as it is here: that code has none, so it was not committed when the version was trained"


def _interpreter(python: str) -> str:
    if not python:
        return sys.executable
    found = shutil.which(python)
    if found is None:
        raise ConfigError(f"--python {python}: there is no such program that can be started")
    return str(Path.cwd() / found)  # training starts in another folder; a link into a venv stays one


def _train(request: dict[str, Any], *, interpreter: str, root: Path, scratch: Path) -> dict[str, Any]:
    """Train in a new process.

    :raises ModelError: it failed.
    :raises InfrastructureError: it was killed.
    """
    output = Path(request["output"])
    output.mkdir(parents=True)
    asked = scratch / "request.json"
    asked.write_text(to_json(request), encoding="utf-8")
    try:
        done = subprocess.run(
            [interpreter, "-P", str(Path(retrain.__file__)), str(asked)],
            cwd=scratch, env=_environment(root), capture_output=True, text=True, check=False,
        )  # fmt: skip
    except OSError as error:
        raise ConfigError(f"{interpreter} can't be started: {error}") from error
    if done.returncode < 0:
        raise InfrastructureError(
            f"Training was killed by signal {-done.returncode}, often because memory ran out. Try again "
            f"where there "
            "is more."
        )
    if done.returncode:
        raise ModelError(
            f"With {interpreter} and the code of {root} the version can't be made again: "
            f"{done.stderr.strip()[-_LONGEST:]}{_hint(done.stderr)}"
        )
    made: dict[str, Any] = json.loads((output / retrain.RESULT).read_text(encoding="utf-8"))
    if Path(made["code"]) != root.resolve():
        raise ConfigError(
            f"{interpreter} has an include of its own ({made['code']}) before the one of {root}: uninstall "
            "it there"
        )
    return made


def _hint(said: str) -> str:
    if "ModuleNotFoundError" in said:
        return "\nThat Python lacks a library: install requirements.txt of the recorded commit there."
    if "-P" in said and "option" in said:
        return "\nPython 3.11 or newer is needed."
    return ""


def _environment(root: Path) -> dict[str, str]:
    """Return the environment of the process: the code to train with in place of the code here."""
    own = {run_context.PROJECT_ROOT, run_context.PROJECT_ROOT / "plugins"}
    given = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    others = [path for path in given if Path(path).resolve() not in own]
    path = os.pathsep.join([str(root), *others])
    return {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


def _describe(version: RecordedVersion) -> str:
    refs = version.manifest.snapshots
    rows = sum(ref.rows for ref in refs)
    return f"{len(refs)} snapshots, {rows:,} rows, as of {version.manifest.as_of}; each has the recorded md5"


def _plain(holdout: Any) -> dict[str, Any] | None:
    return None if holdout is None else dataclasses.asdict(holdout)
