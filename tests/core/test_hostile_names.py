"""Names that are keys of ours, markup, or look alike go through the whole core: counted, evaluated, shown."""

from __future__ import annotations

import warnings
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.data.dataset_record import Part
from include.data.ingest.convert import convert
from include.data.schema import table_columns
from include.evaluation.compare import evaluate
from include.evaluation.importance import Importance
from include.evaluation.plots import save_plots
from include.evaluation.scores_file import read_evaluated, write_scores
from include.monitoring.drift.report import DriftReport
from include.monitoring.drift.verdict import write_verdict
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
from tests.markup import Page, markdown_rows
from tests.world import hostile_drift
from tests.world import hostile_names as names
from tests.world.hostile_drift import CATEGORICAL, ROWS, Model, hostile_config, write_training_set

pytestmark = pytest.mark.core

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


@pytest.fixture(scope="module")
def config():
    return hostile_config()


@pytest.fixture(scope="module")
def train(tmp_path_factory):
    return write_training_set(tmp_path_factory.mktemp("hostile") / "train.parquet")


@pytest.fixture(scope="module")
def drifted(tmp_path_factory):
    """A report on a delivery that has moved and lacks half of the groups, and its picture."""
    profile, counts, report = hostile_drift.drifted(tmp_path_factory.mktemp("drifted"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        titles = {column.name: f"{column.label}: {column.status}" for column in report.columns[:8]}
        picture = draw_distributions(profile, counts, titles, predictions=report.predictions.label)
    return profile, counts, report, picture


def check_verdict(verdict):
    """Look at a verdict in a log, in Markdown and on a page."""
    verdict = Verdict.from_dict(verdict.to_dict())
    lines = verdict.to_text().split("\n")
    assert len(lines) == 2 + len(verdict.reasons) + len(verdict.counterfactuals)
    assert all(line.isprintable() and "::group::" not in line for line in lines)
    rows = markdown_rows(verdict.to_markdown())
    assert [len(row) for row in rows] == [4] * (1 + len(verdict.reasons))
    return lines


def test_groups_are_evaluated_apart(config, train):
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

    trained = Part(rows=len(target), positives=int(np.sum(target)))
    evaluation = evaluate(train, candidate, good, config, {"version": "1"}, trained=trained)

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


def test_drift_is_reported_column_by_column(config, drifted):
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
        assert len(save_plots(tmp_path / "plots", frame.target, scores, importance, config)) == 5
    write_scores(tmp_path / "scores.parquet", frame, scores)
    assert read_evaluated(tmp_path / "scores.parquet").tolist() == scores["candidate"].tolist()
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

    assert read_scores(tmp_path / "predictions.parquet", config).tolist() == expected.tolist()
    assert describe_predictions(tmp_path / "predictions.parquet", config).rows == 500
    found = pq.read_table(tmp_path / "predictions.parquet")
    assert found.column_names == [entity, "as_of", "mlops_score" if entity == "score" else "score"]
    assert found[entity].to_pylist() == list(range(500))
    assert read_evaluated(tmp_path / "scores.parquet").tolist() == expected.tolist()


def test_scores_of_an_older_version_are_read(tmp_path):
    old = tmp_path / "scores.parquet"
    pq.write_table(pa.table({"customer_id": [1], "target": [0], "candidate": [0.25], "champion": [0.5]}), old)
    assert read_evaluated(old).tolist() == [0.25]


def test_a_report_of_an_older_version_is_read(drifted):
    *_, report, _ = drifted
    plain = report.to_dict()
    del plain["format"]
    plain["predictions"]["name"] = "predictions"
    assert DriftReport.from_dict(plain) == report
