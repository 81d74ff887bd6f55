"""The verdict on one function: the original on NumPy against the port on every backend, input by input."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any

from emberharmony.purify.verify.compare import EPS, IncomparableError, Terms, difference
from emberharmony.purify.verify.examples import calls_in_examples, remembering
from emberharmony.purify.verify.inputs import NO_INPUT, UNASKED, Search, fingerprint, varied
from emberharmony.purify.verify.libraries import installed, is_array, isinstance_of, numpy
from emberharmony.purify.verify.placing import NotPlacedError, default_dtypes, device_of, dtype_name, on_host
from emberharmony.purify.verify.static import callers, factorises, host_names, literals, speaks_of_complex
from emberharmony.purify.verify.structure import arrays, copied, elements, mapped, one_of
from emberharmony.purify.verify.subject import Case, Outcome, Subject, subject
from emberharmony.purify.verify.verdict import ENOUGH, LARGE, Tried, Verdict, VerifySettings

if TYPE_CHECKING:
    from emberharmony.purify.verify.hops import Hops

CALL = 5.0  # seconds that the original may take for one input
ERRORS = 3  # inputs on which the original raises, that are tried on the port
MOST = 70  # inputs in all
HUGE = 2_000_000  # elements of a result that is not compared: there are smaller ones
PATIENCE = 20.0  # times the original's time, and CALL, is what the port may take


Call = Callable[..., Outcome]


class Judge:
    """Original and port of one file, and what is known about both of them."""

    def __init__(
        self,
        original: ModuleType,
        port: ModuleType,
        texts: tuple[str, str],
        settings: VerifySettings,
        hops: Hops,
        recorded: dict[str, list[Case]] | None,
        standing: ModuleType | str = "",
    ) -> None:
        self.original, self.port = original, port
        self.original_text, self.port_text = texts
        self.settings, self.hops, self.recorded, self.standing = settings, hops, recorded, standing
        self.present = tuple(name for name in settings.backends if installed(name))
        self.defaults = {name: default_dtypes(name) for name in self.present}

    def verdict(self, name: str) -> Verdict:
        """Try a function on every input that is found in its time."""
        found = subject(self.original, name)
        if isinstance(found, str):
            return Verdict(name, "not tried", found)
        ported = subject(self.port, name)
        if isinstance(ported, str):
            return Verdict(name, "differs", f"in the port, {ported}")
        verdict = Verdict(name, "verified", "")
        verdict.backends = {b: "same" if b in self.present else "not installed" for b in self.settings.backends}
        used = host_names(self.port_text, name)
        if used:
            verdict.hops += [f"uses {use}" for use in used]
        until = time.monotonic() + 0.8 * self.settings.seconds
        errors, telling = 0, False
        seen: set[str] = set()
        for case, outcome in self._cases(found, verdict):
            if time.monotonic() > until:
                verdict.notes.append(f"stopped after {len(verdict.inputs)} inputs, at the limit of time")
                break
            if len(verdict.inputs) == MOST or all(said != "same" for said in verdict.backends.values()):
                break
            if (same := fingerprint(case)) in seen:
                continue
            seen.add(same)
            if outcome.late or elements(outcome.result) > HUGE:
                continue
            if outcome.error is not None:
                errors += 1
                if errors > ERRORS:
                    continue
            elif len(verdict.inputs) < 6 and (said := self._not_its_own_equal(found, case, outcome)):
                return replace(verdict, status="not tried", why=said, inputs=[])
            telling = telling or outcome.error is not None or _tells(outcome)
            try:
                self._try(ported, case, outcome, verdict)
            except IncomparableError as said:
                return replace(verdict, status="not tried", why=f"cannot be compared: {str(said).splitlines()[0]}")
        return self._summed(verdict, telling)

    def _cases(self, found: Subject, verdict: Verdict) -> Iterator[tuple[Case, Outcome]]:
        def call(case: Case, limit: float, seed: int = 0) -> Outcome:
            return found.call(self.original, case, "numpy", limit, seed)

        recorded = [] if self.recorded is None else self.recorded.get(found.name, [])
        if self.recorded is not None:
            verdict.notes.append(f"{len(recorded)} call{'s' * (len(recorded) != 1)} recorded")
        if isinstance(self.standing, str) and self.standing and ">>>" in found.doc + found.start_doc:
            verdict.notes.append(f"examples that import the module see no calls: {self.standing}")
        known = recorded + calls_in_examples(found, self.original, self.standing)
        for case in known:
            first = call(case, CALL)
            yield case, first
            if first.error is None:
                for other in varied(case):
                    outcome = call(other, CALL)
                    if outcome.error is None:  # a variation that nobody asked for is no reason to raise
                        yield other, outcome
        ran = 0
        for other in (found, replace(found, fit=None))[: 1 + (found.fit is not None)]:
            search = self._search(other, call, 0.3)
            for case, outcome in search.cases():
                ran += outcome.error is None
                yield case, outcome
            if ran:
                break
            verdict.why = search.why_not() if other is found else verdict.why
        if ran < ENOUGH:
            yield from self._from_callers(found, call)

    def _from_callers(self, found: Subject, call: Call) -> Iterator[tuple[Case, Outcome]]:
        """What the functions of the same file pass to this one, when they run on their own inputs."""
        cases: list[Case] = []
        for name in callers(self.original_text, found.name)[:4] if "." not in found.name else []:
            caller = subject(self.original, name)
            if isinstance(caller, str):
                continue

            def run(case: Case, limit: float, seed: int = 0, caller: Subject = caller) -> Outcome:
                return caller.call(self.original, case, "numpy", limit, seed)

            with remembering(found.name, self.original, cases, len(cases) + 20):
                for _ in self._search(caller, run, 0.1).cases():
                    pass
        for case in cases:
            yield case, call(case, CALL)

    def _search(self, found: Subject, call: Call, share: float) -> Search:
        """A search for inputs that takes at most this share of the function's time."""
        written = literals(self.original_text, found.name) + literals(self.port_text, found.name)
        seconds = share * self.settings.seconds
        return Search(found, call, list(dict.fromkeys(written)), self.settings.seed, seconds)

    def _not_its_own_equal(self, found: Subject, case: Case, outcome: Outcome) -> str:
        """Why the original cannot be compared by values: with another seed it differs from itself."""
        again = found.call(self.original, case, "numpy", CALL, seed=1)
        if again.error is not None:
            return "" if again.late else "draws random numbers: it raises with one seed and not with another"
        terms = Terms("numpy", frozenset(), frozenset())
        try:
            differs = difference(outcome.result, again.result, terms) or _of_states(outcome, again, terms)
        except IncomparableError as said:
            return f"cannot be compared: {str(said).splitlines()[0]}"
        except RecursionError:
            return "cannot be compared: the result holds itself"
        return "draws random numbers, or reads a clock: two runs of the original differ" if differs else ""

    def _try(self, ported: Subject, case: Case, outcome: Outcome, verdict: Verdict) -> None:
        raised = type(outcome.error).__name__ if outcome.error is not None else ""
        size = max(case.size(), elements(outcome.result))
        said = f"raised {raised}" if raised else "returned"
        tried = Tried(case.origin, f"{case.label}: {case.described()}", said, size)
        verdict.inputs.append(tried)
        for backend in self.present:
            if verdict.backends[backend] != "same":
                tried.backends[backend] = "not tried: differs before"
                continue
            try:
                tried.backends[backend] = self._on(backend, ported, case, outcome, verdict)
            except NotPlacedError as error:
                tried.backends[backend] = f"no such input: {str(error).splitlines()[0]}"
                continue
            if tried.backends[backend] != "same" and not self._excused(tried.backends[backend], case, verdict):
                verdict.backends[backend] = f"{tried.backends[backend]} (input {tried.what})"

    def _excused(self, said: str, case: Case, verdict: Verdict) -> bool:
        """Whether the difference is one between the libraries, and not the port's; the verdict says so.

        Where nan and infinities go in a factorisation: values, or an error that one of the libraries raises. And, in a
        function that does not speak of them, complex numbers (MLX has them in single precision alone, and NumPy is
        the only one to sort them) and booleans (which NumPy alone subtracts).
        """
        np = numpy()
        note = ""
        if case.origin == "signature" and case.label in UNASKED and not self._meant(case, verdict.function):
            if "raises" in said:
                kind = case.label.removesuffix("s")  # boolean inputs
                note = f"{kind} inputs are not taken: {said.partition(';')[0].partition(':')[0]}"
            elif "has dtype float32, the original's float64" in said:
                note = f"{case.label} inputs are answered in single precision on mlx, which has no complex128"
        strange = any(x.dtype.kind in "fc" and not bool(np.all(np.isfinite(x))) for x in arrays(case.inputs))
        values = "the original's" in said and " is " in said and "array" not in said
        if strange and (values or "raise" in said) and factorises(self.port_text, verdict.function):
            note = "factorisations of the libraries differ on nan and infinities"
        verdict.notes += [note] if note and note not in verdict.notes else []
        return bool(note)

    def _meant(self, case: Case, function: str) -> bool:
        return case.label == "complex" and speaks_of_complex(self.original_text, function)

    def _on(self, backend: str, ported: Subject, case: Case, outcome: Outcome, verdict: Verdict) -> str:
        """What the port does with the case on one backend: "same", or the first difference."""
        limit = min(CALL + PATIENCE * outcome.seconds, 0.4 * self.settings.seconds)
        self.hops.hops, self.hops.reads = {}, 0
        watch = nullcontext if backend == "numpy" else self.hops.watching
        found = ported.call(self.port, case, backend, limit, watch=watch)
        verdict.reads = max(verdict.reads, self.hops.reads)
        if found.late and outcome.error is None:
            return f"took longer than {limit:.3g} s, the original {outcome.seconds:.2g} s ({found.error})"
        if outcome.error is not None:
            return self._both_raise(outcome.error, found, verdict)
        if found.error is not None:
            words = str(found.error).partition("\n")[0]
            return f"raises {type(found.error).__name__}: {words}; the original does not"
        if self.hops.hops:
            verdict.hops += [hop for hop in (f"{backend}: {h}" for h in self.hops.hops) if hop not in verdict.hops]
            return f"copies to the host: {next(iter(self.hops.hops))}"
        terms = self._terms(backend, case, found)
        return self._difference(ported, outcome, found, terms, case) or "same"

    def _both_raise(self, error: BaseException, found: Outcome, verdict: Verdict) -> str:
        if found.error is not None:
            return "same"
        name = type(error).__name__
        if name in ("UFuncTypeError", "_UFuncOutputCastingError"):
            # `x -= 0.5` on integers: NumPy refuses the store, not the computation
            note = f"where the original raises {name} because it stores in place, the port returns"
            verdict.notes += [note] if note not in verdict.notes else []
            return "same"
        return f"returns where the original raises {name}"

    def _terms(self, backend: str, case: Case, found: Outcome) -> Terms:
        np = numpy()
        inputs = [x for x in arrays(case.inputs) if is_array(x)]
        numbers = [np.abs(x[np.isfinite(x)]) for x in inputs if x.dtype.kind in "iufc"]
        magnitude = max([1.0, *(float(np.max(x, initial=0.0)) for x in numbers)])
        here = [x for x in arrays((found.args, found.kwargs)) if isinstance_of(x, backend)]
        # a backend's own width of floats is right where integers or lists went in: it makes arrays of them; what
        # comes of Python's numbers alone is of double precision
        whole = any(x.dtype.kind in "biu" for x in inputs) or any(map(_listed, case.inputs))
        return Terms(
            backend,
            frozenset(str(x.dtype) for x in inputs),
            self.defaults[backend] if whole else frozenset(),
            max(case.size(), 1),
            magnitude,
            device_of(here[0]) if here else "",
        )

    def _difference(self, original: Subject, outcome: Outcome, found: Outcome, terms: Terms, case: Case) -> str:
        try:
            said = difference(outcome.result, found.result, terms)
            if said:
                moved = self._moved(original, outcome, case, found)
                said = difference(outcome.result, found.result, replace(terms, moved=moved)) if moved else said
            return said or _of_arguments(outcome, found, terms) or _of_states(outcome, found, terms)
        except RecursionError as error:
            raise IncomparableError("the result holds itself", expected="a tree of values", mend="none") from error

    def _moved(self, original: Subject, outcome: Outcome, case: Case, found: Outcome) -> float:
        """How far the original's result moves when its inputs are rounded once more, in the precision of the port.

        A formula that cancels turns one rounding into many. Whoever computes it in another order gets another of them.
        """
        np = numpy()
        coarse = [dtype_name(x) for x in arrays((found.result, found.args)) if dtype_name(x) in EPS]
        eps = max((EPS[name] for name in coarse), default=2.0**-52)
        results = list(arrays(outcome.result))
        farthest = 0.0
        for draw in range(4):
            rounded = partial(_rounded, np.random.default_rng(draw), 2 * eps)
            other = original.call(
                self.original, case.changed(case.label, mapped(copied(case.whole), rounded)), "numpy", CALL
            )
            others = list(arrays(other.result))
            if other.error is not None or [x.shape for x in others] != [x.shape for x in results]:
                return 0.0
            for a, b in zip(results, others, strict=True):
                if a.dtype.kind in "fc" and a.size:
                    with np.errstate(all="ignore"):
                        gap = np.abs(a - b)
                    farthest = max(farthest, float(np.max(gap[np.isfinite(gap)], initial=0.0)))
        return 4 * farthest

    def _summed(self, verdict: Verdict, telling: bool) -> Verdict:
        """The status, from all that has been tried."""
        counted = [tried for tried in verdict.inputs if tried.counts]
        missing = [name for name, said in verdict.backends.items() if said == "not installed"]
        different = {name: said for name, said in verdict.backends.items() if said not in ("same", "not installed")}
        late = [said for said in different.values() if said.startswith("took longer")]
        whole = [tried for tried in counted if all(said == "same" for said in tried.backends.values())]
        if late:
            return replace(verdict, status="error", why=f"time limit: the port {late[0]}")
        if different:
            name, said = next(iter(different.items()))
            return replace(verdict, status="differs", why=f"on {name}: {said}")
        if not counted:  # `why` is what the search for inputs has said, if it came to its end
            return replace(verdict, status="not tried", why=verdict.why or NO_INPUT)
        if verdict.hops:
            return replace(verdict, status="differs", why=verdict.hops[0])
        if not telling:
            return replace(verdict, status="not tried", why="it returns nothing and changes nothing that can be seen")
        if len(whole) < ENOUGH:
            return replace(
                verdict, status="not tried", why=f"the original runs on {len(whole)} inputs, {ENOUGH} are needed"
            )
        if max(tried.size for tried in whole) < LARGE:
            return replace(
                verdict, status="not tried", why=f"the original runs on no input of {LARGE} elements or more"
            )
        if missing:
            return replace(verdict, status="not tried", why=f"{', '.join(missing)}: not installed")
        shapes = ", ".join(self.present)
        return replace(verdict, why=f"the same on {len(whole)} inputs, on {shapes}")


def _rounded(rng: Any, by: float, x: Any) -> Any:
    """Every element a little larger or smaller."""
    if not is_array(x) or x.dtype.kind not in "fc":
        return x
    return (x * (1 + by * rng.choice([-1.0, 1.0], x.shape))).astype(x.dtype)


def _tells(outcome: Outcome) -> bool:
    """Whether a call left anything to compare."""
    return outcome.result is not None or outcome.owner is not None or _changed(outcome)


def _after(outcome: Outcome) -> tuple[Any, ...]:
    return (*outcome.args, *outcome.kwargs.values())


def _changed(outcome: Outcome) -> bool:
    return any(not _identical(a, b) for a, b in zip(outcome.before, _after(outcome), strict=True))


def _identical(a: Any, b: Any) -> bool:
    """Whether two arguments are bit for bit the same; what has no arrays or lists in it cannot be written to."""
    np = numpy()
    if is_array(a) and is_array(b):
        x, y = np.asarray(on_host(a)), np.asarray(on_host(b))
        return x.shape == y.shape and x.dtype == y.dtype and (x.dtype.kind == "O" or x.tobytes() == y.tobytes())
    if one_of(a, list, tuple) and one_of(b, list, tuple):
        return len(a) == len(b) and all(_identical(x, y) for x, y in zip(a, b, strict=True))
    if one_of(a, dict) and one_of(b, dict):
        return list(a) == list(b) and all(_identical(a[key], b[key]) for key in a)
    return a is b or not isinstance(a, (int, float, complex, str)) or a == b or a != a


def _of_arguments(outcome: Outcome, found: Outcome, terms: Terms) -> str:
    """Whether the port changed its arguments otherwise than the original did."""
    now, then = _after(outcome), _after(found)
    for i, (a, b) in enumerate(zip(now, then, strict=True)):
        kept = _identical(outcome.before[i], a)
        untouched = _identical(found.before[i], b)
        if kept and not untouched:
            return f"changes its argument {i + 1}, the original does not"
        if not kept and untouched:
            return f"leaves its argument {i + 1} as it is, the original changes it"
        if not kept and (said := difference(a, b, terms, f"argument {i + 1} afterwards")):
            return said
    return ""


def _listed(x: Any) -> bool:
    return isinstance(x, list)


def _of_states(outcome: Outcome, found: Outcome, terms: Terms) -> str:
    """Whether the objects of a method are the same afterwards; attributes that cannot be compared are passed over."""
    ours, theirs = getattr(outcome.owner, "__dict__", {}), getattr(found.owner, "__dict__", {})
    if set(ours) != set(theirs):
        return f"the object has the attributes {sorted(theirs)} afterwards, the original's {sorted(ours)}"
    for name, value in ours.items():
        try:
            if said := difference(value, theirs[name], terms, f"self.{name} afterwards"):
                return said
        except IncomparableError:
            continue
    return ""
