"""Check a snapshot against 23 expectations: piece by piece as this project does, and in the usual ways.

Goal for 10 million rows of 25 columns: no slower than Great Expectations on one pandas frame with
``BOOLEAN_ONLY``, and at most 600 MB, though the result has counts and examples for each expectation. Reading
the file is counted.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.side_by_side import SCRATCH, compare, run, table, tell

GOAL_ROWS, GOAL_RATIO, GOAL_MB = 10_000_000, 1.0, 600
YARDSTICK = "GX on pandas, BOOLEAN_ONLY"
NUMBERS = [f"x{place:02}" for place in range(20)]
NAMES = ["customer_id", "as_of", *NUMBERS, "region", "branch", "defaulted"]
REGIONS = ["east", "north", "south", "west"]
BRANCHES = [str(number) for number in range(300)]
RULES = [
    ("expect_table_row_count_to_be_between", {"min_value": 1}),
    ("expect_table_columns_to_match_ordered_list", {"column_list": NAMES}),
    ("expect_column_values_to_be_unique", {"column": "customer_id"}),
    ("expect_column_values_to_not_be_null", {"column": "as_of"}),
    *(("expect_column_values_to_not_be_null", {"column": name}) for name in NUMBERS[10:16]),
    *(
        ("expect_column_values_to_be_between", {"column": name, "min_value": 0, "max_value": 1e9})
        for name in NUMBERS[:8]
    ),
    ("expect_column_mean_to_be_between", {"column": "x08", "min_value": 100, "max_value": 2000}),
    ("expect_column_values_to_be_in_set", {"column": "region", "value_set": REGIONS}),
    ("expect_column_values_to_be_in_set", {"column": "branch", "value_set": BRANCHES}),
    ("expect_column_values_to_be_in_set", {"column": "defaulted", "value_set": [0, 1]}),
    # One that fails, as in life.
    ("expect_column_values_to_be_between", {"column": "x09", "min_value": 1, "max_value": 10_000}),
]


def generate(path: Path, rows: int) -> None:
    """Write the snapshot: canonical types and row groups, one column with a tenth of its values missing."""
    from datetime import date

    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from include.data.arrow_schema import arrow_schema
    from include.data.schema import ROWS_PER_GROUP

    rng = np.random.default_rng(0)
    schema = arrow_schema(_columns())
    with pq.ParquetWriter(path, schema, compression="snappy", use_dictionary=["region", "branch"]) as writer:
        for start in range(0, rows, ROWS_PER_GROUP):
            size = min(ROWS_PER_GROUP, rows - start)
            columns = [
                pa.array(np.arange(start, start + size)),
                pa.array([date(2005, 4, 30)] * size, pa.date32()),
            ]
            columns += [
                pa.array(rng.lognormal(5, 2, size), mask=rng.random(size) < 0.1 * (name == "x00"))
                for name in NUMBERS
            ]
            columns += [pa.array(rng.choice(values, size)) for values in (REGIONS, BRANCHES)]
            columns.append(pa.array(rng.integers(0, 2, size).astype(np.int8)))
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


def this_project(path: Path) -> list[bool]:
    from include.validation.evaluate import evaluate

    _, results = evaluate(path, _checks(_rules()))
    return [result.success for result in results]


def with_builtin_rules(path: Path) -> list[bool]:
    """Evaluate the rules that every model has as well, as a task does."""
    from include.validation.evaluate import evaluate

    rules = [
        ("expect_compound_columns_to_be_unique", {"column_list": ["customer_id", "as_of"]}),
        ("expect_column_values_to_be_between", {"column": "as_of", "max_value": "2005-04-30"}),
        ("expect_column_values_to_be_in_set", {"column": "as_of", "value_set": ["2005-04-30"]}),
        ("expect_column_distinct_values_to_contain_set", {"column": "defaulted", "value_set": [0, 1]}),
    ]
    for name in NUMBERS:
        rules += [
            ("expect_column_values_to_not_be_null", {"column": name, "mostly": 1e-15}),
            ("expect_column_values_to_be_between", {"column": name, "min_value": -1e308, "max_value": 1e308}),
        ]
    _, results = evaluate(path, _checks([*_rules(), *_rules(rules)]))
    return [result.success for result in results]


def gx_on_pandas(path: Path, result_format: str) -> list[bool]:
    import great_expectations as gx
    import pandas as pd
    from great_expectations.expectations import registry

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("snapshot")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": pd.read_parquet(path)})
    expectations = [registry.get_expectation_impl(kind)(**kwargs) for kind, kwargs in RULES]
    suite = gx.ExpectationSuite(name="snapshot", expectations=expectations)
    result = batch.validate(suite, result_format=result_format)
    return [item.success for item in sorted(result.results, key=_place)]


def duckdb_query(path: Path) -> list[bool]:
    import duckdb

    conditions = [
        "count(*) >= 1",
        "true",
        "count(DISTINCT customer_id) = count(customer_id)",
        "count(as_of) = count(*)",
    ]
    conditions += [f"count({name}) = count(*)" for name in NUMBERS[10:16]]
    conditions += [f"count(*) FILTER (NOT {name} BETWEEN 0 AND 1e9) = 0" for name in NUMBERS[:8]]
    conditions += ["avg(x08) BETWEEN 100 AND 2000"]
    sets = {"region": REGIONS, "branch": BRANCHES}
    conditions += [f"count(*) FILTER ({name} NOT IN {tuple(values)}) = 0" for name, values in sets.items()]
    conditions += ["count(*) FILTER (defaulted NOT IN (0, 1)) = 0"]
    conditions += ["count(*) FILTER (NOT x09 BETWEEN 1 AND 10000) = 0"]
    query = f"SELECT {', '.join(conditions)} FROM read_parquet('{path}')"
    return list(duckdb.connect().execute(query).fetchall()[0])


def _place(result: object) -> int:
    """Return the place of a result's rule: Great Expectations sorts a suite's results by column."""
    config = result.expectation_config
    kwargs = {name: value for name, value in config.kwargs.items() if name != "batch_id"}
    return RULES.index((config.type, kwargs))


def _columns() -> tuple:
    from include.data.schema import Column

    kinds = {
        "customer_id": "integer",
        "as_of": "date",
        "region": "category",
        "branch": "category",
        "defaulted": "target",
    }
    return tuple(Column(name, kinds.get(name, "number")) for name in NAMES)


def _rules(rules: list = RULES) -> list:
    from include.validation.contract.contract import Rule

    return [
        Rule(type=kind, kwargs=kwargs, severity="warning", why="It is measured.") for kind, kwargs in rules
    ]


def _checks(rules: list) -> tuple:
    from include.validation.checks import build_checks

    return build_checks(rules, _columns())


def _told(held: list[bool]) -> str:
    return f"{sum(held)} of {len(held)} held"


WAYS = {
    "this project": this_project,
    YARDSTICK: lambda path: gx_on_pandas(path, "BOOLEAN_ONLY"),
    "GX on pandas, SUMMARY": lambda path: gx_on_pandas(path, "SUMMARY"),
    "one DuckDB query": duckdb_query,
    "this project, 44 built-in rules more": with_builtin_rules,
}


def main() -> int:
    """Measure, print a table, return 1 when a goal is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rows", type=int, default=GOAL_ROWS, help="rows of the snapshot (default: 10,000,000)"
    )
    parser.add_argument(
        "--runs", type=int, default=3, help="runs of this project and of the yardstick (default: 3)"
    )
    parser.add_argument("--keep", action="store_true", help="keep the generated file in .bench/")
    parser.add_argument("--way", choices=[*WAYS, "generate"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder = SCRATCH / "validate"
    path = folder / f"{options.rows}.parquet"
    if options.way == "generate":
        generate(path, options.rows)
        return 0
    if options.way:
        if "DuckDB" not in options.way:
            from include.validation.checks import import_gx

            import_gx()
        tell(lambda: _told(WAYS[options.way](path)))
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    try:
        arguments = ["--rows", str(options.rows)]
        if not path.exists():
            run([sys.executable, __file__, "--way", "generate", *arguments])
        runs = {name: options.runs if name in {"this project", YARDSTICK} else 1 for name in WAYS}
        figures = compare(__file__, runs, arguments)
    finally:
        if not options.keep:
            shutil.rmtree(folder)
    own, ratio = figures["this project"], figures["this project"].seconds / figures[YARDSTICK].seconds
    print(f"{len(RULES)} expectations on {options.rows:,} rows x {len(NAMES)} columns; 1 = {YARDSTICK}")
    print(table(figures, YARDSTICK))
    reached = ratio <= GOAL_RATIO and own.megabytes <= GOAL_MB
    verdict = (
        ("reached" if reached else "MISSED") if options.rows >= GOAL_ROWS else "not evaluated: fewer rows"
    )
    print(f"goal for {GOAL_ROWS:,} rows: ratio at most {GOAL_RATIO}, at most {GOAL_MB} MB: {verdict}")
    return int(verdict == "MISSED")


if __name__ == "__main__":
    sys.exit(main())
