"""Names that are keys of ours, markup, or look alike go through the whole core: counted, judged, shown."""

from __future__ import annotations

import warnings
from collections import Counter
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from mlflow.utils.validation import _validate_metric_name

from include.config.schema import Sensitive
from include.data.ingest.convert import convert
from include.data.schema import table_columns
from include.evaluation.compare import evaluate
from include.evaluation.importance import Importance
from include.evaluation.plots import save_plots
from include.evaluation.scores_file import read_candidate, write_scores
from include.monitoring.drift.check import check_drift
from include.monitoring.drift.report import DriftReport
from include.monitoring.drift.verdict import write_verdict
from include.monitoring.profile.build import build_profile
from include.monitoring.profile.count_file import count_file
from include.monitoring.profile.profile import Profile
from include.monitoring.report.page import render_page
from include.monitoring.report.plots import draw_distributions
from include.promotion.gate import decide
from include.scoring.predictions import Stamp, describe_predictions, read_scores
from include.scoring.score import score_snapshot
from include.training.frame import load_frame
from include.validation import page as validation_page
from include.validation.contract.contract import Contract, Rule
from include.validation.report import ContractBreach
from include.validation.validate import validate_snapshot
from include.verdicts import Verdict
from mlops.monitoring import drift_log
from tests.integration import hostile_names as names
from tests.markup import Page, markdown_rows

pytestmark = pytest.mark.core

ROWS = 6_600
NUMERIC = [name for group in names.NUMERIC.values() for name in group]
CATEGORICAL = [names.GROUPED, *names.CATEGORICAL]
STAMP = Stamp(
    model="m",
    version="1",
    partition="2005-04-30",
    snapshot_md5="0" * 32,
    registry_commit="c",
    training_run="r",
    airflow_run="d/r/t",
    as_of="2005-04-30",
)


class Model:
    """A fitted model that looks at the first feature."""

    classes_ = (0, 1)

    def predict_proba(self, features):
        scores = 1 / (1 + np.exp(-features.iloc[:, 0].to_numpy()))
        return np.column_stack([1 - scores, scores])


@pytest.fixture(scope="module")
def config(make_config):
    return make_config(
        entity={"column": names.ENTITY, "type": "integer"},
        time={"column": names.TIME},
        target={"column": names.TARGET},
        features={"numeric": NUMERIC, "categorical": CATEGORICAL},
    ).model_copy(
        update={
            "sensitive": {
                names.GROUPED: Sensitive(),
                **{name: Sensitive(bands=tuple(cuts)) for name, cuts in names.BANDS.items()},
            }
        }
    )


def write(path, config, *, shift=0.0, groups=names.GROUPS):
    rng = np.random.default_rng(0)
    target = (rng.random(ROWS) < 0.3).astype(np.int8)
    columns = {
        names.ENTITY: pa.array(np.arange(ROWS)),
        names.TIME: pa.array([date(2005, 4, 30)] * ROWS, pa.date32()),
        **{name: pa.array(rng.normal(target + shift * (at + 1), 1)) for at, name in enumerate(NUMERIC)},
        names.GROUPED: pa.array([groups[row % len(groups)] for row in range(ROWS)]),
        **dict.fromkeys(names.CATEGORICAL, pa.array([f"${row % 4}_$" for row in range(ROWS)])),
        names.TARGET: pa.array(target),
    }
    pq.write_table(pa.table(columns), path, row_group_size=2_000)
    return path


@pytest.fixture(scope="module")
def train(tmp_path_factory, config):
    return write(tmp_path_factory.mktemp("hostile") / "train.parquet", config)


@pytest.fixture(scope="module")
def drifted(tmp_path_factory, config, train):
    """A report on a delivery that has moved and lacks half of the groups, and its picture."""
    frame = load_frame(train, config)
    scores = Model().predict_proba(frame.features)[:, 1]
    profile = Profile.from_json(build_profile(train, config, scores).to_json())
    batch = write(
        tmp_path_factory.mktemp("batch") / "batch.parquet", config, shift=0.5, groups=names.GROUPS[::2]
    )
    counts = count_file(batch, profile, scores)
    importance = dict.fromkeys(config.feature_names, 1.0)
    report = check_drift(profile, counts, config.monitoring.drift, importance=importance)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        titles = {column.name: drift_log._title(column) for column in report.columns[:8]}
        picture = draw_distributions(
            profile, counts, titles, predictions=drift_log._title(report.predictions)
        )
    return profile, counts, DriftReport.from_dict(report.to_dict()), picture


def check_verdict(verdict):
    """Look at a verdict in a log, in Markdown and on a page."""
    verdict = Verdict.from_dict(verdict.to_dict())
    lines = verdict.to_text().split("\n")
    assert len(lines) == 2 + len(verdict.reasons) + len(verdict.counterfactuals)
    assert all(line.isprintable() and "::group::" not in line for line in lines)
    rows = markdown_rows(verdict.to_markdown())
    assert [len(row) for row in rows] == [4] * (1 + len(verdict.reasons))
    return lines


def test_groups_are_judged_apart(config, train):
    table = pq.read_table(train)
    target, groups = table[names.TARGET].to_numpy(), table[names.GROUPED].to_pylist()
    rng = np.random.default_rng(1)
    good = np.clip(0.3 + 0.4 * (target - 0.5) + rng.normal(0, 0.25, ROWS), 0, 1)
    useless = np.array([group == "missing" for group in groups])
    candidate = np.where(useless, rng.random(ROWS), np.clip(good + 0.1 * (target - 0.5), 0, 1))
    changes = {"slices": {"min_rows": 100, "max_drop": 0.02}, "floors": {"roc_auc": 0.5}}
    gate = config.gate.model_copy(
        update={
            "slices": config.gate.slices.model_copy(update=changes["slices"]),
            "floors": changes["floors"],
        }
    )
    config = config.model_copy(update={"gate": gate})

    evaluation = evaluate(train, candidate, good, config, {"version": "1"}, base_rate=float(np.mean(target)))

    of_groups = {one.name: one for one in evaluation.slices if one.name.startswith("'sex=1'=")}
    assert len(of_groups) == len(names.GROUPS)
    assert Counter(one.rows for one in of_groups.values()) == Counter(Counter(groups).values())
    assert len({one.name for one in evaluation.slices}) == len(evaluation.slices)
    hurt, others = of_groups["'sex=1'='missing'"], of_groups["'sex=1'=missing"]
    assert hurt.candidate < 0.65
    assert others.candidate > 0.8
    verdict = decide(evaluation, config)
    assert verdict.decision == "reject"
    assert any("'sex=1'='missing'" in line for line in check_verdict(verdict))


def test_drift_is_told_column_by_column(config, drifted):
    _, counts, report, picture = drifted
    assert sorted(column.name for column in report.columns) == sorted(config.feature_names)
    labels = [column.label for column in (*report.columns, report.predictions)]
    assert len(set(labels)) == len(labels)
    assert labels[-1] == "predictions"
    assert "'predictions'" in labels
    assert counts.columns[names.GROUPED][0] == 0 or names.GROUPS[1] is None
    assert picture.startswith(b"\x89PNG")
    check_verdict(write_verdict(report))
    page = Page(
        render_page(
            "m <1>", {"a|b": "<x>\x1b"}, write_verdict(report), drift=report, distributions=picture,
            windows=(), performance=None, metric="roc_auc",
        )
    )  # fmt: skip
    assert {len(row) for row in page.rows} == {4}
    assert "'predictions'" in page.text


def test_each_statistic_of_each_column_has_a_metric_of_its_own(drifted):
    *_, report, _ = drifted
    found = drift_log._metrics(report)
    results = sum(len(column.results) for column in (*report.columns, report.predictions))
    assert len([name for name in found if name.startswith("drift_")]) == results
    for name in found:
        _validate_metric_name(name)
        assert len(name) <= 250
    for column in report.columns:
        keys = drift_log._keys(column)
        assert {key: found[key] for key in keys} == {key: one.effect for key, one in keys.items()}
        assert all(drift_log._renamed(report).get(key, column.name) == column.name for key in keys)
    assert found["drift_ks_predictions"] == report.predictions.results[0].effect


def test_counts_are_of_the_category_as_it_is(config, train, drifted):
    profile, *_ = drifted
    table = pq.read_table(train)
    for name in CATEGORICAL:
        column, counted = profile.columns[name], profile.reference.columns[name]
        wanted = Counter(table[name].to_pylist())
        assert counted[0] == wanted.pop(None, 0)
        assert dict(zip(column.values, counted[3:].tolist(), strict=True)) == dict(wanted)


def test_a_delivery_is_converted_and_validated(config, train, tmp_path):
    rows = pq.read_table(train).drop_columns([names.TARGET])
    delivered, snapshot = tmp_path / "delivered.parquet", tmp_path / "snapshot.parquet"
    pq.write_table(rows, delivered)
    convert(
        [delivered],
        fmt="parquet",
        columns=table_columns(config, "features"),
        target=snapshot,
        origin="s3://a",
    )
    assert pq.read_table(snapshot).to_pydict() == rows.to_pydict()
    why = "a|b\n# c <i> \x1b"
    contract = Contract(
        features=(
            Rule(
                type="expect_column_values_to_not_be_null",
                kwargs={"column": names.GROUPED},
                severity="critical",
                why=why,
            ),
            Rule(
                type="expect_column_values_to_be_in_set",
                kwargs={"column": names.GROUPED, "value_set": ["$0_$49"]},
                severity="warning",
                why=why,
            ),
            Rule(
                type="expect_column_max_to_be_between",
                kwargs={"column": names.LONG, "max_value": 0},
                severity="warning",
                why=why,
            ),
        ),
        labels=(),
    )
    report = validate_snapshot(
        snapshot,
        table="features",
        config=config,
        contract=contract,
        partition="2005-04-30",
        as_of="2005-04-30",
    )
    assert not report.passed
    breach = str(ContractBreach(report, "s3://a"))
    lines = [*report.summary().split("\n"), *breach.split("\n")]
    assert all(line.isprintable() and "::group::" not in line for line in lines)
    assert sum(line.lstrip().startswith(("CRITICAL", "WARNING")) for line in lines) == 2 * len(
        report.findings
    )
    page = Page(validation_page.render_page(report))
    assert {len(row) for row in page.rows} == {5, 6}


def test_plots_and_scores_are_written(config, train, tmp_path):
    frame = load_frame(train, config)
    scores = {"candidate": Model().predict_proba(frame.features)[:, 1], "champion": np.full(ROWS, 0.5)}
    importance = {name: Importance(loss=0.1, spread=0.01) for name in config.feature_names}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(save_plots(tmp_path / "plots", frame.target, scores, importance, "roc_auc")) == 5
    write_scores(tmp_path / "scores.parquet", frame, scores)
    assert read_candidate(tmp_path / "scores.parquet").tolist() == scores["candidate"].tolist()
    assert pq.read_table(tmp_path / "scores.parquet")[names.ENTITY].to_pylist() == list(range(ROWS))


@pytest.mark.parametrize(
    "entity",
    ["candidate", "score", "target", "champion", "rows", "index", "__index_level_0__", "a.b", "$|`\x1b"],
)
def test_an_entity_may_be_called_anything(entity, make_config, write_rows, tmp_path):
    config = make_config(
        entity={"column": entity}, features={"numeric": ["age"], "categorical": []}, sensitive={}
    )
    config = config.model_copy(update={"sensitive": {}})
    table = pq.read_table(write_rows(tmp_path / "rows.parquet"))
    path = tmp_path / "snapshot.parquet"
    pq.write_table(table.rename_columns([entity, *table.column_names[1:]]), path)
    frame = load_frame(path, config)
    expected = Model().predict_proba(frame.features)[:, 1]

    score_snapshot(path, Model(), config, tmp_path / "predictions.parquet", STAMP)
    write_scores(tmp_path / "scores.parquet", frame, {"candidate": expected, "champion": expected / 2})

    assert read_scores(tmp_path / "predictions.parquet").tolist() == expected.tolist()
    assert describe_predictions(tmp_path / "predictions.parquet").rows == 500
    found = pq.read_table(tmp_path / "predictions.parquet")
    assert found.column_names == [entity, "as_of", "mlops_score" if entity == "score" else "score"]
    assert found[entity].to_pylist() == list(range(500))
    assert read_candidate(tmp_path / "scores.parquet").tolist() == expected.tolist()


def test_scores_of_an_older_version_are_read(tmp_path):
    old = tmp_path / "scores.parquet"
    pq.write_table(pa.table({"customer_id": [1], "target": [0], "candidate": [0.25], "champion": [0.5]}), old)
    assert read_candidate(old).tolist() == [0.25]


def test_a_report_of_an_older_version_is_read(drifted):
    *_, report, _ = drifted
    plain = report.to_dict()
    del plain["format"]
    plain["predictions"]["name"] = "predictions"
    assert DriftReport.from_dict(plain) == report
