from __future__ import annotations

import pytest

from include.data import schema
from include.data.arrow_schema import arrow_schema
from include.data.schema import Column, schema_digest, table_columns

pytestmark = pytest.mark.core


def test_a_features_table_has_keys_then_numeric_then_categorical(make_config):
    columns = table_columns(make_config(), "features")
    assert columns[:3] == (
        Column("customer_id", "integer"), Column("as_of", "date"), Column("credit_limit", "number"),
    )  # fmt: skip
    assert [column.name for column in columns[-3:]] == ["sex", "education", "marital_status"]
    assert "defaulted" not in {column.name for column in columns}


def test_a_labels_table_has_keys_and_target(make_config):
    assert [column.kind for column in table_columns(make_config(), "labels")] == ["integer", "date", "target"]


def test_without_a_labels_table_the_target_ends_the_features_table(make_config):
    config = make_config(source={"labels": None})
    assert table_columns(config, "features")[-1] == Column("defaulted", "late_target")


def test_a_model_without_labels_table_has_no_labels_columns(make_config):
    with pytest.raises(ValueError, match="has no table 'labels'"):
        table_columns(make_config(source={"labels": None}), "labels")


def test_an_unknown_table_is_refused(make_config):
    with pytest.raises(ValueError, match="has no table 'predictions'"):
        table_columns(make_config(), "predictions")


def test_an_entity_may_be_text(make_config):
    columns = table_columns(make_config(entity={"type": "string"}), "labels")
    assert columns[0] == Column("customer_id", "string")
    assert [str(kind) for kind in arrow_schema(columns).types] == ["string", "date32[day]", "int8"]


def test_types_are_the_canonical_ones(make_config):
    fields = arrow_schema(table_columns(make_config(), "features"))
    found = {field.name: str(field.type) for field in fields}
    assert found["customer_id"] == "int64"
    assert found["bill_amount"] == "double"
    assert found["sex"] == "string"


def test_the_digest_is_stable_and_changes_with_names_order_and_types(make_config):
    columns = table_columns(make_config(), "labels")
    assert schema_digest(columns) == schema_digest(table_columns(make_config(), "labels"))
    others = [
        columns[::-1],
        columns[:-1],
        (Column("client_id", "integer"), *columns[1:]),
        (Column("customer_id", "string"), *columns[1:]),
    ]
    assert len({schema_digest(changed) for changed in [columns, *others]}) == 5


@pytest.mark.parametrize(("name", "value"), [("ROWS_PER_GROUP", 1), ("COMPRESSION", "zstd"), ("_LAYOUT", 99)])
def test_the_digest_changes_with_the_layout_of_snapshots(make_config, monkeypatch, name, value):
    columns = table_columns(make_config(), "labels")
    before = schema_digest(columns)
    monkeypatch.setattr(schema, name, value)
    assert schema_digest(columns) != before
