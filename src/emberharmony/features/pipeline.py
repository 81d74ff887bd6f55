"""A pipeline of steps, and its fit: as few passes over the train rows as the steps' dependencies allow."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from emberharmony.errors import ArgumentError
from emberharmony.features import state
from emberharmony.features.errors import LeakageError, NotFittedError, SchemaError
from emberharmony.features.resources import Resources
from emberharmony.features.statistics import Answer, Fit, Question
from emberharmony.features.transforms.columns import Keep
from emberharmony.features.transforms.frame import LEARNT, ROW, SPLIT, Column, Frame
from emberharmony.features.transforms.step import Constants, Step, check_columns

if TYPE_CHECKING:
    from emberharmony.features.fitted import FittedPipeline
    from emberharmony.features.flow.progress import Event
    from emberharmony.features.sources.source import Source, Stream
    from emberharmony.features.splits import Split

FITTED = frozenset({"stream", "write", "to_tensors", "transform_row", "explain", "save", "feature_names"})

T = TypeVar("T")
Pass = Callable[[Sequence[tuple[Frame, Sequence[Question]]]], list[Sequence[Answer]]]
"""Puts questions to the rows: for each frame its answers, in the order of the questions."""


class Pipeline:
    """Steps in order; each sees the columns as the steps before it left them.

    `target` names the column to predict: no step may read it except through a `target=` of its own. `index` names
    columns that are carried along, such as the entity's key, and are no features: a model does not see them.

    >>> import pyarrow as pa
    >>> from emberharmony import features as ef
    >>> source = ef.from_arrow(pa.table({"x": [1.0, None, 3.0], "kind": ["a", "b", "a"]}))
    >>> fitted = ef.Pipeline([ef.Impute(["x"], strategy="mean"), ef.OneHot(["kind"])]).fit(source)
    >>> fitted.transform_row({"x": None, "kind": "b"})
    {'x': 2.0, 'kind=a': 0, 'kind=b': 1, 'kind:other': 0}
    """

    def __init__(self, steps: Sequence[Step], *, target: str | None = None, index: Sequence[str] = ()) -> None:
        if isinstance(steps, Step):
            raise ArgumentError(
                f"Pipeline got a {type(steps).__name__}", expected="a list of steps", mend="ef.Pipeline([...])"
            )
        for place, step in enumerate(steps):
            if not isinstance(step, Step) or isinstance(step, type):
                raise ArgumentError(
                    f"step {place} of the pipeline is {step.__name__ if isinstance(step, type) else repr(step)}",
                    expected="transforms of emberharmony.features: reads(), fit(frame), apply(frame, constants)",
                    mend="ef.Pipeline([ef.Impute(['x']), ef.StandardScale(['x'])])",
                )
            check_columns(step)
            given, touched = getattr(step, "target", None), {*step.reads(), *getattr(step, "makes", ())}
            if target is not None and target != given and target in touched and not isinstance(step, Keep):
                raise LeakageError(
                    f"step {place}, {type(step).__name__}, would use the target {target!r}",
                    expected="steps that leave the target alone: a model would see the answer",
                    mend=f"take {target!r} out of step {place}",
                )
        self.steps = tuple(steps)
        self.target = target
        self.index = tuple(index)
        self.entity = _entity(self.steps)

    def __getattr__(self, name: str) -> Any:
        if name in FITTED:
            raise NotFittedError(
                f"Pipeline has no {name!r}: it has not learnt anything yet",
                expected="the result of fit",
                mend=f"pipeline.fit(source, split=...).{name}",
            )
        raise AttributeError(f"'Pipeline' object has no attribute {name!r}")

    @property
    def definition(self) -> dict[str, Any]:
        """Steps, target and index, JSON-able."""
        steps = [state.definition(step) for step in self.steps]
        return {"steps": steps, "target": self.target, "index": list(self.index)}

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

        The result has the same bits for any order of the rows, number of `workers` and amount of `memory`. What has
        to be written first, a CSV or another stream as Parquet, or rows by entity and time for steps that look back,
        lies in the folder `stage`, where `stream` and `write` find it; without one in a temporary folder.
        """
        from emberharmony.features.fitted import FittedPipeline
        from emberharmony.features.prepare import prepared
        from emberharmony.features.splits import SPLIT_COLUMN
        from emberharmony.features.splits import Split as AnySplit

        if split is not None and not isinstance(split, AnySplit):
            raise ArgumentError(
                f"fit got split={split!r}",
                expected="HashSplit, StratifiedSplit or TimeSplit",
                mend=f"ef.HashSplit({split!r})"
                if isinstance(split, str)
                else "ef.HashSplit('id', train=.8, val=.1, test=.1)",
            )
        readable = prepared(source, self.entity, stage, workers=workers, memory=memory, progress=progress)
        plan = readable.plan()
        if self.target is not None and self.target not in plan.schema.names:
            from emberharmony.features.transforms.frame import missing_column

            raise missing_column(self.target, plan.schema.names)
        stays = SPLIT_COLUMN in plan.schema.names and not any(
            isinstance(step, Keep) or SPLIT_COLUMN in step.reads() for step in self.steps
        )
        if split is not None and stays:  # told before the passes, not after them
            raise SchemaError(
                f"the source has a column {SPLIT_COLUMN!r}, as the side of each row is called in the features",
                expected="a name of its own for it",
                mend=f"ef.Drop([{SPLIT_COLUMN!r}]) or ef.Rename({{{SPLIT_COLUMN!r}: 'side'}}) as the first step",
            )
        resources = Resources.of(workers, memory)
        ask = passes_over(readable, resources, progress)
        frame, of_split = Frame.over(plan.schema, self.entity), {}
        if split is not None:
            of_split = answer(frame, split.fit(frame), ask)
            frame = with_split(frame, split, of_split)
        constants = fit_steps(frame, self.steps, ask)
        schema = plan.schema if self.entity is None else plan.schema.remove(plan.schema.get_field_index(ROW))
        return FittedPipeline(self, schema, split, of_split, constants)


def _entity(steps: Sequence[Step]) -> tuple[str, str] | None:
    """The entity and order that all steps share which look back in time."""
    found = {(step.by, step.order) for step in steps if hasattr(step, "looks_back")}  # type: ignore[attr-defined]
    if len(found) > 1:
        raise ArgumentError(
            f"steps look back along {' and '.join(map(repr, sorted(found)))}",
            expected="one entity and one order for all steps of a pipeline",
            mend="two pipelines, the second over what the first wrote",
        )
    return found.pop() if found else None


def with_split(frame: Frame, split: Split, constants: Constants) -> Frame:
    """With hidden columns that say on which side a row lies, and whether it is that of train."""
    side, train = split.assign(frame, constants), split.train_rows(frame, constants)
    return frame.put({SPLIT: Column(side, ()), LEARNT: Column(train, ())})


def answer(frame: Frame, fit: Fit[T], ask: Pass) -> T:
    """Put the questions of one statistic until it has its result."""
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
        except OverflowError as error:
            raise SchemaError(
                f"{type(steps[i]).__name__} cannot learn from {', '.join(map(repr, steps[i].reads()))}: their values, "
                "or products of them, go beyond what a float64 can hold",
                expected="finite values of a size whose square is finite",
                mend="ef.Finite, ef.Clip or a scaling before it",
            ) from error

    def begin() -> None:
        """Start every step whose columns are known by now."""
        nonlocal start, settled
        frame, waiting, blocked = start, False, set[str]()
        for i, step in enumerate(steps[settled:], settled):
            reads = step.reads()
            unknown = waiting and any(name not in frame.columns for name in reads)  # a waiting step may make it
            ready = not unknown and not blocked.intersection(reads)
            if ready and done[i] is None and i not in running:
                go_on(i, frame, step.fit(frame), None)
            constants = done[i]
            if ready and constants is not None:
                try:
                    frame = step.apply(frame, constants)
                except SchemaError:
                    if not waiting:
                        raise
                    ready = False  # a waiting step may make room for what it makes
            if not ready or constants is None:
                blocked.update(reads, getattr(step, "makes", ()))
                waiting = True
            elif not waiting:  # nothing before it can change any more
                start, settled = frame, i + 1

    settled = 0
    begin()
    while running:
        asked = sorted(running.items())
        answers = ask([(run.frame, run.questions) for _, run in asked])
        for (i, run), found in zip(asked, answers, strict=True):
            go_on(i, run.frame, run.fit, found)
        if len(running) < len(asked):
            begin()
    assert all(constants is not None for constants in done)
    return [constants for constants in done if constants is not None]


def passes_over(source: Source, resources: Resources, progress: Callable[[Event], None] | None = None) -> Pass:
    """Passes over the train rows of a source: each worker reads shards as they come and keeps a ledger of its own."""
    from emberharmony.features.engines.duckdb import Crew
    from emberharmony.features.engines.ledger import Ledger, Survey, merged
    from emberharmony.features.flow.gate import Gate
    from emberharmony.features.flow.parallel import as_done
    from emberharmony.features.flow.progress import Progress

    plan = source.plan()
    gate = Gate(resources.memory)
    passes = 0

    def ask(asked: Sequence[tuple[Frame, Sequence[Question]]]) -> list[Sequence[Answer]]:
        nonlocal passes
        passes += 1
        shards = iter(plan.shards)
        taking, stopped = threading.Lock(), threading.Event()
        bar = Progress(plan.rows, progress, stage=f"fit, pass {passes}", peak_memory=lambda: gate.monitor.peak)
        groups: list[list[int]] = []  # frames that share their relation are asked together
        for i, (frame, _) in enumerate(asked):
            for group in groups:
                known = asked[group[0]][0]
                if known.relation.equals(frame.relation) and known.tables == frame.tables:
                    group.append(i)
                    break
            else:
                groups.append([i])
        surveys = [
            Survey(frame.relation, [question for i in group for question in asked[i][1]], frame.train)
            for group in groups
            for frame in (asked[group[0]][0],)
        ]

        def work(_: int) -> list[list[Answer]]:
            worker = crew.worker()
            for group in groups:
                worker.register(asked[group[0]][0].tables)
            ledgers = [Ledger(worker, survey) for survey in surveys]
            while not stopped.is_set():
                with taking:
                    shard = next(shards, None)
                if shard is None:
                    break
                with gate.admitted():
                    worker.see(source.scan(shard), plan.schema)
                    for ledger in ledgers:
                        ledger.add()
                with taking:
                    bar.add(shard.rows)
            return [ledger.answers() for ledger in ledgers]

        with bar, Crew(resources) as crew:
            hands = range(resources.workers_for(len(plan.shards)))
            done = as_done(work, hands, workers=len(hands), stop=stopped, halt=crew.interrupt)
            parts = [part for _, part in done]
        results: list[Sequence[Answer]] = [()] * len(asked)
        for g, (group, survey) in enumerate(zip(groups, surveys, strict=True)):
            answers = iter(merged(what, [part[g][q] for part in parts]) for q, what in enumerate(survey.asked))
            for i in group:
                results[i] = [next(answers) for _ in asked[i][1]]
        return results

    return ask
