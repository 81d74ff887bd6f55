"""A pipeline of steps, and its fit: as few passes over the train rows as the steps' dependencies allow."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emberharmony.errors import ArgumentError
from emberharmony.features.resources import Resources
from emberharmony.features.statistics import Answer, Fit, Question
from emberharmony.features.transforms.frame import SPLIT, Column, Frame
from emberharmony.features.transforms.step import Constants, Step

if TYPE_CHECKING:
    from emberharmony.features.fitted import FittedPipeline
    from emberharmony.features.flow.progress import Event
    from emberharmony.features.sources.source import Source, Stream
    from emberharmony.features.splits import Split

Pass = Callable[[Sequence[tuple[Frame, Sequence[Question]]]], list[Sequence[Answer]]]
"""Puts questions to the rows: for each frame its answers, in the order of the questions."""


class Pipeline:
    """Steps in order; each sees the columns as the steps before it left them.

    `target` names the column to predict: no step may touch it except through a `target=` of its own.

    >>> import pyarrow as pa
    >>> from emberharmony import features as ef
    >>> source = ef.from_arrow(pa.table({"x": [1.0, None, 3.0], "kind": ["a", "b", "a"]}))
    >>> fitted = ef.Pipeline([ef.Impute(["x"], strategy="mean"), ef.OneHot(["kind"])]).fit(source)
    >>> fitted.transform_row({"x": None, "kind": "b"})
    {'x': 2.0, 'kind=a': 0, 'kind=b': 1, 'kind=other': 0}
    """

    def __init__(self, steps: Sequence[Step], *, target: str | None = None) -> None:
        for place, step in enumerate(steps):
            if not isinstance(step, Step):
                raise ArgumentError(
                    f"step {place} of the pipeline is a {type(step).__name__}",
                    expected="transforms of emberharmony.features: reads(), fit(frame), apply(frame, constants)",
                    mend="ef.Pipeline([ef.Impute(['x']), ef.StandardScale(['x'])])",
                )
            if isinstance(columns := getattr(step, "columns", None), str):
                raise ArgumentError(
                    f"{type(step).__name__} got columns={columns!r}",
                    expected="a list of names",
                    mend=f"ef.{type(step).__name__}([{columns!r}], ...)",
                )
            if target is not None and target in (getattr(step, "columns", None) or ()):
                raise ArgumentError(
                    f"{type(step).__name__} would transform the target {target!r}",
                    expected="steps that leave the target alone",
                    mend=f"take {target!r} out of the columns of step {place}",
                )
        self.steps = tuple(steps)
        self.target = target

    def fit(
        self,
        source: Source | Stream,
        split: Split | None = None,
        *,
        stage: str | Path | None = None,
        workers: int | None = None,
        memory: str | int | None = None,
        progress: Callable[[Event], None] | None = None,
    ) -> FittedPipeline:
        """Learn the constants from the train rows of `source` (from all rows if there is no `split`).

        The result has the same bits for any order of the rows, number of `workers` and amount of `memory`. A CSV or
        another stream is staged as Parquet in the folder `stage` first (a temporary one by default).
        """
        from emberharmony.features.fitted import FittedPipeline
        from emberharmony.features.sources import frozen

        readable = frozen(source, stage)
        plan = readable.plan()
        if self.target is not None and self.target not in plan.schema.names:
            from emberharmony.features.transforms.frame import missing_column

            raise missing_column(self.target, plan.schema.names)
        resources = Resources.of(workers, memory)
        ask = _asker(readable, resources, progress)
        frame, of_split = Frame.over(plan.schema), {}
        if split is not None:
            of_split = _split(frame, split, ask)
            frame = with_split(frame, split, of_split)
        constants = fit_steps(frame, self.steps, ask)
        return FittedPipeline(self, plan.schema, split, of_split, constants)


def with_split(frame: Frame, split: Split, constants: Constants) -> Frame:
    """With a hidden column that says on which side a row lies."""
    return frame.put({SPLIT: Column(split.assign(frame, constants), ())})


def _split(frame: Frame, split: Split, ask: Pass) -> Constants:
    fit = split.fit(frame)
    try:
        questions = next(fit)
        while True:
            (answers,) = ask([(frame, questions)])
            questions = fit.send(answers)
    except StopIteration as end:
        return end.value


@dataclass
class _Running:
    frame: Frame
    fit: Fit[Constants]
    questions: Sequence[Question]


def fit_steps(start: Frame, steps: Sequence[Step], ask: Pass) -> list[Constants]:
    """The constants of every step: steps that do not wait for one another share each pass."""
    done: list[Constants | None] = [None] * len(steps)
    running: dict[int, _Running] = {}

    def go_on(i: int, frame: Frame, fit: Fit[Constants], answers: Sequence[Answer] | None) -> None:
        try:
            questions = next(fit) if answers is None else fit.send(answers)
            running[i] = _Running(frame, fit, questions)
        except StopIteration as end:
            running.pop(i, None)
            done[i] = end.value

    while True:
        frame, waiting, blocked = start, False, set[str]()
        for i, step in enumerate(steps):
            reads = step.reads()
            unknown = waiting and any(name not in frame.columns for name in reads)  # a waiting step may make it
            ready = not unknown and not blocked.intersection(reads)
            if ready and done[i] is None and i not in running:
                go_on(i, frame, step.fit(frame), None)
            constants = done[i]
            if ready and constants is not None:
                frame = step.apply(frame, constants)
            else:
                blocked.update(reads)
                waiting = True
        if not running:
            break
        asked = sorted(running.items())
        answers = ask([(run.frame, run.questions) for _, run in asked])
        for (i, run), found in zip(asked, answers, strict=True):
            go_on(i, run.frame, run.fit, found)
    assert all(constants is not None for constants in done)
    return [constants for constants in done if constants is not None]


def _asker(source: Source, resources: Resources, progress: Callable[[Event], None] | None) -> Pass:
    """Passes over the train rows of a source: each worker reads shards as they come and keeps a ledger of its own."""
    from emberharmony.features.engines.duckdb import DuckDBWorker, Ledger, merged
    from emberharmony.features.flow.parallel import as_done
    from emberharmony.features.flow.progress import Progress

    plan = source.plan()
    passes = 0

    def ask(asked: Sequence[tuple[Frame, Sequence[Question]]]) -> list[Sequence[Answer]]:
        nonlocal passes
        passes += 1
        shards = iter(plan.shards)
        taking, failed = threading.Lock(), threading.Event()
        bar = Progress(plan.rows, progress or silent, stage=f"fit, pass {passes}")
        groups: list[list[int]] = []  # frames that share their relation are asked together
        for i, (frame, _) in enumerate(asked):
            for group in groups:
                known = asked[group[0]][0]
                if known.relation.equals(frame.relation) and known.tables == frame.tables:
                    group.append(i)
                    break
            else:
                groups.append([i])
        flat = [[question for i in group for question in asked[i][1]] for group in groups]

        def work(_: int) -> tuple[list[list[Answer]], list[Any]]:
            with DuckDBWorker(memory=resources.engine_memory, spill=resources.spill) as worker:
                ledgers: list[Ledger] = []
                for group, questions in zip(groups, flat, strict=True):
                    frame = asked[group[0]][0]
                    worker.register(frame.tables)
                    ledgers.append(Ledger(worker, frame.relation, questions, frame.train))
                try:
                    while not failed.is_set():
                        with taking:
                            shard = next(shards, None)
                        if shard is None:
                            break
                        worker.see(source.scan(shard), plan.schema)
                        for ledger in ledgers:
                            ledger.add()
                        with taking:
                            bar.add(shard.rows)
                except BaseException:
                    failed.set()
                    raise
                return [ledger.answers() for ledger in ledgers], [ledger.asked for ledger in ledgers]

        with bar:
            crew = range(resources.workers_for(len(plan.shards)))
            parts = [part for _, part in as_done(work, crew, workers=len(crew))]
        results: list[Sequence[Answer]] = [()] * len(asked)
        for g, group in enumerate(groups):
            answers = [merged(parts[0][1][g][q], [part[0][g][q] for part in parts]) for q in range(len(flat[g]))]
            start = 0
            for i in group:
                results[i] = answers[start : start + len(asked[i][1])]
                start += len(asked[i][1])
        return results

    return ask


def silent(_: Event) -> None:
    """Nobody watches."""
