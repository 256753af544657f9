"""Save and load models with skops, which runs no code from the file and loads reviewed types only."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from include.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@contextmanager
def without_deprecations() -> Iterator[None]:
    """Keep quiet what skops stirs up: it looks every name up in every loaded module, deprecated ones too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def check_trusted(model: Any, trusted_types: Sequence[str]) -> None:
    """Make sure that a model can be saved and loaded with the reviewed list of types.

    :param model: a fitted model.
    :param trusted_types: ``estimator.trusted_types`` of ``model.yaml``.
    :raises ModelError: naming each type that is not on the list.
    """
    dump_model(model, trusted_types)


def dump_model(model: Any, trusted_types: Sequence[str]) -> bytes:
    """Return a model as a skops file.

    :param model: a fitted model.
    :param trusted_types: ``estimator.trusted_types`` of ``model.yaml``.
    :raises ModelError: when skops can't save it, or naming each type that is not on the list.
    """
    try:
        with without_deprecations():
            from skops.io import dumps

            dumped: bytes = dumps(model)
    except Exception as error:
        raise ModelError(
            f"skops could not save the model ({type(error).__name__}: {error}): an estimator may not hold "
            "functions, open files or lambdas; check estimator.py"
        ) from error
    _check_types(dumped, trusted_types)
    return dumped


def load_model(dumped: bytes, trusted_types: Sequence[str]) -> Any:
    """Return the model of a skops file.

    :param dumped: content of the file.
    :param trusted_types: ``estimator.trusted_types`` of ``model.yaml``.
    :raises ModelError: when it is not a skops file, or naming each type that is not on the list.
    """
    _check_types(dumped, trusted_types)
    try:
        with without_deprecations():
            from skops.io import loads

            return loads(dumped, trusted=list(trusted_types))
    except Exception as error:
        raise ModelError(
            f"skops could not load the model ({type(error).__name__}: {error}): was it saved with other "
            "versions of scikit-learn or skops? train again with these"
        ) from error


def _check_types(dumped: bytes, trusted_types: Sequence[str]) -> None:
    """Compare the types in a skops file with the reviewed list."""
    try:
        with without_deprecations():
            from skops.io import get_untrusted_types

        found = sorted(get_untrusted_types(data=dumped))
    except Exception as error:
        raise ModelError(
            f"{len(dumped)} bytes are not a skops file ({type(error).__name__}: {error}): expected what "
            "dump_model wrote"
        ) from error
    unknown = [name for name in found if name not in trusted_types]
    if unknown:
        raise ModelError(
            f"the model holds types that have not been reviewed: {', '.join(unknown)}. Loading them can run "
            "code. Read what each of them does; if it is safe, add it by hand to the key "
            f"estimator.trusted_types of model.yaml (there now: {', '.join(trusted_types) or 'nothing'})"
        )
