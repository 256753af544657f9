"""The signature of a version: which columns a request has to have, of which types, and what comes back.

It is read from the ``MLmodel`` file as MLflow writes it
(https://mlflow.org/docs/latest/ml/model/signatures/). Whether a column is "required" is left out: MLflow
infers that from whether the few rows of the example lack a value, so it changes by chance from one training
to the next, and a pipeline needs all its columns anyway.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import pandas as pd

from include.errors import ModelError
from include.names import shown
from include.strict_json import to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS = {
    "boolean": "true or false",
    "integer": "a whole number of 32 bits",
    "long": "a whole number",
    "float": "a number",
    "double": "a number",
    "string": "text",
    "datetime": "a time in ISO 8601",
}
"""The types of columns that can be checked, and what people call a value of each."""


@dataclass(frozen=True)
class Signature:
    """What goes into a version and what comes out.

    :param columns: each input column with its type, a key of :data:`KINDS`, in the order that the model was
        fitted on.
    :param outputs: what MLflow says about the answer, as JSON text.
    """

    columns: tuple[tuple[str, str], ...]
    outputs: str

    @classmethod
    def of_model(cls, description: Mapping[str, Any], uri: str) -> Self:
        """Return the signature in a parsed ``MLmodel`` file.

        :param description: its content.
        :param uri: the model, for messages.
        :raises ModelError: it has none, or one that can't be checked.
        """
        try:
            found = description["signature"]
            inputs, outputs = json.loads(found["inputs"]), json.loads(found.get("outputs") or "null")
            columns = tuple((str(one["name"]), str(one["type"])) for one in inputs)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"{uri} has no signature with named columns ({type(error).__name__}: {error}), and requests "
                "could not be checked: log the model with signature=infer_signature(frame, predictions)"
            ) from error
        odd = [f"{shown(name)} ({kind})" for name, kind in columns if kind not in KINDS]
        if odd or not columns or len(dict(columns)) < len(columns):
            raise ModelError(
                f"{uri} has a signature that requests can't be checked by: "
                f"{', '.join(odd[:5]) or 'no columns, or one twice'}; expected columns of the types "
                f"{', '.join(KINDS)}"
            )
        return cls(columns, to_json(outputs, sort_keys=True))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The input columns in their order."""
        return tuple(name for name, _ in self.columns)

    @cached_property
    def index(self) -> pd.Index:
        """The input columns as a frame has them.

        As objects: pandas' own type of text is Arrow's, and scikit-learn, which looks columns up by name many
        times, takes a tenth longer for 1,000 rows with it.
        """
        return pd.Index(list(self.names), dtype=object)

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The type of each input column."""
        return dict(self.columns)

    @cached_property
    def digest(self) -> str:
        """The first 12 digits of a sha256 that is the same for all that a client can't tell apart."""
        text = to_json([sorted(self.columns), self.outputs])
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def differences(self, other: Signature) -> list[str]:
        """Return what clients of this signature would notice of another, in words; nothing where nothing.

        :param other: the one that would take its place.
        """
        gone = [f"{shown(name)} is gone" for name in self.names if name not in other.kinds]
        new = [f"{shown(name)} is new" for name in other.names if name not in self.kinds]
        retyped = [
            f"{shown(name)} is {other.kinds[name]}, was {kind}"
            for name, kind in self.columns
            if other.kinds.get(name, kind) != kind
        ]
        answer = [f"the answer is {other.outputs}, was {self.outputs}"]
        return [*gone, *new, *retyped, *(answer if self.outputs != other.outputs else [])]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values; :meth:`from_dict` reads them."""
        return {"columns": [list(pair) for pair in self.columns], "outputs": self.outputs}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Build a signature from what :meth:`to_dict` returned."""
        return cls(tuple((str(name), str(kind)) for name, kind in values["columns"]), str(values["outputs"]))
