"""What the probabilities of three classes or more were worth on labelled rows, class by class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from include.data.weights import relative_weights, weigh_mean
from include.records import Record, RecordKind

CLASS_CALIBRATION = RecordKind(
    name="calibration of the classes of a version", remedy="train the model again with *force*"
)
ADDED = 1.0  # rows of a class that came as expected, added to each of its blocks
_PER_BLOCK, _MOST = 25, 12  # rows of a class in one of its blocks, about; blocks of a class
_POWERS = (0.05, 5.0)
_EPS = float(np.finfo(np.float64).eps)
_LISTS = ("cuts", "factors", "found")
_ROUNDS = 12  # after which expected and found rows of a block agree to about a thousandth
_MOST_NUMBERS = 20_000_000  # probabilities that are learned from: rows times classes


@dataclass(frozen=True, kw_only=True)
class ClassCalibration(Record, kind=CLASS_CALIBRATION):
    """What probabilities were worth, by blocks of rows with about the same probability of a class.

    :param power: to which probabilities are raised, before those of a row are divided by their sum: below 1
        for a model that is too bold.
    :param power_variance: how far off that may be, squared.
    :param cuts: for each class the increasing probabilities between its blocks, after that, one fewer than
        blocks.
    :param factors: for each class and block what these probabilities are multiplied by, before those of a row
        are divided by their sum again.
    :param found: for each class and block the rows of the class; where rows have weights, so many of equal
        weight as would say as much.
    """

    power: float
    power_variance: float
    cuts: tuple[tuple[float, ...], ...]
    factors: tuple[tuple[float, ...], ...]
    found: tuple[tuple[float, ...], ...]

    def _plain(self) -> dict[str, Any]:
        plain: dict[str, Any] = {name: [list(one) for one in getattr(self, name)] for name in _LISTS}
        return {"power": self.power, "power_variance": self.power_variance, **plain}

    @classmethod
    def _build(cls, fields: dict[str, Any]) -> Self:
        return cls(**{**fields, **{name: tuple(map(tuple, fields[name])) for name in _LISTS}})


def logarithms(scores: np.ndarray) -> np.ndarray:
    """Return logarithms of probabilities, which are kept off 0 by the resolution of their type."""
    found: np.ndarray = np.log(np.maximum(scores, _EPS))
    return found


def raise_to(scores: np.ndarray, power: float) -> np.ndarray:
    """Return probabilities raised to a power and divided by their sum, of shape (n, k).

    :param scores: probabilities of shape (n, k).
    :param power: the power.
    """
    raised = power * logarithms(scores)
    raised = np.exp(raised - raised.max(axis=1, keepdims=True))
    found: np.ndarray = raised / raised.sum(axis=1, keepdims=True)
    return found


def assign_blocks(scores: np.ndarray, cuts: tuple[tuple[float, ...], ...]) -> np.ndarray:
    """Return the block of each row in each class, integers of shape (n, k).

    :param scores: probabilities of shape (n, k).
    :param cuts: as of :class:`ClassCalibration`.
    """
    return np.column_stack([
        np.searchsorted(np.array(own), scores[:, label], side="left") for label, own in enumerate(cuts)
    ])


def recalibrate(scores: np.ndarray, blocks: np.ndarray, factors: list[np.ndarray]) -> np.ndarray:
    """Return probabilities that were multiplied by the factors of their blocks, of shape (n, k).

    :param scores: probabilities of shape (n, k).
    :param blocks: what :func:`assign_blocks` returned.
    :param factors: those of each class, of shape (blocks of the class,).
    """
    raised = np.column_stack([scores[:, label] * own[blocks[:, label]] for label, own in enumerate(factors)])
    total = raised.sum(axis=1, keepdims=True)
    return np.where(total > 0, raised / np.where(total > 0, total, 1.0), scores)


def fit_class_calibration(
    scores: np.ndarray, target: np.ndarray, weights: np.ndarray | None = None
) -> ClassCalibration:
    """Learn what probabilities are worth from rows that the version was not trained on.

    One power for all is fitted first (temperature scaling: Guo et al. 2017, "On calibration of modern neural
    networks"): a few rows tell how bold a model is. The factors are those with which as many rows of each
    class are expected in each of its blocks as were found. They are fitted in turns (iterative proportional
    fitting: Deming and Stephan 1940, Annals of Mathematical Statistics 11), which leads to the likeliest.

    :param scores: probabilities, float64 of shape (n, k), at least one row.
    :param target: number of each row's class, integers of shape (n,).
    :param weights: how much each row counts, above 0, of shape (n,); None where all count the same.
    """
    classes = scores.shape[1]
    stride = max(1, -(-scores.size // _MOST_NUMBERS))
    scores, target = scores[::stride], target[::stride]
    weights = None if weights is None else relative_weights(weights[::stride])
    power, variance = _fit_power(scores, target, weights)
    scores, counts = raise_to(scores, power), np.bincount(target, minlength=classes)
    cuts = tuple(_choose_cuts(scores[:, label], int(counts[label])) for label in range(classes))
    blocks = assign_blocks(scores, cuts)
    found, scales = _count(blocks, target, weights, [len(own) + 1 for own in cuts])
    factors = [np.ones(len(own) + 1) for own in cuts]
    for _ in range(_ROUNDS):
        chances = recalibrate(scores, blocks, factors)
        if weights is not None:
            chances *= weights[:, None]
        for label, (counted, scale) in enumerate(zip(found, scales, strict=True)):
            expected = np.bincount(blocks[:, label], weights=chances[:, label], minlength=len(counted))
            factors[label] = factors[label] * (counted + ADDED) / (expected * scale + ADDED)
    return ClassCalibration(
        power=power,
        power_variance=variance,
        cuts=cuts,
        factors=tuple(tuple(one.tolist()) for one in factors),
        found=tuple(tuple(one.tolist()) for one in found),
    )


def _count(
    blocks: np.ndarray, target: np.ndarray, weights: np.ndarray | None, sizes: list[int]
) -> tuple[list[np.ndarray], list[np.ndarray | int]]:
    """Count the rows of each class in each of its blocks, and say what a weight of 1 counts as there."""
    found: list[np.ndarray] = []
    scales: list[np.ndarray | int] = []
    for label, size in enumerate(sizes):
        of_class = target == label
        own = blocks[of_class, label]
        if weights is None:
            found.append(np.bincount(own, minlength=size))
            scales.append(1)
            continue
        counted, squares = (
            np.bincount(own, weights=weights[of_class] ** power, minlength=size) for power in (1, 2)
        )
        scale = np.divide(counted, squares, out=np.ones(size), where=squares > 0)  # Kish's, in each block
        found.append(counted * scale)
        scales.append(scale)
    return found, scales


def _fit_power(scores: np.ndarray, target: np.ndarray, weights: np.ndarray | None) -> tuple[float, float]:
    """Return the likeliest power, and its variance by Fisher's information (White's, where rows weigh)."""
    from scipy.optimize import minimize_scalar

    logs, rows = logarithms(scores), np.arange(len(target))

    def loss(power: float) -> float:
        raised = power * logs
        highest = raised.max(axis=1)
        total = np.log(np.exp(raised - highest[:, None]).sum(axis=1)) + highest
        losses = total - raised[rows, target]
        return float(losses.mean()) if weights is None else weigh_mean(losses, weights)

    power = float(minimize_scalar(loss, bounds=_POWERS, method="bounded").x)
    chances = raise_to(scores, power)
    means = (chances * logs).sum(axis=1, keepdims=True)
    each = chances * (logs - means) ** 2
    if weights is None:
        information = float(each.sum())
        return power, 1 / information if information > _EPS else 0.0
    rows = each.sum(axis=1)
    information = float((weights * rows).sum())
    return power, float((weights**2 * rows).sum()) / information**2 if information > _EPS else 0.0


def _choose_cuts(probabilities: np.ndarray, count: int) -> tuple[float, ...]:
    """Return what parts the probabilities of a class into blocks that each hold a share of its rows."""
    blocks = min(_MOST, max(1, count // _PER_BLOCK))
    ordered = np.sort(probabilities)
    weights = np.cumsum(ordered + ordered.mean())
    places = np.searchsorted(weights, np.linspace(0, weights[-1], blocks + 1)[1:-1])
    between = np.unique(ordered[places])
    return tuple(between[between < ordered[-1]].tolist())
