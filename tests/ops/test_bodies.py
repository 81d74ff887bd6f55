"""The bodies of derived ops: a third-party backend gets them free, and they can be differentiated everywhere."""

import math

import array_api_strict as strict
import numpy as np
import pytest
import scipy.special

import emberharmony as eh
from emberharmony import ops
from emberharmony.backend import from_namespace, registry
from emberharmony.ops import dispatch

X = np.asarray([[0.5, -2.0, 3.0, 0.25], [1.5, 0.0, -1.0, 9.0]])
N = np.asarray([[0.5, np.nan, 3.0, np.nan], [1.5, 0.0, -1.0, 9.0]])
IDS = np.asarray([1, 0])
V = np.asarray([0.25, 1.0, 2.5, 4.0])
IMAGE, KERNEL = np.arange(24.0).reshape(1, 2, 3, 4), np.arange(8.0).reshape(2, 1, 2, 2)
# arguments for each op; an op that is missing here fails a test below
CALLS = {
    "relu": [X], "leaky_relu": [X], "elu": [X], "sigmoid": [X], "softplus": [X], "silu": [X], "gelu": [X, False],
    "logsumexp": [X], "softmax": [X], "log_softmax": [X], "one_hot": [IDS, 3], "special.erf": [X], "special.erfc": [X],
    "special.erfinv": [X / 10], "special.ndtr": [X], "special.ndtri": [(X + 3) / 13], "special.gammaln": [X],
    "special.digamma": [X], "special.betaln": [V, 2.0], "special.i0": [X], "special.i0e": [X], "special.i1": [X],
    "special.logit": [(X + 3) / 13], "special.xlogy": [V, V], "special.xlog1py": [V, V], "special.entr": [V],
    "mask_select": [X, X > 0], "index_get": [X, (0,)], "index_set": [X, (0,), 5.0], "index_add": [X, (0,), 5.0],
    "index_multiply": [X, (slice(1), 2), 5.0], "index_min": [X, (0,), 0.0], "index_max": [X, (..., 1), 0.0],
    "isclose": [X, X], "allclose": [X, 2.0], "array_equal": [X, X], "einsum": ["ij,kj->ik", X, X], "dot": [X, V],
    "kron": [X, X], "segment_sum": [X, IDS, 3], "bincount": [IDS], "histogram": [X, 3], "digitize": [X, V],
    "interp": [X, V, V], "pad": [X, 2, "reflect"], "diag": [V], "ravel": [X], "swapaxes": [X, 0, 1], "split": [X, 2],
    "vstack": [[X, X]], "hstack": [[X, X]], "nansum": [N], "nanprod": [N], "nanmax": [N], "nanmin": [N],
    "nanmean": [N], "nanvar": [N], "nanstd": [N], "nanargmax": [N], "nanargmin": [N], "nan_to_num": [N],
    "nanmedian": [N], "nanquantile": [N, 0.3], "average": [X, 1, V], "ptp": [X], "cov": [X], "corrcoef": [X],
    "median": [X], "quantile": [X, [0.3]], "percentile": [X, 30], "max_pool1d": [IMAGE[0], 2], "max_pool2d": [IMAGE, 2],
    "avg_pool1d": [IMAGE[0], 2], "avg_pool2d": [IMAGE, 2], "conv1d": [IMAGE[0], KERNEL[0]],
    "windows": [IMAGE, (2, 2), (1, 2), (1, 1)], "to_numpy": [X],
}  # fmt: skip
NAMED = {
    "conv2d": ([IMAGE, KERNEL], {"groups": 2}),
    "conv_transpose1d": ([IMAGE[0], KERNEL[0].swapaxes(0, 1)], {"stride": 2, "padding": 1}),
    "conv_transpose2d": ([IMAGE, KERNEL], {"stride": (2, 1), "output_padding": (1, 0)}),
}
CALLS["conv_transpose1d"] = CALLS["conv1d"] = [IMAGE[0], np.ones((1, 2, 2))]


def converted(item, convert):
    if isinstance(item, np.ndarray):
        return convert(item)
    return [converted(one, convert) for one in item] if isinstance(item, list) else item


def flat(result):
    return [y for one in result for y in flat(one)] if isinstance(result, list | tuple) else [np.asarray(result)]


@pytest.fixture(scope="module")
def _strict():
    types = (type(strict.zeros(1)),)
    eh.register_backend("bare", lambda: from_namespace("bare", strict, array_types=types), requires="array_api_strict")
    eh.backend.registry.load("bare")
    yield
    registry._specs.pop("bare")
    registry._loaded.pop("bare")
    registry._types.pop(types[0])
    registry._tell()
