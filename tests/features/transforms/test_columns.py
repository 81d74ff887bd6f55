from __future__ import annotations

import pytest

from emberharmony import features as ef
from emberharmony.errors import ArgumentError
from emberharmony.features.transforms.step import check_columns

STEPS = {
    "StandardScale": ef.StandardScale,
    "OneHot": ef.OneHot,
    "Keep": ef.Keep,
    "Lag": lambda columns: ef.Lag(columns, by="id", order="t"),
    "TargetEncode": lambda columns: ef.TargetEncode(columns, target="y", by="id"),
}


@pytest.mark.parametrize(("name", "make"), STEPS.items(), ids=STEPS)
def test_columns_are_a_list_of_names_each_once(name, make):
    for columns, mend in (("x", r"\['x'\]"), (["x", "y2", "x"], r"\['x', 'y2'\]"), ([], f"leave {name} out")):
        with pytest.raises(ArgumentError, match=rf"{name} got columns=[\s\S]*{mend}"):
            check_columns(make(columns))
    check_columns(make(["x", "y2"]))
    check_columns(ef.Rename({"a": "b"}))
