"""The loop does what it says: one step is one step of the optimizer, and what goes wrong leaves the last good model."""

from __future__ import annotations

import dataclasses
import io
import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from tests.training.runs import (
    batches,
    column,
    falling_then_rising,
    forward,
    loss,
    metrics,
    network,
    trainer,
    windowed_loss,
)

from emberharmony import nn, ops, random
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.pytree import tree_leaves
from emberharmony.training import (
    SGD,
    Adam,
    Batches,
    Event,
    NonFiniteError,
    Plateau,
    ProgressBar,
    RunError,
    Trainer,
    clip_norm,
    mse,
)
from emberharmony.training.metrics import AUC, MAE


def bits(tree):
    return [np.asarray(ops.to_numpy(x)).tobytes() for x in nn.parameters(tree).values()]


def square(w, x):
    return ops.mean(ops.square(w - x))


# -- a step --


def test_a_run_is_the_loop_that_one_would_write(backend):
    run = trainer()
    history = run.fit(batches(), epochs=2)
    model, rule = network(), run._optimizer
    state, key, step = rule.init(model), random.split(random.key(3))[0], 0
    for epoch in range(2):
        losses, weights = [], []
        for batch in batches()(epoch):
            value, gradients = ops.value_and_grad(loss)(model, batch, random.fold_in(key, step))
            if ops.item(clip_norm(gradients, 1.0)[1]) > 1.0:
                gradients, _ = clip_norm(gradients, 1.0)
            model, state = rule.step(gradients, state, model)
            step += 1
            losses.append(ops.item(value))
            weights.append(batch["x"].shape[0])
        mean = sum(a * b for a, b in zip(losses, weights, strict=True)) / sum(weights)
        assert history[epoch] == {"epoch": epoch + 1, "step": step, "loss": mean}
    assert bits(run.model) == bits(model)


def test_the_same_seed_gives_the_same_run_and_another_one_another(backend):
    runs = [trainer(seed=seed).fit(batches(), epochs=1)[0]["loss"] for seed in (0, 0, 1)]
    assert runs[0] == runs[1] != runs[2]


def test_a_liquid_network_learns(backend):
    run = Trainer(network(), loss, Adam(0.03), metrics=metrics)
    before = run.evaluate(batches())
    run.fit(batches(), epochs=15)
    after = run.evaluate(batches())
    assert after["loss"] < 0.5 * before["loss"]
    assert after["mae"] < before["mae"]
    assert after["r2"] > before["r2"]


def test_the_model_is_projected_after_every_step(backend):
    seen = []
    run = Trainer(
        column(1.0, -1.0),
        square,
        SGD(1.0),
        project=lambda w: ops.maximum(w, 0.25),
        callbacks=[lambda event: seen.append(ops.tolist(event.model))],
    )
    run.fit([column(-5.0, -5.0)] * 2, epochs=1)
    assert seen == [[1.0, -1.0], *[[0.25, 0.25]] * 4]  # start, two steps, epoch, end


def test_weights_of_ltc_stay_where_projection_puts_them(backend):
    layer = nn.LTC(3, 4, implicit_param_constraints=False, key=random.key(0))

    inside = {}
    for project in (None, nn.LTC.projected):
        run = Trainer(layer, lambda m, x: ops.sum(m(x)[0]), SGD(5.0), project=project)
        run.fit([ops.ones((2, 4, 3), dtype="float32")] * 4, epochs=1)
        changed = [(a, b) for a, b in zip(tree_leaves(run.model), tree_leaves(run.model.projected()), strict=True)]
        inside[project] = all(ops.tolist(a) == ops.tolist(b) for a, b in changed)
    assert inside == {None: False, nn.LTC.projected: True}


def test_tensors_that_ask_for_a_gradient_leave_no_graph_behind():
    model = torch.tensor([3.0], requires_grad=True)
    run = Trainer(model, square, SGD(0.1))
    assert not run.predict([torch.ones(1)], lambda w, x: w * x).requires_grad
    run.fit([torch.ones(1)] * 2, epochs=1)
    assert not run.model.requires_grad
    assert model.item() == 3.0


# -- truncated back-propagation --


def test_windows_as_long_as_the_sequences_are_back_propagation_through_all(backend):
    def whole(model, batch):
        return windowed_loss(model, batch, None)[0]

    for steps in (8, 100):
        one, other = trainer(whole), trainer(windowed_loss, tbptt=steps)
        assert one.fit(batches(), epochs=2) == other.fit(batches(), epochs=2)
        assert bits(one.model) == bits(other.model)


def test_the_state_is_carried_and_its_gradient_is_cut(backend):
    seen = []

    def decay(w, batch, state):
        start = ops.zeros_like(batch["x"][:, 0]) if state is None else state
        seen.append((tuple(batch["x"].shape), None if state is None else ops.tolist(state), ops.tolist(batch["y"])))
        for t in range(batch["x"].shape[1]):
            start = 0.5 * start + w * batch["x"][:, t]
        return ops.sum(start), start

    data = [{"x": ops.ones((1, 5), dtype="float32"), "y": column(7.0)}]
    run = Trainer(ops.asarray(1.0, dtype="float32"), decay, SGD(1.0), tbptt=2)
    run.fit(data, epochs=1)
    # the gradient of two steps is 1 + 1 / 2 whatever came before, of one it is 1: w = 1, -1/2, -2
    states = [1.5, 0.25 * 1.5 - 0.5 * 1.5, None]
    assert ops.item(run.model) == 1.0 - 1.5 - 1.5 - 1.0
    assert seen[0] == ((1, 2), None, [7.0])
    assert seen[1] == ((1, 2), [states[0]], [7.0])
    assert seen[2] == ((1, 1), [states[1]], [7.0])


def test_arrays_that_are_neither_sequences_nor_without_time_are_refused(backend):
    batch = {"x": ops.ones((2, 6, 1), dtype="float32"), "z": ops.ones((2, 3), dtype="float32")}
    run = Trainer(column(1.0), lambda w, b, s: (ops.sum(w), s), SGD(0.1), tbptt=2)
    with pytest.raises(ShapeError, match=r"'z' of shape \(2, 3\) beside sequences of 6"):
        run.fit([batch], epochs=1)
    with pytest.raises(ArgumentError, match="with tbptt=2 the loss gave"):
        Trainer(column(1.0), lambda w, b, s: ops.sum(w), SGD(0.1), tbptt=2).fit([batch["x"]], epochs=1)


# -- guards --


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_stops_the_run_at_the_last_good_model(backend, bad):
    data = [column(1.0), column(0.5), column(bad), column(2.0)]
    run, good = (Trainer(column(3.0), square, Adam(0.1)) for _ in range(2))
    with pytest.raises(NonFiniteError, match=rf"the loss is {bad} in step 2: epoch 1, batch 3"):
        run.fit(data, epochs=2)
    good.fit(data[:2], epochs=1)
    assert bits(run.model) == bits(good.model)


def test_a_gradient_that_is_not_finite_stops_the_run_at_the_last_good_model(backend):
    def root(w, x):
        return ops.sum(ops.sqrt(w * x))  # its slope at 0 is infinite, its value is not

    run = Trainer(column(4.0), root, SGD(0.1))
    with (
        np.errstate(divide="ignore", invalid="ignore"),
        pytest.raises(NonFiniteError, match=r"the norm of the gradient is (inf|nan)"),
    ):
        run.fit([column(1.0), column(0.0)], epochs=1)
    assert ops.tolist(run.model) == pytest.approx([4.0 - 0.1 * 0.25], rel=1e-6)


def test_a_score_that_is_nan_cannot_steer(backend):
    data = [{"x": column(0.2, 0.4), "y": column(1.0, 1.0)}]
    run = Trainer(
        column(1.0),
        lambda w, b: mse(w * b["x"], b["y"]),
        SGD(0.1),
        metrics=lambda w, b: {"auc": AUC().update(b["y"], w * b["x"])},
    )
    assert math.isnan(run.fit(data, data, epochs=1)[0]["validation_auc"])
    with pytest.raises(NonFiniteError, match="validation_auc is nan after epoch 1"):
        run.fit(data, data, epochs=1, monitor="auc", patience=1)


# -- epochs --


@pytest.mark.parametrize("monitor", ["loss", "mae", "r2"])
def test_an_early_stop_gives_the_best_model_back(backend, monitor):
    run = falling_then_rising()
    history = run.fit([column(1.0)], [column(1.0, 1.0)], epochs=50, patience=3, monitor=monitor)
    assert [record["validation_loss"] for record in history] == [1.0, 0.0, 1.0, 2.0, 3.0]
    assert ops.tolist(run.model) == [0.0]
    run = falling_then_rising()
    run.fit([column(1.0)], [column(1.0, 1.0)], epochs=4, patience=3, monitor=monitor)  # the epochs end first
    assert ops.tolist(run.model) == [0.0]
    run = falling_then_rising()
    run.fit([column(1.0)], [column(1.0, 1.0)], epochs=4, monitor=monitor)
    assert ops.tolist(run.model) == [-2.0]


def test_a_plateau_lowers_the_rate(backend):
    run = falling_then_rising()
    run.fit([column(1.0)], [column(1.0, 1.0)], epochs=6, plateau=Plateau(0.5, patience=0))
    # 2, 1, 0, -1 with steps of 1; from then on each epoch is worse than the best, and halves the step
    assert ops.tolist(run.model) == [-1.0 - 0.5 - 0.25 - 0.125]


def test_a_plateau_of_the_wrong_direction_is_refused(backend):
    data = [column(1.0)], [column(1.0, 1.0)]
    with pytest.raises(ArgumentError, match="mode='max' and the run is steered by validation_loss"):
        falling_then_rising().fit(*data, epochs=1, plateau=Plateau(mode="max"))
    with pytest.raises(ArgumentError, match="mode='min' and the run is steered by validation_r2"):
        falling_then_rising().fit(*data, epochs=1, monitor="r2", plateau=Plateau())


def test_losses_are_weighted_by_items_however_the_data_are_cut(backend):
    run = Trainer(column(2.0), square, SGD(0.0), metrics=lambda w, x: {"mae": MAE().update(x, 0.0 * x + w)})
    x = column(1.0, 2.0, 4.0, 8.0, 16.0)
    whole = run.evaluate([x])
    for sizes in ((2, 3), (1, 1, 3), (4, 1)):
        starts = np.cumsum([0, *sizes])
        cut = run.evaluate([x[a:b] for a, b in pairwise(starts)])
        assert cut["loss"] == pytest.approx(whole["loss"], rel=1e-6)
        assert cut["mae"] == whole["mae"] == 4.6


def test_a_window_counts_as_much_as_it_is_long(backend):
    x = ops.asarray([[1.0, 2.0, 4.0, 8.0, 16.0]], dtype="float32")
    run = Trainer(column(0.0), lambda w, x, state: (ops.mean(ops.square(w - x)), state), SGD(0.0), tbptt=2)
    whole = Trainer(column(0.0), square, SGD(0.0))
    assert run.evaluate([x])["loss"] == pytest.approx(whole.evaluate([x])["loss"], rel=1e-6)
    assert run.fit([x], epochs=1)[0]["loss"] == pytest.approx(whole.fit([x], epochs=1)[0]["loss"], rel=1e-6)


def test_looking_draws_nothing_and_changes_nothing(backend):
    run = trainer()
    before = bits(run.model)
    assert run.evaluate(batches()) == run.evaluate(batches())
    assert bits(run.model) == before


def test_predictions_come_in_the_order_of_the_data(backend):
    x = ops.asarray(np.arange(7), dtype="float32")
    run = Trainer(column(2.0), square, SGD(0.1))
    for size in (1, 3, 7):
        y = run.predict(Batches({"x": x}, size), lambda w, batch: {"twice": w * batch["x"]})
        assert ops.tolist(y["twice"]) == [2.0 * i for i in range(7)]
    with pytest.raises(ShapeError, match="predict got outputs of shapes"):
        trainer().predict(batches(3, key=None), lambda m, b: forward(m, b)[0])


def test_data_that_are_empty_are_named(backend):
    run = Trainer(column(2.0), square, SGD(0.1))
    once = iter([column(1.0)])
    with pytest.raises(RunError, match="no item in epoch 2"):
        run.fit(once, epochs=2)
    with pytest.raises(RunError, match="no item in epoch 1"):
        Trainer(column(2.0), lambda w, x: mse(w * x, x), SGD(0.1)).fit([ops.zeros(0, dtype="float32")], epochs=1)
    for looked in (run.evaluate, lambda data: run.predict(data, square)):
        with pytest.raises(RunError, match="gave no batch"):
            looked([])


def test_arguments_that_make_no_sense_are_refused(backend):
    run = Trainer(column(2.0), square, SGD(0.1))
    data = [column(1.0)]
    for mistake in (
        lambda: Trainer(column(1.0), square, SGD(0.1), clip_norm=0.0),
        lambda: Trainer(column(1.0), square, SGD(0.1), tbptt=0),
        lambda: run.fit(data, epochs=-1),
        lambda: run.fit(data, epochs=1, patience=0),
        lambda: run.fit(data, epochs=1, every=5),
        lambda: run.fit(data, epochs=1, monitor="mae"),
        lambda: run.fit(data, data, epochs=1, monitor="mae"),
        lambda: falling_then_rising().fit(data, data, epochs=1, monitor="auc", patience=1),
        lambda: Trainer(column(1.0), square, SGD(lambda count: math.nan)).fit(data, epochs=1),
    ):
        with pytest.raises(ArgumentError, match="Expected:"):
            mistake()


# -- events --


def test_callbacks_are_told_everything_in_order_and_may_ask_for_a_stop(backend):
    seen = []

    def told(event):
        seen.append(event)
        return event.kind == "step" and event.step == 5

    run = Trainer(column(3.0), square, SGD(0.1), callbacks=[told, lambda event: event])
    history = run.fit([column(1.0)] * 3, epochs=4)
    assert [(e.kind, e.epoch, e.batch, e.step) for e in seen] == [
        ("start", 0, 0, 0),
        ("step", 1, 1, 1),
        ("step", 1, 2, 2),
        ("step", 1, 3, 3),
        ("epoch", 1, 0, 3),
        ("step", 2, 1, 4),
        ("step", 2, 2, 5),
        ("end", 1, 2, 5),
    ]
    assert len(history) == 1
    assert seen[4].record == history[0]
    assert {e.batches for e in seen} == {3}
    assert {e.epochs for e in seen} == {4}
    assert seen[1].loss == 4.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        seen[0].step = 7


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_progress_bar_is_drawn_on_a_terminal_alone(backend):
    for stream in (Terminal(), io.StringIO()):
        run = Trainer(column(3.0), square, SGD(0.5), callbacks=[ProgressBar(stream, seconds=0.0)])
        run.fit([column(1.0)] * 2, epochs=2)
        text = stream.getvalue()
        if stream.isatty():
            assert text.count("\n") == 2
            assert "\repoch 1/2  batch 2/2  loss 0" in text
            assert "\repoch 2/2  loss 0 " in text
        else:
            assert text == ""


def test_an_event_is_a_value():
    event = Event("step", 1, 2, 3, None, 4, 0.5, {}, None)
    assert dataclasses.replace(event, step=5).step == 5
