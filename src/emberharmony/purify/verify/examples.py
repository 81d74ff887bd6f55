"""Calls that others make: the examples of a docstring, and the functions of the same file that use the function. They
are run with the function replaced by one that remembers its arguments."""

from __future__ import annotations

import doctest
import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import wraps
from types import FunctionType, ModuleType
from typing import Any

from emberharmony.purify.verify.libraries import numpy
from emberharmony.purify.verify.loading import member
from emberharmony.purify.verify.structure import copied, elements
from emberharmony.purify.verify.subject import Case, OutOfTime, Subject, within

MOST = 10
SECONDS = 5.0
LARGEST = 100_000  # elements of an argument that is remembered


def calls_in_examples(subject: Subject, module: ModuleType, installed: ModuleType | str) -> list[Case]:
    """The calls of the function in the examples of its documentation, or of its class's, run on NumPy."""
    doc = subject.doc if subject.how == "function" else f"{subject.doc}\n\n{subject.start_doc}"
    if ">>>" not in doc or (subject.how == "function") == ("." in subject.name):
        return []
    try:
        examples = doctest.DocTestParser().get_examples(doc)
    except ValueError:  # not written as the parser wants it: no example
        return []
    found: list[Case] = []
    space: dict[str, Any] = {**vars(module), "np": numpy()}
    modules = [m for m in (module, installed) if isinstance(m, ModuleType)]
    with (_everywhere if subject.how == "function" else _in_classes)(subject.name, modules, space, found):
        try:
            with warnings.catch_warnings(), within(SECONDS):
                warnings.simplefilter("ignore")
                for example in examples:
                    try:
                        exec(compile(example.source, f"example of {subject.name}", "single"), space)
                    except Exception:  # the user's code: one example that fails leaves the others
                        continue
        except OutOfTime:
            pass
        except SystemExit:  # an example may leave as it likes
            pass
    return found


@contextmanager
def remembering(name: str, module: ModuleType, found: list[Case], most: int) -> Generator[None]:
    """Remember the calls of a module's function while others run, as cases of the origin "caller"."""
    real = vars(module)[name]
    vars(module)[name] = _remember(real, found, "caller", most)
    try:
        yield
    finally:
        vars(module)[name] = real


@contextmanager
def _everywhere(name: str, modules: list[ModuleType], space: dict[str, Any], found: list[Case]) -> Generator[None]:
    """Put a remembering function wherever the real one is known, and the real one back afterwards."""
    undo: list[tuple[dict[str, Any], str, Any]] = []
    for real in [vars(module)[name] for module in modules if name in vars(module)]:
        wrapped = _remember(real, found, "example", MOST)
        for module in list(sys.modules.values()):
            names: dict[str, Any] = getattr(module, "__dict__", {})
            for known, value in list(names.items()):
                if value is real:
                    undo.append((names, known, real))
                    names[known] = wrapped
        if space.get(name) is real:
            space[name] = wrapped
    try:
        yield
    finally:
        for names, known, real in undo:
            names[known] = real


@contextmanager
def _in_classes(name: str, modules: list[ModuleType], space: dict[str, Any], found: list[Case]) -> Generator[None]:
    """The same for a method, in its class alone; the object is remembered by what it holds."""
    scope, _, method = name.rpartition(".")
    undo = [(owner, vars(owner)[method]) for m in modules if method in vars(owner := member(m, scope) or object)]
    for owner, real in undo:
        if isinstance(real, FunctionType):
            setattr(owner, method, _remember(real, found, "example", MOST, of_object=method != "__init__"))
    try:
        yield
    finally:
        for owner, real in undo:
            if isinstance(real, FunctionType):
                setattr(owner, method, real)


def _remember(real: Any, found: list[Case], origin: str, most: int, of_object: bool | None = None) -> Any:
    """`of_object`: whether the first argument is an object with a state; False in `__init__`, None in functions."""

    @wraps(real)
    def remembered(*args: Any, **kwargs: Any) -> Any:
        if len(found) < most and elements((args, kwargs)) <= LARGEST:
            with suppress(Exception):  # the user's objects: what cannot be copied is no input
                given, named, label = (
                    copied(args[of_object is not None :]),
                    copied(kwargs),
                    f"{origin} {len(found) + 1}",
                )
                if of_object is None:
                    found.append(Case(origin, label, given, named))
                elif of_object:
                    kind, state = type(args[0]).__qualname__, copied(vars(args[0]))
                    found.append(Case(origin, label, given, named, state=state, kind=kind))
                else:
                    found.append(Case(origin, label, start=(given, named)))
        return real(*args, **kwargs)

    return remembered
