"""Calls that others make: the examples of a docstring, and the functions of the same file that use the function. They
are run with the function replaced by one that remembers its arguments."""

from __future__ import annotations

import doctest
import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import wraps
from types import ModuleType
from typing import Any

from emberharmony.purify.verify.libraries import numpy
from emberharmony.purify.verify.structure import copied, elements
from emberharmony.purify.verify.subject import Case, OutOfTime, Subject, within

MOST = 10
SECONDS = 5.0
LARGEST = 100_000  # elements of an argument that is remembered


def calls_in_examples(subject: Subject, module: ModuleType, installed: ModuleType | None) -> list[Case]:
    """The calls of the function in the examples of its documentation, run on NumPy."""
    if subject.how != "function" or "." in subject.name or ">>>" not in subject.doc:
        return []
    try:
        examples = doctest.DocTestParser().get_examples(subject.doc)
    except ValueError:  # not written as the parser wants it: no example
        return []
    found: list[Case] = []
    space: dict[str, Any] = {**vars(module), "np": numpy()}
    with _everywhere(subject.name, [m for m in (module, installed) if m is not None], space, found):
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


def _remember(real: Any, found: list[Case], origin: str, most: int) -> Any:
    @wraps(real)
    def remembered(*args: Any, **kwargs: Any) -> Any:
        if len(found) < most and elements((args, kwargs)) <= LARGEST:
            with suppress(Exception):  # the user's objects: what cannot be copied is no input
                found.append(Case(origin, f"{origin} {len(found) + 1}", copied(args), copied(kwargs)))
        return real(*args, **kwargs)

    return remembered
