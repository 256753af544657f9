"""Load and validate the folders under ``include/models``. Light enough to run while a DAG file is parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from include.config.checks.queries import read_queries
from include.config.config_errors import ConfigIssue, config_error
from include.config.cross_checks import cross_check_issues
from include.config.renamed import renamed_issues
from include.config.schema import ModelConfig
from include.config.schema_errors import schema_issues
from include.config.views.resolve import resolve_views
from include.config.yaml_file import read_yaml
from include.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MODEL_FILE = "model.yaml"
_PRIVATE = ("_", ".")
COMPANIONS = {
    "estimator.py": "the function build(config) that returns an unfitted scikit-learn Pipeline",
    "contract.yaml": "the data contract: what must hold in features and labels",
}


def load_model(folder: Path) -> ModelConfig:
    """Return the validated content of a model folder's ``model.yaml``.

    :param folder: such as ``include/models/credit_risk``; it must hold ``estimator.py`` and ``contract.yaml``
        too, which are not opened here.
    :raises ConfigError: one line for each configuration error: file and line, key, what was found, what is
        allowed; those in the files of its views among them.
    """
    source = read_yaml(folder / MODEL_FILE)
    config, issues, broken = _validate(source.content, folder)
    if issues or broken or config is None:
        raise _joined(source.path, map(source.located, issues), broken)
    return config


def check_content(folder: Path, content: dict[str, Any], *, source: Path) -> ModelConfig:
    """Return the configuration that a model would have with another content of ``model.yaml``.

    :param folder: the model folder.
    :param content: the content as plain values.
    :param source: what errors call the place that the content comes from.
    :raises ConfigError: as :func:`load_model`, without lines.
    """
    config, issues, broken = _validate(content, folder)
    if issues or broken or config is None:
        raise _joined(source, issues, broken)
    return config


def _joined(path: Path, issues: Iterable[ConfigIssue], broken: list[ConfigError]) -> ConfigError:
    """Return the exception that reports all that is wrong with a file, and with those of its views."""
    own = list(issues)
    errors = [config_error(path, own)] if own else []
    return ConfigError("\n".join(map(str, [*errors, *broken])))


def _validate(
    content: dict[str, Any], folder: Path
) -> tuple[ModelConfig | None, list[ConfigIssue], list[ConfigError]]:
    """Return a configuration, all that is wrong with it, and with the files of its views."""
    resolved = resolve_views(content, folder)
    issues = [*renamed_issues(content), *resolved.issues]
    content = resolved.content
    reported = {issue.key for issue in issues}
    config = None
    try:
        config = ModelConfig.model_validate(content)
    except ValidationError as error:
        issues += [found for found in schema_issues(error, ModelConfig) if found.key not in reported]
    reported = {issue.key for issue in issues}
    issues += [
        issue for issue in cross_check_issues(content, folder.absolute().name) if issue.key not in reported
    ]
    queries, wrong = read_queries(content, folder)
    issues += [issue for issue in wrong if issue.key not in reported]
    if config is not None:
        config.attach_queries(queries)
    issues += [
        ConfigIssue((), f"{name} is missing in this folder; write it: {purpose}")
        for name, purpose in COMPANIONS.items()
        if not (folder / name).is_file()
    ]
    return config, issues, resolved.broken


def model_folders(root: Path) -> list[Path]:
    """Return the folders below ``root`` that are models, or are meant to be, sorted by name.

    Every folder that holds something is one, so that a ``model.yaml`` that is missing or is called otherwise
    is reported like any other configuration error. Names that begin with ``_`` or ``.`` are left alone, both
    of folders (code that models share) and inside of them (what Python leaves behind when a model is
    removed). So is a file beside the folders.

    :param root: usually ``include/models``; an absent folder holds no model.
    """
    try:
        found = sorted(root.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [path for path in found if not path.name.startswith(_PRIVATE) and _is_model(path)]


def _is_model(path: Path) -> bool:
    """Tell whether a path is a folder that holds something, or a link to one that is gone or closed."""
    if not path.is_dir():
        return path.is_symlink() and not path.exists()
    try:
        return any(not inner.name.startswith(_PRIVATE) for inner in path.iterdir())
    except OSError:  # what is in it can't be seen, and loading it will say why
        return True
