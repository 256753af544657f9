"""Which model would have been the best one."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from include.replay.hindsight import Hindsight

pytestmark = pytest.mark.core


@pytest.mark.parametrize("metric", ["log_loss", "brier", "calibration_error"])
def test_the_model_that_served_is_the_best_where_others_only_equal_it(make_config, metric, monkeypatch):
    """The others give the same scores to other rows: their means differ by the order of adding."""
    rng = np.random.default_rng(0)
    target = np.repeat([0, 1], 200).astype(np.int8)
    scores = {"served": rng.random(400).round(2)}
    for name in "abcdefgh":
        order = np.concatenate([rng.permutation(200), 200 + rng.permutation(200)])
        scores[name] = scores["served"][order]
    scores["worse"] = 1 - target.astype(float)
    monkeypatch.setattr(Hindsight, "_score", lambda _self, _ref, model, _truth: scores[model])
    config = make_config(gate={"primary": metric})
    hindsight = Hindsight(config, None, {}, local=lambda _: None, labels={}, as_of="2005-06-30")
    truth = SimpleNamespace(rows=SimpleNamespace(targets=target, weights=None))
    best = hindsight._best(None, truth, np.arange(400), available=sorted(scores), served="served")
    assert best == "served"
    assert hindsight._best(None, truth, np.arange(400), available=sorted(scores), served="worse") == "a"
