"""How `ops.add` finds the right add: one table per op, from the type of the argument to the function.

`op` declares an operation that every backend provides; `derived` declares one whose body, written in other ops, is what
it means, and which a backend may still provide natively. Both read the signature once and compile a function with the
same signature that does one lookup and one call:

    def mean(x, /, *, axis=None, keepdims=False):
        f = table[type(x)]
        if axis is None and keepdims is False:      # a default that is not passed on costs nothing
            return f(x)
        return f(x, axis=axis, keepdims=keepdims)

Parameters annotated with `A` or `Array` are arrays; `dtype` and `device` are made native here, once for all backends.
A miss walks the type's MRO and is remembered; arrays of two backends meet an error that names them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from emberharmony.backend import registry
from emberharmony.backend.base import Backend
from emberharmony.errors import ArgumentError, NotAnArrayError, UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    F = TypeVar("F", bound=Callable[..., Any])
    Dict = dict[Any, Callable[..., Any]]
else:
    Dict = dict

TABLES: dict[str, Table] = {}
_code: dict[str, Any] = {}


class Table(Dict):
    """One op's implementations, by argument type; by a tuple of types where they differ; by backend for creation."""

    __slots__ = ("body", "name")

    def __init__(self, name: str, body: Callable[..., Any] | None) -> None:
        super().__init__()
        self.name = name
        self.body = body

    def __missing__(self, key: Any) -> Callable[..., Any]:
        backend = self.backend(key)
        if backend is None:
            return self._mixed
        function = self[key] = backend.functions.get(self.name) or self.body or self._unsupported(backend)
        return function

    def backend(self, key: Any) -> Backend | None:
        """Whose row a key is; None where the types belong to two backends."""
        if isinstance(key, Backend):
            return key
        types: list[type] = [*key] if isinstance(key, tuple) else [key]
        backends = registry.of_types(self.name, types)
        if not backends:
            raise NotAnArrayError(
                f"ops.{self.name} got {', '.join(cls.__qualname__ for cls in types)}",
                expected="at least one array",
                mend="ops.asarray(x) makes an array of the current backend",
            )
        return backends[0] if len(backends) == 1 else None

    def dtype(self, key: Any, dtype: Any) -> Any:
        """`dtype` as the native object of the key's backend."""
        backend = self.backend(key)
        return dtype if backend is None or not backend.dtypes else backend.dtype(dtype)

    def device(self, key: Any, device: Any) -> Any:
        """`device` as the native object of the key's backend."""
        backend = self.backend(key)
        return device if backend is None else backend.device(device)

    def _mixed(self, *arguments: Any, **named: Any) -> Any:
        raise registry.mixed(self.name, [*_flat([*arguments, *named.values()])])

    def _unsupported(self, backend: Backend) -> Callable[..., Any]:
        def unsupported(*arguments: Any, **named: Any) -> Any:
            raise UnsupportedError(
                f"ops.{self.name} does not exist on {backend.name}",
                expected=f"one of the backends that have it: {', '.join(providers(self.name)) or 'none'}",
                mend='ops.convert(x, "numpy") moves an array to another backend',
            )

        return unsupported


def providers(name: str) -> list[str]:
    """The installed backends that can do this op, natively or through its body."""
    return [b for b in registry.available_backends() if name in registry.load(b).functions or TABLES[name].body]


def op(function: F) -> F:
    """Declare an operation that every backend provides."""
    return _declare(function, None)


def derived(function: F) -> F:
    """Declare an operation that is defined by its own body; a backend may provide a native one that means the same."""
    return _declare(function, function)


def table_of(function: Callable[..., Any]) -> Table:
    """The table of an op."""
    return TABLES[name_of_op(function.__module__, function.__name__)]


def name_of_op(module: str, name: str) -> str:
    """`emberharmony.ops.linalg`, `qr` -> `linalg.qr`: the extensions keep their prefix, the rest is flat."""
    home = module.rpartition(".")[2]
    return f"{home}.{name}" if home in ("linalg", "fft", "special", "random") else name


def _flat(arguments: Sequence[Any]) -> Iterator[Any]:
    for item in arguments:
        if type(item) in (list, tuple):
            yield from _flat(item)
        else:
            yield item


def one_type(arrays: Sequence[Any]) -> Any:
    """The type that all arrays share, or the tuple of their types."""
    if len(arrays) == 0:
        raise ArgumentError("an empty list of arrays", expected="at least one array")
    types: tuple[type, ...] = tuple(map(type, arrays))
    for cls in types:
        if cls is not types[0]:
            return types
    return types[0]


def _forget() -> None:
    for table in TABLES.values():
        table.clear()


registry.on_change(_forget)


# -- the compiled signature --


def _declare(function: F, body: Callable[..., Any] | None) -> F:
    name = name_of_op(function.__module__, function.__name__)
    table = TABLES[name] = Table(name, body)
    source = _source(function)
    factory = _code.get(source)
    if factory is None:
        scope: dict[str, Any] = {"__name__": __name__}
        exec(compile(source, f"<the signature of ops.{name}>", "exec"), scope)
        factory = _code[source] = scope["factory"]
    call: Any = factory(table, one_type, registry.current, registry.current_device)
    call.__name__, call.__qualname__ = function.__name__, function.__qualname__
    call.__module__, call.__doc__ = function.__module__, function.__doc__
    call.__annotations__ = function.__annotations__
    call.__defaults__, call.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
    return call


def _source(function: Callable[..., Any]) -> str:
    """A factory whose inner function has the signature of `function` and the body that this file's docstring shows."""
    code = function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    positional, keyword = names[: code.co_argcount], names[code.co_argcount :]
    star = code.co_varnames[len(names)] if code.co_flags & 4 else None
    kinds = {name: str(kind) for name, kind in function.__annotations__.items()}
    first_default = len(positional) - len(function.__defaults__ or ())

    # the parameters
    parts: list[str] = []
    for i, name in enumerate(positional):
        parts.append(name if i < first_default else f"{name}=None")
        if i + 1 == code.co_posonlyargcount:
            parts.append("/")
    if star or keyword:
        parts.append(f"*{star or ''}")
    defaults = function.__kwdefaults__ or {}
    parts += [f"{name}=None" if name in defaults else name for name in keyword]

    # the key
    arrays = [name for name in (*positional, *keyword) if _is_array(kinds.get(name, ""))]
    lists = [name for name in arrays if "Sequence[A" in kinds[name]]
    lines: list[str] = []
    if star and _is_array(kinds[star]):
        lines.append(f"key = one_type({star})")
    elif not arrays:
        lines.append("key = current()")
    elif lists:
        others = [f"type({name})" for name in arrays if name not in lists]
        lines.append(
            f"key = one_type({' + '.join(f'[*{name}]' for name in lists)})"
            if len(lists) > 1
            else f"key = one_type({lists[0]})"
        )
        if others:
            lines.append(f"key = (*(key if type(key) is tuple else (key,)), {', '.join(others)})")
    elif len(arrays) == 1:
        lines.append(f"key = type({arrays[0]})")
    elif len(arrays) == 2:
        lines.append(f"key = type({arrays[0]})")
        lines.append(f"if key is not type({arrays[1]}): key = (key, type({arrays[1]}))")
    else:
        lines.append(f"key = ({', '.join(f'type({name})' for name in arrays)})")

    # dtype and device become native
    creates = not arrays and not star
    for name in ("dtype", "device"):
        if name in names:
            unless = "" if name in positional else f"if {name} is not None: "
            if name == "device" and creates:
                lines.append("if device is None: device = current_device()")
            lines.append(f"{unless}{name} = table.{name}(key, {name})")

    # the call, with and without what is not a default
    passed = ", ".join([*positional, *([f"*{star}"] if star else [])])
    full = ", ".join(filter(None, [passed, *(f"{name}={name}" for name in keyword)]))
    if keyword and all(name in defaults for name in keyword):
        tests = " and ".join(f"{name} {_is(defaults[name])}" for name in keyword)
        lines.append(f"if {tests}: return table[key]({passed})")
    lines.append(f"return table[key]({full})")
    body = "\n        ".join(lines)
    return (
        "def factory(table, one_type, current, current_device):\n"
        f"    def call({', '.join(parts)}):\n        {body}\n    return call\n"
    )


def _is_array(annotation: str) -> bool:
    """Whether an annotation names an array: `A`, `A | Scalar`, `Sequence[A]`, `Array`."""
    words = annotation.replace("[", " ").replace("]", " ").split()
    return "A" in words or "Array" in words


def _is(default: object) -> str:
    return f"is {default}" if default is None or isinstance(default, bool) else f"== {default!r}"
