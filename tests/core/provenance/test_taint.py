"""What a bad delivery touched, and what it did not."""

from __future__ import annotations

import pytest

from include.provenance.deleted import deleted_versions
from include.provenance.taint import Known, Touched, find_touched
from tests.world.provenance import decision, join, prediction, run, snapshot, used, version

pytestmark = pytest.mark.core

BAD = snapshot("features", "2026-01-02", "bad")
GOOD = snapshot("features", "2026-01-01", "good")


def touched(known: Known, *bad: object) -> Touched:
    return find_touched("what did it touch?", bad or (BAD,), {"churn": known}, "/registry.git")  # type: ignore[arg-type]


def links(found: Touched) -> set[tuple[str, str, str]]:
    def short(name: str) -> str:
        return name.replace("models/churn/predictions/", "").replace("churn/", "").replace(".parquet", "")

    return {(short(link.source), link.says, short(link.target)) for link in found.graph}


def test_a_delivery_touches_runs_versions_decisions_and_predictions_and_nothing_else():
    known = Known(
        snapshots=[GOOD, BAD],
        runs=[run("r1"), run("r2")],
        used={
            "r1": used(("features", "2026-01-01", "good"), trained="2026-01-01"),
            "r2": used(
                ("features", "2026-01-01", "good"), ("features", "2026-01-02", "bad"),
                trained="2026-01-01 2026-01-02",
            ),
        },
        versions=[version("1", "r1"), version("2", "r2")],
        decisions=[decision("d1", version="1"), decision("d2", version="2"), decision("d3", run_id="r2")],
        predictions=[
            prediction("2026-01-01", "1", "r1", "good"),
            prediction("2026-01-02", "1", "r1", "bad"),
            prediction("2026-01-03", "2", "r2", "later"),
        ],
    )  # fmt: skip
    found = touched(known)
    bad = "snapshot features/2026-01-02 md5 bad"
    assert links(found) == {
        (bad, "learned by", "run r2"),
        ("run r2", "decided on in", "decision d3"),
        ("run r2", "registered as", "version 2"),
        ("version 2", "decided on in", "decision d2"),
        ("version 2", "predicted", "predictions 2026-01-03/v2-later"),
        (bad, "scored in", "predictions 2026-01-02/v1-bad"),
    }
    assert found.graph.gaps == []
    assert found.snapshots == {"churn": [BAD]}


@pytest.mark.parametrize(
    ("trained", "tested", "says"),
    [
        ("2026-01-02", "", "learned by"),
        ("", "2026-01-02", "tested by"),
        ("2026-01-02", "2026-01-02", "learned and tested by"),
        ("2026-01-01", "", "given to and left out by"),
    ],
)
def test_a_link_says_what_a_run_did_with_the_delivery(trained, tested, says):
    given = used(("features", "2026-01-02", "bad"), trained=trained, tested=tested)
    found = touched(Known(snapshots=[BAD], runs=[run("r1")], used={"r1": given}))
    assert [link.says for link in found.graph] == [says]


def test_the_same_partition_in_another_version_was_not_touched():
    restated = used(("features", "2026-01-02", "corrected"), trained="2026-01-02")
    found = touched(Known(snapshots=[BAD], runs=[run("r1")], used={"r1": restated}))
    assert links(found) == set()


def test_what_was_deleted_is_followed_all_the_same():
    predictions = [prediction("2026-01-03", "2", "r2", "later")]
    gone = deleted_versions("churn", [version("1", "r1")], [], predictions)
    found = touched(
        Known(
            snapshots=[BAD],
            runs=[run("r2", deleted=True)],
            used={"r2": used(("features", "2026-01-02", "bad"), trained="2026-01-02")},
            versions=[version("1", "r1"), *gone],
            predictions=predictions,
        )
    )
    assert ("version 2", "predicted", "predictions 2026-01-03/v2-later") in links(found)
    gaps = {node.id: node.gap for node in found.graph.gaps}
    assert set(gaps) == {"run r2", "version churn/2"}
    assert "mlflow runs restore --run-id r2" in gaps["run r2"]
    assert "comes from 1 file of predictions" in gaps["version churn/2"]


def test_a_number_that_was_given_twice_is_two_versions():
    old = prediction("2026-01-01", "1", "r-old", "a")
    new = prediction("2026-01-02", "1", "r-new", "b")
    gone = deleted_versions("churn", [version("1", "r-new")], [], [old, new])
    assert [(one.number, one.run_id) for one in gone] == [("1", "r-old")]


def test_an_entry_that_names_no_run_tells_of_the_version_that_others_name():
    entries = [decision("d1", version="4", run_id="r4"), decision("d2", version="4", kind="rollback")]
    (gone,) = deleted_versions("churn", [], entries, [])
    assert (gone.run_id, gone.known_from) == ("r4", "2 ledger entries")


def test_a_run_of_which_nobody_knows_the_data_is_named():
    found = touched(
        Known(snapshots=[BAD], runs=[run("r1")], versions=[version("1", "r1")],
              predictions=[prediction("2026-01-09", "1", "r1", "x")])
    )  # fmt: skip
    assert ("snapshot features/2026-01-02 md5 bad", "perhaps given to", "run r1") in links(found)
    assert ("version 1", "predicted", "predictions 2026-01-09/v1-x") in links(found)
    assert next(node.gap for node in found.graph.gaps).startswith("m/r1 is gone from the object store.")


def test_a_delivery_of_a_view_touches_what_it_was_joined_into():
    view = snapshot("activity", "2026-01-01", "v1", owner="_views")
    known = Known(
        snapshots=[GOOD, BAD],
        joins=[
            join("2026-01-01", "sha-good", "activity", ("2026-01-01", "v0")),
            join("2026-01-02", "sha-bad", "activity", ("2025-12-31", "x"), ("2026-01-01", "v1")),
        ],
        runs=[run("r1")],
        used={"r1": used(("features", "2026-01-02", "bad"), tested="2026-01-02")},
    )
    found = touched(known, view)
    bad = "snapshot features/2026-01-02 md5 bad"
    start = "snapshot _views/activity/2026-01-01 md5 v1"
    assert links(found) == {(start, "joined into", bad), (bad, "tested by", "run r1")}
    assert found.snapshots == {"churn": [BAD]}


def test_a_delivery_of_a_view_that_models_share_touches_each_of_them():
    view = snapshot("activity", "2026-01-01", "v1", owner="_views")
    joins = [join("2026-01-02", "sha-bad", "activity", ("2026-01-01", "v1"))]
    known = Known(snapshots=[BAD], joins=joins)
    theirs = snapshot("features", "2026-01-02", "bad", owner="fraud")
    other = Known(snapshots=[theirs], joins=joins)
    unconcerned = Known(snapshots=[snapshot("features", "2026-01-02", "else", owner="calm")])
    models = {"churn": known, "fraud": other, "calm": unconcerned}
    found = find_touched("what did it touch?", [view], models, "/registry.git")
    assert found.snapshots == {"churn": [BAD], "fraud": [theirs]}
    start = "snapshot _views/activity/2026-01-01 md5 v1"
    assert {(link.source, link.says, link.target) for link in found.graph} == {
        (start, "joined into", f"snapshot {owner}/features/2026-01-02 md5 bad")
        for owner in ("churn", "fraud")
    }


def test_two_versions_of_one_run_have_their_own_predictions():
    known = Known(
        snapshots=[BAD],
        runs=[run("r1")],
        used={"r1": used(("features", "2026-01-02", "bad"), trained="2026-01-02")},
        versions=[version("1", "r1"), version("2", "r1")],
        predictions=[prediction("2026-01-08", number, "r1", "x") for number in ("1", "2", "3")],
    )
    assert links(touched(known)) == {
        ("snapshot features/2026-01-02 md5 bad", "learned by", "run r1"),
        ("run r1", "registered as", "version 1"),
        ("run r1", "registered as", "version 2"),
        ("version 1", "predicted", "predictions 2026-01-08/v1-x"),
        ("version 2", "predicted", "predictions 2026-01-08/v2-x"),
        ("run r1", "predicted", "predictions 2026-01-08/v3-x"),
    }


def test_a_file_that_cannot_be_read_is_named():
    known = Known(snapshots=[BAD], unreadable={"p.parquet": "it is damaged"})
    (gap,) = touched(known).graph.gaps
    assert (gap.id, gap.gap) == (
        "file p.parquet", "nobody can tell whether it belongs here: it is damaged",
    )  # fmt: skip
