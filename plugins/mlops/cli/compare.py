"""``bin/mlops compare``: two versions on the same rows."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from include.config.config_errors import one_of
from include.errors import ConfigError
from include.reporting.text_table import text_table
from mlops.by_hand.comparing import compare
from mlops.cli.by_hand import open_model
from mlops.cli.output import show

if TYPE_CHECKING:
    from include.evaluation.confidence_interval import ConfidenceInterval


def run(model: str, first: str, second: str, *, metric: str | None, as_json: bool) -> int:
    """Print how two versions do on the same rows; return the exit code.

    :param model: the name of its folder.
    :param first: number or alias of a version.
    :param second: number or alias of another.
    :param metric: the only metric to show; None for all.
    :param as_json: whether to print JSON.
    :raises ConfigError: there is no such model, version or metric.
    """
    _, config, _ = open_model(model)
    found = compare(config, first, second)
    one, other, gains = (
        found.evaluation.candidate, found.evaluation.champion or {}, found.evaluation.gains or {}
    )  # fmt: skip
    if metric is not None and metric not in one:
        raise ConfigError(f"{model} has no metric {metric!r}: {one_of(sorted(one), metric)}")
    names = [name for name in one if metric in {None, name}]
    heads = ("metric", f"version {found.first}", f"version {found.second}", "A is better by")
    rows = [(name, *(_interval(each.get(name)) for each in (one, other, gains))) for name in names]
    said = (
        f"on {found.evaluation.rows:,} rows, the test set of version {found.test_of} "
        f"({found.evaluation.test_digest[:12]}), {found.evaluation.confidence:.0%} confidence intervals"
    )
    problem = found.evaluation.champion_error
    content = {
        "model": model, "first": found.first, "second": found.second, "test_set_of": found.test_of,
        "evaluation": found.evaluation.to_dict(),
    }  # fmt: skip
    show(
        as_json, content, lambda: "\n".join([said, text_table(heads, rows), *([problem] if problem else [])])
    )
    return 0


def _interval(found: ConfidenceInterval | None) -> str:
    if found is None or isnan(found.value):
        return "-"
    if isnan(found.low):
        return f"{found.value:.4f}"
    return f"{found.value:.4f} [{found.low:.4f}, {found.high:.4f}]"
