# pyright: basic
# Values of any kind of any library pass through here, and strict types would only say so at every line.
"""Judge ports, one after the other: the original on NumPy, the port on every backend, nothing believed.

    python -m benchmarks.purify.judge FOLDER NAMES...     # FOLDER/<name>/before.py and port.py; a line of JSON each

It shares nothing with emberharmony.purify. `oracle.py` starts it and survives its crashes.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import mlx.core as mx
import numpy as np
import torch

from benchmarks.purify import cases
from benchmarks.purify.case import Array, Case
from emberharmony import use_backend
from emberharmony.backend.transfers import transfers

HOSTS = ("numpy", "cupy")  # what still calls SciPy on arrays copies them, and is caught at that
SECONDS = 20
SCALAR = 16  # bytes; reading one number is no hop, since control flow needs it
NATIVE: dict[str, type] = {"numpy": np.ndarray, "torch": torch.Tensor, "mlx": mx.array}
# float64: the rounding of sums and of another library's functions; float32 and MLX's only complex type: theirs
CLOSE = {"narrow": 2e-4, "wide": 1e-6}
Place = Callable[[Array], Any]


class DiffersError(Exception):
    """What a port does otherwise than the original."""


def main(arguments: Sequence[str]) -> None:
    warnings.simplefilter("ignore")
    mx.set_default_device(mx.cpu)
    torch.set_num_threads(1)
    signal.signal(signal.SIGALRM, _late)
    for name in arguments[1:]:
        sys.stdout.write(json.dumps({"started": name}) + "\n")
        sys.stdout.flush()
        result = judge(cases.every()[name], Path(arguments[0]) / name)
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()


def judge(case: Case, folder: Path) -> dict[str, Any]:
    """The verdict on every backend: "" where all is well, else why not."""
    result: dict[str, Any] = {"name": case.name, "tier": case.tier}
    before = _load(folder / "before.py", f"before_{case.name}")
    expected = [_outcome(getattr(before, case.function), *_copied(one.args, one.kwargs)) for one in case.calls()]
    text = (folder / "port.py").read_text(encoding="utf-8")
    result["tied"] = ", ".join(tied(text, HOSTS))
    result["scipy"] = ", ".join(tied(text, ("scipy",)))
    for label, backend, place in (
        ("numpy", "numpy", np.array),
        ("torch", "torch", _torch),
        ("mlx", "mlx", _mlx),
        ("mlx32", "mlx", _mlx32),
    ):
        hops: list[str] = []
        try:
            with use_backend(backend), watched(backend, hops):
                port = _load(folder / "port.py", f"port_{label}_{case.name}")
                for one, outcome in zip(case.calls(), expected, strict=True):
                    _compare(port, case.function, one.args, one.kwargs, outcome, backend, place, hops)
            result[label] = ""
        except DiffersError as differs:
            result[label] = str(differs)
        except Exception as error:  # code of strangers runs here: whatever it raises is the verdict
            result[label] = _told(error)
        result[f"{label}_hops"] = sorted(set(hops))
    clean = not result["tied"] and not any(result[f"{b}_hops"] for b in ("torch", "mlx"))
    result["passes"] = clean and not (result["numpy"] or result["torch"] or result["mlx"])
    return result


def tied(text: str, libraries: tuple[str, ...]) -> Iterator[str]:
    """Imports of these libraries that the port still has."""
    for node in ast.walk(ast.parse(text)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        yield from (name for name in names if name.partition(".")[0] in libraries)


@contextmanager
def watched(backend: str, hops: list[str]) -> Generator[None]:
    """Note every copy to the host that the port causes, in ops or beside it."""
    if backend == "numpy":
        yield
        return
    kept = {name: getattr(torch.Tensor, name) for name in ("__array__", "numpy", "tolist")}
    made = {name: getattr(np, name) for name in ("asarray", "array", "ascontiguousarray", "asanyarray")}
    listed = mx.array.tolist

    def of_torch(name: str) -> Callable[..., Any]:
        def method(self: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
            if name != "tolist" or self.ndim:
                hops.append(f"Tensor.{name} {_where()}")
            return kept[name](self, *args, **kwargs)

        return method

    def of_numpy(name: str) -> Callable[..., Any]:
        def function(*args: Any, **kwargs: Any) -> Any:
            if any(isinstance(x, mx.array) and x.ndim for x in args):
                hops.append(f"numpy.{name} of an mlx array {_where()}")
            return made[name](*args, **kwargs)

        return function

    def of_mlx(self: mx.array) -> Any:
        if self.ndim:
            hops.append(f"mlx.array.tolist {_where()}")
        return listed(self)

    try:
        for name in kept:
            setattr(torch.Tensor, name, of_torch(name))
        for name in made:
            setattr(np, name, of_numpy(name))
        mx.array.tolist = of_mlx  # type: ignore[method-assign]
        with transfers() as ledger:
            yield
        hops.extend(
            f"ops: {copy!r}"[:160]
            for copy in ledger
            if copy.nbytes > SCALAR and copy.target.startswith(("numpy", "host"))
        )
    finally:
        for name, value in kept.items():
            setattr(torch.Tensor, name, value)
        for name, value in made.items():
            setattr(np, name, value)
        mx.array.tolist = listed  # type: ignore[method-assign]


def _where() -> str:
    """The line that caused a hop: the nearest of the port, else the nearest of ops."""
    for frame in reversed(traceback.extract_stack()[:-2]):
        if "emberharmony/" in frame.filename or frame.filename.endswith("port.py"):
            return f"at {Path(frame.filename).name}:{frame.lineno}"
    return ""


def _compare(
    port: ModuleType,
    function: str,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    outcome: tuple[Any, Any],
    backend: str,
    place: Place,
    hops: list[str],
) -> None:
    placed_args, placed_kwargs = _map(args, place), _map(dict(kwargs), place)
    signal.alarm(SECONDS)
    try:
        got = getattr(port, function)(*placed_args, **placed_kwargs)
        if backend == "mlx":
            mx.eval([x for x in _leaves(got) if isinstance(x, mx.array)])
    finally:
        signal.alarm(0)
    noted = len(hops)
    expected, changed = outcome
    narrow = place is _mlx32
    try:
        _same(expected, got, "result", backend, narrow)
        _same(changed, (placed_args, placed_kwargs), "arguments afterwards", backend, narrow)
    finally:
        del hops[noted:]  # reading the values is ours


def _same(expected: Any, got: Any, where: str, backend: str, narrow: bool) -> None:
    if isinstance(expected, np.ndarray):
        if not isinstance(got, NATIVE[backend]):
            raise DiffersError(f"{where}: {type(got).__module__}.{type(got).__name__}, not an array of {backend}")
        _same_array(expected, got, where, backend, narrow)
    elif isinstance(expected, np.generic | int | float | complex | bool):
        if isinstance(got, np.generic | np.ndarray) and backend != "numpy":
            raise DiffersError(f"{where}: a NumPy {type(got).__name__} on {backend}")
        if not isinstance(got, NATIVE[backend] | np.generic | int | float | complex | bool):
            raise DiffersError(f"{where}: {type(got).__name__} instead of {type(expected).__name__}")
        if isinstance(got, NATIVE[backend]) and isinstance(expected, np.generic):
            _same_array(np.asarray(expected), got, where, backend, narrow)
        else:
            value = _host(got) if isinstance(got, NATIVE[backend]) else np.asarray(got)
            if value.shape != ():
                raise DiffersError(f"{where}: shape {value.shape} instead of ()")
            _close(np.asarray(expected), value, where, narrow)
    elif isinstance(expected, Mapping):
        if not isinstance(got, Mapping) or set(got) != set(expected):
            raise DiffersError(f"{where}: keys {sorted(got) if isinstance(got, Mapping) else type(got).__name__}")
        for key, value in expected.items():
            _same(value, got[key], f"{where}[{key!r}]", backend, narrow)
    elif isinstance(expected, list | tuple):
        if not isinstance(got, list | tuple) or len(got) != len(expected):
            raise DiffersError(f"{where}: {type(got).__name__} instead of {len(expected)} values")
        if getattr(expected, "_fields", None) != getattr(got, "_fields", None):
            raise DiffersError(f"{where}: fields {getattr(got, '_fields', None)}")
        pairs: list[tuple[Any, Any]] = list(zip(expected, got, strict=True))
        for n, (one, other) in enumerate(pairs):
            _same(one, other, f"{where}[{n}]", backend, narrow)
    elif callable(expected) and callable(got):
        return
    elif expected != got:
        raise DiffersError(f"{where}: {got!r} instead of {expected!r}")


def _same_array(expected: Array, got: Any, where: str, backend: str, narrow: bool) -> None:
    value = _host(got)
    if value.shape != expected.shape:
        raise DiffersError(f"{where}: shape {value.shape} instead of {expected.shape}")
    kinds = [{"u": "i"}.get(x.dtype.kind, x.dtype.kind) for x in (expected, value)]
    if kinds[0] != kinds[1]:
        raise DiffersError(f"{where}: dtype {value.dtype} instead of {expected.dtype}")
    complex_mlx = backend == "mlx" and kinds[0] == "c"
    if kinds[0] in ("f", "c") and value.dtype.itemsize < expected.dtype.itemsize and not (narrow or complex_mlx):
        raise DiffersError(f"{where}: dtype {value.dtype} instead of {expected.dtype}: precision is lost")
    _close(expected, value, where, narrow or complex_mlx)


def _close(expected: Array, value: Array, where: str, narrow: bool) -> None:
    if expected.dtype.kind in "OUS" or value.dtype.kind in "OUS":
        if not np.array_equal(expected, value):
            raise DiffersError(f"{where}: {value!r:.80} instead of {expected!r:.80}")
        return
    rtol = CLOSE["narrow" if narrow else "wide"]
    finite = np.abs(expected[np.isfinite(expected)])
    atol = rtol * 1e-2 * max(1.0, float(finite.max(initial=0.0)))
    if narrow:
        atol = rtol * max(1.0, float(finite.max(initial=0.0)))
    close = np.isclose(value, expected, rtol=rtol, atol=atol, equal_nan=True)
    if not close.all():
        first = tuple(int(n) for n in np.argwhere(~close)[0])
        raise DiffersError(f"{where}: {value[first]} instead of {expected[first]} at {first}, {np.sum(~close)} differ")


def _outcome(function: Callable[..., Any], args: Any, kwargs: Any) -> tuple[Any, Any]:
    """What the original returns, and its arguments afterwards."""
    returned = function(*args, **kwargs)
    return _map(returned, np.copy), (args, kwargs)


def _copied(args: Any, kwargs: Any) -> tuple[Any, Any]:
    return _map(args, np.copy), _map(dict(kwargs), np.copy)


def _map(value: Any, place: Place) -> Any:
    """The same with every NumPy array placed."""
    if isinstance(value, np.ndarray):
        return place(value)
    if isinstance(value, Mapping):
        return {key: _map(item, place) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_map(item, place) for item in value))
    if isinstance(value, list | tuple):
        return type(value)(_map(item, place) for item in value)
    return value


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _host(x: Any) -> Array:
    if isinstance(x, mx.array):
        return np.array(x.astype(mx.float32) if x.dtype == mx.bfloat16 else x)
    return x.detach().cpu().resolve_conj().numpy() if isinstance(x, torch.Tensor) else np.asarray(x)


def _torch(x: Array) -> Any:
    return torch.tensor(np.ascontiguousarray(x))


def _mlx(x: Array) -> Any:
    return mx.array(x, dtype=mx.float64) if x.dtype == np.float64 else mx.array(x)


def _mlx32(x: Array) -> Any:
    return mx.array(x, dtype=mx.float32) if x.dtype == np.float64 else mx.array(x)


def _load(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise DiffersError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _told(error: Exception) -> str:
    """The error, and the last line of the port that it came through."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.endswith("port.py")]
    line = f" | line {frames[-1].lineno}: {frames[-1].line}" if frames else ""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:200]}{line}"


def _late(signum: int, frame: FrameType | None) -> None:
    raise DiffersError(f"took more than {SECONDS} s")


if __name__ == "__main__":
    main(sys.argv[1:])
