"""A source of 25 columns whose drift is known: 20 of numbers in four shapes, 5 of categories."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.drift_columns import NUMBERS, SIZES

_SEED = 20150101  # of what is the same in every batch: how frequent each category is


def draw(
    rng: np.random.Generator, rows: int, *, shift: float = 0.0, moved: tuple[str, ...] = (), by: float = 0.0
) -> dict[str, np.ndarray]:
    """Return the columns of a batch.

    :param rng: source of chance.
    :param rows: rows of the batch.
    :param shift: standard deviations by which every column moves, in a direction of its own.
    :param moved: columns that really move.
    :param by: standard deviations by which these move; categories get a PSI of about ``by ** 2``.
    """
    columns: dict[str, np.ndarray] = {}
    for place, name in enumerate(NUMBERS):
        move = shift * rng.choice([-1, 1]) + (by * rng.choice([-1, 1]) if name in moved else 0)
        latent = rng.standard_normal(rows)
        latent += move
        columns[name] = _shape(place % 4, latent)
    for name, size in SIZES.items():
        chances = _chances(size)
        tilt = np.random.default_rng(_SEED + size).standard_normal(size) * rng.choice([-1, 1])
        tilt -= np.sum(chances * tilt)
        tilt /= np.sqrt(np.sum(chances * tilt**2))
        chances = chances * np.exp((shift + (0.5 if name in moved else 0)) * tilt)
        columns[name] = rng.choice(size, rows, p=chances / chances.sum()).astype(np.int16)
    return columns


def to_table(columns: dict[str, np.ndarray], start: int = 0) -> pa.Table:
    """Return a batch with the columns and types of a canonical snapshot."""
    rows = len(columns[NUMBERS[0]])
    texts = {name: pa.array([f"{name}-{number}" for number in range(size)]) for name, size in SIZES.items()}
    return pa.table({
        "customer_id": pa.array(np.arange(start, start + rows)),
        "as_of": pa.array([date(2005, 4, 30)] * rows, pa.date32()),
        **{name: pa.array(columns[name]) for name in NUMBERS},
        **{name: texts[name].take(pa.array(columns[name])) for name in SIZES},
        "defaulted": pa.array(np.zeros(rows, dtype=np.int8)),
    })


def write(path: Path, rows: int, seed: int) -> None:
    """Write a snapshot with canonical row groups."""
    import pyarrow.parquet as pq

    from include.data.schema import ROWS_PER_GROUP

    rng = np.random.default_rng(seed)
    schema = to_table(draw(rng, 1)).schema
    with pq.ParquetWriter(path, schema, compression="snappy", use_dictionary=list(SIZES)) as writer:
        for start in range(0, rows, ROWS_PER_GROUP):
            writer.write_table(to_table(draw(rng, min(ROWS_PER_GROUP, rows - start)), start))


def config():
    """Return the configuration of a model with these features."""
    import yaml

    from include.config.schema import ModelConfig

    root = Path(__file__).resolve().parents[1]
    content = yaml.safe_load((root / "include/models/credit_risk/model.yaml").read_text(encoding="utf-8"))
    content |= {"features": {"numeric": NUMBERS, "categorical": list(SIZES)}, "sensitive": {}}
    content.pop("monitoring", None)
    return ModelConfig.model_validate(content)


def _shape(shape: int, latent: np.ndarray) -> np.ndarray:
    """Give a normal variable one of four shapes; the order of its values stays."""
    if shape == 0:
        return latent
    if shape == 1:
        return np.exp(5 + 2 * latent)
    if shape == 2:
        return np.where(latent < -0.25, 0.0, (1_000 * (latent + 0.25)).round(2))  # two fifths are zeros
    return np.round(40 + 12 * latent)  # whole numbers


def _chances(size: int) -> np.ndarray:
    """Return how frequent the categories are: a few are, many are not."""
    chances = 1 / np.arange(1, size + 1)
    return chances / chances.sum()
