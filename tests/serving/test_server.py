"""The server against a real MLflow: it follows the alias, and refuses what it should."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from serving.canary import pick
from tests.world.served import log_version, rows, split

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.serving.conftest import Registered, Running
    from tests.world.servers import MlflowProcess

    Serve = Callable[..., Running]

pytestmark = pytest.mark.integration


def expected(registered: Registered, version: int, number: int = 20) -> list[list[float]]:
    answers: list[list[float]] = (
        registered.pipelines[version - 1].predict_proba(rows(registered.config, number)).tolist()
    )
    return answers


def test_it_answers_as_the_model_does_in_every_form(registered: Registered, serve: Serve) -> None:
    running, frame = serve(), rows(registered.config, 20)
    body = split(frame)
    names, data = body["dataframe_split"]["columns"], body["dataframe_split"]["data"]
    records = [dict(zip(names, row, strict=True)) for row in data]
    forms = [body, {"dataframe_records": records}, {"instances": records},
             {"inputs": dict(zip(names, map(list, zip(*data, strict=True)), strict=True))}]  # fmt: skip
    answers = [running.post(one) for one in forms]
    csv = {"data": frame.to_csv(index=False), "headers": {"content-type": "text/csv; charset=utf-8"}}
    answers.append(running.post(**csv))
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert answer.json() == {"predictions": expected(registered, 1)}
        assert answer.headers["x-model-version"] == "1"
    assert {running.get(path).status_code for path in ("/ping", "/health")} == {200}
    assert running.figure('serving_requests_total{status="200"}') == 5
    assert running.figure('serving_rows_total{version="1"}') == 100


def test_it_swaps_when_another_version_has_the_alias_and_goes_back_without_loading(
    registered: Registered, serve: Serve
) -> None:
    running, body = serve(), split(rows(registered.config, 20))
    for version in (2, 1):
        registered.point(version)
        assert running.step()
        answer = running.post(body)
        assert (answer.headers["x-model-version"], answer.json()["predictions"]) == (
            str(version), expected(registered, version),
        )  # fmt: skip
        running.server.follower._load = None  # a rollback loads nothing
    assert running.version()["previous"] == "2"
    assert running.figure("serving_swaps_total") == 3


def test_what_cannot_be_taken_is_refused_and_the_old_serves_on(registered: Registered, serve: Serve) -> None:
    running, body = serve(), split(rows(registered.config, 20))
    fewer = rows(registered.config, 500).drop(columns="age").assign(ages=1.0)
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    other = make_pipeline(make_column_transformer(("passthrough", ["ages"])), LogisticRegression())
    other.fit(fewer.fillna(0.0), np.arange(len(fewer)) % 2)
    changed = registered.add(log_version(registered.url, other, registered.config, fewer.head(5).fillna(0.0)))
    registered.point(changed)
    assert running.step()
    state = running.version()
    assert (state["version"], state["refused"]["version"], state["refused"]["reason"]) == (
        "1",
        changed,
        "signature",
    )
    assert "age is gone; ages is new" in state["refused"]["message"]
    assert running.figure('serving_refused{alias="champion"}') == 1
    assert running.post(body).json()["predictions"] == expected(registered, 1)
    # A poll without news leaves the gauges alone: cleared and set again, they would be gone for a moment.
    running.server.follower.metrics.serving.labels("seen", "1").set(1)
    assert running.step()
    assert running.figure('serving_version{role="seen",version="1"}') == 1

    registered.point(2)
    running.step()
    assert running.version()["refused"] is None
    assert running.figure('serving_refused{alias="champion"}') == 0

    # Neither does a restart take it: what was served before serves on.
    registered.point(changed)
    again = serve()
    state = again.version()
    assert (state["version"], state["refused"]["version"]) == ("2", changed)
    digest = state["refused"]["message"].rpartition(" ")[2]
    accepted = serve(accept_signature=digest)
    assert accepted.version()["version"] == changed
    wrong = accepted.post(body)
    assert wrong.status_code == 400
    assert "missing: ages; unknown: age (did you mean ages?)" in wrong.json()["message"]


def test_a_type_that_was_not_reviewed_is_not_loaded(
    registered: Registered, serve: Serve, monkeypatch: Any
) -> None:
    strict = registered.config.estimator.model_copy(update={"trusted_types": ()})
    registered.config = registered.config.model_copy(update={"estimator": strict})
    running = serve()
    state = running.version()
    assert (state["version"], state["refused"]["reason"]) == (None, "load")
    assert "types that have not been reviewed" in state["refused"]["message"]
    assert (
        running.get("/ping").status_code == running.post(split(rows(registered.config, 1))).status_code == 503
    )


@pytest.mark.full  # CI has one that is refused on the same way, by its types
def test_what_is_not_a_whole_model_is_refused(registered: Registered, serve: Serve, tmp_path: Path) -> None:
    import mlflow

    running = serve()
    whole = Path(mlflow.artifacts.download_artifacts(registered.uris[1], dst_path=str(tmp_path)))
    content, description = (whole / "model.skops").read_bytes(), (whole / "MLmodel").read_text()

    def damage(model: bytes, described: str) -> str:
        (whole / "model.skops").write_bytes(model)
        (whole / "MLmodel").write_text(described)
        with mlflow.start_run() as run:
            mlflow.log_artifacts(str(whole), "model")
        return f"runs:/{run.info.run_id}/model"

    uris = [
        damage(content[: len(content) // 2], description),
        damage(b"\x80\x04N.", description),
        damage(content, "flavors: ["),
        damage(content, description.replace("signature:", "nothing:")),
    ]
    uris.append(f"{uris[0]}/nothing")
    for uri in uris:
        number = registered.add(uri)
        registered.point(number)
        assert running.step()
        state = running.version()
        assert (state["version"], state["refused"]["version"], state["refused"]["reason"]) == (
            "1", number, "load",
        )  # fmt: skip
    assert running.figure('serving_refused_versions_total{reason="load"}') == len(uris)
    assert running.post(split(rows(registered.config, 1))).status_code == 200


@pytest.mark.full  # CI has the file, written whole
def test_two_servers_share_what_they_remember(registered: Registered, serve: Serve) -> None:
    both = [serve(), serve()]
    for version in (2, 3, 1):
        registered.point(version)
        steps = [threading.Thread(target=one.step) for one in both]
        for step in steps:
            step.start()
        for step in steps:
            step.join()
        assert [one.version()["version"] for one in both] == [str(version)] * 2
    assert serve().version()["version"] == "1"


def test_registry_and_alias_may_go(
    registered: Registered, serve: Serve, mlflow_process: MlflowProcess, caplog: pytest.LogCaptureFixture
) -> None:
    running, body = serve(), split(rows(registered.config, 1))
    registered.client.delete_registered_model_alias(registered.config.name, "champion")
    assert running.step()
    assert running.post(body).status_code == 200
    running.server.follower.registry._client.http.__dict__["tracking_uri"] = "http://127.0.0.1:9"
    assert not running.step()
    assert "Is the server of option --mlflow up and healthy? The next poll tries again." in caplog.text
    assert running.post(body).status_code == 200
    assert running.version()["registry_reachable"] is False
    assert running.figure("serving_registry_up") == 0


def test_the_challenger_answers_its_share_of_the_entities_and_no_others(
    registered: Registered, serve: Serve
) -> None:
    registered.point(2, "challenger")
    running, config = serve(canary=0.1), registered.config
    frame = rows(config, 2_000)
    frame.insert(0, config.entity.column, range(2_000))
    answer = running.post(split(frame))
    found = np.array(answer.json()["predictions"])
    both = [np.array(expected(registered, version, 2_000)) for version in (1, 2)]
    theirs = (found == both[1]).all(axis=1)
    assert ((found == both[0]).all(axis=1) | theirs).all()
    assert (theirs == pick(range(2_000), 0.1, config.name)).all()
    assert answer.headers["x-model-version"] == f"2={theirs.sum()}, 1={(~theirs).sum()}"
    one = int(np.argmax(theirs))
    alone = running.post(split(frame.iloc[[one]]))
    assert alone.headers["x-model-version"] == "2=1"
    without = running.post(split(frame.drop(columns=config.entity.column)))
    assert without.headers["x-model-version"] == "1", "rows without an entity are the champion's"
    registered.point(1, "challenger")
    running.step()
    assert running.post(split(frame)).headers["x-model-version"] == "1"


def test_requests_are_logged_without_what_is_sensitive(
    registered: Registered, serve: Serve, tmp_path: Path
) -> None:
    import pyarrow.parquet as pq

    running, config = serve(log_to=f"file://{tmp_path}/log"), registered.config
    frame = rows(config, 3)
    frame.insert(0, config.entity.column, [7, 8, 9])
    answer = running.post(split(frame))
    running.server.log.close()
    (file,) = (tmp_path / "log").rglob("*.parquet")
    assert (
        file.parent
        .relative_to(tmp_path / "log")
        .as_posix()
        .startswith(f"models/{config.name}/requests/as_of=20")
    )
    table = pq.ParquetFile(file).read()
    assert set(config.sensitive) == {"sex", "education", "marital_status", "age"}
    assert table.column_names == [
        "customer_id", "as_of", "credit_limit", "pay_status", "bill_amount", "paid_amount", "score",
        "mlops_version", "mlops_request", "mlops_received",
    ]  # fmt: skip
    assert table["customer_id"].to_pylist() == [7, 8, 9]
    assert table["score"].to_pylist() == [row[1] for row in answer.json()["predictions"]]
    assert table["credit_limit"].to_pylist() == frame["credit_limit"].tolist()
    assert set(table["mlops_request"].to_pylist()) == {answer.headers["x-request-id"]}
    assert list((tmp_path / "log").rglob(".*")) == [], "no half file"


@pytest.mark.parametrize(("swaps", "requests_each"), [(6, 15), pytest.param(42, 240, marks=pytest.mark.full)])
def test_no_request_is_lost_or_answered_by_half_a_version_while_versions_change(
    registered: Registered, serve: Serve, swaps: int, requests_each: int
) -> None:
    running, body = serve(), split(rows(registered.config, 2))
    answers = {str(version): expected(registered, version, 2) for version in (1, 2, 3)}
    wrong: list[str] = []
    stop, asked = threading.Event(), [0]

    def ask() -> None:
        import requests

        with requests.Session() as session:
            while not stop.is_set():
                answer = session.post(f"{running.url}/invocations", json=body, timeout=30)
                asked[0] += 1
                if (
                    answer.status_code != 200
                    or answer.json()["predictions"] != answers[answer.headers["x-model-version"]]
                ):
                    wrong.append(f"{answer.status_code} {answer.text}")

    thread = threading.Thread(target=ask)
    thread.start()
    for swap in range(swaps):
        registered.point((swap + 1) % 3 + 1)
        running.step()
        before = asked[0]
        while asked[0] < before + requests_each and thread.is_alive():
            time.sleep(0.01)
    stop.set()
    thread.join()
    assert not wrong
    assert running.figure("serving_swaps_total") == swaps + 1


def test_a_version_that_does_not_repeat_its_golden_requests_is_refused(
    registered: Registered, serve: Serve
) -> None:
    from include.serving.golden import GoldenRequests

    running, frame = serve(), rows(registered.config, 5).fillna(0.0)
    version = registered.client.get_model_version(registered.config.name, "2")
    for shift, serves in ((1e-6, "1"), (0.0, "2")):
        golden = GoldenRequests(
            model=registered.config.name,
            columns=tuple(frame.columns),
            rows=tuple(map(tuple, frame.to_numpy().tolist())),
            predictions=tuple(map(tuple, (registered.pipelines[1].predict_proba(frame) + shift).tolist())),
            tolerance=1e-9,
        )
        registered.client.log_dict(version.run_id, golden.to_dict(), "serving/golden_requests.json")
        registered.point(2)
        running.step()
        assert running.version()["version"] == serves
        registered.point(1)
        running.step()
