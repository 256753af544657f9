"""A seeded world of customers who leave, delivered day by day, with labels five days later.

Every day 2,000 of 6,000 customers are delivered, so they return about every third day. What differs between
scenarios is the *law* of some days: how customers are distributed, and what makes them leave. Days under the
same law are the same in every scenario of a seed, to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

FIRST_DAY = date(2030, 1, 1)
DELAY = 5  # days until a label is known, as model.yaml says
ROWS, CUSTOMERS = 2_000, 6_000
_DRAWN = 4  # times as many rows are drawn as are delivered where the share of those who leave is given
REGIONS, CHANNELS = ("north", "south", "west"), ("web", "shop", "phone")
_PHONE = 2  # number of that channel


@dataclass(frozen=True, kw_only=True)
class Law:
    """How customers are on a day, and what makes them leave.

    :param usage: standard deviations by which everybody's usage is moved.
    :param newsletters: the same for a column that has nothing to do with leaving.
    :param left: share of those who leave, who are otherwise as ever (label shift); None: as it comes.
    :param usage_effect: what a standard deviation of usage adds to the log odds of leaving.
    :param signal: how much of all effects is left: 0 would be chance alone.
    """

    usage: float = 0.0
    newsletters: float = 0.0
    left: float | None = None
    usage_effect: float = -1.4
    signal: float = 1.0


def iso(day: int) -> str:
    """Return the ISO date of a day, which are counted from 0."""
    return (FIRST_DAY + timedelta(days=day)).isoformat()


def draw(seed: int, day: int, law: Law, rows: int = ROWS) -> pa.Table:
    """Return the customers of a day with what will have become of them.

    :param seed: seed of the world.
    :param day: number of the day.
    :param law: its law.
    :param rows: how many customers.
    :return: the columns of ``churn/model.yaml``, the target among them.
    """
    rng = np.random.default_rng([seed, day])
    many = rows * (1 if law.left is None else _DRAWN)
    usage = rng.standard_normal(many) + law.usage
    income, tenure = rng.standard_normal(many), rng.uniform(0, 120, many).round()
    newsletters, complaints = rng.standard_normal(many) + law.newsletters, rng.poisson(0.3, many)
    channel, region = rng.integers(0, 3, many), rng.integers(0, 3, many)
    effects = law.usage_effect * usage - 0.7 * income - 0.01 * (tenure - 60) + 0.6 * complaints
    chance = 1 / (1 + np.exp(1.0 - law.signal * (effects + 0.5 * (channel == _PHONE))))
    left = rng.random(many) < chance
    chosen = np.arange(many) if law.left is None else _choose(rng, left, rows, law.left)
    customers = rng.permutation(CUSTOMERS)[: len(chosen)]
    return pa.table({
        "customer_id": customers,
        "as_of": pa.array([FIRST_DAY + timedelta(days=day)] * len(chosen), pa.date32()),
        "income": np.exp(10 + 0.5 * income[chosen]).round(2).clip(1, 999_999),
        "usage": (20 + 6 * usage[chosen]).round(3),
        "tenure": tenure[chosen],
        "newsletters": (12 + 3 * newsletters[chosen]).round().clip(1),
        "complaints": complaints[chosen].astype(float),
        "channel": pa.array(np.array(CHANNELS)[channel[chosen]].tolist()),
        "region": pa.array(np.array(REGIONS)[region[chosen]].tolist()),
        "left": left[chosen].astype(np.int8),
    })


def _choose(rng: np.random.Generator, left: np.ndarray, rows: int, share: float) -> np.ndarray:
    """Return rows of which a given share leaves."""
    gone, stayed = np.flatnonzero(left), np.flatnonzero(~left)
    leaving = round(rows * share)
    return rng.permutation(np.concatenate([gone[:leaving], stayed[: rows - leaving]]))
