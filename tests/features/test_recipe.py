"""A pipeline in a file is the pipeline in Python; expressions as text are those of Python, and nothing is executed."""

from __future__ import annotations

import dataclasses
import json

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberharmony import features as ef
from emberharmony.errors import ArgumentError
from emberharmony.features import state
from emberharmony.features.errors import CheckpointMismatchError
from emberharmony.features.formula import METHODS, formula
from emberharmony.features.front.inputs import table_of
from emberharmony.features.job import run
from emberharmony.features.outlook import outlook
from emberharmony.features.recipe import read_recipe
from emberharmony.features.transforms import ALL
from emberharmony.features.transforms.expressions import Expression

NUMBERS = st.integers(-9, 9).map(str) | st.floats(-1e6, 1e6).map(repr)
COLUMNS = st.sampled_from(["x", "a b", "ü'\""]).map(lambda name: f"col({name!r})")
UNARY = st.sampled_from(["-({})", "~({})", "abs({})", "({}).log()", "({}).clip(-1.5, 2)", "({}).isin([1, 'a', True])"])
BINARY = st.sampled_from([*"+-*/%", "**", "<", "<=", ">", ">=", "==", "!=", "&", "|"])
TEXTS = st.recursive(
    COLUMNS,
    lambda inner: (
        st.builds(lambda form, a: form.format(a), UNARY, inner)
        | st.builds(lambda a, sign, b: f"(({a}) {sign} ({b}))", inner, BINARY, inner | NUMBERS)
        | st.builds(lambda a, sign, b: f"(({a}) {sign} ({b}))", NUMBERS, st.sampled_from("+-*/"), inner)
        | st.builds("where({}, {}, {})".format, inner, inner | NUMBERS, NUMBERS)
    ),
    max_leaves=8,
)


@given(TEXTS)
def test_a_formula_is_what_python_makes_of_the_text(text):
    expected = eval(text, {"col": ef.col, "where": ef.where, "abs": abs})
    assert state.definition(formula(text)) == state.definition(expected)


def test_every_method_of_an_expression_has_a_name_in_formulas():
    methods = {name for name in vars(Expression) if not name.startswith("_")} - {"does", "parts", "value"}
    assert set(METHODS) == methods


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')", "open('x')", "col('x').__class__", "col(3)", "col()", "1 + 2", "'a'",
        "col('x'", "(lambda: 1)()", "[col('x')][0]", "col('x') if 1 else 2", "0 < col('x') < 1",
        "col('x') and col('y')",
        "col('x').cast('text')", "col('x').clip(1)", "abs(3)", "where(1, 2, 3)", "f'{1}'", "col(name='x')", "x",
        "col('x').evil()", "col('x') + [1]", "{}", "",
    ],
)  # fmt: skip
def test_what_is_no_formula_is_refused_and_shown(text):
    with pytest.raises(ArgumentError) as caught:
        formula(text)
    assert repr(text) in str(caught.value) or "cast got 'text'" in str(caught.value)


STEPS = {
    "Impute": {"columns": ["x"], "strategy": "constant", "value": 1.5, "indicator": True},
    "Bin": {"columns": ["x"], "edges": [0.5, 2]},
    "Rename": {"names": {"old name": "new"}},
    "Rolling": {"columns": ["x"], "by": "id", "order": "t", "window": 4, "quantiles": [0.9]},
    "TargetEncode": {"columns": ["kind"], "target": "y", "by": "id"},
    "Ordinal": {"columns": ["kind"], "order": ["low", "high"], "unknown": "error"},
    "PCA": {"columns": ["x", "z"], "components": 2},
    "Drop": {"columns": ["x"]},
}


def toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


@pytest.mark.parametrize("name", STEPS)
def test_a_step_in_toml_is_the_step_in_python(name, tmp_path):
    lines = [f"{key} = {toml(value)}" for key, value in STEPS[name].items()]
    (tmp_path / "p.toml").write_text("\n".join(["[[step]]", f'is = "{name}"', *lines]))
    (found,) = read_recipe(tmp_path / "p.toml").pipeline.steps
    assert found == getattr(ef, name)(**STEPS[name])


def test_every_transform_can_be_named_and_an_expression_may_be_its_definition(tmp_path):
    expression = ef.col("x") / 2.0
    (tmp_path / "p.toml").write_text(
        f'[[step]]\nis = "Derive"\nname = "z"\nexpression = {toml(without_none(state.definition(expression)))}'
    )
    (step,) = read_recipe(tmp_path / "p.toml").pipeline.steps
    assert state.definition(step.expression) == state.definition(expression)
    assert all(dataclasses.is_dataclass(kind) and hasattr(ef, kind.__name__) for kind in ALL)


def without_none(value: object) -> object:
    if isinstance(value, dict):
        return {key: without_none(item) for key, item in value.items() if item is not None}
    return [without_none(item) for item in value] if isinstance(value, list) else value


def test_times_of_a_split_may_be_written_as_times(tmp_path):
    (tmp_path / "p.toml").write_text(
        '[split]\nis = "TimeSplit"\ntime = "t"\nval_from = 2024-02-01\ntest_from = 2024-03-01T12:00:00\n'
    )
    assert read_recipe(tmp_path / "p.toml").split == ef.TimeSplit("t", "2024-02-01", "2024-03-01T12:00:00")


def test_a_run_refuses_another_folder_and_reads_its_state_back(tmp_path):
    source = ef.from_arrow(pa.table({"id": range(50), "x": [i * 0.5 for i in range(50)]}))
    pipeline = ef.Pipeline([ef.StandardScale(["x"])])
    asked = []
    first, _ = run(pipeline, source, None, tmp_path / "a", tmp_path / "ck", progress=asked.append)
    assert any(event.stage.startswith("fit") for event in asked)
    asked.clear()
    again, report = run(pipeline, source, None, tmp_path / "a", tmp_path / "ck", progress=asked.append)
    assert {event.stage for event in asked} == {"write"}
    assert (again.hash, report.rows_reused) == (first.hash, 50)
    with pytest.raises(CheckpointMismatchError, match="another folder"):
        run(pipeline, source, None, tmp_path / "b", tmp_path / "ck")
    with pytest.raises(CheckpointMismatchError, match="another split"):
        run(pipeline, source, ef.HashSplit("id"), tmp_path / "a", tmp_path / "ck")
    with pytest.raises(CheckpointMismatchError, match="another pipeline"):  # what a model may see is part of it
        run(ef.Pipeline(pipeline.steps, index=["id"]), source, None, tmp_path / "a", tmp_path / "ck")


def test_an_outlook_tries_rows_from_all_over_the_table(tmp_path):
    # the first file has no value of x: a look at the first rows alone would call the pipeline wrong
    empty = pa.table({"x": pa.nulls(100_000, pa.float64())})
    pq.write_table(empty, tmp_path / "a.parquet")
    pq.write_table(pa.table({"x": [1.0, 2.0]}), tmp_path / "b.parquet")
    found = outlook(ef.Pipeline([ef.StandardScale(["x"])]), ef.read_parquet(tmp_path))
    assert found["problem"] is None
    assert found["rows"] == 100_002
    assert found["trial_rows"] <= 16_384
    wrong = outlook(ef.Pipeline([ef.StandardScale(["y"])]), ef.read_parquet(tmp_path))
    assert "'y'" in wrong["problem"]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "duckdb", "parquet"])
def test_every_kind_of_source_can_be_named_with_a_path_beside_the_file(kind, tmp_path, monkeypatch):
    (tmp_path / "rows.csv").write_text("id;x\na1;1\nb2;2\n")
    (tmp_path / "rows.jsonl").write_text('{"id":"a1","x":1}\n{"id":"b2","x":2}\n')
    table = pa.table({"id": ["a1", "b2"], "x": [1, 2]})
    pq.write_table(table, tmp_path / "rows.parquet")
    with duckdb.connect(tmp_path / "rows.duckdb") as connection:
        connection.register("rows", table)
        connection.execute("create table t as from rows")
    options = {"csv": 'delimiter = ";"\nschema = {id = "string"}', "duckdb": 'table = ["main", "t"]'}
    (tmp_path / "p.toml").write_text(f'[source]\nkind = "{kind}"\npath = "rows.{kind}"\n{options.get(kind, "")}\n')
    monkeypatch.chdir("/")
    assert table_of(read_recipe(tmp_path / "p.toml").rows()).to_pydict() == table.to_pydict()
    assert read_recipe(tmp_path / "p.toml").pipeline.steps == ()
