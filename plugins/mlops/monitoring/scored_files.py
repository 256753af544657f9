"""Files of predictions in the object store: whole ones, and a shadow's about a sample of a delivery."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops import object_keys

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mlops.hooks.object_store import ObjectStoreHook

_NAME = re.compile(r"v(?P<version>\d+)-(?P<md5>[0-9a-f]{16})(?P<sample>-sample)?\.parquet$")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, kw_only=True)
class ScoredFile:
    """A file of predictions.

    :param partition: ISO date of the delivery.
    :param version: the version that made it.
    :param md5: the first digits of the digest of the content that was scored.
    :param key: its object key.
    """

    partition: str
    version: str
    md5: str
    key: str


def list_scored(store: ObjectStoreHook, model: str, partitions: Iterable[str]) -> list[ScoredFile]:
    """Return the predictions about some deliveries, oldest delivery first.

    :param store: the object store.
    :param model: the model's name.
    :param partitions: ISO dates.
    """
    found = []
    for day in sorted(partitions):
        for path in store.list(store.resolve(object_keys.all_predictions(model, day))):
            if name := _NAME.search(path):
                make = object_keys.sampled_predictions if name["sample"] else object_keys.predictions
                key = make(model, day, name["version"], name["md5"])
                found.append(ScoredFile(partition=day, version=name["version"], md5=name["md5"], key=key))
    return found


def scored_partitions(store: ObjectStoreHook, model: str, since: str) -> list[str]:
    """Return the deliveries after a date of which there are predictions, oldest first.

    :param store: the object store.
    :param model: the model's name.
    :param since: ISO date.
    """
    folder = store.resolve(object_keys.predictions_folder(model))
    names = [entry.path.rstrip("/").rpartition("/")[2] for entry in store.entries(folder)]
    return sorted(name for name in names if _DAY.fullmatch(name) and name > since)
