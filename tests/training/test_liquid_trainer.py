"""The trainer of liquid networks is the trainer, with an optimizer, a schedule and a bound."""

from __future__ import annotations

import numpy as np
import pytest

from emberharmony import nn, ops
from emberharmony.errors import ArgumentError
from emberharmony.pytree import tree_leaves
from emberharmony.training import AdamW, Batches, Cosine, LiquidTrainer, NonFiniteError, Trainer, mse


def data(size: int = 4) -> Batches:
    x = ops.random.normal(ops.random.key(0), (16, 5, 2), "float32")
    return Batches({"x": x, "y": ops.sum(x, axis=-1)}, size, key=ops.random.key(1))


def loss(layer, batch):
    return mse(layer(batch["x"])[0][..., 0], batch["y"])


def test_it_trains_as_the_parts_that_it_is_made_of(backend):
    layer = nn.CfC(2, 3, key=ops.random.key(2))
    batches = data()
    ours = LiquidTrainer(layer, loss, steps=12, rate=0.01, decay=0.02, clip_norm=0.5, seed=3)
    parts = Trainer(layer, loss, AdamW(Cosine(0.01, 12, warmup=1), 0.02), clip_norm=0.5, seed=3)
    assert ours.fit(batches, epochs=3) == parts.fit(batches, epochs=3)
    pairs = zip(tree_leaves(ours.model), tree_leaves(parts.model), strict=True)
    assert all((ops.to_numpy(one) == ops.to_numpy(other)).all() for one, other in pairs)


def test_a_loss_that_is_not_finite_ends_the_run_with_the_last_good_model(backend):
    batch = {"x": ops.ones((1, 2, 2), dtype="float32"), "y": ops.ones((1, 2), dtype="float32")}
    bad = batch | {"y": ops.full((1, 2), float("nan"), dtype="float32")}
    trainer = LiquidTrainer(nn.CfC(2, 3, key=ops.random.key(0)), loss, steps=3)
    with pytest.raises(NonFiniteError, match="batch 3"):
        trainer.fit([batch, batch, bad], epochs=1)
    assert all(np.isfinite(ops.to_numpy(leaf)).all() for leaf in tree_leaves(trainer.model))


def test_a_warm_up_that_is_no_part_of_the_steps_is_refused():
    with pytest.raises(ArgumentError, match="warmup=1"):
        LiquidTrainer(None, loss, steps=10, warmup=1.0)
