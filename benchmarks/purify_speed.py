"""Claim: one core audits 5,000 unchanged files a second, and ports cost 10 %; goals: 200 new files, 60 rewritten.

python -m benchmarks.purify_speed [--step N] [--libraries numpy ...]      # every Nth file; all of them is what counts
"""

from __future__ import annotations

import argparse
import ast
import gc
import importlib.util
import io
import statistics
import sys
import tempfile
import time
import tokenize
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks import harness
from benchmarks.purify import cases, extract
from benchmarks.purify.case import call

LIBRARIES = ("numpy", "scipy", "sklearn")
BARS = {"audit, cold": (200.0, 400.0), "audit, warm": (5000.0, 15000.0), "rewrite": (60.0, 95.0)}
SLOWER_BAR, SLOWER_STRETCH = 1.10, 1.03
N = 10_000


def _long(n: int, low: float = 0.1) -> np.ndarray:
    return np.random.default_rng(7).uniform(low, 1.0, n)


# functions of one pass over long arrays: what is compared is the arithmetic and the dispatch, not a loop of Python
LONG: dict[str, Callable[[], Any]] = {
    "hann": lambda: call(N),
    "tukey": lambda: call(N),
    "gaussian_window": lambda: call(N, 100.0),
    "morlet": lambda: call(N),
    "chirp": lambda: call(_long(N), 1.0, 1.0, 6.0),
    "sawtooth": lambda: call(_long(N)),
    "gausspulse": lambda: call(_long(N), fc=5),
    "gmean": lambda: call(_long(N)),
    "zscore": lambda: call(_long(N)),
    "skew": lambda: call(_long(N)),
    "kurtosis": lambda: call(_long(N)),
    "entropy": lambda: call(_long(N)),
    "circmean": lambda: call(_long(N)),
    "logsumexp": lambda: call(_long(N)),
    "softmax": lambda: call(_long(N)),
    "log_softmax": lambda: call(_long(N)),
    "cumulative_trapezoid": lambda: call(_long(N)),
    "rosen": lambda: call(_long(N)),
    "rosen_der": lambda: call(_long(N)),
    "sqeuclidean": lambda: call(_long(N), _long(N)),
    "cosine": lambda: call(_long(N), _long(N)),
    "braycurtis": lambda: call(_long(N), _long(N)),
    "canberra": lambda: call(_long(N), _long(N)),
    "mean_squared_error": lambda: call(_long(N), _long(N) * 2),
    "mean_pinball_loss": lambda: call(_long(N), _long(N) * 2),
    "squared_norm": lambda: call(_long(N)),
    "gaussian_density": lambda: call(_long(N), 0.5, 2.0),
    "hz2mel": lambda: call(_long(N)),
    "preemphasis": lambda: call(_long(N), 0.9),
    "covariances_diag": lambda: call(
        *(_long(N).reshape(s) for s in ((1000, 10), (1000, 10))), _long(10), _long(100).reshape(10, 10), 0.1
    ),
}


def files(libraries: Sequence[str], step: int) -> list[Path]:
    """The Python files of the libraries, as they are installed here."""
    specs = [importlib.util.find_spec(name) for name in libraries]
    roots = [Path(spec.origin).parent for spec in specs if spec is not None and spec.origin is not None]
    return [path for root in roots for path in sorted(root.rglob("*.py"))][::step]


def spent(action: Callable[[], object]) -> float:
    """Seconds of CPU time."""
    gc.collect()
    start = time.process_time()
    action()
    return time.process_time() - start


def reading(chosen: list[Path], again: int) -> dict[str, float]:
    """Files a second, by what is done with them; the best of `again` runs, but for the cold audit, which has one."""
    from emberharmony.purify.audit import audit
    from emberharmony.purify.collector import waiting
    from emberharmony.purify.flow import Project
    from emberharmony.purify.rewrite import rewrite
    from emberharmony.purify.settings import Settings

    texts = [(path, path.read_text(encoding="utf-8")) for path in chosen]
    rates: dict[str, float] = {}

    def parse() -> None:
        for _, text in texts:
            ast.parse(text)

    def tokens() -> None:
        for _, text in texts:
            for _token in tokenize.generate_tokens(io.StringIO(text).readline):
                pass

    def port() -> None:
        with waiting():  # as the command does
            for path, text in texts:
                try:
                    rewrite(text, path, project=project)
                except Exception as error:  # whatever it is, the file is shown, and the rest is timed
                    failed.append(f"{path}: {type(error).__name__}: {str(error)[:100]}")
            project.forget()

    failed: list[str] = []
    project = Project(ported=True)  # one for all files, as the command has
    rates["ast.parse"] = len(texts) / min(spent(parse) for _ in range(again))
    rates["tokenize"] = len(texts) / min(spent(tokens) for _ in range(again))
    rates["rewrite"] = len(texts) / spent(port)
    for line in failed[:9]:
        sys.stdout.write(f"    rewrite raised: {line}\n")
    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings(Path(scratch))
        rates["audit, cold"] = len(texts) / spent(lambda: audit(chosen, settings, cached=True))
        rates["audit, warm"] = len(texts) / min(spent(lambda: audit(chosen, settings, cached=True)) for _ in range(3))
    return rates


def slower() -> dict[str, float]:
    """How many times the original's time a port takes on NumPy; the median over rounds that alternate."""
    from emberharmony import use_backend
    from emberharmony.purify.rewrite import rewrite

    ratios: dict[str, float] = {}
    for name, build in LONG.items():
        case = cases.every()[name]
        text = extract.before(case)
        ported = rewrite(text, Path(f"{name}.py")).text
        if ported == text:
            sys.stdout.write(f"    {name} is not ported\n")
            continue
        original, port = _module(name, text), _module(f"{name}_port", ported)
        given = build()
        with use_backend("numpy"):
            try:
                times = harness.measure(
                    {
                        "original": partial(getattr(original, case.function), *given.args, **given.kwargs),
                        "port": partial(getattr(port, case.function), *given.args, **given.kwargs),
                    },
                    rounds=15,
                    clock=time.process_time,
                )
            except Exception as error:  # a port that does not run is purify_ports's to judge
                sys.stdout.write(f"    {name} does not run: {type(error).__name__}: {str(error)[:100]}\n")
                continue
        ratios[name] = times["port"].seconds / times["original"].seconds
    return ratios


def _module(name: str, text: str) -> ModuleType:
    module = ModuleType(f"speed_{name}")
    sys.modules[module.__name__] = module
    exec(compile(text, name, "exec"), vars(module))
    return module


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--libraries", nargs="*", default=list(LIBRARIES))
    parser.add_argument("--ports-only", action="store_true")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    missed, rates = 0, dict[str, float]()
    if not given.ports_only:
        chosen = files(given.libraries, given.step)
        rates = reading(chosen, again=3)
        sys.stdout.write(f"{len(chosen)} files, CPU time, one process\n")
        for name, rate in rates.items():
            bar = BARS.get(name)
            shown = f"   bar {bar[0]:.0f}, stretch {bar[1]:.0f}  {'met' if rate >= bar[0] else 'MISSED'}" if bar else ""
            missed += bool(bar and rate < bar[0])
            sys.stdout.write(
                f"  {name:<16}{rate:>10.0f} files/s   {rates['ast.parse'] / max(rate, 1):>6.2f} x ast.parse{shown}\n"
            )
    ratios = slower()
    for name, ratio in sorted(ratios.items(), key=lambda item: -item[1]):
        sys.stdout.write(f"  {name:<24}{ratio:>6.2f} x the original's time\n")
    median = statistics.median(ratios.values())
    missed += median > SLOWER_BAR
    sys.stdout.write(
        f"ports on NumPy at {N} elements: median {median:.3f} x, worst {max(ratios.values()):.2f} x; "
        f"bar {SLOWER_BAR}, stretch {SLOWER_STRETCH}  {'met' if median <= SLOWER_BAR else 'MISSED'}\n"
    )
    harness.save({"claim": __doc__, "files per second": rates, "slower": ratios, "median": median}, __file__)
    return int(missed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
