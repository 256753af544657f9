"""Load a model from MLflow: skops only, and only types that were reviewed. Knows nothing of Airflow."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from include.errors import ModelError
from include.training.persist import load_model as load_skops
from mlops.hooks.mlflow_server import connect_late, tracking_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

_REMEDY = (
    "It was changed or removed in the artifact store: restore it there, or point its alias at a version that "
    "is whole and train again."
)


def load_model(uri: str, trusted_types: Sequence[str]) -> Any:
    """Load a scikit-learn model.

    MLflow's own loader trusts the list of types that the model's file brings along; whoever can write to the
    artifact store could put any type on it. Here only the reviewed list of ``model.yaml`` counts, and only
    skops is read.

    :param uri: ``models:/<name>/<version>`` or ``models:/m-<id>``.
    :param trusted_types: dotted names that may be loaded besides those skops trusts itself.
    :raises ModelError: it is gone, is not a skops model, or needs a type that is not on the list.
    """
    import mlflow
    from mlflow.exceptions import MlflowException

    connect_late()
    with tempfile.TemporaryDirectory(prefix="model-") as scratch:
        try:
            with tracking_errors(f"download {uri}"):
                folder = Path(mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=scratch))
        except MlflowException as error:
            raise ModelError(f"{uri} can't be downloaded: {error}.") from error
        return read_model(folder, uri, trusted_types)


def read_model(folder: Path, uri: str, trusted_types: Sequence[str]) -> Any:
    """Read a scikit-learn model from a downloaded MLflow folder, with skops and our own list of types.

    :param folder: the folder with ``MLmodel``.
    :param uri: where it came from, for messages.
    :param trusted_types: dotted names that may be loaded besides those skops trusts itself.
    :raises ModelError: as :func:`load_model`.
    """
    try:
        flavor = yaml.safe_load((folder / "MLmodel").read_text(encoding="utf-8"))["flavors"]["sklearn"]
        file = folder / flavor["pickled_model"]
        if flavor.get("serialization_format") != "skops":
            raise ModelError(
                f"{uri} is saved as {flavor.get('serialization_format')!r}; only skops is loaded, never "
                f"pickle. {_REMEDY}"
            )
        if folder.resolve() not in file.resolve().parents:
            raise ModelError(f"{uri} names a file outside of its own folder, {str(file)!r}. {_REMEDY}")
        dumped = file.read_bytes()
    except (OSError, KeyError, TypeError, ValueError, yaml.YAMLError) as error:
        raise ModelError(
            f"{uri} is not a complete scikit-learn model ({type(error).__name__}: {error}). {_REMEDY}"
        ) from error
    try:
        return load_skops(dumped, trusted_types)
    except ModelError as error:
        raise ModelError(f"{uri}: {error}") from error
