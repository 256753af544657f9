from __future__ import annotations

import pytest

from include.errors import ModelError
from include.training.fit import fit
from include.training.persist import check_trusted, dump_model, load_model
from include.training.predict import predict_scores

pytestmark = pytest.mark.core

TREES = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"


@pytest.fixture
def fitted(tmp_path, make_config, write_rows, build_estimator):
    config = make_config()
    return fit(write_rows(tmp_path / "train.parquet"), config, build_estimator(config))


def test_a_model_comes_back_with_the_same_scores(fitted, make_config):
    config = make_config()
    loaded = load_model(dump_model(fitted.model, [TREES]), [TREES])
    expected = predict_scores(fitted.model, fitted.frame.features, config)
    assert predict_scores(loaded, fitted.frame.features, config).tobytes() == expected.tobytes()


def test_a_type_that_is_not_on_the_list_is_named_with_file_key_and_remedy(fitted):
    with pytest.raises(ModelError, match=TREES) as caught:
        check_trusted(fitted.model, [])
    assert "estimator.trusted_types of model.yaml (there now: nothing)" in str(caught.value)
    assert "add it by hand" in str(caught.value)


def test_a_list_with_all_types_passes(fitted):
    check_trusted(fitted.model, [TREES, "sklearn.tree._tree.Tree"])


def test_a_file_with_an_unreviewed_type_is_not_loaded(fitted):
    with pytest.raises(ModelError, match="have not been reviewed"):
        load_model(dump_model(fitted.model, [TREES]), [])


def test_what_is_not_a_skops_file_is_refused():
    with pytest.raises(ModelError, match="5 bytes are not a skops file"):
        load_model(b"hello", [TREES])


def test_what_skops_can_not_save_is_explained():
    with pytest.raises(ModelError, match=r"skops could not save the model.*check estimator\.py"):
        check_trusted({"a generator": (one for one in ())}, [])
