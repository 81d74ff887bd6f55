"""The engineer, the detector and the loader: what is learnt once holds, and names stay apart."""

from __future__ import annotations

import gzip

import pyarrow as pa
import pytest

from emberharmony.errors import ArgumentError
from emberharmony.features.errors import NotFittedError, SchemaError
from emberharmony.features.front import (
    GenericCSVLoader,
    GenericFeatureEngineer,
    GenericTypeDetector,
)


def test_an_engineer_keeps_its_columns_for_every_table():
    engineer = GenericFeatureEngineer(max_categories=2)
    first = engineer.engineer_features({"c": ["a", "a", "b", "b", "d"] * 4, "x": [1, 2, 3, 4, 5] * 4})
    assert first.column_names == engineer.get_feature_names() == ["x", "c=a", "c=b", "c:other"]
    later = engineer.transform({"c": ["z", "b"], "x": [None, 7]}).to_pylist()
    assert later == [{"x": 3.0, "c=a": 0, "c=b": 0, "c:other": 1}, {"x": 7.0, "c=a": 0, "c=b": 1, "c:other": 0}]


@pytest.mark.parametrize("unknown", ["bucket", "ignore", "error"])
def test_an_unknown_category_is_handled_as_it_was_said(unknown):
    engineer = GenericFeatureEngineer(handle_unknown=unknown)
    engineer.engineer_features({"c": ["a", "b"] * 4})
    if unknown == "error":
        with pytest.raises(Exception, match="category that the fit did not see: z"):
            engineer.transform({"c": ["z"]})
    else:
        row = engineer.transform({"c": ["z"]}).to_pylist()[0]
        assert row == {"c=a": 0, "c=b": 0} | ({"c:other": 1} if unknown == "bucket" else {})


def test_names_that_differ_in_signs_stay_apart_and_originals_can_be_kept():
    rows = {"a b": ["u", "v"] * 3, "a-b": ["v", "u"] * 3, "x": [1, 2, 3, 5, 8, 13]}
    engineer = GenericFeatureEngineer()
    found = engineer.engineer_features(rows, {"categorical": ["a b", "a-b"], "numeric": ["x"]}, drop_original=False)
    assert found.column_names[:2] == ["a b", "a-b"]
    assert found["a b"].to_pylist() == rows["a b"]
    assert found["a b=u"].to_pylist() == [1 - flag for flag in found["a-b=u"].to_pylist()]
    assert engineer.dropped == {}
    engineer.engineer_features(rows, {"numeric": ["x"]})
    assert set(engineer.dropped) == {"a b", "a-b"}
    with pytest.raises(SchemaError, match="'z'"):
        engineer.engineer_features(rows, {"numeric": ["z"]})


def test_a_detector_knows_booleans_and_no_rows():
    detector = GenericTypeDetector(rules={"code": "categorical"})
    found = detector.detect_column_types({"flag": [True, False], "answer": ["yes", "no"], "code": [4, 5]})
    assert found["boolean"] == ["flag", "answer"]
    assert found["categorical"] == ["code"]
    assert detector.column_types == found
    empty = GenericTypeDetector().detect(pa.table({"x": pa.array([], pa.float64())}))
    assert empty["x"].type == "empty"
    with pytest.raises(NotFittedError):
        _ = GenericTypeDetector().column_types


def test_a_csv_is_loaded_with_names_of_a_file_and_types_of_its_values(tmp_path):
    (tmp_path / "rows.csv").write_text("7,2024-01-31,01067\n8,2024-02-01,80331\n")
    (tmp_path / "names.txt").write_text("n,day,zip\n")
    table = GenericCSVLoader().load_csv(tmp_path / "rows.csv", tmp_path / "names.txt", "zip", ["day"])
    assert table.column_names == ["zip", "n", "day"]
    assert [str(field.type) for field in table.schema] == ["string", "int64", "timestamp[us]"]
    with gzip.open(tmp_path / "rows.csv.gz", "wt", encoding="latin-1") as file:
        file.write("n,name\n1,Zoë\n1,b\n")
    packed = GenericCSVLoader().load_csv(tmp_path / "rows.csv.gz", encoding="latin-1")
    assert packed["name"].to_pylist() == ["Zoë", "b"]
    with pytest.raises(ArgumentError, match="packed"):
        GenericCSVLoader(compression_support=False).load_csv(tmp_path / "rows.csv.gz")
    with pytest.raises(ArgumentError, match="1 repeated"):
        GenericCSVLoader().load_csv(tmp_path / "rows.csv.gz", index_col="n", encoding="latin-1")
    with pytest.raises(SchemaError, match="'m'"):
        GenericCSVLoader().load_csv(tmp_path / "rows.csv", tmp_path / "names.txt", index_col="m")
