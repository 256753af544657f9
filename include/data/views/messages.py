"""What a message about a delivery says where the columns are described by a view's file."""

from __future__ import annotations

from include.errors import DataError

_MODEL = "model.yaml"


def of_view(error: DataError, view: str) -> DataError:
    """Return an error of the conversion that names the view and its file in place of ``model.yaml``.

    :param error: what the conversion of a delivery raised.
    :param view: the view's name.
    """
    file = f"include/features/{view}.yaml"
    text = str(error)
    for key in ("type", "timezone"):
        text = text.replace(f"time.{key} in {_MODEL}", f"the clock's {key} in {file}")
    return DataError(f"View {view}: {text.replace(_MODEL, file)}")
