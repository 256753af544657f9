"""Evaluate checks on a snapshot with Great Expectations, a few columns and a piece of their rows at a time.

The pandas engine is given the frames directly. By way of a data context each of them would be hashed twice
with MD5 (``pandas_data_fingerprint`` and the id of the batch), which costs more time and memory than the
checks themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from include.errors import ConfigError, DataError, StorageError
from include.validation.builtin_rules import BuiltinRule
from include.validation.checks import Check, rule_label
from include.validation.chunks import by_key, by_rows, whole
from include.validation.kept_configuration import configurations_kept
from include.validation.merge import MOST_UNEXPECTED, merge_results

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    from include.validation.contract.contract import Rule

_RESULT_FORMAT = {"result_format": "SUMMARY", "partial_unexpected_count": MOST_UNEXPECTED}


def evaluate(path: Path, checks: Sequence[Check]) -> tuple[int, list[Any]]:
    """Return the number of rows, and an ``ExpectationValidationResult`` for each check, in their order.

    :param path: canonical snapshot.
    :param checks: what :func:`include.validation.checks.build_checks` returned for its table.
    :raises ConfigError: an expectation can't be evaluated on the values of its column, such as a mean of
        text.
    :raises DataError: the snapshot is not a readable Parquet file.
    :raises StorageError: the disk fails to give it.
    """
    from great_expectations.execution_engine import PandasExecutionEngine

    try:
        with pq.ParquetFile(path) as snapshot:
            # One engine for all: it holds one frame, and lets go of it when it is given the next.
            engine = PandasExecutionEngine()
            results: dict[int, Any] = {}
            for group in _groups(checks):
                own = [checks[place] for place in group]
                parts = [_run(engine, frame, own) for frame in _frames(snapshot, own[0])]
                for position, place in enumerate(group):
                    results[place] = merge_results([part[position] for part in parts])
            engine.batch_manager.batch_data_cache.clear()
            return snapshot.metadata.num_rows, [results[place] for place in range(len(checks))]
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist: run extract for this partition again.") from error
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise StorageError(f"{path} could not be read ({error}): check the disk, then retry.") from error
        said = " ".join(str(error).split())
        raise DataError(
            f"{path} is not a readable Parquet file ({said}): run extract for this partition again."
        ) from error


def _groups(checks: Sequence[Check]) -> list[list[int]]:
    """Return the places of checks that see the same columns in the same way, so that these are read once."""
    groups: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for place, check in enumerate(checks):
        groups.setdefault((check.feed, check.columns), []).append(place)
    return list(groups.values())


def _frames(snapshot: pq.ParquetFile, check: Check) -> Iterator[pd.DataFrame]:
    """Yield what a check has to see."""
    import pandas as pd

    if check.feed == "count":
        yield pd.DataFrame(index=range(snapshot.metadata.num_rows))
    elif check.feed == "names":
        yield snapshot.schema_arrow.empty_table().to_pandas()
    elif check.feed == "column" or snapshot.metadata.num_rows == 0:
        yield whole(snapshot, check.columns)
    else:
        yield from (by_key if check.feed == "keys" else by_rows)(snapshot, check.columns)


def _run(engine: Any, frame: pd.DataFrame, checks: Sequence[Check]) -> list[Any]:
    """Return the results of checks on one frame, in their order."""
    from great_expectations.validator.validator import Validator

    engine.load_batch_data("snapshot", frame)
    validator = Validator(execution_engine=engine)
    validator.metrics_calculator.show_progress_bars = False
    try:
        with configurations_kept():
            results = validator.graph_validate(
                configurations=[check.expectation.configuration for check in checks],
                runtime_configuration={"result_format": dict(_RESULT_FORMAT)},
            )
    except (OSError, MemoryError):
        raise
    except Exception as error:  # Great Expectations catches what its metrics raise, and no more than that
        if len(checks) == 1:
            raise _impossible(checks[0].rule, f"{type(error).__name__}: {error}") from error
        return [result for check in checks for result in _run(engine, frame, [check])]
    # With an exception the results come in another order; without one each stands at the place of its check.
    for result in results:
        for said in _exceptions(result.exception_info):
            failed = result.expectation_config
            rules = [c.rule for c in checks if c.expectation.configuration.kwargs == failed.kwargs]
            same = [rule for rule in rules if rule.type == failed.type]
            raise _impossible(same[0] if same else None, said, kind=failed.type)
    return list(results)


def _impossible(rule: Rule | None, said: str, *, kind: str = "a rule") -> ConfigError:
    """Return the error about a rule that can't be evaluated."""
    label = rule_label(rule) if rule else kind
    origin = "built-in rule" if isinstance(rule, BuiltinRule) else "contract.yaml"
    return ConfigError(
        f"{origin}: {label} could not be evaluated ({' '.join(said.split())}). Check its arguments, and that "
        "it fits the kind of the column in model.yaml."
    )


def _exceptions(info: dict[str, Any]) -> Iterator[str]:
    """Yield what was raised; the information is flat, or one entry for each metric."""
    entries: Iterable[Any] = [info] if "raised_exception" in info else info.values()
    for entry in entries:
        if entry["raised_exception"]:
            yield (str(entry["exception_message"]).strip().splitlines() or ["no message"])[-1]
