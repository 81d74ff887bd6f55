"""Find arguments on which the original runs, by trial on the original, and vary them."""

from __future__ import annotations

import heapq
import inspect
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from emberharmony.purify.flow.numpydoc import fields
from emberharmony.purify.verify import values
from emberharmony.purify.verify.libraries import is_array, numpy
from emberharmony.purify.verify.structure import arrays, elements, mapped, one_of
from emberharmony.purify.verify.subject import Case, Outcome, Subject
from emberharmony.purify.verify.values import PLAIN, VARIANTS, Maker, Shape

TRIALS = 400
NO_INPUT = "no input was found on which the original runs"
FIRST = 1.0  # seconds that one call of a guess may take
_ARRAYS = frozenset(
    {
        values.vector, values.matrix, values.tall, values.square, values.definite, values.cube, values.rising,
        values.probabilities, values.labels, values.mask, *map(values.columns, range(10)),
    }
)  # fmt: skip
_NUMBERS = frozenset({values.number, values.unit, values.count, values.small, values.axis})
UNASKED = frozenset({"complex", "booleans"})  # kinds that nobody may have meant: tried where the original takes them
_SOME = frozenset({"larger", "large", "sixty-four", "other", "integers", "float32", "nan", "empty"})


Stage = Literal["start", "fit", "call"]
Given = tuple[inspect.Parameter, Stage]


@dataclass(frozen=True, slots=True)
class Guess:
    """One maker for every parameter that is given, the class's own first."""

    makers: tuple[Maker, ...]
    fill: str = "normal"  # "positive" where the original refuses other numbers

    def kinds(self) -> tuple[str, ...]:
        """What the makers make: an array, a number, or by their own names."""
        return tuple("array" if m in _ARRAYS else "number" if m in _NUMBERS else m.__name__ for m in self.makers)


class Search:
    """Trials of one function's original. `call` runs a case on it."""

    def __init__(self, subject: Subject, call: Any, literals: list[float], seed: int, seconds: float) -> None:
        self.subject = subject
        self.call = call
        self.literals = literals
        self.seed = seed ^ zlib.crc32(subject.name.encode())
        self.until = time.monotonic() + seconds
        self.end = self.until + seconds  # variants may take as long again
        self.too_large = 1_000_000
        self._call_fields = {**_fields(subject.doc)}
        self.made = self.fitted = self.late = False  # whether an object could be made, and fitted; a call took too long
        self._start_fields = {**_fields(subject.start_doc)}
        self._fit_fields = {**_fields(subject.fit_doc)}
        fit = [p for p in subject.fit or () if _required(p) or p.name == "y"]
        self.given: list[Given] = [
            *((p, "start") for p in subject.start if _required(p)),
            *((p, "fit") for p in fit),
            *((p, "call") for p in subject.parameters if _required(p)),
        ]

    def cases(self) -> Iterator[tuple[Case, Outcome]]:
        """Cases with what the original did; those on which it raises among them, but never the first of a guess."""
        guesses = self._guesses()
        for number, guess in enumerate(guesses):
            kept = (
                (*VARIANTS, *values.at_literals(self.literals))
                if number == 0
                else tuple(v for v in VARIANTS if v.label in _SOME)
            )
            for how in (PLAIN, *kept):
                if how.n < self.too_large and time.monotonic() < self.end:
                    case = self.case(guess, how)
                    outcome = self.call(case, 2 * FIRST)
                    # ten thousand may cost forty times as much, in one call of C that no alarm interrupts
                    if outcome.late or outcome.seconds > 0.1 or elements(outcome.result) > 100_000:
                        self.too_large = min(self.too_large, max(how.n + (not outcome.late), 100))
                    if outcome.error is None or how.label not in UNASKED:
                        yield case, outcome
            if number == 0:
                yield from self._options(guess)
                yield from self._lists(guess)

    def case(self, guess: Guess, how: Shape, options: dict[str, Any] | None = None) -> Case:
        """The arguments that a guess makes, the same ones for the same seed."""
        rng = numpy().random.default_rng((self.seed, zlib.crc32(how.label.encode())))
        how = replace(how, fill=guess.fill) if how.fill == "normal" else how
        case = Case("signature", how.label, (), dict(options or {}))
        given: dict[Stage, tuple[list[Any], dict[str, Any]]] = {
            "start": ([], {}), "fit": ([], {}), "call": ([], case.kwargs)
        }  # fmt: skip
        for (parameter, stage), maker in zip(self.given, guess.makers, strict=True):
            args, kwargs = given[stage]
            made = maker(rng, how)
            if parameter.kind is parameter.KEYWORD_ONLY:
                kwargs[parameter.name] = made
            else:
                args.append(made)
            if parameter.kind is parameter.VAR_POSITIONAL:
                args.append(maker(rng, how))
        case.args = tuple(given["call"][0])
        case.start = (tuple(given["start"][0]), given["start"][1])
        if self.subject.fit is not None:
            case.fit = (tuple(given["fit"][0]), given["fit"][1])
        return case

    def _guesses(self) -> list[Guess]:
        """Up to three, the likeliest first; the later ones differ from the first in the shapes of arrays only."""
        found: list[Guess] = []
        small: list[Guess] = []
        for guess in self._by_likelihood():
            if time.monotonic() > self.until or len(found) == 3:
                break
            if found and guess.kinds() != found[0].kinds():
                continue
            outcome = self.call(self.case(guess, PLAIN), FIRST)
            if outcome.error is not None and not outcome.late:
                guess = replace(guess, fill="positive")
                outcome = self.call(self.case(guess, PLAIN), FIRST)
            self.late = self.late or outcome.late
            self.made, self.fitted = self.made or outcome.made, self.fitted or outcome.fitted
            if outcome.error is None and _says_something(outcome):
                large = max(elements(outcome.result), self.case(guess, PLAIN).size()) > 2
                (found if found or large else small).append(guess)
        return found or small[:1]

    def _by_likelihood(self) -> Iterator[Guess]:
        lists = [self._candidates(p, stage) for p, stage in self.given]
        queue: list[tuple[int, tuple[int, ...]]] = [(0, (0,) * len(lists))]
        seen = {queue[0][1]}
        for _ in range(TRIALS):
            if not queue:
                return
            rank, at = heapq.heappop(queue)
            yield Guess(tuple(makers[i] for makers, i in zip(lists, at, strict=True)))
            for k in range(len(at)):
                later = (*at[:k], at[k] + 1, *at[k + 1 :])
                if later[k] < len(lists[k]) and later not in seen:
                    seen.add(later)
                    heapq.heappush(queue, (rank + 1, later))

    def _candidates(self, parameter: inspect.Parameter, stage: Stage) -> list[Maker]:
        found = values.candidates(parameter, self._field(parameter, stage), _annotation(parameter))
        if not _required(parameter):  # the `y` of a fit, which some need and others do not look at
            found.insert(1, values.constant(parameter.default))
        return found

    def why_not(self) -> str:
        """What stood in the way, where no guess was right."""
        if self.late:
            return f"the original runs on no input in {FIRST:g} s"
        owner = self.subject.name.rpartition(".")[0]
        if self.subject.how == "function" or self.fitted:
            return NO_INPUT
        if not self.made:
            return f"no arguments were found with which {owner} can be made"
        if self.subject.fit is not None:
            return f"no data was found on which {owner}.fit runs"
        return NO_INPUT

    def _options(self, guess: Guess) -> Iterator[tuple[Case, Outcome]]:
        """One option at a time with other values than its default; only what the original takes."""
        for parameter in self.subject.parameters:
            if parameter.default is inspect.Parameter.empty or parameter.name in ("out", "rng", "random_state", "seed"):
                continue
            others = values.alternatives(parameter, self._field(parameter, "call"))
            if parameter.default is None and not others:
                others = values.candidates(parameter, self._field(parameter, "call"), _annotation(parameter))[:3]
            kept = 0
            for other in others:
                if kept == 3:
                    break
                for how in (PLAIN, Shape("other", n=6, m=6)):
                    rng = numpy().random.default_rng(self.seed)
                    value = other(rng, how) if callable(other) else other
                    case = self.case(guess, how, {parameter.name: value})
                    case.label = f"{parameter.name}={other.__name__ if callable(other) else repr(other)}"
                    outcome = self.call(case, FIRST)
                    if outcome.error is None:
                        kept += 1
                        yield case, outcome

    def _lists(self, guess: Guess) -> Iterator[tuple[Case, Outcome]]:
        """Lists, where the documentation takes whatever is like an array."""
        for i, (parameter, stage) in enumerate(self.given):
            field = self._field(parameter, stage)
            if "array_like" in field.replace("-", "_") and guess.makers[i] in _ARRAYS:
                case = self.case(guess, PLAIN)
                case.args = tuple(_as_list(x) for x in case.args)
                case.label = "lists"
                outcome = self.call(case, FIRST)
                if outcome.error is None:
                    yield case, outcome
                return

    def _field(self, parameter: inspect.Parameter, stage: Stage) -> str:
        fields = {"start": self._start_fields, "fit": self._fit_fields, "call": self._call_fields}
        return fields[stage].get(parameter.name, "")


def fingerprint(case: Case) -> str:
    """The same for the same arguments: one input tried twice is one input."""

    def plain(x: Any) -> Any:
        return (str(x.dtype), x.shape, zlib.crc32(x.tobytes()), zlib.adler32(x.tobytes()))

    return repr((mapped((case.args, sorted(case.kwargs.items()), case.whole[2:]), plain), case.kind))


def varied(case: Case) -> Iterator[Case]:
    """A known call in single precision, with arrays for lists, and with more of everything."""
    whole = case.whole
    np = numpy()

    def changed(label: str, change: Any) -> Case:
        return case.changed(f"{case.label}, {label}", mapped(whole, change))

    if any(is_array(x) and x.dtype.kind == "f" for x in arrays(whole)):
        yield changed("float32", _single)
    if any(one_of(x, list) for x in case.args):
        case = replace(case, label=f"{case.label}, arrays", args=tuple(_as_array(x) for x in case.args))
        whole = case.whole
        yield case
    sizes = [x.shape[0] for x in arrays(whole) if is_array(x) and x.ndim]
    if sizes and min(sizes):
        times = -(-1000 // min(sizes))
        rng = np.random.default_rng(0)

        def larger(x: Any) -> Any:
            if not is_array(x) or not x.ndim:
                return x
            tiled = np.concatenate([x] * times)
            return tiled * rng.uniform(0.5, 1.5, tiled.shape).astype(x.dtype) if x.dtype.kind == "f" else tiled

        yield changed("larger", larger)


def _says_something(outcome: Outcome) -> bool:
    """Whether there is a finite number, a text or a truth in the result, or something was written to."""
    np = numpy()
    if outcome.result is None or outcome.owner is not None:
        return True  # what was written to is looked at when it is compared
    for x in arrays(outcome.result):
        if x.dtype.kind not in "fc" or bool(np.any(np.isfinite(x))):
            return x.dtype.kind != "O"
    return outcome.result is not NotImplemented


def _required(parameter: inspect.Parameter) -> bool:
    if parameter.kind is parameter.VAR_POSITIONAL:
        return True
    return parameter.kind is not parameter.VAR_KEYWORD and parameter.default is inspect.Parameter.empty


def _annotation(parameter: inspect.Parameter) -> str:
    note = parameter.annotation
    if note is inspect.Parameter.empty:
        return ""
    return note if isinstance(note, str) else getattr(note, "__name__", "") or str(note)


def _fields(doc: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for title in ("Parameters", "Other Parameters"):
        for names, text in fields(doc, title):
            for name in names.split(","):
                found.setdefault(name.strip().lstrip("*"), text)
    return found


def _single(x: Any) -> Any:
    return x.astype("float32") if is_array(x) and x.dtype.kind == "f" else x


def _as_list(x: Any) -> Any:
    return x.tolist() if is_array(x) else x


def _as_array(x: Any) -> Any:
    flat = one_of(x, list) and x and all(one_of(item, int, float) for item in x)
    return numpy().asarray(x) if flat else x
