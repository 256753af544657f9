"""What there is to learn, whoever is held out: it tells something new from another choice of entities.

Another champion holds out other entities, so that a training set has other rows although nothing has become
known. What its partitions teach as a whole stays the same.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.data.dataset_record import Dataset
    from include.data.labelled_rows import LabelledRows


def digest_material(rows: LabelledRows, features_digest: str) -> str:
    """Return the sha256 of all that a partition teaches: its features, and every label that is known.

    :param rows: all its labelled rows, held out or not.
    :param features_digest: digest of the snapshot of its features.
    """
    found = hashlib.sha256(f"{features_digest} {len(rows.rows)}\n".encode())
    found.update(rows.rows.astype("<i8").tobytes() + rows.targets.tobytes())
    return found.hexdigest()


def teaches_the_same(now: Dataset, then: Dataset) -> bool:
    """Tell whether a dataset differs from an earlier one by who is held out, and by nothing else.

    Every partition that is trained on now was trained on then, with the same features and labels; and what
    was trained on besides is tested on now, because fewer entities are tested in each partition.

    :param now: the dataset in question.
    :param then: the dataset that a version learned from.
    :return: false as well where the holdouts are the same (the digests of the training sets tell more then),
        and where it is not known, since ``then`` was written before this was kept.
    """
    if now.holdout == then.holdout or not now.train_partitions:
        return False
    known = {partition: then.material.get(partition) for partition in then.train_partitions}
    taught = all(
        known.get(partition) is not None and known[partition] == now.material.get(partition)
        for partition in now.train_partitions
    )
    return taught and not set(known) - {*now.train_partitions, *now.test_partitions}
