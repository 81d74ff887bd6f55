"""Which backends exist, which one is chosen, and why.

A backend is imported when it is first used, never before. One process default (`set_backend`), one context override
(`use_backend`), then the environment, then what the hardware offers. Nothing is ever written to disk.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.util import find_spec

from emberharmony.backend.base import Backend
from emberharmony.errors import MissingBackendError, MixedBackendsError, NotAnArrayError, UnknownBackendError
from emberharmony.log import logger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ENVIRONMENT = "EMBERHARMONY_BACKEND"
ENTRY_POINTS = "emberharmony.backends"
SCALARS = frozenset({bool, int, float, complex, type(None)})


class Spec:
    """How to find a backend: `load` is a module that defines BACKEND, or a function that returns one."""

    __slots__ = ("install", "load", "name", "requires")

    def __init__(self, name: str, load: str | Callable[[], Backend], requires: str, install: str) -> None:
        self.name = name
        self.load = load
        self.requires = requires
        self.install = install


class Choice:
    """The chosen backend's name, its device, and the reason in words."""

    __slots__ = ("device", "name", "why")

    def __init__(self, name: str, device: str, why: str) -> None:
        self.name = name
        self.device = device
        self.why = why


_specs: dict[str, Spec] = {
    "numpy": Spec("numpy", "emberharmony.backend.numpy", "numpy", "pip install numpy"),
    "torch": Spec("torch", "emberharmony.backend.torch", "torch", "pip install 'emberharmony[torch]'"),
    "mlx": Spec("mlx", "emberharmony.backend.mlx", "mlx.core", "pip install 'emberharmony[mlx]'"),
}
_loaded: dict[str, Backend] = {}
_types: dict[type, Backend] = {}
_listeners: list[Callable[[], None]] = []  # the op tables, told when a type joins
_scanned: list[bool] = []

_default: Backend | None = None
_default_device: str | None = None
_override: ContextVar[Backend | None] = ContextVar("emberharmony.backend", default=None)
_device: ContextVar[str | None] = ContextVar("emberharmony.device", default=None)


# -- which exist --


def register_backend(name: str, load: str | Callable[[], Backend], *, requires: str = "", install: str = "") -> None:
    """Add a backend. `load` is a module's name that defines `BACKEND`, or a function that returns a `Backend`.

    `requires` is the array library's import name: arrays whose type lives in that package find this backend by
    themselves. An installed package can do the same with an entry point of the group `emberharmony.backends`.
    """
    _specs[name] = Spec(name, load, requires, install or f"install {requires or name}")
    _loaded.pop(name, None)


def register_type(
    array_type: type, functions: Mapping[str, Callable[..., Any]], *, companion: str | None = None, name: str = ""
) -> None:
    """Let arrays of `array_type` join the op tables: `functions` maps op names to what does them on this type.

    An op that is missing runs its own body if it has one. `companion` names the backend whose arrays may stand beside
    these in one call, as masks and indices do.

    Four names may stand among them beside those of ops: `convert`, `item` and `tolist` say how these leave, and
    `unsupported(name)` gives what is called for an op that is missing.
    """
    _types[array_type] = Backend(
        name or array_type.__name__, array_types=[array_type], functions=functions, dtypes={}, companion=companion
    )
    _tell()


def available_backends() -> list[str]:
    """The backends whose library is installed. Nothing is imported to find out.

    >>> "numpy" in available_backends()
    True
    """
    return [name for name, spec in _all_specs().items() if _installed(spec)]


def load(name: str) -> Backend:
    """The backend of that name, imported now if it is not yet."""
    if name in _loaded:
        return _loaded[name]
    spec = _specs.get(name) or _all_specs().get(name)
    if spec is None:
        raise UnknownBackendError(
            f"there is no backend {name!r}", expected=_inventory(), mend="register_backend(...) adds one"
        )
    if not _installed(spec):
        raise MissingBackendError(
            f"the backend {name!r} needs {spec.requires}, which is not installed",
            expected=_inventory(),
            mend=spec.install,
        )
    backend = importlib.import_module(spec.load).BACKEND if isinstance(spec.load, str) else spec.load()
    _loaded[name] = backend
    logger(__name__).debug("loaded %r", backend)
    for array_type in backend.array_types:
        _types[array_type] = backend
    _tell()
    return backend


def _all_specs() -> dict[str, Spec]:
    if not _scanned:
        _scanned.append(True)
        from importlib.metadata import entry_points

        for point in entry_points(group=ENTRY_POINTS):
            _specs.setdefault(point.name, Spec(point.name, point.value, point.value.split(".")[0], ""))
    return _specs


def _installed(spec: Spec) -> bool:
    root = spec.requires.partition(".")[0]
    if not root or root in sys.modules:
        return True
    if find_spec(root) is None:
        return False
    return root == spec.requires or find_spec(spec.requires) is not None


def known_backends() -> list[str]:
    """The names of all registered backends, installed or not."""
    return [*_all_specs()]


def how_to_install(name: str) -> str:
    """What to type to get a backend."""
    return _all_specs()[name].install


def loaded() -> list[Backend]:
    """The backends imported so far."""
    return [*_loaded.values()]


def _inventory() -> str:
    found, specs = available_backends(), _all_specs()
    missing = [f"{name} ({spec.install})" for name, spec in specs.items() if name not in found]
    return f"one of {', '.join(found)}" + (f"; not installed: {', '.join(missing)}" if missing else "")


# -- whose array is this --


def backend_of(array: object) -> Backend:
    """The backend of an array."""
    backend = of_type(type(array))
    if backend is None:
        raise NotAnArrayError(f"{_describe(array)} is not an array of a known backend", mend="ops.asarray(x) makes one")
    return backend


def of_type(array_type: type) -> Backend | None:
    """The backend whose arrays are of this type, found along the MRO; loads it where its library has been imported."""
    cls = _registered(array_type)
    return None if cls is None else _types[cls]


def is_array(x: object) -> bool:
    """Whether `x` is an array of a known backend."""
    return _registered(type(x)) is not None


def _registered(array_type: type) -> type | None:
    """The first class of the MRO that has a backend."""
    for cls in array_type.__mro__:
        if cls in _types:
            return cls
        spec = _spec_of(cls)
        if spec is not None and spec.name not in _loaded:
            load(spec.name)
            return _registered(array_type)
    return None


# torch.compile reads this mark: run the function while tracing instead of tracing into an import
setattr(_registered, "_dynamo_marked_constant", True)  # noqa: B010


def of_dtype(dtype: object) -> Backend:
    """The backend a dtype object belongs to; the current one for a name or a Python type."""
    spec = _spec_of(dtype if isinstance(dtype, type) else type(dtype))
    return load(spec.name) if spec else current()


def _spec_of(cls: type) -> Spec | None:
    root = cls.__module__.partition(".")[0]
    return next((spec for spec in _specs.values() if spec.requires and spec.requires.partition(".")[0] == root), None)


def of_types(op: str, types: Iterable[type]) -> list[Backend]:
    """The backends that several argument types belong to; none where all are Python numbers."""
    found: dict[str, Backend] = {}
    for cls in types:
        if cls in SCALARS:
            continue
        backend = of_type(cls)
        if backend is None:
            raise NotAnArrayError(
                f"ops.{op} got {cls.__qualname__}",
                expected="an array of numpy, torch, mlx or a registered backend, or a Python number",
                mend="ops.asarray(x) makes an array of the current backend",
            )
        found[backend.name] = backend
    for backend in [*found.values()]:
        if backend.companion in found:
            del found[backend.companion]
    return [*found.values()]


def mixed(op: str, arguments: Iterable[object]) -> MixedBackendsError:
    """The error for arrays of two backends in one call, with the arguments in it."""
    arrays = [(i, a) for i, a in enumerate(arguments, 1) if type(a) not in SCALARS]
    named = [f"{backend_of(a).name} (argument {i}, {_describe(a)})" for i, a in arrays]
    (first, _), (other, _) = arrays[0], next((i, a) for i, a in arrays if backend_of(a) is not backend_of(arrays[0][1]))
    return MixedBackendsError(
        f"ops.{op} got {' and '.join(named)}",
        expected="arrays of one backend. Nothing is converted in silence: "
        "a copy off the device is slow and cuts the gradient.",
        mend=f"ops.convert(x{other}, like=x{first})",
    )


def as_number(x: object) -> Any:
    """A single number of an array library, such as `np.float64(3)`, as Python's own; all else as it is."""
    backend = None if type(x) in SCALARS else of_type(type(x))
    number: Any = x
    # purify: ignore[CAST02] a number of NumPy's is on the host already
    return number.item() if backend is not None and isinstance(x, backend.scalars) else x


def _describe(array: object) -> str:
    if type(array) in SCALARS or not hasattr(array, "shape"):
        return f"{type(array).__qualname__} {array!r:.60}"
    shape, device = getattr(array, "shape", ()), getattr(array, "device", None)
    return f"shape {tuple(shape)}" + (f", {device}" if device is not None and str(device) != "cpu" else "")


# -- which is chosen --


def current() -> Backend:
    """The backend that creation functions use here and now."""
    return _override.get() or _default or _chosen()


def get_backend() -> str:
    """The name of the current backend: what creation functions and random numbers use.

    >>> with use_backend("numpy"):
    ...     get_backend()
    'numpy'
    """
    return current().name


def set_backend(name: str, *, device: str | None = None) -> None:
    """Make `name` the default of this process, and `device` the place where new arrays go.

    Arrays made before stay what they are, and so do functions imported from `ops`: every call looks at its arguments.
    """
    global _default, _default_device
    _default, _default_device = load(name), device


@contextmanager
def use_backend(name: str, *, device: str | None = None) -> Generator[Backend]:
    """Use `name` inside this block, in this thread and task only. Nests, and ends with the block whatever happens."""
    backend = load(name)
    override, place = _override.set(backend), _device.set(device)
    try:
        yield backend
    finally:
        _device.reset(place)
        _override.reset(override)


def current_device() -> str | None:
    """The device set by `use_backend` or `set_backend`, or None: the backend's own default."""
    return _device.get() if _override.get() is not None else _default_device


def _chosen() -> Backend:
    choice = choose()
    backend = _loaded.get(choice.name)
    if backend is None:
        logger(__name__).info("chose %s: %s", choice.name, choice.why)
        backend = load(choice.name)
    return backend


def choose() -> Choice:
    """What is chosen when nobody has called `use_backend` here, and why."""
    if _default is not None:
        return Choice(_default.name, _default_device or "", "set_backend was called")
    if name := os.environ.get(ENVIRONMENT):
        return Choice(name, "", f"the environment says {ENVIRONMENT}={name}")
    return probe()


def probe() -> Choice:
    """What this machine's hardware suggests, without importing an array library."""
    if sys.platform == "darwin" and os.uname().machine == "arm64" and _installed(_specs["mlx"]):
        return Choice("mlx", "gpu", "Apple silicon, and mlx is installed")
    if (os.path.exists("/dev/nvidiactl") or os.path.exists("/dev/dxg")) and _installed(_specs["torch"]):
        return Choice("torch", "cuda", "an NVIDIA GPU, and torch is installed")
    return Choice("numpy", "cpu", "no accelerator found: on a CPU numpy starts fastest and is always there")


# -- for the op tables --


def on_change(listener: Callable[[], None]) -> None:
    """Call `listener` whenever a type joins, so that a table forgets what it had looked up."""
    _listeners.append(listener)


def _tell() -> None:
    for listener in _listeners:
        listener()
