"""The example model on the example data: what model.yaml, estimator.py and the floors claim."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from include.config.estimator import estimator_digest, load_estimator
from include.config.load import load_model
from include.config.metric_names import METRICS
from include.evaluation.influence import measure_influence
from include.evaluation.interval import interval
from include.examples.credit_default.panel import ACCOUNT_COLUMNS, LABEL_COLUMNS, write_panel
from include.validation.contract.contract import load_contract

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import pandas as pd

    from include.config.schema import ModelConfig

pytestmark = pytest.mark.core

FOLDER = Path(__file__).parents[3] / "include" / "models" / "credit_risk"


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Keep OpenMP from spinning on cores that other tests use: a fit of 1 s takes 50 s then."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def config() -> ModelConfig:
    return load_model(FOLDER)


def test_its_digests_stay(config: ModelConfig) -> None:
    """Another one means that every clone trains the example again: a better word is not worth that."""
    assert config.digest == "df28e6717888fdbabb3d84187b0b5a23502739ef5a63b02d99ce43997bbe8460"
    assert config.data_digest == "c5be755bd1725e9755413a5b59af04f93a8599c0880b98cd65c3b3f22d3e2f36"
    assert load_contract(FOLDER, config).digest == (
        "d6153c9b13ee1b0d6dfa320ce694516cf82813b4b444fa3fb833aebd792f0961"
    )
    assert estimator_digest(FOLDER) == "33d73c5b3f64b103b7d784b0ef4f67271c6c8c7b18ca61d40dd9d1429f151cc9"


@pytest.fixture(scope="module")
def april(config: ModelConfig, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Return April's customers with their features, as a snapshot would give them, and their labels."""
    import pandas as pd

    accounts, _, labels = write_panel(tmp_path_factory.mktemp("credit"), until=date(2005, 5, 31))
    frame = pd.read_csv(accounts, dtype=dict.fromkeys(config.features.categorical, str))
    frame = frame.astype(dict.fromkeys(config.features.numeric, "float64"))
    return frame.merge(pd.read_csv(labels)[["customer_id", "defaulted"]], on="customer_id")


@pytest.fixture(scope="module")
def held_out(april: pd.DataFrame) -> np.ndarray[Any, Any]:
    """Return which rows are of customers held out: a third of them, by a hash of their number."""
    numbers = april["customer_id"]
    return numbers.map(
        lambda number: hashlib.sha256(f"2005:{number}".encode()).digest()[0] < 256 / 3
    ).to_numpy()


@pytest.fixture(scope="module")
def fitted(config: ModelConfig, april: pd.DataFrame, held_out: np.ndarray[Any, Any]) -> Any:
    """Return the estimator, fitted on the customers that are not held out."""
    train = april[~held_out]
    return load_estimator(FOLDER, config).fit(train[list(config.feature_names)], train["defaulted"])


def test_the_configured_columns_are_those_of_the_panel(config: ModelConfig) -> None:
    columns = {config.entity.column, config.time.column, *config.feature_names}

    assert columns == set(ACCOUNT_COLUMNS)
    assert (config.entity.column, config.time.column, config.target.column) == LABEL_COLUMNS


def test_the_configured_sources_are_the_partitions_of_the_panel(config: ModelConfig, tmp_path: Path) -> None:
    assert config.source.labels
    written = [
        path.relative_to(tmp_path).as_posix() for path in write_panel(tmp_path, until=date(2005, 5, 31))
    ]

    assert written == [
        config.source.features.uri.format(partition="2005-04-30"),
        config.source.features.uri.format(partition="2005-05-31"),
        config.source.labels.uri.format(partition="2005-05-31"),
    ]


def test_the_contract_names_every_feature(config: ModelConfig) -> None:
    named = {column for rule in load_contract(FOLDER, config).features for column in rule.columns}

    assert named >= set(config.feature_names)


def test_the_model_is_saved_and_loaded_with_the_reviewed_types_only(
    config: ModelConfig, april: pd.DataFrame, fitted: Any
) -> None:
    from include.training.persist import dump_model, load_model, without_deprecations

    saved = dump_model(fitted, config.estimator.trusted_types)
    again = load_model(saved, config.estimator.trusted_types)

    with without_deprecations():
        from skops.io import get_untrusted_types

        assert set(get_untrusted_types(data=saved)) == set(config.estimator.trusted_types)
    features = april[list(config.feature_names)].head(1000)
    assert (again.predict_proba(features) == fitted.predict_proba(features)).all()


def test_an_unknown_or_missing_category_is_predicted_as_missing(
    config: ModelConfig, april: pd.DataFrame, fitted: Any
) -> None:
    import pandas as pd

    rows = april[list(config.feature_names)].head(50)
    unknown, missing = rows.copy(), rows.copy()
    for column in config.features.categorical:
        unknown[column] = "never seen"
        missing[column] = None

    predicted = fitted.predict_proba(unknown)[:, 1]

    assert ((predicted > 0) & (predicted < 1)).all()
    assert (predicted == fitted.predict_proba(missing)[:, 1]).all()
    assert pd.isna(fitted[0].transform(unknown)[:, -len(config.features.categorical) :]).all()


def test_a_missing_number_is_predicted(config: ModelConfig, april: pd.DataFrame, fitted: Any) -> None:
    rows = april[list(config.feature_names)].head(50).copy()
    rows[list(config.features.numeric)] = float("nan")

    predicted = fitted.predict_proba(rows)[:, 1]

    assert ((predicted > 0) & (predicted < 1)).all()


def test_a_category_missing_in_training_is_not_an_error(config: ModelConfig, april: pd.DataFrame) -> None:
    rows = april.head(500).copy()
    rows.loc[rows.index % 7 == 0, list(config.features.categorical)] = None

    fitted = load_estimator(FOLDER, config).fit(rows[list(config.feature_names)], rows["defaulted"])

    assert fitted.predict_proba(rows[list(config.feature_names)]).shape == (500, 2)


def test_a_column_of_many_categories_is_not_an_error(config: ModelConfig, april: pd.DataFrame) -> None:
    rows = april.head(600).copy()
    rows["education"] = [f"school {number % 300}" for number in range(600)]

    fitted = load_estimator(FOLDER, config).fit(rows[list(config.feature_names)], rows["defaulted"])

    assert fitted.predict_proba(rows[list(config.feature_names)]).shape == (600, 2)


def test_the_order_of_the_columns_does_not_matter(
    config: ModelConfig, april: pd.DataFrame, fitted: Any
) -> None:
    rows = april[list(config.feature_names)].head(100)

    assert (fitted.predict_proba(rows[rows.columns[::-1]]) == fitted.predict_proba(rows)).all()


def test_two_fits_predict_the_same_to_the_last_digit(config: ModelConfig, april: pd.DataFrame) -> None:
    rows = april.head(3000)
    features = rows[list(config.feature_names)]

    first, second = (load_estimator(FOLDER, config).fit(features, rows["defaulted"]) for _ in range(2))

    assert (first.predict_proba(features) == second.predict_proba(features)).all()


def test_the_number_of_trees_is_the_configured_one(config: ModelConfig, fitted: Any) -> None:
    assert fitted[-1].n_iter_ == config.estimator.parameters["max_iter"]


def test_each_floor_lies_between_a_constant_and_the_model(
    config: ModelConfig, april: pd.DataFrame, held_out: np.ndarray[Any, Any], fitted: Any
) -> None:
    from sklearn import metrics

    measure = {
        "roc_auc": metrics.roc_auc_score,
        "log_loss": metrics.log_loss,
        "brier": metrics.brier_score_loss,
    }
    test = april[held_out]
    model = fitted.predict_proba(test[list(config.feature_names)])[:, 1]
    constant = [april["defaulted"][~held_out].mean()] * len(test)

    assert set(config.gate.floors) == set(measure)
    for name, floor in config.gate.floors.items():
        trivial = measure[name](test["defaulted"], constant)
        found = interval(
            measure_influence(name, test["defaulted"].to_numpy(), model),
            test["customer_id"].factorize()[0],
            config.gate.confidence,
        )
        reached = found.low if METRICS[name].higher_is_better else found.high  # what the gate looks at
        worst_first = (
            (trivial, floor, reached) if METRICS[name].higher_is_better else (reached, floor, trivial)
        )
        assert worst_first == tuple(sorted(worst_first)), (
            f"{name}: constant {trivial}, floor {floor}, model {reached}"
        )


def test_the_readme_tells_what_the_model_and_the_data_need() -> None:
    model_card = (FOLDER / "README.md").read_text(encoding="utf-8")
    data_sheet = (FOLDER.parents[1] / "examples/credit_default/README.md").read_text(encoding="utf-8")

    for needed in (
        "10.24432/C55S3H",
        "CC BY 4.0",
        "82a49e94ce58581a946911742eb0546a0947c7267f3ce0e1bf67a008d633e9f7",
    ):
        assert needed in data_sheet
    for needed in ("sensitive", "September", "0.84", "estimator.py", "contract.yaml"):
        assert needed in model_card
