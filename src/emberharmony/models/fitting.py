"""From the settings of an estimator to a trained network, and from a network to what it says."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.backend.host import contiguous
from emberharmony.errors import ArgumentError
from emberharmony.models.errors import unfitted
from emberharmony.models.network import Network, network
from emberharmony.ops import random
from emberharmony.ops.like import listed
from emberharmony.pytree import tree_map
from emberharmony.training import Batches, LiquidTrainer, ProgressBar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.models.estimator import LiquidEstimator
    from emberharmony.models.scaling import Scaling
    from emberharmony.models.sequences import Sequences

__all__ = [
    "backend_for",
    "check_fitted",
    "check_sizes",
    "inputs_for",
    "network_for",
    "outputs_of",
    "own",
    "pace_for",
    "told",
    "trained",
    "trained_on",
]

AT_ONCE = 256  # examples, where nothing is trained
DURATION = 3.0  # of a usual sequence, in the time of an LTC
RATES = {"cfc": 0.003, "ltc": 0.02}
NOT_OF_A_RUN = ("backend", "checkpoint", "verbose")  # settings that a checkpoint does not depend on


def check_fitted(estimator: LiquidEstimator, method: str) -> None:
    """Refuse to do anything with what was never fitted."""
    if not estimator.__sklearn_is_fitted__():
        raise unfitted(type(estimator).__name__, method)


def backend_for(estimator: LiquidEstimator) -> str:
    """The backend to compute on."""
    return registry.get_backend() if estimator.backend is None else registry.load(estimator.backend).name


def network_for(settings: LiquidEstimator, inputs: int, outputs: int, pool: str, pace: float = 1.0) -> Network:
    """A network with the weights that follow from the seed, on the current backend."""
    return network(
        inputs,
        outputs,
        cell=settings.cell,
        units=settings.units if settings.wiring is None else settings.wiring,
        layers=settings.layers,
        bidirectional=settings.bidirectional,
        mixed_memory=settings.mixed_memory,
        pool=pool,
        pace=pace,
        key=random.fold_in(random.key(settings.seed), 0),
        dtype=settings.dtype,
    )


def pace_for(settings: LiquidEstimator, steps: float) -> float:
    """What scaled time spans, usually 1, are multiplied by, so that so many steps last as long as suits the cell.

    A step of an LTC as long as its neurons remember leaves nothing of the steps before; a CfC has no such scale.
    """
    return DURATION / steps if settings.scale and settings.cell == "ltc" else 1.0


def own(settings: LiquidEstimator, x: Any) -> Any:
    """A NumPy array as one of the current backend, in the dtype of the network."""
    return ops.asarray(ops.astype(x, settings.dtype))


def inputs_for(settings: LiquidEstimator, sequences: Sequences, scaling: Scaling) -> dict[str, Any]:
    """What a network reads of sequences, as `Batches` take it: arrays of the current backend, or lists to be padded."""
    columns = {"x": [scaling(x) for x in sequences.values]}
    if sequences.spans is not None:
        columns["timespans"] = [s / scaling.span for s in sequences.spans]
    whole = len({x.shape[0] for x in sequences.values}) == 1
    return {
        name: own(settings, ops.stack(column)) if whole else [own(settings, x) for x in column]
        for name, column in columns.items()
    }


def trained(
    settings: LiquidEstimator,
    start: Network,
    loss: Callable[[Any, Any], Any],
    train: dict[str, Any],
    held: dict[str, Any] | None,
    *,
    metrics: Callable[[Any, Any], Any] | None = None,
    beside: dict[str, Any] | None = None,
) -> tuple[Network, list[dict[str, float]]]:
    """The trained network, its arrays in NumPy, and the history of the run; `beside` are arrays that the loss reads."""
    check_sizes(settings)
    batches = Batches(train, settings.batch_size, key=random.fold_in(random.key(settings.seed), 1))
    validation = None if held is None else Batches(held, AT_ONCE)
    return trained_on(settings, start, loss, batches, validation, metrics=metrics, known=(train, held, beside))


def check_sizes(settings: LiquidEstimator) -> None:
    """Refuse to train on nothing, or never."""
    if settings.epochs < 1 or settings.batch_size < 1:
        raise ArgumentError(
            f"{type(settings).__name__} got epochs={settings.epochs!r} and batch_size={settings.batch_size!r}",
            expected="at least 1 each",
        )


def trained_on(
    settings: LiquidEstimator,
    start: Network,
    loss: Callable[[Any, Any], Any],
    batches: Any,
    validation: Any,
    *,
    metrics: Callable[[Any, Any], Any] | None = None,
    known: Sequence[dict[str, Any] | None],
) -> tuple[Network, list[dict[str, float]]]:
    """As `trained`, on batches that know how many they are; a checkpoint belongs to what is `known` of the data."""
    trainer = LiquidTrainer(
        start,
        loss,
        steps=len(batches) * settings.epochs,
        rate=RATES[settings.cell] if settings.rate is None else settings.rate,
        decay=settings.decay,
        metrics=metrics,
        clip_norm=settings.clip_norm,
        seed=settings.seed,
        callbacks=[ProgressBar(sys.stderr)] if settings.verbose else [],
    )
    folder = settings.checkpoint
    history = trainer.fit(
        batches,
        validation,
        epochs=settings.epochs,
        patience=settings.patience,
        checkpoint=None if folder is None else f"{folder}/{_run(settings, *known)}",
    )
    return tree_map(ops.to_numpy, trainer.model), history


def _run(settings: LiquidEstimator, *data: dict[str, Any] | None) -> str:
    """A name for the run that these settings and these data make: no other run goes on from its checkpoint."""
    kept = {name: value for name, value in settings.get_params().items() if name not in NOT_OF_A_RUN}
    digest = hashlib.sha256(repr(kept).encode())
    for columns in data:
        for name, column in (columns or {}).items():
            digest.update(json.dumps([name, len(column)]).encode())
            for x in column if listed(column) else [column]:
                digest.update(f"{tuple(x.shape)}".encode())
                digest.update(contiguous(ops.to_numpy(x)))  # as it lies in memory: bytes would be a copy
    return digest.hexdigest()[:16]


def outputs_of(settings: LiquidEstimator, model: Network, sequences: Sequences, scaling: Scaling) -> Any:
    """What a network gives for sequences, in NumPy."""
    with registry.use_backend(backend_for(settings)):
        return told(model, inputs_for(settings, sequences, scaling), lambda network, batch: network(batch))


def told(model: Network, data: dict[str, Any], forward: Callable[[Any, Any], Any]) -> Any:
    """`forward(model, batch)` over batches of data on the current backend; the model and what comes out in NumPy."""
    here = registry.get_backend()

    def brought(x: Any) -> Any:
        return ops.convert(x, here)

    network = tree_map(brought, model)
    return ops.concat([ops.to_numpy(ops.stop_gradient(forward(network, batch))) for batch in Batches(data, AT_ONCE)])
