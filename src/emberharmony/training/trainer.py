"""The loop: batches, gradients, steps, scores. What is trained, on what and for what is the caller's."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence, Sized
from dataclasses import dataclass, replace
from typing import Any, Literal

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.ops import random
from emberharmony.pytree import tree_flatten, tree_leaves, tree_unflatten
from emberharmony.training import run as runs
from emberharmony.training.batches import Data, opened, rows_of, takes
from emberharmony.training.callbacks import Callback, Event
from emberharmony.training.checkpoint import Checkpoints
from emberharmony.training.errors import NonFiniteError, RunError
from emberharmony.training.metrics import Metric
from emberharmony.training.optimizers import Optimizer, clip_norm
from emberharmony.training.run import Record, Run
from emberharmony.training.vectors import norm_of
from emberharmony.training.windows import windows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike

    from emberharmony.training.schedules import Plateau

__all__ = ["Trainer"]

Measure = Callable[[Any, Any], Mapping[str, Metric]]


@dataclass(frozen=True)
class Plan:
    """The arguments of one call of `fit`."""

    train: Data
    validation: Data | None
    epochs: int
    monitor: str
    patience: int | None
    plateau: Plateau | None
    every: int | None
    store: Checkpoints | None
    settings: dict[str, Any]


class Trainer:
    """Trains a model, which is any tree of arrays, on any backend.

    - `loss(model, batch)` gives one real number. If it has a parameter `key`, that is the key of the step, for dropout
      and noise, and None where nothing is trained.
    - `metrics(model, batch)` gives the metrics of a batch by name, `{"mae": MAE().update(batch["y"], model(batch))}`;
      they are merged over a data set.
    - `clip_norm`: the largest norm of a gradient. `project(model)`: the model after each step brought back to where it
      has to be, such as `nn.LTC.projected`.
    - `tbptt`: sequences are cut into windows of so many steps and the model is changed after each. Then the loss is
      `loss(model, window, state)`, gives the number and the state after the window, and gets None as the first state.
    - `callbacks` are told of each `Event`.

    Everything that is random follows from `seed` and, for the order of batches, from their own key. `model` is the
    model as it is now: in a run that an error ends, the last one before the batch that failed.

    >>> x = ops.asarray([[0.0], [1.0], [2.0], [3.0]])
    >>> data = Batches({"x": x, "y": 2.0 * x + 1.0}, 2, key=ops.random.key(0))
    >>> model = {"w": ops.zeros((1, 1)), "b": ops.zeros(1)}
    >>> trainer = Trainer(model, lambda m, batch: mse(batch["x"] @ m["w"] + m["b"], batch["y"]), Adam(0.1))
    >>> history = trainer.fit(data, epochs=100)
    >>> history[-1]["loss"] < 0.05 < history[0]["loss"]
    True
    """

    def __init__(
        self,
        model: Any,
        loss: Callable[..., Any],
        optimizer: Optimizer,
        *,
        metrics: Measure | None = None,
        clip_norm: float | None = None,
        tbptt: int | None = None,
        project: Callable[[Any], Any] | None = None,
        seed: int = 0,
        callbacks: Sequence[Callback] = (),
    ) -> None:
        if clip_norm is not None and not clip_norm > 0:
            raise ArgumentError(f"Trainer got clip_norm={clip_norm!r}", expected="a number above 0, or None")
        if tbptt is not None and tbptt < 1:
            raise ArgumentError(f"Trainer got tbptt={tbptt!r}", expected="a number of steps from 1 on, or None")
        self.model = model
        self._loss = loss
        self._optimizer = optimizer
        self._metrics = metrics
        self._clip_norm = clip_norm
        self._tbptt = tbptt
        self._project = project
        self._seed = seed
        self._key = random.split(random.key(seed))[0]  # not the key that a user of the same seed shuffles with
        self._callbacks = [*callbacks]
        self._keyed = takes(loss, "key")
        self._value_and_grad = ops.value_and_grad(self._value, has_aux=True)

    # -- fit --

    def fit(
        self,
        train: Data,
        validation: Data | None = None,
        *,
        epochs: int,
        monitor: str = "loss",
        patience: int | None = None,
        plateau: Plateau | None = None,
        checkpoint: str | PathLike[str] | None = None,
        every: int | None = None,
    ) -> list[Record]:
        """Train until `epochs` are finished, and give back what each of them came to.

        `train` and `validation` are `Batches`, a list of batches, or a function of the number of the epoch, from 0,
        that gives batches. A record has "epoch", "step", "loss", the mean over the epoch while the model changed, and
        "validation_loss" with "validation_" and the name for each metric. Losses are weighted by the items of a batch.

        `monitor` is the loss or a metric of the validation (the training loss where there is none). With `patience` the
        run stops after so many epochs that were not better, and `model` is the best one at the end, whatever ended it.
        `plateau` lowers the rate where the monitored score stays.

        `checkpoint` is a folder: the run is kept there after every epoch, every `every` steps, on Ctrl-C and when a
        callback asks for a stop, and a call that finds one there goes on from it. What comes out is what the run would
        have given that nobody stopped, to the last bit.
        """
        if epochs < 0 or (patience is not None and patience < 1) or (every is not None and every < 1):
            raise ArgumentError(
                f"fit got {epochs=}, {patience=}, {every=}", expected="epochs from 0, patience and every from 1 on"
            )
        if every is not None and checkpoint is None:
            raise ArgumentError(f"fit got every={every} and no checkpoint", expected="a folder to write to")
        if monitor != "loss" and (validation is None or self._metrics is None):
            raise ArgumentError(
                f"fit got monitor={monitor!r} and no {'validation' if validation is None else 'metrics'}",
                expected='"loss", or a metric that Trainer(metrics=...) makes of the validation data',
            )
        settings = self._settings(train, monitor, plateau)
        store = None if checkpoint is None else Checkpoints(checkpoint)
        plan = Plan(train, validation, epochs, monitor, patience, plateau, every, store, settings)
        run = Run(self.model, self._optimizer.init(self.model), plateau=plateau.init() if plateau else None)
        if store is not None:
            run = runs.load(run, settings, store)
        return self._finished(plan, self._trained(plan, run))

    def _settings(self, train: Data, monitor: str, plateau: Plateau | None) -> dict[str, Any]:
        settings = {
            "optimizer": runs.described(self._optimizer),
            "clip_norm": self._clip_norm,
            "tbptt": self._tbptt,
            "seed": self._seed,
            "monitor": monitor,
            "plateau": runs.described(plateau),
            "data": getattr(train, "order", None),
        }
        as_a_file_gives_them_back: dict[str, Any] = json.loads(json.dumps(settings))
        return as_a_file_gives_them_back

    def _trained(self, plan: Plan, run: Run) -> Run:
        self.model = run.model
        self._tell("start", plan, run, math.nan)
        try:
            while run.epoch < plan.epochs and not self._is_over(plan, run):
                batches, position = opened(plan.train, run.epoch, run.batch, run.position)
                for batch in batches:
                    before = run.step
                    run, loss = self._after_batch(plan, run, batch, position())
                    self.model = run.model
                    stop = self._tell("step", plan, run, loss)
                    if stop or (plan.every is not None and run.step // plan.every > before // plan.every):
                        self._keep(plan, run)
                    if stop:
                        return run
                run = self._after_epoch(plan, run)
                self._keep(plan, run)
                if self._tell("epoch", plan, run, math.nan):
                    return run
        except KeyboardInterrupt:
            self.model = run.model
            self._keep(plan, run)
            raise
        return run

    def _finished(self, plan: Plan, run: Run) -> list[Record]:
        if plan.patience is not None and run.best is not None:
            self.model = run.best
        self._tell("end", plan, run, math.nan)
        return [dict(record) for record in run.history]

    def _is_over(self, plan: Plan, run: Run) -> bool:
        return plan.patience is not None and run.waited >= plan.patience

    def _keep(self, plan: Plan, run: Run) -> None:
        if plan.store is not None:
            runs.save(run, plan.settings, plan.store)

    # -- a batch --

    def _after_batch(self, plan: Plan, run: Run, batch: Any, position: Any) -> tuple[Run, float]:
        scale = plan.plateau.scale(run.plateau) if plan.plateau and run.plateau else 1.0
        model, state, step, total, weight = run.model, run.state, run.step, run.total, run.weight
        rows, carried, loss = rows_of(batch), None, math.nan
        for window, share in windows(batch, self._tbptt):
            key = random.fold_in(self._key, step)
            (value, carried), gradients = self._value_and_grad(model, window, carried, key)
            loss, norm = float(ops.item(value)), norm_of(gradients)
            size = float(ops.item(norm))
            if not (math.isfinite(loss) and math.isfinite(size)):
                raise _not_finite(loss, size, run, step)
            if self._clip_norm is not None and size > self._clip_norm:
                gradients, _ = clip_norm(gradients, self._clip_norm)
            model, state = self._optimizer.step(gradients, state, model, scale)
            if self._project is not None:
                model = self._project(model)
            _computed((model, state, carried))
            step, total, weight = step + 1, total + loss * rows * share, weight + rows * share
        done = replace(run, model=model, state=state, step=step, batch=run.batch + 1, position=position)
        return replace(done, total=total, weight=weight), loss

    def _value(self, model: Any, batch: Any, carried: Any, key: random.Key | None) -> tuple[Any, Any]:
        named = {"key": key} if self._keyed else {}
        if self._tbptt is None:
            return self._loss(model, batch, **named), None
        answer: Any = self._loss(model, batch, carried, **named)
        if answer.__class__ is not tuple or len(answer) != 2:
            raise ArgumentError(
                f"with tbptt={self._tbptt} the loss gave {type(answer).__name__}", expected="(value, state)"
            )
        return answer

    # -- an epoch --

    def _after_epoch(self, plan: Plan, run: Run) -> Run:
        if not run.weight:
            raise RunError(
                f"the training data gave no item in epoch {run.epoch + 1}",
                expected="batches in each epoch",
                mend="a function of the epoch that opens them: an iterator is empty after the first",
            )
        record: Record = {"epoch": run.epoch + 1, "step": run.step, "loss": run.total / run.weight}
        better_if_larger = False
        if plan.validation is not None:
            losses, metrics = self._looked(plan.validation, self._metrics)
            record["validation_loss"] = losses
            record |= {f"validation_{name}": metric.value for name, metric in metrics.items()}
            if plan.monitor != "loss":
                if plan.monitor not in metrics:
                    raise ArgumentError(
                        f"fit got monitor={plan.monitor!r}", expected=f"loss, {', '.join(metrics)}: what metrics= makes"
                    )
                better_if_larger = metrics[plan.monitor].larger_is_better
        run = replace(run, epoch=run.epoch + 1, batch=0, position=None, total=0.0, weight=0.0)
        run = replace(run, history=(*run.history, record))
        if plan.patience is None and plan.plateau is None:
            return run
        name = plan.monitor if plan.validation is None else f"validation_{plan.monitor}"
        return self._scored(plan, run, name, record[name], "max" if better_if_larger else "min")

    def _scored(self, plan: Plan, run: Run, name: str, score: float, mode: Literal["min", "max"]) -> Run:
        if math.isnan(score):
            raise NonFiniteError(
                f"{name} is nan after epoch {run.epoch}, and the run is steered by it",
                expected="a number",
                mend='monitor="loss", or validation data in which it is defined',
            )
        if plan.plateau is not None and run.plateau is not None:
            if plan.plateau.mode != mode:
                raise ArgumentError(
                    f"Plateau has mode={plan.plateau.mode!r} and the run is steered by {name}",
                    expected=f"mode={mode!r}: the {'larger' if mode == 'max' else 'smaller'} is the better one",
                )
            run = replace(run, plateau=plan.plateau.observe(run.plateau, score))
        if plan.patience is None:
            return run
        if run.score is None or (score > run.score if mode == "max" else score < run.score):
            return replace(run, best=run.model, score=score, waited=0)
        return replace(run, waited=run.waited + 1)

    # -- looking --

    def evaluate(self, data: Data, metrics: Measure | None = None) -> Record:
        """The loss over a data set, the mean weighted by items, and the metrics: those of the trainer, or others.

        >>> trainer = Trainer(ops.asarray(2.0), lambda w, x: mse(w * x, x), SGD(0.1))
        >>> trainer.evaluate([ops.asarray([1.0, 2.0])], lambda w, x: {"mae": MAE().update(x, w * x)})
        {'loss': 2.5, 'mae': 1.5}
        """
        loss, found = self._looked(data, metrics or self._metrics)
        return {"loss": loss} | {name: metric.value for name, metric in found.items()}

    def _looked(self, data: Data, metrics: Measure | None) -> tuple[float, dict[str, Metric]]:
        total = weight = 0.0
        merged: dict[str, Metric] = {}
        for batch in opened(data, 0, 0, None)[0]:
            rows, carried = rows_of(batch), None
            for window, share in windows(batch, self._tbptt):
                value, carried = self._value(self.model, window, carried, None)
                total, weight = total + float(ops.item(value)) * rows * share, weight + rows * share
            found: Mapping[str, Metric] = metrics(self.model, batch) if metrics else {}
            for name, metric in found.items():
                merged[name] = merged[name].merge(metric) if name in merged else metric
        if not weight:
            raise RunError("the data to look at gave no batch", expected="at least one", mend="a list, not an iterator")
        return total / weight, merged

    def predict(self, data: Data, forward: Callable[[Any, Any], Any]) -> Any:
        """`forward(model, batch)` for each batch, joined along the first axis: an array, or a tree of them.

        >>> trainer = Trainer(ops.asarray(2.0), lambda w, x: mse(w * x, x), SGD(0.1))
        >>> trainer.predict([ops.asarray([1.0, 2.0]), ops.asarray([3.0])], lambda w, x: w * x).tolist()
        [2.0, 4.0, 6.0]
        """
        columns: list[list[Any]] = []
        structure: Any = None
        for batch in opened(data, 0, 0, None)[0]:
            leaves, structure = tree_flatten(forward(self.model, batch))
            columns.append([ops.stop_gradient(y) for y in leaves])
            _computed(columns[-1])
        if not columns:
            raise RunError("the data to predict from gave no batch", expected="at least one")
        joined: list[Any] = []
        for parts in zip(*columns, strict=True):
            rests = {tuple(x.shape[1:]) for x in parts}
            if len(rests) > 1:
                raise ShapeError(
                    f"predict got outputs of shapes {', '.join(str(('B', *rest)) for rest in sorted(rests))}",
                    expected="the same shape behind the first axis: sequences are as long as the longest of a batch",
                    mend="[forward(trainer.model, batch) for batch in data]",
                )
            joined.append(ops.concat([*parts]))
        return tree_unflatten(structure, joined)

    # -- events --

    def _tell(self, kind: Literal["start", "step", "epoch", "end"], plan: Plan, run: Run, loss: float) -> bool:
        """Tell the callbacks; whether one of them asks for a stop."""
        if not self._callbacks:
            return False
        record = run.history[-1] if run.history else {}
        batches = len(plan.train) if isinstance(plan.train, Sized) else None
        epoch = run.epoch + (kind == "step")
        event = Event(kind, epoch, plan.epochs, run.batch, batches, run.step, loss, dict(record), self.model)
        answers = [callback(event) for callback in self._callbacks]
        return any(answer is True for answer in answers)


def _computed(tree: Any) -> None:
    """Have the arrays of a tree computed now: a library that waits would keep all that leads to them."""
    for x in tree_leaves(tree):
        if registry.is_array(x):
            ops.synchronize(x)


def _not_finite(loss: float, norm: float, run: Run, step: int) -> NonFiniteError:
    what = f"the loss is {loss}" if not math.isfinite(loss) else f"the norm of the gradient is {norm}, the loss {loss}"
    return NonFiniteError(
        f"{what} in step {step}: epoch {run.epoch + 1}, batch {run.batch + 1}",
        expected="finite numbers; trainer.model is still the one before this batch",
        mend="a smaller rate, clip_norm=1.0, or a look for nan and inf in that batch",
    )
