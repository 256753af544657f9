"""Files of predictions in the object store, by the stamps in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.errors import DataError
from include.provenance.facts import Prediction
from mlops import object_keys
from mlops.lineage.objects import read_stamp_of

if TYPE_CHECKING:
    from mlops.lineage.objects import Objects


def predictions_of(objects: Objects, model: str, number: str = "") -> tuple[list[Prediction], dict[str, str]]:
    """Return a model's files of predictions, oldest delivery first, and what is wrong with others.

    One listing, and the end of each file: its name says which version made it, its stamp which run, and a
    number may have been given twice.

    :param objects: the object store.
    :param model: the model's name.
    :param number: the version that they are of; empty for all.
    """
    found, unreadable = [], {}
    keys = [
        key
        for key in objects.below(object_keys.predictions_folder(model))
        if key.endswith(".parquet") and key.rpartition("/")[2].startswith(f"v{number}-" if number else "v")
    ]

    def read(key: str) -> Prediction | str:
        try:
            return Prediction(key=key, stamp=read_stamp_of(objects, key))
        except DataError as error:
            return str(error)

    for key, one in zip(keys, objects.many(read, keys), strict=True):
        if isinstance(one, str):
            unreadable[key] = one
        else:
            found.append(one)
    return found, unreadable
