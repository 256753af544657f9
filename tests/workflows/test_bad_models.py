"""A model's way to production, walked as model.yml writes it: real commands, servers, endpoints. A good model
goes all the way; a bad one is stopped at each gate in turn, and nothing is changed behind it.

The tests build on the first one, in their order: one life of one model. ``test_model_jobs.py`` is CI's share.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.workflows.team import Team, make_team

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.workflows.runner import Job

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "model.yml"

SERIOUS = (("max_leaf_nodes: 2", "max_leaf_nodes: 15"), ("max_iter: 1\n", "max_iter: 60\n"))

pytestmark = [pytest.mark.integration, pytest.mark.full, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    with make_team(ROOT, tmp_path_factory.mktemp("team")) as made:
        yield made


def walk(team: Team, before: str) -> dict[str, Job]:
    jobs = {job.name: job for job in team.runner.push(WORKFLOW, before)}
    (team.runner.home.parent / "walked.md").open("a").write("".join(job.summary for job in jobs.values()))
    return jobs


def results(jobs: dict[str, Job]) -> list[str]:
    return [jobs[name].result for name in ("candidate", "staging", "production")]


def printed(jobs: dict[str, Job]) -> str:
    return "\n".join(job.printed for job in jobs.values())


def test_a_good_model_serves_in_staging_and_then_in_production(team: Team) -> None:
    jobs = walk(team, "0" * 40)
    assert results(jobs) == ["success"] * 3, printed(jobs)
    assert {name: found["aliases"]["champion"] for name, found in team.state().items()} == {
        "staging": "1", "production": "1",
    }  # fmt: skip
    assert {place.endpoint.version for place in team.places.values()} == {"1"}
    assert "VERDICT gate: PROMOTE" in jobs["candidate"].summary
    assert "VERDICT deployment: DEPLOYED" in jobs["production"].summary
    assert "VERDICT smoke test: PASS" in jobs["production"].summary


def test_a_configuration_with_an_error_is_stopped_before_anything_is_trained(team: Team) -> None:
    was = team.state()
    jobs = walk(team, team.change(("seed: 0", "seed: 1"), ("primary: log_loss", "primary: log_los")))
    team.change(("primary: log_los\n", "primary: log_loss\n"))
    assert results(jobs) == ["failure", "skipped", "skipped"]
    assert jobs["candidate"].failed == "make model-check PYTHON=python"
    assert "did you mean 'log_loss'" in jobs["candidate"].summary
    assert "Stopped here" in jobs["candidate"].summary
    assert team.state() == was


def test_a_delivery_that_breaks_its_contract_is_not_learned_from(team: Team) -> None:
    was, accounts = team.state(), team.places["staging"].accounts
    fine = accounts.read_text()
    head, first, *rest = fine.splitlines(keepends=True)
    cells = first.split(",")
    cells[head.strip().split(",").index("age")] = "7"
    accounts.write_text("".join([head, ",".join(cells), *rest]))
    jobs = walk(team, team.change(("seed: 1\n", "seed: 2\n")))
    accounts.write_text(fine)
    assert results(jobs) == ["failure", "skipped", "skipped"]
    assert jobs["candidate"].failed == "make model-train ENVIRONMENT=staging"
    assert "Cards are for adults" in jobs["candidate"].summary
    assert team.state() == was


def test_a_candidate_that_is_worse_is_stopped_by_the_gate_with_the_comparison(team: Team) -> None:
    was = team.state()
    jobs = walk(team, team.change(("learning_rate: 0.06", "learning_rate: 1.0e-9")))
    team.change(("learning_rate: 1.0e-9", "learning_rate: 0.06"))
    assert results(jobs) == ["success", "failure", "skipped"], printed(jobs)
    assert "VERDICT gate: REJECT" in jobs["candidate"].summary, "a pull request shows it"
    assert jobs["staging"].done == ["make model-stage ENVIRONMENT=staging PYTHON=python"]
    assert "gain:log_loss" in jobs["staging"].summary
    assert "a decision stands against it" in jobs["staging"].summary
    assert team.state() == was


def test_one_that_staging_serves_wrongly_is_rolled_back_there(team: Team) -> None:
    was, staging = team.state(), team.places["staging"]
    staging.endpoint.wrong = True
    jobs = walk(team, team.change(*SERIOUS))
    staging.endpoint.wrong = False
    assert results(jobs) == ["success", "failure", "skipped"], printed(jobs)
    assert jobs["staging"].failed == "make model-smoke ENVIRONMENT=staging", printed(jobs)
    assert jobs["staging"].done[-2:] == [
        "make model-rollback ENVIRONMENT=staging", "make model-smoke ENVIRONMENT=staging",
    ]  # fmt: skip
    assert jobs["staging"].steps[-1].outcome == "success", "the champion before serves again"
    assert "VERDICT smoke test: FAIL" in jobs["staging"].summary
    assert staging.state()["aliases"]["champion"] == staging.endpoint.version == "1"
    assert staging.state()["versions"] == was["staging"]["versions"] + 1
    assert team.state()["production"] == was["production"]


def test_one_that_production_serves_too_slowly_is_rolled_back_there(team: Team) -> None:
    production = team.places["production"]
    production.endpoint.late = 3.5
    jobs = walk(team, team.change(("max_iter: 60", "max_iter: 150")))
    production.endpoint.late = 0.0
    assert results(jobs) == ["success", "success", "failure"], printed(jobs)
    assert jobs["production"].failed == "make model-smoke ENVIRONMENT=production", printed(jobs)
    assert jobs["production"].done[-2:] == [
        "make model-rollback ENVIRONMENT=production", "make model-smoke ENVIRONMENT=production",
    ]  # fmt: skip
    assert jobs["production"].steps[-1].outcome == "success", "the champion before serves again"
    assert production.state()["aliases"]["champion"] == production.endpoint.version == "1"
    assert team.places["staging"].state()["aliases"]["champion"] == "3", "staging keeps it, to be looked into"
