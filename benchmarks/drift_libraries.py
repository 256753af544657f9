"""The same check for drift by other libraries, each with its defaults and in an environment of its own.

Run by an interpreter that has one of them and nothing of this project. A column that a library says has
drifted counts as found; what each takes for its reference and its limits is said in its function.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import logging
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import side_by_side
from benchmarks.drift_columns import FEATURES, NUMBERS, SIZES
from benchmarks.side_by_side import SCRATCH, tell

if TYPE_CHECKING:
    import pandas as pd

CATEGORIES = list(SIZES)
_REFERENCE_DAYS = 10


class Library(NamedTuple):
    """A library beside which the check is measured.

    :param requirements: what its environment holds.
    :param modules: imported before the clock starts.
    :param most_rows: beyond that it takes minutes, or more memory than 24 GB hold.
    """

    requirements: tuple[str, ...]
    modules: tuple[str, ...]
    most_rows: int


LIBRARIES = {
    "evidently": Library(
        ("evidently==0.7.23", "pandas<3", "pyarrow"), ("evidently", "evidently.presets"), 1_000_000
    ),
    "nannyml": Library(("nannyml==0.13.1", "pandas<3", "statsmodels", "pyarrow"), ("nannyml",), 10_000_000),
    "frouros": Library(
        ("frouros==0.9.0", "pandas<3", "pyarrow"), ("frouros.detectors.data_drift",), 10_000_000
    ),
    "whylogs": Library(
        ("whylogs[viz]==1.6.4", "pandas<3", "numpy<2", "pyarrow<20", "scipy"),
        ("whylogs", "whylogs.viz.drift.column_drift_algorithms"),
        1_000_000,
    ),
    "popmon": Library(("popmon==1.4.12", "pandas<3", "pyarrow"), ("popmon",), 1_000_000),
}


def evidently(train: pd.DataFrame, batch: pd.DataFrame) -> list[str]:
    """Return what ``DataDriftPreset`` finds: distances of 0.1 or more; p < 0.05 up to a thousand rows."""
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    columns = DataDefinition(numerical_columns=NUMBERS, categorical_columns=CATEGORIES)
    current, reference = (Dataset.from_pandas(one, columns) for one in (batch, train))
    found = []
    for metric in Report([DataDriftPreset()]).run(current, reference).dict()["metrics"]:
        setting, value = metric["config"], metric["value"]
        if setting["type"].endswith("ValueDrift"):
            beyond = (
                value < setting["threshold"]
                if "p_value" in setting["method"]
                else value >= setting["threshold"]
            )
            found += [setting["column"]] if beyond else []
    return found


def nannyml(train: pd.DataFrame, batch: pd.DataFrame) -> list[str]:
    """Return what its univariate check finds, with KS and chi-square; ten chunks of each are its default."""
    from nannyml import UnivariateDriftCalculator

    methods = {"kolmogorov_smirnov": NUMBERS, "chi2": CATEGORIES}
    calculator = UnivariateDriftCalculator(
        column_names=FEATURES,
        treat_as_categorical=CATEGORIES,
        continuous_methods=["kolmogorov_smirnov"],
        categorical_methods=["chi2"],
    )
    table = calculator.fit(train).calculate(batch).filter(period="analysis").to_df()
    return [name for method, names in methods.items() for name in names if table[name, method, "alert"].any()]


def frouros(train: pd.DataFrame, batch: pd.DataFrame) -> list[str]:
    """Return the columns whose p-value is below 0.05; it brings no limit of its own."""
    from frouros.detectors.data_drift import ChiSquareTest, KSTest

    found = []
    for name in FEATURES:
        detector = KSTest() if name in NUMBERS else ChiSquareTest()
        detector.fit(X=train[name].to_numpy())
        found += [name] if detector.compare(X=batch[name].to_numpy())[0].p_value < 0.05 else []
    return found


def whylogs(train: pd.DataFrame, batch: pd.DataFrame) -> list[str]:
    """Return the columns in its category ``DRIFT``, from the profiles of both."""
    from whylogs import log
    from whylogs.viz.drift.column_drift_algorithms import calculate_drift_scores

    scores = calculate_drift_scores(
        target_view=log(pandas=batch).view(),
        reference_view=log(pandas=train).view(),
        with_thresholds=True,
    )
    return [name for name, score in scores.items() if score and score["drift_category"] == "DRIFT"]


def popmon(train: pd.DataFrame, batch: pd.DataFrame) -> list[str]:
    """Return the columns with a red light; it wants a reference of several days, so the rows make ten."""
    import pandas as pd
    from popmon import Settings, make_histograms, stability_metrics

    start = pd.Timestamp("2020-01-01")
    days = pd.Series(range(len(train))) % _REFERENCE_DAYS
    train = train.assign(day=start + pd.to_timedelta(days, unit="D"))
    batch = batch.assign(day=start + pd.Timedelta(days=_REFERENCE_DAYS))
    settings = Settings(
        time_axis="day", reference_type="external", features=[f"day:{name}" for name in FEATURES]
    )
    settings._set_bin_specs_by_time_width_and_offset("1d", "2020-01-01")
    reference, features, bins, axis, types = make_histograms(
        train,
        settings.features,
        settings.binning,
        settings.bin_specs,
        settings.time_axis,
        None,
        ret_specs=True,
    )
    current = make_histograms(
        batch, features=features, binning=settings.binning, bin_specs=bins, time_axis=axis, var_dtype=types
    )
    alerts = stability_metrics(current, settings=settings, reference=reference)["alerts"]
    return [name for name in FEATURES if alerts[name]["n_red"].sum() > 0]


CHECKS = {check.__name__: check for check in (evidently, nannyml, frouros, whylogs, popmon)}


def interpreter(name: str) -> str:
    """Return the Python of a library's environment, which is made the first time."""
    return side_by_side.interpreter(name, LIBRARIES[name].requirements)


def main() -> int:
    """Check one batch and tell what it took, or tell on which of many days a library alarms."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--way", choices=LIBRARIES, required=True, help="the library")
    parser.add_argument(
        "--rows", type=int, help="check .bench/drift/<rows>/batch.parquet against train.parquet"
    )
    parser.add_argument(
        "--days", type=Path, help="check every day-*.parquet of a folder against train.parquet"
    )
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    with contextlib.redirect_stderr(io.StringIO()):
        for module in ("pandas", *LIBRARIES[options.way].modules):
            importlib.import_module(module)
        logging.disable(logging.CRITICAL)
        if options.days:
            train = _read(options.days / "train.parquet")
            days = sorted(options.days.glob("day-*.parquet"))
            print(json.dumps([bool(CHECKS[options.way](train, _read(day))) for day in days]))
        else:
            folder = SCRATCH / "drift" / str(options.rows)
            tell(lambda: _check(options.way, folder))
    return 0


def _check(name: str, folder: Path) -> str:
    found = CHECKS[name](_read(folder / "train.parquet"), _read(folder / "batch.parquet"))
    return f"{len(found)} of {len(FEATURES)} columns"


def _read(path: Path) -> pd.DataFrame:
    import pandas as pd

    return pd.read_parquet(path, columns=FEATURES)


if __name__ == "__main__":
    sys.exit(main())
