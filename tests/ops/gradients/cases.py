"""One or more calls for every op that has a derivative, as functions of float64 arrays; and why the others have none."""

import numpy as np

from emberharmony import ops

_r = np.random.default_rng(2026)


def normal(*shape):
    return _r.normal(size=shape)


def positive(*shape):
    return _r.uniform(0.3, 2.0, size=shape)


def inner(*shape):
    return _r.uniform(-0.9, 0.9, size=shape)


def apart(*shape):
    """Numbers at least 0.1 from each other and from 0, in a random order: no ties, no kinks near by."""
    n = int(np.prod(shape))
    return _r.permutation(0.13 * (np.arange(n) - n / 2 + 0.37)).reshape(shape)


def spd(n, *batch):
    a = normal(*batch, n, n)
    return a @ np.swapaxes(a, -1, -2) + n * np.eye(n)


def symmetric(a):
    return (a + ops.matrix_transpose(a)) * 0.5


def turned(x, y):
    """A complex array from its two parts."""
    wide = wider(x)
    return ops.astype(x, wide) + 1j * ops.astype(y, wide)


def wider(x):
    return "complex64" if ops.dtype_name(x) == "float32" else "complex128"


def hermitian(x, y):
    z = turned(x, y)
    return (z + ops.conj(ops.matrix_transpose(z))) * 0.5


I3, I4 = np.asarray([2, 0, 1]), np.asarray([[0, 1, 1], [2, 0, 3]])
X23, Y23, X3, M33 = apart(2, 3), apart(2, 3), apart(3), normal(3, 3)
B = np.asarray([[True, False, True], [False, False, True]])


def unary(name, x):
    return lambda t: getattr(ops, name)(t), [x]


def each(name, *calls):
    return {f"{name}-{i}" if len(calls) > 1 else name: call for i, call in enumerate(calls)}


CASES = {
    # -- elementwise --
    **{n: unary(n, normal(2, 3)) for n in ("asinh", "atan", "cos", "cosh", "exp", "expm1", "negative", "positive", "sin", "sinh", "square", "tanh", "sigmoid", "softplus", "silu")},
    **{n: unary(n, positive(2, 3)) for n in ("log", "log10", "log1p", "log2", "reciprocal", "sqrt")},
    **{n: unary(n, inner(2, 3)) for n in ("acos", "asin", "atanh", "tan")},
    "acosh": unary("acosh", 1 + positive(2, 3)),
    **{n: unary(n, X23) for n in ("abs", "relu", "leaky_relu", "elu", "nan_to_num", "synchronize")},
    **each("gelu", (lambda t: ops.gelu(t), [X23]), (lambda t: ops.gelu(t, approximate=False), [X23])),
    **each("add", (lambda a, b: a + b, [X23, X3]), (lambda a, b: ops.add(a, b) + 1.0, [X23, normal(2, 1)])),
    **each("subtract", (lambda a, b: a - b, [X3, X23]), (lambda a: 1.0 - a, [X23])),
    **each("multiply", (lambda a, b: a * b, [X23, X3]), (lambda a: 2 * a, [X23])),
    **each("divide", (lambda a, b: a / b, [X23, positive(3)]), (lambda a: 2 / a, [positive(3)])),
    **each(
        "pow",
        (lambda a, b: ops.pow(a, b), [positive(2, 3), normal(3)]), (lambda a: ops.pow(a, 3), [X23]), (lambda a: a**2, [X23]),
        (lambda a: ops.pow(2.0, a), [X23]), (lambda a: ops.pow(a, -1.5), [positive(3)]), (lambda a: a**0, [X3]),
    ),
    "atan2": (ops.atan2, [apart(2, 3), positive(3)]),
    "hypot": (ops.hypot, [apart(2, 3), positive(3)]),
    "logaddexp": (ops.logaddexp, [X23, X3]),
    **each("maximum", (ops.maximum, [X23, Y23 + 0.05]), (lambda a: ops.maximum(a, 0.05), [X23])),
    **each("minimum", (ops.minimum, [X23, Y23 + 0.05]), (lambda a: ops.minimum(a, 0.05), [X23])),
    **each("remainder", (ops.remainder, [np.asarray([5.3, -4.4]), np.asarray([2.0, 1.5])]), (lambda a: a % 2.0, [np.asarray([5.3, -4.4])])),
    "copysign": (lambda a: ops.copysign(a, -1.0 * ops.ones_like(a)), [X23]),
    **each(
        "clip",
        (lambda a: ops.clip(a, -0.2, 0.2), [X23]), (lambda a: ops.clip(a, None, 0.2), [X23]),
        (lambda a, low, high: ops.clip(a, low, high), [X23, np.full(3, -0.21), np.full(3, 0.21)]),
    ),
    **each(
        "where",
        (lambda a, b: ops.where(ops.convert(B, like=a), a, b), [X23, X3]), (lambda a: ops.where(ops.greater(a, 0), a, 0.0) * a, [X23]),
        (lambda a: ops.where(ops.greater(a, 0), 1.5, a), [X23]),
    ),
    "astype": (lambda a: ops.astype(ops.astype(a * a, wider(a)), wider(a)) * (1 + 2j), [X23]),
    "to_device": (lambda a: ops.to_device(a * a, "cpu"), [X3]),
    **each("conj", (lambda a, b: ops.conj(turned(a, b)) * turned(a, b), [X3, Y23]), (lambda a: ops.conj(a) * a, [X3])),
    "imag": (lambda a, b: ops.imag(ops.pow(turned(a, b), 3)), [X23, Y23]),
    "real": (lambda a, b: ops.real(turned(a, b) * turned(b, a)), [X23, Y23]),
    "complex-abs": (lambda a, b: ops.abs(turned(a, b)), [X23, Y23]),
    "complex-sign": (lambda a, b: ops.sign(turned(a, b)), [X23, Y23]),
    "complex-exp": (lambda a, b: ops.exp(turned(a, b)) / turned(b, a), [X23, Y23]),
    # -- sums --
    **each("sum", (lambda a: ops.sum(a * a), [X23]), (lambda a: ops.sum(a * a, axis=0), [X23]), (lambda a: ops.sum(a * a, axis=(0, -1), keepdims=True), [X23])),
    **each("mean", (lambda a: ops.mean(a * a), [X23]), (lambda a: ops.mean(a * a, axis=1), [X23]), (lambda a: ops.mean(a * a, axis=-2, keepdims=True), [X23])),
    **each("prod", (ops.prod, [X23]), (lambda a: ops.prod(a, axis=1), [X23]), (lambda a: ops.prod(a, axis=0, keepdims=True), [X23]), (ops.prod, [np.asarray([2.0, 0.0, 3.0])])),
    **each("max", (ops.max, [X23]), (lambda a: ops.max(a, axis=0), [X23]), (lambda a: ops.max(a * a, axis=1, keepdims=True), [X23])),
    **each("min", (ops.min, [X23]), (lambda a: ops.min(a * a, axis=-1), [X23])),
    **each("var", (ops.var, [X23]), (lambda a: ops.var(a, axis=1, correction=1), [X23])),
    **each("std", (ops.std, [X23]), (lambda a: ops.std(a, axis=0, keepdims=True), [X23])),
    **each("cumulative_sum", (lambda a: ops.cumulative_sum(a * a), [X3]), (lambda a: ops.cumulative_sum(a * a, axis=0, include_initial=True), [X23])),
    **each("cumulative_prod", (ops.cumulative_prod, [X3]), (lambda a: ops.cumulative_prod(a, axis=1, include_initial=True), [X23]), (lambda a: ops.cumulative_prod(a, axis=0), [np.asarray([2.0, 0.0, 3.0])])),
    **each("diff", (lambda a: ops.diff(a * a), [X23]), (lambda a, b: ops.diff(a * a, axis=0, n=2, prepend=b), [X23, X23[:1] + 0.05])),
    **each("logsumexp", (ops.logsumexp, [X23]), (lambda a: ops.logsumexp(a, axis=1, keepdims=True), [X23])),
    **each("softmax", (ops.softmax, [X23]), (lambda a: ops.softmax(a, axis=0), [X23])),
    **each("log_softmax", (ops.log_softmax, [X23]), (lambda a: ops.log_softmax(a, axis=0), [X23])),
    # -- shapes --
    "broadcast_arrays": (lambda a, b: _product(ops.broadcast_arrays(a, b)), [X23, X3]),
    "broadcast_to": (lambda a: ops.broadcast_to(a * a, (2, 2, 3)), [X3]),
    **each("concat", (lambda a, b: ops.concat([a * a, b, a], axis=1), [X23, Y23]), (lambda a, b: ops.concat([a * a, b], axis=None), [X23, X3])),
    "expand_dims": (lambda a: ops.expand_dims(a * a, axis=1), [X23]),
    **each("flip", (lambda a: ops.flip(a * a), [X23]), (lambda a: ops.flip(a * a, axis=1), [X23])),
    "moveaxis": (lambda a: ops.moveaxis(a * a, 0, 1), [X23]),
    "permute_dims": (lambda a: ops.permute_dims(a * a, (2, 0, 1)), [normal(2, 3, 2)]),
    **each("repeat", (lambda a: ops.repeat(a * a, 2), [X23]), (lambda a: ops.repeat(a * a, 2, axis=1), [X23]), (lambda a: ops.repeat(a * a, ops.convert(I3, like=a), axis=1), [X23])),
    "reshape": (lambda a: ops.reshape(a * a, (3, 2)), [X23]),
    **each("roll", (lambda a: ops.roll(a * a, 1), [X23]), (lambda a: ops.roll(a * a, (1, 2), axis=(0, 1)), [X23])),
    "squeeze": (lambda a: ops.squeeze(a * a, axis=1), [normal(2, 1, 3)]),
    **each("stack", (lambda a, b: ops.stack([a * a, b, a], axis=1), [X23, Y23]), (lambda a, b: ops.stack([a * b, b], axis=-1), [X23, Y23])),
    "tile": (lambda a: ops.tile(a * a, (2, 1, 2)), [X23]),
    "unstack": (lambda a: ops.unstack(a * a, axis=1)[0] * ops.unstack(a * a, axis=1)[2], [X23]),
    "meshgrid": (lambda a, b: _product(ops.meshgrid(a, b)), [X3, apart(2)]),
    "tril": (lambda a: ops.tril(a * a, k=-1), [M33]),
    "triu": (lambda a: ops.triu(a * a, k=1), [M33]),
    "matrix_transpose": (lambda a: ops.matrix_transpose(a * a), [X23]),
    "swapaxes": (lambda a: ops.swapaxes(a * a, 0, 1), [X23]),
    "ravel": (lambda a: ops.ravel(a * a), [X23]),
    "split": (lambda a: _product(ops.split(a * a, 2, axis=1)), [normal(2, 4)]),
    "vstack": (lambda a, b: ops.vstack([a * a, b]), [X23, X3]),
    "hstack": (lambda a, b: ops.hstack([a * a, b]), [X23, Y23]),
    **each("pad", (lambda a: ops.pad(a * a, 1), [X23]), (lambda a: ops.pad(a * a, ((1, 0), (2, 1)), mode="reflect"), [normal(3, 4)]), (lambda a: ops.pad(a * a, 1, mode="edge"), [X23])),
    **each("diag", (lambda a: ops.diag(a * a), [X3]), (lambda a: ops.diag(a * a, k=1), [M33])),
    # -- places --
    **each("take", (lambda a: ops.take(a * a, ops.convert(I3, like=a), axis=1), [X23]), (lambda a: ops.take(a * a, ops.convert(np.asarray([0, 0, 2]), like=a)), [X3])),
    "take_along_axis": (lambda a: ops.take_along_axis(a * a, ops.convert(np.asarray([[2, 2], [0, 1]]), like=a), axis=1), [X23]),
    **each("sort", (lambda a: ops.sort(a * a), [X23]), (lambda a: ops.sort(a, axis=0, descending=True) ** 2, [X23])),
    **each(
        "index_get",
        (lambda a: (a * a)[0], [X23]), (lambda a: (a * a)[..., 1:], [X23]), (lambda a: (a * a)[:, None, ::2], [X23]),
        (lambda a: (a * a)[ops.convert(np.asarray([1, 1, 0]), like=a)], [X23]), (lambda a: ops.at(a * a)[1, ops.convert(I3, like=a)].get(), [X23]),
    ),
    **each(
        "index_set",
        (lambda a, b: ops.at(a * a)[0].set(b * b), [X23, X3]), (lambda a: ops.at(a * a)[:, 1].set(0.0), [X23]),
        (lambda a, b: ops.at(a * a)[ops.convert(B, like=a)].set(b * b), [X23, X3]), (lambda a, b: ops.at(a * a)[..., ops.convert(np.asarray([0, 2]), like=a)].set(b * b), [X23, normal(2, 2)]),
    ),
    **each("index_add", (lambda a, b: ops.at(a * a)[ops.convert(np.asarray([1, 1]), like=a)].add(b * b), [X23, Y23]), (lambda a, b: ops.at(a * a)[0, 1:].add(b[0] * b[1]), [X23, X3])),
    **each("index_multiply", (lambda a: ops.at(a * a)[0].multiply(3.0), [X23]), (lambda a, b: ops.at(a * a)[ops.convert(np.asarray([1, 0]), like=a)].multiply(b * b), [X23, Y23])),
    "index_min": (lambda a, b: ops.at(a)[ops.convert(np.asarray([0, 1]), like=a)].min(b + 0.05), [X23, Y23]),
    "index_max": (lambda a, b: ops.at(a)[ops.convert(np.asarray([0, 1]), like=a)].max(b + 0.05), [X23, Y23]),
    "mask_select": (lambda a: ops.mask_select(a * a, ops.convert(B, like=a)), [X23]),
    "segment_sum": (lambda a: ops.segment_sum(a * a, ops.convert(np.asarray([1, 0, 1]), like=a), 2), [X3]),
    "bincount": (lambda w: ops.bincount(ops.convert(np.asarray([1, 0, 1]), like=w), w * w), [X3]),
    "interp": (lambda x, fp: ops.interp(x, ops.convert(np.asarray([-1.0, 0.04, 1.1]), like=x), fp * fp), [X23, normal(3)]),
    # -- products --
    **each(
        "matmul",
        (lambda a, b: a @ b, [X23, M33]), (lambda a, b: a @ b, [X3, X3 + 1]), (lambda a, b: a @ b, [X23, X3]), (lambda a, b: a @ b, [X3, M33]),
        (lambda a, b: a @ b, [normal(2, 2, 3), M33]), (lambda a, b: a @ b, [X23, normal(2, 3, 2)]), (lambda a, b: a @ b, [X3, normal(2, 3, 2)]),
        (lambda a, b: a @ b, [normal(2, 2, 3), X3]),
    ),
    **each("tensordot", (lambda a, b: ops.tensordot(a, b, axes=1), [X23, M33]), (lambda a, b: ops.tensordot(a, b, axes=((0, 1), (1, 0))), [X23, normal(3, 2)])),
    **each("vecdot", (ops.vecdot, [X23, X3]), (lambda a, b: ops.vecdot(a, b, axis=0), [X23, Y23])),
    "einsum": (lambda a, b: ops.einsum("ij,kj->ik", a, b), [X23, M33]),
    "dot": (ops.dot, [X23, X3]),
    "kron": (ops.kron, [X23, normal(2, 2)]),
    **each("average", (lambda a, w: ops.average(a, 1, w), [X23, positive(3)])),
    "cov": (lambda a: ops.cov(a), [X23]),
    "corrcoef": (lambda a: ops.corrcoef(a), [X23]),
    "ptp": (lambda a: ops.ptp(a * a, axis=1), [X23]),
    "median": (lambda a: ops.median(a * a, axis=1), [X23]),
    "quantile": (lambda a: ops.quantile(a * a, [0.3, 0.8], axis=1), [X23]),
    "percentile": (lambda a: ops.percentile(a * a, 30), [X23]),
    "sorted_at": (lambda a: ops.median(a) * ops.sum(a), [apart(4)]),
    **{n: (lambda a, n=n: getattr(ops, n)(ops.where(ops.convert(B, like=a), ops.nan, a * a), axis=1), [apart(2, 3)]) for n in ("nansum", "nanprod", "nanmax", "nanmin", "nanmean", "nanvar", "nanstd", "nanmedian")},
    "nanquantile": (lambda a: ops.nanquantile(ops.where(ops.convert(B, like=a), ops.nan, a * a), 0.4), [apart(2, 3)]),
    # -- convolution --
    "conv1d": (lambda a, w: ops.conv1d(a, w, stride=2, padding=1), [normal(2, 2, 5), normal(3, 2, 2)]),
    "conv2d": (lambda a, w: ops.conv2d(a, w, dilation=(1, 2), groups=2), [normal(1, 2, 4, 5), normal(2, 1, 2, 2)]),
    "conv_transpose1d": (lambda a, w: ops.conv_transpose1d(a, w, stride=2), [normal(1, 2, 3), normal(2, 2, 2)]),
    "conv_transpose2d": (lambda a, w: ops.conv_transpose2d(a, w, stride=(2, 1)), [normal(1, 2, 2, 3), normal(2, 1, 2, 2)]),
    "max_pool1d": (lambda a: ops.max_pool1d(a * a, 2), [apart(1, 2, 6)]),
    "max_pool2d": (lambda a: ops.max_pool2d(a, 2) ** 2, [apart(1, 1, 4, 4)]),
    "avg_pool1d": (lambda a: ops.avg_pool1d(a * a, 2, padding=1), [normal(1, 2, 5)]),
    "avg_pool2d": (lambda a: ops.avg_pool2d(a * a, 2), [normal(1, 1, 4, 4)]),
    # -- special functions --
    **{f"special.{n}": (lambda a, n=n: getattr(ops.special, n)(a), [normal(2, 3)]) for n in ("erf", "erfc", "ndtr", "i0", "i0e", "i1")},
    **{f"special.{n}": (lambda a, n=n: getattr(ops.special, n)(a), [positive(2, 3)]) for n in ("gammaln", "digamma", "entr")},
    "special.erfinv": (ops.special.erfinv, [inner(2, 3)]),
    "special.ndtri": (ops.special.ndtri, [_r.uniform(0.1, 0.9, (2, 3))]),
    "special.logit": (ops.special.logit, [_r.uniform(0.1, 0.9, (2, 3))]),
    "special.betaln": (ops.special.betaln, [positive(2, 3), positive(3)]),
    "special.xlogy": (ops.special.xlogy, [X23, positive(3)]),
    "special.xlog1py": (ops.special.xlog1py, [X23, positive(3)]),
    # -- linear algebra: functions of what defines a matrix of the right kind --
    **each("linalg.cholesky", (lambda a: ops.linalg.cholesky(symmetric(a)), [spd(3)]), (lambda a: ops.linalg.cholesky(symmetric(a), upper=True), [spd(2, 2)]), (lambda a, b: ops.linalg.cholesky(hermitian(a, b)), [spd(2) + np.eye(2), normal(2, 2) / 4])),
    "linalg.cross": (ops.linalg.cross, [X23, X3]),
    **each("linalg.det", (ops.linalg.det, [normal(2, 3, 3)]), (lambda a, b: ops.linalg.det(turned(a, b)), [normal(2, 2), normal(2, 2)])),
    "linalg.diagonal": (lambda a: ops.linalg.diagonal(a * a, offset=1), [normal(2, 2, 3)]),
    "linalg.diagonal-below": (lambda a: ops.linalg.diagonal(a * a, offset=-1), [normal(3, 2)]),
    **each("linalg.eigh", (lambda a: _spectrum(ops.linalg.eigh(symmetric(a))), [normal(3, 3)]), (lambda a, b: _spectrum(ops.linalg.eigh(hermitian(a, b))), [normal(3, 3), normal(3, 3)])),
    "linalg.eigvalsh": (lambda a: ops.linalg.eigvalsh(symmetric(a)), [normal(3, 3)]),
    "linalg.eig": (lambda a: _columns(ops.linalg.eig(a)), [np.diag([1.0, 2.0, 4.0]) + normal(3, 3) / 9]),
    "linalg.eigvals": (lambda a: ops.prod(ops.linalg.eigvals(a) - 0.5), [np.diag([1.0, 2.0, 4.0]) + normal(3, 3) / 9]),
    "linalg.inv": (ops.linalg.inv, [normal(2, 3, 3)]),
    **each("linalg.matrix_norm", *[(lambda a, o=o: ops.linalg.matrix_norm(a, ord=o), [normal(2, 3, 2)]) for o in ("fro", "nuc", 1, -1, 2, -2, np.inf)]),
    **each("linalg.vector_norm", *[(lambda a, o=o: ops.linalg.vector_norm(a, axis=1, ord=o), [X23]) for o in (2, 1, 3, np.inf, -np.inf)]),
    "linalg.norm": (lambda a: ops.linalg.norm(a), [X23]),
    **each("linalg.matrix_power", (lambda a: ops.linalg.matrix_power(a, 5), [normal(2, 2)]), (lambda a: ops.linalg.matrix_power(a, -2), [normal(2, 2)])),
    "linalg.outer": (ops.linalg.outer, [X3, apart(2)]),
    **each("linalg.pinv", (ops.linalg.pinv, [normal(3, 2)]), (ops.linalg.pinv, [normal(2, 3)])),
    **each("linalg.qr", (lambda a: _both(ops.linalg.qr(a)), [normal(3, 3)]), (lambda a: _both(ops.linalg.qr(a)), [normal(4, 2)]), (lambda a: _both(ops.linalg.qr(a)), [normal(2, 4)])),
    **each("linalg.slogdet", (lambda a: ops.linalg.slogdet(a).logabsdet, [normal(2, 3, 3)])),
    **each("linalg.solve", (ops.linalg.solve, [normal(3, 3), normal(3, 2)]), (ops.linalg.solve, [normal(3, 3), X3])),
    **each("linalg.svd", (lambda a: _singular(ops.linalg.svd(a, full_matrices=False)), [normal(3, 3)]), (lambda a: _singular(ops.linalg.svd(a, full_matrices=False)), [normal(4, 2)]), (lambda a: _singular(ops.linalg.svd(a, full_matrices=False)), [normal(2, 4)])),
    "linalg.svdvals": (ops.linalg.svdvals, [normal(3, 2)]),
    "linalg.trace": (lambda a: ops.linalg.trace(a * a, offset=1), [normal(2, 2, 3)]),
    "linalg.lstsq": (ops.linalg.lstsq, [normal(4, 2), normal(4)]),
    # -- Fourier --
    **each("fft.fft", (ops.fft.fft, [X23]), (lambda a, b: ops.fft.fft(turned(a, b), n=5, axis=0, norm="ortho"), [X23, Y23])),
    **each("fft.ifft", (lambda a, b: ops.fft.ifft(turned(a, b)), [X23, Y23]), (lambda a, b: ops.fft.ifft(turned(a, b), n=2, norm="forward"), [X23, Y23])),
    **each("fft.rfft", (ops.fft.rfft, [X23]), (lambda a: ops.fft.rfft(a, n=4, axis=0), [X23]), (lambda a: ops.fft.rfft(a, n=2), [X23])),
    **each("fft.irfft", (lambda a, b: ops.fft.irfft(turned(a, b)), [X23, Y23]), (lambda a, b: ops.fft.irfft(turned(a, b), n=5), [X23, Y23]), (lambda a, b: ops.fft.irfft(turned(a, b), n=3, norm="ortho"), [X23, Y23])),
    "fft.fftn": (lambda a: ops.fft.fftn(a), [X23]),
    "fft.ifftn": (lambda a, b: ops.fft.ifftn(turned(a, b), s=(3, 2), axes=(0, 1)), [X23, Y23]),
    "fft.rfftn": (ops.fft.rfftn, [X23]),
    "fft.irfftn": (lambda a, b: ops.fft.irfftn(turned(a, b)), [X23, Y23]),
    "fft.hfft": (lambda a, b: ops.fft.hfft(turned(a, b)), [X23, Y23]),
    "fft.ihfft": (ops.fft.ihfft, [X23]),
    "fft.fftshift": (lambda a: ops.fft.fftshift(a * a), [X23]),
    "fft.ifftshift": (lambda a: ops.fft.ifftshift(a * a, axes=1), [X23]),
}  # fmt: skip


def _product(pair):
    first, second = pair
    return first * second


def _both(pair):
    first, second = pair
    return ops.concat([ops.reshape(first, (-1,)), ops.reshape(second, (-1,))])


def _spectrum(result):
    """What does not depend on the phases of eigenvectors."""
    w, v = result
    turn = (v * ops.astype(ops.exp(w), v.dtype)[..., None, :]) @ ops.conj(ops.matrix_transpose(v))
    return ops.abs(ops.concat([ops.reshape(turn, (-1,)), ops.reshape(ops.astype(w, turn.dtype), (-1,))]) + 0.3j)


def _columns(result):
    w, v = result
    return ops.real(ops.concat([ops.reshape(v * ops.conj(v), (-1,)), w]))


def _singular(result):
    u, s, vh = result
    inner = (u * ops.exp(-s)[..., None, :]) @ vh
    return ops.concat([ops.reshape(inner, (-1,)), s])


# computed in single precision on MLX, which has no complex numbers in double
COMPLEX = [
    name for name in CASES
    if name.startswith(("complex", "fft", "linalg.eig-", "linalg.eigvals", "linalg.eigh")) or name in (
        "astype", "conj-0", "imag", "real", "linalg.cholesky-2", "linalg.det-1", "linalg.eig"
    )
]  # fmt: skip
# ops whose result does not move with their arguments, or is not a number that could
CONSTANT = {
    "integers, truths and places": (
        "all any argmax argmin argsort bitwise_and bitwise_invert bitwise_left_shift bitwise_or bitwise_right_shift "
        "bitwise_xor count_nonzero digitize equal greater greater_equal histogram isclose allclose array_equal isfinite isin isinf isnan less less_equal "
        "linalg.matrix_rank logical_and logical_not logical_or logical_xor nanargmax nanargmin nonzero not_equal one_hot "
        "searchsorted signbit unique_all unique_counts unique_inverse unique_values device"
    ),
    "steps: the derivative is 0 wherever there is one": "ceil floor floor_divide round sign trunc nextafter stop_gradient",
    "new arrays": (
        "arange asarray empty empty_like eye fft.fftfreq fft.rfftfreq from_dlpack full full_like linspace ones "
        "ones_like zeros zeros_like"
    ),
    "leaves the world of arrays": "to_numpy",
    "inner ops, covered by what is made of them": "correlate framed windows",
}  # fmt: skip
