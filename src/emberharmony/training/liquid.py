"""The trainer with what liquid networks are trained with where nobody has a reason for something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emberharmony.errors import ArgumentError
from emberharmony.training.optimizers import AdamW
from emberharmony.training.schedules import Cosine
from emberharmony.training.trainer import Trainer

__all__ = ["LiquidTrainer"]


class LiquidTrainer(Trainer):
    """`Trainer` with AdamW, a rate that rises to `rate` and falls along a cosine, and gradients no longer than 1.

    `steps` is how often the model will be changed, batches times epochs: after that the rate is zero. The first part
    `warmup` of them leads up to the peak: the gradients of a recurrent network that has learnt nothing yet are the
    longest. A rate of 0.003 suits a CfC, 0.02 an LTC whose time is scaled to a few units a sequence. Everything else is
    as in `Trainer`, with its guard: a loss or a gradient that is not finite ends the run with an error and leaves the
    last good model.

    >>> x = ops.asarray([[0.0], [1.0], [2.0], [3.0]])
    >>> data = Batches({"x": x, "y": 2.0 * x}, 2)
    >>> trainer = LiquidTrainer(ops.zeros((1, 1)), lambda w, b: mse(b["x"] @ w, b["y"]), steps=200, rate=0.1)
    >>> trainer.fit(data, epochs=100)[-1]["loss"] < 0.01
    True
    """

    def __init__(
        self,
        model: Any,
        loss: Callable[..., Any],
        *,
        steps: int,
        rate: float = 0.003,
        decay: float = 0.01,
        warmup: float = 0.1,
        clip_norm: float | None = 1.0,
        **settings: Any,
    ) -> None:
        if not 0.0 <= warmup < 1.0:
            raise ArgumentError(
                f"LiquidTrainer got warmup={warmup!r}", expected="a part of the steps, from 0 to below 1"
            )
        optimizer = AdamW(Cosine(rate, steps, warmup=int(warmup * steps)), decay)
        super().__init__(model, loss, optimizer, clip_norm=clip_norm, **settings)
