"""A function of the user's, how it is called, and one guarded call of it."""

from __future__ import annotations

import inspect
import random
import signal
import sys
import time
import warnings
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import FunctionType, ModuleType
from typing import Any, Literal

from emberharmony.purify.verify.libraries import numpy
from emberharmony.purify.verify.loading import member
from emberharmony.purify.verify.placing import on, placed
from emberharmony.purify.verify.structure import described, elements, settled

Watch = Callable[[], AbstractContextManager[None]]
_STATIC: tuple[type, ...] = (staticmethod, classmethod)
_ATTRIBUTES: tuple[type, ...] = (property, cached_property)
How = Literal["function", "method", "property"]


class OutOfTime(BaseException):
    """The call took longer than its share. No `except Exception` of the user's code may swallow it."""


Arguments = tuple[tuple[Any, ...], dict[str, Any]]


@dataclass(slots=True)
class Case:
    """The arguments of one call. `origin` says who made them.

    For a method: its object is made with `start`, then fitted with `fit` where its class can be; or it is an object of
    the class `kind` that holds `state`, as it was seen in a run.
    """

    origin: str
    label: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict[str, Any])
    start: Arguments = ((), {})
    fit: Arguments | None = None
    state: dict[str, Any] | None = None
    kind: str = ""

    @property
    def whole(self) -> tuple[Any, ...]:
        """All that goes in, as it is."""
        return self.args, self.kwargs, self.start, self.fit, self.state

    def changed(self, label: str, whole: tuple[Any, ...]) -> Case:
        """The same call with other values."""
        args, kwargs, start, fit, state = whole
        return replace(self, label=label, args=args, kwargs=kwargs, start=start, fit=fit, state=state)

    @property
    def inputs(self) -> tuple[Any, ...]:
        """The values that go in."""
        given = [value for args, kwargs in (self.start, self.fit or ((), {})) for value in (*args, *kwargs.values())]
        return (*self.args, *self.kwargs.values(), *given, *(self.state or {}).values())

    def described(self) -> str:
        """The call in words."""
        steps = [f"({_words(*given)})" for given in (self.start, self.fit) if given and any(given)]
        if self.state is not None:
            steps = [f"{self.kind} with {described(self.state)}"]
        if steps:
            return f"{', then '.join(steps)}, then ({_words(self.args, self.kwargs)})"
        return _words(self.args, self.kwargs) or "no arguments"

    def size(self) -> int:
        """The elements of the largest argument."""
        return max((elements(x) for x in self.inputs), default=0)


@dataclass(slots=True)
class Outcome:
    """What one call did: its result or its error, and its arguments and its object as they are afterwards."""

    result: Any = None
    error: BaseException | None = None
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict[str, Any])
    before: tuple[Any, ...] = ()
    owner: Any = None
    made: bool = False
    fitted: bool = False
    seconds: float = 0.0

    @property
    def late(self) -> bool:
        """Whether the call ran out of time or memory, which says nothing of its result."""
        return isinstance(self.error, OutOfTime | MemoryError | RecursionError)


@dataclass(frozen=True, slots=True)
class Subject:
    """A function by its qualified name, and how one calls it."""

    name: str
    how: How
    parameters: tuple[inspect.Parameter, ...]
    start: tuple[inspect.Parameter, ...] = ()
    fit: tuple[inspect.Parameter, ...] | None = None  # of the class's `fit`, which is called before this method
    doc: str = ""
    start_doc: str = ""
    fit_doc: str = ""

    def call(
        self, module: ModuleType, case: Case, backend: str, limit: float, seed: int = 0, watch: Watch = nullcontext
    ) -> Outcome:
        """Call it in `module` with the case's arguments on a backend, in at most `limit` seconds, inside of `watch`."""
        args, kwargs, *own = placed(case.whole, backend)
        before = placed((*case.args, *case.kwargs.values()), backend)
        outcome = Outcome(args=args, kwargs=kwargs, before=before)
        random.seed(seed)
        numpy().random.seed(seed)
        clock = time.perf_counter()
        try:
            with warnings.catch_warnings(), on(backend), watch(), within(limit):
                warnings.simplefilter("ignore")
                if case.label == "complex":  # one that drops the imaginary part has no use for such numbers
                    warnings.simplefilter("error", numpy().exceptions.ComplexWarning)
                outcome.result = settled(self._called(module, args, kwargs, own, case.kind, outcome))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # the user's code: whatever it raises, sys.exit() included, is its answer
            outcome.error = error
        outcome.seconds = time.perf_counter() - clock
        if outcome.owner is not None and outcome.result is outcome.owner:
            outcome.result = "self"
        return outcome

    def _called(self, module: ModuleType, args: Any, kwargs: Any, own: Any, kind: str, outcome: Outcome) -> Any:
        scope, _, name = self.name.rpartition(".")
        if self.how == "function":
            return getattr(member(module, scope) if scope else module, name)(*args, **kwargs)
        start, fit, state = own
        if state is not None:
            outcome.owner = object.__new__(member(module, kind))
            outcome.owner.__dict__.update(state)
        else:
            outcome.owner = member(module, scope)(*start[0], **start[1])
            outcome.made = True
            if fit is not None:
                outcome.owner.fit(*fit[0], **fit[1])
                outcome.fitted = True
        if name == "__init__":
            return None
        found = getattr(outcome.owner, name)
        return found if self.how == "property" else found(*args, **kwargs)


def _words(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    return ", ".join([*map(described, args), *(f"{name}={described(x)}" for name, x in kwargs.items())])


def subject(module: ModuleType, name: str) -> Subject | str:
    """The function of this name, or why it cannot be called."""
    found = member(module, name)
    if found is None:
        return "it is defined inside of another function" if "<locals>" in name else "the module has no such function"
    scope = name.rpartition(".")[0]
    owner = member(module, scope) if scope else None
    doc = inspect.getdoc(found) or ""
    try:
        if isinstance(found, _ATTRIBUTES):
            return _of_object(Subject(name, "property", (), doc=doc), owner)
        if isinstance(found, _STATIC):
            return Subject(name, "function", _parameters(getattr(owner, name.rpartition(".")[2])), doc=doc)
        if inspect.iscoroutinefunction(found) or inspect.isasyncgenfunction(found):
            return "it is asynchronous"
        if owner is None:
            return Subject(name, "function", _parameters(found), doc=doc)
        own = () if name.endswith(".__init__") else _parameters(found)[1:]
        return _of_object(Subject(name, "method", own, doc=doc), owner)
    except (TypeError, ValueError) as error:
        return f"its signature cannot be read: {error}"


def functions_in(module: ModuleType) -> list[str]:
    """The functions that a module defines itself, and the methods of its classes."""
    found: list[str] = []
    for name, value in vars(module).items():
        if getattr(value, "__module__", None) != module.__name__:
            continue
        if isinstance(value, type):
            found += [f"{name}.{inner}" for inner, method in vars(value).items() if _is_method(method)]
        elif isinstance(value, FunctionType) or hasattr(value, "__wrapped__"):
            found.append(name)
    return found


def _is_method(found: Any) -> bool:
    return isinstance(found, (FunctionType, *_STATIC, *_ATTRIBUTES)) and not getattr(
        found, "__isabstractmethod__", False
    )


def _parameters(function: Any) -> tuple[inspect.Parameter, ...]:
    return tuple(inspect.signature(function).parameters.values())


def _of_object(subject: Subject, owner: Any) -> Subject:
    """With what its object needs before: the arguments of the class, and those of its `fit`."""
    plain = owner.__init__ is object.__init__ and owner.__new__ is object.__new__
    start_doc = f"{inspect.getdoc(owner) or ''}\n\n{inspect.getdoc(owner.__init__) or ''}"
    subject = replace(subject, start=() if plain else _parameters(owner), start_doc=start_doc)
    fit = getattr(owner, "fit", None)
    name = subject.name.rpartition(".")[2]
    if not isinstance(fit, FunctionType) or name == "__init__" or "fit" in name.split("_"):
        return subject
    return replace(subject, fit=_parameters(fit)[1:], fit_doc=inspect.getdoc(fit) or "")


@contextmanager
def within(seconds: float) -> Generator[None]:
    """Raise OutOfTime in the block when it takes longer. Where there is no alarm, the worker's own limit holds."""
    if sys.platform == "win32":
        yield
        return

    def ring(number: int, frame: Any) -> None:
        raise OutOfTime(f"longer than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.01), 0.2)  # again and again: code may swallow the first one
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
