"""The part that runs inside the user's processes. It needs nothing but the standard library, because those may run
under another interpreter; `sitecustomize` loads it by its path.

Three events are looked at: a call (its arguments), a line (what has changed since) and a return (all names). A code
object whose lines have brought nothing new for long is not stopped at lines again.
"""

from __future__ import annotations

import atexit
import base64
import hashlib
import json
import os
import sys
import threading
import time
from types import CodeType, FrameType
from typing import Any

VARIABLE = "EMBERHARMONY_TRACE"
_ARRAYS = frozenset(
    {
        ("numpy", "ndarray"), ("numpy", "generic"), ("torch", "Tensor"), ("mlx", "array"),
        ("cupy", "ndarray"), ("jax", "Array"), ("jaxlib", "ArrayImpl"),
    }
)  # fmt: skip
_PATIENCE = 5_000  # lines of one code object without a new type, after which its lines are let alone
_ELEMENTS = 20_000  # numbers that are kept of one call
_EVERY = 2.0  # seconds between writes: a process that is killed loses no more


class Recorder:
    """What one process has seen, and the functions that the interpreter calls."""

    def __init__(self, roots: list[str], folder: str, calls: int, only: str | None, lines: bool) -> None:
        self.roots = [os.path.realpath(root) + os.sep for root in roots]
        self.folder, self.calls, self.only, self.lines = folder, calls, only, lines
        self.files: dict[str, str | None] = {}  # a code's file -> its path below a root, or None
        self.hashes: dict[str, str] = {}
        self.seen: dict[CodeType, dict[str, set[type]]] = {}
        self.kept: dict[CodeType, list[dict[str, Any]]] = {}
        self.idle: dict[CodeType, int] = {}
        self.written = time.monotonic()
        self.busy = threading.local()

    def start(self) -> None:
        """Record from here on, in every thread and in forked children."""
        atexit.register(self.write)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forked)
        threading.settrace(self.call)
        sys.settrace(self.call)

    def call(self, frame: FrameType, event: str, argument: Any) -> Any:
        """A function is entered: look at its arguments, and ask for its lines only if it is the user's."""
        code = frame.f_code
        try:
            known = self.files[code.co_filename]
        except KeyError:
            known = self._file(code.co_filename)
        if known is None or code.co_name == "<module>" or event != "call" or getattr(self.busy, "on", False):
            return None
        self.busy.on = True  # the arrays' own methods may be written in Python, under a root
        try:
            names = self.seen.setdefault(code, {})
            for name, value in frame.f_locals.items():
                names.setdefault(name, set()).add(_type(value))
            kept = self.kept.setdefault(code, [])
            if len(kept) < self.calls:
                arguments = _arguments(frame)
                if arguments is not None and arguments not in kept:
                    kept.append(arguments)
        finally:
            self.busy.on = False
        if not self.lines:
            return None
        frame.f_trace_lines = self.idle.get(code, 0) < _PATIENCE
        return self.inside

    def inside(self, frame: FrameType, event: str, argument: Any) -> Any:
        """A line or a return of the user's: look at the names."""
        if event == "exception":
            return self.inside
        code = frame.f_code
        names = self.seen.setdefault(code, {})
        new = False
        for name, value in frame.f_locals.items():
            types = names.get(name)
            if types is None:
                types = names[name] = set()
            kind = _type(value)
            if kind not in types:
                types.add(kind)
                new = True
        idle = self.idle[code] = 0 if new else self.idle.get(code, 0) + 1
        if idle >= _PATIENCE:
            frame.f_trace_lines = False
        if event == "return" and time.monotonic() - self.written > _EVERY:
            self.write()
        return self.inside

    def write(self) -> None:
        """Write all that has been seen so far, under a name of this process's own."""
        self.written = time.monotonic()
        files: dict[str, Any] = {}
        for code, names in list(self.seen.items()):
            path = self.files[code.co_filename]
            if path is None:
                continue
            file = files.setdefault(path, {"hash": self.hashes[path], "functions": {}})
            function = file["functions"].setdefault(
                f"{_qualname(code)}:{code.co_firstlineno}", {"names": {}, "calls": []}
            )
            for name, types in list(names.items()):
                known = set(function["names"].get(name, ()))
                function["names"][name] = sorted(known | {_described(t) for t in list(types)})
            function["calls"] += self.kept.get(code, [])
        target = os.path.join(self.folder, f"{os.getpid()}-{id(self):x}.json")
        with open(target + ".new", "w", encoding="utf-8") as out:
            json.dump({"files": files}, out)
        os.replace(target + ".new", target)

    def _file(self, name: str) -> str | None:
        found: str | None = None
        real = os.path.realpath(name)
        for root in self.roots:
            if real.startswith(root) and "site-packages" not in real[len(root) :] and self.only in (None, real):
                try:
                    with open(real, "rb") as source:
                        content = source.read()
                except OSError:  # code that was made from a text
                    continue
                found = real[len(root) :].replace(os.sep, "/")
                self.hashes[found] = hashlib.sha256(content).hexdigest()
                break
        self.files[name] = found
        return found

    def _forked(self) -> None:
        self.seen, self.kept = {}, {}


def _type(value: object) -> type:
    return type(value)


def _qualname(code: CodeType) -> str:
    return code.co_qualname.replace(".<locals>", "")


def _described(kind: type) -> str:
    """ "array numpy.ndarray" or "other int": the kind, and the type's name."""
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    parents = {(parent.__module__.partition(".")[0], parent.__qualname__) for parent in kind.__mro__}
    return f"{'other' if parents.isdisjoint(_ARRAYS) else 'array'} {name}"


def _arguments(frame: FrameType) -> dict[str, Any] | None:
    """The arguments of a call as data, or None where there is something in them that is none."""
    code = frame.f_code
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    budget = [_ELEMENTS]
    try:
        own = [_object(frame.f_locals[name], frame, budget) for name in names[: _is_method(frame)]]
        args = own + [_data(frame.f_locals[name], budget) for name in names[len(own) : code.co_argcount]]
        kwargs = {name: _data(frame.f_locals[name], budget) for name in names[code.co_argcount :]}
        at = code.co_argcount + code.co_kwonlyargcount
        if code.co_flags & 0x04:  # *args
            args += [_data(value, budget) for value in frame.f_locals[code.co_varnames[at]]]
            at += 1
        if code.co_flags & 0x08:  # **kwargs
            extra = frame.f_locals[code.co_varnames[at]]
            kwargs |= {name: _data(value, budget) for name, value in extra.items()}
    except (TypeError, KeyError):  # a value that is no data; a cell that has no value yet
        return None
    return {"args": args, "kwargs": kwargs}


def _is_method(frame: FrameType) -> bool:
    """Whether the first argument is an object whose class, in the same file, defines the function."""
    code = frame.f_code
    if not code.co_argcount or "." not in code.co_qualname.rpartition("<locals>.")[2]:
        return False
    kind = _type(frame.f_locals.get(code.co_varnames[0]))
    return kind.__module__ == frame.f_globals.get("__name__") and any(code.co_name in vars(k) for k in kind.__mro__)


def _object(value: Any, frame: FrameType, budget: list[int]) -> Any:
    """An object as its class and what it holds: enough to have it again."""
    kind = _type(value)
    if "<locals>" in kind.__qualname__ or not kind.__dictoffset__ or kind.__basicsize__ != _PLAIN:
        raise TypeError(f"a {kind.__name__} holds more than its attributes")
    held: dict[str, Any] = object.__getattribute__(value, "__dict__")  # none of the user's code runs for it
    return {"object": [kind.__qualname__, [[key, _data(item, budget)] for key, item in list(held.items())]]}


class _Plain:
    """What an object takes that holds its attributes and nothing else, in slots or in C."""


_PLAIN = _Plain.__basicsize__


def _data(value: Any, budget: list[int]) -> Any:
    """A value as JSON: numbers, text, None, lists; everything else is an object with one key that says what it is."""
    kind = _type(value)
    if value is None or kind in (bool, int, str):
        return value
    if kind is float:
        return {"float": value.hex()}
    if kind is complex:
        return {"complex": [value.real.hex(), value.imag.hex()]}
    if kind is list:
        return [_data(item, budget) for item in value]
    if kind is tuple:
        return {"tuple": [_data(item, budget) for item in value]}
    if kind is dict and all(isinstance(key, str) for key in value):
        return {"dict": [[key, _data(item, budget)] for key, item in value.items()]}
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None and issubclass(kind, (numpy.ndarray, numpy.generic)):
        budget[0] -= value.size
        if value.dtype.kind not in "biufcU" or budget[0] < 0 or kind.__name__ in ("matrix", "MaskedArray"):
            raise TypeError("no array of numbers or text, or too large")
        data = base64.b64encode(numpy.ascontiguousarray(value).tobytes()).decode()
        what = "array" if issubclass(kind, numpy.ndarray) else "scalar"
        return {what: [value.dtype.str, list(value.shape), data]}
    raise TypeError(f"a {kind.__name__} is not kept")


def begin() -> None:
    """Start, if this process was asked to record."""
    asked = os.environ.get(VARIABLE)
    if asked:
        Recorder(**json.loads(asked)).start()
