"""A small liquid network, data and trainers that several tests use."""

from __future__ import annotations

from emberharmony import nn, ops, random
from emberharmony.nn.wirings import AutoNCP
from emberharmony.training import SGD, AdamW, Batches, Cosine, Trainer, mae, mse
from emberharmony.training.metrics import MAE, R2

ITEMS, FEATURES = 11, 3


def sequences(seed=0, dtype="float32"):
    """Sequences of 2 to 8 steps at irregular times; the target is the last sum of what came."""
    keys = random.split(random.key(seed), ITEMS)
    xs, spans, targets = [], [], []
    for i, key in enumerate(keys):
        a, b = random.split(key)
        steps = 2 + (5 * i) % 7
        xs.append(random.normal(a, (steps, FEATURES), dtype))
        spans.append(random.uniform(b, (steps,), dtype, 0.1, 2.0))
        targets.append(ops.cumulative_sum(ops.sum(xs[-1], axis=-1)) * 0.3)
    return {"x": xs, "timespans": spans, "y": targets}


def batches(size=4, seed=0, key=7, **settings):
    return Batches(sequences(seed), size, key=None if key is None else random.key(key), **settings)


def network(seed=0):
    keys = random.split(random.key(seed))
    return {
        "layer": nn.CfC(FEATURES, AutoNCP(9, 2), key=keys[0]),
        "head": nn.Linear(2, 1, key=keys[1]),
    }


def forward(model, batch, state=None):
    y, state = model["layer"](batch["x"], state, timespans=batch["timespans"], mask=batch["mask"])
    return model["head"](y)[..., 0], state


def loss(model, batch, key):
    y, _ = forward(model, batch)
    noise = 0.0 if key is None else 0.01 * random.normal(key, tuple(y.shape), dtype="float32")
    return mse(y + noise, batch["y"], mask=batch["mask"])


def windowed_loss(model, batch, state):
    y, state = forward(model, batch, state)
    return mae(y, batch["y"], mask=batch["mask"]), state


def metrics(model, batch):
    y, _ = forward(model, batch)
    return {
        "mae": MAE().update(batch["y"], y, mask=batch["mask"]),
        "r2": R2().update(batch["y"], y, mask=batch["mask"]),
    }


def trainer(loss=loss, **settings):
    optimizer = AdamW(Cosine(0.05, steps=20, warmup=2))
    return Trainer(network(), loss, optimizer, **{"metrics": metrics, "clip_norm": 1.0, "seed": 3, **settings})


def column(*values):
    return ops.asarray([*values], dtype="float32")


def falling_then_rising(**settings):
    """A weight that goes from 2 by steps of -1: validation at 0 is best after two epochs, and worse afterwards."""
    return Trainer(
        column(2.0),
        lambda w, x: ops.sum(w) if x.shape[0] == 1 else ops.sum(ops.abs(w)),
        SGD(1.0),
        metrics=lambda w, x: {
            "mae": MAE().update(0.0 * w, w),
            "r2": R2().update(column(0.0, 1.0), -w + column(0.0, 1.0)),
        },
        **settings,
    )
