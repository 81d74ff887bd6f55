"""Principal components of windows: closed forms, a peer, and the two phases."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.windows.cases import by_definition, in_pieces, rows, seeds

from emberharmony import ops
from emberharmony.errors import ArgumentError
from emberharmony.features.errors import NotFittedError
from emberharmony.features.windows import Cut, Grid, TemporalStrideProcessor, WindowCovariance, principal
from emberharmony.features.windows import TerabyteTemporalStrideProcessor as Processor

EPS = 2.0**-52


def correlated(seed, n, f):
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.normal(size=(n, f)), axis=0) @ rng.normal(size=(f, f))


def angles(a, b):
    """Cosines of the principal angles between two column spaces."""
    return np.linalg.svd(np.linalg.qr(a)[0].T @ np.linalg.qr(b)[0], compute_uv=False)


@given(seed=seeds, rank=st.integers(1, 4))
def test_a_planted_rank_is_explained_by_as_many_components(seed, rank):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(300, rank)) @ rng.normal(size=(rank, 8))
    processor = Processor(1, (1,), pca_components=rank, backend="numpy").fit(x)
    # what is left is what the grid rounds: 2**-42 of a range that is below 16 deviations, in 8 features
    assert abs(processor.get_explained_variance(1).sum() - 1) < 8 * (16 * 2.0**-42) ** 2 + 64 * EPS
    assert Processor(1, (1,), pca_components=1 - 1e-9).fit(x).components(1).variances.shape == (rank,)


def test_components_are_orthonormal_uncorrelated_and_lose_the_dropped_variance(backend):
    x = correlated(1, 800, 3)
    processor = Processor(4, (2,), pca_components=5).fit(x)
    found = processor.components(2)
    p = 12
    np.testing.assert_allclose(found.loadings.T @ found.loadings, np.eye(5), atol=p * p * EPS)
    z = processor.transform(x)[2]
    largest = found.variances[0]
    # rounding of an eigensolve: p**2 units in the last place of the largest eigenvalue; the grid rounds less
    np.testing.assert_allclose(np.cov(z.T), np.diag(found.variances), atol=p * p * 8 * EPS * largest)
    windows = by_definition(x, 4, 2, 1)
    back = processor.inverse_transform({2: z})[2]
    lost = ((windows - back) ** 2).sum() / (len(windows) - 1)
    every = np.linalg.eigvalsh(WindowCovariance(Grid(3).scan(x), Cut(4, 2)).add(x).covariance)
    np.testing.assert_allclose(lost, every[:-5].sum(), atol=p * p * 8 * EPS * largest)
    importance = ops.to_numpy(processor.get_feature_importance(2))
    explained = ops.to_numpy(processor.get_explained_variance(2))
    np.testing.assert_allclose(importance.sum(), explained.sum(), rtol=1e-12 if importance.dtype == "float64" else 1e-6)
    peak = np.abs(found.loadings).argmax(axis=0)
    assert (found.loadings[peak, range(5)] > 0).all()


def test_the_components_are_those_of_the_peer():
    peer = pytest.importorskip("sklearn.decomposition").PCA(6, svd_solver="full")  # its default loses digits
    x = correlated(2, 2000, 4)
    processor = Processor(3, (5,), pca_components=6).fit(x)
    windows = by_definition(x, 3, 5, 1).reshape(-1, 12)
    expected = peer.fit_transform(windows)
    found = processor.components(5)
    np.testing.assert_allclose(found.variances, peer.explained_variance_, rtol=1e-9)
    np.testing.assert_allclose(found.explained, peer.explained_variance_ratio_, rtol=1e-9)
    signs = np.sign((peer.components_ * found.loadings.T).sum(axis=1))
    # vectors are as good as their eigenvalue stands apart from the next
    apart = np.min(-np.diff(found.variances)) / found.variances[0]
    np.testing.assert_allclose(
        processor.transform(x)[5] * signs, expected, atol=144 * EPS / apart * np.abs(expected).max() * 10
    )


def test_backends_find_the_same_subspace_and_give_their_own_arrays(backend):
    x = correlated(3, 500, 2).astype("float32")
    native = ops.asarray(x)
    processor = Processor(4, (1, 3), pca_components=3).fit(native)
    reference = Processor(4, (1, 3), pca_components=3).fit(x)
    for stride in (1, 3):
        ours, theirs = processor.components(stride).loadings, reference.components(stride).loadings
        assert angles(ours, theirs).min() > 1 - 64 * EPS
        z = processor.transform(native)[stride]
        assert type(z) is type(native)
        assert ops.to_numpy(z).tobytes() == reference.transform(x)[stride].tobytes()


@given(seed=seeds, cuts=st.lists(st.integers(0, 200), max_size=5), keyed=st.booleans())
def test_batches_change_no_bit_of_the_fit_nor_of_what_is_made(seed, cuts, keyed):
    x = correlated(seed, 200, 2)
    who = np.random.default_rng(seed).integers(0, 3 if keyed else 1, 200)
    table = pa.table({"who": who, "a": x[:, 0].copy(), "b": x[:, 1].copy()})
    pieces = [table.slice(p.start, p.stop - p.start) for p in in_pieces(200, cuts)]

    def make():
        return Processor(3, (1, 2), key="who" if keyed else None, columns=["a", "b"], backend="numpy")

    whole, parts = make().fit(table), make().fit(pieces)
    ours, theirs = parts.transform(table), whole.transform(table)
    made = parts.process_large_dataset(iter(pieces))
    for stride in (1, 2):
        assert ours[stride].tobytes() == theirs[stride].tobytes() == made[stride].tobytes()


def test_shards_merge_in_any_order_to_the_same_bits():
    shards = [correlated(i, 100 + i, 2) for i in range(3)]
    scans = [Processor(3, (1,)).scan(x) for x in shards]
    for other in scans[1:]:
        scans[0].merge(other)
    found = []
    for order in ((0, 1, 2), (2, 0, 1)):
        parts = [Processor(3, (1,), ranges=scans[0].ranges).partial_fit(shards[i]) for i in order]
        for other in parts[1:]:
            parts[0].merge(other)
        found.append(parts[0].freeze().components(1).loadings.tobytes())
    assert found[0] == found[1]


def test_a_fit_that_was_stopped_goes_on_in_the_same_bits():
    x = correlated(4, 300, 2)
    whole = Processor(3, (2,)).fit([x[:100], x[100:]])
    stopped = Processor(3, (2,)).scan(x).partial_fit(x[:100])
    resumed = Processor(3, (2,)).load_state_dict(stopped.state_dict()).partial_fit(x[100:]).freeze()
    assert resumed.components(2).loadings.tobytes() == whole.components(2).loadings.tobytes()
    again = Processor(3, (2,)).load_state_dict(resumed.state_dict())
    assert again.transform(x)[2].tobytes() == whole.transform(x)[2].tobytes()


def test_columns_are_found_by_the_names_they_had_in_the_fit():
    x = correlated(6, 100, 2)
    table = pa.table({"a": x[:, 0].copy(), "b": x[:, 1].copy()})
    processor = Processor(3, (1,), backend="numpy").fit(table)
    turned = table.select(["b", "a"]).append_column("c", table["a"])
    assert processor.transform(turned)[1].tobytes() == processor.transform(table)[1].tobytes()
    again = Processor(3, (1,), backend="numpy").load_state_dict(processor.state_dict())
    assert again.transform(turned)[1].tobytes() == processor.transform(table)[1].tobytes()
    with pytest.raises(ArgumentError, match=r"'columns': \['b', 'a', 'c'\]"):
        Processor(3, (1,)).scan(table).merge(Processor(3, (1,)).scan(turned))


def test_a_column_without_a_number_leaves_every_window_out():
    x = rows(1, 20, 2)
    x[:, 1] = np.nan
    processor = Processor(2, (1,)).scan(x)
    processor = Processor(2, (1,)).load_state_dict(processor.state_dict()).partial_fit(x)
    assert (processor.covariance(1).windows, processor.covariance(1).left_out) == (0, 19)
    with pytest.raises(ArgumentError, match="of 0 windows"):
        processor.freeze()


def leaves(tree):
    if isinstance(tree, dict):
        return [leaf for value in tree.values() for leaf in leaves(value)]
    return [leaf for value in tree for leaf in leaves(value)] if isinstance(tree, list | tuple) else [tree]


def test_a_state_is_plain_data():
    table = pa.table({"who": ["a", "b", "a", "b"] * 20, "x": np.arange(80.0)})
    processor = Processor(3, (2,), key="who").fit(table)
    processor.process_batch(table)
    found = {type(leaf) for leaf in leaves(processor.state_dict()) if not isinstance(leaf, pa.Array)}
    assert found <= {int, float, str, type(None)}


def test_the_future_changes_no_window_of_the_past():
    x = correlated(5, 200, 2)
    processor = Processor(4, (3,)).fit(x)
    changed = np.concatenate([x[:100], -x[100:]])
    ends = np.arange(3, 200, 3)  # the last row of each window
    before = (ends[: len(processor.transform(x)[3])] < 100).sum()
    assert processor.transform(x)[3][:before].tobytes() == processor.transform(changed)[3][:before].tobytes()


def test_constants_are_explained_by_nothing():
    processor = Processor(3, (1,)).fit(np.full((40, 2), 1e6 / 3))
    assert processor.components(1).explained.tolist() == [0, 0, 0]
    assert processor.transform(np.full((40, 2), 1e6 / 3))[1].tolist() == [[0, 0, 0]] * 38


def test_random_subspaces_find_the_exact_components():
    rng = np.random.default_rng(6)
    basis = np.linalg.qr(rng.normal(size=(120, 120)))[0]
    values = np.concatenate([[100, 80, 60, 50], np.linspace(1, 0.1, 116)])
    covariance = (basis * values) @ basis.T
    covariance = (covariance + covariance.T) / 2
    mean = np.zeros(120)
    exact = principal(mean, covariance, 1000, 4)
    found = principal(mean, covariance, 1000, 4, key=ops.random.key(1))
    # the 20 columns shed what is not wanted by (50)**-12 an iteration set: nothing is left of it
    np.testing.assert_allclose(found.variances, exact.variances, rtol=120 * EPS * 10)
    assert angles(found.loadings, exact.loadings).min() > 1 - 120 * EPS
    assert found.total == exact.total
    same = principal(mean, covariance, 1000, 4, key=ops.random.key(1))
    assert same.loadings.tobytes() == found.loadings.tobytes()


def test_without_a_number_there_are_half_as_many_as_a_window_has_and_at_most_32():
    covariance = np.eye(100)
    for width, windows, k in ((1, 50, 1), (10, 50, 5), (100, 500, 32), (100, 8, 7)):
        found = principal(np.zeros(width), covariance[:width, :width].copy(), windows)
        assert found.variances.shape == (k,)


def test_in_memory_it_is_fit_and_transform_in_one(backend):
    x = ops.asarray(correlated(8, 60, 2).astype("float32"))
    once = TemporalStrideProcessor(3, (2,)).fit_transform(x)[2]
    assert ops.to_numpy(once).tobytes() == ops.to_numpy(Processor(3, (2,)).fit(x).transform(x)[2]).tobytes()


X = rows(0, 30, 2)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Processor().transform(X), NotFittedError, "no components yet"),
        (lambda: Processor().process_batch(X), NotFittedError, "no components yet"),
        (lambda: Processor().partial_fit(X), NotFittedError, "scan"),
        (lambda: Processor().freeze(), NotFittedError, "before any partial_fit"),
        (lambda: Processor().fit(X).partial_fit(X), ArgumentError, "after freeze"),
        (lambda: Processor().scan(X).partial_fit(X).scan(X), ArgumentError, "scan after"),
        (lambda: Processor().fit(iter([X])), ArgumentError, "list_iterator, which can be read once"),
        (lambda: Processor(pca=None).fit(X), ArgumentError, "pca=None"),
        (lambda: Processor(pca="sketch"), ArgumentError, "'exact' or 'randomized' or None"),
        (lambda: Processor(pca="randomized"), ArgumentError, "random_key"),
        (lambda: Processor(label="start"), ArgumentError, "label='start'"),
        (lambda: Processor(max_gap=3), ArgumentError, "without time="),
        (lambda: Processor(stride_perspectives=(1, 1)), ArgumentError, "strides that differ"),
        (lambda: Processor(window_size=0), ArgumentError, "window 0"),
        (lambda: Processor(40).fit(X), ArgumentError, "0 windows"),
        (lambda: Processor(3, (1,), pca_components=7).fit(X), ArgumentError, "expected.*1 to 6|1 to 6"),
        (lambda: Processor(3, (1,), pca_components=1.5).fit(X), ArgumentError, "share of the variance"),
        (lambda: Processor(3, (1,)).fit(X).get_explained_variance(2), ArgumentError, r"one of \[1\]"),
        (lambda: Processor(3, (1,)).fit(X).transform(X[:, :1]), ArgumentError, "rows of 1 features"),
        (lambda: Processor(3, (1,)).scan(X).merge(Processor(4, (1,)).scan(X)), ArgumentError, "window_size"),
    ],
)
def test_what_cannot_be_done_is_said(call, error, message):
    with pytest.raises(error, match=message):
        call()
