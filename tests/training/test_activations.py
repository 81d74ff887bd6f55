"""What is told of a layer is what its outputs are."""

from __future__ import annotations

import numpy as np
import pytest

from emberharmony import nn, ops
from emberharmony.errors import ArgumentError
from emberharmony.nn import replace
from emberharmony.pytree import tree_map
from emberharmony.training import activations

EPS = float(np.finfo("float32").eps)


def still(bias: float, size: int = 4) -> nn.CfC:
    """A CfC whose weights are zero: both heads give tanh(bias), whatever the gate between them does."""
    layer = tree_map(ops.zeros_like, nn.CfC(2, size, key=ops.random.key(0)))
    heads = {name: replace(getattr(layer.cell, name), bias=ops.full((size,), bias)) for name in ("ff1", "ff2")}
    heads = {name: replace(head, bias=ops.astype(head.bias, "float32")) for name, head in heads.items()}
    return replace(layer, cell=replace(layer.cell, **heads))


def test_layers_with_a_closed_form_have_its_statistics(backend):
    weight = ops.asarray([[1.0, 0.0, 0.5], [0.0, 0.0, 0.0]], dtype="float32")
    model = {
        "body": nn.Stacked((still(0.5, 2), still(9.0, 4))),
        "head": nn.Linear(2, 3, key=ops.random.key(0)),
    }
    model["head"] = replace(model["head"], weight=weight, bias=ops.zeros(3, dtype="float32"))
    x = ops.asarray([[[-1.0, 7.0], [1.0, 7.0]]] * 3, dtype="float32")

    def forward(model, x):
        return model["body"](x)[0], model["head"](x)

    found = activations(model, x, forward)
    assert [*found] == ["body.layers.0", "body.layers.1", "head"]
    below, above, head = found.values()
    assert below.mean == pytest.approx(np.tanh(0.5), abs=4 * EPS)
    assert (below.std, below.saturated, below.dead) == (pytest.approx(0, abs=4 * EPS), 0.0, 1.0)
    assert (above.saturated, above.dead) == (1.0, 1.0)
    # -1 or 1, 0, and half of the first
    assert (head.mean, head.saturated, head.dead) == (0.0, 1 / 3, 1 / 3)
    assert head.std == pytest.approx(np.sqrt((1.0 + 0.25) / 3))
    assert activations(model, x, forward, still=1.5)["head"].dead == pytest.approx(2 / 3)
    assert activations(model, x, forward, limit=0.4)["head"].saturated == pytest.approx(2 / 3)


def test_the_model_gives_what_it_gives_unwatched_and_masked_steps_do_not_count(backend):
    layer = nn.CfC(2, 3, key=ops.random.key(1))
    x = ops.random.normal(ops.random.key(2), (2, 5, 2), "float32")
    mask = ops.asarray([[True] * 5, [True] * 2 + [False] * 3])
    kept = []

    def forward(model, x):
        kept.append(model["layer"](x, mask=mask)[0])

    found = activations({"layer": layer}, x, forward)["layer"]
    y = ops.to_numpy(layer(x, mask=mask)[0])
    assert (ops.to_numpy(kept[0]) == y).all()
    seen = np.concatenate([y[0], y[1, :2]]).astype("float64")
    assert found.mean == pytest.approx(seen.mean())
    assert found.std == pytest.approx(seen.std())


def test_a_forward_that_calls_no_layer_is_refused():
    with pytest.raises(ArgumentError, match="no layer of dict was called"):
        activations({"w": 1.0}, 2.0, lambda model, batch: model["w"] * batch)
