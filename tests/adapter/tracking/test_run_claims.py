"""Who creates a run at the same moment as others: every order of their requests ends in one run."""

from __future__ import annotations

import itertools
import re
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

from mlops.tracking.run_claims import HELD, RAISED, RunClaims
from mlops.tracking.tags import CLAIM

pytestmark = [pytest.mark.adapter, pytest.mark.timeout(120)]


class Server:
    """Runs in memory, as MLflow keeps them: a deleted run is not found and takes no tag."""

    def __init__(self) -> None:
        self.runs: dict[str, Any] = {}
        self.lock = threading.Lock()

    def add(self, run_id: str, start: int = 0, **tags: str) -> Any:
        info = SimpleNamespace(run_id=run_id, start_time=start)
        self.runs[run_id] = SimpleNamespace(info=info, data=SimpleNamespace(tags={"key": "k", **tags}))
        return self.runs[run_id]


class Client:
    """A worker's client. ``turn`` is called before each request."""

    def __init__(self, server: Server, run_id: str, turn: Any = lambda: None) -> None:
        self.server, self.run_id, self.turn = server, run_id, turn

    def create_run(self, experiment: str, *, start_time: int, run_name: str, tags: dict[str, str]) -> Any:
        self.turn()
        with self.server.lock:
            return self.server.add(self.run_id, start_time, **tags)

    def search_runs(self, experiments: list[str], filter_string: str) -> list[Any]:
        self.turn()
        assert re.fullmatch(r"tags\.`key` = 'k'", filter_string)
        with self.server.lock:
            return [
                SimpleNamespace(info=run.info, data=SimpleNamespace(tags=dict(run.data.tags)))
                for run in self.server.runs.values()
            ]

    def set_tag(self, run_id: str, tag: str, value: str) -> None:
        self.turn()
        with self.server.lock:
            if run_id not in self.server.runs:
                raise MlflowException("must be in the 'active' state", INVALID_PARAMETER_VALUE)
            self.server.runs[run_id].data.tags[tag] = value

    def delete_run(self, run_id: str) -> None:
        self.turn()
        with self.server.lock:
            self.server.runs.pop(run_id, None)


def claims(client: Client, patience: float = 5) -> RunClaims:
    return RunClaims(client=client, experiment_id="1", tag="key", key="k", patience=patience)  # type: ignore[arg-type]


# How many requests the first worker gets through before the second begins, and so on by turns.
@pytest.mark.parametrize("turns", list(itertools.product([1, 2, 3], repeat=4)))
@pytest.mark.parametrize("ids", [("a", "b"), ("b", "a")])
def test_two_that_create_at_once_get_the_same_run_in_every_order(
    ids: tuple[str, str], turns: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlops.tracking.run_claims._PAUSE", 0.001)
    server, found = Server(), {}
    order = [worker for at, many in enumerate(turns) for worker in [at % 2] * many]
    moves, gate = iter(order), threading.Condition()
    state = {"next": next(moves)}
    alive = {0, 1}

    def turn(worker: int) -> None:
        with gate:
            gate.wait_for(lambda: state["next"] in {worker, None} or state["next"] not in alive, timeout=10)
            state["next"] = next(moves, None)
            gate.notify_all()

    def work(worker: int) -> None:
        client = Client(server, ids[worker], lambda: turn(worker))
        found[worker] = claims(client).create("n", {}, not_before=0).info.run_id
        with gate:
            alive.discard(worker)
            gate.notify_all()

    threads = [threading.Thread(target=work, args=(worker,)) for worker in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found[0] == found[1]
    assert list(server.runs) == [found[0]]


def test_a_clock_that_is_behind_wins_nothing() -> None:
    """The other worker has its run and works with it; this one's clock says it was earlier."""
    server = Server()
    server.add("z", start=2_000, **{CLAIM: HELD})
    assert claims(Client(server, "a")).create("n", {}, not_before=0).info.run_id == "z"
    assert list(server.runs) == ["z"]


def test_a_run_of_before_there_were_claims_is_found_the_oldest_first() -> None:
    server = Server()
    server.add("a", start=2)
    server.add("b", start=1)
    found = claims(Client(server, "c")).find()
    assert found is not None
    assert found.info.run_id == "b"


def test_who_died_before_it_held_its_run_is_waited_for_and_removed() -> None:
    server = Server()
    server.add("a", **{CLAIM: RAISED})
    assert claims(Client(server, "x")).find() is None
    made = claims(Client(server, "b"), patience=0.3).create("n", {}, not_before=0)
    assert made.info.run_id == "b"
    assert list(server.runs) == ["b"]


def test_a_run_starts_after_what_is_known_already() -> None:
    assert claims(Client(Server(), "a")).create("n", {}, not_before=2**53).info.start_time == 2**53
