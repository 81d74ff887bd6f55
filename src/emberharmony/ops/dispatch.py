"""How `ops.add` finds the right add: one table per op, from the type of the argument to the function.

`op` declares an operation that every backend provides; `derived` declares one whose body, written in other ops, is what
it means, and which a backend may still provide natively. Both read the signature once and compile a function with the
same signature that does one lookup and one call:

    def mean(x, /, *, axis=None, keepdims=False):
        try:
            f = rows[type(x)]
        except KeyError:
            f = table.find(type(x))                 # walks the MRO once and remembers
        if axis is None and keepdims is False:      # a default that is not passed on costs nothing
            return f(x)
        return full[type(x)](x, axis=axis, keepdims=keepdims)

Parameters annotated with `A` or `Array` are arrays; `dtype` and `device` are made native here, once for all backends.
Arrays of two backends meet an error that names them.
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

TABLES: dict[str, Table] = {}
_factories: dict[str, Any] = {}


class Table:
    """One op: its name, its body if it has one, and what has been found so far.

    `rows` maps an argument's type to the function; a tuple of types where they differ; a backend for creation. It is a
    plain dict because the interpreter reads those fastest: a subclass with `__missing__` costs 35 ns more a call.
    `full` holds the same functions for calls that name a keyword. A backend's function may carry two shortcuts:
    `plain` is called where every keyword stands at its default, `mixed` where the arguments are not of one type.
    """

    __slots__ = ("body", "call", "full", "name", "owners", "rows")

    def __init__(self, name: str, body: Callable[..., Any] | None) -> None:
        self.name = name
        self.body = body
        self.call: Callable[..., Any] = self.find  # becomes the op itself, as users call it
        self.rows: dict[Any, Callable[..., Any]] = {}
        self.full: dict[Any, Callable[..., Any]] = {}
        self.owners: dict[Any, Backend | None] = {}

    def find(self, key: Any) -> Callable[..., Any]:
        """The function for a key that is not in `rows` yet; remembered from now on."""
        backend = self.owner(key)
        if backend is None:  # not kept in `rows`: the next call comes here again
            self.full[key] = self._mixed
            return self._mixed
        function = backend.functions.get(self.name) or self.body or self._unsupported(backend)
        if self.name in backend.by_rule:
            from emberharmony.ops.by_rule import differentiable

            function = differentiable(self.name, function, backend)
        self.full[key] = function
        plain = self.rows[key] = getattr(function, "mixed" if isinstance(key, tuple) else "plain", function)
        return plain

    def owner(self, key: Any) -> Backend | None:
        """Whose row a key is; None where the types belong to two backends."""
        try:
            return self.owners[key]
        except KeyError:
            backend = self.owners[key] = self._owner(key)
            return backend

    def _owner(self, key: Any) -> Backend | None:
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
        backend = self.owner(key)
        return dtype if backend is None or not backend.dtypes else backend.dtype(dtype)

    def device(self, key: Any, device: Any) -> Any:
        """`device` as the native object of the key's backend."""
        backend = self.owner(key)
        while backend is not None and backend.companion is not None:
            backend = registry.load(backend.companion)
        return device if backend is None else backend.device(device)

    def _mixed(self, *arguments: Any, **named: Any) -> Any:
        """Numbers of NumPy beside arrays of another backend are numbers; arrays of two backends are an error."""
        plain = [registry.as_number(x) for x in arguments]
        if any(x is not y for x, y in zip(plain, arguments, strict=True)):
            return self.call(*plain, **named)
        raise registry.mixed(self.name, [*_flat([*arguments, *named.values()])])

    def _unsupported(self, backend: Backend) -> Callable[..., Any]:
        if "unsupported" in backend.functions:  # a type that joined knows better what stands in for the op
            return backend.functions["unsupported"](self.name)

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
        table.rows.clear()
        table.full.clear()
        table.owners.clear()


registry.on_change(_forget)


# -- the compiled signature --


def _declare(function: F, body: Callable[..., Any] | None) -> F:
    name = name_of_op(function.__module__, function.__name__)
    table = TABLES[name] = Table(name, body)
    source = _source(function)
    factory = _factories.get(source)
    if factory is None:
        scope: dict[str, Any] = {"__name__": __name__}
        exec(compile(source, "<signature>", "exec"), scope)
        factory = _factories[source] = scope["factory"]
    call: Any = factory(table, table.rows, table.full, one_type, registry.current, registry.current_device)
    # the code is shared by all ops with these parameters: a traceback should name the right one
    call.__code__ = call.__code__.replace(co_name=name, co_qualname=f"ops.{name}", co_filename=f"<ops.{name}>")
    call.__name__, call.__qualname__ = function.__name__, function.__qualname__
    call.__module__, call.__doc__ = function.__module__, function.__doc__
    call.__annotations__ = function.__annotations__
    call.__defaults__, call.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
    table.call = call
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

    # the key, and the function it leads to
    arrays = [name for name in (*positional, *keyword) if _is_array(kinds.get(name, ""))]
    lists = [name for name in arrays if "Sequence[A" in kinds[name]]
    creates = not arrays and not star
    if star:
        key = f"one_type({star})"
    elif creates:
        key = "current()"
    elif lists:
        rest = "".join(f", {name}" for name in arrays if name not in lists)
        key = f"one_type([*{', *'.join(lists)}{rest}])" if rest or len(lists) > 1 else f"one_type({lists[0]})"
    elif len(arrays) == 1:
        key = f"type({arrays[0]})"
    elif len(arrays) == 2:
        key = "type({0}) if type({0}) is type({1}) else (type({0}), type({1}))".format(*arrays)
    else:
        key = f"({', '.join(f'type({name})' for name in arrays)})"
    lines: list[str] = []
    if {"dtype", "device"} & set(names):
        lines, key = [f"key = {key}"], "key"
    lines += [f"try: f = rows[{key}]", f"except KeyError: f = table.find({key})"]

    # dtype and device become native
    for name in ("dtype", "device"):
        if name in names:
            if name == "device" and creates:
                lines.append("if device is None: device = current_device()")
            unless = "" if name in positional else f"if {name} is not None: "
            lines.append(f"{unless}{name} = table.{name}(key, {name})")

    # the call, with and without what is not a default
    passed = ", ".join([*positional, *([f"*{star}"] if star else [])])
    full = ", ".join(filter(None, [passed, *(f"{name}={name}" for name in keyword)]))
    if keyword and all(name in defaults for name in keyword):
        tests = " and ".join(f"{name} {_is(defaults[name])}" for name in keyword)
        lines += [f"if {tests}: return f({passed})", f"return full[{key}]({full})"]
    else:
        lines.append(f"return f({full})")
    body = "\n        ".join(lines)
    return (
        "def factory(table, rows, full, one_type, current, current_device):\n"
        f"    def call({', '.join(parts)}):\n        {body}\n    return call\n"
    )


def _is_array(annotation: str) -> bool:
    """Whether an annotation names an array: `A`, `A | Scalar`, `Sequence[A]`, `Array`."""
    words = annotation.replace("[", " ").replace("]", " ").split()
    return "A" in words or "Array" in words


def _is(default: object) -> str:
    return f"is {default}" if default is None or isinstance(default, bool) else f"== {default!r}"
