"""From the type of the argument to the function."""

import inspect

import numpy as np
import pytest

import emberharmony as eh
from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.errors import MixedBackendsError, NotAnArrayError, UnsupportedError
from emberharmony.ops import dispatch


def test_the_argument_decides_and_not_the_current_backend(backend):
    x = ops.asarray([1.0, 2.0])
    with eh.use_backend("numpy"):
        assert type(ops.exp(x)) is type(x)


def test_a_python_number_may_stand_on_either_side(backend):
    x = ops.asarray([1.0, 2.0])
    assert ops.subtract(3.0, x).tolist() == [2.0, 1.0]
    assert ops.subtract(x, 1).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("number", [np.float64(3.0), np.float32(3.0), np.int64(3)])
def test_a_number_of_numpy_is_a_number_beside_any_array(backend, number):
    x = ops.asarray([1.0, 2.0], dtype="float32")
    with eh.use_backend("numpy"):  # it is the array that decides
        for y in (ops.multiply(x, number), ops.multiply(number, x), ops.where(x > 0, x * 3, number)):
            assert type(y) is type(x)
            assert ops.tolist(y) == [3.0, 6.0]
        assert type(ops.sqrt(number)) is not type(x) or backend == "numpy"


def test_two_backends_in_one_call_raise_with_the_arguments_named():
    others = [name for name in eh.available_backends() if name != "numpy"]
    if not others:
        pytest.skip("only numpy is installed")
    with eh.use_backend(others[0]):
        y = ops.zeros((8,))
    x = np.zeros((32, 8))
    for call in (
        lambda: ops.add(x, y),
        lambda: ops.concat([x, y]),
        lambda: ops.concat([x, y], axis=1),
        lambda: ops.where(x > 0, y, 0.0),
    ):
        with pytest.raises(MixedBackendsError, match=r"numpy \(argument 1, shape \(32, 8\)") as failure:
            call()
        assert isinstance(failure.value, TypeError)
        assert "ops.convert(x2, like=x1)" in str(failure.value)


@pytest.mark.parametrize("bad", ["text", [1.0, 2.0], object()])
def test_what_is_no_array_is_refused_by_name(bad):
    with pytest.raises(NotAnArrayError, match="asarray"):
        ops.exp(bad)
    with pytest.raises(NotAnArrayError, match="at least one array"):
        ops.add(1, 2.0)


def test_an_unknown_keyword_is_a_type_error(backend):
    with pytest.raises(TypeError, match="out"):
        ops.mean(ops.zeros(3), out=ops.zeros(()))


def test_signatures_are_the_declared_ones():
    assert (
        str(inspect.signature(ops.mean)).replace("'", "")
        == "(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A"
    )
    assert ops.mean.__name__ == "mean"
    assert ops.mean.__module__ == "emberharmony.ops.statistics"
    assert dispatch.table_of(ops.linalg.qr) is dispatch.TABLES["linalg.qr"]


def test_keywords_at_their_default_are_not_passed_on():
    seen = []

    class Mine:
        pass

    eh.register_type(Mine, {"mean": lambda *a, **k: seen.append((len(a), k))})
    try:
        ops.mean(Mine())
        ops.mean(Mine(), keepdims=True)
        assert seen == [(1, {}), (1, {"axis": None, "keepdims": True})]
        with pytest.raises(UnsupportedError, match=r"ops\.linalg\.qr does not exist on Mine"):
            ops.linalg.qr(Mine())
    finally:
        registry._types.pop(Mine)
        registry._tell()


def test_a_registered_type_may_stand_beside_its_companion():
    class Exact:
        pass

    eh.register_type(Exact, {"where": lambda c, a, b: "chosen", "add": lambda a, b: "sum"}, companion="numpy")
    try:
        mask = np.asarray([True])
        assert ops.where(mask, Exact(), Exact()) == "chosen"
        assert ops.add(Exact(), np.zeros(1)) == "sum"
    finally:
        registry._types.pop(Exact)
        registry._tell()


def test_subclasses_find_their_parents_row():
    class Mine(np.ndarray):
        pass

    x = np.ones(3).view(Mine)
    assert ops.sum(x) == 3.0
    assert ops.add(x, np.ones(3)).tolist() == [2.0, 2.0, 2.0]


def test_every_op_of_a_backend_is_declared(backend):
    private = {"native_device", "devices", "default_device", "default_dtypes", "capabilities", "memory_info"}
    private |= {"errstate", "from_host", "to_host"}
    names = {
        name for name in registry.load(backend).functions if not name.startswith(("autodiff.", "modules.", "random."))
    }
    stray = names - set(dispatch.TABLES) - private
    assert not stray, f"functions that no op declares: {sorted(stray)}"


def test_every_op_exists_on_every_backend(backend):
    functions = registry.load(backend).functions
    missing = [name for name, table in dispatch.TABLES.items() if table.body is None and name not in functions]
    assert missing == []
