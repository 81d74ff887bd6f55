"""A fit holds little more than what it was given."""

from __future__ import annotations

import tracemalloc

import numpy as np

from emberharmony import use_backend
from emberharmony.models import LiquidAnomalyDetector

ROWS, FEATURES, CONTEXTS = 200_000, 8, 25


def test_a_fit_on_float32_holds_little_more_than_its_input_beside_it():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((ROWS, FEATURES), dtype="float32")
    context = rng.standard_normal((ROWS, CONTEXTS), dtype="float32")
    spans = np.ones(ROWS, "float32")
    size = x.nbytes + context.nbytes + spans.nbytes
    detector = LiquidAnomalyDetector(units=4, window=256, batch_size=4, epochs=1)
    with use_backend("numpy"):
        tracemalloc.start()
        detector.fit(x, timespans=spans, context=context)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    # in numbers of 4 bytes a row, of which the input has 34: what is scaled and what is seen 11, errors and when 18,
    # and in float64 what the deviations of one feature are made of, some 16. That is 1.3 times the input; the rest is
    # of a fixed size, that of a batch and of a block. A copy in float64 alone would be twice the input
    assert peak < 2.0 * size
